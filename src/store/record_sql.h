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

/* The error that record_get gives for a row that is not there; returns false. */
bool record_missing(const FieldTable *table, int64_t id, GError **error);

/* --- the statements that need no SQL of their own --- */

/* All rows, by `column` (NULL: by key), as records_new() array. NULL on error. */
GPtrArray *record_all(DbConn *conn, const FieldTable *table, const char *column, GError **error);

/* The rows whose `column` has this value, by key. */
GPtrArray *record_with(DbConn *conn, const FieldTable *table, const char *column, DbArg value, GError **error);

/* The one row whose unique `column` has this value; as record_find. */
bool record_by(DbConn *conn, const FieldTable *table, const char *column, DbArg value, void *record, GError **error);

/* As record_get, and keeps others from changing the row until the caller's transaction ends. */
bool record_lock(DbConn *conn, const FieldTable *table, int64_t id, void *record, GError **error);

/* One page by key: at most `limit` rows after `after_id`. *ret_next is the key to go on after, or 0 if there are no more. */
GPtrArray *record_page(DbConn *conn, const FieldTable *table, int64_t after_id, int64_t limit, int64_t *ret_next, GError **error);

/* Sets one column of one row, and leaves the others to whoever else changes them. NOT_FOUND if there is no such row. */
bool record_set(DbConn *conn, const FieldTable *table, int64_t id, const char *column, DbArg value, GError **error);
