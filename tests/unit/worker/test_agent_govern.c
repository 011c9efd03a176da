/* The agent under the governor's ruling, with a real queue on both databases and real processes: what is claimed, what is frozen,
 * that a frozen job keeps its lease, and that nothing is lost when it is stopped. */
#include "base/error.h"
#include "queue/queue_fixture.h"
#include "store/root.h"
#include "worker/agent.h"
#include "worker/status.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_S = 20, RUNS = 4, HOUR_MS = 60 * 60 * 1000 };

/* A queue whose jobs are processes that wait for a line. */
typedef struct {
  Transport transport; /* first */
  Fixture queue;
  GMutex lock;
  GCond changed;
  int started;
  pid_t pids[RUNS]; /* by the order in which they were started */
  int inputs[RUNS];
  int64_t jobs[RUNS];
  int given_back;
} World;

static bool world_claim(Transport *transport, const char *const *kinds, const QueueBar *bar, Job *ret_job, char **ret_order,
                        bool *ret_found, GError **error)
{
  World *world = (World *)transport;
  if (!queue_claim_but(world->queue.queue, "me", kinds, NULL, bar, ret_job, ret_found, error))
    return false;
  if (*ret_found)
    *ret_order = g_strdup("{}");
  return true;
}

static bool world_renew(Transport *transport, const LeaseRef *lease, double progress, const char *detail,
                        JobDirective *ret_directive, GError **error)
{
  return queue_renew(((World *)transport)->queue.queue, lease, progress, detail, ret_directive, error);
}

static bool world_note(Transport *transport, const LeaseRef *lease, const char *waiting, GError **error)
{
  return queue_note(((World *)transport)->queue.queue, lease, waiting, error);
}

static void world_log(Transport *transport, int64_t job_id, const char *level, const char *message)
{
  g_assert_true(queue_log(((World *)transport)->queue.queue, job_id, level, message, NULL));
}

static bool world_conclude(Transport *transport, const Job *job, const LeaseRef *lease, const char *report,
                           const GError *execution, GError **error)
{
  return queue_finish(((World *)transport)->queue.queue, lease,
                      &(JobOutcome){.state = execution ? JOB_FAILED : JOB_DONE, .cause = execution}, error);
}

static bool world_give_back(Transport *transport, const Job *job, const LeaseRef *lease, const char *waiting, GError **error)
{
  World *world = (World *)transport;
  g_mutex_lock(&world->lock);
  world->given_back++;
  g_mutex_unlock(&world->lock);
  return queue_give_back(world->queue.queue, lease, waiting, 0, error);
}

static uint64_t world_generation(Transport *transport)
{
  return queue_generation(((World *)transport)->queue.queue);
}

static void world_wait(Transport *transport, uint64_t seen, Cancel *cancel, int timeout_ms)
{
  cancel_wait(cancel, MIN(timeout_ms, 10));
}

static void world_init(World *world, TestDb *test)
{
  *world = (World){.transport = {.claim = world_claim,
                                 .renew = world_renew,
                                 .note = world_note,
                                 .log = world_log,
                                 .conclude = world_conclude,
                                 .give_back = world_give_back,
                                 .generation = world_generation,
                                 .wait = world_wait}};
  fixture_init(&world->queue, test->db);
  for (int i = 1; i <= 2; i++) {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_autoptr(Root) root = record_new(&root_table);
    root->path = (g_free(root->path), g_strdup_printf("/films/%d", i));
    g_assert_true(record_insert(conn, &root_table, root, NULL));
    g_assert_cmpint(root->id, ==, i);
  }
  g_mutex_init(&world->lock);
  g_cond_init(&world->changed);
}

static void world_clear(World *world)
{
  fixture_clear(&world->queue);
  g_mutex_clear(&world->lock);
  g_cond_clear(&world->changed);
}

static bool run_process(JobRun *run, const char *order, void *user_data, char **ret_report, GError **error)
{
  World *world = user_data;
  const char *argv[] = {"sh", "-c", "read line; echo done", NULL};
  g_autoptr(Child) child = child_spawn(&(ChildParams){.argv = argv, .input = CHILD_PIPE, .output = CHILD_PIPE}, error);
  g_assert_nonnull(child);
  job_run_set_child(run, child);
  g_mutex_lock(&world->lock);
  g_assert_cmpint(world->started, <, RUNS);
  world->pids[world->started] = child_pid(child);
  world->inputs[world->started] = child_take_input(child);
  world->jobs[world->started++] = job_run_job(run)->id;
  g_cond_broadcast(&world->changed);
  g_mutex_unlock(&world->lock);
  ChildExit end;
  bool ok = child_watch(child, &(ChildWatch){.cancel = job_run_cancel(run), .grace_ms = 1000}, &end, error);
  job_run_set_child(run, NULL);
  return ok;
}

static Agent *start(World *world, int slots, const GovernorRuling *ruling)
{
  AgentKind kind = {.kind = "test", .slots = slots, .execute = run_process, .user_data = world, .governed = true};
  return agent_start(&(AgentParams){.transport = &world->transport,
                                    .name = "me",
                                    .kinds = &kind,
                                    .n_kinds = 1,
                                    .ruling = ruling,
                                    .clock = &world->queue.clock.clock});
}

static int64_t add_of_root(World *world, int64_t root_id)
{
  Job *job = new_job("test");
  job->root_id = root_id;
  return add_job(&world->queue, job);
}

static void await_started(World *world, int n)
{
  gint64 end = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
  g_mutex_lock(&world->lock);
  while (world->started < n && g_cond_wait_until(&world->changed, &world->lock, end))
    ;
  g_assert_cmpint(world->started, ==, n);
  g_mutex_unlock(&world->lock);
}

static void await(bool (*condition)(World *world, int64_t value), World *world, int64_t value)
{
  gint64 end = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
  while (!condition(world, value)) {
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    cancel_wait(NULL, 5);
  }
}

/* The letter of a process's state: T is stopped by a signal (proc(5)). */
static char process_state(pid_t pid)
{
  g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  return strrchr(text, ')')[2];
}

static bool is_stopped(World *world, int64_t which)
{
  return process_state(world->pids[which]) == 'T';
}

static bool goes_on(World *world, int64_t which)
{
  return process_state(world->pids[which]) != 'T';
}

static bool is_done(World *world, int64_t job)
{
  return strcmp(state_of(&world->queue, job), "done") == 0;
}

static bool lease_reaches(World *world, int64_t which)
{
  g_autoptr(Job) job = read_job(&world->queue, world->jobs[which]);
  return job->lease_until_ms == clock_now_ms(&world->queue.clock.clock) + LEASE_MS;
}

static void let_end(World *world, int which)
{
  g_assert_cmpint(write(world->inputs[which], "\n", 1), ==, 1);
  close(world->inputs[which]);
  await(is_done, world, world->jobs[which]);
}

/* --- rulings --- */

typedef enum { MAY_RUN, MAY_NOT_START, MUST_FREEZE } Word;

/* For jobs of no root and for root 1. */
static void make_ruling(GovernorRuling *ruling, Word others, Word root_1)
{
  const Word words[] = {others, root_1};
  governor_ruling_init(ruling);
  ruling->slots = FIELD_NULL_INT;
  ruling->roots = records_new(&root_ruling_table);
  for (int i = 0; i < 2; i++) {
    RootRuling *row = record_new(&root_ruling_table);
    row->root_id = i == 0 ? FIELD_NULL_INT : 1;
    row->may_start = words[i] == MAY_RUN;
    row->frozen = words[i] == MUST_FREEZE;
    row->sentence = words[i] == MAY_RUN ? NULL : g_strdup("The schedule \"Nights\" is closed.");
    g_ptr_array_add(ruling->roots, row);
  }
}

static void rule(Agent *agent, Word others, Word root_1)
{
  GovernorRuling ruling;
  make_ruling(&ruling, others, root_1);
  agent_govern(agent, &ruling);
  record_clear(&governor_ruling_table, &ruling);
}

static bool log_has(World *world, int64_t job, const char *line)
{
  g_autoptr(DbConn) conn = db_acquire(world->queue.db, NULL);
  g_autoptr(GPtrArray) lines = job_log_page(conn, job, 0, 100, NULL);
  for (guint i = 0; i < lines->len; i++)
    if (strcmp(((const JobLogLine *)lines->pdata[i])->message, line) == 0)
      return true;
  return false;
}

static bool has_note(World *world, int64_t job)
{
  g_autoptr(Job) now = read_job(&world->queue, job);
  return now->waiting && strcmp(now->waiting, "The schedule \"Nights\" is closed.") == 0;
}

static bool has_no_note(World *world, int64_t job)
{
  g_autoptr(Job) now = read_job(&world->queue, job);
  return !now->waiting;
}

/* A frozen encode survives an hour: its processes stand still, its lease is renewed all the time, and it ends well afterwards. */
static void test_frozen_for_an_hour(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t job = add_of_root(&world, FIELD_NULL_INT);
  Agent *agent = start(&world, 1, NULL);
  await_started(&world, 1);
  rule(agent, MUST_FREEZE, MAY_RUN);
  await(is_stopped, &world, 0);
  await(has_note, &world, job);
  g_assert_true(log_has(&world, job, "Frozen: The schedule \"Nights\" is closed."));
  for (int64_t waited_ms = 0; waited_ms < HOUR_MS; waited_ms += LEASE_MS * 2 / 3) {
    manual_clock_advance(&world.queue.clock, LEASE_MS * 2 / 3);
    await(lease_reaches, &world, 0);
    int lost = -1;
    g_assert_true(queue_expire(world.queue.queue, &lost, NULL));
    g_assert_cmpint(lost, ==, 0);
    g_assert_true(is_stopped(&world, 0));
  }
  g_assert_cmpstr(state_of(&world.queue, job), ==, "running");
  rule(agent, MAY_RUN, MAY_RUN);
  await(goes_on, &world, 0);
  await(has_no_note, &world, job);
  g_assert_true(log_has(&world, job, "May go on after 60.0 min."));
  let_end(&world, 0);
  g_autoptr(Job) ended = read_job(&world.queue, job);
  g_assert_cmpint(ended->attempts, ==, 1);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  world_clear(&world);
}

/* Which jobs are taken under a ruling: of roots that are shut nothing, in the order of the queue for the rest. */
static void test_claims(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t shut = add_of_root(&world, 1), other = add_of_root(&world, 2), rootless = add_of_root(&world, FIELD_NULL_INT);
  GovernorRuling ruling;
  make_ruling(&ruling, MAY_RUN, MAY_NOT_START);
  Agent *agent = start(&world, 3, &ruling);
  record_clear(&governor_ruling_table, &ruling);
  await_started(&world, 2);
  g_assert_cmpint(world.jobs[0] + world.jobs[1], ==, other + rootless);
  g_assert_cmpstr(state_of(&world.queue, shut), ==, "pending");
  g_assert_true(goes_on(&world, 0) && goes_on(&world, 1));
  g_assert_cmpint(agent_governed(agent), ==, 2);
  /* Now it is the other way round. What runs goes on. */
  rule(agent, MAY_NOT_START, MAY_RUN);
  int64_t later = add_of_root(&world, 2);
  await_started(&world, 3);
  g_assert_cmpint(world.jobs[2], ==, shut);
  for (int i = 0; i < 3; i++)
    let_end(&world, i);
  g_assert_cmpstr(state_of(&world.queue, later), ==, "pending");
  rule(agent, MAY_NOT_START, MAY_NOT_START);
  rule(agent, MAY_RUN, MAY_RUN);
  await_started(&world, 4);
  let_end(&world, 3);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  world_clear(&world);
}

/* Of two jobs one goes on: the one that was begun first. */
static void test_single(TestDb *test)
{
  World world;
  world_init(&world, test);
  add_of_root(&world, 1);
  Agent *agent = start(&world, 2, NULL);
  await_started(&world, 1);
  add_of_root(&world, FIELD_NULL_INT);
  await_started(&world, 2);
  GovernorRuling ruling;
  make_ruling(&ruling, MAY_RUN, MAY_RUN);
  ruling.slots = 1;
  ruling.may_start = false;
  ruling.lowered = true;
  ruling.sentence = g_strdup("The processors are hot.");
  agent_govern(agent, &ruling);
  await(is_stopped, &world, 1);
  g_assert_true(goes_on(&world, 0));
  WorkerStatus *status = record_new(&worker_status_table);
  agent_status(agent, status);
  const WorkerRun *first = status->running->pdata[0], *second = status->running->pdata[1];
  g_assert_true(!first->frozen && first->lowered && !first->waiting);
  g_assert_true(second->frozen && second->lowered);
  g_assert_cmpstr(second->waiting, ==, "The processors are hot.");
  record_free(&worker_status_table, status);
  /* When the first has ended, the other one is the one that goes on; nothing is started beside it. */
  int64_t third = add_of_root(&world, FIELD_NULL_INT);
  let_end(&world, 0);
  await(goes_on, &world, 1);
  ruling.slots = 0;
  agent_govern(agent, &ruling);
  await(is_stopped, &world, 1);
  g_assert_cmpstr(state_of(&world.queue, third), ==, "pending");
  record_clear(&governor_ruling_table, &ruling);
  rule(agent, MAY_RUN, MAY_RUN);
  await_started(&world, 3);
  let_end(&world, 1);
  let_end(&world, 2);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  world_clear(&world);
}

/* A person's pause and the governor's freeze: it goes on when neither holds it up. */
static void test_pause_and_freeze(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t job = add_of_root(&world, 1);
  Agent *agent = start(&world, 1, NULL);
  await_started(&world, 1);
  rule(agent, MAY_RUN, MUST_FREEZE);
  await(is_stopped, &world, 0);
  g_assert_true(queue_pause(world.queue.queue, job, NULL));
  manual_clock_advance(&world.queue.clock, LEASE_MS * 2 / 3);
  await(lease_reaches, &world, 0); /* the directive has come */
  rule(agent, MAY_RUN, MAY_RUN);
  manual_clock_advance(&world.queue.clock, LEASE_MS * 2 / 3);
  await(lease_reaches, &world, 0);
  g_assert_true(is_stopped(&world, 0));
  g_assert_true(queue_resume(world.queue.queue, job, NULL));
  manual_clock_advance(&world.queue.clock, LEASE_MS * 2 / 3);
  await(goes_on, &world, 0);
  let_end(&world, 0);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  world_clear(&world);
}

/* A stop that finishes what runs does not wait for a window: the frozen job goes back, and its attempt does not count. */
static void test_stop_while_frozen(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t job = add_of_root(&world, 1);
  Agent *agent = start(&world, 1, NULL);
  await_started(&world, 1);
  rule(agent, MAY_RUN, MUST_FREEZE);
  await(is_stopped, &world, 0);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  close(world.inputs[0]);
  g_assert_cmpint(world.given_back, ==, 1);
  g_autoptr(Job) after = read_job(&world.queue, job);
  g_assert_cmpint(after->state, ==, JOB_PENDING);
  g_assert_cmpint(after->attempts, ==, 0);
  world_clear(&world);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_unsetenv("REEVE_BINARY");
  g_test_init(&argc, &argv, NULL);
  test_db_each("/agent-govern/hour", test_frozen_for_an_hour);
  test_db_each("/agent-govern/claims", test_claims);
  test_db_each("/agent-govern/single", test_single);
  test_db_each("/agent-govern/pause-and-freeze", test_pause_and_freeze);
  test_db_each("/agent-govern/stop-while-frozen", test_stop_while_frozen);
  return g_test_run();
}
