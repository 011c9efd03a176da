#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define NOBODY 65534

/* A directory to copy from and one to copy to; on two file systems where there are two. */
typedef struct {
  char *from_dir, *to_dir, *from, *to;
} Fixture;

static void set_up(Fixture *f, const void *other_device)
{
  f->from_dir = make_dir();
  f->to_dir = other_device ? g_mkdtemp(g_strdup("/dev/shm/reeve-sys-XXXXXX")) : make_dir();
  g_assert_nonnull(f->to_dir);
  f->from = path_in(f->from_dir, "from");
  f->to = path_in(f->to_dir, "to");
}

static void tear_down(Fixture *f, const void *other_device)
{
  remove_dir(f->from_dir);
  remove_dir(f->to_dir);
  g_free(f->from);
  g_free(f->to);
}

static void fill(const char *path, gsize length)
{
  g_autofree char *bytes = g_malloc(length + 1);
  for (gsize i = 0; i < length; i++)
    bytes[i] = (char)(i * 7 + i / 1000);
  g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

static void assert_same_content(const char *a, const char *b)
{
  g_autoptr(GMappedFile) map_a = g_mapped_file_new(a, FALSE, NULL);
  g_autoptr(GMappedFile) map_b = g_mapped_file_new(b, FALSE, NULL);
  g_assert_cmpuint(g_mapped_file_get_length(map_a), ==, g_mapped_file_get_length(map_b));
  if (g_mapped_file_get_length(map_a) > 0)
    g_assert_cmpint(memcmp(g_mapped_file_get_contents(map_a), g_mapped_file_get_contents(map_b), g_mapped_file_get_length(map_a)),
                    ==, 0);
}

typedef struct {
  int64_t last, total;
  int calls;
  Cancel *cancel;      /* set at the first call */
  const char *disturb; /* a file to change at the first call */
  off_t new_size;
} Progress;

static void on_progress(int64_t copied, int64_t total, void *user_data)
{
  Progress *progress = user_data;
  g_assert_cmpint(copied, >=, progress->last);
  progress->last = copied;
  progress->total = total;
  if (progress->calls++ > 0)
    return;
  if (progress->cancel)
    cancel_set(progress->cancel);
  if (progress->disturb)
    g_assert_cmpint(truncate(progress->disturb, progress->new_size), ==, 0);
}

static void test_sizes(Fixture *f, const void *data)
{
  static const gsize sizes[] = {0, 1, 4096, 1048576, 1048577, 20 * 1024 * 1024};
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    GError *error = NULL;
    Progress progress = {0};
    fill(f->from, sizes[i]);
    g_assert_cmpint(g_chmod(f->from, 0640), ==, 0);
    g_assert_true(fs_copy(f->from, f->to, NULL, on_progress, &progress, &error));
    g_assert_no_error(error);
    assert_same_content(f->from, f->to);
    g_assert_cmpint(progress.last, ==, sizes[i]);
    g_assert_cmpint(progress.total, ==, sizes[i]);
    struct stat st;
    g_assert_cmpint(stat(f->to, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0640);
    g_assert_true(fs_unlink(f->to, NULL));
  }
}

static void test_sparse(Fixture *f, const void *data)
{
  const off_t size = (off_t)1 << 30;
  int fd = open(f->from, O_RDWR | O_CREAT | O_EXCL, 0644);
  g_assert_cmpint(ftruncate(fd, size), ==, 0);
  g_assert_cmpint(pwrite(fd, "middle", 6, size / 2), ==, 6);
  close(fd);
  GError *error = NULL;
  g_assert_true(fs_copy(f->from, f->to, NULL, NULL, NULL, &error));
  g_assert_no_error(error);
  struct stat st;
  g_assert_cmpint(stat(f->to, &st), ==, 0);
  g_assert_cmpint(st.st_size, ==, size);
  g_assert_cmpint((int64_t)st.st_blocks * 512, <, 1 << 20);
  fd = open(f->to, O_RDONLY);
  char bytes[8] = {0};
  g_assert_cmpint(pread(fd, bytes, 6, size / 2), ==, 6);
  g_assert_cmpstr(bytes, ==, "middle");
  close(fd);
}

static void test_cancel(Fixture *f, const void *data)
{
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  GError *error = NULL;
  cancel_set(cancel);
  fill(f->from, 100);
  g_assert_false(fs_copy(f->from, f->to, cancel, NULL, NULL, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_assert_false(fs_exists(f->to));

  g_autoptr(Cancel) later = cancel_new(NULL);
  Progress progress = {.cancel = later};
  fill(f->from, 40 * 1024 * 1024);
  bool ok = fs_copy(f->from, f->to, later, on_progress, &progress, &error);
  if (ok) { /* a reflink is done at once */
    g_assert_cmpint(progress.calls, ==, 1);
    return;
  }
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_assert_false(fs_exists(f->to));
  g_assert_cmpint(progress.last, <, 40 * 1024 * 1024);
}

static void test_source_changes(Fixture *f, const void *data)
{
  static const off_t new_sizes[] = {1000, 50 * 1024 * 1024};
  for (gsize i = 0; i < G_N_ELEMENTS(new_sizes); i++) {
    GError *error = NULL;
    fill(f->from, 40 * 1024 * 1024);
    Progress progress = {.disturb = f->from, .new_size = new_sizes[i]};
    bool ok = fs_copy(f->from, f->to, NULL, on_progress, &progress, &error);
    if (ok) { /* a reflink is done at once, before the change */
      g_assert_cmpint(progress.calls, ==, 1);
      g_assert_true(fs_unlink(f->to, NULL));
      continue;
    }
    assert_code(error, REEVE_ERROR_CONFLICT);
    g_assert_false(fs_exists(f->to));
  }
}

static void test_refusals(Fixture *f, const void *data)
{
  GError *error = NULL;
  g_assert_false(fs_copy(f->from, f->to, NULL, NULL, NULL, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  put(f->from, "from");
  put(f->to, "to");
  g_assert_false(fs_copy(f->from, f->to, NULL, NULL, NULL, &error));
  assert_code(error, REEVE_ERROR_CONFLICT);
  assert_content(f->to, "to");
  g_assert_true(fs_unlink(f->to, NULL));
  g_assert_cmpint(symlink("nowhere", f->to), ==, 0);
  g_assert_false(fs_copy(f->from, f->to, NULL, NULL, NULL, &error));
  assert_code(error, REEVE_ERROR_CONFLICT);
  g_assert_true(fs_unlink(f->from, NULL));
  g_assert_cmpint(mkfifo(f->from, 0600), ==, 0); /* nobody writes to it: must not wait */
  g_assert_false(fs_copy(f->from, f->to, NULL, NULL, NULL, &error));
  assert_code(error, REEVE_ERROR_INVALID);
}

/* POSIX ACLs as the kernel passes them: a version, then tag, permissions and id of each entry, little-endian. */
static const unsigned char acl[] = {
    2,    0, 0, 0,                         /* version */
    1,    0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* owner: rw */
    2,    0, 4, 0, 0xfe, 0xff, 0,    0,    /* user 65534: r */
    4,    0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* group: r */
    0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* mask: r */
    0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* others: none */
};

static void test_metadata(Fixture *f, const void *data)
{
  GError *error = NULL;
  put(f->from, "from");
  put(f->to, "to");
  g_assert_cmpint(g_chmod(f->from, 0444), ==, 0);
  struct timespec times[2] = {{1000, 5}, {2000000, 123456789}};
  g_assert_cmpint(utimensat(AT_FDCWD, f->from, times, 0), ==, 0);
  g_assert_cmpint(g_chmod(f->from, 0600), ==, 0);
  bool has_xattr = setxattr(f->from, "user.note", "hello", 5, 0) == 0;
  g_assert_cmpint(g_chmod(f->from, 0444), ==, 0);
  struct stat before, after;
  g_assert_cmpint(stat(f->to, &before), ==, 0);

  char *dropped = NULL;
  g_assert_true(fs_copy_metadata(f->from, f->to, FS_METADATA_ONLY, &dropped, &error));
  g_assert_no_error(error);
  g_assert_null(dropped);
  g_assert_cmpint(stat(f->to, &after), ==, 0);
  g_assert_cmpint(after.st_mode & 07777, ==, 0444);
  g_assert_cmpint(after.st_mtim.tv_sec, ==, before.st_mtim.tv_sec);
  char value[8] = {0};
  if (has_xattr) {
    g_assert_cmpint(getxattr(f->to, "user.note", value, sizeof value - 1), ==, 5);
    g_assert_cmpstr(value, ==, "hello");
  }

  g_assert_true(fs_copy_metadata(f->from, f->to, FS_KEEP_MTIME, NULL, &error));
  g_assert_cmpint(stat(f->to, &after), ==, 0);
  g_assert_cmpint(after.st_mtim.tv_sec, ==, 2000000);
  g_assert_cmpint(after.st_mtim.tv_nsec, ==, 123456789);
  assert_content(f->to, "to");

  g_assert_true(fs_unlink(f->to, NULL));
  g_assert_false(fs_copy_metadata(f->from, f->to, FS_METADATA_ONLY, &dropped, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
  g_assert_false(fs_copy_metadata(f->to, f->from, FS_METADATA_ONLY, &dropped, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
}

static void test_acl(Fixture *f, const void *data)
{
  GError *error = NULL;
  put(f->from, "from");
  if (setxattr(f->from, "system.posix_acl_access", acl, sizeof acl, 0) != 0) {
    g_test_skip("this file system has no POSIX ACLs");
    return;
  }
  put(f->to, "to");
  char *dropped = NULL;
  g_assert_true(fs_copy_metadata(f->from, f->to, FS_METADATA_ONLY, &dropped, &error));
  g_assert_null(dropped);
  unsigned char got[sizeof acl + 1];
  g_assert_cmpint(getxattr(f->to, "system.posix_acl_access", got, sizeof got), ==, sizeof acl);
  g_assert_cmpmem(got, sizeof acl, acl, sizeof acl);

  /* The other way: a default ACL of the directory gave `to` one that the original does not have. */
  g_assert_true(fs_unlink(f->from, NULL) && fs_unlink(f->to, NULL));
  put(f->from, "from");
  g_assert_cmpint(setxattr(f->to_dir, "system.posix_acl_default", acl, sizeof acl, 0), ==, 0);
  put(f->to, "to");
  g_assert_cmpint(getxattr(f->to, "system.posix_acl_access", NULL, 0), >, 0);
  g_assert_true(fs_copy_metadata(f->from, f->to, FS_METADATA_ONLY, &dropped, &error));
  g_assert_null(dropped);
  g_assert_cmpint(getxattr(f->to, "system.posix_acl_access", NULL, 0), <, 0);
  struct stat from, to;
  g_assert_true(stat(f->from, &from) == 0 && stat(f->to, &to) == 0);
  g_assert_cmpint(from.st_mode, ==, to.st_mode);
}

static void test_owner(Fixture *f, const void *data)
{
  if (geteuid() != 0) {
    g_test_skip("needs root");
    return;
  }
  GError *error = NULL;
  put(f->from, "from");
  put(f->to, "to");
  g_assert_cmpint(chown(f->from, NOBODY, NOBODY), ==, 0);
  g_assert_cmpint(g_chmod(f->from, 02754), ==, 0);
  char *dropped = NULL;
  g_assert_true(fs_copy_metadata(f->from, f->to, FS_METADATA_ONLY, &dropped, &error));
  g_assert_null(dropped);
  struct stat st;
  g_assert_cmpint(stat(f->to, &st), ==, 0);
  g_assert_cmpint(st.st_uid, ==, NOBODY);
  g_assert_cmpint(st.st_gid, ==, NOBODY);
  g_assert_cmpint(st.st_mode & 07777, ==, 02754);

  /* As an ordinary user, the owner and the group cannot be kept, nor the bits that would lend the user's own. */
  g_assert_true(chown(f->from, 0, 0) == 0 && g_chmod(f->from, 06755) == 0 && g_chmod(f->from_dir, 0755) == 0 &&
                g_chmod(f->to_dir, 0755) == 0);
  ChildExit end;
  g_autofree char *output = run_self((const char *const[]){"__metadata_as_nobody", f->from, f->to, NULL}, NULL, NULL, &end);
  g_assert_cmpstr(output, ==, "Not kept from the original: group (Operation not permitted), owner (Operation not permitted).");
  g_assert_cmpint(stat(f->to, &st), ==, 0);
  g_assert_cmpint(st.st_mode & 07777, ==, 0755);
}

static int metadata_as_nobody(const char *from, const char *to)
{
  if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
    return 1;
  g_autoptr(GError) error = NULL;
  g_autofree char *dropped = NULL;
  fs_copy_metadata(from, to, FS_METADATA_ONLY, &dropped, &error);
  g_print("%s\n", error ? error->message : dropped ? dropped : "all kept");
  return 0;
}

static void add(const char *name, void (*test)(Fixture *, const void *))
{
  g_autofree char *here = g_strdup_printf("/fs-copy/%s/same-device", name);
  g_autofree char *across = g_strdup_printf("/fs-copy/%s/other-device", name);
  g_test_add(here, Fixture, NULL, set_up, test, tear_down);
  if (access("/dev/shm", W_OK) == 0)
    g_test_add(across, Fixture, "shm", set_up, test, tear_down);
}

int main(int argc, char **argv)
{
  g_unsetenv("REEVE_BINARY");
  if (argc == 4 && strcmp(argv[1], "__metadata_as_nobody") == 0)
    return metadata_as_nobody(argv[2], argv[3]);
  g_test_init(&argc, &argv, NULL);
  add("sizes", test_sizes);
  add("sparse", test_sparse);
  add("cancel", test_cancel);
  add("source-changes", test_source_changes);
  add("refusals", test_refusals);
  add("metadata", test_metadata);
  add("acl", test_acl);
  add("owner", test_owner);
  return g_test_run();
}
