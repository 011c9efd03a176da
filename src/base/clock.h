/* Time as a dependency, so that tests can move it. All times are epoch milliseconds UTC; durations are measured monotonically.
 *
 * Thread-safety: the functions may be called from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Clock Clock;
struct Clock {
  int64_t (*now_ms)(const Clock *clock);       /* wall clock */
  int64_t (*monotonic_ms)(const Clock *clock); /* never goes back, and goes on while the machine sleeps */
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

/* Notices that the wall clock was set: by a person, or by the network on a machine that starts in 1970. Begins as {0}. */
typedef struct {
  bool started;
  int64_t ahead_ms; /* the wall clock, of the monotonic one */
} ClockWatch;

/* By how much the wall clock was set since the last call: positive, forward; 0: not, or by less than a minute. */
int64_t clock_watch_jump_ms(ClockWatch *watch, const Clock *clock);

/* A clock that stands still until it is set; both readings are `now_ms`. For tests. */
typedef struct {
  Clock clock;
  _Atomic int64_t value_ms;
} ManualClock;

void manual_clock_init(ManualClock *clock, int64_t now_ms);
void manual_clock_advance(ManualClock *clock, int64_t by_ms);
