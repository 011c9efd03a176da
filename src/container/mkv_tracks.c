/* Decides what a Tracks element says, and how it is written anew after a change. Test: tests/unit/container/test_mkv.c */
#include "container/mkv_tracks.h"

#include "base/error.h"
#include "container/mkv_ids.h"

#include <string.h>

/* The flags as elements. Those with default -1 have none: absent means unknown, which players take for no. Version is the
 * DocTypeVersion that introduced them (RFC 9559 section 27.1). */
static const struct {
  uint32_t id;
  int preset;
  int version;
} flag_elements[TRACK_N_FLAGS] = {
    [TRACK_DEFAULT] = {MKV_FLAG_DEFAULT, 1, 1},
    [TRACK_FORCED] = {MKV_FLAG_FORCED, 0, 1},
    [TRACK_ORIGINAL] = {MKV_FLAG_ORIGINAL, -1, 4},
    [TRACK_COMMENTARY] = {MKV_FLAG_COMMENTARY, -1, 4},
    [TRACK_HEARING_IMPAIRED] = {MKV_FLAG_HEARING_IMPAIRED, -1, 4},
    [TRACK_VISUAL_IMPAIRED] = {MKV_FLAG_VISUAL_IMPAIRED, -1, 4},
};

/* Children of a TrackEntry that may be left out when they hold their default (RFC 9559 section 5.1.4.1). */
static const struct {
  uint32_t id;
  uint64_t preset; /* numbers */
  const char *text;
} default_elements[] = {
    {MKV_FLAG_ENABLED, 1, NULL},          {MKV_FLAG_DEFAULT, 1, NULL}, {MKV_FLAG_FORCED, 0, NULL},   {MKV_FLAG_LACING, 1, NULL},
    {MKV_MAX_BLOCK_ADDITION_ID, 0, NULL}, {MKV_CODEC_DELAY, 0, NULL},  {MKV_SEEK_PRE_ROLL, 0, NULL}, {MKV_LANGUAGE, 0, "eng"},
};

static void clear_entry(void *entry)
{
  if (((MkvEntry *)entry)->children)
    g_array_unref(((MkvEntry *)entry)->children);
}

/* The memory of an element that was read from `bytes`. */
static MkvChild child_of(const EbmlElement *element, uint8_t *bytes)
{
  return (MkvChild){element->id, element->size_bytes, bytes + element->data, (size_t)element->length};
}

static bool read_known(const ByteSource *source, int64_t at, int64_t end, EbmlElement *ret_element, GError **error)
{
  if (!ebml_read(source, at, end, ret_element, error))
    return false;
  return !ret_element->size_unknown ||
         fail(error, REEVE_ERROR_CORRUPT, "An element inside Tracks does not say how long it is; the file is damaged.");
}

static bool read_entry(MkvTracks *tracks, const ByteSource *memory, const EbmlElement *element, GError **error)
{
  MkvEntry entry = {.self = child_of(element, tracks->bytes), .total = (size_t)(ebml_end(element) - element->offset)};
  if (element->id == MKV_TRACK_ENTRY)
    entry.children = g_array_new(FALSE, FALSE, sizeof(MkvChild));
  g_array_append_val(tracks->entries, entry);
  for (int64_t at = element->data; entry.children && at < ebml_end(element);) {
    EbmlElement child;
    if (!read_known(memory, at, ebml_end(element), &child, error))
      return false;
    MkvChild in_memory = child_of(&child, tracks->bytes);
    g_array_append_val(entry.children, in_memory);
    at = ebml_end(&child);
  }
  return true;
}

MkvTracks *mkv_tracks_read(const ByteSource *source, const MkvFile *file, GError **error)
{
  g_autoptr(MkvTracks) tracks = g_new0(MkvTracks, 1);
  tracks->file = file;
  tracks->total = (size_t)(ebml_end(&file->tracks) - file->tracks.offset);
  tracks->entries = g_array_new(FALSE, FALSE, sizeof(MkvEntry));
  g_array_set_clear_func(tracks->entries, clear_entry);
  if (tracks->total > MKV_TRACKS_MAX_BYTES) {
    fail(error, REEVE_ERROR_LIMIT, "The file's Tracks element has %zu bytes, more than any real one.", tracks->total);
    return NULL;
  }
  tracks->original = g_malloc(tracks->total);
  if (!byte_source_read(source, file->tracks.offset, tracks->original, tracks->total, error))
    return NULL;
  tracks->bytes = g_memdup2(tracks->original, tracks->total);
  ByteSource memory = byte_source_memory(tracks->bytes, tracks->total);
  guint n_tracks = 0;
  for (int64_t at = file->tracks.data - file->tracks.offset; at < (int64_t)tracks->total;) {
    EbmlElement element;
    if (!read_known(&memory, at, (int64_t)tracks->total, &element, error) || !read_entry(tracks, &memory, &element, error))
      return NULL;
    n_tracks += element.id == MKV_TRACK_ENTRY;
    if (n_tracks > MKV_TRACKS_MAX_ENTRIES) {
      fail(error, REEVE_ERROR_LIMIT, "The file has more than %d tracks.", MKV_TRACKS_MAX_ENTRIES);
      return NULL;
    }
    at = ebml_end(&element);
  }
  return g_steal_pointer(&tracks);
}

void mkv_tracks_free(MkvTracks *tracks)
{
  if (!tracks)
    return;
  g_free(tracks->original);
  g_free(tracks->bytes);
  g_array_unref(tracks->entries);
  g_free(tracks);
}

/* ---- as records ---- */

/* A string ends at its length or at a zero byte (RFC 8794 section 7.4). */
static void set_text(char **text, const MkvChild *child)
{
  g_free(*text);
  size_t length = strnlen((const char *)child->data, MIN(child->length, FIELD_TEXT_MAX_BYTES / 4));
  *text = g_utf8_make_valid((const char *)child->data, (gssize)length);
}

/* An unsigned integer; an empty one is its element's default, 0 where there is none (RFC 8794 section 6.1). */
static bool number_of(const MkvChild *child, uint64_t preset, uint64_t *ret_value, GError **error)
{
  if (child->length > sizeof *ret_value)
    return fail(error, REEVE_ERROR_CORRUPT, "A number in the file's Tracks element is longer than 8 bytes; the file is damaged.");
  *ret_value = child->length == 0 ? preset : bytes_to_uint(child->data, child->length);
  return true;
}

/* A number inside Audio or Video that is asked for by its ID, and what it is when the element is absent or empty. */
typedef struct {
  uint32_t id;
  uint64_t value;
} Wanted;

/* Fills in those that are there. */
static bool read_numbers(const MkvChild *master, Wanted *wanted, size_t n_wanted, GError **error)
{
  ByteSource memory = byte_source_memory(master->data, master->length);
  for (int64_t at = 0; at < (int64_t)master->length;) {
    EbmlElement child;
    if (!ebml_read(&memory, at, (int64_t)master->length, &child, error))
      return false;
    const MkvChild in_memory = {child.id, child.size_bytes, master->data + child.data, (size_t)child.length};
    for (size_t i = 0; i < n_wanted; i++)
      if (wanted[i].id == child.id && !number_of(&in_memory, wanted[i].value, &wanted[i].value, error))
        return false;
    at = ebml_end(&child);
  }
  return true;
}

static bool read_channels(const MkvChild *audio, Track *track, GError **error)
{
  Wanted channels = {MKV_CHANNELS, 1};
  if (!read_numbers(audio, &channels, 1, error))
    return false;
  track->channels = (int64_t)MIN(channels.value, INT64_MAX);
  return true;
}

static bool read_crop(const MkvChild *video, Track *track, GError **error)
{
  Wanted crop[] = {{MKV_PIXEL_CROP_LEFT, 0}, {MKV_PIXEL_CROP_TOP, 0}, {MKV_PIXEL_CROP_RIGHT, 0}, {MKV_PIXEL_CROP_BOTTOM, 0}};
  if (!read_numbers(video, crop, G_N_ELEMENTS(crop), error))
    return false;
  g_clear_pointer(&track->crop, g_free);
  if (crop[0].value || crop[1].value || crop[2].value || crop[3].value)
    track->crop = g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                  crop[0].value, crop[1].value, crop[2].value, crop[3].value);
  return true;
}

static int track_type(uint64_t number)
{
  switch (number) { /* RFC 9559 section 5.1.4.1.3 */
  case 1:
    return TRACK_VIDEO;
  case 2:
    return TRACK_AUDIO;
  case 17:
    return TRACK_SUBTITLE;
  default:
    return TRACK_OTHER;
  }
}

static bool describe_child(const MkvChild *child, Track *track, GError **error)
{
  uint64_t number = 0;
  for (int flag = 0; flag < TRACK_N_FLAGS; flag++)
    if (flag_elements[flag].id == child->id) {
      if (!number_of(child, flag_elements[flag].preset == 1, &number, error))
        return false;
      track_set_flag(track, flag, number != 0);
      return true;
    }
  switch (child->id) {
  case MKV_TRACK_NUMBER:
    if (!number_of(child, 0, &number, error))
      return false;
    track->number = (int64_t)MIN(number, INT64_MAX);
    return true;
  case MKV_TRACK_UID:
    if (!number_of(child, 0, &number, error))
      return false;
    g_free(track->uid);
    track->uid = g_strdup_printf("%" G_GUINT64_FORMAT, number);
    return true;
  case MKV_TRACK_TYPE:
    if (!number_of(child, 0, &number, error))
      return false;
    track->type = track_type(number);
    return true;
  case MKV_CODEC_ID:
    set_text(&track->codec, child);
    return true;
  case MKV_NAME:
    set_text(&track->name, child);
    return true;
  case MKV_LANGUAGE:
    if (child->length > 0)
      set_text(&track->language, child);
    return true;
  case MKV_LANGUAGE_BCP47:
    set_text(&track->language_tag, child);
    return true;
  case MKV_AUDIO:
    return read_channels(child, track, error);
  case MKV_VIDEO:
    return read_crop(child, track, error);
  case MKV_FLAG_ENABLED:
    if (!number_of(child, 1, &number, error))
      return false;
    track->is_disabled = number == 0;
    return true;
  default:
    return true;
  }
}

TrackList *mkv_tracks_list(const MkvTracks *tracks, GError **error)
{
  g_autoptr(TrackList) list = track_list_new(tracks->file->is_webm ? FORMAT_WEBM : FORMAT_MATROSKA);
  for (guint i = 0; i < tracks->entries->len; i++) {
    const MkvEntry *entry = &g_array_index(tracks->entries, MkvEntry, i);
    if (!entry->children)
      continue;
    Track *track = record_new(&track_table);
    g_ptr_array_add(list->tracks, track);
    track->type = TRACK_OTHER;
    track->language = g_strdup("eng");
    for (int flag = 0; flag < TRACK_N_FLAGS; flag++)
      track_set_flag(track, flag, flag_elements[flag].preset == 1);
    for (guint j = 0; j < entry->children->len; j++)
      if (!describe_child(&g_array_index(entry->children, MkvChild, j), track, error))
        return NULL;
    if (track->type == TRACK_AUDIO && track->channels == FIELD_NULL_INT)
      track->channels = 1;
  }
  return g_steal_pointer(&list);
}

/* ---- changing ---- */

/* Sets each element of this flag that the entry has (more than one is wrong, and readers differ in which they take), or adds one
 * where absence says something else. */
static void change_flag(MkvEntry *entry, TrackFlag flag, bool on, int *version)
{
  static uint8_t values[] = {0, 1};
  bool found = false;
  for (guint i = 0; i < entry->children->len; i++) {
    MkvChild *child = &g_array_index(entry->children, MkvChild, i);
    if (child->id != flag_elements[flag].id)
      continue;
    found = true;
    if (child->length > 0) {
      uint_to_bytes(on, child->data, child->length);
    } else if (on != (flag_elements[flag].preset == 1)) {
      child->data = &values[on];
      child->length = 1;
    }
  }
  if (found || on == (flag_elements[flag].preset == 1))
    return;
  const MkvChild added = {.id = flag_elements[flag].id, .size_bytes = 1, .data = &values[on], .length = 1};
  g_array_append_val(entry->children, added);
  *version = MAX(*version, flag_elements[flag].version);
}

void mkv_tracks_change(MkvTracks *tracks, const TrackEdit *edits, size_t n_edits, int *ret_version)
{
  int version = 0;
  int64_t index = -1;
  for (guint i = 0; i < tracks->entries->len; i++) {
    MkvEntry *entry = &g_array_index(tracks->entries, MkvEntry, i);
    index += entry->children != NULL;
    for (size_t e = 0; entry->children && e < n_edits; e++) {
      if (edits[e].track != index)
        continue;
      entry->changed = true;
      for (int flag = 0; flag < TRACK_N_FLAGS; flag++) {
        Wish wish = track_edit_wish(&edits[e], flag);
        if (wish != WISH_LEAVE)
          change_flag(entry, flag, wish == WISH_ON, &version);
      }
    }
  }
  *ret_version = version;
}

/* ---- writing ---- */

/* Readers differ in which of several they believe, so that none of them can be left out. */
static bool stands_alone(const MkvEntry *entry, const MkvChild *child)
{
  guint n = 0;
  for (guint i = 0; i < entry->children->len; i++)
    n += g_array_index(entry->children, MkvChild, i).id == child->id;
  return n == 1;
}

static bool holds_default(const MkvChild *child)
{
  for (size_t i = 0; i < G_N_ELEMENTS(default_elements); i++) {
    if (default_elements[i].id != child->id)
      continue;
    if (child->length == 0)
      return true;
    const char *text = default_elements[i].text;
    if (text)
      return child->length == strlen(text) && memcmp(child->data, text, child->length) == 0;
    return child->length <= 8 && bytes_to_uint(child->data, child->length) == default_elements[i].preset;
  }
  return false;
}

static void put_child(GByteArray *to, const MkvChild *child, bool narrow)
{
  ebml_put_head(to, child->id, child->length, narrow ? ebml_size_bytes(child->length) : child->size_bytes);
  g_byte_array_append(to, child->data, (guint)child->length);
}

/* Whether the first child is a checksum over the others. */
static bool is_checksum(const MkvChild *child)
{
  return child->id == EBML_CRC32 && child->length == EBML_CRC32_DATA_BYTES;
}

/* Makes the checksum at the head of the content right; `head` is how wide its head is. */
static void put_checksum(GByteArray *content, size_t content_start, size_t head)
{
  size_t behind = content_start + head + EBML_CRC32_DATA_BYTES;
  ebml_put_crc32(ebml_crc32(content->data + behind, content->len - behind), content->data + content_start + head);
}

static void put_void(GByteArray *to, uint64_t total, int max_size_bytes)
{
  uint8_t head[1 + EBML_MAX_SIZE_BYTES];
  int head_bytes = ebml_void_head(total, max_size_bytes, head);
  g_byte_array_append(to, head, (guint)head_bytes);
  guint start = to->len;
  g_byte_array_set_size(to, (guint)(start + total - (guint)head_bytes));
  memset(to->data + start, 0, to->len - start);
}

/* A width for the size field so that head, content and a Void fill `room` exactly. The width that stands there is tried first,
 * then narrower, then wider ones: the last two are what closes a gap of one byte, which no Void fits. `inside`: the Void is part
 * of the element's data. False if there is none. */
static bool choose_width(int id_bytes, size_t content, int width, int max_width, int64_t room, bool inside, int *ret_width,
                         int64_t *ret_void)
{
  for (int i = 0; i < 2 * max_width; i++) {
    int candidate = i < width ? width - i : i + 1;
    if (candidate > max_width)
      continue;
    int64_t gap = room - id_bytes - candidate - (int64_t)content;
    if (!ebml_gap_fits(gap, max_width) || ebml_size_bytes(content + (inside ? (uint64_t)gap : 0)) > candidate)
      continue;
    *ret_width = candidate;
    *ret_void = gap;
    return true;
  }
  return false;
}

static GByteArray *entry_content(const MkvEntry *entry, MkvSqueeze squeeze)
{
  GByteArray *content = g_byte_array_new();
  for (guint i = 0; i < entry->children->len; i++) {
    const MkvChild *child = &g_array_index(entry->children, MkvChild, i);
    if (squeeze >= MKV_SQUEEZE_SIZES && child->id == EBML_VOID)
      continue;
    if (squeeze >= MKV_SQUEEZE_DEFAULTS && holds_default(child) && stands_alone(entry, child))
      continue;
    put_child(content, child, squeeze >= MKV_SQUEEZE_SIZES);
  }
  return content;
}

/* Writes the entry with this content; `gap` more bytes of it become a Void. */
static void put_entry(GByteArray *to, const MkvEntry *entry, const GByteArray *content, int width, uint64_t gap, bool narrow,
                      int max_width)
{
  ebml_put_head(to, entry->self.id, content->len + gap, width);
  size_t start = to->len;
  g_byte_array_append(to, content->data, content->len);
  if (gap > 0)
    put_void(to, gap, max_width);
  const MkvChild *first = entry->children->len > 0 ? &g_array_index(entry->children, MkvChild, 0) : NULL;
  if (first && is_checksum(first))
    put_checksum(to, start, 1 + (narrow ? 1 : (size_t)first->size_bytes));
}

/* The entry at its old length, squeezed no more than that takes. */
static bool put_at_old_length(GByteArray *to, const MkvEntry *entry, MkvSqueeze most, int max_width)
{
  for (MkvSqueeze squeeze = MKV_SQUEEZE_NOTHING; squeeze <= most; squeeze++) {
    g_autoptr(GByteArray) content = entry_content(entry, squeeze);
    int width;
    int64_t gap;
    if (!choose_width(ebml_id_bytes(entry->self.id), content->len, entry->self.size_bytes, max_width, (int64_t)entry->total, true,
                      &width, &gap))
      continue;
    put_entry(to, entry, content, width, (uint64_t)gap, squeeze >= MKV_SQUEEZE_SIZES, max_width);
    return true;
  }
  return false;
}

static void put_at_own_length(GByteArray *to, const MkvEntry *entry, MkvSqueeze squeeze, int max_width)
{
  g_autoptr(GByteArray) content = entry_content(entry, squeeze);
  bool narrow = squeeze >= MKV_SQUEEZE_SIZES;
  int least = ebml_size_bytes(content->len);
  put_entry(to, entry, content, narrow ? least : MAX(least, entry->self.size_bytes), 0, narrow, max_width);
}

GByteArray *mkv_tracks_content(const MkvTracks *tracks, MkvSqueeze squeeze, MkvScope scope)
{
  GByteArray *content = g_byte_array_new();
  int max_width = tracks->file->max_size_bytes;
  bool all = scope == MKV_ALL_ENTRIES;
  for (guint i = 0; i < tracks->entries->len; i++) {
    const MkvEntry *entry = &g_array_index(tracks->entries, MkvEntry, i);
    if (!entry->children) {
      if (!all || entry->self.id != EBML_VOID)
        put_child(content, &entry->self, all && squeeze >= MKV_SQUEEZE_SIZES);
    } else if (all) {
      put_at_own_length(content, entry, squeeze, max_width);
    } else if (!entry->changed) {
      put_child(content, &entry->self, false);
    } else if (!put_at_old_length(content, entry, squeeze, max_width)) {
      put_at_own_length(content, entry, MKV_SQUEEZE_NOTHING, max_width);
    }
  }
  return content;
}

GByteArray *mkv_tracks_element(const MkvTracks *tracks, const GByteArray *content, int64_t room, int64_t *ret_void)
{
  int width;
  int64_t gap;
  if (!choose_width(ebml_id_bytes(MKV_TRACKS), content->len, tracks->file->tracks.size_bytes, tracks->file->max_size_bytes, room,
                    false, &width, &gap))
    return NULL;
  GByteArray *element = g_byte_array_new();
  ebml_put_head(element, MKV_TRACKS, content->len, width);
  guint start = element->len;
  g_byte_array_append(element, content->data, content->len);
  EbmlElement first;
  ByteSource memory = byte_source_memory(content->data, content->len);
  if (ebml_read(&memory, 0, content->len, &first, NULL) && first.id == EBML_CRC32 && first.length == EBML_CRC32_DATA_BYTES)
    put_checksum(element, start, (size_t)first.data);
  *ret_void = gap;
  return element;
}
