/* Decides what signing in gives, and what trying it costs. Test: tests/unit/api/test_signing_in.c */
#include "api/sign_in.h"

#include "auth/lockout.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/error.h"

static const Field signed_in_user_fields[] = {
    FIELD_INT(SignedInUser, id, .help = "Number of the user."),
    FIELD_TEXT(SignedInUser, name, .help = "Name of the user."),
    FIELD_ENUM(SignedInUser, role, role_table, .help = "What the user may do."),
};
static const FieldTable signed_in_user_table = FIELD_TABLE(SignedInUser, "SignedInUser", NULL, signed_in_user_fields);

static const Field signed_in_fields[] = {
    FIELD_RECORD(SignedIn, user, signed_in_user_table, .help = "Who is signed in."),
    FIELD_TEXT(SignedIn, csrf, .help = "For the header X-CSRF-Token of every request that is no GET or HEAD."),
};
const FieldTable signed_in_table = FIELD_TABLE(SignedIn, "SignedIn", NULL, signed_in_fields);

void sign_in_show(const Caller *caller, const char *token, Response *response)
{
  SignedIn answer = {.user = {.id = caller->user_id, .name = caller->name, .role = (int)caller->role},
                     .csrf = session_csrf(token)};
  response_record(response, &signed_in_table, &answer);
  g_free(answer.csrf);
}

bool sign_in(Request *request, DbConn *conn, const User *user, Response *response, GError **error)
{
  const ApiServer *server = request->server;
  const char *before = request_session(request);
  int64_t id = 0;
  char *token = session_begin(conn, user->id, request->client, request_header(request, "User-Agent"), &server->sessions,
                              server->clock, &id, error);
  if (!token)
    return false;
  g_autoptr(GError) why = NULL;
  if (before && !session_end(conn, before, &why))
    g_warning("The session from before signing in was not ended: %s", why->message);
  response_cookie(request, response, token, server->sessions.life_ms / 1000);
  Caller caller = {.kind = ACTOR_USER,
                   .id = id,
                   .user_id = user->id,
                   .name = g_strdup(user->name),
                   .has_role = true,
                   .role = (Role)user->role,
                   .scope = user_role_scope((Role)user->role),
                   .expires_at_ms = FIELD_NULL_INT};
  sign_in_show(&caller, token, response);
  request_become(request, &caller);
  token_free(token);
  return true;
}

/* A name that could be none may hold anything, a password even. */
static void tell_of_failure(const Request *request, const char *name)
{
  g_warning("Signing in as %s from %s failed.", user_name_is_good(name) ? name : "somebody whose name is none", request->client);
}

bool sign_in_count(Request *request, DbConn *conn, const char *name, Response *response, GError **error)
{
  int64_t wait_ms = 0;
  g_autoptr(GError) why = NULL;
  if (lockout_enter(conn, name, request->client, request->server->clock, &wait_ms, &why))
    return true;
  if (wait_ms > 0) {
    response_status(response, MHD_HTTP_TOO_MANY_REQUESTS);
    response_retry_after(response, (wait_ms + 999) / 1000);
  }
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

void sign_in_forgive(Request *request, DbConn *conn, const char *name)
{
  g_autoptr(GError) why = NULL;
  if (!lockout_forgive(conn, name, request->client, &why))
    g_warning("The failed attempts of %s are still counted: %s", name, why->message);
}

static bool try_password(Request *request, const char *name, const char *password, User *ret_user, Response *response,
                         GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request->services->db, error);
  if (!conn || !sign_in_count(request, conn, name, response, error))
    return false;
  if (!user_check(conn, name, password, request->server->clock, ret_user, error)) {
    tell_of_failure(request, name);
    return false;
  }
  sign_in_forgive(request, conn, name);
  return true;
}

bool sign_in_enter(Request *request, Response *response, GError **error)
{
  if (login_gate_enter(request->server->logins))
    return true;
  response_retry_after(response, 2);
  return fail(error, REEVE_ERROR_UNAVAILABLE, "Too many people are signing in at once; try again in a moment.");
}

bool sign_in_try(Request *request, const char *name, const char *password, User *ret_user, Response *response, GError **error)
{
  if (!sign_in_enter(request, response, error))
    return false;
  bool ok = try_password(request, name, password, ret_user, response, error);
  login_gate_leave(request->server->logins);
  return ok;
}
