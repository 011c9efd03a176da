/* The runner, with real ffmpeg and with programs that behave badly in its place. */
#include "encode/fixture.h"
#include "library/library_fixture.h"
#include "transcode/transcode.h"

#include <glib/gstdio.h>
#include <math.h>

/* An order for the clip in a directory of its own, and what the runner told. */
typedef struct {
  char *directory;
  MediaInfo *media;
  CapabilitySet *capabilities;
  TranscodeOrder order;
  TranscodeRunner runner;
  GString *log;
  double fraction; /* the last that was reported */
  bool cancels;    /* as soon as a child has started */
} Bench;

static void on_child(Child *child, void *user_data)
{
  Bench *bench = user_data;
  if (child && bench->cancels)
    cancel_set(bench->runner.cancel);
}

static void on_progress(double fraction, const char *detail, void *user_data)
{
  Bench *bench = user_data;
  g_assert_cmpfloat(fraction, >=, bench->fraction);
  g_assert_nonnull(detail);
  bench->fraction = fraction;
}

static void on_log(const char *level, const char *message, void *user_data)
{
  Bench *bench = user_data;
  g_string_append_printf(bench->log, "%s: %s\n", level, message);
}

static void bench_init(Bench *bench, const char *settings, const char *encoders)
{
  g_autoptr(GError) error = NULL;
  *bench = (Bench){.directory = g_dir_make_tmp("reeve-execute-XXXXXX", NULL), .log = g_string_new(NULL)};
  ProbePool *probes = probe_pool_new(&(ProbeParams){.children = 1});
  bench->media = probe_file(probes, clip(0), NULL, &error);
  g_assert_no_error(error);
  probe_pool_free(probes);
  bench->capabilities = fixture_capabilities(encoders);
  g_autoptr(Profile) profile = fixture_profile(settings);
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = bench->media,
                                                        .profile = profile,
                                                        .capabilities = bench->capabilities,
                                                        .file_name = "clip.mkv",
                                                        .age_s = 1000000,
                                                        .link_count = 1,
                                                        .force = true});
  g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
  bench->order = (TranscodeOrder){.source_path = g_strdup(clip(0)),
                                  .output_path = g_build_filename(bench->directory, "out.mkv", NULL),
                                  .write_directory = g_strdup(bench->directory)};
  record_copy(&media_info_table, bench->media, &bench->order.media);
  record_copy(&profile_table, profile, &bench->order.profile);
  record_copy(&encode_plan_table, plan, &bench->order.plan);
  bench->runner = (TranscodeRunner){.ffmpeg = "ffmpeg",
                                    .handbrake = "HandBrakeCLI",
                                    .capabilities = bench->capabilities,
                                    .cancel = cancel_new(NULL),
                                    .on_child = on_child,
                                    .on_progress = on_progress,
                                    .on_log = on_log,
                                    .user_data = bench};
}

static void bench_clear(Bench *bench)
{
  record_clear(&transcode_order_table, &bench->order);
  media_info_free(bench->media);
  capability_set_free(bench->capabilities);
  cancel_unref(bench->runner.cancel);
  g_string_free(bench->log, TRUE);
  fs_remove_tree(bench->directory, NULL);
  g_free(bench->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

/* A shell script in ffmpeg's place; the caller frees its path. */
static char *script(const Bench *bench, const char *body)
{
  char *path = g_build_filename(bench->directory, "encoder", NULL);
  g_autofree char *text = g_strdup_printf("#!/bin/sh\nfor output; do :; done; output=${output#file:}\n%s\n", body);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_assert_cmpint(g_chmod(path, 0755), ==, 0);
  return path;
}

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
