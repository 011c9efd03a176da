/* When an encode is stopped because it gets too large: src/encode/promise.c. */
#include "encode/promise.h"

#include <string.h>

static void test_bound(void)
{
  static const struct {
    int64_t source;
    double saving;
    int64_t bound;
  } rows[] = {{1000, 5, 950}, {1000, 0, 999}, {1000, 0.01, 999}, {1000, 99, 10}, {1000, -1, INT64_MAX}, {0, 5, -1}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(promise_bound(rows[i].source, rows[i].saving), ==, rows[i].bound);
}

static void test_broken(void)
{
  enum { HOUR = 3600 * 1000 };
  static const struct {
    const char *name;
    PromiseProgress progress;
    bool broken;
  } rows[] = {
      {"nothing yet", {1000, 0, 0, HOUR}, false},
      {"just the bound", {1000, 1000, HOUR, HOUR}, false},
      {"a byte over", {1000, 1001, HOUR - 1, HOUR}, true},
      {"at the end nothing is left to stop", {1000, 2000, HOUR, HOUR}, false},
      {"over the bound at once", {1000, 1001, 1, HOUR}, true},
      {"no bound", {INT64_MAX, INT64_MAX, HOUR, HOUR}, false},
      {"a fast start is not judged", {1000, 900, HOUR / 10, HOUR}, false},
      {"at a third, three times too large", {1000, 900, HOUR / 3 + 1, HOUR}, true},
      {"at a third, as large as it may be", {1000, 334, HOUR / 3 + 1, HOUR}, false},
      {"at a half, a third too large: the rest may be lean", {1000, 660, HOUR / 2, HOUR}, false},
      {"at a half, too large by half", {1000, 750, HOUR / 2, HOUR}, true},
      {"at nine tenths, a little over", {1000, 930, HOUR * 9 / 10, HOUR}, false},
      {"at nine tenths, surely over", {1000, 960, HOUR * 9 / 10, HOUR}, true},
      {"a short film", {1000, 999, 30000, 40000}, false},
      {"a length that is not known", {1000, 999, HOUR, 0}, false},
      {"a position after the end", {1000, 999, HOUR * 2, HOUR}, false},
      {"an empty source", {-1, 0, 0, HOUR}, true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (promise_is_broken(&rows[i].progress) != rows[i].broken)
      g_error("%s", rows[i].name);
}

static void test_words(void)
{
  g_autofree char *words = promise_words(&(PromiseProgress){INT64_C(1000) << 20, INT64_C(950) << 20, 420000, 1000000}, 5);
  g_assert_true(g_str_has_prefix(words, "Stopped at 42 % of the film: 950 MiB are written already"));
  g_assert_nonnull(strstr(words, "for the profile's saving of 5 %."));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/promise/bound", test_bound);
  g_test_add_func("/encode/promise/broken", test_broken);
  g_test_add_func("/encode/promise/words", test_words);
  return g_test_run();
}
