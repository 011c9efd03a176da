/* Decides whether a replacement may begin, and takes it to VERIFIED or gives it up: the half of the journal in which nothing of
 * the user's is touched. Test: tests/unit/library/test_replace.c, test_replace_crash.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "library/trash.h"
#include "store/record_sql.h"

#include <string.h>

static bool is_regular(const char *path)
{
  return g_file_test(path, G_FILE_TEST_IS_REGULAR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

/* R5: the disk against what the job saw. Device numbers may change with a reboot, so they are taken from the disk. */
static bool check_source(const ReplaceRequest *request, FileStat *ret_stat, GError **error)
{
  const LibraryFile *file = request->file;
  if (!fs_stat(file->path, ret_stat, error))
    return false;
  if (!is_regular(file->path))
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" is not a regular file and is not replaced.", file->path);
  if (ret_stat->size_bytes != file->size_bytes || ret_stat->mtime_ns != file->mtime_ns || ret_stat->inode != file->inode)
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" changed since it was scanned; scan it again.", file->path);
  if (ret_stat->link_count > 1 && request->root->link_policy == LINKS_SKIP)
    return fail(error, REEVE_ERROR_CONFLICT,
                "\"%s\" has %" G_GINT64_FORMAT " names (hard links) and the root's policy is to leave such files alone.",
                file->path, ret_stat->link_count);
  return true;
}

/* S7. A name that leads to the source itself, on a case-insensitive file system, is free. */
static bool check_target(const char *source, const char *target, const FileStat *source_stat, GError **error)
{
  if (strcmp(source, target) == 0)
    return true;
  FileStat st;
  g_autoptr(GError) cause = NULL;
  if (!fs_stat(target, &st, &cause)) {
    if (reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
      return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  Replacement pair = {.source_path = (char *)source, .target_path = (char *)target};
  bool aliased = false;
  if (replace_same_inode(source_stat->device, source_stat->inode, &st) && !replace_is_alias(&pair, &aliased, error))
    return false;
  return aliased ||
         fail(error, REEVE_ERROR_CONFLICT, "\"%s\" would become \"%s\", but another file has that name.", source, target);
}

/* Work under way on the same file or for the same name, and what it will still write to the same file system. */
static bool check_others(DbConn *conn, const Replacement *replacement, int64_t *ret_promised_bytes, GError **error)
{
  g_autoptr(GPtrArray) others = replacements_unfinished(conn, error);
  if (!others)
    return false;
  *ret_promised_bytes = 0;
  for (guint i = 0; i < others->len; i++) {
    const Replacement *other = others->pdata[i];
    bool same_file = other->file_id == replacement->file_id || strcmp(other->source_path, replacement->source_path) == 0;
    if (same_file)
      return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" is being replaced already.", replacement->source_path);
    if (strcmp(other->target_path, replacement->target_path) == 0 ||
        replace_differs_in_case_only(other->target_path, replacement->target_path))
      return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" would become \"%s\", and so will \"%s\".", replacement->source_path,
                  replacement->target_path, other->source_path);
    FileStat written;
    bool is_near = other->state == REPLACEMENT_STAGED && other->source_device == replacement->source_device;
    if (is_near && other->staged_size_bytes != FIELD_NULL_INT)
      *ret_promised_bytes +=
          MAX(0, other->staged_size_bytes - (fs_stat(other->stage_path, &written, NULL) ? written.size_bytes : 0));
  }
  return true;
}

/* S4. */
static bool check_space(const ReplaceContext *context, const ReplaceRequest *request, const Replacement *replacement,
                        int64_t promised_bytes, GError **error)
{
  g_autofree char *library = g_path_get_dirname(replacement->source_path);
  ReplaceNeed need = {
      .path = replacement->source_path,
      .new_bytes = request->expected_bytes,
      .promised_bytes = promised_bytes,
      .library_directory = library,
      .reserve_bytes = context->reserve_bytes,
  };
  if (!fs_space(library, &need.library, error))
    return false;
  g_autofree char *trash = request->keep_days > 0 ? trash_directory(request->root) : NULL;
  bool elsewhere = false;
  if (trash && !replace_is_elsewhere(trash, replacement->source_path, &elsewhere, error))
    return false;
  if (elsewhere) {
    if (!fs_space(trash, &need.trash, error))
      return false;
    need.trash_directory = trash;
    need.trash_bytes = replacement->source_size_bytes;
  }
  return replace_admit(&need, error);
}

/* Everything about the row that does not need its id. */
static bool fill_row(const ReplaceContext *context, const ReplaceRequest *request, Replacement *row, GError **error)
{
  FileStat st;
  if (!check_source(request, &st, error))
    return false;
  row->source_path = g_strdup(request->file->path);
  row->target_path = replace_target_path(row->source_path, request->extension, error);
  if (!row->target_path || !check_target(row->source_path, row->target_path, &st, error))
    return false;
  row->source_fingerprint = fs_fingerprint(row->source_path, error);
  if (!row->source_fingerprint)
    return false;
  row->state = REPLACEMENT_STAGED;
  row->kind = request->kind;
  row->job_id = request->lease.owner ? request->lease.job_id : FIELD_NULL_INT;
  row->lease_epoch = request->lease.owner ? request->lease.epoch : 0;
  row->file_id = request->file->id;
  row->root_id = request->root->id;
  row->stage_directory = g_strdup("");
  row->stage_path = g_strdup("");
  row->source_device = st.device;
  row->source_inode = st.inode;
  row->source_size_bytes = st.size_bytes;
  row->source_mtime_ns = st.mtime_ns;
  row->source_link_count = st.link_count;
  row->staged_device = row->staged_inode = FIELD_NULL_INT;
  row->staged_size_bytes = request->expected_bytes; /* until it is known: what others must leave free */
  row->undo_of = request->undo_of;
  row->facts = facts_with_int(NULL, FACT_KEEP_DAYS, request->keep_days);
  row->created_at_ms = row->updated_at_ms = clock_now_ms(context->clock);
  return true;
}

/* Names that carry the id. A trash directory of that number that is there already is of another life of the database. */
static void fill_places(const ReplaceRequest *request, Replacement *row)
{
  g_free(row->stage_directory);
  g_free(row->stage_path);
  row->stage_directory = replace_stage_directory(row->source_path, row->id);
  g_autofree char *name = g_path_get_basename(row->target_path);
  row->stage_path = g_build_filename(row->stage_directory, name, NULL);
  if (request->keep_days <= 0)
    return;
  row->trash_path = trash_place(request->root, row->id, row->source_path);
  g_autofree char *directory = g_path_get_dirname(row->trash_path);
  if (!fs_exists(directory))
    return;
  g_autofree char *stage_name = g_path_get_basename(row->stage_directory);
  g_autofree char *trash = trash_directory(request->root);
  g_autofree char *source_name = g_path_get_basename(row->source_path);
  g_free(row->trash_path);
  row->trash_path = g_build_filename(trash, stage_name + strlen(REPLACE_STAGE_PREFIX), source_name, NULL);
}

static bool insert_row(ReplaceContext *context, const ReplaceRequest *request, Replacement *row, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  int64_t promised_bytes;
  if (!transaction || !check_others(conn, row, &promised_bytes, error) ||
      !check_space(context, request, row, promised_bytes, error))
    return false;
  if (request->lease.owner && !queue_check_lease_in(conn, &request->lease, error))
    return false;
  if (!record_insert(conn, &replacement_table, row, error))
    return false;
  fill_places(request, row);
  return record_update(conn, &replacement_table, row, error) && db_commit(transaction, error);
}

static bool make_stage(const Replacement *row, GError **error)
{
  return fs_mkdir(row->stage_directory, 0700, error) && stage_lock_make(row->stage_directory, error) &&
         fs_fsync_parent(row->stage_directory, error);
}

bool replace_stage(ReplaceContext *context, const ReplaceRequest *request, Replacement *ret_replacement, GError **error)
{
  Replacement row = {0};
  g_autoptr(GError) cause = NULL;
  if (!fill_row(context, request, &row, error) || !insert_row(context, request, &row, error)) {
    record_clear(&replacement_table, &row);
    return false;
  }
  if (!make_stage(&row, &cause)) {
    if (!replace_abort(context, &row, cause->message, NULL))
      g_debug("Replacement %" G_GINT64_FORMAT " could not be aborted; recovery will", row.id);
    record_clear(&replacement_table, &row);
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  *ret_replacement = row;
  return true;
}

/* The new file may come from an encoder that does not deserve trust: it must be a plain file of its own. */
static bool check_staged(const Replacement *replacement, FileStat *ret_stat, GError **error)
{
  if (!fs_stat(replacement->stage_path, ret_stat, error))
    return false;
  if (!is_regular(replacement->stage_path))
    return fail(error, REEVE_ERROR_CORRUPT, "The new file for \"%s\" is not a regular file.", replacement->source_path);
  if (replacement->kind != REPLACE_UNDO && ret_stat->link_count != 1)
    return fail(error, REEVE_ERROR_CORRUPT, "The new file for \"%s\" has more than one name.", replacement->source_path);
  return ret_stat->size_bytes > 0 ||
         fail(error, REEVE_ERROR_CORRUPT, "The new file for \"%s\" is empty.", replacement->source_path);
}

/* S3. An original that comes back has its own. */
static bool copy_metadata(ReplaceContext *context, const Replacement *replacement, char **ret_dropped, GError **error)
{
  *ret_dropped = NULL;
  if (replacement->kind == REPLACE_UNDO)
    return true;
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  Root root = {0};
  record_init(&root_table, &root);
  bool ok = conn && record_get(conn, &root_table, replacement->root_id, &root, error);
  FsMetadataFlags flags = root.keep_mtime ? FS_KEEP_MTIME : FS_METADATA_ONLY;
  record_clear(&root_table, &root);
  return ok && fs_copy_metadata(replacement->source_path, replacement->stage_path, flags, ret_dropped, error);
}

static bool take_identity(Replacement *next, GError **error)
{
  FileStat st;
  g_autofree char *fingerprint = fs_fingerprint(next->stage_path, error);
  if (!fingerprint || !check_staged(next, &st, error))
    return false;
  next->staged_device = st.device;
  next->staged_inode = st.inode;
  next->staged_size_bytes = st.size_bytes;
  g_free(next->staged_fingerprint);
  next->staged_fingerprint = g_steal_pointer(&fingerprint);
  return true;
}

static bool make_verified(ReplaceContext *context, Replacement *next, const char *facts, char **ret_dropped, GError **error)
{
  FileStat st;
  g_autofree char *joined = facts_join(next->facts, facts, error);
  if (!joined || !check_staged(next, &st, error) || !copy_metadata(context, next, ret_dropped, error))
    return false;
  g_free(next->facts);
  next->facts = *ret_dropped ? facts_with_text(joined, FACT_NOT_KEPT, *ret_dropped) : g_steal_pointer(&joined);
  return fs_fsync(next->stage_path, error) && fs_fsync_dir(next->stage_directory, error) && take_identity(next, error) &&
         journal_move(context, next, 1u << REPLACEMENT_STAGED, REPLACEMENT_VERIFIED, NULL, NULL, error);
}

bool replace_verified(ReplaceContext *context, Replacement *replacement, const char *facts, GError **error)
{
  Replacement next = {0};
  record_copy(&replacement_table, replacement, &next);
  g_autofree char *dropped = NULL;
  if (!make_verified(context, &next, facts, &dropped, error)) {
    record_clear(&replacement_table, &next);
    return false;
  }
  record_clear(&replacement_table, replacement);
  *replacement = next;
  if (dropped && replacement->job_id != FIELD_NULL_INT && context->queue)
    queue_log(context->queue, replacement->job_id, "warning", dropped, NULL);
  return true;
}

static bool set_reason(DbConn *conn, Replacement *replacement, void *user_data, GError **error)
{
  g_free(replacement->error);
  replacement->error = g_utf8_make_valid(user_data, -1);
  return true;
}

bool replace_abort(ReplaceContext *context, Replacement *replacement, const char *reason, GError **error)
{
  unsigned from = 1u << REPLACEMENT_STAGED | 1u << REPLACEMENT_VERIFIED;
  if (!journal_move(context, replacement, from, REPLACEMENT_ABORTED, set_reason, (void *)reason, error))
    return false;
  return replace_clean(context, replacement, error);
}
