#include "release/naming.h"

#include "base/error.h"

#include <string.h>

typedef struct {
  Movie movie;
  NamingFacts facts;
  NamingMedia media;
  GPtrArray *formats;
} Fixture;

static void fixture_init(Fixture *fixture)
{
  static char *audio[] = {"en", "de", NULL}, *subtitles[] = {"en", NULL};
  *fixture = (Fixture){0};
  fixture->movie = (Movie){.title = "The Film: Part/Two",
                           .original_title = "Der Film",
                           .year = 2015,
                           .imdb_id = "tt0000042",
                           .collection = "The Films",
                           .translations = records_new(&movie_translation_table)};
  MovieTranslation *german = record_new(&movie_translation_table);
  german->language = LANGUAGE_GERMAN;
  g_free(german->title);
  german->title = g_strdup("Der Film – Teil zwei");
  g_ptr_array_add(fixture->movie.translations, german);
  fixture->formats = g_ptr_array_new_with_free_func((GDestroyNotify)custom_format_free);
  static const char *const names[] = {"AMZN", "Hybrid", "secret"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    CustomFormat *format = g_new0(CustomFormat, 1);
    format->name = g_strdup(names[i]);
    format->include_when_renaming = i < 2;
    g_ptr_array_add(fixture->formats, format);
  }
  fixture->media = (NamingMedia){.video_codec = "hevc",
                                 .bit_depth = 10,
                                 .hdr = NAMING_HDR_DV_HDR10,
                                 .audio_codec = "eac3",
                                 .channels = 6,
                                 .channel_layout = "5.1(side)",
                                 .audio_languages = audio,
                                 .subtitle_languages = subtitles};
  fixture->facts = (NamingFacts){.movie = &fixture->movie,
                                 .file_name = "old.name.mkv",
                                 .edition = "director's cut",
                                 .group = "GRP",
                                 .quality = {QUALITY_BLURAY_1080P, {.version = 2, .real = 1, .repack = true}},
                                 .formats = fixture->formats,
                                 .media = &fixture->media};
}

static void fixture_clear(Fixture *fixture)
{
  g_ptr_array_unref(fixture->movie.translations);
  g_ptr_array_unref(fixture->formats);
}

static void test_tokens(void)
{
  static const struct {
    const char *template, *want;
  } rows[] = {
      {"{Movie Title} ({Release Year}) {[Quality Full]}", "The Film - Part+Two (2015) [Bluray-1080p Repack REAL]"},
      {"{movie.title}", "the.film-.part+two"},
      {"{MOVIE_TITLE}", "THE_FILM-_PART+TWO"},
      {"{MovieTitle}", "The Film - Part+Two"},
      {"{Movie Title:FR|DE}", "Der Film – Teil zwei"},
      {"{Movie Title:FR}", "The Film - Part+Two"},
      {"{Movie CleanTitle}", "The Film Part Two"},
      {"{Movie TitleThe}", "Film - Part+Two, The"},
      {"{Movie Title:11}", "The Film..."},
      {"{Movie CleanTitle:-11}", "...Part Two"},
      {"{Movie TitleFirstCharacter}/{Movie CollectionThe}\\{Movie OriginalTitle}", "F/Films, The/Der Film"},
      {"{Movie OriginalTitle} {tmdb-{TmdbId}}", "Der Film"},
      {"{Movie OriginalTitle} {{tmdb-{TmdbId}}} x", "Der Film x"},
      {"{Movie OriginalTitle} {imdb-{ImdbId}}", "Der Film {imdb-tt0000042}"},
      {"{Movie OriginalTitle}{ - Edition Tags}{-Release Group}", "Der Film - Director's Cut-GRP"},
      {"{Movie OriginalTitle}{ - Movie Certification}{[MediaInfo 3D]}", "Der Film"},
      {"{Original Title}|{Original Filename}", "old.name|old.name"},
      {"{Custom Formats}", "AMZN Hybrid"},
      {"{Custom.Formats:Hybrid,secret}", "Hybrid"},
      {"{Custom Formats:-Hybrid}", "AMZN"},
      {"{Custom Format:Hybrid} {Custom Format:secret}", "Hybrid"},
      {"{MediaInfo Simple} {MediaInfo VideoBitDepth}bit {MediaInfo VideoDynamicRange}", "h265 EAC3 10bit HDR"},
      {"{MediaInfo VideoDynamicRangeType} {MediaInfo AudioChannels}{MediaInfo AudioLanguages}", "DV HDR10 5.1[EN+DE]"},
      {"{MediaInfo Full}", "h265 EAC3 [EN+DE] [EN]"},
      {"{MediaInfo SubtitleLanguages:DE+}", "[-]"},
      {"{Movie OriginalTitle} {No Such}{x", "Der Film {x"},
      {"{Movie Three Words} {}", "{Movie Three Words} {}"},
      {"../{Movie OriginalTitle}/./..", "Der Film"},
      {"", ""},
      {"////", ""},
  };
  Fixture fixture;
  fixture_init(&fixture);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *got = naming_render(rows[i].template, &fixture.facts, NULL, NULL);
    if (strcmp(got, rows[i].want) != 0)
      g_error("%s: \"%s\"", rows[i].template, got);
  }
  for (size_t i = 0; naming_token_row(i); i++) { /* each token is one, with everything known and with nothing */
    g_autofree char *template = g_strdup_printf("{Movie Title} {%s%s}", naming_token_row(i)->name,
                                                strcmp(naming_token_row(i)->name, "Custom Format") == 0 ? ":AMZN" : "");
    g_autoptr(GError) error = NULL;
    g_assert_true(naming_check(template, NAMING_FILE, NULL, &error));
    Movie nothing = {.title = "X"};
    g_autofree char *full = naming_render(template, &fixture.facts, ".mkv", NULL);
    g_autofree char *empty = naming_render(template, &(NamingFacts){.movie = &nothing}, ".mkv", NULL);
    g_assert_true(g_str_has_suffix(full, ".mkv") && g_str_has_prefix(empty, "X"));
  }
  fixture_clear(&fixture);
}

static void test_limits(void)
{
  Fixture fixture;
  fixture_init(&fixture);
  g_autoptr(GString) title = g_string_new(NULL);
  for (int i = 0; i < 200; i++)
    g_string_append(title, "日本");
  fixture.movie.title = title->str;
  static const char *const templates[] = {"{Movie Title} ({Release Year}) {[Quality Full]}",
                                          "{Movie Title} - {Movie TitleThe}",
                                          "{Movie Title:DE} {Movie Title}",
                                          "{Movie TitleFirstCharacter}/{Movie Title}",
                                          "{Movie Title:-300}",
                                          "{Movie Title}/{TmdbId}"};
  for (size_t i = 0; i < G_N_ELEMENTS(templates); i++)
    for (size_t limit = 40; limit <= 255; limit += 43) {
      NamingOptions options = {.max_component_bytes = limit};
      g_autofree char *name = naming_render(templates[i], &fixture.facts, ".mkv", &options);
      g_assert_true(g_utf8_validate(name, -1, NULL));
      g_assert_true(g_str_has_suffix(name, ".mkv"));
      g_auto(GStrv) parts = g_strsplit(name, "/", -1);
      for (char **part = parts; *part; part++)
        g_assert_cmpuint(strlen(*part), <=, limit);
    }
  g_autofree char *shortened = naming_render(templates[0], &fixture.facts, ".mkv", NULL);
  g_assert_true(g_str_has_suffix(shortened, "... (2015) [Bluray-1080p Repack REAL].mkv")); /* the title gave way, nothing else */
  g_assert_cmpuint(strlen(shortened), >, 245);
  g_autofree char *literal = g_strnfill(400, 'x'), *long_template = g_strconcat("{ImdbId}", literal, NULL);
  g_autofree char *cut = naming_render(long_template, &fixture.facts, ".mkv", NULL);
  g_assert_cmpuint(strlen(cut), ==, 255);
  g_autoptr(GError) error = NULL;
  g_autofree char *path = naming_path("{ImdbId}", &fixture.facts, "/films", ".mkv", NULL, &error);
  g_assert_cmpstr(path, ==, "/films/tt0000042.mkv");
  g_assert_null(naming_path("{ImdbId}", &fixture.facts, "/films", ".mkv", &(NamingOptions){.max_path_bytes = 10}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error(&error);
  g_assert_null(naming_path("{TmdbId}", &fixture.facts, "/films", ".mkv", NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  fixture_clear(&fixture);
}

static void test_bad_input(void)
{
  g_autofree char *dots = g_strnfill(10000, '.'), *braces = g_strnfill(10000, '{'), *long_text = g_strnfill(65536, 'x');
  const char *bad[] = {
      "", dots, braces, long_text, "\xff\xfe{Movie Title}", "\n\t\a", "\u202Egnp.exe", "\x9c\xc3", "e\u0301\u0301\u0301\u0301"};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
    for (size_t k = 0; k < G_N_ELEMENTS(bad); k++) {
      Movie movie = {.title = (char *)bad[i]};
      NamingFacts facts = {.movie = &movie, .edition = bad[i], .group = bad[i], .file_name = bad[i]};
      g_autofree char *template =
          g_strconcat("{Movie TitleFirstCharacter} {Movie CleanTitleThe} {Edition Tags} {Original Title} ", bad[k], NULL);
      g_autofree char *name = naming_render(template, &facts, ".mkv", NULL);
      g_assert_true(g_utf8_validate(name, -1, NULL));
      g_assert_cmpuint(strlen(name), <=, 255);
      g_assert_null(strpbrk(name, "\n\t\a\\:"));
    }
}

static void test_extension(void)
{
  static const char *const rows[][2] = {
      {"a.mkv", ".mkv"}, {"a.m2ts", ".m2ts"},     {"A.Film.x264-GRP", ""}, {"a.2015", ""}, {".hidden", ""}, {"a.", ""}, {"a", ""},
      {"", ""},          {"A.Film.Extended", ""}, {"a.b.3gp", ".3gp"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(naming_extension(rows[i][0]), ==, rows[i][1]);
}

static void test_check(void)
{
  g_autofree char *long_template = g_strnfill(NAMING_TEMPLATE_MAX_BYTES + 1, 'x');
  const struct {
    const char *template, *message; /* NULL: it is good */
  } rows[] = {
      {"{Movie Title} ({Release Year}) {edition-{Edition Tags}} {[Quality Full]}{-Release Group}", NULL},
      {"{Movie TitleFirstCharacter}/{Movie CleanTitle:DE|FR} {tmdb-{TmdbId}}", NULL},
      {"{ImdbId}{MediaInfo AudioLanguages:EN+DE}{Custom Formats:-A,B}{Custom Format:A}{Movie Title:30}", NULL},
      {"", "The template is empty. "},
      {long_template, "The template has 2049 bytes; at most 2048 are read."},
      {"é{Movie Title} {x", "The template cannot be used: at character 16, the brace opens no token such as {Movie Title}."},
      {"{Movie Title} {Movie Titel}",
       "The template cannot be used: at character 16, there is no token of this name: Movie Titel."},
      {"{Movie Title} x}", "The template cannot be used: at character 16, the brace closes no token."},
      {"{edition-{Edition Tags} {Movie Title}", "The template cannot be used: at character 1, the brace opens no token"},
      {"{Movie Title}: x", "The template cannot be used: at character 14, this character may not stand in a file's name: :."},
      {"{Movie Title}\a", "The template cannot be used: at character 14, there is a control character."},
      {"{Movie Title}\xff", "The template cannot be used: at character 14, there is a byte that is not UTF-8."},
      {"{Movie Title:XY}", "The template cannot be used: at character 14, this is no language that titles have: XY."},
      {"{Movie Title:2}", "The template cannot be used: at character 14, a length must be more than 3 bytes."},
      {"{ImdbId:20}", "The template cannot be used: at character 9, this token takes no length: ImdbId."},
      {"{Release Group:x}", "The template cannot be used: at character 16, this token takes no such argument: Release Group."},
      {"{Movie Title} {Custom Format}", "The template cannot be used: at character 16, the custom format's name is missing"},
      {"{Quality Full}", "The template would give every film the same file name."},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    bool good = naming_check(rows[i].template, NAMING_FILE, NULL, &error);
    if (good != !rows[i].message || (error && !g_str_has_prefix(error->message, rows[i].message)))
      g_error("%s: %s", rows[i].template, error ? error->message : "accepted");
  }
  g_assert_true(naming_check("{Movie Title}: x", NAMING_FILE, &(NamingOptions){.target = NAMING_POSIX}, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/naming/tokens", test_tokens);
  g_test_add_func("/naming/limits", test_limits);
  g_test_add_func("/naming/bad-input", test_bad_input);
  g_test_add_func("/naming/extension", test_extension);
  g_test_add_func("/naming/check", test_check);
  return g_test_run();
}
