/* Killed at each point in turn, and recovered, itself killed at each point in turn: the file is as before or as after, byte for
 * byte, and no journal stays. */
#include "base/error.h"
#include "base/failpoint.h"
#include "disk.h"

#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  char *dir, *path, *journal_dir; /* journal_dir NULL: beside the film */
  GBytes *before, *after;
} World;

static World world_new(bool separate_journal)
{
  World world = {.dir = make_dir()};
  world.path = g_build_filename(world.dir, "film \"Amélie\" \xE9.mkv", NULL);
  if (separate_journal) {
    world.journal_dir = g_build_filename(world.dir, "journal", NULL);
    g_assert_cmpint(g_mkdir(world.journal_dir, 0700), ==, 0);
  }
  g_autoptr(GByteArray) bytes = build_mkv(&several_ranges);
  put_file(world.path, bytes);
  world.before = content_of(world.path);
  g_autoptr(EditPlan) plan = plan_for(world.path);
  g_assert_true(edit_plan_apply(plan, bytes->data, bytes->len));
  world.after = g_bytes_new(bytes->data, bytes->len);
  return world;
}

static void world_clear(World *world)
{
  g_bytes_unref(world->before);
  g_bytes_unref(world->after);
  g_free(world->path);
  g_free(world->journal_dir);
  remove_dir(world->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static const char *entries_of(const World *world)
{
  return world->journal_dir ? world->journal_dir : world->dir;
}

/* The names in the directory that holds entries, but for the film and the journal's directory. */
static guint count_entries(const World *world)
{
  return count_names(entries_of(world)) - (world->journal_dir ? 0 : 1);
}

static bool commit(const World *world, GError **error)
{
  g_autoptr(EditPlan) plan = plan_for(world->path);
  EditJournal *journal = edit_journal_file_new(world->journal_dir);
  EditOutcome outcome;
  bool ok = edit_commit(world->path, plan, journal, &outcome, error);
  edit_journal_file_free(journal);
  return ok;
}

typedef struct {
  int n;
  EditRecovery recovery;
  char *path;
  GError *error;
} Report;

static void on_recovered(const char *path, EditRecovery recovery, const GError *error, void *user_data)
{
  Report *report = user_data;
  report->n++;
  report->recovery = recovery;
  g_free(report->path);
  report->path = g_strdup(path);
  g_clear_error(&report->error);
  report->error = error ? g_error_copy(error) : NULL;
}

static void report_clear(Report *report)
{
  g_free(report->path);
  g_clear_error(&report->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Report, report_clear)

static void recover(const World *world, Report *report)
{
  GError *error = NULL;
  g_assert_true(edit_journal_file_recover(entries_of(world), on_recovered, report, &error));
  g_assert_no_error(error);
}

static void assert_whole(const World *world, bool may_be_before)
{
  g_autoptr(GBytes) now = content_of(world->path);
  g_assert_true(g_bytes_equal(now, world->after) || (may_be_before && g_bytes_equal(now, world->before)));
  g_assert_cmpuint(count_entries(world), ==, 0);
}

#ifdef REEVE_FAILPOINTS
typedef enum { RUN_COMMIT, RUN_RECOVER } Run;

/* Runs it in a child that dies at the point-th point. True if it did; false if it went through. */
static bool dies_at(const World *world, Run run, int point)
{
  pid_t child = fork();
  g_assert_cmpint(child, >=, 0);
  if (child == 0) {
    g_autofree char *rule = g_strdup_printf("*:%d", point);
    failpoint_arm(rule);
    Report report = {0};
    if (run == RUN_COMMIT)
      _exit(commit(world, NULL) ? 0 : 1);
    _exit(edit_journal_file_recover(entries_of(world), on_recovered, &report, NULL) && !report.error ? 0 : 1);
  }
  int status;
  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  if (WIFSIGNALED(status)) {
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
    return true;
  }
  g_assert_cmpint(WEXITSTATUS(status), ==, 0);
  return false;
}

static void test_killed(gconstpointer separate)
{
  int point = 1, seen[EDIT_WAS_PUT_BACK + 1] = {0};
  for (bool died = true; died; point++) {
    /* The recovery is killed at 1, 2, 3 … too, on a fresh world each time, until it goes through. */
    bool recovery_died = true;
    for (int second = 1; recovery_died; second++) {
      g_auto(World) world = world_new(separate != NULL);
      died = dies_at(&world, RUN_COMMIT, point);
      recovery_died = died && dies_at(&world, RUN_RECOVER, second);
      g_auto(Report) report = {0};
      recover(&world, &report);
      g_assert_no_error(report.error);
      if (report.n > 0)
        seen[report.recovery]++;
      assert_whole(&world, died);
      GError *error = NULL;
      g_assert_true(commit(&world, &error)); /* nothing stands in its way */
      g_assert_no_error(error);
      assert_whole(&world, false);
    }
  }
  g_test_message("%d points", point - 2);
  g_assert_cmpint(point, >, 8);
  for (size_t i = 0; i < G_N_ELEMENTS(seen); i++)
    g_assert_cmpint(seen[i], >, 0); /* or the test did not reach what it is about */
}

/* A fault at each point: an error, the file as before or as after, and a recovery that finds at most what the error spoke of. */
static void test_failing(void)
{
  static const char *const faults[] = {"ENOSPC", "EIO", "EROFS"};
  for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
    bool ok = false;
    for (int point = 1; !ok; point++) {
      g_auto(World) world = world_new(false);
      g_autoptr(EditPlan) plan = plan_for(world.path);
      EditJournal *journal = edit_journal_file_new(NULL);
      g_autofree char *rule = g_strdup_printf("*:%d=%s", point, faults[i]);
      EditOutcome outcome;
      g_autoptr(GError) error = NULL;
      failpoint_arm(rule);
      ok = edit_commit(world.path, plan, journal, &outcome, &error);
      failpoint_arm(NULL);
      g_assert_true(ok == (error == NULL));
      edit_journal_file_free(journal);
      g_autoptr(GBytes) now = content_of(world.path);
      g_assert_true(g_bytes_equal(now, ok ? world.after : world.before) ||
                    (error && strstr(error->message, "The edit is done") && g_bytes_equal(now, world.after)));
      g_auto(Report) report = {0};
      recover(&world, &report);
      assert_whole(&world, true);
    }
  }
}
#endif

/* An edit that is running is neither disturbed by a recovery nor doubled. */
static bool begin_in(const World *world, EditJournal *journal, EditEntry **ret_entry)
{
  g_autoptr(EditPlan) plan = plan_for(world->path);
  GError *error = NULL;
  *ret_entry = edit_entry_new(world->path, plan);
  bool ok = journal->begin(journal, *ret_entry, &error);
  g_clear_error(&error);
  return ok;
}

static void test_running(void)
{
  g_auto(World) world = world_new(false);
  EditJournal *journal = edit_journal_file_new(NULL);
  g_autoptr(EditEntry) entry = NULL;
  g_assert_true(begin_in(&world, journal, &entry));
  g_auto(Report) report = {0};
  recover(&world, &report);
  g_assert_cmpint(report.n, ==, 0);
  g_assert_cmpuint(count_entries(&world), ==, 1);
  g_autoptr(GError) error = NULL;
  g_assert_false(commit(&world, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_true(journal->end(journal, entry, NULL));
  edit_journal_file_free(journal);
  assert_whole(&world, true);
}

/* The library was mounted elsewhere, or its directory renamed: the film is found beside its entry. */
static void test_moved(void)
{
  g_auto(World) world = world_new(false);
  EditJournal *journal = edit_journal_file_new(NULL);
  g_autoptr(EditEntry) entry = NULL;
  g_assert_true(begin_in(&world, journal, &entry));
  edit_journal_file_free(journal); /* as if the process had died: the entry stays, its lock goes */
  char *moved = g_strconcat(world.dir, "-moved", NULL);
  g_assert_cmpint(g_rename(world.dir, moved), ==, 0);
  g_free(world.dir);
  world.dir = moved;
  g_auto(Report) report = {0};
  recover(&world, &report);
  g_assert_no_error(report.error);
  g_assert_cmpint(report.n, ==, 1);
  g_assert_cmpint(report.recovery, ==, EDIT_WAS_UNTOUCHED);
  g_assert_true(g_str_has_prefix(report.path, moved));
  g_assert_cmpuint(count_entries(&world), ==, 0);
}

/* Entries that are cut short are from before the first write; whole ones whose file is gone wait for a person. */
static void test_entries(void)
{
  g_auto(World) world = world_new(true);
  EditJournal *journal = edit_journal_file_new(world.journal_dir);
  g_autoptr(EditEntry) entry = NULL;
  g_assert_true(begin_in(&world, journal, &entry));
  edit_journal_file_free(journal);
  g_autoptr(GDir) dir = g_dir_open(world.journal_dir, 0, NULL);
  g_autofree char *path = g_build_filename(world.journal_dir, g_dir_read_name(dir), NULL);
  g_autoptr(GBytes) text = content_of(path);
  gsize length;
  const char *bytes = g_bytes_get_data(text, &length);
  for (gsize cut = 0; cut <= length; cut++) {
    g_assert_true(g_file_set_contents(path, bytes, (gssize)cut, NULL));
    g_auto(Report) report = {0};
    recover(&world, &report);
    g_assert_cmpint(report.n, ==, cut == length);
    g_assert_cmpuint(count_entries(&world), ==, 0);
  }
  g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
  g_autofree char *away = g_strconcat(world.path, ".away", NULL);
  g_assert_cmpint(g_rename(world.path, away), ==, 0);
  g_auto(Report) report = {0};
  recover(&world, &report);
  g_assert_error(report.error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_assert_cmpuint(count_entries(&world), ==, 1);
  g_assert_cmpint(g_rename(away, world.path), ==, 0);
  recover(&world, &report);
  g_assert_no_error(report.error);
  assert_whole(&world, true);
}

static void test_no_directory(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(edit_journal_file_recover("/nonexistent", on_recovered, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#ifdef REEVE_FAILPOINTS
  g_test_add_data_func("/edit_crash/killed/beside", NULL, test_killed);
  g_test_add_data_func("/edit_crash/killed/separate", "yes", test_killed);
  g_test_add_func("/edit_crash/failing", test_failing);
#endif
  g_test_add_func("/edit_crash/running", test_running);
  g_test_add_func("/edit_crash/moved", test_moved);
  g_test_add_func("/edit_crash/entries", test_entries);
  g_test_add_func("/edit_crash/no_directory", test_no_directory);
  return g_test_run();
}
