/* The system's clocks and one for tests. Test: tests/unit/base/test_clock.c */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

/* Below it clocks drift, and are put right by little steps. */
static const int64_t jump_least_ms = 60 * 1000;

static int64_t system_now_ms(const Clock *clock)
{
  return g_get_real_time() / 1000;
}

static int64_t system_monotonic_ms(const Clock *clock)
{
  struct timespec time;
  clock_gettime(CLOCK_BOOTTIME, &time); /* goes on while the machine sleeps, as the leases of other machines do */
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

const Clock *clock_system(void)
{
  static const Clock system_clock = {.now_ms = system_now_ms, .monotonic_ms = system_monotonic_ms};
  return &system_clock;
}

int64_t clock_watch_jump_ms(ClockWatch *watch, const Clock *clock)
{
  int64_t ahead_ms = clock_now_ms(clock) - clock_monotonic_ms(clock);
  int64_t jump_ms = watch->started ? ahead_ms - watch->ahead_ms : 0;
  watch->started = true;
  if (jump_ms > -jump_least_ms && jump_ms < jump_least_ms)
    jump_ms = 0;
  watch->ahead_ms = ahead_ms;
  return jump_ms;
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
