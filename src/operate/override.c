/* Where an override is kept and how long it lasts. Test: tests/unit/operate/test_warden.c */
#include "operate/override.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "store/setting.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

#define NAME "governor.override"

static const double hour_ms = 60 * 60 * 1000;

bool override_get(DbConn *conn, GovernorOverride *ret_override, bool *ret_found, GError **error)
{
  g_autoptr(GError) why = NULL;
  bool found = false;
  g_autofree char *text = setting_get(conn, NAME, &found, &why);
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  *ret_found = found;
  if (!found)
    return true;
  g_autoptr(json_t) json = json_parse(text, strlen(text), error);
  record_init(&governor_override_table, ret_override);
  return json && json_to_record(&governor_override_table, json, JSON_TRUSTED, ret_override, NULL, error);
}

static bool end_of(DbConn *conn, const OverrideWish *wish, int64_t now_ms, int64_t *ret_until_ms, GError **error)
{
  if (!isnan(wish->hours)) {
    if (!(wish->hours > 0 && wish->hours <= OVERRIDE_HOURS_MAX))
      return fail(error, REEVE_ERROR_INVALID, "An override lasts for more than 0 and at most %d hours.", OVERRIDE_HOURS_MAX);
    *ret_until_ms = now_ms + MAX(1, (int64_t)(wish->hours * hour_ms));
    return true;
  }
  g_autoptr(GPtrArray) timetables = record_all(conn, &timetable_table, NULL, error);
  if (!timetables)
    return false;
  *ret_until_ms = governor_last_edge(timetables, now_ms);
  return *ret_until_ms != FIELD_NULL_INT ||
         fail(error, REEVE_ERROR_INVALID, "No schedule that is enabled has an edge to wait for; say for how many hours.");
}

bool override_put(DbConn *conn, const OverrideWish *wish, const Clock *clock, GovernorOverride *ret_override, GError **error)
{
  GovernorOverride override = {
      .allow = wish->allow, .by_edge = isnan(wish->hours), .since_ms = clock_now_ms(clock), .running = wish->running};
  if (!end_of(conn, wish, override.since_ms, &override.until_ms, error))
    return false;
  g_autoptr(json_t) json = json_from_record(&governor_override_table, &override, JSON_FULL);
  g_autofree char *text = json_text(json);
  if (!setting_put(conn, NAME, text, clock, error))
    return false;
  *ret_override = override;
  return true;
}

bool override_clear(DbConn *conn, GError **error)
{
  return setting_remove(conn, NAME, error);
}
