/* The cache lends statements out instead of sharing them: one that is being stepped through cannot be evicted, and the same SQL
 * run inside its own loop gets a second statement.
 * Test: tests/unit/store/test_statement_cache.c */
#include "store/statement_cache.h"

typedef struct {
  GList link; /* in `by_age`; data is the entry */
  char *sql;
  void *statement;
} Entry;

struct StatementCache {
  GHashTable *by_sql; /* Entry.sql -> Entry */
  GQueue by_age;      /* the latest used at the head */
  guint capacity;
  void (*drop)(void *statement, void *user_data);
  void *user_data;
};

StatementCache *statement_cache_new(guint capacity, void (*drop)(void *statement, void *user_data), void *user_data)
{
  StatementCache *cache = g_new0(StatementCache, 1);
  cache->by_sql = g_hash_table_new(g_str_hash, g_str_equal);
  g_queue_init(&cache->by_age);
  cache->capacity = capacity;
  cache->drop = drop;
  cache->user_data = user_data;
  return cache;
}

/* The statement goes to the caller. */
static void *remove_entry(StatementCache *cache, Entry *entry)
{
  void *statement = entry->statement;
  g_hash_table_remove(cache->by_sql, entry->sql);
  g_queue_unlink(&cache->by_age, &entry->link);
  g_free(entry->sql);
  g_free(entry);
  return statement;
}

static void drop_oldest(StatementCache *cache)
{
  cache->drop(remove_entry(cache, cache->by_age.tail->data), cache->user_data);
}

void statement_cache_free(StatementCache *cache)
{
  if (!cache)
    return;
  while (cache->by_age.length)
    drop_oldest(cache);
  g_hash_table_unref(cache->by_sql);
  g_free(cache);
}

void *statement_cache_take(StatementCache *cache, const char *sql)
{
  Entry *entry = g_hash_table_lookup(cache->by_sql, sql);
  return entry ? remove_entry(cache, entry) : NULL;
}

void statement_cache_put(StatementCache *cache, const char *sql, void *statement)
{
  if (g_hash_table_contains(cache->by_sql, sql)) {
    cache->drop(statement, cache->user_data);
    return;
  }
  Entry *entry = g_new0(Entry, 1);
  entry->link.data = entry;
  entry->sql = g_strdup(sql);
  entry->statement = statement;
  g_hash_table_insert(cache->by_sql, entry->sql, entry);
  g_queue_push_head_link(&cache->by_age, &entry->link);
  if (cache->by_age.length > cache->capacity)
    drop_oldest(cache);
}
