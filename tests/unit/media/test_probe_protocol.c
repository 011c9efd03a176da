/* The messages between pool and child: what one end writes the other reads, and nothing else is taken. */
#include "media/probe_protocol.h"

#include "base/error.h"

#include <string.h>

static void test_request(void)
{
  static const char *const names[] = {"film.mkv", "", "ü ö.mp4"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    ProbeRequest request = {.question = (ProbeQuestion)i, .limit_ms = 12345}, back;
    g_strlcpy(request.name, names[i], sizeof request.name);
    guint8 bytes[PROBE_REQUEST_HEADER + PROBE_MAX_NAME];
    size_t length = probe_request_write(&request, bytes), name_length;
    g_autoptr(GError) error = NULL;
    g_assert_true(probe_request_read_header(bytes, PROBE_REQUEST_HEADER, &back, &name_length, &error));
    g_assert_cmpuint(PROBE_REQUEST_HEADER + name_length, ==, length);
    g_assert_true(probe_request_read_name(bytes + PROBE_REQUEST_HEADER, name_length, &back, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(back.name, ==, names[i]);
    g_assert_cmpint(back.limit_ms, ==, 12345);
    g_assert_cmpint((int)back.question, ==, (int)i);
  }
}

static void test_bad_requests(void)
{
  static const struct {
    size_t at;
    guint8 byte;
  } rows[] = {{0, 0xff}, {3, 0}, {5, 1}, {7, 0x80}, {8, 0}, {15, 0x80}, {16, 3}, {19, 1}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ProbeRequest request = {.limit_ms = 7}, back;
    guint8 bytes[PROBE_REQUEST_HEADER + PROBE_MAX_NAME];
    probe_request_write(&request, bytes);
    bytes[rows[i].at] = rows[i].byte;
    size_t name_length;
    g_autoptr(GError) error = NULL;
    g_assert_false(probe_request_read_header(bytes, PROBE_REQUEST_HEADER, &back, &name_length, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
  }
  ProbeRequest request = {.limit_ms = 7};
  g_assert_false(probe_request_read_name((const guint8 *)"../x", 4, &request, NULL));
  g_assert_false(probe_request_read_name((const guint8 *)"a\0b", 3, &request, NULL));
}

static void test_answer_headers(void)
{
  static const struct {
    int code;
    size_t length;
    bool good;
  } rows[] = {
      {-1, 0, true},
      {-1, PROBE_MAX_ANSWER, true},
      {-1, PROBE_MAX_ANSWER + 1, false},
      {REEVE_ERROR_CORRUPT, PROBE_MAX_MESSAGE, true},
      {REEVE_ERROR_CORRUPT, PROBE_MAX_MESSAGE + 1, false},
      {REEVE_ERROR_INVALID, 3, true},
      {REEVE_ERROR_INTERNAL, 3, true},
      {REEVE_ERROR_INTERNAL + 1, 3, false},
      {-2, 3, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint8 bytes[PROBE_ANSWER_HEADER];
    probe_answer_write_header(rows[i].code, rows[i].length, bytes);
    int code = 99;
    size_t length = 99;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(probe_answer_read_header(bytes, sizeof bytes, &code, &length, &error), ==, rows[i].good);
    if (rows[i].good) {
      g_assert_cmpint(code, ==, rows[i].code);
      g_assert_cmpuint(length, ==, rows[i].length);
    } else
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
  }
}

static void expect_body_error(int code, const char *body, ReeveErrorCode expected, const char *message_start)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(probe_answer_read_body(code, (const guint8 *)body, strlen(body), "/films/a.mkv", &error));
  g_assert_error(error, REEVE_ERROR, (int)expected);
  g_assert_true(g_str_has_prefix(error->message, message_start));
}

static void test_bodies(void)
{
  expect_body_error(REEVE_ERROR_CORRUPT, "is empty.", REEVE_ERROR_CORRUPT, "/films/a.mkv is empty.");
  expect_body_error(REEVE_ERROR_CORRUPT, "is \xff", REEVE_ERROR_INTERNAL, "/films/a.mkv could not be probed");
  expect_body_error(-1, "", REEVE_ERROR_INTERNAL, "/films/a.mkv could not be probed");
  expect_body_error(-1, "[]", REEVE_ERROR_INTERNAL, "/films/a.mkv could not be probed");
  expect_body_error(-1, "{\"container\": 1}", REEVE_ERROR_INTERNAL, "/films/a.mkv could not be probed");
  expect_body_error(-1, "{\"streams\": [{\"type\": \"smell\"}]}", REEVE_ERROR_INTERNAL, "/films/a.mkv could not be probed");

  static const char good[] = "{\"container\": \"mkv\", \"streams\": [{\"type\": \"audio\", \"codec\": \"flac\"}]}";
  g_autoptr(GError) error = NULL;
  g_autoptr(MediaInfo) info = probe_answer_read_body(-1, (const guint8 *)good, strlen(good), "a", &error);
  g_assert_no_error(error);
  g_assert_cmpstr(media_info_stream(info, STREAM_AUDIO, 0)->codec, ==, "flac");

  static const char frames[] =
      "{\"tick_num\": 1, \"tick_den\": 1000, \"key_frames\": [{\"pts\": 0}, {\"pts\": 500, \"gap_ms\": 500}]}";
  g_autoptr(FrameIndex) index = probe_answer_read_frames(-1, (const guint8 *)frames, strlen(frames), "a", &error);
  g_assert_no_error(error);
  g_assert_cmpuint(index->key_frames->len, ==, 2);
  g_assert_null(probe_answer_read_frames(-1, (const guint8 *)"{\"tick_num\": 0}", 15, "a", NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/probe-protocol/request", test_request);
  g_test_add_func("/probe-protocol/bad-requests", test_bad_requests);
  g_test_add_func("/probe-protocol/answer-headers", test_answer_headers);
  g_test_add_func("/probe-protocol/bodies", test_bodies);
  return g_test_run();
}
