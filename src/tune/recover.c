/* Decides what becomes of edits whose process is gone. Test: tests/unit/tune/test_tune_crash.c */
#include "base/error.h"
#include "store/edit_journal.h"
#include "store/record_sql.h"
#include "tune/edited.h"

#include <string.h>

static bool make_whole(const EditRow *row, EditRecovery *ret_recovery, GError **error)
{
  g_autoptr(EditEntry) entry = edit_entry_parse(row->entry, strlen(row->entry), error);
  g_autofree char *path = entry ? edit_entry_path(entry) : NULL;
  return path && edit_recover(path, entry, ret_recovery, error);
}

static void note_error(DbConn *conn, const EditRow *row, const char *message)
{
  if (g_strcmp0(row->error, message) == 0)
    return; /* said before */
  g_warning("The interrupted edit of \"%s\" could not be sorted out and is tried again: %s", row->path, message);
  g_autofree char *text = g_utf8_make_valid(message, -1);
  record_set(conn, &edit_row_table, row->id, "error", DB_TEXT(text), NULL);
}

/* One edit that is being sorted out. */
typedef struct {
  TuneContext *context;
  DbConn *conn;
  EditRow *row;
  LibraryFile *file; /* of a finished edit, as it is now; NULL: nothing is to be written about it */
  char *fingerprint_before;
} Sorting;

static void sorting_clear(Sorting *it)
{
  record_free(&edit_row_table, it->row);
  if (it->file)
    library_file_free(it->file);
  g_free(it->fingerprint_before);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sorting, sorting_clear)

/* The edit turned out to be done: what its process would have written. A row that is gone, or a disk that does not answer, costs
 * the entry in the history and no more: the next scan sees the file. */
static void look_at_finished(Sorting *it)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(GPtrArray) tracks = edited_tracks(it->row->detail, &why);
  if (tracks && it->row->file_id != FIELD_NULL_INT && record_get(it->conn, &file_table, it->row->file_id, file, &why)) {
    it->fingerprint_before = g_strdup(file->fingerprint);
    if (edited_refresh(file, tracks, it->context->replace->clock, &why))
      it->file = g_steal_pointer(&file);
  }
  if (!it->file)
    g_info("The finished edit of \"%s\" has no entry in the history: %s", it->row->path,
           why ? why->message : "it was of no file of the library");
}

static bool write_down(const Sorting *it, GError **error)
{
  int64_t history_id;
  const EditedFile edited = {.file = it->file,
                             .fingerprint_before = it->fingerprint_before,
                             .detail = it->row->detail,
                             .job_id = it->row->job_id,
                             .can_undo = true,
                             .now_ms = clock_now_ms(it->context->replace->clock)};
  return (!it->file || edited_note(it->conn, &edited, &history_id, error)) &&
         record_delete(it->conn, &edit_row_table, it->row->id, error);
}

/* The row, locked on PostgreSQL so that two servers do not both write into the file. SQLite has one server, and its lock, which
 * is on the whole database, must not be held while a disk is waited for. *ret_transaction is NULL there. *ret_there false:
 * somebody else was faster. */
static bool take_row(Sorting *it, int64_t id, DbTransaction **ret_transaction, bool *ret_there, GError **error)
{
  g_autoptr(GError) why = NULL;
  *ret_transaction = NULL;
  if (db_conn_kind(it->conn) == DB_POSTGRESQL && !(*ret_transaction = db_begin(it->conn, error)))
    return false;
  it->row = record_new(&edit_row_table);
  *ret_there = *ret_transaction ? record_lock(it->conn, &edit_row_table, id, it->row, &why)
                                : record_get(it->conn, &edit_row_table, id, it->row, &why);
  if (*ret_there || reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool recover_one(TuneContext *context, DbConn *conn, const EditRow *found, bool *ret_done, GError **error)
{
  g_auto(Sorting) it = {.context = context, .conn = conn};
  g_autoptr(DbTransaction) transaction = NULL;
  g_autoptr(GError) why = NULL;
  bool alive = false, there = false;
  EditRecovery recovery;
  if (!queue_lease_alive_in(conn, found->job_id, found->lease_epoch, clock_now_ms(context->replace->clock), &alive, error))
    return false;
  if (alive)
    return true;
  if (!take_row(&it, found->id, &transaction, &there, error))
    return false;
  if (!there)
    return true;
  if (!make_whole(it.row, &recovery, &why)) {
    note_error(conn, it.row, why->message);
    return !transaction || db_commit(transaction, error);
  }
  if (recovery != EDIT_WAS_UNTOUCHED)
    g_message("The interrupted edit of \"%s\" %s.", it.row->path,
              recovery == EDIT_WAS_FINISHED ? "was complete" : "was put back");
  if (recovery == EDIT_WAS_FINISHED)
    look_at_finished(&it);
  if (!transaction && !(transaction = db_begin(conn, error)))
    return false;
  *ret_done = write_down(&it, error) && db_commit(transaction, error);
  return *ret_done;
}

bool tune_recover(TuneContext *context, int *ret_count, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
  g_autoptr(GPtrArray) rows = conn ? edit_rows(conn, error) : NULL;
  *ret_count = 0;
  for (guint i = 0; rows && i < rows->len; i++) {
    bool done = false;
    if (!recover_one(context, conn, rows->pdata[i], &done, error))
      return false;
    *ret_count += done;
  }
  return rows != NULL;
}
