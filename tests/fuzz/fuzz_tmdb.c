/* Any bytes as an answer of TMDB: what is read must be a record that survives the way through the cache. */
#include "connect/tmdb_read.h"
#include "wire/json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const FieldTable *table, void *record)
{
  g_autofree void *back = g_malloc0(table->size);
  record_init(table, back);
  g_autoptr(json_t) object = json_from_record(table, record, JSON_FULL);
  g_autoptr(GError) error = NULL;
  json_to_record(table, object, JSON_TRUSTED, back, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(record_equal(table, record, back));
  record_clear(table, back);
}

static void check_hits(GPtrArray *hits)
{
  for (guint i = 0; hits && i < hits->len; i++) {
    const TmdbHit *hit = g_ptr_array_index(hits, i);
    g_assert_cmpint(hit->tmdb_id, >, 0);
    check_record(&tmdb_hit_table, hits->pdata[i]);
  }
  if (hits)
    g_ptr_array_unref(hits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *text = (const char *)data;
  TmdbMovie movie;
  if (tmdb_read_movie(text, size, &movie, NULL)) {
    for (int type = TMDB_PREMIERE; type <= TMDB_TV; type++) {
      const char *date = tmdb_release_date(&movie, NULL, (TmdbReleaseType)type);
      g_assert_true(!date || strlen(date) == strlen("1999-12-31"));
    }
    check_record(&tmdb_movie_table, &movie);
    record_clear(&tmdb_movie_table, &movie);
  }
  TmdbShow show;
  if (tmdb_read_show(text, size, &show, NULL)) {
    check_record(&tmdb_show_table, &show);
    record_clear(&tmdb_show_table, &show);
  }
  check_hits(tmdb_read_found(text, size, NULL));
  check_hits(tmdb_read_search(TMDB_MOVIE, text, size, NULL));
  check_hits(tmdb_read_search(TMDB_SHOW, text, size, NULL));
  return 0;
}
