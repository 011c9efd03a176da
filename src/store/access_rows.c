/* The statements of access. Test: tests/unit/auth/test_session.c and its neighbours, on both databases */
#include "store/access_rows.h"

#include "base/error.h"
#include "store/record_sql.h"

#include <string.h>

/* --- users --- */

bool user_row_any(DbConn *conn, bool *ret_any, GError **error)
{
  int64_t id;
  return db_query_int(conn, "SELECT id FROM users LIMIT 1", DB_NO_ARGS, &id, ret_any, error);
}

bool user_row_signed_in(DbConn *conn, int64_t id, int64_t at_ms, GError **error)
{
  return db_exec(conn, "UPDATE users SET last_login_at_ms = $1 WHERE id = $2", DB_ARGS(DB_INT(at_ms), DB_INT(id)), NULL, error);
}

bool user_row_admins(DbConn *conn, int64_t id, bool *ret_is_admin, bool *ret_has_another, GError **error)
{
  /* SQLite's transactions lock the whole database from the start. */
  const char *sql = db_conn_kind(conn) == DB_POSTGRESQL
                        ? "SELECT id FROM users WHERE role = $1 AND disabled = 0 ORDER BY id FOR UPDATE"
                        : "SELECT id FROM users WHERE role = $1 AND disabled = 0";
  g_autoptr(DbRows) rows = db_query(conn, sql, DB_ARGS(DB_ENUM(role_table, ROLE_ADMIN)), error);
  if (!rows)
    return false;
  bool is_admin = false, has_another = false;
  g_autoptr(GError) why = NULL;
  while (db_rows_next(rows, &why))
    *(db_rows_int(rows, 0) == id ? &is_admin : &has_another) = true;
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  *ret_is_admin = is_admin;
  *ret_has_another = has_another;
  return true;
}

/* --- sessions --- */

static bool read_owner(const DbRows *rows, SessionOwner *ret_owner, GError **error)
{
  int role;
  const char *name = db_rows_text(rows, 3);
  if (!name || !enum_value(&role_table, name, &role))
    return fail(error, REEVE_ERROR_CORRUPT, "A user's role in the database is none.");
  *ret_owner = (SessionOwner){.id = db_rows_int(rows, 0),
                              .user_id = db_rows_int(rows, 1),
                              .user = g_strdup(db_rows_text(rows, 2)),
                              .role = role,
                              .used_at_ms = db_rows_int(rows, 4)};
  return true;
}

bool session_row_owner(DbConn *conn, const char *hash, int64_t now_ms, int64_t used_after_ms, SessionOwner *ret_owner,
                       bool *ret_found, GError **error)
{
  static const char sql[] =
      "SELECT s.id, s.user_id, u.name, u.role, s.used_at_ms FROM sessions s JOIN users u ON u.id = s.user_id "
      "WHERE s.hash = $1 AND s.expires_at_ms > $2 AND s.used_at_ms > $3 AND u.disabled = 0";
  g_autoptr(DbRows) rows = db_query(conn, sql, DB_ARGS(DB_TEXT(hash), DB_INT(now_ms), DB_INT(used_after_ms)), error);
  if (!rows)
    return false;
  g_autoptr(GError) why = NULL;
  bool found = db_rows_next(rows, &why);
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (found && !read_owner(rows, ret_owner, error))
    return false;
  *ret_found = found;
  return true;
}

bool session_row_end(DbConn *conn, const char *hash, GError **error)
{
  return db_exec(conn, "DELETE FROM sessions WHERE hash = $1", DB_ARGS(DB_TEXT(hash)), NULL, error);
}

bool session_row_end_all(DbConn *conn, int64_t user_id, const char *but_hash, GError **error)
{
  return db_exec(conn, "DELETE FROM sessions WHERE user_id = $1 AND hash <> $2",
                 DB_ARGS(DB_INT(user_id), DB_TEXT(but_hash ? but_hash : "")), NULL, error);
}

/* --- set-up tokens --- */

bool setup_row_add(DbConn *conn, const char *hash, int64_t expires_at_ms, GError **error)
{
  return db_exec(conn, "INSERT INTO setup_tokens (hash, expires_at_ms) VALUES ($1, $2)",
                 DB_ARGS(DB_TEXT(hash), DB_INT(expires_at_ms)), NULL, error);
}

bool setup_row_take_all(DbConn *conn, const char *hash, int64_t now_ms, bool *ret_was_there, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "DELETE FROM setup_tokens RETURNING hash, expires_at_ms", DB_NO_ARGS, error);
  if (!rows)
    return false;
  g_autoptr(GError) why = NULL;
  bool was_there = false;
  while (db_rows_next(rows, &why))
    was_there = was_there || (strcmp(db_rows_text(rows, 0), hash) == 0 && db_rows_int(rows, 1) > now_ms);
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  *ret_was_there = was_there;
  return true;
}

/* --- attempts to sign in --- */

bool failure_row_count(DbConn *conn, const char *subject, int64_t now_ms, int64_t forget_before_ms, int64_t *ret_failures,
                       GError **error)
{
  static const char sql[] = "INSERT INTO login_failures (subject, failures, last_at_ms, blocked_until_ms) VALUES ($1, 1, $2, 0) "
                            "ON CONFLICT (subject) DO UPDATE SET last_at_ms = excluded.last_at_ms, "
                            "failures = CASE WHEN login_failures.last_at_ms < $3 THEN 1 ELSE login_failures.failures + 1 END "
                            "WHERE login_failures.blocked_until_ms <= excluded.last_at_ms RETURNING failures";
  int64_t failures = 0;
  bool counted = false;
  if (!db_query_int(conn, sql, DB_ARGS(DB_TEXT(subject), DB_INT(now_ms), DB_INT(forget_before_ms)), &failures, &counted, error))
    return false;
  *ret_failures = counted ? failures : 0;
  return true;
}

bool failure_row_block(DbConn *conn, const char *subject, int64_t until_ms, GError **error)
{
  return db_exec(conn, "UPDATE login_failures SET blocked_until_ms = $1 WHERE subject = $2",
                 DB_ARGS(DB_INT(until_ms), DB_TEXT(subject)), NULL, error);
}

bool failure_row_blocked_until(DbConn *conn, const char *subject, int64_t *ret_until_ms, GError **error)
{
  int64_t until_ms = 0;
  bool found;
  if (!db_query_int(conn, "SELECT blocked_until_ms FROM login_failures WHERE subject = $1", DB_ARGS(DB_TEXT(subject)), &until_ms,
                    &found, error))
    return false;
  *ret_until_ms = until_ms;
  return true;
}

bool failure_row_take_back(DbConn *conn, const char *subject, GError **error)
{
  return db_exec(conn,
                 "UPDATE login_failures SET failures = failures - 1, blocked_until_ms = 0 WHERE subject = $1 AND failures > 0",
                 DB_ARGS(DB_TEXT(subject)), NULL, error);
}

bool failure_row_forget(DbConn *conn, const char *subject, GError **error)
{
  return db_exec(conn, "DELETE FROM login_failures WHERE subject = $1", DB_ARGS(DB_TEXT(subject)), NULL, error);
}

/* --- housekeeping --- */

bool access_rows_clean(DbConn *conn, const AccessEnds *ends, int64_t *ret_count, GError **error)
{
  const struct {
    const char *sql;
    int64_t before_ms;
  } rows[] = {
      {"DELETE FROM sessions WHERE expires_at_ms <= $1", ends->session_expired_ms},
      {"DELETE FROM sessions WHERE used_at_ms <= $1", ends->session_used_ms},
      {"DELETE FROM api_keys WHERE expires_at_ms <= $1", ends->key_expired_ms},
      {"DELETE FROM setup_tokens WHERE expires_at_ms <= $1", ends->setup_expired_ms},
      {"DELETE FROM login_failures WHERE last_at_ms < $1", ends->failure_ms},
      {"DELETE FROM audit WHERE at_ms < $1", ends->audit_ms},
  };
  int64_t count = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t changed = 0;
    if (!db_exec(conn, rows[i].sql, DB_ARGS(DB_INT(rows[i].before_ms)), &changed, error))
      return false;
    count += changed;
  }
  *ret_count = count;
  return true;
}
