/* Decides which originals leave the trash for good: those whose time has come and, oldest first, those over the size cap; and of
 * these only what is still the file that was put there. Test: tests/unit/library/test_trash.c */
#include "library/trash.h"

#include "base/error.h"
#include "library/replace_internal.h"
#include "store/record_sql.h"

#include <string.h>

/* The content that the replacement recorded, for file systems whose inode numbers do not survive a mount. */
static bool has_recorded_content(DbConn *conn, const TrashEntry *entry, bool *ret_same, GError **error)
{
  Replacement replacement = {0};
  *ret_same = false;
  g_autoptr(GPtrArray) rows =
      record_list(conn, &replacement_table, "WHERE id = $1", DB_ARGS(DB_INT_OR_NULL(entry->replacement_id)), error);
  if (!rows || rows->len == 0)
    return rows != NULL;
  record_copy(&replacement_table, rows->pdata[0], &replacement);
  if (replacement.source_fingerprint && replacement.source_size_bytes == entry->size_bytes) {
    g_autofree char *fingerprint = fs_fingerprint(entry->trash_path, NULL);
    *ret_same = fingerprint && strcmp(fingerprint, replacement.source_fingerprint) == 0;
  }
  record_clear(&replacement_table, &replacement);
  return true;
}

bool trash_is_ours(DbConn *conn, const TrashEntry *entry, bool *ret_there, bool *ret_ours, GError **error)
{
  FileStat st;
  g_autoptr(GError) cause = NULL;
  *ret_there = *ret_ours = false;
  if (!fs_stat(entry->trash_path, &st, &cause)) {
    if (reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
      return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  *ret_there = true;
  /* Device numbers are given anew at each start of the system and say nothing here. */
  if (st.is_directory || st.size_bytes != entry->size_bytes || st.mtime_ns != entry->mtime_ns)
    return true;
  *ret_ours = st.inode == entry->inode;
  return *ret_ours || has_recorded_content(conn, entry, ret_ours, error);
}

/* True for success and for the errors that do not matter. */
static bool tolerate(bool ok, GError *cause, ReeveErrorCode also, GError **error)
{
  ReeveErrorCode code = reeve_error_code(cause);
  if (ok || code == REEVE_ERROR_NOT_FOUND || code == also) {
    g_clear_error(&cause);
    return true;
  }
  g_propagate_error(error, cause);
  return false;
}

bool trash_remove_file(const TrashEntry *entry, GError **error)
{
  g_autofree char *directory = g_path_get_dirname(entry->trash_path);
  g_autofree char *trash = g_path_get_dirname(directory);
  GError *cause = NULL;
  bool ok = fs_unlink(entry->trash_path, &cause);
  if (!tolerate(ok, cause, REEVE_ERROR_NOT_FOUND, error))
    return false;
  /* Somebody may have put something beside it; then the directory stays. */
  cause = NULL;
  ok = fs_rmdir(directory, &cause);
  if (!tolerate(ok, cause, REEVE_ERROR_CONFLICT, error))
    return false;
  return !fs_exists(trash) || fs_fsync_dir(trash, error);
}

static bool is_being_undone(DbConn *conn, const TrashEntry *entry, bool *ret_busy, GError **error)
{
  g_autoptr(GPtrArray) unfinished = journal_unfinished(conn, error);
  g_autoptr(GPtrArray) history =
      unfinished ? record_list(conn, &history_table, "WHERE trash_id = $1", DB_ARGS(DB_INT(entry->id)), error) : NULL;
  if (!history)
    return false;
  *ret_busy = false;
  for (guint i = 0; i < unfinished->len; i++)
    for (guint j = 0; j < history->len; j++)
      *ret_busy |= ((const Replacement *)unfinished->pdata[i])->undo_of == ((const HistoryEntry *)history->pdata[j])->id;
  return true;
}

static bool read_entry(DbConn *conn, int64_t id, TrashEntry *entry, GError **error)
{
  const char *where = db_conn_kind(conn) == DB_POSTGRESQL ? "WHERE id = $1 FOR UPDATE" : "WHERE id = $1";
  g_autoptr(GPtrArray) rows = record_list(conn, &trash_table, where, DB_ARGS(DB_INT(id)), error);
  if (!rows)
    return false;
  if (rows->len == 0)
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is no trash entry %" G_GINT64_FORMAT ".", id);
  record_copy(&trash_table, rows->pdata[0], entry);
  return true;
}

static bool mark_purged(ReplaceContext *context, DbConn *conn, TrashEntry *entry, GError **error)
{
  entry->state = TRASH_PURGED;
  entry->updated_at_ms = clock_now_ms(context->clock);
  if (!record_update(conn, &trash_table, entry, error))
    return false;
  g_autoptr(GPtrArray) history = record_list(conn, &history_table, "WHERE trash_id = $1", DB_ARGS(DB_INT(entry->id)), error);
  for (guint i = 0; history && i < history->len; i++) {
    HistoryEntry *row = history->pdata[i];
    row->can_undo = false;
    if (!record_update(conn, &history_table, row, error))
      return false;
  }
  return history != NULL;
}

/* The file goes while the row is locked and before the row says so: a crash between leaves a row whose file is missing, which the
 * next purge takes for purged, and never a file that no row knows. */
static bool purge_locked(ReplaceContext *context, DbConn *conn, TrashEntry *entry, bool *ret_purged, GError **error)
{
  *ret_purged = false;
  bool busy, there, ours;
  if (entry->state != TRASH_KEPT)
    return true;
  if (!is_being_undone(conn, entry, &busy, error))
    return false;
  if (busy)
    return true;
  g_autofree char *directory = g_path_get_dirname(entry->trash_path);
  g_autofree char *trash = g_path_get_dirname(directory);
  if (!fs_exists(trash))
    return fail(error, REEVE_ERROR_UNAVAILABLE, "The trash \"%s\" is not there; is its file system mounted?", trash);
  if (!trash_is_ours(conn, entry, &there, &ours, error))
    return false;
  if (there && !ours)
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" is not what was put into the trash and is left there.", entry->trash_path);
  *ret_purged = trash_remove_file(entry, error) && mark_purged(context, conn, entry, error);
  return *ret_purged;
}

static bool purge_one(ReplaceContext *context, int64_t id, bool *ret_purged, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction)
    return false;
  TrashEntry entry = {0};
  bool ok = read_entry(conn, id, &entry, error) && purge_locked(context, conn, &entry, ret_purged, error);
  record_clear(&trash_table, &entry);
  return ok && db_commit(transaction, error);
}

bool trash_purge(ReplaceContext *context, int64_t cap_bytes, int *ret_count, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(context->db, error);
    entries = conn ? record_list(conn, &trash_table, "WHERE state = 'kept' ORDER BY created_at_ms, id", DB_NO_ARGS, error) : NULL;
  }
  if (!entries)
    return false;
  int64_t now_ms = clock_now_ms(context->clock), total_bytes = 0;
  for (guint i = 0; i < entries->len; i++)
    total_bytes += ((const TrashEntry *)entries->pdata[i])->size_bytes;
  *ret_count = 0;
  for (guint i = 0; i < entries->len; i++) {
    const TrashEntry *entry = entries->pdata[i];
    bool is_due = entry->expires_at_ms != FIELD_NULL_INT && entry->expires_at_ms <= now_ms;
    if (!is_due && (cap_bytes <= 0 || total_bytes <= cap_bytes))
      continue;
    g_autoptr(GError) cause = NULL;
    bool purged = false;
    if (!purge_one(context, entry->id, &purged, &cause)) {
      g_warning("Trash entry %" G_GINT64_FORMAT " stays: %s", entry->id, cause->message);
      continue;
    }
    if (purged) {
      total_bytes -= entry->size_bytes;
      ++*ret_count;
    }
  }
  return true;
}
