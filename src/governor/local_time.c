/* Decides which instant a local time means. Test: tests/unit/governor/test_timetable.c */
#include "governor/local_time.h"

#include <string.h>

enum { ZONE_NAME_BYTES = 64, DAY_S = 24 * 60 * 60, THURSDAY = 3 };

/* Zones are files: a name must not lead out of their directory. */
static bool is_zone_name(const char *name)
{
  size_t length = name ? strlen(name) : 0;
  if (length == 0 || length > ZONE_NAME_BYTES || name[0] == '/' || name[0] == '-' || name[0] == '+')
    return false;
  for (const char *at = name; *at; at++)
    if (!g_ascii_isalnum(*at) && !strchr("/_+-", *at))
      return false;
  return true;
}

/* GLib also makes zones up from words such as "ABC5", which no calendar knows. */
static bool has_data(const char *name)
{
  const char *directory = g_getenv("TZDIR");
  g_autofree char *path = g_build_filename(directory ? directory : "/usr/share/zoneinfo", name, NULL);
  return strcmp(name, "UTC") == 0 || g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

GTimeZone *zone_open(const char *name)
{
  return is_zone_name(name) && has_data(name) ? g_time_zone_new_identifier(name) : NULL;
}

bool local_minute_parse(const char *text, int *ret_minute)
{
  if (!text || strlen(text) != 5 || text[2] != ':')
    return false;
  for (int i = 0; i < 5; i++)
    if (i != 2 && !g_ascii_isdigit(text[i]))
      return false;
  int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  if (minute > 59 || hour * 60 + minute > MINUTES_OF_DAY)
    return false;
  *ret_minute = hour * 60 + minute;
  return true;
}

static int64_t offset_at(GTimeZone *zone, int64_t utc_s)
{
  return g_time_zone_get_offset(zone, g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, utc_s));
}

static int64_t floor_div(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

int64_t local_day(GTimeZone *zone, int64_t at_ms)
{
  int64_t utc_s = floor_div(at_ms, 1000);
  return floor_div(utc_s + offset_at(zone, utc_s), DAY_S);
}

int local_weekday(int64_t day)
{
  return (int)(((day + THURSDAY) % 7 + 7) % 7);
}

/* The first second after `before_s` whose offset is another one, at `after_s` at the latest. */
static int64_t find_change(GTimeZone *zone, int64_t before_s, int64_t after_s)
{
  int64_t old = offset_at(zone, before_s);
  while (after_s - before_s > 1) {
    int64_t middle = before_s + (after_s - before_s) / 2;
    if (offset_at(zone, middle) == old)
      before_s = middle;
    else
      after_s = middle;
  }
  return after_s;
}

int64_t local_instant(GTimeZone *zone, int64_t day, int minute)
{
  int64_t local_s = day * DAY_S + (int64_t)minute * 60;
  /* Zones are at most 14 hours from UTC: what holds two days before and after holds around a change too, if there is one. */
  int64_t before_s = local_s - 2 * DAY_S, after_s = local_s + 2 * DAY_S;
  int64_t old = offset_at(zone, before_s), new = offset_at(zone, after_s);
  int64_t by_old = local_s - old, by_new = local_s - new;
  bool old_fits = offset_at(zone, by_old) == old, new_fits = offset_at(zone, by_new) == new;
  if (old_fits && new_fits)
    return MIN(by_old, by_new) * 1000;
  if (old_fits || new_fits)
    return (old_fits ? by_old : by_new) * 1000;
  return find_change(zone, before_s, after_s) * 1000;
}

char *local_text(GTimeZone *zone, int64_t at_ms)
{
  static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  int64_t utc_s = floor_div(at_ms, 1000);
  int64_t local_s = utc_s + offset_at(zone, utc_s), day = floor_div(local_s, DAY_S);
  int minute = (int)((local_s - day * DAY_S) / 60);
  return g_strdup_printf("%s %02d:%02d", names[local_weekday(day)], minute / 60, minute % 60);
}
