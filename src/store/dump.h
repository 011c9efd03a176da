/* All rows of a database as lines of JSON, and back: what backups are made of. A row is an array in the order of its table's
 * columns; numbers, texts and null, nothing else, so that lines of one database go into the other.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/catalog.h"
#include "wire/json.h"

/* Takes one line, without its end. False stops. */
typedef bool (*DumpLine)(const char *line, size_t length, void *user_data, GError **error);

/* Hands out every row of a table, by key where there is one. In a snapshot (db_begin_snapshot) all tables are of one moment.
 * *ret_rows is their number. */
bool dump_table(DbConn *conn, const CatalogTable *table, Cancel *cancel, DumpLine sink, void *user_data, int64_t *ret_rows,
                GError **error);

/* Puts one row into a table of the same columns. CORRUPT if it is not an array of what the columns take. */
bool dump_put_row(DbConn *conn, const CatalogTable *table, const char *insert_sql, const json_t *row, GError **error);

/* The statement that dump_put_row runs. The caller frees it. */
char *dump_insert_sql(const CatalogTable *table);
