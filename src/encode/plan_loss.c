/* What no encode carries over, because the encoders have no place for it: transparency, and the closed captions inside the video
 * of broadcasts. Such a file is left alone, unless the profile gives them up. Test: tests/unit/encode/test_plan_skip.c */
#include "encode/plan_internal.h"

#include <string.h>

/* The pixel format says it, or, where alpha is a second video inside the frames (VP8 and VP9 in WebM), the track's tag. */
static bool has_alpha(const StreamInfo *video)
{
  static const char *const packed[] = {"yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ya8", "ya16", "ayuv", NULL};
  for (size_t i = 0; video->pixel_format && packed[i]; i++)
    if (g_str_has_prefix(video->pixel_format, packed[i]))
      return true;
  return g_strcmp0(tag_value(video->tags, "alpha_mode"), "1") == 0;
}

/* Encoders that write the captions of the frames they get (ffmpeg's option a53cc, on by default), measured with ffmpeg 5.1:
 * libx264 does, libx265 and libsvtav1 lose them; NVENC's by its documentation. The contract sees to it. */
static bool keeps_captions(const PlanWork *work)
{
  static const char *const able[] = {"libx264", "h264_nvenc", "hevc_nvenc", NULL};
  return work->profile->engine == ENGINE_FFMPEG && g_strv_contains(able, work->encoder->name);
}

bool plan_loss(PlanWork *work)
{
  if (!work->encoder)
    return true;
  bool gives_up = work->profile->drop_unsupported;
  if (has_alpha(work->video)) {
    if (!gives_up)
      return plan_decide_skip(work, SKIP_ALPHA, "Its transparency would be lost; drop_unsupported in the profile allows that.");
    plan_warn(work, "The transparency of the video is lost.");
  }
  if (work->video->closed_captions && !keeps_captions(work)) {
    if (!gives_up)
      return plan_decide_skip(work, SKIP_CAPTIONS,
                              "The closed captions inside its video would be lost, because %s cannot write them; h264, or "
                              "drop_unsupported in the profile, allows the encode.",
                              work->encoder->name);
    work->plan->captions_lost = true;
    plan_warn(work, "The closed captions inside the video are lost.");
  }
  return true;
}
