/* HDR metadata in bitstreams, from bytes written by hand, whole and cut off at every place. */
#include "media/bitstream_hdr.h"

#include <string.h>

/* Mastering display and content light of a usual HDR10 film, as one HEVC prefix SEI NAL unit; its zeros are escaped. */
#define SEI_MASTERING                                                                                                            \
  0x4e, 0x01, 0x89, 0x18, 0x33, 0xc2, 0x86, 0xc4, 0x1d, 0x4c, 0x0b, 0xb8, 0x84, 0xd0, 0x3e, 0x80, 0x3d, 0x13, 0x40, 0x42, 0x00,  \
      0x98, 0x96, 0x80, 0x00, 0x00, 0x03, 0x00, 0x01, 0x80
#define SEI_LIGHT 0x4e, 0x01, 0x90, 0x04, 0x03, 0xe8, 0x01, 0x90, 0x80
#define SEI_HDR10_PLUS 0x4e, 0x01, 0x04, 0x08, 0xb5, 0x00, 0x3c, 0x00, 0x01, 0x04, 0x01, 0x40, 0x80
#define SEI_HLG 0x4e, 0x01, 0x93, 0x01, 0x12, 0x80
#define SLICE 0x26, 0x01, 0xaf, 0x09, 0x40
#define RPU 0x7c, 0x01, 0x19, 0x08, 0x09
#define MASTERING_TEXT "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"

static const uint8_t annex_b[] = {0,       0, 0, 1, SEI_MASTERING, 0, 0, 1, SEI_LIGHT, 0, 0, 1, SEI_HDR10_PLUS, 0, 0, 1,
                                  SEI_HLG, 0, 0, 1, RPU,           0, 0, 1, SLICE};
static const uint8_t prefixed[] = {0, 0, 0, 30, SEI_MASTERING, 0, 0, 0, 9, SEI_LIGHT, 0, 0, 0, 5, SLICE};
static const uint8_t hvcc[] = {1,    2,    0x20, 0, 0, 0,    0x90, 0,    0, 0, 0, 0,  120,           0xf0, 0, 0xfc,
                               0xfd, 0xfa, 0xfa, 0, 0, 0x0f, 1,    0xa7, 0, 2, 0, 30, SEI_MASTERING, 0,    9, SEI_LIGHT};
static const uint8_t h264[] = {0, 0, 1, 0x06, 0x90, 0x04, 0x03, 0xe8, 0x01, 0x90, 0x80, 0, 0, 1, 0x65, 0x88};
/* Temporal delimiter, then metadata OBUs: content light; mastering display; HDR10+ */
static const uint8_t av1[] = {0x12, 0x00, 0x2a, 0x06, 0x01, 0x03, 0xe8, 0x01, 0x90, 0x80, 0x2a, 0x1a, 0x02,
                              0xae, 0x14, 0x51, 0xec, 0x43, 0xd7, 0xb0, 0xa4, 0x26, 0x66, 0x0f, 0x5c, 0x50,
                              0x0d, 0x54, 0x39, 0x00, 0x03, 0xe8, 0x00, 0x00, 0x00, 0x00, 0x02, 0x80, 0x2a,
                              0x09, 0x04, 0xb5, 0x00, 0x3c, 0x00, 0x01, 0x04, 0x01, 0x80};

/* cc_data of one field-1 pair and one that is empty, as T.35 in an SEI message, as an AV1 metadata OBU and as MPEG-2 user data */
#define CC_DATA 0x47, 0x41, 0x39, 0x34, 0x03, 0x42, 0xff, 0xfc, 0x94, 0x2c, 0xfd, 0x80, 0x80, 0xff
#define CC_T35 0xb5, 0x00, 0x31, CC_DATA
static const uint8_t captions_h264[] = {0, 0, 1, 0x06, 0x04, 17, CC_T35, 0x80, 0, 0, 1, 0x65, 0x88};
static const uint8_t captions_hevc[] = {0, 0, 0, 21, 0x4e, 0x01, 0x04, 17, CC_T35};
static const uint8_t captions_av1[] = {0x2a, 19, 0x04, CC_T35, 0x80};
static const uint8_t captions_mpeg2[] = {0, 0, 1, 0x00, 0x00, 0x0f, 0xff, 0xf8, 0, 0, 1, 0xb2, CC_DATA, 0, 0, 1, 0x01, 0x23};
/* Bar data (6) and DTG's active format are user data, too. */
static const uint8_t bars_mpeg2[] = {0, 0, 1, 0xb2, 0x47, 0x41, 0x39, 0x34, 0x06, 0, 0, 0, 1, 0xb2, 0x44, 0x54, 0x47, 0x31, 0x41};

static void check_static(const BitstreamHdr *hdr)
{
  g_assert_true(hdr->has_mastering_display);
  g_autofree char *text = mastering_display_text(&hdr->mastering_display);
  g_assert_cmpstr(text, ==, MASTERING_TEXT);
  g_assert_true(hdr->has_content_light);
  g_assert_cmpuint(hdr->max_content_light, ==, 1000);
  g_assert_cmpuint(hdr->max_frame_average_light, ==, 400);
}

static void test_hevc(void)
{
  BitstreamHdr hdr = {0};
  bitstream_scan_packet(BITSTREAM_HEVC, 0, annex_b, sizeof annex_b, &hdr);
  check_static(&hdr);
  g_assert_true(hdr.hdr10_plus && hdr.hlg && hdr.dolby_vision);

  hdr = (BitstreamHdr){0};
  bitstream_scan_packet(BITSTREAM_HEVC, 4, prefixed, sizeof prefixed, &hdr);
  check_static(&hdr);
  g_assert_false(hdr.hdr10_plus || hdr.hlg || hdr.dolby_vision);

  hdr = (BitstreamHdr){0};
  bitstream_scan_configuration(BITSTREAM_HEVC, hvcc, sizeof hvcc, &hdr);
  check_static(&hdr);
  g_assert_cmpint(bitstream_nal_length_size(BITSTREAM_HEVC, hvcc, sizeof hvcc), ==, 4);
  g_assert_cmpint(bitstream_nal_length_size(BITSTREAM_HEVC, annex_b, sizeof annex_b), ==, 0);
}

static void test_h264(void)
{
  BitstreamHdr hdr = {0};
  bitstream_scan_packet(BITSTREAM_H264, 0, h264, sizeof h264, &hdr);
  g_assert_true(hdr.has_content_light);
  g_assert_false(hdr.has_mastering_display);
  static const uint8_t avcc[] = {1, 100, 0, 40, 0xfd, 0xe1, 0, 0};
  g_assert_cmpint(bitstream_nal_length_size(BITSTREAM_H264, avcc, sizeof avcc), ==, 2);
}

static void test_av1(void)
{
  BitstreamHdr hdr = {0};
  bitstream_scan_packet(BITSTREAM_AV1, 0, av1, sizeof av1, &hdr);
  g_assert_true(hdr.hdr10_plus);
  check_static(&hdr);
}

static void test_captions(void)
{
  static const struct {
    BitstreamCodec codec;
    int nal_length_size;
    const uint8_t *bytes;
    size_t length;
    bool found;
  } packets[] = {
      {BITSTREAM_H264, 0, captions_h264, sizeof captions_h264, true},
      {BITSTREAM_HEVC, 4, captions_hevc, sizeof captions_hevc, true},
      {BITSTREAM_AV1, 0, captions_av1, sizeof captions_av1, true},
      {BITSTREAM_MPEG2, 0, captions_mpeg2, sizeof captions_mpeg2, true},
      {BITSTREAM_MPEG2, 0, bars_mpeg2, sizeof bars_mpeg2, false},
      {BITSTREAM_H264, 0, h264, sizeof h264, false},
      {BITSTREAM_HEVC, 0, annex_b, sizeof annex_b, false},
      {BITSTREAM_AV1, 0, av1, sizeof av1, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(packets); i++) {
    BitstreamHdr hdr = {0};
    bitstream_scan_packet(packets[i].codec, packets[i].nal_length_size, packets[i].bytes, packets[i].length, &hdr);
    if (hdr.closed_captions != packets[i].found)
      g_error("packet %zu: captions %s", i, hdr.closed_captions ? "found" : "not found");
  }
}

/* Nothing is read outside the bytes given (AddressSanitizer watches), whatever the lengths in them say. */
static void test_cut_off(void)
{
  static const struct {
    BitstreamCodec codec;
    int nal_length_size;
    const uint8_t *bytes;
    size_t length;
  } rows[] = {
      {BITSTREAM_HEVC, 0, annex_b, sizeof annex_b},
      {BITSTREAM_HEVC, 4, prefixed, sizeof prefixed},
      {BITSTREAM_HEVC, 3, annex_b, sizeof annex_b},
      {BITSTREAM_HEVC, 0, hvcc, sizeof hvcc},
      {BITSTREAM_H264, 0, h264, sizeof h264},
      {BITSTREAM_AV1, 0, av1, sizeof av1},
      {BITSTREAM_AV1, 0, annex_b, sizeof annex_b},
      {BITSTREAM_H264, 0, captions_h264, sizeof captions_h264},
      {BITSTREAM_HEVC, 4, captions_hevc, sizeof captions_hevc},
      {BITSTREAM_AV1, 0, captions_av1, sizeof captions_av1},
      {BITSTREAM_MPEG2, 0, captions_mpeg2, sizeof captions_mpeg2},
      {BITSTREAM_MPEG2, 4, annex_b, sizeof annex_b},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    for (size_t length = 1; length <= rows[i].length; length++) {
      g_autofree uint8_t *copy = g_memdup2(rows[i].bytes, length);
      BitstreamHdr hdr = {0};
      bitstream_scan_packet(rows[i].codec, rows[i].nal_length_size, copy, length, &hdr);
      bitstream_scan_configuration(rows[i].codec, copy, length, &hdr);
      bitstream_nal_length_size(rows[i].codec, copy, length);
    }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bitstream-hdr/hevc", test_hevc);
  g_test_add_func("/bitstream-hdr/h264", test_h264);
  g_test_add_func("/bitstream-hdr/av1", test_av1);
  g_test_add_func("/bitstream-hdr/cut-off", test_cut_off);
  g_test_add_func("/bitstream-hdr/captions", test_captions);
  return g_test_run();
}
