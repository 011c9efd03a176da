/* Decides how a replacement's row moves from state to state: one transaction that locks the row, checks where it is, and writes
 * what belongs together. Test: tests/unit/library/test_replace.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "queue/parts.h"
#include "store/record_sql.h"

#include <string.h>

bool journal_read(DbConn *conn, int64_t id, bool lock, Replacement *ret_replacement, GError **error)
{
  Replacement row;
  record_init(&replacement_table, &row);
  if (lock ? !record_lock(conn, &replacement_table, id, &row, error) : !record_get(conn, &replacement_table, id, &row, error)) {
    record_clear(&replacement_table, &row);
    return false;
  }
  record_clear(&replacement_table, ret_replacement);
  *ret_replacement = row;
  return true;
}

/* True if an illegal move was asked for; where another process made the same move first, *ret_already. */
static bool check_move(const Replacement *row, unsigned from, ReplacementState to, bool *ret_already, GError **error)
{
  *ret_already = row->state == (int)to && to >= REPLACEMENT_SWAPPED;
  if (*ret_already || (from & 1u << row->state))
    return true;
  return fail(error, REEVE_ERROR_CONFLICT, "The replacement of \"%s\" is %s and cannot become %s.", row->source_path,
              enum_name(&replacement_state_table, row->state), enum_name(&replacement_state_table, (int)to));
}

/* Writes the move. `next` holds the caller's fields and becomes what the row says. */
static bool write_move(ReplaceContext *context, DbConn *conn, Replacement *next, unsigned from, ReplacementState to,
                       JournalChange change, void *user_data, bool *ret_sent, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  if (!transaction)
    return false;
  Replacement row = {0};
  bool already = false;
  bool ok = journal_read(conn, next->id, true, &row, error) && check_move(&row, from, to, &already, error);
  record_clear(&replacement_table, &row);
  if (!ok)
    return false;
  if (!already) {
    if (change && !change(conn, next, user_data, error))
      return false;
    next->state = (int)to;
    next->updated_at_ms = clock_now_ms(context->clock);
    if (!record_update(conn, &replacement_table, next, error))
      return false;
  }
  *ret_sent = true;
  if (!db_commit(transaction, error))
    return false;
  int fault = failpoint("replace.answer");
  return fault == 0 || fail_errno(error, fault, "The database's answer was lost");
}

/* After a commit without an answer: did it happen? */
static bool is_at(ReplaceContext *context, int64_t id, ReplacementState to)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, NULL);
  Replacement row = {0};
  bool is = conn && journal_read(conn, id, false, &row, NULL) && row.state == (int)to;
  record_clear(&replacement_table, &row);
  return is;
}

bool journal_move(ReplaceContext *context, Replacement *replacement, unsigned from, ReplacementState to, JournalChange change,
                  void *user_data, GError **error)
{
  Replacement next = {0};
  record_copy(&replacement_table, replacement, &next);
  bool sent = false;
  g_autoptr(GError) cause = NULL;
  bool ok = false;
  {
    g_autoptr(DbConn) conn = db_acquire(context->db, &cause);
    ok = conn && write_move(context, conn, &next, from, to, change, user_data, &sent, &cause);
  }
  if (!ok && sent)
    ok = is_at(context, next.id, to);
  if (!ok) {
    record_clear(&replacement_table, &next);
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  next.state = (int)to;
  record_clear(&replacement_table, replacement);
  *replacement = next;
  return true;
}

static bool read_job(DbConn *conn, const Replacement *replacement, Job *job, bool *ret_found, GError **error)
{
  g_autoptr(GError) cause = NULL;
  record_init(&job_table, job);
  *ret_found = record_get(conn, &job_table, replacement->job_id, job, &cause);
  if (*ret_found || reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&cause));
  return false;
}

bool journal_check_lease(DbConn *conn, const Replacement *replacement, GError **error)
{
  if (replacement->job_id == FIELD_NULL_INT)
    return true;
  Job job = {0};
  bool found = false;
  bool ok = read_job(conn, replacement, &job, &found, error);
  if (ok && !found)
    ok = fail(error, REEVE_ERROR_CONFLICT, "The job that replaces \"%s\" is gone.", replacement->source_path);
  LeaseRef lease = {
      .job_id = replacement->job_id, .owner = job.lease_owner ? job.lease_owner : "", .epoch = replacement->lease_epoch};
  ok = ok && queue_check_lease_in(conn, &lease, error);
  record_clear(&job_table, &job);
  return ok;
}

static bool take_over(DbConn *conn, Replacement *replacement, void *user_data, GError **error)
{
  const LeaseRef *lease = user_data;
  replacement->lease_epoch = lease->epoch;
  return queue_check_lease_in(conn, lease, error);
}

static bool find_of_job(ReplaceContext *context, int64_t job_id, Replacement *ret_replacement, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  return conn && replacement_of_job(conn, job_id, ret_replacement, error);
}

bool replace_adopt(ReplaceContext *context, const LeaseRef *lease, Replacement *ret_replacement, GError **error)
{
  Replacement found;
  record_init(&replacement_table, &found);
  if (find_of_job(context, lease->job_id, &found, error) &&
      journal_move(context, &found, 1u << REPLACEMENT_STAGED | 1u << REPLACEMENT_VERIFIED, REPLACEMENT_STAGED, take_over,
                   (void *)lease, error)) {
    *ret_replacement = found;
    return true;
  }
  record_clear(&replacement_table, &found);
  return false;
}

bool journal_lease_alive(DbConn *conn, const Replacement *replacement, int64_t now_ms, bool *ret_alive, GError **error)
{
  bool waits = replacement->state == REPLACEMENT_STAGED || replacement->state == REPLACEMENT_VERIFIED;
  return waits ? queue_work_alive_in(conn, replacement->job_id, replacement->lease_epoch, now_ms, ret_alive, error)
               : queue_lease_alive_in(conn, replacement->job_id, replacement->lease_epoch, now_ms, ret_alive, error);
}

void journal_note_error(ReplaceContext *context, const Replacement *replacement, const char *message)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(DbConn) conn = db_acquire(context->db, &cause);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, &cause) : NULL;
  Replacement row = {0};
  bool ok = transaction && journal_read(conn, replacement->id, true, &row, &cause);
  if (ok && row.state == replacement->state) {
    g_free(row.error);
    row.error = g_utf8_make_valid(message, -1);
    row.updated_at_ms = clock_now_ms(context->clock);
    ok = record_update(conn, &replacement_table, &row, &cause) && db_commit(transaction, &cause);
  }
  record_clear(&replacement_table, &row);
  if (!ok)
    g_warning("Replacement %" G_GINT64_FORMAT ": its error could not be recorded: %s", replacement->id, cause->message);
}
