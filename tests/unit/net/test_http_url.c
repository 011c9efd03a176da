#include "net/http_url.h"

#include <string.h>

static void test_parse(void)
{
  static const struct {
    const char *text;
    const char *label; /* NULL: refused */
    const char *whole; /* with the query x=1 & 2, y left out */
  } rows[] = {
      {"http://example.org", "example.org", "http://example.org/?x=1%20%26%202"},
      {"https://Example.ORG/a?b=c", "example.org", "https://Example.ORG/a?b=c&x=1%20%26%202"},
      {"http://example.org:8080/a#part", "example.org:8080", "http://example.org:8080/a?x=1%20%26%202"},
      {"https://example.org:443/", "example.org", "https://example.org:443/?x=1%20%26%202"},
      {"https://example.org:80/", "example.org:80", "https://example.org:80/?x=1%20%26%202"},
      {"http://[::1]:9/", "[::1]:9", "http://[::1]:9/?x=1%20%26%202"},
      {"http://127.0.0.1/a%2fb", "127.0.0.1", "http://127.0.0.1/a%2fb?x=1%20%26%202"},
      {NULL, NULL},
      {"", NULL},
      {"example.org", NULL},
      {"/a/b", NULL},
      {"file:///etc/passwd", NULL},
      {"ftp://example.org/", NULL},
      {"gopher://example.org/", NULL},
      {"http://secret:word@example.org/", NULL},
      {"http://secret@example.org/", NULL},
      {"http://example.org/a b", NULL},
      {"http://example.org/\r\nX-Evil: 1", NULL},
      {"http://exam\tple.org/", NULL},
      {"http://example.org:99999/", NULL},
      {"http://:80/", NULL},
      {"http://example.org:secret/", NULL},
  };
  static const HttpPair query[] = {{"x", "1 & 2"}, {"y", NULL}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(HttpUrl) url = {0};
    g_autoptr(GError) error = NULL;
    bool ok = http_url_parse(rows[i].text, query, G_N_ELEMENTS(query), &url, &error);
    if (ok != (rows[i].label != NULL))
      g_error("row %zu: %s", i, ok ? "taken" : error->message);
    if (!ok) {
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_null(strstr(error->message, "secret")); /* addresses are not repeated: they may hold one */
      continue;
    }
    g_assert_cmpstr(url.label, ==, rows[i].label);
    g_assert_cmpstr(url.text, ==, rows[i].whole);
  }
}

static void test_redirect(void)
{
  static const struct {
    const char *from, *location;
    const char *to; /* NULL: refused with the code */
    ReeveErrorCode code;
    bool same_origin;
  } rows[] = {
      {"http://a.example/x/y?q=1", "z", "http://a.example/x/z", 0, true},
      {"http://a.example/x/y?q=1", "/z", "http://a.example/z", 0, true},
      {"http://a.example/x/y?q=1", "?r=2", "http://a.example/x/y?r=2", 0, true},
      {"http://a.example/x", "http://A.example:80/z", "http://A.example:80/z", 0, true},
      {"http://a.example/x", "//b.example/z", "http://b.example/z", 0, false},
      {"http://a.example/x", "http://a.example:81/z", "http://a.example:81/z", 0, false},
      {"http://a.example/x", "https://a.example/z", "https://a.example/z", 0, false},
      {"http://a.example/x", "http://u:p@a.example/z", "http://a.example/z", 0, true},
      {"http://a.example/x", "/a b", "http://a.example/a%20b", 0, true},
      {"https://a.example/x", "http://a.example/z", NULL, REEVE_ERROR_DENIED, false},
      {"http://a.example/x", "file:///etc/passwd", NULL, REEVE_ERROR_DENIED, false},
      {"http://a.example/x", "ftp://a.example/z", NULL, REEVE_ERROR_DENIED, false},
      {"http://a.example/x", "gopher://a.example/z", NULL, REEVE_ERROR_DENIED, false},
      {"http://a.example/x", "http://:99999", NULL, REEVE_ERROR_UPSTREAM, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(HttpUrl) from = {0}, to = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(http_url_parse(rows[i].from, NULL, 0, &from, NULL));
    bool ok = http_url_redirect(&from, rows[i].location, &to, &error);
    if (ok != (rows[i].to != NULL))
      g_error("row %zu: %s", i, ok ? to.text : error->message);
    if (ok) {
      g_assert_cmpstr(to.text, ==, rows[i].to);
      g_assert_true(http_url_same_origin(&from, &to) == rows[i].same_origin);
    } else {
      g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http-url/parse", test_parse);
  g_test_add_func("/http-url/redirect", test_redirect);
  return g_test_run();
}
