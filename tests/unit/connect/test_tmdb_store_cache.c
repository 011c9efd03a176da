#include "connect/tmdb_store_cache.h"

#include "base/error.h"
#include "store/db_fixture.h"

#include <glib.h>

static void test_through(TestDb *test)
{
  TmdbStoreCache store;
  tmdb_store_cache_init(&store, test->db);
  TmdbCache *cache = &store.cache;
  g_autoptr(GError) error = NULL;
  g_assert_null(cache->get(cache, "a", 100, &error));
  g_assert_no_error(error);
  g_assert_true(cache->put(cache, "a", "{}", 200, &error));
  g_autofree char *value = cache->get(cache, "a", 100, &error);
  g_assert_cmpstr(value, ==, "{}");
  g_assert_null(cache->get(cache, "a", 200, &error));
  g_assert_no_error(error);
}

/* A database without the table is a failure that says so. */
static void test_failure(TestDb *test)
{
  TmdbStoreCache store;
  tmdb_store_cache_init(&store, test->db);
  g_autoptr(GError) error = NULL;
  g_assert_null(store.cache.get(&store.cache, "a", 100, &error));
  g_assert_nonnull(error);
  g_clear_error(&error);
  g_assert_false(store.cache.put(&store.cache, "a", "{}", 200, &error));
  g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/tmdb-store-cache/through", test_through);
  test_db_each_empty("/tmdb-store-cache/failure", test_failure);
  return g_test_run();
}
