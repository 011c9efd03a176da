/* Decides when bytes and names count as safe on disk. Test: tests/unit/sys/test_fs.c */
#include "sys/fs_internal.h"

#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

bool fs_sync_fd(int fd, const char *path, GError **error)
{
  int fault = failpoint("fs.fsync");
  if (fault)
    return fs_fail(error, fault, path, "cannot be made safe on disk");
  return fsync(fd) == 0 || fs_fail(error, errno, path, "cannot be made safe on disk");
}

bool fs_fsync(const char *path, GError **error)
{
  auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return fs_fail(error, errno, path, "cannot be opened");
  return fs_sync_fd(fd, path, error);
}

bool fs_fsync_dir(const char *directory, GError **error)
{
  int fault = failpoint("fs.fsync_dir");
  if (fault)
    return fs_fail(error, fault, directory, "cannot be made safe on disk");
  auto_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fs_fail(error, errno, directory, "cannot be opened as a directory");
  /* EINVAL: a network or FUSE file system that has no such operation for directories; there is nothing more to do. */
  return fsync(fd) == 0 || errno == EINVAL || fs_fail(error, errno, directory, "cannot be made safe on disk");
}

bool fs_fsync_parent(const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname(path);
  return fs_fsync_dir(parent, error);
}

static bool write_all(int fd, const char *bytes, size_t length)
{
  while (length > 0) {
    ssize_t written = write(fd, bytes, length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    bytes += written;
    length -= (size_t)written;
  }
  return true;
}

bool fs_write_durable(const char *path, const void *bytes, size_t length, int mode, GError **error)
{
  int fault = failpoint("fs.write");
  if (fault)
    return fs_fail(error, fault, path, "cannot be written");
  /* A name of its own length, not path's plus something: that could pass the limit of 255 bytes. */
  g_autofree char *parent = g_path_get_dirname(path);
  g_autofree char *temporary = g_build_filename(parent, ".reeve-XXXXXX", NULL);
  auto_close int fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0)
    return fs_fail(error, errno, path, "cannot be written");

  bool ok = (fchmod(fd, (mode_t)mode) == 0 && write_all(fd, bytes, length)) || fs_fail(error, errno, path, "cannot be written");
  ok = ok && fs_sync_fd(fd, path, error) && fs_rename(temporary, path, error);
  if (!ok) {
    unlink(temporary);
    return false;
  }
  return fs_fsync_dir(parent, error);
}
