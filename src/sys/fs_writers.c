/* Decides whether a file is being written, by a lease that is held for a moment. Test: tests/unit/sys/test_fs_writers.c */
#include "sys/fs_writers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

FsWriters fs_writers(int fd)
{
  /* Who opens the file for writing while the lease is held makes the kernel send a signal, by default SIGIO, which ends a process
   * that does not expect it. SIGURG is ignored unless someone asks for it. */
  if (fcntl(fd, F_SETSIG, SIGURG) != 0)
    return FS_WRITERS_UNKNOWN;
  if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
    return errno == EAGAIN ? FS_WRITERS_SOME : FS_WRITERS_UNKNOWN;
  fcntl(fd, F_SETLEASE, F_UNLCK);
  return FS_WRITERS_NONE;
}
