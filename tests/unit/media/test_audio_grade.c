#include "media/audio_grade.h"

#include <glib.h>

static void test_rows(void)
{
  static const struct {
    const char *codec, *profile, *title;
    AudioGrade grade;
  } rows[] = {
      {NULL, NULL, NULL, AUDIO_GRADE_UNKNOWN},
      {"", NULL, NULL, AUDIO_GRADE_UNKNOWN},
      {"newcodec", NULL, "Atmos", AUDIO_GRADE_UNKNOWN},
      {"truehd", NULL, NULL, AUDIO_GRADE_LOSSLESS},
      {"truehd", "Dolby TrueHD + Dolby Atmos", NULL, AUDIO_GRADE_OBJECT},
      {"truehd", NULL, "English (TrueHD 7.1 Atmos)", AUDIO_GRADE_OBJECT},
      {"A_TRUEHD", NULL, "Atmosphere", AUDIO_GRADE_LOSSLESS},
      {"eac3", NULL, NULL, AUDIO_GRADE_CINEMA},
      {"eac3", "Dolby Digital Plus + Dolby Atmos", NULL, AUDIO_GRADE_LOSSY_OBJECT},
      {"ec-3", NULL, "DDP Atmos", AUDIO_GRADE_LOSSY_OBJECT},
      {"ac3", NULL, "Atmos", AUDIO_GRADE_BASIC}, /* AC-3 cannot have it */
      {"dts", "DTS", NULL, AUDIO_GRADE_CINEMA},
      {"dts", "DTS-ES", NULL, AUDIO_GRADE_CINEMA},
      {"dts", "DTS-HD MA", NULL, AUDIO_GRADE_LOSSLESS},
      {"dts", "DTS-HD MA + DTS:X", NULL, AUDIO_GRADE_OBJECT},
      {"dts", "DTS-HD HRA", NULL, AUDIO_GRADE_HIGH},
      {"dts", "DTS Express", NULL, AUDIO_GRADE_BASIC},
      {"A_DTS", NULL, "DTS-HD MA 5.1", AUDIO_GRADE_LOSSLESS},
      {"A_DTS/LOSSLESS", NULL, NULL, AUDIO_GRADE_LOSSLESS},
      {"dtsh", NULL, NULL, AUDIO_GRADE_HIGH},
      {"pcm_s24le", NULL, NULL, AUDIO_GRADE_LOSSLESS},
      {"A_PCM/INT/LIT", NULL, NULL, AUDIO_GRADE_LOSSLESS},
      {"flac", NULL, NULL, AUDIO_GRADE_LOSSLESS},
      {"flac2", NULL, NULL, AUDIO_GRADE_UNKNOWN},
      {"aac", "LC", NULL, AUDIO_GRADE_MODERN},
      {"A_AAC/MPEG4/LC", NULL, NULL, AUDIO_GRADE_MODERN},
      {"opus", NULL, NULL, AUDIO_GRADE_MODERN},
      {"ac3", NULL, NULL, AUDIO_GRADE_BASIC},
      {"mp3", NULL, NULL, AUDIO_GRADE_OLD},
      {"wmav2", NULL, NULL, AUDIO_GRADE_OLD},
      {"wmalossless", NULL, NULL, AUDIO_GRADE_LOSSLESS},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("row %zu: %s", i, rows[i].codec ? rows[i].codec : "NULL");
    g_assert_cmpint(audio_grade(rows[i].codec, rows[i].profile, rows[i].title), ==, rows[i].grade);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/media/audio-grade/rows", test_rows);
  return g_test_run();
}
