#include "library_fixture.h"

#include "store/replacement.h"

/* What adding `name` below the tree says: "" if it is fine, else the name of the error's code. */
static char *add(TestDb *test, const char *tree, const char *name, const char *data_directory, int64_t *ret_id)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(GError) error = NULL;
  ManualClock clock;
  manual_clock_init(&clock, 77);
  g_free(root->path);
  root->path = *name == '/' || !*tree ? g_strdup(name) : g_strconcat(tree, "/", name, NULL);
  if (!root_add(conn, root, data_directory, &clock.clock, &error))
    return g_strdup(reeve_error_row(error->code)->name);
  g_assert_cmpint(root->created_at_ms, ==, 77);
  g_assert_cmpint(root->id, >, 0);
  g_assert_false(g_str_has_suffix(root->path, "/"));
  if (ret_id)
    *ret_id = root->id;
  return g_strdup("");
}

static void test_add(TestDb *test)
{
  char *tree = tree_new();
  tree_write(tree, "films/4k/a.mkv", "");
  tree_write(tree, "films2/a.mkv", "");
  tree_write(tree, "shows/a.mkv", "");
  tree_write(tree, "data/reeve.db", "");
  tree_write(tree, "home/.local/reeve/reeve.db", "");
  tree_symlink(tree, "films", "films-link");
  tree_symlink(tree, "nowhere", "broken");
  static const struct {
    const char *name, *data, *expected;
  } cases[] = {
      {"films/", NULL, ""},
      {"films", NULL, "conflict"},
      {"films-link", NULL, "conflict"}, /* the same, by another name */
      {"films/4k", NULL, "conflict"},
      {"films/../films/4k/.", NULL, "conflict"},
      {".", NULL, "conflict"}, /* holds films */
      {"films2", NULL, ""},    /* a prefix is not a parent */
      {"/", NULL, "invalid"},
      {"shows/a.mkv", NULL, "invalid"},
      {"nothing", NULL, "not-found"},
      {"broken", NULL, "not-found"},
      {"data", "data", "invalid"},
      {"data", "data/..", "invalid"},
      {"home", "home/.local/reeve", ""}, /* hidden, so no scan meets it */
      {"shows", "data", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *data = cases[i].data ? g_strconcat(tree, "/", cases[i].data, NULL) : NULL;
    g_autofree char *result = add(test, tree, cases[i].name, data, NULL);
    if (strcmp(result, cases[i].expected) != 0)
      g_error("Adding \"%s\" gave \"%s\", not \"%s\".", cases[i].name, result, cases[i].expected);
  }
  g_autofree char *relative = add(test, "", "films", NULL, NULL);
  g_assert_cmpstr(relative, ==, "invalid");
  g_autofree char *kernels = add(test, "", "/proc/self", NULL, NULL), *kernels_too = add(test, "", "/sys", NULL, NULL);
  g_assert_cmpstr(kernels, ==, "invalid");
  g_assert_cmpstr(kernels_too, ==, "invalid");
  g_autofree char *empty = add(test, "", "", NULL, NULL);
  g_assert_cmpstr(empty, ==, "invalid");
  g_autofree char *holds_data = add(test, tree, "data/..", tree, NULL);
  g_assert_cmpstr(holds_data, ==, "invalid");
  tree_free(tree);
}

static void test_of_path(TestDb *test)
{
  char *tree = tree_new();
  tree_write(tree, "films/a.mkv", "");
  tree_write(tree, "films2/a.mkv", "");
  tree_symlink(tree, "../films2", "films/out");
  tree_symlink(tree, "films", "in");
  int64_t films;
  g_autofree char *added = add(test, tree, "films", NULL, &films);
  g_assert_cmpstr(added, ==, "");
  static const struct {
    const char *name;
    bool found;
  } cases[] = {
      {"films", true},
      {"films/a.mkv", true},
      {"films/new/not yet.mkv", true},
      {"films2/a.mkv", false},
      {"films/out/a.mkv", false},
      {"in/a.mkv", true},
      {"films/../films2/a.mkv", false},
  };
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Root) root = record_new(&root_table);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strconcat(tree, "/", cases[i].name, NULL);
    bool is_found = !cases[i].found;
    root_of_path(conn, path, root, &is_found, &error);
    g_assert_no_error(error);
    if (is_found != cases[i].found)
      g_error("%s should%s be found", cases[i].name, cases[i].found ? "" : " not");
    if (is_found)
      g_assert_cmpint(root->id, ==, films);
  }
  tree_free(tree);
}

static void test_delete(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  tree_write(library.tree, "a.mkv", "no film");
  library_scan(&library);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  Replacement replacement;
  record_init(&replacement_table, &replacement);
  replacement.root_id = library.root_id;
  replacement.state = REPLACEMENT_INTENT;
  record_insert(conn, &replacement_table, &replacement, &error);
  g_assert_no_error(error);
  g_assert_false(root_delete(conn, library.root_id, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  g_assert_cmpint(library_count(&library, "1 = 1"), ==, 1);

  library_exec(&library, "UPDATE replacements SET state = 'committed'");
  root_delete(conn, library.root_id, &error);
  g_assert_no_error(error);
  g_assert_cmpint(library_count(&library, "1 = 1"), ==, 0);
  g_autofree char *path = g_build_filename(library.tree, "a.mkv", NULL);
  g_assert_true(fs_exists(path)); /* never the files themselves */
  g_assert_false(root_delete(conn, library.root_id, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  record_clear(&replacement_table, &replacement);
}

/* A root as `reeve encode` makes it, with one file. */
static int64_t add_one_off(DbConn *conn, const char *tree, const char *name, const char *file_name)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(GError) error = NULL;
  g_free(root->path);
  g_free(root->name);
  root->path = g_build_filename(tree, name, NULL);
  root->name = g_strdup(ROOT_ONE_OFF_NAME);
  root->enabled = root->recursive = false;
  root_add(conn, root, NULL, clock_system(), &error);
  g_assert_no_error(error);
  g_free(file->path);
  file->path = g_build_filename(tree, name, file_name, NULL);
  file->root_id = root->id;
  record_insert(conn, &file_table, file, &error);
  g_assert_no_error(error);
  return root->id;
}

static int64_t count_files(DbConn *conn, int64_t root_id)
{
  g_autoptr(GPtrArray) files = record_list(conn, &file_table, "WHERE root_id = $1", DB_ARGS(DB_INT(root_id)), NULL);
  return files->len;
}

/* One-off roots lie in and around others, and what they have goes to the real root that is added later. */
static void test_one_off(TestDb *test)
{
  char *tree = tree_new();
  tree_write(tree, "films/a/a.mkv", "");
  tree_write(tree, "films/b/c/c.mkv", "");
  tree_write(tree, "home/clips/x.mkv", "");
  int64_t a, bc, films, home, clips;
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    a = add_one_off(conn, tree, "films/a", "a.mkv");
    bc = add_one_off(conn, tree, "films/b/c", "c.mkv");
    g_assert_cmpint(add_one_off(conn, tree, "films/b", "b.mkv"), !=, bc); /* around another */
    home = add_one_off(conn, tree, "home", "clips/x.mkv");
  }
  g_autofree char *around = add(test, tree, "films", NULL, &films);
  g_assert_cmpstr(around, ==, "");
  g_autofree char *inside = add(test, tree, "home/clips", NULL, &clips);
  g_assert_cmpstr(inside, ==, "");
  g_autofree char *again = add(test, tree, "home/clips", NULL, NULL);
  g_assert_cmpstr(again, ==, "conflict");
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(Root) root = record_new(&root_table);
  g_assert_cmpint(count_files(conn, films), ==, 3);
  g_assert_cmpint(count_files(conn, clips), ==, 1);
  g_assert_cmpint(count_files(conn, home), ==, 0);
  g_assert_false(record_get(conn, &root_table, a, root, NULL));
  g_assert_true(record_get(conn, &root_table, home, root, NULL));

  bool is_found = false;
  g_autofree char *path = g_build_filename(tree, "home/clips/x.mkv", NULL);
  g_assert_true(root_of_path(conn, path, root, &is_found, NULL));
  g_assert_true(is_found);
  g_assert_cmpint(root->id, ==, clips); /* the innermost */

  /* In the very same directory the row stays, so that history finds it. */
  g_autofree char *same = add(test, tree, "home", NULL, NULL);
  g_assert_cmpstr(same, ==, "conflict"); /* it would hold the root clips */
  root_delete(conn, clips, NULL);
  int64_t promoted;
  g_autofree char *alone = add(test, tree, "home", NULL, &promoted);
  g_assert_cmpstr(alone, ==, "");
  g_assert_cmpint(promoted, ==, home);
  tree_free(tree);
}

/* Not while one of its files is being replaced. */
static void test_one_off_busy(TestDb *test)
{
  char *tree = tree_new();
  tree_write(tree, "films/a.mkv", "");
  Replacement replacement;
  record_init(&replacement_table, &replacement);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    replacement.root_id = add_one_off(conn, tree, "films", "a.mkv");
    replacement.state = REPLACEMENT_INTENT;
    g_assert_true(record_insert(conn, &replacement_table, &replacement, NULL));
  }
  g_autofree char *result = add(test, tree, "films", NULL, NULL);
  g_assert_cmpstr(result, ==, "conflict");
  record_clear(&replacement_table, &replacement);
  tree_free(tree);
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/roots/add", test_add);
  test_db_each("/roots/of_path", test_of_path);
  test_db_each("/roots/delete", test_delete);
  test_db_each("/roots/one-off", test_one_off);
  test_db_each("/roots/one-off-busy", test_one_off_busy);
  return g_test_run();
}
