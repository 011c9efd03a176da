/* Progress lines of ffmpeg (blocks as versions 5.1 and 7.1 wrote them) and of HandBrakeCLI 1.6.1: src/encode/progress.c. */
#include "encode/progress.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Feeds lines separated by \n; returns how many readings there were, the last one in *ret. */
static int feed(ProgressParser *parser, const char *lines, int64_t elapsed_ms, EncodeProgress *ret)
{
  int readings = 0;
  g_auto(GStrv) split = g_strsplit(lines, "\n", -1);
  for (char **line = split; *line; line++)
    readings += progress_parser_line(parser, *line, elapsed_ms, ret);
  return readings;
}

static const char first_block[] =
    "frame=0\nfps=0.00\nstream_0_0_q=0.0\nbitrate=N/A\ntotal_size=3162\nout_time_us=N/A\nout_time_ms=N/A\n"
    "out_time=N/A\ndup_frames=0\ndrop_frames=0\nspeed=N/A\nprogress=continue";
static const char middle_block[] =
    "frame=240\nfps=18.42\nstream_0_0_q=33.2\nbitrate=  50.6kbits/s\ntotal_size=2460000\n"
    "out_time_us=9958333\nout_time_ms=9958333\nout_time=00:00:09.958333\ndup_frames=0\ndrop_frames=0\n"
    "speed= 0.764x\nprogress=continue";
static const char last_block[] = "frame=480\nfps=18.42\nbitrate=1976.5kbits/s\ntotal_size=4920711\nout_time_us=19916667\n"
                                 "out_time_ms=19916667\nout_time=00:00:19.916667\nspeed=4.53e+03x\nprogress=end";

static void test_ffmpeg(void)
{
  g_autoptr(ProgressParser) parser = progress_parser_new(ENGINE_FFMPEG, 20000, 1);
  EncodeProgress now = {0};
  g_assert_cmpint(feed(parser, first_block, 500, &now), ==, 1);
  g_assert_cmpfloat(now.fraction, ==, 0);
  g_assert_cmpint(now.eta_ms, ==, FIELD_NULL_INT);
  g_assert_cmpint(now.predicted_bytes, ==, FIELD_NULL_INT);
  g_assert_cmpint(now.output_bytes, ==, 3162);

  g_assert_cmpint(feed(parser, middle_block, 13000, &now), ==, 1);
  g_assert_cmpfloat_with_epsilon(now.fraction, 0.4979, 0.0001);
  g_assert_cmpint(now.frame, ==, 240);
  g_assert_cmpfloat_with_epsilon(now.fps, 18.42, 0.001);
  g_assert_cmpfloat_with_epsilon(now.speed, 0.764, 0.0001);
  g_assert_cmpint(now.position_ms, ==, 9958);
  g_assert_cmpint(llabs(now.eta_ms - 13108), <, 20);
  g_assert_cmpint(llabs(now.predicted_bytes - 4940585), <, 1000);

  g_assert_cmpint(feed(parser, last_block, 26000, &now), ==, 1);
  g_assert_cmpfloat_with_epsilon(now.speed, 4530, 0.1);
  g_assert_cmpfloat(now.fraction, >, 0.99);
}

static void test_odd_lines(void)
{
  static const char *const lines[] = {"",
                                      "=",
                                      "==",
                                      "progress",
                                      "frame=",
                                      "frame=-5",
                                      "frame=99999999999999999999",
                                      "fps=nan",
                                      "speed=infx",
                                      "speed=x",
                                      "total_size=N/A",
                                      "out_time_us=-20000",
                                      "out_time_us=1e9",
                                      "out_time=-00:00:00.020000",
                                      "[libx265] progress of nothing",
                                      "\xff\xfe=\xff",
                                      "Svt[info]: x=y"};
  g_autoptr(ProgressParser) parser = progress_parser_new(ENGINE_FFMPEG, 10000, 1);
  EncodeProgress now = {.frame = 77};
  for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
    g_assert_false(progress_parser_line(parser, lines[i], 1000, &now));
  g_assert_cmpint(now.frame, ==, 77);
  g_assert_true(progress_parser_line(parser, "progress=continue", 1000, &now));
  g_assert_cmpint(now.frame, ==, 0);
  g_assert_cmpint(now.position_ms, ==, 0);
  g_assert_true(isfinite(now.speed) && isfinite(now.fps));
}

static void test_never_back(void)
{
  g_autoptr(ProgressParser) parser = progress_parser_new(ENGINE_FFMPEG, 10000, 1);
  EncodeProgress now = {0};
  feed(parser, "out_time_us=8000000\nprogress=continue", 1000, &now);
  /* ffmpeg 7.1 ends a copy with the time of a short subtitle stream */
  feed(parser, "out_time_us=2000000\nprogress=end", 2000, &now);
  g_assert_cmpfloat_with_epsilon(now.fraction, 0.8, 1e-9);
  feed(parser, "out_time_us=99000000\nprogress=end", 3000, &now);
  g_assert_cmpfloat(now.fraction, ==, 1);
}

static void test_unknown_duration(void)
{
  g_autoptr(ProgressParser) parser = progress_parser_new(ENGINE_FFMPEG, 0, 1);
  EncodeProgress now = {0};
  feed(parser, middle_block, 5000, &now);
  g_assert_cmpfloat(now.fraction, ==, 0);
  g_assert_cmpint(now.eta_ms, ==, FIELD_NULL_INT);
}

static void test_two_passes(void)
{
  g_autoptr(ProgressParser) parser = progress_parser_new(ENGINE_FFMPEG, 10000, 2);
  EncodeProgress now = {0};
  feed(parser, "out_time_us=10000000\ntotal_size=1000\nprogress=end", 10000, &now);
  g_assert_cmpfloat(now.fraction, ==, 0.5);
  g_assert_cmpint(now.predicted_bytes, ==, FIELD_NULL_INT);
  g_assert_cmpint(now.eta_ms, ==, 10000);
  progress_parser_next_pass(parser);
  feed(parser, "out_time_us=N/A\nprogress=continue", 100, &now);
  g_assert_cmpfloat(now.fraction, ==, 0.5);
  g_assert_cmpint(now.pass, ==, 2);
  feed(parser, "out_time_us=5000000\ntotal_size=1000\nprogress=continue", 5000, &now);
  g_assert_cmpfloat(now.fraction, ==, 0.75);
  g_assert_cmpint(now.eta_ms, ==, 5000);
  g_assert_cmpint(now.predicted_bytes, ==, 2000);
  progress_parser_next_pass(parser);
  g_assert_cmpint(now.pass, ==, 2);
}

/* How much must be done before a size is foretold. */
static void test_prediction(void)
{
  static const struct {
    int64_t duration_s, position_s;
    bool foretold;
  } rows[] = {{20, 3, false}, {20, 4, true}, {60, 8, false}, {60, 12, true}, {7200, 100, false}, {7200, 144, true}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *block =
        g_strdup_printf("out_time_us=%" G_GINT64_FORMAT "000000\ntotal_size=1000\nprogress=continue", rows[i].position_s);
    ProgressParser *parser = progress_parser_new(ENGINE_FFMPEG, rows[i].duration_s * 1000, 1);
    EncodeProgress now = {0};
    feed(parser, block, 5000, &now);
    g_assert_cmpint(now.predicted_bytes != FIELD_NULL_INT, ==, rows[i].foretold);
    progress_parser_free(parser);
  }
}

static void test_handbrake(void)
{
  static const char block[] = "Progress: {\n    \"State\": \"WORKING\",\n    \"Working\": {\n        \"ETASeconds\": 0,\n"
                              "        \"Hours\": -1,\n        \"Pass\": 1,\n        \"PassCount\": 1,\n        \"PassID\": 0,\n"
                              "        \"Paused\": 0,\n        \"Progress\": 0.23931623995304108,\n        \"Rate\": 0.0,\n"
                              "        \"RateAvg\": 25.5,\n        \"Seconds\": -1,\n        \"SequenceID\": 1\n    }\n}";
  g_autoptr(ProgressParser) parser = progress_parser_new(ENGINE_HANDBRAKE, 100000, 1);
  EncodeProgress now = {0};
  g_assert_cmpint(feed(parser, block, 10000, &now), ==, 1);
  g_assert_cmpfloat_with_epsilon(now.fraction, 0.2393, 0.0001);
  g_assert_cmpint(feed(parser, block, 11000, &now), ==, 1);
  g_assert_cmpfloat(now.fps, ==, 25.5);
  g_assert_cmpint(feed(parser, "\"Pass\": 2,\n\"PassCount\": 2,\n\"Progress\": 0.5,", 5000, &now), ==, 1);
  g_assert_cmpint(now.pass, ==, 2);
  g_assert_cmpfloat(now.fraction, ==, 0.75);
  g_assert_false(progress_parser_line(parser, "\"Progress\": \"many\",", 1, &now));
  g_assert_false(progress_parser_line(parser, "\"Progress", 1, &now));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/progress/ffmpeg", test_ffmpeg);
  g_test_add_func("/encode/progress/odd-lines", test_odd_lines);
  g_test_add_func("/encode/progress/never-back", test_never_back);
  g_test_add_func("/encode/progress/unknown-duration", test_unknown_duration);
  g_test_add_func("/encode/progress/two-passes", test_two_passes);
  g_test_add_func("/encode/progress/handbrake", test_handbrake);
  g_test_add_func("/encode/progress/prediction", test_prediction);
  return g_test_run();
}
