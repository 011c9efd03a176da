/* Decides how names in a file system change: one step each, with the fallbacks for file systems that lack a call.
 * Test: tests/unit/sys/test_fs.c */
#include "sys/fs_internal.h"

#include "base/error.h"
#include "base/failpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

bool fs_fail(GError **error, int saved_errno, const char *path, const char *what)
{
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  return fail_errno(error, saved_errno, "\"%s\" %s", shown, what);
}

bool fs_fail_two(GError **error, int saved_errno, const char *from, const char *what, const char *to)
{
  g_autofree char *shown_from = g_utf8_make_valid(from, -1);
  g_autofree char *shown_to = g_utf8_make_valid(to, -1);
  return fail_errno(error, saved_errno, "\"%s\" %s \"%s\"", shown_from, what, shown_to);
}

int64_t fs_mtime_ns(const struct stat *st)
{
  return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

int fs_open_regular(const char *path, struct stat *ret_stat, GError **error)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) != 0) {
    fs_fail(error, errno, path, "cannot be opened");
    fs_close_fd(&fd);
    return -1;
  }
  if (!S_ISREG(st.st_mode)) {
    close(fd);
    g_autofree char *shown = g_utf8_make_valid(path, -1);
    fail(error, REEVE_ERROR_INVALID, "\"%s\" is not a regular file.", shown);
    return -1;
  }
  *ret_stat = st;
  return fd;
}

static FileStat file_stat_of(const struct stat *st)
{
  return (FileStat){
      .device = (int64_t)st->st_dev,
      .inode = (int64_t)st->st_ino,
      .size_bytes = st->st_size,
      .mtime_ns = fs_mtime_ns(st),
      .link_count = (int64_t)st->st_nlink,
      .is_directory = S_ISDIR(st->st_mode),
  };
}

bool fs_stat(const char *path, FileStat *ret_stat, GError **error)
{
  struct stat st;
  if (lstat(path, &st) != 0)
    return fs_fail(error, errno, path, "cannot be looked at");
  *ret_stat = file_stat_of(&st);
  return true;
}

bool fs_stat_fd(int fd, const char *path, FileStat *ret_stat, GError **error)
{
  struct stat st;
  if (fstat(fd, &st) != 0)
    return fs_fail(error, errno, path, "cannot be looked at");
  *ret_stat = file_stat_of(&st);
  return true;
}

bool file_stat_same(const FileStat *a, const FileStat *b)
{
  return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes && a->mtime_ns == b->mtime_ns;
}

bool fs_exists(const char *path)
{
  struct stat st;
  return lstat(path, &st) == 0;
}

/* Each try_ function gives 0 or the errno, a failpoint's included. */
static int try_rename(const char *from, const char *to, unsigned flags)
{
  int fault = failpoint("fs.rename");
  if (fault)
    return fault;
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags) == 0 ? 0 : errno;
}

static int try_link(const char *from, const char *to)
{
  int fault = failpoint("fs.link");
  if (fault)
    return fault;
  return linkat(AT_FDCWD, from, AT_FDCWD, to, 0) == 0 ? 0 : errno;
}

static int try_unlink_at(int directory, const char *name)
{
  int fault = failpoint("fs.unlink");
  if (fault)
    return fault;
  return unlinkat(directory, name, 0) == 0 ? 0 : errno;
}

static int try_rmdir_at(int directory, const char *name)
{
  int fault = failpoint("fs.rmdir");
  if (fault)
    return fault;
  return unlinkat(directory, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

static int try_mkdir(const char *path, int mode)
{
  int fault = failpoint("fs.mkdir");
  if (fault)
    return fault;
  return mkdir(path, (mode_t)mode) == 0 ? 0 : errno;
}

/* renameat2 with flags answers EINVAL where the file system does not know them, ENOSYS where the kernel does not. */
static bool rename_flag_unsupported(int saved_errno)
{
  return saved_errno == EINVAL || saved_errno == ENOSYS || saved_errno == EOPNOTSUPP;
}

/* link(2) answers EPERM on file systems without hard links, for directories, and where fs.protected_hardlinks forbids it. */
static bool link_unsupported(int saved_errno)
{
  return saved_errno == EPERM || saved_errno == EOPNOTSUPP || saved_errno == ENOSYS || saved_errno == EMLINK;
}

bool fs_rename(const char *from, const char *to, GError **error)
{
  int saved_errno = try_rename(from, to, 0);
  return saved_errno == 0 || fs_fail_two(error, saved_errno, from, "cannot be renamed to", to);
}

/* Without RENAME_NOREPLACE: a second name first, which fails if `to` exists, then the old name goes. A crash between leaves both
 * names, never none. Where there are no hard links either, a look and a plain rename are all that is left. */
static int rename_new_by_link(const char *from, const char *to)
{
  int saved_errno = try_link(from, to);
  if (link_unsupported(saved_errno)) {
    struct stat st;
    if (lstat(to, &st) == 0)
      return EEXIST;
    return errno == ENOENT ? try_rename(from, to, 0) : errno;
  }
  if (saved_errno != 0)
    return saved_errno;
  saved_errno = try_unlink_at(AT_FDCWD, from);
  if (saved_errno != 0)
    unlink(to);
  return saved_errno;
}

bool fs_rename_new(const char *from, const char *to, GError **error)
{
  int saved_errno = try_rename(from, to, RENAME_NOREPLACE);
  if (rename_flag_unsupported(saved_errno))
    saved_errno = rename_new_by_link(from, to);
  return saved_errno == 0 || fs_fail_two(error, saved_errno, from, "cannot be renamed to", to);
}

bool fs_exchange(const char *a, const char *b, bool *ret_supported, GError **error)
{
  int saved_errno = try_rename(a, b, RENAME_EXCHANGE);
  if (saved_errno != 0 && !rename_flag_unsupported(saved_errno))
    return fs_fail_two(error, saved_errno, a, "cannot change names with", b);
  *ret_supported = saved_errno == 0;
  return true;
}

bool fs_link(const char *from, const char *to, bool *ret_supported, GError **error)
{
  int saved_errno = try_link(from, to);
  if (saved_errno != 0 && !link_unsupported(saved_errno))
    return fs_fail_two(error, saved_errno, from, "cannot be linked to", to);
  *ret_supported = saved_errno == 0;
  return true;
}

bool fs_unlink(const char *path, GError **error)
{
  int saved_errno = try_unlink_at(AT_FDCWD, path);
  return saved_errno == 0 || fs_fail(error, saved_errno, path, "cannot be removed");
}

bool fs_mkdir(const char *path, int mode, GError **error)
{
  int saved_errno = try_mkdir(path, mode);
  return saved_errno == 0 || fs_fail(error, saved_errno, path, "cannot be made as a directory");
}

static bool is_directory(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool fs_mkdirs(const char *path, int mode, GError **error)
{
  if (is_directory(path))
    return true;
  g_autofree char *prefix = g_strdup(path);
  for (char *end = prefix; *end != '\0';) {
    end += strspn(end, "/");
    end += strcspn(end, "/");
    char separator = *end;
    *end = '\0';
    if (!is_directory(prefix)) {
      int saved_errno = try_mkdir(prefix, mode);
      /* Somebody else may have made it since we looked. */
      if (saved_errno != 0 && !(saved_errno == EEXIST && is_directory(prefix)))
        return fs_fail(error, saved_errno, prefix, "cannot be made as a directory");
    }
    *end = separator;
  }
  return true;
}

bool fs_rmdir(const char *path, GError **error)
{
  int saved_errno = try_rmdir_at(AT_FDCWD, path);
  if (saved_errno == ENOTEMPTY)
    saved_errno = EEXIST; /* POSIX allows either for a directory that is not empty; EEXIST gives CONFLICT */
  return saved_errno == 0 || fs_fail(error, saved_errno, path, "cannot be removed as an empty directory");
}

/* Takes `fd`. Everything goes through descriptors, so that a directory swapped for a link meanwhile leads nowhere else, and
 * nothing of another file system mounted below is touched. */
static bool remove_content(int fd, dev_t device, const char *path, GError **error);

static bool remove_entry(int directory, dev_t device, const char *name, const char *path, GError **error)
{
  struct stat st;
  if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT || fs_fail(error, errno, path, "cannot be looked at");
  if (!S_ISDIR(st.st_mode)) {
    int saved_errno = try_unlink_at(directory, name);
    return saved_errno == 0 || saved_errno == ENOENT || fs_fail(error, saved_errno, path, "cannot be removed");
  }
  int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT || fs_fail(error, errno, path, "cannot be opened");
  if (!remove_content(fd, device, path, error))
    return false;
  int saved_errno = try_rmdir_at(directory, name);
  return saved_errno == 0 || saved_errno == ENOENT || fs_fail(error, saved_errno, path, "cannot be removed");
}

static bool remove_content(int fd, dev_t device, const char *path, GError **error)
{
  struct stat st;
  DIR *entries = fdopendir(fd);
  if (!entries || fstat(fd, &st) != 0) {
    fs_fail(error, errno, path, "cannot be read");
    if (entries)
      closedir(entries);
    else
      close(fd);
    return false;
  }
  bool ok = st.st_dev == device || fs_fail(error, EBUSY, path, "is a mounted file system and is not removed");
  while (ok) {
    errno = 0;
    struct dirent *entry = readdir(entries);
    if (!entry) {
      ok = errno == 0 || fs_fail(error, errno, path, "cannot be read");
      break;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    g_autofree char *below = g_build_filename(path, entry->d_name, NULL);
    ok = remove_entry(fd, device, entry->d_name, below, error);
  }
  closedir(entries);
  return ok;
}

bool fs_remove_tree(const char *path, GError **error)
{
  struct stat st;
  if (lstat(path, &st) != 0)
    return errno == ENOENT || fs_fail(error, errno, path, "cannot be looked at");
  if (!S_ISDIR(st.st_mode)) {
    g_autofree char *shown = g_utf8_make_valid(path, -1);
    return fail(error, REEVE_ERROR_INVALID, "\"%s\" is not a directory and is not removed.", shown);
  }
  return remove_entry(AT_FDCWD, st.st_dev, path, path, error);
}
