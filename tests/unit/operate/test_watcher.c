/* The watches of roots on real files and with real time, in windows of a tenth of a second: what comes, grows, moves and goes, on
 * both databases, and which of two servers watches. */
#include "../library/library_fixture.h"
#include "base/failpoint.h"
#include "operate/watcher.h"
#include "store/root_watch.h"

#include <pthread.h>

enum { WINDOW_MS = 100, WAIT_S = 30 };

typedef struct {
  Library library;
  LiveSettings *settings;
  RootWatcherParams params;
  Watcher *watcher;
  EventBus *events;
  EventSubscription *ears;
  GMutex lock;
  GCond heard;
  bool has_news; /* guarded by lock */
} World;

static void hear(void *user_data)
{
  World *world = user_data;
  g_mutex_lock(&world->lock);
  world->has_news = true;
  g_cond_signal(&world->heard);
  g_mutex_unlock(&world->lock);
}

/* What the watches need is here before the first scan. */
static void world_init(World *world, TestDb *test)
{
  g_autoptr(GError) error = NULL;
  *world = (World){0};
  g_mutex_init(&world->lock);
  g_cond_init(&world->heard);
  world->events = event_bus_new(NULL, 0);
  world->ears = event_subscribe(world->events, -1, hear, world);
  library_init(&world->library, test);
  world->library.context.clock = clock_system();
  world->library.context.events = world->events;
  Settings base;
  record_init(&settings_table, &base);
  world->settings = live_settings_new(test->db, &base, "/nonexistent/reeve" /* no secrets */, clock_system(), &error);
  g_assert_no_error(error);
  record_clear(&settings_table, &base);
  world->params = (RootWatcherParams){.db = test->db,
                                      .scan = &world->library.context,
                                      .settings = world->settings,
                                      .clock = clock_system(),
                                      .server = "one",
                                      .window_ms = WINDOW_MS};
}

static void world_clear(World *world)
{
  watcher_stop(world->watcher);
  live_settings_free(world->settings);
  library_clear(&world->library);
  event_unsubscribe(world->ears);
  event_bus_free(world->events);
  g_cond_clear(&world->heard);
  g_mutex_clear(&world->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void set_root(World *world, const char *assignment)
{
  g_autofree char *sql = g_strdup_printf("UPDATE roots SET %s, updated_at_ms = updated_at_ms + 1", assignment);
  library_exec(&world->library, sql);
  watcher_poke(world->watcher);
}

/* The state of the root as anybody may read it. */
static void read_state(World *world, WatchState *ret_state)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(world->library.test);
  g_autoptr(GPtrArray) states = watch_states(conn, true, clock_now_ms(clock_system()), &error);
  g_assert_no_error(error);
  g_assert_cmpuint(states->len, ==, 1);
  record_copy(&watch_state_table, states->pdata[0], ret_state);
}

typedef bool (*Condition)(World *world, const char *what);

/* False if there is nothing new in time. */
static bool wait_for_news(World *world, gint64 end_us)
{
  g_mutex_lock(&world->lock);
  while (!world->has_news && g_cond_wait_until(&world->heard, &world->lock, end_us))
    ;
  bool has_news = world->has_news;
  world->has_news = false;
  g_mutex_unlock(&world->lock);
  for (char *event; (event = event_take(world->ears)); g_free(event))
    ;
  return has_news;
}

/* What is waited for happens on the threads of the watch, which tell of each look that found something and of each change of how
 * they watch: it is looked at anew each time. */
static void await(World *world, Condition holds, const char *what)
{
  gint64 end_us = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
  while (!holds(world, what))
    if (!wait_for_news(world, end_us))
      g_error("not within %d s: %s", WAIT_S, what);
}

static bool has_row(World *world, const char *where)
{
  return library_count(&world->library, where) > 0;
}

static bool has_no_row(World *world, const char *where)
{
  return library_count(&world->library, where) == 0;
}

/* "mode: part of the sentence" */
static bool is_said(World *world, const char *what)
{
  WatchState state;
  read_state(world, &state);
  g_autofree char *said = g_strdup_printf("%s: %s", enum_name(&watch_mode_table, state.mode), state.sentence);
  bool found = g_str_has_prefix(said, what) || strstr(state.sentence, what) != NULL;
  record_clear(&watch_state_table, &state);
  return found;
}

/* A file of this name waits; the reason begins after "|". */
static bool waits(World *world, const char *what)
{
  WatchState state;
  bool found = false;
  g_auto(GStrv) parts = g_strsplit(what, "|", 2);
  read_state(world, &state);
  for (guint i = 0; i < state.files->len; i++) {
    const WaitingFile *file = state.files->pdata[i];
    found = found || (g_str_has_suffix(file->path, parts[0]) && strstr(file->reason, parts[1]));
  }
  record_clear(&watch_state_table, &state);
  return found;
}

static void start(World *world)
{
  library_scan(&world->library);
  world->watcher = watcher_start(&world->params);
  await(world, is_said, "inotify: ");
}

static void write_file(World *world, const char *name)
{
  g_autofree char *content = g_strdup_printf("%s is no film", name);
  tree_write(world->library.tree, name, content);
}

static void test_life(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  write_file(&world, "a/old.mkv");
  start(&world);
  write_file(&world, "a/new.mkv");
  await(&world, has_row, "path LIKE '%/a/new.mkv'");
  write_file(&world, "b/c/d/deep.mkv"); /* in directories that appear */
  await(&world, has_row, "path LIKE '%/deep.mkv'");
  write_file(&world, "b/download.mkv.part");
  tree_rename(world.library.tree, "b/download.mkv.part", "b/download.mkv");
  await(&world, has_row, "path LIKE '%/b/download.mkv'");
  g_autoptr(LibraryFile) before = library_file(&world.library, "a/new.mkv");
  tree_rename(world.library.tree, "a/new.mkv", "b/moved.mkv");
  await(&world, has_row, "path LIKE '%/b/moved.mkv' AND state <> 'missing'");
  g_autoptr(LibraryFile) after = library_file(&world.library, "b/moved.mkv");
  g_assert_cmpint(after->id, ==, before->id);
  tree_rename(world.library.tree, "b", "z"); /* with all it holds */
  await(&world, has_row, "path LIKE '%/z/c/d/deep.mkv' AND state <> 'missing'");
  await(&world, has_row, "path LIKE '%/z/moved.mkv' AND state <> 'missing'");
  await(&world, has_no_row, "path LIKE '%/b/%'"); /* the same rows */
  tree_remove(world.library.tree, "z/moved.mkv");
  await(&world, has_row, "path LIKE '%/z/moved.mkv' AND state = 'missing'");
  await(&world, has_row, "(SELECT file_count FROM roots) = (SELECT COUNT(*) FROM files WHERE state <> 'missing')");
}

/* A directory with most of the library is renamed: no file is lost on the way, and the root is not frozen. */
static void test_big_move(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  for (int i = 0; i < 30; i++) {
    g_autofree char *name = g_strdup_printf("a/%d.mkv", i);
    write_file(&world, name);
  }
  start(&world);
  tree_rename(world.library.tree, "a", "b");
  await(&world, has_no_row, "path LIKE '%/a/%'");
  g_assert_cmpint(library_count(&world.library, "path LIKE '%/b/%' AND state = 'failed'"), ==, 30);
  g_assert_true(is_said(&world, "inotify: "));
}

/* What changed while nobody watched is noticed when the watch begins. */
static void test_catches_up(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  write_file(&world, "gone.mkv");
  write_file(&world, "stays.mkv");
  library_scan(&world.library);
  tree_remove(world.library.tree, "gone.mkv");
  write_file(&world, "came.mkv");
  world.watcher = watcher_start(&world.params);
  await(&world, has_row, "path LIKE '%/came.mkv'");
  await(&world, has_row, "path LIKE '%/gone.mkv' AND state = 'missing'");
}

static void test_never_settles(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  start(&world);
  g_autofree char *path = g_build_filename(world.library.tree, "long.mkv", NULL);
  g_autofree char *marker = g_strconcat(path, ".aria2", NULL);
  tree_write(world.library.tree, "long.mkv.aria2", "");
  write_file(&world, "long.mkv");
  write_file(&world, "other.mkv");
  await(&world, has_row, "path LIKE '%/other.mkv'");
  await(&world, waits, "/long.mkv|lies beside it");
  g_assert_true(has_no_row(&world, "path LIKE '%/long.mkv'"));
  g_assert_cmpint(unlink(marker), ==, 0); /* that it ended is noticed at the next look */
  await(&world, has_row, "path LIKE '%/long.mkv'");
}

static void test_polling(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  library_exec(&world.library, "UPDATE roots SET watch = 'poll', poll_s = 1");
  library_scan(&world.library);
  world.watcher = watcher_start(&world.params);
  await(&world, is_said, "poll: It is looked through every 1 seconds");
  WatchState state;
  read_state(&world, &state);
  g_assert_false(state.falls_short); /* somebody wants it so */
  record_clear(&watch_state_table, &state);
  write_file(&world, "a/new.mkv");
  await(&world, has_row, "path LIKE '%/a/new.mkv'");
  tree_remove(world.library.tree, "a/new.mkv");
  write_file(&world, "b.mkv");
  await(&world, has_row, "path LIKE '%/b.mkv'");
}

/* A root that disappears is frozen, and none of its files is given up. */
static void test_root_disappears(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  write_file(&world, "a/1.mkv");
  write_file(&world, "a/2.mkv");
  start(&world);
  g_autofree char *aside = g_strconcat(world.library.tree, ".aside", NULL);
  g_assert_cmpint(rename(world.library.tree, aside), ==, 0);
  await(&world, is_said, "waits: The root is frozen until somebody confirms it: The directory");
  g_assert_true(has_no_row(&world, "state = 'missing'"));
  g_assert_cmpint(rename(aside, world.library.tree), ==, 0);
  library_confirm(&world.library);
  library_scan(&world.library);
  watcher_poke(world.watcher);
  await(&world, is_said, "inotify: ");
  write_file(&world, "a/3.mkv");
  await(&world, has_row, "path LIKE '%/a/3.mkv'");
}

static void test_bad_names(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  start(&world);
  write_file(&world, "bad \xff.mkv");
  write_file(&world, "bad \xfe/in.mkv");
  g_autofree char *loop = g_build_filename(world.library.tree, "loop", NULL);
  g_assert_cmpint(symlink(".", loop), ==, 0);
  write_file(&world, "good.mkv");
  await(&world, has_row, "path LIKE '%/good.mkv'");
  tree_remove(world.library.tree, "bad \xff.mkv");
  tree_rename(world.library.tree, "bad \xfe", ".hidden");
  write_file(&world, "better.mkv");
  await(&world, has_row, "path LIKE '%/better.mkv'");
  g_assert_cmpint(library_count(&world.library, "1 = 1"), ==, 2);
}

/* The settings of a root hold at once. */
static void test_settings(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  start(&world);
  set_root(&world, "watch = 'off'");
  await(&world, is_said, "off: The root is not watched");
  set_root(&world, "watch = 'inotify'");
  await(&world, is_said, "inotify: ");
  set_root(&world, "enabled = 0");
  await(&world, is_said, "off: The root is switched off.");
  set_root(&world, "enabled = 1, exclude = '[\"samples\"]'");
  await(&world, is_said, "inotify: ");
  write_file(&world, "samples/no.mkv");
  write_file(&world, "yes.mkv");
  await(&world, has_row, "path LIKE '%/yes.mkv'");
  g_assert_true(has_no_row(&world, "path LIKE '%/no.mkv'"));
}

/* One of two servers watches; when it ends, the other one goes on. */
static void test_two_servers(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  start(&world);
  RootWatcherParams other = world.params;
  other.server = "two";
  Watcher *second = watcher_start(&other);
  write_file(&world, "a.mkv");
  await(&world, has_row, "path LIKE '%/a.mkv'");
  WatchState state;
  read_state(&world, &state);
  g_assert_cmpstr(state.server, ==, "one");
  record_clear(&watch_state_table, &state);
  watcher_stop(g_steal_pointer(&world.watcher));
  watcher_poke(second);
  write_file(&world, "b.mkv");
  await(&world, has_row, "path LIKE '%/b.mkv'");
  await(&world, is_said, "inotify: ");
  read_state(&world, &state);
  g_assert_cmpstr(state.server, ==, "two");
  record_clear(&watch_state_table, &state);
  watcher_stop(second);
}

static void test_flood(TestDb *test)
{
  enum { FILES = 500 };
  g_auto(World) world;
  world_init(&world, test);
  start(&world);
  for (int i = 0; i < FILES; i++) {
    g_autofree char *name = g_strdup_printf("%d/%d.mkv", i % 20, i);
    write_file(&world, name);
  }
  g_autofree char *all = g_strdup_printf("(SELECT COUNT(*) FROM files) = %d", FILES);
  await(&world, has_row, all);
}

#ifdef REEVE_FAILPOINTS
/* The kernel gives no more watches, at the start or for a directory that comes: the root is polled, and says why. */
static void test_limit(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  write_file(&world, "a/b/1.mkv");
  library_exec(&world.library, "UPDATE roots SET poll_s = 1");
  start(&world);
  failpoint_arm("watch.add:1=ENOSPC");
  write_file(&world, "c/2.mkv");
  await(&world, is_said, "max_user_watches");
  await(&world, is_said, "poll: It is looked through every 1 seconds: The kernel lets this user watch no more directories");
  failpoint_arm(NULL);
  WatchState state;
  read_state(&world, &state);
  g_assert_true(state.falls_short);
  record_clear(&watch_state_table, &state);
  await(&world, has_row, "path LIKE '%/c/2.mkv'");
  write_file(&world, "d/3.mkv");
  await(&world, has_row, "path LIKE '%/d/3.mkv'");
}

/* A clock that does something the first time a watch asks for the time of day. */
typedef struct {
  Clock clock;
  World *world;
  gint asked; /* atomic */
} BusyClock;

static int64_t write_and_tell(const Clock *clock)
{
  BusyClock *busy = (BusyClock *)(void *)clock;
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  if (g_str_equal(name, "watch") && g_atomic_int_compare_and_exchange(&busy->asked, 0, 1))
    write_file(busy->world, "between.mkv");
  return clock_now_ms(clock_system());
}

static int64_t tell_monotonic(const Clock *clock)
{
  return clock_monotonic_ms(clock_system());
}

/* The first attempt to listen fails, so that the root is looked through before the second one. What comes between the two, when
 * the watch notes the time of its look, is noticed all the same. */
static void test_no_gap(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  BusyClock busy = {.clock = {write_and_tell, tell_monotonic}, .world = &world};
  world.params.clock = &busy.clock;
  write_file(&world, "old.mkv");
  library_scan(&world.library);
  failpoint_arm("watch.init:1=EIO");
  world.watcher = watcher_start(&world.params);
  await(&world, is_said, "inotify: ");
  g_assert_cmpint(g_atomic_int_get(&busy.asked), ==, 1);
  await(&world, has_row, "path LIKE '%/between.mkv'");
  failpoint_arm(NULL);
}
#endif

int main(int argc, char **argv)
{
  int exit;
  if (library_is_child(argc, argv, &exit))
    return exit;
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings are what is tested */
  test_db_each("/watcher/life", test_life);
  test_db_each("/watcher/big-move", test_big_move);
  test_db_each("/watcher/catches-up", test_catches_up);
  test_db_each("/watcher/never-settles", test_never_settles);
  test_db_each("/watcher/polling", test_polling);
  test_db_each("/watcher/root-disappears", test_root_disappears);
  test_db_each("/watcher/bad-names", test_bad_names);
  test_db_each("/watcher/settings", test_settings);
  test_db_shared("/watcher/two-servers", test_two_servers);
  test_db_each("/watcher/flood", test_flood);
#ifdef REEVE_FAILPOINTS
  test_db_each("/watcher/limit", test_limit);
  test_db_each("/watcher/no-gap", test_no_gap);
#endif
  return g_test_run();
}
