/* How long a job waits for files that cannot be changed yet: those being written or transcoded, or that have other names.
 *
 * Pure. Thread-safety: no state. */
#pragma once

#include <stdint.h>

enum {
  WAIT_FIRST_MS = 10 * 60 * 1000,       /* before the second look */
  WAIT_LONGEST_MS = 6 * 60 * 60 * 1000, /* between two looks: each pause is as long as all before it together, up to this */
  WAIT_DAY_MS = 24 * 60 * 60 * 1000,
  WAIT_END_MS = 7 * WAIT_DAY_MS, /* after the first look: the last one */
};

/* When a file is looked at again that was found waiting at `now_ms`, and for the first time at `since_ms`; INT64_MIN once that is
 * WAIT_END_MS ago: it is given up. The last look is at that very time. A clock that was set back makes the waiting longer, never
 * endless: each look is at most WAIT_LONGEST_MS away. */
int64_t wait_next_ms(int64_t since_ms, int64_t now_ms);

/* "10 minutes", "6 hours". The caller frees it. */
char *wait_words(int64_t pause_ms);
