/* The states of a circuit breaker and the named steps between them. Invariants:
 *   1. While half-open, exactly one call holds a pass of the present epoch.
 *   2. Each change of state begins a new epoch, so that passes of the one before are void.
 *   3. `failures` is below the rule's while closed.
 * Test: tests/unit/net/test_breaker.c */
#include "net/breaker.h"

enum { DEFAULT_FAILURES = 5, DEFAULT_OPEN_MS = 60 * 1000 }; /* A6 */

static const EnumRow state_rows[] = {
    {BREAKER_CLOSED, "closed", "Calls go through"},
    {BREAKER_OPEN, "open", "Calls are refused for a while, because several in a row failed"},
    {BREAKER_HALF_OPEN, "half-open", "One call is on trial"},
};
const EnumTable breaker_state_table = ENUM_TABLE("BreakerState", state_rows);

struct Breaker {
  GMutex lock;
  BreakerRule rule;
  BreakerState state;
  uint64_t epoch;
  int failures;
  int64_t opened;
  int64_t retry_at_ms; /* while open */
};

Breaker *breaker_new(BreakerRule rule)
{
  Breaker *breaker = g_new0(Breaker, 1);
  g_mutex_init(&breaker->lock);
  breaker->rule = (BreakerRule){
      .failures = rule.failures > 0 ? rule.failures : DEFAULT_FAILURES,
      .open_ms = rule.open_ms > 0 ? rule.open_ms : DEFAULT_OPEN_MS,
  };
  return breaker;
}

void breaker_free(Breaker *breaker)
{
  if (!breaker)
    return;
  g_mutex_clear(&breaker->lock);
  g_free(breaker);
}

static void change(Breaker *breaker, BreakerState state)
{
  breaker->state = state;
  breaker->epoch++;
}

static void step_open(Breaker *breaker, int64_t now_ms)
{
  change(breaker, BREAKER_OPEN);
  breaker->opened++;
  breaker->retry_at_ms = now_ms + breaker->rule.open_ms;
}

static void step_try(Breaker *breaker)
{
  change(breaker, BREAKER_HALF_OPEN);
}

static void step_close(Breaker *breaker)
{
  change(breaker, BREAKER_CLOSED);
  breaker->failures = 0;
}

/* The trial said nothing: open still, and the next caller may try at once. */
static void step_reopen_untried(Breaker *breaker)
{
  change(breaker, BREAKER_OPEN);
}

bool breaker_enter(Breaker *breaker, int64_t now_ms, BreakerPass *ret_pass, int64_t *ret_wait_ms)
{
  g_mutex_lock(&breaker->lock);
  int64_t wait_ms = 0;
  bool may = breaker->state == BREAKER_CLOSED;
  if (breaker->state == BREAKER_OPEN) {
    wait_ms = MAX(0, breaker->retry_at_ms - now_ms);
    may = wait_ms == 0;
    if (may)
      step_try(breaker);
  }
  if (may)
    *ret_pass = (BreakerPass){.epoch = breaker->epoch};
  else
    *ret_wait_ms = wait_ms;
  g_mutex_unlock(&breaker->lock);
  return may;
}

void breaker_succeeded(Breaker *breaker, BreakerPass pass)
{
  g_mutex_lock(&breaker->lock);
  if (pass.epoch == breaker->epoch) {
    if (breaker->state == BREAKER_HALF_OPEN)
      step_close(breaker);
    breaker->failures = 0;
  }
  g_mutex_unlock(&breaker->lock);
}

void breaker_failed(Breaker *breaker, BreakerPass pass, int64_t now_ms)
{
  g_mutex_lock(&breaker->lock);
  if (pass.epoch == breaker->epoch) {
    breaker->failures++;
    if (breaker->state == BREAKER_HALF_OPEN || breaker->failures >= breaker->rule.failures)
      step_open(breaker, now_ms);
  }
  g_mutex_unlock(&breaker->lock);
}

void breaker_abandoned(Breaker *breaker, BreakerPass pass)
{
  g_mutex_lock(&breaker->lock);
  if (pass.epoch == breaker->epoch && breaker->state == BREAKER_HALF_OPEN)
    step_reopen_untried(breaker);
  g_mutex_unlock(&breaker->lock);
}

BreakerFigures breaker_figures(Breaker *breaker, int64_t now_ms)
{
  g_mutex_lock(&breaker->lock);
  BreakerFigures figures = {
      .state = breaker->state,
      .failures = breaker->failures,
      .opened = breaker->opened,
      .wait_ms = breaker->state == BREAKER_OPEN ? MAX(0, breaker->retry_at_ms - now_ms) : 0,
  };
  g_mutex_unlock(&breaker->lock);
  return figures;
}
