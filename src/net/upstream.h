/* A service that we ask over HTTP, with everything that keeps the two of us on good terms: a rate limit, attempts with growing
 * pauses, and a circuit breaker; and the figures of how it goes, for health pages and metrics.
 *
 * Thread-safety: any thread. Calls wait for their turn and their answer; their Cancel ends both. */
#pragma once

#include "base/clock.h"
#include "base/field.h"
#include "net/breaker.h"
#include "net/rate_limit.h"
#include "net/retry.h"

typedef struct Upstream Upstream;

typedef struct {
  const char *name;   /* for people: "TMDB". Copied */
  HttpClient *client; /* borrowed; outlives it */
  const Clock *clock; /* borrowed */
  RateLimitRule rate;
  RetryRule retry;
  BreakerRule breaker;
} UpstreamParams;

Upstream *upstream_new(const UpstreamParams *params);
void upstream_free(Upstream *upstream); /* no call may be under way; NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Upstream, upstream_free)

/* Sends the request when its turn has come, and again where that is of use (net/retry.h). True with the last answer of any status
 * below 500 but 408, 425 and 429. Errors: as http_send; UNAVAILABLE if the breaker is open, if the service is too busy (429, 503)
 * or asks to be left alone for longer than the rule waits, or if the turn would come later than that; UPSTREAM for the other
 * statuses. An answer of 429 or 503 with Retry-After holds all calls for that long, up to an hour.
 *
 * Attempts are also bounded over all calls together: once the stock of RETRY_BUDGET is used up, one may be repeated each
 * RETRY_BUDGET_MS, so that a service in trouble gets little more than its usual load. */
enum { RETRY_BUDGET = 10, RETRY_BUDGET_MS = 2000 };
bool upstream_send(Upstream *upstream, const HttpRequest *request, Cancel *cancel, HttpResponse *ret_response, GError **error);

/* Turns an answer that is not 2xx into an error and returns false; true for 2xx. 401 and 403 are DENIED (the credential was
 * refused), 404 and 410 NOT_FOUND, the rest UPSTREAM. */
bool upstream_check(const Upstream *upstream, const HttpResponse *response, GError **error);

typedef struct {
  char *name;
  int breaker;             /* BreakerState */
  int64_t breaker_wait_ms; /* until an open breaker lets a call through; 0 if it is not open */
  int64_t breaker_opened;  /* times */
  int64_t failures_in_row;
  int64_t requests;           /* sent, repeated ones included */
  int64_t failures;           /* of those: no answer, or 5xx */
  int64_t repeats;            /* of those: second and later attempts */
  int64_t throttled;          /* answers 429 */
  int64_t refused;            /* calls that the breaker kept back */
  int64_t waited_ms;          /* for the rate limit, all calls together */
  int64_t last_success_at_ms; /* wall clock; FIELD_NULL_INT: never */
  int64_t last_failure_at_ms;
  char *last_failure; /* in words; "" if there was none */
} UpstreamFigures;
extern const FieldTable upstream_figures_table;

/* `ret_figures` holds nothing yet; record_clear frees it. */
void upstream_figures(Upstream *upstream, UpstreamFigures *ret_figures);
