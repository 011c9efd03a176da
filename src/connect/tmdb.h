/* The Movie Database: what a movie or show is, by its id there, by another's id, or by its title. Answers are kept in a cache;
 * calls are limited in rate, repeated where that helps, and stopped by a circuit breaker (net/upstream.h).
 *
 * Thread-safety: any thread. */
#pragma once

#include "connect/tmdb_read.h"
#include "net/upstream.h"

/* Where answers are kept. Both functions may be called from any thread. A cache that fails costs a request, and no lookup. */
typedef struct TmdbCache TmdbCache;
struct TmdbCache {
  /* The value that was put under `key` and has not expired at `now_ms` (wall clock); the caller frees it. NULL if there is none,
   * or with *error. */
  char *(*get)(TmdbCache *cache, const char *key, int64_t now_ms, GError **error);
  bool (*put)(TmdbCache *cache, const char *key, const char *value, int64_t expires_at_ms, GError **error);
};

/* How long answers count: what is (A6), and what TMDB did not know, as it may soon. TMDB's terms allow six months at most. */
#define TMDB_KEEP_MS (INT64_C(30) * 24 * 3600 * 1000)
#define TMDB_KEEP_UNKNOWN_MS (INT64_C(24) * 3600 * 1000)

typedef struct Tmdb Tmdb;

typedef struct {
  HttpClient *client;     /* borrowed; outlives it */
  const Clock *clock;     /* borrowed */
  const char *credential; /* an API key (32 hexadecimal digits) or a read access token (a JWT); NULL or "": none */
  const char *language;   /* of titles and overviews: "de-DE"; NULL: "en-US" */
  const char *address;    /* NULL: TMDB's own */
  TmdbCache *cache;       /* borrowed; NULL: none */
  RateLimitRule rate;     /* zeros: 20 a second, below the 40 at which TMDB begins to refuse */
  RetryRule retry;        /* zeros: net/retry.h's */
} TmdbParams;

/* INVALID, in words, if it is neither a key nor a token, nor empty. */
bool tmdb_credential_check(const char *credential, GError **error);

/* NULL with INVALID if the credential is neither. The texts are copied. */
Tmdb *tmdb_new(const TmdbParams *params, GError **error);
void tmdb_free(Tmdb *tmdb); /* no call may be under way; NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tmdb, tmdb_free)

/* Whether there is a credential. Without one, lookups still find what the cache has, and else fail with CONFLICT and a sentence
 * that says what to enter where: callers go on without TMDB, and give notice once. */
bool tmdb_is_set_up(const Tmdb *tmdb);

/* Errors of all lookups: CONFLICT (no credential), DENIED (the credential was refused), INVALID (an id or title that cannot be
 * one), and those of upstream_send and tmdb_read.h. The records hold nothing yet, and are left alone on failure.
 *
 * NOT_FOUND if TMDB has no such id. */
bool tmdb_movie(Tmdb *tmdb, int64_t id, Cancel *cancel, TmdbMovie *ret_movie, GError **error);
bool tmdb_show(Tmdb *tmdb, int64_t id, Cancel *cancel, TmdbShow *ret_show, GError **error);

/* By the id at TheTVDB (of a show, season or episode) or at IMDb ("tt0137523"). records_new() array of TmdbHit, empty if TMDB
 * knows none; NULL on error. */
GPtrArray *tmdb_find_tvdb(Tmdb *tmdb, int64_t id, Cancel *cancel, GError **error);
GPtrArray *tmdb_find_imdb(Tmdb *tmdb, const char *id, Cancel *cancel, GError **error);

/* By title and year of release or first episode (FIELD_NULL_INT: any year), best first by TMDB's judgement: at most 20. */
GPtrArray *tmdb_search(Tmdb *tmdb, TmdbKind kind, const char *title, int64_t year, Cancel *cancel, GError **error);

/* `ret_figures` holds nothing yet; record_clear frees it. */
void tmdb_figures(Tmdb *tmdb, UpstreamFigures *ret_figures);
