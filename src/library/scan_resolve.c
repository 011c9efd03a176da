/* Decides what a file that differs from the rows is: the same with new facts beside it, changed, moved or new. The path decides
 * first; then the inode; then, once it is known, the content. Test: tests/unit/library/test_scan.c */
#include "library/scan_run.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { WRITE_TRIES = 3 };

ScanPresence scan_presence(const char *path, const FileStat *identity, int64_t *ret_device)
{
  struct stat st;
  if (lstat(path, &st) != 0)
    return errno == ENOENT || errno == ENOTDIR ? PRESENCE_GONE : PRESENCE_UNKNOWN;
  if (ret_device)
    *ret_device = (int64_t)st.st_dev;
  bool is_same = S_ISREG(st.st_mode) && (int64_t)st.st_dev == identity->device && (int64_t)st.st_ino == identity->inode;
  return is_same ? PRESENCE_SAME : PRESENCE_OTHER;
}

static void see(Scan *scan, const char *path, int64_t id)
{
  scan_index_see(scan->index, scan_index_hash(scan->index, path, strlen(path)), id);
}

static void add_to_batch(Scan *scan, ScanItem *item)
{
  if (!scan->batch->len)
    scan->batch_since_ms = clock_monotonic_ms(scan->context->clock);
  g_ptr_array_add(scan->batch, item);
}

/* The state of a row whose file is as it was when it was probed; false if it has to be probed. */
static bool state_without_probe(const ScanRow *row, int *ret_state)
{
  bool is_known = row->has_media || (row->state == FILE_FAILED && !row->is_pending);
  *ret_state = row->has_media ? FILE_READY : FILE_FAILED;
  return is_known && row->state != FILE_NEW;
}

/* The row of a file that has this identity and is no longer where the row says; NULL, with success, if there is none. A row whose
 * file is still there is that of another hard link. */
static bool find_moved(Scan *scan, DbConn *conn, const ScanItem *item, ScanRow **ret_row, GError **error)
{
  g_autoptr(GPtrArray) rows = scan_rows_by_identity(conn, &item->stat, error);
  if (!rows)
    return false;
  *ret_row = NULL;
  for (guint i = 0; i < rows->len && !*ret_row; i++) {
    ScanRow *row = rows->pdata[i];
    if (g_hash_table_contains(scan->claimed, &row->id))
      continue;
    ScanPresence presence = scan_presence(row->path, &row->stat, NULL);
    if (presence == PRESENCE_GONE || presence == PRESENCE_OTHER)
      *ret_row = g_ptr_array_steal_index(rows, i);
  }
  return true;
}

static void claim(Scan *scan, ScanItem *item, const ScanRow *row)
{
  item->claimed = row->id;
  g_hash_table_add(scan->claimed, g_memdup2(&row->id, sizeof row->id));
  see(scan, row->path, row->id);
}

bool scan_resolve(Scan *scan, DbConn *conn, ScanItem *item, GError **error)
{
  g_autoptr(ScanItem) owned = item;
  g_autoptr(ScanRow) row = NULL;
  bool needs_probe = true;
  if (!scan_row_by_path(conn, scan->root.id, item->path, &row, error))
    return false;
  if (row) {
    see(scan, item->path, row->id);
    /* A device number may change with the next boot; inode, size and time say that it is the file. */
    bool is_same = row->stat.size_bytes == item->stat.size_bytes && row->stat.mtime_ns == item->stat.mtime_ns &&
                   row->stat.inode == item->stat.inode;
    needs_probe = !is_same || !state_without_probe(row, &item->state);
  } else {
    if (!find_moved(scan, conn, item, &row, error))
      return false;
    if (row) {
      claim(scan, item, row);
      needs_probe = !state_without_probe(row, &item->state);
    }
  }
  item->row_id = row ? row->id : 0;
  if (needs_probe)
    scan_work_probe(scan->work, g_steal_pointer(&owned));
  else
    add_to_batch(scan, g_steal_pointer(&owned));
  return true;
}

static void release_claim(Scan *scan, const ScanItem *item)
{
  if (item->claimed)
    g_hash_table_remove(scan->claimed, &item->claimed);
}

void scan_accept_probed(Scan *scan, ScanItem *item)
{
  if (g_error_matches(item->error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND) ||
      g_error_matches(item->error, REEVE_ERROR, REEVE_ERROR_CANCELLED)) {
    release_claim(scan, item);
    scan_item_free(item);
    return;
  }
  add_to_batch(scan, item);
}

/* A row of this content whose file is gone; NULL, with success, if there is none. Empty files are all alike and tell nothing. */
static bool find_by_content(Scan *scan, DbConn *conn, const ScanItem *item, ScanRow **ret_row, GError **error)
{
  *ret_row = NULL;
  if (!item->fingerprint || item->stat.size_bytes == 0)
    return true;
  g_autoptr(GPtrArray) rows = scan_rows_by_fingerprint(conn, scan->root.id, item->stat.size_bytes, item->fingerprint, error);
  if (!rows)
    return false;
  for (guint i = 0; i < rows->len && !*ret_row; i++) {
    ScanRow *row = rows->pdata[i];
    if (!g_hash_table_contains(scan->claimed, &row->id) && scan_presence(row->path, &row->stat, NULL) == PRESENCE_GONE)
      *ret_row = g_ptr_array_steal_index(rows, i);
  }
  return true;
}

typedef enum { OUTCOME_SAME, OUTCOME_CHANGED, OUTCOME_MOVED, OUTCOME_NEW } OutcomeKind;
typedef struct {
  OutcomeKind kind;
  int64_t id; /* of the row, if it was probed */
} Outcome;

/* Writes one file, inside a transaction. The path is looked up once more: a replacement, or another server, may have been there
 * since the file was found. */
static bool write_item(Scan *scan, DbConn *conn, const ScanItem *item, Outcome *ret_outcome, GError **error)
{
  g_autoptr(ScanRow) row = NULL;
  int64_t now_ms = clock_now_ms(scan->context->clock), id = item->row_id;
  if (!scan_row_by_path(conn, scan->root.id, item->path, &row, error))
    return false;
  bool has_path = row != NULL;
  if (!item->is_probed) {
    ret_outcome->kind = item->claimed && !has_path ? OUTCOME_MOVED : OUTCOME_SAME;
    return scan_rows_touch(conn, scan->root.id, item, has_path ? row->id : id, now_ms, error);
  }
  if (!has_path && id && !scan_row_by_id(conn, id, &row, error))
    return false;
  if (!row && !find_by_content(scan, conn, item, &row, error))
    return false;
  if (row && !has_path)
    see(scan, row->path, row->id);
  ret_outcome->kind = has_path ? OUTCOME_CHANGED : row ? OUTCOME_MOVED : OUTCOME_NEW;
  return scan_rows_put(conn, scan->root.id, item, row, now_ms, &ret_outcome->id, error);
}

static bool write_items(Scan *scan, DbConn *conn, gpointer *items, guint n_items, Outcome *outcomes, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  if (!transaction)
    return false;
  for (guint i = 0; i < n_items; i++)
    if (!write_item(scan, conn, items[i], &outcomes[i], error))
      return false;
  return db_commit(transaction, error);
}

static void count_item(Scan *scan, const ScanItem *item, Outcome outcome)
{
  ScanProgress *progress = &scan->progress;
  bool is_other = outcome.kind == OUTCOME_NEW || outcome.kind == OUTCOME_CHANGED;
  if (is_other && item->media && scan->changes && scan->changes->arrived)
    g_array_append_val(scan->changes->arrived, outcome.id);
  progress->probed += item->is_probed;
  progress->unchanged += outcome.kind == OUTCOME_SAME;
  progress->changed += outcome.kind == OUTCOME_CHANGED;
  progress->moved += outcome.kind == OUTCOME_MOVED;
  progress->failed += item->error != NULL;
  if (item->error)
    scan_tell(scan, "warning", item->error->message);
}

/* Errors of one file's row; the others in its batch are well. */
static bool is_about_one_row(const GError *error)
{
  ReeveErrorCode code = reeve_error_code(error);
  return code == REEVE_ERROR_CONFLICT || code == REEVE_ERROR_INVALID || code == REEVE_ERROR_LIMIT || code == REEVE_ERROR_CORRUPT;
}

/* Writes a run of files in one transaction; when that fails on account of one of them, in two halves, so that the one is found
 * and left out, and a lost race is tried again. */
static bool write_run(Scan *scan, DbConn *conn, gpointer *items, guint n_items, int tries, GError **error)
{
  g_autofree Outcome *outcomes = g_new0(Outcome, n_items);
  g_autoptr(GError) failure = NULL;
  if (write_items(scan, conn, items, n_items, outcomes, &failure)) {
    for (guint i = 0; i < n_items; i++)
      count_item(scan, items[i], outcomes[i]);
    return true;
  }
  if (!is_about_one_row(failure)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (n_items > 1)
    return write_run(scan, conn, items, n_items / 2, WRITE_TRIES, error) &&
           write_run(scan, conn, items + n_items / 2, n_items - n_items / 2, WRITE_TRIES, error);
  if (tries > 1)
    return write_run(scan, conn, items, n_items, tries - 1, error);
  const ScanItem *item = items[0];
  g_autofree char *message = g_strdup_printf("\"%s\" cannot be recorded and is left out: %s", item->path, failure->message);
  scan_tell(scan, "warning", message);
  scan->progress.failed++;
  return true;
}

bool scan_flush(Scan *scan, GError **error)
{
  if (!scan->batch->len)
    return true;
  g_autoptr(DbConn) conn = db_acquire(scan->context->db, error);
  if (!conn || !write_run(scan, conn, scan->batch->pdata, scan->batch->len, WRITE_TRIES, error))
    return false;
  for (guint i = 0; i < scan->batch->len; i++)
    release_claim(scan, scan->batch->pdata[i]);
  g_ptr_array_set_size(scan->batch, 0);
  return true;
}
