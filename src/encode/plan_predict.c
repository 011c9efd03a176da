/* How large the output will be: a model, honest about its width.
 *
 * The encoded video is estimated twice, and the geometric mean is taken. (a) From the picture alone: bits per pixel and frame at
 * the encoder family's 1080p starting quality (hevc 0.045, av1 0.035, h264 0.075, vp9 0.05 - the middle of published CRF tables
 * for film), doubling every 6 quality steps as H.264's and HEVC's quantiser step size does (ITU-T H.265, 8.6), and falling with
 * the fourth root of the number of pixels, because large pictures are smoother. (b) From the source: what the target codec
 * typically needs of the source codec's bits. Film grain and animation lie a factor of three to either side, so the range is
 * wide. Kept streams cost what they cost. Nothing is ever predicted above 1.2 times the source. Where samples were encoded, they
 * say more than either: the range is then what a dozen places of a film are off by. Test: tests/unit/encode/test_plan_video.c */
#include "encode/plan_internal.h"

#include <math.h>
#include <string.h>

/* Bits that a codec needs for the quality for which H.264 needs 1. */
static double codec_factor(const char *codec)
{
  static const struct {
    const char *codec;
    double factor;
  } factors[] = {{"hevc", 0.6},      {"av1", 0.5}, {"vp9", 0.65}, {"vvc", 0.4},        {"h264", 1},         {"mpeg4", 1.7},
                 {"msmpeg4v3", 1.8}, {"vc1", 1.1}, {"wmv3", 1.2}, {"mpeg2video", 2.2}, {"mpeg1video", 2.6}, {"prores", 12},
                 {"dnxhd", 12},      {"mjpeg", 8}, {"ffv1", 25},  {"dvvideo", 10}};
  for (size_t i = 0; i < G_N_ELEMENTS(factors); i++)
    if (g_strcmp0(factors[i].codec, codec) == 0)
      return factors[i].factor;
  return 1.2;
}

int64_t media_duration_ms(const MediaInfo *media)
{
  if (media->duration_ms != FIELD_NULL_INT && media->duration_ms > 0)
    return media->duration_ms;
  const StreamInfo *video = media_info_video(media);
  return video && video->duration_ms != FIELD_NULL_INT ? video->duration_ms : 0;
}

static int64_t stream_bit_rate(const StreamInfo *stream)
{
  return stream->bit_rate_bps != FIELD_NULL_INT && stream->bit_rate_bps > 0 ? stream->bit_rate_bps : 0;
}

int64_t video_bit_rate(const MediaInfo *media, const StreamInfo *video)
{
  int64_t duration = media_duration_ms(media);
  if (stream_bit_rate(video) > 0)
    return stream_bit_rate(video);
  if (duration <= 0 || media->size_bytes <= 0)
    return 0;
  double whole = (double)media->size_bytes * 8000.0 / (double)duration, others = 0;
  for (guint i = 0; i < media->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(media->streams, i);
    others += stream == video ? 0 : (double)stream_bit_rate(stream);
  }
  return (int64_t)MAX(whole - others, whole * 0.05);
}

static double model_bit_rate(const PlanWork *work, double source_bps)
{
  static const double bits[] = {[VIDEO_CODEC_H264] = 0.075,
                                [VIDEO_CODEC_HEVC] = 0.045,
                                [VIDEO_CODEC_AV1] = 0.035,
                                [VIDEO_CODEC_VP9] = 0.05,
                                [VIDEO_CODEC_PRORES] = 2.5};
  const EncoderRow *encoder = work->encoder;
  double pixels = (double)work->plan->width * (double)work->plan->height;
  double rate = work->output_frame_rate > 0 ? work->output_frame_rate : 24;
  double better = work->quality - encoder->quality_1080p; /* positive: fewer bits */
  if (encoder->family == ENCODER_VIDEOTOOLBOX)
    better = -better * 0.6;
  else if (encoder->quality_max > 100)
    better *= 51.0 / encoder->quality_max;
  double picture = bits[encoder->codec] * pow(2, -better / 6) * pow(pixels / (1920.0 * 1080.0), -0.25) * pixels * rate;
  double shrink = work->scale * work->scale;
  double ratio = codec_factor(video_codec_word(encoder->codec)) / codec_factor(work->video->codec);
  double source = source_bps * MIN(ratio, 1.1) * shrink;
  return source > 0 ? sqrt(picture * source) : picture;
}

/* Of everything that is not the encoded video. */
static double other_bytes(const PlanWork *work, double seconds)
{
  double bytes = 0;
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (stream->source == work->video && work->encoder)
      continue;
    double bps = (double)stream_bit_rate(stream->source);
    if (bps == 0 && stream->source->type == STREAM_AUDIO)
      bps = 96000.0 * (double)MAX(stream->source->channels, 1);
    for (guint k = 0; stream->action->action != ACTION_KEEP && k + 1 < stream->options->len; k += 2)
      if (strcmp(g_ptr_array_index(stream->options, k), "b") == 0)
        bps = g_ascii_strtod(g_ptr_array_index(stream->options, k + 1), NULL) * 1000;
    bytes += bps / 8 * seconds;
  }
  return bytes;
}

bool plan_predict(PlanWork *work)
{
  EncodePlan *plan = work->plan;
  double seconds = (double)media_duration_ms(work->media) / 1000.0, size = (double)work->media->size_bytes;
  double source = (double)video_bit_rate(work->media, work->video) / 8 * seconds;
  double others = MIN(other_bytes(work, seconds), size);
  if (!work->encoder) {
    plan->predicted_bytes = (int64_t)size;
    plan->predicted_min_bytes = (int64_t)(size * 0.5);
    plan->predicted_max_bytes = (int64_t)(size * 1.05);
    return true;
  }
  const QualityFound *found = work->input->found;
  if (found && found->video_bytes != FIELD_NULL_INT) {
    double measured = (double)found->video_bytes, apart = found->whole ? 1.02 : 1.25;
    plan->predicted_bytes = (int64_t)(measured + others);
    plan->predicted_min_bytes = (int64_t)(measured / apart + others * 0.8);
    plan->predicted_max_bytes = (int64_t)(measured * apart + others * 1.1);
    return true;
  }
  double video = work->profile->video_bit_rate_kbps > 0 ? (double)work->profile->video_bit_rate_kbps * 125 * seconds
                                                        : model_bit_rate(work, source * 8 / seconds) / 8 * seconds;
  double spread = work->profile->video_bit_rate_kbps > 0 ? 1.2 : 3;
  double ceiling = size * 1.2;
  plan->predicted_bytes = (int64_t)MIN(video + others, ceiling);
  plan->predicted_min_bytes = (int64_t)MIN(video / spread + others * 0.8, ceiling);
  plan->predicted_max_bytes = (int64_t)MIN(video * spread + others * 1.1, ceiling);
  return true;
}
