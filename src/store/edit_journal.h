/* The journal of edits in place (container/edit_commit.h) in the database. Entries are written and forgotten in the caller's
 * transactions, many at once, so that a batch of files costs two commits and not two for each.
 *
 * The order that keeps files whole: edit_journal_prepare for each plan and the commit; then edit_commit with the journal; then
 * edit_journal_settle and the commit. What is never settled is left to recovery, by the row's lease.
 *
 * Thread-safety: any thread may begin and end edits of one journal; preparing and settling belong to its owner. */
#pragma once

#include "container/edit_commit.h"
#include "store/db.h"

/* A row: the entry, whose edit it is, and what history will say of it. */
typedef struct {
  int64_t id, device, inode;
  char *path;  /* as the entry has it, escaped */
  char *entry; /* edit_entry_text */
  int64_t file_id, job_id, lease_epoch;
  char *detail; /* JSON for the history, or NULL */
  char *error;  /* why it could not be recovered, or NULL */
  int64_t created_at_ms;
} EditRow;
extern const FieldTable edit_row_table;

/* Whose edits they are: job FIELD_NULL_INT is none, so that anybody may recover them at once. */
EditJournal *edit_journal_new(int64_t job_id, int64_t lease_epoch, const Clock *clock);
void edit_journal_free(EditJournal *journal);

/* Writes the entry for carrying out an IN_PLACE plan. *ret_taken true: an unfinished edit of this file is in the journal, and
 * nothing was written. An edit whose entry was not prepared is refused by the journal (CONFLICT). */
bool edit_journal_prepare(EditJournal *journal, DbConn *conn, const char *path, const EditPlan *plan, int64_t file_id,
                          const char *detail, bool *ret_taken, GError **error);

/* Deletes the rows of edits that ended and of those that never began. Once the caller has committed, edit_journal_forget. */
bool edit_journal_settle(EditJournal *journal, DbConn *conn, GError **error);
void edit_journal_forget(EditJournal *journal);

/* All rows, oldest first: edits under way, and those that were interrupted. NULL on error. */
GPtrArray *edit_rows(DbConn *conn, GError **error);
