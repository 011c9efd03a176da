#include "net/rate_limit.h"

/* A caller every `every_ms`, with a burst of 3 and one each 100 ms after it: how long each waits. */
static void test_places(void)
{
  static const struct {
    int64_t at_ms, wait_ms;
  } rows[] = {
      {0, 0},     {0, 0},     {0, 0},     {0, 100},     {0, 200}, {50, 250}, /* the queue is 300 ms long */
      {350, 50},                                                             /* one place an interval */
      {10000, 0}, {10000, 0}, {10000, 0}, {10000, 100}, /* full again after a pause, and not more than full */
  };
  g_autoptr(RateLimit) limit = rate_limit_new((RateLimitRule){.interval_ms = 100, .burst = 3});
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t wait_ms = -1;
    g_assert_true(rate_limit_reserve(limit, rows[i].at_ms, 10000, &wait_ms));
    if (wait_ms != rows[i].wait_ms)
      g_error("row %zu waits %" G_GINT64_FORMAT " ms", i, wait_ms);
  }
}

static void test_too_long(void)
{
  g_autoptr(RateLimit) limit = rate_limit_new((RateLimitRule){.interval_ms = 100, .burst = 1});
  int64_t wait_ms = -1;
  g_assert_true(rate_limit_reserve(limit, 0, 0, &wait_ms));
  for (int i = 0; i < 3; i++) { /* nothing is taken by being refused */
    g_assert_false(rate_limit_reserve(limit, 0, 99, &wait_ms));
    g_assert_cmpint(wait_ms, ==, 100);
  }
  g_assert_true(rate_limit_reserve(limit, 0, 100, &wait_ms));
  g_assert_false(rate_limit_reserve(limit, 0, 100, &wait_ms));
  rate_limit_give_back(limit);
  g_assert_true(rate_limit_reserve(limit, 0, 100, &wait_ms));
}

static void test_hold(void)
{
  g_autoptr(RateLimit) limit = rate_limit_new((RateLimitRule){.interval_ms = 100, .burst = 2});
  int64_t wait_ms = -1;
  rate_limit_hold(limit, 1000, 5000);
  rate_limit_hold(limit, 1000, 200); /* a shorter one does not shorten it */
  g_assert_false(rate_limit_reserve(limit, 2000, 3999, &wait_ms));
  g_assert_cmpint(wait_ms, ==, 4000);
  g_assert_true(rate_limit_reserve(limit, 2000, 4000, &wait_ms));
  g_assert_true(rate_limit_reserve(limit, 2000, 9000, &wait_ms));
  g_assert_cmpint(wait_ms, ==, 4000);
  g_assert_true(rate_limit_reserve(limit, 2000, 9000, &wait_ms)); /* when it ends, not everyone goes at once */
  g_assert_cmpint(wait_ms, ==, 4100);
  rate_limit_give_back(limit);
  rate_limit_give_back(limit);
  rate_limit_give_back(limit);
  g_assert_true(rate_limit_reserve(limit, 5999, 9000, &wait_ms)); /* places given back do not end it */
  g_assert_cmpint(wait_ms, ==, 1);
}

/* From many threads at the same instant, each place is given once. */
static gpointer take_some(gpointer data)
{
  int64_t sum_ms = 0, wait_ms = 0;
  for (int i = 0; i < 1000; i++) {
    g_assert_true(rate_limit_reserve(data, 0, G_MAXINT64, &wait_ms));
    sum_ms += wait_ms;
  }
  return GSIZE_TO_POINTER((gsize)sum_ms);
}

static void test_threads(void)
{
  g_autoptr(RateLimit) limit = rate_limit_new((RateLimitRule){.interval_ms = 1, .burst = 1});
  GThread *threads[4];
  gsize sum_ms = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("taker", take_some, limit);
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    sum_ms += GPOINTER_TO_SIZE(g_thread_join(threads[i]));
  g_assert_cmpuint(sum_ms, ==, 4000 * 3999 / 2); /* 0, 1, 2 … 3999 */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rate-limit/places", test_places);
  g_test_add_func("/rate-limit/too-long", test_too_long);
  g_test_add_func("/rate-limit/hold", test_hold);
  g_test_add_func("/rate-limit/threads", test_threads);
  return g_test_run();
}
