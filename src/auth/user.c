/* Decides who a local user is. Test: tests/unit/auth/test_access.c */
#include "auth/user.h"

#include "base/error.h"
#include "store/record_sql.h"

#include <sodium.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, PASSWORD_MIN_BYTES = 8, PASSWORD_MAX_BYTES = 1024 };

static bool name_is_good(const char *name)
{
  size_t length = name ? strlen(name) : 0;
  if (length < 1 || length > NAME_MAX_BYTES)
    return false;
  for (const char *c = name; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("._-@", *c))
      return false;
  return true;
}

bool user_add(DbConn *conn, const char *name, Role role, const char *password, const Clock *clock, int64_t *ret_id,
              GError **error)
{
  if (!name_is_good(name))
    return fail(error, REEVE_ERROR_INVALID, "A user name has 1 to 64 letters, digits, '.', '_', '-' or '@'.");
  size_t length = password ? strlen(password) : 0;
  if (length < PASSWORD_MIN_BYTES || length > PASSWORD_MAX_BYTES)
    return fail(error, REEVE_ERROR_INVALID, "A password has 8 to 1024 bytes.");
  char hash[crypto_pwhash_STRBYTES];
  if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, password, length, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                                 crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(error, REEVE_ERROR_INTERNAL, "The password could not be hashed: 64 MiB of memory are needed for a moment.");
  User user = {0};
  record_init(&user_table, &user);
  g_free(user.name);
  g_free(user.password_hash);
  user.name = g_strdup(name);
  user.role = (int)role;
  user.password_hash = g_strdup(hash);
  user.last_login_at_ms = FIELD_NULL_INT;
  user.created_at_ms = clock_now_ms(clock);
  g_autoptr(GError) why = NULL;
  bool ok = record_insert(conn, &user_table, &user, &why);
  if (ok)
    *ret_id = user.id;
  else if (reeve_error_code(why) == REEVE_ERROR_CONFLICT)
    fail(error, REEVE_ERROR_CONFLICT, "There is already a user %s.", name);
  else
    g_propagate_error(error, g_steal_pointer(&why));
  record_clear(&user_table, &user);
  return ok;
}

/* Spends the time of one check, so that an unknown name does not answer faster than a wrong password. */
static void spend_one_check(const char *password)
{
  unsigned char out[32];
  static const unsigned char salt[crypto_pwhash_SALTBYTES] = {0};
  (void)!crypto_pwhash(out, sizeof out, password, strlen(password), salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                       crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
}

bool user_check(DbConn *conn, const char *name, const char *password, const Clock *clock, User *ret_user, GError **error)
{
  static const char wrong[] = "The name or the password is wrong.";
  if (sodium_init() < 0)
    return fail(error, REEVE_ERROR_INTERNAL, "The system gives no random numbers.");
  if (!name_is_good(name) || !password || strlen(password) > PASSWORD_MAX_BYTES)
    return fail(error, REEVE_ERROR_UNAUTHENTICATED, "%s", wrong);
  User user = {0};
  record_init(&user_table, &user);
  g_autoptr(GError) why = NULL;
  if (!record_find(conn, &user_table, "name = $1", DB_ARGS(DB_TEXT(name)), &user, &why)) {
    record_clear(&user_table, &user);
    if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND) {
      spend_one_check(password);
      return fail(error, REEVE_ERROR_UNAUTHENTICATED, "%s", wrong);
    }
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  bool good = crypto_pwhash_str_verify(user.password_hash, password, strlen(password)) == 0 && !user.disabled;
  if (good) {
    user.last_login_at_ms = clock_now_ms(clock);
    good = record_update(conn, &user_table, &user, error);
    if (good) {
      *ret_user = user;
      return true;
    }
    record_clear(&user_table, &user);
    return false;
  }
  record_clear(&user_table, &user);
  return fail(error, REEVE_ERROR_UNAUTHENTICATED, "%s", wrong);
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
