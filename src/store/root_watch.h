/* Which server watches a root, and what it says of it: a lease, so that of several servers on one database one does.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

/* Takes or keeps the watch of a root until `until_ms`. *ret_taken is false, with success, while another owner's has not run out;
 * on SQLite, where there is one server, it is always true. */
bool root_watch_take(DbConn *conn, int64_t root_id, const char *owner, int64_t now_ms, int64_t until_ms, bool *ret_taken,
                     GError **error);

/* Keeps what the owner says (JSON) of the root that it watches; nothing if it is another's by now. */
bool root_watch_say(DbConn *conn, int64_t root_id, const char *owner, const char *state, int64_t now_ms, GError **error);

/* Gives the watch up at once. */
bool root_watch_leave(DbConn *conn, int64_t root_id, const char *owner, GError **error);

/* Calls `each` with what is said of roots whose watch has not run out. On SQLite leases are not renewed, and all count. */
bool root_watch_each(DbConn *conn, int64_t now_ms, void (*each)(int64_t root_id, const char *state, void *user_data),
                     void *user_data, GError **error);
