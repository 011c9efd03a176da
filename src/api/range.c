/* Decides which bytes a Range header means. Test: tests/unit/api/test_range.c */
#include "api/range.h"

#include <glib.h>
#include <string.h>

/* Decimal digits at *at, which is moved behind them. False if there are none; what does not fit counts as the largest. */
static bool read_number(const char **at, uint64_t *ret_value)
{
  size_t digits = strspn(*at, "0123456789");
  uint64_t value = 0;
  for (size_t i = 0; i < digits; i++) {
    uint64_t digit = (uint64_t)((*at)[i] - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  *at += digits;
  *ret_value = value;
  return digits > 0;
}

static const char *skip_spaces(const char *at)
{
  return at + strspn(at, " \t");
}

RangeKind range_parse(const char *header, uint64_t size_bytes, uint64_t *ret_first, uint64_t *ret_length)
{
  static const char unit[] = "bytes=";
  uint64_t first = 0, last = UINT64_MAX;
  if (!header || g_ascii_strncasecmp(header, unit, strlen(unit)) != 0)
    return RANGE_WHOLE;
  const char *at = skip_spaces(header + strlen(unit));
  bool has_first = read_number(&at, &first);
  if (*at++ != '-')
    return RANGE_WHOLE;
  bool has_last = read_number(&at, &last);
  if (*skip_spaces(at) || (!has_first && !has_last) || (has_first && has_last && last < first))
    return RANGE_WHOLE;
  if (!has_first) { /* the last so many */
    if (last == 0 || size_bytes == 0)
      return RANGE_UNSATISFIABLE;
    first = last < size_bytes ? size_bytes - last : 0;
    last = UINT64_MAX;
  } else if (!has_last) {
    last = UINT64_MAX;
  }
  if (first >= size_bytes)
    return RANGE_UNSATISFIABLE;
  *ret_first = first;
  *ret_length = MIN(last, size_bytes - 1) - first + 1;
  return RANGE_PART;
}

bool range_is_current(const char *if_range, const char *etag, const char *last_modified)
{
  return !if_range || strcmp(if_range, etag) == 0 || strcmp(if_range, last_modified) == 0;
}
