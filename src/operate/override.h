/* A person's word against the schedules, kept in the database for all servers.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "governor/ruling.h"
#include "store/db.h"

enum { OVERRIDE_HOURS_MAX = 30 * 24 };

/* What somebody asks for. */
typedef struct {
  bool allow;
  double hours; /* NAN: until the next edge of each schedule */
  int running;  /* WindowEnd */
} OverrideWish;

/* The last one that was given, whether it still holds or not. *ret_found false if there is none. */
bool override_get(DbConn *conn, GovernorOverride *ret_override, bool *ret_found, GError **error);

/* Puts one in the place of the last. INVALID if it shall last until an edge and no enabled schedule ever has one, or for a time
 * that is not more than none and at most OVERRIDE_HOURS_MAX. */
bool override_put(DbConn *conn, const OverrideWish *wish, const Clock *clock, GovernorOverride *ret_override, GError **error);

/* Takes it back; also if there is none. */
bool override_clear(DbConn *conn, GError **error);
