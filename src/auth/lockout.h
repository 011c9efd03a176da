/* How often a password may be tried (U2). Attempts are counted in the database, which all servers share, for the address they
 * come from and for the pair of name and address; each failure beyond the free ones doubles the wait. Nothing is counted for a
 * name alone: otherwise anyone who knows a name could lock its owner out.
 *
 * An IPv6 address counts as its /64, which is what one household has.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/db.h"

enum {
  LOCKOUT_PAIR_FREE = 5,     /* failures of a name from an address before it must wait */
  LOCKOUT_ADDRESS_FREE = 20, /* failures of an address, whatever the names */
  LOCKOUT_FIRST_MS = 30 * 1000,
  LOCKOUT_LONGEST_MS = 15 * 60 * 1000,
  LOCKOUT_FORGET_MS = 60 * 60 * 1000, /* after the last failure */
};

/* The wait after so many failures in a row: none for fewer than `free`, then LOCKOUT_FIRST_MS, doubling up to LOCKOUT_LONGEST_MS.
 * Pure. */
int64_t lockout_wait_ms(int64_t failures, int64_t free);

/* Before the password is looked at: counts an attempt as failed, so that many at once do not slip by. LIMIT with *ret_wait_ms
 * (how long still to wait) if it may not be made. `name` is cut to what a user's may have. */
bool lockout_enter(DbConn *conn, const char *name, const char *address, const Clock *clock, int64_t *ret_wait_ms, GError **error);

/* The attempt was a good one: takes it off the address's count and forgets the pair's. */
bool lockout_forgive(DbConn *conn, const char *name, const char *address, GError **error);
