#include "library_fixture.h"

static void add_files(const Library *library, const char *directory, int n)
{
  for (int i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf("%s/%d.mkv", directory, i);
    g_autofree char *content = g_strdup_printf("%s %d is no film", directory, i);
    tree_write(library->tree, name, content);
  }
}

static void remove_files(const Library *library, const char *directory, int from, int to)
{
  for (int i = from; i < to; i++) {
    g_autofree char *name = g_strdup_printf("%s/%d.mkv", directory, i);
    tree_remove(library->tree, name);
  }
}

/* The scan fails, the root is frozen with a reason that says `why`, no file was given up, and the next scan is refused. */
static void assert_freezes(Library *library, const char *why)
{
  int64_t missing = library_count(library, "state = 'missing'");
  library_scan_fails(library, REEVE_ERROR_UNAVAILABLE, why);
  g_assert_nonnull(strstr(library->messages->str, why));
  g_autoptr(Root) root = library_root(library);
  g_assert_cmpint(root->state, ==, ROOT_FROZEN);
  g_assert_nonnull(strstr(root->frozen_reason, why));
  g_assert_cmpint(library_count(library, "state = 'missing'"), ==, missing);
  library_scan_fails(library, REEVE_ERROR_CONFLICT, why);
}

static void test_root_missing(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_files(&library, "a", 3);
  library_scan(&library);
  g_autofree char *aside = g_strconcat(library.tree, ".aside", NULL);
  g_assert_cmpint(rename(library.tree, aside), ==, 0);
  assert_freezes(&library, "does not exist");
  library_confirm(&library); /* that does not make it exist */
  assert_freezes(&library, "does not exist");

  g_autofree char *parent = g_path_get_dirname(library.tree), *name = g_path_get_basename(library.tree);
  tree_write(parent, name, "a file");
  library_confirm(&library);
  assert_freezes(&library, "is not a directory");
  g_assert_cmpint(unlink(library.tree), ==, 0);

  g_assert_cmpint(rename(aside, library.tree), ==, 0);
  library_confirm(&library);
  g_autoptr(Root) root = library_root(&library);
  g_assert_cmpint(root->state, ==, ROOT_ACTIVE);
  g_assert_null(root->frozen_reason);
  library_scan(&library);
  g_assert_cmpint(library.progress.unchanged, ==, 3);
}

static void test_other_device(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_files(&library, "a", 3);
  library_scan(&library);
  library_exec(&library, "UPDATE roots SET device = device + 1");
  assert_freezes(&library, "another file system");
  library_confirm(&library);
  library_scan(&library);
  g_assert_cmpint(library.progress.unchanged, ==, 3);
  library_scan(&library);
}

static void test_empty(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_scan(&library); /* empty from the beginning is fine */
  add_files(&library, "a", 2);
  library_scan(&library);
  remove_files(&library, "a", 0, 2);
  assert_freezes(&library, "is empty, and held 2 files");
  library_confirm(&library);
  library_scan(&library);
  g_assert_cmpint(library.progress.missing, ==, 2);
  library_scan(&library); /* and empty it stays */
}

static void test_too_many_lost(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_files(&library, "a", 31);
  library_scan(&library);
  remove_files(&library, "a", 0, 6); /* less than a fifth */
  library_scan(&library);
  g_assert_cmpint(library.progress.missing, ==, 6);
  remove_files(&library, "a", 6, 11); /* of 25: a fifth, and five */
  library_scan(&library);
  g_assert_cmpint(library.progress.missing, ==, 5);
  remove_files(&library, "a", 11, 17); /* 6 of 20 */
  assert_freezes(&library, "6 of 20 files");
  library_confirm(&library);
  library_scan(&library);
  g_assert_cmpint(library.progress.missing, ==, 6);
  remove_files(&library, "a", 17, 22); /* 5 of 14 are not many */
  library_scan(&library);
  g_assert_cmpint(library.progress.missing, ==, 5);
}

/* Files that moved are not lost; new ones do not make up for lost ones. */
static void test_moved_are_not_lost(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_files(&library, "a", 20);
  library_scan(&library);
  tree_rename(library.tree, "a", "b");
  library_scan(&library);
  g_assert_cmpint(library.progress.moved, ==, 20);
  g_assert_cmpint(library.progress.missing, ==, 0);
  remove_files(&library, "b", 0, 10);
  add_files(&library, "c", 100);
  assert_freezes(&library, "10 of 20 files");
}

/* A file system below the root that is not there any more. */
static void test_unmounted(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_files(&library, "a", 30);
  add_files(&library, "mount", 1);
  library_scan(&library);
  library_exec(&library, "UPDATE files SET device = 987654 WHERE path LIKE '%/mount/%'");
  remove_files(&library, "mount", 0, 1);
  assert_freezes(&library, "is not mounted");
}

/* A first scan that was interrupted leaves a root that is guarded. */
static void test_first_scan_interrupted(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_files(&library, "a", 300);
  library.cancel = cancel_new(NULL);
  library.cancels_at_message = true;
  library_scan_fails(&library, REEVE_ERROR_CANCELLED, "cancelled");
  g_assert_cmpint(library_count(&library, "1 = 1"), >, 0);
  g_clear_pointer(&library.cancel, cancel_unref);
  library.cancels_at_message = false;
  remove_files(&library, "a", 0, 300);
  assert_freezes(&library, "is empty");
}

static void test_confirm(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  add_files(&library, "a", 1);
  library_scan(&library);
  library_confirm(&library); /* of a root that is not frozen: nothing is forgotten */
  g_autoptr(Root) root = library_root(&library);
  g_assert_cmpint(root->device, !=, FIELD_NULL_INT);
  g_autoptr(GError) error = NULL;
  g_assert_false(root_confirm(&library.context, 999, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/scan_guard/root_missing", test_root_missing);
  test_db_each("/scan_guard/other_device", test_other_device);
  test_db_each("/scan_guard/empty", test_empty);
  test_db_each("/scan_guard/too_many_lost", test_too_many_lost);
  test_db_each("/scan_guard/moved_are_not_lost", test_moved_are_not_lost);
  test_db_each("/scan_guard/unmounted", test_unmounted);
  test_db_each("/scan_guard/first_scan_interrupted", test_first_scan_interrupted);
  test_db_each("/scan_guard/confirm", test_confirm);
  return g_test_run();
}
