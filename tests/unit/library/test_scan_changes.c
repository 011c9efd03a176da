/* Scans of parts of a root: what was said to have changed is looked at, what was not stays as it is, and the guards hold. */
#include "library_fixture.h"

typedef struct {
  const char *trees[4], *directories[4], *gone[8]; /* ended by NULL; gone below the tree */
  const char *takes;                               /* names that are taken, separated by spaces; NULL: all */
} Changes;

static bool take(const char *path, const FileStat *stat, bool differs, void *user_data)
{
  g_autofree char *name = g_path_get_basename(path);
  g_auto(GStrv) names = g_strsplit(user_data, " ", -1);
  return g_strv_contains((const char *const *)names, name);
}

static bool try_changes(Library *library, const Changes *changes, GArray *arrived, GError **error)
{
  g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
  for (const char *const *name = changes->gone; *name; name++)
    g_ptr_array_add(gone, g_build_filename(library->tree, *name, NULL));
  g_ptr_array_add(gone, NULL);
  g_string_truncate(library->messages, 0);
  const ScanWatch watch = {.on_message = library_on_message, .user_data = library};
  const ScanChanges it = {.trees = changes->trees[0] ? changes->trees : NULL,
                          .directories = changes->directories[0] ? changes->directories : NULL,
                          .gone = (const char *const *)gone->pdata,
                          .take = changes->takes ? take : NULL,
                          .user_data = (void *)changes->takes,
                          .arrived = arrived};
  return scan_changes(&library->context, library->root_id, &it, &watch, &library->progress, error);
}

static void apply(Library *library, const Changes *changes)
{
  g_autoptr(GError) error = NULL;
  try_changes(library, changes, NULL, &error);
  g_assert_no_error(error);
}

static void fill(Library *library)
{
  static const char *const names[] = {"top.mkv", "a/1.mkv", "a/2.mkv", "a/b/3.mkv", "ab/4.mkv", "c/5.mkv", "c/6.mkv"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *content = g_strdup_printf("%s is no film", names[i]);
    tree_write(library->tree, names[i], content);
  }
  library_scan(library);
  g_assert_cmpint(library_count(library, "state = 'failed'"), ==, 7);
}

static void test_directory(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  fill(&library);
  library_add_clip(&library, "a/new.mkv", 0);
  library_add_clip(&library, "a/growing.mkv", 1);
  library_add_clip(&library, "a/b/deeper.mkv", 1);
  tree_write(library.tree, "a/new.en.srt", "text");
  g_autoptr(GArray) arrived = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_autoptr(GError) error = NULL;
  try_changes(&library, &(Changes){.directories = {"a"}, .takes = "new.mkv"}, arrived, &error);
  g_assert_no_error(error);
  g_assert_cmpint(library_count(&library, "state = 'ready'"), ==, 1);
  g_assert_cmpint(library.progress.probed, ==, 1);
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 0);
  g_autoptr(LibraryFile) file = library_file(&library, "a/new.mkv");
  g_assert_cmpstr(file->sidecars[0], ==, "new.en.srt");
  g_assert_cmpuint(arrived->len, ==, 1);
  g_assert_cmpint(g_array_index(arrived, int64_t, 0), ==, file->id);
  g_autoptr(Root) root = library_root(&library);
  g_assert_cmpint(root->file_count, ==, 8);

  /* Taken again, it is the same. */
  g_array_set_size(arrived, 0);
  try_changes(&library, &(Changes){.directories = {"a"}, .takes = "new.mkv"}, arrived, &error);
  g_assert_no_error(error);
  g_assert_cmpint(library.progress.probed, ==, 0);
  g_assert_cmpuint(arrived->len, ==, 0);

  /* With other content it is new. */
  library_add_clip(&library, "a/new.mkv", 1);
  try_changes(&library, &(Changes){.directories = {"a"}, .takes = "new.mkv"}, arrived, &error);
  g_assert_no_error(error);
  g_assert_cmpint(library.progress.changed, ==, 1);
  g_assert_cmpuint(arrived->len, ==, 1);
}

static void test_tree(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  fill(&library);
  library_add_clip(&library, "a/b/new.mkv", 0);
  library_add_clip(&library, "ab/beside.mkv", 0);
  tree_remove(library.tree, "a/1.mkv");
  tree_remove(library.tree, "c/5.mkv");
  apply(&library, &(Changes){.trees = {"a"}});
  g_assert_cmpint(library_count(&library, "state = 'ready'"), ==, 1);
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 1); /* that in the tree */
  g_assert_cmpint(library.progress.unchanged, ==, 2);
  apply(&library, &(Changes){.trees = {""}, .takes = "none"});
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 2);
  g_assert_cmpint(library_count(&library, "state = 'ready'"), ==, 1);
  apply(&library, &(Changes){.trees = {"ab", "c"}});
  g_assert_cmpint(library_count(&library, "state = 'ready'"), ==, 2);
}

/* A file that moves keeps its row, whichever end of the move is told first. */
static void test_moves(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  fill(&library);
  g_autoptr(LibraryFile) before = library_file(&library, "a/1.mkv");
  tree_rename(library.tree, "a/1.mkv", "c/one.mkv");
  apply(&library, &(Changes){.directories = {"c"}, .gone = {"a/1.mkv"}, .takes = "one.mkv"});
  g_autoptr(LibraryFile) after = library_file(&library, "c/one.mkv");
  g_assert_cmpint(after->id, ==, before->id);
  g_assert_cmpint(library.progress.moved, ==, 1);
  tree_rename(library.tree, "c/one.mkv", "d/uno.mkv");
  apply(&library, &(Changes){.gone = {"c/one.mkv"}});
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 1);
  apply(&library, &(Changes){.directories = {"d"}, .takes = "uno.mkv"});
  g_autoptr(LibraryFile) last = library_file(&library, "d/uno.mkv");
  g_assert_cmpint(last->id, ==, before->id);
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 0);
  tree_rename(library.tree, "a", "z"); /* a whole directory */
  apply(&library, &(Changes){.trees = {"a", "z"}});
  g_assert_cmpint(library.progress.moved, ==, 2);
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 0);
  g_assert_cmpint(library_count(&library, "path LIKE '%/z/%'"), ==, 2);
}

/* What is said to be gone is looked for first. */
static void test_not_gone(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  fill(&library);
  apply(&library, &(Changes){.gone = {"a/1.mkv", "never/was.mkv"}});
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 0);
  apply(&library, &(Changes){.trees = {"nowhere"}, .directories = {"no/such"}});
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 0);
  apply(&library, &(Changes){0});
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 0);
}

static void freezes(Library *library, const Changes *changes, const char *why)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(try_changes(library, changes, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_nonnull(strstr(error->message, why));
  g_assert_cmpint(library_count(library, "state = 'missing'"), ==, 0);
  g_autoptr(Root) root = library_root(library);
  g_assert_cmpint(root->state, ==, ROOT_FROZEN);
  g_clear_error(&error);
  g_assert_false(try_changes(library, changes, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
}

static void test_guards(TestDb *test)
{
  static const Changes all_gone = {.gone = {"top.mkv", "a/1.mkv", "a/2.mkv", "a/b/3.mkv", "ab/4.mkv", "c/5.mkv", "c/6.mkv"}};
  g_auto(Library) library;
  library_init(&library, test);
  fill(&library);
  g_autofree char *aside = g_strconcat(library.tree, ".aside", NULL);
  g_assert_cmpint(rename(library.tree, aside), ==, 0);
  freezes(&library, &(Changes){.gone = {"top.mkv"}}, "does not exist");
  g_assert_cmpint(rename(aside, library.tree), ==, 0);
  library_confirm(&library);
  library_scan(&library);

  tree_rename(library.tree, "a", ".hidden/a"); /* six of seven */
  tree_remove(library.tree, "ab/4.mkv");
  tree_remove(library.tree, "c/5.mkv");
  tree_remove(library.tree, "c/6.mkv");
  freezes(&library, &all_gone, "are gone at once");
  library_confirm(&library);
  library_scan(&library);
  g_assert_cmpint(library_count(&library, "state = 'missing'"), ==, 6);
  library_exec(&library,
               "UPDATE files SET state = 'failed', missing_since_ms = NULL WHERE state = 'missing' AND path LIKE '%5.mkv'");
  tree_remove(library.tree, "top.mkv");
  g_autoptr(GError) error = NULL;
  g_assert_false(try_changes(&library, &all_gone, NULL, &error));
  g_assert_nonnull(strstr(error->message, "is empty"));
}

/* Files on a file system that was mounted below the root and is not there any more. */
static void test_unmounted(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  fill(&library);
  library_exec(&library, "UPDATE files SET device = device + 1 WHERE path LIKE '%/c/5.mkv'");
  tree_remove(library.tree, "c/5.mkv");
  freezes(&library, &(Changes){.gone = {"c/5.mkv"}}, "is not mounted");
}

int main(int argc, char **argv)
{
  int exit;
  if (library_is_child(argc, argv, &exit))
    return exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/scan-changes/directory", test_directory);
  test_db_each("/scan-changes/tree", test_tree);
  test_db_each("/scan-changes/moves", test_moves);
  test_db_each("/scan-changes/not-gone", test_not_gone);
  test_db_each("/scan-changes/guards", test_guards);
  test_db_each("/scan-changes/unmounted", test_unmounted);
  int result = g_test_run();
  clips_remove();
  return result;
}
