/* Finds the parts of a Matroska file that an edit touches. Test: tests/unit/container/test_mkv.c */
#include "container/mkv_file.h"

#include "base/error.h"
#include "container/mkv_ids.h"

#include <string.h>

enum {
  MAX_FRONT_ELEMENTS = 1 << 14,
  MAX_SEEK_HEADS = 16,
  MAX_SEEKS = 1 << 12,
  MAX_WALKED_ELEMENTS = 1 << 20, /* in search of Tracks behind the Clusters: a second or two of reading */
};

static bool read_text(const ByteSource *source, const EbmlElement *element, char *text, size_t size, GError **error)
{
  size_t length = (size_t)MIN(element->length, (int64_t)size - 1);
  memset(text, 0, size);
  return byte_source_read(source, element->data, text, length, error);
}

static bool read_header(const ByteSource *source, MkvFile *file, GError **error)
{
  if (!ebml_read(source, 0, source->size_bytes, &file->ebml, error))
    return false;
  if (file->ebml.id != MKV_EBML || file->ebml.size_unknown)
    return fail(error, REEVE_ERROR_INVALID, "The file does not begin with an EBML header, so it is not Matroska.");
  char doc_type[16] = "matroska";
  uint64_t max_size = EBML_MAX_SIZE_BYTES;
  file->version = 1;
  for (int64_t at = file->ebml.data; at < ebml_end(&file->ebml);) {
    EbmlElement child;
    bool ok = ebml_read(source, at, ebml_end(&file->ebml), &child, error);
    if (ok && child.id == MKV_DOC_TYPE)
      ok = read_text(source, &child, doc_type, sizeof doc_type, error);
    else if (ok && child.id == MKV_EBML_MAX_SIZE_LENGTH)
      ok = ebml_read_uint(source, &child, &max_size, error);
    else if (ok && child.id == MKV_DOC_TYPE_VERSION) {
      file->doc_type_version = child;
      ok = ebml_read_uint(source, &child, &file->version, error);
      if (ok && child.length == 0)
        file->version = 1;
    }
    if (!ok)
      return false;
    at = ebml_end(&child);
  }
  file->is_webm = strcmp(doc_type, "webm") == 0;
  if (!file->is_webm && strcmp(doc_type, "matroska") != 0)
    return fail(error, REEVE_ERROR_INVALID, "The file is EBML, but neither Matroska nor WebM.");
  file->max_size_bytes = max_size >= 1 && max_size <= EBML_MAX_SIZE_BYTES ? (int)max_size : EBML_MAX_SIZE_BYTES;
  return true;
}

/* One Seek element: which ID, and where. One that says nothing usable is passed over, as players do. */
static bool read_seek(const ByteSource *source, const EbmlElement *seek, MkvFile *file, guint head, GError **error)
{
  MkvSeek entry = {.head = head};
  bool has_position = false;
  for (int64_t at = seek->data; at < ebml_end(seek);) {
    EbmlElement child;
    uint64_t value = 0;
    if (!ebml_read(source, at, ebml_end(seek), &child, error))
      return false;
    if ((child.id == MKV_SEEK_ID || child.id == MKV_SEEK_POSITION) && !ebml_read_uint(source, &child, &value, error))
      return false;
    if (child.id == MKV_SEEK_ID && value <= UINT32_MAX)
      entry.id = (uint32_t)value;
    if (child.id == MKV_SEEK_POSITION && value < (uint64_t)file->segment.length) {
      entry.position = child;
      entry.target = file->segment.data + (int64_t)value;
      has_position = true;
    }
    at = ebml_end(&child);
  }
  if (entry.id != 0 && has_position)
    g_array_append_val(file->seeks, entry);
  return true;
}

static bool read_seek_head(const ByteSource *source, const EbmlElement *head, MkvFile *file, GError **error)
{
  for (guint i = 0; i < file->seek_heads->len; i++)
    if (g_array_index(file->seek_heads, EbmlElement, i).offset == head->offset)
      return true;
  if (file->seek_heads->len >= MAX_SEEK_HEADS)
    return fail(error, REEVE_ERROR_LIMIT, "The file has more than %d SeekHead elements.", MAX_SEEK_HEADS);
  g_array_append_val(file->seek_heads, *head);
  for (int64_t at = head->data; at < ebml_end(head);) {
    EbmlElement child;
    if (!ebml_read(source, at, ebml_end(head), &child, error))
      return false;
    if (child.id == MKV_SEEK && !read_seek(source, &child, file, file->seek_heads->len - 1, error))
      return false;
    if (file->seeks->len > MAX_SEEKS)
      return fail(error, REEVE_ERROR_LIMIT, "The file's SeekHead has more than %d entries.", MAX_SEEKS);
    at = ebml_end(&child);
  }
  return true;
}

static void found_tracks(MkvFile *file, const EbmlElement *element)
{
  if (file->n_tracks > 0 && file->tracks.offset == element->offset)
    return;
  if (file->n_tracks++ == 0)
    file->tracks = *element;
}

/* Up to the first Cluster, whose offset it gives, or the Segment's end. */
static bool read_front(const ByteSource *source, MkvFile *file, int64_t *ret_cluster, GError **error)
{
  int64_t end = ebml_end(&file->segment), at = file->segment.data;
  while (at < end) {
    EbmlElement child;
    if (!ebml_read(source, at, end, &child, error))
      return false;
    if (child.id == MKV_CLUSTER)
      break;
    if (child.size_unknown)
      return fail(error, REEVE_ERROR_CORRUPT,
                  "At byte %" G_GINT64_FORMAT " an element does not say how long it is, which only a Segment or Cluster may.",
                  at);
    if (file->front->len >= MAX_FRONT_ELEMENTS)
      return fail(error, REEVE_ERROR_LIMIT, "The file has more than %d elements before its first Cluster.", MAX_FRONT_ELEMENTS);
    g_array_append_val(file->front, child);
    if (child.id == MKV_TRACKS)
      found_tracks(file, &child);
    if (child.id == MKV_SEEK_HEAD && !read_seek_head(source, &child, file, error))
      return false;
    at = ebml_end(&child);
  }
  *ret_cluster = at;
  return true;
}

/* SeekHeads and Tracks behind the front (which ends at `front_end`) that SeekHeads point to. `seeks` grows meanwhile. Entries
 * that point to something else are stale, and are passed over. */
static bool follow_seeks(const ByteSource *source, MkvFile *file, int64_t front_end, GError **error)
{
  for (guint i = 0; i < file->seeks->len; i++) {
    MkvSeek seek = g_array_index(file->seeks, MkvSeek, i);
    EbmlElement element;
    if ((seek.id != MKV_SEEK_HEAD && seek.id != MKV_TRACKS) || seek.target < front_end ||
        !ebml_read(source, seek.target, ebml_end(&file->segment), &element, NULL) || element.id != seek.id ||
        element.size_unknown)
      continue;
    if (seek.id == MKV_TRACKS)
      found_tracks(file, &element);
    else if (!read_seek_head(source, &element, file, error))
      return false;
  }
  return true;
}

/* Past the Clusters, for a file whose SeekHead does not lead to its Tracks. */
static bool walk_to_tracks(const ByteSource *source, MkvFile *file, int64_t at, GError **error)
{
  int64_t end = ebml_end(&file->segment);
  for (int walked = 0; at < end; walked++) {
    EbmlElement child;
    if (walked > MAX_WALKED_ELEMENTS)
      return fail(error, REEVE_ERROR_LIMIT, "No Tracks element was found within a million elements; remux the file.");
    if (!ebml_read(source, at, end, &child, error))
      return false;
    if (child.id == MKV_TRACKS && !child.size_unknown) {
      found_tracks(file, &child);
      return true;
    }
    if ((child.size_unknown && child.id != MKV_CLUSTER) || child.id == MKV_SEGMENT)
      break; /* another Segment's Tracks are not ours */
    /* A Cluster of unknown size: its children are walked as if they stood beside it. */
    at = child.size_unknown ? child.data : ebml_end(&child);
  }
  return true;
}

MkvFile *mkv_file_read(const ByteSource *source, GError **error)
{
  g_autoptr(MkvFile) file = g_new0(MkvFile, 1);
  file->front = g_array_new(FALSE, FALSE, sizeof(EbmlElement));
  file->seek_heads = g_array_new(FALSE, FALSE, sizeof(EbmlElement));
  file->seeks = g_array_new(FALSE, FALSE, sizeof(MkvSeek));
  if (!read_header(source, file, error))
    return NULL;
  int64_t at = ebml_end(&file->ebml), cluster = 0;
  do {
    if (!ebml_read(source, at, source->size_bytes, &file->segment, error))
      return NULL;
    at = ebml_end(&file->segment);
  } while (file->segment.id == EBML_VOID && !file->segment.size_unknown);
  if (file->segment.id != MKV_SEGMENT) {
    fail(error, REEVE_ERROR_CORRUPT, "The file has no Matroska Segment behind its header; it is damaged.");
    return NULL;
  }
  if (!read_front(source, file, &cluster, error) || !follow_seeks(source, file, cluster, error) ||
      (file->n_tracks == 0 && !walk_to_tracks(source, file, cluster, error)))
    return NULL;
  if (file->n_tracks == 0) {
    fail(error, REEVE_ERROR_CORRUPT, "The file has no Tracks element; it is damaged or not complete.");
    return NULL;
  }
  return g_steal_pointer(&file);
}

void mkv_file_free(MkvFile *file)
{
  if (!file)
    return;
  g_array_unref(file->front);
  g_array_unref(file->seek_heads);
  g_array_unref(file->seeks);
  g_free(file);
}

bool mkv_file_in_front(const MkvFile *file, int64_t offset, guint *ret_index)
{
  for (guint i = 0; i < file->front->len; i++)
    if (g_array_index(file->front, EbmlElement, i).offset == offset) {
      *ret_index = i;
      return true;
    }
  return false;
}
