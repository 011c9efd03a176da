/* Decides who may become the first user. Test: tests/unit/auth/test_setup.c */
#include "auth/setup.h"

#include "auth/token.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/access_rows.h"

static bool check_unclaimed(DbConn *conn, GError **error)
{
  bool any = false;
  return user_any(conn, &any, error) && (!any || fail(error, REEVE_ERROR_CONFLICT, "Reeve is set up already; sign in."));
}

char *setup_begin(DbConn *conn, const Clock *clock, GError **error)
{
  char *token = check_unclaimed(conn, error) ? token_new("", error) : NULL;
  if (!token)
    return NULL;
  g_autofree char *hash = token_hash(token);
  if (!setup_row_add(conn, hash, clock_now_ms(clock) + SETUP_LIFE_MS, error))
    g_clear_pointer(&token, token_free);
  return token;
}

/* All tokens end with this one; the caller rolls back if it was none. */
static bool take_tokens(DbConn *conn, const char *token, const Clock *clock, GError **error)
{
  g_autofree char *hash = token_hash(token);
  bool was_there = false;
  if (!setup_row_take_all(conn, hash, clock_now_ms(clock), &was_there, error))
    return false;
  return was_there ||
         fail(error, REEVE_ERROR_DENIED,
              "This set-up link is not good, or not any more. \"reeve setup-link\" on the server's machine makes a new one.");
}

bool setup_finish(DbConn *conn, const char *token, const char *name, const char *password, const Clock *clock, int64_t *ret_id,
                  GError **error)
{
  int64_t id;
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  if (!transaction || !check_unclaimed(conn, error) || !take_tokens(conn, token, clock, error) ||
      !user_add(conn, name, ROLE_ADMIN, password, clock, &id, error) || !db_commit(transaction, error))
    return false;
  *ret_id = id;
  return true;
}

char *setup_link(const char *url, const char *token)
{
  return g_strconcat(url, "/setup#", token, NULL);
}
