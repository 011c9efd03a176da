#include "base/error.h"
#include "base/failpoint.h"
#include "library/walk.h"
#include "tree.h"

#include <errno.h>
#include <stdatomic.h>

/* What a walk reported, as sorted lines. */
typedef struct {
  Root root;
  int threads;
  Cancel *cancel, *cancel_at_first; /* the second is set when the first directory is reported */
  GMutex lock;
  GPtrArray *lines;
  int directories;
} Seen;

static void on_directory(const WalkDirectory *directory, void *user_data)
{
  Seen *seen = user_data;
  g_mutex_lock(&seen->lock);
  seen->directories++;
  if (seen->cancel_at_first)
    cancel_set(seen->cancel_at_first);
  for (size_t i = 0; i < directory->n_files; i++) {
    const WalkFile *file = &directory->files[i];
    g_autofree char *path = walk_join(directory->path, file->name);
    g_autofree char *sidecars = file->sidecars ? g_strjoinv(" ", (char **)file->sidecars) : NULL;
    g_autofree char *line = g_strconcat(walk_below(&seen->root, path), sidecars ? " + " : "", sidecars ? sidecars : "", NULL);
    g_ptr_array_add(seen->lines, g_strescape(line, NULL));
  }
  g_mutex_unlock(&seen->lock);
}

static void on_trouble(WalkTrouble trouble, const char *path, int saved_errno, void *user_data)
{
  static const char *const names[] = {"unreadable", "other file system", "link outside", "link broken"};
  Seen *seen = user_data;
  g_mutex_lock(&seen->lock);
  const char *relative = walk_below(&seen->root, path);
  g_ptr_array_add(seen->lines, g_strdup_printf("! %s: %s", relative ? relative : ".", names[trouble]));
  g_mutex_unlock(&seen->lock);
}

static void seen_init(Seen *seen, const char *tree)
{
  *seen = (Seen){.threads = 3, .lines = g_ptr_array_new_with_free_func(g_free)};
  record_init(&root_table, &seen->root);
  g_free(seen->root.path);
  seen->root.path = g_strdup(tree);
  g_mutex_init(&seen->lock);
}

static void seen_clear(Seen *seen)
{
  record_clear(&root_table, &seen->root);
  g_ptr_array_unref(seen->lines);
  g_mutex_clear(&seen->lock);
}

static int compare(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool walk(Seen *seen, GError **error)
{
  g_ptr_array_set_size(seen->lines, 0);
  seen->directories = 0;
  WalkParams params = {.root = &seen->root,
                       .threads = seen->threads,
                       .cancel = seen->cancel,
                       .on_directory = on_directory,
                       .on_trouble = on_trouble,
                       .user_data = seen};
  bool is_done = walk_tree(&params, error);
  g_ptr_array_sort(seen->lines, compare);
  g_ptr_array_add(seen->lines, NULL);
  return is_done;
}

static void assert_walk(Seen *seen, const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(walk(seen, &error));
  g_assert_no_error(error);
  g_autofree char *lines = g_strjoinv("\n", (char **)seen->lines->pdata);
  g_assert_cmpstr(lines, ==, expected);
}

static void test_names(void)
{
  char *tree = tree_new();
  g_autofree char *longest = g_strnfill(251, 'x');
  g_autofree char *longest_name = g_strconcat(longest, ".mkv", NULL);
  tree_write(tree, "a.mkv", "");
  tree_write(tree, "a.en.srt", "");
  tree_write(tree, "b/c/d.MP4", "");
  tree_write(tree, "b/notes.txt", "");
  tree_write(tree, "b/-rf.mkv", "");
  tree_write(tree, "b/quote\"'\\.mkv", "");
  tree_write(tree, "b/new\nline.mkv", "");
  tree_write(tree, "b/\xff\xfe.mkv", "");
  tree_write(tree, longest_name, "");
  tree_write(tree, ".reeve-trash/1/a.mkv", "");
  tree_write(tree, ".reeve-tmp-4/a.mkv", "");
  tree_write(tree, "@eaDir/a.mkv", "");
  tree_write(tree, "._a.mkv", "");
  tree_write(tree, "dir.mkv/inside.mkv", "");
  tree_symlink(tree, "a.mkv", "link.mkv");
  Seen seen;
  seen_init(&seen, tree);
  g_autofree char *expected = g_strdup_printf("a.mkv + a.en.srt\nb/-rf.mkv\nb/\\377\\376.mkv\nb/c/d.MP4\nb/new\\nline.mkv\n"
                                              "b/quote\\\"'\\\\.mkv\ndir.mkv/inside.mkv\n%s",
                                              longest_name);
  assert_walk(&seen, expected);
  g_assert_cmpint(seen.directories, ==, 4);
  seen_clear(&seen);
  tree_free(tree);
}

static void test_rules(void)
{
  char *tree = tree_new();
  tree_write(tree, "a.mkv", "");
  tree_write(tree, "Films/b.mkv", "");
  tree_write(tree, "Films/Extras/c.mkv", "");
  tree_write(tree, "bin/1/d.mkv", "");
  tree_write(tree, "Films/e.rmvb", "");
  Seen seen;
  seen_init(&seen, tree);
  assert_walk(&seen, "Films/Extras/c.mkv\nFilms/b.mkv\na.mkv\nbin/1/d.mkv");
  seen.root.trash_path = g_build_filename(tree, "bin", NULL);
  assert_walk(&seen, "Films/Extras/c.mkv\nFilms/b.mkv\na.mkv");
  seen.root.exclude = g_strsplit("Extras", ",", -1);
  seen.root.extensions = g_strsplit("rmvb", ",", -1);
  assert_walk(&seen, "Films/b.mkv\nFilms/e.rmvb\na.mkv");
  seen.root.include = g_strsplit("Films/**", ",", -1);
  assert_walk(&seen, "Films/b.mkv\nFilms/e.rmvb");
  g_assert_true(walk_covers(&seen.root, "Films/x/b.mkv"));
  g_assert_false(walk_covers(&seen.root, "Films/Extras/b.mkv"));
  g_assert_false(walk_covers(&seen.root, "bin/b.mkv"));
  g_assert_false(walk_covers(&seen.root, "Films/b.srt"));
  g_clear_pointer(&seen.root.include, g_strfreev);
  seen.root.recursive = false;
  assert_walk(&seen, "a.mkv");
  g_assert_cmpint(seen.directories, ==, 1);
  g_assert_false(walk_covers(&seen.root, "Films/b.mkv"));
  seen_clear(&seen);
  tree_free(tree);
}

static void test_links(void)
{
  char *tree = tree_new(), *outside = tree_new();
  tree_write(outside, "secret.mkv", "");
  tree_write(tree, "Films/a.mkv", "");
  tree_write(tree, ".pool/b.mkv", "");
  tree_write(tree, ".pool/deep/c.mkv", "");
  tree_write(tree, ".more/d.mkv", "");
  tree_write(tree, ".more/e.mkv", "");
  tree_write(tree, ".reeve-trash/1/f.mkv", "");
  tree_symlink(tree, "../.pool", "Films/pool");
  tree_symlink(tree, "Films", "again");          /* what is walked anyway */
  tree_symlink(tree, "..", "Films/up");          /* a loop */
  tree_symlink(tree, "../..", ".pool/deep/top"); /* a loop by way of the link */
  tree_symlink(tree, "../pool2", ".pool/pool2"); /* leads nowhere */
  tree_symlink(tree, ".more/d.mkv", "d-link.mkv");
  tree_symlink(tree, ".more/d.mkv", "d-link-2.mkv");
  tree_symlink(tree, "Films/a.mkv", "a-link.mkv");
  tree_symlink(tree, ".reeve-trash/1", "trash");
  tree_symlink(tree, outside, "outside");
  Seen seen;
  seen_init(&seen, tree);
  assert_walk(&seen, "Films/a.mkv");
  seen.root.follow_links = true;
  for (int i = 0; i < 20; i++) /* whichever thread is first */
    assert_walk(&seen,
                "! .pool/pool2: link broken\n! outside: link outside\n.more/d.mkv\n.pool/b.mkv\n.pool/deep/c.mkv\nFilms/a.mkv");
  seen_clear(&seen);
  tree_free(tree);
  tree_free(outside);
}

#ifdef REEVE_FAILPOINTS
static void test_trouble(void)
{
  char *tree = tree_new();
  tree_write(tree, "a.mkv", "");
  tree_write(tree, "b/b.mkv", "");
  Seen seen;
  seen_init(&seen, tree);
  seen.threads = 1;
  failpoint_arm("walk.opendir:2=EACCES");
  assert_walk(&seen, "! b: unreadable\na.mkv");
  failpoint_arm("walk.opendir:2=ENOENT"); /* removed meanwhile: nothing to say */
  assert_walk(&seen, "a.mkv");
  failpoint_arm("walk.readdir:1=EIO"); /* half a directory is none */
  assert_walk(&seen, "! .: unreadable");
  failpoint_arm("walk.stat:1=EIO");
  assert_walk(&seen, "! a.mkv: unreadable\nb/b.mkv");
  failpoint_arm("walk.open_root:1=EACCES");
  g_autoptr(GError) error = NULL;
  g_assert_false(walk(&seen, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
  failpoint_arm(NULL);
  seen_clear(&seen);
  tree_free(tree);
}
#endif

static void test_cancel(void)
{
  char *tree = tree_new();
  for (int i = 0; i < 200; i++) {
    g_autofree char *name = g_strdup_printf("%d/a.mkv", i);
    tree_write(tree, name, "");
  }
  Seen seen;
  seen_init(&seen, tree);
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  g_autoptr(GError) error = NULL;
  seen.cancel = seen.cancel_at_first = cancel;
  g_assert_false(walk(&seen, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_assert_cmpint(seen.directories, <, 201);
  seen_clear(&seen);
  tree_free(tree);
}

/* Deep and wide, by many threads: everything once. */
static void test_large(void)
{
  char *tree = tree_new();
  for (int i = 0; i < 2000; i++) {
    g_autofree char *name = g_strdup_printf("%d/%d/%d/%d.mkv", i % 7, i % 11, i % 13, i);
    tree_write(tree, name, "");
  }
  g_autoptr(GString) deep = g_string_new(NULL);
  for (int i = 0; i < 300; i++)
    g_string_append(deep, "d/");
  g_string_append(deep, "end.mkv");
  tree_write(tree, deep->str, "");
  Seen seen;
  seen_init(&seen, tree);
  seen.threads = 8;
  g_autoptr(GError) error = NULL;
  g_assert_true(walk(&seen, &error));
  g_assert_cmpint(seen.lines->len, ==, 2001 + 1);
  for (guint i = 1; i + 1 < seen.lines->len; i++)
    g_assert_cmpstr(seen.lines->pdata[i - 1], !=, seen.lines->pdata[i]);
  seen_clear(&seen);
  tree_free(tree);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/walk/names", test_names);
  g_test_add_func("/walk/rules", test_rules);
  g_test_add_func("/walk/links", test_links);
#ifdef REEVE_FAILPOINTS
  g_test_add_func("/walk/trouble", test_trouble);
#endif
  g_test_add_func("/walk/cancel", test_cancel);
  g_test_add_func("/walk/large", test_large);
  return g_test_run();
}
