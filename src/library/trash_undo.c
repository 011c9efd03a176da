/* Decides whether an original can come back, and brings it back through the replacement journal.
 * Test: tests/unit/library/test_trash.c, test_replace_crash.c */
#include "library/trash.h"

#include "base/error.h"
#include "library/replace_internal.h"
#include "store/record_sql.h"

#include <string.h>

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

typedef struct {
  HistoryEntry history;
  TrashEntry trash;
  Replacement replacement; /* the one to undo */
  LibraryFile file;
  Root root;
} Undo;

static void undo_init(Undo *undo)
{
  *undo = (Undo){0};
  record_init(&history_table, &undo->history);
  record_init(&trash_table, &undo->trash);
  record_init(&replacement_table, &undo->replacement);
  record_init(&file_table, &undo->file);
  record_init(&root_table, &undo->root);
}

static void undo_clear(Undo *undo)
{
  record_clear(&history_table, &undo->history);
  record_clear(&trash_table, &undo->trash);
  record_clear(&replacement_table, &undo->replacement);
  record_clear(&file_table, &undo->file);
  record_clear(&root_table, &undo->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Undo, undo_clear)

static bool refuse(const Undo *undo, const char *why, GError **error)
{
  return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" cannot be undone: %s.", undo->history.path, why);
}

/* A row that an undo needs: its absence is a reason, not a failure. */
static bool need(DbConn *conn, const Undo *undo, const FieldTable *table, int64_t id, void *record, const char *why,
                 GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (id == FIELD_NULL_INT)
    return refuse(undo, why, error);
  if (record_get(conn, table, id, record, &cause))
    return true;
  if (reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
    return refuse(undo, why, error);
  g_propagate_error(error, g_steal_pointer(&cause));
  return false;
}

static bool check_history(const Undo *undo, GError **error)
{
  if (undo->history.state == HISTORY_UNDONE)
    return refuse(undo, "it was undone already", error);
  if (undo->history.trash_id == FIELD_NULL_INT)
    return refuse(undo, "the original was not kept", error);
  return true;
}

static bool check_trash(DbConn *conn, const Undo *undo, GError **error)
{
  bool there, ours;
  if (undo->trash.state == TRASH_PURGED)
    return refuse(undo, "the original was deleted from the trash", error);
  if (undo->trash.state == TRASH_RESTORED)
    return refuse(undo, "the original was restored already", error);
  if (!trash_is_ours(conn, &undo->trash, &there, &ours, error))
    return false;
  if (!there)
    return refuse(undo, "the original is no longer in the trash", error);
  return ours || refuse(undo, "the file in the trash is not the original any more", error);
}

/* The library's file must be what the replacement made, wherever it was moved to: by row, by disk and by content. */
static bool check_file(const Undo *undo, GError **error)
{
  FileStat st;
  g_autoptr(GError) cause = NULL;
  if (!fs_stat(undo->file.path, &st, &cause)) {
    if (reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
      return refuse(undo, "the library's file is missing", error);
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  g_autofree char *fingerprint = NULL;
  bool same_size = st.size_bytes == undo->replacement.staged_size_bytes;
  if (same_size && !(fingerprint = fs_fingerprint(undo->file.path, error)))
    return false;
  if (!same_size || g_strcmp0(fingerprint, undo->replacement.staged_fingerprint) != 0)
    return refuse(undo, "the library's file changed since", error);
  return true;
}

static bool load(DbConn *conn, int64_t history_id, Undo *undo, GError **error)
{
  static const char gone[] = "the library does not have the file any more";
  return record_get(conn, &history_table, history_id, &undo->history, error) && check_history(undo, error) &&
         need(conn, undo, &trash_table, undo->history.trash_id, &undo->trash, "its trash entry is gone", error) &&
         check_trash(conn, undo, error) &&
         need(conn, undo, &replacement_table, undo->trash.replacement_id, &undo->replacement, "its journal entry is gone",
              error) &&
         need(conn, undo, &file_table, undo->history.file_id, &undo->file, gone, error) &&
         need(conn, undo, &root_table, undo->file.root_id, &undo->root, gone, error) && check_file(undo, error);
}

static bool load_checked(ReplaceContext *context, int64_t history_id, Undo *undo, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  return conn && load(conn, history_id, undo, error);
}

bool trash_can_undo(ReplaceContext *context, int64_t history_id, GError **error)
{
  g_auto(Undo) undo;
  undo_init(&undo);
  return load_checked(context, history_id, &undo, error);
}

/* A second name where possible: no bytes move and the trash keeps its entry until the end. Else a copy. */
static bool fill_stage(const Undo *undo, const Replacement *staged, Cancel *cancel, GError **error)
{
  bool elsewhere, linked = false;
  if (!replace_is_elsewhere(undo->trash.trash_path, staged->stage_directory, &elsewhere, error))
    return false;
  if (!elsewhere && !fs_link(undo->trash.trash_path, staged->stage_path, &linked, error))
    return false;
  return linked || replace_copy_whole(undo->trash.trash_path, staged->stage_path, undo->replacement.source_size_bytes,
                                      undo->replacement.source_fingerprint, cancel, error);
}

/* What the row will say about the original. One that cannot be read comes back all the same: it is the user's file. */
static MediaInfo *media_of(const ReplaceContext *context, const char *path)
{
  g_autoptr(GError) why = NULL;
  MediaInfo *media = context->probe ? context->probe(path, context->probe_data, &why) : NULL;
  if (why)
    g_message("An original that comes back cannot be read and is left to the next scan: %s", why->message);
  return media;
}

static bool put_through(ReplaceContext *context, const Undo *undo, const LeaseRef *lease, Cancel *cancel, Replacement *staged,
                        int64_t *ret_history_id, GError **error)
{
  if (!fill_stage(undo, staged, cancel, error) || !cancel_check(cancel, error) || !replace_verified(context, staged, NULL, error))
    return false;
  g_autoptr(MediaInfo) media = media_of(context, staged->stage_path);
  ReplaceCommit commit = {.media = media, .lease = lease};
  return replace_commit(context, staged, &commit, ret_history_id, error);
}

/* What must be free beside the file: nothing where the original can be linked, as far as that is known beforehand. */
static bool expected_bytes(const Undo *undo, int64_t *ret_bytes, GError **error)
{
  bool elsewhere;
  if (!replace_is_elsewhere(undo->trash.trash_path, undo->file.path, &elsewhere, error))
    return false;
  *ret_bytes = elsewhere ? undo->trash.size_bytes : 0;
  return true;
}

static int64_t keep_days(const TrashEntry *trash)
{
  return trash->expires_at_ms == FIELD_NULL_INT ? 7 : MAX(1, (trash->expires_at_ms - trash->created_at_ms) / DAY_MS);
}

bool trash_undo(ReplaceContext *context, int64_t history_id, const LeaseRef *lease, Cancel *cancel, int64_t *ret_history_id,
                GError **error)
{
  g_auto(Undo) undo;
  undo_init(&undo);
  if (!load_checked(context, history_id, &undo, error))
    return false;
  const char *extension = strrchr(undo.trash.original_path, '.');
  ReplaceRequest request = {
      .kind = REPLACE_UNDO,
      .root = &undo.root,
      .file = &undo.file,
      .extension = extension && !strchr(extension, '/') ? extension : NULL,
      .keep_days = keep_days(&undo.trash),
      .undo_of = history_id,
  };
  if (lease)
    request.lease = *lease;
  Replacement staged = {0};
  if (!expected_bytes(&undo, &request.expected_bytes, error) || !replace_stage(context, &request, &staged, error))
    return false;
  g_autoptr(GError) cause = NULL;
  bool ok = put_through(context, &undo, lease, cancel, &staged, ret_history_id, &cause);
  if (!ok) {
    if (staged.state < REPLACEMENT_INTENT && !replace_abort(context, &staged, cause->message, NULL))
      g_debug("Replacement %" G_GINT64_FORMAT " could not be aborted; recovery will", staged.id);
    g_propagate_error(error, g_steal_pointer(&cause));
  }
  record_clear(&replacement_table, &staged);
  return ok;
}
