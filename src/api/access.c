/* Decides who may ask what, and how often a password may be tried. Test: tests/unit/api/test_access.c */
#include "api/access.h"

#include "base/error.h"

#include <string.h>

enum { CACHED_KEYS_MAX = 256, ADDRESSES_MAX = 4096 };

typedef struct {
  ApiKey key;
  int64_t checked_ms; /* monotonic */
} CachedKey;

struct KeyCache {
  const Clock *clock;
  GMutex lock;
  GHashTable *keys; /* SHA-256 of the key, hex -> CachedKey; guarded by lock. Keys themselves do not stay in memory */
};

static void cached_key_free(void *data)
{
  CachedKey *cached = data;
  record_clear(&api_key_table, &cached->key);
  g_free(cached);
}

KeyCache *key_cache_new(const Clock *clock)
{
  KeyCache *cache = g_new0(KeyCache, 1);
  cache->clock = clock;
  g_mutex_init(&cache->lock);
  cache->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, cached_key_free);
  return cache;
}

void key_cache_free(KeyCache *cache)
{
  if (!cache)
    return;
  g_hash_table_unref(cache->keys);
  g_mutex_clear(&cache->lock);
  g_free(cache);
}

static bool is_expired(const ApiKey *key, const Clock *clock)
{
  return key->expires_at_ms != FIELD_NULL_INT && key->expires_at_ms <= clock_now_ms(clock);
}

static bool cache_find(KeyCache *cache, const char *digest, ApiKey *ret_key)
{
  g_mutex_lock(&cache->lock);
  const CachedKey *cached = g_hash_table_lookup(cache->keys, digest);
  bool good =
      cached && clock_monotonic_ms(cache->clock) - cached->checked_ms < KEY_TRUST_MS && !is_expired(&cached->key, cache->clock);
  if (good)
    record_copy(&api_key_table, &cached->key, ret_key);
  g_mutex_unlock(&cache->lock);
  return good;
}

static void cache_put(KeyCache *cache, const char *digest, const ApiKey *key)
{
  CachedKey *cached = g_new0(CachedKey, 1);
  record_copy(&api_key_table, key, &cached->key);
  cached->checked_ms = clock_monotonic_ms(cache->clock);
  g_mutex_lock(&cache->lock);
  if (g_hash_table_size(cache->keys) >= CACHED_KEYS_MAX)
    g_hash_table_remove_all(cache->keys);
  g_hash_table_replace(cache->keys, g_strdup(digest), cached);
  g_mutex_unlock(&cache->lock);
}

static gboolean has_id(gpointer digest, gpointer data, gpointer id)
{
  return ((const CachedKey *)data)->key.id == *(const int64_t *)id;
}

void key_cache_forget(KeyCache *cache, int64_t key_id)
{
  g_mutex_lock(&cache->lock);
  g_hash_table_foreach_remove(cache->keys, has_id, &key_id);
  g_mutex_unlock(&cache->lock);
}

const char *access_shown_key(const char *x_api_key, const char *authorization)
{
  static const char scheme[] = "Bearer ";
  if (x_api_key && *x_api_key)
    return x_api_key;
  if (!authorization || g_ascii_strncasecmp(authorization, scheme, strlen(scheme)) != 0)
    return NULL;
  authorization += strlen(scheme);
  while (*authorization == ' ')
    authorization++;
  return *authorization ? authorization : NULL;
}

static bool find_key(KeyCache *cache, Db *db, const char *shown, ApiKey *ret_key, GError **error)
{
  g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, shown, -1);
  if (cache_find(cache, digest, ret_key))
    return true;
  g_autoptr(DbConn) conn = db_acquire(db, error);
  if (!conn || !key_check(conn, shown, cache->clock, ret_key, error))
    return false;
  cache_put(cache, digest, ret_key);
  return true;
}

static const char *access_scope(Access access)
{
  static const KeyScope scopes[] = {[ACCESS_READ] = SCOPE_READ, [ACCESS_OPERATE] = SCOPE_OPERATE, [ACCESS_ADMIN] = SCOPE_ADMIN};
  return enum_name(&key_scope_table, (int)scopes[access]);
}

static bool scope_reaches(KeyScope scope, Access access)
{
  static const Role roles[] = {[ACCESS_READ] = ROLE_VIEWER, [ACCESS_OPERATE] = ROLE_OPERATOR, [ACCESS_ADMIN] = ROLE_ADMIN};
  Role role;
  return key_scope_role(scope, &role) && role >= roles[access];
}

bool access_check(KeyCache *cache, Db *db, Access access, const char *shown, ApiKey *ret_key, GError **error)
{
  if (access == ACCESS_OPEN)
    return true;
  if (!shown)
    return fail(error, REEVE_ERROR_UNAUTHENTICATED,
                "Show an API key, in the header X-Api-Key or as \"Authorization: Bearer KEY\".");
  ApiKey key = {0};
  if (!find_key(cache, db, shown, &key, error))
    return false;
  if (!scope_reaches((KeyScope)key.scope, access)) {
    fail(error, REEVE_ERROR_DENIED, "The key \"%s\" has the scope %s; this needs %s.", key.name,
         enum_name(&key_scope_table, key.scope), access_scope(access));
    record_clear(&api_key_table, &key);
    return false;
  }
  *ret_key = key;
  return true;
}

/* --- passwords --- */

typedef struct {
  int64_t began_ms; /* of the window, monotonic */
  int tries;
} Tries;

struct LoginLimit {
  const Clock *clock;
  GMutex lock;
  GHashTable *addresses; /* char * -> Tries; guarded by lock */
  GMutex one_at_a_time;
};

LoginLimit *login_limit_new(const Clock *clock)
{
  LoginLimit *limit = g_new0(LoginLimit, 1);
  limit->clock = clock;
  g_mutex_init(&limit->lock);
  g_mutex_init(&limit->one_at_a_time);
  limit->addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return limit;
}

void login_limit_free(LoginLimit *limit)
{
  if (!limit)
    return;
  g_hash_table_unref(limit->addresses);
  g_mutex_clear(&limit->one_at_a_time);
  g_mutex_clear(&limit->lock);
  g_free(limit);
}

static bool count_try(LoginLimit *limit, const char *address)
{
  int64_t now_ms = clock_monotonic_ms(limit->clock);
  Tries *tries = g_hash_table_lookup(limit->addresses, address);
  if (!tries) {
    /* Whoever has so many addresses is not held back by this table. */
    if (g_hash_table_size(limit->addresses) >= ADDRESSES_MAX)
      g_hash_table_remove_all(limit->addresses);
    tries = g_new0(Tries, 1);
    tries->began_ms = now_ms;
    g_hash_table_insert(limit->addresses, g_strdup(address), tries);
  }
  if (now_ms - tries->began_ms >= LOGIN_WINDOW_MS)
    *tries = (Tries){.began_ms = now_ms};
  if (tries->tries >= LOGIN_TRIES)
    return false;
  tries->tries++;
  return true;
}

bool login_limit_enter(LoginLimit *limit, const char *address)
{
  g_mutex_lock(&limit->lock);
  bool may = count_try(limit, address);
  g_mutex_unlock(&limit->lock);
  if (may)
    g_mutex_lock(&limit->one_at_a_time);
  return may;
}

void login_limit_leave(LoginLimit *limit)
{
  g_mutex_unlock(&limit->one_at_a_time);
}
