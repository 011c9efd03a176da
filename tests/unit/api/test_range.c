/* Ranges of files, by RFC 9110, 14.1.2. */
#include "api/range.h"

#include <glib.h>

static void test_parse(void)
{
  static const struct {
    const char *header;
    uint64_t size;
    RangeKind kind;
    uint64_t first, length;
  } rows[] = {
      {NULL, 100, RANGE_WHOLE, 0, 0},
      {"bytes=0-0", 100, RANGE_PART, 0, 1},
      {"bytes=0-", 100, RANGE_PART, 0, 100},
      {"Bytes=10-19", 100, RANGE_PART, 10, 10},
      {"bytes= 10-19 ", 100, RANGE_PART, 10, 10},
      {"bytes=90-200", 100, RANGE_PART, 90, 10},
      {"bytes=99-", 100, RANGE_PART, 99, 1},
      {"bytes=100-", 100, RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=100-200", 100, RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=-1", 100, RANGE_PART, 99, 1},
      {"bytes=-200", 100, RANGE_PART, 0, 100},
      {"bytes=-0", 100, RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=-5", 0, RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=99999999999999999999999-", 100, RANGE_UNSATISFIABLE, 0, 0},
      {"bytes=0-99999999999999999999999", 100, RANGE_PART, 0, 100},
      {"bytes=-99999999999999999999999", 100, RANGE_PART, 0, 100},
      {"bytes=0-18446744073709551615", UINT64_MAX, RANGE_PART, 0, UINT64_MAX},
      /* several, or nonsense: the whole */
      {"bytes=0-1,5-6", 100, RANGE_WHOLE, 0, 0},
      {"bytes=5-2", 100, RANGE_WHOLE, 0, 0},
      {"bytes=-", 100, RANGE_WHOLE, 0, 0},
      {"bytes=", 100, RANGE_WHOLE, 0, 0},
      {"bytes=a-b", 100, RANGE_WHOLE, 0, 0},
      {"bytes=1-2x", 100, RANGE_WHOLE, 0, 0},
      {"bytes=+1-2", 100, RANGE_WHOLE, 0, 0},
      {"bytes=--1", 100, RANGE_WHOLE, 0, 0},
      {"items=0-1", 100, RANGE_WHOLE, 0, 0},
      {"", 100, RANGE_WHOLE, 0, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    uint64_t first = 0, length = 0;
    g_test_message("%s", rows[i].header);
    g_assert_cmpint(range_parse(rows[i].header, rows[i].size, &first, &length), ==, rows[i].kind);
    g_assert_cmpuint(first, ==, rows[i].first);
    g_assert_cmpuint(length, ==, rows[i].length);
  }
}

static void test_current(void)
{
  static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
  g_assert_true(range_is_current(NULL, "\"a\"", date));
  g_assert_true(range_is_current("\"a\"", "\"a\"", date));
  g_assert_true(range_is_current(date, "\"a\"", date));
  g_assert_false(range_is_current("\"b\"", "\"a\"", date));
  g_assert_false(range_is_current("W/\"a\"", "\"a\"", date)); /* compared strongly */
  g_assert_false(range_is_current("Sun, 06 Nov 1994 08:49:38 GMT", "\"a\"", date));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/range/parse", test_parse);
  g_test_add_func("/range/current", test_current);
  return g_test_run();
}
