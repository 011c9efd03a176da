/* Records <-> rows, by field table: a column for each field without FIELD_NO_COLUMN, under the field's name.
 *
 * How kinds are stored: bool as 0 or 1, int as BIGINT, real as a double, enum as its row's name ("pending"), text and JSON as
 * text, lists and records as JSON text. What is absent is NULL in a nullable column; in any other it is 0, "", [] or null in
 * JSON. */
#pragma once

#include "store/db.h"

/* An enum's value as an argument: `WHERE state = $1`. */
#define DB_ENUM(table, value) DB_TEXT(enum_name(&(table), (value)))

/* Reads the current row, whose columns are matched by name, into `record` (initialised). Fields that have no column there keep
 * what they hold; columns that no field has are passed over. CORRUPT if a column holds what the field cannot. */
bool record_from_row(const FieldTable *table, const DbRows *rows, void *record, GError **error);

/* "id, path, …" in table order, each prefixed with "`alias`." if alias is not NULL; the caller frees it. */
char *record_columns(const FieldTable *table, const char *alias);

/* INSERT of all columns but the key; the new id goes into the record's key field. */
bool record_insert(DbConn *conn, const FieldTable *table, void *record, GError **error);

/* UPDATE of all columns by key. NOT_FOUND if there is no such row. */
bool record_update(DbConn *conn, const FieldTable *table, const void *record, GError **error);

/* NOT_FOUND ("There is no root 7.") if there is none. `record` is initialised by the caller and filled. */
bool record_get(DbConn *conn, const FieldTable *table, int64_t id, void *record, GError **error);

/* As record_get by any condition: `where` is SQL with $n ("name = $1"). NOT_FOUND if there is none. */
bool record_find(DbConn *conn, const FieldTable *table, const char *where, const DbArg *args, void *record, GError **error);

/* All rows that fit `tail`: the SQL after FROM table ("WHERE root_id = $1 ORDER BY path LIMIT 50"), as records_new() array. NULL
 * on error. */
GPtrArray *record_list(DbConn *conn, const FieldTable *table, const char *tail, const DbArg *args, GError **error);

/* All rows of any SELECT (or … RETURNING), by the names of its columns, as records_new() array. NULL on error. */
GPtrArray *record_query(DbConn *conn, const FieldTable *table, const char *sql, const DbArg *args, GError **error);

bool record_delete(DbConn *conn, const FieldTable *table, int64_t id, GError **error); /* NOT_FOUND if there is none */
