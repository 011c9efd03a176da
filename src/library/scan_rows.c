/* Decides what the index of a scan is made of, and what a file that was looked at makes of its row.
 * Test: tests/unit/library/test_scan.c */
#include "library/scan_rows.h"

#include "base/error.h"
#include "base/log.h"
#include "store/record_sql.h"

#include <string.h>

enum {
  LOADERS = 4,      /* threads, with a connection each, that build the index */
  LOAD_PAGE = 2000, /* rows that each of them holds in memory at once */
};

/* A row as the index takes it; reading and hashing is done by several threads, adding by one at a time. */
typedef struct {
  uint64_t hash;
  int64_t id;
  FileStat stat;
  uint32_t extra;
  ScanRowFlags flags;
} IndexRow;

static IndexRow index_row(const ScanIndex *index, const ScanRow *from)
{
  IndexRow row = {.hash = scan_index_hash(index, from->path, strlen(from->path)), .id = from->id, .stat = from->stat};
  row.extra = scan_index_extra(index, &row.stat, (const char *const *)from->sidecars);
  if (from->state == FILE_MISSING)
    row.flags |= SCAN_ROW_MISSING;
  if (from->is_pending)
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

typedef struct {
  Loader *loader;
  GArray *rows; /* IndexRow */
} LoaderPage;

static void add_page(const Loader *loader, const GArray *page)
{
  g_mutex_lock(loader->lock);
  for (guint i = 0; i < page->len; i++) {
    const IndexRow *row = &g_array_index(page, IndexRow, i);
    scan_index_add(loader->index, row->hash, row->id, &row->stat, row->extra, row->flags);
  }
  g_mutex_unlock(loader->lock);
}

static void take_row(const ScanRow *from, void *user_data)
{
  LoaderPage *page = user_data;
  IndexRow row = index_row(page->loader->index, from);
  g_array_append_val(page->rows, row);
  page->loader->after = row.id;
}

/* The next page of the loader's range; *ret_is_last if there are no more. */
static bool load_page(Loader *loader, DbConn *conn, GArray *rows, bool *ret_is_last, GError **error)
{
  LoaderPage page = {loader, rows};
  g_array_set_size(rows, 0);
  if (!scan_row_page(conn, loader->root_id, loader->after, loader->last, LOAD_PAGE, take_row, &page, error))
    return false;
  add_page(loader, rows);
  *ret_is_last = rows->len < LOAD_PAGE;
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
    threads[i] = log_thread_new("scan-load", loader_thread, &loaders[i]);
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
    if (!conn || !scan_row_bounds(conn, root_id, &expected, &first, &last, error))
      return NULL;
  }
  g_autoptr(ScanIndex) index = scan_index_new(expected);
  Loader like = {.db = db, .root_id = root_id, .cancel = cancel, .index = index};
  if (expected && !load_ranges(like, first, last, error))
    return NULL;
  return g_steal_pointer(&index);
}

static void take_part_row(const ScanRow *from, void *user_data)
{
  ScanIndex *index = user_data;
  IndexRow row = index_row(index, from);
  scan_index_add(index, row.hash, row.id, &row.stat, row.extra, row.flags);
}

static bool load_gone(DbConn *conn, const Root *root, const ScanChanges *changes, ScanIndex *index, GError **error)
{
  for (const char *const *path = changes->gone; path && *path; path++) {
    g_autoptr(ScanRow) row = NULL;
    if (g_utf8_validate(*path, -1, NULL) && !scan_row_by_path(conn, root->id, *path, &row, error))
      return false;
    if (row) /* none has a name that is not UTF-8 */
      take_part_row(row, index);
  }
  return true;
}

ScanIndex *scan_rows_load_changes(Db *db, const Root *root, const ScanChanges *changes, Cancel *cancel, GError **error)
{
  if (changes->trees && g_strv_contains(changes->trees, ""))
    return scan_rows_load(db, root->id, cancel, error);
  g_autoptr(ScanIndex) index = scan_index_new(0);
  g_autoptr(DbConn) conn = db_acquire(db, error);
  if (!conn)
    return NULL;
  for (const char *const *tree = changes->trees; tree && *tree; tree++) {
    g_autofree char *directory = walk_join(root->path, *tree);
    if (!g_utf8_validate(directory, -1, NULL))
      continue;
    if (!cancel_check(cancel, error) || !scan_row_below(conn, root->id, directory, take_part_row, index, error))
      return NULL;
  }
  return load_gone(conn, root, changes, index, error) ? g_steal_pointer(&index) : NULL;
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

/* What a check found holds as long as the content is the same. */
static bool keep_check(DbConn *conn, int64_t id, LibraryFile *file, GError **error)
{
  g_autoptr(LibraryFile) known = record_new(&file_table);
  if (!record_get(conn, &file_table, id, known, error))
    return false;
  if (!file->fingerprint || g_strcmp0(known->fingerprint, file->fingerprint) != 0)
    return true;
  file->health = known->health;
  file->checked_at_ms = known->checked_at_ms;
  file->fault_count = known->fault_count;
  g_clear_pointer(&file->faults, g_ptr_array_unref);
  file->faults = g_steal_pointer(&known->faults);
  return true;
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
  if (row && !keep_check(conn, row->id, file, error))
    return false;
  if (row ? !record_update(conn, &file_table, file, error) : !record_insert(conn, &file_table, file, error))
    return false;
  *ret_id = file->id;
  return true;
}

bool scan_rows_touch(DbConn *conn, int64_t root_id, const ScanItem *item, int64_t id, int64_t now_ms, GError **error)
{
  const ScanRow row = {
      .id = id, .root_id = root_id, .path = item->path, .stat = item->stat, .state = item->state, .sidecars = item->sidecars};
  return scan_row_touch(conn, &row, now_ms, error);
}
