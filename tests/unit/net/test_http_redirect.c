#include "client_fixture.h"

enum { SLOW_MS = 150 };

/* "/to/STATUS/ADDRESS" redirects there; "/loop" to itself; anything else says how it was asked. */
static bool redirect(HttpWorld *world, int fd, const WorldRequest *request, void *user_data)
{
  const char *path = request->target;
  if (g_str_has_prefix(path, "/to/")) {
    g_auto(GStrv) parts = g_strsplit(path, "/", 4);
    g_autofree char *header = g_strdup_printf("Location: %s\r\n", parts[3]);
    return world_answer(fd, (int)g_ascii_strtoll(parts[2], NULL, 10), header, "moved");
  }
  if (g_str_equal(path, "/no-location"))
    return world_answer(fd, 302, NULL, "nowhere");
  if (g_str_equal(path, "/loop"))
    return world_answer(fd, 302, "Location: /loop\r\n", "");
  if (g_str_has_prefix(path, "/slow/")) {
    world_dawdle(world, SLOW_MS);
    return world_answer(fd, g_str_equal(path, "/slow/3") ? 200 : 302,
                        g_str_equal(path, "/slow/1") ? "Location: /slow/2\r\n" : "Location: /slow/3\r\n", "");
  }
  if (g_str_has_prefix(path, "/down/")) { /* /down/3 -> /down/2 … */
    int left = (int)g_ascii_strtoll(path + strlen("/down/"), NULL, 10);
    g_autofree char *header = g_strdup_printf("Location: /down/%d\r\n", left - 1);
    return left ? world_answer(fd, 307, header, "") : world_answer(fd, 200, NULL, "down");
  }
  g_autofree char *text = g_strdup_printf("%s %s %s", request->method, path, request->body);
  return world_answer(fd, 200, NULL, text);
}

static void test_followed(void)
{
  static const struct {
    HttpMethod method;
    const char *path, *body, *answer;
  } rows[] = {
      {HTTP_GET, "/to/301//x", NULL, "GET /x "},
      {HTTP_GET, "/to/302//x", NULL, "GET /x "},
      {HTTP_GET, "/to/303//x", NULL, "GET /x "},
      {HTTP_GET, "/to/307//x", NULL, "GET /x "},
      {HTTP_GET, "/to/308//x", NULL, "GET /x "},
      {HTTP_POST, "/to/301//x", "data", "GET /x "},
      {HTTP_POST, "/to/302//x", "data", "GET /x "},
      {HTTP_POST, "/to/303//x", "data", "GET /x "},
      {HTTP_POST, "/to/307//x", "data", "POST /x data"},
      {HTTP_POST, "/to/308//x", "data", "POST /x data"},
      {HTTP_PUT, "/to/302//x", "data", "PUT /x data"},
      {HTTP_DELETE, "/to/303//x", NULL, "GET /x "},
      {HTTP_GET, "/down/5", NULL, "down"},
      {HTTP_GET, "/no-location", NULL, "nowhere"}, /* not a redirect, then */
      {HTTP_GET, "/to/304//x", NULL, ""},
  };
  g_auto(ClientFixture) f = client_fixture(redirect, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    HttpRequest request = {.method = rows[i].method, .body = rows[i].body, .body_bytes = rows[i].body ? strlen(rows[i].body) : 0};
    client_send_to(&f, rows[i].path, request, &response, &error);
    g_assert_no_error(error);
    if (!g_str_equal(response.body, rows[i].answer))
      g_error("row %zu: %s", i, response.body);
  }
}

static void test_not_followed(void)
{
  static const struct {
    const char *path;
    ReeveErrorCode code;
    const char *words;
  } rows[] = {
      {"/loop", REEVE_ERROR_LIMIT, "on and on"},
      {"/down/6", REEVE_ERROR_LIMIT, "5 redirects were followed"},
      {"/to/302/file:///etc/passwd", REEVE_ERROR_DENIED, "neither http nor https"},
      {"/to/302/ftp://127.0.0.1/x", REEVE_ERROR_DENIED, "neither http nor https"},
      {"/to/302/gopher://127.0.0.1:70/_x", REEVE_ERROR_DENIED, "neither http nor https"},
      {"/to/302/http://:99999/", REEVE_ERROR_UPSTREAM, "cannot be read"},
  };
  g_auto(ClientFixture) f = client_fixture(redirect, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(client_send_to(&f, rows[i].path, (HttpRequest){0}, &response, &error));
    if (error->code != (int)rows[i].code || !strstr(error->message, rows[i].words))
      g_error("%s: %d %s", rows[i].path, error->code, error->message);
    g_assert_null(strstr(error->message, "passwd"));
  }
}

/* The time limit is one for all steps together. */
static void test_time(void)
{
  g_auto(ClientFixture) f = client_fixture(redirect, NULL);
  g_auto(HttpResponse) late = {0}, early = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(client_send_to(&f, "/slow/1", (HttpRequest){.total_ms = SLOW_MS * 2}, &late, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_clear_error(&error);
  client_send_to(&f, "/slow/1", (HttpRequest){0}, &early, &error);
  g_assert_no_error(error);
  g_assert_cmpint(early.status, ==, 200);
}

/* Two ports are two origins: what is meant for one is not shown to the other, and does not come back from there. */
static void test_other_origin(void)
{
  g_auto(ClientFixture) f = client_fixture(redirect, NULL);
  HttpWorld *other = http_world_new(redirect, NULL);
  g_autofree char *home = http_world_url(f.world, "/home"), *back = g_strdup_printf("/to/302/%s", home);
  g_autofree char *away = http_world_url(other, back), *path = g_strdup_printf("/to/307/%s", away);
  static const HttpPair headers[] = {{"X-Api-Key", "secret"}};
  const HttpRequest with[] = {
      {.headers = headers, .n_headers = 1, .bearer = "secret"},
      {.headers = headers, .n_headers = 1, .user = "u", .password = "secret"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(with); i++) {
    int before = http_world_requests(f.world);
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    client_send_to(&f, path, with[i], &response, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(response.body, ==, "GET /home ");
    const char *there = http_world_head(other, (int)i + 1), *again = http_world_head(f.world, before + 2);
    g_assert_nonnull(strstr(http_world_head(f.world, before + 1), "Authorization: "));
    g_assert_nonnull(strstr(http_world_head(f.world, before + 1), "X-Api-Key: secret"));
    g_assert_null(strstr(there, "Authorization"));
    g_assert_null(strstr(there, "secret"));
    g_assert_null(strstr(there, "Referer"));
    g_assert_null(strstr(again, "Authorization"));
    g_assert_null(strstr(again, "secret"));
  }
  g_auto(HttpResponse) response = {0};
  g_autoptr(GError) error = NULL;
  int before = http_world_requests(other);
  g_assert_false(
      client_send_to(&f, path, (HttpRequest){.method = HTTP_POST, .body = "secret", .body_bytes = 6}, &response, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_cmpint(http_world_requests(other), ==, before);
  http_client_free(g_steal_pointer(&f.client));
  http_world_free(other);
}

int main(int argc, char **argv)
{
  g_assert_true(g_setenv("no_proxy", "*", TRUE));
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http-redirect/followed", test_followed);
  g_test_add_func("/http-redirect/not-followed", test_not_followed);
  g_test_add_func("/http-redirect/time", test_time);
  g_test_add_func("/http-redirect/other-origin", test_other_origin);
  return g_test_run();
}
