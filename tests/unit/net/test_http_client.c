#include "client_fixture.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BIG_BYTES = 3 * 1024 * 1024 };

/* Answers as its address says. */
static bool behave(HttpWorld *world, int fd, const WorldRequest *request, void *user_data)
{
  const char *path = request->target;
  if (g_str_has_prefix(path, "/status/"))
    return world_answer(fd, (int)g_ascii_strtoll(path + strlen("/status/"), NULL, 10), "X-Odd:  two words \r\n", "the body");
  if (g_str_has_prefix(path, "/silent"))
    return world_silence(world, fd);
  if (g_str_equal(path, "/stalls")) {
    world_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    return world_silence(world, fd);
  }
  if (g_str_equal(path, "/half-closed")) {
    world_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    shutdown(fd, SHUT_WR);
    return world_silence(world, fd);
  }
  if (g_str_has_prefix(path, "/nothing"))
    return false;
  if (g_str_equal(path, "/garbage"))
    return world_send(fd, "\x7f"
                          "ELF and more that is not HTTP at all\r\n\r\n") &&
           false;
  if (g_str_equal(path, "/bad-chunks"))
    return world_send(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n") && false;
  if (g_str_equal(path, "/bad-gzip"))
    return world_answer(fd, 200, "Content-Encoding: gzip\r\n", "this is not gzip");
  if (g_str_equal(path, "/interim"))
    return world_send(fd, "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n") && world_answer(fd, 200, "X-Late: 1\r\n", "");
  if (g_str_equal(path, "/big-declared"))
    return world_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc") && world_silence(world, fd);
  if (g_str_has_prefix(path, "/big")) {
    /* Without a length, as much as the client takes. */
    g_autofree char *block = g_strnfill(64 * 1024, 'x');
    bool ok = world_send(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    for (int sent = 0; ok && sent < BIG_BYTES; sent += 64 * 1024)
      ok = world_send(fd, block);
    return false;
  }
  if (g_str_equal(path, "/many-headers")) {
    bool ok = world_send(fd, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; ok && i < 10000; i++)
      ok = world_send(fd, "X-More: and more\r\n");
    return false;
  }
  if (g_str_equal(path, "/nul"))
    return world_answer_bytes(fd, 200, NULL, "a\0b", 3);
  return world_answer(fd, 200, NULL, request->body);
}

static void test_statuses_are_answers(void)
{
  static const int statuses[] = {200, 201, 400, 401, 404, 429, 500, 503};
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
    g_autofree char *path = g_strdup_printf("/status/%d", statuses[i]);
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    client_send_to(&f, path, (HttpRequest){0}, &response, &error);
    g_assert_no_error(error);
    g_assert_cmpint(response.status, ==, statuses[i]);
    g_assert_cmpstr(response.body, ==, "the body");
    g_assert_cmpuint(response.body_bytes, ==, strlen("the body"));
    g_assert_cmpstr(http_response_header(&response, "x-odd"), ==, "two words");
    g_assert_null(http_response_header(&response, "x-even"));
  }
}

static void test_bodies(void)
{
  static const struct {
    HttpMethod method;
    const char *body, *type, *line;
  } rows[] = {
      {HTTP_GET, NULL, NULL, "GET"},
      {HTTP_POST, "{\"a\":1}", "application/json", "POST"},
      {HTTP_POST, NULL, NULL, "POST"},
      {HTTP_POST, "", "text/plain", "POST"},
      {HTTP_PUT, "x=1", "application/x-www-form-urlencoded", "PUT"},
      {HTTP_PATCH, "x", NULL, "PATCH"},
      {HTTP_DELETE, NULL, NULL, "DELETE"},
      {HTTP_DELETE, "why", "text/plain", "DELETE"},
  };
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    HttpRequest request = {.method = rows[i].method,
                           .body = rows[i].body,
                           .body_bytes = rows[i].body ? strlen(rows[i].body) : 0,
                           .content_type = rows[i].type};
    client_send_to(&f, "/echo", request, &response, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(response.body, ==, rows[i].body ? rows[i].body : "");
    const char *head = http_world_head(f.world, (int)i + 1);
    g_autofree char *first = g_strdup_printf("%s /echo HTTP/1.1\r\n", rows[i].line);
    g_assert_true(g_str_has_prefix(head, first));
    g_autofree char *type = g_strdup_printf("Content-Type: %s", rows[i].type);
    g_assert_true(rows[i].type ? head_has(head, type) : strstr(head, "Content-Type") == NULL);
    g_assert_true(head_has(head, "User-Agent: Reeve/" REEVE_VERSION));
    g_assert_null(strstr(head, "Expect"));
  }
}

static void test_head_and_nul(void)
{
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  g_auto(HttpResponse) head = {0}, nul = {0};
  g_autoptr(GError) error = NULL;
  /* The server sends a body after all, which ends the connection, not the test. */
  client_send_to(&f, "/status/204", (HttpRequest){.method = HTTP_HEAD}, &head, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(head.body_bytes, ==, 0);
  client_send_to(&f, "/nul", (HttpRequest){0}, &nul, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(nul.body, nul.body_bytes, "a\0b", 3);
}

static void test_headers_and_credentials(void)
{
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  g_autoptr(GError) error = NULL;
  static const HttpPair headers[] = {{"X-Api-Key", "0123"}, {"X-Empty", ""}};
  static const HttpPair query[] = {{"q", "Léon & more"}};
  g_auto(HttpResponse) bearer = {0}, basic = {0};
  client_send_to(&f, "/echo",
                 (HttpRequest){.headers = headers, .n_headers = 2, .query = query, .n_query = 1, .bearer = "to.k.en"}, &bearer,
                 &error);
  g_assert_no_error(error);
  client_send_to(&f, "/echo", (HttpRequest){.user = "Anna", .password = "pass:word"}, &basic, &error);
  g_assert_no_error(error);
  const char *first = http_world_head(f.world, 1), *second = http_world_head(f.world, 2);
  g_assert_true(g_str_has_prefix(first, "GET /echo?q=L%C3%A9on%20%26%20more HTTP/1.1\r\n"));
  g_assert_true(head_has(first, "X-Api-Key: 0123"));
  g_assert_true(head_has(first, "X-Empty:"));
  g_assert_true(head_has(first, "Authorization: Bearer to.k.en"));
  g_assert_true(head_has(second, "Authorization: Basic QW5uYTpwYXNzOndvcmQ="));
  g_assert_null(strstr(second, "X-Api-Key")); /* nothing of a request stays for the next */
}

/* Nothing is sent, and no secret is repeated. */
static void test_refused(void)
{
  static const HttpPair bad[][1] = {{{"X-A", "1\r\nX-Evil: secret"}},
                                    {{"X-A", "1\nsecret"}},
                                    {{"X A", "secret"}},
                                    {{"", "secret"}},
                                    {{"X-A:", "secret"}},
                                    {{"Host", "secret"}},
                                    {{"content-length", "7"}},
                                    {{"Transfer-Encoding", "chunked"}},
                                    {{"X-A", "\x01secret"}}};
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  HttpRequest requests[G_N_ELEMENTS(bad) + 6];
  size_t n = 0;
  for (; n < G_N_ELEMENTS(bad); n++)
    requests[n] = (HttpRequest){.headers = bad[n], .n_headers = 1};
  requests[n++] = (HttpRequest){.bearer = "secret\r\nX-Evil: 1"};
  requests[n++] = (HttpRequest){.user = "a", .password = "secret\n"};
  requests[n++] = (HttpRequest){.user = "secret\r", .password = ""};
  requests[n++] = (HttpRequest){.method = HTTP_POST, .body = "", .content_type = "text/plain\r\nX-Evil: secret"};
  requests[n++] = (HttpRequest){.method = HTTP_GET, .body = "secret", .body_bytes = 6};
  requests[n++] = (HttpRequest){.method = HTTP_HEAD, .body = "secret", .body_bytes = 6};
  for (size_t i = 0; i < n; i++) {
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(client_send_to(&f, "/echo", requests[i], &response, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_null(strstr(error->message, "secret"));
  }
  g_assert_cmpint(http_world_requests(f.world), ==, 0);
}

static void test_failures(void)
{
  static const struct {
    const char *path;
    HttpRequest request;
    ReeveErrorCode code;
    const char *words;
  } rows[] = {
      {"/silent?key=secret", {.total_ms = 150}, REEVE_ERROR_TIMEOUT, "did not finish its answer within 0.15"},
      {"/stalls", {.total_ms = 150}, REEVE_ERROR_TIMEOUT, "did not finish"},
      {"/silent/secret", {.stall_ms = 1000}, REEVE_ERROR_TIMEOUT, "went silent for 1 s"},
      {"/half-closed", {0}, REEVE_ERROR_UPSTREAM, "broke off in the middle of its answer"},
      {"/nothing?key=secret", {0}, REEVE_ERROR_UPSTREAM, "closed the connection without an answer"},
      {"/garbage", {0}, REEVE_ERROR_UPSTREAM, "did not answer in HTTP"},
      {"/bad-chunks", {0}, REEVE_ERROR_UPSTREAM, "broke off"},
      {"/bad-gzip", {0}, REEVE_ERROR_UPSTREAM, "cannot be decompressed"},
      {"/big-declared", {0}, REEVE_ERROR_LIMIT, "larger than 8 MiB"},
      {"/big/secret", {.max_answer_bytes = 1024 * 1024}, REEVE_ERROR_LIMIT, "larger than 1 MiB"},
      {"/many-headers", {0}, REEVE_ERROR_LIMIT, "more than 64 KiB of headers"},
  };
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  g_autofree char *label = g_strdup_printf("127.0.0.1:%d", http_world_port(f.world));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    if (client_send_to(&f, rows[i].path, rows[i].request, &response, &error) || !error)
      g_error("%s did not fail", rows[i].path);
    g_assert_null(response.body);
    if (error->code != (int)rows[i].code || !strstr(error->message, rows[i].words) || !strstr(error->message, label))
      g_error("%s: %d %s", rows[i].path, error->code, error->message);
    g_assert_null(strstr(error->message, "secret"));
    g_assert_true(g_str_has_suffix(error->message, "."));
  }
  g_auto(HttpResponse) exact = {0};
  g_autoptr(GError) error = NULL;
  client_send_to(&f, "/big", (HttpRequest){.max_answer_bytes = BIG_BYTES}, &exact, &error); /* the cap itself is allowed */
  g_assert_no_error(error);
  g_assert_cmpuint(exact.body_bytes, ==, BIG_BYTES);
}

/* A compressed answer counts by what it becomes. */
static bool bomb(HttpWorld *world, int fd, const WorldRequest *request, void *user_data)
{
  const GByteArray *zipped = user_data;
  return world_answer_bytes(fd, 200, "Content-Encoding: gzip\r\n", zipped->data, zipped->len);
}

static void test_bomb(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GByteArray) zipped = g_byte_array_new();
  g_autofree char *out = NULL;
  g_autofree char *script = g_strdup_printf("head -c %d /dev/zero | gzip -9 | base64 -w0", BIG_BYTES);
  g_assert_true(g_spawn_sync(NULL, (char *[]){"/bin/sh", "-c", script, NULL}, NULL, 0, NULL, NULL, &out, NULL, NULL, &error));
  gsize bytes = 0;
  guchar *raw = g_base64_decode_inplace(out, &bytes);
  g_byte_array_append(zipped, raw, (guint)bytes);
  g_assert_cmpuint(bytes, <, 10000);
  g_auto(ClientFixture) f = client_fixture(bomb, zipped);
  g_auto(HttpResponse) small = {0}, whole = {0};
  g_assert_false(client_send_to(&f, "/", (HttpRequest){.max_answer_bytes = BIG_BYTES - 1}, &small, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error(&error);
  client_send_to(&f, "/", (HttpRequest){.max_answer_bytes = BIG_BYTES}, &whole, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(whole.body_bytes, ==, BIG_BYTES);
}

static void test_interim_headers(void)
{
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  g_auto(HttpResponse) response = {0};
  g_autoptr(GError) error = NULL;
  client_send_to(&f, "/interim", (HttpRequest){0}, &response, &error);
  g_assert_no_error(error);
  g_assert_cmpint(response.status, ==, 200);
  g_assert_null(http_response_header(&response, "X-Early"));
  g_assert_cmpstr(http_response_header(&response, "X-Late"), ==, "1");
}

static void test_unreachable(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(HttpClient) client = http_client_new(&(HttpClientParams){0}, &error);
  HttpWorld *world = http_world_new(behave, NULL);
  g_autofree char *closed = http_world_url(world, "/secret");
  http_world_free(world); /* nobody listens there now */
  const struct {
    const char *url, *words;
  } rows[] = {
      {closed, "no connection was accepted"},
      {"http://no-such-name.invalid/secret", "no-such-name.invalid could not be reached: its name was not found"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(HttpResponse) response = {0};
    g_clear_error(&error);
    g_assert_false(http_send(client, &(HttpRequest){.url = rows[i].url}, NULL, &response, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
    if (!strstr(error->message, rows[i].words) || strstr(error->message, "secret"))
      g_error("%s", error->message);
  }
}

/* Cancelled from the server's side of the conversation: it has the request, and will not answer. By then libcurl has gone to
 * sleep, which it does for up to a second. */
static bool cancel_then_silence(HttpWorld *world, int fd, const WorldRequest *request, void *user_data)
{
  Cancel *const *cancels = user_data;
  world_dawdle(world, 300);
  cancel_set(cancels[request->number - 1]);
  return world_silence(world, fd);
}

static void test_cancel(void)
{
  Cancel *cancels[4];
  for (size_t i = 0; i < G_N_ELEMENTS(cancels); i++)
    cancels[i] = cancel_new(NULL);
  ClientFixture f = client_fixture(cancel_then_silence, cancels);
  g_autofree char *url = http_world_url(f.world, "/");
  int64_t start_us = g_get_monotonic_time();
  for (size_t i = 0; i < 2 * G_N_ELEMENTS(cancels); i++) { /* each twice: the second time it is set before the request begins */
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(http_send(f.client, &(HttpRequest){.url = url}, cancels[i / 2], &response, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  }
  g_assert_cmpint(g_get_monotonic_time() - start_us, <, 3 * G_USEC_PER_SEC);
  g_assert_cmpint(http_world_requests(f.world), ==, (int)G_N_ELEMENTS(cancels));
  client_fixture_clear(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(cancels); i++)
    cancel_unref(cancels[i]);
}

/* One after the other, requests share a connection. */
static bool say_connection(HttpWorld *world, int fd, const WorldRequest *request, void *user_data)
{
  g_autofree char *number = g_strdup_printf("%d", request->connection);
  return world_answer(fd, 200, NULL, number);
}

static void test_connections_are_used_again(void)
{
  g_auto(ClientFixture) f = client_fixture(say_connection, NULL);
  for (int i = 0; i < 5; i++) {
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    client_send_to(&f, "/", (HttpRequest){0}, &response, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(response.body, ==, "1");
  }
}

/* Many threads on one client, each getting its own answers. */
typedef struct {
  ClientFixture *f;
  int number;
} Sender;

static gpointer send_many(gpointer data)
{
  const Sender *sender = data;
  for (int i = 0; i < 25; i++) {
    g_autofree char *body = g_strdup_printf("%d of %d", i, sender->number);
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    client_send_to(sender->f, "/echo", (HttpRequest){.method = HTTP_POST, .body = body, .body_bytes = strlen(body)}, &response,
                   &error);
    g_assert_no_error(error);
    g_assert_cmpstr(response.body, ==, body);
  }
  return NULL;
}

static void test_threads(void)
{
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  GThread *threads[12]; /* more than the client keeps idle */
  Sender senders[G_N_ELEMENTS(threads)];
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
    senders[i] = (Sender){.f = &f, .number = (int)i};
    threads[i] = g_thread_new("sender", send_many, &senders[i]);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(http_world_requests(f.world), ==, 25 * (int)G_N_ELEMENTS(threads));
}

static void test_proxy(void)
{
  g_auto(ClientFixture) f = client_fixture(behave, NULL);
  g_autofree char *proxy = http_world_url(f.world, "");
  g_autoptr(GError) error = NULL;
  g_auto(HttpResponse) response = {0};
  g_assert_true(g_setenv("http_proxy", proxy, TRUE)); /* no other thread of this program reads the environment now */
  http_send(f.client, &(HttpRequest){.url = "http://service.invalid/x", .bearer = "token"}, NULL, &response, &error);
  g_unsetenv("http_proxy");
  g_assert_no_error(error);
  g_assert_true(g_str_has_prefix(http_world_head(f.world, 1), "GET http://service.invalid/x HTTP/1.1\r\n"));
}

int main(int argc, char **argv)
{
  static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
  for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++)
    g_unsetenv(proxies[i]); /* the tests' own */
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http/statuses-are-answers", test_statuses_are_answers);
  g_test_add_func("/http/bodies", test_bodies);
  g_test_add_func("/http/head-and-nul", test_head_and_nul);
  g_test_add_func("/http/headers-and-credentials", test_headers_and_credentials);
  g_test_add_func("/http/refused", test_refused);
  g_test_add_func("/http/failures", test_failures);
  g_test_add_func("/http/bomb", test_bomb);
  g_test_add_func("/http/interim-headers", test_interim_headers);
  g_test_add_func("/http/unreachable", test_unreachable);
  g_test_add_func("/http/cancel", test_cancel);
  g_test_add_func("/http/connections-are-used-again", test_connections_are_used_again);
  g_test_add_func("/http/threads", test_threads);
  g_test_add_func("/http/proxy", test_proxy);
  return g_test_run();
}
