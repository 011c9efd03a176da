/* The user interface's files over HTTP: compression, caching, addresses that the page itself understands. */
#include "server_fixture.h"
#include "sys/child.h"

#define FILE_OF(name, text)                                                                                                      \
  {                                                                                                                              \
    name, (const unsigned char *)(text), sizeof(text) - 1                                                                        \
  }

static const EmbeddedFile page[] = {
    FILE_OF("index.html", "<!doctype html><title>Page</title>"),
    FILE_OF("index.html.gz", "gzipped page"),
    FILE_OF("icon.svg", "<svg/>"),
    FILE_OF("assets/app-1a2b.js", "start()"),
    FILE_OF("assets/app-1a2b.js.br", "brotli script"),
    FILE_OF("assets/app-1a2b.js.gz", "gzipped script"),
    FILE_OF("assets/font-3c4d.woff2", "glyphs"),
};

static Answer get(Fixture *f, const char *path, const char *headers)
{
  return call_with(f, "GET", path, headers, NULL);
}

static void test_files(void)
{
  static const struct {
    const char *path, *headers;
    int status;
    const char *body, *type, *encoding, *kept;
  } rows[] = {
      {"/", NULL, 200, "<!doctype html><title>Page</title>", "text/html; charset=utf-8", NULL, "no-cache"},
      {"/index.html", NULL, 200, "<!doctype html><title>Page</title>", "text/html; charset=utf-8", NULL, "no-cache"},
      {"/", "Accept-Encoding: br, gzip\r\n", 200, "gzipped page", "text/html; charset=utf-8", "gzip", "no-cache"},
      {"/icon.svg", "Accept-Encoding: br, gzip\r\n", 200, "<svg/>", "image/svg+xml", NULL, "no-cache"},
      {"/assets/app-1a2b.js", NULL, 200, "start()", "text/javascript; charset=utf-8", NULL, "immutable"},
      {"/assets/app-1a2b.js", "Accept-Encoding: gzip, deflate, br\r\n", 200, "brotli script", "text/javascript", "br",
       "immutable"},
      {"/assets/app-1a2b.js", "Accept-Encoding: gzip;q=1.0, br;q=0\r\n", 200, "gzipped script", "text/javascript", "gzip",
       "immutable"},
      {"/assets/app-1a2b.js", "Accept-Encoding: BR ; q=0.1\r\n", 200, "brotli script", "text/javascript", "br", "immutable"},
      {"/assets/app-1a2b.js", "Accept-Encoding: brotli\r\n", 200, "start()", "text/javascript", NULL, "immutable"},
      {"/assets/app-1a2b.js?v=1", NULL, 200, "start()", "text/javascript", NULL, "immutable"},
      {"/assets/font-3c4d.woff2", NULL, 200, "glyphs", "font/woff2", NULL, "immutable"},
      /* the page's own addresses */
      {"/library/12?codec=hevc", "Accept: text/html,*/*\r\n", 200, "<!doctype html><title>Page</title>", "text/html", NULL,
       "no-cache"},
      {"/library/12", "Accept: */*\r\n", 404, NULL, "application/problem+json", NULL, "no-store"},
      {"/assets/gone.js", "Accept: text/html,*/*\r\n", 404, NULL, "application/problem+json", NULL, "no-store"},
      {"/api/v1/nothing", "Accept: text/html,*/*\r\n", 404, NULL, "application/problem+json", NULL, "no-store"},
      {"/../index.html", "Accept: */*\r\n", 404, NULL, "application/problem+json", NULL, "no-store"},
  };
  Fixture f;
  fixture_init_with(&f, (ApiParams){.page = page, .n_page = G_N_ELEMENTS(page)}); /* they are there while the services are away */
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s %s", rows[i].path, rows[i].headers ? rows[i].headers : "");
    g_auto(Answer) answer = get(&f, rows[i].path, rows[i].headers);
    assert_status(&answer, rows[i].status);
    if (rows[i].body)
      g_assert_cmpstr(answer.text, ==, rows[i].body);
    g_assert_nonnull(strstr(answer.head, rows[i].type));
    g_assert_nonnull(strstr(answer.head, rows[i].kept));
    const char *encoding = strstr(answer.head, "Content-Encoding: ");
    g_assert_true((encoding != NULL) == (rows[i].encoding != NULL));
    if (encoding)
      g_assert_true(g_str_has_prefix(encoding + strlen("Content-Encoding: "), rows[i].encoding));
    if (rows[i].status == 200)
      g_assert_nonnull(strstr(answer.head, "Vary: Accept-Encoding"));
  }
  fixture_clear(&f);
}

static void test_policy_and_etag(void)
{
  Fixture f;
  fixture_init_with(&f, (ApiParams){.page = page, .n_page = G_N_ELEMENTS(page)});
  g_auto(Answer) first = get(&f, "/", NULL);
  g_assert_nonnull(strstr(first.head, "script-src 'self'"));
  g_assert_nonnull(strstr(first.head, "frame-ancestors 'none'"));
  g_assert_nonnull(strstr(first.head, "X-Content-Type-Options: nosniff"));
  g_assert_null(strstr(first.head, "unsafe"));
  const char *tag = strstr(first.head, "ETag: ") + strlen("ETag: ");
  g_autofree char *match = g_strdup_printf("If-None-Match: %.*s\r\n", (int)strcspn(tag, "\r\n"), tag);
  g_auto(Answer) again = get(&f, "/", match);
  assert_status(&again, 304);
  g_assert_cmpstr(again.text, ==, "");
  g_autofree char *compressed = g_strconcat(match, "Accept-Encoding: gzip\r\n", NULL);
  g_auto(Answer) other = get(&f, "/", compressed); /* another representation has another tag */
  assert_status(&other, 200);
  fixture_clear(&f);
}

static void test_no_page(void)
{
  Fixture f;
  fixture_init(&f);
  g_auto(Answer) answer = get(&f, "/", "Accept: text/html\r\n");
  assert_status(&answer, 404);
  g_assert_nonnull(strstr(answer.text, "no user interface"));
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/page/files", test_files);
  g_test_add_func("/page/policy-and-etag", test_policy_and_etag);
  g_test_add_func("/page/no-page", test_no_page);
  return g_test_run();
}
