/* When a file is left alone (spec T3), in the order in which the reasons are shown: first what no one may override (damage,
 * Dolby Vision, HDR10+, other names), then what `force` may. Test: tests/unit/encode/test_plan_skip.c */
#include "encode/plan_internal.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

static bool skip_no_video(PlanWork *work)
{
  if (work->video)
    return true;
  return plan_decide_skip(work, SKIP_NO_VIDEO, "The file holds no video, or only cover art.");
}

/* A probe that could not find these basics would make every later promise a guess. */
static bool skip_damaged(PlanWork *work)
{
  const StreamInfo *video = work->video;
  if (!video->codec)
    return plan_decide_skip(work, SKIP_DAMAGED, "The codec of the video is unknown.");
  if (video->width <= 0 || video->height <= 0)
    return plan_decide_skip(work, SKIP_DAMAGED, "The size of the picture cannot be read: the video is damaged.");
  if (media_duration_ms(work->media) <= 0)
    return plan_decide_skip(work, SKIP_DAMAGED, "The duration cannot be read: the file is incomplete or damaged.");
  if (work->media->size_bytes <= 0)
    return plan_decide_skip(work, SKIP_DAMAGED, "The file is empty.");
  return true;
}

/* Profile 5 has no picture that other decoders show rightly, 7 carries half of its detail in a second layer, 4 likewise; 8 (and
 * 10, its AV1 form) have an HDR10, HLG or SDR base that stands alone. */
static bool skip_dolby_vision(PlanWork *work)
{
  const StreamInfo *video = work->video;
  bool copied = work->profile->codec == VIDEO_CODEC_COPY;
  if (video->hdr != HDR_DOLBY_VISION || copied)
    return true;
  int64_t profile = video->dolby_vision_profile, base = video->dolby_vision_compatibility;
  bool base_stands_alone = (profile == 8 || profile == 10) && (base == 1 || base == 2 || base == 4 || base == 6);
  if (!base_stands_alone) {
    g_autofree char *number = profile == FIELD_NULL_INT ? g_strdup("") : g_strdup_printf(" %" G_GINT64_FORMAT, profile);
    return plan_decide_skip(work, SKIP_DOLBY_VISION, "Dolby Vision%s cannot be encoded again without wrong colours or loss.",
                            number);
  }
  if (!work->profile->keep_dolby_vision)
    return plan_decide_skip(work, SKIP_DOLBY_VISION,
                            "Its Dolby Vision enhancement would be lost; keep_dolby_vision in the profile allows that.");
  plan_warn(work, "The Dolby Vision enhancement is lost; the base picture stays.");
  return true;
}

static bool skip_hdr10_plus(PlanWork *work)
{
  bool has_any = work->video->hdr == HDR_HDR10_PLUS || work->video->hdr10_plus; /* the class is all that older rows say */
  if (!has_any || work->profile->codec == VIDEO_CODEC_COPY)
    return true;
  if (!work->profile->keep_hdr10_plus)
    return plan_decide_skip(work, SKIP_HDR10_PLUS,
                            "Its HDR10+ dynamic metadata would be lost; keep_hdr10_plus in the profile allows that.");
  plan_warn(work, "The HDR10+ dynamic metadata is lost; static HDR10 stays.");
  return true;
}

static bool skip_ordered_chapters(PlanWork *work)
{
  if (!work->media->ordered_chapters)
    return true;
  return plan_decide_skip(work, SKIP_ORDERED_CHAPTERS,
                          "Its chapters say which parts are played and in which order, also out of other files; an encode would "
                          "show the parts as they are stored.");
}

static bool skip_hard_linked(PlanWork *work)
{
  if (work->input->link_count <= 1 || work->input->links_allowed)
    return true;
  return plan_decide_skip(work, SKIP_HARD_LINKED,
                          "The file has %" G_GINT64_FORMAT
                          " names (hard links), so replacing one frees no space; the root's policy leaves such files alone.",
                          work->input->link_count);
}

static bool is_modern(const char *codec)
{
  static const char *const modern[] = {"hevc", "av1", "vp9", "vvc", NULL};
  return g_strv_contains(modern, codec);
}

static bool skip_codec(PlanWork *work)
{
  const Profile *profile = work->profile;
  const char *codec = work->video->codec, *target = video_codec_word(profile->codec);
  if (!target || (profile->eligible_codecs && g_strv_contains((const char *const *)profile->eligible_codecs, codec)))
    return true;
  if (strcmp(codec, target) == 0)
    return plan_decide_skip(work, SKIP_ALREADY_TARGET, "The video already is %s.", codec);
  if (is_modern(codec))
    return plan_decide_skip(work, SKIP_NOT_ELIGIBLE, "The video is %s, which the profile's eligible_codecs leaves alone.", codec);
  return true;
}

static bool skip_too_small(PlanWork *work)
{
  int64_t limit = work->profile->min_size_bytes, size = work->media->size_bytes;
  if (size >= limit)
    return true;
  g_autofree char *has = format_size(size), *wants = format_size(limit);
  return plan_decide_skip(work, SKIP_TOO_SMALL, "The file has %s, below the profile's min_size_bytes of %s.", has, wants);
}

static bool skip_too_new(PlanWork *work)
{
  if (work->input->age_s >= work->profile->min_age_s)
    return true;
  g_autofree char *has = format_duration(MAX(work->input->age_s, 0) * 1000);
  g_autofree char *wants = format_duration(work->profile->min_age_s * 1000);
  return plan_decide_skip(work, SKIP_TOO_NEW, "The file changed %s ago; the profile's min_age_s waits for %s.", has, wants);
}

static bool skip_low_bit_rate(PlanWork *work)
{
  const StreamInfo *video = work->video;
  double floor_bits = work->profile->min_bits_per_pixel, rate = frame_rate_value(video->frame_rate);
  int64_t bps = video_bit_rate(work->media, video);
  if (floor_bits <= 0 || rate <= 0 || bps <= 0 || work->profile->codec == VIDEO_CODEC_COPY)
    return true;
  double bits = (double)bps / ((double)video->width * (double)video->height * rate);
  if (bits >= floor_bits)
    return true;
  return plan_decide_skip(
      work, SKIP_LOW_BIT_RATE,
      "The video has %.3f bits per pixel, below the profile's min_bits_per_pixel of %.3f: it is lean already.", bits, floor_bits);
}

static bool skip_tried_before(PlanWork *work)
{
  if (!work->input->tried_before)
    return true;
  const char *reason = work->input->tried_reason;
  return plan_decide_skip(work, SKIP_TRIED_BEFORE, "Tried before with this profile: %s",
                          reason && *reason ? reason : "not worth it.");
}

bool plan_skip(PlanWork *work)
{
  static const PlanRule always[] = {skip_no_video,   skip_damaged,          skip_dolby_vision,
                                    skip_hdr10_plus, skip_ordered_chapters, skip_hard_linked};
  static const PlanRule unless_forced[] = {skip_codec, skip_too_small, skip_too_new, skip_low_bit_rate, skip_tried_before};
  for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
    if (!always[i](work))
      return false;
  for (size_t i = 0; i < G_N_ELEMENTS(unless_forced) && !work->input->force; i++)
    if (!unless_forced[i](work))
      return false;
  return true;
}
