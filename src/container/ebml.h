/* EBML, the framing below Matroska (RFC 8794): elements of an ID, a size and data.
 *
 * Thread-safety: no state. */
#pragma once

#include "container/byte_source.h"

enum {
  EBML_VOID = 0xEC,  /* RFC 8794 section 11.3.2: any content, counts as nothing */
  EBML_CRC32 = 0xBF, /* RFC 8794 section 11.3.1: little-endian IEEE CRC-32 of what follows it in its parent; first child */
  EBML_MAX_SIZE_BYTES = 8,
  EBML_CRC32_DATA_BYTES = 4,
};

typedef struct {
  uint32_t id;       /* with its length marker, as specifications write it */
  int size_bytes;    /* width of the size field, 1 to 8: writers may use more than the size needs */
  int64_t offset;    /* of the ID's first byte */
  int64_t data;      /* of the first byte after the size field */
  int64_t length;    /* of the data in bytes; when the size is unknown, as far as the parent reaches */
  bool size_unknown; /* all value bits are 1 (RFC 8794 section 6.2) */
} EbmlElement;

/* One past the element's last byte. */
static inline int64_t ebml_end(const EbmlElement *element)
{
  return element->data + element->length;
}

/* Reads the head of the element at `offset`, whose parent ends at `end`. CORRUPT with the place if there is no valid ID (1 to 4
 * bytes) and size (1 to 8) or if the element reaches past `end`. */
bool ebml_read(const ByteSource *source, int64_t offset, int64_t end, EbmlElement *ret_element, GError **error);

/* Reads an unsigned integer element; empty is 0. CORRUPT over 8 bytes (RFC 8794 section 7.2). */
bool ebml_read_uint(const ByteSource *source, const EbmlElement *element, uint64_t *ret_value, GError **error);

/* Bytes that an ID takes: 1 to 4. */
int ebml_id_bytes(uint32_t id);

/* The fewest bytes whose size field can hold `length`, all ones being reserved: 1 to 8, or 9 if none can. */
int ebml_size_bytes(uint64_t length);

/* Appends the ID and a size field of exactly size_bytes, which must be able to hold it. */
void ebml_put_head(GByteArray *to, uint32_t id, uint64_t length, int size_bytes);

/* Head of a Void element of `total` bytes in all, with the narrowest size field that fits; returns how many bytes the head takes.
 * 0 if there is no such element: total is below 2, or needs a wider size field than max_size_bytes. */
int ebml_void_head(uint64_t total, int max_size_bytes, uint8_t ret_head[1 + EBML_MAX_SIZE_BYTES]);

/* Whether `total` bytes can be filled with one Void, or with nothing. */
bool ebml_gap_fits(int64_t total, int max_size_bytes);

/* IEEE CRC-32, as EBML stores it. */
uint32_t ebml_crc32(const uint8_t *bytes, size_t length);

/* The checksum of a long stretch after some of its bytes changed, from the old one and without reading the rest: CRC-32 is
 * linear, so that the change is the CRC of what changed, carried over `tail` bytes that follow it. */
uint32_t ebml_crc32_patched(uint32_t crc, const uint8_t *before, const uint8_t *after, size_t length, int64_t tail);

/* The stored form. */
void ebml_put_crc32(uint32_t crc, uint8_t ret_bytes[EBML_CRC32_DATA_BYTES]);
uint32_t ebml_get_crc32(const uint8_t bytes[EBML_CRC32_DATA_BYTES]);
