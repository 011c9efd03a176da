/* The first user (U1): whoever starts the server reads a link in its log, which lets one person choose a name and a password.
 * There is no default password at any time.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/access.h"

enum { SETUP_LIFE_MS = 60 * 60 * 1000 };

/* Makes a token, good for SETUP_LIFE_MS or until one is used; only its hash is kept. NULL with CONFLICT if there is a user
 * already. The caller frees it with token_free. */
char *setup_begin(DbConn *conn, const Clock *clock, GError **error);

/* Makes the first user, an admin, and ends all set-up tokens, in one transaction. CONFLICT if there is a user already, DENIED for
 * a token that is unknown, used or too old, INVALID as user_add. */
bool setup_finish(DbConn *conn, const char *token, const char *name, const char *password, const Clock *clock, int64_t *ret_id,
                  GError **error);

/* Where the page for it is: "URL/setup#TOKEN". What stands behind '#' no browser sends, so that the token reaches neither logs
 * nor proxies. The caller frees it. */
char *setup_link(const char *url, const char *token);
