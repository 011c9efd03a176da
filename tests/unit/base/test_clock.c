#include "base/clock.h"

static void test_system(void)
{
  const Clock *clock = clock_system();
  int64_t wall_ms = clock_now_ms(clock), first_ms = clock_monotonic_ms(clock);
  g_assert_cmpint(wall_ms, >, INT64_C(1600000000000)); /* milliseconds, not seconds or microseconds */
  g_assert_cmpint(wall_ms, <, INT64_C(16000000000000));
  g_assert_cmpint(clock_monotonic_ms(clock), >=, first_ms);
}

static void test_manual(void)
{
  ManualClock manual;
  manual_clock_init(&manual, 1000);
  g_assert_cmpint(clock_now_ms(&manual.clock), ==, 1000);
  manual_clock_advance(&manual, 250);
  g_assert_cmpint(clock_now_ms(&manual.clock), ==, 1250);
  g_assert_cmpint(clock_monotonic_ms(&manual.clock), ==, 1250);
}

static int64_t wall_ms, steady_ms;

static int64_t read_wall(const Clock *clock)
{
  return wall_ms;
}

static int64_t read_steady(const Clock *clock)
{
  return steady_ms;
}

static void test_watch(void)
{
  static const Clock clock = {.now_ms = read_wall, .monotonic_ms = read_steady};
  static const struct {
    int64_t wall_s, steady_s, jump_s; /* by which both went on, and what is found */
  } rows[] = {{0, 0, 0},   {60, 60, 0},       {61, 60, 0}, {3600 * 9, 3600 * 9, 0}, {60 + 86400, 60, 86400},
              {60, 60, 0}, {-7200, 60, -7260}};
  ClockWatch watch = {0};
  wall_ms = 1000;
  steady_ms = 5;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    wall_ms += rows[i].wall_s * 1000;
    steady_ms += rows[i].steady_s * 1000;
    g_assert_cmpint(clock_watch_jump_ms(&watch, &clock), ==, rows[i].jump_s * 1000);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/clock/system", test_system);
  g_test_add_func("/clock/manual", test_manual);
  g_test_add_func("/clock/watch", test_watch);
  return g_test_run();
}
