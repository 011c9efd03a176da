/* The records of media information: tables that agree with themselves, and the small questions. */
#include "media/media_info.h"

#include "wire/json.h"

static void test_tables(void)
{
  static const FieldTable *const tables[] = {&tag_table, &stream_info_table, &chapter_table, &media_info_table};
  for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
    void *record = record_new(tables[i]);
    g_autoptr(json_t) json = json_from_record(tables[i], record, JSON_FULL);
    g_assert_cmpuint(json_object_size(json), ==, tables[i]->n_fields);
    void *back = record_new(tables[i]);
    g_autoptr(GError) error = NULL;
    g_assert_true(json_to_record(tables[i], json, JSON_TRUSTED, back, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(record_equal(tables[i], record, back));
    record_free(tables[i], record);
    record_free(tables[i], back);
  }
}

static void test_new_stream_knows_nothing(void)
{
  StreamInfo *stream = record_new(&stream_info_table);
  g_assert_cmpint(stream->level, ==, FIELD_NULL_INT);
  g_assert_cmpint(stream->width, ==, FIELD_NULL_INT);
  g_assert_cmpint(stream->dolby_vision_profile, ==, FIELD_NULL_INT);
  g_assert_cmpint(stream->hdr, ==, HDR_SDR);
  g_assert_null(stream->codec);
  record_free(&stream_info_table, stream);
}

static StreamInfo *add_stream(MediaInfo *info, StreamType type, const char *disposition)
{
  StreamInfo *stream = record_new(&stream_info_table);
  stream->type = type;
  const char *const names[] = {disposition, NULL};
  stream->dispositions = g_strdupv((char **)names);
  g_ptr_array_add(info->streams, stream);
  return stream;
}

static void test_streams(void)
{
  g_autoptr(MediaInfo) info = record_new(&media_info_table);
  g_assert_null(media_info_video(info));
  g_clear_pointer(&info->streams, g_ptr_array_unref);
  g_assert_null(media_info_stream(info, STREAM_AUDIO, 0));
  info->streams = records_new(&stream_info_table);
  add_stream(info, STREAM_VIDEO, "attached_pic");
  g_assert_null(media_info_video(info));
  const StreamInfo *first = add_stream(info, STREAM_AUDIO, "default");
  const StreamInfo *video = add_stream(info, STREAM_VIDEO, NULL);
  const StreamInfo *second = add_stream(info, STREAM_AUDIO, "forced");
  g_assert_true(media_info_video(info) == video);
  g_assert_true(media_info_stream(info, STREAM_AUDIO, 0) == first);
  g_assert_true(media_info_stream(info, STREAM_AUDIO, 1) == second);
  g_assert_null(media_info_stream(info, STREAM_AUDIO, 2));
  g_assert_true(stream_has_disposition(second, "forced"));
  g_assert_false(stream_has_disposition(second, "force"));
}

static void test_frame_rates(void)
{
  static const struct {
    const char *text;
    double value;
  } rows[] = {
      {"24000/1001", 24000.0 / 1001},
      {"25/1", 25},
      {"0/0", 0},
      {"1/0", 0},
      {"0/1", 0},
      {"-25/1", 0},
      {"25", 0},
      {"25/", 0},
      {"/1", 0},
      {"", 0},
      {NULL, 0},
      {"25/1x", 0},
      {"a/b", 0},
      {"25:1", 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpfloat_with_epsilon(frame_rate_value(rows[i].text), rows[i].value, 1e-9);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/media-info/tables", test_tables);
  g_test_add_func("/media-info/new-stream", test_new_stream_knows_nothing);
  g_test_add_func("/media-info/streams", test_streams);
  g_test_add_func("/media-info/frame-rates", test_frame_rates);
  return g_test_run();
}
