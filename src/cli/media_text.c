/* How media reads in tables and listings. Test: tests/unit/cli/test_output.c */
#include "cli/media_text.h"

#include "base/number.h"

#include <string.h>

enum { AUDIO_SHOWN = 3 };

char *media_picture(const MediaInfo *media)
{
  const StreamInfo *video = media_info_video(media);
  if (!video || video->width == FIELD_NULL_INT)
    return g_strdup("–");
  return g_strdup_printf("%" G_GINT64_FORMAT "×%" G_GINT64_FORMAT, video->width, video->height);
}

static const char *codec_of(const StreamInfo *stream)
{
  return stream->codec ? stream->codec : "unknown";
}

/* As people write it. */
static const char *hdr_text(int hdr)
{
  static const char *const texts[] = {[HDR_SDR] = NULL,
                                      [HDR_HDR10] = "HDR10",
                                      [HDR_HDR10_PLUS] = "HDR10+",
                                      [HDR_HLG] = "HLG",
                                      [HDR_DOLBY_VISION] = "Dolby Vision"};
  return hdr >= 0 && hdr < (int)G_N_ELEMENTS(texts) ? texts[hdr] : NULL;
}

char *media_video(const MediaInfo *media)
{
  const StreamInfo *video = media_info_video(media);
  if (!video)
    return g_strdup("–");
  const char *hdr = hdr_text(video->hdr);
  return g_strconcat(codec_of(video), hdr ? " " : "", hdr ? hdr : "", NULL);
}

/* "5.1" is shorter than "5.1(side)" and says enough. */
static char *channels_text(const StreamInfo *stream)
{
  if (stream->channels == FIELD_NULL_INT)
    return g_strdup("");
  if (stream->channels == 1)
    return g_strdup("mono");
  if (stream->channels == 2)
    return g_strdup("stereo");
  if (stream->channel_layout && g_ascii_isdigit(stream->channel_layout[0]))
    return g_strndup(stream->channel_layout, strcspn(stream->channel_layout, "("));
  return g_strdup_printf("%" G_GINT64_FORMAT " channels", stream->channels);
}

char *media_audio(const MediaInfo *media)
{
  GString *text = g_string_new(NULL);
  const StreamInfo *stream;
  size_t n = 0;
  for (; (stream = media_info_stream(media, STREAM_AUDIO, n)); n++) {
    if (n >= AUDIO_SHOWN)
      continue;
    g_autofree char *channels = channels_text(stream);
    g_string_append_printf(text, "%s%s%s%s%s%s", n ? ", " : "", codec_of(stream), *channels ? " " : "", channels,
                           stream->language ? " " : "", stream->language ? stream->language : "");
  }
  if (n > AUDIO_SHOWN)
    g_string_append_printf(text, " +%zu", n - AUDIO_SHOWN);
  if (n == 0)
    g_string_append(text, "–");
  return g_string_free(text, FALSE);
}

char *bit_rate_text(int64_t bit_rate_bps)
{
  if (bit_rate_bps == FIELD_NULL_INT || bit_rate_bps <= 0)
    return g_strdup("–");
  if (bit_rate_bps >= 1000 * 1000)
    return g_strdup_printf("%.1f Mbit/s", (double)bit_rate_bps / 1e6);
  return g_strdup_printf("%.0f kbit/s", (double)bit_rate_bps / 1e3);
}

G_GNUC_PRINTF(2, 3) static void append(GString *text, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  if (text->len)
    g_string_append(text, ", ");
  g_string_append_vprintf(text, format, args);
  va_end(args);
}

static void append_video(GString *text, const StreamInfo *stream)
{
  if (stream->width != FIELD_NULL_INT)
    append(text, "%" G_GINT64_FORMAT "×%" G_GINT64_FORMAT, stream->width, stream->height);
  double rate = frame_rate_value(stream->frame_rate);
  if (rate > 0)
    append(text, "%.5g fps", rate);
  if (stream->bit_depth != FIELD_NULL_INT)
    append(text, "%" G_GINT64_FORMAT " bit", stream->bit_depth);
  if (hdr_text(stream->hdr))
    append(text, "%s", hdr_text(stream->hdr));
  if (stream->dolby_vision_profile != FIELD_NULL_INT)
    append(text, "profile %" G_GINT64_FORMAT, stream->dolby_vision_profile);
  if (stream->field_order && strcmp(stream->field_order, "progressive") != 0 && strcmp(stream->field_order, "unknown") != 0)
    append(text, "interlaced");
}

static void append_audio(GString *text, const StreamInfo *stream)
{
  g_autofree char *channels = channels_text(stream);
  if (*channels)
    append(text, "%s", channels);
  if (stream->sample_rate != FIELD_NULL_INT)
    append(text, "%.4g kHz", (double)stream->sample_rate / 1000);
}

char *stream_text(const StreamInfo *stream)
{
  GString *text = g_string_new(stream->codec ? stream->codec : stream->type == STREAM_ATTACHMENT ? "" : "unknown codec");
  if (stream->profile && *stream->profile)
    g_string_append_printf(text, " (%s)", stream->profile);
  if (stream->type == STREAM_VIDEO)
    append_video(text, stream);
  else if (stream->type == STREAM_AUDIO)
    append_audio(text, stream);
  if (stream->bit_rate_bps != FIELD_NULL_INT && stream->bit_rate_bps > 0) {
    g_autofree char *rate = bit_rate_text(stream->bit_rate_bps);
    append(text, "%s", rate);
  }
  if (stream->file_name)
    append(text, "%s", stream->file_name);
  if (stream->mime_type)
    append(text, "%s", stream->mime_type);
  if (stream->language && strcmp(stream->language, "und") != 0)
    append(text, "%s", stream->language);
  if (stream->title)
    append(text, "“%s”", stream->title);
  for (char **name = stream->dispositions; name && *name; name++)
    append(text, "%s", *name);
  return g_string_free(text, FALSE);
}
