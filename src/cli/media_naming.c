/* Picks from a file's streams what names show of them. Test: tests/unit/cli/test_media_naming.c */
#include "cli/media_naming.h"

#include "media/language.h"

#include <string.h>

/* The two letters that a name shows; the tag itself where there are none. Swiss German is filed under German. */
static char *code_of(const char *tag)
{
  LanguageTag language;
  if (g_ascii_strcasecmp(tag, "gsw") == 0)
    return g_strdup("de");
  const char *code = language_parse(tag, &language) ? language_short_code(language.language) : NULL;
  return g_strdup(code ? code : tag);
}

static char **languages_of(const MediaInfo *media, StreamType type)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  const StreamInfo *stream;
  for (size_t i = 0; (stream = media_info_stream(media, type, i)); i++)
    if (!language_unknown(stream->language)) {
      g_autofree char *code = code_of(stream->language);
      g_strv_builder_add(builder, code);
    }
  return g_strv_builder_end(builder);
}

/* dv_bl_signal_compatibility_id, of the Dolby Vision stream specification: what others see of the base layer. */
static NamingHdr dolby_vision(const StreamInfo *video)
{
  switch (video->dolby_vision_compatibility) {
  case 1:
  case 6:
    return video->hdr10_plus ? NAMING_HDR_DV_HDR10_PLUS : NAMING_HDR_DV_HDR10;
  case 2:
    return NAMING_HDR_DV_SDR;
  case 4:
    return NAMING_HDR_DV_HLG;
  default:
    return NAMING_HDR_DV;
  }
}

static NamingHdr hdr_of(const StreamInfo *video)
{
  switch ((HdrClass)video->hdr) {
  case HDR_HDR10:
    return NAMING_HDR_HDR10;
  case HDR_HDR10_PLUS:
    return NAMING_HDR_HDR10_PLUS;
  case HDR_HLG:
    return NAMING_HDR_HLG;
  case HDR_DOLBY_VISION:
    return dolby_vision(video);
  case HDR_SDR:
    break;
  }
  return g_strcmp0(video->color_transfer, "smpte2084") == 0 ? NAMING_HDR_PQ : NAMING_HDR_NONE;
}

/* Matroska's StereoMode, which the demuxer shows as a tag of the stream. */
static bool is_three_d(const StreamInfo *video)
{
  for (guint i = 0; video->tags && i < video->tags->len; i++) {
    const Tag *tag = video->tags->pdata[i];
    if (g_ascii_strcasecmp(tag->name, "stereo_mode") == 0)
      return g_strcmp0(tag->value, "mono") != 0;
  }
  return false;
}

static int64_t known(int64_t value)
{
  return value == FIELD_NULL_INT ? 0 : value;
}

void media_naming_init(MediaNaming *naming, const MediaInfo *media)
{
  *naming = (MediaNaming){.audio_languages = languages_of(media, STREAM_AUDIO),
                          .subtitle_languages = languages_of(media, STREAM_SUBTITLE)};
  const StreamInfo *video = media_info_video(media), *audio = media_info_stream(media, STREAM_AUDIO, 0);
  naming->naming.audio_languages = naming->audio_languages;
  naming->naming.subtitle_languages = naming->subtitle_languages;
  if (video) {
    naming->naming.video_codec = video->codec;
    naming->naming.video_tag = video->codec_tag;
    naming->naming.bit_depth = known(video->bit_depth);
    naming->naming.hdr = (int)hdr_of(video);
    naming->naming.three_d = is_three_d(video);
    naming->width = known(video->width);
    naming->height = known(video->height);
  }
  if (audio) {
    naming->naming.audio_codec = audio->codec;
    naming->naming.audio_tag = audio->codec_tag;
    naming->naming.audio_profile = audio->profile;
    naming->naming.channels = known(audio->channels);
    naming->naming.channel_layout = audio->channel_layout;
  }
}

void media_naming_clear(MediaNaming *naming)
{
  g_clear_pointer(&naming->audio_languages, g_strfreev);
  g_clear_pointer(&naming->subtitle_languages, g_strfreev);
}
