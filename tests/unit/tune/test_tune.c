/* Jobs on default tracks, on both databases, with real files. */
#include "base/error.h"
#include "store/edit_journal.h"
#include "store/file.h"
#include "sys/fs.h"
#include "tune/policy_store.h"
#include "tune_world.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void assert_row_agrees(TuneWorld *world, const char *path, const char *wanted_default)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(DbConn) conn = test_db_acquire(world->test);
  FileStat now;
  g_assert_true(file_by_path(conn, world->root_id, path, file, NULL));
  g_assert_true(fs_stat(path, &now, NULL));
  g_assert_cmpint(file->mtime_ns, ==, now.mtime_ns);
  g_assert_cmpint(file->inode, ==, now.inode);
  g_assert_cmpint(file->size_bytes, ==, now.size_bytes);
  g_autofree char *fingerprint = fs_fingerprint(path, NULL);
  g_assert_cmpstr(file->fingerprint, ==, fingerprint);
  g_autoptr(MediaInfo) known = library_file_media(file, NULL);
  g_autoptr(MediaInfo) probed = probe_file(world->probes, path, NULL, NULL);
  for (guint i = 0; i < probed->streams->len; i++) {
    const StreamInfo *a = known->streams->pdata[i], *b = probed->streams->pdata[i];
    g_autofree char *a_flags = g_strjoinv(",", a->dispositions), *b_flags = g_strjoinv(",", b->dispositions);
    g_assert_cmpstr(a_flags, ==, b_flags);
    if (a->type == STREAM_AUDIO && stream_has_disposition(a, "default"))
      g_assert_true(g_str_has_prefix(wanted_default, "fr") == g_str_has_prefix(a->language, "fr"));
  }
}

static int64_t count_of(TuneWorld *world, const char *sql)
{
  int64_t n = -1;
  bool found;
  g_autoptr(DbConn) conn = test_db_acquire(world->test);
  g_assert_true(db_query_int(conn, sql, DB_NO_ARGS, &n, &found, NULL));
  return n;
}

static void test_edit_and_undo(TestDb *test)
{
  static const char *const names[] = {"Film.mkv", "Film.mp4"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    TuneWorld world;
    tune_world_start(&world, test);
    g_autofree char *path = tune_world_film(&world, names[i]);
    g_autofree char *bytes = NULL, *after = NULL;
    gsize length, after_length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    tune_world_scan(&world);
    TunePayload *payload = tune_world_french();
    payload->root_id = world.root_id;
    TuneEnd end = tune_world_run(&world, payload);
    g_assert_no_error(end.error);
    g_assert_cmpint(end.summary.edited, ==, 1);
    g_assert_cmpint(end.summary.files, ==, 1);
    g_assert_cmpstr(tune_world_default(path), ==, "fra");
    assert_row_agrees(&world, path, "fra");
    g_assert_cmpint(count_of(&world, "SELECT COUNT(*) FROM edits"), ==, 0);
    AudioFileResult *result = tune_world_result(&world, end.job_id);
    g_assert_cmpstr(result->outcome, ==, "edited");
    g_assert_nonnull(strstr(result->reason, "French"));
    g_assert_cmpint(result->history_id, !=, FIELD_NULL_INT);
    int64_t history_id = result->history_id, undone_id = 0;
    record_free(&audio_file_result_table, result);

    /* Once more: nothing is left to do. */
    TuneEnd again = tune_world_run(&world, payload);
    g_assert_no_error(again.error);
    g_assert_cmpint(again.summary.nothing, ==, 1);
    record_free(&tune_payload_table, payload);

    g_autoptr(GError) error = NULL;
    g_assert_true(tune_can_undo(&world.tune, history_id, NULL));
    tune_undo(&world.tune, history_id, NULL, NULL, &undone_id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(undone_id, !=, history_id);
    g_assert_cmpstr(tune_world_default(path), ==, "eng");
    assert_row_agrees(&world, path, "eng");
    g_assert_true(g_file_get_contents(path, &after, &after_length, NULL));
    g_assert_cmpuint(after_length, ==, length);
    g_assert_false(tune_can_undo(&world.tune, history_id, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
    g_clear_error(&error);
    g_assert_false(tune_can_undo(&world.tune, undone_id, NULL));
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_assert_true(db_exec_script(conn, "DELETE FROM roots; DELETE FROM files; DELETE FROM history; DELETE FROM jobs", NULL));
    g_clear_pointer(&conn, db_release);
    tune_world_stop(&world);
  }
}

/* The next scan does not take an edited file for a new one: what it was given stays. */
static void test_scan_after(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  G_GNUC_UNUSED g_autofree char *path = tune_world_film(&world, "Film.mkv");
  tune_world_scan(&world);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  TuneEnd end = tune_world_run(&world, payload);
  g_assert_no_error(end.error);
  record_free(&tune_payload_table, payload);
  ScanProgress progress;
  record_init(&scan_progress_table, &progress);
  g_assert_true(scan_root(&world.scan, world.root_id, NULL, &progress, NULL));
  g_assert_cmpint(progress.unchanged, ==, 1);
  g_assert_cmpint(progress.probed, ==, 0);
  tune_world_stop(&world);
}

static void test_dry_run(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = tune_world_film(&world, "Film.mkv");
  tune_world_scan(&world);
  g_autofree char *before = fs_fingerprint(path, NULL);
  TunePayload *payload = tune_world_french();
  payload->path = g_strdup(world.directory);
  payload->dry_run = true;
  TuneEnd end = tune_world_run(&world, payload);
  g_assert_no_error(end.error);
  g_assert_cmpint(end.summary.edit, ==, 1);
  record_free(&tune_payload_table, payload);
  g_autofree char *after = fs_fingerprint(path, NULL);
  g_assert_cmpstr(after, ==, before);
  g_assert_cmpint(count_of(&world, "SELECT COUNT(*) FROM history"), ==, 0);
  tune_world_stop(&world);
}

/* A file that another program has just put there. */
static void test_new_file(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = tune_world_film(&world, "Show/Season 1/Show - S01E01.mkv");
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  payload->path = g_strdup(path);
  payload->adds = true;
  TuneEnd end = tune_world_run(&world, payload);
  g_assert_no_error(end.error);
  g_assert_cmpint(end.summary.edited, ==, 1);
  assert_row_agrees(&world, path, "fra");
  /* A job for one file fails with it. */
  g_free(payload->path);
  payload->path = g_build_filename(world.directory, "gone.mkv", NULL);
  TuneEnd gone = tune_world_run(&world, payload);
  g_assert_error(gone.error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&gone.error);
  record_free(&tune_payload_table, payload);
  tune_world_stop(&world);
}

/* What is no Matroska and no MP4, what is broken, and what is in order, in one batch: each has its outcome. */
static void test_mixed(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  G_GNUC_UNUSED g_autofree char *good = tune_world_film(&world, "a.mkv");
  G_GNUC_UNUSED g_autofree char *avi = tune_world_film(&world, "b.avi");
  g_autofree char *broken = g_build_filename(world.directory, "c.mkv", NULL);
  g_assert_true(g_file_set_contents(broken, "\x1A\x45\xDF\xA3\x84nonsense", -1, NULL));
  tune_world_scan(&world);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  TuneEnd end = tune_world_run(&world, payload);
  g_assert_no_error(end.error);
  g_assert_cmpint(end.summary.edited, ==, 1);
  g_assert_cmpint(end.summary.unsupported + end.summary.failed, ==, 2);
  g_assert_cmpint(end.summary.unsupported, >=, 1);
  g_assert_cmpint(end.summary.looked_at, ==, 3);
  record_free(&tune_payload_table, payload);
  tune_world_stop(&world);
}

/* Hard links: by the root's policy left alone; waiting makes a job for later. */
static void test_linked(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = tune_world_film(&world, "Film.mkv");
  g_autofree char *other = g_strconcat(world.directory, "-seeding.mkv", NULL);
  g_assert_cmpint(link(path, other), ==, 0);
  tune_world_scan(&world);
  g_autofree char *before = fs_fingerprint(path, NULL);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  TuneEnd skipped = tune_world_run(&world, payload);
  g_assert_no_error(skipped.error);
  g_assert_cmpint(skipped.summary.linked, ==, 1);
  world.tune.links = TUNE_LINKS_WAIT;
  TuneEnd waits = tune_world_run(&world, payload);
  g_assert_no_error(waits.error);
  g_assert_cmpint(waits.summary.waiting, ==, 1);
  g_assert_cmpint(waits.summary.next_job, >, waits.job_id);
  g_autoptr(Job) next = record_new(&job_table);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_assert_true(record_get(conn, &job_table, waits.summary.next_job, next, NULL));
  g_assert_cmpint(next->run_after_ms, >, clock_now_ms(clock_system()));
  g_assert_nonnull(next->waiting);
  g_clear_pointer(&conn, db_release);
  g_autofree char *after = fs_fingerprint(path, NULL);
  g_assert_cmpstr(after, ==, before);
  record_free(&tune_payload_table, payload);
  g_assert_cmpint(g_unlink(other), ==, 0);
  tune_world_stop(&world);
}

/* The policy that counts is the one stored when the job runs, unless the job has its own. */
static void test_policy(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = tune_world_film(&world, "Film.mkv");
  tune_world_scan(&world);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  payload->has_policy = false;
  TuneEnd nothing = tune_world_run(&world, payload);
  g_assert_no_error(nothing.error);
  g_assert_cmpint(nothing.summary.nothing, ==, 1);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_assert_true(policy_save(conn, &payload->policy, clock_system(), NULL));
    g_autoptr(AudioPolicy) loaded = record_new(&audio_policy_table);
    g_assert_true(policy_load(conn, loaded, NULL));
    g_assert_true(record_equal(&audio_policy_table, loaded, &payload->policy));
  }
  TuneEnd edited = tune_world_run(&world, payload);
  g_assert_no_error(edited.error);
  g_assert_cmpint(edited.summary.edited, ==, 1);
  g_assert_cmpstr(tune_world_default(path), ==, "fra");
  record_free(&tune_payload_table, payload);
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
  test_db_each("/tune/edit-and-undo", test_edit_and_undo);
  test_db_each("/tune/scan-after", test_scan_after);
  test_db_each("/tune/dry-run", test_dry_run);
  test_db_each("/tune/new-file", test_new_file);
  test_db_each("/tune/mixed", test_mixed);
  test_db_each("/tune/linked", test_linked);
  test_db_each("/tune/policy", test_policy);
  return g_test_run();
}
