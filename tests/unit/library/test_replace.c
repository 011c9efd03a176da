/* What a replacement refuses, whom it waits for, and what it leaves alone. Crashes are test_replace_crash.c's. */
#include "base/error.h"
#include "base/failpoint.h"
#include "library/replace_internal.h"
#include "library/replace_world.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void begin(World *world, TestDb *test, const char *name)
{
  /* The database is the fixture's; a second Db on it would be refused on SQLite. */
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

static void put(const char *directory, const char *name, const char *content)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(directory, name, NULL);
  g_file_set_contents(path, content, -1, &error);
  g_assert_no_error(error);
}

static void expect_films(World *world, const char *expected)
{
  g_autofree char *found = world_list(world->root_path);
  g_assert_cmpstr(found, ==, expected);
}

/* A replacement that is verified and waits for its commit. */
static void make_verified(World *world, const char *extension, Replacement *replacement)
{
  g_autoptr(GError) error = NULL;
  world_stage(world, extension, 7, replacement, &error);
  g_assert_no_error(error);
  g_file_set_contents(replacement->stage_path, WORLD_NEW_CONTENT, -1, &error);
  g_assert_no_error(error);
  replace_verified(&world->context, replacement, NULL, &error);
  g_assert_no_error(error);
}

static bool commit(World *world, Replacement *replacement, GError **error)
{
  ReplaceCommit rows = {.lease = &world->lease};
  int64_t history_id;
  return replace_commit(&world->context, replacement, &rows, &history_id, error);
}

/* The commit is refused for this reason, and giving up leaves no trace. */
static void expect_refused(World *world, Replacement *replacement, int code, const char *part, const char *films)
{
  g_autoptr(GError) error = NULL, abort_error = NULL;
  g_assert_false(commit(world, replacement, &error));
  g_assert_error(error, REEVE_ERROR, code);
  if (!strstr(error->message, part))
    g_error("\"%s\" lacks \"%s\"", error->message, part);
  replace_abort(&world->context, replacement, error->message, &abort_error);
  g_assert_no_error(abort_error);
  expect_films(world, films);
  record_clear(&replacement_table, replacement);
}

static void test_whole(TestDb *test)
{
  World world;
  begin(&world, test, "Film.avi");
  g_autoptr(GError) error = NULL;
  int64_t id;
  world_replace(&world, ".mkv", 7, &id, &error);
  g_assert_no_error(error);
  expect_films(&world,
               ".reeve-trash/\n.reeve-trash/1/\n.reeve-trash/1/Film.avi=" WORLD_OLD_CONTENT "\nFilm.mkv=" WORLD_NEW_CONTENT);
  g_autoptr(GPtrArray) history = world_rows(&world, &history_table), trash = world_rows(&world, &trash_table);
  const HistoryEntry *entry = history->pdata[0];
  g_assert_cmpint(entry->id, ==, id);
  g_assert_cmpstr(entry->profile, ==, "Test");
  g_assert_cmpstr(entry->codec_before, ==, "h264");
  g_assert_cmpfloat(entry->seconds, ==, 1.5);
  g_assert_true(entry->can_undo);
  const TrashEntry *kept = trash->pdata[0];
  g_assert_cmpint(kept->expires_at_ms - kept->created_at_ms, ==, (int64_t)7 * 24 * 3600 * 1000);
  end(&world, test);
}

static void test_source_changed(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  make_verified(&world, NULL, &replacement);
  put(world.root_path, "Film.mkv", "an upgrade by another program");
  expect_refused(&world, &replacement, REEVE_ERROR_CONFLICT, "changed since", "Film.mkv=an upgrade by another program");
  /* And before the work begins. */
  g_autoptr(GError) error = NULL;
  world_stage(&world, NULL, 7, &replacement, &error);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  end(&world, test);
}

static void test_target_taken(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.avi");
  put(world.root_path, "Film.mkv", "another film");
  g_autoptr(GError) error = NULL;
  world_stage(&world, ".mkv", 7, &replacement, &error);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "Film.mkv"));
  make_verified(&world, ".mp4", &replacement);
  put(world.root_path, "Film.mp4", "a third");
  expect_refused(&world, &replacement, REEVE_ERROR_CONFLICT, "another file has that name",
                 "Film.avi=" WORLD_OLD_CONTENT "\nFilm.mkv=another film\nFilm.mp4=a third");
  end(&world, test);
}

static void test_trash_taken(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  /* Of another life of the database: a new place is chosen. */
  g_autofree char *trash = g_build_filename(world.root_path, ".reeve-trash", "1", NULL);
  g_assert_cmpint(g_mkdir_with_parents(trash, 0755), ==, 0);
  make_verified(&world, NULL, &replacement);
  g_assert_cmpint(replacement.id, ==, 1);
  g_assert_null(strstr(replacement.trash_path, "/.reeve-trash/1/"));
  /* Taken in the meantime: nothing is overwritten. */
  g_autofree char *place = g_path_get_dirname(replacement.trash_path);
  g_assert_cmpint(g_mkdir_with_parents(place, 0755), ==, 0);
  put(place, "Film.mkv", "a stranger");
  g_autoptr(GError) error = NULL;
  g_assert_false(commit(&world, &replacement, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_autofree char *content = NULL;
  g_file_get_contents(replacement.trash_path, &content, NULL, NULL);
  g_assert_cmpstr(content, ==, "a stranger");
  replace_abort(&world.context, &replacement, "test", NULL);
  record_clear(&replacement_table, &replacement);
  end(&world, test);
}

static void test_new_file_bad(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  g_autofree char *films = g_strdup("Film.mkv=" WORLD_OLD_CONTENT);
  /* Changed after it was verified. */
  make_verified(&world, NULL, &replacement);
  g_file_set_contents(replacement.stage_path, "cut short", -1, NULL);
  expect_refused(&world, &replacement, REEVE_ERROR_CORRUPT, "missing or changed", films);
  /* Gone. */
  make_verified(&world, NULL, &replacement);
  g_assert_cmpint(unlink(replacement.stage_path), ==, 0);
  expect_refused(&world, &replacement, REEVE_ERROR_CORRUPT, "missing or changed", films);
  /* A symbolic link, and a second name of something: an encoder's tricks. */
  for (int trick = 0; trick < 3; trick++) {
    g_autoptr(GError) error = NULL;
    world_stage(&world, NULL, 7, &replacement, &error);
    g_assert_no_error(error);
    if (trick == 0)
      g_assert_cmpint(symlink(world.file.path, replacement.stage_path), ==, 0);
    else if (trick == 1)
      g_assert_cmpint(link(world.file.path, replacement.stage_path), ==, 0);
    else
      put(replacement.stage_directory, "Film.mkv", "");
    g_assert_false(replace_verified(&world.context, &replacement, NULL, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
    g_clear_error(&error);
    replace_abort(&world.context, &replacement, "test", &error);
    g_assert_no_error(error);
    record_clear(&replacement_table, &replacement);
    expect_films(&world, films);
  }
  end(&world, test);
}

static void test_fenced(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  make_verified(&world, NULL, &replacement);
  g_autoptr(GError) error = NULL;
  manual_clock_advance(&world.clock, 3600 * 1000);
  queue_expire(world.queue, NULL, &error);
  g_assert_no_error(error);
  expect_refused(&world, &replacement, REEVE_ERROR_CONFLICT, "", "Film.mkv=" WORLD_OLD_CONTENT);
  end(&world, test);
}

static void test_one_at_a_time(TestDb *test)
{
  World world;
  Replacement first, second;
  begin(&world, test, "Film.avi");
  make_verified(&world, ".mkv", &first);
  g_autoptr(GError) error = NULL;
  world_stage(&world, NULL, 7, &second, &error);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  /* Another file that wants the same name. */
  world_add_file(&world, "Film.mp4");
  world_stage(&world, ".MKV", 7, &second, &error);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "Film.avi"));
  record_clear(&replacement_table, &first);
  end(&world, test);
}

static void test_living_lease(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  make_verified(&world, NULL, &replacement);
  g_autoptr(GError) error = NULL;
  int count = -1;
  replace_recover(&world.context, NULL, NULL, &count, &error);
  g_assert_no_error(error);
  g_assert_cmpint(count, ==, 0);
  g_assert_true(fs_exists(replacement.stage_path));
  /* The lease is over, but somebody works on it all the same. */
  bool busy;
  int lock = stage_lock(replacement.stage_directory, STAGE_LOCK_TRY, &busy);
  g_assert_cmpint(lock, >=, 0);
  world_recover(&world, &count, &error);
  g_assert_no_error(error);
  g_assert_cmpint(count, ==, 0);
  stage_unlock(&lock);
  world_recover(&world, &count, &error);
  g_assert_no_error(error);
  g_assert_cmpint(count, ==, 1);
  expect_films(&world, "Film.mkv=" WORLD_OLD_CONTENT);
  /* Its worker comes back. */
  g_assert_false(commit(&world, &replacement, &error));
  g_assert_nonnull(error);
  record_clear(&replacement_table, &replacement);
  end(&world, test);
}

/* Whoever asks for the lock of a directory that another is just removing puts nothing new into it: the removal would fail. */
static void test_lock_makes_nothing(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  make_verified(&world, NULL, &replacement);
  g_autofree char *path = g_build_filename(replacement.stage_directory, REPLACE_LOCK_NAME, NULL);
  bool busy = true;
  int lock = stage_lock(replacement.stage_directory, STAGE_LOCK_TRY, &busy); /* it came with the directory */
  g_assert_cmpint(lock, >=, 0);
  g_assert_cmpint(g_unlink(replacement.stage_path), ==, 0);
  g_assert_cmpint(g_unlink(path), ==, 0);
  int late = stage_lock(replacement.stage_directory, STAGE_LOCK_TRY, &busy);
  g_assert_cmpint(late, <, 0);
  g_assert_false(busy);
  g_assert_cmpint(g_rmdir(replacement.stage_directory), ==, 0);
  stage_unlock(&late);
  stage_unlock(&lock);
  record_clear(&replacement_table, &replacement);
  end(&world, test);
}

/* Housekeeping as it goes on in every server, only without pauses. */
typedef struct {
  ReplaceContext *context;
  gint stops; /* atomic */
} Housekeeping;

static gpointer keep_recovering(gpointer data)
{
  Housekeeping *house = data;
  while (!g_atomic_int_get(&house->stops)) {
    int count = 0;
    g_autoptr(GError) error = NULL;
    replace_recover(house->context, NULL, NULL, &count, &error);
    g_assert_no_error(error); /* it may count one: a directory that the commit was about to remove */
  }
  return NULL;
}

/* Recovery looks at replacements whose lease lives, and leaves them alone: it never makes one of them fail. */
static void test_recovery_beside_commits(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  Housekeeping house = {.context = &world.context};
  GThread *thread = g_thread_new("house", keep_recovering, &house);
  for (int i = 0; i < 20; i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("Film %d.mkv", i);
    world_add_file(&world, name);
    int64_t history_id;
    world_replace(&world, NULL, 7, &history_id, &error);
    g_assert_no_error(error);
  }
  g_atomic_int_set(&house.stops, 1);
  g_thread_join(thread);
  end(&world, test);
}

static void test_link_policies(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  world_add_name(&world, "Seed.mkv");
  g_autoptr(GError) error = NULL;
  world.root.link_policy = LINKS_SKIP;
  world_stage(&world, NULL, 7, &replacement, &error);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "2 names"));
  end(&world, test);
}

static void test_no_space(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  world.context.reserve_bytes = INT64_MAX / 4;
  g_autoptr(GError) error = NULL;
  world_stage(&world, NULL, 7, &replacement, &error);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
  g_autoptr(GPtrArray) rows = world_rows(&world, &replacement_table);
  g_assert_cmpuint(rows->len, ==, 0);
  expect_films(&world, "Film.mkv=" WORLD_OLD_CONTENT);
  end(&world, test);
}

/* The disk is away while recovery runs: nothing is decided, and later all is well. */
static void test_disk_away(TestDb *test)
{
  World world;
  Replacement replacement;
  begin(&world, test, "Film.mkv");
  make_verified(&world, NULL, &replacement);
  g_autofree char *away = g_strdup_printf("%s.away", world.root_path);
  g_assert_cmpint(g_rename(world.root_path, away), ==, 0);
  g_autoptr(GError) error = NULL;
  int count;
  g_test_expect_message("library", G_LOG_LEVEL_WARNING, "*could not be recovered and is tried again*");
  world_recover(&world, &count, &error);
  g_test_assert_expected_messages();
  g_assert_no_error(error);
  g_assert_cmpint(count, ==, 0);
  g_autoptr(GPtrArray) rows = world_rows(&world, &replacement_table);
  g_assert_cmpint(((const Replacement *)rows->pdata[0])->state, ==, REPLACEMENT_VERIFIED);
  g_assert_nonnull(((const Replacement *)rows->pdata[0])->error);
  g_assert_cmpint(g_rename(away, world.root_path), ==, 0);
  world_recover(&world, &count, &error);
  g_assert_cmpint(count, ==, 1);
  expect_films(&world, "Film.mkv=" WORLD_OLD_CONTENT);
  record_clear(&replacement_table, &replacement);
  end(&world, test);
}

/* A row of a file that had the new name long ago, with its history. */
static void test_old_row_of_name(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  int64_t old_id = world.file.id;
  HistoryEntry entry;
  record_init(&history_table, &entry);
  entry.file_id = old_id;
  entry.root_id = world.root.id;
  g_autoptr(GError) error = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(world.db, &error);
    record_insert(conn, &history_table, &entry, &error);
    g_assert_no_error(error);
  }
  record_clear(&history_table, &entry);
  g_assert_cmpint(unlink(world.file.path), ==, 0);
  world_add_file(&world, "Film.avi");
  int64_t id;
  world_replace(&world, ".mkv", 0, &id, &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) files = world_rows(&world, &file_table), history = world_rows(&world, &history_table);
  g_assert_cmpuint(files->len, ==, 1);
  g_assert_cmpint(((const LibraryFile *)files->pdata[0])->id, ==, world.file.id);
  g_assert_cmpuint(history->len, ==, 2);
  g_assert_cmpint(((const HistoryEntry *)history->pdata[0])->file_id, ==, world.file.id);
  end(&world, test);
}

#ifdef REEVE_FAILPOINTS
/* Every commit's answer is lost, but each happened: the caller's view and the disk agree. */
static void test_lost_answers(TestDb *test)
{
  World world;
  begin(&world, test, "Film.mkv");
  g_autoptr(GError) error = NULL;
  int64_t id = 0;
  failpoint_arm("replace.answer:*=EIO");
  world_replace(&world, NULL, 7, &id, &error);
  failpoint_arm(NULL);
  g_assert_no_error(error);
  g_assert_cmpint(id, >, 0);
  expect_films(&world,
               ".reeve-trash/\n.reeve-trash/1/\n.reeve-trash/1/Film.mkv=" WORLD_OLD_CONTENT "\nFilm.mkv=" WORLD_NEW_CONTENT);
  end(&world, test);
}
#endif

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/replace/whole", test_whole);
  test_db_each("/replace/source-changed", test_source_changed);
  test_db_each("/replace/target-taken", test_target_taken);
  test_db_each("/replace/trash-taken", test_trash_taken);
  test_db_each("/replace/new-file-bad", test_new_file_bad);
  test_db_each("/replace/fenced", test_fenced);
  test_db_each("/replace/one-at-a-time", test_one_at_a_time);
  test_db_each("/replace/living-lease", test_living_lease);
  test_db_each("/replace/lock-makes-nothing", test_lock_makes_nothing);
  test_db_each("/replace/recovery-beside-commits", test_recovery_beside_commits);
  test_db_each("/replace/link-policies", test_link_policies);
  test_db_each("/replace/no-space", test_no_space);
  test_db_each("/replace/disk-away", test_disk_away);
  test_db_each("/replace/old-row-of-name", test_old_row_of_name);
#ifdef REEVE_FAILPOINTS
  test_db_each("/replace/lost-answers", test_lost_answers);
#endif
  return g_test_run();
}
