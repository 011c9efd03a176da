/* Finding HDR metadata and captions in H.264, HEVC, AV1 and MPEG-2 bitstreams. Every length is checked against what is left: the
 * bytes are a stranger's. Tested by tests/unit/media/test_bitstream_hdr.c and tests/fuzz/fuzz_probe_bitstream.c. */
#include "media/bitstream_hdr.h"

#include <string.h>

/* A piece of memory that is read from its front; reading past the end gives zeros and empties it. */
typedef struct {
  const uint8_t *at;
  size_t left;
} Span;

static uint32_t read_bytes(Span *span, size_t n)
{
  if (span->left < n) {
    span->left = 0;
    return 0;
  }
  uint32_t value = 0;
  for (size_t i = 0; i < n; i++)
    value = value << 8 | *span->at++;
  span->left -= n;
  return value;
}

static Span take(Span *span, size_t n)
{
  Span taken = {span->at, MIN(n, span->left)};
  span->at += taken.left;
  span->left -= taken.left;
  return taken;
}

/* CTA-861.4 / ST 2094-40: United States, Samsung's provider code, its oriented code, application 4, version 0 or 1. */
static bool is_hdr10_plus(Span payload)
{
  return payload.left >= 7 && read_bytes(&payload, 1) == 0xb5 && read_bytes(&payload, 2) == 0x003c &&
         read_bytes(&payload, 2) == 0x0001 && read_bytes(&payload, 1) == 4 && read_bytes(&payload, 1) <= 1;
}

/* ATSC A/53 part 4, 6.2.3: "GA94", then 3 for cc_data. */
static bool is_caption_data(Span payload)
{
  return payload.left >= 5 && read_bytes(&payload, 4) == 0x47413934 && read_bytes(&payload, 1) == 3;
}

/* The same as ITU-T T.35: United States, ATSC's provider code (ANSI/SCTE 128-1, 8.1). */
static bool is_caption_t35(Span payload)
{
  return payload.left >= 8 && read_bytes(&payload, 1) == 0xb5 && read_bytes(&payload, 2) == 0x0031 && is_caption_data(payload);
}

/* AV1 carries Dolby Vision as ITU-T T.35 of Dolby's provider code. */
static bool is_dolby_vision_t35(Span payload)
{
  return payload.left >= 7 && read_bytes(&payload, 1) == 0xb5 && read_bytes(&payload, 2) == 0x003b &&
         read_bytes(&payload, 4) == 0x00000800;
}

static void read_pair(Span *span, uint32_t pair[2])
{
  pair[0] = read_bytes(span, 2);
  pair[1] = read_bytes(span, 2);
}

/* H.265 D.2.28: green, blue, red, white point, then luminance. */
static void read_sei_mastering(Span payload, BitstreamHdr *hdr)
{
  if (payload.left < 24 || hdr->has_mastering_display)
    return;
  MasteringDisplay *display = &hdr->mastering_display;
  read_pair(&payload, display->green);
  read_pair(&payload, display->blue);
  read_pair(&payload, display->red);
  read_pair(&payload, display->white);
  display->max_luminance = read_bytes(&payload, 4);
  display->min_luminance = read_bytes(&payload, 4);
  hdr->has_mastering_display = true;
}

/* H.265 D.2.35, and AV1 5.8.3: the same two numbers. */
static void read_content_light(Span payload, BitstreamHdr *hdr)
{
  if (payload.left < 4 || hdr->has_content_light)
    return;
  hdr->max_content_light = read_bytes(&payload, 2);
  hdr->max_frame_average_light = read_bytes(&payload, 2);
  hdr->has_content_light = true;
}

/* Payload types are the same numbers in H.264 (D.1.1) and H.265 (D.2.1). */
static void read_sei_payload(uint32_t type, Span payload, BitstreamHdr *hdr)
{
  switch (type) {
  case 4:
    if (is_hdr10_plus(payload))
      hdr->hdr10_plus = true;
    if (is_caption_t35(payload))
      hdr->closed_captions = true;
    break;
  case 137:
    read_sei_mastering(payload, hdr);
    break;
  case 144:
    read_content_light(payload, hdr);
    break;
  case 147: /* alternative transfer characteristics; 18 is HLG */
    if (read_bytes(&payload, 1) == 18)
      hdr->hlg = true;
    break;
  default:
    break;
  }
}

/* H.265 7.3.5: a number is a run of 0xff and a last byte. */
static uint32_t read_sei_number(Span *span)
{
  uint32_t value = 0;
  while (span->left && *span->at == 0xff && value < 1u << 24) {
    value += 255;
    take(span, 1);
  }
  return value + read_bytes(span, 1);
}

enum { MAX_SEI_BYTES = 16 * 1024 };

/* `nal` has its header still escaped in front taken off. SEI messages are small; of a huge one only the beginning is looked at.
 */
static void read_sei(Span nal, BitstreamHdr *hdr)
{
  g_autofree uint8_t *raw = g_malloc(MIN(nal.left, MAX_SEI_BYTES) + 1);
  size_t length = 0;
  unsigned zeros = 0;
  for (size_t i = 0; i < nal.left && length < MAX_SEI_BYTES; i++) {
    if (zeros >= 2 && nal.at[i] == 3) { /* emulation prevention, 7.3.1.1 */
      zeros = 0;
      continue;
    }
    zeros = nal.at[i] ? 0 : zeros + 1;
    raw[length++] = nal.at[i];
  }
  Span messages = {raw, length};
  while (messages.left > 2) { /* what remains at the end are the trailing bits */
    uint32_t type = read_sei_number(&messages);
    uint32_t size = read_sei_number(&messages);
    read_sei_payload(type, take(&messages, size), hdr);
  }
}

static void read_nal(BitstreamCodec codec, Span nal, BitstreamHdr *hdr)
{
  if (codec == BITSTREAM_MPEG2) { /* H.262 6.2.2.2.2: user_data_start_code */
    if (nal.left > 1 && read_bytes(&nal, 1) == 0xb2 && is_caption_data(nal))
      hdr->closed_captions = true;
    return;
  }
  if (codec == BITSTREAM_H264) {
    if (nal.left > 1 && (read_bytes(&nal, 1) & 0x1f) == 6)
      read_sei(nal, hdr);
    return;
  }
  if (nal.left <= 2)
    return;
  switch (read_bytes(&nal, 2) >> 9 & 0x3f) {
  case 39: /* prefix SEI */
  case 40: /* suffix SEI */
    read_sei(nal, hdr);
    break;
  case 62: /* unspecified by H.265; Dolby Vision's reference processing unit */
    hdr->dolby_vision = true;
    break;
  default:
    break;
  }
}

static const uint8_t *next_start_code(const uint8_t *at, const uint8_t *end)
{
  while (end - at >= 3) {
    const uint8_t *zero = memchr(at, 0, (size_t)(end - at - 2));
    if (!zero)
      break;
    if (zero[1] == 0 && zero[2] == 1)
      return zero;
    at = zero + 1;
  }
  return end;
}

/* H.265 annex B; H.262 has the same start codes. */
static void scan_start_codes(BitstreamCodec codec, const uint8_t *bytes, size_t length, BitstreamHdr *hdr)
{
  const uint8_t *end = bytes + length;
  const uint8_t *at = next_start_code(bytes, end);
  while (at < end) {
    const uint8_t *nal = at + 3;
    at = next_start_code(nal, end);
    read_nal(codec, (Span){nal, (size_t)(at - nal)}, hdr);
  }
}

/* AV1 4.10.5. Values over 32 bits are refused: no OBU is that long. */
static bool read_leb128(Span *span, uint32_t *ret)
{
  uint64_t value = 0;
  for (unsigned i = 0; i < 8 && span->left; i++) {
    uint32_t byte = read_bytes(span, 1);
    value |= (uint64_t)(byte & 0x7f) << 7 * i;
    if (byte & 0x80)
      continue;
    *ret = (uint32_t)MIN(value, G_MAXUINT32);
    return true;
  }
  return false;
}

static uint32_t scale(uint32_t value, uint64_t by, uint64_t from)
{
  return (uint32_t)((value * by + from / 2) / from);
}

/* AV1 5.8.4 and 6.7.4: 0.16 chromaticities of red, green, blue; 24.8 and 18.14 luminance. */
static void read_av1_mastering(Span payload, BitstreamHdr *hdr)
{
  if (payload.left < 24 || hdr->has_mastering_display)
    return;
  MasteringDisplay *display = &hdr->mastering_display;
  uint32_t *const pairs[] = {display->red, display->green, display->blue, display->white};
  for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
    read_pair(&payload, pairs[i]);
    pairs[i][0] = scale(pairs[i][0], 50000, 1 << 16);
    pairs[i][1] = scale(pairs[i][1], 50000, 1 << 16);
  }
  display->max_luminance = scale(read_bytes(&payload, 4), 10000, 1 << 8);
  display->min_luminance = scale(read_bytes(&payload, 4), 10000, 1 << 14);
  hdr->has_mastering_display = true;
}

static void read_av1_metadata(Span obu, BitstreamHdr *hdr)
{
  uint32_t type;
  if (!read_leb128(&obu, &type))
    return;
  switch (type) {
  case 1:
    read_content_light(obu, hdr);
    break;
  case 2:
    read_av1_mastering(obu, hdr);
    break;
  case 4:
    if (is_hdr10_plus(obu))
      hdr->hdr10_plus = true;
    if (is_dolby_vision_t35(obu))
      hdr->dolby_vision = true;
    if (is_caption_t35(obu))
      hdr->closed_captions = true;
    break;
  default:
    break;
  }
}

/* AV1 5.3: OBUs of the low-overhead format, one after the other. */
static void scan_obus(Span span, BitstreamHdr *hdr)
{
  while (span.left) {
    uint32_t header = read_bytes(&span, 1);
    if (header & 0x04)
      take(&span, 1); /* extension */
    uint32_t size = (uint32_t)MIN(span.left, G_MAXUINT32);
    if (header & 0x02 && !read_leb128(&span, &size))
      return;
    Span obu = take(&span, size);
    if ((header >> 3 & 0x0f) == 5)
      read_av1_metadata(obu, hdr);
  }
}

static bool is_configuration_record(BitstreamCodec codec, const uint8_t *bytes, size_t length)
{
  return length > (codec == BITSTREAM_HEVC ? 22 : 6) && !(bytes[0] == 0 && bytes[1] == 0 && bytes[2] <= 1);
}

int bitstream_nal_length_size(BitstreamCodec codec, const uint8_t *bytes, size_t length)
{
  if (codec == BITSTREAM_AV1 || codec == BITSTREAM_MPEG2 || !is_configuration_record(codec, bytes, length))
    return 0;
  /* lengthSizeMinusOne: ISO 14496-15 5.3.3.1 and 8.3.3.1 */
  return (codec == BITSTREAM_HEVC ? bytes[21] & 3 : bytes[4] & 3) + 1;
}

/* ISO 14496-15 8.3.3.1: arrays of NAL units, each with a 16-bit length. avcC holds no SEI. */
static void scan_hvcc(Span record, BitstreamHdr *hdr)
{
  take(&record, 22);
  uint32_t arrays = read_bytes(&record, 1);
  for (uint32_t i = 0; i < arrays && record.left; i++) {
    take(&record, 1);
    uint32_t nals = read_bytes(&record, 2);
    for (uint32_t n = 0; n < nals && record.left; n++) {
      uint32_t size = read_bytes(&record, 2);
      read_nal(BITSTREAM_HEVC, take(&record, size), hdr);
    }
  }
}

void bitstream_scan_configuration(BitstreamCodec codec, const uint8_t *bytes, size_t length, BitstreamHdr *hdr)
{
  Span record = {bytes, length};
  if (codec == BITSTREAM_AV1) {
    take(&record, 4); /* AV1 codec ISO media file format binding 2.3.3 */
    scan_obus(record, hdr);
  } else if (codec == BITSTREAM_MPEG2 || !is_configuration_record(codec, bytes, length))
    scan_start_codes(codec, bytes, length, hdr);
  else if (codec == BITSTREAM_HEVC)
    scan_hvcc(record, hdr);
}

void bitstream_scan_packet(BitstreamCodec codec, int nal_length_size, const uint8_t *bytes, size_t length, BitstreamHdr *hdr)
{
  Span packet = {bytes, length};
  if (codec == BITSTREAM_AV1)
    scan_obus(packet, hdr);
  else if (nal_length_size == 0)
    scan_start_codes(codec, bytes, length, hdr);
  else
    while (packet.left > (size_t)nal_length_size) {
      uint32_t size = read_bytes(&packet, (size_t)nal_length_size);
      read_nal(codec, take(&packet, size), hdr);
    }
}

char *mastering_display_text(const MasteringDisplay *display)
{
  return g_strdup_printf("G(%u,%u)B(%u,%u)R(%u,%u)WP(%u,%u)L(%u,%u)", display->green[0], display->green[1], display->blue[0],
                         display->blue[1], display->red[0], display->red[1], display->white[0], display->white[1],
                         display->max_luminance, display->min_luminance);
}
