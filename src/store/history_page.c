/* Pages of the history, the newest first.
 * Test: tests/unit/store/test_history_page.c */
#include "store/condition.h"
#include "store/cursor.h"
#include "store/record_sql.h"
#include "store/replacement.h"

enum { PAGE_MAX = 500 };

static const char order[] = "history-newest";

GPtrArray *history_page(DbConn *conn, const HistoryQuery *query, char **ret_next, GError **error)
{
  guint limit = (guint)CLAMP(query->limit, 1, PAGE_MAX);
  g_auto(Condition) condition;
  condition_init(&condition);
  if (query->file_id != FIELD_NULL_INT)
    condition_add(&condition, "file_id = ?", DB_ARGS(DB_INT(query->file_id)));
  if (query->root_id != FIELD_NULL_INT)
    condition_add(&condition, "root_id = ?", DB_ARGS(DB_INT(query->root_id)));
  if (query->text && *query->text)
    condition_add_contains(&condition, db_conn_kind(conn), "path", query->text);
  if (query->after) {
    int64_t time, id;
    if (!cursor_parse_int(query->after, order, &time, &id, error))
      return NULL;
    condition_add(&condition, "(created_at_ms, id) < (?, ?)", DB_ARGS(DB_INT(time), DB_INT(id)));
  }
  g_autofree char *tail = g_strdup_printf("%s ORDER BY created_at_ms DESC, id DESC LIMIT %u", condition.sql->str, limit + 1);
  g_autoptr(GPtrArray) entries = record_list(conn, &history_table, tail, condition_args(&condition), error);
  if (!entries)
    return NULL;
  char *next = NULL;
  if (entries->len > limit) { /* one more than asked for: there is a next page */
    g_ptr_array_set_size(entries, (gint)limit);
    const HistoryEntry *last = entries->pdata[limit - 1];
    g_autofree char *time = g_strdup_printf("%" G_GINT64_FORMAT, last->created_at_ms);
    next = cursor_new(order, time, last->id);
  }
  *ret_next = next;
  return g_steal_pointer(&entries);
}
