/* What deciding about releases and naming files need to know of a film. Where it comes from (TMDB, a person) is others' business.
 *
 * Thread-safety: a Movie belongs to who holds it; the functions are pure. */
#pragma once

#include "release/release.h"

/* When a film counts as to be had. */
typedef enum {
  AVAILABLE_ANNOUNCED,  /* always */
  AVAILABLE_IN_CINEMAS, /* from its day in cinemas on */
  AVAILABLE_RELEASED,   /* from the first disc or stream on */
} MinimumAvailability;
extern const EnumTable minimum_availability_table;

typedef struct {
  int language; /* Language */
  char *title;
} MovieTranslation;
extern const FieldTable movie_translation_table;

typedef struct {
  int64_t id;
  char *title;
  char *original_title;      /* "" if it is the same or not known */
  char **alternative_titles; /* other names that it is known by */
  GPtrArray *translations;   /* MovieTranslation */
  int64_t year;              /* 0: not known */
  int64_t secondary_year;    /* another one that it is dated with; 0: none */
  char *imdb_id;             /* "tt0133093"; "" if not known */
  int64_t tmdb_id;           /* 0: not known */
  int original_language;     /* Language */
  int64_t running_minutes;   /* 0: not known */
  char *certification;       /* "PG-13"; "" if not known */
  char *collection;          /* "" if it is in none */
  bool monitored;
  int minimum_availability;                       /* MinimumAvailability */
  int64_t in_cinemas_ms, physical_ms, digital_ms; /* FIELD_NULL_INT: not known */
  GArray *tags;                                   /* int64_t */
} Movie;
extern const FieldTable movie_table;

void movie_free(Movie *movie);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Movie, movie_free)

/* The instant from which the film is available by its own minimum, shifted by `delay_days` (which may be negative); INT64_MAX if
 * nobody knows one. Announced films are available from INT64_MIN on. A day in cinemas that is not known leaves the release's; a
 * release without a date is taken to be 90 days after the cinemas. */
int64_t movie_available_from_ms(const Movie *movie, int64_t delay_days);

typedef enum {
  MOVIE_DIFFERS,
  MOVIE_MATCHES_ID,    /* by an id alone: the names differ */
  MOVIE_MATCHES_TITLE, /* by title, and by year where one is given */
} MovieMatch;

/* Whether a release is of this film: by the ids that came with it (`imdb_id` NULL or "", `tmdb_id` 0: none), then by those in its
 * name, and by its titles. Titles are compared cleaned, with Roman numbers as Arabic ones. Where the release gives a year, only
 * one of the film's two will do; an id of another film refuses. */
MovieMatch movie_match(const Movie *movie, const Release *release, const char *imdb_id, int64_t tmdb_id);
