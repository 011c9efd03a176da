/* How a lookup is asked and kept. Kept are our records, not TMDB's answers, which are ten times as large; what TMDB does not know
 * is kept as null or []. Test: tests/unit/connect/test_tmdb.c */
#include "connect/tmdb.h"

#include "wire/json.h"
#include "wire/url.h"

#include <string.h>

enum {
  RATE_INTERVAL_MS = 50,
  RATE_BURST = 20,
  KEY_DIGITS = 32,
  MAX_TOKEN_BYTES = 4096,
  MAX_TITLE_BYTES = 500,
  MAX_ANSWER_BYTES = 4 * 1024 * 1024,
  CONNECT_MS = 10 * 1000,
  TOTAL_MS = 30 * 1000,
  MAX_QUERY = 8,
};

static const char own_address[] = "https://api.themoviedb.org/3";

struct Tmdb {
  Upstream *upstream;
  const Clock *clock;
  TmdbCache *cache;
  char *address, *language;
  char *key, *token; /* at most one is there */
};

static bool is_key(const char *text)
{
  size_t digits = strspn(text, "0123456789abcdefABCDEF");
  return digits == KEY_DIGITS && text[digits] == '\0';
}

/* Three parts of base64url (RFC 7519 section 3). */
static bool is_token(const char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, ".", -1);
  if (strlen(text) > MAX_TOKEN_BYTES || g_strv_length(parts) != 3)
    return false;
  for (int i = 0; i < 3; i++)
    for (const char *at = parts[i]; at == parts[i] || *at; at++)
      if (!g_ascii_isalnum(*at) && (*at == '\0' || !strchr("-_=", *at)))
        return false;
  return true;
}

bool tmdb_credential_check(const char *credential, GError **error)
{
  return !credential || !*credential || is_key(credential) || is_token(credential) ||
         fail(error, REEVE_ERROR_INVALID,
              "This is no TMDB credential: enter the API key (32 hexadecimal digits) or the API read access token (three parts "
              "joined by dots) that TMDB shows in your account's settings under API.");
}

Tmdb *tmdb_new(const TmdbParams *params, GError **error)
{
  const char *credential = params->credential ? params->credential : "";
  if (!tmdb_credential_check(credential, error))
    return NULL;
  Tmdb *tmdb = g_new0(Tmdb, 1);
  bool has_rate = params->rate.interval_ms > 0;
  tmdb->upstream = upstream_new(&(UpstreamParams){
      .name = "TMDB",
      .client = params->client,
      .clock = params->clock,
      .rate = has_rate ? params->rate : (RateLimitRule){.interval_ms = RATE_INTERVAL_MS, .burst = RATE_BURST},
      .retry = params->retry,
  });
  tmdb->clock = params->clock;
  tmdb->cache = params->cache;
  tmdb->address = g_strdup(params->address ? params->address : own_address);
  tmdb->language = g_strdup(params->language ? params->language : "en-US");
  if (is_key(credential))
    tmdb->key = g_strdup(credential);
  else if (credential[0])
    tmdb->token = g_strdup(credential);
  return tmdb;
}

void tmdb_free(Tmdb *tmdb)
{
  if (!tmdb)
    return;
  upstream_free(tmdb->upstream);
  g_free(tmdb->address);
  g_free(tmdb->language);
  g_free(tmdb->key);
  g_free(tmdb->token);
  g_free(tmdb);
}

bool tmdb_is_set_up(const Tmdb *tmdb)
{
  return tmdb->key || tmdb->token;
}

void tmdb_figures(Tmdb *tmdb, UpstreamFigures *ret_figures)
{
  upstream_figures(tmdb->upstream, ret_figures);
}

/* The kept value, or NULL. */
static char *recall(Tmdb *tmdb, const char *key)
{
  g_autoptr(GError) problem = NULL;
  char *value = tmdb->cache ? tmdb->cache->get(tmdb->cache, key, clock_now_ms(tmdb->clock), &problem) : NULL;
  if (problem)
    g_warning("%s TMDB is asked instead.", problem->message);
  return value;
}

static void keep(Tmdb *tmdb, const char *key, const char *value, int64_t for_ms)
{
  g_autoptr(GError) problem = NULL;
  if (tmdb->cache && !tmdb->cache->put(tmdb->cache, key, value, clock_now_ms(tmdb->clock) + for_ms, &problem))
    g_warning("%s TMDB's answer is not kept.", problem->message);
}

/* Asks for `path`, below the address. `query` has room for MAX_QUERY pairs, of which the first `n` are set. */
static bool ask(Tmdb *tmdb, const char *path, HttpPair *query, size_t n, Cancel *cancel, HttpResponse *ret_response,
                GError **error)
{
  if (!tmdb_is_set_up(tmdb))
    return fail(error, REEVE_ERROR_CONFLICT,
                "TMDB was not asked, as there is no key for it. Enter one in the settings, or go on without.");
  g_autofree char *url = g_strconcat(tmdb->address, path, NULL);
  query[n++] = (HttpPair){"language", tmdb->language};
  query[n++] = (HttpPair){"api_key", tmdb->key}; /* left out where there is none */
  g_assert(n <= MAX_QUERY);
  HttpRequest request = {
      .url = url,
      .query = query,
      .n_query = n,
      .bearer = tmdb->token,
      .headers = &(HttpPair){"Accept", "application/json"},
      .n_headers = 1,
      .connect_ms = CONNECT_MS,
      .total_ms = TOTAL_MS,
      .max_answer_bytes = MAX_ANSWER_BYTES,
  };
  g_auto(HttpResponse) response = {0};
  if (!upstream_send(tmdb->upstream, &request, cancel, &response, error) || !upstream_check(tmdb->upstream, &response, error))
    return false;
  *ret_response = response;
  response = (HttpResponse){0};
  return true;
}

/* --- one movie or show --- */

typedef struct {
  const char *noun, *path; /* "movie", "/movie/%d" */
  const char *append;
  const FieldTable *table;
  bool (*read)(const char *text, size_t length, void *ret_record, GError **error);
} Details;

static bool fail_unknown(const Details *what, int64_t id, GError **error)
{
  return fail(error, REEVE_ERROR_NOT_FOUND, "TMDB has no %s %" G_GINT64_FORMAT ".", what->noun, id);
}

/* Reads a kept value; false if it is none of ours, so that TMDB is asked again. */
static bool read_kept(const FieldTable *table, const char *kept, void *ret_record)
{
  g_autoptr(json_t) object = json_parse(kept, strlen(kept), NULL);
  if (!json_is_object(object))
    return false;
  record_init(table, ret_record);
  bool ok = json_to_record(table, object, JSON_TRUSTED, ret_record, NULL, NULL);
  if (!ok)
    record_clear(table, ret_record);
  return ok;
}

static bool get_details(Tmdb *tmdb, const Details *what, int64_t id, Cancel *cancel, void *ret_record, GError **error)
{
  if (id <= 0)
    return fail(error, REEVE_ERROR_INVALID, "TMDB's ids count from 1; %" G_GINT64_FORMAT " is none.", id);
  g_autofree char *path = g_strdup_printf("/%s/%" G_GINT64_FORMAT, what->path, id);
  g_autofree char *key = g_strdup_printf("tmdb%s?%s", path, tmdb->language);
  g_autofree char *kept = recall(tmdb, key);
  if (g_strcmp0(kept, "null") == 0)
    return fail_unknown(what, id, error);
  if (kept && read_kept(what->table, kept, ret_record))
    return true;

  HttpPair query[MAX_QUERY] = {{"append_to_response", what->append}};
  g_auto(HttpResponse) response = {0};
  g_autoptr(GError) problem = NULL;
  if (!ask(tmdb, path, query, 1, cancel, &response, &problem)) {
    if (!g_error_matches(problem, REEVE_ERROR, REEVE_ERROR_NOT_FOUND)) {
      g_propagate_error(error, g_steal_pointer(&problem));
      return false;
    }
    keep(tmdb, key, "null", TMDB_KEEP_UNKNOWN_MS);
    return fail_unknown(what, id, error);
  }
  if (!what->read(response.body, response.body_bytes, ret_record, error))
    return false;
  g_autoptr(json_t) object = json_from_record(what->table, ret_record, JSON_FULL);
  g_autofree char *text = json_text(object);
  keep(tmdb, key, text, TMDB_KEEP_MS);
  return true;
}

static bool read_movie(const char *text, size_t length, void *ret_record, GError **error)
{
  return tmdb_read_movie(text, length, ret_record, error);
}

static bool read_show(const char *text, size_t length, void *ret_record, GError **error)
{
  return tmdb_read_show(text, length, ret_record, error);
}

bool tmdb_movie(Tmdb *tmdb, int64_t id, Cancel *cancel, TmdbMovie *ret_movie, GError **error)
{
  static const Details what = {
      .noun = "movie", .path = "movie", .append = "release_dates", .table = &tmdb_movie_table, .read = read_movie};
  return get_details(tmdb, &what, id, cancel, ret_movie, error);
}

bool tmdb_show(Tmdb *tmdb, int64_t id, Cancel *cancel, TmdbShow *ret_show, GError **error)
{
  static const Details what = {
      .noun = "series", .path = "tv", .append = "external_ids", .table = &tmdb_show_table, .read = read_show};
  return get_details(tmdb, &what, id, cancel, ret_show, error);
}

/* --- lists --- */

/* NULL if it is none of ours. */
static GPtrArray *read_kept_hits(const char *kept)
{
  g_autoptr(json_t) array = json_parse(kept, strlen(kept), NULL);
  if (!json_is_array(array))
    return NULL;
  g_autoptr(GPtrArray) hits = records_new(&tmdb_hit_table);
  for (size_t i = 0; i < json_array_size(array); i++) {
    TmdbHit *hit = record_new(&tmdb_hit_table);
    g_ptr_array_add(hits, hit);
    if (!json_to_record(&tmdb_hit_table, json_array_get(array, i), JSON_TRUSTED, hit, NULL, NULL))
      return NULL;
  }
  return g_steal_pointer(&hits);
}

static GPtrArray *read_answer(bool found, TmdbKind kind, const HttpResponse *response, GError **error)
{
  return found ? tmdb_read_found(response->body, response->body_bytes, error)
               : tmdb_read_search(kind, response->body, response->body_bytes, error);
}

/* `found`: the answer is one of find, else of a search for `kind`. */
static GPtrArray *get_hits(Tmdb *tmdb, const char *key, const char *path, HttpPair *query, size_t n, bool found, TmdbKind kind,
                           Cancel *cancel, GError **error)
{
  g_autofree char *kept = recall(tmdb, key);
  GPtrArray *hits = kept ? read_kept_hits(kept) : NULL;
  if (hits)
    return hits;
  g_auto(HttpResponse) response = {0};
  g_autoptr(GError) problem = NULL;
  if (ask(tmdb, path, query, n, cancel, &response, &problem))
    hits = read_answer(found, kind, &response, &problem);
  else if (g_error_matches(problem, REEVE_ERROR, REEVE_ERROR_NOT_FOUND))
    hits = records_new(&tmdb_hit_table);
  if (!hits) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
  }
  g_autoptr(json_t) array = json_from_records(&tmdb_hit_table, hits, JSON_FULL);
  g_autofree char *text = json_text(array);
  keep(tmdb, key, text, hits->len ? TMDB_KEEP_MS : TMDB_KEEP_UNKNOWN_MS);
  return hits;
}

static GPtrArray *find(Tmdb *tmdb, const char *source, const char *id, Cancel *cancel, GError **error)
{
  g_autofree char *path = g_strconcat("/find/", id, NULL);
  g_autofree char *key = g_strdup_printf("tmdb%s?%s&%s", path, source, tmdb->language);
  HttpPair query[MAX_QUERY] = {{"external_source", source}};
  return get_hits(tmdb, key, path, query, 1, true, TMDB_MOVIE, cancel, error);
}

GPtrArray *tmdb_find_tvdb(Tmdb *tmdb, int64_t id, Cancel *cancel, GError **error)
{
  if (id <= 0) {
    fail(error, REEVE_ERROR_INVALID, "TheTVDB's ids count from 1; %" G_GINT64_FORMAT " is none.", id);
    return NULL;
  }
  g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, id);
  return find(tmdb, "tvdb_id", text, cancel, error);
}

GPtrArray *tmdb_find_imdb(Tmdb *tmdb, const char *id, Cancel *cancel, GError **error)
{
  enum { MAX_ID_BYTES = 16 };
  size_t digits = g_str_has_prefix(id, "tt") ? strspn(id + 2, "0123456789") : 0;
  if (digits == 0 || id[2 + digits] != '\0' || digits > MAX_ID_BYTES) {
    fail(error, REEVE_ERROR_INVALID, "IMDb's ids of titles are \"tt\" and digits, as in tt0137523.");
    return NULL;
  }
  return find(tmdb, "imdb_id", id, cancel, error);
}

GPtrArray *tmdb_search(Tmdb *tmdb, TmdbKind kind, const char *title, int64_t year, Cancel *cancel, GError **error)
{
  g_autofree char *trimmed = g_strstrip(g_strdup(title));
  if (!trimmed[0] || strlen(trimmed) > MAX_TITLE_BYTES || !g_utf8_validate(trimmed, -1, NULL)) {
    fail(error, REEVE_ERROR_INVALID, "A title to search for must be text of 1 to %d bytes.", MAX_TITLE_BYTES);
    return NULL;
  }
  bool movie = kind == TMDB_MOVIE;
  g_autofree char *year_text = year == FIELD_NULL_INT ? NULL : g_strdup_printf("%" G_GINT64_FORMAT, year);
  const char *path = movie ? "/search/movie" : "/search/tv";
  g_autofree char *encoded = url_encode(trimmed);
  g_autofree char *key = g_strdup_printf("tmdb%s?%s&%s&%s", path, encoded, year_text ? year_text : "", tmdb->language);
  HttpPair query[MAX_QUERY] = {
      {"query", trimmed}, {movie ? "year" : "first_air_date_year", year_text}, {"include_adult", "false"}};
  return get_hits(tmdb, key, path, query, 3, false, kind, cancel, error);
}
