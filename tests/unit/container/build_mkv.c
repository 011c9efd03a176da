#include "build_mkv.h"

#include <string.h>
#include <zlib.h>

static void put_number(GByteArray *to, guint64 value, int bytes)
{
  for (int i = bytes - 1; i >= 0; i--)
    g_byte_array_append(to, &(guint8){(guint8)(value >> 8 * i)}, 1);
}

static void put_id(GByteArray *to, guint32 id)
{
  put_number(to, id, id > 0xFFFFFF ? 4 : id > 0xFFFF ? 3 : id > 0xFF ? 2 : 1);
}

/* Width 0: as few bytes as needed. */
static void put_size(GByteArray *to, guint64 size, int width)
{
  int least = 1;
  while (size >= (G_GUINT64_CONSTANT(1) << 7 * least) - 1)
    least++;
  width = MAX(width, least);
  put_number(to, size | G_GUINT64_CONSTANT(1) << 7 * width, width);
}

static void put(GByteArray *to, guint32 id, const void *data, gsize length)
{
  put_id(to, id);
  put_size(to, length, 0);
  g_byte_array_append(to, data, (guint)length);
}

static void put_uint(GByteArray *to, guint32 id, guint64 value, int bytes)
{
  put_id(to, id);
  put_size(to, (guint64)bytes, 0);
  put_number(to, value, bytes);
}

static void put_text(GByteArray *to, guint32 id, const char *text)
{
  put(to, id, text, strlen(text));
}

static void put_zeros(GByteArray *to, guint32 id, gsize length, int width)
{
  put_id(to, id);
  put_size(to, length, width);
  guint start = to->len;
  g_byte_array_set_size(to, (guint)(start + length));
  memset(to->data + start, 0x55, length);
}

/* `total` bytes in all; from 2. */
static void put_void(GByteArray *to, gsize total)
{
  if (total >= 2 && total <= 128)
    put_zeros(to, 0xEC, total - 2, 1);
  else if (total > 128)
    put_zeros(to, 0xEC, total - 9, 8);
}

/* A master element; takes `content`. With `crc` its first child is the checksum of the rest. */
static void put_master(GByteArray *to, guint32 id, GByteArray *content, int width, bool crc)
{
  put_id(to, id);
  put_size(to, content->len + (crc ? 6 : 0), width);
  if (crc) {
    guint32 sum = GUINT32_TO_LE((guint32)crc32(0, content->data, content->len));
    put(to, 0xBF, &sum, 4);
  }
  g_byte_array_append(to, content->data, content->len);
  g_byte_array_unref(content);
}

static void put_flag(GByteArray *to, guint32 id, WrittenFlag flag)
{
  switch (flag) {
  case ABSENT:
    break;
  case EMPTY:
    put(to, id, "", 0);
    break;
  case WIDE_OFF:
    put_uint(to, id, 0, 8);
    break;
  case TWICE:
    put_uint(to, id, 0, 1);
    put_uint(to, id, 1, 1);
    break;
  default:
    put_uint(to, id, flag == ON, 1);
  }
}

static void put_track(GByteArray *to, const MkvRecipe *recipe, int number, int type, const char *codec, const char *language,
                      WrittenFlag flag)
{
  GByteArray *entry = g_byte_array_new();
  put_uint(entry, 0xD7, (guint64)number, 1);
  put_uint(entry, 0x73C5, G_GUINT64_CONSTANT(0xF000000000000000) + (guint64)number, 8);
  put_uint(entry, 0x83, (guint64)type, 1);
  put_flag(entry, 0x88, flag);
  put_text(entry, 0x86, codec);
  if (recipe->explicit_defaults) {
    put_uint(entry, 0xB9, 1, 1);
    put_uint(entry, 0x9C, 1, 1);
    put_uint(entry, 0x55AA, 0, 1);
    put_uint(entry, 0x55EE, 0, 1);
  }
  if (language && (recipe->explicit_defaults || strcmp(language, "eng") != 0))
    put_text(entry, 0x22B59C, language);
  if (type == 2) {
    GByteArray *audio = g_byte_array_new();
    put_uint(audio, 0x9F, 6, 1);
    put_master(entry, 0xE1, audio, recipe->entry_width, false);
  }
  if (type == 1) {
    GByteArray *video = g_byte_array_new();
    put_uint(video, 0xB0, 64, 1);
    put_uint(video, 0xBA, 48, 1);
    put_master(entry, 0xE0, video, 0, false);
  }
  if (type == 17 && recipe->name_bytes > 0)
    put_zeros(entry, 0x536E, recipe->name_bytes, 0);
  put_void(entry, recipe->inner_void);
  put_master(to, 0xAE, entry, recipe->entry_width, recipe->entry_crc);
}

static void put_tracks(GByteArray *to, const MkvRecipe *recipe)
{
  GByteArray *tracks = g_byte_array_new();
  put_track(tracks, recipe, 1, 1, "V_MPEG4/ISO/AVC", "und", OFF);
  put_track(tracks, recipe, 2, 2, "A_AC3", "eng", recipe->first);
  put_track(tracks, recipe, 3, 2, "A_AAC", "jpn", recipe->second);
  put_track(tracks, recipe, 4, 17, "S_TEXT/UTF8", "ger", OFF);
  put_master(to, 0x1654AE6B, tracks, recipe->tracks_width, recipe->tracks_crc);
}

static void put_cluster(GByteArray *to, const MkvRecipe *recipe, guint64 timestamp)
{
  GByteArray *cluster = g_byte_array_new();
  put_uint(cluster, 0xE7, timestamp, 2);
  for (int i = 0; i < 3; i++)
    put_zeros(cluster, 0xA3, 40, 0);
  if (recipe->clusters_unknown) {
    put_id(to, 0x1F43B675);
    put_number(to, 0x01FFFFFFFFFFFFFF, 8);
    g_byte_array_append(to, cluster->data, cluster->len);
    g_byte_array_unref(cluster);
  } else {
    put_master(to, 0x1F43B675, cluster, 0, false);
  }
}

/* What a SeekHead points to. */
typedef struct {
  guint32 id;
  gsize position;
} Place;

enum { PLACE_INFO, PLACE_TRACKS, PLACE_TAGS, PLACE_CUES, PLACE_SEEK_HEAD, N_PLACES };

static void put_seek_head(GByteArray *to, const MkvRecipe *recipe, const Place *places, gsize n)
{
  GByteArray *head = g_byte_array_new();
  int bytes = recipe->position_bytes ? recipe->position_bytes : 4;
  for (gsize i = 0; i < n; i++) {
    GByteArray *seek = g_byte_array_new();
    /* What lies too far for the field is not listed; Info is, again, so that the length stays. */
    const Place *place = places[i].position >> 8 * bytes == 0 ? &places[i] : &places[PLACE_INFO];
    put_uint(seek, 0x53AB, place->id, 4);
    put_uint(seek, 0x53AC, place->position, bytes);
    put_master(head, 0x4DBB, seek, 0, false);
  }
  put_master(to, 0x114D9B74, head, 0, recipe->seek_crc);
}

/* The Segment's data with the positions that the last round found: positions have a fixed width, so that two rounds suffice. */
static GByteArray *build_segment(const MkvRecipe *recipe, Place places[N_PLACES])
{
  GByteArray *to = g_byte_array_new();
  gsize crc_bytes = recipe->segment_crc ? 6 : 0;
  gsize n_places = recipe->n_seek_heads > 1 ? N_PLACES : N_PLACES - 1;
  if (recipe->n_seek_heads > 0)
    put_seek_head(to, recipe, places, n_places);
  put_void(to, recipe->void_before);
  places[PLACE_INFO].position = to->len + crc_bytes;
  GByteArray *info = g_byte_array_new();
  put_uint(info, 0x2AD7B1, 1000000, 4);
  put_text(info, 0x4D80, "test");
  put_text(info, 0x5741, "test");
  put_master(to, 0x1549A966, info, 0, false);
  if (recipe->attachment > 0) {
    GByteArray *attachments = g_byte_array_new();
    put_void(attachments, recipe->attachment);
    put_master(to, 0x1941A469, attachments, 0, false);
  }
  if (!recipe->tracks_at_end) {
    places[PLACE_TRACKS].position = to->len + crc_bytes;
    put_tracks(to, recipe);
  }
  places[PLACE_TAGS].position = to->len + crc_bytes;
  if (recipe->tags_between)
    put_zeros(to, 0x1254C367, 0, 1);
  else
    places[PLACE_TAGS] = places[PLACE_INFO];
  if (recipe->unknown_between)
    put_zeros(to, 0x5ABC, 7, 0);
  for (guint i = 0; i < MAX(recipe->n_voids_behind, 1); i++)
    put_void(to, recipe->void_behind);
  gsize cluster = to->len + crc_bytes;
  put_cluster(to, recipe, 0);
  put_cluster(to, recipe, 1000);
  places[PLACE_CUES].position = to->len + crc_bytes;
  GByteArray *cue = g_byte_array_new(), *point = g_byte_array_new(), *cues = g_byte_array_new();
  put_uint(cue, 0xF7, 1, 1);
  put_uint(cue, 0xF1, cluster, 4);
  put_uint(point, 0xB3, 0, 1);
  put_master(point, 0xB7, cue, 0, false);
  put_master(cues, 0xBB, point, 0, false);
  put_master(to, 0x1C53BB6B, cues, 0, true);
  if (recipe->tracks_at_end || recipe->tracks_twice) {
    if (recipe->tracks_at_end)
      places[PLACE_TRACKS].position = to->len + crc_bytes;
    else
      places[PLACE_TAGS] = (Place){0x1654AE6B, to->len + crc_bytes};
    put_tracks(to, recipe);
  }
  places[PLACE_SEEK_HEAD].position = to->len + crc_bytes;
  if (recipe->n_seek_heads > 1)
    put_seek_head(to, recipe, places, N_PLACES - 1);
  return to;
}

GByteArray *build_mkv(const MkvRecipe *recipe)
{
  GByteArray *file = g_byte_array_new(), *header = g_byte_array_new();
  put_text(header, 0x4282, recipe->webm ? "webm" : "matroska");
  if (recipe->version >= 0)
    put_uint(header, 0x4287, recipe->version ? (guint64)recipe->version : 4, 1);
  put_uint(header, 0x4285, 2, 1);
  if (recipe->max_size_bytes > 0)
    put_uint(header, 0x42F3, (guint64)recipe->max_size_bytes, 1);
  put_master(file, 0x1A45DFA3, header, 0, recipe->header_crc);

  Place places[N_PLACES] = {{0x1549A966, 0}, {0x1654AE6B, 0}, {0x1254C367, 0}, {0x1C53BB6B, 0}, {0x114D9B74, 0}};
  if (!recipe->tags_between)
    places[PLACE_TAGS].id = 0x1549A966; /* there are none: names Info twice */
  g_byte_array_unref(build_segment(recipe, places));
  GByteArray *segment = build_segment(recipe, places);
  if (recipe->segment_unknown) {
    put_id(file, 0x18538067);
    put_number(file, 0x01FFFFFFFFFFFFFF, 8);
    g_byte_array_append(file, segment->data, segment->len);
    g_byte_array_unref(segment);
  } else {
    put_master(file, 0x18538067, segment, 8, recipe->segment_crc);
  }
  return file;
}
