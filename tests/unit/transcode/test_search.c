/* The search for a quality with real encoders, and what stands in its way: src/transcode/search.c, execute.c. */
#include "transcode/runner_fixture.h"

#include <math.h>

typedef struct {
  char *directory, *path;
} Film;

static void film_clear(Film *film)
{
  g_unlink(film->path);
  g_rmdir(film->directory);
  g_free(film->path);
  g_free(film->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Film, film_clear)

/* A film of one picture source of ffmpeg's. */
static Film film_make(const char *source, int seconds)
{
  Film film = {.directory = g_dir_make_tmp("reeve-search-XXXXXX", NULL)};
  film.path = g_build_filename(film.directory, "film.mkv", NULL);
  g_autofree char *line =
      g_strdup_printf("ffmpeg -v error -f lavfi -i %s -t %d -c:v libx264 -preset ultrafast -crf 4 -g 48 -pix_fmt "
                      "yuv420p %s",
                      source, seconds, film.path);
  int status = 0;
  g_autoptr(GError) error = NULL;
  g_spawn_command_line_sync(line, NULL, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_cmpint(status, ==, 0);
  return film;
}

static int count(const char *text, const char *part)
{
  g_auto(GStrv) parts = g_strsplit(text, part, -1);
  return (int)g_strv_length(parts) - 1;
}

/* The plan by what is said to have been found. */
static void bench_plan_again(Bench *bench)
{
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = bench->media,
                                                        .profile = &bench->order.profile,
                                                        .capabilities = bench->capabilities,
                                                        .force = true,
                                                        .found = &bench->order.found});
  record_clear(&encode_plan_table, &bench->order.plan);
  record_copy(&encode_plan_table, plan, &bench->order.plan);
}

static const char moving[] = "testsrc2=s=320x180:r=24,noise=alls=14:allf=t";

/* The whole film holds the floor, and not by much more than it must. */
static void test_whole(gconstpointer data)
{
  g_auto(Film) film = film_make(moving, 4);
  g_auto(Bench) bench;
  g_autofree char *settings = g_strconcat("target_metric=ssim;target_score=0.96;", (const char *)data, NULL);
  bench_init_for(&bench, film.path, settings, FIXTURE_CPU);
  TranscodeReport report = {0};
  g_autoptr(GError) error = NULL;
  transcode_execute(&bench.order, &bench.runner, &report, &error);
  g_assert_no_error(error);
  g_assert_true(report.found.whole);
  g_assert_cmpfloat(report.score, >=, 0.96);
  g_assert_cmpfloat(report.score, <=, 0.968); /* a step of SVT-AV1 may be longer than 0.004 */
  g_assert_cmpfloat(fabs(report.score - report.found.score), <, 1e-4);
  g_assert_cmpfloat(report.ssim, ==, report.score);
  g_assert_cmpint(report.found.probes, <=, 5);
  g_assert_cmpint(count(bench.log->str, "info: Probe "), ==, report.found.probes);
  assert_contains(bench.log->str, ": SSIM 0.96");
  assert_contains(bench.log->str, "% of the size, ");
  g_autofree char *sample = g_build_filename(bench.directory, "sample.mkv", NULL);
  g_assert_false(g_file_test(sample, G_FILE_TEST_EXISTS));
  record_clear(&transcode_report_table, &report);
}

static void on_found(const TranscodeReport *report, void *user_data)
{
  Bench *bench = user_data;
  g_string_append_printf(bench->log, "found: %g after %" G_GINT64_FORMAT "\n", report->found.quality, report->found.probes);
}

/* What was found is told before the encode begins, which may fail. */
static void test_told(void)
{
  g_auto(Film) film = film_make(moving, 2);
  g_auto(Bench) bench;
  bench_init_for(&bench, film.path, "codec=h264;preset=ultrafast;target_metric=ssim;target_score=0.96", FIXTURE_CPU);
  g_autofree char *program =
      script(&bench, "case \"$output\" in *out.mkv) echo 'told to fail' >&2; exit 1;; esac; exec ffmpeg \"$@\"");
  bench.runner.ffmpeg = program;
  bench.runner.on_found = on_found;
  TranscodeReport report = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(transcode_execute(&bench.order, &bench.runner, &report, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UPSTREAM);
  g_autofree char *line = g_strdup_printf(" after %d\n", count(bench.log->str, "info: Probe "));
  g_assert_cmpint(count(bench.log->str, "found: "), ==, 1);
  assert_contains(bench.log->str, line);
}

/* It is told of a quality that is far too coarse, as if samples had shown it. */
static void run_flattered(Bench *bench, TranscodeReport *report)
{
  g_autoptr(GError) error = NULL;
  bench->order.found = (QualityFound){.quality = 30, .score = 0.961, .video_bytes = 1000, .probes = 3};
  bench_plan_again(bench);
  transcode_execute(&bench->order, &bench->runner, report, &error);
  g_assert_no_error(error);
}

/* One that cannot become smaller by the profile's margin is not encoded again at a better quality. */
static void test_not_once_more(void)
{
  g_auto(Film) film = film_make(moving, 2);
  g_auto(Bench) bench;
  bench_init_for(&bench, film.path, "codec=h264;preset=ultrafast;target_metric=ssim;target_score=0.96;min_saving_percent=99",
                 FIXTURE_CPU);
  TranscodeReport report = {0};
  run_flattered(&bench, &report);
  assert_lacks(bench.log->str, "once more");
  g_assert_cmpfloat(report.score, <, 0.96);
  g_assert_cmpfloat(report.found.quality, ==, 30);
  record_clear(&transcode_report_table, &report);
}

/* Places of a longer film stand for it; and a quality that was found before is not looked for again. */
static void test_sampled(void)
{
  g_auto(Film) film = film_make("testsrc2=s=160x90:r=12,noise=alls=14:allf=t", 100);
  static const char settings[] = "codec=h264;preset=ultrafast;target_metric=ssim;target_score=0.95";
  g_auto(Bench) bench;
  bench_init_for(&bench, film.path, settings, FIXTURE_CPU);
  TranscodeReport report = {0}, second = {0};
  g_autoptr(GError) error = NULL;
  transcode_execute(&bench.order, &bench.runner, &report, &error);
  g_assert_no_error(error);
  g_assert_false(report.found.whole);
  g_assert_cmpfloat(report.score, >=, 0.95);
  g_assert_cmpfloat(report.score, <=, 0.958);
  FileStat stat;
  g_assert_true(fs_stat(bench.order.output_path, &stat, &error));
  g_assert_cmpfloat(fabs((double)report.found.video_bytes / (double)stat.size_bytes - 1), <, 0.2);

  bench.order.found = report.found;
  bench_plan_again(&bench);
  g_string_truncate(bench.log, 0);
  bench.fraction = 0;
  transcode_execute(&bench.order, &bench.runner, &second, &error);
  g_assert_no_error(error);
  g_assert_cmpint(count(bench.log->str, "info: Probe "), ==, 0);
  g_assert_cmpfloat(second.score, ==, report.score);
  record_clear(&transcode_report_table, &report);
  record_clear(&transcode_report_table, &second);
}

/* A film whose samples flatter it is encoded once more. */
static void test_once_more(void)
{
  g_auto(Film) film = film_make(moving, 2);
  g_auto(Bench) bench;
  bench_init_for(&bench, film.path, "codec=h264;preset=ultrafast;target_metric=ssim;target_score=0.96", FIXTURE_CPU);
  TranscodeReport report = {0};
  run_flattered(&bench, &report);
  assert_contains(bench.log->str, "once more with a finer quality");
  g_test_message("%s", bench.log->str);
  g_assert_cmpfloat(report.score, >=, 0.96);
  g_assert_cmpfloat(report.found.quality, <, 30);
  record_clear(&transcode_report_table, &report);
}

typedef struct {
  const char *name, *settings, *program; /* a script in ffmpeg's place, or NULL */
  bool cancels;
  ReeveErrorCode code;
  const char *says;
} Obstacle;

static const Obstacle obstacles[] = {
    {"a floor above every quality", "codec=h264;preset=ultrafast;target_score=0.9995",
     "case \"$output\" in -) echo '[Parsed_ssim_0 @ 0x1] SSIM Y:0.9 All:0.900000 (10.0)' >&2; exit 0;; esac; exec ffmpeg \"$@\"",
     false, REEVE_ERROR_LIMIT, "No quality holds SSIM 0.9995: at 0, the best, it is 0.9000; the file is left as it is."},
    {"floor and ceiling that contradict each other", "codec=h264;preset=ultrafast;target_score=0.99;min_saving_percent=90", NULL,
     false, REEVE_ERROR_LIMIT, "the profile's saving of 90 % allows 10 %. The file is left as it is."},
    {"samples that do not decode", "codec=h264;target_score=0.95",
     "case \"$output\" in *sample.mkv) echo 'Error while decoding stream #0:0' >&2; exit 69;; esac; exec ffmpeg \"$@\"", false,
     REEVE_ERROR_UPSTREAM, "Error while decoding stream"},
    {"a comparison without a score", "codec=h264;preset=ultrafast;target_score=0.95",
     "case \"$output\" in -) echo 'nothing to say' >&2; exit 0;; esac; exec ffmpeg \"$@\"", false, REEVE_ERROR_UPSTREAM,
     "The samples could not be compared with the source: nothing to say"},
    {"a comparison that fails", "codec=h264;preset=ultrafast;target_score=0.95",
     "case \"$output\" in -) echo 'No such filter' >&2; exit 1;; esac; exec ffmpeg \"$@\"", false, REEVE_ERROR_UPSTREAM,
     "No such filter"},
    {"a comparison that fails and says so before its last words", "codec=h264;preset=ultrafast;target_score=0.95",
     "case \"$output\" in -) printf \"%s\\\\n\" 'No such model' 'Error initializing complex filters.' 'Invalid argument' >&2; "
     "exit 1;; esac; "
     "exec ffmpeg \"$@\"",
     false, REEVE_ERROR_UPSTREAM, ": No such model"},
    {"a disk that fills up", "codec=h264;target_score=0.95", "echo 'x: No space left on device' >&2; exit 1", false,
     REEVE_ERROR_NO_SPACE, "original is untouched"},
    {"silence", "codec=h264;target_score=0.95", "exec sleep 1000", false, REEVE_ERROR_TIMEOUT, ""},
    {"a person who cancels", "codec=h264;target_score=0.95", "sleep 1000 & wait", true, REEVE_ERROR_CANCELLED, ""},
};

static void test_obstacles(void)
{
  g_auto(Film) film = film_make(moving, 2);
  for (size_t i = 0; i < G_N_ELEMENTS(obstacles); i++) {
    const Obstacle *row = &obstacles[i];
    g_auto(Bench) bench;
    g_autofree char *settings = g_strconcat("target_metric=ssim;", row->settings, NULL);
    bench_init_for(&bench, film.path, settings, FIXTURE_CPU);
    g_autofree char *program = row->program ? script(&bench, row->program) : g_strdup("ffmpeg");
    bench.runner.ffmpeg = program;
    bench.runner.silence_ms = row->code == REEVE_ERROR_TIMEOUT ? 500 : 0; /* a busy machine is slow, not silent */
    bench.cancels = row->cancels;
    TranscodeReport report = {0};
    g_autoptr(GError) error = NULL;
    bool ok = transcode_execute(&bench.order, &bench.runner, &report, &error);
    if (ok || !g_error_matches(error, REEVE_ERROR, (int)row->code) || !strstr(error->message, row->says))
      g_error("%s: %s", row->name, error ? error->message : "no error");
    g_autofree char *sample = g_build_filename(bench.directory, "sample.mkv", NULL);
    g_assert_false(g_file_test(sample, G_FILE_TEST_EXISTS));
  }
}

/* An encode that has written more than it may is stopped. */
static void test_promise(void)
{
  g_auto(Film) film = film_make("testsrc2=s=320x180:r=24", 2);
  g_auto(Bench) bench;
  bench_init_for(&bench, film.path, "codec=h264;min_saving_percent=50", FIXTURE_CPU);
  g_autofree char *program =
      script(&bench, "echo frame=24; echo total_size=9999999999; echo out_time_us=500000; echo progress=continue; "
                     "exec sleep 1000");
  bench.runner.ffmpeg = program;
  TranscodeReport report = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(transcode_execute(&bench.order, &bench.runner, &report, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  assert_contains(error->message, "for the profile's saving of 50 %.");
  assert_lacks(bench.log->str, "error:");
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/search/whole/x264", "codec=h264;preset=ultrafast", test_whole);
  g_test_add_data_func("/search/whole/x265", "codec=hevc;preset=ultrafast", test_whole);
  g_test_add_data_func("/search/whole/svt-av1", "codec=av1;preset=12", test_whole);
  g_test_add_data_func("/search/whole/scaled", "codec=h264;preset=ultrafast;max_height=90;bit_depth=10", test_whole);
  g_test_add_func("/search/sampled", test_sampled);
  g_test_add_func("/search/told", test_told);
  g_test_add_func("/search/once-more", test_once_more);
  g_test_add_func("/search/not-once-more", test_not_once_more);
  g_test_add_func("/search/obstacles", test_obstacles);
  g_test_add_func("/search/promise", test_promise);
  int code = g_test_run();
  clips_remove();
  return code;
}
