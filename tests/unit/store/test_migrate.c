/* Migrations: fresh and upgraded, refused, failed, at the same time, and the copy that is made before. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/db_driver.h"
#include "store/migrate_internal.h"

#include <string.h>

static const Migration first_only[] = {
    {1, "0001_first", "CREATE TABLE a (id {{id}}, name {{text}} NOT NULL, n {{int}}, r {{real}}){{strict}}{{updated_often}}"},
};
static const Migration both[] = {
    {1, "0001_first", "CREATE TABLE a (id {{id}}, name {{text}} NOT NULL, n {{int}}, r {{real}}){{strict}}{{updated_often}}"},
    {2, "0002_second",
     "ALTER TABLE a ADD COLUMN late {{int}} NOT NULL DEFAULT 5; CREATE INDEX a_by_name ON a (name, id);"
     "CREATE TABLE b (a_id {{int}} REFERENCES a (id)){{strict}}"},
};
static const Migration broken[] = {
    {1, "0001_first", "CREATE TABLE a (id {{id}}, name {{text}} NOT NULL, n {{int}}, r {{real}}){{strict}}{{updated_often}}"},
    {2, "0002_broken", "CREATE TABLE b (x {{int}}); INSERT INTO a (name) VALUES ('kept?'); SELECT * FROM nowhere"},
};
static const Migration edited[] = {
    {1, "0001_first", "CREATE TABLE a (id {{id}}, name {{text}} NOT NULL)"},
};
static const Migration unknown_token[] = {{1, "0001_first", "CREATE TABLE a (id {{ident}})"}};

static int run(TestDb *test, const Migration *list, int n)
{
  g_autoptr(GError) error = NULL;
  int applied = -1;
  migrate_run_list(test->db, list, n, &applied, &error);
  g_assert_no_error(error);
  return applied;
}

static int current(TestDb *test, const Migration *list, int n)
{
  g_autoptr(GError) error = NULL;
  int version = -1, newest = -1;
  migrate_status_list(test->db, list, n, &version, &newest, &error);
  g_assert_no_error(error);
  g_assert_cmpint(newest, ==, n);
  return version;
}

static void test_upgraded_equals_fresh(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(current(test, both, 2), ==, 0);
  g_assert_cmpint(run(test, first_only, 1), ==, 1);
  g_assert_cmpint(current(test, both, 2), ==, 1);
  g_autofree char *before = migrate_describe_schema(test->db, &error);
  g_assert_cmpint(run(test, both, 2), ==, 1);
  g_assert_cmpint(current(test, both, 2), ==, 2);
  g_assert_cmpint(run(test, both, 2), ==, 0);
  g_autofree char *upgraded = migrate_describe_schema(test->db, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(upgraded, !=, before);

  TestDb *other = test_db_new(test->kind, false);
  g_assert_cmpint(run(other, both, 2), ==, 2);
  g_autofree char *fresh = migrate_describe_schema(other->db, &error);
  g_assert_cmpstr(upgraded, ==, fresh);
  test_db_free(other);
}

static void test_real_list(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  int version, newest, applied;
  g_assert_true(migrate_status(test->db, &version, &newest, &error));
  g_assert_cmpint(version, ==, newest);
  g_assert_cmpint(newest, >=, 1);
  g_assert_true(migrate_run(test->db, &applied, &error));
  g_assert_cmpint(applied, ==, 0);
  g_autofree char *schema = migrate_describe_schema(test->db, &error);
  g_assert_no_error(error);
  g_assert_nonnull(strstr(schema, "column jobs.lease_epoch"));
  g_assert_nonnull(strstr(schema, "jobs_queue"));
}

static void test_newer_refused(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  run(test, both, 2);
  g_assert_false(migrate_run_list(test->db, first_only, 1, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "version 2"));
  g_clear_error(&error);
  int version, newest;
  g_assert_false(migrate_status_list(test->db, first_only, 1, &version, &newest, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
}

static void test_edited_refused(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  run(test, first_only, 1);
  g_assert_false(migrate_run_list(test->db, edited, 1, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
}

static void test_failure_keeps_version(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  run(test, first_only, 1);
  g_autofree char *before = migrate_describe_schema(test->db, &error);
  int applied = -1;
  g_assert_false(migrate_run_list(test->db, broken, 2, &applied, &error));
  g_assert_nonnull(strstr(error->message, "0002_broken"));
  g_assert_nonnull(strstr(error->message, "stays at version 1"));
  g_assert_cmpint(applied, ==, -1);
  g_clear_error(&error);
  g_autofree char *after = migrate_describe_schema(test->db, &error);
  g_assert_cmpstr(before, ==, after);
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM a"), ==, 0);
  g_assert_cmpint(run(test, both, 2), ==, 1);
}

static void test_unknown_token(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(migrate_run_list(test->db, unknown_token, 1, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  g_assert_cmpint(current(test, both, 2), ==, 0);
}

static gpointer run_one(gpointer data)
{
  Db *db = data;
  g_autoptr(GError) error = NULL;
  int applied = 0;
  migrate_run_list(db, both, 2, &applied, &error);
  g_assert_no_error(error);
  return GINT_TO_POINTER(applied);
}

static void test_two_at_once(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Db) other = db_open(&(DbParams){.url = test->url, .share = true}, &error);
  g_assert_no_error(error);
  Db *databases[] = {test->db, other, test->db, other};
  GThread *threads[4];
  int applied = 0;
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new("migrate", run_one, databases[i]);
  for (int i = 0; i < 4; i++)
    applied += GPOINTER_TO_INT(g_thread_join(threads[i]));
  g_assert_cmpint(applied, ==, 2);
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM schema_migrations"), ==, 2);
}

/* Upgrades that begin at the same instant, each with the copy that it makes first. */
static void test_upgrades_at_once(void)
{
  for (int round = 0; round < 10; round++) {
    TestDb *test = test_db_new(DB_SQLITE, false);
    run(test, first_only, 1);
    GThread *threads[8];
    int applied = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
      threads[i] = g_thread_new("migrate", run_one, test->db);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
      applied += GPOINTER_TO_INT(g_thread_join(threads[i]));
    g_assert_cmpint(applied, ==, 1);
    test_db_free(test);
  }
}

/* A migration may not leave rows that refer to nothing; SQLite does not look by itself while it migrates. */
static void test_foreign_keys(void)
{
  static const Migration list[] = {
      {1, "0001_first", "CREATE TABLE a (id {{id}}); CREATE TABLE b (a_id {{int}} REFERENCES a (id)); INSERT INTO b VALUES (7)"},
  };
  TestDb *test = test_db_new(DB_SQLITE, false);
  g_autoptr(GError) error = NULL;
  g_assert_false(migrate_run_list(test->db, list, 1, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  g_assert_cmpint(test_db_int(test, "PRAGMA foreign_keys"), ==, 1); /* back on */
  test_db_free(test);
}

static int compare_strings(const void *a, const void *b)
{
  return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

static char *files_in(const char *directory)
{
  GString *names = g_string_new(NULL);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();
  const char *name;
  while ((name = g_dir_read_name(dir)))
    g_ptr_array_add(sorted, (char *)g_intern_string(name));
  g_ptr_array_sort(sorted, compare_strings);
  for (guint i = 0; i < sorted->len; i++)
    g_string_append_printf(names, "%s ", (char *)sorted->pdata[i]);
  return g_string_free(names, FALSE);
}

static void test_copy_before(void)
{
  TestDb *test = test_db_new(DB_SQLITE, false);
  g_autoptr(GError) error = NULL;
  run(test, first_only, 1); /* new: nothing to copy */
  g_autofree char *copy = g_strconcat(test->url + strlen("sqlite:"), ".before-0002", NULL);
  g_assert_false(g_file_test(copy, G_FILE_TEST_EXISTS));
  DbConn *conn = test_db_acquire(test);
  g_assert_true(db_exec_script(conn, "INSERT INTO a (name) VALUES ('kept')", &error));
  db_release(conn);
  g_assert_false(migrate_run_list(test->db, broken, 2, NULL, NULL)); /* a try that fails leaves a copy; the next replaces it */
  g_assert_true(g_file_test(copy, G_FILE_TEST_EXISTS));
  run(test, both, 2);
  g_autofree char *url = g_strconcat("sqlite:", copy, NULL);
  g_autoptr(Db) db = db_open(&(DbParams){.url = url}, &error);
  g_assert_no_error(error);
  int version, newest;
  g_assert_true(migrate_status_list(db, both, 2, &version, &newest, &error));
  g_assert_cmpint(version, ==, 1);
  conn = db_acquire(db, &error);
  int64_t count = 0;
  bool found;
  g_assert_true(db_query_int(conn, "SELECT COUNT(*) FROM a WHERE name = 'kept'", DB_NO_ARGS, &count, &found, &error));
  g_assert_cmpint(count, ==, 1);
  db_release(conn);
  g_clear_pointer(&db, db_close);
  g_clear_pointer(&test->db, db_close);
  g_autofree char *files = files_in(test->directory);
  g_assert_cmpstr(files, ==, "reeve.db reeve.db.before-0002 reeve.db.before-0002.lock reeve.db.lock ");
  test_db_free(test);
}

static const Migration parts[] = {{1, "0001_parts",
                                   "CREATE TABLE a (id {{id}}); {{only sqlite}}CREATE TABLE lite (id {{id}});{{end}} "
                                   "{{only postgresql}}CREATE TABLE large (id {{id}});{{end}} CREATE TABLE b (id {{id}})"}};
static const Migration open_part[] = {{1, "0001_open", "CREATE TABLE a (id {{id}}); {{only sqlite}}CREATE TABLE b (id {{id}})"}};

/* What is for the other database is left out; a part without an end is no migration. */
static void test_parts(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(migrate_run_list(test->db, open_part, 1, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  g_clear_error(&error);
  g_assert_true(migrate_run_list(test->db, parts, 1, NULL, &error));
  g_assert_no_error(error);
  g_autofree char *schema = migrate_describe_schema(test->db, &error);
  g_assert_nonnull(strstr(schema, "column b.id"));
  g_assert_true((strstr(schema, "column lite.id") != NULL) == (test->kind == DB_SQLITE));
  g_assert_true((strstr(schema, "column large.id") != NULL) == (test->kind == DB_POSTGRESQL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each_empty("/migrate/upgraded-equals-fresh", test_upgraded_equals_fresh);
  test_db_each("/migrate/real-list", test_real_list);
  test_db_each_empty("/migrate/newer-refused", test_newer_refused);
  test_db_each_empty("/migrate/edited-refused", test_edited_refused);
  test_db_each_empty("/migrate/failure-keeps-version", test_failure_keeps_version);
  test_db_each_empty("/migrate/unknown-token", test_unknown_token);
  test_db_each_empty("/migrate/two-at-once", test_two_at_once);
  g_test_add_func("/migrate/sqlite/foreign-keys", test_foreign_keys);
  g_test_add_func("/migrate/sqlite/copy-before", test_copy_before);
  test_db_each_empty("/migrate/parts", test_parts);
  g_test_add_func("/migrate/sqlite/upgrades-at-once", test_upgrades_at_once);
  return g_test_run();
}
