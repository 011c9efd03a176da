/* A circuit breaker: after several failures in a row a service is left alone for a while, then asked once; that answer decides.
 * It spares a service that is down, and spares our callers the wait for time limits.
 *
 * Thread-safety: any thread. Nothing here waits or reads a clock: the caller brings the time. */
#pragma once

#include "base/enum_table.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
  BREAKER_CLOSED,    /* calls go through; failures in a row are counted */
  BREAKER_OPEN,      /* calls are refused until the time is up */
  BREAKER_HALF_OPEN, /* the time was up and one call is on trial; all others are refused */
} BreakerState;
extern const EnumTable breaker_state_table;

typedef struct {
  int failures;    /* in a row that open it; 0: 5 */
  int64_t open_ms; /* how long it stays open; 0: 60 s */
} BreakerRule;

typedef struct Breaker Breaker;

Breaker *breaker_new(BreakerRule rule);
void breaker_free(Breaker *breaker); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Breaker, breaker_free)

/* Which call is speaking: what a call that began before the breaker last changed has to say comes too late and is not heard. */
typedef struct {
  uint64_t epoch;
} BreakerPass;

/* May a call be made at `now_ms` (monotonic)? True with a pass, which must be handed back by exactly one of the three functions
 * below; false with how long until it is worth asking again (0 while a call is on trial: nobody knows). */
bool breaker_enter(Breaker *breaker, int64_t now_ms, BreakerPass *ret_pass, int64_t *ret_wait_ms);

void breaker_succeeded(Breaker *breaker, BreakerPass pass);
void breaker_failed(Breaker *breaker, BreakerPass pass, int64_t now_ms);

/* The call ended without saying anything about the service: it was cancelled, or was ours to blame. A trial is then open to the
 * next caller. */
void breaker_abandoned(Breaker *breaker, BreakerPass pass);

typedef struct {
  BreakerState state; /* an open breaker whose time is up still counts as open until someone asks */
  int failures;       /* in a row, so far */
  int64_t opened;     /* times it opened since it was made, a failed trial included */
  int64_t wait_ms;    /* while open: until a call may be tried again; else 0 */
} BreakerFigures;

BreakerFigures breaker_figures(Breaker *breaker, int64_t now_ms);
