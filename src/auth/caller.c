/* What is known of whoever asks. Test: tests/unit/auth/test_session.c */
#include "auth/caller.h"

#include "auth/user.h"

void caller_clear(Caller *caller)
{
  g_free(caller->name);
  *caller = (Caller){0};
}

void caller_copy(const Caller *from, Caller *ret_to)
{
  *ret_to = *from;
  ret_to->name = g_strdup(from->name);
}

bool caller_of_key(DbConn *conn, const char *text, const Clock *clock, Caller *ret_caller, GError **error)
{
  ApiKey key = {0};
  if (!key_check(conn, text, clock, &key, error))
    return false;
  *ret_caller = (Caller){.kind = ACTOR_KEY,
                         .id = key.id,
                         .user_id = FIELD_NULL_INT,
                         .name = g_steal_pointer(&key.name),
                         .scope = (KeyScope)key.scope,
                         .expires_at_ms = key.expires_at_ms};
  ret_caller->has_role = key_scope_role(ret_caller->scope, &ret_caller->role);
  record_clear(&api_key_table, &key);
  return true;
}

bool caller_of_session(DbConn *conn, const char *token, const SessionRules *rules, const Clock *clock, Caller *ret_caller,
                       GError **error)
{
  SessionUser user = {0};
  if (!session_check(conn, token, rules, clock, &user, error))
    return false;
  *ret_caller = (Caller){.kind = ACTOR_USER,
                         .id = user.id,
                         .user_id = user.user_id,
                         .name = g_steal_pointer(&user.user),
                         .has_role = true,
                         .role = user.role,
                         .scope = user_role_scope(user.role),
                         .expires_at_ms = FIELD_NULL_INT};
  session_user_clear(&user);
  return true;
}
