#include "audio_fixture.h"

/* Flags wanted, a letter a subtitle: "-" none, "d" default, "f" forced, "b" both. */
static void test_rows(void)
{
  static const struct {
    const char *name, *tracks, *settings, *flags;
  } rows[] = {
      {"off", "eng ac3 6 | s:eng 'Forced' | s:eng default", "languages=en", "-d"},
      {"left alone", "eng ac3 6 | s:eng 'Forced' | s:eng default", "languages=ja;subtitles=forced-only", "-d"},
      {"forced by flag", "eng ac3 6 | s:eng default | s:eng forced", "languages=en;subtitles=forced-only", "-b"},
      {"forced by title", "eng ac3 6 | s:eng default | s:eng 'Forced'", "languages=en;subtitles=forced-only", "-b"},
      {"forced of another language", "eng ac3 6 | s:ger forced default | s:eng", "languages=en;subtitles=forced-only", "f-"},
      {"none forced", "eng ac3 6 | s:eng default | s:ger", "languages=en;subtitles=forced-only", "--"},
      {"forced by codes alike", "ger ac3 6 | s:deu forced", "languages=de;subtitles=forced-only", "b"},
      {"forced in a related language", "pt-BR ac3 6 | s:pt-PT forced | s:pt-BR forced", "languages=pt-BR;subtitles=forced-only",
       "fb"},
      {"forced and plain before forced and SDH", "eng ac3 6 | s:eng forced 'SDH' | s:eng forced",
       "languages=en;subtitles=forced-only", "fb"},
      {"understood: forced only", "eng ac3 6 | s:eng default | s:eng forced",
       "languages=en;subtitles=by-language;subtitle_languages=en,de", "-b"},
      {"not understood: the first language", "jpn ac3 2 | s:eng | s:ger default",
       "languages=ja;subtitles=by-language;subtitle_languages=en,de", "d-"},
      {"not understood: the second language", "jpn ac3 2 | s:fra default | s:ger",
       "languages=ja;subtitles=by-language;subtitle_languages=en,de", "-d"},
      {"not understood: none there", "jpn ac3 2 | s:fra default", "languages=ja;subtitles=by-language;subtitle_languages=en",
       "-"},
      {"signs are not the full subtitle", "jpn ac3 2 | s:eng 'Signs & Songs' default | s:eng 'Full'",
       "languages=ja;subtitles=by-language;subtitle_languages=en", "fd"},
      {"plain before SDH", "jpn ac3 2 | s:eng 'SDH' default | s:eng", "languages=ja;subtitles=by-language;subtitle_languages=en",
       "-d"},
      {"plain before CC", "jpn ac3 2 | s:eng 'English [CC]' default | s:eng",
       "languages=ja;subtitles=by-language;subtitle_languages=en", "-d"},
      {"SDH by flag", "jpn ac3 2 | s:eng impaired | s:eng", "languages=ja;subtitles=by-language;subtitle_languages=en", "-d"},
      {"SDH for want of another", "jpn ac3 2 | s:eng impaired", "languages=ja;subtitles=by-language;subtitle_languages=en", "d"},
      {"commentary in subtitles is none", "jpn ac3 2 | s:eng 'Commentary'",
       "languages=ja;subtitles=by-language;subtitle_languages=en", "-"},
      {"commentary flag on subtitles is none", "jpn ac3 2 | s:eng commentary | s:eng",
       "languages=ja;subtitles=by-language;subtitle_languages=en", "-d"},
      {"first of those alike", "jpn ac3 2 | s:eng | s:eng default", "languages=ja;subtitles=by-language;subtitle_languages=en",
       "d-"},
      {"audio of no language, chosen for one", "- ac3 2 | s:eng", "languages=und;subtitles=by-language;subtitle_languages=en",
       "d"},
      {"subtitle without language", "jpn ac3 2 | s:- default | s:xqz", "languages=ja;subtitles=by-language;subtitle_languages=en",
       "--"},
      {"dialect of the audio is understood", "nob ac3 2 | s:nob default | s:nob forced",
       "languages=no;subtitles=by-language;subtitle_languages=no", "-b"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(FixtureFile) file = fixture_file(rows[i].tracks);
    g_autoptr(AudioPolicy) policy = fixture_policy(rows[i].settings);
    g_autoptr(AudioChoice) choice = fixture_choose(file, NULL, policy, NULL);
    g_autoptr(GString) flags = g_string_new(NULL);
    bool changes = false;
    for (guint k = 0; k < choice->tracks->len; k++) {
      const TrackFlags *track = fixture_flags(choice, k);
      changes |= track->is_default != track->was_default || track->is_forced != track->was_forced;
      if (track->type == STREAM_SUBTITLE)
        g_string_append_c(flags, "-dfb"[track->is_default + 2 * track->is_forced]);
    }
    g_test_message("row %zu: %s: %s", i, rows[i].name, choice->reason);
    g_assert_cmpstr(flags->str, ==, rows[i].flags);
    g_assert_cmpint(choice->changes, ==, changes);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/choice-subtitle/rows", test_rows);
  return g_test_run();
}
