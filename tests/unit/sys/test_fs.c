#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- The same program in another role: "__op NAME PATH [PATH]" does one operation and prints how it went ---- */

static bool run_op(const char *name, const char *a, const char *b, GError **error)
{
  bool supported = true;
  bool ok = false;
  if (strcmp(name, "rename") == 0)
    ok = fs_rename(a, b, error);
  else if (strcmp(name, "rename_new") == 0)
    ok = fs_rename_new(a, b, error);
  else if (strcmp(name, "exchange") == 0)
    ok = fs_exchange(a, b, &supported, error);
  else if (strcmp(name, "link") == 0)
    ok = fs_link(a, b, &supported, error);
  else if (strcmp(name, "unlink") == 0)
    ok = fs_unlink(a, error);
  else if (strcmp(name, "mkdir") == 0)
    ok = fs_mkdir(b, 0755, error);
  else if (strcmp(name, "mkdirs") == 0)
    ok = fs_mkdirs(b, 0755, error);
  else if (strcmp(name, "rmdir") == 0)
    ok = fs_rmdir(a, error);
  else if (strcmp(name, "fsync") == 0)
    ok = fs_fsync(a, error);
  else if (strcmp(name, "fsync_parent") == 0)
    ok = fs_fsync_parent(a, error);
  else if (strcmp(name, "write") == 0)
    ok = fs_write_durable(a, "new", 3, 0640, error);
  else if (strcmp(name, "copy") == 0)
    ok = fs_copy(a, b, NULL, NULL, NULL, error);
  else if (strcmp(name, "metadata") == 0)
    ok = fs_copy_metadata(a, b, FS_KEEP_MTIME, NULL, error);
  else if (strcmp(name, "remove_tree") == 0)
    ok = fs_remove_tree(a, error);
  else
    g_error("unknown operation %s", name);
  if (ok && !supported)
    g_print("unsupported\n");
  return ok;
}

static int op_main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  bool ok = run_op(argv[2], argv[3], argc > 4 ? argv[4] : NULL, &error);
  if (ok == (error != NULL))
    g_print("lies\n");
  else
    g_print("%s\n", ok ? "ok" : reeve_error_row(error->code)->name);
  return 0;
}

/* ---- */

#ifdef REEVE_FAILPOINTS
typedef struct {
  const char *operation, *rule, *expected;
  int files; /* 1: a ("old") exists; 2: b ("other") does too; 0: a is an empty directory; 3: a directory with a file */
  const char *a_after, *b_after; /* content, NULL: gone or not made, "" : not looked at */
} FaultRow;

static const FaultRow fault_rows[] = {
    {"rename", "fs.rename:1=EACCES", "denied", 2, "old", "other"},
    {"rename", "fs.rename:1=EXDEV", "io", 2, "old", "other"},
    {"rename_new", "fs.rename:1=EIO", "io", 1, "old", NULL},
    {"rename_new", "fs.rename:1=EOPNOTSUPP", "ok", 1, NULL, "old"},                               /* by link and unlink */
    {"rename_new", "fs.rename:1=EOPNOTSUPP", "conflict", 2, "old", "other"},                      /* link finds `to` */
    {"rename_new", "fs.rename:1=EOPNOTSUPP,fs.link:1=EOPNOTSUPP", "ok", 1, NULL, "old"},          /* by look and rename */
    {"rename_new", "fs.rename:1=EOPNOTSUPP,fs.link:1=EOPNOTSUPP", "conflict", 2, "old", "other"}, /* the look finds `to` */
    {"rename_new", "fs.rename:1=EOPNOTSUPP,fs.unlink:1=EACCES", "denied", 1, "old", NULL},        /* the second name goes */
    {"rename_new", "fs.rename:1=EOPNOTSUPP,fs.link:1=ENOSPC", "no-space", 1, "old", NULL},
    {"rename_new", "fs.rename:1=EOPNOTSUPP,fs.unlink:1", NULL, 1, "old", "old"}, /* killed between: both names, never none */
    {"exchange", "fs.rename:1=EIO", "io", 2, "old", "other"},
    {"exchange", "fs.rename:1=EOPNOTSUPP", "unsupported\nok", 2, "old", "other"},
    {"link", "fs.link:1=ENOSPC", "no-space", 1, "old", NULL},
    {"link", "fs.link:1=EOPNOTSUPP", "unsupported\nok", 1, "old", NULL},
    {"unlink", "fs.unlink:1=EROFS", "denied", 1, "old", NULL},
    {"mkdir", "fs.mkdir:1=ENOSPC", "no-space", 1, "old", NULL},
    {"mkdirs", "fs.mkdir:1=EROFS", "denied", 1, "old", NULL},
    {"rmdir", "fs.rmdir:1=EIO", "io", 0, "", NULL},
    {"fsync", "fs.fsync:1=EIO", "io", 1, "old", NULL},
    {"fsync_parent", "fs.fsync_dir:1=EIO", "io", 1, "old", NULL},
    {"write", "fs.write:1=ENOSPC", "no-space", 1, "old", NULL},
    {"write", "fs.fsync:1=EIO", "io", 1, "old", NULL},
    {"write", "fs.rename:1=ENOSPC", "no-space", 1, "old", NULL},
    {"write", "fs.fsync_dir:1=EIO", "io", 1, "new", NULL}, /* renamed, but not known to be safe */
    {"copy", "fs.copy:1=ENOSPC", "no-space", 1, "old", NULL},
    {"copy", "fs.copy:2=ENOSPC", "no-space", 1, "old", NULL}, /* after `to` was made: it goes */
    {"copy", "fs.fsync:1=EIO", "io", 1, "old", NULL},
    {"metadata", "fs.metadata:1=EIO", "io", 2, "old", "other"},
    {"remove_tree", "fs.unlink:1=EACCES", "denied", 3, "", NULL},
    {"remove_tree", "fs.rmdir:1=EACCES", "denied", 3, "", NULL},
};

static void check_file(const char *path, const char *expected)
{
  if (!expected)
    g_assert_false(fs_exists(path));
  else if (*expected)
    assert_content(path, expected);
}

static void test_faults(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(fault_rows); i++) {
    const FaultRow *row = &fault_rows[i];
    g_test_message("%s with %s", row->operation, row->rule);
    char *dir = make_dir();
    g_autofree char *a = path_in(dir, "a");
    g_autofree char *b = path_in(dir, "b");
    g_autofree char *inner = path_in(a, "inner");
    if (row->files == 0 || row->files == 3)
      g_assert_cmpint(g_mkdir(a, 0755), ==, 0);
    else
      put(a, "old");
    if (row->files == 2)
      put(b, "other");
    if (row->files == 3)
      put(inner, "inner");
    g_autofree char *variable = g_strconcat("REEVE_FAIL=", row->rule, NULL);
    ChildExit end;
    g_autofree char *output =
        run_self((const char *const[]){"__op", row->operation, a, b, NULL}, (const char *const[]){variable, NULL}, NULL, &end);
    if (row->expected)
      g_assert_cmpstr(output, ==, row->expected);
    else
      g_assert_cmpint(end.signal, ==, SIGKILL);
    check_file(a, row->a_after);
    check_file(b, row->b_after);
    guint expected_names = (fs_exists(a) ? 1 : 0) + (fs_exists(b) ? 1 : 0);
    g_assert_cmpuint(count_names(dir), ==, expected_names); /* no temporary file stays */
    remove_dir(dir);
  }
}

/* Killed at each point of a durable write in turn: the old or the new content is there, whole. */
static void test_write_killed(void)
{
  for (int point = 1; point <= 4; point++) {
    char *dir = make_dir();
    g_autofree char *a = path_in(dir, "a");
    put(a, "old");
    g_autofree char *variable = g_strdup_printf("REEVE_FAIL=*:%d", point);
    ChildExit end;
    G_GNUC_UNUSED g_autofree char *output =
        run_self((const char *const[]){"__op", "write", a, NULL}, (const char *const[]){variable, NULL}, NULL, &end);
    g_assert_cmpint(end.signal, ==, SIGKILL);
    assert_content(a, point <= 3 ? "old" : "new");
    remove_dir(dir);
  }
}
#endif

static void test_stat(void)
{
  char *dir = make_dir();
  g_autofree char *a = path_in(dir, "a");
  g_autofree char *link_path = path_in(dir, "link");
  put(a, "four");
  g_assert_cmpint(symlink("a", link_path), ==, 0);
  GError *error = NULL;
  FileStat stat_a, stat_link, stat_dir;
  g_assert_true(fs_stat(a, &stat_a, &error));
  g_assert_true(fs_stat(link_path, &stat_link, &error));
  g_assert_true(fs_stat(dir, &stat_dir, &error));
  g_assert_cmpint(stat_a.size_bytes, ==, 4);
  g_assert_cmpint(stat_a.link_count, ==, 1);
  g_assert_true(stat_dir.is_directory);
  g_assert_false(stat_a.is_directory);
  g_assert_false(file_stat_same(&stat_a, &stat_link));

  bool supported;
  g_autofree char *b = path_in(dir, "b");
  g_assert_true(fs_link(a, b, &supported, &error));
  FileStat again;
  g_assert_true(fs_stat(a, &again, &error));
  g_assert_cmpint(again.link_count, ==, supported ? 2 : 1);
  g_assert_true(file_stat_same(&stat_a, &again));
  again.mtime_ns++;
  g_assert_false(file_stat_same(&stat_a, &again));

  g_autofree char *missing = path_in(dir, "missing");
  g_assert_false(fs_stat(missing, &again, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  g_assert_true(fs_exists(link_path));
  g_assert_false(fs_exists(missing));
  remove_dir(dir);
}

static void test_names(void)
{
  char *dir = make_dir();
  g_autofree char *a = path_in(dir, "a");
  g_autofree char *b = path_in(dir, "b");
  GError *error = NULL;
  put(a, "A");
  put(b, "B");
  g_assert_false(fs_rename_new(a, b, &error));
  assert_code(error, REEVE_ERROR_CONFLICT);
  bool supported = false;
  g_assert_true(fs_exchange(a, b, &supported, &error));
  if (supported) {
    assert_content(a, "B");
    assert_content(b, "A");
    g_assert_true(fs_exchange(a, b, &supported, &error));
  }
  g_assert_false(fs_link(a, b, &supported, &error));
  assert_code(error, REEVE_ERROR_CONFLICT);
  g_assert_true(fs_rename(a, b, &error));
  assert_content(b, "A");
  g_assert_true(fs_rename_new(b, a, &error));
  assert_content(a, "A");
  g_assert_false(fs_rename(b, a, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  g_assert_false(fs_exchange(a, b, &supported, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  g_assert_true(fs_unlink(a, &error));
  g_assert_false(fs_unlink(a, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  remove_dir(dir);
}

static void test_directories(void)
{
  char *dir = make_dir();
  g_autofree char *deep = path_in(dir, "x//y/z/");
  g_autofree char *x = path_in(dir, "x");
  g_autofree char *file = path_in(dir, "file");
  g_autofree char *below_file = path_in(dir, "file/below");
  GError *error = NULL;
  g_assert_true(fs_mkdirs(deep, 0755, &error));
  g_assert_true(fs_mkdirs(deep, 0755, &error));
  g_assert_true(g_file_test(deep, G_FILE_TEST_IS_DIR));
  g_assert_false(fs_mkdir(x, 0755, &error));
  assert_code(error, REEVE_ERROR_CONFLICT);
  g_assert_false(fs_rmdir(x, &error));
  assert_code(error, REEVE_ERROR_CONFLICT);
  put(file, "");
  g_assert_false(fs_mkdirs(below_file, 0755, &error));
  assert_code(error, REEVE_ERROR_CONFLICT);
  g_assert_true(fs_rmdir(deep, &error));
  g_assert_false(fs_rmdir(deep, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  remove_dir(dir);
}

static void test_durable(void)
{
  char *dir = make_dir();
  g_autofree char *name = g_strnfill(255, 'n');
  g_autofree char *a = path_in(dir, name); /* the longest name there is */
  g_autofree char *missing = path_in(dir, "missing/a");
  GError *error = NULL;
  g_assert_true(fs_write_durable(a, "one", 3, 0600, &error));
  g_assert_true(fs_write_durable(a, "two", 3, 0640, &error));
  assert_content(a, "two");
  struct stat st;
  g_assert_cmpint(stat(a, &st), ==, 0);
  g_assert_cmpint(st.st_mode & 07777, ==, 0640);
  g_assert_true(fs_write_durable(a, NULL, 0, 0640, &error));
  assert_content(a, "");
  g_assert_cmpuint(count_names(dir), ==, 1);
  g_assert_true(fs_fsync(a, &error));
  g_assert_true(fs_fsync_dir(dir, &error));
  g_assert_true(fs_fsync_parent(a, &error));
  g_assert_false(fs_write_durable(missing, "x", 1, 0600, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  g_assert_false(fs_fsync(missing, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  g_assert_false(fs_fsync_dir(a, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  remove_dir(dir);
}

static void test_space(void)
{
  char *dir = make_dir();
  g_autofree char *missing = path_in(dir, "not/yet/there");
  FsSpace here, there;
  GError *error = NULL;
  g_assert_true(fs_space(dir, &here, &error));
  g_assert_true(fs_space(missing, &there, &error));
  g_assert_cmpint(here.device, ==, there.device);
  g_assert_cmpint(here.total_bytes, >=, here.free_bytes);
  g_assert_cmpint(here.free_bytes, >, 0);
  g_assert_false(here.read_only);
  FileStat st;
  g_assert_true(fs_stat(dir, &st, &error));
  g_assert_cmpint(st.device, ==, here.device);
  remove_dir(dir);
}

static void test_is_inside(void)
{
  static const struct {
    const char *path, *directory;
    bool expected;
  } rows[] = {
      {"lib", "lib", true},
      {"lib/", "lib", true},
      {"lib/film", "lib", true},
      {"library", "lib", false},    /* a prefix, not a component */
      {"lib/not/yet", "lib", true}, /* by its nearest ancestor */
      {"not", "lib", false},
      {"lib/../library", "lib", false},
      {"lib/not/../../library", "lib", false}, /* ".." after something that does not exist */
      {"lib/out", "lib", false},               /* a link to library */
      {"lib/out/new", "lib", false},
      {"in/film", "lib", true}, /* a link to lib */
      {"lib/film", "in", true},
      {"lib/dangling", "lib", false}, /* a link to something that may appear outside */
      {"lib/dangling/x", "lib", false},
      {"lib/loop", "lib", false},
      {"lib", "missing", false},
      {"lib/film/x", "lib", false}, /* below a file: an error */
  };
  char *dir = make_dir();
  GError *error = NULL;
  g_autofree char *start = g_get_current_dir();
  g_assert_cmpint(g_chdir(dir), ==, 0);
  g_assert_true(fs_mkdir("lib", 0755, &error) && fs_mkdir("library", 0755, &error));
  put("lib/film", "");
  g_assert_cmpint(symlink("../library", "lib/out"), ==, 0);
  g_assert_cmpint(symlink("lib", "in"), ==, 0);
  g_assert_cmpint(symlink("../nowhere", "lib/dangling"), ==, 0);
  g_assert_cmpint(symlink("loop", "lib/loop"), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s in %s", rows[i].path, rows[i].directory);
    g_assert_cmpint(fs_is_inside(rows[i].path, rows[i].directory), ==, rows[i].expected);
    g_autofree char *absolute = path_in(dir, rows[i].path);
    g_assert_cmpint(fs_is_inside(absolute, rows[i].directory), ==, rows[i].expected);
  }
  g_assert_true(fs_is_inside("lib", "/"));
  g_assert_cmpint(g_chdir(start), ==, 0);
  remove_dir(dir);
}

static void test_remove_tree(void)
{
  char *dir = make_dir();
  g_autofree char *outside = path_in(dir, "outside");
  g_autofree char *kept = path_in(outside, "kept");
  g_autofree char *tree = path_in(dir, "tree");
  g_autofree char *deep = path_in(tree, "a/b/c");
  g_autofree char *link_path = path_in(tree, "a/link");
  GError *error = NULL;
  g_assert_true(fs_mkdirs(deep, 0755, &error) && fs_mkdir(outside, 0755, &error));
  put(kept, "kept");
  g_assert_cmpint(symlink(outside, link_path), ==, 0);
  g_assert_false(fs_remove_tree(link_path, &error));
  assert_code(error, REEVE_ERROR_INVALID);
  g_assert_false(fs_remove_tree(kept, &error));
  assert_code(error, REEVE_ERROR_INVALID);
  g_assert_true(fs_remove_tree(tree, &error));
  g_assert_true(fs_remove_tree(tree, &error));
  g_assert_false(fs_exists(tree));
  assert_content(kept, "kept");
  remove_dir(dir);
}

static void test_other_device(void)
{
  char *dir = make_dir();
  g_autofree char *other = g_strdup("/dev/shm/reeve-sys-XXXXXX");
  FileStat here, there;
  if (!g_mkdtemp(other) || !fs_stat(dir, &here, NULL) || !fs_stat(other, &there, NULL) || here.device == there.device) {
    g_test_skip("needs /dev/shm on a file system of its own");
    g_rmdir(other);
    remove_dir(dir);
    return;
  }
  g_autofree char *a = path_in(dir, "a");
  g_autofree char *b = path_in(other, "b");
  put(a, "A");
  GError *error = NULL;
  g_assert_false(fs_rename(a, b, &error));
  assert_code(error, REEVE_ERROR_IO);
  g_assert_false(fs_rename_new(a, b, &error));
  assert_code(error, REEVE_ERROR_IO);
  bool supported = true;
  g_assert_false(fs_link(a, b, &supported, &error));
  assert_code(error, REEVE_ERROR_IO);
  g_assert_true(fs_copy(a, b, NULL, NULL, NULL, &error));
  assert_content(b, "A");
  remove_dir(g_steal_pointer(&other));
  remove_dir(dir);
}

static void put_bytes(const char *path, gsize length, gsize changed_at)
{
  g_autofree char *bytes = g_malloc0(length + 1);
  for (gsize i = 0; i < length; i++)
    bytes[i] = (char)(i * 31 + i / 4096);
  if (changed_at < length)
    bytes[changed_at] ^= 1;
  g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

static void test_fingerprint(void)
{
  static const struct {
    gsize length, changed_at;
    bool differs;
  } rows[] = {
      {1, 0, true},
      {65536, 65535, true},
      {196608, 100000, true},  /* small enough to be read whole */
      {1048576, 65535, true},  /* end of the first sample */
      {1048576, 65536, false}, /* between samples */
      {1048576, 524288, true}, /* the middle */
      {1048576, 491520, true}, /* first byte of the middle sample */
      {1048576, 491519, false},
      {1048576, 983040, true}, /* first byte of the last sample */
      {1048576, 1048575, true},
  };
  char *dir = make_dir();
  g_autofree char *a = path_in(dir, "a");
  g_autofree char *b = path_in(dir, "b");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    put_bytes(a, rows[i].length, G_MAXSIZE);
    put_bytes(b, rows[i].length, rows[i].changed_at);
    g_autofree char *of_a = fs_fingerprint(a, NULL);
    g_autofree char *of_b = fs_fingerprint(b, NULL);
    g_assert_cmpuint(strlen(of_a), ==, 32);
    g_assert_cmpint(strcmp(of_a, of_b) != 0, ==, rows[i].differs);
    g_assert_cmpint(g_rename(a, b), ==, 0);
    g_autofree char *moved = fs_fingerprint(b, NULL);
    g_assert_cmpstr(moved, ==, of_a);
  }
  /* BLAKE2b-128 of the size as eight bytes, little-endian, then the content; computed with another implementation. */
  put(a, "");
  g_autofree char *empty = fs_fingerprint(a, NULL);
  g_assert_cmpstr(empty, ==, "c804ce198ec337e3dc762bdd1a09aece");
  put(a, "abc");
  g_autofree char *abc = fs_fingerprint(a, NULL);
  g_assert_cmpstr(abc, ==, "10366aba46518e2b9d040dde242bbc5a");

  GError *error = NULL;
  g_assert_null(fs_fingerprint(dir, &error));
  assert_code(error, REEVE_ERROR_INVALID);
  g_autofree char *missing = path_in(dir, "missing");
  g_assert_null(fs_fingerprint(missing, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  remove_dir(dir);
}

/* A path that is not UTF-8 must not make a message that is not. */
static void test_message_is_utf8(void)
{
  GError *error = NULL;
  g_assert_false(fs_unlink("/nowhere/\xff\xfe", &error));
  g_assert_true(g_utf8_validate(error->message, -1, NULL));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
}

int main(int argc, char **argv)
{
  g_unsetenv("REEVE_BINARY");
  if (argc > 3 && strcmp(argv[1], "__op") == 0)
    return op_main(argc, argv);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fs/stat", test_stat);
  g_test_add_func("/fs/names", test_names);
  g_test_add_func("/fs/directories", test_directories);
  g_test_add_func("/fs/durable", test_durable);
  g_test_add_func("/fs/space", test_space);
  g_test_add_func("/fs/is-inside", test_is_inside);
  g_test_add_func("/fs/remove-tree", test_remove_tree);
  g_test_add_func("/fs/other-device", test_other_device);
  g_test_add_func("/fs/fingerprint", test_fingerprint);
  g_test_add_func("/fs/message-is-utf8", test_message_is_utf8);
#ifdef REEVE_FAILPOINTS
  g_test_add_func("/fs/faults", test_faults);
  g_test_add_func("/fs/write-killed", test_write_killed);
#endif
  return g_test_run();
}
