#include "net/retry.h"

static void test_judge(void)
{
  static const struct {
    HttpMethod method;
    int status;
    ReeveErrorCode code;
    RetryVerdict verdict;
  } rows[] = {
      {HTTP_GET, 200, 0, RETRY_DONE},
      {HTTP_POST, 201, 0, RETRY_DONE},
      {HTTP_GET, 404, 0, RETRY_DONE},
      {HTTP_GET, 401, 0, RETRY_DONE},
      {HTTP_GET, 408, 0, RETRY_LATER},
      {HTTP_POST, 408, 0, RETRY_FAILED},
      {HTTP_GET, 425, 0, RETRY_LATER},
      {HTTP_POST, 425, 0, RETRY_LATER},
      {HTTP_GET, 429, 0, RETRY_LATER},
      {HTTP_POST, 429, 0, RETRY_LATER},
      {HTTP_GET, 500, 0, RETRY_LATER},
      {HTTP_PUT, 500, 0, RETRY_LATER},
      {HTTP_DELETE, 502, 0, RETRY_LATER},
      {HTTP_POST, 500, 0, RETRY_FAILED},
      {HTTP_PATCH, 502, 0, RETRY_FAILED},
      {HTTP_POST, 503, 0, RETRY_LATER},
      {HTTP_GET, 504, 0, RETRY_LATER},
      {HTTP_POST, 504, 0, RETRY_FAILED},
      {HTTP_GET, 501, 0, RETRY_FAILED},
      {HTTP_GET, 599, 0, RETRY_FAILED},
      {HTTP_GET, 0, REEVE_ERROR_UNAVAILABLE, RETRY_LATER},
      {HTTP_POST, 0, REEVE_ERROR_UNAVAILABLE, RETRY_LATER}, /* nothing was sent */
      {HTTP_GET, 0, REEVE_ERROR_TIMEOUT, RETRY_LATER},
      {HTTP_POST, 0, REEVE_ERROR_TIMEOUT, RETRY_FAILED}, /* it may have been done */
      {HTTP_HEAD, 0, REEVE_ERROR_UPSTREAM, RETRY_LATER},
      {HTTP_PATCH, 0, REEVE_ERROR_UPSTREAM, RETRY_FAILED},
      {HTTP_GET, 0, REEVE_ERROR_CANCELLED, RETRY_FAILED},
      {HTTP_GET, 0, REEVE_ERROR_INVALID, RETRY_FAILED},
      {HTTP_GET, 0, REEVE_ERROR_LIMIT, RETRY_FAILED},
      {HTTP_GET, 0, REEVE_ERROR_DENIED, RETRY_FAILED},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (retry_judge(rows[i].method, rows[i].status, rows[i].code) != rows[i].verdict)
      g_error("row %zu is judged wrongly", i);
}

static void test_delay(void)
{
  static const struct {
    int attempt;
    uint32_t random;
    int64_t delay_ms;
  } rows[] = {
      {1, 0, 50},           {1, UINT32_MAX, 100},    {2, 0, 100}, {2, UINT32_MAX, 200}, {4, 0, 400},
      {4, UINT32_MAX, 800}, {5, UINT32_MAX, 1000},   {5, 0, 500}, {1000000, 0, 500},    {1000000, UINT32_MAX, 1000},
      {0, 0, 50},           {1, UINT32_MAX / 2, 74},
  };
  RetryRule rule = {.attempts = 3, .base_ms = 100, .max_wait_ms = 1000};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t delay_ms = retry_delay_ms(&rule, rows[i].attempt, rows[i].random);
    if (delay_ms != rows[i].delay_ms)
      g_error("row %zu gives %" G_GINT64_FORMAT, i, delay_ms);
  }
  rule = retry_rule_complete((RetryRule){.max_wait_ms = G_MAXINT64 / 2});
  g_assert_cmpint(rule.attempts, ==, 4);
  g_assert_cmpint(retry_delay_ms(&rule, 1, UINT32_MAX), ==, 500);
  g_assert_cmpint(retry_delay_ms(&rule, G_MAXINT, UINT32_MAX), >, 0); /* no overflow */
}

/* 1994-11-06 08:49:37 UTC, the date of RFC 9110's examples. */
#define EXAMPLE_MS (INT64_C(784111777) * 1000)
#define YEAR_MS (INT64_C(365) * 24 * 3600 * 1000)

static void test_retry_after(void)
{
  static const struct {
    const char *value;
    int64_t now_ms, delay_ms; /* -1: it is neither form */
  } rows[] = {
      {"0", 0, 0},
      {"120", 0, 120000},
      {"007", 0, 7000},
      {"99999999999999999999999999", 0, YEAR_MS},
      {"31536001", 0, YEAR_MS},
      {"Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE_MS - 5000, 5000},
      {"Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE_MS - 5000, 5000},
      {"Sun Nov  6 08:49:37 1994", EXAMPLE_MS - 5000, 5000},
      {"Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE_MS + 5000, 0},
      {"Sun, 06 Nov 2094 08:49:37 GMT", EXAMPLE_MS, YEAR_MS},
      {"S Nov\037333333333\324\03707:", EXAMPLE_MS, YEAR_MS}, /* a date to libcurl, of the year 333,333,333 */
      {"", 0, -1},
      {"-1", 0, -1},
      {"1.5", 0, -1},
      {"12 s", 0, -1},
      {"soon", 0, -1},
      {"Sun, 36 Nov 1994 08:49:37 GMT", 0, -1},
      {"19941106", EXAMPLE_MS, INT64_C(19941106000)}, /* a count, not a day */
      {"08:49:37", 0, -1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t delay_ms = -1;
    bool ok = retry_after_parse(rows[i].value, rows[i].now_ms, &delay_ms);
    if (ok != (rows[i].delay_ms >= 0) || delay_ms != rows[i].delay_ms)
      g_error("\"%s\" gives %" G_GINT64_FORMAT, rows[i].value, delay_ms);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/retry/judge", test_judge);
  g_test_add_func("/retry/delay", test_delay);
  g_test_add_func("/retry/retry-after", test_retry_after);
  return g_test_run();
}
