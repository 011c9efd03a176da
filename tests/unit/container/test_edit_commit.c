/* Carrying plans out on real files: what is written, what is refused, and what faults leave behind. */
#include "base/error.h"
#include "base/failpoint.h"
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A journal in memory that remembers what it was told. */
typedef struct {
  EditJournal base;
  int begun, ended;
  bool refuse_begin, refuse_end;
  void (*on_begin)(const char *path); /* something that happens meanwhile */
} MemoryJournal;

static bool memory_begin(EditJournal *self, const EditEntry *entry, GError **error)
{
  MemoryJournal *journal = (MemoryJournal *)self;
  journal->begun++;
  g_autofree char *path = edit_entry_path(entry);
  if (journal->on_begin)
    journal->on_begin(path);
  return !journal->refuse_begin || fail(error, REEVE_ERROR_UNAVAILABLE, "The database is away.");
}

static bool memory_end(EditJournal *self, const EditEntry *entry, GError **error)
{
  MemoryJournal *journal = (MemoryJournal *)self;
  journal->ended++;
  return !journal->refuse_end || fail(error, REEVE_ERROR_UNAVAILABLE, "The database is away.");
}

#define MEMORY_JOURNAL .base = {memory_begin, memory_end}

typedef struct {
  char *dir, *path;
  GBytes *before;
} Film;

static Film film_new(const GByteArray *bytes)
{
  Film film = {.dir = make_dir()};
  film.path = g_build_filename(film.dir, "film", NULL);
  put_file(film.path, bytes);
  film.before = content_of(film.path);
  return film;
}

static Film mkv_film(void)
{
  g_autoptr(GByteArray) bytes = build_mkv(&several_ranges);
  return film_new(bytes);
}

static void film_clear(Film *film)
{
  g_bytes_unref(film->before);
  g_free(film->path);
  remove_dir(film->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Film, film_clear)

static bool unchanged(const Film *film)
{
  g_autoptr(GBytes) now = content_of(film->path);
  return g_bytes_equal(now, film->before);
}

static void test_done(void)
{
  g_autoptr(GByteArray) mkv = build_mkv(&several_ranges);
  g_autoptr(GByteArray) mp4 = build_mp4(&(Mp4Recipe){.n_audio = 2, .flags = {7, 6}});
  const GByteArray *files[] = {mkv, mp4};
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    g_auto(Film) film = film_new(files[i]);
    g_assert_cmpint(g_chmod(film.path, 0640), ==, 0);
    struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    g_assert_cmpint(utimensat(AT_FDCWD, film.path, old, 0), ==, 0);
    g_autoptr(EditPlan) plan = plan_for(film.path);
    MemoryJournal journal = {MEMORY_JOURNAL};
    EditOutcome outcome;
    GError *error = NULL;
    g_assert_true(edit_commit(film.path, plan, &journal.base, &outcome, &error));
    g_assert_no_error(error);
    g_assert_cmpint(outcome, ==, EDIT_DONE);
    g_assert_cmpint(journal.begun, ==, 1);
    g_assert_cmpint(journal.ended, ==, 1);

    g_autoptr(TrackList) list = tracks_read(film.path, &error);
    g_assert_no_error(error);
    g_assert_true(track_list_satisfies(list, to_second, 2, NULL));
    struct stat st;
    g_assert_cmpint(stat(film.path, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, (off_t)files[i]->len);
    g_assert_cmpint(st.st_mode & 0777, ==, 0640);
    g_assert_cmpint(st.st_mtim.tv_sec, >, 1000000000); /* what media servers look at */

    g_autoptr(EditPlan) again = plan_for(film.path);
    g_assert_cmpint(again->action, ==, EDIT_NOTHING);
    g_assert_true(edit_commit(film.path, again, &journal.base, &outcome, &error));
    g_assert_cmpint(outcome, ==, EDIT_DONE);
    g_assert_cmpint(journal.begun, ==, 1); /* nothing to write */
  }
}

static void test_remux(void)
{
  g_autoptr(GByteArray) bytes = build_mkv(&(MkvRecipe){0});
  g_auto(Film) film = film_new(bytes);
  g_autoptr(EditPlan) plan = plan_for(film.path);
  MemoryJournal journal = {MEMORY_JOURNAL};
  EditOutcome outcome;
  g_assert_true(edit_commit(film.path, plan, &journal.base, &outcome, NULL));
  g_assert_cmpint(outcome, ==, EDIT_NEEDS_REMUX);
  g_assert_cmpint(journal.begun, ==, 0);
  g_assert_true(unchanged(&film));
}

static void test_linked(void)
{
  g_auto(Film) film = mkv_film();
  g_autofree char *other = g_strconcat(film.path, ".seeding", NULL);
  g_autoptr(EditPlan) plan = plan_for(film.path);
  g_assert_cmpint(link(film.path, other), ==, 0);
  MemoryJournal journal = {MEMORY_JOURNAL};
  EditOutcome outcome;
  g_assert_true(edit_commit(film.path, plan, &journal.base, &outcome, NULL));
  g_assert_cmpint(outcome, ==, EDIT_REFUSED_LINKED);
  g_assert_cmpint(journal.begun, ==, 0);
  g_assert_true(unchanged(&film));
}

/* Tries, and holds the failure to leaving the file as it is. */
static void assert_refused(const Film *film, const EditPlan *plan, MemoryJournal *journal, ReeveErrorCode code, const char *says)
{
  EditOutcome outcome = 99;
  g_autoptr(GError) error = NULL;
  g_assert_false(edit_commit(film->path, plan, &journal->base, &outcome, &error));
  g_test_message("%s", error->message);
  g_assert_error(error, REEVE_ERROR, (int)code);
  g_assert_nonnull(strstr(error->message, says));
  g_assert_cmpint(outcome, ==, 99);
}

static void touch_content(const char *path)
{
  int fd = open(path, O_WRONLY);
  g_assert_cmpint(pwrite(fd, "?", 1, 60), ==, 1);
  const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}}; /* the clock of file times may not have moved yet */
  g_assert_cmpint(futimens(fd, times), ==, 0);
  close(fd);
}

static void grow(const char *path)
{
  int fd = open(path, O_WRONLY | O_APPEND);
  g_assert_cmpint(write(fd, "more", 4), ==, 4);
  close(fd);
}

static void swap_for_another(const char *path)
{
  g_autofree char *other = g_strconcat(path, ".new", NULL);
  g_autoptr(GByteArray) bytes = build_mkv(&several_ranges);
  put_file(other, bytes);
  g_assert_cmpint(g_rename(other, path), ==, 0);
}

/* Changes since the plan was made, and changes while the journal was written. */
static void test_changed(void)
{
  static void (*const changes[])(const char *path) = {touch_content, grow, swap_for_another};
  for (size_t i = 0; i < G_N_ELEMENTS(changes); i++)
    for (int late = 0; late < 2; late++) {
      if (late && changes[i] == swap_for_another)
        continue; /* the open file is then written, which no longer has the name: harmless */
      g_auto(Film) film = mkv_film();
      g_autoptr(EditPlan) plan = plan_for(film.path);
      MemoryJournal journal = {MEMORY_JOURNAL, .on_begin = late ? changes[i] : NULL};
      if (!late)
        changes[i](film.path);
      g_autoptr(GBytes) changed = late ? NULL : content_of(film.path);
      assert_refused(&film, plan, &journal, REEVE_ERROR_CONFLICT, "since");
      g_assert_cmpint(journal.begun, ==, late);
      g_assert_cmpint(journal.ended, ==, late);
      g_autoptr(GBytes) now = content_of(film.path);
      if (!late)
        g_assert_true(g_bytes_equal(now, changed));
    }
}

/* Same size and mtime, but other bytes: the last thing that tells. */
static void test_changed_unseen(void)
{
  g_auto(Film) film = mkv_film();
  g_autoptr(EditPlan) plan = plan_for(film.path);
  const EditRange *first = plan->ranges->pdata[0];
  struct stat st;
  g_assert_cmpint(stat(film.path, &st), ==, 0);
  int fd = open(film.path, O_WRONLY);
  g_assert_cmpint(pwrite(fd, "\xFE", 1, first->offset), ==, 1);
  close(fd);
  struct timespec times[2] = {st.st_atim, st.st_mtim};
  g_assert_cmpint(utimensat(AT_FDCWD, film.path, times, 0), ==, 0);
  MemoryJournal journal = {MEMORY_JOURNAL};
  assert_refused(&film, plan, &journal, REEVE_ERROR_CONFLICT, "another program");
  g_assert_cmpint(journal.begun, ==, 0);
}

static void test_being_written(void)
{
  g_auto(Film) film = mkv_film();
  g_autoptr(EditPlan) plan = plan_for(film.path);
  int writer = open(film.path, O_WRONLY);
  MemoryJournal journal = {MEMORY_JOURNAL};
  int probe = open(film.path, O_RDONLY);
  bool known = fcntl(probe, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
  close(probe);
  if (known) {
    assert_refused(&film, plan, &journal, REEVE_ERROR_CONFLICT, "being written");
    g_assert_true(unchanged(&film));
  } else {
    g_test_skip("this file system has no leases");
  }
  close(writer);
}

static void test_not_to_be_opened(void)
{
  g_auto(Film) film = mkv_film();
  g_autoptr(EditPlan) plan = plan_for(film.path);
  MemoryJournal journal = {MEMORY_JOURNAL};
#ifdef REEVE_FAILPOINTS
  static const struct {
    const char *rule;
    ReeveErrorCode code;
  } faults[] = {{"edit.open_write:1=EROFS", REEVE_ERROR_DENIED}, {"edit.open_write:1=EACCES", REEVE_ERROR_DENIED}};
  for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
    failpoint_arm(faults[i].rule);
    assert_refused(&film, plan, &journal, faults[i].code, "opened for writing");
    failpoint_arm(NULL);
    g_assert_true(unchanged(&film));
  }
#endif
  g_autofree char *link_path = g_strconcat(film.path, ".link", NULL);
  g_assert_cmpint(symlink(film.path, link_path), ==, 0);
  Film linked = {.path = link_path};
  assert_refused(&linked, plan, &journal, REEVE_ERROR_INVALID, "symbolic link");
  Film directory = {.path = film.dir};
  assert_refused(&directory, plan, &journal, REEVE_ERROR_INVALID, "not a regular file");
  Film gone = {.path = "/nonexistent/film.mkv"};
  assert_refused(&gone, plan, &journal, REEVE_ERROR_NOT_FOUND, "/nonexistent/film.mkv");
  g_assert_cmpint(journal.begun, ==, 0);
}

static void test_journal_refuses(void)
{
  g_auto(Film) film = mkv_film();
  g_autoptr(EditPlan) plan = plan_for(film.path);
  MemoryJournal away = {MEMORY_JOURNAL, .refuse_begin = true};
  assert_refused(&film, plan, &away, REEVE_ERROR_UNAVAILABLE, "The database is away");
  g_assert_true(unchanged(&film));
  MemoryJournal stuck = {MEMORY_JOURNAL, .refuse_end = true};
  assert_refused(&film, plan, &stuck, REEVE_ERROR_UNAVAILABLE, "The edit is done");
  g_autoptr(EditPlan) again = plan_for(film.path);
  g_assert_cmpint(again->action, ==, EDIT_NOTHING);
}

#ifdef REEVE_FAILPOINTS
/* A fault at each step: the file is put back and the journal empty, unless putting it back fails too. */
static void test_faults(void)
{
  static const struct {
    const char *rule;
    ReeveErrorCode code;
    bool put_back;
  } rows[] = {
      {"edit.open:1=EIO", REEVE_ERROR_IO, true},
      {"edit.write:1=ENOSPC", REEVE_ERROR_NO_SPACE, true},
      {"edit.write:2=EIO", REEVE_ERROR_IO, true},
      {"edit.sync:1=EIO", REEVE_ERROR_IO, true},
      {"edit.verify:1=EIO", REEVE_ERROR_IO, true},
      {"edit.write:2=EIO,edit.write:3=EIO", REEVE_ERROR_IO, false},
      {"edit.sync:1=EIO,edit.sync:2=EIO", REEVE_ERROR_IO, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Film) film = mkv_film();
    g_autoptr(EditPlan) plan = plan_for(film.path);
    g_assert_cmpuint(plan->ranges->len, >=, 2);
    MemoryJournal journal = {MEMORY_JOURNAL};
    failpoint_arm(rows[i].rule);
    assert_refused(&film, plan, &journal, rows[i].code, "film");
    failpoint_arm(NULL);
    g_assert_cmpint(journal.ended, ==, rows[i].put_back ? journal.begun : 0);
    if (rows[i].put_back)
      g_assert_true(unchanged(&film));
    g_autoptr(EditEntry) entry = edit_entry_new(film.path, plan);
    EditRecovery recovery;
    GError *error = NULL;
    g_assert_true(edit_recover(film.path, entry, &recovery, &error));
    g_assert_no_error(error);
    g_assert_true(unchanged(&film));
  }
}
#endif

/* Every state that an interrupted write can leave: some sectors of some ranges new. */
static void test_recover_torn(void)
{
  g_auto(Film) film = mkv_film();
  g_autoptr(EditPlan) plan = plan_for(film.path);
  g_autoptr(EditEntry) entry = edit_entry_new(film.path, plan);
  gsize length;
  const guint8 *before = g_bytes_get_data(film.before, &length);
  g_autofree guint8 *after = g_memdup2(before, length);
  g_assert_true(edit_plan_apply(plan, after, length));
  for (int round = 0; round < 300; round++) {
    g_autoptr(GByteArray) torn = g_byte_array_append(g_byte_array_new(), before, (guint)length);
    for (gsize at = 0; at < length; at++)
      if (round == 1 || (round > 1 && g_test_rand_int_range(0, 2)))
        torn->data[at] = after[at];
    /* In place: the inode must stay. */
    int fd = open(film.path, O_WRONLY);
    g_assert_cmpint(pwrite(fd, torn->data, length, 0), ==, (ssize_t)length);
    close(fd);
    EditRecovery recovery;
    GError *error = NULL;
    g_assert_true(edit_recover(film.path, entry, &recovery, &error));
    g_assert_no_error(error);
    g_assert_cmpint(recovery, ==, round == 0 ? EDIT_WAS_UNTOUCHED : round == 1 ? EDIT_WAS_FINISHED : EDIT_WAS_PUT_BACK);
    g_autoptr(GBytes) now = content_of(film.path);
    g_autoptr(GBytes) expected = g_bytes_new(round == 1 ? after : before, length);
    g_assert_true(g_bytes_equal(now, expected));
  }
}

/* What is not ours any more is left alone. */
static void test_recover_refuses(void)
{
  static void (*const changes[])(const char *path) = {grow, swap_for_another};
  for (size_t i = 0; i <= G_N_ELEMENTS(changes); i++) {
    g_auto(Film) film = mkv_film();
    g_autoptr(EditPlan) plan = plan_for(film.path);
    g_autoptr(EditEntry) entry = edit_entry_new(film.path, plan);
    if (i < G_N_ELEMENTS(changes)) {
      changes[i](film.path);
    } else { /* a byte that is neither the old nor the new one */
      const EditRange *range = plan->ranges->pdata[0];
      int fd = open(film.path, O_WRONLY);
      g_assert_cmpint(pwrite(fd, "\xFE", 1, range->offset), ==, 1);
      close(fd);
    }
    g_autoptr(GBytes) changed = content_of(film.path);
    EditRecovery recovery = 99;
    g_autoptr(GError) error = NULL;
    g_assert_false(edit_recover(film.path, entry, &recovery, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
    g_autoptr(GBytes) now = content_of(film.path);
    g_assert_true(g_bytes_equal(now, changed));
    g_assert_cmpint(recovery, ==, 99);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/edit_commit/done", test_done);
  g_test_add_func("/edit_commit/remux", test_remux);
  g_test_add_func("/edit_commit/linked", test_linked);
  g_test_add_func("/edit_commit/changed", test_changed);
  g_test_add_func("/edit_commit/changed_unseen", test_changed_unseen);
  g_test_add_func("/edit_commit/being_written", test_being_written);
  g_test_add_func("/edit_commit/not_to_be_opened", test_not_to_be_opened);
  g_test_add_func("/edit_commit/journal_refuses", test_journal_refuses);
#ifdef REEVE_FAILPOINTS
  g_test_add_func("/edit_commit/faults", test_faults);
#endif
  g_test_add_func("/edit_recover/torn", test_recover_torn);
  g_test_add_func("/edit_recover/refuses", test_recover_refuses);
  return g_test_run();
}
