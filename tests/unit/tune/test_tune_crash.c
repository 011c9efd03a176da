/* A job killed at each point in turn, and its recovery killed at each point in turn, on both databases: the file is as before or
 * as after, byte for byte; rows and history agree with it; and the job, begun again, finishes. */
#include "base/error.h"
#include "base/failpoint.h"
#include "store/edit_journal.h"
#include "store/file.h"
#include "sys/fs.h"
#include "tune_world.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef REEVE_FAILPOINTS

typedef struct {
  TuneWorld world;
  char *path;
  char *before, *after;
  gsize length;
  LibraryFile *row;
  TunePayload *payload;
} Crash;

/* The library of the child, which shares nothing with the parent but the database and the disk. */
static void open_own(TuneWorld *own, const char *url, int64_t root_id)
{
  g_autoptr(GError) error = NULL;
  *own = (TuneWorld){.root_id = root_id};
  Db *db = db_open(&(DbParams){.url = url, .share = true}, &error);
  g_assert_no_error(error);
  own->queue = queue_new(&(QueueParams){.db = db, .clock = clock_system()});
  own->replace = (ReplaceContext){.db = db, .queue = own->queue, .clock = clock_system()};
  own->tune = (TuneContext){.replace = &own->replace, .scan = &own->scan, .ffmpeg = "ffmpeg", .threads = 1};
}

static bool claim_and_run(TuneWorld *own, const TunePayload *payload)
{
  g_autoptr(Job) job = record_new(&job_table);
  bool found = false;
  const char *kinds[] = {TUNE_JOB, NULL}, *words[] = {"server", NULL};
  g_autoptr(GError) error = NULL;
  if (!queue_claim(own->queue, "test", kinds, words, job, &found, &error) || !found) {
    g_test_message("No job was there: %s", error ? error->message : "none is due");
    return false;
  }
  const LeaseRef lease = {.job_id = job->id, .owner = "test", .epoch = job->lease_epoch};
  const TuneWatch watch = {.lease = &lease};
  TuneSummary summary;
  bool ok = tune_run(&own->tune, job, payload, &watch, &summary, &error) &&
            queue_finish(own->queue, &lease, &(JobOutcome){.state = JOB_DONE}, &error);
  if (!ok)
    g_test_message("%s", error->message);
  return ok;
}

typedef enum { RUN_JOB, RUN_RECOVERY } Act;

/* The child's own program: __crash URL ROOT FILE ACT POINT. A fork alone would not do: the parent has threads. */
static int crash_child(char **argv)
{
  TuneWorld own;
  int count = 0;
  open_own(&own, argv[2], g_ascii_strtoll(argv[3], NULL, 10));
  TunePayload *payload = tune_world_french();
  const int64_t file_id = g_ascii_strtoll(argv[4], NULL, 10);
  payload->file_ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_array_append_val(payload->file_ids, file_id);
  g_autofree char *rule = g_strdup_printf("*:%s", argv[6]);
  failpoint_arm(rule);
  bool ok = strcmp(argv[5], "job") == 0 ? claim_and_run(&own, payload) : tune_recover(&own.tune, &count, NULL);
  _exit(ok ? 0 : 1);
}

/* In a child that dies at the point-th point. True if it did; false if it went through. */
static bool dies_at(const Crash *crash, Act act, int point)
{
  g_autofree char *root = g_strdup_printf("%" G_GINT64_FORMAT, crash->world.root_id);
  g_autofree char *file = g_strdup_printf("%" G_GINT64_FORMAT, crash->row->id);
  g_autofree char *number = g_strdup_printf("%d", point);
  char *arguments[] = {(char *)"/proc/self/exe",
                       (char *)"__crash",
                       crash->world.test->url,
                       root,
                       file,
                       (char *)(act == RUN_JOB ? "job" : "recovery"),
                       number,
                       NULL};
  g_autoptr(GError) error = NULL;
  int status = 0;
  g_spawn_sync(NULL, arguments, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error(error);
  if (WIFSIGNALED(status)) {
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
    return true;
  }
  g_assert_cmpint(WEXITSTATUS(status), ==, 0);
  return false;
}

static int64_t count_rows(const Crash *crash, const char *sql)
{
  int64_t n = -1;
  bool found;
  g_autoptr(DbConn) conn = test_db_acquire(crash->world.test);
  g_assert_true(db_query_int(conn, sql, DB_NO_ARGS, &n, &found, NULL));
  return n;
}

/* Everything as it was before the first job, which is added. */
static void begin(Crash *crash)
{
  g_autoptr(GError) error = NULL;
  FileStat now;
  g_assert_true(
      g_file_set_contents_full(crash->path, crash->before, (gssize)crash->length, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
  g_assert_true(fs_stat(crash->path, &now, NULL));
  crash->row->mtime_ns = now.mtime_ns;
  crash->row->inode = now.inode;
  crash->row->device = now.device;
  {
    g_autoptr(DbConn) conn = test_db_acquire(crash->world.test);
    g_assert_true(db_exec_script(conn, "DELETE FROM jobs; DELETE FROM history; DELETE FROM edits", NULL));
    g_assert_true(record_update(conn, &file_table, crash->row, NULL));
  }
  Job *job = tune_world_claim(&crash->world, crash->payload);
  const LeaseRef lease = {.job_id = job->id, .owner = "test", .epoch = job->lease_epoch};
  queue_give_back(crash->world.queue, &lease, NULL, 0, &error);
  g_assert_no_error(error);
  job_free(job);
}

/* 0: as before; 1: as after. */
static int state_of_file(const Crash *crash)
{
  g_autofree char *now = NULL;
  gsize length;
  g_assert_true(g_file_get_contents(crash->path, &now, &length, NULL));
  g_assert_cmpuint(length, ==, crash->length);
  if (memcmp(now, crash->before, length) == 0)
    return 0;
  g_assert_cmpint(memcmp(now, crash->after, length), ==, 0);
  return 1;
}

static void assert_row_agrees(const Crash *crash)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(DbConn) conn = test_db_acquire(crash->world.test);
  FileStat now;
  g_assert_true(record_get(conn, &file_table, crash->row->id, file, NULL));
  g_assert_true(fs_stat(crash->path, &now, NULL));
  g_assert_cmpint(file->mtime_ns, ==, now.mtime_ns);
  g_autofree char *fingerprint = fs_fingerprint(crash->path, NULL);
  g_assert_cmpstr(file->fingerprint, ==, fingerprint);
}

static void recover(const Crash *crash)
{
  g_autoptr(GError) error = NULL;
  int count;
  tune_recover((TuneContext *)&crash->world.tune, &count, &error);
  g_assert_no_error(error);
  g_assert_cmpint(count_rows(crash, "SELECT COUNT(*) FROM edits"), ==, 0);
}

/* The file after a death and its recovery, then after the job has run again. */
static void judge(Crash *crash, bool died, int *seen)
{
  g_autoptr(GError) error = NULL;
  int state = state_of_file(crash);
  seen[state] += died;
  g_assert_cmpint(count_rows(crash, "SELECT COUNT(*) FROM history"), ==, state);
  if (state)
    assert_row_agrees(crash);
  queue_expire(crash->world.queue, NULL, &error);
  g_assert_no_error(error);
  /* One that died behind its last commit has nothing left to do. */
  if (count_rows(crash, "SELECT COUNT(*) FROM jobs WHERE state = 'pending'") > 0)
    g_assert_true(claim_and_run(&crash->world, crash->payload));
  g_assert_cmpint(state_of_file(crash), ==, 1);
  g_assert_cmpint(count_rows(crash, "SELECT COUNT(*) FROM history"), ==, 1);
  assert_row_agrees(crash);
}

static void crash_start(Crash *crash, TestDb *test)
{
  *crash = (Crash){.row = record_new(&file_table), .payload = tune_world_french()};
  tune_world_start(&crash->world, test);
  crash->path = tune_world_film(&crash->world, "Film.mkv");
  g_assert_true(g_file_get_contents(crash->path, &crash->before, &crash->length, NULL));
  tune_world_scan(&crash->world);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_assert_true(file_by_path(conn, crash->world.root_id, crash->path, crash->row, NULL));
  }
  crash->payload->file_ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_array_append_val(crash->payload->file_ids, crash->row->id);
  TuneEnd end = tune_world_run(&crash->world, crash->payload);
  g_assert_no_error(end.error);
  g_assert_cmpint(end.summary.edited, ==, 1);
  g_assert_true(g_file_get_contents(crash->path, &crash->after, NULL, NULL));
}

static void crash_stop(Crash *crash)
{
  record_free(&file_table, crash->row);
  record_free(&tune_payload_table, crash->payload);
  g_free(crash->path);
  g_free(crash->before);
  g_free(crash->after);
  tune_world_stop(&crash->world);
}

static void test_killed(TestDb *test)
{
  Crash crash;
  crash_start(&crash, test);
  int seen[2] = {0}, point = 1;
  g_autoptr(GError) error = NULL;
  for (bool died = true; died; point++) {
    bool recovery_died = true;
    for (int second = 1; recovery_died; second++) {
      begin(&crash);
      died = dies_at(&crash, RUN_JOB, point);
      /* While the lease lives nobody touches the edit. */
      int64_t under_way = count_rows(&crash, "SELECT COUNT(*) FROM edits");
      int count;
      g_assert_true(tune_recover(&crash.world.tune, &count, NULL));
      g_assert_cmpint(count_rows(&crash, "SELECT COUNT(*) FROM edits"), ==, under_way);
      queue_lapse_owner(crash.world.queue, "test", NULL, &error);
      g_assert_no_error(error);
      recovery_died = died && dies_at(&crash, RUN_RECOVERY, second);
      recover(&crash);
      judge(&crash, died, seen);
    }
  }
  g_assert_cmpint(point, >, 6); /* prepared, opened twice, written, synced, verified, settled */
  g_assert_cmpint(seen[0], >, 0);
  g_assert_cmpint(seen[1], >, 0);
  crash_stop(&crash);
}

#endif

int main(int argc, char **argv)
{
  int code;
  if (tune_world_child(argc, argv, &code))
    return code;
#ifdef REEVE_FAILPOINTS
  if (argc == 7 && strcmp(argv[1], "__crash") == 0)
    return crash_child(argv);
#endif
  g_unsetenv("REEVE_BINARY");
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL);
#ifdef REEVE_FAILPOINTS
  test_db_each("/tune-crash/killed", test_killed);
#endif
  return g_test_run();
}
