/* What the two files of the PostgreSQL driver share; nobody else includes it. */
#pragma once

#include "store/db_driver.h"

#include <libpq-fe.h>

enum { PG_PARAMS_MAX = 16, PG_CONNECT_TIMEOUT_S = 10 };

/* Keywords and values for PQconnectdbParams with expand_dbname, ended by NULL: our defaults, then the address, then what must be.
 * They borrow from `db`. */
typedef struct {
  const char *keywords[PG_PARAMS_MAX];
  const char *values[PG_PARAMS_MAX];
} PgParams;
PgParams pg_params(const Db *db);

/* libpq's words as one line without a full stop at the end; the caller frees it. */
char *pg_words(const char *message);

/* Sends the server's notices to the debug log instead of standard error. */
void pg_quiet(PGconn *handle);

/* The thread that hears messages, on a connection of its own.
 *
 * Thread-safety: both functions may be called from any thread; pg_listener_free when nobody else uses it. */
typedef struct PgListener PgListener;
PgListener *pg_listener_new(Db *db);
void pg_listener_free(PgListener *listener); /* ends the thread; NULL is fine */

/* Returns when all channels that db->listeners has now are listened to, or the server turned out to be away. */
void pg_listener_sync(PgListener *listener);
