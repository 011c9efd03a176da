/* Decides what becomes of replacements whose process is gone: finished where the new file is there whole, undone where it is not,
 * left alone where their lease lives or their disk is away. Test: tests/unit/library/test_replace_crash.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "store/record_sql.h"

#include <string.h>

typedef struct {
  ReplaceContext *context;
  ReplaceProbe probe;
  void *user_data;
} Recovery;

typedef enum { RECOVERED, LEFT_ALONE, FAILED } Outcome;

/* A mount that is away looks like a directory in which everything is missing: nothing is decided from that (L5). */
static bool check_disk(DbConn *conn, const Replacement *replacement, GError **error)
{
  g_autofree char *directory = g_path_get_dirname(replacement->source_path);
  FileStat st;
  if (!fs_stat(directory, &st, error))
    return false;
  bool has_trace = fs_exists(replacement->source_path) || fs_exists(replacement->target_path) ||
                   (replacement->stage_directory[0] != '\0' && fs_exists(replacement->stage_directory));
  if (has_trace)
    return true;
  Root root = {0};
  record_init(&root_table, &root);
  bool ok = true;
  if (replacement->root_id != FIELD_NULL_INT && record_get(conn, &root_table, replacement->root_id, &root, NULL))
    ok = fs_stat(root.path, &st, error) &&
         (root.device == FIELD_NULL_INT || st.device == root.device ||
          fail(error, REEVE_ERROR_UNAVAILABLE, "\"%s\" is not the file system that it was at the last scan; is it mounted?",
               root.path));
  record_clear(&root_table, &root);
  return ok;
}

/* In the transaction that gives a replacement up: its worker may have come back in the meantime. */
static bool give_up(DbConn *conn, Replacement *replacement, void *user_data, GError **error)
{
  const Recovery *recovery = user_data;
  bool alive;
  if (!journal_lease_alive(conn, replacement, clock_now_ms(recovery->context->clock), &alive, error))
    return false;
  if (alive)
    return fail(error, REEVE_ERROR_CONFLICT, "The replacement of \"%s\" is under way.", replacement->source_path);
  g_free(replacement->error);
  replacement->error = g_strdup("It was interrupted before the new file took the original's place.");
  return true;
}

static bool finish_or_undo(const Recovery *recovery, Replacement *replacement, GError **error)
{
  SwapEnd end;
  g_autoptr(GError) cause = NULL;
  if (!commit_swap(replacement, &end, &cause, error))
    return false;
  if (!end.is_done)
    return commit_undone(recovery->context, replacement, &end, cause ? cause->message : end.why, error);
  g_autoptr(GError) probe_error = NULL;
  g_autoptr(MediaInfo) media =
      recovery->probe ? recovery->probe(replacement->target_path, recovery->user_data, &probe_error) : NULL;
  if (probe_error)
    g_info("\"%s\" could not be probed after recovery and is left to the next scan: %s", replacement->target_path,
           probe_error->message);
  CommitRows rows = {.media = media, .finish_job = true};
  int64_t history_id;
  return commit_finish(recovery->context, replacement, &end, &rows, &history_id, error);
}

static bool act_on_state(const Recovery *recovery, Replacement *replacement, GError **error)
{
  switch (replacement->state) {
  case REPLACEMENT_STAGED:
  case REPLACEMENT_VERIFIED:
    return journal_move(recovery->context, replacement, 1u << REPLACEMENT_STAGED | 1u << REPLACEMENT_VERIFIED,
                        REPLACEMENT_ABORTED, give_up, (void *)recovery, error) &&
           replace_clean(recovery->context, replacement, error);
  case REPLACEMENT_INTENT:
  case REPLACEMENT_SWAPPED:
    return finish_or_undo(recovery, replacement, error);
  default:
    return replace_clean(recovery->context, replacement, error);
  }
}

/* Reads the row as it is now, and whether it may be touched. */
static bool look_at_row(const Recovery *recovery, int64_t id, Replacement *ret_row, bool *ret_alive, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(recovery->context->db, error);
  *ret_alive = false;
  if (!conn || !journal_read(conn, id, false, ret_row, error))
    return false;
  bool is_final = ret_row->state == REPLACEMENT_COMMITTED || ret_row->state == REPLACEMENT_ABORTED;
  if (!is_final && !journal_lease_alive(conn, ret_row, clock_now_ms(recovery->context->clock), ret_alive, error))
    return false;
  return *ret_alive || check_disk(conn, ret_row, error);
}

static Outcome recover_one(const Recovery *recovery, const Replacement *found)
{
  bool busy = false, alive = false;
  Replacement row = {0};
  g_autoptr(GError) error = NULL;
  /* Looked at twice: without the lock, so as not to hold up whoever works on it, and again after asking for it, for it may have
   * been finished, and the stage directory removed, in between. */
  bool ok = look_at_row(recovery, found->id, &row, &alive, &error);
  auto_stage_lock int lock =
      ok && !alive && found->stage_directory[0] != '\0' ? stage_lock(found->stage_directory, STAGE_LOCK_TRY, &busy) : -1;
  if (ok && !alive) {
    record_clear(&replacement_table, &row);
    if (lock < 0 && busy)
      return LEFT_ALONE;
    ok = look_at_row(recovery, found->id, &row, &alive, &error);
  }
  int before = row.state;
  ok = ok && (alive || act_on_state(recovery, &row, &error));
  Outcome outcome = !ok ? FAILED : alive ? LEFT_ALONE : RECOVERED;
  if (outcome == RECOVERED && before < REPLACEMENT_COMMITTED)
    g_message("Replacement %" G_GINT64_FORMAT " of \"%s\" was %s when it was interrupted; it is %s now", found->id,
              found->source_path, enum_name(&replacement_state_table, before), enum_name(&replacement_state_table, row.state));
  if (outcome == FAILED) {
    g_warning("Replacement %" G_GINT64_FORMAT " of \"%s\" could not be recovered and is tried again: %s", found->id,
              found->source_path, error->message);
    journal_note_error(recovery->context, row.id ? &row : found, error->message);
  }
  record_clear(&replacement_table, &row);
  return outcome;
}

bool replace_recover(ReplaceContext *context, ReplaceProbe probe, void *user_data, int *ret_count, GError **error)
{
  g_autoptr(GPtrArray) rows = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(context->db, error);
    rows = conn ? journal_open(conn, error) : NULL;
  }
  if (!rows)
    return false;
  Recovery recovery = {.context = context, .probe = probe, .user_data = user_data};
  int count = 0;
  for (guint i = 0; i < rows->len; i++)
    count += recover_one(&recovery, rows->pdata[i]) == RECOVERED;
  *ret_count = count;
  return true;
}
