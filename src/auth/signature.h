/* Signatures of messages: HMAC-SHA256 (RFC 2104, FIPS 180-4) of the bytes as they were sent, with a secret that both sides know.
 * It shows that the sender has the secret without sending it, and that nobody changed the message on its way.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { SIGNATURE_HEX_DIGITS = 64 };

/* Whether `shown` is the signature of the message: 64 hex digits of either case, which "sha256=" may stand before, and nothing
 * else. False also for anything that is no signature. The time it takes does not depend on how much of it is right. */
bool signature_is_right(const char *secret, const void *message, size_t length, const char *shown);

/* What the sender would show: 64 hex digits in lower case. The caller frees it. */
char *signature_make(const char *secret, const void *message, size_t length);
