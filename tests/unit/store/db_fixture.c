/* One suite for both databases. */
#include "store/db_fixture.h"

#include "store/migrate.h"
#include "store/pg_fixture.h"
#include "sys/fs.h"

typedef struct {
  DbKind kind;
  bool migrated;
  void (*function)(TestDb *test);
} TestCase;

static void open_it(TestDb *test, int connections)
{
  g_autoptr(GError) error = NULL;
  test->db = db_open(&(DbParams){.url = test->url, .connections = connections}, &error);
  g_assert_no_error(error);
}

TestDb *test_db_new(DbKind kind, bool migrated)
{
  g_autoptr(GError) error = NULL;
  TestDb *test = g_new0(TestDb, 1);
  test->kind = kind;
  if (kind == DB_POSTGRESQL) {
    test->url = pg_fixture_new_database(migrated);
    open_it(test, 0);
    return test;
  }
  test->directory = g_dir_make_tmp("reeve-db-XXXXXX", &error);
  g_assert_no_error(error);
  test->url = g_strdup_printf("sqlite:%s/reeve.db", test->directory);
  open_it(test, 0);
  if (migrated)
    migrate_run(test->db, NULL, &error);
  g_assert_no_error(error);
  return test;
}

void test_db_free(TestDb *test)
{
  db_close(test->db);
  if (test->kind == DB_POSTGRESQL)
    pg_fixture_drop_database(test->url);
  else
    fs_remove_tree(test->directory, NULL);
  g_free(test->url);
  g_free(test->directory);
  g_free(test);
}

void test_db_reopen(TestDb *test, int connections)
{
  db_close(test->db);
  open_it(test, connections);
}

DbConn *test_db_acquire(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  DbConn *conn = db_acquire(test->db, &error);
  g_assert_no_error(error);
  return conn;
}

int64_t test_db_int(TestDb *test, const char *sql)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t value = -1;
  bool found;
  db_query_int(conn, sql, DB_NO_ARGS, &value, &found, &error);
  g_assert_no_error(error);
  return value;
}

static void run_case(gconstpointer data)
{
  const TestCase *test_case = data;
  if (test_case->kind == DB_POSTGRESQL && !pg_fixture_available()) {
    g_test_skip("PostgreSQL's server programs are not installed, and REEVE_TEST_POSTGRESQL is not set.");
    return;
  }
  TestDb *test = test_db_new(test_case->kind, test_case->migrated);
  test_case->function(test);
  test_db_free(test);
}

static void add(const char *path, DbKind kind, bool migrated, void (*function)(TestDb *test))
{
  TestCase *test_case = g_new(TestCase, 1);
  *test_case = (TestCase){.kind = kind, .migrated = migrated, .function = function};
  g_autofree char *full = g_strdup_printf("%s/%s", path, kind == DB_SQLITE ? "sqlite" : "postgresql");
  g_test_add_data_func_full(full, test_case, run_case, g_free);
}

void test_db_each(const char *path, void (*function)(TestDb *test))
{
  add(path, DB_SQLITE, true, function);
  add(path, DB_POSTGRESQL, true, function);
}

void test_db_shared(const char *path, void (*function)(TestDb *test))
{
  add(path, DB_POSTGRESQL, true, function);
}

void test_db_each_empty(const char *path, void (*function)(TestDb *test))
{
  add(path, DB_SQLITE, false, function);
  add(path, DB_POSTGRESQL, false, function);
}
