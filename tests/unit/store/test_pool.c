/* Many threads, few connections, and connections that break. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/pg_fixture.h"

#include <string.h>

enum { THREADS = 8, ROUNDS = 50 };

static int64_t number(Db *db, const char *sql)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(db, &error);
  g_assert_no_error(error);
  int64_t value = -1;
  bool found;
  db_query_int(conn, sql, DB_NO_ARGS, &value, &found, &error);
  g_assert_no_error(error);
  return value;
}

static void make_counter(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  db_exec_script(conn, "CREATE TABLE c (id BIGINT PRIMARY KEY, n BIGINT NOT NULL); INSERT INTO c VALUES (1, 0)", &error);
  g_assert_no_error(error);
}

/* Reads and writes back in one transaction: lost updates would show. */
static gpointer count_up(gpointer data)
{
  Db *db = data;
  const char *lock = db_kind(db) == DB_SQLITE ? "SELECT n FROM c WHERE id = 1" : "SELECT n FROM c WHERE id = 1 FOR UPDATE";
  for (int i = 0; i < ROUNDS; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbConn) conn = db_acquire(db, &error);
    g_assert_no_error(error);
    g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
    g_assert_no_error(error);
    int64_t n = 0;
    bool found;
    g_assert_true(db_query_int(conn, lock, DB_NO_ARGS, &n, &found, &error));
    g_assert_true(db_exec(conn, "UPDATE c SET n = $1 WHERE id = 1", DB_ARGS(DB_INT(n + 1)), NULL, &error));
    g_assert_true(db_commit(transaction, &error));
  }
  return NULL;
}

/* Single statements, half of them with RETURNING, beside the transactions. */
static gpointer count_up_singly(gpointer data)
{
  Db *db = data;
  for (int i = 0; i < ROUNDS; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbConn) conn = db_acquire(db, &error);
    int64_t n;
    bool found;
    if (i % 2)
      g_assert_true(db_exec(conn, "UPDATE c SET n = n + 1 WHERE id = 1", DB_NO_ARGS, NULL, &error));
    else
      g_assert_true(db_query_int(conn, "UPDATE c SET n = n + 1 WHERE id = 1 RETURNING n", DB_NO_ARGS, &n, &found, &error));
  }
  return NULL;
}

static void test_threads(TestDb *test)
{
  make_counter(test);
  test_db_reopen(test, 3);
  GThread *threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    threads[i] = g_thread_new("count", i % 2 ? count_up : count_up_singly, test->db);
  for (int i = 0; i < THREADS; i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(number(test->db, "SELECT n FROM c"), ==, THREADS * ROUNDS);
}

static gpointer release_after_waiter(gpointer data)
{
  g_autoptr(GError) error = NULL;
  DbConn *conn = db_acquire(data, &error);
  g_assert_no_error(error);
  db_release(conn);
  return NULL;
}

/* With all connections lent, the next one waits. */
static void test_limit(TestDb *test)
{
  test_db_reopen(test, 2);
  DbConn *a = test_db_acquire(test), *b = test_db_acquire(test);
  g_assert_true(a != b);
  GThread *waiter = g_thread_new("wait", release_after_waiter, test->db);
  db_release(a);
  g_thread_join(waiter);
  db_release(b);
}

static void test_waiting_writer(TestDb *test)
{
  if (test->kind != DB_SQLITE)
    return;
  /* A writer of another process that does not let go in time makes ours fail, not hang; kept short by a shorter wait. */
  make_counter(test);
  g_autoptr(GError) error = NULL;
  g_autoptr(Db) other = db_open(&(DbParams){.url = test->url, .share = true}, &error);
  g_assert_no_error(error);
  DbConn *holder = db_acquire(other, &error);
  DbTransaction *transaction = db_begin(holder, &error);
  DbConn *conn = test_db_acquire(test);
  g_assert_true(db_exec_script(conn, "PRAGMA busy_timeout = 50", &error));
  g_assert_false(db_exec(conn, "UPDATE c SET n = 1", DB_NO_ARGS, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_clear_error(&error);
  g_assert_null(db_begin(conn, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_clear_error(&error);
  db_transaction_free(transaction);
  db_release(holder);
  g_assert_true(db_exec(conn, "UPDATE c SET n = 1", DB_NO_ARGS, NULL, &error)); /* the gate was left */
  db_release(conn);
}

/* --- PostgreSQL's connections --- */

static gpointer sleep_in_server(gpointer data)
{
  GError *error = NULL;
  g_assert_false(db_exec(data, "SELECT pg_sleep(60)", DB_NO_ARGS, NULL, &error));
  return error;
}

static void test_broken(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  make_counter(test);
  test_db_reopen(test, 2);
  g_autoptr(GError) error = NULL;

  /* idle: the next acquire opens it again */
  DbConn *a = test_db_acquire(test), *b = test_db_acquire(test);
  db_release(a);
  db_release(b);
  pg_fixture_break_connections(test->url);
  g_assert_cmpint(number(test->db, "SELECT n FROM c"), ==, 0);
  g_assert_cmpint(number(test->db, "SELECT n FROM c"), ==, 0);

  /* a statement in flight */
  a = test_db_acquire(test);
  GThread *thread = g_thread_new("sleep", sleep_in_server, a);
  while (number(test->db, "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'") == 0)
    g_thread_yield();
  pg_fixture_break_connections(test->url);
  g_autoptr(GError) lost = g_thread_join(thread);
  g_assert_error(lost, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  db_release(a);
  g_assert_cmpint(number(test->db, "SELECT n FROM c"), ==, 0);

  /* a transaction under way: nothing of it stays */
  a = test_db_acquire(test);
  DbTransaction *transaction = db_begin(a, &error);
  g_assert_true(db_exec(a, "UPDATE c SET n = 7", DB_NO_ARGS, NULL, &error));
  pg_fixture_break_connections(test->url);
  g_assert_false(db_commit(transaction, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  db_transaction_free(transaction);
  db_release(a);
  g_assert_cmpint(number(test->db, "SELECT n FROM c"), ==, 0);
}

static void test_restart(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  make_counter(test);
  if (!pg_fixture_stop())
    return;
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < 3; i++) { /* the slot comes back each time */
    g_assert_null(db_acquire(test->db, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
    g_clear_error(&error);
  }
  pg_fixture_start();
  g_assert_cmpint(number(test->db, "SELECT n FROM c"), ==, 0);
}

static void test_time_limit(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_assert_true(db_exec_script(conn, "SET statement_timeout = 20", &error));
  g_assert_false(db_exec(conn, "SELECT pg_sleep(60)", DB_NO_ARGS, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_clear_error(&error);
  g_assert_true(db_exec_script(conn, "RESET statement_timeout", &error));
}

/* After an error PostgreSQL fails the rest of the transaction, and its COMMIT is no commit. */
static void test_failed_transaction(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  make_counter(test);
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  DbTransaction *transaction = db_begin(conn, &error);
  g_assert_true(db_exec(conn, "UPDATE c SET n = 5", DB_NO_ARGS, NULL, &error));
  g_assert_false(db_exec(conn, "INSERT INTO c VALUES (1, 1)", DB_NO_ARGS, NULL, NULL));
  g_assert_false(db_commit(transaction, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  db_transaction_free(transaction);
  g_clear_error(&error);
  int64_t n = -1;
  bool found;
  g_assert_true(db_query_int(conn, "SELECT n FROM c", DB_NO_ARGS, &n, &found, &error));
  g_assert_cmpint(n, ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each_empty("/pool/threads", test_threads);
  test_db_each_empty("/pool/limit", test_limit);
  test_db_each_empty("/pool/waiting-writer", test_waiting_writer);
  test_db_each_empty("/pool/broken", test_broken);
  test_db_each_empty("/pool/time-limit", test_time_limit);
  test_db_each_empty("/pool/failed-transaction", test_failed_transaction);
  test_db_each_empty("/pool/restart", test_restart);
  return g_test_run();
}
