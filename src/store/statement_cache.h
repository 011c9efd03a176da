/* Prepared statements of one connection that are not in use, the latest used kept, the oldest dropped.
 *
 * Thread-safety: none; it belongs to its connection. */
#pragma once

#include <glib.h>

typedef struct StatementCache StatementCache;

/* `drop` releases a statement that leaves the cache by age or at the end. */
StatementCache *statement_cache_new(guint capacity, void (*drop)(void *statement, void *user_data), void *user_data);
void statement_cache_free(StatementCache *cache);

/* Takes the statement of this SQL out of the cache; NULL if there is none. The caller owns it until it puts it back. */
void *statement_cache_take(StatementCache *cache, const char *sql);

/* Gives a statement to the cache. If one of the same SQL is there already, this one is dropped. */
void statement_cache_put(StatementCache *cache, const char *sql, void *statement);
