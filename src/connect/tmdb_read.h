/* The answers of The Movie Database (API version 3) as records. Pure. What an answer leaves out, or says in another kind than its
 * documents, counts as absent; without an id there is no record.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "base/field.h"

typedef enum { TMDB_MOVIE, TMDB_SHOW } TmdbKind;
extern const EnumTable tmdb_kind_table;

/* The numbers are TMDB's. */
typedef enum {
  TMDB_PREMIERE = 1,
  TMDB_THEATRICAL_LIMITED = 2,
  TMDB_THEATRICAL = 3,
  TMDB_DIGITAL = 4,
  TMDB_PHYSICAL = 5,
  TMDB_TV = 6,
} TmdbReleaseType;
extern const EnumTable tmdb_release_type_table;

typedef struct {
  char *region; /* ISO 3166-1: "US" */
  int type;     /* TmdbReleaseType */
  char *date;   /* "1999-10-15" */
} TmdbRelease;
extern const FieldTable tmdb_release_table;

/* Texts are NULL and numbers FIELD_NULL_INT where TMDB does not know. A title that has no translation is the original one. */
typedef struct {
  int64_t tmdb_id;
  char *imdb_id;
  char *title, *original_title;
  char *original_language; /* ISO 639-1, but cn for Cantonese and xx for none: media/language.h knows */
  int64_t year;            /* of release_date */
  char *release_date;      /* the first, anywhere */
  int64_t runtime_minutes;
  char *status; /* "Released" */
  char *overview;
  int64_t collection_id;
  char *collection;
  char *poster_path;   /* "/abc.jpg", below TMDB's image host */
  GPtrArray *releases; /* of TmdbRelease, as TMDB lists them */
} TmdbMovie;
extern const FieldTable tmdb_movie_table;

typedef struct {
  int64_t tmdb_id;
  int64_t tvdb_id;
  char *imdb_id;
  char *title, *original_title;
  char *original_language;
  int64_t year; /* of first_air_date */
  char *first_air_date;
  int64_t runtime_minutes; /* of an episode */
  char *status;            /* "Returning Series" */
  char *overview;
  char *poster_path;
} TmdbShow;
extern const FieldTable tmdb_show_table;

/* A movie or show that was found by another id or by its title. Of a show that was found by one of its episodes, only kind and id
 * are known. */
typedef struct {
  int kind; /* TmdbKind */
  int64_t tmdb_id;
  char *title, *original_title;
  char *original_language;
  int64_t year;
  char *overview;
} TmdbHit;
extern const FieldTable tmdb_hit_table;

enum { TMDB_MAX_HITS = 100, TMDB_MAX_RELEASES = 2000 }; /* further ones are left out */

/* Answers of GET movie/ID (with release_dates and external_ids appended, if they are) and tv/ID (with external_ids). UPSTREAM if
 * the text is not JSON or not such a thing. The record holds nothing yet, and is left alone on failure. */
bool tmdb_read_movie(const char *text, size_t length, TmdbMovie *ret_movie, GError **error);
bool tmdb_read_show(const char *text, size_t length, TmdbShow *ret_show, GError **error);

/* Answers of GET find/ID: movies, then shows, then the shows of seasons and episodes, each once. records_new() array; NULL with
 * UPSTREAM if the text is no such answer. */
GPtrArray *tmdb_read_found(const char *text, size_t length, GError **error);

/* Answers of GET search/movie and search/tv, in their order. */
GPtrArray *tmdb_read_search(TmdbKind kind, const char *text, size_t length, GError **error);

/* The earliest date of a type of release in a region (NULL: anywhere); NULL if there is none. Borrowed. */
const char *tmdb_release_date(const TmdbMovie *movie, const char *region, TmdbReleaseType type);
