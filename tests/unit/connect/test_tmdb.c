#include "connect/tmdb.h"

#include "base/error.h"
#include "http_world.h"
#include "json_subset.h"
#include "tmdb_answers.h"

#define KEY "0123456789abcdef0123456789abcdef"
#define TOKEN "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiIwIn0.c2VjcmV0LXNpZ25hdHVyZQ"

/* A cache in memory, which can be told to fail. */
typedef struct {
  TmdbCache cache;
  GHashTable *values, *expiries;
  bool fails;
} MemoryCache;

static char *memory_get(TmdbCache *cache, const char *key, int64_t now_ms, GError **error)
{
  MemoryCache *memory = (MemoryCache *)cache;
  if (memory->fails) {
    fail(error, REEVE_ERROR_UNAVAILABLE, "The cache is away.");
    return NULL;
  }
  const int64_t *expires_at_ms = g_hash_table_lookup(memory->expiries, key);
  return expires_at_ms && *expires_at_ms > now_ms ? g_strdup(g_hash_table_lookup(memory->values, key)) : NULL;
}

static bool memory_put(TmdbCache *cache, const char *key, const char *value, int64_t expires_at_ms, GError **error)
{
  MemoryCache *memory = (MemoryCache *)cache;
  if (memory->fails)
    return fail(error, REEVE_ERROR_UNAVAILABLE, "The cache is away.");
  g_assert_null(strstr(key, KEY)); /* a cache is no place for secrets */
  g_hash_table_insert(memory->values, g_strdup(key), g_strdup(value));
  g_hash_table_insert(memory->expiries, g_strdup(key), g_memdup2(&expires_at_ms, sizeof expires_at_ms));
  return true;
}

static MemoryCache memory_cache(void)
{
  return (MemoryCache){.cache = {.get = memory_get, .put = memory_put},
                       .values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                       .expiries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
}

/* TMDB, as far as it is needed. Movies of other numbers than 603 give the HTTP status of that number; 777 sets the Cancel that
 * the fixture has, and says nothing. */
static bool tmdb_world(HttpWorld *world, int fd, const WorldRequest *request, void *user_data)
{
  static const struct {
    const char *prefix, *answer;
  } answers[] = {
      {"/3/movie/603?", ANSWER_MOVIE},         {"/3/tv/1399?", ANSWER_SHOW},        {"/3/find/tt0000603?", ANSWER_FOUND},
      {"/3/find/121361?", ANSWER_FOUND_NONE},  {"/3/search/movie?", ANSWER_SEARCH}, {"/3/search/tv?", "{'page':1,'results':[]}"},
      {"/3/movie/999?", "<html>hello</html>"}, {"/3/movie/998?", "{'id':0}"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
    if (g_str_has_prefix(request->target, answers[i].prefix)) {
      g_autofree char *body = quoted(answers[i].answer);
      return world_answer(fd, 200, "Content-Type: application/json\r\n", body);
    }
  if (g_str_has_prefix(request->target, "/3/movie/777?")) {
    cancel_set(user_data);
    return world_silence(world, fd);
  }
  g_autofree char *body = quoted(ANSWER_NOT_FOUND);
  int status = g_str_has_prefix(request->target, "/3/movie/")
                   ? (int)g_ascii_strtoll(request->target + strlen("/3/movie/"), NULL, 10)
                   : 404;
  return world_answer(fd, status, status == 429 ? "Retry-After: 60\r\n" : NULL, body);
}

typedef struct {
  HttpWorld *world;
  Cancel *cancel;
  HttpClient *client;
  ManualClock clock;
  MemoryCache cache;
  Tmdb *tmdb;
} Fixture;

static Fixture *fixture_new(const char *credential)
{
  Fixture *f = g_new0(Fixture, 1);
  g_autoptr(GError) error = NULL;
  f->world = http_world_new(tmdb_world, f->cancel = cancel_new(NULL));
  f->client = http_client_new(&(HttpClientParams){0}, &error);
  f->cache = memory_cache();
  manual_clock_init(&f->clock, INT64_C(1700000000000));
  g_autofree char *address = http_world_url(f->world, "/3");
  f->tmdb = tmdb_new(&(TmdbParams){.client = f->client,
                                   .clock = &f->clock.clock,
                                   .credential = credential,
                                   .address = address,
                                   .cache = &f->cache.cache,
                                   .rate = {.interval_ms = 1, .burst = 1000},
                                   .retry = {.attempts = 2, .base_ms = 1, .max_wait_ms = 1000}},
                     &error);
  g_assert_no_error(error);
  return f;
}

static void fixture_free(Fixture *f)
{
  tmdb_free(f->tmdb);
  http_client_free(f->client);
  http_world_free(f->world);
  cancel_unref(f->cancel);
  g_hash_table_unref(f->cache.values);
  g_hash_table_unref(f->cache.expiries);
  g_free(f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

static void assert_target(Fixture *f, int number, const char *target)
{
  g_auto(GStrv) words = g_strsplit(http_world_head(f->world, number), " ", 3);
  g_assert_cmpstr(words[1], ==, target);
}

static void test_credentials(void)
{
  static const struct {
    const char *text;
    int kind; /* 0: none, 1: key, 2: token, -1: refused */
  } rows[] = {
      {NULL, 0},       {"", 0},         {KEY, 1},           {"0123456789ABCDEF0123456789ABCDEF", 1},
      {TOKEN, 2},      {"secret", -1},  {KEY "0", -1},      {"secret6789abcdef0123456789abcde", -1},
      {"a..b", -1},    {".a.b", -1},    {"a.b.", -1},       {"a.b", -1},
      {"a.b.c.d", -1}, {"a.b.c d", -1}, {"a.b.c\r\nX", -1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Tmdb) tmdb = tmdb_new(&(TmdbParams){.clock = clock_system(), .credential = rows[i].text}, &error);
    g_assert_true((tmdb != NULL) == (rows[i].kind >= 0));
    if (tmdb) {
      g_assert_true(tmdb_is_set_up(tmdb) == (rows[i].kind > 0));
    } else {
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_null(strstr(error->message, "secret"));
    }
  }
}

static void test_key_and_token(void)
{
  g_autoptr(Fixture) key = fixture_new(KEY);
  g_autoptr(Fixture) token = fixture_new(TOKEN);
  g_autoptr(GError) error = NULL;
  TmdbMovie movie;
  tmdb_movie(key->tmdb, 603, NULL, &movie, &error);
  g_assert_no_error(error);
  record_clear(&tmdb_movie_table, &movie);
  tmdb_movie(token->tmdb, 603, NULL, &movie, &error);
  g_assert_no_error(error);
  record_clear(&tmdb_movie_table, &movie);
  assert_target(key, 1, "/3/movie/603?append_to_response=release_dates&language=en-US&api_key=" KEY);
  assert_target(token, 1, "/3/movie/603?append_to_response=release_dates&language=en-US");
  g_assert_null(strstr(http_world_head(key->world, 1), "Authorization"));
  g_assert_nonnull(strstr(http_world_head(token->world, 1), "\r\nAuthorization: Bearer " TOKEN));
  g_assert_nonnull(strstr(http_world_head(token->world, 1), "\r\nAccept: application/json"));
}

static void test_lookups(void)
{
  g_autoptr(Fixture) f = fixture_new(TOKEN);
  g_autoptr(GError) error = NULL;
  TmdbMovie movie;
  TmdbShow show;
  for (int i = 0; i < 2; i++) { /* from TMDB, and from the cache, word for word the same */
    tmdb_movie(f->tmdb, 603, NULL, &movie, &error);
    g_assert_no_error(error);
    assert_says(&tmdb_movie_table, &movie,
                "{'tmdb_id':603,'title':'The Kite','original_language':'fr','year':1999,'collection':'The Kite Collection'}");
    g_assert_cmpstr(tmdb_release_date(&movie, "US", TMDB_DIGITAL), ==, "2001-01-01");
    record_clear(&tmdb_movie_table, &movie);
    tmdb_show(f->tmdb, 1399, NULL, &show, &error);
    g_assert_no_error(error);
    assert_says(&tmdb_show_table, &show, "{'tmdb_id':1399,'tvdb_id':121361,'title':'Drachen','overview':null}");
    record_clear(&tmdb_show_table, &show);
    g_autoptr(GPtrArray) found = tmdb_find_imdb(f->tmdb, "tt0000603", NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(found->len, ==, 1);
    assert_says(&tmdb_hit_table, found->pdata[0], "{'kind':'movie','tmdb_id':603,'original_language':'fr'}");
    g_autoptr(GPtrArray) none = tmdb_find_tvdb(f->tmdb, 121361, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(none->len, ==, 0);
    g_autoptr(GPtrArray) movies = tmdb_search(f->tmdb, TMDB_MOVIE, " Kite & Co? ", 1999, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(movies->len, ==, 2);
    g_autoptr(GPtrArray) shows = tmdb_search(f->tmdb, TMDB_SHOW, "Kite", FIELD_NULL_INT, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(shows->len, ==, 0);
  }
  g_assert_cmpint(http_world_requests(f->world), ==, 6);
  assert_target(f, 2, "/3/tv/1399?append_to_response=external_ids&language=en-US");
  assert_target(f, 3, "/3/find/tt0000603?external_source=imdb_id&language=en-US");
  assert_target(f, 4, "/3/find/121361?external_source=tvdb_id&language=en-US");
  assert_target(f, 5, "/3/search/movie?query=Kite%20%26%20Co%3F&year=1999&include_adult=false&language=en-US");
  assert_target(f, 6, "/3/search/tv?query=Kite&include_adult=false&language=en-US");
}

/* What is known counts for 30 days, what is not for one. */
static void test_expiry(void)
{
  g_autoptr(Fixture) f = fixture_new(KEY);
  TmdbMovie movie;
  static const struct {
    int64_t id, after_ms; /* since the row before */
    bool known;
    int requests; /* in all, after it */
  } rows[] = {
      {603, 0, true, 1},
      {404, 0, false, 2},
      {404, TMDB_KEEP_UNKNOWN_MS - 1, false, 2},
      {404, 1, false, 3},
      {603, TMDB_KEEP_MS - TMDB_KEEP_UNKNOWN_MS - 1, true, 3},
      {603, 1, true, 4},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    manual_clock_advance(&f->clock, rows[i].after_ms);
    g_autoptr(GError) error = NULL;
    bool ok = tmdb_movie(f->tmdb, rows[i].id, NULL, &movie, &error);
    g_assert_true(ok == rows[i].known);
    if (ok)
      record_clear(&tmdb_movie_table, &movie);
    else
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
    g_assert_cmpint(http_world_requests(f->world), ==, rows[i].requests);
  }
}

static void test_errors(void)
{
  static const struct {
    int64_t id;
    ReeveErrorCode code;
    const char *words;
    int requests;
  } rows[] = {
      {401, REEVE_ERROR_DENIED, "TMDB refused the credential", 1},
      {404, REEVE_ERROR_NOT_FOUND, "TMDB has no movie 404.", 1},
      {422, REEVE_ERROR_UPSTREAM, "422", 1},
      {429, REEVE_ERROR_UNAVAILABLE, "left alone for 60 s", 1},
      {500, REEVE_ERROR_UPSTREAM, "TMDB failed", 2},
      {503, REEVE_ERROR_UNAVAILABLE, "too busy (503)", 2},
      {998, REEVE_ERROR_UPSTREAM, "has no id", 1},
      {999, REEVE_ERROR_UPSTREAM, "cannot be read", 1},
      {0, REEVE_ERROR_INVALID, "count from 1", 0},
      {-603, REEVE_ERROR_INVALID, "count from 1", 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Fixture) f = fixture_new(KEY);
    TmdbMovie movie;
    g_autoptr(GError) error = NULL;
    g_assert_false(tmdb_movie(f->tmdb, rows[i].id, NULL, &movie, &error));
    if (error->code != (int)rows[i].code || !strstr(error->message, rows[i].words))
      g_error("row %zu: %d %s", i, error->code, error->message);
    g_assert_null(strstr(error->message, KEY));
    g_assert_cmpint(http_world_requests(f->world), ==, rows[i].requests);
    g_assert_cmpuint(g_hash_table_size(f->cache.values), ==, rows[i].code == REEVE_ERROR_NOT_FOUND); /* failures are not kept */
  }
}

static void test_bad_input(void)
{
  static const char *const ids[] = {"", "tt", "0137523", "tt12x", "tt1/../../movie/1", "nm0000093", "tt01234567890123456789"};
  g_autoptr(Fixture) f = fixture_new(KEY);
  g_autofree char *longest = g_strnfill(500, 'x'), *longer = g_strnfill(501, 'x');
  const char *const titles[] = {"", "  ", "bad \xff utf-8", longer};
  for (size_t i = 0; i < G_N_ELEMENTS(ids) + G_N_ELEMENTS(titles) + 1; i++) {
    g_autoptr(GError) error = NULL;
    GPtrArray *hits = i < G_N_ELEMENTS(ids) ? tmdb_find_imdb(f->tmdb, ids[i], NULL, &error)
                      : i < G_N_ELEMENTS(ids) + G_N_ELEMENTS(titles)
                          ? tmdb_search(f->tmdb, TMDB_MOVIE, titles[i - G_N_ELEMENTS(ids)], FIELD_NULL_INT, NULL, &error)
                          : tmdb_find_tvdb(f->tmdb, 0, NULL, &error);
    g_assert_null(hits);
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
  g_assert_cmpint(http_world_requests(f->world), ==, 0);
  g_autoptr(GPtrArray) hits = tmdb_search(f->tmdb, TMDB_MOVIE, longest, FIELD_NULL_INT, NULL, NULL);
  g_assert_nonnull(hits);
}

static void test_no_credential(void)
{
  g_autoptr(Fixture) with = fixture_new(KEY);
  g_autoptr(Fixture) f = fixture_new(NULL);
  g_autoptr(GError) error = NULL;
  TmdbMovie movie;
  g_assert_true(tmdb_movie(with->tmdb, 603, NULL, &movie, NULL));
  record_clear(&tmdb_movie_table, &movie);
  g_assert_false(tmdb_movie(f->tmdb, 603, NULL, &movie, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "no key"));
  g_assert_cmpint(http_world_requests(f->world), ==, 0);
  /* What was found while there was a key stays found. */
  MemoryCache own = f->cache;
  f->cache = with->cache;
  g_clear_error(&error);
  tmdb_movie(f->tmdb, 603, NULL, &movie, &error);
  g_assert_no_error(error);
  record_clear(&tmdb_movie_table, &movie);
  f->cache = own;
}

/* A cache that fails, or holds what is none of ours, costs a request and no lookup. */
static void test_bad_cache(void)
{
  static const char *const kept[] = {"", "nonsense", "[7]", "7", "{\"tmdb_id\":\"x\"}"};
  g_autoptr(Fixture) f = fixture_new(KEY);
  for (size_t i = 0; i <= G_N_ELEMENTS(kept); i++) {
    f->cache.fails = i == G_N_ELEMENTS(kept);
    if (!f->cache.fails) {
      int64_t never_ms = G_MAXINT64;
      memory_put(&f->cache.cache, "tmdb/movie/603?en-US", kept[i], never_ms, NULL);
      memory_put(&f->cache.cache, "tmdb/find/tt0000603?imdb_id&en-US", kept[i], never_ms, NULL);
    } else {
      for (int lookups = 0; lookups < 2; lookups++)
        for (int warnings = 0; warnings < 2; warnings++)
          g_test_expect_message("connect", G_LOG_LEVEL_WARNING, "The cache is away. TMDB*");
    }
    int before = http_world_requests(f->world);
    g_autoptr(GError) error = NULL;
    TmdbMovie movie;
    tmdb_movie(f->tmdb, 603, NULL, &movie, &error);
    g_assert_no_error(error);
    record_clear(&tmdb_movie_table, &movie);
    g_autoptr(GPtrArray) hits = tmdb_find_imdb(f->tmdb, "tt0000603", NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(hits->len, ==, 1);
    g_assert_cmpint(http_world_requests(f->world), ==, before + 2);
  }
  g_test_assert_expected_messages();
}

static void test_cancel_and_figures(void)
{
  g_autoptr(Fixture) f = fixture_new(KEY);
  g_autoptr(GError) error = NULL;
  TmdbMovie movie;
  g_assert_false(tmdb_movie(f->tmdb, 777, f->cancel, &movie, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  g_assert_false(tmdb_movie(f->tmdb, 500, NULL, &movie, NULL));
  UpstreamFigures figures;
  tmdb_figures(f->tmdb, &figures);
  g_assert_cmpstr(figures.name, ==, "TMDB");
  g_assert_cmpint(figures.failures, ==, 2);
  g_assert_cmpint(figures.failures_in_row, ==, 2);
  record_clear(&upstream_figures_table, &figures);
}

int main(int argc, char **argv)
{
  g_assert_true(g_setenv("no_proxy", "*", TRUE));
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tmdb/credentials", test_credentials);
  g_test_add_func("/tmdb/key-and-token", test_key_and_token);
  g_test_add_func("/tmdb/lookups", test_lookups);
  g_test_add_func("/tmdb/expiry", test_expiry);
  g_test_add_func("/tmdb/errors", test_errors);
  g_test_add_func("/tmdb/bad-input", test_bad_input);
  g_test_add_func("/tmdb/no-credential", test_no_credential);
  g_test_add_func("/tmdb/bad-cache", test_bad_cache);
  g_test_add_func("/tmdb/cancel-and-figures", test_cancel_and_figures);
  return g_test_run();
}
