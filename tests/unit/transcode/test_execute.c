/* The runner, with real ffmpeg and with programs that behave badly in its place. */
#include "transcode/runner_fixture.h"

#include <math.h>

static void test_real(void)
{
  g_auto(Bench) bench;
  bench_init(&bench, "codec=h264;preset=ultrafast;min_ssim=0.5", FIXTURE_CPU);
  TranscodeReport report = {0};
  g_autoptr(GError) error = NULL;
  transcode_execute(&bench.order, &bench.runner, &report, &error);
  g_assert_no_error(error);
  g_assert_true(report.decoded_clean);
  g_assert_cmpint(report.output_bytes, >, 0);
  g_assert_cmpfloat(report.ssim, >, 0.5);
  g_assert_cmpfloat(bench.fraction, >, 0.9);
  g_assert_nonnull(strstr(bench.log->str, "libx264")); /* the command, for the job's log */
  record_clear(&transcode_report_table, &report);
}

typedef struct {
  const char *name, *body;
  bool cancels;
  ReeveErrorCode code;
  const char *says, *logs;
} BadProgram;

static const BadProgram bad_programs[] = {
    {"ends with words", "echo 'first words' >&2; echo 'The last words.' >&2; exit 3", false, REEVE_ERROR_UPSTREAM,
     "The last words.", "first words"},
    {"is killed", "kill -SEGV $$", false, REEVE_ERROR_UPSTREAM, "signal", NULL},
    {"finds the disk full", "echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1", false,
     REEVE_ERROR_NO_SPACE, "original is untouched", NULL},
    {"finds it full and says all is well", "echo 'x: No space left on device' >&2; exit 0", false, REEVE_ERROR_NO_SPACE,
     "original is untouched", NULL},
    {"is silent", "exec sleep 1000", false, REEVE_ERROR_TIMEOUT, "", NULL},
    {"is cancelled", "sleep 1000 & wait", true, REEVE_ERROR_CANCELLED, "", NULL},
    {"writes rubbish", "case \"$output\" in *out.mkv) echo rubbish > \"$output\";; *) exec ffmpeg \"$@\";; esac", false,
     REEVE_ERROR_CORRUPT, "does not decode", NULL},
    {"writes nothing", "case \"$output\" in *out.mkv) exit 0;; *) exec ffmpeg \"$@\";; esac", false, REEVE_ERROR_CORRUPT,
     "does not decode", NULL},
    {"loses the end of it",
     "ffmpeg \"$@\" || exit; case \"$output\" in *out.mkv) truncate -s $(($(stat -c %s \"$output\") * 6 / 10)) \"$output\";; "
     "esac",
     false, REEVE_ERROR_CORRUPT, "The output ", NULL},
};

static void test_bad_programs(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(bad_programs); i++) {
    const BadProgram *row = &bad_programs[i];
    g_auto(Bench) bench;
    bench_init(&bench, "codec=h264", FIXTURE_CPU);
    g_autofree char *program = script(&bench, row->body);
    bench.runner.ffmpeg = program;
    bench.runner.silence_ms = 500;
    bench.cancels = row->cancels;
    TranscodeReport report = {0};
    g_autoptr(GError) error = NULL;
    bool ok = transcode_execute(&bench.order, &bench.runner, &report, &error);
    if (ok || !g_error_matches(error, REEVE_ERROR, (int)row->code) || !strstr(error->message, row->says))
      g_error("A program that %s: %s", row->name, error ? error->message : "no error");
    if (row->logs && !strstr(bench.log->str, row->logs))
      g_error("A program that %s: \"%s\" is not in the log: %s", row->name, row->logs, bench.log->str);
  }
}

/* Hardware that fails although its trial went well: the next encoder takes over, and the report says so. */
static void test_fallback(void)
{
  g_auto(Bench) bench;
  bench_init(&bench, "codec=h264;preset=ultrafast", "h264_nvenc,libx264");
  g_assert_cmpstr(bench.order.plan.encoder, ==, "h264_nvenc");
  g_autofree char *program =
      script(&bench, "case \"$*\" in *nvenc*) echo 'No capable devices found' >&2; exit 1;; esac; exec ffmpeg \"$@\"");
  bench.runner.ffmpeg = program;
  TranscodeReport report = {0};
  g_autoptr(GError) error = NULL;
  transcode_execute(&bench.order, &bench.runner, &report, &error);
  g_assert_no_error(error);
  g_assert_cmpint(report.failed_family, ==, ENCODER_NVENC);
  g_assert_nonnull(strstr(report.failed_reason, "No capable devices found"));
  g_assert_nonnull(strstr(bench.log->str, "warning: h264_nvenc failed"));
  record_clear(&transcode_report_table, &report);
}

static void test_no_fallback(void)
{
  g_auto(Bench) bench;
  bench_init(&bench, "codec=h264;cpu_fallback=false", "h264_nvenc,libx264");
  g_autofree char *program = script(&bench, "echo 'No capable devices found' >&2; exit 1");
  bench.runner.ffmpeg = program;
  TranscodeReport report = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(transcode_execute(&bench.order, &bench.runner, &report, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UPSTREAM);
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/execute/real", test_real);
  g_test_add_func("/execute/bad_programs", test_bad_programs);
  g_test_add_func("/execute/fallback", test_fallback);
  g_test_add_func("/execute/no_fallback", test_no_fallback);
  int code = g_test_run();
  clips_remove();
  return code;
}
