/* Decides how a time is written in a header. Test: tests/unit/api/test_http_date.c */
#include "api/http_date.h"

#include <glib.h>

char *http_date(int64_t ms)
{
  static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(ms / 1000);
  return g_strdup_printf("%s, %02d %s %04d %02d:%02d:%02d GMT", days[g_date_time_get_day_of_week(time) - 1],
                         g_date_time_get_day_of_month(time), months[g_date_time_get_month(time) - 1], g_date_time_get_year(time),
                         g_date_time_get_hour(time), g_date_time_get_minute(time), g_date_time_get_second(time));
}
