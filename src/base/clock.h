/* Time as a dependency, so that tests can move it. All times are epoch milliseconds UTC; durations are measured monotonically.
 *
 * Thread-safety: the functions may be called from any thread. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct Clock Clock;
struct Clock {
  int64_t (*now_ms)(const Clock *clock);       /* wall clock */
  int64_t (*monotonic_ms)(const Clock *clock); /* never goes back */
};

/* The system's clocks. Never freed. */
const Clock *clock_system(void);

static inline int64_t clock_now_ms(const Clock *clock)
{
  return clock->now_ms(clock);
}

static inline int64_t clock_monotonic_ms(const Clock *clock)
{
  return clock->monotonic_ms(clock);
}

/* A clock that stands still until it is set; both readings are `now_ms`. For tests. */
typedef struct {
  Clock clock;
  _Atomic int64_t value_ms;
} ManualClock;

void manual_clock_init(ManualClock *clock, int64_t now_ms);
void manual_clock_advance(ManualClock *clock, int64_t by_ms);
