/* Lending, eviction by age, doubles. */
#include "store/statement_cache.h"

static void count_drop(void *statement, void *user_data)
{
  (void)statement;
  ++*(int *)user_data;
}

static void test_cache(void)
{
  int dropped = 0;
  char statements[5];
  StatementCache *cache = statement_cache_new(2, count_drop, &dropped);
  g_assert_null(statement_cache_take(cache, "a"));
  statement_cache_put(cache, "a", &statements[0]);
  statement_cache_put(cache, "b", &statements[1]);
  g_assert_true(statement_cache_take(cache, "a") == &statements[0]);
  g_assert_null(statement_cache_take(cache, "a")); /* lent */
  statement_cache_put(cache, "a", &statements[0]);
  statement_cache_put(cache, "c", &statements[2]); /* b is the oldest */
  g_assert_cmpint(dropped, ==, 1);
  g_assert_null(statement_cache_take(cache, "b"));
  statement_cache_put(cache, "a", &statements[3]); /* a double */
  g_assert_cmpint(dropped, ==, 2);
  g_assert_true(statement_cache_take(cache, "a") == &statements[0]);
  statement_cache_free(cache);
  g_assert_cmpint(dropped, ==, 3);
  statement_cache_free(NULL);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/statement-cache", test_cache);
  return g_test_run();
}
