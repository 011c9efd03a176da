/* Decides how API keys are made and recognised. Test: tests/unit/auth/test_access.c */
#include "auth/key.h"

#include "base/error.h"
#include "store/record_sql.h"

#include <sodium.h>
#include <string.h>

enum { KEY_RANDOM_BYTES = 32, KEY_PREFIX_LENGTH = 12, USE_NOTED_EVERY_MS = 60 * 1000 };

static char *key_hash(const char *text)
{
  unsigned char hash[crypto_generichash_BYTES];
  crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
  char *hex = g_malloc(2 * sizeof hash + 1);
  return sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash);
}

char *key_create(DbConn *conn, const char *name, KeyScope scope, int64_t expires_at_ms, const Clock *clock, GError **error)
{
  if (!name || !*name || strlen(name) > 100 || !g_utf8_validate(name, -1, NULL)) {
    fail(error, REEVE_ERROR_INVALID, "A key needs a name of 1 to 100 bytes.");
    return NULL;
  }
  if (sodium_init() < 0) {
    fail(error, REEVE_ERROR_INTERNAL, "The system gives no random numbers.");
    return NULL;
  }
  unsigned char bytes[KEY_RANDOM_BYTES];
  randombytes_buf(bytes, sizeof bytes);
  char encoded[sodium_base64_ENCODED_LEN(KEY_RANDOM_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
  sodium_bin2base64(encoded, sizeof encoded, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  char *text = g_strconcat("reeve_", encoded, NULL);

  ApiKey key = {0};
  record_init(&api_key_table, &key);
  g_free(key.name);
  g_free(key.prefix);
  g_free(key.hash);
  key.name = g_strdup(name);
  key.scope = (int)scope;
  key.prefix = g_strndup(text, KEY_PREFIX_LENGTH);
  key.hash = key_hash(text);
  key.expires_at_ms = expires_at_ms;
  key.last_used_at_ms = FIELD_NULL_INT;
  key.created_at_ms = clock_now_ms(clock);
  bool ok = record_insert(conn, &api_key_table, &key, error);
  record_clear(&api_key_table, &key);
  sodium_memzero(bytes, sizeof bytes);
  sodium_memzero(encoded, sizeof encoded);
  if (!ok)
    g_clear_pointer(&text, g_free);
  return text;
}

bool key_check(DbConn *conn, const char *text, const Clock *clock, ApiKey *ret_key, GError **error)
{
  if (!text || !*text)
    return fail(error, REEVE_ERROR_UNAUTHENTICATED, "Show an API key in the X-Api-Key header or as a bearer token.");
  g_autofree char *hash = key_hash(text);
  ApiKey key = {0};
  record_init(&api_key_table, &key);
  g_autoptr(GError) why = NULL;
  /* The hash is looked up by index: a timing difference would tell about hashes, which say nothing about 256-bit keys. */
  if (!record_find(conn, &api_key_table, "hash = $1", DB_ARGS(DB_TEXT(hash)), &key, &why)) {
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
    if (!db_exec(conn, "UPDATE api_keys SET last_used_at_ms = $1 WHERE id = $2", DB_ARGS(DB_INT(now), DB_INT(key.id)), NULL,
                 &ignored))
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
