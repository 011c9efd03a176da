#include "connect/tmdb_read.h"

#include "base/error.h"
#include "json_subset.h"
#include "tmdb_answers.h"

typedef bool (*Reader)(const char *text, size_t length, void *ret_record, GError **error);

static bool read_movie(const char *text, size_t length, void *ret_record, GError **error)
{
  return tmdb_read_movie(text, length, ret_record, error);
}

static bool read_show(const char *text, size_t length, void *ret_record, GError **error)
{
  return tmdb_read_show(text, length, ret_record, error);
}

static void test_details(void)
{
  static const struct {
    bool movie;
    const char *answer, *says;
  } rows[] = {
      {true, ANSWER_MOVIE,
       "{'tmdb_id':603,'imdb_id':'tt0000603','title':'The Kite','original_title':'Le "
       "Cerf-volant','original_language':'fr','year':1999,"
       "'release_date':'1999-03-30','runtime_minutes':136,'status':'Released','overview':'A kite.','collection_id':2344,"
       "'collection':'The Kite "
       "Collection','poster_path':'/kite.jpg','releases':[{'region':'FR','type':'theatrical','date':'1999-03-30'},"
       "{'region':'FR','type':'physical','date':'2000-02-01'},{'region':'US','type':'physical','date':'1999-12-07'},"
       "{'region':'US','type':'digital','date':'2001-01-01'}]}"},
      {true, "{'id':1}",
       "{'tmdb_id':1,'imdb_id':null,'title':null,'original_title':null,'original_language':null,'year':null,'runtime_minutes':"
       "null,"
       "'overview':null,'collection_id':null,'collection':null,'releases':[]}"},
      {true,
       "{'id':1,'imdb_id':'','title':'','original_title':'Kite','release_date':'','runtime':0,'overview':'','belongs_to_"
       "collection':null,"
       "'poster_path':null,'external_ids':{'imdb_id':'tt9'}}",
       "{'imdb_id':'tt9','title':'Kite','year':null,'runtime_minutes':null,'overview':null,'collection_id':null}"},
      {true, "{'id':1,'release_date':'1999-02-30'}", "{'year':null,'release_date':null}"}, /* no such day */
      {true, "{'id':1,'release_date':'1999'}", "{'year':null}"},
      {true, "{'id':1,'release_date':'10/12/1999'}", "{'year':null}"},
      {true, "{'id':1,'title':7,'runtime':'136','release_dates':[],'belongs_to_collection':[1]}",
       "{'title':null,'runtime_minutes':null,'releases':[],'collection':null}"},
      {true,
       "{'id':1,'release_dates':{'results':[7,{'iso_3166_1':7,'release_dates':[{'type':4,'release_date':'2001-01-01'}]},"
       "{'iso_3166_1':'US','release_dates':[{'type':'4','release_date':'2001-01-01'},{'type':4,'release_date':7},null]}]}}",
       "{'releases':[]}"},
      {false, ANSWER_SHOW,
       "{'tmdb_id':1399,'tvdb_id':121361,'imdb_id':'tt0001399','title':'Drachen','original_title':'Drachen','original_language':'"
       "de',"
       "'year':2011,'first_air_date':'2011-04-17','runtime_minutes':52,'status':'Ended','overview':null,'poster_path':null}"},
      {false, "{'id':5,'episode_run_time':[]}", "{'tmdb_id':5,'runtime_minutes':null,'tvdb_id':null}"},
      {false, "{'id':5,'episode_run_time':['x'],'external_ids':null}", "{'runtime_minutes':null,'tvdb_id':null}"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *answer = quoted(rows[i].answer);
    const FieldTable *table = rows[i].movie ? &tmdb_movie_table : &tmdb_show_table;
    Reader reader = rows[i].movie ? read_movie : read_show;
    g_autofree void *record = g_malloc0(table->size);
    g_autoptr(GError) error = NULL;
    reader(answer, strlen(answer), record, &error);
    g_assert_no_error(error);
    assert_says(table, record, rows[i].says);
    record_clear(table, record);
  }
}

static void test_lists(void)
{
  static const struct {
    int kind; /* -1: an answer of find */
    const char *answer, *says;
  } rows[] = {
      {-1, ANSWER_FOUND,
       "[{'kind':'movie','tmdb_id':603,'title':'The Kite','original_title':'Le Cerf-volant','original_language':'fr','year':1999,"
       "'overview':'A kite.'}]"},
      {-1, ANSWER_FOUND_NONE, "[]"},
      {-1,
       "{'movie_results':[],'tv_results':[{'id':7,'name':'Kite','original_name':'K','first_air_date':'2008-01-20'}],"
       "'tv_season_results':[{'id':1,'show_id':7}],'tv_episode_results':[{'id':62085,'show_id':8},{'id':62086,'show_id':8},{'id':"
       "1}]}",
       "[{'kind':'show','tmdb_id':7,'title':'Kite','year':2008},{'kind':'show','tmdb_id':8,'title':null,'year':null}]"},
      {-1, "{'movie_results':[{'id':7}],'tv_results':[{'id':7},{'id':0},{'id':-1},{},7,{'id':'8'}]}",
       "[{'kind':'movie','tmdb_id':7},{'kind':'show','tmdb_id':7}]"},
      {TMDB_MOVIE, ANSWER_SEARCH,
       "[{'kind':'movie','tmdb_id':603,'title':'The "
       "Kite','year':null,'overview':null},{'tmdb_id':604,'title':'Kites','original_title':null,"
       "'year':2003}]"},
      {TMDB_SHOW, "{'results':[{'id':5,'name':'Kite','first_air_date':'2011-04-17','title':'not this'}]}",
       "[{'kind':'show','title':'Kite','year':2011}]"},
      {TMDB_MOVIE, "{'page':1,'results':[]}", "[]"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *answer = quoted(rows[i].answer);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) hits = rows[i].kind < 0 ? tmdb_read_found(answer, strlen(answer), &error)
                                                 : tmdb_read_search((TmdbKind)rows[i].kind, answer, strlen(answer), &error);
    g_assert_no_error(error);
    g_autoptr(json_t) have = json_from_records(&tmdb_hit_table, hits, JSON_FULL), wanted = parse_quoted(rows[i].says);
    g_autofree char *text = json_text(have);
    if (!says(have, wanted))
      g_error("row %zu: %s", i, text);
  }
}

static void test_garbage(void)
{
  static const char *const answers[] = {"",
                                        "<html>Sign in to this network</html>",
                                        "[]",
                                        "7",
                                        "{}",
                                        "{'id':0}",
                                        "{'id':'7'}",
                                        "{'id':-1}",
                                        "{'results':7}",
                                        "{'movie_results':[]}",
                                        "{'movie_results':[],'tv_results':{}}",
                                        "{'id':1"};
  for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
    g_autofree char *answer = quoted(answers[i]);
    size_t length = strlen(answer);
    TmdbMovie movie;
    TmdbShow show;
    for (int what = 0; what < 4; what++) {
      g_autoptr(GError) error = NULL;
      bool ok = what == 0   ? tmdb_read_movie(answer, length, &movie, &error)
                : what == 1 ? tmdb_read_show(answer, length, &show, &error)
                : what == 2 ? tmdb_read_found(answer, length, &error) != NULL
                            : tmdb_read_search(TMDB_MOVIE, answer, length, &error) != NULL;
      g_assert_false(ok);
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UPSTREAM);
    }
  }
}

static void test_many(void)
{
  g_autoptr(GString) answer = g_string_new("{\"results\":[{\"id\":1}");
  for (int i = 2; i <= TMDB_MAX_HITS * 3; i++)
    g_string_append_printf(answer, ",{\"id\":%d}", i);
  g_string_append(answer, "]}");
  g_autoptr(GPtrArray) hits = tmdb_read_search(TMDB_MOVIE, answer->str, answer->len, NULL);
  g_assert_cmpuint(hits->len, ==, TMDB_MAX_HITS);
}

static void test_release_date(void)
{
  static const struct {
    const char *region;
    TmdbReleaseType type;
    const char *date;
  } rows[] = {
      {NULL, TMDB_PHYSICAL, "1999-12-07"}, {"FR", TMDB_PHYSICAL, "2000-02-01"}, {"fr", TMDB_PHYSICAL, "2000-02-01"},
      {"US", TMDB_DIGITAL, "2001-01-01"},  {"FR", TMDB_DIGITAL, NULL},          {"DE", TMDB_PHYSICAL, NULL},
      {NULL, TMDB_PREMIERE, NULL},
  };
  g_autofree char *answer = quoted(ANSWER_MOVIE);
  TmdbMovie movie;
  g_assert_true(tmdb_read_movie(answer, strlen(answer), &movie, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(tmdb_release_date(&movie, rows[i].region, rows[i].type), ==, rows[i].date);
  record_clear(&tmdb_movie_table, &movie);
}

static void test_tables(void)
{
  const FieldTable *tables[] = {&tmdb_movie_table, &tmdb_show_table, &tmdb_hit_table, &tmdb_release_table};
  for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
    record_free(tables[i], record_new(tables[i]));
}

/* Real answers, where REEVE_SAMPLES names a directory of them: tmdb/NAME.json. */
static void test_samples(void)
{
  static const struct {
    const char *name;
    int what; /* 0 movie, 1 show, 2 find, 3 search for movies, 4 for shows */
    const char *says;
  } rows[] = {
      {"movie.json", 0,
       "{'tmdb_id':550,'imdb_id':'tt0137523','title':'Fight Club','original_language':'en','year':1999,'runtime_minutes':139}"},
      {"movie-with-collection.json", 0, "{'collection_id':1241,'collection':'Harry Potter Collection'}"},
      {"movie-details-append-response.json", 0, "{'tmdb_id':550}"},
      {"tv-series.json", 1, "{'tmdb_id':1399,'title':'Game of Thrones','year':2011,'original_language':'en'}"},
      {"tv-series-details-append-response.json", 1, "{'tmdb_id':1399}"},
      {"find-imdb-id-movie.json", 2, "[{'kind':'movie','tmdb_id':550,'title':'Fight Club','year':1999}]"},
      {"find-tvdb-id-tvshow.json", 2, "[{'kind':'show','tmdb_id':1396,'title':'Breaking Bad','year':2008}]"},
      {"movie-pageable-list.json", 3, "[{'title':'Movie 1'},{},{'original_title':'Movie 3 - a'}]"},
      {"tv-series-pageable-list.json", 4, "[{'kind':'show','tmdb_id':11366},{'year':2000}]"},
  };
  const char *samples = g_getenv("REEVE_SAMPLES");
  for (size_t i = 0; samples && i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_build_filename(samples, "tmdb", rows[i].name, NULL), *text = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &text, &length, &error);
    g_assert_no_error(error);
    if (rows[i].what < 2) {
      const FieldTable *table = rows[i].what ? &tmdb_show_table : &tmdb_movie_table;
      g_autofree void *record = g_malloc0(table->size);
      (rows[i].what ? read_show : read_movie)(text, length, record, &error);
      g_assert_no_error(error);
      assert_says(table, record, rows[i].says);
      record_clear(table, record);
    } else {
      g_autoptr(GPtrArray) hits = rows[i].what == 2
                                      ? tmdb_read_found(text, length, &error)
                                      : tmdb_read_search(rows[i].what == 3 ? TMDB_MOVIE : TMDB_SHOW, text, length, &error);
      g_assert_no_error(error);
      g_autoptr(json_t) have = json_from_records(&tmdb_hit_table, hits, JSON_FULL), wanted = parse_quoted(rows[i].says);
      g_assert_true(says(have, wanted));
    }
  }
  if (!samples)
    g_test_skip("REEVE_SAMPLES names no directory of samples");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tmdb-read/details", test_details);
  g_test_add_func("/tmdb-read/lists", test_lists);
  g_test_add_func("/tmdb-read/garbage", test_garbage);
  g_test_add_func("/tmdb-read/many", test_many);
  g_test_add_func("/tmdb-read/release-date", test_release_date);
  g_test_add_func("/tmdb-read/tables", test_tables);
  g_test_add_func("/tmdb-read/samples", test_samples);
  return g_test_run();
}
