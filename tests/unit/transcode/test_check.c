/* Checks of files that are sound, damaged, cut off, no films at all, or change meanwhile, with real ffmpeg and with programs that
 * behave badly in its place. */
#include "library/library_fixture.h"
#include "transcode/check.h"

#include <glib/gstdio.h>

typedef struct {
  char *directory, *film; /* ten seconds */
  CheckRunner runner;
  bool grows, cancels; /* at the first progress */
  double fraction;
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
  bench->fraction = fraction;
  if (!bench->grows)
    return;
  bench->grows = false;
  FILE *file = fopen(bench->film, "a");
  g_assert_nonnull(file);
  fputs("more", file);
  fclose(file);
}

static void bench_init(Bench *bench)
{
  g_autoptr(GError) error = NULL;
  ChildExit exit;
  *bench = (Bench){.directory = g_dir_make_tmp("reeve-check-XXXXXX", NULL)};
  bench->film = g_build_filename(bench->directory, "film.mkv", NULL);
  const char *const argv[] = {
      "ffmpeg", "-v",    "error", "-nostdin", "-f", "lavfi", "-i",        "testsrc2=size=160x90:rate=10:duration=10",
      "-c:v",   "mpeg4", "-q:v",  "2",        "-g", "10",    bench->film, NULL};
  child_run(&(ChildParams){.argv = argv, .errors = CHILD_INHERIT}, 60000, NULL, 1000, NULL, NULL, &exit, &error);
  g_assert_no_error(error);
  g_assert_cmpint(exit.exit_code, ==, 0);
  bench->runner = (CheckRunner){
      .ffmpeg = "ffmpeg", .cancel = cancel_new(NULL), .on_child = on_child, .on_progress = on_progress, .user_data = bench};
}

static void bench_clear(Bench *bench)
{
  fs_remove_tree(bench->directory, NULL);
  cancel_unref(bench->runner.cancel);
  g_free(bench->directory);
  g_free(bench->film);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static void rewrite(const Bench *bench, gsize keep_of_100, bool damage)
{
  g_autofree char *content = NULL;
  gsize length;
  g_assert_true(g_file_get_contents(bench->film, &content, &length, NULL));
  for (gsize i = length / 2; damage && i < length / 2 + 2000; i += 7)
    content[i] ^= 0x5a;
  g_assert_true(g_file_set_contents(bench->film, content, (gssize)(length * keep_of_100 / 100), NULL));
}

static void check(Bench *bench, CheckReport *report)
{
  g_autoptr(GError) error = NULL;
  check_file(bench->film, 10000, &bench->runner, report, &error);
  g_assert_no_error(error);
  g_autofree char *sentence = check_sentence(report);
  g_assert_nonnull(sentence);
}

static void fails(Bench *bench, ReeveErrorCode code, const char *with)
{
  CheckReport report;
  g_autoptr(GError) error = NULL;
  g_assert_false(check_file(bench->film, 10000, &bench->runner, &report, &error));
  if (reeve_error_code(error) != code || !strstr(error->message, with))
    g_error("%d: %s", error->code, error->message);
}

static void test_sound(void)
{
  g_auto(Bench) bench;
  bench_init(&bench);
  CheckReport report;
  check(&bench, &report);
  g_assert_cmpint(report.health, ==, FILE_SOUND);
  g_assert_cmpint(report.fault_count, ==, 0);
  g_assert_cmpint(report.decoded_ms, >=, 9000);
  g_assert_cmpfloat(bench.fraction, >, 0.9);
  record_clear(&check_report_table, &report);
}

static void test_damaged(void)
{
  g_auto(Bench) bench;
  bench_init(&bench);
  CheckReport report;
  rewrite(&bench, 100, true);
  check(&bench, &report);
  g_assert_cmpint(report.health, ==, FILE_DAMAGED);
  g_assert_cmpint(report.fault_count, >, 0);
  g_assert_cmpuint(report.faults->len, >, 0);
  g_assert_cmpuint(report.faults->len, <=, CHECK_FAULTS_MAX);
  const FileFault *fault = report.faults->pdata[0];
  g_assert_null(strstr(fault->message, "0x"));
  g_assert_cmpint(fault->at_ms, >=, 0);
  g_assert_cmpint(fault->at_ms, <=, 10000);
  record_clear(&check_report_table, &report);
}

static void test_cut_off(void)
{
  g_auto(Bench) bench;
  bench_init(&bench);
  CheckReport report;
  rewrite(&bench, 60, false);
  check(&bench, &report);
  g_assert_cmpint(report.health, ==, FILE_DAMAGED);
  const FileFault *last = report.faults->pdata[report.faults->len - 1];
  g_assert_nonnull(strstr(last->message, "though it should last 0:10."));
  g_assert_cmpint(last->at_ms, <, 9000);
  record_clear(&check_report_table, &report);
}

static void test_no_film(void)
{
  g_auto(Bench) bench;
  bench_init(&bench);
  CheckReport report;
  g_assert_true(g_file_set_contents(bench.film, "no film at all", -1, NULL));
  check(&bench, &report);
  g_assert_cmpint(report.health, ==, FILE_UNREADABLE);
  record_clear(&check_report_table, &report);
  g_assert_true(g_file_set_contents(bench.film, "", 0, NULL));
  check(&bench, &report);
  g_assert_cmpint(report.health, ==, FILE_UNREADABLE);
  record_clear(&check_report_table, &report);
  g_assert_cmpint(g_unlink(bench.film), ==, 0);
  fails(&bench, REEVE_ERROR_NOT_FOUND, "film.mkv");
}

static void test_changes(void)
{
  g_auto(Bench) bench;
  bench_init(&bench);
  bench.grows = true;
  fails(&bench, REEVE_ERROR_UNAVAILABLE, "changed while it was checked");
}

static void test_cancel(void)
{
  g_auto(Bench) bench;
  bench_init(&bench);
  bench.cancels = true;
  fails(&bench, REEVE_ERROR_CANCELLED, "");
}

/* Another program in ffmpeg's place. */
static void use_program(Bench *bench, const char *script)
{
  g_autofree char *path = g_build_filename(bench->directory, "program", NULL);
  g_autofree char *text = g_strdup_printf("#!/bin/sh\n%s\n", script);
  g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
  bench->runner.ffmpeg = g_intern_string(path);
}

static void test_bad_programs(void)
{
  g_auto(Bench) bench;
  bench_init(&bench);
  CheckReport report;
  use_program(&bench, "exit 3");
  fails(&bench, REEVE_ERROR_UPSTREAM, "said nothing of the file");
  use_program(&bench, "kill -KILL $$");
  fails(&bench, REEVE_ERROR_UPSTREAM, "signal 9");
  use_program(&bench, "printf 'out_time_us=2000000\\nprogress=continue\\n'; kill -SEGV $$");
  check(&bench, &report);
  g_assert_cmpint(report.health, ==, FILE_DAMAGED);
  g_assert_nonnull(strstr(((FileFault *)report.faults->pdata[0])->message, "signal 11"));
  record_clear(&check_report_table, &report);
  use_program(
      &bench,
      "i=0; while [ $i -lt 5000 ]; do echo \"fault $i\" >&2; echo '    Last message repeated 2 times' >&2; i=$((i+1)); done");
  check(&bench, &report);
  g_assert_cmpuint(report.faults->len, ==, CHECK_FAULTS_MAX);
  g_assert_cmpint(report.fault_count, ==, 15000);
  record_clear(&check_report_table, &report);
  bench.runner.silence_ms = 200;
  use_program(&bench, "exec sleep 60");
  fails(&bench, REEVE_ERROR_TIMEOUT, "");
  bench.runner.ffmpeg = "/nowhere/ffmpeg";
  fails(&bench, REEVE_ERROR_NOT_FOUND, "/nowhere/ffmpeg");
}

/* The check may write nowhere, least of all to the file. */
static void test_sandbox(void)
{
  if (sandbox_support().landlock_abi == 0) {
    g_test_skip("this kernel has no Landlock");
    return;
  }
  g_auto(Bench) bench;
  bench_init(&bench);
  g_autofree char *script = g_strdup_printf(
      "echo x >>'%s' && echo written >&2; echo x >'%s/new' && echo made >&2; echo tried >&2", bench.film, bench.directory);
  use_program(&bench, script);
  CheckReport report;
  check(&bench, &report);
  g_assert_cmpstr(((FileFault *)report.faults->pdata[report.faults->len - 1])->message, ==, "tried");
  for (guint i = 0; i < report.faults->len; i++) {
    g_assert_cmpstr(((FileFault *)report.faults->pdata[i])->message, !=, "written");
    g_assert_cmpstr(((FileFault *)report.faults->pdata[i])->message, !=, "made");
  }
  record_clear(&check_report_table, &report);
}

int main(int argc, char **argv)
{
  int exit;
  if (library_is_child(argc, argv, &exit))
    return exit;
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/check/sound", test_sound);
  g_test_add_func("/check/damaged", test_damaged);
  g_test_add_func("/check/cut-off", test_cut_off);
  g_test_add_func("/check/no-film", test_no_film);
  g_test_add_func("/check/changes", test_changes);
  g_test_add_func("/check/cancel", test_cancel);
  g_test_add_func("/check/bad-programs", test_bad_programs);
  g_test_add_func("/check/sandbox", test_sandbox);
  return g_test_run();
}
