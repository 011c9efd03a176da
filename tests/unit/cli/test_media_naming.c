#include "cli/media_naming.h"

static StreamInfo *add_stream(MediaInfo *media, StreamType type, const char *codec, const char *language)
{
  StreamInfo *stream = record_new(&stream_info_table);
  stream->type = type;
  g_free(stream->codec);
  stream->codec = g_strdup(codec);
  g_free(stream->language);
  stream->language = g_strdup(language);
  if (!media->streams)
    media->streams = records_new(&stream_info_table);
  g_ptr_array_add(media->streams, stream);
  return stream;
}

static void test_streams(void)
{
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  StreamInfo *video = add_stream(media, STREAM_VIDEO, "hevc", NULL);
  video->width = 3840;
  video->height = 1600;
  video->bit_depth = 10;
  StreamInfo *audio = add_stream(media, STREAM_AUDIO, "truehd", "ger");
  audio->channels = 8;
  add_stream(media, STREAM_AUDIO, "ac3", "gsw");
  add_stream(media, STREAM_AUDIO, "ac3", "und");
  add_stream(media, STREAM_SUBTITLE, "subrip", "khk");
  add_stream(media, STREAM_SUBTITLE, "subrip", "qaa");
  g_auto(MediaNaming) naming = {0};
  media_naming_init(&naming, media);
  g_assert_cmpstr(naming.naming.video_codec, ==, "hevc");
  g_assert_cmpint(naming.naming.bit_depth, ==, 10);
  g_assert_cmpint(naming.width, ==, 3840);
  g_assert_cmpstr(naming.naming.audio_codec, ==, "truehd");
  g_assert_cmpint(naming.naming.channels, ==, 8);
  g_assert_false(naming.naming.three_d);
  g_autofree char *spoken = g_strjoinv(",", naming.audio_languages), *read = g_strjoinv(",", naming.subtitle_languages);
  g_assert_cmpstr(spoken, ==, "de,de");
  g_assert_cmpstr(read, ==, "mn,qaa");
}

static void test_hdr(void)
{
  static const struct {
    HdrClass hdr;
    int64_t compatibility;
    const char *transfer;
    NamingHdr want;
    bool hdr10_plus;
  } rows[] = {
      {HDR_SDR, FIELD_NULL_INT, "bt709", NAMING_HDR_NONE},
      {HDR_SDR, FIELD_NULL_INT, "smpte2084", NAMING_HDR_PQ},
      {HDR_HDR10, FIELD_NULL_INT, NULL, NAMING_HDR_HDR10},
      {HDR_HDR10_PLUS, FIELD_NULL_INT, NULL, NAMING_HDR_HDR10_PLUS},
      {HDR_HLG, FIELD_NULL_INT, NULL, NAMING_HDR_HLG},
      {HDR_DOLBY_VISION, 1, NULL, NAMING_HDR_DV_HDR10},
      {HDR_DOLBY_VISION, 2, NULL, NAMING_HDR_DV_SDR},
      {HDR_DOLBY_VISION, 4, NULL, NAMING_HDR_DV_HLG},
      {HDR_DOLBY_VISION, 1, NULL, NAMING_HDR_DV_HDR10_PLUS, true},
      {HDR_DOLBY_VISION, 0, NULL, NAMING_HDR_DV},
      {HDR_DOLBY_VISION, FIELD_NULL_INT, NULL, NAMING_HDR_DV},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(MediaInfo) media = record_new(&media_info_table);
    StreamInfo *video = add_stream(media, STREAM_VIDEO, "hevc", NULL);
    video->hdr = (int)rows[i].hdr;
    video->dolby_vision_compatibility = rows[i].compatibility;
    video->hdr10_plus = rows[i].hdr10_plus;
    g_free(video->color_transfer);
    video->color_transfer = g_strdup(rows[i].transfer);
    g_auto(MediaNaming) naming = {0};
    media_naming_init(&naming, media);
    g_assert_cmpint(naming.naming.hdr, ==, rows[i].want);
  }
}

static void test_nothing(void)
{
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  g_auto(MediaNaming) naming = {0};
  media_naming_init(&naming, media);
  g_assert_null(naming.naming.video_codec);
  g_assert_null(naming.audio_languages[0]);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/media-naming/streams", test_streams);
  g_test_add_func("/media-naming/hdr", test_hdr);
  g_test_add_func("/media-naming/nothing", test_nothing);
  return g_test_run();
}
