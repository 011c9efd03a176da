#include "library_fixture.h"

static void scan_again(Library *library, int64_t id)
{
  g_autoptr(GError) error = NULL;
  scan_file(&library->context, id, &error);
  g_assert_no_error(error);
}

static void assert_refused(Library *library, int64_t id, ReeveErrorCode code)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(scan_file(&library->context, id, &error));
  g_assert_error(error, REEVE_ERROR, (int)code);
}

static void test_scan_file(TestDb *test)
{
  g_auto(Library) library;
  library_init(&library, test);
  library_add_clip(&library, "a/a.mkv", 0);
  tree_write(library.tree, "a/a.srt", "");
  library_scan(&library);
  g_autoptr(LibraryFile) before = library_file(&library, "a/a.mkv");
  manual_clock_advance(&library.clock, 10);
  scan_again(&library, before->id); /* unchanged, and probed all the same */
  g_autoptr(LibraryFile) same = library_file(&library, "a/a.mkv");
  g_assert_cmpint(same->probed_at_ms, ==, before->probed_at_ms + 10);
  g_assert_cmpint(same->found_at_ms, ==, before->found_at_ms);
  g_assert_cmpstr(same->sidecars[0], ==, "a.srt");

  library_add_clip(&library, "a/a.mkv", 1);
  scan_again(&library, before->id);
  g_autoptr(LibraryFile) other = library_file(&library, "a/a.mkv");
  g_assert_cmpint(other->width, ==, 80);
  g_assert_cmpstr(other->fingerprint, !=, before->fingerprint);
  library_scan(&library);
  g_assert_cmpint(library.progress.unchanged, ==, 1);

  tree_write(library.tree, "a/a.mkv", "no film");
  scan_again(&library, before->id);
  g_autoptr(LibraryFile) failed = library_file(&library, "a/a.mkv");
  g_assert_cmpint(failed->state, ==, FILE_FAILED);
  g_assert_nonnull(failed->error);

  tree_remove(library.tree, "a/a.mkv");
  assert_refused(&library, before->id, REEVE_ERROR_NOT_FOUND);
  g_autoptr(LibraryFile) kept = library_file(&library, "a/a.mkv");
  g_assert_cmpint(kept->state, ==, FILE_FAILED); /* a scan, with its guards, says what is missing */
  assert_refused(&library, 999, REEVE_ERROR_NOT_FOUND);

  char *outside = tree_new(); /* a directory on the way becomes a link that leads out */
  tree_write(outside, "a.mkv", "secret");
  tree_rename(library.tree, "a", "aside");
  tree_symlink(library.tree, outside, "a");
  assert_refused(&library, before->id, REEVE_ERROR_DENIED);
  tree_free(outside);
}

typedef struct {
  GPtrArray *lines;
  int limit; /* stop after so many; 0: never */
} Visits;

static bool visit(const char *path, const MediaInfo *media, const GError *error, void *user_data)
{
  Visits *visits = user_data;
  g_assert_true(!media == !!error);
  g_autofree char *name = g_path_get_basename(path);
  g_ptr_array_add(visits->lines, g_strdup_printf("%s %s", name, media ? media->container : "failed"));
  return (int)visits->lines->len != visits->limit;
}

static int compare(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *visit_paths(ProbePool *probes, const char *const *paths, int limit, Cancel *cancel, ScanProgress *progress,
                         GError **error)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  Visits visits = {lines, limit};
  ScanWatch watch = {.cancel = cancel};
  if (!scan_paths(probes, paths, 2, &watch, visit, &visits, progress, error))
    return NULL;
  g_ptr_array_sort(lines, compare);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv(", ", (char **)lines->pdata);
}

static void test_scan_paths(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(ProbePool) probes = probe_pool_new(&(ProbeParams){.children = 2});
  Library library = {.tree = tree_new()};
  ScanProgress progress;
  library_add_clip(&library, "Films/a.mkv", 0);
  library_add_clip(&library, "Films/b.bin", 0);
  tree_write(library.tree, "Films/text.mkv", "no film");
  tree_write(library.tree, "Films/\xff.mkv", "");
  tree_write(library.tree, "Films/.hidden.mkv", "");
  for (int i = 0; i < 50; i++) {
    g_autofree char *name = g_strdup_printf("many/%d.mkv", i);
    tree_write(library.tree, name, "x");
  }
  g_autofree char *films = g_build_filename(library.tree, "Films", NULL), *many = g_build_filename(library.tree, "many", NULL),
                  *named = g_build_filename(films, "b.bin", NULL), *nothing = g_build_filename(films, "nothing", NULL);

  const char *const both[] = {films, named, NULL};
  g_autofree char *all = visit_paths(probes, both, 0, NULL, &progress, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(all, ==, "a.mkv mkv, b.bin mkv, text.mkv failed, \xff.mkv failed");
  g_assert_cmpint(progress.found, ==, 4);
  g_assert_cmpint(progress.probed, ==, 4);
  g_assert_cmpint(progress.failed, ==, 2);

  const char *const fifty[] = {many, NULL};
  g_autofree char *some = visit_paths(probes, fifty, 3, NULL, &progress, &error);
  g_assert_no_error(error);
  g_auto(GStrv) three = g_strsplit(some, ", ", -1);
  g_assert_cmpint(g_strv_length(three), ==, 3);

  const char *const wrong[] = {films, nothing, NULL};
  g_assert_null(visit_paths(probes, wrong, 0, NULL, &progress, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);

  g_autoptr(Cancel) cancel = cancel_new(NULL);
  cancel_set(cancel);
  g_assert_null(visit_paths(probes, fifty, 0, cancel, &progress, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  tree_free(library.tree);
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/scan_file/again", test_scan_file);
  g_test_add_func("/scan_file/paths", test_scan_paths);
  int failed = g_test_run();
  clips_remove();
  return failed;
}
