/* Decides how content gets from one file to another: shared by reflink, else moved by the kernel, else through a buffer; holes
 * stay holes. Test: tests/unit/sys/test_fs_copy.c */
#include "sys/fs_internal.h"

#include "base/error.h"
#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define CHUNK_BYTES ((int64_t)16 * 1024 * 1024) /* between two looks at the cancel token */
#define BUFFER_BYTES ((size_t)1024 * 1024)

typedef struct {
  int from_fd, to_fd;
  const char *from, *to;
  int64_t size_bytes;
  Cancel *cancel;
  FsCopyProgress progress;
  void *user_data;
  bool kernel_refused; /* copy_file_range failed once: not asked again */
  char *buffer;        /* made when first needed */
} Copy;

static bool fail_source_changed(const Copy *copy, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid(copy->from, -1);
  return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" changed while it was copied; try again when nothing writes to it.", shown);
}

static bool write_at(const Copy *copy, size_t length, int64_t offset, GError **error)
{
  for (size_t done = 0; done < length;) {
    ssize_t written = pwrite(copy->to_fd, copy->buffer + done, length - done, offset + (int64_t)done);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fs_fail(error, errno, copy->to, "cannot be written");
    done += (size_t)written;
  }
  return true;
}

/* Moves up to `length` bytes at `offset` through memory. The count, or -1 with an error set; never 0. */
static int64_t copy_through_buffer(Copy *copy, int64_t offset, int64_t length, GError **error)
{
  if (!copy->buffer)
    copy->buffer = g_malloc(BUFFER_BYTES);
  ssize_t got;
  do
    got = pread(copy->from_fd, copy->buffer, (size_t)MIN(length, (int64_t)BUFFER_BYTES), offset);
  while (got < 0 && errno == EINTR);
  if (got < 0) {
    fs_fail(error, errno, copy->from, "cannot be read");
    return -1;
  }
  if (got == 0) {
    fail_source_changed(copy, error);
    return -1;
  }
  return write_at(copy, (size_t)got, offset, error) ? got : -1;
}

/* As copy_through_buffer. Whatever copy_file_range answers, the buffered way is tried next: it works across file systems and
 * where the call is missing, and meets a real fault again with the cause and the right path. */
static int64_t copy_some(Copy *copy, int64_t offset, int64_t length, GError **error)
{
  if (!copy->kernel_refused) {
    loff_t in = offset, out = offset;
    ssize_t moved = copy_file_range(copy->from_fd, &in, copy->to_fd, &out, (size_t)length, 0);
    if (moved > 0)
      return moved;
    copy->kernel_refused = !(moved < 0 && errno == EINTR);
  }
  return copy_through_buffer(copy, offset, length, error);
}

static void report(const Copy *copy, int64_t copied)
{
  if (copy->progress)
    copy->progress(copied, copy->size_bytes, copy->user_data);
}

static bool copy_segment(Copy *copy, int64_t start, int64_t end, GError **error)
{
  for (int64_t offset = start; offset < end;) {
    if (!cancel_check(copy->cancel, error))
      return false;
    int64_t moved = copy_some(copy, offset, MIN(end - offset, CHUNK_BYTES), error);
    if (moved < 0)
      return false;
    offset += moved;
    report(copy, offset);
  }
  return true;
}

/* Data segments only, then the length, which makes a hole at the end. */
static bool copy_segments(Copy *copy, GError **error)
{
  for (int64_t offset = 0; offset < copy->size_bytes;) {
    int64_t data = lseek(copy->from_fd, offset, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
      break; /* a hole up to the end */
    if (data < 0)
      data = offset; /* no SEEK_DATA here: all counts as data */
    int64_t hole = lseek(copy->from_fd, data, SEEK_HOLE);
    if (hole < 0 || hole > copy->size_bytes)
      hole = copy->size_bytes;
    if (!copy_segment(copy, data, hole, error))
      return false;
    offset = MAX(hole, offset + 1); /* a file that shrinks under us must not stop the loop from ending */
  }
  return ftruncate(copy->to_fd, copy->size_bytes) == 0 || fs_fail(error, errno, copy->to, "cannot be written");
}

static bool check_source_unchanged(const Copy *copy, const struct stat *before, GError **error)
{
  struct stat after;
  if (fstat(copy->from_fd, &after) != 0)
    return fs_fail(error, errno, copy->from, "cannot be looked at");
  if (after.st_size != before->st_size || fs_mtime_ns(&after) != fs_mtime_ns(before))
    return fail_source_changed(copy, error);
  return true;
}

static bool copy_content(Copy *copy, const struct stat *from_stat, GError **error)
{
  int fault = failpoint("fs.copy");
  if (fault)
    return fs_fail_two(error, fault, copy->from, "cannot be copied to", copy->to);
  if (!cancel_check(copy->cancel, error))
    return false;
  if (ioctl(copy->to_fd, FICLONE, copy->from_fd) != 0 && !copy_segments(copy, error))
    return false;
  if (fchmod(copy->to_fd, from_stat->st_mode & 0777) != 0)
    return fs_fail(error, errno, copy->to, "cannot be given its mode");
  if (!fs_sync_fd(copy->to_fd, copy->to, error) || !check_source_unchanged(copy, from_stat, error))
    return false;
  report(copy, copy->size_bytes);
  return true;
}

bool fs_copy(const char *from, const char *to, Cancel *cancel, FsCopyProgress progress, void *user_data, GError **error)
{
  struct stat from_stat;
  auto_close int from_fd = fs_open_regular(from, &from_stat, error);
  if (from_fd < 0)
    return false;
  int fault = failpoint("fs.copy");
  if (fault)
    return fs_fail_two(error, fault, from, "cannot be copied to", to);
  /* Nobody else may read it until it has the mode of its source. */
  auto_close int to_fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (to_fd < 0)
    return fs_fail_two(error, errno, from, "cannot be copied to", to);

  Copy copy = {
      .from_fd = from_fd,
      .to_fd = to_fd,
      .from = from,
      .to = to,
      .size_bytes = from_stat.st_size,
      .cancel = cancel,
      .progress = progress,
      .user_data = user_data,
  };
  posix_fadvise(from_fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  bool ok = copy_content(&copy, &from_stat, error);
  g_free(copy.buffer);
  if (!ok)
    unlink(to);
  return ok;
}
