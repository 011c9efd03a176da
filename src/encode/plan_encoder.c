/* Which encoder does the work, at which bit depth and quality. Test: tests/unit/encode/test_plan_video.c */
#include "encode/plan_internal.h"

#include <string.h>

const EncoderRow *encoder_of(int codec, int family)
{
  size_t n = 0;
  const EncoderRow *rows = encoder_rows(&n);
  for (size_t i = 0; i < n; i++)
    if ((int)rows[i].codec == codec && (int)rows[i].family == family)
      return &rows[i];
  return NULL;
}

/* The families to try, in order. */
static GArray *families(const Profile *profile)
{
  static const int automatic[] = {ENCODER_NVENC, ENCODER_QSV, ENCODER_VAAPI, ENCODER_AMF, ENCODER_VIDEOTOOLBOX, ENCODER_CPU};
  GArray *order = g_array_new(FALSE, FALSE, sizeof(int));
  if (!profile->encoders || !profile->encoders[0] || strcmp(profile->encoders[0], "auto") == 0)
    return g_array_append_vals(order, automatic, G_N_ELEMENTS(automatic));
  for (char **word = profile->encoders; *word; word++) {
    int family = 0;
    if (enum_value(&encoder_family_table, *word, &family))
      g_array_append_val(order, family);
  }
  return order;
}

/* 8 or 10. More than 10 bits become 10: no common player takes more. */
static int wanted_depth(const PlanWork *work)
{
  if (work->profile->codec == VIDEO_CODEC_PRORES)
    return 10;
  switch ((BitDepthRule)work->profile->bit_depth) {
  case DEPTH_8:
    return 8;
  case DEPTH_10:
    return 10;
  case DEPTH_SOURCE:
    break;
  }
  if (work->profile->tone_map && work->video->hdr != HDR_SDR)
    return 8;
  return work->video->bit_depth != FIELD_NULL_INT && work->video->bit_depth > 8 ? 10 : 8;
}

/* How well a rule fits: 3 family and size, 2 family, 1 size, 0 any; -1 not at all. */
static int rule_rank(const QualityRule *rule, const EncoderRow *encoder, ResolutionClass resolution)
{
  bool family_any = rule->family == FIELD_NULL_ENUM, size_any = rule->resolution == RESOLUTION_ANY;
  if ((!family_any && rule->family != (int)encoder->family) || (!size_any && rule->resolution != (int)resolution))
    return -1;
  return (family_any ? 0 : 2) + (size_any ? 0 : 1);
}

static int quality_for(const PlanWork *work, const EncoderRow *encoder, ResolutionClass resolution)
{
  const int own[] = {[RESOLUTION_ANY] = encoder->quality_1080p,
                     [RESOLUTION_SD] = encoder->quality_sd,
                     [RESOLUTION_720P] = encoder->quality_720p,
                     [RESOLUTION_1080P] = encoder->quality_1080p,
                     [RESOLUTION_2160P] = encoder->quality_2160p};
  int64_t quality = own[resolution];
  int best = -1;
  const GPtrArray *rules = work->profile->qualities;
  for (guint i = 0; rules && i < rules->len; i++) {
    const QualityRule *rule = g_ptr_array_index(rules, i);
    int rank = rule_rank(rule, encoder, resolution);
    if (rank > best) {
      best = rank;
      quality = rule->quality;
    }
  }
  return (int)CLAMP(quality, encoder->quality_min, encoder->quality_max);
}

bool plan_ffmpeg_since(const PlanWork *work, int64_t major)
{
  const char *version = work->input->capabilities->ffmpeg_version;
  if (!version || *version == 'N')
    return version != NULL;
  return g_ascii_strtoll(version + (*version == 'n'), NULL, 10) >= major;
}

/* NVENC and VideoToolbox write no HDR10 metadata into the video; the container carries it only since ffmpeg 7. */
static bool loses_hdr10(const PlanWork *work, int family)
{
  const StreamInfo *video = work->video;
  if ((family != ENCODER_NVENC && family != ENCODER_VIDEOTOOLBOX) || work->profile->tone_map ||
      (!video->mastering_display && !video->content_light))
    return false;
  return !plan_ffmpeg_since(work, 7);
}

/* The first family of the profile whose encoder is proven here at this depth. */
static bool choose(PlanWork *work, int depth)
{
  const char *exclude = work->input->exclude_family;
  g_autoptr(GArray) order = families(work->profile);
  for (guint i = 0; i < order->len; i++) {
    int family = g_array_index(order, int, i);
    const EncoderRow *encoder = encoder_of(work->profile->codec, family);
    if (!encoder || loses_hdr10(work, family) || g_strcmp0(exclude, enum_name(&encoder_family_table, family)) == 0)
      continue;
    const Capability *capability = capability_find(work->input->capabilities, encoder->name, depth);
    if (!capability)
      continue;
    work->encoder = encoder;
    work->device = capability->device;
    return true;
  }
  return false;
}

/* Why no encoder was found: the first one's own words, where it has any. */
static bool no_encoder(PlanWork *work, int depth)
{
  const char *codec = enum_name(&video_codec_table, work->profile->codec);
  const GPtrArray *tried = work->input->capabilities->encoders;
  for (guint i = 0; tried && i < tried->len; i++) {
    const Capability *capability = g_ptr_array_index(tried, i);
    const EncoderRow *row = encoder_find(capability->encoder);
    if (row && (int)row->codec == work->profile->codec && capability->reason && capability->listed)
      return plan_decide_skip(work, SKIP_NO_ENCODER, "No %s encoder of the profile works here in %d bits; %s says: %s", codec,
                              depth, capability->encoder, capability->reason);
  }
  if (work->input->exclude_family)
    return plan_decide_skip(work, SKIP_NO_ENCODER, "No %s encoder is left for %d bits after %s has failed on this file.", codec,
                            depth, work->input->exclude_family);
  return plan_decide_skip(work, SKIP_NO_ENCODER, "No %s encoder of the profile works here in %d bits.", codec, depth);
}

static bool check_hdr_depth(PlanWork *work, int depth)
{
  const StreamInfo *video = work->video;
  if (video->hdr == HDR_SDR || work->profile->tone_map || depth > 8)
    return true;
  return plan_refuse(work, "The source is HDR, which 8 bits cannot show without bands; choose a bit depth of 10 or tone_map.");
}

/* Chroma and depth beyond 4:2:0 with 10 bits are given up, as all consumer formats do, but not silently. */
static void warn_about_format(PlanWork *work, int depth)
{
  const StreamInfo *video = work->video;
  const char *format = video->pixel_format ? video->pixel_format : "";
  bool full_chroma = strstr(format, "444") || strstr(format, "422") || g_str_has_prefix(format, "gbr") || strstr(format, "rgb");
  if (full_chroma && work->profile->codec != VIDEO_CODEC_PRORES)
    plan_warn(work, "Colour resolution is reduced from %s to 4:2:0.", format);
  if (video->bit_depth != FIELD_NULL_INT && video->bit_depth > depth)
    plan_warn(work, "Bit depth is reduced from %" G_GINT64_FORMAT " to %d.", video->bit_depth, depth);
}

/* A target that this machine, or this encoder, cannot aim at. */
static bool check_target(PlanWork *work)
{
  int metric = work->profile->target_metric;
  if (metric == METRIC_OFF)
    return true;
  g_autofree char *missing = quality_metric_missing(metric, work->input->capabilities->filters);
  if (missing)
    return plan_refuse(work, "%s", missing);
  if (work->encoder->family == ENCODER_VIDEOTOOLBOX)
    return plan_refuse(work, "The quality of %s cannot be looked for; choose another encoder, or set the target_metric to off.",
                       work->encoder->name);
  return true;
}

bool plan_encoder(PlanWork *work)
{
  const Profile *profile = work->profile;
  EncodePlan *plan = work->plan;
  if (profile->codec == VIDEO_CODEC_COPY) {
    plan->encoder = g_strdup("copy");
    plan->width = work->video->width;
    plan->height = work->video->height;
    plan->bit_depth = work->video->bit_depth;
    return true;
  }
  int depth = wanted_depth(work);
  if (!check_hdr_depth(work, depth))
    return false;
  if (!choose(work, depth))
    return no_encoder(work, depth);
  warn_about_format(work, depth);
  plan->encoder = g_strdup(work->encoder->name);
  plan->bit_depth = depth;
  plan->pixel_format = g_strdup(depth == 10 ? work->encoder->pixel_format_10 : work->encoder->pixel_format_8);
  if (profile->video_bit_rate_kbps == 0) {
    work->quality = work->input->found
                        ? CLAMP(work->input->found->quality, work->encoder->quality_min, work->encoder->quality_max)
                        : quality_for(work, work->encoder, resolution_class(work->video->width, work->video->height));
    plan->quality = work->quality;
  }
  return check_target(work);
}
