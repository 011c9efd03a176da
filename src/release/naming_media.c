/* Words for codecs, channels and languages in names. Test: tests/unit/release/test_naming_media.c */
#include "release/naming_media.h"

#include <string.h>

static const EnumRow naming_hdr_rows[] = {
    {NAMING_HDR_NONE, "", NULL},
    {NAMING_HDR_PQ, "PQ", NULL},
    {NAMING_HDR_HDR10, "HDR10", NULL},
    {NAMING_HDR_HDR10_PLUS, "HDR10Plus", NULL},
    {NAMING_HDR_HLG, "HLG", NULL},
    {NAMING_HDR_DV, "DV", NULL},
    {NAMING_HDR_DV_HDR10, "DV HDR10", NULL},
    {NAMING_HDR_DV_HDR10_PLUS, "DV HDR10Plus", NULL},
    {NAMING_HDR_DV_HLG, "DV HLG", NULL},
    {NAMING_HDR_DV_SDR, "DV SDR", NULL},
};
const EnumTable naming_hdr_table = ENUM_TABLE("NamingHdr", naming_hdr_rows);

/* A codec's word in names. The first row whose codec is equal, or begins so where it ends in "*", and whose hint is in the tag,
 * the profile or the release's name, is taken. */
typedef struct {
  const char *codec;
  const char *hint; /* NULL: whatever */
  const char *word;
} CodecWord;

static const CodecWord video_words[] = {
    {"h264", "x264", "x264"},   {"h264", NULL, "h264"},        {"hevc", "x265", "x265"},     {"hevc", NULL, "h265"},
    {"av1", NULL, "AV1"},       {"mpeg2video", NULL, "MPEG2"}, {"mpeg1video", NULL, "MPEG"}, {"vc1", NULL, "VC1"},
    {"mpeg4", "xvid", "XviD"},  {"mpeg4", "divx", "DivX"},     {"mpeg4", "div3", "DivX"},    {"mpeg4", "dx50", "DivX"},
    {"msmpeg4*", NULL, "DivX"}, {"wmv*", NULL, "WMV"},         {"vp6*", NULL, "VP6"},        {"vp7", NULL, "VP7"},
    {"vp8", NULL, "VP8"},       {"vp9", NULL, "VP9"},          {"prores", NULL, "ProRes"},   {"dnxhd", NULL, "DNxHD"},
    {"ffv1", NULL, "FFV1"},     {"theora", NULL, "Theora"},
};

static const CodecWord audio_words[] = {
    {"truehd", "thd+", "TrueHD Atmos"},
    {"truehd", "atmos", "TrueHD Atmos"},
    {"truehd", NULL, "TrueHD"},
    {"eac3", "ec+3", "EAC3 Atmos"},
    {"eac3", "atmos", "EAC3 Atmos"},
    {"eac3", NULL, "EAC3"},
    {"ac3", NULL, "AC3"},
    {"ac4", NULL, "AC4"},
    {"dts", "DTS:X", "DTS-X"},
    {"dts", "DTS-HD MA", "DTS-HD MA"},
    {"dts", "DTS-HD HRA", "DTS-HD HRA"},
    {"dts", "DTS-ES", "DTS-ES"},
    {"dts", "DTS 96/24", "DTS"},
    {"dts", "DTS Express", "DTS Express"},
    {"dts", NULL, "DTS"},
    {"aac", "HE-AAC", "HE-AAC"},
    {"aac*", NULL, "AAC"},
    {"flac", NULL, "FLAC"},
    {"opus", NULL, "Opus"},
    {"vorbis", NULL, "Vorbis"},
    {"mp2", NULL, "MP2"},
    {"mp3*", NULL, "MP3"},
    {"alac", NULL, "ALAC"},
    {"wma*", NULL, "WMA"},
    {"pcm_*", NULL, "PCM"},
    {"adpcm_*", NULL, "PCM"},
    {"mlp", NULL, "MLP"},
};

static bool codec_is(const char *codec, const char *pattern)
{
  size_t length = strlen(pattern);
  return pattern[length - 1] == '*' ? strncmp(codec, pattern, length - 1) == 0 : strcmp(codec, pattern) == 0;
}

static bool has_text(const char *text, const char *part)
{
  if (!text)
    return false;
  g_autofree char *low_text = g_ascii_strdown(text, -1), *low_part = g_ascii_strdown(part, -1);
  return strstr(low_text, low_part) != NULL;
}

static char *word_of(const CodecWord *words, size_t n, const char *codec, const char *const *hints)
{
  for (size_t i = 0; codec && i < n; i++) {
    bool fits = codec_is(codec, words[i].codec) && !words[i].hint;
    for (const char *const *hint = hints; !fits && words[i].hint && codec_is(codec, words[i].codec) && hint < hints + 3; hint++)
      fits = has_text(*hint, words[i].hint);
    if (fits)
      return g_strdup(words[i].word);
  }
  return g_strdup("");
}

char *naming_video_codec(const NamingMedia *media, const char *release_name)
{
  const char *hints[3] = {media->video_tag, NULL, release_name};
  return word_of(video_words, G_N_ELEMENTS(video_words), media->video_codec, hints);
}

char *naming_audio_codec(const NamingMedia *media, const char *release_name)
{
  /* A name may say Atmos of a DTS track's neighbour, but never DTS-ES of a DTS track: the profile knows that. */
  bool dolby = media->audio_codec && (strcmp(media->audio_codec, "truehd") == 0 || strcmp(media->audio_codec, "eac3") == 0);
  const char *hints[3] = {media->audio_tag, media->audio_profile, dolby ? release_name : NULL};
  return word_of(audio_words, G_N_ELEMENTS(audio_words), media->audio_codec, hints);
}

char *naming_audio_channels(const NamingMedia *media)
{
  static const struct {
    const char *layout, *channels;
  } named[] = {{"mono", "1.0"}, {"stereo", "2.0"},    {"downmix", "2.0"},
               {"quad", "4.0"}, {"hexagonal", "6.0"}, {"octagonal", "8.0"}};
  const char *layout = media->channel_layout ? media->channel_layout : "";
  size_t whole = strspn(layout, "0123456789");
  if (whole > 0 && layout[whole] == '.' && g_ascii_isdigit(layout[whole + 1]))
    return g_strndup(layout, whole + 1 + strspn(layout + whole + 1, "0123456789."));
  for (size_t i = 0; i < G_N_ELEMENTS(named); i++)
    if (g_str_has_prefix(layout, named[i].layout))
      return g_strdup(named[i].channels);
  if (media->channels <= 0)
    return g_strdup("");
  bool has_lfe = media->channels >= 6 && media->channels <= 8; /* by custom, where the file does not say */
  return g_strdup_printf("%" G_GINT64_FORMAT ".%d", media->channels - has_lfe, has_lfe);
}

static bool strings_have(const GPtrArray *strings, const char *text)
{
  return g_ptr_array_find_with_equal_func((GPtrArray *)strings, text, g_str_equal, NULL);
}

static GPtrArray *codes_of(char *const *languages)
{
  GPtrArray *codes = g_ptr_array_new_with_free_func(g_free);
  for (char *const *language = languages; language && *language; language++) {
    g_autofree char *code = g_ascii_strup(*language, -1);
    if (*code && strcmp(code, "UND") != 0 && !strings_have(codes, code))
      g_ptr_array_add(codes, g_steal_pointer(&code));
  }
  return codes;
}

char *naming_languages(char *const *languages, const char *filter, NamingLanguageRule rule)
{
  g_autoptr(GPtrArray) codes = codes_of(languages);
  g_autoptr(GPtrArray) shown = g_ptr_array_new();
  bool excludes = filter && *filter == '-';
  g_auto(GStrv) wanted = g_strsplit_set(filter ? filter : "", excludes ? "-" : "+", -1);
  if (!filter || excludes) {
    for (guint i = 0; i < codes->len; i++)
      if (!filter || !g_strv_contains((const char *const *)wanted, codes->pdata[i]))
        g_ptr_array_add(shown, codes->pdata[i]);
  } else {
    for (char **code = wanted; *code; code++)
      if (**code && strings_have(codes, *code) && !strings_have(shown, *code))
        g_ptr_array_add(shown, *code);
    if (g_str_has_suffix(filter, "+") && shown->len < codes->len)
      g_ptr_array_add(shown, (gpointer) "--");
  }
  if (shown->len == 0 || (rule == NAMING_NOT_ENGLISH_ALONE && shown->len == 1 && strcmp(shown->pdata[0], "EN") == 0))
    return g_strdup("");
  g_ptr_array_add(shown, NULL);
  g_autofree char *joined = g_strjoinv("+", (char **)shown->pdata);
  return g_strdup_printf("[%s]", joined);
}
