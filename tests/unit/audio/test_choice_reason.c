#include "audio_fixture.h"

static void test_rows(void)
{
  static const struct {
    const char *tracks, *original, *settings, *path, *reason;
  } rows[] = {
      {"", "en", "", NULL, "The file has no audio track, so there is nothing to choose."},
      {"eng ac3 6 default | fra ac3 6", "ja", "languages=de", NULL,
       "No audio track is in Japanese, the original language (TMDB). No audio track is in a language of the list, so the file is "
       "left alone. It has: English, French."},
      {"eng ac3 6 default", NULL, "", NULL,
       "The original language is not known. No list of languages is set, so the file is left alone. It has: English."},
      {"ger ac3 6 | ger ac3 2 default | eng ac3 6 | ger ac3 2 'Audiokommentar'", "de", "", NULL,
       "German is the original language (TMDB); audio track 1 is in it, has 6 channels and is taken before track 2 (2 channels), "
       "track 4 (a commentary). It becomes the default instead of track 2."},
      {"ger ac3 6 default", "de", "", NULL,
       "German is the original language (TMDB); audio track 1 is in it and has 6 channels. It is the default already."},
      {"ger ac3 6", "de", "", NULL,
       "German is the original language (TMDB); audio track 1 is in it and has 6 channels. It becomes the default; none was "
       "before."},
      {"ger ac3 6 default | eng aac 2 default | fra aac 2 default", "de", "", NULL,
       "German is the original language (TMDB); audio track 1 is in it and has 6 channels. It stays the default, tracks 2, 3 no "
       "longer are."},
      {"jpn ac3 6 default | fra dts 6 | fra ac3 6 | fra dts 6 64k | fra dts 2 'AD' | fra dts 6", "ko", "languages=en,fra", NULL,
       "No audio track is in Korean, the original language (TMDB). French is in the list of languages; audio track 4 is in it, "
       "has 6 channels and is taken before track 2 (bit rate unknown), track 3 (ac3, a lesser format), track 5 (audio "
       "description), track 6 (bit rate unknown). It becomes the default instead of track 1."},
      {"eng ac3 6 default | ger aac 1", "xyzzy", "override /kids/**=de", "/kids/a.mkv",
       "The original language \"xyzzy\" (TMDB) is none that is known. German is wanted for paths like /kids/**; audio track 2 is "
       "in it and has 1 channel. It becomes the default instead of track 1."},
      {"- ac3 6", "en", "", NULL,
       "English is the original language (TMDB); audio track 1 does not say its language and is the only one, so it is taken for "
       "that. It becomes the default; none was before."},
      {"ger mp2 2 default | qaa mp2 2", "da", "", NULL,
       "Danish is the original language (TMDB); audio track 2 is marked as the original audio (qaa) and has 2 channels. It "
       "becomes the default instead of track 1."},
      {"eng ac3 6 default | pt-PT ac3 6 | pt-PT ac3 2", NULL, "languages=pt-BR", NULL,
       "The original language is not known. Portuguese (BR) is in the list of languages; audio track 2 is in a related one, "
       "Portuguese (PT), has 6 channels and is taken before track 3 (2 channels). It becomes the default instead of track 1."},
      {"pt-PT ac3 6 default | pt-BR ac3 -", NULL, "languages=pt-BR", NULL,
       "The original language is not known. Portuguese (BR) is in the list of languages; audio track 2 is in it and is taken "
       "before track 1 (Portuguese (PT)). It becomes the default instead of track 1."},
      {"eng ac3 2 'Commentary 1' default | eng ac3 6 'Commentary 2'", "en", "", NULL,
       "English is the original language (TMDB); audio track 2 is in it, has 6 channels and is taken before track 1 (2 "
       "channels). By flag or title it is a commentary, as every audio track is. It becomes the default instead of track 1."},
      {"ger ac3 2 'Kommentar' | eng ac3 6 default | xqz ac3 2", "de", "", NULL,
       "Only a commentary or music is in German, the original language (TMDB). No list of languages is set, so the file is left "
       "alone. It has: German, English, a language that is not known. 1 of its audio tracks is no choice: commentary or music "
       "alone."},
      {"eng ac3 2 default", "xx", "languages=en", NULL,
       "Nothing is spoken in the original (TMDB). English is in the list of languages; audio track 1 is in it and has 2 "
       "channels. It is the default already."},
      {"jpn flac 2 default | s:eng 'Signs' | s:eng | s:eng forced default", "ja", "subtitles=by-language;subtitle_languages=en",
       NULL,
       "Japanese is the original language (TMDB); audio track 1 is in it and has 2 channels. It is the default already. Subtitle "
       "1 (English) is shown by default."},
      {"eng ac3 2 default | s:eng default", "en", "subtitles=forced-only", NULL,
       "English is the original language (TMDB); audio track 1 is in it and has 2 channels. It is the default already. No "
       "subtitle is shown by default: none fits, or none is needed."},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(FixtureFile) file = fixture_file(rows[i].tracks);
    g_autoptr(AudioPolicy) policy = fixture_policy(rows[i].settings);
    g_autoptr(AudioChoice) choice = fixture_choose(file, rows[i].original, policy, rows[i].path);
    g_assert_cmpstr(choice->reason, ==, rows[i].reason);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/choice-reason/rows", test_rows);
  return g_test_run();
}
