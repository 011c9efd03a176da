/* Answers of other services, kept until they expire (table lookup_cache).
 *
 * Thread-safety: that of the connection. */
#pragma once

#include "store/db.h"

/* The value under `key` that has not expired at `now_ms` (wall clock); the caller frees it. NULL if there is none, or with
 * *error. */
char *lookup_cache_get(DbConn *conn, const char *key, int64_t now_ms, GError **error);

/* Puts a value in place of any other of that key. `key` has at most 2,000 bytes, as databases index it. */
bool lookup_cache_put(DbConn *conn, const char *key, const char *value, int64_t expires_at_ms, GError **error);

/* Deletes what has expired. *ret_deleted (may be NULL) is the number of rows. */
bool lookup_cache_purge(DbConn *conn, int64_t now_ms, int64_t *ret_deleted, GError **error);
