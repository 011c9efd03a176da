/* Timetables (G1), which people know as schedules: at which times of the week work may run, in a named time zone.
 *
 * A window belongs to the day it starts on: "Fri 22:00 to 06:00" ends on Saturday morning. Windows may touch and overlap.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "base/field.h"

typedef enum {
  WINDOW_END_DRAIN, /* nothing is started; what runs is finished */
  WINDOW_END_FREEZE /* what runs is frozen until the next window */
} WindowEnd;
extern const EnumTable window_end_table;

typedef struct {
  char **days;       /* "mon" to "sun" */
  char *start, *end; /* "HH:MM"; an end that is not after the start is on the next day; 24:00 is the end of a day */
} TimeWindow;
extern const FieldTable time_window_table;
extern const EnumTable weekday_table; /* "mon" is 0 */

typedef struct {
  int64_t id;
  char *name;
  bool enabled;
  bool everywhere;    /* holds for all roots that name no timetable of their own; one at most */
  char *zone;         /* IANA name */
  GPtrArray *windows; /* TimeWindow; when work may run */
  int at_end;         /* WindowEnd */
  int64_t created_at_ms, updated_at_ms;
} Timetable;
extern const FieldTable timetable_table;

void timetable_free(Timetable *timetable);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Timetable, timetable_free)

/* A broken rule: the path of the field, and a message that begins with it. */
typedef void (*TimetableComplaint)(const char *field, const char *message, void *user_data);

/* The rules that the field table does not know: the zone exists, days and times are some, no window is empty, and there is one.
 * Reports each broken one; true if there is none. */
bool timetable_check(const Timetable *timetable, TimetableComplaint complain, void *user_data);

typedef struct {
  bool open;       /* work may run */
  int64_t edge_ms; /* when that changes; FIELD_NULL_INT: never */
} TimetableState;

/* What a checked timetable says at an instant. The zone is that of zone_open(timetable->zone). */
TimetableState timetable_look(const Timetable *timetable, GTimeZone *zone, int64_t at_ms);
