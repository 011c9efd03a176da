/* The statements on who may sign in, is signed in, or tried to. What they mean is decided in auth/.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/access.h"

/* --- users --- */

bool user_row_any(DbConn *conn, bool *ret_any, GError **error);

/* Notes when a user signed in last. Does nothing, and does not fail, if the user was deleted meanwhile: that they are gone is
 * found where the session is made. */
bool user_row_signed_in(DbConn *conn, int64_t id, int64_t at_ms, GError **error);

/* Whether a user is an enabled admin, and whether another one is. Holds all of them until the transaction ends, so that two
 * cannot go at once, each because the other stays. */
bool user_row_admins(DbConn *conn, int64_t id, bool *ret_is_admin, bool *ret_has_another, GError **error);

/* --- sessions, by the hash of their token --- */

typedef struct {
  int64_t id, user_id;
  char *user; /* name; g_free */
  int role;
  int64_t used_at_ms;
} SessionOwner;

/* Of a session that expires after `now_ms` and was used after `used_after_ms`, of a user who is not disabled. `ret_owner` is
 * written if *ret_found. */
bool session_row_owner(DbConn *conn, const char *hash, int64_t now_ms, int64_t used_after_ms, SessionOwner *ret_owner,
                       bool *ret_found, GError **error);
bool session_row_end(DbConn *conn, const char *hash, GError **error);
bool session_row_end_all(DbConn *conn, int64_t user_id, const char *but_hash, GError **error); /* `but_hash` NULL: all */

/* --- set-up tokens --- */

bool setup_row_add(DbConn *conn, const char *hash, int64_t expires_at_ms, GError **error);

/* Takes all tokens away and says whether this one, good after `now_ms`, was among them. Of two at once with different tokens the
 * second waits for the first and then finds none. */
bool setup_row_take_all(DbConn *conn, const char *hash, int64_t now_ms, bool *ret_was_there, GError **error);

/* --- attempts to sign in --- */

/* Counts one more failure unless the subject is blocked at `now_ms`; failures before `forget_before_ms` do not count.
 * *ret_failures is the new number, 0 if it is blocked. Holds the row until the transaction ends. */
bool failure_row_count(DbConn *conn, const char *subject, int64_t now_ms, int64_t forget_before_ms, int64_t *ret_failures,
                       GError **error);
bool failure_row_block(DbConn *conn, const char *subject, int64_t until_ms, GError **error);
bool failure_row_blocked_until(DbConn *conn, const char *subject, int64_t *ret_until_ms, GError **error);
bool failure_row_take_back(DbConn *conn, const char *subject, GError **error); /* one of its failures, and the block */
bool failure_row_forget(DbConn *conn, const char *subject, GError **error);

/* --- housekeeping --- */

/* Rows that ended before these times go; *ret_count is their number. */
typedef struct {
  int64_t session_expired_ms, session_used_ms, key_expired_ms, setup_expired_ms, failure_ms, audit_ms;
} AccessEnds;
bool access_rows_clean(DbConn *conn, const AccessEnds *ends, int64_t *ret_count, GError **error);
