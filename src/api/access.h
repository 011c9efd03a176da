/* Who asks, and may they: API keys, sessions, and how many passwords are checked at once.
 *
 * Thread-safety: all functions may be called from any thread. */
#pragma once

#include "api/route.h"

/* Callers that were good a moment ago, so that a busy page does not ask the database for each request. What was revoked elsewhere
 * without a word is refused within CALLER_TRUST_MS. */
typedef struct CallerCache CallerCache;
enum { CALLER_TRUST_MS = 2000 };
CallerCache *caller_cache_new(const SessionRules *rules, const Clock *clock);
void caller_cache_free(CallerCache *cache);

/* Forgets all: something was revoked just now. */
void caller_cache_clear(CallerCache *cache);

/* What a caller shows; borrowed. */
typedef struct {
  const char *key;     /* from X-Api-Key or, else, from `Authorization: Bearer` */
  const char *session; /* from the cookie; a key goes before it */
} Credentials;

/* The key in one of the two headers; NULL if there is none. */
const char *access_shown_key(const char *x_api_key, const char *authorization);

/* The password of "Authorization: Basic" (RFC 7617), where keys stand for programs that know no other way; NULL if there is none.
 * The caller frees it. */
char *access_basic_password(const char *authorization);

/* UNAUTHENTICATED without good credentials. `ret_caller` is zeroed by the caller and filled on success. */
bool access_identify(CallerCache *cache, Db *db, const Credentials *shown, Caller *ret_caller, GError **error);

/* DENIED if the caller's role does not reach. Pure. */
bool access_check(const Caller *caller, Access access, GError **error);

/* Passwords are checked one at a time: each check takes 64 MiB. A few may wait; more would only keep the threads from other work.
 * False if too many wait already; otherwise login_gate_leave must follow. */
typedef struct LoginGate LoginGate;
enum { LOGIN_GATE_MAX = 3 };
LoginGate *login_gate_new(void);
void login_gate_free(LoginGate *gate);
bool login_gate_enter(LoginGate *gate);
void login_gate_leave(LoginGate *gate);
