/* Jobs on default tracks, on both databases, with real files. */
#include "base/error.h"
#include "store/edit_journal.h"
#include "store/file.h"
#include "sys/fs.h"
#include "tune/policy_store.h"
#include "tune/wait.h"
#include "tune_world.h"
#include "wire/json.h"

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

enum { MANY = 130 /* more than a chunk */ };

/* Halts the job at a certain point of its progress, where a worker would be told to pause. */
typedef struct {
  Cancel *halt;
  int64_t at; /* files dealt with; 0: before the first */
  int64_t calls, first, last;
} Halting;

static void note_progress(const TuneSummary *summary, void *user_data)
{
  Halting *halting = user_data;
  if (halting->calls++ == 0)
    halting->first = summary->looked_at;
  halting->last = summary->looked_at;
  g_assert_cmpint(summary->files, ==, MANY);
  if (summary->looked_at >= halting->at)
    cancel_set(halting->halt);
}

static bool run_halting(TuneWorld *world, const Job *job, const TunePayload *payload, Halting *halting, TuneSummary *ret_summary)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Cancel) halt = halting->halt = cancel_new(NULL);
  const LeaseRef lease = {.job_id = job->id, .owner = "test", .epoch = job->lease_epoch};
  const TuneWatch watch = {.lease = &lease, .halt = halt, .on_progress = note_progress, .user_data = halting};
  if (halting->at == 0)
    cancel_set(halt);
  if (tune_run(&world->tune, job, payload, &watch, ret_summary, &error))
    return true;
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  return false;
}

/* Halted, it keeps its place, and goes on from there with each file changed once. */
static void test_halt(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *first = tune_world_film(&world, "film000.mkv");
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true(g_file_get_contents(first, &bytes, &length, NULL));
  for (int i = 1; i < MANY; i++) {
    g_autofree char *path = g_strdup_printf("%s/film%03d.mkv", world.directory, i);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
  }
  tune_world_scan(&world);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  g_autoptr(Job) job = tune_world_claim(&world, payload);
  TuneSummary summary;
  Halting at_once = {.at = 0}, after_a_chunk = {.at = 1}, not_at_all = {.at = G_MAXINT64};
  g_assert_false(run_halting(&world, job, payload, &at_once, &summary));
  g_assert_cmpint(count_of(&world, "SELECT COUNT(*) FROM history"), ==, 0);
  g_assert_false(run_halting(&world, job, payload, &after_a_chunk, &summary));
  int64_t done = count_of(&world, "SELECT COUNT(*) FROM history");
  g_assert_cmpint(done, >, 0);
  g_assert_cmpint(done, <, MANY);
  g_assert_cmpint(after_a_chunk.last, ==, done);
  g_assert_cmpint(count_of(&world, "SELECT COUNT(*) FROM edits"), ==, 0);
  g_assert_true(run_halting(&world, job, payload, &not_at_all, &summary));
  g_assert_cmpint(not_at_all.first, ==, done); /* what is shown goes on from where it was */
  g_assert_cmpint(summary.edited, ==, MANY);
  g_assert_cmpint(count_of(&world, "SELECT COUNT(*) FROM history"), ==, MANY);
  record_free(&tune_payload_table, payload);
  tune_world_stop(&world);
}

typedef struct {
  const char *path; /* of the file whose edit is waited for */
  int64_t mtime_ns; /* before it */
  Cancel *halt;
} Watching;

/* Halts as soon as it sees that a file was changed: in the middle of a chunk, wherever that is. */
static gpointer halt_when_changed(gpointer data)
{
  const Watching *watching = data;
  FileStat now;
  do {
    g_thread_yield();
    g_assert_true(fs_stat(watching->path, &now, NULL));
  } while (now.mtime_ns == watching->mtime_ns);
  cancel_set(watching->halt);
  return NULL;
}

static void test_halt_in_hand(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  world.tune.threads = 1;
  g_autofree char *path = tune_world_film(&world, "a.mkv");
  g_autofree char *other = tune_world_film(&world, "b.mp4");
  tune_world_scan(&world);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  g_autoptr(Job) job = tune_world_claim(&world, payload);
  g_autoptr(Cancel) halt = cancel_new(NULL);
  FileStat before;
  g_assert_true(fs_stat(path, &before, NULL));
  Watching watching = {.path = path, .mtime_ns = before.mtime_ns, .halt = halt};
  GThread *thread = g_thread_new("halt", halt_when_changed, &watching);
  const LeaseRef lease = {.job_id = job->id, .owner = "test", .epoch = job->lease_epoch};
  const TuneWatch watch = {.lease = &lease, .halt = halt};
  TuneSummary summary;
  g_autoptr(GError) error = NULL;
  bool ended = tune_run(&world.tune, job, payload, &watch, &summary, &error);
  g_thread_join(thread);
  /* Both were looked at before the first was changed: they were in hand. */
  g_assert_true(ended || reeve_error_code(error) == REEVE_ERROR_CANCELLED);
  g_assert_cmpstr(tune_world_default(path), ==, "fra");
  g_assert_cmpstr(tune_world_default(other), ==, "fra");
  g_assert_cmpint(count_of(&world, "SELECT COUNT(*) FROM history"), ==, 2);
  record_free(&tune_payload_table, payload);
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

static int64_t next_look_ms(TuneWorld *world, const TuneSummary *summary, int64_t *ret_since_ms)
{
  g_autoptr(Job) next = record_new(&job_table);
  g_autoptr(DbConn) conn = test_db_acquire(world->test);
  g_assert_true(record_get(conn, &job_table, summary->next_job, next, NULL));
  g_autoptr(json_t) payload = json_parse(next->payload, strlen(next->payload), NULL);
  *ret_since_ms = json_integer_value(json_object_get(payload, "waiting_since_ms"));
  return next->run_after_ms;
}

/* Two files that wait: later and later, and in the end no more. */
static void test_waiting_ends(TestDb *test)
{
  ManualClock clock;
  TuneWorld world;
  tune_world_start(&world, test);
  manual_clock_init(&clock, clock_now_ms(clock_system()));
  world.replace.clock = &clock.clock;
  world.tune.links = TUNE_LINKS_WAIT;
  g_autofree char *a = tune_world_film(&world, "a.mkv"), *b = tune_world_film(&world, "b.mkv");
  g_autofree char *a_too = g_strconcat(world.directory, "-a", NULL), *b_too = g_strconcat(world.directory, "-b", NULL);
  g_assert_cmpint(link(a, a_too) + link(b, b_too), ==, 0);
  tune_world_scan(&world);
  TunePayload *payload = tune_world_french();
  payload->root_id = world.root_id;
  int64_t began_ms = clock_now_ms(&clock.clock), since_ms;
  TuneEnd first = tune_world_run(&world, payload);
  g_assert_no_error(first.error);
  g_assert_cmpint(first.summary.waiting, ==, 2);
  g_assert_cmpint(next_look_ms(&world, &first.summary, &since_ms), ==, began_ms + WAIT_FIRST_MS);
  g_assert_cmpint(since_ms, ==, began_ms);
  payload->waiting_since_ms = since_ms;
  manual_clock_advance(&clock, 2 * WAIT_FIRST_MS);
  TuneEnd second = tune_world_run(&world, payload);
  g_assert_cmpint(next_look_ms(&world, &second.summary, &since_ms), ==, began_ms + 4 * WAIT_FIRST_MS);
  g_assert_cmpint(since_ms, ==, began_ms);
  manual_clock_advance(&clock, WAIT_END_MS - 2 * WAIT_FIRST_MS);
  TuneEnd last = tune_world_run(&world, payload);
  g_assert_no_error(last.error);
  g_assert_cmpint(last.summary.waiting, ==, 0);
  g_assert_cmpint(last.summary.failed, ==, 2);
  g_assert_cmpint(last.summary.next_job, ==, FIELD_NULL_INT);
  /* The job of one file fails with it, and says why. */
  payload->root_id = FIELD_NULL_INT;
  payload->path = NULL;
  payload->file_ids = payload->file_ids ? payload->file_ids : g_array_new(FALSE, FALSE, sizeof(int64_t));
  int64_t id = tune_world_file(&world, a);
  g_array_append_val(payload->file_ids, id);
  TuneEnd single = tune_world_run(&world, payload);
  g_assert_error(single.error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(single.error->message, "given up after 7 days"));
  g_assert_nonnull(strstr(single.error->message, "other names"));
  g_clear_error(&single.error);
  /* Once it can be done, it is, also at the last look. */
  g_assert_cmpint(g_unlink(a_too), ==, 0);
  TuneEnd at_last = tune_world_run(&world, payload);
  g_assert_no_error(at_last.error);
  g_assert_cmpint(at_last.summary.edited, ==, 1);
  record_free(&tune_payload_table, payload);
  g_assert_cmpint(g_unlink(b_too), ==, 0);
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
  test_db_each("/tune/halt", test_halt);
  test_db_each("/tune/halt-in-hand", test_halt_in_hand);
  test_db_each("/tune/new-file", test_new_file);
  test_db_each("/tune/mixed", test_mixed);
  test_db_each("/tune/linked", test_linked);
  test_db_each("/tune/waiting-ends", test_waiting_ends);
  test_db_each("/tune/policy", test_policy);
  return g_test_run();
}
