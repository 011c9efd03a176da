/* Walks the boxes of an MP4 file down to its track headers. Test: tests/unit/container/test_mp4.c */
#include "container/mp4_file.h"

#include "base/error.h"

#include <string.h>

#define BOX(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

enum {
  MAX_BOXES = 1 << 20, /* a day of fragments of a second has a fifth of it */
  MAX_TRACKS = 1024,
};

typedef struct {
  uint32_t type; /* 0: there is no further box */
  int64_t offset, data, end;
} Box;

typedef struct {
  const ByteSource *source;
  Mp4File *file;
  GHashTable *chapter_ids; /* of the tracks that others name as their chapter titles */
  int boxes;
} Reader;

/* The box at `at` in what ends at `end` (ISO/IEC 14496-12 section 4.2). At the top level a size of 0 reaches to the end of the
 * file; inside others it is QuickTime's terminator. Fewer than 8 bytes are padding. */
static bool read_box(Reader *reader, int64_t at, int64_t end, bool top_level, Box *ret_box, GError **error)
{
  uint8_t head[16];
  *ret_box = (Box){0};
  if (end - at < 8)
    return true;
  if (++reader->boxes > MAX_BOXES)
    return fail(error, REEVE_ERROR_LIMIT, "The file has more than %d boxes, more than any real one.", MAX_BOXES);
  size_t have = (size_t)MIN((int64_t)sizeof head, end - at);
  if (!byte_source_read(reader->source, at, head, have, error))
    return false;
  uint64_t size = bytes_to_uint(head, 4);
  Box box = {.type = (uint32_t)bytes_to_uint(head + 4, 4), .offset = at, .data = at + 8};
  if (size == 1 && have == sizeof head) {
    size = bytes_to_uint(head + 8, 8);
    box.data = at + 16;
  } else if (size == 0) {
    if (!top_level)
      return true;
    size = (uint64_t)(end - at);
  }
  if (size < (uint64_t)(box.data - at) || size > (uint64_t)(end - at))
    return fail(error, REEVE_ERROR_CORRUPT,
                "At byte %" G_GINT64_FORMAT " a box does not fit into what holds it; the file is damaged or not complete.", at);
  box.end = at + (int64_t)size;
  *ret_box = box;
  return true;
}

/* Calls `visit` for each box inside. */
typedef bool (*Visit)(Reader *reader, const Box *box, void *data, GError **error);

static bool each_box(Reader *reader, int64_t at, int64_t end, Visit visit, void *data, GError **error)
{
  for (;;) {
    Box box;
    if (!read_box(reader, at, end, false, &box, error))
      return false;
    if (box.type == 0)
      return true;
    if (!visit(reader, &box, data, error))
      return false;
    at = box.end;
  }
}

/* Reads `length` bytes of a box from `offset` of its data; CORRUPT if it is shorter. */
static bool read_in(Reader *reader, const Box *box, int64_t offset, void *bytes, size_t length, GError **error)
{
  if (offset + (int64_t)length > box->end - box->data)
    return fail(error, REEVE_ERROR_CORRUPT,
                "At byte %" G_GINT64_FORMAT " a box is too short for what it must hold; the file is damaged.", box->offset);
  return byte_source_read(reader->source, box->data + offset, bytes, length, error);
}

/* A text that fills the rest of a box, or ends at a zero byte; NULL if it is empty. */
static bool read_text(Reader *reader, const Box *box, int64_t offset, char **text, GError **error)
{
  char bytes[1024] = "";
  int64_t length = CLAMP(box->end - box->data - offset, 0, (int64_t)sizeof bytes - 1);
  if (!byte_source_read(reader->source, box->data + MIN(offset, box->end - box->data), bytes, (size_t)length, error))
    return false;
  g_free(*text);
  *text = bytes[0] ? g_utf8_make_valid(bytes, (gssize)strnlen(bytes, sizeof bytes)) : NULL;
  return true;
}

/* ---- one track ---- */

typedef struct {
  Track *track;
  Mp4Header header;
  bool has_header;
  uint32_t handler;
} TrackReader;

/* Section 8.3.2: version and flags, times and ID of a width that the version says, then fixed fields. */
static bool read_tkhd(Reader *reader, const Box *box, TrackReader *track, GError **error)
{
  uint8_t start[4], id[4], group[2];
  if (track->has_header)
    return fail(error, REEVE_ERROR_CORRUPT, "A track of the file has two headers; the file is damaged.");
  if (!read_in(reader, box, 0, start, sizeof start, error))
    return false;
  if (start[0] > 1)
    return fail(error, REEVE_ERROR_INVALID, "A track of the file has a header of version %d, which is not known.", start[0]);
  int64_t time_bytes = start[0] == 1 ? 8 : 4;
  int64_t id_at = 4 + 2 * time_bytes;
  int64_t group_at = id_at + 4 + 4 + time_bytes + 8 + 2;
  int64_t last = group_at + 2 + 2 + 2 + 36 + 8; /* volume, reserved, matrix, width and height */
  if (!read_in(reader, box, id_at, id, sizeof id, error) || !read_in(reader, box, group_at, group, sizeof group, error) ||
      !read_in(reader, box, last - 1, &(uint8_t){0}, 1, error))
    return false;
  track->has_header = true;
  track->track->number = (int64_t)bytes_to_uint(id, sizeof id);
  track->track->is_default = start[3] & 1;
  track->header = (Mp4Header){
      .flags_offset = box->data + 3,
      .flags = start[3],
      .group_offset = box->data + group_at,
      .group = (uint16_t)bytes_to_uint(group, sizeof group),
  };
  return true;
}

/* QuickTime's codes from before ISO 639 (QuickTime File Format, "Language code values"), as ISO 639-2/T. */
static const char *const macintosh_languages[] = {
    "eng", "fra", "deu", "ita", "nld", "swe", "spa", "dan", "por", "nor", "heb", "jpn", "ara", "fin", "ell", "isl",
    "mlt", "tur", "hrv", "zho", "urd", "hin", "tha", "kor", "lit", "pol", "hun", "est", "lav", "smi", "fao", "fas",
    "rus", "zho", "nld", "gle", "sqi", "ron", "ces", "slk", "slv", "yid", "srp", "mkd", "bul", "ukr", "bel", "uzb",
};

/* Section 8.4.2: three letters of 5 bits; below 0x400 a Macintosh code. */
static char *language_text(unsigned code)
{
  if (code < G_N_ELEMENTS(macintosh_languages))
    return g_strdup(macintosh_languages[code]);
  char letters[4] = {(char)((code >> 10 & 31) + 0x60), (char)((code >> 5 & 31) + 0x60), (char)((code & 31) + 0x60), '\0'};
  for (int i = 0; i < 3; i++)
    if (letters[i] < 'a' || letters[i] > 'z')
      return NULL;
  return g_strdup(letters);
}

/* The sample entry's type, and channels where it is an audio one (section 12.2.3; QuickTime's version 2 has them further on). */
static bool read_stsd(Reader *reader, const Box *box, void *data, GError **error)
{
  TrackReader *track = data;
  uint8_t entry[52] = {0};
  int64_t length = MIN((int64_t)sizeof entry, box->end - box->data - 8);
  if (box->type != BOX('s', 't', 's', 'd') || length < 8)
    return true;
  if (!read_in(reader, box, 8, entry, (size_t)length, error))
    return false;
  g_free(track->track->codec);
  track->track->codec = g_utf8_make_valid((const char *)entry + 4, (gssize)strnlen((const char *)entry + 4, 4));
  if (track->handler != BOX('s', 'o', 'u', 'n') || length < 26)
    return true;
  if (bytes_to_uint(entry + 16, 2) == 2 && length == sizeof entry)
    track->track->channels = (int64_t)bytes_to_uint(entry + 48, 4);
  else
    track->track->channels = (int64_t)bytes_to_uint(entry + 24, 2);
  return true;
}

static bool visit_minf(Reader *reader, const Box *box, void *data, GError **error)
{
  return box->type != BOX('s', 't', 'b', 'l') || each_box(reader, box->data, box->end, read_stsd, data, error);
}

static bool visit_mdia(Reader *reader, const Box *box, void *data, GError **error)
{
  TrackReader *track = data;
  uint8_t bytes[4];
  switch (box->type) {
  case BOX('h', 'd', 'l', 'r'):
    if (!read_in(reader, box, 8, bytes, 4, error))
      return false;
    track->handler = (uint32_t)bytes_to_uint(bytes, 4);
    return true;
  case BOX('m', 'd', 'h', 'd'):
    if (!read_in(reader, box, 0, bytes, 1, error) || !read_in(reader, box, bytes[0] == 1 ? 32 : 20, bytes, 2, error))
      return false;
    g_free(track->track->language);
    track->track->language = language_text((unsigned)bytes_to_uint(bytes, 2));
    return true;
  case BOX('e', 'l', 'n', 'g'):
    return read_text(reader, box, 4, &track->track->language_tag, error);
  case BOX('m', 'i', 'n', 'f'):
    return each_box(reader, box->data, box->end, visit_minf, track, error);
  default:
    return true;
  }
}

/* Section 8.10.4 with the roles of MPEG-DASH, which ffmpeg writes and reads too. */
static bool read_kind(Reader *reader, const Box *box, Track *track, GError **error)
{
  static const struct {
    const char *role;
    TrackFlag flag;
  } roles[] = {
      {"forced-subtitle", TRACK_FORCED},
      {"commentary", TRACK_COMMENTARY},
      {"caption", TRACK_HEARING_IMPAIRED},
      {"description", TRACK_VISUAL_IMPAIRED},
  };
  g_autofree char *scheme = NULL, *role = NULL;
  if (!read_text(reader, box, 4, &scheme, error))
    return false;
  if (g_strcmp0(scheme, "urn:mpeg:dash:role:2011") != 0)
    return true;
  if (!read_text(reader, box, 4 + (int64_t)strlen(scheme) + 1, &role, error))
    return false;
  for (size_t i = 0; role && i < G_N_ELEMENTS(roles); i++)
    if (strcmp(role, roles[i].role) == 0)
      track_set_flag(track, roles[i].flag, true);
  return true;
}

static bool visit_udta(Reader *reader, const Box *box, void *data, GError **error)
{
  Track *track = data;
  if (box->type == BOX('n', 'a', 'm', 'e'))
    return read_text(reader, box, 0, &track->name, error);
  return box->type != BOX('k', 'i', 'n', 'd') || read_kind(reader, box, track, error);
}

static bool visit_tref(Reader *reader, const Box *box, void *data, GError **error)
{
  if (box->type != BOX('c', 'h', 'a', 'p'))
    return true;
  for (int64_t at = 0; at + 4 <= box->end - box->data && at < 4 * MAX_TRACKS; at += 4) {
    uint8_t id[4];
    if (!read_in(reader, box, at, id, sizeof id, error))
      return false;
    g_hash_table_add(reader->chapter_ids, GUINT_TO_POINTER((guint)bytes_to_uint(id, sizeof id)));
  }
  return true;
}

static bool visit_trak(Reader *reader, const Box *box, void *data, GError **error)
{
  TrackReader *track = data;
  switch (box->type) {
  case BOX('t', 'k', 'h', 'd'):
    return read_tkhd(reader, box, track, error);
  case BOX('m', 'd', 'i', 'a'):
    return each_box(reader, box->data, box->end, visit_mdia, track, error);
  case BOX('u', 'd', 't', 'a'):
    return each_box(reader, box->data, box->end, visit_udta, track->track, error);
  case BOX('t', 'r', 'e', 'f'):
    return each_box(reader, box->data, box->end, visit_tref, NULL, error);
  default:
    return true;
  }
}

static TrackType track_type(uint32_t handler)
{
  switch (handler) {
  case BOX('v', 'i', 'd', 'e'):
    return TRACK_VIDEO;
  case BOX('s', 'o', 'u', 'n'):
    return TRACK_AUDIO;
  case BOX('s', 'b', 't', 'l'):
  case BOX('s', 'u', 'b', 't'):
  case BOX('t', 'e', 'x', 't'):
  case BOX('s', 'u', 'b', 'p'):
  case BOX('c', 'l', 'c', 'p'):
    return TRACK_SUBTITLE;
  default:
    return TRACK_OTHER;
  }
}

/* ---- the movie ---- */

static bool visit_moov(Reader *reader, const Box *box, void *data, GError **error)
{
  Mp4File *file = reader->file;
  if (box->type == BOX('c', 'm', 'o', 'v'))
    file->is_compressed = true;
  if (box->type != BOX('t', 'r', 'a', 'k'))
    return true;
  if (file->list->tracks->len >= MAX_TRACKS)
    return fail(error, REEVE_ERROR_LIMIT, "The file has more than %d tracks.", MAX_TRACKS);
  TrackReader track = {.track = record_new(&track_table)};
  g_ptr_array_add(file->list->tracks, track.track);
  if (!each_box(reader, box->data, box->end, visit_trak, &track, error))
    return false;
  if (!track.has_header)
    return fail(error, REEVE_ERROR_CORRUPT, "A track of the file has no header; the file is damaged.");
  track.track->type = track_type(track.handler);
  g_array_append_val(file->headers, track.header);
  return true;
}

/* Chapter titles are a text track like subtitles, but for another track naming it. */
static void set_chapters_apart(Reader *reader)
{
  for (guint i = 0; i < reader->file->list->tracks->len; i++) {
    Track *track = reader->file->list->tracks->pdata[i];
    if (g_hash_table_contains(reader->chapter_ids, GUINT_TO_POINTER((guint)track->number)))
      track->type = TRACK_OTHER;
  }
}

static bool read_top_level(Reader *reader, GError **error)
{
  Mp4File *file = reader->file;
  for (int64_t at = 0;;) {
    Box box;
    uint8_t brand[4];
    if (!read_box(reader, at, reader->source->size_bytes, true, &box, error))
      return false;
    if (box.type == 0)
      return true;
    if (box.type == BOX('f', 't', 'y', 'p') && at == 0) {
      if (!read_in(reader, &box, 0, brand, sizeof brand, error))
        return false;
      file->list->container = memcmp(brand, "qt  ", 4) == 0 ? FORMAT_MOV : FORMAT_MP4;
    }
    if (box.type == BOX('m', 'o', 'o', 'v') && file->n_movies++ == 0 &&
        !each_box(reader, box.data, box.end, visit_moov, NULL, error))
      return false;
    at = box.end;
  }
}

Mp4File *mp4_file_read(const ByteSource *source, GError **error)
{
  g_autoptr(Mp4File) file = g_new0(Mp4File, 1);
  file->list = track_list_new(FORMAT_MOV); /* files from before ftyp are QuickTime's */
  file->headers = g_array_new(FALSE, FALSE, sizeof(Mp4Header));
  g_autoptr(GHashTable) chapter_ids = g_hash_table_new(NULL, NULL);
  Reader reader = {.source = source, .file = file, .chapter_ids = chapter_ids};
  if (!read_top_level(&reader, error))
    return NULL;
  if (file->n_movies == 0) {
    fail(error, REEVE_ERROR_CORRUPT, "The file has no moov box, which lists its tracks; it is damaged or not complete.");
    return NULL;
  }
  set_chapters_apart(&reader);
  return g_steal_pointer(&file);
}

void mp4_file_free(Mp4File *file)
{
  if (!file)
    return;
  track_list_free(file->list);
  g_array_unref(file->headers);
  g_free(file);
}
