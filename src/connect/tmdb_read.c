/* Decides what of TMDB's answers is kept, and when it counts as unknown: "", 0 and null all mean so there.
 * Test: tests/unit/connect/test_tmdb_read.c; fuzzed by tests/fuzz/fuzz_tmdb.c */
#include "connect/tmdb_read.h"

#include "base/error.h"
#include "wire/json_pick.h"

#include <string.h>

enum { MAX_NAME_BYTES = 1024, MAX_OVERVIEW_BYTES = 16 * 1024, MAX_CODE_BYTES = 16, DATE_CHARACTERS = 10 };

static const EnumRow kind_rows[] = {
    {TMDB_MOVIE, "movie", "A movie"},
    {TMDB_SHOW, "show", "A series"},
};
const EnumTable tmdb_kind_table = ENUM_TABLE("TmdbKind", kind_rows);

static const EnumRow release_type_rows[] = {
    {TMDB_PREMIERE, "premiere", "First shown, at a festival say"},
    {TMDB_THEATRICAL_LIMITED, "theatrical-limited", "In some cinemas"},
    {TMDB_THEATRICAL, "theatrical", "In cinemas"},
    {TMDB_DIGITAL, "digital", "To stream or to download"},
    {TMDB_PHYSICAL, "physical", "On disc"},
    {TMDB_TV, "tv", "On television"},
};
const EnumTable tmdb_release_type_table = ENUM_TABLE("TmdbReleaseType", release_type_rows);

static const Field release_fields[] = {
    FIELD_TEXT(TmdbRelease, region, .help = "The country, by ISO 3166-1."),
    FIELD_ENUM(TmdbRelease, type, tmdb_release_type_table, .help = "In what form."),
    FIELD_TEXT(TmdbRelease, date, .help = "The day, as 1999-10-15."),
};
const FieldTable tmdb_release_table = FIELD_TABLE(TmdbRelease, "TmdbRelease", NULL, release_fields);

static const Field movie_fields[] = {
    FIELD_INT(TmdbMovie, tmdb_id, .help = "Its id at The Movie Database."),
    FIELD_TEXT(TmdbMovie, imdb_id, .flags = FIELD_NULLABLE, .help = "Its id at IMDb."),
    FIELD_TEXT(TmdbMovie, title, .flags = FIELD_NULLABLE, .help = "Its title in the language that was asked for."),
    FIELD_TEXT(TmdbMovie, original_title, .flags = FIELD_NULLABLE, .help = "Its title where it was made."),
    FIELD_TEXT(TmdbMovie, original_language, .flags = FIELD_NULLABLE, .help = "The language it was made in, in TMDB's codes."),
    FIELD_INT(TmdbMovie, year, .flags = FIELD_NULLABLE, .help = "Of its first release."),
    FIELD_TEXT(TmdbMovie, release_date, .flags = FIELD_NULLABLE, .help = "Its first release anywhere."),
    FIELD_INT(TmdbMovie, runtime_minutes, .flags = FIELD_NULLABLE, .help = "Its length in minutes."),
    FIELD_TEXT(TmdbMovie, status, .flags = FIELD_NULLABLE, .help = "Whether it is out, in TMDB's words."),
    FIELD_TEXT(TmdbMovie, overview, .flags = FIELD_NULLABLE, .help = "What it is about."),
    FIELD_INT(TmdbMovie, collection_id, .flags = FIELD_NULLABLE, .help = "Of the collection it belongs to."),
    FIELD_TEXT(TmdbMovie, collection, .flags = FIELD_NULLABLE, .help = "The collection it belongs to."),
    FIELD_TEXT(TmdbMovie, poster_path, .flags = FIELD_NULLABLE, .help = "Its poster, below TMDB's image host."),
    FIELD_RECORDS(TmdbMovie, releases, tmdb_release_table, .max = TMDB_MAX_RELEASES, .help = "When it came out where."),
};
const FieldTable tmdb_movie_table = FIELD_TABLE(TmdbMovie, "TmdbMovie", NULL, movie_fields);

static const Field show_fields[] = {
    FIELD_INT(TmdbShow, tmdb_id, .help = "Its id at The Movie Database."),
    FIELD_INT(TmdbShow, tvdb_id, .flags = FIELD_NULLABLE, .help = "Its id at TheTVDB."),
    FIELD_TEXT(TmdbShow, imdb_id, .flags = FIELD_NULLABLE, .help = "Its id at IMDb."),
    FIELD_TEXT(TmdbShow, title, .flags = FIELD_NULLABLE, .help = "Its title in the language that was asked for."),
    FIELD_TEXT(TmdbShow, original_title, .flags = FIELD_NULLABLE, .help = "Its title where it was made."),
    FIELD_TEXT(TmdbShow, original_language, .flags = FIELD_NULLABLE, .help = "The language it was made in, in TMDB's codes."),
    FIELD_INT(TmdbShow, year, .flags = FIELD_NULLABLE, .help = "Of its first episode."),
    FIELD_TEXT(TmdbShow, first_air_date, .flags = FIELD_NULLABLE, .help = "The day of its first episode."),
    FIELD_INT(TmdbShow, runtime_minutes, .flags = FIELD_NULLABLE, .help = "The length of an episode in minutes."),
    FIELD_TEXT(TmdbShow, status, .flags = FIELD_NULLABLE, .help = "Whether it goes on, in TMDB's words."),
    FIELD_TEXT(TmdbShow, overview, .flags = FIELD_NULLABLE, .help = "What it is about."),
    FIELD_TEXT(TmdbShow, poster_path, .flags = FIELD_NULLABLE, .help = "Its poster, below TMDB's image host."),
};
const FieldTable tmdb_show_table = FIELD_TABLE(TmdbShow, "TmdbShow", NULL, show_fields);

static const Field hit_fields[] = {
    FIELD_ENUM(TmdbHit, kind, tmdb_kind_table, .help = "Whether it is a movie or a series."),
    FIELD_INT(TmdbHit, tmdb_id, .help = "Its id at The Movie Database."),
    FIELD_TEXT(TmdbHit, title, .flags = FIELD_NULLABLE, .help = "Its title in the language that was asked for."),
    FIELD_TEXT(TmdbHit, original_title, .flags = FIELD_NULLABLE, .help = "Its title where it was made."),
    FIELD_TEXT(TmdbHit, original_language, .flags = FIELD_NULLABLE, .help = "The language it was made in, in TMDB's codes."),
    FIELD_INT(TmdbHit, year, .flags = FIELD_NULLABLE, .help = "Of its first release or episode."),
    FIELD_TEXT(TmdbHit, overview, .flags = FIELD_NULLABLE, .help = "What it is about."),
};
const FieldTable tmdb_hit_table = FIELD_TABLE(TmdbHit, "TmdbHit", NULL, hit_fields);

/* The day of "1999-10-15" or "1999-10-15T00:00:00.000Z"; NULL if it is no day. */
static char *pick_date(const json_t *object, const char *path)
{
  g_autofree char *text = json_pick_text(object, path, 64);
  if (!text || strlen(text) < DATE_CHARACTERS)
    return NULL;
  for (int i = 0; i < DATE_CHARACTERS; i++)
    if (i == 4 || i == 7 ? text[i] != '-' : !g_ascii_isdigit(text[i]))
      return NULL;
  GDate date;
  g_date_clear(&date, 1);
  GDateMonth month = (GDateMonth)g_ascii_strtoull(text + 5, NULL, 10);
  if (!g_date_valid_dmy((GDateDay)g_ascii_strtoull(text + 8, NULL, 10), month, (GDateYear)g_ascii_strtoull(text, NULL, 10)))
    return NULL;
  return g_strndup(text, DATE_CHARACTERS);
}

static int64_t year_of(const char *date)
{
  return date ? (int64_t)g_ascii_strtoull(date, NULL, 10) : FIELD_NULL_INT;
}

/* In the language that was asked for, else the original, else NULL. */
static char *pick_title(const json_t *object, const char *path, const char *original)
{
  char *title = json_pick_text(object, path, MAX_NAME_BYTES);
  return title ? title : g_strdup(original);
}

/* NULL with UPSTREAM if the text is no JSON object. */
static json_t *parse_answer(const char *text, size_t length, GError **error)
{
  g_autoptr(GError) problem = NULL;
  g_autoptr(json_t) answer = json_parse(text, length, &problem);
  if (json_is_object(answer))
    return g_steal_pointer(&answer);
  fail(error, REEVE_ERROR_UPSTREAM, "TMDB's answer cannot be read: %s. Check the address; something else may be answering there.",
       problem ? problem->message : "it is not a JSON object");
  return NULL;
}

/* The same for an answer about one thing, which has an id. */
static json_t *parse_thing(const char *text, size_t length, int64_t *ret_id, GError **error)
{
  g_autoptr(json_t) answer = parse_answer(text, length, error);
  int64_t id = json_pick_positive(answer, "id");
  if (answer && id == FIELD_NULL_INT)
    fail(error, REEVE_ERROR_UPSTREAM, "TMDB's answer has no id. Check the address; something else may be answering there.");
  if (id == FIELD_NULL_INT)
    return NULL;
  *ret_id = id;
  return g_steal_pointer(&answer);
}

/* The same for an answer with lists, one of which is `name`. */
static json_t *parse_list(const char *text, size_t length, const char *name, GError **error)
{
  g_autoptr(json_t) answer = parse_answer(text, length, error);
  if (!answer || json_pick_array(answer, name))
    return g_steal_pointer(&answer);
  fail(error, REEVE_ERROR_UPSTREAM, "TMDB's answer has no %s. Check the address; something else may be answering there.", name);
  return NULL;
}

/* The dates of one region, appended. */
static void read_releases_of(const json_t *region, GPtrArray *releases)
{
  const json_t *dates = json_pick_array(region, "release_dates");
  for (size_t i = 0; i < json_array_size(dates) && releases->len < TMDB_MAX_RELEASES; i++) {
    const json_t *json = json_array_get(dates, i);
    g_autofree char *date = pick_date(json, "release_date"), *code = json_pick_text(region, "iso_3166_1", MAX_CODE_BYTES);
    int64_t type = json_pick_int(json, "type");
    if (!date || !code || type < TMDB_PREMIERE || type > TMDB_TV)
      continue;
    TmdbRelease *release = record_new(&tmdb_release_table);
    release->type = (int)type;
    release->region = (g_free(release->region), g_steal_pointer(&code));
    release->date = (g_free(release->date), g_steal_pointer(&date));
    g_ptr_array_add(releases, release);
  }
}

static GPtrArray *read_releases(const json_t *answer)
{
  GPtrArray *releases = records_new(&tmdb_release_table);
  const json_t *regions = json_pick_array(answer, "release_dates.results");
  for (size_t i = 0; i < json_array_size(regions); i++)
    read_releases_of(json_array_get(regions, i), releases);
  return releases;
}

bool tmdb_read_movie(const char *text, size_t length, TmdbMovie *ret_movie, GError **error)
{
  int64_t id = 0;
  g_autoptr(json_t) answer = parse_thing(text, length, &id, error);
  if (!answer)
    return false;
  TmdbMovie movie = {
      .tmdb_id = id,
      .imdb_id = json_pick_text(answer, "imdb_id", MAX_CODE_BYTES),
      .original_title = json_pick_text(answer, "original_title", MAX_NAME_BYTES),
      .original_language = json_pick_text(answer, "original_language", MAX_CODE_BYTES),
      .release_date = pick_date(answer, "release_date"),
      .runtime_minutes = json_pick_positive(answer, "runtime"),
      .status = json_pick_text(answer, "status", MAX_NAME_BYTES),
      .overview = json_pick_text(answer, "overview", MAX_OVERVIEW_BYTES),
      .collection_id = json_pick_positive(answer, "belongs_to_collection.id"),
      .collection = json_pick_text(answer, "belongs_to_collection.name", MAX_NAME_BYTES),
      .poster_path = json_pick_text(answer, "poster_path", MAX_NAME_BYTES),
      .releases = read_releases(answer),
  };
  movie.title = pick_title(answer, "title", movie.original_title);
  movie.year = year_of(movie.release_date);
  if (!movie.imdb_id)
    movie.imdb_id = json_pick_text(answer, "external_ids.imdb_id", MAX_CODE_BYTES);
  *ret_movie = movie;
  return true;
}

bool tmdb_read_show(const char *text, size_t length, TmdbShow *ret_show, GError **error)
{
  int64_t id = 0;
  g_autoptr(json_t) answer = parse_thing(text, length, &id, error);
  if (!answer)
    return false;
  const json_t *runtime = json_array_get(json_pick_array(answer, "episode_run_time"), 0);
  TmdbShow show = {
      .tmdb_id = id,
      .tvdb_id = json_pick_positive(answer, "external_ids.tvdb_id"),
      .imdb_id = json_pick_text(answer, "external_ids.imdb_id", MAX_CODE_BYTES),
      .original_title = json_pick_text(answer, "original_name", MAX_NAME_BYTES),
      .original_language = json_pick_text(answer, "original_language", MAX_CODE_BYTES),
      .first_air_date = pick_date(answer, "first_air_date"),
      .runtime_minutes = json_integer_value(runtime) > 0 ? json_integer_value(runtime) : FIELD_NULL_INT,
      .status = json_pick_text(answer, "status", MAX_NAME_BYTES),
      .overview = json_pick_text(answer, "overview", MAX_OVERVIEW_BYTES),
      .poster_path = json_pick_text(answer, "poster_path", MAX_NAME_BYTES),
  };
  show.title = pick_title(answer, "name", show.original_title);
  show.year = year_of(show.first_air_date);
  *ret_show = show;
  return true;
}

static bool has_hit(const GPtrArray *hits, TmdbKind kind, int64_t id)
{
  for (guint i = 0; i < hits->len; i++) {
    const TmdbHit *hit = g_ptr_array_index(hits, i);
    if (hit->kind == (int)kind && hit->tmdb_id == id)
      return true;
  }
  return false;
}

static TmdbHit *add_hit(GPtrArray *hits, TmdbKind kind, int64_t id)
{
  if (id == FIELD_NULL_INT || hits->len >= TMDB_MAX_HITS || has_hit(hits, kind, id))
    return NULL;
  TmdbHit *hit = record_new(&tmdb_hit_table);
  hit->kind = (int)kind;
  hit->tmdb_id = id;
  g_ptr_array_add(hits, hit);
  return hit;
}

static void add_hits(GPtrArray *hits, TmdbKind kind, const json_t *results)
{
  bool movie = kind == TMDB_MOVIE;
  for (size_t i = 0; i < json_array_size(results); i++) {
    const json_t *json = json_array_get(results, i);
    TmdbHit *hit = add_hit(hits, kind, json_pick_positive(json, "id"));
    if (!hit)
      continue;
    g_autofree char *date = pick_date(json, movie ? "release_date" : "first_air_date");
    hit->original_title = json_pick_text(json, movie ? "original_title" : "original_name", MAX_NAME_BYTES);
    hit->title = pick_title(json, movie ? "title" : "name", hit->original_title);
    hit->original_language = json_pick_text(json, "original_language", MAX_CODE_BYTES);
    hit->overview = json_pick_text(json, "overview", MAX_OVERVIEW_BYTES);
    hit->year = year_of(date);
  }
}

GPtrArray *tmdb_read_found(const char *text, size_t length, GError **error)
{
  g_autoptr(json_t) answer = parse_list(text, length, "tv_results", error);
  if (!answer)
    return NULL;
  GPtrArray *hits = records_new(&tmdb_hit_table);
  add_hits(hits, TMDB_MOVIE, json_pick_array(answer, "movie_results"));
  add_hits(hits, TMDB_SHOW, json_pick_array(answer, "tv_results"));
  static const char *const parts[] = {"tv_season_results", "tv_episode_results"};
  for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
    const json_t *results = json_pick_array(answer, parts[i]);
    for (size_t j = 0; j < json_array_size(results); j++)
      add_hit(hits, TMDB_SHOW, json_pick_positive(json_array_get(results, j), "show_id"));
  }
  return hits;
}

GPtrArray *tmdb_read_search(TmdbKind kind, const char *text, size_t length, GError **error)
{
  g_autoptr(json_t) answer = parse_list(text, length, "results", error);
  if (!answer)
    return NULL;
  GPtrArray *hits = records_new(&tmdb_hit_table);
  add_hits(hits, kind, json_pick_array(answer, "results"));
  return hits;
}

const char *tmdb_release_date(const TmdbMovie *movie, const char *region, TmdbReleaseType type)
{
  const char *earliest = NULL;
  for (guint i = 0; movie->releases && i < movie->releases->len; i++) {
    const TmdbRelease *release = g_ptr_array_index(movie->releases, i);
    if (release->type == (int)type && (!region || g_ascii_strcasecmp(region, release->region) == 0) &&
        (!earliest || strcmp(release->date, earliest) < 0))
      earliest = release->date;
  }
  return earliest;
}
