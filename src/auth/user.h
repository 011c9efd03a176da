/* Local users (U2): argon2id passwords. Signing in gives an API key that expires.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/access.h"

/* INVALID if the name is not 1..64 of letters, digits, '.', '_', '-', '@' or the password has fewer than 8 or more than 1024
 * bytes; CONFLICT if the name is taken. */
bool user_add(DbConn *conn, const char *name, Role role, const char *password, const Clock *clock, int64_t *ret_id,
              GError **error);

/* Checks name and password in the same time whether the name exists or not. UNAUTHENTICATED, with one message for all reasons. */
bool user_check(DbConn *conn, const char *name, const char *password, const Clock *clock, User *ret_user, GError **error);

/* The scope of keys that a role gets. */
KeyScope user_role_scope(Role role);
