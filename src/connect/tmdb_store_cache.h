/* TMDB's cache in the database.
 *
 * Thread-safety: any thread; each call borrows a connection, so that the caller should hold none. */
#pragma once

#include "connect/tmdb.h"
#include "store/db.h"

typedef struct {
  TmdbCache cache;
  Db *db;
} TmdbStoreCache;

/* `db` is borrowed and outlives it. Nothing is to be freed. */
void tmdb_store_cache_init(TmdbStoreCache *store, Db *db);
