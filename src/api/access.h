/* Who asks, and may they: API keys, and how often an address may try a password.
 *
 * Thread-safety: all functions may be called from any thread. */
#pragma once

#include "api/route.h"

/* Keys that were good a moment ago, so that a busy page does not ask the database for each request. What was revoked is refused
 * within KEY_TRUST_MS. */
typedef struct KeyCache KeyCache;
enum { KEY_TRUST_MS = 2000 };
KeyCache *key_cache_new(const Clock *clock);
void key_cache_free(KeyCache *cache);

/* The key in X-Api-Key or, else, in `Authorization: Bearer`, borrowed; NULL if there is none. */
const char *access_shown_key(const char *x_api_key, const char *authorization);

/* UNAUTHENTICATED without a good key, DENIED if its scope does not reach. `ret_key` is zeroed by the caller and filled on
 * success. */
bool access_check(KeyCache *cache, Db *db, Access access, const char *shown, ApiKey *ret_key, GError **error);

/* Forgets a key that was revoked just now. */
void key_cache_forget(KeyCache *cache, int64_t key_id);

/* Passwords are tried at most LOGIN_TRIES times a minute from an address, and one at a time: each check takes 64 MiB. */
typedef struct LoginLimit LoginLimit;
enum { LOGIN_TRIES = 10, LOGIN_WINDOW_MS = 60 * 1000 };
LoginLimit *login_limit_new(const Clock *clock);
void login_limit_free(LoginLimit *limit);

/* True if the address may try now; login_limit_leave must follow. */
bool login_limit_enter(LoginLimit *limit, const char *address);
void login_limit_leave(LoginLimit *limit);
