/* Purging by age and size, what is never purged, and when an undo is refused. */
#include "base/error.h"
#include "library/replace_world.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "sys/fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static void begin(World *world, TestDb *test, const char *name)
{
  db_close(test->db);
  world_open(world, test->url);
  world_add_file(world, name);
}

static void end(World *world, TestDb *test)
{
  g_autoptr(GError) error = NULL;
  fs_remove_tree(world->directory, &error);
  g_assert_no_error(error);
  world_close(world);
  test->db = db_open(&(DbParams){.url = test->url}, &error);
  g_assert_no_error(error);
}

static int64_t replace(World *world, const char *extension)
{
  g_autoptr(GError) error = NULL;
  int64_t id;
  world_replace(world, extension, 7, &id, &error);
  g_assert_no_error(error);
  return id;
}

static int purge(World *world, int64_t cap)
{
  g_autoptr(GError) error = NULL;
  int count = -1;
  trash_purge(&world->context, cap, &count, &error);
  g_assert_no_error(error);
  return count;
}

static TrashEntry *entry_at(GPtrArray *entries, guint i)
{
  g_assert_cmpuint(i, <, entries->len);
  return entries->pdata[i];
}

static void test_places(void)
{
  Root root = {.path = (char *)"/films"}, other = {.path = (char *)"/films", .trash_path = (char *)"/trash"};
  g_autofree char *a = trash_place(&root, 7, "/films/x/Film.mkv"), *b = trash_place(&other, 7, "/films/x/Film.mkv");
  g_assert_cmpstr(a, ==, "/films/.reeve-trash/7/Film.mkv");
  g_assert_cmpstr(b, ==, "/trash/7/Film.mkv");
}

static void test_age(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  int64_t history_id = replace(&world, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(purge(&world, 0), ==, 0);
  manual_clock_advance(&world.clock, 7 * DAY_MS - 1);
  g_assert_cmpint(purge(&world, 0), ==, 0);
  g_assert_true(trash_can_undo(&world.context, history_id, &error));
  manual_clock_advance(&world.clock, 1);
  g_assert_cmpint(purge(&world, 0), ==, 1);
  g_assert_cmpint(purge(&world, 0), ==, 0);
  g_assert_false(trash_can_undo(&world.context, history_id, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "deleted from the trash"));
  g_autofree char *films = world_list(world.root_path);
  g_assert_cmpstr(films, ==, ".reeve-trash/\nFilm.mkv=" WORLD_NEW_CONTENT);
  g_autoptr(GPtrArray) entries = world_rows(&world, &trash_table), history = world_rows(&world, &history_table);
  g_assert_cmpint(entry_at(entries, 0)->state, ==, TRASH_PURGED);
  g_assert_false(((const HistoryEntry *)history->pdata[0])->can_undo);
  end(&world, test);
}

static void test_cap(TestDb *test)
{
  World world;
  begin(&world, test, "One.mkv");
  replace(&world, NULL);
  manual_clock_advance(&world.clock, 1000);
  world_add_file(&world, "Two.mkv");
  replace(&world, NULL);
  int64_t size = (int64_t)strlen(WORLD_OLD_CONTENT);
  g_assert_cmpint(purge(&world, 2 * size), ==, 0);
  g_assert_cmpint(purge(&world, 2 * size - 1), ==, 1); /* the older one */
  g_autoptr(GPtrArray) entries = world_rows(&world, &trash_table);
  g_assert_cmpint(entry_at(entries, 0)->state, ==, TRASH_PURGED);
  g_assert_cmpint(entry_at(entries, 1)->state, ==, TRASH_KEPT);
  end(&world, test);
}

/* Only what was put there goes. */
static void test_strangers(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  replace(&world, NULL);
  g_autoptr(GPtrArray) entries = world_rows(&world, &trash_table);
  const char *path = entry_at(entries, 0)->trash_path;
  g_autoptr(GError) error = NULL;
  g_file_set_contents(path, "somebody's notes", -1, &error);
  g_assert_no_error(error);
  manual_clock_advance(&world.clock, 30 * DAY_MS);
  g_test_expect_message("library", G_LOG_LEVEL_WARNING, "*not what was put into the trash*");
  g_assert_cmpint(purge(&world, 0), ==, 0);
  g_test_assert_expected_messages();
  g_assert_true(fs_exists(path));
  /* A file beside it stays, and so does the directory. */
  g_assert_cmpint(unlink(path), ==, 0);
  g_autofree char *directory = g_path_get_dirname(path);
  g_autofree char *beside = g_build_filename(directory, "notes.txt", NULL);
  g_file_set_contents(beside, "x", -1, &error);
  g_assert_cmpint(purge(&world, 0), ==, 1); /* its file is gone: nothing is left to keep */
  g_assert_true(fs_exists(beside));
  end(&world, test);
}

static void test_trash_away(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  replace(&world, NULL);
  g_autofree char *trash = g_build_filename(world.root_path, ".reeve-trash", NULL);
  g_autofree char *away = g_build_filename(world.directory, "away", NULL);
  g_assert_cmpint(g_rename(trash, away), ==, 0);
  manual_clock_advance(&world.clock, 30 * DAY_MS);
  g_test_expect_message("library", G_LOG_LEVEL_WARNING, "*is its file system mounted*");
  g_assert_cmpint(purge(&world, 0), ==, 0);
  g_test_assert_expected_messages();
  g_autoptr(GPtrArray) entries = world_rows(&world, &trash_table);
  g_assert_cmpint(entry_at(entries, 0)->state, ==, TRASH_KEPT);
  end(&world, test);
}

static bool undo(World *world, int64_t history_id, int64_t *ret_id, GError **error)
{
  world_lease(world);
  return trash_undo(&world->context, history_id, &world->lease, NULL, ret_id, error);
}

static void expect_films(World *world, const char *path, const char *content)
{
  g_autofree char *full = g_build_filename(world->root_path, path, NULL);
  g_autofree char *found = NULL;
  g_file_get_contents(full, &found, NULL, NULL);
  g_assert_cmpstr(found, ==, content);
}

static int64_t saved(World *world)
{
  g_autoptr(GPtrArray) history = world_rows(world, &history_table);
  int64_t sum = 0;
  for (guint i = 0; i < history->len; i++)
    sum += ((const HistoryEntry *)history->pdata[i])->bytes_saved;
  return sum;
}

/* There, back, and there again. */
static void test_undo_of_undo(TestDb *test)
{
  World world;
  begin(&world, test, "Film.avi");
  int64_t first = replace(&world, ".mkv"), second, third;
  int64_t plain = (int64_t)strlen(WORLD_OLD_CONTENT) - (int64_t)strlen(WORLD_NEW_CONTENT);
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(saved(&world), ==, plain);
  undo(&world, first, &second, &error);
  g_assert_no_error(error);
  expect_films(&world, "Film.avi", WORLD_OLD_CONTENT);
  expect_films(&world, "Film.mkv", NULL);
  g_assert_cmpint(saved(&world), ==, 0);
  g_assert_false(undo(&world, first, &third, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "undone already"));
  g_clear_error(&error);
  undo(&world, second, &third, &error);
  g_assert_no_error(error);
  expect_films(&world, "Film.mkv", WORLD_NEW_CONTENT);
  expect_films(&world, "Film.avi", NULL);
  g_assert_cmpint(saved(&world), ==, plain);
  end(&world, test);
}

static void test_undo_refused(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  int64_t id = replace(&world, NULL), other;
  g_autoptr(GError) error = NULL;
  g_assert_false(trash_can_undo(&world.context, id + 1000, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);
  g_autofree char *film = g_build_filename(world.root_path, "Film.mkv", NULL);
  g_file_set_contents(film, "edited since, by hand", -1, NULL);
  g_assert_false(undo(&world, id, &other, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "changed since"));
  g_clear_error(&error);
  g_assert_cmpint(unlink(film), ==, 0);
  g_assert_false(trash_can_undo(&world.context, id, &error));
  g_assert_nonnull(strstr(error->message, "missing"));
  end(&world, test);
}

/* An undo keeps its original from the purge. */
static void test_purge_during_undo(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  int64_t id = replace(&world, NULL);
  g_autoptr(GPtrArray) files = world_rows(&world, &file_table);
  world_lease(&world);
  ReplaceRequest request = {
      .kind = REPLACE_UNDO, .root = &world.root, .file = files->pdata[0], .lease = world.lease, .keep_days = 7, .undo_of = id};
  Replacement staged;
  g_autoptr(GError) error = NULL;
  replace_stage(&world.context, &request, &staged, &error);
  g_assert_no_error(error);
  manual_clock_advance(&world.clock, 30 * DAY_MS);
  g_assert_cmpint(purge(&world, 0), ==, 0);
  replace_abort(&world.context, &staged, "test", &error);
  g_assert_no_error(error);
  g_assert_cmpint(purge(&world, 0), ==, 1);
  record_clear(&replacement_table, &staged);
  end(&world, test);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/trash/places", test_places);
  test_db_each("/trash/age", test_age);
  test_db_each("/trash/cap", test_cap);
  test_db_each("/trash/strangers", test_strangers);
  test_db_each("/trash/away", test_trash_away);
  test_db_each("/trash/undo-of-undo", test_undo_of_undo);
  test_db_each("/trash/undo-refused", test_undo_refused);
  test_db_each("/trash/purge-during-undo", test_purge_during_undo);
  return g_test_run();
}
