/* Looks for HDR metadata and closed captions in coded video without decoding it: SEI messages of H.264 and HEVC, metadata OBUs of
 * AV1, user data of MPEG-2. Containers often do not repeat what the bitstream says, and decoding a 4K frame to learn it takes a
 * hundred times as long.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { BITSTREAM_H264, BITSTREAM_HEVC, BITSTREAM_AV1, BITSTREAM_MPEG2 } BitstreamCodec;

/* Chromaticity in 1/50000, luminance in 1/10000 cd/m²: the units of H.265 D.3.28. */
typedef struct {
  uint32_t red[2], green[2], blue[2], white[2];
  uint32_t max_luminance, min_luminance;
} MasteringDisplay;

typedef struct {
  bool has_mastering_display;
  MasteringDisplay mastering_display;
  bool has_content_light;
  uint32_t max_content_light, max_frame_average_light; /* cd/m² */
  bool hdr10_plus;                                     /* dynamic metadata of SMPTE ST 2094-40 */
  bool dolby_vision;                                   /* reference processing units */
  bool hlg; /* the stream asks to be shown as HLG whatever its own transfer says (H.265 E.3.1, alternative transfer) */
  bool closed_captions; /* cc_data of ATSC A/53 part 4, 6.2.3 */
} BitstreamHdr;

/* Adds to *hdr what a codec configuration record says (avcC, hvcC, av1C, or Annex B parameter sets). Anything malformed is
 * skipped. */
void bitstream_scan_configuration(BitstreamCodec codec, const uint8_t *bytes, size_t length, BitstreamHdr *hdr);

/* The same for one packet. `nal_length_size` is 1 to 4, or 0 for Annex B start codes; AV1 ignores it. */
void bitstream_scan_packet(BitstreamCodec codec, int nal_length_size, const uint8_t *bytes, size_t length, BitstreamHdr *hdr);

/* The size of NAL length fields by a configuration record: 1 to 4, 0 if packets use start codes. */
int bitstream_nal_length_size(BitstreamCodec codec, const uint8_t *bytes, size_t length);

/* "G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)". The caller frees it. */
char *mastering_display_text(const MasteringDisplay *display);
