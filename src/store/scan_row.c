/* Decides which columns a scan reads and writes. Test: tests/unit/library/test_scan.c */
#include "store/scan_row.h"

#include "store/file.h"
#include "store/record_sql.h"
#include "wire/json.h"

#include <string.h>

enum { CANDIDATES = 20 /* rows of one identity or content that are looked at */ };

/* In the order of read_row. */
#define ROW_COLUMNS                                                                                                              \
  "id, root_id, path, size_bytes, mtime_ns, inode, device, link_count, state, CASE WHEN media IS NULL THEN 0 ELSE 1 END, "       \
  "probed_at_ms, found_at_ms"

void scan_row_free(ScanRow *row)
{
  if (!row)
    return;
  g_free(row->path);
  g_strfreev(row->sidecars);
  g_free(row);
}

static int state_of(const char *name)
{
  int state = FILE_NEW;
  enum_value(&file_state_table, name ? name : "", &state);
  return state;
}

static bool is_pending(int state, bool was_probed)
{
  return state == FILE_NEW || (state == FILE_FAILED && !was_probed);
}

static ScanRow *read_row(const DbRows *rows)
{
  ScanRow *row = g_new(ScanRow, 1);
  *row = (ScanRow){
      .id = db_rows_int(rows, 0),
      .root_id = db_rows_int(rows, 1),
      .path = g_strdup(db_rows_text(rows, 2)),
      .stat = {.size_bytes = db_rows_int(rows, 3),
               .mtime_ns = db_rows_int(rows, 4),
               .inode = db_rows_int(rows, 5),
               .device = db_rows_int(rows, 6),
               .link_count = db_rows_int(rows, 7)},
      .state = state_of(db_rows_text(rows, 8)),
      .has_media = db_rows_int(rows, 9) != 0,
      .found_at_ms = db_rows_int(rows, 11),
  };
  row->is_pending = is_pending(row->state, !db_rows_is_null(rows, 10));
  return row;
}

static GPtrArray *read_rows(DbConn *conn, const char *sql, const DbArg *args, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, sql, args, error);
  if (!rows)
    return NULL;
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)scan_row_free);
  GError *failure = NULL;
  while (db_rows_next(rows, &failure))
    g_ptr_array_add(found, read_row(rows));
  if (failure) {
    g_propagate_error(error, failure);
    return NULL;
  }
  return g_steal_pointer(&found);
}

static bool read_one(DbConn *conn, const char *sql, const DbArg *args, ScanRow **ret_row, GError **error)
{
  g_autoptr(GPtrArray) rows = read_rows(conn, sql, args, error);
  if (!rows)
    return false;
  *ret_row = rows->len ? g_ptr_array_steal_index(rows, 0) : NULL;
  return true;
}

bool scan_row_bounds(DbConn *conn, int64_t root_id, int64_t *ret_count, int64_t *ret_first, int64_t *ret_last, GError **error)
{
  g_autoptr(DbRows) rows =
      db_query(conn, "SELECT COUNT(*), COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM files WHERE root_id = $1",
               DB_ARGS(DB_INT(root_id)), error);
  if (!rows || !db_rows_next(rows, error))
    return false;
  *ret_count = db_rows_int(rows, 0);
  *ret_first = db_rows_int(rows, 1);
  *ret_last = db_rows_int(rows, 2);
  return true;
}

/* The names in a JSON array of text, as the store writes it. What is not one counts as empty: it will be written anew. */
static char **parse_names(const char *json)
{
  if (!json || strcmp(json, "[]") == 0)
    return NULL;
  g_autoptr(json_t) array = json_parse(json, strlen(json), NULL);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new();
  size_t i;
  json_t *name;
  json_array_foreach(array, i, name)
  {
    if (json_is_string(name))
      g_strv_builder_add(names, json_string_value(name));
  }
  return g_strv_builder_end(names);
}

/* The path is the database's own until the next row; the caller frees the sidecars. */
static ScanRow read_page_row(const DbRows *rows, int64_t root_id)
{
  int state = state_of(db_rows_text(rows, 7));
  return (ScanRow){.id = db_rows_int(rows, 0),
                   .root_id = root_id,
                   .path = (char *)db_rows_text(rows, 1),
                   .stat = {.size_bytes = db_rows_int(rows, 2),
                            .mtime_ns = db_rows_int(rows, 3),
                            .inode = db_rows_int(rows, 4),
                            .device = db_rows_int(rows, 5),
                            .link_count = db_rows_int(rows, 6)},
                   .state = state,
                   .is_pending = is_pending(state, !db_rows_is_null(rows, 8)),
                   .sidecars = parse_names(db_rows_text(rows, 9))};
}

#define PAGE_COLUMNS "id, path, size_bytes, mtime_ns, inode, device, link_count, state, probed_at_ms, sidecars"

static bool each_row(DbConn *conn, int64_t root_id, const char *sql, const DbArg *args, ScanRowTake take, void *user_data,
                     GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, sql, args, error);
  if (!rows)
    return false;
  GError *failure = NULL;
  while (db_rows_next(rows, &failure)) {
    ScanRow row = read_page_row(rows, root_id);
    take(&row, user_data);
    g_strfreev(row.sidecars);
  }
  if (failure)
    g_propagate_error(error, failure);
  return !failure;
}

/* The plus keeps the planners from the index on root_id, which would have them sort the whole root for each page: the rows are
 * read in the order they lie in. */
bool scan_row_page(DbConn *conn, int64_t root_id, int64_t after, int64_t last, int64_t limit, ScanRowTake take, void *user_data,
                   GError **error)
{
  return each_row(conn, root_id,
                  "SELECT " PAGE_COLUMNS " FROM files WHERE +root_id = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4",
                  DB_ARGS(DB_INT(root_id), DB_INT(after), DB_INT(last), DB_INT(limit)), take, user_data, error);
}

/* Paths are compared byte by byte, and '0' follows '/'. */
bool scan_row_below(DbConn *conn, int64_t root_id, const char *directory, ScanRowTake take, void *user_data, GError **error)
{
  g_autofree char *first = g_strconcat(directory, "/", NULL);
  g_autofree char *last = g_strconcat(directory, "0", NULL);
  return each_row(conn, root_id, "SELECT " PAGE_COLUMNS " FROM files WHERE root_id = $1 AND path > $2 AND path < $3",
                  DB_ARGS(DB_INT(root_id), DB_TEXT(first), DB_TEXT(last)), take, user_data, error);
}

bool scan_row_by_path(DbConn *conn, int64_t root_id, const char *path, ScanRow **ret_row, GError **error)
{
  return read_one(conn, "SELECT " ROW_COLUMNS " FROM files WHERE root_id = $1 AND path = $2",
                  DB_ARGS(DB_INT(root_id), DB_TEXT(path)), ret_row, error);
}

bool scan_row_by_id(DbConn *conn, int64_t id, ScanRow **ret_row, GError **error)
{
  return read_one(conn, "SELECT " ROW_COLUMNS " FROM files WHERE id = $1", DB_ARGS(DB_INT(id)), ret_row, error);
}

GPtrArray *scan_rows_by_identity(DbConn *conn, const FileStat *stat, GError **error)
{
  return read_rows(
      conn,
      "SELECT " ROW_COLUMNS
      " FROM files WHERE device = $1 AND inode = $2 AND size_bytes = $3 AND mtime_ns = $4 ORDER BY id LIMIT $5",
      DB_ARGS(DB_INT(stat->device), DB_INT(stat->inode), DB_INT(stat->size_bytes), DB_INT(stat->mtime_ns), DB_INT(CANDIDATES)),
      error);
}

GPtrArray *scan_rows_by_fingerprint(DbConn *conn, int64_t root_id, int64_t size_bytes, const char *fingerprint, GError **error)
{
  return read_rows(
      conn, "SELECT " ROW_COLUMNS " FROM files WHERE fingerprint = $1 AND root_id = $2 AND size_bytes = $3 ORDER BY id LIMIT $4",
      DB_ARGS(DB_TEXT(fingerprint), DB_INT(root_id), DB_INT(size_bytes), DB_INT(CANDIDATES)), error);
}

GPtrArray *scan_rows_by_ids(DbConn *conn, int64_t root_id, const int64_t *ids, size_t n_ids, GError **error)
{
  g_assert(n_ids > 0 && n_ids <= SCAN_ROWS_PAGE);
  g_autoptr(GString) sql = g_string_new("SELECT " ROW_COLUMNS " FROM files WHERE root_id = $1 AND state <> $2 AND id IN (");
  for (size_t i = 0; i < n_ids; i++)
    g_string_append_printf(sql, "%s%" G_GINT64_FORMAT, i ? ", " : "", ids[i]);
  g_string_append(sql, ") ORDER BY id");
  return read_rows(conn, sql->str, DB_ARGS(DB_INT(root_id), DB_ENUM(file_state_table, FILE_MISSING)), error);
}

bool scan_row_touch(DbConn *conn, const ScanRow *row, int64_t now_ms, GError **error)
{
  LibraryFile names = {.sidecars = row->sidecars};
  g_autoptr(json_t) array = json_from_field(field_find(&file_table, "sidecars"), &names, JSON_FULL);
  g_autofree char *sidecars = json_text(array);
  return db_exec(conn,
                 "UPDATE files SET root_id = $1, path = $2, size_bytes = $3, mtime_ns = $4, inode = $5, device = $6, "
                 "link_count = $7, sidecars = $8, state = $9, error = CASE WHEN $10 = 1 THEN error ELSE NULL END, "
                 "missing_since_ms = NULL, updated_at_ms = $11 WHERE id = $12",
                 DB_ARGS(DB_INT(row->root_id), DB_TEXT(row->path), DB_INT(row->stat.size_bytes), DB_INT(row->stat.mtime_ns),
                         DB_INT(row->stat.inode), DB_INT(row->stat.device), DB_INT(row->stat.link_count), DB_TEXT(sidecars),
                         DB_ENUM(file_state_table, row->state), DB_INT(row->state == FILE_FAILED), DB_INT(now_ms),
                         DB_INT(row->id)),
                 NULL, error);
}

bool scan_row_set_missing(DbConn *conn, int64_t id, const char *reason, int64_t now_ms, GError **error)
{
  return db_exec(conn, "UPDATE files SET state = $1, error = $2, missing_since_ms = $3, updated_at_ms = $3 WHERE id = $4",
                 DB_ARGS(DB_ENUM(file_state_table, FILE_MISSING), DB_TEXT(reason), DB_INT(now_ms), DB_INT(id)), NULL, error);
}
