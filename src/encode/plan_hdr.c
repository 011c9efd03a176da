/* HDR metadata and colour tags, given to the encoder explicitly: ffmpeg before 7 drops static HDR10 metadata silently, and no
 * version says when it does. The units: MediaInfo has x265's integers (chroma in 1/50000, luminance in 1/10000 cd/m², SMPTE ST
 * 2086 as in the HEVC SEI); SVT-AV1 takes decimals. Test: tests/unit/encode/test_plan_video.c */
#include "encode/plan_internal.h"

#include <stdio.h>
#include <string.h>

/* Names that ffprobe shows and ffmpeg takes. Others stay as the frames carry them. */
bool color_name_known(const char *kind, const char *name)
{
  static const char *const primaries[] = {"bt709",  "bt470m",   "bt470bg",  "smpte170m", "smpte240m", "film",
                                          "bt2020", "smpte428", "smpte431", "smpte432",  NULL};
  static const char *const transfers[] = {"bt709",     "smpte170m", "smpte240m", "linear",       "iec61966-2-1",
                                          "bt2020-10", "bt2020-12", "smpte2084", "arib-std-b67", NULL};
  static const char *const spaces[] = {"bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc", "bt2020c", NULL};
  static const char *const ranges[] = {"tv", "pc", NULL};
  const char *const *list = strcmp(kind, "color_primaries") == 0 ? primaries
                            : strcmp(kind, "color_trc") == 0     ? transfers
                            : strcmp(kind, "colorspace") == 0    ? spaces
                                                                 : ranges;
  return name && g_strv_contains(list, name);
}

static void tag(PlanStream *stream, const char *option, const char *value)
{
  if (color_name_known(option, value))
    plan_option(stream, option, "%s", value);
}

static void color_tags(const PlanWork *work, PlanStream *stream)
{
  const StreamInfo *video = work->video;
  if (work->plan->tone_mapped) {
    tag(stream, "color_primaries", "bt709");
    tag(stream, "color_trc", "bt709");
    tag(stream, "colorspace", "bt709");
    tag(stream, "color_range", "tv");
    return;
  }
  tag(stream, "color_primaries", video->color_primaries);
  tag(stream, "color_trc", video->color_transfer);
  tag(stream, "colorspace", work->plan->color_space ? work->plan->color_space : video->color_space);
  tag(stream, "color_range", work->plan->color_range ? work->plan->color_range : video->color_range);
}

typedef struct {
  long g[2], b[2], r[2], wp[2], l[2];
} Mastering;

static bool parse_mastering(const char *text, Mastering *ret)
{
  Mastering m;
  int end = 0;
  if (!text ||
      sscanf(text, "G(%ld,%ld)B(%ld,%ld)R(%ld,%ld)WP(%ld,%ld)L(%ld,%ld)%n", &m.g[0], &m.g[1], &m.b[0], &m.b[1], &m.r[0], &m.r[1],
             &m.wp[0], &m.wp[1], &m.l[0], &m.l[1], &end) != 10 ||
      text[end])
    return false;
  *ret = m;
  return true;
}

/* "1000,400" and nothing else: it becomes part of a parameter list. */
static bool light_is_plain(const char *text)
{
  unsigned max_cll = 0, max_fall = 0;
  int end = 0;
  return text && g_ascii_isdigit(text[0]) && sscanf(text, "%u,%u%n", &max_cll, &max_fall, &end) == 2 && text[end] == '\0';
}

static void append(GString *parameters, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void append(GString *parameters, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  if (parameters->len > 0)
    g_string_append_c(parameters, ':');
  g_string_append_vprintf(parameters, format, args);
  va_end(args);
}

static void x265_hdr(const StreamInfo *video, GString *parameters)
{
  Mastering m;
  append(parameters, "repeat-headers=1");
  if (g_strcmp0(video->color_transfer, "smpte2084") != 0)
    return;
  append(parameters, "hdr10=1:hdr10-opt=1");
  if (parse_mastering(video->mastering_display, &m))
    append(parameters, "master-display=%s", video->mastering_display);
  if (light_is_plain(video->content_light))
    append(parameters, "max-cll=%s", video->content_light);
}

/* x264 has taken these since 2021 (build 163). */
static void x264_hdr(const StreamInfo *video, GString *parameters)
{
  Mastering m;
  if (parse_mastering(video->mastering_display, &m))
    append(parameters, "mastering-display=%s", video->mastering_display);
  if (light_is_plain(video->content_light))
    append(parameters, "cll=%s", video->content_light);
}

/* SVT-AV1's numbers are CICP's (ITU-T H.273): primaries 9 BT.2020, transfer 16 PQ and 18 HLG, matrix 9 BT.2020 non-constant. */
static void svt_hdr(const StreamInfo *video, GString *parameters)
{
  Mastering m;
  bool pq = g_strcmp0(video->color_transfer, "smpte2084") == 0;
  bool hlg = g_strcmp0(video->color_transfer, "arib-std-b67") == 0;
  if (g_strcmp0(video->color_primaries, "bt2020") == 0)
    append(parameters, "color-primaries=9");
  if (pq || hlg)
    append(parameters, "transfer-characteristics=%d", pq ? 16 : 18);
  if (g_strcmp0(video->color_space, "bt2020nc") == 0)
    append(parameters, "matrix-coefficients=9");
  if (pq && parse_mastering(video->mastering_display, &m)) {
    char number[10][G_ASCII_DTOSTR_BUF_SIZE];
    const long values[10] = {m.g[0], m.g[1], m.b[0], m.b[1], m.r[0], m.r[1], m.wp[0], m.wp[1], m.l[0], m.l[1]};
    for (int i = 0; i < 10; i++)
      g_ascii_formatd(number[i], sizeof number[i], "%.5f", (double)values[i] / (i < 8 ? 50000.0 : 10000.0));
    append(parameters, "mastering-display=G(%s,%s)B(%s,%s)R(%s,%s)WP(%s,%s)L(%s,%s)", number[0], number[1], number[2], number[3],
           number[4], number[5], number[6], number[7], number[8], number[9]);
  }
  if (pq && light_is_plain(video->content_light))
    append(parameters, "content-light=%s", video->content_light);
}

void plan_hdr(PlanWork *work, PlanStream *stream, GString *parameters)
{
  const StreamInfo *video = work->video;
  color_tags(work, stream);
  if (video->hdr == HDR_SDR || work->plan->tone_mapped)
    return;
  if (strcmp(work->encoder->name, "libx265") == 0)
    x265_hdr(video, parameters);
  else if (strcmp(work->encoder->name, "libsvtav1") == 0)
    svt_hdr(video, parameters);
  else if (strcmp(work->encoder->name, "libx264") == 0)
    x264_hdr(video, parameters);
}
