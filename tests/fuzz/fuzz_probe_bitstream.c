/* The search for HDR metadata and captions in coded video; the first byte chooses codec and framing. */
#include "media/bitstream_hdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  BitstreamCodec codec = data[0] % 4;
  int nal_length_size = data[0] / 4 % 5;
  BitstreamHdr hdr = {0};
  bitstream_scan_packet(codec, nal_length_size, data + 1, size - 1, &hdr);
  bitstream_scan_configuration(codec, data + 1, size - 1, &hdr);
  int found = bitstream_nal_length_size(codec, data + 1, size - 1);
  g_assert_true(found >= 0 && found <= 4);
  g_autofree char *text = mastering_display_text(&hdr.mastering_display);
  g_assert_nonnull(text);
  return 0;
}
