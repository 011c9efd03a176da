/* Which checks are made, and that what they find is kept for the content that was checked. */
#include "../library/library_fixture.h"
#include "operate/checks.h"

typedef struct {
  Library library;
  LiveSettings *settings;
  Queue *queue;
  CheckContext context;
} World;

static const int64_t day_ms = 24 * 60 * 60 * 1000LL;

static void world_init(World *world, TestDb *test)
{
  g_autoptr(GError) error = NULL;
  *world = (World){0};
  library_init(&world->library, test);
  Settings base;
  record_init(&settings_table, &base);
  const Clock *clock = &world->library.clock.clock;
  manual_clock_advance(&world->library.clock, 100 * day_ms);
  world->settings = live_settings_new(test->db, &base, "/nonexistent/reeve" /* no secrets */, clock, &error);
  g_assert_no_error(error);
  record_clear(&settings_table, &base);
  world->queue = queue_new(&(QueueParams){.db = test->db, .clock = clock});
  world->context = (CheckContext){.db = test->db,
                                  .queue = world->queue,
                                  .scan = &world->library.context,
                                  .settings = world->settings,
                                  .clock = clock,
                                  .ffmpeg = "ffmpeg"};
  for (int i = 0; i < 4; i++) {
    g_autofree char *name = g_strdup_printf("%d.mkv", i);
    g_autofree char *content = g_strdup_printf("%d is no film", i);
    tree_write(world->library.tree, name, content);
  }
  library_scan(&world->library);
}

static void world_clear(World *world)
{
  queue_free(world->queue);
  live_settings_free(world->settings);
  library_clear(&world->library);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void schedule(World *world)
{
  g_autoptr(GError) error = NULL;
  checks_schedule(&world->context, NULL, &error);
  g_assert_no_error(error);
}

static int64_t count_jobs(const World *world, const char *where)
{
  g_autoptr(DbConn) conn = test_db_acquire(world->library.test);
  g_autoptr(GError) error = NULL;
  g_autofree char *sql = g_strdup_printf("SELECT COUNT(*) FROM jobs WHERE kind = 'health' AND %s", where);
  int64_t count = -1;
  bool found;
  db_query_int(conn, sql, DB_NO_ARGS, &count, &found, &error);
  g_assert_no_error(error);
  return count;
}

/* As if all checks had ended, well or without a finding. */
static void end_jobs(World *world, bool found)
{
  g_autofree char *jobs =
      g_strdup_printf("UPDATE jobs SET state = 'done', finished_at_ms = %" G_GINT64_FORMAT, clock_now_ms(world->context.clock));
  g_autofree char *files = g_strdup_printf("UPDATE files SET health = 'ok', checked_at_ms = %" G_GINT64_FORMAT
                                           " WHERE id IN (SELECT file_id FROM jobs WHERE finished_at_ms = %" G_GINT64_FORMAT ")",
                                           clock_now_ms(world->context.clock), clock_now_ms(world->context.clock));
  library_exec(&world->library, jobs);
  if (found)
    library_exec(&world->library, files);
}

static void test_schedule(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  schedule(&world); /* nobody asked for it */
  g_assert_cmpint(count_jobs(&world, "1 = 1"), ==, 0);
  library_exec(&world.library, "UPDATE roots SET check_days = 7");
  library_exec(&world.library, "UPDATE files SET state = 'missing' WHERE path LIKE '%/3.mkv'");
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending' AND priority = 'low'"), ==, 3);
  schedule(&world); /* while they wait there are no others */
  g_assert_cmpint(count_jobs(&world, "1 = 1"), ==, 3);
  end_jobs(&world, true);
  manual_clock_advance(&world.library.clock, 6 * day_ms);
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending'"), ==, 0);
  library_exec(&world.library, "UPDATE files SET checked_at_ms = NULL WHERE path LIKE '%/1.mkv'"); /* it changed */
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending' AND title LIKE '%/1.mkv'"), ==, 1);
  end_jobs(&world, false); /* it could not be done: not again at once */
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending'"), ==, 0);
  manual_clock_advance(&world.library.clock, 2 * day_ms);
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending'"), ==, 3);
  library_exec(&world.library, "UPDATE roots SET enabled = 0");
  end_jobs(&world, true);
  manual_clock_advance(&world.library.clock, 20 * day_ms);
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending'"), ==, 0);
}

/* The longest unchecked come first, and no more than may be read in a day. */
static void test_budget(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) changes = json_pack("{s:i}", "check_daily_gib", 5);
  g_assert_true(live_settings_put(world.settings, changes, NULL, NULL, &error));
  library_exec(&world.library, "UPDATE roots SET check_days = 7");
  library_exec(&world.library, "UPDATE files SET size_bytes = 3221225472, checked_at_ms = 4 - id"); /* 3 GiB */
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending'"), ==, 2);
  g_assert_cmpint(count_jobs(&world, "file_id IN (SELECT id FROM files ORDER BY id DESC LIMIT 2)"), ==, 2);
  end_jobs(&world, true);
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending'"), ==, 0);
  manual_clock_advance(&world.library.clock, day_ms + 1);
  schedule(&world);
  g_assert_cmpint(count_jobs(&world, "state = 'pending'"), ==, 2);
}

static void test_enqueue(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  g_autoptr(GError) error = NULL;
  library_exec(&world.library, "UPDATE files SET state = 'ready'");
  library_exec(&world.library, "UPDATE files SET state = 'missing' WHERE path LIKE '%/3.mkv'");
  g_autoptr(LibraryFile) file = library_file(&world.library, "0.mkv");
  g_autoptr(LibraryFile) missing = library_file(&world.library, "3.mkv");
  const int64_t id = file->id, unknown = 999;
  const CheckRequest one = {.file_ids = &id, .n_files = 1, .root_id = FIELD_NULL_INT, .priority = PRIORITY_NORMAL};
  g_autoptr(GArray) first = checks_enqueue(&world.context, &one, &error);
  g_autoptr(GArray) again = checks_enqueue(&world.context, &one, &error);
  g_assert_no_error(error);
  g_assert_cmpint(g_array_index(first, int64_t, 0), ==, g_array_index(again, int64_t, 0));
  g_autoptr(GArray) all = checks_enqueue(&world.context, &(CheckRequest){.root_id = world.library.root_id}, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(all->len, ==, 3);
  g_assert_null(
      checks_enqueue(&world.context, &(CheckRequest){.file_ids = &missing->id, .n_files = 1, .root_id = FIELD_NULL_INT}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  g_assert_null(
      checks_enqueue(&world.context, &(CheckRequest){.file_ids = &unknown, .n_files = 1, .root_id = FIELD_NULL_INT}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);
  g_assert_null(checks_enqueue(&world.context, &(CheckRequest){.root_id = 999}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

/* A finding is that of a content: it stays when the file is looked at again, and goes when the file changes. */
static void test_kept(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  g_autoptr(GError) error = NULL;
  g_autoptr(LibraryFile) file = library_file(&world.library, "0.mkv");
  g_autoptr(GPtrArray) faults = records_new(&file_fault_table);
  FileFault *fault = record_new(&file_fault_table);
  fault->at_ms = 5;
  fault->message = (g_free(fault->message), g_strdup("broken"));
  g_ptr_array_add(faults, fault);
  FileCheck check = {.file_id = file->id,
                     .size_bytes = file->size_bytes,
                     .mtime_ns = file->mtime_ns + 1,
                     .health = FILE_DAMAGED,
                     .fault_count = 1,
                     .faults = faults,
                     .now_ms = 7};
  bool kept = true;
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_assert_true(file_check_put(conn, &check, &kept, &error));
    g_assert_false(kept);
    check.mtime_ns--;
    g_assert_true(file_check_put(conn, &check, &kept, &error));
    g_assert_true(kept);
  }
  g_assert_true(scan_file(&world.library.context, file->id, &error)); /* the same content */
  g_assert_no_error(error);
  g_autoptr(LibraryFile) after = library_file(&world.library, "0.mkv");
  g_assert_cmpint(after->health, ==, FILE_DAMAGED);
  g_assert_cmpint(after->checked_at_ms, ==, 7);
  g_assert_cmpuint(after->faults->len, ==, 1);
  g_assert_cmpstr(((FileFault *)after->faults->pdata[0])->message, ==, "broken");
  tree_write(world.library.tree, "0.mkv", "something else");
  library_scan(&world.library);
  g_autoptr(LibraryFile) changed = library_file(&world.library, "0.mkv");
  g_assert_cmpint(changed->health, ==, FIELD_NULL_ENUM);
  g_assert_cmpint(changed->checked_at_ms, ==, FIELD_NULL_INT);
  g_assert_cmpint(changed->fault_count, ==, 0);
}

int main(int argc, char **argv)
{
  int exit;
  if (library_is_child(argc, argv, &exit))
    return exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/checks/schedule", test_schedule);
  test_db_each("/checks/budget", test_budget);
  test_db_each("/checks/enqueue", test_enqueue);
  test_db_each("/checks/kept", test_kept);
  return g_test_run();
}
