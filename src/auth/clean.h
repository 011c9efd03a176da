/* What housekeeping takes out of the tables of access.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "auth/session.h"

enum { KEY_SHOWN_DAYS = 30 /* an expired key stays in the list for so long, so that its owner sees why it stopped working */ };

/* Forgets sessions that are over, keys that expired KEY_SHOWN_DAYS ago, set-up tokens too old to use, failures to sign in that do
 * not count any more, and audit entries older than `audit_days` (0: keeps all). *ret_count is the number of rows. */
bool auth_clean(DbConn *conn, const SessionRules *rules, int64_t audit_days, const Clock *clock, int64_t *ret_count,
                GError **error);
