/* Decides that nothing outside the file is ever read. Test: tests/unit/container/test_ebml.c */
#include "container/byte_source.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool read_memory(const ByteSource *self, int64_t offset, void *bytes, size_t length, GError **error)
{
  memcpy(bytes, (const char *)self->memory + offset, length);
  return true;
}

static bool read_file(const ByteSource *self, int64_t offset, void *bytes, size_t length, GError **error)
{
  char *to = bytes;
  while (length > 0) {
    ssize_t got = pread(self->fd, to, length, (off_t)offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail_errno(error, errno, "The file cannot be read at byte %" G_GINT64_FORMAT, offset);
    if (got == 0)
      return fail(error, REEVE_ERROR_CORRUPT, "The file ends at byte %" G_GINT64_FORMAT ", earlier than a moment ago.", offset);
    to += got;
    offset += got;
    length -= (size_t)got;
  }
  return true;
}

ByteSource byte_source_memory(const void *bytes, size_t length)
{
  return (ByteSource){.size_bytes = (int64_t)length, .read = read_memory, .memory = bytes, .fd = -1};
}

ByteSource byte_source_file(int fd, int64_t size_bytes)
{
  return (ByteSource){.size_bytes = size_bytes, .read = read_file, .fd = fd};
}

bool byte_source_read(const ByteSource *self, int64_t offset, void *bytes, size_t length, GError **error)
{
  if (offset < 0 || offset > self->size_bytes || length > (uint64_t)(self->size_bytes - offset))
    return fail(error, REEVE_ERROR_CORRUPT,
                "The file ends at byte %" G_GINT64_FORMAT
                ", in the middle of what it should hold; it is damaged or not complete.",
                self->size_bytes);
  return length == 0 || self->read(self, offset, bytes, length, error);
}

uint64_t bytes_to_uint(const uint8_t *bytes, size_t length)
{
  uint64_t value = 0;
  for (size_t i = 0; i < length; i++)
    value = value << 8 | bytes[i];
  return value;
}

void uint_to_bytes(uint64_t value, uint8_t *bytes, size_t length)
{
  for (size_t i = length; i > 0; i--) {
    bytes[i - 1] = (uint8_t)value;
    value >>= 8;
  }
}
