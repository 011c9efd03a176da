/* Whether someone is writing a file at this moment: a download that still runs, a muxer, another editor.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>

typedef enum {
  FS_WRITERS_NONE,    /* nobody on this machine had it open for writing a moment ago */
  FS_WRITERS_SOME,    /* a process has it open for writing; it may be this one */
  FS_WRITERS_UNKNOWN, /* the file system has no leases (network shares, FUSE), or the file belongs to another user */
} FsWriters;

/* Asks by taking a read lease (fcntl(2), "Leases") on `fd`, which must have been opened O_RDONLY, and giving it back. Linux
 * refuses such a lease while any descriptor is open for writing, on this machine. NONE is true of a moment: compare the file's
 * size, mtime and bytes before they are relied upon. Cannot fail. */
FsWriters fs_writers(int fd);
