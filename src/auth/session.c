/* Decides how long somebody stays signed in. Test: tests/unit/auth/test_session.c */
#include "auth/session.h"

#include "auth/token.h"
#include "base/error.h"
#include "store/record_sql.h"

enum { USE_NOTED_EVERY_MS = 60 * 1000, AGENT_MAX_CHARACTERS = 200 };

const SessionRules session_rules_preset = {.idle_ms = 3 * 24 * 60 * 60 * 1000LL, .life_ms = 30 * 24 * 60 * 60 * 1000LL};

char *session_begin(DbConn *conn, int64_t user_id, const char *address, const char *agent, const SessionRules *rules,
                    const Clock *clock, int64_t *ret_id, GError **error)
{
  char *token = token_new("", error);
  if (!token)
    return NULL;
  int64_t now_ms = clock_now_ms(clock);
  g_autofree char *valid = g_utf8_make_valid(agent ? agent : "", -1);
  Session session = {.user_id = user_id,
                     .hash = token_hash(token),
                     .address = g_strdup(address),
                     .agent = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), AGENT_MAX_CHARACTERS)),
                     .created_at_ms = now_ms,
                     .used_at_ms = now_ms,
                     .expires_at_ms = now_ms + rules->life_ms};
  if (record_insert(conn, &session_table, &session, error))
    *ret_id = session.id;
  else
    g_clear_pointer(&token, token_free);
  record_clear(&session_table, &session);
  return token;
}

void session_user_clear(SessionUser *user)
{
  g_free(user->user);
  *user = (SessionUser){0};
}

static bool read_role(const DbRows *rows, int column, Role *ret_role, GError **error)
{
  int role;
  const char *name = db_rows_text(rows, column);
  if (!name || !enum_value(&role_table, name, &role))
    return fail(error, REEVE_ERROR_CORRUPT, "A user's role in the database is none.");
  *ret_role = (Role)role;
  return true;
}

static void note_use(DbConn *conn, int64_t id, int64_t now_ms)
{
  g_autoptr(GError) ignored = NULL;
  if (!db_exec(conn, "UPDATE sessions SET used_at_ms = $1 WHERE id = $2", DB_ARGS(DB_INT(now_ms), DB_INT(id)), NULL, &ignored))
    g_debug("The use of session %" G_GINT64_FORMAT " was not noted: %s", id, ignored->message);
}

bool session_check(DbConn *conn, const char *token, const SessionRules *rules, const Clock *clock, SessionUser *ret_user,
                   GError **error)
{
  static const char sql[] =
      "SELECT s.id, s.user_id, u.name, u.role, s.used_at_ms FROM sessions s JOIN users u ON u.id = s.user_id "
      "WHERE s.hash = $1 AND s.expires_at_ms > $2 AND s.used_at_ms > $3 AND u.disabled = 0";
  g_autofree char *hash = token_hash(token);
  int64_t now_ms = clock_now_ms(clock), used_ms = 0;
  SessionUser found = {0};
  {
    g_autoptr(DbRows) rows = db_query(conn, sql, DB_ARGS(DB_TEXT(hash), DB_INT(now_ms), DB_INT(now_ms - rules->idle_ms)), error);
    if (!rows)
      return false;
    g_autoptr(GError) why = NULL;
    if (!db_rows_next(rows, &why)) {
      if (!why)
        return fail(error, REEVE_ERROR_UNAUTHENTICATED, "You are not signed in any more; sign in again.");
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
    if (!read_role(rows, 3, &found.role, error))
      return false;
    found.id = db_rows_int(rows, 0);
    found.user_id = db_rows_int(rows, 1);
    found.user = g_strdup(db_rows_text(rows, 2));
    used_ms = db_rows_int(rows, 4);
  }
  if (now_ms - used_ms >= MIN(USE_NOTED_EVERY_MS, rules->idle_ms / 2))
    note_use(conn, found.id, now_ms);
  *ret_user = found;
  return true;
}

bool session_end(DbConn *conn, const char *token, GError **error)
{
  g_autofree char *hash = token_hash(token);
  return db_exec(conn, "DELETE FROM sessions WHERE hash = $1", DB_ARGS(DB_TEXT(hash)), NULL, error);
}

bool session_end_all(DbConn *conn, int64_t user_id, const char *but, GError **error)
{
  g_autofree char *hash = but ? token_hash(but) : g_strdup("");
  return db_exec(conn, "DELETE FROM sessions WHERE user_id = $1 AND hash <> $2", DB_ARGS(DB_INT(user_id), DB_TEXT(hash)), NULL,
                 error);
}

char *session_csrf(const char *token)
{
  return token_derive(token, "csrf");
}
