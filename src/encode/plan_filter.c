/* The video filter chain and what it makes of size, frame rate and colour: deinterlace, crop, frame rate, denoise, scale, tone
 * map. Part of plan_video. Test: tests/unit/encode/test_plan_video.c */
#include "encode/plan_filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void G_GNUC_PRINTF(2, 3) add(PlanWork *work, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(work->filters, g_strdup_vprintf(format, args));
  va_end(args);
}

bool video_is_interlaced(const StreamInfo *video)
{
  static const char *const orders[] = {"tt", "bb", "tb", "bt", NULL};
  return video->field_order && g_strv_contains(orders, video->field_order);
}

/* Exactly the frames of a chunk, before anything else sees them. The first has whatever comes before the next. */
static void trim(PlanWork *work)
{
  const ChunkRange *chunk = work->input->part ? work->input->part->chunk : NULL;
  if (!chunk)
    return;
  g_autoptr(GString) text = g_string_new("trim=");
  if (chunk->number > 1)
    g_string_append_printf(text, "start_pts=%" G_GINT64_FORMAT, chunk->from_pts);
  if (chunk->to_pts != FIELD_NULL_INT)
    g_string_append_printf(text, "%send_pts=%" G_GINT64_FORMAT, chunk->number > 1 ? ":" : "", chunk->to_pts);
  add(work, "%s", text->str);
}

/* One frame from two fields keeps the frame count, which the contract then checks. */
static void deinterlace(PlanWork *work)
{
  bool interlaced = video_is_interlaced(work->video);
  switch ((DeinterlaceRule)work->profile->deinterlace) {
  case DEINTERLACE_OFF:
    if (interlaced)
      plan_warn(work, "The source is interlaced and stays so in a progressive encode.");
    break;
  case DEINTERLACE_AUTO:
    if (interlaced)
      add(work, "bwdif=mode=send_frame:parity=auto:deint=all");
    break;
  case DEINTERLACE_ON:
    add(work, "bwdif=mode=send_frame:parity=auto:deint=all");
    break;
  }
}

/* "w:h:x:y" within the picture, even sizes; anything else is no crop. */
static bool parse_crop(const char *text, int64_t width, int64_t height, int64_t ret[4])
{
  g_auto(GStrv) parts = text ? g_strsplit(text, ":", -1) : NULL;
  if (!parts || g_strv_length(parts) != 4)
    return false;
  for (int i = 0; i < 4; i++) {
    char *end = NULL;
    ret[i] = g_ascii_strtoll(parts[i], &end, 10);
    if (end == parts[i] || *end || ret[i] < 0)
      return false;
  }
  return ret[0] >= 16 && ret[1] >= 16 && ret[0] % 2 == 0 && ret[1] % 2 == 0 && ret[0] <= width && ret[1] <= height &&
         ret[2] <= width - ret[0] && ret[3] <= height - ret[1];
}

static void crop(PlanWork *work)
{
  int64_t box[4];
  if (!work->profile->crop_black_bars || !work->input->crop)
    return;
  if (!parse_crop(work->input->crop, work->filtered_width, work->filtered_height, box)) {
    plan_warn(work, "The measured crop \"%s\" does not fit the picture and is not used.", work->input->crop);
    return;
  }
  if (box[0] == work->filtered_width && box[1] == work->filtered_height)
    return;
  add(work, "crop=%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, box[0], box[1], box[2],
      box[3]);
  work->filtered_width = box[0];
  work->filtered_height = box[1];
}

/* The rate is divided by a whole number, so that the frames left are evenly spaced: 60000/1001 limited to 30 is 30000/1001. */
static void frame_rate(PlanWork *work)
{
  double source = frame_rate_value(work->video->frame_rate), limit = work->profile->max_frame_rate;
  work->output_frame_rate = source;
  if (limit <= 0 || source <= limit * 1.001)
    return;
  int64_t divisor = (int64_t)ceil(source / (limit * 1.001));
  g_auto(GStrv) parts = g_strsplit(work->video->frame_rate, "/", 2);
  int64_t numerator = g_ascii_strtoll(parts[0], NULL, 10), denominator = parts[1] ? g_ascii_strtoll(parts[1], NULL, 10) : 1;
  if (numerator <= 0 || denominator <= 0 || denominator > INT32_MAX / divisor)
    return;
  work->plan->frame_rate = g_strdup_printf("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, numerator, denominator * divisor);
  work->output_frame_rate = source / (double)divisor;
  add(work, "fps=%s", work->plan->frame_rate);
}

static void denoise(PlanWork *work)
{
  static const char *const strengths[] = {
      [DENOISE_LIGHT] = "hqdn3d=1:0.7:2:2", [DENOISE_MEDIUM] = "hqdn3d=3:2:3:3", [DENOISE_STRONG] = "hqdn3d=7:7:5:5"};
  if (work->profile->denoise != DENOISE_OFF)
    add(work, "%s", strengths[work->profile->denoise]);
}

static double aspect_value(const char *text)
{
  const char *colon = text ? strchr(text, ':') : NULL;
  double a = colon ? g_ascii_strtod(text, NULL) : 0, b = colon ? g_ascii_strtod(colon + 1, NULL) : 0;
  return a > 0 && b > 0 ? a / b : 1;
}

static int64_t even(double size)
{
  return MAX((int64_t)floor(size / 2 + 0.5) * 2, 2);
}

/* Both sides by one factor, so that pixel shape and rotation do not matter: ffmpeg turns a picture upright before it filters, and
 * the expression holds for both. Odd sizes are made even, because 4:2:0 has no odd ones. */
static void scale(PlanWork *work)
{
  double width = (double)work->filtered_width * aspect_value(work->video->sample_aspect), height = (double)work->filtered_height;
  double longer = MAX(width, height), shorter = MIN(width, height), limit = (double)work->profile->max_height;
  if (limit > 0)
    work->scale = MIN(1, MIN(limit / shorter, ceil(limit * 16 / 9) / longer));
  /* A pixel or two are not worth resampling every other one. */
  if (work->scale > 0.995)
    work->scale = 1;
  bool odd = work->filtered_width % 2 || work->filtered_height % 2;
  if (work->scale == 1 && !odd) {
    work->plan->width = work->filtered_width;
    work->plan->height = work->filtered_height;
    return;
  }
  char factor[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd(factor, sizeof factor, "%.9f", work->scale);
  work->plan->width = even((double)work->filtered_width * work->scale);
  work->plan->height = even((double)work->filtered_height * work->scale);
  add(work, "scale=w=max(2\\,floor(iw*%s/2+0.5)*2):h=max(2\\,floor(ih*%s/2+0.5)*2):flags=lanczos", factor, factor);
}

static bool tone_map(PlanWork *work)
{
  if (!work->profile->tone_map || work->video->hdr == HDR_SDR)
    return true;
  char **filters = work->input->capabilities->filters;
  if (!filters || !g_strv_contains((const char *const *)filters, "zscale") ||
      !g_strv_contains((const char *const *)filters, "tonemap"))
    return plan_refuse(work,
                       "Tone mapping needs ffmpeg's zscale and tonemap filters, which this ffmpeg lacks; switch tone_map off.");
  /* The transfer is taken from the frames; 100 nits is SDR's reference white (ITU-R BT.2408 explains the mapping). */
  add(work, "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv");
  work->plan->tone_mapped = true;
  return true;
}

static bool is_rgb(const StreamInfo *video)
{
  const char *format = video->pixel_format ? video->pixel_format : "";
  return g_str_has_prefix(format, "gbr") || strstr(format, "rgb") || strstr(format, "bgr") || g_str_has_prefix(format, "argb") ||
         g_str_has_prefix(format, "abgr") || strcmp(format, "pal8") == 0;
}

/* ffmpeg converts RGB by the matrix of standard definition whatever the size and marks the result as nothing, which players take
 * for BT.709 from 720 lines on: greens and reds shift. So the matrix is named, to the filter and in the output. */
static bool from_rgb(PlanWork *work)
{
  if (work->plan->tone_mapped || !is_rgb(work->video))
    return false;
  add(work, "scale=out_color_matrix=bt709:out_range=tv");
  work->plan->color_range = g_strdup("tv");
  work->plan->color_space = g_strdup("bt709");
  return true;
}

/* Full range (phones, screen recordings) becomes limited range, which every player shows rightly and SVT-AV1 insists on. */
static void color_range(PlanWork *work)
{
  const StreamInfo *video = work->video;
  if (work->plan->tone_mapped ||
      (g_strcmp0(video->color_range, "pc") != 0 && (!video->pixel_format || !g_str_has_prefix(video->pixel_format, "yuvj"))))
    return;
  add(work, "scale=in_range=pc:out_range=tv");
  work->plan->color_range = g_strdup("tv");
}

bool plan_rate_is_refused(const PlanWork *work)
{
  return work->encoder && !work->plan->frame_rate && strcmp(work->encoder->name, "libsvtav1") == 0 &&
         frame_rate_value(work->video->base_frame_rate) > PLAN_RATE_MAX;
}

bool plan_filters(PlanWork *work)
{
  work->filtered_width = work->video->width;
  work->filtered_height = work->video->height;
  trim(work);
  deinterlace(work);
  crop(work);
  frame_rate(work);
  denoise(work);
  scale(work);
  if (!tone_map(work))
    return false;
  if (!from_rgb(work))
    color_range(work);
  if (plan_rate_is_refused(work) && plan_ffmpeg_since(work, 6))
    add(work, "setpts=PTS"); /* forgets the rate; then the encoder's clock is taken for it, see plan_command.c */
  return true;
}
