/* How a time stands in a header. */
#include "api/http_date.h"

#include <glib.h>

static void test_dates(void)
{
  static const struct {
    int64_t ms;
    const char *text;
  } rows[] = {
      {784111777 * 1000LL, "Sun, 06 Nov 1994 08:49:37 GMT"}, /* RFC 9110, 5.6.7 */
      {784111777 * 1000LL + 999, "Sun, 06 Nov 1994 08:49:37 GMT"},
      {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
      {951782400 * 1000LL, "Tue, 29 Feb 2000 00:00:00 GMT"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = http_date(rows[i].ms);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http-date/dates", test_dates);
  return g_test_run();
}
