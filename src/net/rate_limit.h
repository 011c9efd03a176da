/* How often something may be done: a token bucket, kept as the generic cell rate algorithm (ITU-T I.371, annex A), which needs
 * one number instead of a count and a time, and no rounding of tokens.
 *
 * Callers reserve a place and are told how long to wait for it: places are given in the order of asking, so that nobody starves.
 *
 * Thread-safety: any thread. Nothing here waits or reads a clock: the caller brings the time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int64_t interval_ms; /* between two, once the burst is used up; at least 1 */
  int64_t burst;       /* as many may go at once after a pause; at least 1 */
} RateLimitRule;

typedef struct RateLimit RateLimit;

RateLimit *rate_limit_new(RateLimitRule rule); /* the rule's values are raised to 1 if they are below */
void rate_limit_free(RateLimit *limit);        /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RateLimit, rate_limit_free)

/* Takes a place at `now_ms` (monotonic) and sets *ret_wait_ms to how long to wait before using it: 0 for at once. False, with
 * nothing taken, if that would be longer than `max_wait_ms`; *ret_wait_ms is then how long it would have been. */
bool rate_limit_reserve(RateLimit *limit, int64_t now_ms, int64_t max_wait_ms, int64_t *ret_wait_ms);

/* Gives back a place that was reserved and will not be used, so that those who come after wait less. */
void rate_limit_give_back(RateLimit *limit);

/* From `now_ms` on nobody gets a place for `for_ms`: the other side asked for silence (429, Retry-After). A longer silence that
 * was asked for before stays. */
void rate_limit_hold(RateLimit *limit, int64_t now_ms, int64_t for_ms);
