/* Bytes to read at any place: a file or memory. What parses and plans reads through this, so that tests and fuzzers need no file.
 *
 * Thread-safety: a source has no state of its own; a descriptor is read with pread(2), which moves no position. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ByteSource ByteSource;
struct ByteSource {
  int64_t size_bytes;
  /* Fills `bytes`; the range is inside the source. Private: call byte_source_read. */
  bool (*read)(const ByteSource *self, int64_t offset, void *bytes, size_t length, GError **error);
  const void *memory;
  int fd;
};

/* Borrows the memory for as long as the source is used. */
ByteSource byte_source_memory(const void *bytes, size_t length);

/* Borrows the descriptor, which must be open for reading; size_bytes is the size it is taken to have. */
ByteSource byte_source_file(int fd, int64_t size_bytes);

/* Reads exactly `length` bytes. CORRUPT if they are not all inside the source, or the file has become shorter than it was; IO if
 * the read fails. */
bool byte_source_read(const ByteSource *self, int64_t offset, void *bytes, size_t length, GError **error);

/* An unsigned big-endian number of 1 to 8 bytes, as both container formats write them. */
uint64_t bytes_to_uint(const uint8_t *bytes, size_t length);

/* The inverse; the number must fit. */
void uint_to_bytes(uint64_t value, uint8_t *bytes, size_t length);
