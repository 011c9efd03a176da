/* The main job without a server: scan, transcode, verify, replace, undo through the in-process worker, with real ffmpeg, on both
 * databases. */
#include "base/error.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "sys/child.h"
#include "sys/fs.h"
#include "wire/json.h"
#include "worker/executors.h"
#include "worker/local_transport.h"

#include <string.h>

enum { WAIT_S = 120 };

/* A service in small. */
typedef struct {
  TestDb *test;
  char *directory;
  EventBus *events;
  Queue *queue;
  ProbePool *probes;
  ScanContext scan;
  TranscodeDesk desk;
  Abilities *abilities;
  Cancel *stop;
  Transport *transport;
  TranscodeExecutor transcode;
  LibraryExecutor library;
  TuneContext tune;
  Agent *agent;
  int64_t root_id, profile_id;
} Small;

static void run_ffmpeg(const char *const *arguments)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *said = NULL;
  ChildExit exit;
  g_assert_true(child_run(&(ChildParams){.argv = arguments}, 60000, NULL, 4096, NULL, &said, &exit, &error));
  g_assert_cmpstr(said, ==, "");
  g_assert_cmpint(exit.exit_code, ==, 0);
}

static void make_film(const char *path)
{
  g_autofree char *output = g_strconcat("file:", path, NULL);
  const char *arguments[] = {"ffmpeg",       "-nostdin",  "-v",
                             "error",        "-y",        "-f",
                             "lavfi",        "-i",        "testsrc2=s=320x180:r=24:d=2,noise=alls=20:allf=t",
                             "-f",           "lavfi",     "-i",
                             "sine=d=2",     "-c:v",      "libx264",
                             "-preset",      "ultrafast", "-crf",
                             "12",           "-pix_fmt",  "yuv420p",
                             "-c:a",         "aac",       "-metadata:s:a:0",
                             "language=eng", output,      NULL};
  run_ffmpeg(arguments);
}

static int64_t add_profile(DbConn *conn)
{
  Profile *profile = record_new(&profile_table);
  g_free(profile->name);
  g_free(profile->preset);
  profile->name = g_strdup("quick");
  profile->preset = g_strdup("ultrafast");
  profile->version = 1;
  profile->codec = VIDEO_CODEC_HEVC;
  g_assert_true(record_insert(conn, &profile_table, profile, NULL));
  int64_t id = profile->id;
  profile_free(profile);
  return id;
}

static int64_t add_root(DbConn *conn, const char *path, int64_t profile_id)
{
  Root *root = record_new(&root_table);
  g_free(root->path);
  root->path = g_strdup(path);
  root->profile_id = profile_id;
  g_autoptr(GError) error = NULL;
  record_insert(conn, &root_table, root, &error);
  g_assert_no_error(error);
  int64_t id = root->id;
  root_free(root);
  return id;
}

static void small_start(Small *small, TestDb *test)
{
  *small = (Small){.test = test, .directory = g_dir_make_tmp("reeve-main-XXXXXX", NULL)};
  small->events = event_bus_new(test->db, 64);
  small->queue = queue_new(&(QueueParams){.db = test->db, .events = small->events, .clock = clock_system()});
  small->probes = probe_pool_new(&(ProbeParams){.children = 1});
  scan_context_init(&small->scan);
  small->scan.db = test->db;
  small->scan.probes = small->probes;
  small->scan.events = small->events;
  small->scan.clock = clock_system();
  small->scan.threads = 1;
  small->desk =
      (TranscodeDesk){.replace = {.db = test->db, .queue = small->queue, .clock = clock_system()}, .scan = &small->scan};
  small->abilities = abilities_start("ffmpeg", "HandBrakeCLI", NULL);
  small->stop = cancel_new(NULL);
  small->transport = local_transport_new(&(LocalTransportParams){
      .queue = small->queue, .desk = &small->desk, .abilities = small->abilities, .name = "small", .cancel = small->stop});
  small->transcode = (TranscodeExecutor){.ffmpeg = "ffmpeg", .handbrake = "HandBrakeCLI", .abilities = small->abilities};
  small->tune = (TuneContext){.replace = &small->desk.replace, .scan = &small->scan, .ffmpeg = "ffmpeg"};
  small->library = (LibraryExecutor){.scan = &small->scan, .tune = &small->tune};
  const AgentKind kinds[] = {
      {.kind = "transcode", .slots = 1, .execute = execute_transcode, .user_data = &small->transcode},
      {.kind = "scan", .slots = 1, .execute = execute_scan, .user_data = &small->library},
      {.kind = "undo", .slots = 1, .execute = execute_undo, .user_data = &small->library},
  };
  small->agent =
      agent_start(&(AgentParams){.transport = small->transport, .name = "small", .kinds = kinds, .n_kinds = G_N_ELEMENTS(kinds)});
  g_autoptr(DbConn) conn = test_db_acquire(test);
  small->profile_id = add_profile(conn);
  small->root_id = add_root(conn, small->directory, small->profile_id);
}

static void small_stop(Small *small)
{
  cancel_set(small->stop);
  agent_stop(small->agent, AGENT_RETURN_JOBS);
  agent_free(small->agent);
  small->transport->free(small->transport);
  abilities_free(small->abilities);
  scan_context_clear(&small->scan);
  probe_pool_free(small->probes);
  queue_free(small->queue);
  event_bus_free(small->events);
  cancel_unref(small->stop);
  g_assert_true(fs_remove_tree(small->directory, NULL));
  g_free(small->directory);
}

static int64_t add_job(Small *small, const char *kind, const char *payload)
{
  Job *job = record_new(&job_table);
  g_free(job->kind);
  g_free(job->payload);
  job->kind = g_strdup(kind);
  job->payload = g_strdup(payload);
  job->state = JOB_PENDING;
  job->needs = g_strsplit("server", ",", -1);
  g_autoptr(GError) error = NULL;
  queue_add(small->queue, NULL, job, &error);
  g_assert_no_error(error);
  int64_t id = job->id;
  job_free(job);
  return id;
}

/* Waits for a job's end and says how it ended, with its error. */
static int await_job(Small *small, int64_t id, char **ret_error)
{
  gint64 end = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
  for (;;) {
    uint64_t seen = queue_generation(small->queue);
    g_autoptr(DbConn) conn = test_db_acquire(small->test);
    Job *job = record_new(&job_table);
    g_assert_true(record_get(conn, &job_table, id, job, NULL));
    int state = job->state;
    g_free(*ret_error);
    *ret_error = g_strdup(job->error);
    job_free(job);
    g_clear_pointer(&conn, db_release);
    if (job_state_is_final(state) || g_get_monotonic_time() > end)
      return state;
    queue_wait(small->queue, seen, NULL, 500);
  }
}

static int run_job(Small *small, const char *kind, const char *payload)
{
  g_autofree char *said = NULL;
  int state = await_job(small, add_job(small, kind, payload), &said);
  if (state != JOB_DONE)
    g_test_message("%s: %s", kind, said ? said : "no reason");
  return state;
}

static int transcode_root(Small *small, guint wanted_jobs, char **ret_error)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) ids = transcode_enqueue(
      &small->desk, &(TranscodeRequest){.root_id = small->root_id, .profile_id = FIELD_NULL_INT, .priority = PRIORITY_NORMAL},
      &error);
  g_assert_no_error(error);
  g_assert_cmpuint(ids->len, ==, wanted_jobs);
  return wanted_jobs ? await_job(small, g_array_index(ids, int64_t, 0), ret_error) : JOB_DONE;
}

static void test_main_job(TestDb *test)
{
  Small small;
  small_start(&small, test);
  g_autofree char *film = g_build_filename(small.directory, "film.mkv", NULL);
  make_film(film);
  FileStat before, after;
  g_assert_true(fs_stat(film, &before, NULL));
  g_autofree char *fingerprint = fs_fingerprint(film, NULL);

  g_autofree char *scan = g_strdup_printf("{\"root_id\":%" G_GINT64_FORMAT "}", small.root_id);
  g_assert_cmpint(run_job(&small, "scan", scan), ==, JOB_DONE);
  g_autofree char *said = NULL;
  int state = transcode_root(&small, 1, &said);
  g_assert_cmpstr(said, ==, NULL);
  g_assert_cmpint(state, ==, JOB_DONE);
  g_assert_true(fs_stat(film, &after, NULL));
  g_assert_cmpint(after.size_bytes, <, before.size_bytes);
  g_autoptr(MediaInfo) media = probe_file(small.probes, film, NULL, NULL);
  g_assert_cmpstr(media_info_video(media)->codec, ==, "hevc");

  /* It is HEVC now: the next request leaves it alone, and the one after that does not even ask. */
  g_assert_cmpint(transcode_root(&small, 1, &said), ==, JOB_SKIPPED);
  g_assert_nonnull(said);
  transcode_root(&small, 0, &said);

  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *next = NULL;
  g_autoptr(GPtrArray) history =
      history_page(conn, &(HistoryQuery){.root_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT, .limit = 10}, &next, NULL);
  g_assert_cmpuint(history->len, ==, 1);
  HistoryEntry *entry = history->pdata[0];
  g_assert_cmpint(entry->bytes_saved, ==, before.size_bytes - after.size_bytes);
  g_assert_cmpstr(entry->profile, ==, "quick");
  g_assert_cmpstr(entry->codec_before, ==, "h264");
  g_assert_cmpstr(entry->codec_after, ==, "hevc");

  g_autofree char *undo = g_strdup_printf("{\"history_id\":%" G_GINT64_FORMAT "}", entry->id);
  g_assert_cmpint(run_job(&small, "undo", undo), ==, JOB_DONE);
  g_autofree char *restored = fs_fingerprint(film, NULL);
  g_assert_cmpstr(restored, ==, fingerprint);
  g_assert_cmpint(run_job(&small, "undo", undo), ==, JOB_FAILED);
  g_clear_pointer(&conn, db_release);
  small_stop(&small);
}

/* An output that saves less than the profile wants is discarded and remembered. */
static void test_not_worth_it(TestDb *test)
{
  Small small;
  small_start(&small, test);
  g_autofree char *film = g_build_filename(small.directory, "film.mkv", NULL);
  make_film(film);
  g_autofree char *fingerprint = fs_fingerprint(film, NULL);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_assert_true(
      db_exec(conn, "UPDATE profiles SET min_saving_percent = 99 WHERE id = $1", DB_ARGS(DB_INT(small.profile_id)), NULL, NULL));
  g_clear_pointer(&conn, db_release);
  g_autofree char *scan = g_strdup_printf("{\"root_id\":%" G_GINT64_FORMAT "}", small.root_id);
  g_assert_cmpint(run_job(&small, "scan", scan), ==, JOB_DONE);
  g_autofree char *said = NULL;
  g_assert_cmpint(transcode_root(&small, 1, &said), ==, JOB_SKIPPED);
  g_test_message("%s", said);
  g_autofree char *now = fs_fingerprint(film, NULL);
  g_assert_cmpstr(now, ==, fingerprint);
  g_autoptr(GDir) left = g_dir_open(small.directory, 0, NULL);
  g_assert_cmpstr(g_dir_read_name(left), ==, "film.mkv");
  g_assert_null(g_dir_read_name(left));
  transcode_root(&small, 0, &said);
  small_stop(&small);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_unsetenv("REEVE_BINARY");
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL);
  test_db_each("/main-job/there-and-back", test_main_job);
  test_db_each("/main-job/not-worth-it", test_not_worth_it);
  return g_test_run();
}
