/* The statements that are the same for every table, and the named ones beside them. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/library_rows.h"

static void test_lists(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t b = add_root(conn, "/b"), a = add_root(conn, "/a");
  for (int i = 0; i < 5; i++) {
    g_autofree char *path = g_strdup_printf("/a/%d", i);
    add_file(conn, record_new(&file_table), i % 2 ? a : b, path);
  }
  g_autoptr(GPtrArray) by_number = record_all(conn, &root_table, NULL, &error);
  g_autoptr(GPtrArray) by_path = record_all(conn, &root_table, "path", &error);
  g_assert_cmpint(((const Root *)by_number->pdata[0])->id, ==, b);
  g_assert_cmpint(((const Root *)by_path->pdata[0])->id, ==, a);
  g_autoptr(GPtrArray) of_b = record_with(conn, &file_table, "root_id", DB_INT(b), &error);
  g_assert_cmpuint(of_b->len, ==, 3);
  g_autoptr(GPtrArray) of_none = record_with(conn, &file_table, "root_id", DB_INT_OR_NULL(FIELD_NULL_INT), &error);
  g_assert_cmpuint(of_none->len, ==, 0);
  /* What no row brings is the default; what it brings is not. */
  const LibraryFile *file = of_b->pdata[0];
  g_assert_cmpint(file->link_count, ==, 1);
  g_assert_null(file->verdicts);
  g_assert_null(file->media);

  guint seen = 0;
  int64_t after = 0;
  do {
    g_autoptr(GPtrArray) page = record_page(conn, &file_table, after, 2, &after, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(page->len, <=, 2);
    seen += page->len;
  } while (after);
  g_assert_cmpuint(seen, ==, 5);
}

static void test_single(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t id = add_root(conn, "/a");
  g_autoptr(Root) root = record_new(&root_table);
  g_assert_true(record_by(conn, &root_table, "path", DB_TEXT("/a"), root, &error));
  g_assert_cmpint(root->id, ==, id);
  g_assert_false(record_by(conn, &root_table, "path", DB_TEXT("/b"), root, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);
  g_assert_true(record_set(conn, &root_table, id, "name", DB_TEXT("A name"), &error));
  {
    G_GNUC_UNUSED g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
    g_assert_true(record_lock(conn, &root_table, id, root, &error));
    g_assert_cmpstr(root->name, ==, "A name");
    g_assert_false(record_lock(conn, &root_table, 999, root, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
    g_assert_cmpstr(error->message, ==, "There is no root 999.");
    g_clear_error(&error);
  }
  g_assert_false(record_set(conn, &root_table, 999, "name", DB_TEXT("x"), &error));
  g_assert_cmpstr(error->message, ==, "There is no root 999.");
}

static void test_roots(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t one_off = add_root(conn, "/films"), real = add_root(conn, "/films/new");
  add_file(conn, record_new(&file_table), one_off, "/films/old.mkv");
  add_file(conn, record_new(&file_table), one_off, "/films/new/a.mkv");
  add_file(conn, record_new(&file_table), one_off, "/films/newer.mkv");
  g_autoptr(Root) root = record_new(&root_table);
  g_assert_true(record_get(conn, &root_table, real, root, &error));
  g_assert_true(root_take_over_below(conn, one_off, root, &error));
  g_autoptr(GPtrArray) taken = record_with(conn, &file_table, "root_id", DB_INT(real), &error);
  g_assert_cmpuint(taken->len, ==, 1);
  g_assert_true(root_note_scan(conn, one_off, 7, 1234, &error));
  g_assert_true(root_set_frozen(conn, one_off, "The share is away.", 5, &error));
  g_assert_true(record_get(conn, &root_table, one_off, root, &error));
  g_assert_cmpint(root->file_count, ==, 2);
  g_assert_cmpint(root->device, ==, 7);
  g_assert_cmpint(root->state, ==, ROOT_FROZEN);
  g_assert_true(root_set_frozen(conn, one_off, NULL, 6, &error));
  g_assert_true(record_get(conn, &root_table, one_off, root, &error));
  g_assert_cmpint(root->device, ==, FIELD_NULL_INT);
  g_assert_null(root->frozen_reason);
  g_assert_true(root_take_over(conn, one_off, real, &error));
  g_autoptr(GPtrArray) all = record_with(conn, &file_table, "root_id", DB_INT(real), &error);
  g_assert_cmpuint(all->len, ==, 3);
}

static void test_replacements(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  for (int state = REPLACEMENT_STAGED; state <= REPLACEMENT_ABORTED; state++) {
    Replacement row;
    record_init(&replacement_table, &row);
    row.state = state;
    row.root_id = 3;
    row.job_id = 40 + state;
    row.lease_epoch = 2;
    if (state == REPLACEMENT_ABORTED)
      row.stage_directory = (g_free(row.stage_directory), g_strdup("/left"));
    g_assert_true(record_insert(conn, &replacement_table, &row, &error));
    record_clear(&replacement_table, &row);
  }
  g_autoptr(GPtrArray) unfinished = replacements_unfinished(conn, &error);
  g_autoptr(GPtrArray) open = replacements_open(conn, &error);
  g_assert_cmpuint(unfinished->len, ==, 4);
  g_assert_cmpuint(open->len, ==, 5);
  int64_t count = 0;
  g_assert_true(replacements_under_way(conn, 3, &count, &error));
  g_assert_cmpint(count, ==, 4);
  Replacement found;
  record_init(&replacement_table, &found);
  g_assert_true(replacement_of_lease(conn, 41, 2, &found, &error));
  g_assert_cmpint(found.state, ==, REPLACEMENT_VERIFIED);
  g_assert_false(replacement_of_lease(conn, 41, 1, &found, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  record_clear(&replacement_table, &found);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/record-rows/lists", test_lists);
  test_db_each("/record-rows/single", test_single);
  test_db_each("/record-rows/roots", test_roots);
  test_db_each("/record-rows/replacements", test_replacements);
  return g_test_run();
}
