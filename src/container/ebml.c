/* Decides what a valid element head is, and how wide a size field must be. Test: tests/unit/container/test_ebml.c */
#include "container/ebml.h"

#include "base/error.h"

#include <zlib.h>

enum { MAX_ID_BYTES = 4 };

/* The number of bytes that a first byte announces: 1 for 1xxxxxxx, 2 for 01xxxxxx … 9 for 0. */
static int vint_bytes(uint8_t first)
{
  int n = 1;
  for (uint8_t marker = 0x80; marker != 0 && !(first & marker); marker >>= 1)
    n++;
  return n;
}

/* A size field's value bits of `bytes` bytes, all ones. */
static uint64_t all_ones(int bytes)
{
  return (UINT64_C(1) << 7 * bytes) - 1;
}

static bool fail_at(GError **error, int64_t offset, const char *what)
{
  return fail(error, REEVE_ERROR_CORRUPT, "At byte %" G_GINT64_FORMAT " %s; the file is damaged or not complete.", offset, what);
}

bool ebml_read(const ByteSource *source, int64_t offset, int64_t end, EbmlElement *ret_element, GError **error)
{
  uint8_t head[MAX_ID_BYTES + EBML_MAX_SIZE_BYTES];
  end = MIN(end, source->size_bytes);
  if (offset < 0 || offset >= end)
    return fail_at(error, offset, "there is no Matroska element");
  size_t have = (size_t)MIN((int64_t)sizeof head, end - offset);
  if (!byte_source_read(source, offset, head, have, error))
    return false;

  int id_bytes = vint_bytes(head[0]);
  if (id_bytes > MAX_ID_BYTES || (size_t)id_bytes >= have)
    return fail_at(error, offset, "there is no Matroska element");
  EbmlElement element = {.id = (uint32_t)bytes_to_uint(head, (size_t)id_bytes), .offset = offset};
  uint64_t id_value = element.id & all_ones(id_bytes);
  element.size_bytes = vint_bytes(head[id_bytes]);
  if (id_value == 0 || id_value == all_ones(id_bytes) || element.size_bytes > EBML_MAX_SIZE_BYTES ||
      (size_t)(id_bytes + element.size_bytes) > have)
    return fail_at(error, offset, "there is no Matroska element");

  uint64_t length = bytes_to_uint(head + id_bytes, (size_t)element.size_bytes) & all_ones(element.size_bytes);
  element.data = offset + id_bytes + element.size_bytes;
  element.size_unknown = length == all_ones(element.size_bytes);
  if (!element.size_unknown && length > (uint64_t)(end - element.data))
    return fail_at(error, offset, "a Matroska element says it is longer than what holds it");
  element.length = element.size_unknown ? end - element.data : (int64_t)length;
  *ret_element = element;
  return true;
}

bool ebml_read_uint(const ByteSource *source, const EbmlElement *element, uint64_t *ret_value, GError **error)
{
  uint8_t bytes[8];
  if (element->length > (int64_t)sizeof bytes)
    return fail_at(error, element->offset, "a Matroska number is longer than 8 bytes");
  if (!byte_source_read(source, element->data, bytes, (size_t)element->length, error))
    return false;
  *ret_value = bytes_to_uint(bytes, (size_t)element->length);
  return true;
}

int ebml_id_bytes(uint32_t id)
{
  return id > 0xFFFFFF ? 4 : id > 0xFFFF ? 3 : id > 0xFF ? 2 : 1;
}

int ebml_size_bytes(uint64_t length)
{
  int n = 1;
  while (n <= EBML_MAX_SIZE_BYTES && length >= all_ones(n))
    n++;
  return n;
}

static void put_size(uint64_t length, int size_bytes, uint8_t *to)
{
  g_assert(length < all_ones(size_bytes));
  uint_to_bytes(length | UINT64_C(1) << 7 * size_bytes, to, (size_t)size_bytes);
}

void ebml_put_head(GByteArray *to, uint32_t id, uint64_t length, int size_bytes)
{
  uint8_t head[MAX_ID_BYTES + EBML_MAX_SIZE_BYTES];
  int id_bytes = ebml_id_bytes(id);
  uint_to_bytes(id, head, (size_t)id_bytes);
  put_size(length, size_bytes, head + id_bytes);
  g_byte_array_append(to, head, (guint)(id_bytes + size_bytes));
}

int ebml_void_head(uint64_t total, int max_size_bytes, uint8_t ret_head[1 + EBML_MAX_SIZE_BYTES])
{
  for (int size_bytes = 1; size_bytes <= max_size_bytes && (uint64_t)size_bytes + 1 <= total; size_bytes++) {
    uint64_t length = total - 1 - (uint64_t)size_bytes;
    if (length >= all_ones(size_bytes))
      continue;
    ret_head[0] = EBML_VOID;
    put_size(length, size_bytes, ret_head + 1);
    return 1 + size_bytes;
  }
  return 0;
}

bool ebml_gap_fits(int64_t total, int max_size_bytes)
{
  uint8_t head[1 + EBML_MAX_SIZE_BYTES];
  return total == 0 || (total > 0 && ebml_void_head((uint64_t)total, max_size_bytes, head) > 0);
}

uint32_t ebml_crc32(const uint8_t *bytes, size_t length)
{
  return (uint32_t)crc32_z(0, bytes, length);
}

uint32_t ebml_crc32_patched(uint32_t crc, const uint8_t *before, const uint8_t *after, size_t length, int64_t tail)
{
  /* The initial value and the final inversion cancel out between two inputs of one length. */
  uint32_t difference = ebml_crc32(before, length) ^ ebml_crc32(after, length);
  return crc ^ (uint32_t)crc32_combine(difference, 0, (z_off_t)tail);
}

void ebml_put_crc32(uint32_t crc, uint8_t ret_bytes[EBML_CRC32_DATA_BYTES])
{
  for (int i = 0; i < EBML_CRC32_DATA_BYTES; i++)
    ret_bytes[i] = (uint8_t)(crc >> 8 * i);
}

uint32_t ebml_get_crc32(const uint8_t bytes[EBML_CRC32_DATA_BYTES])
{
  uint32_t crc = 0;
  for (int i = 0; i < EBML_CRC32_DATA_BYTES; i++)
    crc |= (uint32_t)bytes[i] << 8 * i;
  return crc;
}
