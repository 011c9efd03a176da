/* Local time of a named zone and instants, also in the nights in which clocks are set.
 *
 * Thread-safety: no shared state; a GTimeZone may be used from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { MINUTES_OF_DAY = 24 * 60 };

/* The zone of an IANA name ("Europe/Berlin", "UTC"), of 1 to 64 letters, digits, "/", "_", "+" and "-". NULL if this machine's
 * time zone data has none of that name. The caller unrefs it. */
GTimeZone *zone_open(const char *name);

/* "HH:MM", from 00:00 to 24:00, as minutes since midnight. False for anything else. */
bool local_minute_parse(const char *text, int *ret_minute);

/* Days since 1970-01-01 of the date that the zone's calendars show at an instant. */
int64_t local_day(GTimeZone *zone, int64_t at_ms);

/* 0 Monday to 6 Sunday, of a number of days since 1970-01-01, which was a Thursday. */
int local_weekday(int64_t day);

/* When the zone's clocks show so many minutes after midnight of a day (also more than 24 h). A time that they show twice is meant
 * the first time; one that they leave out is the instant at which they are set forward. Milliseconds since 1970 UTC. */
int64_t local_instant(GTimeZone *zone, int64_t day, int minute);

/* "Sat 22:00", as the zone's clocks show an instant. The caller frees it. */
char *local_text(GTimeZone *zone, int64_t at_ms);
