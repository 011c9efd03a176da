#include "audio_fixture.h"

#define NONE (-1)

typedef struct {
  const char *name, *tracks, *original, *settings, *path;
  int chosen; /* position among all tracks given, or NONE */
  AudioChoiceRule rule;
  bool changes;
} Row;

static const Row rows[] = {
    /* nothing to choose */
    {"no track at all", "", "eng", "languages=eng", NULL, NONE, CHOICE_NO_RULE, false},
    {"subtitles alone", "s:eng default | s:ger", "eng", "languages=eng", NULL, NONE, CHOICE_NO_RULE, false},
    {"nothing wanted", "eng ac3 6 default", NULL, "", NULL, NONE, CHOICE_NO_RULE, false},
    {"nothing wanted is there", "eng ac3 6 default | fra ac3 6", "jpn", "languages=ger,spa", NULL, NONE, CHOICE_NO_RULE, false},
    {"left alone without a default", "eng ac3 6 | fra ac3 6", "jpn", "languages=ger", NULL, NONE, CHOICE_NO_RULE, false},
    {"left alone with two defaults", "eng ac3 6 default | fra ac3 6 default", "jpn", "", NULL, NONE, CHOICE_NO_RULE, false},
    /* one track */
    {"one, right, default", "eng ac3 6 default", "en", "", NULL, 0, CHOICE_ORIGINAL, false},
    {"one, right, no default", "eng ac3 6", "en", "", NULL, 0, CHOICE_ORIGINAL, true},
    {"one, other language", "ger ac3 6 default", "en", "", NULL, NONE, CHOICE_NO_RULE, false},
    {"one, by the list", "ger ac3 6 default", "en", "languages=de", NULL, 0, CHOICE_LANGUAGES, false},
    {"one without language, original known", "und ac3 6 default", "en", "", NULL, 0, CHOICE_ORIGINAL, false},
    {"one without tag, original known", "- ac3 6", "en", "", NULL, 0, CHOICE_ORIGINAL, true},
    {"one without language, original unknown", "und ac3 6 default", NULL, "languages=eng", NULL, NONE, CHOICE_NO_RULE, false},
    {"one without language, original not wanted", "und ac3 6", "en", "prefer_original=false;languages=eng", NULL, NONE,
     CHOICE_NO_RULE, false},
    {"one with a tag that nobody knows", "xqz ac3 6 default", "en", "languages=en", NULL, NONE, CHOICE_NO_RULE, false},
    {"one commentary alone", "eng ac3 2 'Commentary' default", "en", "", NULL, 0, CHOICE_ORIGINAL, false},
    /* the original language */
    {"original first, before the list", "fra ac3 6 default | jpn aac 2", "ja", "languages=fra", NULL, 1, CHOICE_ORIGINAL, true},
    {"original by 639-2/B in the file", "eng ac3 6 default | ger ac3 6", "de", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"original by 639-2/T in the file", "eng ac3 6 default | deu ac3 6", "de", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"original by BCP 47 in the file", "en ac3 6 default | de-DE ac3 6", "ger", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"original as Radarr names it", "eng ac3 6 default | ger ac3 6", "German", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"original as Sonarr names it", "eng aac 2 default | jpn aac 2", "Japanese", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"upper case in the file", "ENG aac 2 default | JPN aac 2", "ja", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"original is the default already", "jpn aac 2 default | eng aac 2", "ja", "", NULL, 0, CHOICE_ORIGINAL, false},
    {"original, but two defaults", "jpn aac 2 default | eng aac 2 default", "ja", "", NULL, 0, CHOICE_ORIGINAL, true},
    {"original, and every track a default", "eng ac3 6 default | fra ac3 6 default | jpn ac3 6 default", "ja", "", NULL, 2,
     CHOICE_ORIGINAL, true},
    {"original, no default at all", "jpn aac 2 | eng aac 2", "ja", "", NULL, 0, CHOICE_ORIGINAL, true},
    {"original not wanted", "fra ac3 6 | jpn aac 2 default", "ja", "prefer_original=false;languages=fra", NULL, 0,
     CHOICE_LANGUAGES, true},
    {"original not there, list is", "fra ac3 6 | eng ac3 6 default", "ja", "languages=fra,eng", NULL, 0, CHOICE_LANGUAGES, true},
    {"original unknown, list is", "fra ac3 6 | eng ac3 6 default", NULL, "languages=fra,eng", NULL, 0, CHOICE_LANGUAGES, true},
    {"original that nobody knows", "fra ac3 6 | eng ac3 6 default", "xyzzy", "languages=fra", NULL, 0, CHOICE_LANGUAGES, true},
    {"original und", "und ac3 6 | fra ac3 6 default", "und", "languages=fra", NULL, 1, CHOICE_LANGUAGES, false},
    {"original empty", "und ac3 6 | fra ac3 6 default", "", "languages=fra", NULL, 1, CHOICE_LANGUAGES, false},
    {"TMDB's cn is Cantonese", "chi ac3 6 default | yue ac3 2", "cn", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"TMDB's cn, only Chinese there", "eng ac3 6 default | chi ac3 2", "cn", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"TMDB's cn, only Mandarin there", "eng ac3 6 default | cmn ac3 2", "cn", "languages=en", NULL, 0, CHOICE_LANGUAGES, false},
    {"TMDB's zh is Mandarin", "yue ac3 6 default | cmn ac3 2", "zh", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"TMDB's zh, chi before yue", "yue truehd 8 default | chi ac3 2", "zh", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"TMDB's xx: nothing is spoken", "eng ac3 2 default | ger ac3 2", "xx", "languages=de", NULL, 1, CHOICE_LANGUAGES, true},
    {"TMDB's xx, and the file says so", "eng ac3 2 default | zxx ac3 2", "xx", "languages=de", NULL, 1, CHOICE_ORIGINAL, true},
    {"TMDB's sh, file in Serbian", "eng ac3 2 default | srp ac3 2", "sh", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"legacy iw", "eng ac3 2 default | heb ac3 2", "iw", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"no is nob in files", "eng ac3 2 default | nob ac3 6", "no", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"no is nno where there is nothing else", "eng ac3 2 default | nno ac3 6", "no", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"no: nob before nno", "nno truehd 8 default | nob ac3 2", "no", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"no: nob before nno, wherever it stands", "nob ac3 2 default | nno truehd 8", "no", "", NULL, 0, CHOICE_ORIGINAL, false},
    {"no: nor and nob are alike, channels decide", "nor ac3 2 default | nob ac3 6", "no", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"tl is fil", "eng ac3 2 default | fil aac 2", "tl", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"qaa stands for the original", "ger ac3 2 default | qaa ac3 6", "en", "languages=de", NULL, 1, CHOICE_ORIGINAL, true},
    {"qaa does not where the original is there", "eng ac3 2 | qaa ac3 6 default", "en", "", NULL, 0, CHOICE_ORIGINAL, true},
    {"qaa says nothing where the original is unknown", "ger ac3 2 | qaa ac3 6 default", NULL, "languages=de", NULL, 0,
     CHOICE_LANGUAGES, true},
    {"qab is not qaa", "ger ac3 2 default | qab ac3 6", "en", "languages=de", NULL, 0, CHOICE_LANGUAGES, false},
    {"two without language are not the original", "und ac3 2 default | und ac3 6", "en", "", NULL, NONE, CHOICE_NO_RULE, false},
    {"und beside another language is not", "und ac3 2 | fra ac3 6 default", "en", "", NULL, NONE, CHOICE_NO_RULE, false},
    {"und and a commentary: the only film", "und ac3 6 | und ac3 2 'Commentary' default", "en", "", NULL, 0, CHOICE_ORIGINAL,
     true},
    {"mul is no language of the list", "mul ac3 6 default | eng ac3 2", "fr", "languages=eng", NULL, 1, CHOICE_LANGUAGES, true},
    {"mul is chosen where it is listed", "eng ac3 6 default | mul ac3 2", NULL, "languages=mul", NULL, 1, CHOICE_LANGUAGES, true},
    {"und is chosen where it is listed", "eng ac3 6 default | - ac3 2", NULL, "languages=und", NULL, 1, CHOICE_LANGUAGES, true},
    /* the list */
    {"the list's order, not the file's", "eng ac3 6 default | fra ac3 2", NULL, "languages=fra,eng", NULL, 1, CHOICE_LANGUAGES,
     true},
    {"the second of the list", "spa ac3 6 default | eng ac3 2", NULL, "languages=fra,eng", NULL, 1, CHOICE_LANGUAGES, true},
    {"names in the list", "spa ac3 6 default | eng ac3 2", NULL, "languages=French,English", NULL, 1, CHOICE_LANGUAGES, true},
    {"native names in the list", "eng ac3 6 default | deu ac3 2", NULL, "languages=Deutsch", NULL, 1, CHOICE_LANGUAGES, true},
    {"what is no language is passed over", "spa ac3 6 default | eng ac3 2", NULL, "languages=xyzzy,eng", NULL, 1,
     CHOICE_LANGUAGES, true},
    {"pt-BR takes por", "eng ac3 6 default | por ac3 2", NULL, "languages=pt-BR", NULL, 1, CHOICE_LANGUAGES, true},
    {"pt-BR before pt-PT", "pt-PT truehd 8 default | pt-BR ac3 2", NULL, "languages=pt-BR", NULL, 1, CHOICE_LANGUAGES, true},
    {"pt-PT for want of pt-BR", "eng ac3 6 default | pt-PT ac3 2", NULL, "languages=pt-BR", NULL, 1, CHOICE_LANGUAGES, true},
    {"es-419 before es-ES", "es-ES ac3 6 default | es-419 ac3 6", NULL, "languages=Spanish (Latino)", NULL, 1, CHOICE_LANGUAGES,
     true},
    {"Flemish is Dutch", "eng ac3 6 default | dut ac3 2", "Flemish", "", NULL, 1, CHOICE_ORIGINAL, true},
    /* overrides */
    {"override before the list", "eng ac3 6 default | ger ac3 2", NULL, "languages=eng;override /kids/**=ger", "/kids/a.mkv", 1,
     CHOICE_OVERRIDE, true},
    {"override of another path", "eng ac3 6 default | ger ac3 2", NULL, "languages=eng;override /kids/**=ger", "/films/a.mkv", 0,
     CHOICE_LANGUAGES, false},
    {"override, but the original comes first", "eng ac3 6 | ger ac3 2 default", "en", "override /kids/**=ger", "/kids/a.mkv", 0,
     CHOICE_ORIGINAL, true},
    {"override that ignores the original", "eng ac3 6 default | ger ac3 2", "en", "override /kids/**=ger,ignored", "/kids/a.mkv",
     1, CHOICE_OVERRIDE, true},
    {"override that wants the original", "eng ac3 6 default | jpn ac3 2", "ja",
     "prefer_original=false;languages=eng;override Anime=first", "/tv/Anime/a.mkv", 1, CHOICE_ORIGINAL, true},
    {"override without a hit falls to the list", "eng ac3 6 | spa ac3 2 default", NULL, "languages=eng;override /kids/**=ger",
     "/kids/a.mkv", 0, CHOICE_LANGUAGES, true},
    {"the most specific override", "eng ac3 6 default | ger ac3 2 | fra ac3 2", NULL,
     "override /tv/**=eng;override /tv/kids/**=fra;override kids=ger", "/tv/kids/a.mkv", 2, CHOICE_OVERRIDE, true},
    {"only the most specific one counts", "eng ac3 6 default | ger ac3 2", NULL, "override /tv/**=ger;override /tv/kids/**=fra",
     "/tv/kids/a.mkv", NONE, CHOICE_NO_RULE, false},
    {"no path, no override", "eng ac3 6 default | ger ac3 2", NULL, "languages=eng;override **=ger", NULL, 0, CHOICE_LANGUAGES,
     false},
    /* among equals: commentary */
    {"commentary by flag", "eng ac3 6 commentary default | eng ac3 2", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"commentary by title", "eng ac3 6 'Director’s Commentary' default | eng ac3 2", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"commentary, though better in all", "eng truehd 8 'Commentary by X' 5000k default | eng mp3 1 64k", "en", "", NULL, 1,
     CHOICE_ORIGINAL, true},
    {"German commentary", "ger ac3 6 'Audiokommentar' default | ger ac3 2", "de", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"two commentaries and the film", "eng ac3 2 'Commentary 1' | eng ac3 2 'Commentary 2' default | eng ac3 2", "en", "", NULL,
     2, CHOICE_ORIGINAL, true},
    {"isolated score", "eng flac 6 'Isolated Score' default | eng ac3 2", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"the original is a commentary alone: passed over", "ger ac3 2 'Audiokommentar' | eng ac3 6 default", "de", "languages=eng",
     NULL, 1, CHOICE_LANGUAGES, false},
    {"the same, with commentaries last", "ger ac3 2 'Audiokommentar' | eng ac3 6 default", "de", "languages=eng;commentary=last",
     NULL, 0, CHOICE_ORIGINAL, true},
    {"commentaries last: still after the film", "eng ac3 6 'Commentary' default | eng ac3 2", "en", "commentary=last", NULL, 1,
     CHOICE_ORIGINAL, true},
    {"only commentaries fit: left alone", "ger ac3 2 'Audiokommentar' default | eng ac3 6", "de", "", NULL, NONE, CHOICE_NO_RULE,
     false},
    {"all are commentaries", "eng ac3 2 'Commentary 1' | ger ac3 2 'Kommentar' default", "en", "", NULL, 0, CHOICE_ORIGINAL,
     true},
    {"all are commentaries, channels decide", "eng ac3 2 'Commentary 1' default | eng ac3 6 'Commentary 2'", "en", "", NULL, 1,
     CHOICE_ORIGINAL, true},
    {"a title that is no commentary", "eng ac3 6 'Adagio 5.1' | eng ac3 2 default", "en", "", NULL, 0, CHOICE_ORIGINAL, true},
    /* among equals: descriptive, hearing impaired */
    {"descriptive by flag", "eng ac3 6 descriptive default | eng ac3 2", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"descriptive by title", "eng ac3 6 'English AD' default | eng ac3 2", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"Hörfilm", "ger ac3 6 'Hörfilm' default | ger ac3 2", "de", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"for the hearing impaired", "eng ac3 6 impaired default | eng ac3 2", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"descriptive is the film where nothing else is in the language", "ger ac3 2 'Audiodeskription' | eng ac3 6 default", "de",
     "", NULL, 0, CHOICE_ORIGINAL, true},
    {"descriptive before commentary", "eng ac3 2 'Commentary' default | eng ac3 2 'Audio Description'", "en", "commentary=last",
     NULL, 1, CHOICE_ORIGINAL, true},
    {"und, and a descriptive und, are two films", "und ac3 6 | und ac3 2 'AD' default", "en", "", NULL, NONE, CHOICE_NO_RULE,
     false},
    /* among equals: channels, format, bit rate, place */
    {"more channels", "eng aac 2 default | eng aac 6", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"more channels before better format", "eng truehd 6 default | eng ac3 8", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"unknown channels come last", "eng aac - default | eng aac 1", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"lossless before lossy", "eng ac3 6 default | eng flac 6", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"objects before lossless", "eng truehd 8 default | eng truehd 8 'TrueHD Atmos'", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"DTS-HD MA before DTS", "eng dts 6 default profile=DTS | eng dts 6 profile=DTS-HD_MA", "en", "", NULL, 1, CHOICE_ORIGINAL,
     true},
    {"E-AC-3 before AC-3", "eng ac3 6 default | eng eac3 6", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"AAC before AC-3", "eng ac3 2 default | eng aac 2", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"AAC before MP3", "eng mp3 2 320k default | eng aac 2 128k", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"Matroska's names of codecs", "eng A_AC3 6 default | eng A_TRUEHD 6", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"MP4's names of codecs", "eng ac-3 6 default | eng ec-3 6", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"an unknown format comes last", "eng newcodec 6 default | eng mp3 6", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"higher bit rate", "eng ac3 6 384k default | eng ac3 6 640k", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"unknown bit rate comes last", "eng ac3 6 default | eng ac3 6 64k", "en", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"first in the file", "eng ac3 6 640k | eng ac3 6 640k default", "en", "", NULL, 0, CHOICE_ORIGINAL, true},
    {"exact doubles stay as they are", "eng ac3 6 640k default | eng ac3 6 640k", "en", "", NULL, 0, CHOICE_ORIGINAL, false},
    {"the default flag itself does not count", "eng aac 2 | eng aac 2 | eng aac 2 default", "en", "", NULL, 0, CHOICE_ORIGINAL,
     true},
    /* as files come */
    {"anime, dual audio",
     "eng flac 6 'English 5.1' default | jpn flac 2 'Japanese 2.0' | s:eng 'Signs & Songs' default | s:eng 'Full'", "ja",
     "languages=eng", NULL, 1, CHOICE_ORIGINAL, true},
    {"anime for those who want the dub", "jpn flac 2 default | eng flac 6", "ja", "prefer_original=false;languages=eng", NULL, 1,
     CHOICE_LANGUAGES, true},
    {"French MULTI", "fre ac3 6 'VFF' default | fre ac3 6 'VFQ' | eng dts 6 'VO'", "en", "languages=fra", NULL, 2,
     CHOICE_ORIGINAL, true},
    {"French MULTI, the dub is wanted", "eng dts 6 'VO' default | fre ac3 6 'VFF' 448k | fre ac3 6 'VFQ' 384k", "en",
     "prefer_original=false;languages=fra", NULL, 1, CHOICE_LANGUAGES, true},
    {"German DL", "ger eac3 6 default | eng eac3 6", "en", "languages=de", NULL, 1, CHOICE_ORIGINAL, true},
    {"German film on an international disc",
     "eng truehd 8 default | ger dts 6 | fre ac3 6 | ger ac3 2 'Audiokommentar mit Regisseur'", "de", "", NULL, 1,
     CHOICE_ORIGINAL, true},
    {"UHD with core and TrueHD", "eng ac3 6 'AC3 5.1 (core)' 640k default | eng truehd 8 'TrueHD 7.1 Atmos'", "en", "", NULL, 1,
     CHOICE_ORIGINAL, true},
    {"streaming with Atmos and AD",
     "eng eac3 6 'English' 640k default | eng eac3 6 'English [Audio Description]' 768k | eng eac3 6 'English Atmos' 768k", "en",
     "", NULL, 2, CHOICE_ORIGINAL, true},
    {"broadcast with original audio", "deu mp2 2 'Deutsch' default | qaa mp2 2 'Originalton' | deu mp2 2 'Klare Sprache'",
     "Danish", "languages=de", NULL, 1, CHOICE_ORIGINAL, true},
    {"Bollywood", "hin eac3 6 default | tam eac3 6 | tel eac3 6", "te", "", NULL, 2, CHOICE_ORIGINAL, true},
    {"Russian dubs", "rus ac3 6 'Дубляж' default | rus ac3 2 'Комментарии режиссёра' | eng dts 6 'Original'", "en",
     "languages=ru", NULL, 2, CHOICE_ORIGINAL, true},
    {"Russian, the dub is wanted", "rus ac3 6 'Комментарии режиссёра' default | rus ac3 2 'Дубляж' | eng dts 6", "en",
     "prefer_original=false;languages=ru", NULL, 1, CHOICE_LANGUAGES, true},
    {"Japanese disc with second audio", "jpn flac 2 default | jpn aac 2 'キャストコメンタリー'", "ja", "", NULL, 0,
     CHOICE_ORIGINAL, false},
    {"Hong Kong disc", "yue dts 6 'Cantonese' | cmn ac3 6 'Mandarin' default | eng ac3 6", "cn", "", NULL, 0, CHOICE_ORIGINAL,
     true},
    {"Hong Kong disc tagged chi twice", "chi dts 6 'Cantonese' | chi ac3 6 'Mandarin' default", "cn", "", NULL, 0,
     CHOICE_ORIGINAL, true},
    {"MP4 with every track enabled", "eng mp4a 2 default | spa mp4a 2 default", "es", "", NULL, 1, CHOICE_ORIGINAL, true},
    {"home video without any tag", "- aac 2 default", NULL, "languages=de,en", NULL, NONE, CHOICE_NO_RULE, false},
    {"music film with stereo and surround", "und pcm_s16le 2 default | und dts 6", "en", "languages=und", NULL, 1,
     CHOICE_LANGUAGES, true},
    {"silent film with two scores", "zxx flac 2 'Score by A' default | zxx flac 6 'Score by B'", "xx", "", NULL, 1,
     CHOICE_ORIGINAL, true},
    {"dub with a described twin", "fra eac3 6 'Français' | fra eac3 6 'Français (audiodescription)' default | eng eac3 6", "fr",
     "", NULL, 0, CHOICE_ORIGINAL, true},
    {"tag and region against a plain tag", "pt-BR eac3 6 default | por eac3 6", "pt", "", NULL, 0, CHOICE_ORIGINAL, false},
    {"junk before the wanted one", "xqz ac3 6 default | en\xff ac3 6 | eng ac3 2", "en", "", NULL, 2, CHOICE_ORIGINAL, true},
};

static void check_row(const Row *row)
{
  g_autoptr(FixtureFile) file = fixture_file(row->tracks);
  g_autoptr(AudioPolicy) policy = fixture_policy(row->settings);
  g_autoptr(AudioChoice) choice = fixture_choose(file, row->original, policy, row->path);
  int chosen = choice->decision == AUDIO_SELECT ? (int)choice->track - 10 : NONE;
  if (chosen != row->chosen || choice->rule != (int)row->rule || choice->changes != row->changes)
    g_error("%s: chose %d by %s%s: %s", row->name, chosen, enum_name(&audio_choice_rule_table, choice->rule),
            choice->changes ? ", changes" : "", choice->reason);
  g_assert_true(g_utf8_validate(choice->reason, -1, NULL));
  g_assert_true(g_str_has_suffix(choice->reason, "."));
  g_assert_null(strstr(choice->reason, "  "));
  g_assert_cmpuint(choice->tracks->len, ==, file->n_tracks);
  for (guint i = 0; i < choice->tracks->len; i++) {
    const TrackFlags *flags = fixture_flags(choice, i);
    bool was_default = file->tracks[i].flags & AUDIO_TRACK_DEFAULT;
    g_assert_cmpint(flags->index, ==, file->tracks[i].index);
    g_assert_cmpint(flags->was_default, ==, was_default);
    if (file->tracks[i].type == STREAM_AUDIO && chosen != NONE)
      g_assert_cmpint(flags->is_default, ==, (int)i == chosen);
    else
      g_assert_cmpint(flags->is_default, ==, was_default);
    g_assert_cmpint(flags->is_forced, ==, flags->was_forced);
  }
}

static void test_rows(void)
{
  g_assert_cmpuint(G_N_ELEMENTS(rows), >=, 120);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    check_row(&rows[i]);
}

static void test_many_tracks(void)
{
  g_autoptr(FixtureFile) file = fixture_file_new();
  g_autoptr(AudioPolicy) policy = fixture_policy("languages=fra,eng");
  for (int i = 0; i < 200; i++)
    fixture_track(file, i == 150 ? "eng dts 8" : i % 2 ? "eng dts 6 default" : "jpn aac 2 'Commentary'");
  g_autoptr(AudioChoice) choice = fixture_choose(file, "ja", policy, NULL);
  g_assert_cmpint(choice->track, ==, 10 + 150);
  g_assert_cmpuint(choice->tracks->len, ==, 200);
  g_assert_cmpuint(strlen(choice->reason), <, 500);
}

/* Tracks of other kinds are passed by; their numbers stay what they are. */
static void test_other_tracks(void)
{
  g_autoptr(FixtureFile) file = fixture_file("eng h264 0 default | eng aac 2 default | ger aac 2");
  g_autoptr(AudioPolicy) policy = fixture_policy("languages=de");
  file->tracks[0].type = STREAM_VIDEO;
  g_autoptr(AudioChoice) choice = fixture_choose(file, NULL, policy, NULL);
  g_assert_cmpint(choice->track, ==, 12);
  g_assert_cmpuint(choice->tracks->len, ==, 2);
}

static void test_tables(void)
{
  AudioChoice choice;
  TrackFlags flags;
  record_init(&audio_choice_table, &choice);
  record_init(&track_flags_table, &flags);
  g_assert_cmpint(choice.track, ==, FIELD_NULL_INT);
  record_clear(&audio_choice_table, &choice);
  record_clear(&track_flags_table, &flags);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/choice/rows", test_rows);
  g_test_add_func("/audio/choice/many-tracks", test_many_tracks);
  g_test_add_func("/audio/choice/other-tracks", test_other_tracks);
  g_test_add_func("/audio/choice/tables", test_tables);
  return g_test_run();
}
