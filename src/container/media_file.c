/* Decides which files are opened at all. Test: tests/unit/container/test_edit_commit.c */
#include "container/media_file.h"

#include "base/error.h"
#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int media_file_open(const char *path, MediaFileMode mode, FileStat *ret_stat, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  bool writing = mode == MEDIA_FILE_WRITE;
  int fault = failpoint(writing ? "edit.open_write" : "edit.open");
  auto_descriptor int fd = fault ? -1 : open(path, (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) {
    int saved_errno = fault ? fault : errno;
    if (saved_errno == ELOOP)
      fail(error, REEVE_ERROR_INVALID, "\"%s\" is a symbolic link; name the file that it leads to.", shown);
    else
      fail_errno(error, saved_errno, "\"%s\" cannot be opened for %s", shown, writing ? "writing" : "reading");
    return -1;
  }
  struct stat st;
  if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
    fail(error, REEVE_ERROR_INVALID, "\"%s\" is not a regular file.", shown);
    return -1;
  }
  if (!fs_stat_fd(fd, path, ret_stat, error))
    return -1;
  int result = fd;
  fd = -1;
  return result;
}

void media_file_name_error(const char *path, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  g_prefix_error(error, "\"%s\": ", shown);
}
