/* How a list that is read from its newest end is paged. Test: tests/unit/store/test_history_page.c */
#include "store/newest_page.h"

#include "store/cursor.h"
#include "store/record_sql.h"

enum { PAGE_MAX = 500 };

static int64_t int_of(const FieldTable *table, const char *name, const void *record)
{
  return *(const int64_t *)field_peek(field_find(table, name), record);
}

GPtrArray *newest_page(DbConn *conn, const NewestPage *page, Condition *condition, char **ret_next, GError **error)
{
  guint limit = (guint)CLAMP(page->limit, 1, PAGE_MAX);
  if (page->after) {
    int64_t time, id;
    if (!cursor_parse_int(page->after, page->order, &time, &id, error))
      return NULL;
    g_autofree char *sql = g_strdup_printf("(%s, id) < (?, ?)", page->time);
    condition_add(condition, sql, DB_ARGS(DB_INT(time), DB_INT(id)));
  }
  g_autofree char *tail = g_strdup_printf("%s ORDER BY %s DESC, id DESC LIMIT %u", condition->sql->str, page->time, limit + 1);
  g_autoptr(GPtrArray) entries = record_list(conn, page->table, tail, condition_args(condition), error);
  if (!entries)
    return NULL;
  char *next = NULL;
  if (entries->len > limit) { /* one more than asked for: there is a next page */
    g_ptr_array_set_size(entries, (gint)limit);
    const void *last = entries->pdata[limit - 1];
    g_autofree char *time = g_strdup_printf("%" G_GINT64_FORMAT, int_of(page->table, page->time, last));
    next = cursor_new(page->order, time, int_of(page->table, "id", last));
  }
  *ret_next = next;
  return g_steal_pointer(&entries);
}
