/* Decides what is worth another attempt. Test: tests/unit/net/test_retry.c */
#include "net/retry.h"

#include <curl/curl.h>
#include <string.h>

enum { DEFAULT_ATTEMPTS = 4, DEFAULT_BASE_MS = 500, DEFAULT_MAX_WAIT_MS = 30 * 1000, MAX_DOUBLINGS = 20 };
#define YEAR_S (INT64_C(365) * 24 * 3600)

RetryRule retry_rule_complete(RetryRule rule)
{
  return (RetryRule){
      .attempts = rule.attempts > 0 ? rule.attempts : DEFAULT_ATTEMPTS,
      .base_ms = rule.base_ms > 0 ? rule.base_ms : DEFAULT_BASE_MS,
      .max_wait_ms = rule.max_wait_ms > 0 ? rule.max_wait_ms : DEFAULT_MAX_WAIT_MS,
  };
}

static RetryVerdict judge_status(bool idempotent, int status)
{
  switch (status) {
  case 425: /* too early */
  case 429:
  case 503:
    return RETRY_LATER;
  case 408:
  case 500:
  case 502:
  case 504:
    return idempotent ? RETRY_LATER : RETRY_FAILED;
  default:
    return status < 500 ? RETRY_DONE : RETRY_FAILED;
  }
}

RetryVerdict retry_judge(HttpMethod method, int status, ReeveErrorCode code)
{
  bool idempotent = method != HTTP_POST && method != HTTP_PATCH;
  if (status)
    return judge_status(idempotent, status);
  switch (code) {
  case REEVE_ERROR_UNAVAILABLE:
    return RETRY_LATER;
  case REEVE_ERROR_TIMEOUT:
  case REEVE_ERROR_UPSTREAM:
    return idempotent ? RETRY_LATER : RETRY_FAILED;
  default:
    return RETRY_FAILED;
  }
}

int64_t retry_delay_ms(const RetryRule *rule, int attempt, uint32_t random)
{
  int doublings = CLAMP(attempt - 1, 0, MAX_DOUBLINGS);
  int64_t whole_ms = MIN(rule->max_wait_ms, MIN(rule->base_ms, rule->max_wait_ms) << doublings);
  int64_t half_ms = whole_ms / 2;
  return half_ms + (int64_t)((double)(whole_ms - half_ms) * random / UINT32_MAX);
}

bool retry_after_parse(const char *value, int64_t now_ms, int64_t *ret_delay_ms)
{
  size_t digits = strspn(value, "0123456789");
  if (digits > 0 && value[digits] == '\0') {
    /* A number too long for 64 bits comes back as the largest. */
    uint64_t seconds = g_ascii_strtoull(value, NULL, 10);
    *ret_delay_ms = (int64_t)MIN(seconds, (uint64_t)YEAR_S) * 1000;
    return true;
  }
  /* libcurl reads much that is no date of HTTP; all of those begin with the name of a day and hold a time. */
  if (!g_ascii_isalpha(value[0]) || !strchr(value, ':'))
    return false;
  time_t date = curl_getdate(value, NULL);
  if (date == -1)
    return false;
  /* A year of many digits is a date too: bounded before it becomes milliseconds. */
  int64_t date_s = CLAMP((int64_t)date, 0, now_ms / 1000 + YEAR_S);
  *ret_delay_ms = CLAMP(date_s * 1000 - now_ms, 0, YEAR_S * 1000);
  return true;
}
