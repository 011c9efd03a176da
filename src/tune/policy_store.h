/* The audio policy in force: one record, in the database, for all servers that share it.
 *
 * Thread-safety: as the connection. */
#pragma once

#include "audio/policy.h"
#include "store/db.h"

/* The stored policy, or the defaults if nobody has changed it. `ret_policy` is initialised by the caller and filled. */
bool policy_load(DbConn *conn, AudioPolicy *ret_policy, GError **error);

/* Stores a checked policy. */
bool policy_save(DbConn *conn, const AudioPolicy *policy, const Clock *clock, GError **error);
