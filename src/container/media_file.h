/* Opening a user's media file, with messages that name it. Private to this module.
 *
 * Thread-safety: no state. */
#pragma once

#include "sys/fs.h"

#include <unistd.h>

typedef enum { MEDIA_FILE_READ, MEDIA_FILE_WRITE } MediaFileMode;

/* Opens a regular file, following no symbolic link in the last component; never blocks on a pipe. -1 on error: INVALID if it is
 * something else, NOT_FOUND, DENIED (rights, or a file system that is read-only) or IO. The caller closes it. */
int media_file_open(const char *path, MediaFileMode mode, FileStat *ret_stat, GError **error);

/* Puts "<path>": before the message. */
void media_file_name_error(const char *path, GError **error);

/* `auto_descriptor int fd = …` closes it when the scope ends, unless it is negative. */
static inline void media_file_close(const int *fd)
{
  if (*fd >= 0)
    close(*fd);
}
#define auto_descriptor __attribute__((cleanup(media_file_close)))
