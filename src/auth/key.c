/* Decides how API keys are made and recognised. Test: tests/unit/auth/test_access.c */
#include "auth/key.h"

#include "auth/token.h"
#include "base/error.h"
#include "store/record_sql.h"

#include <string.h>

enum { KEY_PREFIX_LENGTH = 12, KEY_NAME_MAX_BYTES = 64, USE_NOTED_EVERY_MS = 60 * 1000 };

char *key_create(DbConn *conn, const char *name, KeyScope scope, int64_t expires_at_ms, const Clock *clock, int64_t *ret_id,
                 GError **error)
{
  if (!name || !*name || strlen(name) > KEY_NAME_MAX_BYTES || !g_utf8_validate(name, -1, NULL)) {
    fail(error, REEVE_ERROR_INVALID, "A key needs a name of 1 to %d bytes.", KEY_NAME_MAX_BYTES);
    return NULL;
  }
  char *text = token_new("reeve_", error);
  if (!text)
    return NULL;
  ApiKey key = {0};
  record_init(&api_key_table, &key);
  g_free(key.name);
  g_free(key.prefix);
  g_free(key.hash);
  key.name = g_strdup(name);
  key.scope = (int)scope;
  key.prefix = g_strndup(text, KEY_PREFIX_LENGTH);
  key.hash = token_hash(text);
  key.expires_at_ms = expires_at_ms;
  key.last_used_at_ms = FIELD_NULL_INT;
  key.created_at_ms = clock_now_ms(clock);
  bool ok = record_insert(conn, &api_key_table, &key, error);
  if (ok && ret_id)
    *ret_id = key.id;
  record_clear(&api_key_table, &key);
  if (!ok)
    g_clear_pointer(&text, token_free);
  return text;
}

bool key_check(DbConn *conn, const char *text, const Clock *clock, ApiKey *ret_key, GError **error)
{
  if (!text || !*text)
    return fail(error, REEVE_ERROR_UNAUTHENTICATED, "Show an API key in the X-Api-Key header or as a bearer token.");
  g_autofree char *hash = token_hash(text);
  ApiKey key = {0};
  record_init(&api_key_table, &key);
  g_autoptr(GError) why = NULL;
  /* The hash is looked up by index: a timing difference would tell about hashes, which say nothing about 256-bit keys. */
  if (!record_by(conn, &api_key_table, "hash", DB_TEXT(hash), &key, &why)) {
    record_clear(&api_key_table, &key);
    if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
      return fail(error, REEVE_ERROR_UNAUTHENTICATED, "This API key is not known.");
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  int64_t now = clock_now_ms(clock);
  if (key.expires_at_ms != FIELD_NULL_INT && key.expires_at_ms <= now) {
    record_clear(&api_key_table, &key);
    return fail(error, REEVE_ERROR_UNAUTHENTICATED, "This API key has expired.");
  }
  if (key.last_used_at_ms == FIELD_NULL_INT || now - key.last_used_at_ms >= USE_NOTED_EVERY_MS) {
    g_autoptr(GError) ignored = NULL;
    if (!record_set(conn, &api_key_table, key.id, "last_used_at_ms", DB_INT(now), &ignored))
      g_debug("The use of key %s was not noted: %s", key.prefix, ignored->message);
  }
  *ret_key = key;
  return true;
}

bool key_scope_role(KeyScope scope, Role *ret_role)
{
  switch (scope) {
  case SCOPE_READ:
    *ret_role = ROLE_VIEWER;
    return true;
  case SCOPE_OPERATE:
    *ret_role = ROLE_OPERATOR;
    return true;
  case SCOPE_ADMIN:
    *ret_role = ROLE_ADMIN;
    return true;
  case SCOPE_WORKER:
  case SCOPE_WEBHOOK:
    break;
  }
  return false;
}
