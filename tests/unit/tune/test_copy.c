/* Files that cannot be changed in place, on both databases, with real ffmpeg. */
#include "base/error.h"
#include "store/file.h"
#include "sys/fs.h"
#include "tune_world.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* --- a Matroska file without any room --- */

/* The element at `at`: where its content begins and ends, with the marker bits of the id. Sizes that are not known do not occur.
 */
static guint32 element(const guint8 *bytes, gsize at, gsize *ret_content, gsize *ret_end)
{
  gsize id_length = 1, size_length = 1;
  guint32 id = 0;
  while (!(bytes[at] & (0x80 >> (id_length - 1))))
    id_length++;
  for (gsize i = 0; i < id_length; i++)
    id = id << 8 | bytes[at + i];
  at += id_length;
  while (!(bytes[at] & (0x80 >> (size_length - 1))))
    size_length++;
  guint64 size = bytes[at] & (0xFF >> size_length);
  for (gsize i = 1; i < size_length; i++)
    size = size << 8 | bytes[at + i];
  *ret_content = at + size_length;
  *ret_end = at + size_length + size;
  return id;
}

static void add_element(GByteArray *out, guint32 id, const guint8 *content, gsize length, gsize size_bytes)
{
  for (int shift = 24; shift >= 0; shift -= 8)
    if (id >> shift)
      g_byte_array_append(out, (const guint8[]){(guint8)(id >> shift)}, 1);
  for (gsize i = size_bytes; i-- > 0;)
    g_byte_array_append(out, (const guint8[]){(guint8)((length >> (8 * i)) | (i == size_bytes - 1 ? 0x100u >> size_bytes : 0))},
                        1);
  g_byte_array_append(out, content, (guint)length);
}

/* What has its default value and could be left out, and FlagDefault itself: every track is a default then. */
static bool is_room(guint32 id)
{
  static const guint32 ids[] = {0x88, 0xEC, 0xB9, 0x6DE7, 0x55EE, 0xAA, 0x55AA, 0x23314F};
  for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
    if (ids[i] == id)
      return true;
  return false;
}

static GByteArray *without_room(const guint8 *bytes, gsize from, gsize end)
{
  GByteArray *out = g_byte_array_new();
  gsize content, next;
  for (gsize at = from; at < end; at = next) {
    guint32 id = element(bytes, at, &content, &next);
    bool is_english = id == 0x22B59C && next - content == 3 && memcmp(bytes + content, "eng", 3) == 0;
    if (id == 0xAE) {
      g_autoptr(GByteArray) entry = without_room(bytes, content, next);
      add_element(out, id, entry->data, entry->len, entry->len < 127 ? 1 : 2);
    } else if (!is_room(id) && !is_english) {
      g_byte_array_append(out, bytes + at, (guint)(next - at));
    }
  }
  return out;
}

static void take_room_away(const char *path)
{
  g_autofree char *text = NULL;
  gsize length, content, next;
  g_assert_true(g_file_get_contents(path, &text, &length, NULL));
  guint8 *bytes = (guint8 *)text;
  element(bytes, 0, &content, &next);
  element(bytes, next, &content, &next);
  for (gsize at = content; at < length; at = next) {
    guint32 id = element(bytes, at, &content, &next);
    if (id == 0xEC)
      bytes[at] = 0xF1; /* an element that nobody knows: it may not be written into */
    if (id != 0x1654AE6B)
      continue;
    g_autoptr(GByteArray) tracks = without_room(bytes, content, next);
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autofree guint8 *zeros = g_malloc0(next - at);
    add_element(out, id, tracks->data, tracks->len, 2);
    g_assert_cmpuint(next - at, >=, out->len + 3);
    add_element(out, 0xF1, zeros, next - at - out->len - 3, 2);
    memcpy(bytes + at, out->data, out->len);
  }
  g_assert_true(g_file_set_contents(path, text, (gssize)length, NULL));
}

static const char *title_of(TuneWorld *world, const char *path)
{
  g_autoptr(MediaInfo) media = probe_file(world->probes, path, NULL, NULL);
  const StreamInfo *stream = media_info_stream(media, STREAM_AUDIO, 1);
  return g_intern_string(stream->title ? stream->title : "");
}

static void test_no_room(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = tune_world_film(&world, "Film.mkv");
  take_room_away(path);
  tune_world_scan(&world);
  g_autofree char *before = fs_fingerprint(path, NULL);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  payload->dry_run = true;
  TuneEnd dry = tune_world_run(&world, payload);
  g_assert_no_error(dry.error);
  g_assert_cmpint(dry.summary.remux, ==, 1);
  payload->dry_run = false;
  TuneEnd end = tune_world_run(&world, payload);
  g_assert_no_error(end.error);
  AudioFileResult *result = tune_world_result(&world, end.job_id);
  g_test_message("%s", result->reason);
  g_assert_cmpstr(result->outcome, ==, "replaced");
  g_assert_cmpstr(tune_world_default(path), ==, "fra");
  g_assert_cmpstr(title_of(&world, path), ==, "Original");
  int64_t undone;
  g_autoptr(GError) error = NULL;
  tune_undo(&world.tune, result->history_id, NULL, NULL, &undone, &error);
  g_assert_no_error(error);
  g_autofree char *after = fs_fingerprint(path, NULL);
  g_assert_cmpstr(after, ==, before);
  record_free(&audio_file_result_table, result);
  record_free(&tune_payload_table, payload);
  tune_world_stop(&world);
}

/* A file that is being seeded, and a library that is to have its own: the seeded bytes stay as they are. */
static void test_break_links(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = tune_world_film(&world, "Film.mkv");
  g_autofree char *seeding = g_strconcat(world.directory, "-seeding.mkv", NULL);
  g_assert_cmpint(link(path, seeding), ==, 0);
  tune_world_scan(&world);
  g_autofree char *before = fs_fingerprint(seeding, NULL);
  world.tune.links = TUNE_LINKS_BREAK;
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  TuneEnd end = tune_world_run(&world, payload);
  g_assert_no_error(end.error);
  AudioFileResult *result = tune_world_result(&world, end.job_id);
  g_test_message("%s", result->reason);
  g_assert_cmpstr(result->outcome, ==, "replaced");
  g_assert_cmpstr(tune_world_default(path), ==, "fra");
  g_assert_cmpstr(tune_world_default(seeding), ==, "eng");
  g_autofree char *after = fs_fingerprint(seeding, NULL);
  g_assert_cmpstr(after, ==, before);
  FileStat now;
  g_assert_true(fs_stat(path, &now, NULL));
  g_assert_cmpint(now.link_count, ==, 1);
  record_free(&audio_file_result_table, result);
  record_free(&tune_payload_table, payload);
  g_assert_cmpint(g_unlink(seeding), ==, 0);
  tune_world_stop(&world);
}

int main(int argc, char **argv)
{
  int code;
  if (tune_world_child(argc, argv, &code))
    return code;
  g_unsetenv("REEVE_BINARY");
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL);
  test_db_each("/copy/no-room", test_no_room);
  test_db_each("/copy/break-links", test_break_links);
  return g_test_run();
}
