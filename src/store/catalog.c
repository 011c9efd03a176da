/* How the two databases describe their tables. Test: tests/unit/operate/test_backup.c */
#include "store/catalog.h"

#include "base/error.h"

#include <string.h>

static const EnumRow type_rows[] = {
    {COLUMN_INT, "int", "A whole number of 64 bits"},
    {COLUMN_REAL, "real", "A double"},
    {COLUMN_TEXT, "text", "UTF-8"},
};
const EnumTable column_type_table = ENUM_TABLE("ColumnType", type_rows);

static const Field column_fields[] = {
    FIELD_TEXT(CatalogColumn, name, .flags = FIELD_REQUIRED, .min = 1, .max = 63, .help = "Name of the column."),
    FIELD_ENUM(CatalogColumn, type, column_type_table, .flags = FIELD_REQUIRED, .help = "What it holds."),
};
const FieldTable catalog_column_table = FIELD_TABLE(CatalogColumn, "CatalogColumn", NULL, column_fields);

static const Field table_fields[] = {
    FIELD_TEXT(CatalogTable, name, .flags = FIELD_REQUIRED, .min = 1, .max = 63, .help = "Name of the table."),
    FIELD_RECORDS(CatalogTable, columns, catalog_column_table, .flags = FIELD_REQUIRED, .max = 500, .help = "Its columns."),
    FIELD_INT(CatalogTable, last_id, .flags = FIELD_NULLABLE, .help = "The last number given to a row."),
};
const FieldTable catalog_table_table = FIELD_TABLE(CatalogTable, "CatalogTable", NULL, table_fields);

/* The database's word for a type -> ours. */
static const struct {
  const char *word;
  ColumnType type;
} type_words[] = {{"INTEGER", COLUMN_INT},           {"bigint", COLUMN_INT}, {"REAL", COLUMN_REAL},
                  {"double precision", COLUMN_REAL}, {"TEXT", COLUMN_TEXT},  {"text", COLUMN_TEXT}};

static bool type_of_word(const char *word, const char *table, const char *column, int *ret_type, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(type_words); i++)
    if (strcmp(type_words[i].word, word) == 0) {
      *ret_type = (int)type_words[i].type;
      return true;
    }
  return fail(error, REEVE_ERROR_INTERNAL, "The column %s.%s has the type %s, which is none of Reeve's.", table, column, word);
}

static CatalogTable *table_of(GPtrArray *tables, const char *name)
{
  CatalogTable *last = tables->len ? tables->pdata[tables->len - 1] : NULL;
  if (last && strcmp(last->name, name) == 0)
    return last;
  CatalogTable *table = record_new(&catalog_table_table);
  record_clear(&catalog_table_table, table);
  *table = (CatalogTable){.name = g_strdup(name), .columns = records_new(&catalog_column_table), .last_id = FIELD_NULL_INT};
  g_ptr_array_add(tables, table);
  return table;
}

/* Rows of table, column, type, whether the database numbers it. */
static bool read_columns(DbRows *rows, GPtrArray *tables, GError **error)
{
  g_autoptr(GError) problem = NULL;
  while (!problem && db_rows_next(rows, &problem)) {
    CatalogTable *table = table_of(tables, db_rows_text(rows, 0));
    CatalogColumn *column = record_new(&catalog_column_table);
    g_ptr_array_add(table->columns, column);
    g_free(column->name); /* the default */
    column->name = g_strdup(db_rows_text(rows, 1));
    if (db_rows_int(rows, 3))
      table->last_id = 0;
    if (!type_of_word(db_rows_text(rows, 2), table->name, column->name, &column->type, &problem))
      break;
  }
  if (!problem)
    return true;
  g_propagate_error(error, g_steal_pointer(&problem));
  return false;
}

static bool read_last_ids(DbConn *conn, GPtrArray *tables, GError **error)
{
  for (guint i = 0; i < tables->len; i++) {
    CatalogTable *table = tables->pdata[i];
    bool found = false;
    if (table->last_id == FIELD_NULL_INT)
      continue;
    /* The names are of our own migrations. */
    g_autofree char *sql =
        db_conn_kind(conn) == DB_SQLITE
            ? g_strdup_printf("SELECT seq FROM sqlite_sequence WHERE name = '%s'", table->name)
            : g_strdup_printf("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM %s_id_seq", table->name);
    if (!db_query_int(conn, sql, DB_NO_ARGS, &table->last_id, &found, error))
      return false;
  }
  return true;
}

GPtrArray *catalog_read(DbConn *conn, GError **error)
{
  static const char sqlite[] =
      "SELECT t.name, c.name, c.type, c.pk = 1 AND c.type = 'INTEGER' AND t.sql LIKE '%AUTOINCREMENT%' "
      "FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' "
      "AND t.name <> 'schema_migrations' ORDER BY t.name, c.cid";
  static const char postgresql[] =
      "SELECT table_name, column_name, data_type, CASE is_identity WHEN 'YES' THEN 1 ELSE 0 END FROM information_schema.columns "
      "WHERE table_schema = current_schema() AND table_name <> 'schema_migrations' ORDER BY table_name COLLATE \"C\", "
      "ordinal_position";
  g_autoptr(GPtrArray) tables = records_new(&catalog_table_table);
  {
    g_autoptr(DbRows) rows = db_query(conn, db_conn_kind(conn) == DB_SQLITE ? sqlite : postgresql, DB_NO_ARGS, error);
    if (!rows || !read_columns(rows, tables, error))
      return NULL;
  }
  return read_last_ids(conn, tables, error) ? g_steal_pointer(&tables) : NULL;
}

const CatalogTable *catalog_find(const GPtrArray *tables, const char *name)
{
  for (guint i = 0; i < tables->len; i++)
    if (strcmp(((const CatalogTable *)tables->pdata[i])->name, name) == 0)
      return tables->pdata[i];
  return NULL;
}

bool catalog_table_same(const CatalogTable *a, const CatalogTable *b)
{
  if (a->columns->len != b->columns->len)
    return false;
  for (guint i = 0; i < a->columns->len; i++) {
    const CatalogColumn *column = a->columns->pdata[i];
    bool found = false;
    for (guint k = 0; k < b->columns->len && !found; k++) {
      const CatalogColumn *other = b->columns->pdata[k];
      found = strcmp(column->name, other->name) == 0 && column->type == other->type;
    }
    if (!found)
      return false;
  }
  return true;
}
