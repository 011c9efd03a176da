#include "release/naming_media.h"

static void test_codecs(void)
{
  static const struct {
    NamingMedia media;
    const char *release, *video, *audio;
  } rows[] = {
      {{0}, NULL, "", ""},
      {{.video_codec = "hevc", .audio_codec = "truehd"}, "A.x265.Atmos-G", "x265", "TrueHD Atmos"},
      {{.video_codec = "hevc", .audio_codec = "dts"}, "A.H265.DTS-HD.MA.Atmos-G", "h265", "DTS"},
      {{.video_codec = "h264", .audio_codec = "dts", .audio_profile = "DTS-HD MA + DTS:X"}, NULL, "h264", "DTS-X"},
      {{.video_codec = "mpeg4", .video_tag = "DX50", .audio_codec = "mp3float"}, NULL, "DivX", "MP3"},
      {{.video_codec = "av1", .audio_codec = "pcm_s24le"}, NULL, "AV1", "PCM"},
      {{.video_codec = "wmv3", .audio_codec = "wmapro"}, NULL, "WMV", "WMA"},
      {{.video_codec = "qtrle", .audio_codec = "aac", .audio_profile = "HE-AACv2"}, NULL, "", "HE-AAC"},
      {{.video_codec = "vp9", .audio_codec = "eac3", .audio_tag = "ec+3"}, NULL, "VP9", "EAC3 Atmos"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *video = naming_video_codec(&rows[i].media, rows[i].release);
    g_autofree char *audio = naming_audio_codec(&rows[i].media, rows[i].release);
    g_assert_cmpstr(video, ==, rows[i].video);
    g_assert_cmpstr(audio, ==, rows[i].audio);
  }
}

static void test_channels(void)
{
  static const struct {
    int64_t channels;
    const char *layout, *want;
  } rows[] = {{0, NULL, ""},          {1, "mono", "1.0"}, {2, "stereo", "2.0"},    {6, "5.1(side)", "5.1"},
              {6, "6.0", "6.0"},      {8, NULL, "7.1"},   {4, "quad", "4.0"},      {3, NULL, "3.0"},
              {12, "7.1.4", "7.1.4"}, {16, NULL, "16.0"}, {6, "6 channels", "5.1"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *got = naming_audio_channels(&(NamingMedia){.channels = rows[i].channels, .channel_layout = rows[i].layout});
    g_assert_cmpstr(got, ==, rows[i].want);
  }
}

static void test_languages(void)
{
  char *three[] = {"en", "NL", "de", "en", "und", "", NULL}, *english[] = {"EN", NULL};
  static const struct {
    const char *filter, *want;
  } rows[] = {{NULL, "[EN+NL+DE]"},        {"DE+EN", "[DE+EN]"}, {"-NL", "[EN+DE]"}, {"-EN-DE", "[NL]"}, {"DE+", "[DE+--]"},
              {"EN+NL+DE+", "[EN+NL+DE]"}, {"FR", ""},           {"FR+", "[--]"},    {"DE+DE", "[DE]"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *got = naming_languages(three, rows[i].filter, NAMING_ALL_LANGUAGES);
    g_assert_cmpstr(got, ==, rows[i].want);
  }
  g_autofree char *shown = naming_languages(english, NULL, NAMING_ALL_LANGUAGES);
  g_autofree char *hidden = naming_languages(english, NULL, NAMING_NOT_ENGLISH_ALONE);
  g_autofree char *none = naming_languages(NULL, NULL, NAMING_ALL_LANGUAGES);
  g_assert_cmpstr(shown, ==, "[EN]");
  g_assert_cmpstr(hidden, ==, "");
  g_assert_cmpstr(none, ==, "");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/naming-media/codecs", test_codecs);
  g_test_add_func("/naming-media/channels", test_channels);
  g_test_add_func("/naming-media/languages", test_languages);
  return g_test_run();
}
