#include "release/movie.h"

#include <string.h>

enum { DAY = 24 * 3600 * 1000 };

static void test_record(void)
{
  g_autoptr(Movie) movie = record_new(&movie_table);
  g_assert_true(movie->monitored);
  g_assert_cmpint(movie->in_cinemas_ms, ==, FIELD_NULL_INT);
  g_assert_cmpint(movie->original_language, ==, LANGUAGE_UNKNOWN);
}

static void test_availability(void)
{
  const int64_t none = FIELD_NULL_INT;
  const struct {
    MinimumAvailability minimum;
    int64_t cinemas, physical, digital, delay_days, want;
  } rows[] = {
      {AVAILABLE_ANNOUNCED, none, none, none, 0, INT64_MIN},
      {AVAILABLE_ANNOUNCED, 5, 5, 5, 99, INT64_MIN},
      {AVAILABLE_IN_CINEMAS, 7, 9, 8, 0, 7},
      {AVAILABLE_IN_CINEMAS, none, 9, 8, 0, 8},
      {AVAILABLE_IN_CINEMAS, none, none, none, 0, INT64_MAX},
      {AVAILABLE_IN_CINEMAS, 7, none, none, -1, 7 - DAY},
      {AVAILABLE_RELEASED, 7, 9, 8, 0, 8},
      {AVAILABLE_RELEASED, 7, 9, none, 2, 9 + 2 * DAY},
      {AVAILABLE_RELEASED, 7, none, none, 0, 7 + 90LL * DAY},
      {AVAILABLE_RELEASED, none, none, none, 0, INT64_MAX},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Movie movie = {.minimum_availability = (int)rows[i].minimum,
                   .in_cinemas_ms = rows[i].cinemas,
                   .physical_ms = rows[i].physical,
                   .digital_ms = rows[i].digital};
    g_assert_cmpint(movie_available_from_ms(&movie, rows[i].delay_days), ==, rows[i].want);
  }
}

static void test_match(void)
{
  static const struct {
    const char *name, *imdb_id;
    int64_t tmdb_id;
    MovieMatch want;
  } rows[] = {
      {"Rocky.II.1979.1080p.BluRay.x264-G", NULL, 0, MOVIE_MATCHES_TITLE},
      {"Rocky.2.1979.1080p.BluRay.x264-G", NULL, 0, MOVIE_MATCHES_TITLE},
      {"Rocky.III.1979.1080p.BluRay.x264-G", NULL, 0, MOVIE_DIFFERS},
      {"Rocky.II.1982.1080p.BluRay.x264-G", NULL, 0, MOVIE_DIFFERS},
      {"Rocky.II.1980.1080p.BluRay.x264-G", NULL, 0, MOVIE_MATCHES_TITLE}, /* its other year */
      {"Rocky.II.1080p.BluRay.x264-G", NULL, 0, MOVIE_MATCHES_TITLE},      /* none given */
      {"Le.Retour.De.Rocky.1979.1080p.BluRay.x264-G", NULL, 0, MOVIE_MATCHES_TITLE},
      {"Rocky.der.Zweite.1979.1080p.BluRay.x264-G", NULL, 0, MOVIE_MATCHES_TITLE},
      {"Something.Else.1979.1080p.BluRay.x264-G", "tt0079817", 0, MOVIE_MATCHES_ID},
      {"Something.Else.1979.1080p.BluRay.x264-G", "", 1367, MOVIE_MATCHES_ID},
      {"Something.Else.1999.1080p.BluRay.x264-G", NULL, 1367, MOVIE_DIFFERS},
      {"Rocky.II.1979.1080p.BluRay.x264-G", "tt0000001", 0, MOVIE_DIFFERS},
      {"Something Else (1979) {tmdb-1367} 1080p BluRay", NULL, 0, MOVIE_MATCHES_ID},
      {"Rocky II (1979) {tmdb-99} 1080p BluRay", NULL, 0, MOVIE_DIFFERS},
  };
  char *others[] = {"Le Retour de Rocky", NULL};
  g_autoptr(GPtrArray) translations = records_new(&movie_translation_table);
  MovieTranslation *german = record_new(&movie_translation_table);
  german->language = LANGUAGE_GERMAN;
  german->title = (g_free(german->title), g_strdup("Rocky der Zweite"));
  g_ptr_array_add(translations, german);
  Movie movie = {.title = "Rocky II",
                 .year = 1979,
                 .secondary_year = 1980,
                 .imdb_id = "tt0079817",
                 .tmdb_id = 1367,
                 .alternative_titles = others,
                 .translations = translations};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = release_parse(rows[i].name, strlen(rows[i].name), NULL);
    if (movie_match(&movie, release, rows[i].imdb_id, rows[i].tmdb_id) != rows[i].want)
      g_error("%s", rows[i].name);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/movie/record", test_record);
  g_test_add_func("/movie/availability", test_availability);
  g_test_add_func("/movie/match", test_match);
  return g_test_run();
}
