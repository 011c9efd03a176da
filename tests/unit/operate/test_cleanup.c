/* What counts as left over, and what happens to it. */
#include "operate/cleanup.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "library/roots.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "worker/transport.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

typedef struct {
  TestDb *test;
  ManualClock clock;
  Queue *queue;
  ReplaceContext replace;
  CleanupContext context;
  char *tree;
  int64_t root_id;
  CleanupReport report;
} World;

static const int64_t now_ms = 1800000000000, hour_ms = 3600 * 1000;

static void put_file(const World *world, const char *name, int64_t age_h)
{
  g_autofree char *path = g_build_filename(world->tree, name, NULL);
  g_autofree char *directory = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(directory, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, name, -1, NULL));
  time_t at = (time_t)((now_ms - age_h * hour_ms) / 1000);
  g_assert_cmpint(utime(path, &(struct utimbuf){at, at}), ==, 0);
}

static void world_init(World *world, TestDb *test)
{
  g_autoptr(GError) error = NULL;
  *world = (World){.test = test, .tree = g_dir_make_tmp("reeve-cleanup-XXXXXX", NULL)};
  manual_clock_init(&world->clock, now_ms);
  world->queue = queue_new(&(QueueParams){.db = test->db, .clock = &world->clock.clock});
  world->replace.db = test->db;
  world->replace.queue = world->queue;
  world->replace.clock = &world->clock.clock;
  world->context.replace = &world->replace;
  record_init(&cleanup_report_table, &world->report);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(Root) root = record_new(&root_table);
  g_free(root->path);
  root->path = g_strdup(world->tree);
  root_add(conn, root, NULL, &world->clock.clock, &error);
  g_assert_no_error(error);
  world->root_id = root->id;
  g_free(world->tree);
  world->tree = g_strdup(root->path);
}

static void world_clear(World *world)
{
  record_clear(&cleanup_report_table, &world->report);
  queue_free(world->queue);
  fs_remove_tree(world->tree, NULL);
  g_free(world->tree);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void scan(World *world, bool dry_run)
{
  g_autoptr(GError) error = NULL;
  cleanup_scan(&world->context, dry_run, CLEANUP_PRESET_AGE_H, NULL, &world->report, &error);
  g_assert_no_error(error);
}

static const Stray *found(const World *world, const char *name)
{
  g_autofree char *path = g_build_filename(world->tree, name, NULL);
  for (guint i = 0; i < world->report.found->len; i++)
    if (strcmp(((const Stray *)world->report.found->pdata[i])->path, path) == 0)
      return world->report.found->pdata[i];
  return NULL;
}

static bool is_there(const World *world, const char *name)
{
  g_autofree char *path = g_build_filename(world->tree, name, NULL);
  return fs_exists(path);
}

static void test_names(void)
{
  static const struct {
    const char *name;
    bool stray;
  } rows[] = {{"a.mkv.part", true}, {"x.lock", true},  {".tmp_abc", true},    {".lock", true},
              {".part", true},      {"a.mkv", false},  {"a.part.mkv", false}, {"tmp_abc", false},
              {"a.partial", false}, {"locked", false}, {".tmp", false},       {"", false}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(cleanup_is_stray_name(rows[i].name), ==, rows[i].stray);
}

static void test_found(TestDb *test)
{
  g_auto(World) world;
  g_autoptr(GError) error = NULL;
  world_init(&world, test);
  put_file(&world, "a.mkv", 48);
  put_file(&world, "a.mkv.part", 48);
  put_file(&world, "new.mkv.part", 1); /* somebody may be writing it */
  put_file(&world, "deep/er/.tmp_x", 48);
  put_file(&world, ".reeve-trash/3/b.part", 48); /* what is in the trash is where it belongs */
  put_file(&world, ".reeve-tmp-9-abc/out.mkv", 48);
  put_file(&world, ".reeve-tmp-7-def/out.mkv", 48);
  g_autofree char *outside = g_dir_make_tmp("reeve-outside-XXXXXX", NULL);
  g_autofree char *strange = g_build_filename(outside, "z.lock", NULL), *link = g_build_filename(world.tree, "link", NULL);
  g_assert_true(g_file_set_contents(strange, "z", 1, NULL));
  g_assert_cmpint(symlink(outside, link), ==, 0);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    Replacement replacement;
    record_init(&replacement_table, &replacement);
    replacement.state = REPLACEMENT_STAGED;
    g_free(replacement.stage_directory);
    replacement.stage_directory = g_build_filename(world.tree, ".reeve-tmp-7-def", NULL);
    g_assert_true(record_insert(conn, &replacement_table, &replacement, &error));
    record_clear(&replacement_table, &replacement);
  }
  scan(&world, true);
  g_assert_cmpint(world.report.jobs_made, ==, 0);
  g_assert_true(world.report.complete);
  g_assert_cmpint(world.report.found->len, ==, 4);
  g_assert_cmpint(found(&world, "a.mkv.part")->kind, ==, STRAY_FILE);
  g_assert_cmpint(found(&world, "a.mkv.part")->job, ==, FIELD_NULL_INT);
  g_assert_cmpint(found(&world, "deep/er/.tmp_x")->kind, ==, STRAY_FILE);
  g_assert_cmpint(found(&world, ".reeve-tmp-9-abc")->kind, ==, STRAY_DIRECTORY);
  g_assert_cmpint(found(&world, ".reeve-tmp-7-def")->kind, ==, STRAY_OURS);
  fs_remove_tree(outside, NULL);
}

static void test_frozen(TestDb *test)
{
  g_auto(World) world;
  g_autoptr(GError) error = NULL;
  world_init(&world, test);
  put_file(&world, "a.part", 48);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_assert_true(db_exec(conn, "UPDATE roots SET state = 'frozen'", DB_NO_ARGS, NULL, &error));
  }
  scan(&world, false);
  g_assert_cmpint(world.report.found->len, ==, 0);
  g_assert_cmpint(g_strv_length(world.report.unreachable), ==, 1);
}

/* --- a job, from found to trash, through a worker --- */

typedef struct {
  Transport transport;
  World *world;
  bool fails; /* how the execution ended */
  GMutex lock;
  GCond ended;
  bool has_ended;
  char *message;
} Desk;

static bool desk_claim(Transport *transport, const char *const *kinds, const QueueBar *bar, Job *ret_job, char **ret_order,
                       bool *ret_found, GError **error)
{
  Desk *desk = (Desk *)transport;
  const char *abilities[] = {"server", NULL};
  if (!queue_claim(desk->world->queue, "worker", kinds, abilities, ret_job, ret_found, error))
    return false;
  if (*ret_found)
    *ret_order = g_strdup(ret_job->payload);
  return true;
}

static bool desk_renew(Transport *transport, const LeaseRef *lease, double progress, const char *detail,
                       JobDirective *ret_directive, GError **error)
{
  return queue_renew(((Desk *)transport)->world->queue, lease, progress, detail, ret_directive, error);
}

static void desk_log(Transport *transport, int64_t job_id, const char *level, const char *message)
{
}

static bool desk_conclude(Transport *transport, const Job *job, const LeaseRef *lease, const char *report,
                          const GError *execution, GError **error)
{
  Desk *desk = (Desk *)transport;
  JobOutcome outcome = {.state = execution ? JOB_FAILED : JOB_DONE, .result = report, .cause = execution};
  bool ok = queue_finish(desk->world->queue, lease, &outcome, error);
  g_mutex_lock(&desk->lock);
  desk->fails = execution != NULL;
  g_free(desk->message);
  desk->message = g_strdup(execution ? execution->message : report);
  desk->has_ended = true;
  g_cond_broadcast(&desk->ended);
  g_mutex_unlock(&desk->lock);
  return ok;
}

static bool desk_give_back(Transport *transport, const Job *job, const LeaseRef *lease, const char *waiting, GError **error)
{
  return queue_give_back(((Desk *)transport)->world->queue, lease, waiting, 0, error);
}

static bool desk_put_down(Transport *transport, const LeaseRef *lease, GError **error)
{
  return queue_put_down(((Desk *)transport)->world->queue, lease, error);
}

static uint64_t desk_generation(Transport *transport)
{
  return queue_generation(((Desk *)transport)->world->queue);
}

static void desk_wait(Transport *transport, uint64_t seen, Cancel *cancel, int timeout_ms)
{
  queue_wait(((Desk *)transport)->world->queue, seen, cancel, timeout_ms);
}

/* Releases a held job and has it done. What came of it: the report or the error; the caller frees it. */
static char *do_job(World *world, int64_t job_id, bool *ret_fails)
{
  g_autoptr(GError) error = NULL;
  Desk desk = {.transport = {.claim = desk_claim,
                             .renew = desk_renew,
                             .log = desk_log,
                             .conclude = desk_conclude,
                             .give_back = desk_give_back,
                             .put_down = desk_put_down,
                             .generation = desk_generation,
                             .wait = desk_wait},
               .world = world};
  queue_release_held(world->queue, job_id, &error);
  g_assert_no_error(error);
  const AgentKind kinds[] = {{.kind = "cleanup", .slots = 1, .execute = execute_cleanup, .user_data = &world->context}};
  Agent *agent = agent_start(&(AgentParams){.transport = &desk.transport, .name = "worker", .kinds = kinds, .n_kinds = 1});
  gint64 until_us = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  g_mutex_lock(&desk.lock);
  while (!desk.has_ended)
    g_assert_true(g_cond_wait_until(&desk.ended, &desk.lock, until_us));
  g_mutex_unlock(&desk.lock);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  *ret_fails = desk.fails;
  return desk.message;
}

static void test_moved_once_released(TestDb *test)
{
  g_auto(World) world;
  g_autoptr(GError) error = NULL;
  bool fails = true;
  world_init(&world, test);
  put_file(&world, "films/a.mkv.part", 48);
  scan(&world, false);
  g_assert_cmpint(world.report.jobs_made, ==, 1);
  int64_t job = found(&world, "films/a.mkv.part")->job;
  g_assert_cmpint(job, >, 0);
  scan(&world, false); /* the job that is there is shown, none is made again */
  g_assert_cmpint(world.report.jobs_made, ==, 0);
  g_assert_cmpint(found(&world, "films/a.mkv.part")->job, ==, job);
  g_assert_true(is_there(&world, "films/a.mkv.part")); /* held: nothing has happened */

  g_autofree char *report = do_job(&world, job, &fails);
  g_test_message("%s", report);
  g_assert_false(fails);
  g_assert_false(is_there(&world, "films/a.mkv.part"));
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GPtrArray) entries = record_list(conn, &trash_table, "", DB_NO_ARGS, &error);
  g_assert_cmpint(entries->len, ==, 1);
  const TrashEntry *entry = entries->pdata[0];
  g_assert_true(fs_exists(entry->trash_path));
  g_assert_cmpint(entry->expires_at_ms, ==, now_ms + 30 * 24 * hour_ms);
  g_clear_pointer(&conn, db_release);

  /* The trash is emptied of it like of everything else, when its time has come. */
  int purged = 0;
  g_assert_true(trash_purge(&world.replace, 0, &purged, &error));
  g_assert_cmpint(purged, ==, 0);
  manual_clock_advance(&world.clock, 31 * 24 * hour_ms);
  g_assert_true(trash_purge(&world.replace, 0, &purged, &error));
  g_assert_cmpint(purged, ==, 1);
  g_assert_false(fs_exists(entry->trash_path));
}

static void test_left_alone_if_changed(TestDb *test)
{
  g_auto(World) world;
  bool fails = false;
  world_init(&world, test);
  put_file(&world, "a.part", 48);
  scan(&world, false);
  put_file(&world, "a.part", 2); /* somebody goes on with it */
  g_autofree char *message = do_job(&world, found(&world, "a.part")->job, &fails);
  g_assert_true(fails);
  g_assert_nonnull(strstr(message, "not what was found"));
  g_assert_true(is_there(&world, "a.part"));
}

/* A disk that refuses leaves the file where it is and no entry of it. */
static void test_refused_by_disk(TestDb *test)
{
#ifdef REEVE_FAILPOINTS
  g_auto(World) world;
  g_autoptr(GError) error = NULL;
  bool fails = false;
  world_init(&world, test);
  put_file(&world, "a.part", 48);
  scan(&world, false);
  failpoint_arm("fs.rename:*=EIO");
  G_GNUC_UNUSED g_autofree char *message = do_job(&world, found(&world, "a.part")->job, &fails);
  failpoint_arm(NULL);
  g_assert_true(fails);
  g_assert_true(is_there(&world, "a.part"));
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GPtrArray) entries = record_list(conn, &trash_table, "", DB_NO_ARGS, &error);
  g_assert_cmpint(entries->len, ==, 0);
#else
  g_test_skip("Built without failpoints.");
#endif
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add_func("/cleanup/names", test_names);
  test_db_each("/cleanup/found", test_found);
  test_db_each("/cleanup/frozen", test_frozen);
  test_db_each("/cleanup/moved_once_released", test_moved_once_released);
  test_db_each("/cleanup/left_alone_if_changed", test_left_alone_if_changed);
  test_db_each("/cleanup/refused_by_disk", test_refused_by_disk);
  return g_test_run();
}
