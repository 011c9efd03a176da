/* TMDB's cache in the database. Test: tests/unit/connect/test_tmdb_store_cache.c */
#include "connect/tmdb_store_cache.h"

#include "store/lookup_cache.h"

static char *get(TmdbCache *cache, const char *key, int64_t now_ms, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(((TmdbStoreCache *)cache)->db, error);
  return conn ? lookup_cache_get(conn, key, now_ms, error) : NULL;
}

static bool put(TmdbCache *cache, const char *key, const char *value, int64_t expires_at_ms, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(((TmdbStoreCache *)cache)->db, error);
  return conn && lookup_cache_put(conn, key, value, expires_at_ms, error);
}

void tmdb_store_cache_init(TmdbStoreCache *store, Db *db)
{
  *store = (TmdbStoreCache){.cache = {.get = get, .put = put}, .db = db};
}
