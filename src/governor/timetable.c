/* Decides when a timetable lets work run. Test: tests/unit/governor/test_timetable.c */
#include "governor/timetable.h"

#include "governor/local_time.h"

#include <string.h>

enum {
  DAYS_BACK =
      2, /* a window that began the day before yesterday, by the zone's calendar, may still be open where days are left out */
  DAYS_AHEAD = 16, /* within two weeks everything comes again, also what the clocks leave out once */
  WINDOWS_MAX = 50,
};

static const EnumRow window_end_rows[] = {
    {WINDOW_END_DRAIN, "drain", "Start nothing more; what runs is finished"},
    {WINDOW_END_FREEZE, "freeze", "Freeze what runs until the next window"},
};
const EnumTable window_end_table = ENUM_TABLE("WindowEnd", window_end_rows);

static const EnumRow weekday_rows[] = {{0, "mon", NULL}, {1, "tue", NULL}, {2, "wed", NULL}, {3, "thu", NULL},
                                       {4, "fri", NULL}, {5, "sat", NULL}, {6, "sun", NULL}};
const EnumTable weekday_table = ENUM_TABLE("Weekday", weekday_rows);

static const Field window_fields[] = {
    FIELD_STRINGS(TimeWindow, days, .flags = FIELD_REQUIRED, .min = 1, .max = 7,
                  .help = "Days on which it starts: mon, tue, wed, thu, fri, sat, sun."),
    FIELD_TEXT(TimeWindow, start, .flags = FIELD_REQUIRED, .min = 5, .max = 5, .help = "When it starts, such as 22:00."),
    FIELD_TEXT(TimeWindow, end, .flags = FIELD_REQUIRED, .min = 5, .max = 5,
               .help = "When it ends, on the next day if that is not after the start; 24:00 is the end of the day."),
};
const FieldTable time_window_table = FIELD_TABLE(TimeWindow, "TimeWindow", NULL, window_fields);

static const Field timetable_fields[] = {
    FIELD_INT(Timetable, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the schedule."),
    FIELD_TEXT(Timetable, name, .flags = FIELD_REQUIRED, .min = 1, .max = 100, .help = "Its name; no other schedule has it."),
    FIELD_BOOL(Timetable, enabled, .preset = "true", .help = "Whether it holds; without it work may run at any time."),
    FIELD_BOOL(Timetable, everywhere,
               .help = "Whether it holds for all roots that name no schedule of their own; one schedule at most can."),
    FIELD_TEXT(Timetable, zone, .flags = FIELD_REQUIRED, .min = 1, .max = 64,
               .help = "Time zone of its times, such as Europe/Berlin."),
    FIELD_RECORDS(Timetable, windows, time_window_table, .flags = FIELD_REQUIRED, .min = 1, .max = WINDOWS_MAX,
                  .help = "When work may run."),
    FIELD_ENUM(Timetable, at_end, window_end_table, .help = "What becomes of running work at the end of a window."),
    FIELD_INT(Timetable, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was made, in ms since 1970."),
    FIELD_INT(Timetable, updated_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was changed last, in ms since 1970."),
};
const FieldTable timetable_table = FIELD_TABLE(Timetable, "Schedule", "schedules", timetable_fields);

void timetable_free(Timetable *timetable)
{
  if (timetable)
    record_free(&timetable_table, timetable);
}

/* --- rules --- */

typedef struct {
  TimetableComplaint call;
  void *user_data;
  bool broken;
} Complaints;

G_GNUC_PRINTF(3, 4) static void complain(Complaints *complaints, const char *field, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *rule = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *message = g_strconcat(field, " ", rule, NULL);
  complaints->call(field, message, complaints->user_data);
  complaints->broken = true;
}

static void check_days(const TimeWindow *window, guint n, Complaints *complaints)
{
  g_autofree char *field = g_strdup_printf("windows.%u.days", n);
  int seen = 0, day;
  if (!window->days || !window->days[0])
    complain(complaints, field, "must name a day: without one the window never opens");
  for (char **name = window->days; name && *name; name++) {
    if (!enum_value(&weekday_table, *name, &day))
      complain(complaints, field, "must be some of mon, tue, wed, thu, fri, sat and sun, not \"%.20s\"", *name);
    else if (seen & 1 << day)
      complain(complaints, field, "names %s twice", *name);
    else
      seen |= 1 << day;
  }
}

static void check_times(const TimeWindow *window, guint n, Complaints *complaints)
{
  g_autofree char *start_field = g_strdup_printf("windows.%u.start", n);
  g_autofree char *end_field = g_strdup_printf("windows.%u.end", n);
  int start = -1, end = -1;
  if (!local_minute_parse(window->start, &start) || start == MINUTES_OF_DAY)
    complain(complaints, start_field, "must be a time from 00:00 to 23:59");
  if (!local_minute_parse(window->end, &end))
    complain(complaints, end_field, "must be a time from 00:00 to 24:00");
  if (start >= 0 && start == end)
    complain(complaints, end_field, "must not be the start: such a window is empty; a whole day is 00:00 to 24:00");
}

bool timetable_check(const Timetable *timetable, TimetableComplaint call, void *user_data)
{
  Complaints complaints = {.call = call, .user_data = user_data};
  g_autoptr(GTimeZone) zone = zone_open(timetable->zone);
  if (!zone)
    complain(&complaints, "zone", "must be the name of a time zone, such as Europe/Berlin; \"%.64s\" is none that is known here",
             timetable->zone ? timetable->zone : "");
  if (!timetable->windows || timetable->windows->len == 0)
    complain(&complaints, "windows", "must have one: without it nothing would ever run; to stop all work, pause it");
  for (guint i = 0; timetable->windows && i < timetable->windows->len; i++) {
    check_days(timetable->windows->pdata[i], i, &complaints);
    check_times(timetable->windows->pdata[i], i, &complaints);
  }
  return !complaints.broken;
}

/* --- looking --- */

typedef struct {
  int64_t start_ms, end_ms;
} Span;

static int compare_spans(const void *a, const void *b)
{
  const Span *x = a, *y = b;
  return (x->start_ms > y->start_ms) - (x->start_ms < y->start_ms);
}

static bool starts_on(const TimeWindow *window, int weekday)
{
  return window->days && g_strv_contains((const char *const *)window->days, weekday_rows[weekday].name);
}

/* When one window is open around a day, as instants. */
static void add_spans(const TimeWindow *window, GTimeZone *zone, int64_t today, GArray *spans)
{
  int start, end;
  if (!local_minute_parse(window->start, &start) || !local_minute_parse(window->end, &end))
    return;
  if (end <= start)
    end += MINUTES_OF_DAY;
  for (int64_t day = today - DAYS_BACK; day <= today + DAYS_AHEAD; day++) {
    if (!starts_on(window, local_weekday(day)))
      continue;
    Span span = {local_instant(zone, day, start), local_instant(zone, day, end)};
    if (span.start_ms < span.end_ms) /* one that the clocks leave out does not open */
      g_array_append_val(spans, span);
  }
}

TimetableState timetable_look(const Timetable *timetable, GTimeZone *zone, int64_t at_ms)
{
  int64_t today = local_day(zone, at_ms);
  /* Open until here, it is open always: nothing shuts for less than once in two weeks. */
  int64_t far_ms = local_instant(zone, today + DAYS_AHEAD - 1, 0);
  g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(Span));
  for (guint i = 0; timetable->windows && i < timetable->windows->len; i++)
    add_spans(timetable->windows->pdata[i], zone, today, spans);
  g_array_sort(spans, compare_spans);
  TimetableState state = {.open = false, .edge_ms = FIELD_NULL_INT};
  for (guint i = 0; i < spans->len; i++) {
    const Span *span = &g_array_index(spans, Span, i);
    if (span->end_ms <= at_ms)
      continue;
    if (!state.open && span->start_ms > at_ms) {
      state.edge_ms = span->start_ms;
      break;
    }
    if (state.open && span->start_ms > state.edge_ms)
      break;
    state.edge_ms = state.open ? MAX(state.edge_ms, span->end_ms) : span->end_ms;
    state.open = true;
  }
  if (state.open && state.edge_ms >= far_ms)
    state.edge_ms = FIELD_NULL_INT;
  return state;
}
