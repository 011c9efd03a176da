/* Decides when a verified file may take the original's place, and what the database says afterwards: INTENT under the job's
 * lease, the swap, SWAPPED, the other names, COMMITTED. Recovery comes in at commit_finish and commit_undone.
 * Test: tests/unit/library/test_replace.c, test_replace_crash.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "store/file.h"
#include "store/record_sql.h"

#include <math.h>
#include <string.h>

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define STATE(name) (1u << REPLACEMENT_##name)

/* --- before --- */

/* R5, R4: the last look before INTENT. The swap itself looks again under every name it takes. */
static bool check_world(const Replacement *replacement, GError **error)
{
  SwapLook look;
  if (!swap_look(replacement, &look, NULL, error))
    return false;
  if (look.at[PLACE_LIBRARY] != HOLDS_SOURCE)
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" changed since the work on it began; it is left as it is.",
                replacement->source_path);
  if (look.at[PLACE_STAGE] != HOLDS_STAGED)
    return fail(error, REEVE_ERROR_CORRUPT, "The new file for \"%s\" is missing or changed since it was verified.",
                replacement->source_path);
  if (!look.same_name && look.at[PLACE_TARGET] != HOLDS_NOTHING)
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" would become \"%s\", but another file has that name.",
                replacement->source_path, replacement->target_path);
  if (look.keeps_original && look.at[PLACE_TRASH] != HOLDS_NOTHING)
    return fail(error, REEVE_ERROR_CONFLICT, "The place in the trash for \"%s\" is taken by another file: \"%s\".",
                replacement->source_path, replacement->trash_path);
  return true;
}

static bool find_other_names(DbConn *conn, Replacement *replacement, GError **error)
{
  Root root = {0};
  record_init(&root_table, &root);
  bool ok = record_get(conn, &root_table, replacement->root_id, &root, error);
  LinkPolicy policy = (LinkPolicy)root.link_policy;
  record_clear(&root_table, &root);
  FileStat st;
  if (!ok || !fs_stat(replacement->source_path, &st, error))
    return false;
  replacement->source_link_count = st.link_count;
  if (policy != LINKS_RELINK || st.link_count < 2)
    return true;
  g_auto(GStrv) paths = NULL;
  if (!relink_find(conn, replacement, &paths, error))
    return false;
  char *facts = facts_with_texts(replacement->facts, FACT_RELINK, (const char *const *)paths);
  g_free(replacement->facts);
  replacement->facts = facts;
  return true;
}

/* R6: the lease's row stays locked until INTENT is committed. */
static bool fence(DbConn *conn, Replacement *replacement, void *user_data, GError **error)
{
  const ReplaceCommit *commit = user_data;
  if (!journal_check_lease(conn, replacement, error))
    return false;
  if (commit->lease && !queue_check_lease_in(conn, commit->lease, error))
    return false;
  return find_other_names(conn, replacement, error);
}

bool commit_swap(const Replacement *replacement, SwapEnd *ret_end, GError **ret_cause, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (swap_run(replacement, SWAP_FORWARD, ret_end, &cause))
    return true;
  SwapLook look;
  bool has_name =
      !swap_look(replacement, &look, NULL, NULL) || look.at[look.same_name ? PLACE_LIBRARY : PLACE_TARGET] == HOLDS_STAGED;
  if (has_name || reeve_error_code(cause) == REEVE_ERROR_CONFLICT || !swap_run(replacement, SWAP_BACK, ret_end, NULL)) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  g_propagate_error(ret_cause, g_steal_pointer(&cause));
  return true;
}

/* --- COMMITTED --- */

typedef struct {
  ReplaceContext *context;
  const SwapEnd *end;
  const CommitRows *rows;
  int64_t history_id;
  int64_t trash_id;
  bool job_finished;
} Rows;

static bool find_row(DbConn *conn, const FieldTable *table, int64_t id, void *record, bool *ret_found, GError **error)
{
  g_autoptr(GError) cause = NULL;
  record_init(table, record);
  *ret_found = id != FIELD_NULL_INT && record_get(conn, table, id, record, &cause);
  if (*ret_found || !cause || reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&cause));
  return false;
}

/* The file's row says what is on disk now. Without the new file's media the next scan reads it. */
static bool describe_file(LibraryFile *file, const Replacement *replacement, const char *path, const CommitRows *rows,
                          int64_t now_ms, GError **error)
{
  FileStat st;
  if (!fs_stat(path, &st, error))
    return false;
  g_free(file->path);
  file->path = g_strdup(path);
  file->size_bytes = st.size_bytes;
  file->mtime_ns = st.mtime_ns;
  file->inode = st.inode;
  file->device = st.device;
  file->link_count = st.link_count;
  g_free(file->fingerprint);
  file->fingerprint = g_strdup(replacement->staged_fingerprint);
  file->missing_since_ms = FIELD_NULL_INT;
  file->updated_at_ms = now_ms;
  library_file_forget_check(file);
  if (rows->media) {
    library_file_set_media(file, rows->media);
    file->probed_at_ms = now_ms;
    return true;
  }
  library_file_forget_media(file);
  return true;
}

/* Another row may have the new name: of a file that was there long ago, or made by a scan that ran since the swap. What lies
 * there is this file now; its history goes along. */
static bool take_over_name(DbConn *conn, const LibraryFile *file, const char *path, GError **error)
{
  g_autoptr(GPtrArray) others = record_with(conn, &file_table, "path", DB_TEXT(path), error);
  if (!others)
    return false;
  for (guint i = 0; i < others->len; i++) {
    const LibraryFile *other = others->pdata[i];
    if (other->root_id != file->root_id || other->id == file->id)
      continue;
    g_autoptr(GPtrArray) history = record_with(conn, &history_table, "file_id", DB_INT(other->id), error);
    if (!history)
      return false;
    for (guint j = 0; j < history->len; j++) {
      HistoryEntry *entry = history->pdata[j];
      entry->file_id = file->id;
      if (!record_update(conn, &history_table, entry, error))
        return false;
    }
    if (!record_delete(conn, &file_table, other->id, error))
      return false;
  }
  return true;
}

static bool update_file(DbConn *conn, const Replacement *replacement, LibraryFile *file, const char *path, const Rows *rows,
                        GError **error)
{
  return take_over_name(conn, file, path, error) &&
         describe_file(file, replacement, path, rows->rows, clock_now_ms(rows->context->clock), error) &&
         record_update(conn, &file_table, file, error);
}

/* The rows of the other names. *ret_served is how many have the new file. */
static bool update_other_names(DbConn *conn, const Replacement *replacement, const Rows *rows, int64_t *ret_served,
                               GError **error)
{
  *ret_served = 0;
  FileStat target, st;
  g_auto(GStrv) paths = facts_texts(replacement->facts, FACT_RELINK);
  if (!fs_stat(replacement->target_path, &target, error))
    return false;
  for (char **path = paths; *path; path++) {
    g_autofree char *new_path = relink_path(replacement, *path);
    if (!fs_stat(new_path, &st, NULL) || !replace_same_inode(target.device, target.inode, &st))
      continue;
    ++*ret_served;
    g_autoptr(GPtrArray) names = record_with(conn, &file_table, "path", DB_TEXT(*path), error);
    if (!names)
      return false;
    for (guint i = 0; i < names->len; i++)
      if (!update_file(conn, replacement, names->pdata[i], new_path, rows, error))
        return false;
  }
  return true;
}

static bool insert_trash(DbConn *conn, const Replacement *replacement, Rows *rows, GError **error)
{
  rows->trash_id = FIELD_NULL_INT;
  if (!rows->end->is_trashed)
    return true;
  int64_t now_ms = clock_now_ms(rows->context->clock);
  TrashEntry entry = {
      .state = TRASH_KEPT,
      .root_id = replacement->root_id,
      .file_id = replacement->file_id,
      .replacement_id = replacement->id,
      .original_path = replacement->source_path,
      .trash_path = replacement->trash_path,
      .device = rows->end->trashed.device,
      .inode = rows->end->trashed.inode,
      .size_bytes = rows->end->trashed.size_bytes,
      .mtime_ns = rows->end->trashed.mtime_ns,
      .expires_at_ms = now_ms + MIN(facts_int(replacement->facts, FACT_KEEP_DAYS, 7), 365000) * DAY_MS,
      .created_at_ms = now_ms,
      .updated_at_ms = now_ms,
  };
  if (!record_insert(conn, &trash_table, &entry, error))
    return false;
  rows->trash_id = entry.id;
  return true;
}

/* The entry that is undone, and its trash entry, which is back in the library. */
static bool mark_undone(DbConn *conn, const Replacement *replacement, const Rows *rows, int64_t *ret_bytes_saved, GError **error)
{
  HistoryEntry undone = {0};
  TrashEntry entry = {0};
  bool has_entry = false, has_trash = false;
  bool ok = find_row(conn, &history_table, replacement->undo_of, &undone, &has_entry, error) &&
            find_row(conn, &trash_table, has_entry ? undone.trash_id : FIELD_NULL_INT, &entry, &has_trash, error);
  if (ok && has_entry) {
    *ret_bytes_saved = -undone.bytes_saved;
    undone.state = HISTORY_UNDONE;
    undone.can_undo = false;
    ok = record_update(conn, &history_table, &undone, error);
  }
  if (ok && has_trash) {
    entry.state = TRASH_RESTORED;
    entry.updated_at_ms = clock_now_ms(rows->context->clock);
    ok = record_update(conn, &trash_table, &entry, error);
  }
  record_clear(&history_table, &undone);
  record_clear(&trash_table, &entry);
  return ok;
}

static bool insert_history(DbConn *conn, const Replacement *replacement, const LibraryFile *before, int64_t served_names,
                           Rows *rows, GError **error)
{
  bool is_undo = replacement->kind == REPLACE_UNDO;
  /* Names that still have the original (not the library's, not those served) keep its space taken. */
  bool is_pinned = replacement->source_link_count - 1 - served_names > 0;
  const StreamInfo *video = rows->rows->media ? media_info_video(rows->rows->media) : NULL;
  g_autofree char *codec_before = facts_text(replacement->facts, "codec_before");
  g_autofree char *codec_after = facts_text(replacement->facts, "codec_after");
  g_autofree char *profile = facts_text(replacement->facts, "profile");
  g_autofree char *encoder = facts_text(replacement->facts, "encoder");
  g_autofree char *resolution = facts_text(replacement->facts, "resolution");
  double predicted_seconds = facts_real(replacement->facts, "predicted_seconds");
  HistoryEntry entry = {
      .state = is_undo ? HISTORY_RESTORED : HISTORY_REPLACED,
      .file_id = replacement->file_id,
      .root_id = replacement->root_id,
      .job_id = replacement->job_id,
      .trash_id = rows->trash_id,
      .path = replacement->target_path,
      .path_before = replacement->source_path,
      .size_before_bytes = replacement->source_size_bytes,
      .size_after_bytes = replacement->staged_size_bytes,
      .bytes_saved = (is_pinned ? 0 : replacement->source_size_bytes) - replacement->staged_size_bytes,
      .codec_before = codec_before ? codec_before : before->video_codec,
      .codec_after = codec_after ? codec_after
                     : video     ? video->codec
                                 : NULL,
      .profile = profile,
      .encoder = encoder,
      .seconds = facts_real(replacement->facts, "seconds"),
      .resolution = resolution,
      .film_ms = facts_int(replacement->facts, "film_ms", FIELD_NULL_INT),
      .predicted_bytes = facts_int(replacement->facts, "predicted_bytes", FIELD_NULL_INT),
      .predicted_seconds = predicted_seconds > 0 ? predicted_seconds : NAN,
      .detail = replacement->facts,
      .can_undo = rows->trash_id != FIELD_NULL_INT,
      .created_at_ms = clock_now_ms(rows->context->clock),
  };
  if (is_undo && !mark_undone(conn, replacement, rows, &entry.bytes_saved, error))
    return false;
  if (!record_insert(conn, &history_table, &entry, error))
    return false;
  rows->history_id = entry.id;
  return true;
}

/* The job ends with its result, if its lease is still the one that made this; otherwise somebody else answers for it by now. */
static bool finish_job(DbConn *conn, const Replacement *replacement, Rows *rows, GError **error)
{
  if (!rows->rows->finish_job || replacement->kind == REPLACE_TRACKS || replacement->job_id == FIELD_NULL_INT ||
      !rows->context->queue)
    return true;
  g_autoptr(GError) cause = NULL;
  Job job = {0};
  bool found = false;
  bool ok = find_row(conn, &job_table, replacement->job_id, &job, &found, error);
  LeaseRef lease = {.job_id = replacement->job_id, .owner = job.lease_owner, .epoch = replacement->lease_epoch};
  if (ok && found && job.lease_owner && queue_check_lease_in(conn, &lease, &cause)) {
    JobOutcome outcome = {.state = JOB_DONE, .result = rows->rows->job_result};
    ok = queue_finish_in(rows->context->queue, conn, &lease, &outcome, error);
    rows->job_finished = ok;
  } else if (ok && cause && reeve_error_code(cause) != REEVE_ERROR_CONFLICT) {
    g_propagate_error(error, g_steal_pointer(&cause));
    ok = false;
  }
  record_clear(&job_table, &job);
  return ok;
}

static bool write_rows(DbConn *conn, Replacement *replacement, void *user_data, GError **error)
{
  Rows *rows = user_data;
  rows->job_finished = false;
  LibraryFile file = {0};
  bool found = false;
  int64_t served_names = 0;
  bool ok = find_row(conn, &file_table, replacement->file_id, &file, &found, error);
  g_autofree char *codec_before = g_strdup(file.video_codec);
  if (ok && found)
    ok = update_file(conn, replacement, &file, replacement->target_path, rows, error);
  LibraryFile before = {.video_codec = codec_before};
  ok = ok && update_other_names(conn, replacement, rows, &served_names, error) && insert_trash(conn, replacement, rows, error) &&
       insert_history(conn, replacement, &before, served_names, rows, error) && finish_job(conn, replacement, rows, error);
  g_clear_pointer(&replacement->error, g_free);
  record_clear(&file_table, &file);
  return ok;
}

static void log_to_job(ReplaceContext *context, const Replacement *replacement, const char *message)
{
  g_warning("%s", message);
  if (context->queue && replacement->job_id != FIELD_NULL_INT)
    queue_log(context->queue, replacement->job_id, "warning", message, NULL);
}

typedef struct {
  ReplaceContext *context;
  const Replacement *replacement;
} Warning;

static void warn_job(const char *message, void *user_data)
{
  const Warning *warning = user_data;
  log_to_job(warning->context, warning->replacement, message);
}

/* Where another process committed first: what it wrote. */
static int64_t newest_history(ReplaceContext *context, const Replacement *replacement)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, NULL);
  g_autoptr(GPtrArray) rows =
      conn ? record_with(conn, &history_table, "file_id", DB_INT_OR_NULL(replacement->file_id), NULL) : NULL;
  return rows && rows->len > 0 ? ((const HistoryEntry *)rows->pdata[rows->len - 1])->id : FIELD_NULL_INT;
}

bool commit_finish(ReplaceContext *context, Replacement *replacement, const SwapEnd *end, const CommitRows *rows,
                   int64_t *ret_history_id, GError **error)
{
  Rows write = {.context = context, .end = end, .rows = rows, .history_id = FIELD_NULL_INT};
  Warning warning = {context, replacement};
  if (replacement->state == REPLACEMENT_INTENT &&
      !journal_move(context, replacement, STATE(INTENT), REPLACEMENT_SWAPPED, NULL, NULL, error))
    return false;
  if (!relink_run(replacement, warn_job, &warning, error) ||
      !journal_move(context, replacement, STATE(SWAPPED), REPLACEMENT_COMMITTED, write_rows, &write, error))
    return false;
  *ret_history_id = write.history_id != FIELD_NULL_INT ? write.history_id : newest_history(context, replacement);
  if (write.job_finished)
    queue_publish(context->queue, replacement->job_id);
  g_autoptr(GError) cause = NULL;
  if (!replace_clean(context, replacement, &cause))
    g_warning("Replacement %" G_GINT64_FORMAT " is committed, but its temporary directory is left for the next start: %s",
              replacement->id, cause->message);
  return true;
}

typedef struct {
  Rows rows;
  const char *reason;
} Undone;

static bool write_undone(DbConn *conn, Replacement *replacement, void *user_data, GError **error)
{
  Undone *undone = user_data;
  g_free(replacement->error);
  replacement->error = g_utf8_make_valid(undone->reason, -1);
  return insert_trash(conn, replacement, &undone->rows, error);
}

bool commit_undone(ReplaceContext *context, Replacement *replacement, const SwapEnd *end, const char *reason, GError **error)
{
  Undone undone = {.rows = {.context = context, .end = end}, .reason = reason};
  return journal_move(context, replacement, STATE(INTENT) | STATE(SWAPPED), REPLACEMENT_ABORTED, write_undone, &undone, error) &&
         replace_clean(context, replacement, error);
}

/* --- the whole --- */

/* The caller can only wait for recovery now. */
static bool fail_begun(const Replacement *replacement, GError *cause, GError **error)
{
  ReeveErrorCode code = reeve_error_code(cause) == REEVE_ERROR_UNAVAILABLE ? REEVE_ERROR_UNAVAILABLE : REEVE_ERROR_IO;
  fail(error, code, "The replacement of \"%s\" was interrupted and will be finished by recovery: %s", replacement->source_path,
       cause->message);
  g_error_free(cause);
  return false;
}

bool replace_commit(ReplaceContext *context, Replacement *replacement, const ReplaceCommit *commit, int64_t *ret_history_id,
                    GError **error)
{
  bool busy;
  auto_stage_lock int lock = stage_lock(replacement->stage_directory, STAGE_LOCK_WAIT, &busy);
  (void)lock;
  if (!check_world(replacement, error) ||
      !journal_move(context, replacement, STATE(VERIFIED), REPLACEMENT_INTENT, fence, (void *)commit, error))
    return false;
  SwapEnd end;
  GError *failure = NULL;
  g_autoptr(GError) cause = NULL;
  if (!commit_swap(replacement, &end, &cause, &failure))
    return fail_begun(replacement, failure, error);
  if (!end.is_done) {
    g_autofree char *why =
        cause ? g_strdup(cause->message) : g_strdup_printf("\"%s\" was not replaced: %s.", replacement->source_path, end.why);
    if (!commit_undone(context, replacement, &end, why, &failure))
      return fail_begun(replacement, failure, error);
    return fail(error, cause ? reeve_error_code(cause) : REEVE_ERROR_CONFLICT, "%s", why);
  }
  CommitRows rows = {.media = commit->media, .job_result = commit->job_result, .finish_job = commit->lease != NULL};
  int64_t history_id;
  if (!commit_finish(context, replacement, &end, &rows, &history_id, &failure))
    return fail_begun(replacement, failure, error);
  *ret_history_id = history_id;
  return true;
}
