/* Signing in: a local user's name and password become an API key that expires (U2). Test: tests/unit/api/test_server.c */
#include "api/http.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/record_sql.h"

#include <string.h>

static const int64_t session_ms = 12 * 60 * 60 * 1000LL;
static const char session_prefix[] = "session of ";

typedef struct {
  char *name, *password;
} SessionInput;

static const Field session_input_fields[] = {
    FIELD_TEXT(SessionInput, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64, .help = "Name of a local user."),
    FIELD_TEXT(SessionInput, password, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1, .max = 1024, .help = "The password."),
};
static const FieldTable session_input_table = FIELD_TABLE(SessionInput, "SessionInput", NULL, session_input_fields);

typedef struct {
  char *key;
  int scope;
  int64_t expires_at_ms;
} Session;

static const Field session_fields[] = {
    FIELD_TEXT(Session, key, .help = "API key for the header X-Api-Key."),
    FIELD_ENUM(Session, scope, key_scope_table, .help = "What it allows."),
    FIELD_INT(Session, expires_at_ms, .help = "When it stops working, in ms since 1970."),
};
static const FieldTable session_table = FIELD_TABLE(Session, "Session", NULL, session_fields);

static bool sign_in(Request *request, const SessionInput *input, Session *ret_session, GError **error)
{
  const ApiServices *services = request_services(request);
  User user = {0};
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  if (!conn || !user_check(conn, input->name, input->password, services->clock, &user, error))
    return false;
  g_autofree char *name = g_strconcat(session_prefix, user.name, NULL);
  ret_session->scope = (int)user_role_scope((Role)user.role);
  record_clear(&user_table, &user);
  ret_session->expires_at_ms = clock_now_ms(services->clock) + session_ms;
  ret_session->key = key_create(conn, name, (KeyScope)ret_session->scope, ret_session->expires_at_ms, services->clock, error);
  return ret_session->key != NULL;
}

static bool post_session(Request *request, void *input, Response *response, GError **error)
{
  LoginLimit *limit = request->server->logins;
  if (!login_limit_enter(limit, request_client(request))) {
    response_status(response, MHD_HTTP_TOO_MANY_REQUESTS);
    return fail(error, REEVE_ERROR_LIMIT, "Too many attempts to sign in from %s; wait a minute.", request_client(request));
  }
  Session session = {0};
  bool ok = sign_in(request, input, &session, error);
  login_limit_leave(limit);
  if (ok)
    response_record(response, &session_table, &session);
  record_clear(&session_table, &session);
  return ok;
}

/* A key that somebody made on purpose is not lost by a click. */
static bool delete_session(Request *request, void *input, Response *response, GError **error)
{
  const ApiKey *key = request_key(request);
  if (!g_str_has_prefix(key->name, session_prefix))
    return fail(error, REEVE_ERROR_CONFLICT, "The key \"%s\" is not of a session; it is revoked with `reeve key revoke`.",
                key->name);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_delete(conn, &api_key_table, key->id, error))
    return false;
  key_cache_forget(request->server->keys, key->id);
  return true;
}

static const Route rows[] = {
    {"POST", "/api/v1/session", ACCESS_OPEN, ROUTE_SLOW, .input = &session_input_table, .input_mode = JSON_CREATE,
     .output = &session_table, .status = 201, .handle = post_session, .summary = "Signs a local user in, for 12 hours."},
    {"DELETE", "/api/v1/session", ACCESS_READ, .status = 204, .handle = delete_session,
     .summary = "Signs out: the key is revoked."},
};
const RouteSet session_routes = {rows, G_N_ELEMENTS(rows)};
