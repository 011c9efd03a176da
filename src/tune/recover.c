/* Decides what becomes of edits whose process is gone. Test: tests/unit/tune/test_tune_crash.c */
#include "base/error.h"
#include "store/edit_journal.h"
#include "store/record_sql.h"
#include "tune/edited.h"

#include <string.h>

/* The edit turned out to be done: what its process would have written. A row that is gone, or a disk that does not answer, costs
 * the entry in the history and no more: the next scan sees the file. */
static void note_finished(TuneContext *context, DbConn *conn, const EditRow *row)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(GPtrArray) tracks = edited_tracks(row->detail, &why);
  if (!tracks || row->file_id == FIELD_NULL_INT || !record_get(conn, &file_table, row->file_id, file, &why)) {
    g_info("A finished edit has no entry in the history: %s", why ? why->message : "it was of no file of the library");
    return;
  }
  g_autofree char *before = g_strdup(file->fingerprint);
  int64_t history_id;
  EditedFile edited = {.file = file,
                       .fingerprint_before = before,
                       .detail = row->detail,
                       .job_id = row->job_id,
                       .can_undo = true,
                       .now_ms = clock_now_ms(context->replace->clock)};
  if (!edited_refresh(file, tracks, context->replace->clock, &why) || !edited_note(conn, &edited, &history_id, &why))
    g_info("A finished edit of \"%s\" has no entry in the history: %s", file->path, why->message);
}

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

/* In a transaction that holds the row, so that two servers do not both. */
static bool recover_one(TuneContext *context, DbConn *conn, const EditRow *found, bool *ret_done, GError **error)
{
  bool alive = false;
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  EditRow *row = record_new(&edit_row_table);
  g_autoptr(GError) why = NULL;
  bool there = transaction && record_lock(conn, &edit_row_table, found->id, row, &why);
  bool ok =
      there && queue_lease_alive_in(conn, row->job_id, row->lease_epoch, clock_now_ms(context->replace->clock), &alive, error);
  EditRecovery recovery = EDIT_WAS_UNTOUCHED;
  if (ok && !alive) {
    if (make_whole(row, &recovery, &why)) {
      if (recovery != EDIT_WAS_UNTOUCHED)
        g_message("The interrupted edit of \"%s\" %s.", row->path,
                  recovery == EDIT_WAS_FINISHED ? "was complete" : "was put back");
      if (recovery == EDIT_WAS_FINISHED)
        note_finished(context, conn, row);
      ok = record_delete(conn, &edit_row_table, row->id, error);
      *ret_done = ok;
    } else {
      note_error(conn, row, why->message);
    }
    ok = ok && db_commit(transaction, error);
  }
  record_free(&edit_row_table, row);
  return ok || (transaction && !there); /* gone by now: somebody else was faster */
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
