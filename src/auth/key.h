/* API keys (U3): made once, shown once, kept as a hash.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/access.h"

/* Makes a key "reeve_" + 43 characters of base64url (256 random bits), stores its hash and returns the text, which exists nowhere
 * else. `expires_at_ms` FIELD_NULL_INT: never. NULL on error: INVALID for an empty or overlong name. The caller frees it. */
char *key_create(DbConn *conn, const char *name, KeyScope scope, int64_t expires_at_ms, const Clock *clock, GError **error);

/* The key that a caller showed. UNAUTHENTICATED if there is no such key or it has expired. Notes its use, at most once a minute.
 */
bool key_check(DbConn *conn, const char *text, const Clock *clock, ApiKey *ret_key, GError **error);

/* What a scope may do, as a role. False for scopes that are no role (worker, webhook). */
bool key_scope_role(KeyScope scope, Role *ret_role);
