/* Decides who may ask what. Test: tests/unit/api/test_access.c */
#include "api/access.h"

#include "auth/user.h"
#include "base/error.h"

#include <string.h>

enum { CACHED_CALLERS_MAX = 256 };

typedef struct {
  Caller caller;
  int64_t checked_ms; /* monotonic */
} CachedCaller;

struct CallerCache {
  const Clock *clock;
  SessionRules rules;
  GMutex lock;         /* guards what follows */
  GHashTable *callers; /* SHA-256 of what was shown, hex -> CachedCaller. Secrets themselves do not stay in memory */
  guint generation;    /* grows when all is forgotten, so that what was looked up before is not kept after */
};

static void cached_caller_free(void *data)
{
  CachedCaller *cached = data;
  caller_clear(&cached->caller);
  g_free(cached);
}

CallerCache *caller_cache_new(const SessionRules *rules, const Clock *clock)
{
  CallerCache *cache = g_new0(CallerCache, 1);
  cache->clock = clock;
  cache->rules = *rules;
  g_mutex_init(&cache->lock);
  cache->callers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, cached_caller_free);
  return cache;
}

void caller_cache_free(CallerCache *cache)
{
  if (!cache)
    return;
  g_hash_table_unref(cache->callers);
  g_mutex_clear(&cache->lock);
  g_free(cache);
}

void caller_cache_clear(CallerCache *cache)
{
  g_mutex_lock(&cache->lock);
  cache->generation++;
  g_hash_table_remove_all(cache->callers);
  g_mutex_unlock(&cache->lock);
}

static bool is_expired(const Caller *caller, const Clock *clock)
{
  return caller->expires_at_ms != FIELD_NULL_INT && caller->expires_at_ms <= clock_now_ms(clock);
}

static bool cache_find(CallerCache *cache, const char *digest, Caller *ret_caller, guint *ret_generation)
{
  g_mutex_lock(&cache->lock);
  *ret_generation = cache->generation;
  const CachedCaller *cached = g_hash_table_lookup(cache->callers, digest);
  bool good = cached && clock_monotonic_ms(cache->clock) - cached->checked_ms < CALLER_TRUST_MS &&
              !is_expired(&cached->caller, cache->clock);
  if (good)
    caller_copy(&cached->caller, ret_caller);
  g_mutex_unlock(&cache->lock);
  return good;
}

static void cache_put(CallerCache *cache, const char *digest, const Caller *caller, guint generation)
{
  CachedCaller *cached = g_new0(CachedCaller, 1);
  caller_copy(caller, &cached->caller);
  cached->checked_ms = clock_monotonic_ms(cache->clock);
  g_mutex_lock(&cache->lock);
  if (g_hash_table_size(cache->callers) >= CACHED_CALLERS_MAX)
    g_hash_table_remove_all(cache->callers);
  if (cache->generation == generation)
    g_hash_table_replace(cache->callers, g_strdup(digest), cached);
  else
    cached_caller_free(cached);
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

char *access_basic_password(const char *authorization)
{
  static const char scheme[] = "Basic ";
  if (!authorization || g_ascii_strncasecmp(authorization, scheme, strlen(scheme)) != 0)
    return NULL;
  gsize length = 0;
  g_autofree guchar *decoded = g_base64_decode(authorization + strlen(scheme), &length);
  const guchar *colon = memchr(decoded, ':', length);
  gsize rest = colon ? length - (gsize)(colon + 1 - decoded) : 0;
  return rest > 0 && !memchr(colon, '\0', rest) ? g_strndup((const char *)colon + 1, rest) : NULL;
}

bool access_identify(CallerCache *cache, Db *db, const Credentials *shown, Caller *ret_caller, GError **error)
{
  if (!shown->key && !shown->session)
    return fail(error, REEVE_ERROR_UNAUTHENTICATED,
                "Sign in, or show an API key in the header X-Api-Key or as \"Authorization: Bearer KEY\".");
  const char *secret = shown->key ? shown->key : shown->session;
  /* What is a key is none in a cookie, and the other way round. */
  g_autofree char *marked = g_strconcat(shown->key ? "key " : "session ", secret, NULL);
  g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, marked, -1);
  guint generation = 0;
  if (cache_find(cache, digest, ret_caller, &generation))
    return true;
  g_autoptr(DbConn) conn = db_acquire(db, error);
  if (!conn || !(shown->key ? caller_of_key(conn, secret, cache->clock, ret_caller, error)
                            : caller_of_session(conn, secret, &cache->rules, cache->clock, ret_caller, error)))
    return false;
  cache_put(cache, digest, ret_caller, generation);
  return true;
}

bool access_check(const Caller *caller, Access access, GError **error)
{
  static const Role roles[] = {[ACCESS_READ] = ROLE_VIEWER, [ACCESS_OPERATE] = ROLE_OPERATOR, [ACCESS_ADMIN] = ROLE_ADMIN};
  if (access == ACCESS_OPEN || (caller->has_role && caller->role >= roles[access]))
    return true;
  if (caller->kind == ACTOR_USER)
    return fail(error, REEVE_ERROR_DENIED, "%s is signed in as %s; this needs the role %s.", caller->name,
                enum_name(&role_table, (int)caller->role), enum_name(&role_table, (int)roles[access]));
  return fail(error, REEVE_ERROR_DENIED, "The key \"%s\" has the scope %s; this needs %s.", caller->name,
              enum_name(&key_scope_table, (int)caller->scope), enum_name(&key_scope_table, (int)user_role_scope(roles[access])));
}

/* --- passwords --- */

struct LoginGate {
  GMutex lock; /* guards inside */
  int inside;
  GMutex one_at_a_time;
};

LoginGate *login_gate_new(void)
{
  LoginGate *gate = g_new0(LoginGate, 1);
  g_mutex_init(&gate->lock);
  g_mutex_init(&gate->one_at_a_time);
  return gate;
}

void login_gate_free(LoginGate *gate)
{
  if (!gate)
    return;
  g_mutex_clear(&gate->one_at_a_time);
  g_mutex_clear(&gate->lock);
  g_free(gate);
}

bool login_gate_enter(LoginGate *gate)
{
  g_mutex_lock(&gate->lock);
  bool may = gate->inside < LOGIN_GATE_MAX;
  gate->inside += may;
  g_mutex_unlock(&gate->lock);
  if (may)
    g_mutex_lock(&gate->one_at_a_time);
  return may;
}

void login_gate_leave(LoginGate *gate)
{
  g_mutex_unlock(&gate->one_at_a_time);
  g_mutex_lock(&gate->lock);
  gate->inside--;
  g_mutex_unlock(&gate->lock);
}
