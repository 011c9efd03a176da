/* What tables a database has, read from the database itself: for copies that hold everything, whichever Reeve made the tables.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

typedef enum { COLUMN_INT, COLUMN_REAL, COLUMN_TEXT } ColumnType;
extern const EnumTable column_type_table;

typedef struct {
  char *name;
  int type; /* ColumnType */
} CatalogColumn;
extern const FieldTable catalog_column_table;

typedef struct {
  char *name;
  GPtrArray *columns; /* CatalogColumn, in the table's order */
  int64_t last_id;    /* the last number that the database gave to a row; FIELD_NULL_INT where it gives none */
} CatalogTable;
extern const FieldTable catalog_table_table;

/* Array of CatalogTable by name, without the list of migrations. NULL on error. */
GPtrArray *catalog_read(DbConn *conn, GError **error);

/* The table of a name, or NULL. */
const CatalogTable *catalog_find(const GPtrArray *tables, const char *name);

/* True if both have the same columns of the same types, in whatever order. */
bool catalog_table_same(const CatalogTable *a, const CatalogTable *b);
