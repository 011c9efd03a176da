#include "base/number.h"

#include <locale.h>

/* Some rows hold what may not stand in a line of TAP. */
static void show(const char *text)
{
  g_autofree char *escaped = g_strescape(text ? text : "NULL", NULL);
  g_test_message("%s", escaped);
}

static void test_int(void)
{
  static const struct {
    const char *text;
    int64_t min, max;
    bool good;
    int64_t value;
  } rows[] = {
      {"0", INT64_MIN, INT64_MAX, true, 0},
      {"-0", INT64_MIN, INT64_MAX, true, 0},
      {"007", INT64_MIN, INT64_MAX, true, 7},
      {"-12", INT64_MIN, INT64_MAX, true, -12},
      {"9007199254740993", INT64_MIN, INT64_MAX, true, 9007199254740993},
      {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
      {"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
      {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
      {"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
      {"99999999999999999999999", INT64_MIN, INT64_MAX, false, 0},
      {"5", 5, 5, true, 5},
      {"4", 5, 9, false, 0},
      {"10", 5, 9, false, 0},
      {"", INT64_MIN, INT64_MAX, false, 0},
      {"-", INT64_MIN, INT64_MAX, false, 0},
      {"--1", INT64_MIN, INT64_MAX, false, 0},
      {"+1", INT64_MIN, INT64_MAX, false, 0},
      {" 1", INT64_MIN, INT64_MAX, false, 0},
      {"1 ", INT64_MIN, INT64_MAX, false, 0},
      {"1.0", INT64_MIN, INT64_MAX, false, 0},
      {"1e3", INT64_MIN, INT64_MAX, false, 0},
      {"0x10", INT64_MIN, INT64_MAX, false, 0},
      {"\xd9\xa3", INT64_MIN, INT64_MAX, false, 0}, /* an Arabic three */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t value = 4242;
    show(rows[i].text);
    g_assert_cmpint(parse_int(rows[i].text, rows[i].min, rows[i].max, &value), ==, rows[i].good);
    g_assert_cmpint(value, ==, rows[i].good ? rows[i].value : 4242);
  }
}

static void test_real(void)
{
  static const struct {
    const char *text;
    bool good;
    double value;
  } rows[] = {
      {"1.5", true, 1.5}, {"-2", true, -2},    {"+2", true, 2},     {"1e3", true, 1000},  {".5", true, 0.5},
      {"5.", true, 5},    {"1e-400", true, 0}, {"1e400", false, 0}, {"-1e400", false, 0}, {"", false, 0},
      {"inf", false, 0},  {"nan", false, 0},   {"0x1p3", false, 0}, {" 1", false, 0},     {"1 ", false, 0},
      {"1,5", false, 0},  {"e", false, 0},     {"1e", false, 0},    {"1.2.3", false, 0},  {"-", false, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    double value = 42;
    show(rows[i].text);
    g_assert_cmpint(parse_real(rows[i].text, &value), ==, rows[i].good);
    g_assert_cmpfloat(value, ==, rows[i].good ? rows[i].value : 42);
  }
}

typedef struct {
  const char *text;
  int64_t value; /* -1: refused */
} UnitRow;

static void check_units(bool (*parse)(const char *, int64_t *), const UnitRow *rows, size_t n_rows)
{
  for (size_t i = 0; i < n_rows; i++) {
    int64_t value = -1;
    show(rows[i].text);
    g_assert_cmpint(parse(rows[i].text, &value), ==, rows[i].value >= 0);
    g_assert_cmpint(value, ==, rows[i].value);
  }
}

static void test_size(void)
{
  static const UnitRow rows[] = {
      {"0", 0},
      {"1024", 1024},
      {"1K", 1024},
      {"1KiB", 1024},
      {"1 KiB", 1024},
      {"12 B", 12},
      {"1.5G", 1610612736},
      {"2g", 2147483648},
      {"1TiB", 1099511627776},
      {"8388607T", 8388607LL << 40},
      {"8388608T", -1},
      {"8388608.0T", -1},
      {"-1", -1},
      {"", -1},
      {"K", -1},
      {"1KB", -1},
      {"1  K", -1},
      {"1 ", -1},
      {" 1", -1},
      {"1P", -1},
      {"1.2.3K", -1},
      {".K", -1},
      {"1e3", -1},
      {"9223372036854775807", INT64_MAX},
  };
  check_units(parse_size, rows, G_N_ELEMENTS(rows));
}

static void test_duration(void)
{
  static const UnitRow rows[] = {
      {"0", 0},         {"90", 90000},   {"250ms", 250},        {"1.5s", 1500},
      {"2m", 120000},   {"1h", 3600000}, {"1.5h", 5400000},     {"30d", 2592000000},
      {"1 h", 3600000}, {"1h30m", -1},   {"-5s", -1},           {"1w", -1},
      {"s", -1},        {"", -1},        {"106751991168d", -1}, {"9223372036854775807ms", INT64_MAX},
  };
  check_units(parse_duration, rows, G_N_ELEMENTS(rows));
}

static void test_format_size(void)
{
  static const struct {
    int64_t bytes;
    const char *text;
  } rows[] = {
      {0, "0 B"},
      {1, "1 B"},
      {1023, "1023 B"},
      {1024, "1 KiB"},
      {1536, "1.5 KiB"},
      {1024 * 1024 - 1, "1 MiB"},
      {1503238554, "1.4 GiB"},
      {10 * 1024 + 52, "10.1 KiB"},
      {1234567, "1.18 MiB"},
      {104857600, "100 MiB"},
      {-1536, "-1.5 KiB"},
      {INT64_MAX, "8 EiB"},
      {INT64_MIN, "-8 EiB"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = format_size(rows[i].bytes);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
}

static void test_format_duration(void)
{
  static const struct {
    int64_t ms;
    const char *text;
  } rows[] = {
      {0, "0:00"},          {999, "0:00"},    {1000, "0:01"}, {245000, "4:05"},         {3599999, "59:59"},
      {3723000, "1:02:03"}, {-5000, "-0:05"}, {-10, "0:00"},  {360000000, "100:00:00"}, {INT64_MIN, "-2562047788015:12:55"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = format_duration(rows[i].ms);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
}

int main(int argc, char **argv)
{
  setlocale(LC_ALL, "");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/number/int", test_int);
  g_test_add_func("/number/real", test_real);
  g_test_add_func("/number/size", test_size);
  g_test_add_func("/number/duration", test_duration);
  g_test_add_func("/number/format-size", test_format_size);
  g_test_add_func("/number/format-duration", test_format_duration);
  return g_test_run();
}
