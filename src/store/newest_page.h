/* Pages of tables that only grow, the newest first.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/condition.h"

typedef struct {
  const FieldTable *table; /* with a field id */
  const char *time;        /* the field that it is sorted by, milliseconds; ties by id */
  const char *order;       /* names the order in cursors */
  const char *after;       /* `next` of the page before, or NULL */
  int64_t limit;           /* clamped to 1..500 */
} NewestPage;

/* The rows of one page that fit `condition`, to which the place of the page is added. *ret_next is NULL on the last page; the
 * caller frees it. NULL on error: INVALID for a cursor that is not ours. */
GPtrArray *newest_page(DbConn *conn, const NewestPage *page, Condition *condition, char **ret_next, GError **error);
