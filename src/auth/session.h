/* Who is signed in in a browser (U2). A session is a token in a cookie; the database, which all servers share, keeps its hash. It
 * ends when it was not used for a while, at its age limit, by signing out, when the password changes or the user goes.
 *
 * Against cross-site requests, each that changes something must also show the session's CSRF token, which is derived from the
 * cookie and which only pages of our own can learn (GET /api/v1/session).
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/access.h"

#define SESSION_COOKIE "reeve_session"

typedef struct {
  int64_t idle_ms; /* unused for so long: over */
  int64_t life_ms; /* over after so long, however much it is used */
} SessionRules;
extern const SessionRules session_rules_preset; /* 3 days, 30 days */

/* Begins a session with a token that nobody has seen before, so that one planted in a browser is worth nothing after signing in.
 * `agent` may be NULL. *ret_id is the session's number. The token is the cookie's value; the caller frees it with token_free.
 * NULL on error. */
char *session_begin(DbConn *conn, int64_t user_id, const char *address, const char *agent, const SessionRules *rules,
                    const Clock *clock, int64_t *ret_id, GError **error);

/* What a cookie stands for. */
typedef struct {
  int64_t id, user_id;
  char *user; /* name */
  Role role;
} SessionUser;
void session_user_clear(SessionUser *user);

/* UNAUTHENTICATED if there is no such session, it is over, or its user is disabled. Notes its use, at most once a minute.
 * `ret_user` is zeroed by the caller and filled on success. */
bool session_check(DbConn *conn, const char *token, const SessionRules *rules, const Clock *clock, SessionUser *ret_user,
                   GError **error);

/* Ends the session of a token; one that is over already is fine. */
bool session_end(DbConn *conn, const char *token, GError **error);

/* Ends all sessions of a user; `but` (a token, or NULL) stays. */
bool session_end_all(DbConn *conn, int64_t user_id, const char *but, GError **error);

/* The token to be shown in X-CSRF-Token with a cookie; the caller frees it. */
char *session_csrf(const char *token);
