/* Decides the commands of conversions. Test: tests/unit/convert/test_recipe.c */
#include "convert/recipe.h"

#include "base/error.h"
#include "base/number.h"
#include "convert/upload_name.h"

#include <math.h>
#include <string.h>

/* What each codec is made with. Arguments for stream 0 of the three qualities, low to high, "|" between arguments.
 * `bits_per_pixel` bounds what the encoders write at the highest frame size and detail, for the room that is asked for; of the
 * intra-only ones it is the rate that their specifications give for 1920x1080 (Apple, "ProRes White Paper", target data rates;
 * Avid, "DNxHR bandwidth specifications"), of the others what was seen of grainy film, doubled. */
typedef struct {
  const char *encoder;
  const char *to_codec; /* as ffprobe names it */
  const char *pixel_format;
  bool is_editing; /* .mov with PCM */
  bool is_listed;  /* in the table of encoders, and so tried on this machine: the others every ffmpeg has */
  const char *always;
  const char *qualities[3];
  double bits_per_pixel[3];
  int64_t min_width, min_height;
} Row;

static const Row rows[] = {
    [CONVERT_PRORES] = {"prores_ks",
                        "prores",
                        "yuv422p10le",
                        true,
                        true,
                        "-vendor:0|apl0",
                        {"-profile:0|proxy", "-profile:0|lt", "-profile:0|hq"},
                        {0.9, 1.9, 4.1},
                        2,
                        2},
    [CONVERT_DNXHR] = {"dnxhd",
                       "dnxhd",
                       "yuv422p",
                       true,
                       false,
                       NULL,
                       {"-profile:0|dnxhr_lb", "-profile:0|dnxhr_sq", "-profile:0|dnxhr_hq"},
                       {0.9, 2.7, 4.0},
                       256,
                       120},
    [CONVERT_H264] = {"libx264",
                      "h264",
                      "yuv420p",
                      false,
                      true,
                      "-preset:0|veryfast",
                      {"-crf:0|28", "-crf:0|23", "-crf:0|18"},
                      {0.15, 0.3, 0.8},
                      2,
                      2},
    [CONVERT_HEVC] = {"libx265",
                      "hevc",
                      "yuv420p",
                      false,
                      true,
                      "-preset:0|fast|-tag:0|hvc1|-x265-params:0|log-level=error",
                      {"-crf:0|30", "-crf:0|26", "-crf:0|21"},
                      {0.1, 0.2, 0.6},
                      16,
                      16},
    [CONVERT_AV1] = {"libsvtav1",
                     "av1",
                     "yuv420p",
                     false,
                     true,
                     "-preset:0|8",
                     {"-crf:0|42", "-crf:0|34", "-crf:0|27"},
                     {0.1, 0.2, 0.6},
                     64,
                     64},
};

enum { SIDE_MAX = 16384 /* of a picture; no encoder here takes a larger one */ };

static const EnumRow preset_rows[] = {
    {CONVERT_PRESET_PRORES_PROXY, "prores-proxy", "ProRes Proxy, 1080p: for editing in place of the originals"},
    {CONVERT_PRESET_PRORES_LT, "prores-lt", "ProRes LT in full size: for editing and grading"},
    {CONVERT_PRESET_DNXHR_LB, "dnxhr-lb", "DNxHR LB, 1080p: for editing in Media Composer"},
    {CONVERT_PRESET_H264_REVIEW, "h264-review", "H.264, 720p, small: to look at anywhere"},
    {CONVERT_PRESET_H264_HD, "h264-1080p", "H.264, 1080p: plays on everything"},
    {CONVERT_PRESET_HEVC_SMALL, "hevc-1080p", "HEVC, 1080p: smaller, for devices of today"},
    {CONVERT_PRESET_AV1_SMALL, "av1-1080p", "AV1, 1080p: smallest, for browsers of today"},
};
const EnumTable convert_preset_table = ENUM_TABLE("ConvertPreset", preset_rows);

ConvertChoice convert_preset(ConvertPreset preset)
{
  static const ConvertChoice choices[] = {
      [CONVERT_PRESET_PRORES_PROXY] = {CONVERT_PRORES, CONVERT_1080P, CONVERT_LOW},
      [CONVERT_PRESET_PRORES_LT] = {CONVERT_PRORES, CONVERT_SOURCE, CONVERT_MEDIUM},
      [CONVERT_PRESET_DNXHR_LB] = {CONVERT_DNXHR, CONVERT_1080P, CONVERT_LOW},
      [CONVERT_PRESET_H264_REVIEW] = {CONVERT_H264, CONVERT_720P, CONVERT_LOW},
      [CONVERT_PRESET_H264_HD] = {CONVERT_H264, CONVERT_1080P, CONVERT_MEDIUM},
      [CONVERT_PRESET_HEVC_SMALL] = {CONVERT_HEVC, CONVERT_1080P, CONVERT_MEDIUM},
      [CONVERT_PRESET_AV1_SMALL] = {CONVERT_AV1, CONVERT_1080P, CONVERT_MEDIUM},
  };
  return choices[preset];
}

const char *recipe_extension(int codec)
{
  return rows[codec].is_editing ? ".mov" : ".mp4";
}

char *recipe_name(const char *name, const ConvertChoice *choice)
{
  enum { ENDING_MAX = 16, MARK_BYTES = 40 };
  const char *dot = strrchr(name, '.');
  size_t length = dot && dot > name && strlen(dot) <= ENDING_MAX ? (size_t)(dot - name) : strlen(name);
  g_autofree char *long_stem = g_strndup(name, MIN(length, UPLOAD_NAME_MAX_BYTES - MARK_BYTES));
  g_autofree char *stem = g_utf8_make_valid(long_stem, -1); /* cut within a character */
  g_autofree char *made = g_strdup_printf(
      "%s.%s-%s-%s%s", stem, enum_name(&convert_codec_table, choice->codec), enum_name(&convert_quality_table, choice->quality),
      enum_name(&convert_resolution_table, choice->resolution), recipe_extension(choice->codec));
  return upload_name(made);
}

/* --- the picture --- */

static int64_t lines_of(int resolution)
{
  static const int64_t lines[] = {[CONVERT_SOURCE] = 0, [CONVERT_2160P] = 2160, [CONVERT_1440P] = 1440, [CONVERT_1080P] = 1080,
                                  [CONVERT_720P] = 720, [CONVERT_540P] = 540,   [CONVERT_360P] = 360};
  return lines[resolution];
}

static double aspect(const StreamInfo *video)
{
  g_auto(GStrv) parts = g_strsplit(video->sample_aspect ? video->sample_aspect : "", ":", 2);
  double a = parts[0] ? g_ascii_strtod(parts[0], NULL) : 0, b = parts[0] && parts[1] ? g_ascii_strtod(parts[1], NULL) : 0;
  return a > 0 && b > 0 ? a / b : 1;
}

static int64_t even(double size)
{
  return MAX((int64_t)floor(size / 2 + 0.5) * 2, 2);
}

/* The shorter side has the lines at most, the longer one those of 16:9, held upright or not; nothing is made larger. Pixels
 * become square, since half of all players do not know others. */
static void choose_size(const StreamInfo *video, int resolution, EncodePlan *plan)
{
  double width = (double)video->width * MAX(aspect(video), 1), height = (double)video->height / MIN(aspect(video), 1);
  double lines = (double)lines_of(resolution), factor = 1;
  if (lines > 0)
    factor = MIN(1, MIN(lines / MIN(width, height), ceil(lines * 16 / 9) / MAX(width, height)));
  plan->width = even(width * factor);
  plan->height = even(height * factor);
}

static bool is_hdr(const StreamInfo *video)
{
  return g_strcmp0(video->color_transfer, "smpte2084") == 0 || g_strcmp0(video->color_transfer, "arib-std-b67") == 0;
}

static bool has_filter(const CapabilitySet *capabilities, const char *name)
{
  return capabilities->filters && g_strv_contains((const char *const *)capabilities->filters, name);
}

static bool is_interlaced(const StreamInfo *video)
{
  static const char *const orders[] = {"tt", "bb", "tb", "bt", NULL};
  return video->field_order && g_strv_contains(orders, video->field_order);
}

/* ffmpeg turns a picture upright before it filters: the expression gives the longer side the longer size. HDR becomes SDR where
 * it can; an editing format has room for it as it is. */
static char *filters(const StreamInfo *video, const Row *row, const CapabilitySet *capabilities, EncodePlan *plan)
{
  GString *chain = g_string_new(NULL);
  int64_t longer = MAX(plan->width, plan->height), shorter = MIN(plan->width, plan->height);
  if (is_interlaced(video) && has_filter(capabilities, "bwdif"))
    g_string_append(chain, "bwdif=mode=send_frame:parity=auto:deint=all,");
  g_string_append_printf(chain,
                         "scale=w=if(gte(iw*sar\\,ih)\\,%" G_GINT64_FORMAT "\\,%" G_GINT64_FORMAT
                         "):h=if(gte(iw*sar\\,ih)\\,%" G_GINT64_FORMAT "\\,%" G_GINT64_FORMAT "):flags=bicubic,setsar=1,",
                         longer, shorter, shorter, longer);
  if (!row->is_editing && is_hdr(video) && has_filter(capabilities, "zscale") && has_filter(capabilities, "tonemap")) {
    g_string_append(chain, "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
                           "zscale=t=bt709:m=bt709:r=tv,");
    plan->tone_mapped = true;
  }
  g_string_append_printf(chain, "format=%s", row->pixel_format);
  return g_string_free(chain, FALSE);
}

/* --- the command --- */

static void add(GPtrArray *arguments, const char *texts)
{
  g_auto(GStrv) parts = g_strsplit(texts, "|", -1);
  for (char **part = parts; *part; part++)
    g_ptr_array_add(arguments, g_strdup(*part));
}

static void G_GNUC_PRINTF(3, 4) add2f(GPtrArray *arguments, const char *name, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(arguments, g_strdup(name));
  g_ptr_array_add(arguments, g_strdup_vprintf(format, args));
  va_end(args);
}

/* Time codes and times of recording, of the shape that they have and nothing else. */
static void add_tags(const MediaInfo *media, const StreamInfo *video, GPtrArray *arguments)
{
  static const struct {
    const char *name, *characters;
  } kept[] = {{"timecode", "0123456789:;."}, {"creation_time", "0123456789-:.TZ"}};
  for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
    const char *value = NULL;
    const GPtrArray *const places[] = {media->tags, video->tags};
    for (size_t place = 0; place < G_N_ELEMENTS(places); place++)
      for (guint at = 0; !value && places[place] && at < places[place]->len; at++) {
        const Tag *tag = places[place]->pdata[at];
        if (tag->name && tag->value && g_ascii_strcasecmp(tag->name, kept[i].name) == 0)
          value = tag->value;
      }
    size_t length = value ? strlen(value) : 0;
    if (length > 0 && length <= 32 && strspn(value, kept[i].characters) == length)
      add2f(arguments, "-metadata", "%s=%s", kept[i].name, value);
  }
}

static void add_action(EncodePlan *plan, const StreamInfo *stream, const char *to_codec)
{
  StreamAction *action = record_new(&stream_action_record_table);
  action->source_index = stream->index;
  action->output_index = plan->actions->len;
  action->type = stream->type;
  action->action = ACTION_CONVERT;
  g_free(action->from_codec);
  g_free(action->to_codec);
  action->from_codec = g_strdup(stream->codec);
  action->to_codec = g_strdup(to_codec);
  action->channels = stream->channels;
  g_ptr_array_add(plan->actions, action);
}

/* More than 16 bits only where the source has them: PCM and lossless of 24 or 32. */
static bool is_deep(const StreamInfo *audio)
{
  return audio->sample_format && g_str_has_prefix(audio->sample_format, "s32");
}

static void add_audio(const StreamInfo *audio, const Row *row, int64_t index, EncodePlan *plan, GPtrArray *arguments)
{
  enum { KBPS_PER_CHANNEL = 80, CHANNELS_MAX = 8 };
  const char *encoder = !row->is_editing ? "aac" : is_deep(audio) ? "pcm_s24le" : "pcm_s16le";
  int64_t channels = audio->channels > 0 ? audio->channels : 2;
  g_autofree char *codec = g_strdup_printf("-c:%" G_GINT64_FORMAT, index);
  g_autofree char *rate = g_strdup_printf("-b:%" G_GINT64_FORMAT, index);
  g_autofree char *count = g_strdup_printf("-ac:%" G_GINT64_FORMAT, index);
  add2f(arguments, codec, "%s", encoder);
  if (!row->is_editing && channels > CHANNELS_MAX) {
    add2f(arguments, count, "2");
    channels = 2;
  }
  if (!row->is_editing)
    add2f(arguments, rate, "%" G_GINT64_FORMAT "k", channels * KBPS_PER_CHANNEL);
  add_action(plan, audio, encoder);
}

static int64_t predicted_bytes(const MediaInfo *media, const StreamInfo *video, const Row *row, int quality,
                               const EncodePlan *plan)
{
  const double preset_rate = 30, pcm_bytes_per_ms = 192 * 3.0 / 2; /* two channels of 24 bits at 48 kHz, and some more */
  double rate = frame_rate_value(video->frame_rate);
  double frames = (double)MAX(media->duration_ms, 0) / 1000 * (rate > 0 && rate < 1000 ? rate : preset_rate);
  double audio = row->is_editing ? pcm_bytes_per_ms * (double)MAX(media->duration_ms, 0) * (double)(plan->actions->len - 1) : 0;
  double bytes = frames * (double)plan->width * (double)plan->height * row->bits_per_pixel[quality] / 8 + audio;
  return bytes < 9e15 ? (int64_t)bytes : INT64_MAX / 2;
}

static void take_command(EncodePlan *plan, GPtrArray *arguments)
{
  PlanCommand *command = record_new(&plan_command_table);
  g_ptr_array_add(arguments, NULL);
  command->arguments = (char **)g_ptr_array_free(arguments, FALSE);
  g_ptr_array_add(plan->commands, command);
}

static void make_command(const MediaInfo *media, const StreamInfo *video, const ConvertChoice *choice,
                         const CapabilitySet *capabilities, EncodePlan *plan)
{
  const Row *row = &rows[choice->codec];
  GPtrArray *arguments = g_ptr_array_new();
  GPtrArray *audio = g_ptr_array_new();
  for (guint i = 0; i < media->streams->len; i++) {
    const StreamInfo *stream = media->streams->pdata[i];
    if (stream->type == STREAM_AUDIO && stream->codec)
      g_ptr_array_add(audio, (void *)stream);
  }
  add(arguments, "-nostdin|-hide_banner|-v|error|-nostats|-progress|pipe:1|-stats_period|0.5|-y|-i|" PLAN_INPUT);
  add2f(arguments, "-map", "0:%" G_GINT64_FORMAT, video->index);
  for (guint i = 0; i < audio->len; i++)
    add2f(arguments, "-map", "0:%" G_GINT64_FORMAT, ((const StreamInfo *)audio->pdata[i])->index);
  g_autofree char *chain = filters(video, row, capabilities, plan);
  add2f(arguments, "-filter:0", "%s", chain);
  add2f(arguments, "-c:0", "%s", row->encoder);
  if (row->always)
    add(arguments, row->always);
  add(arguments, row->qualities[choice->quality]);
  if (plan->tone_mapped)
    add(arguments, "-color_primaries|bt709|-color_trc|bt709|-colorspace|bt709|-color_range|tv");
  add_action(plan, video, row->to_codec);
  for (guint i = 0; i < audio->len; i++)
    add_audio(audio->pdata[i], row, i + 1, plan, arguments);
  add(arguments, "-map_metadata|-1|-map_chapters|-1|-max_muxing_queue_size|9999");
  add_tags(media, video, arguments);
  add(arguments, row->is_editing ? "-f|mov" : "-movflags|+faststart|-f|mp4");
  add(arguments, PLAN_OUTPUT);
  take_command(plan, arguments);
  g_ptr_array_unref(audio);
}

EncodePlan *recipe_plan(const MediaInfo *media, const ConvertChoice *choice, const CapabilitySet *capabilities, GError **error)
{
  const Row *row = &rows[choice->codec];
  const StreamInfo *video = media_info_video(media);
  if (!video || !video->codec || video->width < 1 || video->height < 1) {
    fail(error, REEVE_ERROR_CORRUPT, "There is no video in it that could be converted.");
    return NULL;
  }
  if (row->is_listed && !capability_find(capabilities, row->encoder, 8)) {
    fail(error, REEVE_ERROR_INVALID, "The ffmpeg of this server has no %s that works; choose another codec.", row->encoder);
    return NULL;
  }
  EncodePlan *plan = record_new(&encode_plan_table);
  plan->decision = PLAN_ENCODE;
  plan->engine = ENGINE_FFMPEG;
  g_free(plan->encoder);
  plan->encoder = g_strdup(row->encoder);
  if (!plan->actions)
    plan->actions = records_new(&stream_action_record_table);
  if (!plan->commands)
    plan->commands = records_new(&plan_command_table);
  choose_size(video, choice->resolution, plan);
  if (MAX(plan->width, plan->height) < row->min_width || MIN(plan->width, plan->height) < row->min_height) {
    fail(error, REEVE_ERROR_INVALID, "Its picture of %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT " is too small for %s.", plan->width,
         plan->height, enum_name(&convert_codec_table, choice->codec));
    encode_plan_free(plan);
    return NULL;
  }
  if (MAX(plan->width, plan->height) > SIDE_MAX) {
    fail(error, REEVE_ERROR_INVALID,
         "Its picture says that it has %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT " pixels: choose a "
         "resolution.",
         plan->width, plan->height);
    encode_plan_free(plan);
    return NULL;
  }
  make_command(media, video, choice, capabilities, plan);
  plan->predicted_bytes = plan->predicted_min_bytes = plan->predicted_max_bytes =
      predicted_bytes(media, video, row, choice->quality, plan);
  return plan;
}

/* --- the result --- */

static guint count_audio(const MediaInfo *media)
{
  guint count = 0;
  while (media_info_stream(media, STREAM_AUDIO, count))
    count++;
  return count;
}

bool recipe_check(const MediaInfo *media, const EncodePlan *plan, const MediaInfo *output, GError **error)
{
  enum { SLACK_MS = 1000, SLACK_PARTS = 20 };
  const StreamInfo *video = media_info_video(output);
  const StreamAction *wanted = plan->actions->pdata[0];
  if (!video || g_strcmp0(video->codec, wanted->to_codec) != 0)
    return fail(error, REEVE_ERROR_CORRUPT, "The output has no %s video.", wanted->to_codec);
  if (MAX(video->width, video->height) != MAX(plan->width, plan->height) ||
      MIN(video->width, video->height) != MIN(plan->width, plan->height))
    return fail(error, REEVE_ERROR_CORRUPT,
                "The output's picture has %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT " instead of %" G_GINT64_FORMAT
                "x%" G_GINT64_FORMAT " pixels.",
                video->width, video->height, plan->width, plan->height);
  if (count_audio(output) != plan->actions->len - 1)
    return fail(error, REEVE_ERROR_CORRUPT, "The output has %u audio tracks instead of %u.", count_audio(output),
                plan->actions->len - 1);
  int64_t slack_ms = SLACK_MS + MAX(media->duration_ms, 0) / SLACK_PARTS;
  if (media->duration_ms == FIELD_NULL_INT || output->duration_ms >= media->duration_ms - slack_ms)
    return true;
  g_autofree char *has = format_duration(MAX(output->duration_ms, 0)), *says = format_duration(media->duration_ms);
  return fail(error, REEVE_ERROR_CORRUPT, "Only %s of %s could be converted: the upload is damaged, or not all of it was sent.",
              has, says);
}
