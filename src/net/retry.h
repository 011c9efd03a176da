/* Whether a failed call to another service is worth making again, and when. Pure.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "net/http_client.h"

typedef struct {
  int attempts;        /* in all, the first included; 0: 4 */
  int64_t base_ms;     /* before the second attempt; doubles for each after it; 0: 500 */
  int64_t max_wait_ms; /* no wait is longer: where the service asks for more, the call is given up; 0: 30 s */
} RetryRule;

/* The rule with its defaults filled in. */
RetryRule retry_rule_complete(RetryRule rule);

typedef enum {
  RETRY_DONE,   /* there is an answer, and asking again would give the same */
  RETRY_LATER,  /* worth another attempt */
  RETRY_FAILED, /* it failed, and another attempt is of no use or might do the thing twice */
} RetryVerdict;

/* Judges the outcome of an attempt: an answer's status, or (status 0) the code of the error that came instead. Worth another
 * attempt are 408, 425, 429, 500, 502, 503 and 504, a service that could not be reached, a time limit, and a broken answer. A
 * method that is not idempotent (RFC 9110 section 9.2.2: POST, PATCH) is tried again only where the request was certainly not
 * acted upon: 425, 429, 503, and a service that could not be reached. */
RetryVerdict retry_judge(HttpMethod method, int status, ReeveErrorCode code);

/* How long to wait before attempt `attempt` + 1 (`attempt` counts from 1): base_ms doubled each time, at most max_wait_ms, of
 * which the last half is left to chance (`random`, evenly spread over 32 bits), so that callers that failed together do not come
 * back together. `rule` is complete. */
int64_t retry_delay_ms(const RetryRule *rule, int attempt, uint32_t random);

/* Reads a Retry-After header (RFC 9110 section 10.2.3): a count of seconds, or a date in any of the three forms of section 5.6.7,
 * against the wall clock `now_ms`. A date in the past is 0. False if it is neither; a count beyond a year is a year. */
bool retry_after_parse(const char *value, int64_t now_ms, int64_t *ret_delay_ms);
