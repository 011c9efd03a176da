/* Kills a replacement at every point where it can be killed, lets it fail at every point where it can fail, recovers, and holds
 * disk and rows to R1-R4 of library/replace.h. Points are the failpoints of the file functions and of the database's commits; a
 * victim is a forked process, so that dying is what it is after kill -9. */
#include "library/replace_crash.h"

#include "library/replace_world.h"

#include "base/failpoint.h"
#include "store/migrate.h"
#include "store/pg_fixture.h"
#include "store/record_sql.h"
#include "sys/fs.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_POINTS 400 /* more than any operation has */

/* --- cases --- */

typedef struct {
  const char *name;
  const char *source;    /* the file's name */
  const char *extension; /* of the new file, NULL: the same */
  const char *target;    /* its name then */
  const char *faults;    /* failpoint rules that hold all the time */
  int keep_days;
  LinkPolicy links;
  const char *other, *other_target; /* a second name, and what it is called afterwards */
  bool trash_elsewhere;
  bool is_undo; /* the victim undoes a replacement that went well */
  bool is_slow; /* on PostgreSQL only with -m slow: what it adds is on disk, not in rows */
} Case;

/* The first rename that is tried is the exchange. */
#define NO_EXCHANGE "fs.rename:1=EOPNOTSUPP"
#define NO_LINKS "fs.link:*=EOPNOTSUPP"

static const Case cases[] = {
    {"same-name", "Film.mkv", NULL, "Film.mkv", NULL, 7},
    {"same-name-by-link", "Film.mkv", NULL, "Film.mkv", NO_EXCHANGE, 7, .is_slow = true},
    {"same-name-by-two-renames", "Film.mkv", NULL, "Film.mkv", NO_EXCHANGE "," NO_LINKS, 7, .is_slow = true},
    {"extension", "Film.avi", ".mkv", "Film.mkv", NULL, 7},
    {"extension-without-links", "Film.avi", ".mkv", "Film.mkv", NO_EXCHANGE "," NO_LINKS, 7, .is_slow = true},
    {"extension-torn-renames", "Film.avi", ".mkv", "Film.mkv", NO_EXCHANGE, 7, .is_slow = true},
    {"case-only", "Film.MKV", ".mkv", "Film.mkv", NULL, 7, .is_slow = true},
    {"case-only-aliased", "Film.MKV", ".mkv", "Film.mkv", "replace.alias:*=EIO", 7, .is_slow = true},
    {"no-retention", "Film.mkv", NULL, "Film.mkv", NULL, 0},
    {"no-retention-extension", "Film.avi", ".mkv", "Film.mkv", NULL, 0, .is_slow = true},
    {"no-retention-by-link", "Film.mkv", NULL, "Film.mkv", NO_EXCHANGE, 0, .is_slow = true},
    {"trash-elsewhere", "Film.mkv", NULL, "Film.mkv", NULL, 7, .trash_elsewhere = true},
    {"trash-elsewhere-extension", "Film.avi", ".mkv", "Film.mkv", NULL, 7, .trash_elsewhere = true, .is_slow = true},
    {"trash-elsewhere-two-renames", "Film.mkv", NULL, "Film.mkv", NO_EXCHANGE "," NO_LINKS, 7, .trash_elsewhere = true,
     .is_slow = true},
    {"relink", "Film.mkv", NULL, "Film.mkv", NULL, 7, LINKS_RELINK, "Seed.mkv", "Seed.mkv"},
    {"relink-extension", "Film.avi", ".mkv", "Film.mkv", NULL, 7, LINKS_RELINK, "Seed.avi", "Seed.mkv", .is_slow = true},
    {"leave-links", "Film.mkv", NULL, "Film.mkv", NULL, 7, LINKS_REPLACE, "Seed.mkv", NULL, .is_slow = true},
    {"undo", "Film.mkv", NULL, "Film.mkv", NULL, 7, .is_undo = true},
    {"undo-extension", "Film.avi", ".mkv", "Film.mkv", NULL, 7, .is_undo = true, .is_slow = true},
    {"undo-without-links", "Film.mkv", NULL, "Film.mkv", NO_LINKS, 7, .is_undo = true, .is_slow = true},
    {"undo-trash-elsewhere", "Film.mkv", NULL, "Film.mkv", NULL, 7, .trash_elsewhere = true, .is_undo = true, .is_slow = true},
};

/* --- what the processes share --- */

typedef struct {
  int64_t root_id, file_id, job_id, undone_id;
  char directory[256];
  char elsewhere[256];
} Shared;

static Shared *shared;

/* Worlds are made in memory where there is such a file system: thousands of fsyncs take their time on a disk. */
static const char memory_base[] = "/dev/shm";
static const char *elsewhere_base; /* a directory on another file system; NULL: none */

typedef struct {
  const Case *test_case;
  const char *url;
  bool is_postgresql;
  const char *rule; /* armed when the work begins; NULL: none */
} Round;

/* Runs in a process of its own. True if it ended by itself with 0; aborts on anything but that, 1 and SIGKILL. */
typedef enum { ENDED_WELL, ENDED_FAILED, KILLED } End;

static pid_t start(int (*function)(const Round *round), const Round *round)
{
  pid_t child = fork();
  g_assert_cmpint(child, >=, 0);
  if (child == 0) {
    int code = function(round);
    fflush(NULL);
    _exit(code);
  }
  return child;
}

static End wait_for(pid_t child, const Round *round)
{
  int status;
  while (waitpid(child, &status, 0) < 0)
    g_assert_cmpint(errno, ==, EINTR);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return KILLED;
  if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
    g_error("%s with %s: a process ended with status %d", round->test_case->name, round->rule ? round->rule : "no rule", status);
  return WEXITSTATUS(status) == 0 ? ENDED_WELL : ENDED_FAILED;
}

static End run(int (*function)(const Round *round), const Round *round)
{
  return wait_for(start(function, round), round);
}

static void arm(const Round *round)
{
  const char *faults = round->test_case->faults;
  g_autofree char *rules =
      round->rule && faults ? g_strdup_printf("%s,%s", round->rule, faults) : g_strdup(round->rule ? round->rule : faults);
  failpoint_arm(rules);
}

/* --- the victim --- */

static void build(World *world, const Case *test_case)
{
  world_add_file(world, test_case->source);
  g_strlcpy(shared->directory, world->directory, sizeof shared->directory);
  shared->elsewhere[0] = '\0';
  world->root.link_policy = test_case->links;
  if (test_case->trash_elsewhere) {
    g_autofree char *name = g_path_get_basename(world->directory);
    g_snprintf(shared->elsewhere, sizeof shared->elsewhere, "%s/%s", elsewhere_base, name);
    g_free(world->root.trash_path);
    world->root.trash_path = g_strdup(shared->elsewhere);
  }
  world_update_root(world);
  if (test_case->other)
    world_add_name(world, test_case->other);
  shared->root_id = world->root.id;
  shared->file_id = world->file.id;
  shared->undone_id = FIELD_NULL_INT;
}

static int victim(const Round *round)
{
  const Case *test_case = round->test_case;
  g_autoptr(GError) error = NULL;
  World world;
  world_open(&world, round->url);
  build(&world, test_case);
  int64_t history_id;
  if (test_case->is_undo) {
    world_replace(&world, test_case->extension, test_case->keep_days, &shared->undone_id, &error);
    g_assert_no_error(error);
    world_lease(&world);
  }
  shared->job_id = world.lease.job_id;
  arm(round);
  bool ok = test_case->is_undo ? trash_undo(&world.context, shared->undone_id, &world.lease, NULL, &history_id, &error)
                               : world_replace(&world, test_case->extension, test_case->keep_days, &history_id, &error);
  failpoint_arm(NULL);
  if (!ok && g_test_verbose())
    g_test_message("%s: %s", round->rule ? round->rule : "", error->message);
  world_close(&world);
  return ok ? 0 : 1;
}

/* --- recovery and judgement --- */

static void open_shared(World *world, const Round *round)
{
  g_autoptr(GError) error = NULL;
  world_open(world, round->url);
  g_autoptr(DbConn) conn = db_acquire(world->db, &error);
  record_init(&root_table, &world->root);
  record_get(conn, &root_table, shared->root_id, &world->root, &error);
  g_assert_no_error(error);
  world->root_path = g_strdup(world->root.path);
}

/* R1, in the moment after a death: the bytes of what was replaced are somewhere, unless they are not kept and it is committed. */
static void check_nothing_lost(World *world, const Case *test_case)
{
  g_autoptr(GPtrArray) replacements = world_rows(world, &replacement_table);
  const Replacement *last = replacements->len > 0 ? replacements->pdata[replacements->len - 1] : NULL;
  if (test_case->keep_days == 0 && last && last->state == REPLACEMENT_COMMITTED)
    return;
  g_autofree char *films = world_list(shared->directory);
  g_autofree char *trash = world_list(test_case->trash_elsewhere ? shared->elsewhere : shared->directory);
  const char *const wanted[] = {WORLD_OLD_CONTENT, test_case->is_undo ? WORLD_NEW_CONTENT : WORLD_OLD_CONTENT};
  for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
    if (!strstr(films, wanted[i]) && !strstr(trash, wanted[i]))
      g_error("\"%s\" is lost:\n%s\n%s", wanted[i], films, trash);
}

static int recoverer(const Round *round)
{
  g_autoptr(GError) error = NULL;
  World world;
  int count;
  open_shared(&world, round);
  check_nothing_lost(&world, round->test_case);
  arm(round);
  bool ok = world_recover(&world, &count, &error);
  failpoint_arm(NULL);
  world_close(&world);
  return ok ? 0 : 1;
}

/* Everything that is expected, as text; compared with what is there. */
typedef struct {
  GPtrArray *films, *trash;
} Expected;

static void expect(GPtrArray *lines, const char *name, const char *content)
{
  g_ptr_array_add(lines, g_strdup_printf("%s=%s", name, content));
}

static int by_text(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_lines(GPtrArray *lines, const char *directory, const char *where)
{
  g_ptr_array_sort(lines, by_text);
  g_ptr_array_add(lines, NULL);
  g_autofree char *expected = g_strjoinv("\n", (char **)lines->pdata);
  g_autofree char *found = world_list(directory);
  if (strcmp(expected, found) != 0)
    g_error("%s: expected\n%s\nfound\n%s", where, expected, found);
}

static const char *base_name(const char *path)
{
  return strrchr(path, '/') + 1;
}

/* Each kept trash entry is a file, and each file in the trash an entry. */
static void expect_trash(World *world, const Case *test_case, Expected *expected, const char *old_content,
                         const char *new_content)
{
  g_autoptr(GPtrArray) entries = world_rows(world, &trash_table);
  GPtrArray *lines = test_case->trash_elsewhere ? expected->trash : expected->films;
  const char *prefix = test_case->trash_elsewhere ? "" : ".reeve-trash/";
  bool has_trash_directory = false;
  for (guint i = 0; i < entries->len; i++) {
    const TrashEntry *entry = entries->pdata[i];
    has_trash_directory = true;
    if (entry->state != TRASH_KEPT)
      continue;
    g_autofree char *directory = g_path_get_dirname(entry->trash_path);
    g_ptr_array_add(lines, g_strdup_printf("%s%s/", prefix, base_name(directory)));
    g_autofree char *name = g_strdup_printf("%s%s/%s", prefix, base_name(directory), base_name(entry->trash_path));
    bool is_new = entry->size_bytes == (int64_t)strlen(WORLD_NEW_CONTENT);
    expect(lines, name, is_new ? new_content : old_content);
  }
  g_autofree char *trash = g_build_filename(world->root_path, ".reeve-trash", NULL);
  if (!test_case->trash_elsewhere && (has_trash_directory || fs_exists(trash)))
    g_ptr_array_add(lines, g_strdup(".reeve-trash/"));
}

static const LibraryFile *find_file(GPtrArray *files, int64_t id)
{
  for (guint i = 0; i < files->len; i++)
    if (((const LibraryFile *)files->pdata[i])->id == id)
      return files->pdata[i];
  g_error("The file's row is gone.");
}

/* Each row of a file says what lies at its path. */
static void check_files(World *world, const char *name)
{
  g_autoptr(GPtrArray) files = world_rows(world, &file_table);
  g_assert_cmpstr(base_name(find_file(files, shared->file_id)->path), ==, name);
  for (guint i = 0; i < files->len; i++) {
    const LibraryFile *file = files->pdata[i];
    FileStat st;
    g_autoptr(GError) error = NULL;
    fs_stat(file->path, &st, &error);
    g_assert_no_error(error);
    g_assert_cmpint(st.size_bytes, ==, file->size_bytes);
    g_assert_cmpint(st.inode, ==, file->inode);
    g_assert_cmpint(st.mtime_ns, ==, file->mtime_ns);
    struct stat mode;
    g_assert_cmpint(stat(file->path, &mode), ==, 0);
    g_assert_cmpint(mode.st_mode & 0777, ==, 0640);
  }
}

static void check_job(World *world, bool is_committed)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(world->db, &error);
  Job job;
  record_init(&job_table, &job);
  record_get(conn, &job_table, shared->job_id, &job, &error);
  g_assert_no_error(error);
  g_assert_cmpint(job.state, ==, is_committed ? JOB_DONE : JOB_RUNNING);
  record_clear(&job_table, &job);
}

/* The round's rule makes something fail, and not die. */
static bool may_fail(const Round *round)
{
  return round->rule && strchr(round->rule, '=');
}

static void check_history(World *world, const Round *round, bool is_committed)
{
  const Case *test_case = round->test_case;
  g_autoptr(GPtrArray) history = world_rows(world, &history_table);
  guint expected = (is_committed ? 1 : 0) + (test_case->is_undo ? 1 : 0);
  g_assert_cmpuint(history->len, ==, expected);
  int64_t saved = 0, plain = (int64_t)strlen(WORLD_OLD_CONTENT) - (int64_t)strlen(WORLD_NEW_CONTENT);
  for (guint i = 0; i < history->len; i++)
    saved += ((const HistoryEntry *)history->pdata[i])->bytes_saved;
  bool is_new = is_committed != test_case->is_undo;
  if (test_case->links == LINKS_REPLACE && test_case->other)
    plain = -(int64_t)strlen(WORLD_NEW_CONTENT); /* the other name pins the original */
  /* A name that could not be relinked keeps its space, too. */
  if (test_case->links != LINKS_RELINK || !may_fail(round))
    g_assert_cmpint(saved, ==, is_new ? plain : 0);
  if (!test_case->is_undo || history->len < 1)
    return;
  const HistoryEntry *first = history->pdata[0];
  g_assert_cmpint(first->state, ==, is_committed ? HISTORY_UNDONE : HISTORY_REPLACED);
  g_assert_cmpint(first->can_undo, ==, !is_committed);
  if (!is_committed) {
    g_autoptr(GError) error = NULL;
    trash_can_undo(&world->context, first->id, &error);
    g_assert_no_error(error);
  }
}

/* Where a name could not be relinked, because the file system failed just then, it still has the whole original; deaths are no
 * such reason. */
static void expect_other_name(World *world, const Round *round, bool is_new, GPtrArray *films)
{
  const Case *test_case = round->test_case;
  if (!test_case->other)
    return;
  if (!is_new || test_case->links != LINKS_RELINK) {
    expect(films, test_case->other, WORLD_OLD_CONTENT);
    return;
  }
  g_autofree char *path = g_build_filename(world->root_path, test_case->other, NULL);
  g_autofree char *content = NULL;
  g_file_get_contents(path, &content, NULL, NULL);
  bool was_served = !may_fail(round) || !content || strcmp(content, WORLD_NEW_CONTENT) == 0;
  expect(films, was_served ? test_case->other_target : test_case->other, was_served ? WORLD_NEW_CONTENT : WORLD_OLD_CONTENT);
}

static void judge(World *world, const Round *round)
{
  const Case *test_case = round->test_case;
  g_autoptr(GPtrArray) replacements = world_rows(world, &replacement_table);
  guint expected_rows = test_case->is_undo ? 2 : 1;
  const Replacement *last = replacements->len == expected_rows ? replacements->pdata[expected_rows - 1] : NULL;
  for (guint i = 0; i < replacements->len; i++) {
    const Replacement *replacement = replacements->pdata[i];
    g_assert_true(replacement->state == REPLACEMENT_COMMITTED || replacement->state == REPLACEMENT_ABORTED);
    g_assert_cmpstr(replacement->stage_directory, ==, "");
  }
  bool is_committed = last && last->state == REPLACEMENT_COMMITTED;
  bool is_new = is_committed != test_case->is_undo;
  const char *name = is_new ? test_case->target : test_case->source;
  Expected expected = {g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free)};
  expect(expected.films, name, is_new ? WORLD_NEW_CONTENT : WORLD_OLD_CONTENT);
  expect_other_name(world, round, is_new, expected.films);
  expect_trash(world, test_case, &expected, WORLD_OLD_CONTENT, WORLD_NEW_CONTENT);
  check_lines(expected.films, world->root_path, "films");
  if (test_case->trash_elsewhere && fs_exists(shared->elsewhere))
    check_lines(expected.trash, shared->elsewhere, "trash");
  g_ptr_array_unref(expected.films);
  g_ptr_array_unref(expected.trash);

  g_autoptr(GPtrArray) trash = world_rows(world, &trash_table);
  g_assert_cmpuint(trash->len, ==, (is_committed && test_case->keep_days > 0) + (test_case->is_undo ? 1 : 0));
  check_files(world, name);
  check_history(world, round, is_committed);
  check_job(world, is_committed);
}

static int judged(const Round *round)
{
  World world;
  open_shared(&world, round);
  judge(&world, round);
  world_close(&world);
  return 0;
}

static int recover_and_judge(const Round *round)
{
  Round calm = *round;
  calm.rule = NULL;
  if (recoverer(&calm) != 0)
    return 2;
  return judged(round);
}

static void remove_world(void)
{
  if (shared->directory[0])
    fs_remove_tree(shared->directory, NULL);
  if (shared->elsewhere[0])
    fs_remove_tree(shared->elsewhere, NULL);
  memset(shared, 0, sizeof *shared);
}

/* On PostgreSQL two servers recover at once, at each fourth point. */
static void recover(const Round *round, int point)
{
  Round calm = *round;
  if (round->is_postgresql && point % 4 == 0) {
    calm.rule = NULL;
    pid_t first = start(recoverer, &calm), second = start(recoverer, &calm);
    g_assert_cmpint(wait_for(first, &calm), ==, ENDED_WELL);
    g_assert_cmpint(wait_for(second, &calm), ==, ENDED_WELL);
    calm.rule = round->rule;
  }
  g_assert_cmpint(run(recover_and_judge, &calm), ==, ENDED_WELL);
  remove_world();
}

/* --- the loops --- */

/* Dies at point 1, 2, 3 … until it goes through; each so many times the recovery dies as well, again and again, further on each
 * time. Returns the number of points. */
static int kill_everywhere(const Case *test_case, const char *url, bool is_postgresql)
{
  for (int point = 1; point < MAX_POINTS; point++) {
    g_autofree char *rule = g_strdup_printf("*:%d", point);
    Round round = {test_case, url, is_postgresql, rule};
    End end = run(victim, &round);
    g_assert_cmpint(end, !=, ENDED_FAILED);
    if (end == KILLED && point % (is_postgresql ? 9 : 5) == 0) {
      for (int again = 1; again < MAX_POINTS; again += 1 + again / 4) {
        g_autofree char *second = g_strdup_printf("*:%d", again);
        Round double_fault = {test_case, url, is_postgresql, second};
        if (run(recoverer, &double_fault) == ENDED_WELL)
          break;
      }
    }
    recover(&round, point);
    if (end == ENDED_WELL)
      return point - 1;
  }
  g_error("%s does not come to an end.", test_case->name);
}

/* The same without dying: a full disk and a failing one, by turns. */
static void fail_everywhere(const Case *test_case, const char *url, bool is_postgresql, int points)
{
  static const char *const errors[] = {"EIO", "ENOSPC"};
  for (int point = 1; point <= points; point += is_postgresql ? 2 : 1) {
    g_autofree char *rule = g_strdup_printf("*:%d=%s", point, errors[point / (is_postgresql ? 2 : 1) % 2]);
    Round round = {test_case, url, is_postgresql, rule};
    End end = run(victim, &round);
    g_assert_cmpint(end, !=, KILLED);
    recover(&round, point);
  }
}

typedef struct {
  const Case *test_case;
  bool is_postgresql;
} Test;

static char *database_url; /* made once for all cases */
static char *sqlite_directory;

static const char *need_database(bool is_postgresql)
{
  if (database_url)
    return database_url;
  if (is_postgresql)
    return database_url = pg_fixture_new_database(true);
  g_autoptr(GError) error = NULL;
  sqlite_directory = g_dir_make_tmp("reeve-crash-XXXXXX", &error);
  g_assert_no_error(error);
  database_url = g_strdup_printf("sqlite:%s/reeve.db", sqlite_directory);
  g_autoptr(Db) db = db_open(&(DbParams){.url = database_url}, &error);
  g_assert_no_error(error);
  migrate_run(db, NULL, &error);
  g_assert_no_error(error);
  return database_url;
}

static void choose_directories(void)
{
  g_autofree char *usual = g_strdup(g_getenv("TMPDIR") ? g_getenv("TMPDIR") : "/tmp");
  FileStat tmp, memory;
  if (!fs_stat(memory_base, &memory, NULL) || !fs_stat(usual, &tmp, NULL) || access(memory_base, W_OK) != 0)
    return;
  g_setenv("TMPDIR", memory_base, TRUE);
  if (memory.device != tmp.device)
    elsewhere_base = g_intern_string(usual);
}

/* What recovery has to say of thousands of deaths is of interest only when one goes wrong. */
static void say_nothing(const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    g_log_default_handler(domain, level, message, user_data);
}

static void test_case_everywhere(gconstpointer data)
{
  const Test *test = data;
  if (test->is_postgresql && test->test_case->is_slow && !g_test_slow()) {
    g_test_skip("Slow; run with -m slow.");
    return;
  }
  if (test->is_postgresql && !pg_fixture_available()) {
    g_test_skip("PostgreSQL is not installed.");
    return;
  }
  if (test->test_case->trash_elsewhere && !elsewhere_base) {
    g_test_skip("There is no second file system to have the trash on.");
    return;
  }
  const char *url = need_database(test->is_postgresql);
  int points = kill_everywhere(test->test_case, url, test->is_postgresql);
  g_test_message("%d points", points);
  fail_everywhere(test->test_case, url, test->is_postgresql, points);
}

int replace_crash_main(int argc, char **argv, DbKind kind)
{
  choose_directories();
  g_test_init(&argc, &argv, NULL);
  if (!g_test_verbose())
    g_log_set_default_handler(say_nothing, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true(shared != MAP_FAILED);
  Test tests[G_N_ELEMENTS(cases)];
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    tests[i] = (Test){&cases[i], kind == DB_POSTGRESQL};
    g_autofree char *path =
        g_strdup_printf("/replace/crash/%s/%s", kind == DB_POSTGRESQL ? "postgresql" : "sqlite", cases[i].name);
    g_test_add_data_func(path, &tests[i], test_case_everywhere);
  }
  int result = g_test_run();
  if (sqlite_directory)
    fs_remove_tree(sqlite_directory, NULL);
  if (kind == DB_POSTGRESQL && database_url)
    pg_fixture_drop_database(database_url);
  g_free(sqlite_directory);
  g_free(database_url);
  munmap(shared, sizeof *shared);
  return result;
}
