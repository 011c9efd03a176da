/* Decides how two processes keep off one stage directory: flock on a file in it, which also works between machines on NFS and
 * SMB. The file comes and goes with the directory: were it made by whoever asks for the lock, it could appear while another
 * empties the directory, which could not be removed then. Whoever locked a file that is gone, or finds none, reads the row again
 * and finds it finished. Test: tests/unit/library/test_replace.c */
#include "library/replace_internal.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

bool stage_lock_make(const char *stage_directory, GError **error)
{
  g_autofree char *path = g_build_filename(stage_directory, REPLACE_LOCK_NAME, NULL);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return fail_errno(error, errno, "\"%s\" cannot be made", path);
  close(fd);
  return true;
}

int stage_lock(const char *stage_directory, StageLockWait wait, bool *ret_busy)
{
  g_autofree char *path = g_build_filename(stage_directory, REPLACE_LOCK_NAME, NULL);
  *ret_busy = false;
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return -1; /* no stage directory, or one that is about to go */
  int result;
  do
    result = flock(fd, wait == STAGE_LOCK_WAIT ? LOCK_EX : LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  if (result == 0)
    return fd;
  *ret_busy = errno == EWOULDBLOCK;
  if (!*ret_busy)
    g_debug("\"%s\" cannot be locked (%s); the job's lease alone keeps others away", path, g_strerror(errno));
  close(fd);
  return -1;
}

void stage_unlock(const int *fd)
{
  if (*fd >= 0)
    close(*fd);
}
