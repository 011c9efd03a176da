/* Which texts are numbers, sizes and durations, and how sizes and durations read. Locales play no part.
 * Test: tests/unit/base/test_number.c */
#include "base/number.h"

#include <math.h>
#include <string.h>

typedef struct {
  const char *suffix;
  int64_t factor;
} Unit;

bool parse_int(const char *text, int64_t min, int64_t max, int64_t *ret)
{
  bool negative = text[0] == '-';
  const char *digit = text + negative;
  if (*digit == '\0')
    return false;
  int64_t value = 0;
  for (; *digit; digit++) {
    if (!g_ascii_isdigit(*digit) || __builtin_mul_overflow(value, 10, &value))
      return false;
    /* Built on the sign's own side: INT64_MIN has no positive counterpart. */
    int step = negative ? -(*digit - '0') : *digit - '0';
    if (__builtin_add_overflow(value, step, &value))
      return false;
  }
  if (value < min || value > max)
    return false;
  *ret = value;
  return true;
}

bool parse_real(const char *text, double *ret)
{
  /* strtod also takes white space, "inf", "nan" and hexadecimal; none has these characters alone. */
  if (text[0] == '\0' || text[strspn(text, "+-.0123456789eE")] != '\0')
    return false;
  char *end;
  double value = g_ascii_strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(value))
    return false;
  *ret = value;
  return true;
}

/* A number that is not negative, whole or with a fraction, and a unit after at most one space. */
static bool parse_with_unit(const char *text, const Unit *units, size_t n_units, int64_t *ret)
{
  size_t n_digits = strspn(text, "0123456789.");
  const char *suffix = text + n_digits + (text[n_digits] == ' ' && text[n_digits + 1] != '\0');
  int64_t factor = 0;
  for (size_t i = 0; i < n_units && factor == 0; i++)
    if (g_ascii_strcasecmp(units[i].suffix, suffix) == 0)
      factor = units[i].factor;
  if (n_digits == 0 || factor == 0)
    return false;

  g_autofree char *digits = g_strndup(text, n_digits);
  int64_t whole;
  if (!strchr(digits, '.')) {
    if (!parse_int(digits, 0, INT64_MAX / factor, &whole))
      return false;
    *ret = whole * factor;
    return true;
  }
  double value;
  if (!parse_real(digits, &value) || value * (double)factor >= 0x1p63)
    return false;
  *ret = llround(value * (double)factor);
  return true;
}

bool parse_size(const char *text, int64_t *ret_bytes)
{
  static const Unit units[] = {
      {"", 1},          {"B", 1},           {"K", 1LL << 10}, {"KiB", 1LL << 10}, {"M", 1LL << 20}, {"MiB", 1LL << 20},
      {"G", 1LL << 30}, {"GiB", 1LL << 30}, {"T", 1LL << 40}, {"TiB", 1LL << 40},
  };
  return parse_with_unit(text, units, G_N_ELEMENTS(units), ret_bytes);
}

bool parse_duration(const char *text, int64_t *ret_ms)
{
  static const Unit units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
  return parse_with_unit(text, units, G_N_ELEMENTS(units), ret_ms);
}

char *format_size(int64_t bytes)
{
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = fabs((double)bytes);
  size_t unit = 0;
  /* 1023.5 would be shown as 1024 of the smaller unit. */
  while (value >= 1023.5 && unit + 1 < G_N_ELEMENTS(units)) {
    value /= 1024;
    unit++;
  }
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  const char *format = value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f";
  g_ascii_formatd(digits, sizeof digits, format, value);
  if (strchr(digits, '.')) {
    size_t end = strlen(digits);
    while (digits[end - 1] == '0')
      end--;
    if (digits[end - 1] == '.')
      end--;
    digits[end] = '\0';
  }
  return g_strdup_printf("%s%s %s", bytes < 0 ? "-" : "", digits, units[unit]);
}

char *format_duration(int64_t ms)
{
  const char *sign = ms <= -1000 ? "-" : "";
  uint64_t seconds = (ms < 0 ? -(uint64_t)ms : (uint64_t)ms) / 1000;
  unsigned second = seconds % 60, minute = seconds / 60 % 60;
  uint64_t hours = seconds / 3600;
  if (hours == 0)
    return g_strdup_printf("%s%u:%02u", sign, minute, second);
  return g_strdup_printf("%s%" G_GUINT64_FORMAT ":%02u:%02u", sign, hours, minute, second);
}
