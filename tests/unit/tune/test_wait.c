/* When files that wait are looked at again, and when no more. */
#include "tune/wait.h"

#include <glib.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };
static const int64_t since_ms = 1000000000000;

static void test_next(void)
{
  static const struct {
    int64_t waited_ms, pause_ms;
  } rows[] = {
      {0, 10 * MINUTE_MS},
      {1, 10 * MINUTE_MS},
      {10 * MINUTE_MS, 10 * MINUTE_MS},
      {20 * MINUTE_MS, 20 * MINUTE_MS},
      {40 * MINUTE_MS, 40 * MINUTE_MS},
      {6 * HOUR_MS - 1, 6 * HOUR_MS - 1},
      {6 * HOUR_MS, 6 * HOUR_MS},
      {100 * HOUR_MS, 6 * HOUR_MS},
      {166 * HOUR_MS, 2 * HOUR_MS}, /* the last look is at the end */
      {WAIT_END_MS - 1, 1},
      {-HOUR_MS, 10 * MINUTE_MS}, /* the clock was set back */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t now_ms = since_ms + rows[i].waited_ms;
    g_assert_cmpint(wait_next_ms(since_ms, now_ms) - now_ms, ==, rows[i].pause_ms);
  }
  g_assert_cmpint(wait_next_ms(since_ms, since_ms + WAIT_END_MS), ==, INT64_MIN);
  g_assert_cmpint(wait_next_ms(since_ms, since_ms + 1000 * (int64_t)HOUR_MS), ==, INT64_MIN);
}

/* From the first look to the last: some dozens in a week, where there were a thousand. */
static void test_whole_wait(void)
{
  int looks = 1;
  int64_t now_ms = since_ms;
  for (int64_t next_ms; (next_ms = wait_next_ms(since_ms, now_ms)) != INT64_MIN; looks++) {
    g_assert_cmpint(next_ms, >, now_ms);
    now_ms = next_ms;
  }
  g_assert_cmpint(now_ms, ==, since_ms + WAIT_END_MS);
  g_assert_cmpint(looks, >, 20);
  g_assert_cmpint(looks, <, 50);
}

static void test_words(void)
{
  static const struct {
    int64_t pause_ms;
    const char *words;
  } rows[] = {{1, "1 minute"},
              {MINUTE_MS, "1 minute"},
              {10 * MINUTE_MS, "10 minutes"},
              {80 * MINUTE_MS, "80 minutes"},
              {160 * MINUTE_MS, "3 hours"},
              {6 * HOUR_MS, "6 hours"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *words = wait_words(rows[i].pause_ms);
    g_assert_cmpstr(words, ==, rows[i].words);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/wait/next", test_next);
  g_test_add_func("/wait/whole", test_whole_wait);
  g_test_add_func("/wait/words", test_words);
  return g_test_run();
}
