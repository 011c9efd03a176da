/* Decides whether an edit in place can be taken back, and takes it back by the edit that sets the flags as they were.
 * Test: tests/unit/tune/test_tune.c */
#include "base/error.h"
#include "container/track_edit.h"
#include "library/trash.h"
#include "store/edit_journal.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "tune/edited.h"
#include "wire/json.h"

#include <string.h>

typedef struct {
  HistoryEntry *entry;
  LibraryFile *file;
  GPtrArray *tracks; /* TrackFlags, as the edit made them */
  EditPlan *plan;
} Undo;

static void undo_clear(Undo *undo)
{
  record_free(&history_table, undo->entry);
  record_free(&file_table, undo->file);
  g_clear_pointer(&undo->tracks, g_ptr_array_unref);
  g_clear_pointer(&undo->plan, edit_plan_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Undo, undo_clear)

static bool is_edit(const HistoryEntry *entry)
{
  return entry->state == HISTORY_EDITED || entry->state == HISTORY_EDIT_UNDONE;
}

static bool refuse(const Undo *undo, const char *why, GError **error)
{
  return fail(error, REEVE_ERROR_CONFLICT, "The edit of \"%s\" cannot be undone: %s", undo->entry->path, why);
}

static bool check_entry(DbConn *conn, const Undo *undo, GError **error)
{
  g_autoptr(GError) why = NULL;
  if (undo->entry->state == HISTORY_EDIT_UNDONE)
    return refuse(undo, "It was undone already.", error);
  if (!undo->entry->can_undo)
    return refuse(undo, "It is not an edit that can be undone.", error);
  if (undo->entry->file_id == FIELD_NULL_INT || !record_get(conn, &file_table, undo->entry->file_id, undo->file, &why)) {
    if (why && reeve_error_code(why) != REEVE_ERROR_NOT_FOUND) {
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
    return refuse(undo, "The library does not have the file any more.", error);
  }
  g_autoptr(Root) root = record_new(&root_table);
  if (!record_get(conn, &root_table, undo->file->root_id, root, error))
    return false;
  if (root->state == ROOT_FROZEN)
    return refuse(undo, "Its root is frozen.", error);
  return fs_is_inside(undo->file->path, root->path) || refuse(undo, "It leads out of its root by now.", error);
}

static bool flag_is(const Track *track, TrackFlag flag, bool value)
{
  return track_flag(track, flag) == value;
}

/* The edits back, provided that the flags are still as the edit made them. */
static GArray *edits_back(const Undo *undo, const TrackList *list, GError **error)
{
  g_autoptr(GArray) edits = g_array_new(FALSE, FALSE, sizeof(TrackEdit));
  for (guint i = 0; i < undo->tracks->len; i++) {
    const TrackFlags *flags = undo->tracks->pdata[i];
    const Track *track = flags->index >= 0 && flags->index < list->tracks->len ? list->tracks->pdata[flags->index] : NULL;
    if (!track || !flag_is(track, TRACK_DEFAULT, flags->is_default) ||
        (flags->was_forced != flags->is_forced && !flag_is(track, TRACK_FORCED, flags->is_forced))) {
      refuse(undo, "Its tracks were changed since.", error);
      return NULL;
    }
    TrackEdit edit = {.track = flags->index};
    if (flags->was_default != flags->is_default)
      edit.is_default = flags->was_default ? WISH_ON : WISH_OFF;
    if (flags->was_forced != flags->is_forced)
      edit.is_forced = flags->was_forced ? WISH_ON : WISH_OFF;
    g_array_append_val(edits, edit);
  }
  return g_steal_pointer(&edits);
}

static bool plan_back(Undo *undo, GError **error)
{
  undo->tracks = edited_tracks(undo->entry->detail, error);
  g_autoptr(TrackList) list = undo->tracks ? tracks_read(undo->file->path, error) : NULL;
  g_autoptr(GArray) edits = list ? edits_back(undo, list, error) : NULL;
  if (!edits)
    return false;
  undo->plan = edit_plan_read(undo->file->path, (const TrackEdit *)(const void *)edits->data, edits->len, error);
  if (!undo->plan)
    return false;
  return undo->plan->action == EDIT_IN_PLACE || refuse(undo, undo->plan->reason, error);
}

/* *ret_is_edit false, with success and nothing but the entry: it is not for us. */
static bool load(TuneContext *context, int64_t history_id, Undo *undo, bool *ret_is_edit, GError **error)
{
  undo->entry = record_new(&history_table);
  undo->file = record_new(&file_table);
  {
    g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
    if (!conn || !record_get(conn, &history_table, history_id, undo->entry, error))
      return false;
    *ret_is_edit = is_edit(undo->entry);
    if (*ret_is_edit && !check_entry(conn, undo, error))
      return false;
  }
  return !*ret_is_edit || plan_back(undo, error);
}

bool tune_can_undo(TuneContext *context, int64_t history_id, GError **error)
{
  g_auto(Undo) undo = {0};
  bool ours;
  return load(context, history_id, &undo, &ours, error) && (ours || trash_can_undo(context->replace, history_id, error));
}

/* What the flags become, as tracks of a detail. */
static void turn_round(const Undo *undo)
{
  for (guint i = 0; i < undo->tracks->len; i++) {
    TrackFlags *flags = undo->tracks->pdata[i];
    bool was_default = flags->was_default, was_forced = flags->was_forced;
    flags->was_default = flags->is_default;
    flags->was_forced = flags->is_forced;
    flags->is_default = was_default;
    flags->is_forced = was_forced;
  }
}

static char *detail_of(const Undo *undo)
{
  json_t *tracks = json_array();
  for (guint i = 0; i < undo->tracks->len; i++)
    json_array_append_new(tracks, json_from_record(&track_flags_table, undo->tracks->pdata[i], JSON_FULL));
  g_autoptr(json_t) detail = json_pack("{s:{s:s, s:I, s:o}}", "audio", "reason", "The flags are as they were before the edit.",
                                       "undo_of", (json_int_t)undo->entry->id, "tracks", tracks);
  return json_text(detail);
}

static bool prepare(TuneContext *context, const Undo *undo, EditJournal *journal, const char *detail, const LeaseRef *lease,
                    GError **error)
{
  bool taken = false;
  g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || (lease && !queue_check_lease_in(conn, lease, error)) ||
      !edit_journal_prepare(journal, conn, undo->file->path, undo->plan, undo->file->id, detail, &taken, error))
    return false;
  return taken ? refuse(undo, "Another edit of it is not finished.", error) : db_commit(transaction, error);
}

static bool end_job(TuneContext *context, DbConn *conn, const LeaseRef *lease, int64_t history_id, GError **error)
{
  g_autofree char *result = g_strdup_printf("{\"history\":%" G_GINT64_FORMAT ",\"edit\":true}", history_id);
  return !lease ||
         queue_finish_in(context->replace->queue, conn, lease, &(JobOutcome){.state = JOB_DONE, .result = result}, error);
}

static bool settle(TuneContext *context, const Undo *undo, EditJournal *journal, const EditedFile *edited, const LeaseRef *lease,
                   bool is_edited, int64_t *ret_history_id, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  return transaction && edit_journal_settle(journal, conn, error) &&
         (!is_edited ||
          (edited_note(conn, edited, ret_history_id, error) &&
           record_set(conn, &history_table, undo->entry->id, "state", DB_ENUM(history_state_table, HISTORY_EDIT_UNDONE), error) &&
           record_set(conn, &history_table, undo->entry->id, "can_undo", DB_INT(0), error) &&
           end_job(context, conn, lease, *ret_history_id, error))) &&
         db_commit(transaction, error);
}

static bool carry_out(const Undo *undo, EditJournal *journal, GError **error)
{
  EditOutcome outcome;
  if (!edit_commit(undo->file->path, undo->plan, journal, &outcome, error))
    return false;
  return outcome == EDIT_DONE || refuse(undo, "It has other names (hard links), whose content would change along.", error);
}

bool tune_undo(TuneContext *context, int64_t history_id, const LeaseRef *lease, Cancel *cancel, int64_t *ret_history_id,
               GError **error)
{
  g_auto(Undo) undo = {0};
  bool ours;
  if (!load(context, history_id, &undo, &ours, error))
    return false;
  if (!ours)
    return trash_undo(context->replace, history_id, lease, cancel, ret_history_id, error);
  turn_round(&undo);
  g_autofree char *detail = detail_of(&undo);
  g_autofree char *before = g_strdup(undo.file->fingerprint);
  EditJournal *journal =
      edit_journal_new(lease ? lease->job_id : FIELD_NULL_INT, lease ? lease->epoch : 0, context->replace->clock);
  g_autoptr(GError) why = NULL;
  bool prepared = prepare(context, &undo, journal, detail, lease, &why);
  bool done = prepared && carry_out(&undo, journal, &why);
  bool known = done && edited_refresh(undo.file, undo.tracks, context->replace->clock, &why);
  const EditedFile edited = {.file = undo.file,
                             .fingerprint_before = before,
                             .detail = detail,
                             .job_id = lease ? lease->job_id : FIELD_NULL_INT,
                             .can_undo = false,
                             .now_ms = clock_now_ms(context->replace->clock)};
  /* The entry of a failed edit is settled too; the first failure is the one to tell. */
  bool settled = prepared && settle(context, &undo, journal, &edited, lease, known, ret_history_id, why ? NULL : &why);
  edit_journal_free(journal);
  if (done && known && settled)
    return true;
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}
