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

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/clock/system", test_system);
  g_test_add_func("/clock/manual", test_manual);
  return g_test_run();
}
