/* Decides what a finished replacement may remove: its stage directory, known by a name that only its row can have made, and the
 * trash entry that an undo brought back. Test: tests/unit/library/test_replace_crash.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "store/record_sql.h"

#include <string.h>

/* The restored entry's file: its bytes are in the library again. */
static bool remove_restored(ReplaceContext *context, const Replacement *replacement, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  if (!conn)
    return false;
  HistoryEntry undone = {0};
  TrashEntry entry = {0};
  record_init(&history_table, &undone);
  record_init(&trash_table, &entry);
  bool there = false, ours = false;
  bool ok = record_get(conn, &history_table, replacement->undo_of, &undone, error) && undone.trash_id != FIELD_NULL_INT &&
            record_get(conn, &trash_table, undone.trash_id, &entry, error) && trash_is_ours(conn, &entry, &there, &ours, error);
  if (ok && (ours || !there)) /* a crash may have left its directory */
    ok = trash_remove_file(&entry, error);
  else if (ok)
    g_warning("\"%s\" is not what was put into the trash and is left there", entry.trash_path);
  record_clear(&history_table, &undone);
  record_clear(&trash_table, &entry);
  return ok;
}

static bool forget_stage(DbConn *conn, Replacement *replacement, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  Replacement row = {0};
  bool ok = transaction && journal_read(conn, replacement->id, true, &row, error);
  if (ok) {
    g_clear_pointer(&row.stage_directory, g_free);
    row.stage_directory = g_strdup("");
    ok = record_update(conn, &replacement_table, &row, error) && db_commit(transaction, error);
  }
  record_clear(&replacement_table, &row);
  return ok;
}

bool replace_clean(ReplaceContext *context, Replacement *replacement, GError **error)
{
  const char *stage = replacement->stage_directory;
  if (!stage || stage[0] == '\0')
    return true;
  g_autofree char *name = g_path_get_basename(stage);
  if (!g_str_has_prefix(name, REPLACE_STAGE_PREFIX))
    return fail(error, REEVE_ERROR_INTERNAL, "\"%s\" is not the name of a temporary directory of ours and is left.", stage);
  if (replacement->kind == REPLACE_UNDO && replacement->state == REPLACEMENT_COMMITTED &&
      !remove_restored(context, replacement, error))
    return false;
  if (!fs_remove_tree(stage, error) || !fs_fsync_parent(stage, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  if (!conn || !forget_stage(conn, replacement, error))
    return false;
  g_free(replacement->stage_directory);
  replacement->stage_directory = g_strdup("");
  return true;
}
