/* What each worker last reported of itself, as JSON that whoever reports it knows to read.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

/* Keeps the state in the place of the worker's last one. */
bool worker_state_put(DbConn *conn, const char *worker, const char *state, int64_t now_ms, GError **error);

/* Calls `each` with those that reported since `since_ms`, in the order of their names. */
bool worker_state_each(DbConn *conn, int64_t since_ms, void (*each)(const char *worker, const char *state, void *user_data),
                       void *user_data, GError **error);

/* Forgets those that have not reported since `before_ms`. */
bool worker_state_purge(DbConn *conn, int64_t before_ms, GError **error);
