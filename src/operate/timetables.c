/* Decides which schedules can be together. Test: tests/unit/api/test_server_governor.c, tests/system/watch.test.ts */
#include "operate/timetables.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "store/root.h"

bool timetables_allow(DbConn *conn, const Timetable *timetable, GError **error)
{
  g_autoptr(GPtrArray) all = record_all(conn, &timetable_table, NULL, error);
  for (guint i = 0; all && i < all->len; i++) {
    const Timetable *other = all->pdata[i];
    if (other->id == timetable->id)
      continue;
    if (g_str_equal(other->name, timetable->name))
      return fail(error, REEVE_ERROR_CONFLICT, "There is already a schedule named %s.", other->name);
    if (other->everywhere && timetable->everywhere)
      return fail(error, REEVE_ERROR_CONFLICT, "The schedule %s holds everywhere already; take that from it first.", other->name);
  }
  return all != NULL;
}

bool timetables_remove(DbConn *conn, const Timetable *timetable, GError **error)
{
  g_autofree char *root = NULL;
  if (!root_of_schedule(conn, timetable->id, &root, error))
    return false;
  if (root)
    return fail(error, REEVE_ERROR_CONFLICT, "The root %s uses the schedule %s; give it another one first.", root,
                timetable->name);
  return record_delete(conn, &timetable_table, timetable->id, error);
}
