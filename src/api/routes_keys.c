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

/* What a key may do is what its holder was told: another scope is another key. */
typedef struct {
  char *name;
  int64_t expires_at_ms;
} KeyUpdate;

static const Field key_update_fields[] = {
    FIELD_TEXT(KeyUpdate, name, .min = 1, .max = 64, .help = "What it is for, in your words."),
    FIELD_INT(KeyUpdate, expires_at_ms, .flags = FIELD_NULLABLE, .help = "When it stops working, in ms since 1970; null: never."),
};
static const FieldTable key_update_table = FIELD_TABLE(KeyUpdate, "KeyUpdate", NULL, key_update_fields);

static bool get_keys(Request *request, void *input, Response *response, GError **error)
{
  return stored_page(request, &api_key_table, response, error);
}

static bool get_key(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  ApiKey key;
  record_init(&api_key_table, &key);
  bool ok = conn && record_get(conn, &api_key_table, request_id(request), &key, error);
  if (ok)
    response_record(response, &api_key_table, &key);
  record_clear(&api_key_table, &key);
  return ok;
}

static bool check_expiry(const Request *request, int64_t expires_at_ms, Response *response, GError **error)
{
  return expires_at_ms == FIELD_NULL_INT || expires_at_ms > clock_now_ms(request->server->clock) ||
         response_refuse(response, error, "expires_at_ms", "expires_at_ms must be in the future");
}

static bool post_key(Request *request, void *data, Response *response, GError **error)
{
  const ApiKey *input = data;
  const Clock *clock = request->server->clock;
  if (!check_expiry(request, input->expires_at_ms, response, error))
    return false;
  KeyMade made = {0};
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  made.key = conn ? key_create(conn, input->name, (KeyScope)input->scope, input->expires_at_ms, clock, &made.id, error) : NULL;
  if (!made.key)
    return false;
  response_record(response, &key_made_table, &made);
  token_free(made.key);
  return true;
}

/* The key as its editor saw it, locked. */
static bool lock_key(Request *request, DbConn *conn, ApiKey *key, Response *response, GError **error)
{
  return record_lock(conn, &api_key_table, request_id(request), key, error) &&
         response_unchanged(request, response, &api_key_table, key, error);
}

static bool change_key(Request *request, DbConn *conn, ApiKey *key, Response *response, GError **error)
{
  if (!lock_key(request, conn, key, response, error))
    return false;
  int64_t expired_at_ms = key->expires_at_ms;
  KeyUpdate update = {.name = g_steal_pointer(&key->name), .expires_at_ms = expired_at_ms};
  bool ok = request_apply(request, &update, response, error) &&
            (update.expires_at_ms == expired_at_ms || check_expiry(request, update.expires_at_ms, response, error));
  key->name = g_steal_pointer(&update.name);
  key->expires_at_ms = update.expires_at_ms;
  return ok && record_update(conn, &api_key_table, key, error);
}

static bool remove_key(Request *request, DbConn *conn, ApiKey *key, Response *response, GError **error)
{
  return lock_key(request, conn, key, response, error) && record_delete(conn, &api_key_table, key->id, error);
}

typedef bool (*KeyDeed)(Request *request, DbConn *conn, ApiKey *key, Response *response, GError **error);

/* Does it in a transaction, and tells everyone once that is over. */
static bool with_key(Request *request, KeyDeed deed, ApiKey *key, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  {
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction || !deed(request, conn, key, response, error) || !db_commit(transaction, error))
      return false;
  }
  request_access_changed(request, conn);
  return true;
}

static bool patch_key(Request *request, void *input, Response *response, GError **error)
{
  ApiKey key;
  record_init(&api_key_table, &key);
  bool ok = with_key(request, change_key, &key, response, error);
  if (ok)
    response_record(response, &api_key_table, &key);
  record_clear(&api_key_table, &key);
  return ok;
}

static bool delete_key(Request *request, void *input, Response *response, GError **error)
{
  ApiKey key;
  record_init(&api_key_table, &key);
  bool ok = with_key(request, remove_key, &key, response, error);
  record_clear(&api_key_table, &key);
  return ok;
}

static const Route rows[] = {
    {"GET", "/api/v1/keys", ACCESS_ADMIN, ROUTE_LISTS, .output = &api_key_table, .status = 200, .handle = get_keys,
     .summary = "The API keys, by name and first characters."},
    {"POST", "/api/v1/keys", ACCESS_ADMIN, .input = &api_key_table, .input_mode = JSON_CREATE, .output = &key_made_table,
     .status = 201, .handle = post_key, .summary = "Makes an API key and shows it, this once."},
    {"GET", "/api/v1/keys/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .output = &api_key_table, .status = 200, .handle = get_key,
     .summary = "One API key, by name and first characters."},
    {"PATCH", "/api/v1/keys/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .input = &key_update_table, .input_mode = JSON_UPDATE,
     .output = &api_key_table, .status = 200, .handle = patch_key,
     .summary = "Changes what is given: its name, or when it ends."},
    {"DELETE", "/api/v1/keys/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .status = 204, .handle = delete_key,
     .summary = "Makes a key worthless at once."},
};
const RouteSet key_routes = {rows, G_N_ELEMENTS(rows)};
