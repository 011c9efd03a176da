/* The arguments of the decode check, and that ffmpeg finds damage by them. */
#include "encode/decode_check.h"
#include "fixture.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static int count(char *const *arguments, const char *text)
{
  int n = 0;
  for (; *arguments; arguments++)
    n += strcmp(*arguments, text) == 0;
  return n;
}

static void test_arguments(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  g_autoptr(GArray) places = sample_places(0);
  const SampleInput against = {.plan = plan, .media = media, .places = places, .source = "/s.mkv", .output = "-o.mkv"};
  const struct {
    DecodeCheckInput input;
    int inputs, outputs, seeks;
  } rows[] = {
      {{.output = "-o.mkv", .check = DECODE_SAMPLED, .duration_ms = 7200000}, 4, 2, 3},
      {{.output = "-o.mkv", .check = DECODE_SAMPLED, .duration_ms = 29999}, 1, 1, 0}, /* short */
      {{.output = "-o.mkv", .check = DECODE_SAMPLED, .duration_ms = FIELD_NULL_INT}, 1, 1, 0},
      {{.output = "-o.mkv", .check = DECODE_FULL, .duration_ms = 7200000}, 1, 1, 0},
      {{.output = "-o.mkv", .against = &against, .metric = METRIC_SSIM, .check = DECODE_SAMPLED, .duration_ms = 7200000},
       2,
       1,
       0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) arguments = decode_check_arguments(&rows[i].input);
    g_assert_cmpint(count(arguments, "-i"), ==, rows[i].inputs);
    g_assert_cmpint(count(arguments, "null"), ==, rows[i].outputs);
    g_assert_cmpint(count(arguments, "-ss"), ==, rows[i].seeks);
    g_assert_cmpint(count(arguments, "-xerror"), ==, 1);
    g_assert_cmpint(count(arguments, "-o.mkv"), ==, 0); /* no name is taken for an option */
    g_assert_cmpint(count(arguments, "file:-o.mkv"), >=, 1);
    g_assert_cmpint(count(arguments, "file:/s.mkv"), ==, rows[i].input.against != NULL);
  }
}

/* Windows of a sixtieth, but neither longer than five seconds nor shorter than one; the last of a long film goes to the end. */
static void test_places(void)
{
  static const struct {
    int64_t duration_ms;
    const char *window, *middle, *end;
    int limits;
  } rows[] = {{30000, "1.000", "14.500", "29.000", 3},    {60000, "1.000", "29.500", "59.000", 3},
              {120000, "2.000", "59.000", "118.000", 3},  {299000, "4.983", "147.008", "294.017", 3},
              {300000, "5.000", "147.500", "295.000", 2}, {7200000, "5.000", "3597.500", "7195.000", 2}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) arguments = decode_check_arguments(&(DecodeCheckInput){.output = "/o.mkv", .duration_ms = rows[i].duration_ms});
    g_assert_cmpint(count(arguments, "0.000"), ==, 1);
    g_assert_cmpint(count(arguments, rows[i].middle), ==, 1);
    g_assert_cmpint(count(arguments, rows[i].end), ==, 1);
    g_assert_cmpint(count(arguments, "-t"), ==, rows[i].limits);
    g_assert_cmpint(count(arguments, rows[i].window), ==, rows[i].limits);
  }
}

static void test_survey_lines(void)
{
  static const struct {
    const char *line, *message;
    int64_t repeats;
  } rows[] = {
      {"[h264 @ 0x55f19379f340] error while decoding MB 13 7", "h264: error while decoding MB 13 7", 0},
      {"[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55fa7f5121c0] moov atom not found", "mov,mp4,m4a,3gp,3g2,mj2: moov atom not found", 0},
      {"Error while decoding stream #0:1: Invalid data found", "Error while decoding stream #0:1: Invalid data found", 0},
      {"    Last message repeated 12 times", NULL, 12},
      {"Last message repeated x times", NULL, 1},
      {"[null @ 0x1] Application provided invalid, non monotonically increasing dts", NULL, 0},
      {"[mov,mp4 @ 0x1] Referenced QT chapter track not found", NULL, 0},
      {"", NULL, 0},
      {"[", "[", 0},
      {"[h264 @ 0x1", "[h264 @ 0x1", 0},
      {"[h264 @ 0x1] ", "h264: ", 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t repeats = -1;
    g_autofree char *message = decode_survey_line(rows[i].line, &repeats);
    g_assert_cmpstr(message, ==, rows[i].message);
    g_assert_cmpint(repeats, ==, rows[i].repeats);
  }
  int64_t repeats;
  g_autofree char *odd = decode_survey_line("[x @ 0x1] bad \xff name", &repeats);
  g_assert_true(g_utf8_validate(odd, -1, NULL));
}

/* Runs ffmpeg as the runner does: true if neither its exit code nor a line of it says that something is wrong. */
static bool passes(char *const *arguments)
{
  g_autoptr(GPtrArray) command = g_ptr_array_new();
  g_ptr_array_add(command, (gpointer) "ffmpeg");
  for (; *arguments; arguments++)
    g_ptr_array_add(command, *arguments);
  g_ptr_array_add(command, NULL);
  int status = 0;
  g_autofree char *said = NULL;
  g_autoptr(GError) error = NULL;
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL;
  g_assert_true(g_spawn_sync(NULL, (char **)command->pdata, NULL, flags, NULL, NULL, NULL, &said, &status, &error));
  g_assert_no_error(error);
  bool good = status == 0;
  g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
  for (size_t i = 0; lines[i]; i++)
    good = good && !decode_check_line_is_fault(lines[i]);
  return good;
}

typedef struct {
  const char *extension, *seconds, *picture;
  double tail; /* part of the file where the last place that is decoded lies */
} Film;

/* Damage at a place that is decoded is found, and so is an early end. */
static void test_damage(gconstpointer data)
{
  enum { DAMAGE_BYTES = 3000 };
  const Film *made = data;
  const struct {
    double from; /* part of the file after which bytes are overwritten; 0: none */
    double kept; /* part of the file that is there */
    bool good;
  } rows[] = {{0, 1, true}, {0.005, 1, false}, {0.475, 1, false}, {made->tail, 1, false}, {0, 0.7, false}, {0, 0.995, false}};
  g_autofree char *directory = g_dir_make_tmp("reeve-decode-XXXXXX", NULL);
  g_autofree char *output = g_strconcat(directory, "/output", made->extension, NULL);
  char *film[] = {(char *)"-v",
                  (char *)"error",
                  (char *)"-f",
                  (char *)"lavfi",
                  (char *)"-i",
                  (char *)made->picture,
                  (char *)"-t",
                  (char *)made->seconds,
                  (char *)"-c:v",
                  (char *)"libx264",
                  (char *)"-preset",
                  (char *)"ultrafast",
                  (char *)"-g",
                  (char *)"48",
                  (char *)"-movflags",
                  (char *)"+faststart",
                  output,
                  NULL};
  g_assert_true(passes(film));
  g_autofree char *bytes = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(output, &bytes, &size, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *copy = g_memdup2(bytes, size);
    g_autoptr(GRand) noise = g_rand_new_with_seed(7);
    for (size_t k = 0; rows[i].from > 0 && k < DAMAGE_BYTES; k++)
      copy[(size_t)(rows[i].from * (double)size) + k] = (char)g_rand_int(noise);
    g_assert_true(g_file_set_contents(output, copy, (gssize)(rows[i].kept * (double)size), NULL));
    g_auto(GStrv) arguments =
        decode_check_arguments(&(DecodeCheckInput){.output = output, .duration_ms = atoi(made->seconds) * 1000});
    if (passes(arguments) != rows[i].good)
      g_error("row %zu with %s of %s s: %s", i, made->extension, made->seconds, rows[i].good ? "refused" : "passed");
  }
  g_unlink(output);
  g_rmdir(directory);
}

/* What was copied is read, what is new is decoded. */
static void test_converted(void)
{
  StreamAction actions[] = {{.output_index = 0, .type = STREAM_VIDEO, .action = ACTION_CONVERT},
                            {.output_index = 1, .type = STREAM_AUDIO, .action = ACTION_KEEP},
                            {.output_index = FIELD_NULL_INT, .type = STREAM_AUDIO, .action = ACTION_DROP},
                            {.output_index = 2, .type = STREAM_AUDIO, .action = ACTION_ADD},
                            {.output_index = 3, .type = STREAM_SUBTITLE, .action = ACTION_CONVERT}};
  g_autoptr(GPtrArray) plan = g_ptr_array_new();
  for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
    g_ptr_array_add(plan, &actions[i]);
  DecodeCheckInput input = {.output = "/o.mkv", .check = DECODE_FULL, .duration_ms = 7200000, .actions = plan};
  g_auto(GStrv) full = decode_check_arguments(&input);
  g_assert_cmpint(count(full, "0:0") + count(full, "0:2"), ==, 2);
  g_assert_cmpint(count(full, "-map"), ==, 2);
  input.check = DECODE_SAMPLED;
  g_auto(GStrv) sampled = decode_check_arguments(&input);
  g_assert_cmpint(count(sampled, "2:0") + count(sampled, "2:2"), ==, 2);
  g_assert_cmpint(count(sampled, "-map"), ==, 3 * 2 + 3);
  actions[0].action = actions[3].action = ACTION_KEEP;
  g_auto(GStrv) copies = decode_check_arguments(&input);
  g_assert_cmpint(count(copies, "-i"), ==, 1);
  g_assert_cmpint(count(copies, "copy"), ==, 1);
}

/* Warnings of a demuxer, such as of an attachment that it does not know, are none of the file's faults. */
static void test_faults(void)
{
  static const struct {
    const char *line;
    bool is_fault;
  } rows[] = {
      {"[matroska,webm @ 0x55] File ended prematurely at pos. 1 (0x1)", true},
      {"[matroska,webm @ 0x55] [error] File ended prematurely at pos. 1 (0x1)", true},
      {"[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55] [fatal] moov atom not found", true},
      {"[matroska,webm @ 0x55] [warning] Could not find codec parameters for stream 4 (Attachment: none): unknown codec", false},
      {"[matroska,webm @ 0x55] [info] anything", false},
      {"[h264 @ 0x55] [error] anything", false},
      {"", false}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(decode_check_line_is_fault(rows[i].line), ==, rows[i].is_fault);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/decode-check/survey-lines", test_survey_lines);
  g_test_add_func("/decode-check/arguments", test_arguments);
  g_test_add_func("/decode-check/places", test_places);
  g_test_add_func("/decode-check/faults", test_faults);
  g_test_add_func("/decode-check/converted", test_converted);
  static const char large[] = "testsrc2=s=320x180:r=24,noise=alls=9:allf=t",
                    small[] = "testsrc2=s=256x144:r=6,noise=alls=9:allf=t";
  static const Film matroska = {".mkv", "60", large, 0.975}, mp4 = {".mp4", "60", large, 0.975},
                    film = {".mkv", "300", small, 0.998};
  g_test_add_data_func("/decode-check/damage/matroska", &matroska, test_damage);
  g_test_add_data_func("/decode-check/damage/mp4", &mp4, test_damage);
  g_test_add_data_func("/decode-check/damage/long", &film, test_damage);
  return g_test_run();
}
