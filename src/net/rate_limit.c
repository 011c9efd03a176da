/* Decides when the next may go. Test: tests/unit/net/test_rate_limit.c */
#include "net/rate_limit.h"

/* `due_ms` is when the bucket will be full again. A place is free while that is at most burst - 1 intervals away; each place
 * taken moves it one interval on. A hold moves nothing: it is a time of its own, or giving back a place would shorten it. */
struct RateLimit {
  GMutex lock;
  RateLimitRule rule;
  int64_t due_ms;
  int64_t held_until_ms;
};

RateLimit *rate_limit_new(RateLimitRule rule)
{
  RateLimit *limit = g_new0(RateLimit, 1);
  g_mutex_init(&limit->lock);
  limit->rule = (RateLimitRule){.interval_ms = MAX(rule.interval_ms, 1), .burst = MAX(rule.burst, 1)};
  limit->due_ms = limit->held_until_ms = G_MININT64 / 2;
  return limit;
}

void rate_limit_free(RateLimit *limit)
{
  if (!limit)
    return;
  g_mutex_clear(&limit->lock);
  g_free(limit);
}

bool rate_limit_reserve(RateLimit *limit, int64_t now_ms, int64_t max_wait_ms, int64_t *ret_wait_ms)
{
  g_mutex_lock(&limit->lock);
  const RateLimitRule *rule = &limit->rule;
  int64_t from_ms = MAX(now_ms, limit->held_until_ms);
  int64_t due_ms = MAX(limit->due_ms, from_ms);
  int64_t go_ms = MAX(from_ms, due_ms - (rule->burst - 1) * rule->interval_ms);
  bool ok = go_ms - now_ms <= max_wait_ms;
  if (ok)
    limit->due_ms = due_ms + rule->interval_ms;
  g_mutex_unlock(&limit->lock);
  *ret_wait_ms = go_ms - now_ms;
  return ok;
}

void rate_limit_give_back(RateLimit *limit)
{
  g_mutex_lock(&limit->lock);
  limit->due_ms -= limit->rule.interval_ms;
  g_mutex_unlock(&limit->lock);
}

void rate_limit_hold(RateLimit *limit, int64_t now_ms, int64_t for_ms)
{
  g_mutex_lock(&limit->lock);
  limit->held_until_ms = MAX(limit->held_until_ms, now_ms + MAX(for_ms, 0));
  g_mutex_unlock(&limit->lock);
}
