/* Keys in headers, and how often a password may be tried. What a key opens, test_server.c asks of every route. */
#include "api/access.h"

static void test_shown_key(void)
{
  static const struct {
    const char *x_api_key, *authorization, *shown;
  } rows[] = {
      {NULL, NULL, NULL},     {"", NULL, NULL},        {"a", NULL, "a"},          {"a", "Bearer b", "a"},
      {"", "Bearer b", "b"},  {NULL, "bearer b", "b"}, {NULL, "Bearer   b", "b"}, {NULL, "Bearer ", NULL},
      {NULL, "Bearer", NULL}, {NULL, "Basic b", NULL}, {NULL, "Bearerb", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(access_shown_key(rows[i].x_api_key, rows[i].authorization), ==, rows[i].shown);
}

static bool try_login(LoginLimit *limit, const char *address)
{
  bool may = login_limit_enter(limit, address);
  if (may)
    login_limit_leave(limit);
  return may;
}

static void test_login_limit(void)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000);
  LoginLimit *limit = login_limit_new(&clock.clock);
  for (int i = 0; i < LOGIN_TRIES; i++)
    g_assert_true(try_login(limit, "192.0.2.1"));
  g_assert_false(try_login(limit, "192.0.2.1"));
  g_assert_true(try_login(limit, "192.0.2.2"));
  manual_clock_advance(&clock, LOGIN_WINDOW_MS - 1);
  g_assert_false(try_login(limit, "192.0.2.1"));
  manual_clock_advance(&clock, 1);
  g_assert_true(try_login(limit, "192.0.2.1"));
  login_limit_free(limit);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/access/shown-key", test_shown_key);
  g_test_add_func("/access/login-limit", test_login_limit);
  return g_test_run();
}
