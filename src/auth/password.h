/* Passwords: argon2id (RFC 9106), as libsodium writes it: "$argon2id$v=19$m=65536,t=2,p=1$…".
 *
 * The cost is libsodium's "interactive" one: 64 MiB of memory, 2 passes, 1 lane; OWASP's least is 19 MiB with the same passes
 * and lane. docs/decisions/0020 has the reasons and the measured time. Hashes carry their parameters: raising the cost later
 * keeps old ones valid.
 *
 * Thread-safety: no shared state; each call takes PASSWORD_MEMORY_BYTES for as long as it runs. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { PASSWORD_MIN_BYTES = 8, PASSWORD_MAX_BYTES = 1024, PASSWORD_MEMORY_BYTES = 64 * 1024 * 1024 };

/* The hash to store; the caller frees it. INVALID if the length is out of range, INTERNAL without enough memory. */
char *password_hash(const char *password, GError **error);

/* Whether it is the password. `hash` NULL: takes the same time and says no, so that an unknown name does not answer faster than a
 * wrong password. */
bool password_verify(const char *hash, const char *password);
