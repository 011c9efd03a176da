/* The encoders that Reeve knows how to drive, and what they want to be told. Starting qualities are those at which each encoder
 * is about transparent at normal viewing distance. Tested by tests/unit/media/test_capability.c. */
#include "media/capability.h"

#include <string.h>

static const EnumRow video_codec_rows[] = {
    {VIDEO_CODEC_COPY, "copy", "Keep the stream as it is"},
    {VIDEO_CODEC_H264, "h264", "H.264 / AVC"},
    {VIDEO_CODEC_HEVC, "hevc", "H.265 / HEVC"},
    {VIDEO_CODEC_AV1, "av1", "AV1"},
    {VIDEO_CODEC_VP9, "vp9", "VP9"},
    {VIDEO_CODEC_PRORES, "prores", "Apple ProRes, for editing"},
};
const EnumTable video_codec_table = ENUM_TABLE("VideoCodec", video_codec_rows);

static const EnumRow encoder_family_rows[] = {
    {ENCODER_CPU, "cpu", "Software"},
    {ENCODER_NVENC, "nvenc", "NVIDIA"},
    {ENCODER_QSV, "qsv", "Intel Quick Sync Video"},
    {ENCODER_VAAPI, "vaapi", "Intel and AMD through VA-API"},
    {ENCODER_AMF, "amf", "AMD's own runtime"},
    {ENCODER_VIDEOTOOLBOX, "videotoolbox", "Apple"},
};
const EnumTable encoder_family_table = ENUM_TABLE("EncoderFamily", encoder_family_rows);

/* quality_min, quality_max, then starting points for SD, 720p, 1080p and 2160p */
#define QUALITY(option, low, high, sd, hd, full_hd, uhd)                                                                         \
  .quality_option = (option), .quality_min = (low), .quality_max = (high), .quality_sd = (sd), .quality_720p = (hd),             \
  .quality_1080p = (full_hd), .quality_2160p = (uhd)

#define PIXELS(eight, ten) .pixel_format_8 = (eight), .pixel_format_10 = (ten), .ten_bit = true
#define PIXELS_8_ONLY(eight) .pixel_format_8 = (eight)

static const EncoderRow rows[] = {
    {"libx264", VIDEO_CODEC_H264, ENCODER_CPU, PIXELS("yuv420p", "yuv420p10le"), QUALITY("-crf", 0, 51, 19, 19, 20, 21),
     .default_preset = "medium", .quarters = true},
    {"h264_nvenc", VIDEO_CODEC_H264, ENCODER_NVENC, PIXELS_8_ONLY("nv12"), QUALITY("-cq", 0, 51, 22, 23, 24, 25),
     .default_preset = "p5"},
    {"h264_qsv", VIDEO_CODEC_H264, ENCODER_QSV, PIXELS_8_ONLY("nv12"), QUALITY("-global_quality", 1, 51, 21, 22, 23, 24),
     .default_preset = "slower"},
    {"h264_vaapi", VIDEO_CODEC_H264, ENCODER_VAAPI, PIXELS_8_ONLY("nv12"), QUALITY("-qp", 0, 52, 21, 22, 23, 24)},
    {"h264_amf", VIDEO_CODEC_H264, ENCODER_AMF, PIXELS_8_ONLY("nv12"), QUALITY("-qp_i", 0, 51, 21, 22, 23, 24),
     .default_preset = "quality"},
    {"h264_videotoolbox", VIDEO_CODEC_H264, ENCODER_VIDEOTOOLBOX, PIXELS_8_ONLY("nv12"), QUALITY("-q:v", 1, 100, 65, 65, 62, 60)},

    {"libx265", VIDEO_CODEC_HEVC, ENCODER_CPU, PIXELS("yuv420p", "yuv420p10le"), QUALITY("-crf", 0, 51, 20, 21, 22, 24),
     .default_preset = "slow", .quarters = true},
    {"hevc_nvenc", VIDEO_CODEC_HEVC, ENCODER_NVENC, PIXELS("nv12", "p010le"), QUALITY("-cq", 0, 51, 24, 25, 26, 28),
     .default_preset = "p5"},
    {"hevc_qsv", VIDEO_CODEC_HEVC, ENCODER_QSV, PIXELS("nv12", "p010le"), QUALITY("-global_quality", 1, 51, 22, 23, 24, 26),
     .default_preset = "slower"},
    {"hevc_vaapi", VIDEO_CODEC_HEVC, ENCODER_VAAPI, PIXELS("nv12", "p010"), QUALITY("-qp", 0, 52, 22, 23, 24, 26)},
    {"hevc_amf", VIDEO_CODEC_HEVC, ENCODER_AMF, PIXELS("nv12", "p010le"), QUALITY("-qp_i", 0, 51, 22, 23, 24, 26),
     .default_preset = "quality"},
    {"hevc_videotoolbox", VIDEO_CODEC_HEVC, ENCODER_VIDEOTOOLBOX, PIXELS("nv12", "p010le"),
     QUALITY("-q:v", 1, 100, 62, 62, 60, 55)},

    /* -crf 0 counts as not given */
    {"libsvtav1", VIDEO_CODEC_AV1, ENCODER_CPU, PIXELS("yuv420p", "yuv420p10le"), QUALITY("-crf", 1, 63, 26, 28, 30, 32),
     .default_preset = "5"},
    {"av1_nvenc", VIDEO_CODEC_AV1, ENCODER_NVENC, PIXELS("nv12", "p010le"), QUALITY("-cq", 0, 63, 28, 30, 32, 34),
     .default_preset = "p5"},
    {"av1_qsv", VIDEO_CODEC_AV1, ENCODER_QSV, PIXELS("nv12", "p010le"), QUALITY("-global_quality", 1, 51, 22, 24, 25, 27),
     .default_preset = "slower"},
    {"av1_vaapi", VIDEO_CODEC_AV1, ENCODER_VAAPI, PIXELS("nv12", "p010"), QUALITY("-qp", 0, 255, 100, 105, 110, 120)},
    {"av1_amf", VIDEO_CODEC_AV1, ENCODER_AMF, PIXELS("nv12", "p010le"), QUALITY("-qp_i", 0, 255, 100, 105, 110, 120),
     .default_preset = "quality"},

    {"libvpx-vp9", VIDEO_CODEC_VP9, ENCODER_CPU, PIXELS("yuv420p", "yuv420p10le"), QUALITY("-crf", 0, 63, 32, 31, 30, 26)},
    {"vp9_qsv", VIDEO_CODEC_VP9, ENCODER_QSV, PIXELS("nv12", "p010le"), QUALITY("-global_quality", 1, 255, 90, 95, 100, 110),
     .default_preset = "slower"},
    {"vp9_vaapi", VIDEO_CODEC_VP9, ENCODER_VAAPI, PIXELS("nv12", "p010"), QUALITY("-qp", 0, 255, 90, 95, 100, 110)},

    {"prores_ks", VIDEO_CODEC_PRORES, ENCODER_CPU, PIXELS("yuv422p10le", "yuv422p10le"), QUALITY("-q:v", 1, 31, 9, 9, 9, 11)},
    {"prores_videotoolbox", VIDEO_CODEC_PRORES, ENCODER_VIDEOTOOLBOX, PIXELS("p210le", "p210le"),
     QUALITY("-q:v", 1, 100, 80, 80, 80, 75)},
};

const EncoderRow *encoder_rows(size_t *ret_n)
{
  *ret_n = G_N_ELEMENTS(rows);
  return rows;
}

const EncoderRow *encoder_find(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strcmp(rows[i].name, name) == 0)
      return &rows[i];
  return NULL;
}

double encoder_quality_step(const EncoderRow *encoder)
{
  return encoder->quarters ? 0.25 : 1;
}
