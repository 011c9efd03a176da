/* Signing in and out, and one's own password (U2). Test: tests/unit/api/test_signing_in.c */
#include "api/sign_in.h"
#include "auth/password.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/record_sql.h"

typedef struct {
  char *name, *password;
} SessionInput;

static const Field session_input_fields[] = {
    FIELD_TEXT(SessionInput, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64, .help = "Name of a local user."),
    FIELD_TEXT(SessionInput, password, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1, .max = PASSWORD_MAX_BYTES,
               .help = "The password."),
};
static const FieldTable session_input_table = FIELD_TABLE(SessionInput, "SessionInput", NULL, session_input_fields);

typedef struct {
  char *current, *new;
} PasswordInput;

static const Field password_input_fields[] = {
    FIELD_TEXT(PasswordInput, current, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1, .max = PASSWORD_MAX_BYTES,
               .help = "The password as it is."),
    FIELD_TEXT(PasswordInput, new, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = PASSWORD_MIN_BYTES, .max = PASSWORD_MAX_BYTES,
               .help = "The password to have from now on."),
};
static const FieldTable password_input_table = FIELD_TABLE(PasswordInput, "PasswordInput", NULL, password_input_fields);

static bool post_session(Request *request, void *data, Response *response, GError **error)
{
  const SessionInput *input = data;
  User user = {0};
  if (!sign_in_try(request, input->name, input->password, &user, response, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  bool ok = conn && sign_in(request, conn, &user, response, error);
  record_clear(&user_table, &user);
  return ok;
}

/* A key is nobody's session. */
static bool check_session(const Request *request, GError **error)
{
  const Caller *caller = request_caller(request);
  return caller->kind == ACTOR_USER ||
         fail(error, REEVE_ERROR_CONFLICT, "The key \"%s\" is not a session; nobody is signed in.", caller->name);
}

static bool get_session(Request *request, void *input, Response *response, GError **error)
{
  const Caller *caller = request_caller(request);
  if (caller->kind != ACTOR_USER)
    return fail(error, REEVE_ERROR_UNAUTHENTICATED, "Nobody is signed in: the request shows the key \"%s\".", caller->name);
  sign_in_show(caller, request_session(request), response);
  return true;
}

static bool delete_session(Request *request, void *input, Response *response, GError **error)
{
  if (!check_session(request, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !session_end(conn, request_session(request), error))
    return false;
  request_access_changed(request, conn);
  response_cookie(request, response, NULL, 0);
  return true;
}

static bool end_all(Request *request, void *input, Response *response, GError **error)
{
  if (!check_session(request, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !session_end_all(conn, request_caller(request)->user_id, NULL, error))
    return false;
  request_access_changed(request, conn);
  response_cookie(request, response, NULL, 0);
  return true;
}

/* All sessions end and one begins, so that whoever had a hand on an old one is out. */
static bool change_password(Request *request, int64_t user_id, const char *password, Response *response, GError **error)
{
  const UserChange change = {.role = FIELD_NULL_ENUM, .password = password};
  User user = {0};
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !user_change(conn, user_id, &change, &user, error))
    return false;
  request_access_changed(request, conn);
  bool ok = sign_in(request, conn, &user, response, error);
  record_clear(&user_table, &user);
  return ok;
}

static bool put_password(Request *request, void *data, Response *response, GError **error)
{
  const PasswordInput *input = data;
  const Caller *caller = request_caller(request);
  if (!check_session(request, error))
    return false;
  User user = {0};
  g_autoptr(GError) why = NULL;
  if (!sign_in_try(request, caller->name, input->current, &user, response, &why)) {
    if (reeve_error_code(why) == REEVE_ERROR_UNAUTHENTICATED)
      return response_refuse(response, error, "current", "current is not the password");
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  record_clear(&user_table, &user);
  return change_password(request, caller->user_id, input->new, response, error);
}

static const Route rows[] = {
    {"GET", "/api/v1/session", ACCESS_READ, .output = &signed_in_table, .status = 200, .handle = get_session,
     .summary = "Who is signed in, and the token to show with changes."},
    {"POST", "/api/v1/session", ACCESS_OPEN, ROUTE_SLOW | ROUTE_AUDITED, .input = &session_input_table, .input_mode = JSON_CREATE,
     .output = &signed_in_table, .status = 201, .handle = post_session, .summary = "Signs a local user in, by a cookie."},
    {"DELETE", "/api/v1/session", ACCESS_READ, ROUTE_AUDITED, .status = 204, .handle = delete_session, .summary = "Signs out."},
    {"POST", "/api/v1/session/end-all", ACCESS_READ, ROUTE_AUDITED, .status = 204, .handle = end_all,
     .summary = "Signs out everywhere: all sessions of the user end."},
    {"PUT", "/api/v1/session/password", ACCESS_READ, ROUTE_SLOW | ROUTE_AUDITED, .input = &password_input_table,
     .input_mode = JSON_CREATE, .output = &signed_in_table, .status = 200, .handle = put_password,
     .summary = "Changes one's own password; all other sessions end, and this one gets a new cookie and token."},
};
const RouteSet session_routes = {rows, G_N_ELEMENTS(rows)};
