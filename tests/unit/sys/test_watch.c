/* Changes of a tree, heard as they happen: the kernel has told when the system call that made them returns, so nothing waits. */
#include "base/failpoint.h"
#include "helper.h"
#include "sys/watch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

typedef struct {
  char *top;
  Watch *watch;
  GString *heard; /* "kind directory/name;" in order, repeated ones once */
  WatchParams params;
} World;

static bool enters(const char *relative, void *user_data)
{
  g_autofree char *name = g_path_get_basename(relative);
  return name[0] != '.';
}

static bool wants(const char *name, void *user_data)
{
  return g_str_has_suffix(name, ".mkv");
}

static void on_event(const WatchEvent *event, void *user_data)
{
  static const char *const kinds[] = {"file", "gone", "tree", "tree-gone", "lost"};
  World *world = user_data;
  g_autofree char *line = g_strdup_printf("%s %s%s%s;", kinds[event->kind], event->directory,
                                          event->name && *event->directory ? "/" : "", event->name ? event->name : "");
  if (!g_str_has_suffix(world->heard->str, line))
    g_string_append(world->heard, line);
}

static void world_start(World *world)
{
  GError *error = NULL;
  world->params = (WatchParams){
      .top = world->top, .recursive = true, .enters = enters, .wants = wants, .on_event = on_event, .user_data = world};
  world->watch = watch_new(&world->params, &error);
  g_assert_no_error(error);
}

static World world_new(void)
{
  return (World){.top = make_dir(), .heard = g_string_new(NULL)};
}

static void world_end(World *world)
{
  watch_free(world->watch);
  g_string_free(world->heard, TRUE);
  if (fs_exists(world->top))
    remove_dir(world->top);
  else
    g_free(world->top);
}

static void hears(World *world, const char *expected)
{
  GError *error = NULL;
  g_assert_true(watch_read(world->watch, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(world->heard->str, ==, expected);
  g_string_truncate(world->heard, 0);
}

static void make(World *world, const char *relative)
{
  g_autofree char *path = path_in(world->top, relative);
  g_assert_cmpint(g_mkdir_with_parents(path, 0755), ==, 0);
}

static void write_file(World *world, const char *relative)
{
  g_autofree char *path = path_in(world->top, relative);
  FILE *file = fopen(path, "w");
  g_assert_nonnull(file);
  fputs("film", file);
  fclose(file);
}

static void move(World *world, const char *from, const char *to)
{
  g_autofree char *a = from[0] == '/' ? g_strdup(from) : path_in(world->top, from);
  g_autofree char *b = to[0] == '/' ? g_strdup(to) : path_in(world->top, to);
  g_assert_cmpint(rename(a, b), ==, 0);
}

static void drop(World *world, const char *relative)
{
  GError *error = NULL;
  g_autofree char *path = path_in(world->top, relative);
  g_assert_true(fs_remove_tree(path, &error));
  g_assert_no_error(error);
}

static void test_files(void)
{
  World world = world_new();
  make(&world, "a/b");
  world_start(&world);
  g_assert_cmpint(watch_directories(world.watch), ==, 3);
  hears(&world, "");
  write_file(&world, "a/b/film.mkv");
  hears(&world, "file a/b/film.mkv;");
  write_file(&world, "film.mkv");
  hears(&world, "file film.mkv;");
  write_file(&world, "a/notes.txt");
  write_file(&world, "a/new.mkv.part");
  hears(&world, "");
  move(&world, "a/new.mkv.part", "a/new.mkv"); /* renamed at the end */
  hears(&world, "file a/new.mkv;");
  move(&world, "a/new.mkv", "a/b/new.mkv");
  hears(&world, "gone a/new.mkv;file a/b/new.mkv;");
  g_autofree char *path = path_in(world.top, "a/b/new.mkv");
  g_unlink(path);
  hears(&world, "gone a/b/new.mkv;");
  write_file(&world, "a/\xff\xfe.mkv"); /* bytes */
  hears(&world, "file a/\xff\xfe.mkv;");
  world_end(&world);
}

static void test_directories(void)
{
  World world = world_new();
  world_start(&world);
  make(&world, "a/b/c"); /* the deeper ones may be there before the first is listed */
  hears(&world, "tree a;");
  g_assert_cmpint(watch_directories(world.watch), ==, 4);
  write_file(&world, "a/b/c/film.mkv");
  hears(&world, "file a/b/c/film.mkv;");
  make(&world, ".hidden/d");
  hears(&world, "");
  move(&world, "a/b", "e"); /* within */
  hears(&world, "tree-gone a/b;tree e;");
  write_file(&world, "e/c/film.mkv");
  hears(&world, "file e/c/film.mkv;");
  g_assert_cmpint(watch_directories(world.watch), ==, 4);
  move(&world, "e", "a/e");
  move(&world, "a/e", "a/f"); /* twice before it is heard */
  hears(&world, "tree-gone e;tree-gone a/e;tree a/f;");
  write_file(&world, "a/f/c/film.mkv");
  hears(&world, "file a/f/c/film.mkv;");
  move(&world, "a/f", ".hidden/f"); /* out of sight */
  hears(&world, "tree-gone a/f;");
  g_assert_cmpint(watch_directories(world.watch), ==, 2);
  write_file(&world, ".hidden/f/c/film.mkv");
  hears(&world, "");
  move(&world, ".hidden/f", "g"); /* and in again, with what it holds */
  hears(&world, "tree g;");
  g_assert_cmpint(watch_directories(world.watch), ==, 4);
  drop(&world, "g");
  hears(&world, "gone g/c/film.mkv;tree-gone g/c;tree-gone g;");
  g_assert_cmpint(watch_directories(world.watch), ==, 2);
  make(&world, "g");
  hears(&world, "tree g;"); /* one of the same name */
  write_file(&world, "g/film.mkv");
  hears(&world, "file g/film.mkv;");
  world_end(&world);
}

/* One that goes and comes back under its name between two reads is watched as what it is now. */
static void test_replaced(void)
{
  World world = world_new();
  make(&world, "a/b");
  world_start(&world);
  drop(&world, "a");
  make(&world, "a/c");
  hears(&world, "tree-gone a/b;tree-gone a;tree a;");
  g_assert_cmpint(watch_directories(world.watch), ==, 3);
  write_file(&world, "a/c/film.mkv");
  hears(&world, "file a/c/film.mkv;");
  world_end(&world);
}

static void test_links(void)
{
  World world = world_new();
  make(&world, "a");
  g_autofree char *loop = path_in(world.top, "a/loop");
  g_assert_cmpint(symlink("..", loop), ==, 0);
  world_start(&world);
  g_assert_cmpint(watch_directories(world.watch), ==, 2);
  write_file(&world, "a/loop/film.mkv"); /* where it really is */
  hears(&world, "file film.mkv;");
  world_end(&world);
}

static void test_flat(void)
{
  World world = world_new();
  make(&world, "a");
  world_start(&world);
  watch_free(world.watch);
  world.params.recursive = false;
  GError *error = NULL;
  world.watch = watch_new(&world.params, &error);
  g_assert_no_error(error);
  write_file(&world, "a/film.mkv");
  make(&world, "b");
  write_file(&world, "film.mkv");
  hears(&world, "file film.mkv;");
  g_assert_cmpint(watch_directories(world.watch), ==, 1);
  world_end(&world);
}

static void test_lost(void)
{
  World world = world_new();
  make(&world, "a");
  world_start(&world);
  drop(&world, "");
  hears(&world, "tree-gone a;lost ;");
  hears(&world, "");
  world_end(&world);

  world = world_new();
  world_start(&world);
  g_autofree char *elsewhere = g_strconcat(world.top, "-moved", NULL);
  g_assert_cmpint(rename(world.top, elsewhere), ==, 0);
  hears(&world, "lost ;");
  world_end(&world);
  g_rmdir(elsewhere);
}

/* More than the kernel keeps: it says so, and what came and went unheard is watched and forgotten. */
static void test_overflow(void)
{
  World world = world_new();
  make(&world, "old");
  world_start(&world);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents("/proc/sys/fs/inotify/max_queued_events", &text, NULL, NULL));
  int64_t queue = g_ascii_strtoll(text, NULL, 10);
  if (queue > 100000) {
    g_test_skip("the kernel keeps too many events");
    world_end(&world);
    return;
  }
  make(&world, "a");
  for (int64_t i = 0; i <= queue; i++) /* each is heard of when it is closed */
    write_file(&world, i % 2 ? "1.mkv" : "2.mkv");
  drop(&world, "old");
  make(&world, "b/c");
  GError *error = NULL;
  g_assert_true(watch_read(world.watch, &error));
  g_assert_no_error(error);
  g_assert_true(g_str_has_suffix(world.heard->str, "tree ;"));
  g_string_truncate(world.heard, 0);
  g_assert_cmpint(watch_directories(world.watch), ==, 4);
  write_file(&world, "b/c/film.mkv");
  hears(&world, "file b/c/film.mkv;");
  world_end(&world);
}

static void test_bad_top(void)
{
  GError *error = NULL;
  World world = world_new();
  WatchParams params = {.top = "/nowhere/at/all", .recursive = true, .enters = enters, .wants = wants, .on_event = on_event};
  g_assert_null(watch_new(&params, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  world_start(&world);
  watch_free(g_steal_pointer(&world.watch));
  cancel_set(cancel);
  for (int i = 0; i < 300; i++) {
    g_autofree char *name = g_strdup_printf("%d/x", i);
    make(&world, name);
  }
  world.params.cancel = cancel;
  g_assert_null(watch_new(&world.params, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  world_end(&world);
}

static void test_complete(void)
{
  const char *name;
  g_assert_true(watch_is_complete("/proc", &name));
  g_assert_null(name);
  g_assert_true(watch_is_complete("/nowhere/at/all", &name));
}

#ifdef REEVE_FAILPOINTS
static void test_limit(void)
{
  GError *error = NULL;
  World world = world_new();
  make(&world, "a/b/c");
  failpoint_arm("watch.add:3=ENOSPC");
  world.params = (WatchParams){
      .top = world.top, .recursive = true, .enters = enters, .wants = wants, .on_event = on_event, .user_data = &world};
  g_assert_null(watch_new(&world.params, &error));
  g_assert_nonnull(strstr(error->message, "max_user_watches"));
  assert_code(error, REEVE_ERROR_LIMIT);
  failpoint_arm("watch.init:1=EMFILE");
  g_assert_null(watch_new(&world.params, &error));
  g_assert_nonnull(strstr(error->message, "max_user_instances"));
  assert_code(error, REEVE_ERROR_LIMIT);
  failpoint_arm(NULL);
  world_start(&world);
  failpoint_arm("watch.add:1=ENOSPC");
  make(&world, "d"); /* later */
  g_assert_false(watch_read(world.watch, &error));
  assert_code(error, REEVE_ERROR_LIMIT);
  failpoint_arm(NULL);
  world_end(&world);
}

static void test_unreadable(void)
{
  World world = world_new();
  const char *example;
  make(&world, "a");
  make(&world, "a/b");
  failpoint_arm("watch.add:2=EACCES");
  world_start(&world);
  failpoint_arm(NULL);
  g_assert_cmpint(watch_unreadable(world.watch, &example), ==, 1);
  g_assert_cmpstr(example, ==, "a");
  g_assert_cmpint(watch_directories(world.watch), ==, 1);
  g_autofree char *path = path_in(world.top, "a");
  g_assert_cmpint(chmod(path, 0700), ==, 0); /* it may be read from now on */
  hears(&world, "tree a;");
  g_assert_cmpint(watch_directories(world.watch), ==, 3);
  world_end(&world);
}
#endif

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/watch/files", test_files);
  g_test_add_func("/watch/directories", test_directories);
  g_test_add_func("/watch/replaced", test_replaced);
  g_test_add_func("/watch/links", test_links);
  g_test_add_func("/watch/flat", test_flat);
  g_test_add_func("/watch/lost", test_lost);
  g_test_add_func("/watch/overflow", test_overflow);
  g_test_add_func("/watch/bad-top", test_bad_top);
  g_test_add_func("/watch/complete", test_complete);
#ifdef REEVE_FAILPOINTS
  g_test_add_func("/watch/limit", test_limit);
  g_test_add_func("/watch/unreadable", test_unreadable);
#endif
  return g_test_run();
}
