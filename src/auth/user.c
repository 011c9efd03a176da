/* Decides who a local user is, and that the last administrator stays. Test: tests/unit/auth/test_access.c */
#include "auth/user.h"

#include "auth/password.h"
#include "auth/session.h"
#include "base/error.h"
#include "store/access_rows.h"
#include "store/record_sql.h"

#include <string.h>

enum { NAME_MAX_BYTES = 64 };

bool user_name_is_good(const char *name)
{
  size_t length = name ? strlen(name) : 0;
  if (length < 1 || length > NAME_MAX_BYTES)
    return false;
  for (const char *c = name; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("._-@", *c))
      return false;
  return true;
}

static bool check_name(const char *name, GError **error)
{
  return user_name_is_good(name) ||
         fail(error, REEVE_ERROR_INVALID, "A user name has 1 to 64 letters, digits, '.', '_', '-' or '@'.");
}

/* A broken unique rule can only be the name's. */
static bool explain(const char *name, GError *why, GError **error)
{
  if (reeve_error_code(why) == REEVE_ERROR_CONFLICT) {
    g_error_free(why);
    return fail(error, REEVE_ERROR_CONFLICT, "There is already a user %s.", name);
  }
  g_propagate_error(error, why);
  return false;
}

bool user_add(DbConn *conn, const char *name, Role role, const char *password, const Clock *clock, int64_t *ret_id,
              GError **error)
{
  if (!check_name(name, error))
    return false;
  g_autofree char *hash = password_hash(password, error);
  if (!hash)
    return false;
  User user = {0};
  record_init(&user_table, &user);
  g_free(user.name);
  g_free(user.password_hash);
  user.name = g_strdup(name);
  user.role = (int)role;
  user.password_hash = g_steal_pointer(&hash);
  user.last_login_at_ms = FIELD_NULL_INT;
  user.created_at_ms = clock_now_ms(clock);
  GError *why = NULL;
  bool ok = record_insert(conn, &user_table, &user, &why);
  if (ok)
    *ret_id = user.id;
  record_clear(&user_table, &user);
  return ok || explain(name, why, error);
}

bool user_find(DbConn *conn, const char *name, User *ret_user, GError **error)
{
  User user = {0};
  record_init(&user_table, &user);
  g_autoptr(GError) why = NULL;
  if (record_by(conn, &user_table, "name", DB_TEXT(name), &user, &why)) {
    *ret_user = user;
    return true;
  }
  record_clear(&user_table, &user);
  if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is no user %s.", name);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

/* The same, but an unknown name is no error. */
static bool look_up(DbConn *conn, const char *name, User *ret_user, bool *ret_found, GError **error)
{
  g_autoptr(GError) why = NULL;
  *ret_found = user_name_is_good(name) && user_find(conn, name, ret_user, &why);
  if (!why || reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

bool user_check(DbConn *conn, const char *name, const char *password, const Clock *clock, User *ret_user, GError **error)
{
  User user = {0};
  bool found = false;
  if (!look_up(conn, name, &user, &found, error))
    return false;
  bool good = password_verify(found ? user.password_hash : NULL, password) && found && !user.disabled;
  if (good) {
    /* Only this column: somebody may be changing the others while the password is checked. */
    user.last_login_at_ms = clock_now_ms(clock);
    good = user_row_signed_in(conn, user.id, user.last_login_at_ms, error);
    if (good) {
      *ret_user = user;
      return true;
    }
  } else {
    fail(error, REEVE_ERROR_UNAUTHENTICATED, "The name or the password is wrong.");
  }
  record_clear(&user_table, &user);
  return false;
}

bool user_any(DbConn *conn, bool *ret_any, GError **error)
{
  return user_row_any(conn, ret_any, error);
}

/* --- changes --- */

/* The user, locked, and whether it may stop being an admin. The admins are locked first and in one order, so that two changes at
 * once wait for each other instead of for ever. */
static bool lock_user(DbConn *conn, int64_t id, User *user, bool *ret_is_needed, GError **error)
{
  bool is_admin = false, has_another = false;
  if (!user_row_admins(conn, id, &is_admin, &has_another, error) || !record_lock(conn, &user_table, id, user, error))
    return false;
  *ret_is_needed = is_admin && !has_another;
  return true;
}

static bool refuse_last(GError **error)
{
  return fail(error, REEVE_ERROR_CONFLICT, "This is the last user who can administer Reeve; make another admin first.");
}

static bool apply_change(DbConn *conn, const UserChange *change, char **hash, bool is_needed, User *user, GError **error)
{
  if (change->name) {
    if (!check_name(change->name, error))
      return false;
    g_free(user->name);
    user->name = g_strdup(change->name);
  }
  if (change->role != FIELD_NULL_ENUM)
    user->role = change->role;
  if (change->enabled != USER_AS_IT_IS)
    user->disabled = change->enabled == USER_DISABLED;
  if (*hash) {
    g_free(user->password_hash);
    user->password_hash = g_steal_pointer(hash);
  }
  bool stays_admin = user->role == ROLE_ADMIN && !user->disabled;
  if (!stays_admin && is_needed)
    return refuse_last(error);
  GError *why = NULL;
  if (!record_update(conn, &user_table, user, &why))
    return explain(user->name, why, error);
  return !(change->password || user->disabled) || session_end_all(conn, user->id, NULL, error);
}

bool user_change(DbConn *conn, int64_t id, const UserChange *change, User *ret_user, GError **error)
{
  User user = {0};
  /* Before the transaction: it takes long, and SQLite's lock would keep everyone else waiting. */
  g_autofree char *hash = change->password ? password_hash(change->password, error) : NULL;
  if (change->password && !hash)
    return false;
  bool is_needed = false;
  record_init(&user_table, &user);
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  bool ok = transaction && lock_user(conn, id, &user, &is_needed, error) &&
            (!change->agree || change->agree(&user, change->user_data, error)) &&
            apply_change(conn, change, &hash, is_needed, &user, error) && db_commit(transaction, error);
  if (ok && ret_user)
    *ret_user = user;
  else
    record_clear(&user_table, &user);
  return ok;
}

static bool remove_user(DbConn *conn, int64_t id, UserAgree agree, void *user_data, User *user, GError **error)
{
  bool is_needed = false;
  if (!lock_user(conn, id, user, &is_needed, error) || (agree && !agree(user, user_data, error)))
    return false;
  return is_needed ? refuse_last(error) : record_delete(conn, &user_table, id, error);
}

bool user_remove(DbConn *conn, int64_t id, UserAgree agree, void *user_data, GError **error)
{
  User user;
  record_init(&user_table, &user);
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  bool ok = transaction && remove_user(conn, id, agree, user_data, &user, error) && db_commit(transaction, error);
  record_clear(&user_table, &user);
  return ok;
}

KeyScope user_role_scope(Role role)
{
  switch (role) {
  case ROLE_ADMIN:
    return SCOPE_ADMIN;
  case ROLE_OPERATOR:
    return SCOPE_OPERATE;
  case ROLE_VIEWER:
    break;
  }
  return SCOPE_READ;
}
