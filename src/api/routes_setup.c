/* The first user (U1). Test: tests/unit/api/test_signing_in.c */
#include "api/sign_in.h"
#include "auth/password.h"
#include "auth/setup.h"
#include "auth/user.h"
#include "base/error.h"

typedef struct {
  bool needed;
} Setup;

static const Field setup_fields[] = {
    FIELD_BOOL(Setup, needed, .help = "Whether there is no user yet."),
};
static const FieldTable setup_table = FIELD_TABLE(Setup, "Setup", NULL, setup_fields);

typedef struct {
  char *token, *name, *password;
} SetupInput;

static const Field setup_input_fields[] = {
    FIELD_TEXT(SetupInput, token, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1, .max = 100,
               .help = "From the set-up link in the server's log."),
    FIELD_TEXT(SetupInput, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64, .help = "Name of the first user, an admin."),
    FIELD_TEXT(SetupInput, password, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = PASSWORD_MIN_BYTES, .max = PASSWORD_MAX_BYTES,
               .help = "The password to have."),
};
static const FieldTable setup_input_table = FIELD_TABLE(SetupInput, "SetupInput", NULL, setup_input_fields);

static bool get_setup(Request *request, void *input, Response *response, GError **error)
{
  bool any = false;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !user_any(conn, &any, error))
    return false;
  response_record(response, &setup_table, &(Setup){.needed = !any});
  return true;
}

/* One at a time, like signing in: a hash takes as much memory as a check. */
static bool finish(Request *request, const SetupInput *input, int64_t *ret_id, Response *response, GError **error)
{
  if (!sign_in_enter(request, response, error))
    return false;
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(request->services->db, &why);
  bool ok = conn && setup_finish(conn, input->token, input->name, input->password, request->server->clock, ret_id, &why);
  login_gate_leave(request->server->logins);
  if (!ok && reeve_error_code(why) == REEVE_ERROR_INVALID)
    return response_refuse(response, error, "name", "name: %s", why->message);
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&why));
  return ok;
}

static bool post_setup(Request *request, void *data, Response *response, GError **error)
{
  const SetupInput *input = data;
  int64_t id = 0;
  if (!finish(request, input, &id, response, error))
    return false;
  g_message("Reeve is set up: %s made the first user, %s.", request->client, input->name);
  g_autoptr(DbConn) conn = db_acquire(request->services->db, error);
  const User user = {.id = id, .name = input->name, .role = ROLE_ADMIN};
  return conn && sign_in(request, conn, &user, response, error);
}

static const Route rows[] = {
    {"GET", "/api/v1/setup", ACCESS_OPEN, .output = &setup_table, .status = 200, .handle = get_setup,
     .summary = "Whether the first user must be made."},
    {"POST", "/api/v1/setup", ACCESS_OPEN, ROUTE_SLOW | ROUTE_AUDITED, .input = &setup_input_table, .input_mode = JSON_CREATE,
     .output = &signed_in_table, .status = 201, .handle = post_setup,
     .summary = "Makes the first user, an admin, and signs in; the link works once."},
};
const RouteSet setup_routes = {rows, G_N_ELEMENTS(rows)};
