/* Every field table against the schema's columns, and the small repositories. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "encode/profile.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/conversion_row.h"
#include "store/file.h"
#include "store/idempotent.h"
#include "store/job.h"
#include "store/record_sql.h"
#include "store/replacement.h"
#include "store/root.h"
#include "store/setting.h"
#include "store/upload_row.h"

#include <string.h>

static const FieldTable *const tables[] = {
    &profile_table, &root_table,      &file_table, &verdict_table, &job_table,     &job_log_table, &replacement_table,
    &trash_table,   &history_table,   &user_table, &api_key_table, &session_table, &audit_table,   &idempotent_request_table,
    &upload_table,  &conversion_table};

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "name type null|not null" in the order of names; the caller frees it. */
static char *columns_of_schema(TestDb *test, DbConn *conn, const char *table)
{
  g_autoptr(GError) error = NULL;
  const char *sql =
      test->kind == DB_SQLITE
          ? "SELECT name || CASE WHEN \"notnull\" OR pk THEN '' ELSE ' null' END FROM pragma_table_info($1)"
          : "SELECT column_name || CASE is_nullable WHEN 'YES' THEN ' null' ELSE '' END FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = $1";
  g_autoptr(DbRows) rows = db_query(conn, sql, DB_ARGS(DB_TEXT(table)), &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  while (db_rows_next(rows, &error))
    g_ptr_array_add(names, g_strdup(db_rows_text(rows, 0)));
  g_assert_no_error(error);
  g_ptr_array_sort(names, compare_names);
  g_ptr_array_add(names, NULL);
  return g_strjoinv("\n", (char **)names->pdata);
}

static char *columns_of_table(const FieldTable *table)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (!(field->flags & FIELD_NO_COLUMN))
      g_ptr_array_add(names, g_strconcat(field->name, field->flags & FIELD_NULLABLE ? " null" : "", NULL));
  }
  g_ptr_array_sort(names, compare_names);
  g_ptr_array_add(names, NULL);
  return g_strjoinv("\n", (char **)names->pdata);
}

static void test_columns(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
    g_autofree char *declared = columns_of_table(tables[i]);
    g_autofree char *stored = columns_of_schema(test, conn, tables[i]->sql_table);
    g_assert_cmpstr(declared, ==, stored);
  }
}

/* Defaults parse, and every field says what it is. */
static void test_defaults(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
    void *record = record_new(tables[i]);
    record_free(tables[i], record);
    for (size_t f = 0; f < tables[i]->n_fields; f++)
      g_assert_nonnull(tables[i]->fields[f].help);
  }
  void *stats = record_new(&library_stats_table);
  record_free(&library_stats_table, stats);
}

/* The SQL that orders priorities knows every name of the enum, in its order. */
static void test_priority_rank(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (size_t i = 0; i < job_priority_table.n_rows; i++) {
    g_autoptr(GError) error = NULL;
    int64_t rank;
    bool found;
    db_query_int(conn, "SELECT " JOB_PRIORITY_RANK " FROM (SELECT CAST($1 AS TEXT) AS priority) AS x",
                 DB_ARGS(DB_TEXT(job_priority_table.rows[i].name)), &rank, &found, &error);
    g_assert_no_error(error);
    g_assert_cmpint(rank, ==, PRIORITY_WEBHOOK - job_priority_table.rows[i].value);
  }
}

static void test_settings(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  bool found = true;
  g_assert_null(setting_get(conn, "seeds", &found, &error));
  g_assert_no_error(error);
  g_assert_false(found);
  g_assert_true(setting_put(conn, "seeds", "{\"a\":1}", clock_system(), &error));
  g_assert_true(setting_put(conn, "seeds", "{\"a\":2}", clock_system(), &error));
  g_autofree char *value = setting_get(conn, "seeds", &found, &error);
  g_assert_no_error(error);
  g_assert_true(found);
  g_assert_cmpstr(value, ==, "{\"a\":2}");
}

static int64_t count(DbConn *conn, const char *sql)
{
  int64_t n = -1;
  bool found;
  g_assert_true(db_query_int(conn, sql, DB_NO_ARGS, &n, &found, NULL));
  return n;
}

/* What goes with a root, and what stays. */
static void test_deleting(TestDb *test)
{
  static const char setup[] =
      "INSERT INTO roots (id, path, name, type, enabled, recursive, include, exclude, extensions, follow_links, "
      "cross_filesystems, "
      "link_policy, keep_mtime, state, file_count, created_at_ms, updated_at_ms) VALUES (1, '/a', '', 'tv', 1, 1, '[]', '[]', "
      "'[]', "
      "0, 0, 'skip', 0, 'active', 0, 0, 0);"
      "INSERT INTO files (id, root_id, path, size_bytes, mtime_ns, inode, device, link_count, state, sidecars, found_at_ms, "
      "updated_at_ms) VALUES (1, 1, '/a/x', 1, 1, 1, 1, 1, 'ready', '[]', 0, 0);"
      "INSERT INTO jobs (id, kind, state, priority, title, root_id, file_id, payload, needs, attempts, max_attempts, "
      "run_after_ms, "
      "position, lease_epoch, directive, progress, created_at_ms, updated_at_ms) VALUES (1, 'scan', 'done', 'low', '', 1, 1, "
      "'{}', "
      "'[]', 0, 1, 0, 0, 0, 'continue', 0, 0, 0);"
      "INSERT INTO job_log (job_id, at_ms, level, message) VALUES (1, 0, 'info', 'x');"
      "INSERT INTO history (state, file_id, root_id, job_id, path, path_before, size_before_bytes, size_after_bytes, "
      "bytes_saved, "
      "seconds, can_undo, created_at_ms) VALUES ('replaced', 1, 1, 1, '/a/x', '/a/x', 2, 1, 1, 0, 0, 0)";
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  db_exec_script(conn, setup, &error);
  g_assert_no_error(error);
  g_assert_true(record_delete(conn, &root_table, 1, &error));
  g_assert_cmpint(count(conn, "SELECT COUNT(*) FROM files"), ==, 0);
  g_assert_cmpint(count(conn, "SELECT COUNT(*) FROM jobs WHERE root_id IS NULL AND file_id IS NULL"), ==, 1);
  g_assert_cmpint(count(conn, "SELECT COUNT(*) FROM history WHERE root_id = 1 AND file_id = 1"), ==, 1);
  g_assert_true(record_delete(conn, &job_table, 1, &error));
  g_assert_cmpint(count(conn, "SELECT COUNT(*) FROM job_log"), ==, 0);
  g_assert_cmpint(count(conn, "SELECT COUNT(*) FROM history"), ==, 1);
}

/* Ids are never used again: history may still refer to them. */
static void test_ids_are_new(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t ids[2];
  for (int i = 0; i < 2; i++) {
    User user;
    record_init(&user_table, &user);
    user.name = (g_free(user.name), g_strdup("anna"));
    g_assert_true(record_insert(conn, &user_table, &user, &error));
    ids[i] = user.id;
    g_assert_true(record_delete(conn, &user_table, user.id, &error));
    record_clear(&user_table, &user);
  }
  g_assert_cmpint(ids[1], >, ids[0]);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tables/defaults", test_defaults);
  test_db_each("/tables/columns", test_columns);
  test_db_each("/tables/priority-rank", test_priority_rank);
  test_db_each("/tables/settings", test_settings);
  test_db_each("/tables/deleting", test_deleting);
  test_db_each("/tables/ids-are-new", test_ids_are_new);
  return g_test_run();
}
