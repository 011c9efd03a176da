#include "client_fixture.h"
#include "net/upstream.h"

/* Answers with one status after the other; the last one for ever. */
typedef struct {
  const int *statuses;
  int n;
  const char *headers;
} Script;

static bool play(HttpWorld *world, int fd, const WorldRequest *request, void *user_data)
{
  const Script *script = user_data;
  int status = script->statuses[MIN(request->number, script->n) - 1];
  return status ? world_answer(fd, status, status >= 400 ? script->headers : NULL, "{}") : false;
}

static Upstream *quick_upstream(ClientFixture *f, const Clock *clock)
{
  return upstream_new(&(UpstreamParams){.name = "Example",
                                        .client = f->client,
                                        .clock = clock,
                                        .rate = {.interval_ms = 1, .burst = 1000},
                                        .retry = {.attempts = 4, .base_ms = 1, .max_wait_ms = 1000},
                                        .breaker = {.failures = 5, .open_ms = 60000}});
}

static bool ask(ClientFixture *f, Upstream *upstream, HttpMethod method, int *ret_status, GError **error)
{
  g_autofree char *url = http_world_url(f->world, "/?key=secret");
  g_auto(HttpResponse) response = {0};
  bool ok = upstream_send(upstream, &(HttpRequest){.url = url, .method = method}, NULL, &response, error);
  *ret_status = response.status;
  return ok;
}

static void test_attempts(void)
{
  static const struct {
    HttpMethod method;
    int statuses[5];
    int n;
    int requests, status; /* status 0: an error of `code` */
    ReeveErrorCode code;
  } rows[] = {
      {HTTP_GET, {200}, 1, 1, 200, 0},
      {HTTP_GET, {404}, 1, 1, 404, 0}, /* an answer like any other */
      {HTTP_GET, {401}, 1, 1, 401, 0},
      {HTTP_GET, {500, 502, 200}, 3, 3, 200, 0},
      {HTTP_GET, {429, 429, 429, 200}, 4, 4, 200, 0},
      {HTTP_GET, {0, 200}, 2, 2, 200, 0}, /* a connection closed without a word */
      {HTTP_GET, {500}, 1, 4, 0, REEVE_ERROR_UPSTREAM},
      {HTTP_GET, {503}, 1, 4, 0, REEVE_ERROR_UNAVAILABLE},
      {HTTP_GET, {429}, 1, 4, 0, REEVE_ERROR_UNAVAILABLE},
      {HTTP_POST, {500, 200}, 2, 1, 0, REEVE_ERROR_UPSTREAM}, /* it may have been done */
      {HTTP_POST, {503, 200}, 2, 2, 200, 0},
      {HTTP_GET, {501, 200}, 2, 1, 0, REEVE_ERROR_UPSTREAM},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Script script = {.statuses = rows[i].statuses, .n = rows[i].n};
    g_auto(ClientFixture) f = client_fixture(play, &script);
    g_autoptr(Upstream) upstream = quick_upstream(&f, clock_system());
    g_autoptr(GError) error = NULL;
    int status = 0;
    bool ok = ask(&f, upstream, rows[i].method, &status, &error);
    if (ok != (rows[i].status != 0) || status != rows[i].status || http_world_requests(f.world) != rows[i].requests)
      g_error("row %zu: status %d after %d requests: %s", i, status, http_world_requests(f.world), error ? error->message : "ok");
    if (!ok)
      g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
  }
}

/* With a clock that stands still unless it is moved, as 60 seconds are long for a test. */
static void test_breaker(void)
{
  static const int statuses[] = {500, 500, 500, 500, 500, 500, 200};
  Script script = {.statuses = statuses, .n = G_N_ELEMENTS(statuses)};
  g_auto(ClientFixture) f = client_fixture(play, &script);
  ManualClock manual;
  manual_clock_init(&manual, 1000000);
  g_autoptr(Upstream) upstream = quick_upstream(&f, &manual.clock);
  int status = 0;
  for (int call = 0; call < 3; call++) { /* four attempts; one that opens it; none at all */
    g_autoptr(GError) error = NULL;
    g_assert_false(ask(&f, upstream, HTTP_GET, &status, &error));
    g_assert_true(call == 0 || strstr(error->message, "is left alone for now") != NULL);
    g_assert_null(strstr(error->message, "secret"));
  }
  g_assert_cmpint(http_world_requests(f.world), ==, 5);
  manual_clock_advance(&manual, 60000);
  g_autoptr(GError) error = NULL;
  g_assert_false(ask(&f, upstream, HTTP_GET, &status, &error)); /* the trial fails, and is not repeated */
  g_assert_cmpint(http_world_requests(f.world), ==, 6);
  manual_clock_advance(&manual, 59999);
  g_clear_error(&error);
  g_assert_false(ask(&f, upstream, HTTP_GET, &status, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
  g_assert_cmpint(http_world_requests(f.world), ==, 6);
  manual_clock_advance(&manual, 1);
  g_clear_error(&error);
  ask(&f, upstream, HTTP_GET, &status, &error);
  g_assert_no_error(error);

  UpstreamFigures figures;
  upstream_figures(upstream, &figures);
  g_assert_cmpstr(figures.name, ==, "Example");
  g_assert_cmpint(figures.breaker, ==, BREAKER_CLOSED);
  g_assert_cmpint(figures.breaker_opened, ==, 2);
  g_assert_cmpint(figures.failures_in_row, ==, 0);
  g_assert_cmpint(figures.requests, ==, 7);
  g_assert_cmpint(figures.failures, ==, 6);
  g_assert_cmpint(figures.repeats, ==, 5); /* the last of which the breaker kept back */
  g_assert_cmpint(figures.last_success_at_ms, ==, 1000000 + 120000);
  g_assert_cmpint(figures.last_failure_at_ms, ==, 1000000 + 60000);
  g_assert_nonnull(strstr(figures.last_failure, "500"));
  record_clear(&upstream_figures_table, &figures);
}

static void test_retry_after(void)
{
  static const int statuses[] = {429, 200};
  static const struct {
    const char *headers;
    bool waits; /* for the second attempt; else it is given up at once */
    const char *words;
  } rows[] = {
      {"Retry-After: 1\r\n", true, NULL},
      {"Retry-After: 120\r\n", false, "left alone for 120 s"},
      {"Retry-After: soon\r\n", true, NULL}, /* no more than no header at all */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Script script = {.statuses = statuses, .n = 2, .headers = rows[i].headers};
    g_auto(ClientFixture) f = client_fixture(play, &script);
    g_autoptr(Upstream) upstream = quick_upstream(&f, clock_system());
    g_autoptr(GError) error = NULL;
    int status = 0;
    int64_t start_us = g_get_monotonic_time();
    bool ok = ask(&f, upstream, HTTP_GET, &status, &error);
    g_assert_true(ok == rows[i].waits);
    g_assert_cmpint(http_world_requests(f.world), ==, ok ? 2 : 1);
    if (i == 0)
      g_assert_cmpint(g_get_monotonic_time() - start_us, >=, 990 * 1000);
    if (ok)
      continue;
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
    g_assert_nonnull(strstr(error->message, rows[i].words));
    /* The silence is for everyone: the next call is not even sent. */
    g_autoptr(GError) next_error = NULL;
    g_assert_false(ask(&f, upstream, HTTP_GET, &status, &next_error));
    g_assert_error(next_error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
    g_assert_cmpint(http_world_requests(f.world), ==, 1);
  }
}

/* Repeated attempts are bounded over all calls: 20 calls that fail would make 80 requests, and may make 30. */
static void test_budget(void)
{
  static const int statuses[] = {503};
  Script script = {.statuses = statuses, .n = 1};
  g_auto(ClientFixture) f = client_fixture(play, &script);
  ManualClock manual;
  manual_clock_init(&manual, 1000000);
  g_autoptr(Upstream) upstream = upstream_new(&(UpstreamParams){.name = "Example",
                                                                .client = f.client,
                                                                .clock = &manual.clock,
                                                                .rate = {.interval_ms = 1, .burst = 1000},
                                                                .retry = {.base_ms = 1},
                                                                .breaker = {.failures = 1000}});
  for (int i = 0; i < 20; i++) {
    int status = 0;
    g_assert_false(ask(&f, upstream, HTTP_GET, &status, NULL));
  }
  g_assert_cmpint(http_world_requests(f.world), ==, 20 + RETRY_BUDGET);
}

/* A pause is cut short, and so is a turn that is waited for; neither speaks against the service. */
static gpointer cancel_soon(gpointer data)
{
  cancel_set(data);
  return NULL;
}

static void test_cancel(void)
{
  static const int statuses[] = {429};
  Script script = {.statuses = statuses, .n = 1, .headers = "Retry-After: 20\r\n"};
  g_auto(ClientFixture) f = client_fixture(play, &script);
  g_autoptr(Upstream) upstream = upstream_new(
      &(UpstreamParams){.name = "Example", .client = f.client, .clock = clock_system(), .rate = {.interval_ms = 1, .burst = 10}});
  g_autofree char *url = http_world_url(f.world, "/");
  for (int i = 0; i < 2; i++) {
    g_autoptr(Cancel) cancel = cancel_new(NULL);
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    GThread *thread = i ? g_thread_new("cancel", cancel_soon, cancel) : NULL;
    int64_t start_us = g_get_monotonic_time();
    if (!i) { /* in the first call the server's answer has begun the silence; the handler's thread is not needed for it */
      g_autoptr(GError) first = NULL;
      g_auto(HttpResponse) answer = {0};
      Upstream *impatient = upstream_new(&(UpstreamParams){.name = "Example",
                                                           .client = f.client,
                                                           .clock = clock_system(),
                                                           .retry = {.attempts = 1},
                                                           .rate = {.interval_ms = 1, .burst = 1}});
      g_assert_false(upstream_send(impatient, &(HttpRequest){.url = url}, NULL, &answer, &first));
      g_assert_error(first, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
      upstream_free(impatient);
      cancel_set(cancel);
    }
    g_assert_false(upstream_send(upstream, &(HttpRequest){.url = url}, cancel, &response, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
    g_assert_cmpint(g_get_monotonic_time() - start_us, <, 10 * G_USEC_PER_SEC);
    if (thread)
      g_thread_join(thread);
  }
  UpstreamFigures figures;
  upstream_figures(upstream, &figures);
  g_assert_cmpint(figures.failures, ==, 0);
  g_assert_cmpint(figures.failures_in_row, ==, 0);
  record_clear(&upstream_figures_table, &figures);
}

static void test_check(void)
{
  static const struct {
    int status, code; /* code -1: no error */
  } rows[] = {{200, -1},
              {204, -1},
              {302, REEVE_ERROR_UPSTREAM},
              {400, REEVE_ERROR_UPSTREAM},
              {401, REEVE_ERROR_DENIED},
              {403, REEVE_ERROR_DENIED},
              {404, REEVE_ERROR_NOT_FOUND},
              {410, REEVE_ERROR_NOT_FOUND},
              {422, REEVE_ERROR_UPSTREAM}};
  g_autoptr(Upstream) upstream = upstream_new(&(UpstreamParams){.name = "Example", .clock = clock_system()});
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_true(upstream_check(upstream, &(HttpResponse){.status = rows[i].status}, &error) == (rows[i].code < 0));
    g_assert_true(rows[i].code < 0 || (error->code == rows[i].code && strstr(error->message, "Example")));
  }
}

/* Calls from many threads: each is counted once, and the rate holds over all of them. */
static gpointer call_some(gpointer data)
{
  void **pair = data;
  for (int i = 0; i < 10; i++) {
    int status = 0;
    g_autoptr(GError) error = NULL;
    ask(pair[0], pair[1], HTTP_GET, &status, &error);
    g_assert_no_error(error);
  }
  return NULL;
}

static void test_threads(void)
{
  static const int statuses[] = {200};
  Script script = {.statuses = statuses, .n = 1};
  g_auto(ClientFixture) f = client_fixture(play, &script);
  g_autoptr(Upstream) upstream = upstream_new(
      &(UpstreamParams){.name = "Example", .client = f.client, .clock = clock_system(), .rate = {.interval_ms = 10, .burst = 1}});
  void *pair[] = {&f, upstream};
  GThread *threads[4];
  int64_t start_us = g_get_monotonic_time();
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("caller", call_some, pair);
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(g_get_monotonic_time() - start_us, >=, 380 * 1000); /* 39 intervals */
  UpstreamFigures figures;
  upstream_figures(upstream, &figures);
  g_assert_cmpint(figures.requests, ==, 40);
  g_assert_cmpint(figures.failures, ==, 0);
  g_assert_cmpint(figures.waited_ms, >, 0);
  record_clear(&upstream_figures_table, &figures);
}

static void test_figures_table(void)
{
  UpstreamFigures figures;
  record_init(&upstream_figures_table, &figures);
  g_assert_cmpint(figures.last_success_at_ms, ==, FIELD_NULL_INT);
  record_clear(&upstream_figures_table, &figures);
}

int main(int argc, char **argv)
{
  g_assert_true(g_setenv("no_proxy", "*", TRUE));
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/upstream/attempts", test_attempts);
  g_test_add_func("/upstream/breaker", test_breaker);
  g_test_add_func("/upstream/retry-after", test_retry_after);
  g_test_add_func("/upstream/budget", test_budget);
  g_test_add_func("/upstream/cancel", test_cancel);
  g_test_add_func("/upstream/check", test_check);
  g_test_add_func("/upstream/threads", test_threads);
  g_test_add_func("/upstream/figures-table", test_figures_table);
  return g_test_run();
}
