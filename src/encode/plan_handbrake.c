/* The same plan for HandBrakeCLI, as far as it has words for it (measured with 1.6.1). It has none for attachments, cover art,
 * data, second videos and added tracks; it marks the first audio track as default whatever the source says, and writes text
 * subtitles into Matroska as ASS. What it would lose or change without being asked is refused here, before the work.
 * Test: tests/unit/encode/test_plan_command.c */
#include "encode/plan_filter.h"

#include <string.h>

static void add(GPtrArray *arguments, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add(GPtrArray *arguments, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_ptr_array_add(arguments, g_strdup_vprintf(format, args));
  va_end(args);
}

static const struct {
  const char *encoder, *name_8, *name_10;
} encoder_names[] = {
    {"libx265", "x265", "x265_10bit"},
    {"libx264", "x264", "x264_10bit"},
    {"libsvtav1", "svt_av1", "svt_av1_10bit"},
    {"libvpx-vp9", "VP9", "VP9_10bit"},
    {"hevc_nvenc", "nvenc_h265", "nvenc_h265_10bit"},
    {"h264_nvenc", "nvenc_h264", NULL},
    {"hevc_qsv", "qsv_h265", "qsv_h265_10bit"},
    {"h264_qsv", "qsv_h264", NULL},
    {"hevc_amf", "vce_h265", "vce_h265_10bit"},
    {"h264_amf", "vce_h264", NULL},
};

static const char *encoder_name(const PlanWork *work)
{
  for (size_t i = 0; i < G_N_ELEMENTS(encoder_names); i++)
    if (strcmp(encoder_names[i].encoder, work->encoder->name) == 0)
      return work->plan->bit_depth == 10 ? encoder_names[i].name_10 : encoder_names[i].name_8;
  return NULL;
}

static bool has_only(char *const *dispositions, const char *allowed)
{
  for (; dispositions && *dispositions; dispositions++)
    if (g_strcmp0(*dispositions, allowed) != 0)
      return false;
  return true;
}

static bool check_stream(PlanWork *work, const PlanStream *stream, size_t audio_number)
{
  g_autofree char *words = stream_words(stream->source);
  char **dispositions = stream->action->dispositions;
  bool is_default = stream_has_disposition(stream->source, "default");
  switch ((StreamType)stream->source->type) {
  case STREAM_VIDEO:
    return stream->source == work->video || plan_refuse(work, "HandBrake cannot keep the %s; choose the ffmpeg engine.", words);
  case STREAM_AUDIO:
    if (stream->action->action == ACTION_KEEP) {
      static const char *const copied[] = {"aac", "ac3", "eac3", "truehd", "dts", "mp2", "mp3", "opus", "flac", NULL};
      if (!g_strv_contains(copied, stream->source->codec))
        return plan_refuse(work, "HandBrake cannot copy the %s; choose the ffmpeg engine.", words);
    }
    if (stream->action->title && strpbrk(stream->action->title, ",\"'\\"))
      return plan_refuse(work, "HandBrake cannot keep the title of the %s; choose the ffmpeg engine.", words);
    if (!has_only(dispositions, "default") || is_default != (audio_number == 0))
      return plan_refuse(work, "HandBrake would change the default or other flags of the %s; choose the ffmpeg engine.", words);
    return true;
  case STREAM_SUBTITLE:
    if (dispositions && g_strv_contains((const char *const *)dispositions, "hearing_impaired"))
      return plan_refuse(work, "HandBrake would lose a flag of the %s; choose the ffmpeg engine.", words);
    return true;
  case STREAM_ATTACHMENT:
  case STREAM_DATA:
    return plan_refuse(work, "HandBrake cannot keep the %s; choose the ffmpeg engine.", words);
  }
  return true;
}

static bool check_streams(PlanWork *work)
{
  size_t audio_number = 0;
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (!check_stream(work, stream, audio_number))
      return false;
    audio_number += stream->source->type == STREAM_AUDIO;
    if (work->container == CONTAINER_MKV && stream->source->type == STREAM_SUBTITLE &&
        !subtitle_is_picture(stream->source->codec) && g_strcmp0(stream->source->codec, "ass") != 0)
      plan_set_action(stream->action, ACTION_CONVERT, "ass", "HandBrake writes text subtitles as ASS.");
  }
  return true;
}

static void add_video(const PlanWork *work, GPtrArray *arguments)
{
  static const char *const denoise[] = {[DENOISE_LIGHT] = "light", [DENOISE_MEDIUM] = "medium", [DENOISE_STRONG] = "strong"};
  const Profile *profile = work->profile;
  add(arguments, "-e");
  add(arguments, "%s", encoder_name(work));
  if (profile->video_bit_rate_kbps > 0) {
    add(arguments, "--vb");
    add(arguments, "%" G_GINT64_FORMAT, profile->video_bit_rate_kbps);
    if (profile->two_pass)
      add(arguments, "--two-pass");
  } else {
    add(arguments, "-q");
    add(arguments, "%g", work->quality); /* never a search's: whole numbers */
  }
  const char *preset = encoder_knows_preset(work->encoder, profile->preset) ? profile->preset : work->encoder->default_preset;
  if (preset && work->encoder->family == ENCODER_CPU && work->encoder->codec != VIDEO_CODEC_VP9) {
    add(arguments, "--encoder-preset");
    add(arguments, "%s", preset);
  }
  if (encoder_knows_tune(work->encoder, profile->tune)) {
    add(arguments, "--encoder-tune");
    add(arguments, "%s", profile->tune);
  }
  add(arguments, "--maxWidth");
  add(arguments, "%" G_GINT64_FORMAT, work->plan->width);
  add(arguments, "--maxHeight");
  add(arguments, "%" G_GINT64_FORMAT, work->plan->height);
  add(arguments, "--crop-mode");
  add(arguments, "none");
  add(arguments, "--no-comb-detect");
  if (profile->deinterlace == DEINTERLACE_ON || (profile->deinterlace == DEINTERLACE_AUTO && video_is_interlaced(work->video)))
    add(arguments, "--bwdif");
  if (profile->denoise != DENOISE_OFF)
    add(arguments, "--hqdn3d=%s", denoise[profile->denoise]);
  if (work->plan->frame_rate) {
    char rate[G_ASCII_DTOSTR_BUF_SIZE];
    add(arguments, "--rate");
    add(arguments, "%s", g_ascii_formatd(rate, sizeof rate, "%.3f", work->output_frame_rate));
    add(arguments, "--pfr");
  } else
    add(arguments, "--vfr");
}

/* HandBrake counts the tracks of a kind from 1, in the source's order. */
static char *track_list(const PlanWork *work, StreamType type)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    for (size_t n = 0; media_info_stream(work->media, type, n); n++)
      if (media_info_stream(work->media, type, n) == stream->source)
        g_string_append_printf(list, "%s%zu", list->len > 0 ? "," : "", n + 1);
  }
  return g_string_free(list, FALSE);
}

/* Titles in order; HandBrake gives those that are empty a name of its own ("Stereo"), which the contract knows. */
static char *title_list(const PlanWork *work)
{
  GString *list = g_string_new(NULL);
  bool first = true;
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *stream = g_ptr_array_index(work->streams, i);
    if (stream->source->type != STREAM_AUDIO)
      continue;
    g_string_append_printf(list, "%s%s", first ? "" : ",", stream->action->title ? stream->action->title : "");
    first = false;
  }
  return g_string_free(list, FALSE);
}

static void add_tracks(const PlanWork *work, GPtrArray *arguments)
{
  static const char *const encoders[] = {[AUDIO_COPY] = "copy", [AUDIO_AAC] = "av_aac", [AUDIO_OPUS] = "opus",
                                         [AUDIO_AC3] = "ac3",   [AUDIO_EAC3] = "eac3",  [AUDIO_FLAC] = "flac24"};
  g_autofree char *audio = track_list(work, STREAM_AUDIO), *subtitles = track_list(work, STREAM_SUBTITLE);
  add(arguments, "--audio");
  add(arguments, "%s", *audio ? audio : "none");
  if (*audio) {
    add(arguments, "--aencoder");
    add(arguments, "%s", encoders[work->profile->audio_codec]);
    add(arguments, "--audio-copy-mask");
    add(arguments, "aac,ac3,eac3,truehd,dts,dtshd,mp2,mp3,opus,flac");
    add(arguments, "--audio-fallback");
    add(arguments, "none");
    g_autofree char *titles = title_list(work);
    add(arguments, "--aname");
    add(arguments, "%s", titles);
  }
  add(arguments, "--subtitle");
  add(arguments, "%s", *subtitles ? subtitles : "none");
}

bool plan_handbrake(PlanWork *work)
{
  if (work->plan->engine != ENGINE_HANDBRAKE)
    return true;
  if (!work->input->capabilities->handbrake_version)
    return plan_refuse(work, "HandBrakeCLI is not installed here; install it, or choose the ffmpeg engine in the profile.");
  if (!work->encoder || !encoder_name(work))
    return plan_refuse(work, "HandBrake has no encoder for what the profile asks; choose the ffmpeg engine.");
  if (work->profile->subtitles == STREAMS_BURN_IN || work->input->crop || work->plan->tone_mapped ||
      work->profile->add_stereo_downmix)
    return plan_refuse(work, "Drawn-in subtitles, crop, tone mapping and added tracks need the ffmpeg engine.");
  if (!check_streams(work))
    return false;
  GPtrArray *arguments = g_ptr_array_new();
  add(arguments, "--json");
  add(arguments, "--min-duration"); /* short clips count too: the default ignores what is under 10 s */
  add(arguments, "0");
  add(arguments, "-t");
  add(arguments, "1");
  add(arguments, "-i");
  add(arguments, PLAN_INPUT);
  add(arguments, "-o");
  add(arguments, PLAN_OUTPUT);
  add(arguments, "-f");
  add(arguments, "av_%s", work->plan->container);
  add(arguments, "--markers");
  if (work->container == CONTAINER_MP4)
    add(arguments, "--optimize");
  add_video(work, arguments);
  add_tracks(work, arguments);
  g_ptr_array_add(arguments, NULL);
  PlanCommand *command = record_new(&plan_command_table);
  command->arguments = (char **)g_ptr_array_free(arguments, FALSE);
  g_ptr_array_add(work->plan->commands, command);
  return true;
}
