/* The rules between schedules, and between schedules and roots, for whoever changes them.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "governor/timetable.h"
#include "store/db.h"

/* Whether this timetable may stand beside the others in the caller's transaction: CONFLICT if another has its name, or holds
 * everywhere where it would. Its own row (by id) is left out. */
bool timetables_allow(DbConn *conn, const Timetable *timetable, GError **error);

/* Deletes it. CONFLICT while a root names it. */
bool timetables_remove(DbConn *conn, const Timetable *timetable, GError **error);
