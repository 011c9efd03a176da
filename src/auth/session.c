/* Decides how long somebody stays signed in. Test: tests/unit/auth/test_session.c */
#include "auth/session.h"

#include "auth/token.h"
#include "base/error.h"
#include "store/access_rows.h"
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

static void note_use(DbConn *conn, int64_t id, int64_t now_ms)
{
  g_autoptr(GError) ignored = NULL;
  if (!record_set(conn, &session_table, id, "used_at_ms", DB_INT(now_ms), &ignored))
    g_debug("The use of session %" G_GINT64_FORMAT " was not noted: %s", id, ignored->message);
}

bool session_check(DbConn *conn, const char *token, const SessionRules *rules, const Clock *clock, SessionUser *ret_user,
                   GError **error)
{
  g_autofree char *hash = token_hash(token);
  int64_t now_ms = clock_now_ms(clock);
  SessionOwner owner = {0};
  bool found = false;
  if (!session_row_owner(conn, hash, now_ms, now_ms - rules->idle_ms, &owner, &found, error))
    return false;
  if (!found)
    return fail(error, REEVE_ERROR_UNAUTHENTICATED, "You are not signed in any more; sign in again.");
  if (now_ms - owner.used_at_ms >= MIN(USE_NOTED_EVERY_MS, rules->idle_ms / 2))
    note_use(conn, owner.id, now_ms);
  *ret_user = (SessionUser){.id = owner.id, .user_id = owner.user_id, .user = owner.user, .role = (Role)owner.role};
  return true;
}

bool session_end(DbConn *conn, const char *token, GError **error)
{
  g_autofree char *hash = token_hash(token);
  return session_row_end(conn, hash, error);
}

bool session_end_all(DbConn *conn, int64_t user_id, const char *but, GError **error)
{
  g_autofree char *hash = but ? token_hash(but) : NULL;
  return session_row_end_all(conn, user_id, hash, error);
}

char *session_csrf(const char *token)
{
  return token_derive(token, "csrf");
}
