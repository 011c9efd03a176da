/* Element heads at the edges of the format, Voids of every size, and checksums carried over. */
#include "base/error.h"
#include "container/ebml.h"

#include <string.h>

typedef struct {
  const char *bytes;
  size_t length;
  int64_t end; /* of the parent; 0: the bytes' end */
  uint32_t id; /* 0: refused */
  int64_t data, size;
  bool unknown;
} HeadRow;

#define BYTES(text) (text), sizeof(text) - 1

static const HeadRow head_rows[] = {
    {BYTES("\xEC\x80"), 0, 0xEC, 2, 0, false},
    {BYTES("\x1A\x45\xDF\xA3\x81x"), 0, 0x1A45DFA3, 5, 1, false},
    {BYTES("\xEC\x40\x01x"), 0, 0xEC, 3, 1, false},             /* wider than needed */
    {BYTES("\xEC\x01\0\0\0\0\0\0\x01x"), 0, 0xEC, 9, 1, false}, /* as wide as can be */
    {BYTES("\xEC\xFFxyz"), 0, 0xEC, 2, 3, true},                /* unknown: to the end */
    {BYTES("\xEC\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFFxyz"), 0, 0xEC, 9, 3, true},
    {BYTES("\xEC\xFFxyz"), 4, 0xEC, 2, 2, true},
    {BYTES("\xEC\x81x"), 2, 0, 0, 0, false},                             /* past the parent */
    {BYTES("\xEC\x82x"), 0, 0, 0, 0, false},                             /* past the file */
    {BYTES("\xEC\x01\x7F\xFF\xFF\xFF\xFF\xFF\xFEx"), 0, 0, 0, 0, false}, /* 2^55 and more */
    {BYTES("\xEC\x00\x80\0\0\0\0\0\0\0"), 0, 0, 0, 0, false},            /* a size of 9 bytes */
    {BYTES("\x08\x80\x80\x80\x80\x80\x80"), 0, 0, 0, 0, false},          /* an ID of 5 bytes */
    {BYTES("\x80\x80"), 0, 0, 0, 0, false},                              /* IDs of all zeros and all ones are */
    {BYTES("\xFF\x80"), 0, 0, 0, 0, false},                              /* reserved */
    {BYTES("\x7F\xFF\x80"), 0, 0, 0, 0, false},
    {BYTES("\x1A\x45\xDF"), 0, 0, 0, 0, false}, /* cut in the ID */
    {BYTES("\xEC"), 0, 0, 0, 0, false},         /* before the size */
    {BYTES("\xEC\x40"), 0, 0, 0, 0, false},     /* in the size */
    {BYTES(""), 0, 0, 0, 0, false},
};

static void test_heads(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(head_rows); i++) {
    const HeadRow *row = &head_rows[i];
    g_autoptr(GError) error = NULL;
    EbmlElement element = {0};
    ByteSource source = byte_source_memory(row->bytes, row->length);
    bool ok = ebml_read(&source, 0, row->end ? row->end : (int64_t)row->length, &element, &error);
    g_test_message("row %zu", i);
    g_assert_cmpint(ok, ==, row->id != 0);
    if (!ok) {
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
      continue;
    }
    g_assert_cmphex(element.id, ==, row->id);
    g_assert_cmpint(element.data, ==, row->data);
    g_assert_cmpint(element.length, ==, row->size);
    g_assert_cmpint(element.size_unknown, ==, row->unknown);
  }
}

/* What is written is read back, at every width that can hold it. */
static void test_write_read(void)
{
  static const uint64_t lengths[] = {0, 1, 126, 127, 128, 16382, 16383, 2097150, 2097151};
  for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++)
    for (int width = ebml_size_bytes(lengths[i]); width <= EBML_MAX_SIZE_BYTES; width++) {
      g_autoptr(GByteArray) bytes = g_byte_array_new();
      ebml_put_head(bytes, 0x4DBB, lengths[i], width);
      guint head = bytes->len;
      g_byte_array_set_size(bytes, (guint)(head + lengths[i]));
      ByteSource source = byte_source_memory(bytes->data, bytes->len);
      EbmlElement element;
      g_assert_true(ebml_read(&source, 0, bytes->len, &element, NULL));
      g_assert_cmphex(element.id, ==, 0x4DBB);
      g_assert_cmpint(element.size_bytes, ==, width);
      g_assert_cmpint(element.data, ==, head);
      g_assert_cmpuint((guint64)element.length, ==, lengths[i]);
      g_assert_false(element.size_unknown);
    }
  g_assert_cmpint(ebml_size_bytes(126), ==, 1);
  g_assert_cmpint(ebml_size_bytes(127), ==, 2); /* all ones is "unknown" */
  g_assert_cmpint(ebml_size_bytes((UINT64_C(1) << 56) - 1), ==, 9);
}

/* A Void of every total, with every limit on its size field: it fills the total exactly, or there is none. */
static void test_voids(void)
{
  for (int most = 1; most <= EBML_MAX_SIZE_BYTES; most++)
    for (uint64_t total = 0; total < 20000; total += total < 300 ? 1 : 97) {
      uint8_t head[1 + EBML_MAX_SIZE_BYTES];
      int head_bytes = ebml_void_head(total, most, head);
      g_assert_cmpint(ebml_gap_fits((int64_t)total, most), ==, total == 0 || head_bytes > 0);
      if (head_bytes == 0) {
        g_assert_true(total < 2 || (most == 1 && total > 128) || (most == 2 && total > 16385));
        continue;
      }
      g_autofree uint8_t *bytes = g_malloc0(total + sizeof head);
      memcpy(bytes, head, (size_t)head_bytes);
      ByteSource source = byte_source_memory(bytes, total);
      EbmlElement element;
      g_assert_true(ebml_read(&source, 0, (int64_t)total, &element, NULL));
      g_assert_cmphex(element.id, ==, EBML_VOID);
      g_assert_cmpuint((guint64)ebml_end(&element), ==, total);
      g_assert_false(element.size_unknown);
    }
  g_assert_false(ebml_gap_fits(-1, 8));
  g_assert_false(ebml_gap_fits(1, 8));
}

static void test_checksums(void)
{
  g_assert_cmphex(ebml_crc32((const uint8_t *)"123456789", 9), ==, 0xCBF43926); /* the check value of this CRC's catalogues */
  g_autofree uint8_t *bytes = g_malloc(5000);
  for (int i = 0; i < 5000; i++)
    bytes[i] = (uint8_t)(i * 7 + i / 256);
  uint32_t before = ebml_crc32(bytes, 5000);
  static const struct {
    size_t offset, length;
  } rows[] = {{0, 1}, {0, 5000}, {4999, 1}, {1234, 77}, {2500, 2500}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree uint8_t *after = g_memdup2(bytes, 5000);
    for (size_t at = 0; at < rows[i].length; at++)
      after[rows[i].offset + at] ^= (uint8_t)(at + 1);
    uint32_t patched = ebml_crc32_patched(before, bytes + rows[i].offset, after + rows[i].offset, rows[i].length,
                                          5000 - (int64_t)(rows[i].offset + rows[i].length));
    g_assert_cmphex(patched, ==, ebml_crc32(after, 5000));
  }
  uint8_t stored[EBML_CRC32_DATA_BYTES];
  ebml_put_crc32(0x11223344, stored);
  g_assert_cmpmem(stored, 4, "\x44\x33\x22\x11", 4);
  g_assert_cmphex(ebml_get_crc32(stored), ==, 0x11223344);
}

static void test_numbers(void)
{
  static const struct {
    const char *bytes;
    size_t length;
    uint64_t value;
    bool ok;
  } rows[] = {
      {BYTES("\xD7\x80"), 0, true},
      {BYTES("\xD7\x81\x05"), 5, true},
      {BYTES("\xD7\x88\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), UINT64_MAX, true},
      {BYTES("\xD7\x89\0\0\0\0\0\0\0\0\0"), 0, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ByteSource source = byte_source_memory(rows[i].bytes, rows[i].length);
    EbmlElement element;
    uint64_t value = 42;
    g_assert_true(ebml_read(&source, 0, source.size_bytes, &element, NULL));
    g_assert_cmpint(ebml_read_uint(&source, &element, &value, NULL), ==, rows[i].ok);
    g_assert_cmpuint(value, ==, rows[i].ok ? rows[i].value : 42);
  }
}

/* Nothing outside is read, and ranges at the ends of int64_t are outside. */
static void test_source(void)
{
  static const struct {
    int64_t offset;
    size_t length;
    bool ok;
  } rows[] = {{0, 4, true},   {4, 0, true},          {3, 2, false},         {5, 0, false},
              {-1, 1, false}, {INT64_MAX, 1, false}, {INT64_MIN, 1, false}, {1, SIZE_MAX, false}};
  ByteSource source = byte_source_memory("abcd", 4);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    char bytes[8] = "";
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(byte_source_read(&source, rows[i].offset, bytes, rows[i].length, &error), ==, rows[i].ok);
    g_assert_true((error == NULL) == rows[i].ok);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ebml/heads", test_heads);
  g_test_add_func("/ebml/write_read", test_write_read);
  g_test_add_func("/ebml/voids", test_voids);
  g_test_add_func("/ebml/checksums", test_checksums);
  g_test_add_func("/ebml/numbers", test_numbers);
  g_test_add_func("/ebml/source", test_source);
  return g_test_run();
}
