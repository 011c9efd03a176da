/* Pages of the history, the newest first.
 * Test: tests/unit/store/test_history_page.c */
#include "store/newest_page.h"
#include "store/replacement.h"

GPtrArray *history_page(DbConn *conn, const HistoryQuery *query, char **ret_next, GError **error)
{
  g_auto(Condition) condition;
  condition_init(&condition);
  if (query->file_id != FIELD_NULL_INT)
    condition_add(&condition, "file_id = ?", DB_ARGS(DB_INT(query->file_id)));
  if (query->root_id != FIELD_NULL_INT)
    condition_add(&condition, "root_id = ?", DB_ARGS(DB_INT(query->root_id)));
  if (query->text && *query->text)
    condition_add_contains(&condition, db_conn_kind(conn), "path", query->text);
  const NewestPage page = {
      .table = &history_table, .time = "created_at_ms", .order = "history-newest", .after = query->after, .limit = query->limit};
  return newest_page(conn, &page, &condition, ret_next, error);
}
