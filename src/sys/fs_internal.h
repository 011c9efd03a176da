/* What the fs_*.c files share and nobody else includes. */
#pragma once

#include "sys/fs.h"

#include <sys/stat.h>
#include <unistd.h>

/* "<path>" what: strerror. A path that is not UTF-8 is shown with its bad bytes replaced. */
bool fs_fail(GError **error, int saved_errno, const char *path, const char *what);

/* "<from>" what "<to>": strerror */
bool fs_fail_two(GError **error, int saved_errno, const char *from, const char *what, const char *to);

/* Opens a regular file for reading; INVALID if it is something else. Never blocks on a pipe. -1 on error. */
int fs_open_regular(const char *path, struct stat *ret_stat, GError **error);

/* fsync, through the failpoint "fs.fsync". */
bool fs_sync_fd(int fd, const char *path, GError **error);

int64_t fs_mtime_ns(const struct stat *st);

/* `auto_close int fd = …` closes it, if it is not -1, when the scope ends. */
static inline void fs_close_fd(const int *fd)
{
  if (*fd >= 0)
    close(*fd);
}
#define auto_close __attribute__((cleanup(fs_close_fd)))
