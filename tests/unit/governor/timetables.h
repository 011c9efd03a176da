/* Timetables in short words: "mon,tue 22:00-06:00; sun 00:00-24:00". */
#pragma once

#include "governor/local_time.h"
#include "governor/timetable.h"

#include <string.h>

static inline void fill_windows(Timetable *timetable, const char *text)
{
  const Field *windows = field_find(&timetable_table, "windows");
  timetable->windows = records_new(windows->record);
  g_auto(GStrv) parts = g_strsplit(text, "; ", -1);
  for (char **part = parts; *part && **part; part++) {
    TimeWindow *window = record_new(windows->record);
    record_clear(windows->record, window);
    g_auto(GStrv) words = g_strsplit_set(*part, " -", 3);
    window->days = g_strsplit(words[0], ",", -1);
    window->start = g_strdup(words[1]);
    window->end = g_strdup(words[2]);
    g_ptr_array_add(timetable->windows, window);
  }
}

static inline Timetable *make_timetable(int64_t id, const char *zone, const char *windows)
{
  Timetable *timetable = record_new(&timetable_table);
  timetable->id = id;
  timetable->name = (g_free(timetable->name), g_strdup("Nights"));
  timetable->zone = (g_free(timetable->zone), g_strdup(zone));
  fill_windows(timetable, windows);
  return timetable;
}

/* "2026-03-29T00:30:00Z" in ms since 1970. */
static inline int64_t at(const char *text)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
  g_assert_nonnull(time);
  return g_date_time_to_unix(time) * 1000;
}

static inline char *instant_text(int64_t at_ms)
{
  if (at_ms == FIELD_NULL_INT)
    return g_strdup("never");
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at_ms / 1000);
  return g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}
