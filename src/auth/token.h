/* Secrets that we make and recognise again: API keys, session cookies, set-up links. 256 random bits, so that a fast hash is
 * enough to keep; nobody guesses them, and the hash says nothing about them.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* `prefix` + 43 characters of base64url (RFC 4648, section 5, without padding). NULL with INTERNAL if the system gives no random
 * numbers. The caller frees it with token_free. */
char *token_new(const char *prefix, GError **error);

/* BLAKE2b-256 of a token as 64 hex digits: what is stored. The caller frees it. */
char *token_hash(const char *token);

/* A second secret that only the holder of the token, or we when it is shown, can work out: keyed BLAKE2b-256 of `purpose`, in
 * base64url. The caller frees it. */
char *token_derive(const char *token, const char *purpose);

/* Equal, in a time that depends on the lengths only. NULL equals nothing. */
bool token_equal(const char *a, const char *b);

/* Wipes and frees; NULL is fine. */
void token_free(char *token);
