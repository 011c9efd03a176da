/* The dynamic range and captions of video streams: what the container and the parameter sets say, completed by what the first
 * packet of each stream says. Tested by tests/unit/media/test_probe.c against ffprobe's first decoded frame. */
#include "media/bitstream_hdr.h"
#include "media/probe_read.h"

#include <libavutil/dovi_meta.h>
#include <math.h>

static bool bitstream_codec(enum AVCodecID id, BitstreamCodec *ret_codec)
{
  switch (id) {
  case AV_CODEC_ID_H264:
    *ret_codec = BITSTREAM_H264;
    return true;
  case AV_CODEC_ID_HEVC:
    *ret_codec = BITSTREAM_HEVC;
    return true;
  case AV_CODEC_ID_AV1:
    *ret_codec = BITSTREAM_AV1;
    return true;
  case AV_CODEC_ID_MPEG2VIDEO:
    *ret_codec = BITSTREAM_MPEG2;
    return true;
  default:
    return false;
  }
}

static bool is_hdr_transfer(enum AVColorTransferCharacteristic transfer)
{
  return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
}

/* Nothing is HDR in 8 bits, except what says so itself; captions may be in any video of a codec that has a place for them. */
static bool needs_packet(const AVStream *stream, const StreamInfo *info)
{
  BitstreamCodec codec;
  return info->type == STREAM_VIDEO && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC) &&
         (info->bit_depth >= 10 || is_hdr_transfer(stream->codecpar->color_trc) ||
          bitstream_codec(stream->codecpar->codec_id, &codec));
}

static uint32_t scaled(AVRational value, double by)
{
  double result = value.den ? rint(value.num * by / value.den) : 0;
  return result > 0 && result < G_MAXUINT32 ? (uint32_t)result : 0;
}

static void set_mastering_display(const AVMasteringDisplayMetadata *from, BitstreamHdr *hdr)
{
  if (!from->has_primaries || !from->has_luminance)
    return;
  MasteringDisplay *to = &hdr->mastering_display;
  uint32_t *const pairs[] = {to->red, to->green, to->blue};
  for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
    for (size_t axis = 0; axis < 2; axis++)
      pairs[i][axis] = scaled(from->display_primaries[i][axis], 50000);
  for (size_t axis = 0; axis < 2; axis++)
    to->white[axis] = scaled(from->white_point[axis], 50000);
  to->max_luminance = scaled(from->max_luminance, 10000);
  to->min_luminance = scaled(from->min_luminance, 10000);
  hdr->has_mastering_display = true;
}

static void read_headers(const ProbeInput *input, const AVStream *stream, StreamInfo *info, BitstreamHdr *hdr)
{
  const AVMasteringDisplayMetadata *display =
      probe_side_data(input, stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, sizeof *display);
  if (display)
    set_mastering_display(display, hdr);
  const AVContentLightMetadata *light = probe_side_data(input, stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, sizeof *light);
  if (light) {
    hdr->has_content_light = true;
    hdr->max_content_light = light->MaxCLL;
    hdr->max_frame_average_light = light->MaxFALL;
  }
  const AVDOVIDecoderConfigurationRecord *dolby = probe_side_data(input, stream, AV_PKT_DATA_DOVI_CONF, sizeof *dolby);
  if (dolby) {
    hdr->dolby_vision = true;
    info->dolby_vision_profile = dolby->dv_profile;
    info->dolby_vision_compatibility = dolby->dv_bl_signal_compatibility_id;
  }
  BitstreamCodec codec;
  if (bitstream_codec(stream->codecpar->codec_id, &codec) && stream->codecpar->extradata_size > 0)
    bitstream_scan_configuration(codec, stream->codecpar->extradata, (size_t)stream->codecpar->extradata_size, hdr);
}

static void read_packet(const ProbeInput *input, const AVStream *stream, const AVPacket *packet, BitstreamHdr *hdr)
{
  if (input->av->av_packet_get_side_data(packet, AV_PKT_DATA_DYNAMIC_HDR10_PLUS, NULL))
    hdr->hdr10_plus = true;
  BitstreamCodec codec;
  if (packet->size <= 0 || !bitstream_codec(stream->codecpar->codec_id, &codec))
    return;
  int nal_length_size = 0;
  if (stream->codecpar->extradata_size > 0)
    nal_length_size = bitstream_nal_length_size(codec, stream->codecpar->extradata, (size_t)stream->codecpar->extradata_size);
  bitstream_scan_packet(codec, nal_length_size, packet->data, (size_t)packet->size, hdr);
}

static HdrClass classify(enum AVColorTransferCharacteristic transfer, const BitstreamHdr *hdr)
{
  if (hdr->dolby_vision)
    return HDR_DOLBY_VISION;
  if (hdr->hdr10_plus)
    return HDR_HDR10_PLUS;
  if (transfer == AVCOL_TRC_SMPTE2084)
    return HDR_HDR10;
  return transfer == AVCOL_TRC_ARIB_STD_B67 || hdr->hlg ? HDR_HLG : HDR_SDR;
}

static void fill_stream(ProbeInput *input, unsigned index, StreamInfo *info)
{
  const AVStream *stream = input->format->streams[index];
  BitstreamHdr hdr = {0};
  read_headers(input, stream, info, &hdr);
  const AVPacket *packet = needs_packet(stream, info) ? probe_first_packet(input, index) : NULL;
  if (packet)
    read_packet(input, stream, packet, &hdr);
  info->closed_captions = hdr.closed_captions;
  info->hdr10_plus = hdr.hdr10_plus;
  info->hdr = classify(stream->codecpar->color_trc, &hdr);
  if (hdr.has_mastering_display)
    info->mastering_display = mastering_display_text(&hdr.mastering_display);
  if (hdr.has_content_light)
    info->content_light = g_strdup_printf("%u,%u", hdr.max_content_light, hdr.max_frame_average_light);
}

void probe_hdr(ProbeInput *input, GPtrArray *streams)
{
  for (guint i = 0; i < streams->len; i++) {
    StreamInfo *info = streams->pdata[i];
    if (info->type == STREAM_VIDEO)
      fill_stream(input, i, info);
  }
}
