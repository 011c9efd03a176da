/* What servers say in headers that we act on: Location and Retry-After; and addresses that people enter. */
#include "net/http_url.h"
#include "net/retry.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_url(const HttpUrl *url)
{
  g_assert_true(g_str_equal(url->scheme, "http") || g_str_equal(url->scheme, "https"));
  g_assert_true(url->host[0] && url->port >= 0 && url->port <= 65535);
  g_assert_true(g_utf8_validate(url->label, -1, NULL));
  for (const char *at = url->text; *at; at++)
    g_assert_true((unsigned char)*at > ' ' && *at != 127); /* nothing that could end a request line */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  int64_t delay_ms = 0;
  if (retry_after_parse(text, G_GINT64_CONSTANT(1700000000000), &delay_ms))
    g_assert_true(delay_ms >= 0 && delay_ms <= G_GINT64_CONSTANT(365) * 24 * 3600 * 1000);

  static const HttpPair query[] = {{"q", "a b&c"}};
  static const char *const bases[] = {"http://host.example/a/b?c", "https://host.example:8443/"};
  g_auto(HttpUrl) entered = {0};
  if (http_url_parse(text, query, G_N_ELEMENTS(query), &entered, NULL))
    check_url(&entered);
  for (size_t i = 0; i < G_N_ELEMENTS(bases); i++) {
    g_auto(HttpUrl) from = {0}, to = {0};
    g_assert_true(http_url_parse(bases[i], NULL, 0, &from, NULL));
    if (!http_url_redirect(&from, text, &to, NULL))
      continue;
    check_url(&to);
    g_assert_true(g_str_equal(from.scheme, "http") || g_str_equal(to.scheme, "https"));
  }
  return 0;
}
