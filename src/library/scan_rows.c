/* Decides what a scan reads and writes of the tables files and roots. Columns are written one by one here where the whole record
 * would overwrite what somebody else changes at the same time (a root's settings) or read what a scan of a million rows cannot
 * afford (the media). Test: tests/unit/library/test_scan.c */
#include "library/scan_rows.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "wire/json.h"

#include <string.h>

enum {
  LOADERS = 4,      /* threads, with a connection each, that build the index */
  LOAD_PAGE = 2000, /* rows that each of them holds in memory at once */
  CANDIDATES = 20,  /* rows of one identity or content that are looked at */
};

/* In the order of read_row. */
#define ROW_COLUMNS                                                                                                              \
  "id, root_id, path, size_bytes, mtime_ns, inode, device, link_count, state, CASE WHEN media IS NULL THEN 0 ELSE 1 END, "       \
  "probed_at_ms, found_at_ms"

void scan_row_free(ScanRow *row)
{
  if (!row)
    return;
  g_free(row->path);
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

/* A row as the index takes it; reading and hashing is done by several threads, adding by one at a time. */
typedef struct {
  uint64_t hash;
  int64_t id;
  FileStat stat;
  uint32_t extra;
  ScanRowFlags flags;
} IndexRow;

static IndexRow read_index_row(const ScanIndex *index, const DbRows *rows)
{
  const char *path = db_rows_text(rows, 1);
  IndexRow row = {.hash = scan_index_hash(index, path, strlen(path)),
                  .id = db_rows_int(rows, 0),
                  .stat = {.size_bytes = db_rows_int(rows, 2),
                           .mtime_ns = db_rows_int(rows, 3),
                           .inode = db_rows_int(rows, 4),
                           .device = db_rows_int(rows, 5),
                           .link_count = db_rows_int(rows, 6)}};
  int state = state_of(db_rows_text(rows, 7));
  g_auto(GStrv) sidecars = parse_names(db_rows_text(rows, 9));
  row.extra = scan_index_extra(index, &row.stat, (const char *const *)sidecars);
  if (state == FILE_MISSING)
    row.flags |= SCAN_ROW_MISSING;
  if (is_pending(state, !db_rows_is_null(rows, 8)))
    row.flags |= SCAN_ROW_PENDING;
  return row;
}

/* Rows are loaded by several threads, each with a range of ids: on SQLite most of the time goes into fetching pages. */
typedef struct {
  Db *db;
  int64_t root_id;
  Cancel *cancel;
  ScanIndex *index;
  GMutex *lock; /* for adding to the index */
  int64_t after, last;
  GError *error; /* set when the thread ends, if it failed */
} Loader;

static void add_page(const Loader *loader, const GArray *page)
{
  g_mutex_lock(loader->lock);
  for (guint i = 0; i < page->len; i++) {
    const IndexRow *row = &g_array_index(page, IndexRow, i);
    scan_index_add(loader->index, row->hash, row->id, &row->stat, row->extra, row->flags);
  }
  g_mutex_unlock(loader->lock);
}

/* The next page of the loader's range; *ret_is_last if there are no more. The plus keeps the planners from the index on root_id,
 * which would have them sort the whole root for each page: the rows are read in the order they lie in. */
static bool load_page(Loader *loader, DbConn *conn, GArray *page, bool *ret_is_last, GError **error)
{
  g_autoptr(DbRows) rows =
      db_query(conn,
               "SELECT id, path, size_bytes, mtime_ns, inode, device, link_count, state, probed_at_ms, "
               "sidecars FROM files WHERE +root_id = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4",
               DB_ARGS(DB_INT(loader->root_id), DB_INT(loader->after), DB_INT(loader->last), DB_INT(LOAD_PAGE)), error);
  if (!rows)
    return false;
  GError *failure = NULL;
  g_array_set_size(page, 0);
  while (db_rows_next(rows, &failure)) {
    IndexRow row = read_index_row(loader->index, rows);
    g_array_append_val(page, row);
    loader->after = row.id;
  }
  if (failure) {
    g_propagate_error(error, failure);
    return false;
  }
  add_page(loader, page);
  *ret_is_last = page->len < LOAD_PAGE;
  return true;
}

static gpointer loader_thread(gpointer data)
{
  Loader *loader = data;
  g_autoptr(DbConn) conn = db_acquire(loader->db, &loader->error);
  g_autoptr(GArray) page = g_array_new(FALSE, FALSE, sizeof(IndexRow));
  for (bool is_last = false; conn && !is_last;)
    if (!cancel_check(loader->cancel, &loader->error) || !load_page(loader, conn, page, &is_last, &loader->error))
      break;
  return NULL;
}

/* Loads all rows with ids from `first` to `last`. */
static bool load_ranges(Loader like, int64_t first, int64_t last, GError **error)
{
  Loader loaders[LOADERS];
  GThread *threads[LOADERS];
  GMutex lock;
  g_mutex_init(&lock);
  int64_t share = (last - first) / LOADERS + 1;
  for (int i = 0; i < LOADERS; i++) {
    loaders[i] = like;
    loaders[i].lock = &lock;
    loaders[i].after = first - 1 + i * share;
    loaders[i].last = MIN(last, loaders[i].after + share);
    threads[i] = g_thread_new("scan-load", loader_thread, &loaders[i]);
  }
  bool is_loaded = true;
  for (int i = 0; i < LOADERS; i++) {
    g_thread_join(threads[i]);
    if (loaders[i].error && is_loaded) {
      is_loaded = false;
      g_propagate_error(error, g_steal_pointer(&loaders[i].error)); /* the first; the others say the same */
    }
    g_clear_error(&loaders[i].error);
  }
  g_mutex_clear(&lock);
  return is_loaded;
}

ScanIndex *scan_rows_load(Db *db, int64_t root_id, Cancel *cancel, GError **error)
{
  int64_t expected = 0, first = 0, last = 0;
  {
    g_autoptr(DbConn) conn = db_acquire(db, error); /* the loaders need it */
    g_autoptr(DbRows) rows =
        conn ? db_query(conn, "SELECT COUNT(*), COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM files WHERE root_id = $1",
                        DB_ARGS(DB_INT(root_id)), error)
             : NULL;
    if (!rows || !db_rows_next(rows, error))
      return NULL;
    expected = db_rows_int(rows, 0);
    first = db_rows_int(rows, 1);
    last = db_rows_int(rows, 2);
  }
  g_autoptr(ScanIndex) index = scan_index_new(expected);
  Loader like = {.db = db, .root_id = root_id, .cancel = cancel, .index = index};
  if (expected && !load_ranges(like, first, last, error))
    return NULL;
  return g_steal_pointer(&index);
}

static bool read_one(DbConn *conn, const char *sql, const DbArg *args, ScanRow **ret_row, GError **error)
{
  g_autoptr(GPtrArray) rows = read_rows(conn, sql, args, error);
  if (!rows)
    return false;
  *ret_row = rows->len ? g_ptr_array_steal_index(rows, 0) : NULL;
  return true;
}

bool scan_rows_by_path(DbConn *conn, int64_t root_id, const char *path, ScanRow **ret_row, GError **error)
{
  return read_one(conn, "SELECT " ROW_COLUMNS " FROM files WHERE root_id = $1 AND path = $2",
                  DB_ARGS(DB_INT(root_id), DB_TEXT(path)), ret_row, error);
}

bool scan_rows_by_id(DbConn *conn, int64_t id, ScanRow **ret_row, GError **error)
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
  return read_rows(conn, sql->str, DB_ARGS(DB_INT(root_id), DB_TEXT(enum_name(&file_state_table, FILE_MISSING))), error);
}

bool scan_error_is_final(const GError *error)
{
  switch (reeve_error_code(error)) {
  case REEVE_ERROR_DENIED:
  case REEVE_ERROR_IO:
  case REEVE_ERROR_NO_SPACE:
  case REEVE_ERROR_UNAVAILABLE:
    return false;
  default:
    return true;
  }
}

bool scan_rows_put(DbConn *conn, int64_t root_id, const ScanItem *item, const ScanRow *row, int64_t now_ms, int64_t *ret_id,
                   GError **error)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  file->root_id = root_id;
  g_free(file->path);
  file->path = g_strdup(item->path);
  file->size_bytes = item->stat.size_bytes;
  file->mtime_ns = item->stat.mtime_ns;
  file->inode = item->stat.inode;
  file->device = item->stat.device;
  file->link_count = item->stat.link_count;
  g_free(file->fingerprint);
  file->fingerprint = g_strdup(item->fingerprint);
  g_strfreev(file->sidecars);
  file->sidecars = g_strdupv(item->sidecars);
  file->found_at_ms = row ? row->found_at_ms : now_ms;
  file->updated_at_ms = now_ms;
  if (item->media) {
    library_file_set_media(file, item->media);
    file->probed_at_ms = now_ms;
  } else {
    file->state = FILE_FAILED;
    g_free(file->error);
    file->error = g_utf8_make_valid(item->error->message, -1);
    file->probed_at_ms = scan_error_is_final(item->error) ? now_ms : FIELD_NULL_INT;
  }
  file->id = row ? row->id : 0;
  if (row ? !record_update(conn, &file_table, file, error) : !record_insert(conn, &file_table, file, error))
    return false;
  *ret_id = file->id;
  return true;
}

bool scan_rows_touch(DbConn *conn, int64_t root_id, const ScanItem *item, int64_t id, int64_t now_ms, GError **error)
{
  LibraryFile names = {.sidecars = item->sidecars};
  g_autoptr(json_t) array = json_from_field(field_find(&file_table, "sidecars"), &names, JSON_FULL);
  g_autofree char *sidecars = json_text(array);
  return db_exec(conn,
                 "UPDATE files SET root_id = $1, path = $2, size_bytes = $3, mtime_ns = $4, inode = $5, device = $6, "
                 "link_count = $7, sidecars = $8, state = $9, error = CASE WHEN $10 = 1 THEN error ELSE NULL END, "
                 "missing_since_ms = NULL, updated_at_ms = $11 WHERE id = $12",
                 DB_ARGS(DB_INT(root_id), DB_TEXT(item->path), DB_INT(item->stat.size_bytes), DB_INT(item->stat.mtime_ns),
                         DB_INT(item->stat.inode), DB_INT(item->stat.device), DB_INT(item->stat.link_count), DB_TEXT(sidecars),
                         DB_TEXT(enum_name(&file_state_table, item->state)), DB_INT(item->state == FILE_FAILED), DB_INT(now_ms),
                         DB_INT(id)),
                 NULL, error);
}

bool scan_rows_set_missing(DbConn *conn, int64_t id, const char *reason, int64_t now_ms, GError **error)
{
  return db_exec(conn, "UPDATE files SET state = $1, error = $2, missing_since_ms = $3, updated_at_ms = $3 WHERE id = $4",
                 DB_ARGS(DB_TEXT(enum_name(&file_state_table, FILE_MISSING)), DB_TEXT(reason), DB_INT(now_ms), DB_INT(id)), NULL,
                 error);
}

bool scan_rows_end(DbConn *conn, int64_t root_id, int64_t device, int64_t now_ms, GError **error)
{
  return db_exec(conn,
                 "UPDATE roots SET device = $1, scanned_at_ms = $2, "
                 "file_count = (SELECT COUNT(*) FROM files WHERE root_id = $3 AND state <> $4) WHERE id = $3",
                 DB_ARGS(DB_INT(device), DB_INT(now_ms), DB_INT(root_id), DB_TEXT(enum_name(&file_state_table, FILE_MISSING))),
                 NULL, error);
}

bool scan_rows_begin(DbConn *conn, int64_t root_id, int64_t device, GError **error)
{
  return db_exec(conn, "UPDATE roots SET device = $1 WHERE id = $2", DB_ARGS(DB_INT(device), DB_INT(root_id)), NULL, error);
}

bool scan_rows_freeze(DbConn *conn, int64_t root_id, const char *reason, int64_t now_ms, GError **error)
{
  if (reason)
    return db_exec(conn, "UPDATE roots SET state = $1, frozen_reason = $2, updated_at_ms = $3 WHERE id = $4",
                   DB_ARGS(DB_TEXT(enum_name(&root_state_table, ROOT_FROZEN)), DB_TEXT(reason), DB_INT(now_ms), DB_INT(root_id)),
                   NULL, error);
  return db_exec(conn, "UPDATE roots SET state = $1, frozen_reason = NULL, device = NULL, updated_at_ms = $2 WHERE id = $3",
                 DB_ARGS(DB_TEXT(enum_name(&root_state_table, ROOT_ACTIVE)), DB_INT(now_ms), DB_INT(root_id)), NULL, error);
}
