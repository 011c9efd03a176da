/* The film's record, when it can be had, and whether a release is of it. Test: tests/unit/release/test_movie.c */
#include "release/movie.h"

#include <string.h>

static const EnumRow minimum_availability_rows[] = {
    {AVAILABLE_ANNOUNCED, "announced", "As soon as it is known of"},
    {AVAILABLE_IN_CINEMAS, "inCinemas", "When it is in cinemas"},
    {AVAILABLE_RELEASED, "released", "When it is out on disc or as a stream"},
};
const EnumTable minimum_availability_table = ENUM_TABLE("MinimumAvailability", minimum_availability_rows);

static const Field movie_translation_fields[] = {
    FIELD_ENUM(MovieTranslation, language, release_language_table, .flags = FIELD_REQUIRED, .preset = "Unknown",
               .help = "Language of the title."),
    FIELD_TEXT(MovieTranslation, title, .flags = FIELD_REQUIRED, .min = 1, .max = 1024, .help = "The title in it."),
};
const FieldTable movie_translation_table = FIELD_TABLE(MovieTranslation, "MovieTranslation", NULL, movie_translation_fields);

static const Field movie_fields[] = {
    FIELD_INT(Movie, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the film."),
    FIELD_TEXT(Movie, title, .flags = FIELD_REQUIRED, .min = 1, .max = 1024, .help = "Title."),
    FIELD_TEXT(Movie, original_title, .max = 1024, .help = "Title where it was made."),
    FIELD_STRINGS(Movie, alternative_titles, .max = 512, .help = "Other names of it."),
    FIELD_RECORDS(Movie, translations, movie_translation_table, .max = 512, .help = "Titles in other languages."),
    FIELD_INT(Movie, year, .max = 9999, .help = "Year; 0: not known."),
    FIELD_INT(Movie, secondary_year, .max = 9999, .help = "Another year that it is dated with; 0: none."),
    FIELD_TEXT(Movie, imdb_id, .max = 16, .help = "IMDb's number, with tt."),
    FIELD_INT(Movie, tmdb_id, .max = 1e9, .help = "TMDB's number; 0: not known."),
    FIELD_ENUM(Movie, original_language, release_language_table, .preset = "Unknown", .help = "What it was made in."),
    FIELD_INT(Movie, running_minutes, .max = 100000, .help = "Running time in minutes; 0: not known."),
    FIELD_TEXT(Movie, certification, .max = 64, .help = "Who may see it: PG-13."),
    FIELD_TEXT(Movie, collection, .max = 1024, .help = "The series of films that it belongs to."),
    FIELD_BOOL(Movie, monitored, .preset = "true", .help = "Releases of it are looked for."),
    FIELD_ENUM(Movie, minimum_availability, minimum_availability_table, .preset = "released",
               .help = "When releases of it are believed."),
    FIELD_INT(Movie, in_cinemas_ms, .flags = FIELD_NULLABLE, .help = "When it came to cinemas, epoch milliseconds."),
    FIELD_INT(Movie, physical_ms, .flags = FIELD_NULLABLE, .help = "When it came out on disc, epoch milliseconds."),
    FIELD_INT(Movie, digital_ms, .flags = FIELD_NULLABLE, .help = "When it came out as a stream, epoch milliseconds."),
    FIELD_INTS(Movie, tags, .max = 256, .help = "Numbers of tags."),
};
const FieldTable movie_table = FIELD_TABLE(Movie, "MovieFacts", NULL, movie_fields);

void movie_free(Movie *movie)
{
  if (movie)
    record_free(&movie_table, movie);
}

enum { DAYS_FROM_CINEMA_TO_RELEASE = 90 }; /* as Radarr guesses */
static const int64_t day_ms = 24 * 3600 * 1000LL;

static int64_t released_ms(const Movie *movie)
{
  int64_t first = FIELD_NULL_INT;
  if (movie->physical_ms != FIELD_NULL_INT && movie->digital_ms != FIELD_NULL_INT)
    first = MIN(movie->physical_ms, movie->digital_ms);
  else if (movie->physical_ms != FIELD_NULL_INT)
    first = movie->physical_ms;
  else if (movie->digital_ms != FIELD_NULL_INT)
    first = movie->digital_ms;
  else if (movie->in_cinemas_ms != FIELD_NULL_INT)
    first = movie->in_cinemas_ms + DAYS_FROM_CINEMA_TO_RELEASE * day_ms;
  return first;
}

int64_t movie_available_from_ms(const Movie *movie, int64_t delay_days)
{
  int64_t from = released_ms(movie);
  if (movie->minimum_availability == AVAILABLE_ANNOUNCED)
    return INT64_MIN;
  if (movie->minimum_availability == AVAILABLE_IN_CINEMAS && movie->in_cinemas_ms != FIELD_NULL_INT)
    from = movie->in_cinemas_ms;
  return from == FIELD_NULL_INT ? INT64_MAX : from + delay_days * day_ms;
}

/* A cleaned title with its words' Roman numbers as Arabic ones: "rockyii" cannot be told apart any more, so this goes first. */
static char *comparable(const char *title)
{
  static const char *const roman[] = {"I",  "II", "III", "IV",  "V",    "VI",  "VII", "VIII",
                                      "IX", "X",  "XI",  "XII", "XIII", "XIV", "XV"};
  g_auto(GStrv) words = g_strsplit_set(title, " :-", -1);
  for (char **word = words; *word; word++)
    for (size_t i = 0; word != words && i < G_N_ELEMENTS(roman); i++)
      if (strcmp(*word, roman[i]) == 0) {
        g_free(*word);
        *word = g_strdup_printf("%zu", i + 1);
        break;
      }
  g_autofree char *joined = g_strjoinv(" ", words);
  return release_clean_title(joined);
}

static bool same_title(const char *a, const char *b)
{
  if (!a || !b || !*a || !*b)
    return false;
  g_autofree char *clean_a = release_clean_title(a), *clean_b = release_clean_title(b);
  if (*clean_a && strcmp(clean_a, clean_b) == 0)
    return true;
  g_autofree char *arabic_a = comparable(a), *arabic_b = comparable(b);
  return *arabic_a && strcmp(arabic_a, arabic_b) == 0;
}

static bool has_title(const Movie *movie, const char *title)
{
  if (same_title(movie->title, title) || same_title(movie->original_title, title))
    return true;
  for (char **other = movie->alternative_titles; other && *other; other++)
    if (same_title(*other, title))
      return true;
  for (guint i = 0; movie->translations && i < movie->translations->len; i++)
    if (same_title(((const MovieTranslation *)movie->translations->pdata[i])->title, title))
      return true;
  return false;
}

/* Less than 0: an id of another film; more: its own; 0: nothing known. */
static int compare_ids(const Movie *movie, const char *imdb_id, int64_t tmdb_id)
{
  bool has_imdb = imdb_id && *imdb_id && movie->imdb_id && *movie->imdb_id, has_tmdb = tmdb_id > 0 && movie->tmdb_id > 0;
  if ((has_imdb && strcmp(imdb_id, movie->imdb_id) == 0) || (has_tmdb && tmdb_id == movie->tmdb_id))
    return 1;
  return has_imdb || has_tmdb ? -1 : 0;
}

MovieMatch movie_match(const Movie *movie, const Release *release, const char *imdb_id, int64_t tmdb_id)
{
  bool right_year = release->year == 0 || release->year == movie->year ||
                    (movie->secondary_year > 0 && release->year == movie->secondary_year) || movie->year == 0;
  int ids = compare_ids(movie, imdb_id, tmdb_id);
  if (ids == 0)
    ids = compare_ids(movie, release->imdb_id, release->tmdb_id);
  if (ids < 0 || !right_year)
    return MOVIE_DIFFERS;
  bool titled = has_title(movie, release->title);
  for (char **title = release->titles; title && *title && !titled; title++)
    titled = has_title(movie, *title);
  if (titled)
    return MOVIE_MATCHES_TITLE;
  return ids > 0 ? MOVIE_MATCHES_ID : MOVIE_DIFFERS;
}
