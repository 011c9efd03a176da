/* Local users (U2). Test: tests/unit/api/test_signing_in.c */
#include "api/http.h"
#include "api/sign_in.h"
#include "api/stored.h"
#include "auth/password.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/record_sql.h"

#include <string.h>

typedef struct {
  char *name;
  int role;
  char *password;
} UserInput;

static const Field user_input_fields[] = {
    FIELD_TEXT(UserInput, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64, .help = "Name to log in with, unique."),
    FIELD_ENUM(UserInput, role, role_table, .help = "What the user may do."),
    FIELD_TEXT(UserInput, password, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = PASSWORD_MIN_BYTES, .max = PASSWORD_MAX_BYTES,
               .help = "The password; whoever gets it should change it."),
};
static const FieldTable user_input_table = FIELD_TABLE(UserInput, "UserInput", NULL, user_input_fields);

typedef struct {
  char *name;
  int role;
  bool disabled;
  char *password;
} UserUpdate;

static const Field user_update_fields[] = {
    FIELD_TEXT(UserUpdate, name, .min = 1, .max = 64, .help = "Name to log in with, unique."),
    FIELD_ENUM(UserUpdate, role, role_table, .help = "What the user may do."),
    FIELD_BOOL(UserUpdate, disabled, .help = "Whether the user is kept from logging in; ends all sessions."),
    FIELD_TEXT(UserUpdate, password, .flags = FIELD_SECRET | FIELD_NULLABLE, .min = PASSWORD_MIN_BYTES, .max = PASSWORD_MAX_BYTES,
               .help = "A new password; ends all sessions."),
};
static const FieldTable user_update_table = FIELD_TABLE(UserUpdate, "User", NULL, user_update_fields);

static bool get_users(Request *request, void *input, Response *response, GError **error)
{
  return stored_page(request, &user_table, response, error);
}

static bool show_user(DbConn *conn, int64_t id, Response *response, GError **error)
{
  User user;
  record_init(&user_table, &user);
  bool ok = record_get(conn, &user_table, id, &user, error);
  if (ok)
    response_record(response, &user_table, &user);
  record_clear(&user_table, &user);
  return ok;
}

static bool get_user(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  return conn && show_user(conn, request_id(request), response, error);
}

/* Lengths were checked by the field tables: what is still wrong is wrong with the name. */
static bool explain(GError *why, Response *response, GError **error)
{
  if (reeve_error_code(why) != REEVE_ERROR_INVALID) {
    g_propagate_error(error, why);
    return false;
  }
  response_refuse(response, error, "name", "name: %s", why->message);
  g_error_free(why);
  return false;
}

static bool post_user(Request *request, void *data, Response *response, GError **error)
{
  const UserInput *input = data;
  int64_t id = 0;
  if (!sign_in_enter(request, response, error))
    return false;
  GError *why = NULL;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, &why);
  bool ok = conn && user_add(conn, input->name, (Role)input->role, input->password, request->server->clock, &id, &why);
  login_gate_leave(request->server->logins);
  return ok ? show_user(conn, id, response, error) : explain(why, response, error);
}

static bool change_user(Request *request, DbConn *conn, UserUpdate *update, Response *response, GError **error)
{
  const UserChange change = {.name = update->name,
                             .role = update->role,
                             .password = update->password,
                             .enabled = update->disabled ? USER_DISABLED : USER_ENABLED};
  User user = {0};
  GError *why = NULL;
  if (change.password && !sign_in_enter(request, response, error))
    return false;
  bool ok = user_change(conn, request_id(request), &change, &user, &why);
  if (change.password)
    login_gate_leave(request->server->logins);
  if (!ok)
    return explain(why, response, error);
  request_access_changed(request, conn);
  response_record(response, &user_table, &user);
  record_clear(&user_table, &user);
  return true;
}

static bool put_user(Request *request, void *input, Response *response, GError **error)
{
  User user;
  UserUpdate update;
  record_init(&user_table, &user);
  record_init(&user_update_table, &update);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  bool ok = conn && record_get(conn, &user_table, request_id(request), &user, error) &&
            response_unchanged(request, response, &user_table, &user, error);
  if (ok) {
    g_free(update.name);
    update.name = g_strdup(user.name);
    update.role = user.role;
    update.disabled = user.disabled;
    ok = request_apply(request, &update, response, error) && change_user(request, conn, &update, response, error);
  }
  record_clear(&user_update_table, &update);
  record_clear(&user_table, &user);
  return ok;
}

static bool delete_user(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !user_remove(conn, request_id(request), error))
    return false;
  request_access_changed(request, conn);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/users", ACCESS_ADMIN, ROUTE_LISTS, .output = &user_table, .status = 200, .handle = get_users,
     .summary = "Who can sign in."},
    {"POST", "/api/v1/users", ACCESS_ADMIN, ROUTE_SLOW, .input = &user_input_table, .input_mode = JSON_CREATE,
     .output = &user_table, .status = 201, .handle = post_user, .summary = "Adds someone who can sign in."},
    {"GET", "/api/v1/users/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .output = &user_table, .status = 200, .handle = get_user,
     .summary = "One user."},
    {"PUT", "/api/v1/users/{id}", ACCESS_ADMIN, ROUTE_SLOW | ROUTE_TAGGED, .input = &user_update_table, .input_mode = JSON_UPDATE,
     .output = &user_table, .status = 200, .handle = put_user,
     .summary = "Changes what is given; 409 if nobody would be left who can administer."},
    {"DELETE", "/api/v1/users/{id}", ACCESS_ADMIN, .status = 204, .handle = delete_user,
     .summary = "Removes someone and ends their sessions; 409 for the last admin."},
};
const RouteSet user_routes = {rows, G_N_ELEMENTS(rows)};
