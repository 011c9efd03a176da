/* Decides how windows are written. Test: tests/unit/governor/test_timetable_words.c */
#include "governor/timetable_words.h"

#include "base/error.h"

#include <string.h>

enum { DAYS = 7, RUN_MIN = 3 /* days in a row that are told as "from to" */, WINDOWS_MAX = 50 };

static const char *const day_names[DAYS] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

static unsigned day_set(const TimeWindow *window)
{
  unsigned set = 0;
  int day;
  for (char **name = window->days; name && *name; name++)
    if (enum_value(&weekday_table, *name, &day))
      set |= 1u << day;
  return set;
}

/* What stands between the parts of a list: ", " and, before the last, " and ". */
static char *join_list(const GPtrArray *parts)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < parts->len; i++)
    g_string_append_printf(text, "%s%s", i == 0 ? "" : i + 1 == parts->len ? " and " : ", ", (const char *)parts->pdata[i]);
  return g_string_free(text, FALSE);
}

static char *days_text(const TimeWindow *window)
{
  unsigned set = day_set(window);
  if (set == (1u << DAYS) - 1)
    return g_strdup("every day");
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
  for (int day = 0, length; day < DAYS; day += MAX(length, 1)) {
    for (length = 0; day + length < DAYS && set & 1u << (day + length);)
      length++;
    if (length >= RUN_MIN)
      g_ptr_array_add(parts, g_strdup_printf("%s to %s", day_names[day], day_names[day + length - 1]));
    for (int i = 0; length < RUN_MIN && i < length; i++)
      g_ptr_array_add(parts, g_strdup(day_names[day + i]));
  }
  return join_list(parts);
}

char *timetable_text(const Timetable *timetable)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; timetable->windows && i < timetable->windows->len; i++) {
    const TimeWindow *window = timetable->windows->pdata[i];
    g_autofree char *days = days_text(window);
    g_string_append_printf(text, "%s%s %s-%s", i ? ", " : "", days, window->start, window->end);
  }
  g_string_append_printf(text, " (%s)", timetable->zone);
  return g_string_free(text, FALSE);
}

/* --- reading --- */

/* A day by its first three letters or its whole name; false if it is none. */
static bool parse_day(const char *word, int *ret_day)
{
  for (int day = 0; day < DAYS; day++)
    if (g_ascii_strcasecmp(word, day_names[day]) == 0 ||
        (strlen(word) == 3 && g_ascii_strncasecmp(word, day_names[day], 3) == 0)) {
      *ret_day = day;
      return true;
    }
  return false;
}

/* "mon", "mon-fri" (round the week's end as well) or "daily". */
static bool parse_days(const char *word, unsigned *set)
{
  g_auto(GStrv) ends = g_strsplit(word, "-", 2);
  int first, last;
  if (g_ascii_strcasecmp(word, "daily") == 0) {
    *set |= (1u << DAYS) - 1;
    return true;
  }
  if (!ends[0] || !parse_day(ends[0], &first) || (ends[1] && !parse_day(ends[1], &last)))
    return false;
  if (!ends[1])
    last = first;
  for (int day = first;; day = (day + 1) % DAYS) {
    *set |= 1u << day;
    if (day == last)
      return true;
  }
}

static TimeWindow *parse_window(const char *text, GError **error)
{
  g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
  const char *hours = NULL;
  unsigned set = 0;
  for (char **word = words; *word; word++) {
    if (!**word)
      continue;
    if (hours || (!g_ascii_isdigit(**word) && !parse_days(*word, &set))) {
      fail(error, REEVE_ERROR_INVALID,
           "\"%.60s\" is no window: write days and then the hours, such as \"mon-fri 22:00-06:00\" or \"daily 00:00-06:00\".",
           text);
      return NULL;
    }
    if (g_ascii_isdigit(**word))
      hours = *word;
  }
  g_auto(GStrv) ends = hours ? g_strsplit(hours, "-", 2) : NULL;
  if (!set || !ends || !ends[1]) {
    fail(error, REEVE_ERROR_INVALID,
         "\"%.60s\" is no window: it must name days and then the hours, such as \"sat sun 00:00-24:00\".", text);
    return NULL;
  }
  TimeWindow *window = record_new(&time_window_table);
  record_clear(&time_window_table, window);
  g_autoptr(GStrvBuilder) days = g_strv_builder_new();
  for (int day = 0; day < DAYS; day++)
    if (set & 1u << day)
      g_strv_builder_add(days, enum_name(&weekday_table, day));
  *window = (TimeWindow){.days = g_strv_builder_end(days), .start = g_strdup(ends[0]), .end = g_strdup(ends[1])};
  return window;
}

GPtrArray *timetable_windows_parse(const char *text, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text, ",", WINDOWS_MAX + 1);
  g_autoptr(GPtrArray) windows = records_new(&time_window_table);
  for (char **part = parts; *part; part++) {
    TimeWindow *window = parse_window(g_strstrip(*part), error);
    if (!window)
      return NULL;
    g_ptr_array_add(windows, window);
  }
  if (!windows->len) {
    fail(error, REEVE_ERROR_INVALID, "There must be a window, such as \"mon-fri 22:00-06:00\".");
    return NULL;
  }
  return g_steal_pointer(&windows);
}
