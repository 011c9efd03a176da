/* Windows of timetables in words: for people to read, and for a command line to write. Pure.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "governor/timetable.h"

/* "every day 22:00-06:00, Monday to Wednesday and Friday 08:00-12:00 (Europe/Berlin)". The caller frees it. */
char *timetable_text(const Timetable *timetable);

/* Reads windows as people write them: days and ranges of days, then the hours; several separated by commas. "mon-fri 22:00-06:00,
 * sat sun 00:00-24:00". "daily" is every day. Array of TimeWindow, to be held to timetable_check; NULL with INVALID, which names
 * what cannot be understood. */
GPtrArray *timetable_windows_parse(const char *text, GError **error);
