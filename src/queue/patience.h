/* When whoever looks for leases that ran out was away itself: the machine slept, the process was stopped, or the clock was set.
 * Leases ran out meanwhile that belong to workers which are waking up, too, and must be given time to say that they live.
 *
 * Thread-safety: a plain value. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
  PATIENCE_AWAY_MS = 15 * 1000, /* between two looks: longer, and nobody looked */
  PATIENCE_MS = 15 * 1000,      /* with workers, after that: a lease is renewed after a quarter of its 30 s */
};

/* Begins as {0}. Times are those of the wall clock, as the leases' are. */
typedef struct {
  int64_t looked_at_ms, until_ms;
} Patience;

/* At each look, every few seconds: whether it should be passed over. *ret_gap_ms is how long nobody looked if that was found out
 * just now (negative: the clock was set back), else 0. */
bool patience_asked(Patience *patience, int64_t now_ms, int64_t *ret_gap_ms);
