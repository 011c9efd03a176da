#include "tune_world.h"

#include "base/error.h"
#include "container/track_edit.h"
#include "media/probe.h"
#include "store/file.h"
#include "sys/child.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <string.h>

bool tune_world_child(int argc, char **argv, int *ret_code)
{
  if (argc < 2)
    return false;
  if (strcmp(argv[1], "__probe") == 0)
    *ret_code = probe_child_main();
  else if (strcmp(argv[1], "__exec") == 0)
    *ret_code = child_exec_main(argc, argv);
  else
    return false;
  return true;
}

static int64_t add_root(DbConn *conn, const char *path)
{
  Root *root = record_new(&root_table);
  g_free(root->path);
  root->path = g_strdup(path);
  g_autoptr(GError) error = NULL;
  record_insert(conn, &root_table, root, &error);
  g_assert_no_error(error);
  int64_t id = root->id;
  root_free(root);
  return id;
}

void tune_world_start(TuneWorld *world, TestDb *test)
{
  *world = (TuneWorld){.test = test, .directory = g_dir_make_tmp("reeve-tune-XXXXXX", NULL)};
  world->events = event_bus_new(test->db, 64);
  world->queue = queue_new(&(QueueParams){.db = test->db, .events = world->events, .clock = clock_system()});
  world->probes = probe_pool_new(&(ProbeParams){.children = 1});
  scan_context_init(&world->scan);
  world->scan.db = test->db;
  world->scan.probes = world->probes;
  world->scan.clock = clock_system();
  world->scan.threads = 1;
  world->replace = (ReplaceContext){.db = test->db, .queue = world->queue, .clock = clock_system()};
  world->tune = (TuneContext){.replace = &world->replace, .scan = &world->scan, .ffmpeg = "ffmpeg", .threads = 2};
  g_autoptr(DbConn) conn = test_db_acquire(test);
  world->root_id = add_root(conn, world->directory);
}

void tune_world_stop(TuneWorld *world)
{
  scan_context_clear(&world->scan);
  probe_pool_free(world->probes);
  queue_free(world->queue);
  event_bus_free(world->events);
  g_assert_true(fs_remove_tree(world->directory, NULL));
  g_free(world->directory);
}

char *tune_world_film(TuneWorld *world, const char *name)
{
  char *path = g_build_filename(world->directory, name, NULL);
  g_autofree char *directory = g_path_get_dirname(path);
  g_autofree char *output = g_strconcat("file:", path, NULL);
  const char *arguments[] = {"ffmpeg",
                             "-nostdin",
                             "-v",
                             "error",
                             "-y",
                             "-f",
                             "lavfi",
                             "-i",
                             "testsrc2=s=64x48:r=10:d=1",
                             "-f",
                             "lavfi",
                             "-i",
                             "sine=d=1",
                             "-f",
                             "lavfi",
                             "-i",
                             "sine=f=600:d=1",
                             "-map",
                             "0",
                             "-map",
                             "1",
                             "-map",
                             "2",
                             "-c:v",
                             "libx264",
                             "-preset",
                             "ultrafast",
                             "-c:a",
                             "aac",
                             "-metadata:s:a:0",
                             "language=eng",
                             "-metadata:s:a:1",
                             "language=fra",
                             "-metadata:s:a:1",
                             "title=Original",
                             "-disposition:a:0",
                             "default",
                             "-disposition:a:1",
                             "0",
                             output,
                             NULL};
  g_autoptr(GError) error = NULL;
  g_autofree char *said = NULL;
  ChildExit exit;
  g_assert_true(fs_mkdirs(directory, 0755, NULL));
  child_run(&(ChildParams){.argv = arguments}, 60000, NULL, 4096, NULL, &said, &exit, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(said, ==, "");
  g_assert_cmpint(exit.exit_code, ==, 0);
  return path;
}

void tune_world_scan(TuneWorld *world)
{
  g_autoptr(GError) error = NULL;
  ScanProgress progress;
  record_init(&scan_progress_table, &progress);
  scan_root(&world->scan, world->root_id, NULL, &progress, &error);
  g_assert_no_error(error);
}

int64_t tune_world_file(TuneWorld *world, const char *path)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(DbConn) conn = test_db_acquire(world->test);
  g_autoptr(GError) error = NULL;
  file_by_path(conn, world->root_id, path, file, &error);
  g_assert_no_error(error);
  return file->id;
}

Job *tune_world_claim(TuneWorld *world, const TunePayload *payload)
{
  Job *job = record_new(&job_table);
  g_autoptr(json_t) json = json_from_record(&tune_payload_table, payload, JSON_FULL);
  g_autoptr(GError) error = NULL;
  bool found = false;
  g_free(job->kind);
  g_free(job->payload);
  job->kind = g_strdup(TUNE_JOB);
  job->payload = json_text(json);
  job->state = JOB_PENDING;
  queue_add(world->queue, NULL, job, &error);
  g_assert_no_error(error);
  int64_t id = job->id;
  record_clear(&job_table, job);
  record_init(&job_table, job);
  const char *kinds[] = {TUNE_JOB, NULL}, *words[] = {"server", NULL};
  queue_claim(world->queue, "test", kinds, words, job, &found, &error);
  g_assert_no_error(error);
  g_assert_true(found);
  g_assert_cmpint(job->id, ==, id);
  return job;
}

TuneEnd tune_world_run(TuneWorld *world, const TunePayload *payload)
{
  g_autoptr(Job) job = tune_world_claim(world, payload);
  const LeaseRef lease = {.job_id = job->id, .owner = "test", .epoch = job->lease_epoch};
  const TuneWatch watch = {.lease = &lease};
  TuneEnd end = {.job_id = job->id};
  JobOutcome outcome = {.state = JOB_DONE};
  if (!tune_run(&world->tune, job, payload, &watch, &end.summary, &end.error)) {
    outcome.state = JOB_FAILED;
    outcome.cause = end.error;
  }
  g_autoptr(GError) error = NULL;
  queue_finish(world->queue, &lease, &outcome, &error);
  g_assert_no_error(error);
  return end;
}

TunePayload *tune_world_french(void)
{
  TunePayload *payload = record_new(&tune_payload_table);
  payload->has_policy = true;
  g_strfreev(payload->policy.languages);
  payload->policy.languages = g_strsplit("fra,eng", ",", -1);
  payload->policy.prefer_original = false;
  return payload;
}

const char *tune_world_default(const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(TrackList) list = tracks_read(path, &error);
  const char *found = "";
  g_assert_no_error(error);
  for (guint i = 0; i < list->tracks->len; i++) {
    const Track *track = list->tracks->pdata[i];
    if (track->type != TRACK_AUDIO || !track->is_default)
      continue;
    g_assert_cmpstr(found, ==, "");
    found = strncmp(track->language, "fr", 2) == 0 ? "fra" : "eng";
  }
  return found;
}

AudioFileResult *tune_world_result(TuneWorld *world, int64_t job_id)
{
  int64_t next;
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(world->test);
  g_autoptr(GPtrArray) results = audio_result_page(conn, job_id, NULL, 0, 10, &next, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(results->len, ==, 1);
  return g_ptr_array_steal_index(results, 0);
}
