/* Decides what an edit in place changes about a file's rows. Test: tests/unit/store/test_audio_rows.c */
#include "store/audio_work.h"

#include "store/condition.h"
#include "store/record_sql.h"

#include <string.h>

/* What lies below a directory begins with its path and "/"; "0" is the character behind it. */
static void add_path(Condition *condition, const char *path)
{
  char *first = g_strconcat(path, g_str_has_suffix(path, "/") ? "" : "/", NULL), *end = g_strdup(first);
  end[strlen(end) - 1] = '/' + 1;
  g_ptr_array_add(condition->texts, first);
  g_ptr_array_add(condition->texts, end);
  condition_add(condition, "(path = ? OR (path >= ? AND path < ?))", DB_ARGS(DB_TEXT(path), DB_TEXT(first), DB_TEXT(end)));
}

static void add_selection(Condition *condition, const AudioSelection *selection)
{
  condition_add(condition, "state <> ?", DB_ARGS(DB_ENUM(file_state_table, FILE_MISSING)));
  if (selection->root_id != FIELD_NULL_INT)
    condition_add(condition, "root_id = ?", DB_ARGS(DB_INT(selection->root_id)));
  if (selection->path)
    add_path(condition, selection->path);
  if (selection->ids) {
    g_autoptr(GString) list = g_string_new("id IN (-1");
    for (size_t i = 0; i < selection->n_ids; i++)
      g_string_append_printf(list, ", %" G_GINT64_FORMAT, selection->ids[i]);
    g_string_append_c(list, ')');
    condition_add(condition, list->str, DB_NO_ARGS);
  }
  if (selection->without_job != FIELD_NULL_INT)
    condition_add(condition, "NOT EXISTS (SELECT 1 FROM audio_results r WHERE r.job_id = ? AND r.file_id = files.id)",
                  DB_ARGS(DB_INT(selection->without_job)));
}

GPtrArray *audio_work_page(DbConn *conn, const AudioSelection *selection, int64_t after_id, int64_t limit, GError **error)
{
  g_auto(Condition) condition;
  condition_init(&condition);
  add_selection(&condition, selection);
  condition_add(&condition, "id > ?", DB_ARGS(DB_INT(after_id)));
  g_autofree char *tail = g_strdup_printf("%s ORDER BY id LIMIT %" G_GINT64_FORMAT, condition.sql->str, limit);
  return record_list(conn, &file_table, tail, condition_args(&condition), error);
}

bool audio_work_count(DbConn *conn, const AudioSelection *selection, int64_t *ret_count, GError **error)
{
  g_auto(Condition) condition;
  condition_init(&condition);
  add_selection(&condition, selection);
  g_autofree char *sql = g_strconcat("SELECT COUNT(*) FROM files ", condition.sql->str, NULL);
  bool found;
  return db_query_int(conn, sql, condition_args(&condition), ret_count, &found, error);
}

bool audio_work_is_replaced(DbConn *conn, int64_t file_id, bool *ret_replaced, GError **error)
{
  int64_t id;
  return db_query_int(conn,
                      "SELECT id FROM replacements WHERE file_id = $1 AND state IN ('staged', 'verified', 'intent', 'swapped') "
                      "LIMIT 1",
                      DB_ARGS(DB_INT(file_id)), &id, ret_replaced, error);
}

static bool carry_over(DbConn *conn, const LibraryFile *file, const char *before, GError **error)
{
  return db_exec(conn,
                 "INSERT INTO verdicts (fingerprint, profile_id, profile_version, code, reason, created_at_ms) "
                 "SELECT $1, profile_id, profile_version, code, reason, created_at_ms FROM verdicts WHERE fingerprint = $2 "
                 "ON CONFLICT DO NOTHING",
                 DB_ARGS(DB_TEXT(file->fingerprint), DB_TEXT(before)), NULL, error) &&
         db_exec(conn,
                 "UPDATE replacements SET staged_fingerprint = $1 "
                 "WHERE file_id = $2 AND state = 'committed' AND staged_fingerprint = $3",
                 DB_ARGS(DB_TEXT(file->fingerprint), DB_INT(file->id), DB_TEXT(before)), NULL, error);
}

bool audio_work_edited(DbConn *conn, const LibraryFile *file, const char *before, GError **error)
{
  return db_exec(conn,
                 "UPDATE files SET size_bytes = $1, mtime_ns = $2, inode = $3, device = $4, link_count = $5, fingerprint = $6, "
                 "media = $7, updated_at_ms = $8 WHERE id = $9",
                 DB_ARGS(DB_INT(file->size_bytes), DB_INT(file->mtime_ns), DB_INT(file->inode), DB_INT(file->device),
                         DB_INT(file->link_count), DB_TEXT(file->fingerprint), DB_TEXT(file->media), DB_INT(file->updated_at_ms),
                         DB_INT(file->id)),
                 NULL, error) &&
         (!before || !file->fingerprint || carry_over(conn, file, before, error));
}
