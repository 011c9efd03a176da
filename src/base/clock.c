/* The system's clocks and one for tests. Test: tests/unit/base/test_clock.c */
#include "base/clock.h"

#include <stdatomic.h>

static int64_t system_now_ms(const Clock *clock)
{
  return g_get_real_time() / 1000;
}

static int64_t system_monotonic_ms(const Clock *clock)
{
  return g_get_monotonic_time() / 1000;
}

const Clock *clock_system(void)
{
  static const Clock system_clock = {.now_ms = system_now_ms, .monotonic_ms = system_monotonic_ms};
  return &system_clock;
}

static int64_t manual_read_ms(const Clock *clock)
{
  return atomic_load(&((const ManualClock *)clock)->value_ms);
}

void manual_clock_init(ManualClock *clock, int64_t now_ms)
{
  clock->clock = (Clock){.now_ms = manual_read_ms, .monotonic_ms = manual_read_ms};
  atomic_init(&clock->value_ms, now_ms);
}

void manual_clock_advance(ManualClock *clock, int64_t by_ms)
{
  atomic_fetch_add(&clock->value_ms, by_ms);
}
