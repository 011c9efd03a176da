/* Which audio tracks stay, which are converted and to what. Test: tests/unit/encode/test_plan_streams.c */
#include "encode/plan_internal.h"
#include "media/audio_grade.h"

#include <string.h>

/* What ffmpeg calls the encoder, how many channels it can take, and a bit rate for two channels at which it is transparent to
 * most listeners (public listening tests of the Hydrogenaudio community for AAC and Opus; the rates of discs and broadcasts for
 * AC-3 and E-AC-3). */
static const struct {
  AudioCodec codec;
  const char *word, *encoder;
  int max_channels, stereo_kbps, max_kbps;
} audio_encoders[] = {
    {AUDIO_AAC, "aac", "aac", 8, 160, 1024}, {AUDIO_OPUS, "opus", "libopus", 8, 128, 510},
    {AUDIO_AC3, "ac3", "ac3", 6, 192, 640},  {AUDIO_EAC3, "eac3", "eac3", 6, 192, 1024},
    {AUDIO_FLAC, "flac", "flac", 8, 0, 0},
};

bool audio_is_lossless(const char *codec)
{
  return audio_grade(codec, NULL, NULL) >= AUDIO_GRADE_LOSSLESS;
}

static bool is_commentary(const StreamInfo *stream)
{
  return stream_has_disposition(stream, "comment") || stream_has_disposition(stream, "visual_impaired");
}

/* The default track that is no commentary, else the first that is none, else the first. */
static const StreamInfo *primary(const MediaInfo *media)
{
  const StreamInfo *best = NULL, *stream = NULL;
  for (size_t n = 0; (stream = media_info_stream(media, STREAM_AUDIO, n)); n++) {
    if (is_commentary(stream))
      continue;
    if (stream_has_disposition(stream, "default"))
      return stream;
    if (!best)
      best = stream;
  }
  return best ? best : media_info_stream(media, STREAM_AUDIO, 0);
}

static bool any_in_language(const PlanWork *work)
{
  const StreamInfo *stream = NULL;
  for (size_t n = 0; (stream = media_info_stream(work->media, STREAM_AUDIO, n)); n++)
    if (language_unknown(stream->language) || language_in(work->profile->audio_languages, stream->language))
      return true;
  return false;
}

static bool unwanted(PlanWork *work, const StreamInfo *stream, bool language_found, StreamAction *action)
{
  switch ((StreamsRule)work->profile->audio) {
  case STREAMS_BY_LANGUAGE:
    if (!language_found || language_unknown(stream->language) || language_in(work->profile->audio_languages, stream->language))
      return false;
    plan_set_action(action, ACTION_DROP, NULL, "Left out by rule audio_languages of the profile.");
    return true;
  case STREAMS_PRIMARY:
    if (stream == primary(work->media))
      return false;
    plan_set_action(action, ACTION_DROP, NULL, "Left out by rule audio of the profile: only the primary track stays.");
    return true;
  default:
    return false;
  }
}

/* ffmpeg's libopus takes only its own layouts: 5.1(side) must be named 5.1. */
static const char *opus_layout(int64_t channels)
{
  static const char *const layouts[] = {"mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"};
  return channels >= 1 && channels <= 8 ? layouts[channels - 1] : "stereo";
}

static void encode_options(PlanWork *work, PlanStream *output, AudioCodec codec, int64_t channels)
{
  int64_t source_channels = output->source->channels;
  for (size_t i = 0; i < G_N_ELEMENTS(audio_encoders); i++) {
    if (audio_encoders[i].codec != codec)
      continue;
    if (channels > audio_encoders[i].max_channels) {
      channels = audio_encoders[i].max_channels;
      plan_warn(work,
                "Audio stream %" G_GINT64_FORMAT " is mixed from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                " channels, the most that %s has.",
                output->source->index, source_channels, channels, audio_encoders[i].word);
    }
    plan_option(output, "c", "%s", audio_encoders[i].encoder);
    if (codec == AUDIO_OPUS)
      plan_option(output, "filter", "aformat=channel_layouts=%s", opus_layout(channels));
    else if (channels != source_channels && channels > 0)
      plan_option(output, "ac", "%" G_GINT64_FORMAT, channels);
    if (audio_encoders[i].stereo_kbps > 0) {
      int64_t stereo =
          work->profile->audio_bit_rate_kbps > 0 ? work->profile->audio_bit_rate_kbps : audio_encoders[i].stereo_kbps;
      int64_t kbps = MIN(stereo * MAX(channels, 1) / 2, audio_encoders[i].max_kbps);
      plan_option(output, "b", "%" G_GINT64_FORMAT "k", MAX(kbps, 32));
    }
    output->action->channels = channels > 0 ? channels : FIELD_NULL_INT;
  }
}

static void convert(PlanWork *work, const StreamInfo *stream, StreamAction *action, AudioCodec codec, const char *reason)
{
  PlanStream *output = plan_add_stream(work, stream, action);
  plan_set_action(action, ACTION_CONVERT, enum_name(&audio_codec_table, (int)codec), "%s", reason);
  encode_options(work, output, codec, stream->channels);
}

static bool keep_or_convert(PlanWork *work, const StreamInfo *stream, StreamAction *action)
{
  AudioCodec wanted = (AudioCodec)work->profile->audio_codec;
  bool legal = container_holds((ContainerRule)work->container, STREAM_AUDIO, stream->codec, NULL);
  bool already = g_strcmp0(stream->codec, enum_name(&audio_codec_table, (int)wanted)) == 0;
  if (wanted != AUDIO_COPY && !(already && legal)) {
    convert(work, stream, action, wanted, "Converted by rule audio_codec of the profile.");
    return true;
  }
  if (legal) {
    plan_set_action(action, ACTION_KEEP, stream->codec, "%s",
                    already ? "Copied: it already has the profile's audio codec." : "Copied by rule audio of the profile.");
    plan_option(plan_add_stream(work, stream, action), "c", "copy");
    return true;
  }
  if (audio_is_lossless(stream->codec) && container_holds((ContainerRule)work->container, STREAM_AUDIO, "flac", NULL)) {
    convert(work, stream, action, AUDIO_FLAC, "Converted without loss by rule container, which cannot hold the source's codec.");
    return true;
  }
  return plan_unsupported(work, action, "choose an audio_codec for it, or another container");
}

/* A stereo mix of the primary track, unless a stereo track in its language stays anyway. */
static void add_downmix(PlanWork *work)
{
  const StreamInfo *from = primary(work->media);
  if (!work->profile->add_stereo_downmix || !from || from->channels <= 2)
    return;
  for (guint i = 0; i < work->streams->len; i++) {
    const PlanStream *kept = g_ptr_array_index(work->streams, i);
    if (kept->source->type == STREAM_AUDIO && kept->action->channels == 2 && !is_commentary(kept->source) &&
        language_same(kept->source->language, from->language))
      return;
  }
  AudioCodec codec = work->container == CONTAINER_WEBM ? AUDIO_OPUS : AUDIO_AAC;
  StreamAction *action = record_new(&stream_action_record_table);
  action->source_index = from->index;
  action->output_index = FIELD_NULL_INT;
  action->type = STREAM_AUDIO;
  action->from_codec = g_strdup(from->codec);
  action->language = g_strdup(from->language);
  action->title = g_strdup("Stereo");
  plan_set_action(action, ACTION_ADD, enum_name(&audio_codec_table, (int)codec),
                  "Added by rule add_stereo_downmix of the profile.");
  g_ptr_array_add(work->plan->actions, action);
  PlanStream *output = plan_add_stream(work, from, action);
  if (codec == AUDIO_AAC)
    plan_option(output, "ac", "2");
  encode_options(work, output, codec, 2);
}

bool plan_audio(PlanWork *work)
{
  bool language_found = any_in_language(work);
  const StreamInfo *stream = NULL;
  if (work->profile->audio == STREAMS_BY_LANGUAGE && !language_found && media_info_stream(work->media, STREAM_AUDIO, 0))
    plan_warn(work, "No audio track is in the profile's languages, so all stay.");
  for (size_t n = 0; (stream = media_info_stream(work->media, STREAM_AUDIO, n)); n++) {
    StreamAction *action = plan_action(work, stream);
    if (!unwanted(work, stream, language_found, action) && !keep_or_convert(work, stream, action))
      return false;
  }
  add_downmix(work);
  return true;
}
