/* Which subtitles stay, which change their text format for the container, and which one is drawn into the picture.
 * Test: tests/unit/encode/test_plan_streams.c */
#include "encode/plan_internal.h"

#include <string.h>

bool subtitle_is_picture(const char *codec)
{
  static const char *const pictures[] = {"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub", NULL};
  return codec && g_strv_contains(pictures, codec);
}

/* ffmpeg's names of the encoders for text formats. */
static const char *encoder_for(const char *codec)
{
  return strcmp(codec, "subrip") == 0 ? "srt" : codec;
}

static const StreamInfo *with_disposition(const MediaInfo *media, const char *disposition)
{
  const StreamInfo *stream = NULL;
  for (size_t n = 0; (stream = media_info_stream(media, STREAM_SUBTITLE, n)); n++)
    if (stream_has_disposition(stream, disposition))
      return stream;
  return NULL;
}

/* Text is drawn by libass from the file itself, pictures are laid over the video: plan_command builds the graph. */
static bool burn_in(PlanWork *work)
{
  const StreamInfo *stream = with_disposition(work->media, "forced");
  if (!stream)
    stream = with_disposition(work->media, "default");
  if (!stream)
    stream = media_info_stream(work->media, STREAM_SUBTITLE, 0);
  if (!stream)
    return true;
  if (!work->encoder)
    return plan_refuse(work, "A subtitle cannot be drawn into copied video; choose a codec to encode to.");
  if (!stream->codec || (!subtitle_is_picture(stream->codec) && !subtitle_codec_for(CONTAINER_MKV, stream->codec)))
    return plan_refuse(work, "Subtitle stream %" G_GINT64_FORMAT " has a format that cannot be drawn into the picture.",
                       stream->index);
  work->burnt = stream;
  plan_set_action(plan_action(work, stream), ACTION_DROP, NULL, "Drawn into the picture by rule subtitles of the profile.");
  if (subtitle_is_picture(stream->codec))
    return true;
  int64_t position = 0;
  for (size_t n = 0; media_info_stream(work->media, STREAM_SUBTITLE, n) != stream; n++)
    position++;
  work->drawing = g_strdup_printf("subtitles=filename=" PLAN_INPUT_FILTER ":si=%" G_GINT64_FORMAT, position);
  return true;
}

static bool unwanted(PlanWork *work, const StreamInfo *stream, StreamAction *action)
{
  switch ((StreamsRule)work->profile->subtitles) {
  case STREAMS_DROP:
    plan_set_action(action, ACTION_DROP, NULL, "Left out by rule subtitles of the profile.");
    return true;
  case STREAMS_BY_LANGUAGE:
    if (language_unknown(stream_language(stream)) || language_in(work->profile->subtitle_languages, stream_language(stream)))
      return false;
    plan_set_action(action, ACTION_DROP, NULL, "Left out by rule subtitle_languages of the profile.");
    return true;
  default:
    return false;
  }
}

static bool keep_or_convert(PlanWork *work, const StreamInfo *stream, StreamAction *action)
{
  const char *codec = subtitle_codec_for((ContainerRule)work->container, stream->codec);
  if (!codec)
    return plan_unsupported(work, action, "choose mkv, or leave subtitles out");
  PlanStream *output = plan_add_stream(work, stream, action);
  if (g_strcmp0(codec, stream->codec) == 0) {
    plan_set_action(action, ACTION_KEEP, stream->codec, "Copied by rule subtitles of the profile.");
    plan_option(output, "c", "copy");
    return true;
  }
  if (strcmp(stream->codec, "ass") == 0 || strcmp(stream->codec, "ssa") == 0)
    plan_warn(work, "Subtitle stream %" G_GINT64_FORMAT " loses its styling, because %s holds plain text only.", stream->index,
              work->plan->container);
  plan_set_action(action, ACTION_CONVERT, codec, "Converted to %s by rule container, which cannot hold %s.", codec,
                  stream->codec);
  plan_option(output, "c", "%s", encoder_for(codec));
  return true;
}

bool plan_subtitle(PlanWork *work)
{
  const StreamInfo *stream = NULL;
  if (work->profile->subtitles == STREAMS_BURN_IN && !burn_in(work))
    return false;
  for (size_t n = 0; (stream = media_info_stream(work->media, STREAM_SUBTITLE, n)); n++) {
    StreamAction *action = plan_action(work, stream);
    if (stream != work->burnt && !unwanted(work, stream, action) && !keep_or_convert(work, stream, action))
      return false;
  }
  return true;
}
