/* A library on a fresh database: a directory tree, a root on it, and short words for scanning it and looking at the rows. */
#pragma once

#include "base/error.h"
#include "library/roots.h"
#include "library/scan.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "sys/child.h"
#include "tree.h"

typedef struct {
  TestDb *test;
  ManualClock clock;
  ProbePool *probes;
  ScanContext context;
  char *tree;
  int64_t root_id;
  ScanProgress progress; /* of the last scan */
  GString *messages;     /* "level: message" lines of the last scan */
  Cancel *cancel;        /* for scans; NULL */
  bool cancels_at_message;
} Library;

/* Clips of a second, made once for the program: two contents. */
static inline const char *clip(int number)
{
  static char *clips[2];
  g_assert(number >= 0 && number < 2);
  if (clips[number])
    return clips[number];
  g_autoptr(GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp("reeve-clip-XXXXXX", &error);
  g_assert_no_error(error);
  clips[number] = g_build_filename(directory, "clip.mkv", NULL);
  g_autofree char *source = g_strdup_printf("testsrc=size=%dx48:rate=5:duration=1", 64 + 16 * number);
  const char *const argv[] = {"ffmpeg", "-v",   "error", "-nostdin", "-f",          "lavfi",
                              "-i",     source, "-c:v",  "mpeg4",    clips[number], NULL};
  ChildExit exit;
  child_run(&(ChildParams){.argv = argv, .errors = CHILD_INHERIT}, 60000, NULL, 1000, NULL, NULL, &exit, &error);
  g_assert_no_error(error);
  g_assert_cmpint(exit.exit_code, ==, 0);
  return clips[number];
}

static inline void clips_remove(void)
{
  for (int i = 0; i < 2; i++) {
    g_autofree char *directory = g_path_get_dirname(clip(i));
    fs_remove_tree(directory, NULL);
  }
}

static inline void library_add_clip(const Library *library, const char *name, int number)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *content = NULL;
  gsize length;
  g_assert_true(g_file_get_contents(clip(number), &content, &length, &error));
  tree_write_bytes(library->tree, name, content, length);
}

static inline void library_init(Library *library, TestDb *test)
{
  *library = (Library){
      .test = test, .probes = probe_pool_new(&(ProbeParams){.children = 2}), .tree = tree_new(), .messages = g_string_new(NULL)};
  manual_clock_init(&library->clock, 1000000);
  scan_context_init(&library->context);
  library->context.db = test->db;
  library->context.probes = library->probes;
  library->context.clock = &library->clock.clock;
  library->context.threads = 2;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(GError) error = NULL;
  g_free(root->path);
  root->path = g_strdup(library->tree);
  root_add(conn, root, NULL, &library->clock.clock, &error);
  g_assert_no_error(error);
  library->root_id = root->id;
}

static inline void library_clear(Library *library)
{
  scan_context_clear(&library->context);
  probe_pool_free(library->probes);
  tree_free(library->tree);
  g_string_free(library->messages, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Library, library_clear)

static inline void library_exec(const Library *library, const char *sql)
{
  g_autoptr(DbConn) conn = test_db_acquire(library->test);
  g_autoptr(GError) error = NULL;
  db_exec(conn, sql, DB_NO_ARGS, NULL, &error);
  g_assert_no_error(error);
}

static inline int64_t library_count(const Library *library, const char *where)
{
  g_autoptr(DbConn) conn = test_db_acquire(library->test);
  g_autoptr(GError) error = NULL;
  g_autofree char *sql = g_strdup_printf("SELECT COUNT(*) FROM files WHERE %s", where);
  int64_t count = -1;
  bool is_found;
  db_query_int(conn, sql, DB_NO_ARGS, &count, &is_found, &error);
  g_assert_no_error(error);
  return count;
}

static inline Root *library_root(const Library *library)
{
  g_autoptr(DbConn) conn = test_db_acquire(library->test);
  g_autoptr(GError) error = NULL;
  Root *root = record_new(&root_table);
  record_get(conn, &root_table, library->root_id, root, &error);
  g_assert_no_error(error);
  return root;
}

/* The row of a file, by its path below the tree; aborts if there is none. */
static inline LibraryFile *library_file(const Library *library, const char *name)
{
  g_autoptr(DbConn) conn = test_db_acquire(library->test);
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(library->tree, name, NULL);
  LibraryFile *file = record_new(&file_table);
  record_find(conn, &file_table, "root_id = $1 AND path = $2", DB_ARGS(DB_INT(library->root_id), DB_TEXT(path)), file, &error);
  g_assert_no_error(error);
  return file;
}

static inline void library_on_message(const char *level, const char *message, void *user_data)
{
  Library *library = user_data;
  g_string_append_printf(library->messages, "%s: %s\n", level, message);
  if (library->cancels_at_message)
    cancel_set(library->cancel);
}

static inline bool library_try_scan(Library *library, GError **error)
{
  g_string_truncate(library->messages, 0);
  ScanWatch watch = {.cancel = library->cancel, .on_message = library_on_message, .user_data = library};
  return scan_root(&library->context, library->root_id, &watch, &library->progress, error);
}

static inline void library_scan(Library *library)
{
  g_autoptr(GError) error = NULL;
  library_try_scan(library, &error);
  g_assert_no_error(error);
}

static inline void library_scan_fails(Library *library, ReeveErrorCode code, const char *with)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(library_try_scan(library, &error));
  if (!g_error_matches(error, REEVE_ERROR, (int)code) || !strstr(error->message, with))
    g_error("\"%s\" (%d) is not the error that was expected: %s", error->message, error->code, with);
}

static inline void library_confirm(Library *library)
{
  g_autoptr(GError) error = NULL;
  root_confirm(&library->context, library->root_id, &error);
  g_assert_no_error(error);
}

/* A program of these tests is its own probing child; or REEVE_TEST_CHILD is, for the thread sanitizer, whose processes do not fit
 * into the limits of a child. */
static inline bool library_is_child(int argc, char **argv, int *ret_exit)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0) {
    *ret_exit = probe_child_main();
    return true;
  }
  if (argc > 1 && strcmp(argv[1], "__exec") == 0) {
    *ret_exit = child_exec_main(argc, argv);
    return true;
  }
  const char *child = g_getenv("REEVE_TEST_CHILD");
  if (child)
    g_setenv("REEVE_BINARY", child, TRUE);
  else
    g_unsetenv("REEVE_BINARY");
  return false;
}
