/* Keeps few answers, of one version of the database. Test: tests/unit/api/test_answer_cache.c */
#include "api/answer_cache.h"

#include <string.h>

enum { MAX_ANSWERS = 64, MAX_ANSWER_BYTES = 128 * 1024, MAX_NAME_BYTES = 512 };

struct AnswerCache {
  Db *db;
  GMutex lock; /* guards what follows */
  uint64_t version;
  GHashTable *answers; /* name (char *) -> GBytes */
};

AnswerCache *answer_cache_new(Db *db)
{
  AnswerCache *cache = g_new0(AnswerCache, 1);
  cache->db = db;
  cache->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  g_mutex_init(&cache->lock);
  return cache;
}

void answer_cache_free(AnswerCache *cache)
{
  if (!cache)
    return;
  g_hash_table_unref(cache->answers);
  g_mutex_clear(&cache->lock);
  g_free(cache);
}

GBytes *answer_cache_find(AnswerCache *cache, const char *name, uint64_t *ret_version)
{
  uint64_t version = 0;
  *ret_version = 0;
  if (!db_version(cache->db, &version))
    return NULL;
  g_mutex_lock(&cache->lock);
  GBytes *found = cache->version == version ? g_hash_table_lookup(cache->answers, name) : NULL;
  if (found)
    g_bytes_ref(found);
  g_mutex_unlock(&cache->lock);
  *ret_version = version;
  return found;
}

void answer_cache_keep(AnswerCache *cache, const char *name, uint64_t version, const char *text, size_t length)
{
  if (version == 0 || length > MAX_ANSWER_BYTES || strlen(name) > MAX_NAME_BYTES)
    return;
  g_mutex_lock(&cache->lock);
  if (version != cache->version || g_hash_table_size(cache->answers) >= MAX_ANSWERS)
    g_hash_table_remove_all(cache->answers);
  cache->version = version;
  g_hash_table_replace(cache->answers, g_strdup(name), g_bytes_new(text, length));
  g_mutex_unlock(&cache->lock);
}
