/* Decides who may become the first user. Test: tests/unit/auth/test_setup.c */
#include "auth/setup.h"

#include "auth/token.h"
#include "auth/user.h"
#include "base/error.h"

#include <string.h>

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
  if (!db_exec(conn, "INSERT INTO setup_tokens (hash, expires_at_ms) VALUES ($1, $2)",
               DB_ARGS(DB_TEXT(hash), DB_INT(clock_now_ms(clock) + SETUP_LIFE_MS)), NULL, error))
    g_clear_pointer(&token, token_free);
  return token;
}

/* Takes all tokens away and says whether this one was among them. One statement, so that of two requests with different tokens
 * the second waits for the first and then finds none. The caller rolls back if it was not. */
static bool take_tokens(DbConn *conn, const char *token, const Clock *clock, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "DELETE FROM setup_tokens RETURNING hash, expires_at_ms", DB_NO_ARGS, error);
  if (!rows)
    return false;
  g_autofree char *hash = token_hash(token);
  g_autoptr(GError) why = NULL;
  bool good = false;
  while (db_rows_next(rows, &why))
    good = good || (strcmp(db_rows_text(rows, 0), hash) == 0 && db_rows_int(rows, 1) > clock_now_ms(clock));
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  return good ||
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
