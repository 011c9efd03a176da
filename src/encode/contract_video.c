/* The contract of the main video: size and shape, depth, frames, colour tags and HDR metadata, and that it still starts together
 * with the audio. Test: tests/unit/encode/test_contract.c */
#include "encode/contract_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *text(const char *value)
{
  return value && *value ? value : "none";
}

static double aspect_value(const StreamInfo *stream)
{
  const char *colon = stream->sample_aspect ? strchr(stream->sample_aspect, ':') : NULL;
  double a = colon ? g_ascii_strtod(stream->sample_aspect, NULL) : 0, b = colon ? g_ascii_strtod(colon + 1, NULL) : 0;
  double sample = a > 0 && b > 0 ? a / b : 1;
  return stream->height > 0 ? sample * (double)stream->width / (double)stream->height : 0;
}

/* A phone's picture may be stored lying and shown upright; ffmpeg turns it while encoding. */
static bool check_size(Contract *contract, const StreamInfo *output)
{
  const EncodePlan *plan = contract->plan;
  bool upright = output->width == plan->width && output->height == plan->height;
  bool turned = output->width == plan->height && output->height == plan->width;
  if (contract->plan->engine == ENGINE_HANDBRAKE)
    upright |= llabs(output->width - plan->width) <= 2 && llabs(output->height - plan->height) <= 2;
  if (!upright && !turned)
    contract_breach(contract, "resolution",
                    "The picture should have %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT " pixels and has %" G_GINT64_FORMAT
                    "x%" G_GINT64_FORMAT ".",
                    plan->width, plan->height, output->width, output->height);
  return turned && !upright;
}

/* 2 % because even sizes and the rounding of a scaled side change it slightly. A crop changes it by intent. */
static void check_aspect(Contract *contract, const StreamInfo *source, const StreamInfo *output, bool turned)
{
  double wanted = aspect_value(source), found = aspect_value(output);
  double scale = (double)contract->plan->width / (double)MAX(source->width, 1);
  bool cropped = fabs((double)source->height * scale - (double)contract->plan->height) > 2;
  if (turned && found > 0)
    found = 1 / found;
  if (!cropped && wanted > 0 && fabs(found / wanted - 1) > 0.02)
    contract_breach(contract, "aspect", "The picture should have the shape %.3f:1 and has %.3f:1.", wanted, found);
}

static void check_depth(Contract *contract, const StreamInfo *output)
{
  int64_t wanted = contract->plan->bit_depth;
  if (wanted != FIELD_NULL_INT && output->bit_depth != FIELD_NULL_INT && wanted != output->bit_depth)
    contract_breach(contract, "bit-depth", "The video should have %" G_GINT64_FORMAT " bits and has %" G_GINT64_FORMAT ".",
                    wanted, output->bit_depth);
}

/* How many of the stated frames an edit list hides. */
static int64_t hidden_frames(const StreamInfo *video)
{
  return video->hidden_ms == FIELD_NULL_INT ? 0 : llround((double)video->hidden_ms / 1000 * frame_rate_value(video->frame_rate));
}

/* Only where both containers state a number, which counts hidden frames as well. Edit lists and cut beginnings cost a frame or
 * two.
 */
static void check_frames(Contract *contract, const StreamInfo *source, const StreamInfo *output)
{
  int64_t promised = source->frames, found = output->frames;
  if (contract->plan->frame_rate || promised == FIELD_NULL_INT || found == FIELD_NULL_INT || promised <= 0 || found <= 0)
    return;
  int64_t tolerance = MAX(3, promised / 500), least = promised - hidden_frames(source) - tolerance;
  if (found < least || found > promised + tolerance)
    contract_breach(contract, "frames", "The source has %" G_GINT64_FORMAT " frames, the output %" G_GINT64_FORMAT ".", promised,
                    found);
}

static void check_color(Contract *contract, const char *name, const char *option, const char *wanted, const char *found)
{
  if (color_name_known(option, wanted) && g_strcmp0(wanted, found) != 0)
    contract_breach(contract, "color", "The %s of the video should be %s and is %s.", name, wanted, text(found));
}

static void check_colors(Contract *contract, const StreamInfo *source, const StreamInfo *output)
{
  const EncodePlan *plan = contract->plan;
  bool mapped = plan->tone_mapped;
  check_color(contract, "primaries", "color_primaries", mapped ? "bt709" : source->color_primaries, output->color_primaries);
  check_color(contract, "transfer", "color_trc", mapped ? "bt709" : source->color_transfer, output->color_transfer);
  check_color(contract, "matrix", "colorspace",
              mapped              ? "bt709"
              : plan->color_space ? plan->color_space
                                  : source->color_space,
              output->color_space);
  const char *range = plan->color_range ? plan->color_range : source->color_range;
  /* No range and "tv" are the same thing to every decoder (H.265, E.3.1: inferred to be 0). */
  bool both_limited = g_strcmp0(range, "pc") != 0 && g_strcmp0(output->color_range, "pc") != 0;
  if (!mapped && !both_limited && g_strcmp0(range, output->color_range) != 0)
    contract_breach(contract, "color", "The range of the video should be %s and is %s.", text(range), text(output->color_range));
}

/* HDR class of what remains: Dolby Vision and HDR10+ leave their base. */
static HdrClass expected_hdr(const Contract *contract, const StreamInfo *source)
{
  if (contract->plan->tone_mapped)
    return HDR_SDR;
  if (source->hdr == HDR_HDR10_PLUS)
    return HDR_HDR10;
  if (source->hdr != HDR_DOLBY_VISION)
    return (HdrClass)source->hdr;
  return g_strcmp0(source->color_transfer, "smpte2084") == 0      ? HDR_HDR10
         : g_strcmp0(source->color_transfer, "arib-std-b67") == 0 ? HDR_HLG
                                                                  : HDR_SDR;
}

/* AV1 stores chroma in 1/65536 and luminance in 1/256 and 1/16384 (AV1 specification, 6.7.4), HEVC in 1/50000 and 1/10000, so
 * the numbers differ by what one rounding makes of them: 2 of 50000, 0.1 % of the maximum, 2 of 10000 for the minimum. */
static bool mastering_same(const char *a, const char *b)
{
  long x[10], y[10];
  const char *format = "G(%ld,%ld)B(%ld,%ld)R(%ld,%ld)WP(%ld,%ld)L(%ld,%ld)";
  if (!a || !b || sscanf(a, format, &x[0], &x[1], &x[2], &x[3], &x[4], &x[5], &x[6], &x[7], &x[8], &x[9]) != 10 ||
      sscanf(b, format, &y[0], &y[1], &y[2], &y[3], &y[4], &y[5], &y[6], &y[7], &y[8], &y[9]) != 10)
    return g_strcmp0(a, b) == 0;
  for (int i = 0; i < 10; i++)
    if (labs(x[i] - y[i]) > (i == 8 ? MAX(x[i] / 1000, 100) : 2))
      return false;
  return true;
}

static void check_hdr(Contract *contract, const StreamInfo *source, const StreamInfo *output)
{
  HdrClass wanted = expected_hdr(contract, source);
  if ((int)wanted != output->hdr) {
    contract_breach(contract, "hdr", "The video should be %s and is %s.", enum_name(&hdr_class_table, (int)wanted),
                    enum_name(&hdr_class_table, output->hdr));
    return;
  }
  if (wanted != HDR_HDR10)
    return;
  if (source->mastering_display && !mastering_same(source->mastering_display, output->mastering_display))
    contract_breach(contract, "hdr", "The mastering display should be %s and is %s.", source->mastering_display,
                    text(output->mastering_display));
  if (source->content_light && g_strcmp0(source->content_light, output->content_light) != 0)
    contract_breach(contract, "hdr", "The content light level should be %s and is %s.", source->content_light,
                    text(output->content_light));
}

static void check_captions(Contract *contract, const StreamInfo *source, const StreamInfo *output)
{
  if (source->closed_captions && !output->closed_captions && !contract->plan->captions_lost)
    contract_breach(contract, "captions", "The closed captions inside the video are missing in the output.");
}

static const StreamInfo *first_kept_audio(const Contract *contract, const StreamInfo **ret_output)
{
  for (guint i = 0; i < contract->plan->actions->len; i++) {
    const StreamAction *action = g_ptr_array_index(contract->plan->actions, i);
    if (action->type == STREAM_AUDIO && action->output_index != FIELD_NULL_INT) {
      *ret_output = contract_output(contract, action);
      return contract_source(contract, action);
    }
  }
  return NULL;
}

/* Sound that begins a tenth of a second later than before is seen on lips; encoders' delays are well below. */
static void check_sync(Contract *contract, const StreamInfo *source, const StreamInfo *output)
{
  const StreamInfo *audio_output = NULL, *audio = first_kept_audio(contract, &audio_output);
  if (!audio || !audio_output || source->start_ms == FIELD_NULL_INT || output->start_ms == FIELD_NULL_INT ||
      audio->start_ms == FIELD_NULL_INT || audio_output->start_ms == FIELD_NULL_INT)
    return;
  int64_t before = audio->start_ms - source->start_ms, after = audio_output->start_ms - output->start_ms;
  if (llabs(before - after) > 100)
    contract_breach(contract, "sync",
                    "The audio begins %" G_GINT64_FORMAT " ms after the video in the source and %" G_GINT64_FORMAT
                    " ms in the output.",
                    before, after);
}

void contract_check_video(Contract *contract)
{
  const StreamInfo *source = media_info_video(contract->source), *output = NULL;
  const StreamAction *action = NULL;
  for (guint i = 0; source && i < contract->plan->actions->len; i++) {
    const StreamAction *candidate = g_ptr_array_index(contract->plan->actions, i);
    if (candidate->source_index == source->index && candidate->type == STREAM_VIDEO) {
      action = candidate;
      output = contract_output(contract, candidate);
    }
  }
  if (!action || !output || output->type != STREAM_VIDEO)
    return; /* said by contract_check_streams */
  check_frames(contract, source, output);
  check_sync(contract, source, output);
  bool turned = check_size(contract, output);
  check_aspect(contract, source, output, turned);
  if (action->action == ACTION_KEEP)
    return; /* copied bit by bit */
  check_depth(contract, output);
  check_colors(contract, source, output);
  check_hdr(contract, source, output);
  check_captions(contract, source, output);
}
