/* Statements, values, transactions and errors, on both databases. */
#include "store/db_fixture.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void exec(DbConn *conn, const char *sql, const DbArg *args)
{
  g_autoptr(GError) error = NULL;
  db_exec(conn, sql, args, NULL, &error);
  g_assert_no_error(error);
}

static int64_t number(DbConn *conn, const char *sql)
{
  g_autoptr(GError) error = NULL;
  int64_t value = 0;
  bool found;
  db_query_int(conn, sql, DB_NO_ARGS, &value, &found, &error);
  g_assert_no_error(error);
  g_assert_true(found);
  return value;
}

static void make_table(DbConn *conn)
{
  g_autoptr(GError) error = NULL;
  db_exec_script(conn,
                 "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION, s TEXT);"
                 "CREATE TABLE child (t_id BIGINT NOT NULL REFERENCES t (id));",
                 &error);
  g_assert_no_error(error);
}

static void test_values(TestDb *test)
{
  static const int64_t ints[] = {0, 1, -1, 1700000000000, INT64_MAX, INT64_MIN + 1, INT32_MAX, (int64_t)INT32_MAX + 1};
  static const double reals[] = {0, -1.5, 0.1, 1e300, 5e-324, 1.0 / 3, 9007199254740993.0, NAN};
  static const char *const texts[] = {"", "plain", "it's \"quoted\"", "Größe 大 🎬", "a\nb\tc\\d", "$1 %s ; --", "\x01", NULL};
  g_autoptr(DbConn) conn = test_db_acquire(test);
  make_table(conn);
  for (int i = 0; i < 8; i++)
    exec(conn, "INSERT INTO t (id, n, r, s) VALUES ($1, $2, $3, $4)",
         DB_ARGS(DB_INT(i), DB_INT(ints[i]), DB_REAL(reals[i]), DB_TEXT(texts[i])));
  exec(conn, "INSERT INTO t (id, n, r, s) VALUES ($1, $2, NULL, NULL)", DB_ARGS(DB_INT(8), DB_INT_OR_NULL(FIELD_NULL_INT)));

  g_autoptr(GError) error = NULL;
  g_autoptr(DbRows) rows = db_query(conn, "SELECT n, r, s FROM t ORDER BY id", DB_NO_ARGS, &error);
  g_assert_no_error(error);
  g_assert_cmpint(db_rows_columns(rows), ==, 3);
  g_assert_cmpstr(db_rows_column_name(rows, 2), ==, "s");
  for (int i = 0; i < 8; i++) {
    g_assert_true(db_rows_next(rows, &error));
    g_assert_cmpint(db_rows_int(rows, 0), ==, ints[i]);
    if (isnan(reals[i]))
      g_assert_true(db_rows_is_null(rows, 1));
    else
      g_assert_cmpfloat(db_rows_real(rows, 1), ==, reals[i]);
    g_assert_cmpstr(db_rows_text(rows, 2), ==, texts[i]);
    g_assert_cmpint(db_rows_is_null(rows, 2), ==, texts[i] == NULL);
  }
  g_assert_true(db_rows_next(rows, &error));
  g_assert_true(db_rows_is_null(rows, 0));
  g_assert_cmpint(db_rows_int(rows, 0), ==, 0);
  g_assert_cmpfloat(db_rows_real(rows, 1), ==, 0);
  g_assert_null(db_rows_text(rows, 2));
  g_assert_false(db_rows_next(rows, &error));
  g_assert_false(db_rows_next(rows, &error));
  g_assert_no_error(error);
}

/* Parameters may come in any order and more than once; a first NULL must not narrow the type of what follows. */
static void test_parameters(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  make_table(conn);
  exec(conn, "INSERT INTO t (s, n, id) VALUES ($3, $2, $1)", DB_ARGS(DB_INT(1), DB_INT(2), DB_TEXT("three")));
  g_assert_cmpint(number(conn, "SELECT n FROM t WHERE s = 'three' AND id = 1"), ==, 2);

  static const char sql[] = "SELECT CASE WHEN $1 >= 1 THEN $1 + 1 ELSE 0 END";
  int64_t value = 0;
  bool found;
  db_query_int(conn, sql, DB_ARGS((DbArg){.kind = DB_ARG_NULL}), &value, &found, &error);
  g_assert_no_error(error);
  g_assert_true(found);
  g_assert_cmpint(value, ==, 0);
  db_query_int(conn, sql, DB_ARGS(DB_INT(1700000000000)), &value, &found, &error);
  g_assert_no_error(error);
  g_assert_cmpint(value, ==, 1700000000001);

  g_assert_false(db_exec(conn, "UPDATE t SET n = $2 WHERE id = $1", DB_ARGS(DB_INT(1)), NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  g_clear_error(&error);
  if (test->kind == DB_SQLITE) { /* PostgreSQL passes over an argument too many */
    g_assert_false(db_exec(conn, "UPDATE t SET n = $1", DB_ARGS(DB_INT(1), DB_INT(2)), NULL, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
    g_clear_error(&error);
  }
  g_assert_false(db_exec(conn, "UPDATE t SET s = $1", DB_ARGS(DB_TEXT("\xff\xfe")), NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void test_changed(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  make_table(conn);
  int64_t changed = -1;
  g_assert_true(db_exec(conn, "INSERT INTO t (id) VALUES (1), (2), (3)", DB_NO_ARGS, &changed, &error));
  g_assert_cmpint(changed, ==, 3);
  g_assert_true(db_exec(conn, "UPDATE t SET n = 1 WHERE id > $1", DB_ARGS(DB_INT(1)), &changed, &error));
  g_assert_cmpint(changed, ==, 2);
  g_assert_true(db_exec(conn, "DELETE FROM t WHERE id = 99", DB_NO_ARGS, &changed, &error));
  g_assert_cmpint(changed, ==, 0);

  g_autoptr(DbRows) rows = db_query(conn, "UPDATE t SET n = n + 1 WHERE id > 1 RETURNING id, n", DB_NO_ARGS, &error);
  g_assert_no_error(error);
  int n = 0;
  for (; db_rows_next(rows, &error); n++)
    g_assert_cmpint(db_rows_int(rows, 1), ==, 2);
  g_assert_cmpint(n, ==, 2);

  int64_t value = -7;
  bool found = true;
  g_assert_true(db_query_int(conn, "SELECT n FROM t WHERE id = 99", DB_NO_ARGS, &value, &found, &error));
  g_assert_false(found);
  g_assert_true(db_query_int(conn, "SELECT n FROM t WHERE id = 1", DB_NO_ARGS, &value, &found, &error));
  g_assert_false(found); /* NULL */
  g_assert_cmpint(value, ==, -7);
}

/* What RETURNING changed is committed although nobody read its rows. */
static void test_returning_unread(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(DbConn) other = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  make_table(conn);
  DbRows *rows = db_query(conn, "INSERT INTO t (id) VALUES (1), (2) RETURNING id", DB_NO_ARGS, &error);
  g_assert_no_error(error);
  g_assert_cmpint(number(other, "SELECT COUNT(*) FROM t"), ==, 2);
  db_rows_free(rows);
}

static void test_nested_rows(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  make_table(conn);
  exec(conn, "INSERT INTO t (id) VALUES (1), (2), (3)", DB_NO_ARGS);
  int seen = 0;
  g_autoptr(DbRows) outer = db_query(conn, "SELECT id FROM t ORDER BY id", DB_NO_ARGS, &error);
  while (db_rows_next(outer, &error)) {
    g_autoptr(DbRows) inner = db_query(conn, "SELECT id FROM t ORDER BY id", DB_NO_ARGS, &error);
    while (db_rows_next(inner, &error))
      seen++;
  }
  g_assert_no_error(error);
  g_assert_cmpint(seen, ==, 9);
}

static void test_stream(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  static const char sql[] = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $1) SELECT n FROM c";
  DbRows *rows = db_query_stream(conn, sql, DB_ARGS(DB_INT(5000)), &error);
  g_assert_no_error(error);
  int64_t sum = 0;
  while (db_rows_next(rows, &error))
    sum += db_rows_int(rows, 0);
  g_assert_no_error(error);
  g_assert_cmpint(sum, ==, 5000 * 5001 / 2);
  db_rows_free(rows);
  /* left early; the connection works on, also inside a transaction */
  rows = db_query_stream(conn, sql, DB_ARGS(DB_INT(5000)), &error);
  g_assert_true(db_rows_next(rows, &error));
  db_rows_free(rows);
  g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
  g_assert_nonnull(transaction);
  rows = db_query_stream(conn, sql, DB_ARGS(DB_INT(5000)), &error);
  g_assert_true(db_rows_next(rows, &error));
  db_rows_free(rows);
  rows = db_query_stream(conn, "SELECT n FROM (SELECT 1 AS n) x WHERE n = $1", DB_ARGS(DB_INT(2)), &error);
  g_assert_no_error(error);
  g_assert_false(db_rows_next(rows, &error));
  g_assert_cmpstr(db_rows_column_name(rows, 0), ==, "n");
  db_rows_free(rows);
  g_assert_null(db_query_stream(conn, "SELECT nonsense FROM nowhere", DB_NO_ARGS, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
}

static void test_errors(TestDb *test)
{
  static const struct {
    const char *sql;
    ReeveErrorCode code;
  } rows[] = {
      {"INSERT INTO t (id) VALUES (1)", REEVE_ERROR_CONFLICT},
      {"INSERT INTO child (t_id) VALUES (77)", REEVE_ERROR_CONFLICT},
      {"INSERT INTO child (t_id) VALUES (NULL)", REEVE_ERROR_CONFLICT},
      {"SELECT nonsense FROM t", REEVE_ERROR_INTERNAL},
      {"SELEKT 1", REEVE_ERROR_INTERNAL},
      {"SELECT 1; SELECT 2", REEVE_ERROR_INTERNAL},
  };
  g_autoptr(DbConn) conn = test_db_acquire(test);
  make_table(conn);
  exec(conn, "INSERT INTO t (id) VALUES (1)", DB_NO_ARGS);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(db_exec(conn, rows[i].sql, DB_NO_ARGS, NULL, &error));
    g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
    g_assert_true(g_str_has_suffix(error->message, ".") || strstr(error->message, ": "));
    g_assert_null(strchr(error->message, '\n'));
  }
  g_assert_cmpint(number(conn, "SELECT COUNT(*) FROM t"), ==, 1);
}

static void test_transactions(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  make_table(conn);

  DbTransaction *transaction = db_begin(conn, &error);
  g_assert_no_error(error);
  g_assert_null(db_begin(conn, &error)); /* not inside another */
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  g_clear_error(&error);
  exec(conn, "INSERT INTO t (id) VALUES (1)", DB_NO_ARGS);
  db_transaction_free(transaction);
  g_assert_cmpint(number(conn, "SELECT COUNT(*) FROM t"), ==, 0);

  transaction = db_begin(conn, &error);
  exec(conn, "INSERT INTO t (id) VALUES (1)", DB_NO_ARGS);
  g_assert_true(db_commit(transaction, &error));
  g_assert_false(db_commit(transaction, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  g_clear_error(&error);
  db_transaction_free(transaction);
  g_assert_cmpint(number(conn, "SELECT COUNT(*) FROM t"), ==, 1);

  /* What another connection sees */
  g_autoptr(DbConn) other = test_db_acquire(test);
  transaction = db_begin(conn, &error);
  exec(conn, "INSERT INTO t (id) VALUES (2)", DB_NO_ARGS);
  g_assert_cmpint(number(other, "SELECT COUNT(*) FROM t"), ==, 1);
  g_assert_true(db_commit(transaction, &error));
  db_transaction_free(transaction);
  g_assert_cmpint(number(other, "SELECT COUNT(*) FROM t"), ==, 2);
}

/* A foreign key that is checked at the commit makes the commit fail, and nothing is kept. */
static void test_commit_fails(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  make_table(conn);
  g_assert_true(db_exec_script(conn, "CREATE TABLE late (t_id BIGINT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)", &error));
  DbTransaction *transaction = db_begin(conn, &error);
  exec(conn, "INSERT INTO t (id) VALUES (1)", DB_NO_ARGS);
  exec(conn, "INSERT INTO late (t_id) VALUES (99)", DB_NO_ARGS);
  g_assert_false(db_commit(transaction, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  db_transaction_free(transaction);
  g_assert_cmpint(number(conn, "SELECT COUNT(*) FROM t"), ==, 0);
  transaction = db_begin(conn, &error);
  g_assert_no_error(error);
  exec(conn, "INSERT INTO t (id) VALUES (1)", DB_NO_ARGS);
  g_assert_true(db_commit(transaction, &error));
  db_transaction_free(transaction);
}

/* Statements beyond what the cache keeps still work, and so do those that were dropped. */
static void test_many_statements(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 150; i++) {
      g_autofree char *sql = g_strdup_printf("SELECT %d + 0", i);
      g_assert_cmpint(number(conn, sql), ==, i);
    }
  }
}

static void test_lower(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_assert_cmpint(number(conn, "SELECT CASE WHEN LOWER('ÄÉЖ Ab1') = 'äéж ab1' THEN 1 ELSE 0 END"), ==, 1);
}

static void test_addresses(void)
{
  static const char *const wrong[] = {"", "sqlite:", "mysql://x", "reeve.db", "postgresql://%zz", "host=x bogus_option=1"};
  for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(db_open(&(DbParams){.url = wrong[i]}, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
}

static void test_secret_stays(void)
{
  static const char *const addresses[] = {"postgresql://me:hunter2@127.0.0.1:1/db", "host=127.0.0.1 port=1 password=hunter2",
                                          "postgresql://me:hunter2@127.0.0.1:port/db", "postgresql://me:x@hunter2@y:z/db"};
  for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(db_open(&(DbParams){.url = addresses[i]}, &error));
    g_assert_null(strstr(error->message, "hunter2"));
  }
}

static void test_away(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(db_open(&(DbParams){.url = "postgresql://me@127.0.0.1:1/db"}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

/* --- SQLite's file --- */

static void test_missing_directory(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(db_open(&(DbParams){.url = "sqlite:/nonexistent-reeve/reeve.db"}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_assert_nonnull(strstr(error->message, "/nonexistent-reeve/reeve.db"));
}

static void test_not_a_database(void)
{
  TestDb *test = test_db_new(DB_SQLITE, false);
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(test->directory, "other.db", NULL);
  g_autofree char *url = g_strconcat("sqlite:", path, NULL);
  g_autofree char *text = g_strnfill(4096, 'x');
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_assert_null(db_open(&(DbParams){.url = url}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
  test_db_free(test);
}

static void test_private_mode(void)
{
  TestDb *test = test_db_new(DB_SQLITE, true);
  GStatBuf st;
  g_assert_cmpint(g_stat(test->url + strlen("sqlite:"), &st), ==, 0);
  g_assert_cmpint(st.st_mode & 0777, ==, 0600);
  test_db_free(test);
}

static void test_lock(void)
{
  TestDb *test = test_db_new(DB_SQLITE, true);
  g_autoptr(GError) error = NULL;
  g_assert_null(db_open(&(DbParams){.url = test->url}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  char pid[32], host[128] = "";
  g_snprintf(pid, sizeof pid, "pid %d ", (int)getpid());
  gethostname(host, sizeof host - 1);
  g_assert_nonnull(strstr(error->message, pid));
  g_assert_nonnull(strstr(error->message, host));
  g_clear_error(&error);

  g_autoptr(Db) beside = db_open(&(DbParams){.url = test->url, .share = true}, &error);
  g_assert_no_error(error);
  g_assert_cmpint(db_kind(beside), ==, DB_SQLITE);
  test_db_reopen(test, 0); /* closing frees the lock */
  test_db_free(test);
}

/* The lock goes with a process that is killed. */
static void test_lock_of_the_dead(void)
{
  g_autoptr(GError) error = NULL;
  TestDb *test = test_db_new(DB_SQLITE, false);
  g_autofree char *url = g_strdup_printf("sqlite:%s/second.db", test->directory);
  int ready[2];
  g_assert_cmpint(pipe(ready), ==, 0);
  pid_t child = fork();
  if (child == 0) {
    Db *db = db_open(&(DbParams){.url = url}, NULL);
    if (!db || write(ready[1], "x", 1) != 1)
      _exit(1);
    for (;;)
      pause();
  }
  char byte;
  g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
  g_assert_null(db_open(&(DbParams){.url = url}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  g_autoptr(Db) db = db_open(&(DbParams){.url = url}, &error);
  g_assert_no_error(error);
  close(ready[0]);
  close(ready[1]);
  g_clear_pointer(&db, db_close);
  test_db_free(test);
}

/* SQLite ends a transaction by itself when the disk is full; what follows in it must not be committed one by one. */
static void test_full_disk(void)
{
  TestDb *test = test_db_new(DB_SQLITE, false);
  DbConn *conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  make_table(conn);
  g_assert_cmpint(number(conn, "PRAGMA max_page_count = 10"), ==, 10);
  DbTransaction *transaction = db_begin(conn, &error);
  exec(conn, "INSERT INTO t (id) VALUES (1)", DB_NO_ARGS);
  g_autofree char *big = g_strnfill(200 * 1024, 'x');
  g_assert_false(db_exec(conn, "INSERT INTO t (id, s) VALUES (2, $1)", DB_ARGS(DB_TEXT(big)), NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
  g_clear_error(&error);
  if (!db_exec(conn, "INSERT INTO t (id) VALUES (3)", DB_NO_ARGS, NULL, &error))
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  db_transaction_free(transaction);
  g_assert_cmpint(number(conn, "SELECT COUNT(*) FROM t"), ==, 0);
  db_release(conn);
  test_db_free(test);
}

/* Every commit is seen, by this process's connections and by another's; reading changes nothing. */
static void test_version(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  make_table(conn);
  uint64_t before = 0, same = 0, after = 0, again = 0;
  if (test->kind == DB_POSTGRESQL) {
    g_assert_false(db_version(test->db, &before));
    return;
  }
  g_assert_true(db_version(test->db, &before));
  g_assert_cmpint(number(conn, "SELECT COUNT(*) FROM t"), ==, 0);
  g_assert_true(db_version(test->db, &same));
  g_assert_cmpuint(before, ==, same);
  g_assert_cmpuint(before, !=, 0);
  exec(conn, "INSERT INTO t (id, n) VALUES (1, 1)", DB_NO_ARGS);
  g_assert_true(db_version(test->db, &after));
  g_assert_cmpuint(after, !=, before);
  g_autoptr(Db) other = db_open(&(DbParams){.url = test->url, .share = true}, NULL);
  g_assert_nonnull(other);
  DbConn *theirs = db_acquire(other, NULL);
  exec(theirs, "UPDATE t SET n = 2", DB_NO_ARGS);
  db_release(theirs);
  g_assert_true(db_version(test->db, &again));
  g_assert_cmpuint(again, !=, after);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each_empty("/db/values", test_values);
  test_db_each_empty("/db/version", test_version);
  test_db_each_empty("/db/parameters", test_parameters);
  test_db_each_empty("/db/changed", test_changed);
  test_db_each_empty("/db/returning-unread", test_returning_unread);
  test_db_each_empty("/db/nested-rows", test_nested_rows);
  test_db_each_empty("/db/stream", test_stream);
  test_db_each_empty("/db/errors", test_errors);
  test_db_each_empty("/db/transactions", test_transactions);
  test_db_each_empty("/db/commit-fails", test_commit_fails);
  test_db_each_empty("/db/many-statements", test_many_statements);
  test_db_each_empty("/db/lower", test_lower);
  g_test_add_func("/db/addresses", test_addresses);
  g_test_add_func("/db/secret-stays", test_secret_stays);
  g_test_add_func("/db/away", test_away);
  g_test_add_func("/db/sqlite/missing-directory", test_missing_directory);
  g_test_add_func("/db/sqlite/not-a-database", test_not_a_database);
  g_test_add_func("/db/sqlite/private-mode", test_private_mode);
  g_test_add_func("/db/sqlite/lock", test_lock);
  g_test_add_func("/db/sqlite/lock-of-the-dead", test_lock_of_the_dead);
  g_test_add_func("/db/sqlite/full-disk", test_full_disk);
  return g_test_run();
}
