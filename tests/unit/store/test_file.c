/* What of a file's media goes into columns, and verdicts. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "encode/profile.h"
#include "store/library_rows.h"

static StreamInfo *add_stream(MediaInfo *media, StreamType type, const char *codec, const char *language)
{
  StreamInfo *stream = record_new(&stream_info_table);
  stream->index = media->streams ? media->streams->len : 0;
  stream->type = type;
  g_free(stream->codec);
  stream->codec = g_strdup(codec);
  g_free(stream->language);
  stream->language = g_strdup(language);
  if (!media->streams)
    media->streams = records_new(&stream_info_table);
  g_ptr_array_add(media->streams, stream);
  return stream;
}

static MediaInfo *film(void)
{
  MediaInfo *media = record_new(&media_info_table);
  g_free(media->container);
  media->container = g_strdup("mkv");
  media->duration_ms = 90 * 60 * 1000;
  media->bit_rate_bps = 5000000;
  StreamInfo *video = add_stream(media, STREAM_VIDEO, "hevc", NULL);
  video->width = 3840;
  video->height = 2160;
  video->hdr = HDR_HDR10;
  add_stream(media, STREAM_AUDIO, "dts", "eng");
  add_stream(media, STREAM_AUDIO, "ac3", "ger");
  add_stream(media, STREAM_AUDIO, "ac3", "eng");
  add_stream(media, STREAM_AUDIO, "aac", NULL);
  add_stream(media, STREAM_SUBTITLE, "subrip", "fre");
  return media;
}

static void test_media(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_assert_null(library_file_media(file, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);
  g_autoptr(MediaInfo) media = film();
  file->error = g_strdup("It was broken before.");
  library_file_set_media(file, media);
  g_assert_cmpint(file->state, ==, FILE_READY);
  g_assert_null(file->error);
  g_assert_cmpstr(file->container, ==, "mkv");
  g_assert_cmpstr(file->video_codec, ==, "hevc");
  g_assert_cmpstr(file->audio_codecs, ==, "dts,ac3,aac");
  g_assert_cmpstr(file->audio_languages, ==, "eng,ger");
  g_assert_cmpstr(file->subtitle_languages, ==, "fre");
  g_assert_cmpint(file->hdr, ==, HDR_HDR10);
  g_assert_cmpint(file->width, ==, 3840);
  g_assert_cmpint(file->duration_ms, ==, 5400000);
  g_autoptr(MediaInfo) back = library_file_media(file, &error);
  g_assert_no_error(error);
  g_assert_true(record_equal(&media_info_table, media, back));

  g_autoptr(MediaInfo) sound = record_new(&media_info_table);
  library_file_set_media(file, sound); /* nothing in it: nothing of the old stays */
  g_assert_null(file->video_codec);
  g_assert_null(file->audio_codecs);
  g_assert_cmpint(file->hdr, ==, FIELD_NULL_ENUM);
  g_assert_cmpint(file->width, ==, FIELD_NULL_INT);

  g_free(file->media);
  file->media = g_strdup("{\"streams\": 7}");
  g_assert_null(library_file_media(file, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);

  library_file_set_media(file, media);
  library_file_forget_media(file);
  g_assert_cmpint(file->state, ==, FILE_NEW);
  g_assert_null(file->video_codec);
  g_assert_null(file->media);
  g_assert_cmpint(file->width, ==, FIELD_NULL_INT);
}

static void test_stored(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  g_autoptr(MediaInfo) media = film();
  LibraryFile *file = record_new(&file_table);
  library_file_set_media(file, media);
  file->sidecars = g_strsplit("film.en.srt,film.nfo", ",", -1);
  int64_t id = add_file(conn, file, add_root(conn, "/a"), "/a/film.mkv");
  g_autoptr(LibraryFile) back = record_new(&file_table);
  g_assert_true(record_get(conn, &file_table, id, back, &error));
  g_assert_no_error(error);
  g_autoptr(MediaInfo) stored = library_file_media(back, &error);
  g_assert_true(record_equal(&media_info_table, media, stored));
  g_assert_cmpuint(g_strv_length(back->sidecars), ==, 2);
}

static int64_t add_profile(DbConn *conn)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Profile) profile = record_new(&profile_table);
  g_free(profile->name);
  profile->name = g_strdup("hevc");
  record_insert(conn, &profile_table, profile, &error);
  g_assert_no_error(error);
  return profile->id;
}

static void test_verdicts(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t profile = add_profile(conn);
  Verdict verdict, found_one;
  record_init(&verdict_table, &verdict);
  record_init(&verdict_table, &found_one);
  bool found = true;
  g_assert_true(verdict_find(conn, "abc", profile, 1, &found_one, &found, &error));
  g_assert_false(found);

  verdict.fingerprint = (g_free(verdict.fingerprint), g_strdup("abc"));
  verdict.code = (g_free(verdict.code), g_strdup("not-smaller"));
  verdict.profile_id = profile;
  verdict.profile_version = 1;
  g_assert_true(verdict_put(conn, &verdict, &error));
  int64_t first = verdict.id;
  verdict.code = (g_free(verdict.code), g_strdup("failed-verification"));
  verdict.created_at_ms = 5;
  g_assert_true(verdict_put(conn, &verdict, &error));
  g_assert_cmpint(verdict.id, ==, first); /* one for each content and version */
  g_assert_true(verdict_find(conn, "abc", profile, 1, &found_one, &found, &error));
  g_assert_true(found);
  g_assert_true(record_equal(&verdict_table, &verdict, &found_one));
  g_assert_true(verdict_find(conn, "abc", profile, 2, &found_one, &found, &error));
  g_assert_false(found);
  verdict.profile_id = 4242;
  g_assert_false(verdict_put(conn, &verdict, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  record_clear(&verdict_table, &verdict);
  record_clear(&verdict_table, &found_one);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/file/media", test_media);
  test_db_each("/file/stored", test_stored);
  test_db_each("/file/verdicts", test_verdicts);
  return g_test_run();
}
