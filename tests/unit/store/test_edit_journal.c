#include "store/edit_journal.h"

#include "base/error.h"
#include "store/db_fixture.h"

#include <glib.h>
#include <string.h>

/* A plan that would write one byte of a file with this inode. */
static EditPlan *plan_of(int64_t inode)
{
  EditPlan *plan = edit_plan_new(EDIT_IN_PLACE, g_strdup("A byte."), NULL, 0);
  edit_plan_add(plan, 10, "a", "b", 1);
  edit_plan_finish(plan);
  plan->seen = (FileStat){.device = 1, .inode = inode, .size_bytes = 100, .mtime_ns = 5, .link_count = 1};
  return plan;
}

static bool prepare(TestDb *test, EditJournal *journal, const EditPlan *plan)
{
  bool taken = true;
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  edit_journal_prepare(journal, conn, "/films/a.mkv", plan, 3, "{\"audio\":{}}", &taken, &error);
  g_assert_no_error(error);
  return !taken;
}

static guint settle(TestDb *test, EditJournal *journal)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  edit_journal_settle(journal, conn, &error);
  g_assert_no_error(error);
  edit_journal_forget(journal);
  g_autoptr(GPtrArray) rows = edit_rows(conn, &error);
  g_assert_no_error(error);
  return rows->len;
}

/* Prepared, begun and ended in this order and no other. */
static void test_order(TestDb *test)
{
  EditJournal *journal = edit_journal_new(FIELD_NULL_INT, 0, clock_system());
  g_autoptr(EditPlan) plan = plan_of(7);
  g_autoptr(EditEntry) entry = edit_entry_new("/films/a.mkv", plan);
  g_autoptr(GError) error = NULL;
  g_assert_false(journal->begin(journal, entry, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_true(prepare(test, journal, plan));
  g_assert_false(journal->end(journal, entry, NULL));
  g_assert_true(journal->begin(journal, entry, NULL));
  g_assert_false(journal->begin(journal, entry, NULL));
  g_assert_true(journal->end(journal, entry, NULL));
  g_assert_cmpuint(settle(test, journal), ==, 0);
  edit_journal_free(journal);
}

/* What ended and what never began is settled; what began and did not end stays, and keeps others away. */
static void test_settle(TestDb *test)
{
  EditJournal *journal = edit_journal_new(FIELD_NULL_INT, 4, clock_system()),
              *other = edit_journal_new(FIELD_NULL_INT, 5, clock_system());
  g_autoptr(EditPlan) never = plan_of(1), begun = plan_of(2);
  g_autoptr(EditEntry) entry = edit_entry_new("/films/a.mkv", begun);
  g_assert_true(prepare(test, journal, never));
  g_assert_true(prepare(test, journal, begun));
  g_assert_true(journal->begin(journal, entry, NULL));
  g_assert_false(prepare(test, other, begun));
  g_assert_cmpuint(settle(test, journal), ==, 1);
  g_assert_true(prepare(test, other, never));
  g_assert_cmpuint(settle(test, other), ==, 1);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GPtrArray) rows = edit_rows(conn, NULL);
  const EditRow *row = rows->pdata[0];
  g_assert_cmpint(row->inode, ==, 2);
  g_assert_cmpint(row->lease_epoch, ==, 4);
  g_assert_cmpint(row->file_id, ==, 3);
  g_autoptr(EditEntry) kept = edit_entry_parse(row->entry, strlen(row->entry), NULL);
  g_assert_true(record_equal(&edit_entry_table, kept, entry));
  edit_journal_free(journal);
  edit_journal_free(other);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/edit-journal/order", test_order);
  test_db_each("/edit-journal/settle", test_settle);
  return g_test_run();
}
