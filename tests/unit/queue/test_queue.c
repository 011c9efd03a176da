/* How jobs come in, in which order and to whom they go out, what is told about them, and how they leave. */
#include "queue_fixture.h"

#include "waker.h"

#include <inttypes.h>
#include <string.h>

static void test_add_sets_the_row(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(Job) job = new_job("transcode");
  g_free(job->title);
  job->title = g_strdup("/films/ä.mkv");
  g_free(job->payload);
  job->payload = g_strdup("{\"profile\":3}");
  job->needs = g_strdupv((char *[]){"encoder:libx265", "mount", NULL});
  g_assert_true(queue_add(f.queue, NULL, job, NULL));
  g_assert_cmpint(job->id, >, 0);
  g_assert_cmpfloat(job->position, ==, (double)job->id);
  g_assert_cmpint(job->created_at_ms, ==, START_MS);
  g_autoptr(Job) row = read_job(&f, job->id);
  g_assert_true(record_equal(&job_table, job, row));
}

static void test_add_refuses(TestDb *test)
{
  static const struct {
    const char *what;
    int state;
    const char *kind, *payload;
    int64_t max_attempts;
  } rows[] = {
      {"running", JOB_RUNNING, "scan", "{}", 3},     {"done", JOB_DONE, "scan", "{}", 3},
      {"no kind", JOB_PENDING, "", "{}", 3},         {"payload is not JSON", JOB_PENDING, "scan", "{", 3},
      {"no attempts", JOB_PENDING, "scan", "{}", 0},
  };
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Job) job = new_job(rows[i].kind);
    job->state = rows[i].state;
    job->max_attempts = rows[i].max_attempts;
    g_free(job->payload);
    job->payload = g_strdup(rows[i].payload);
    Job before;
    record_copy(&job_table, job, &before);
    g_autoptr(GError) error = NULL;
    g_test_message("%s", rows[i].what);
    g_assert_false(queue_add(f.queue, NULL, job, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_true(record_equal(&job_table, job, &before));
    record_clear(&job_table, &before);
  }
}

static void test_add_in_a_transaction(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (int commit = 0; commit <= 1; commit++) {
    uint64_t seen = queue_generation(f.queue);
    g_autoptr(Job) job = new_job("scan");
    {
      g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
      g_autoptr(DbTransaction) transaction = db_begin(conn, NULL);
      g_assert_true(queue_add(f.queue, conn, job, NULL));
      g_assert_cmpint(queue_generation(f.queue), ==, seen);
      g_assert_true(!commit || db_commit(transaction, NULL));
    }
    if (commit)
      g_assert_true(queue_wait(f.queue, seen, NULL, 5000));
    g_autoptr(Job) claimed = claim(&f);
    g_assert_cmpint(claimed != NULL, ==, commit);
  }
}

static void test_add_all_or_none(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  g_assert_true(queue_add_all(f.queue, jobs, NULL));
  for (int i = 0; i < 100; i++)
    g_ptr_array_add(jobs, new_job(i == 60 ? "" : "scan"));
  g_assert_false(queue_add_all(f.queue, jobs, NULL));
  g_assert_null(claim(&f));
  Job *bad = jobs->pdata[60], *first = jobs->pdata[0];
  g_assert_cmpint(first->id, ==, 0);
  g_free(bad->kind);
  bad->kind = g_strdup("scan");
  g_assert_true(queue_add_all(f.queue, jobs, NULL));
  for (guint i = 0; i < jobs->len; i++) {
    g_autoptr(Job) job = claim(&f);
    g_assert_cmpint(job->id, ==, ((Job *)jobs->pdata[i])->id);
    g_assert_cmpfloat(job->position, ==, (double)job->id);
  }
  g_assert_null(claim(&f));
}

static void test_order(TestDb *test)
{
  static const struct {
    const char *kind;
    int state, priority;
    int64_t run_after_ms;
  } rows[] = {
      {"low", JOB_PENDING, PRIORITY_LOW, 0},
      {"normal-1", JOB_PENDING, PRIORITY_NORMAL, 0},
      {"high", JOB_PENDING, PRIORITY_HIGH, 0},
      {"held", JOB_HELD, PRIORITY_WEBHOOK, 0},
      {"webhook", JOB_PENDING, PRIORITY_WEBHOOK, 0},
      {"normal-2", JOB_PENDING, PRIORITY_NORMAL, START_MS},
      {"later", JOB_PENDING, PRIORITY_WEBHOOK, START_MS + 5000},
  };
  static const char *const order[] = {"webhook", "high", "normal-1", "normal-2", "low"};
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Job *job = new_job(rows[i].kind);
    job->state = rows[i].state;
    job->priority = rows[i].priority;
    job->run_after_ms = rows[i].run_after_ms;
    add_job(&f, job);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
    g_autoptr(Job) job = claim(&f);
    g_assert_cmpstr(job->kind, ==, order[i]);
  }
  g_assert_null(claim(&f));

  int64_t due_ms = 0;
  bool found = false;
  g_assert_true(queue_next_due(f.queue, &due_ms, &found, NULL));
  g_assert_true(found);
  g_assert_cmpint(due_ms, ==, START_MS + 5000);
  manual_clock_advance(&f.clock, 5000);
  g_assert_true(queue_next_due(f.queue, &due_ms, &found, NULL));
  g_assert_false(found);
  g_autoptr(Job) later = claim(&f);
  g_assert_cmpstr(later->kind, ==, "later");
}

/* Position decides within a priority, before the id. */
static void test_position(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_kind(&f, "first");
  int64_t moved = add_kind(&f, "moved");
  {
    g_autoptr(Job) job = read_job(&f, moved);
    job->position = 0.25;
    g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
    g_assert_true(record_update(conn, &job_table, job, NULL));
  }
  g_autoptr(Job) job = claim(&f);
  g_assert_cmpstr(job->kind, ==, "moved");
}

static void test_claim_fills_the_job(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_kind(&f, "scan");
  g_autoptr(Job) job = claim_as(&f, "node \"1\"");
  g_assert_cmpint(job->state, ==, JOB_RUNNING);
  g_assert_cmpstr(job->lease_owner, ==, "node \"1\"");
  g_assert_cmpint(job->lease_until_ms, ==, START_MS + LEASE_MS);
  g_assert_cmpint(job->lease_epoch, ==, 1);
  g_assert_cmpint(job->attempts, ==, 1);
  g_assert_cmpint(job->started_at_ms, ==, START_MS);
  g_autoptr(Job) row = read_job(&f, job->id);
  g_assert_true(record_equal(&job_table, job, row));
}

typedef const char *Words[4];

static void test_needs_and_kinds(TestDb *test)
{
  static const struct {
    Words needs;
    Words capabilities;
    Words kinds; /* none: any */
    bool expected;
  } rows[] = {
      {{NULL}, {NULL}, {NULL}, true},
      {{"a"}, {NULL}, {NULL}, false},
      {{"a"}, {"a"}, {NULL}, true},
      {{"a", "b"}, {"a"}, {NULL}, false},
      {{"a", "b"}, {"b", "c", "a"}, {NULL}, true},
      {{"encoder:libx265"}, {"encoder:libx26"}, {NULL}, false},
      {{"it's \"quoted\""}, {"it's \"quoted\""}, {NULL}, true},
      {{NULL}, {NULL}, {"job"}, true},
      {{NULL}, {NULL}, {"scan", "job"}, true},
      {{NULL}, {NULL}, {"scan"}, false},
      {{"a"}, {"a"}, {"jo"}, false},
  };
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Job *made = new_job("job");
    made->needs = g_strdupv((char **)rows[i].needs);
    int64_t id = add_job(&f, made);
    g_autoptr(Job) job = record_new(&job_table);
    bool found = false;
    g_autoptr(GError) error = NULL;
    g_test_message("row %zu", i);
    g_assert_true(
        queue_claim(f.queue, "w", rows[i].kinds[0] ? rows[i].kinds : any_kind, rows[i].capabilities, job, &found, &error));
    g_assert_cmpint(found, ==, rows[i].expected);
    if (!found)
      g_assert_true(queue_cancel(f.queue, id, NULL));
  }
  /* An empty list of kinds is none, not any. */
  add_kind(&f, "job");
  g_autoptr(Job) job = record_new(&job_table);
  bool found = true;
  g_assert_true(queue_claim(f.queue, "w", (const char *[]){NULL}, NULL, job, &found, NULL));
  g_assert_false(found);
}

static void test_needs_do_not_block(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (int i = 0; i < 20; i++) {
    Job *job = new_job("gpu");
    job->priority = PRIORITY_WEBHOOK;
    job->needs = g_strdupv((char *[]){"nvenc", NULL});
    add_job(&f, job);
  }
  Job *low = new_job("plain");
  low->priority = PRIORITY_LOW;
  add_job(&f, low);
  g_autoptr(Job) job = claim(&f);
  g_assert_cmpstr(job->kind, ==, "plain");
  g_assert_null(claim(&f));
}

static GPtrArray *log_of(Fixture *f, int64_t job_id)
{
  g_autoptr(DbConn) conn = db_acquire(f->db, NULL);
  return record_list(conn, &job_log_table, "WHERE job_id = $1 ORDER BY id", DB_ARGS(DB_INT(job_id)), NULL);
}

static void test_log(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "scan");
  g_autofree char *huge = g_strnfill(100000, 'x');
  g_assert_true(queue_log(f.queue, id, "info", "It began.", NULL));
  g_assert_true(queue_log(f.queue, id, "warning", "not UTF-8: \xff", NULL));
  g_assert_true(queue_log(f.queue, id, "debug", huge, NULL));
  g_autoptr(GPtrArray) lines = log_of(&f, id);
  g_assert_cmpint(lines->len, ==, 3);
  const JobLogLine *first = lines->pdata[0], *last = lines->pdata[2];
  g_assert_cmpstr(first->message, ==, "It began.");
  g_assert_cmpint(first->at_ms, ==, START_MS);
  g_assert_cmpint(strlen(last->message), ==, 16 * 1024);
  g_autoptr(GError) error = NULL;
  g_assert_false(queue_log(f.queue, id + 1, "info", "Nobody.", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

/* The data of the next event, "" if there is none. The caller frees it. */
static char *take_data(EventSubscription *subscription)
{
  g_autofree char *block = event_take(subscription);
  return g_strdup(block ? strstr(block, "event: ") + strlen("event: ") : "");
}

static void test_events(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_auto(Waker) waker = {0};
  g_autoptr(EventSubscription) events = event_subscribe(f.events, -1, waker_wake, &waker);
  int64_t id = add_kind(&f, "scan");
  g_autoptr(Job) job = claim(&f);
  renew(&f, job); /* told */
  renew(&f, job); /* too soon */
  manual_clock_advance(&f.clock, 499);
  renew(&f, job); /* too soon */
  manual_clock_advance(&f.clock, 1);
  renew(&f, job); /* told */
  finish_as(&f, job, JOB_DONE);
  static const char *const states[] = {"pending", "running", "running", "running", "done"};
  g_autofree char *has_id = g_strdup_printf("\"id\":%" PRId64, id);
  for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
    g_autofree char *data = take_data(events), *has_state = g_strdup_printf("\"state\":\"%s\"", states[i]);
    g_test_message("%s", data);
    g_assert_true(g_str_has_prefix(data, "job\ndata: {"));
    g_assert_nonnull(strstr(data, has_id));
    g_assert_nonnull(strstr(data, has_state));
    g_assert_nonnull(strstr(data, "\"kind\":\"scan\""));
    g_assert_nonnull(strstr(data, "\"progress\":"));
    g_assert_null(strstr(data, "\"payload\""));
  }
  g_autofree char *none = take_data(events);
  g_assert_cmpstr(none, ==, "");
}

static void test_many_changes_are_one_event(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_auto(Waker) waker = {0};
  g_autoptr(EventSubscription) events = event_subscribe(f.events, -1, waker_wake, &waker);
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  for (int i = 0; i < 51; i++)
    g_ptr_array_add(jobs, new_job("scan"));
  g_assert_true(queue_add_all(f.queue, jobs, NULL));
  g_autofree char *one = take_data(events), *none = take_data(events);
  g_assert_cmpstr(one, ==, "queue\ndata: {\"changed\":51}\n\n");
  g_assert_cmpstr(none, ==, "");
}

static int64_t finished_child(Fixture *f, int64_t parent_id, JobState state)
{
  Job *made = new_job("child");
  made->parent_id = parent_id;
  made->priority = PRIORITY_WEBHOOK;
  int64_t id = add_job(f, made);
  g_autoptr(Job) job = claim(f);
  g_assert_cmpint(job->id, ==, id);
  finish_as(f, job, state);
  return id;
}

static bool exists(Fixture *f, int64_t id)
{
  g_autoptr(DbConn) conn = db_acquire(f->db, NULL);
  int64_t count = 0;
  bool found = false;
  g_assert_true(db_query_int(conn, "SELECT count(*) FROM jobs WHERE id = $1", DB_ARGS(DB_INT(id)), &count, &found, NULL));
  return count > 0;
}

static void test_prune(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t root = FIELD_NULL_INT;
  int64_t old = finished_child(&f, root, JOB_DONE);
  g_assert_true(queue_log(f.queue, old, "info", "a line", NULL));
  int64_t open_parent = add_kind(&f, "parent");
  int64_t child_of_open = finished_child(&f, open_parent, JOB_FAILED);
  int64_t parent = add_kind(&f, "parent");
  int64_t child = finished_child(&f, parent, JOB_SKIPPED);
  g_assert_true(queue_cancel(f.queue, parent, NULL));
  manual_clock_advance(&f.clock, 1000);
  int64_t fresh = finished_child(&f, root, JOB_DONE);

  int64_t count = 0;
  g_assert_true(queue_prune(f.queue, START_MS + 1000, &count, NULL));
  g_assert_cmpint(count, ==, 3);
  g_assert_false(exists(&f, old));
  g_assert_false(exists(&f, parent));
  g_assert_false(exists(&f, child));
  g_assert_true(exists(&f, open_parent));
  g_assert_true(exists(&f, child_of_open));
  g_assert_true(exists(&f, fresh));
  g_autoptr(GPtrArray) lines = log_of(&f, old);
  g_assert_cmpint(lines->len, ==, 0);
  g_assert_true(queue_prune(f.queue, START_MS + 1000, NULL, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/queue/add_sets_the_row", test_add_sets_the_row);
  test_db_each("/queue/add_refuses", test_add_refuses);
  test_db_each("/queue/add_in_a_transaction", test_add_in_a_transaction);
  test_db_each("/queue/add_all_or_none", test_add_all_or_none);
  test_db_each("/queue/order", test_order);
  test_db_each("/queue/position", test_position);
  test_db_each("/queue/claim_fills_the_job", test_claim_fills_the_job);
  test_db_each("/queue/needs_and_kinds", test_needs_and_kinds);
  test_db_each("/queue/needs_do_not_block", test_needs_do_not_block);
  test_db_each("/queue/log", test_log);
  test_db_each("/queue/events", test_events);
  test_db_each("/queue/many_changes_are_one_event", test_many_changes_are_one_event);
  test_db_each("/queue/prune", test_prune);
  return g_test_run();
}
