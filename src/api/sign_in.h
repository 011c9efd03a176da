/* Signing a user in: what set-up, signing in and a change of password have in common.
 *
 * Thread-safety: as Request. */
#pragma once

#include "api/http.h"

/* Answers with who is signed in and the CSRF token. */
typedef struct {
  int64_t id;
  char *name;
  int role;
} SignedInUser;

typedef struct {
  SignedInUser user;
  char *csrf;
} SignedIn;
extern const FieldTable signed_in_table;

/* Begins a session for the user in the place of the one that the request may have shown, sets the cookie, and fills the response;
 * the request becomes the user's deed. */
bool sign_in(Request *request, DbConn *conn, const User *user, Response *response, GError **error);

/* The same answer for a session that goes on. */
void sign_in_show(const Caller *caller, const char *token, Response *response);

/* What it takes to try a password: room, and an address and a name that have not failed too often. LIMIT or UNAVAILABLE, with the
 * response's status and Retry-After, if it may not be tried now. */
bool sign_in_try(Request *request, const char *name, const char *password, User *ret_user, Response *response, GError **error);

/* Before a secret is looked at: counts an attempt under `name` from the caller's address as failed (auth/lockout.h). LIMIT, with
 * the response's status and Retry-After, if it may not be made now. sign_in_forgive takes it back, once it was a good one. */
bool sign_in_count(Request *request, DbConn *conn, const char *name, Response *response, GError **error);
void sign_in_forgive(Request *request, DbConn *conn, const char *name);

/* Room to check or make a hash; login_gate_leave(request->server->logins) must follow. UNAVAILABLE if too many wait already. */
bool sign_in_enter(Request *request, Response *response, GError **error);
