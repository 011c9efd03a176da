/* One server for one SQLite file. The lock is the kernel's (it goes with its holder, however that ends); the text inside is for
 * people only.
 * Test: tests/unit/store/test_db.c */
#include "store/sqlite_lock.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { HOLDER_MAX_BYTES = 256 };

/* "pid 123 on host x", as the holder wrote it; the caller frees it. */
static char *read_holder(int fd)
{
  char text[HOLDER_MAX_BYTES + 1];
  ssize_t n = pread(fd, text, HOLDER_MAX_BYTES, 0);
  text[MAX(n, 0)] = '\0';
  g_strstrip(text);
  return text[0] ? g_utf8_make_valid(text, -1) : g_strdup("another process");
}

static bool write_holder(int fd)
{
  char host[128] = "";
  if (gethostname(host, sizeof host - 1) != 0)
    g_strlcpy(host, "unknown", sizeof host);
  g_autofree char *text = g_strdup_printf("pid %d on host %s\n", (int)getpid(), host);
  ssize_t length = (ssize_t)strlen(text);
  return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) == length;
}

int sqlite_lock(const char *database_path, GError **error)
{
  g_autofree char *path = g_strconcat(database_path, ".lock", NULL);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    fail_errno(error, errno, "Could not open the lock file %s", path);
    return -1;
  }
  /* Of the open file, not of the process: another descriptor of this process that is closed does not drop it. */
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd, F_OFD_SETLK, &lock) == 0 && write_holder(fd))
    return fd;
  if (errno == EAGAIN || errno == EACCES) {
    g_autofree char *holder = read_holder(fd);
    fail(error, REEVE_ERROR_CONFLICT, "The database %s is held by %s; stop that one, or give this one a database of its own.",
         database_path, holder);
  } else {
    fail_errno(error, errno, "Could not lock %s", path);
  }
  close(fd);
  return -1;
}
