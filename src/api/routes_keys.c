/* API keys (U3). Test: tests/unit/api/test_signing_in.c */
#include "api/http.h"
#include "api/stored.h"
#include "auth/key.h"
#include "auth/token.h"
#include "base/error.h"
#include "store/record_sql.h"

typedef struct {
  int64_t id;
  char *key;
} KeyMade;

static const Field key_made_fields[] = {
    FIELD_INT(KeyMade, id, .help = "Number of the key."),
    FIELD_TEXT(KeyMade, key, .help = "The key itself, which is shown only now."),
};
static const FieldTable key_made_table = FIELD_TABLE(KeyMade, "KeyMade", NULL, key_made_fields);

static bool get_keys(Request *request, void *input, Response *response, GError **error)
{
  return stored_page(request, &api_key_table, response, error);
}

static bool post_key(Request *request, void *data, Response *response, GError **error)
{
  const ApiKey *input = data;
  const Clock *clock = request->server->clock;
  if (input->expires_at_ms != FIELD_NULL_INT && input->expires_at_ms <= clock_now_ms(clock))
    return response_refuse(response, error, "expires_at_ms", "expires_at_ms must be in the future");
  KeyMade made = {0};
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  made.key = conn ? key_create(conn, input->name, (KeyScope)input->scope, input->expires_at_ms, clock, &made.id, error) : NULL;
  if (!made.key)
    return false;
  response_record(response, &key_made_table, &made);
  token_free(made.key);
  return true;
}

static bool delete_key(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_delete(conn, &api_key_table, request_id(request), error))
    return false;
  request_access_changed(request, conn);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/keys", ACCESS_ADMIN, ROUTE_LISTS, .output = &api_key_table, .status = 200, .handle = get_keys,
     .summary = "The API keys, by name and first characters."},
    {"POST", "/api/v1/keys", ACCESS_ADMIN, .input = &api_key_table, .input_mode = JSON_CREATE, .output = &key_made_table,
     .status = 201, .handle = post_key, .summary = "Makes an API key and shows it, this once."},
    {"DELETE", "/api/v1/keys/{id}", ACCESS_ADMIN, .status = 204, .handle = delete_key,
     .summary = "Makes a key worthless at once."},
};
const RouteSet key_routes = {rows, G_N_ELEMENTS(rows)};
