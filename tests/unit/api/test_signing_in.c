/* Set-up, sessions, users, keys and the audit log over real sockets: what is given, and what nobody gets by trying. */
#include "auth/lockout.h"
#include "auth/setup.h"
#include "auth/token.h"
#include "server_fixture.h"

static const char good[] = "{\"name\":\"ada\",\"password\":\"correct horse\"}";

static void add_user(const Fixture *f, const char *name, Role role)
{
  g_autoptr(GError) error = NULL;
  int64_t id;
  g_autoptr(DbConn) conn = db_acquire(f->db, &error);
  g_assert_true(user_add(conn, name, role, "correct horse", clock_system(), &id, &error));
  g_assert_no_error(error);
}

static const char *text_of(const Answer *answer, const char *name)
{
  return json_string_value(json_object_get(answer->body, name));
}

/* What a browser keeps of an answer. */
typedef struct {
  char *cookie, *csrf;
} Browser;

static void browser_clear(Browser *browser)
{
  g_free(browser->cookie);
  g_free(browser->csrf);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Browser, browser_clear)

static char *cookie_of(const Answer *answer)
{
  const char *begin = strstr(answer->head, "Set-Cookie: reeve_session=");
  g_assert_nonnull(begin);
  begin += strlen("Set-Cookie: reeve_session=");
  return g_strndup(begin, strcspn(begin, ";"));
}

static Browser browser_of(const Answer *answer)
{
  return (Browser){.cookie = cookie_of(answer), .csrf = g_strdup(text_of(answer, "csrf"))};
}

static Browser sign_in(const Fixture *f, const char *headers)
{
  g_auto(Answer) answer = call_with(f, "POST", "/api/v1/session", headers, good);
  assert_status(&answer, 201);
  return browser_of(&answer);
}

static Answer browse(const Fixture *f, const Browser *browser, const char *method, const char *path, const char *body)
{
  g_autofree char *headers =
      g_strdup_printf("Cookie: a=b; reeve_session=%s\r\n%s%s%s", browser->cookie, browser->csrf ? "X-CSRF-Token: " : "",
                      browser->csrf ? browser->csrf : "", browser->csrf ? "\r\n" : "");
  return call_with(f, method, path, headers, body);
}

static void assert_browse(const Fixture *f, const Browser *browser, const char *method, const char *path, int status)
{
  g_auto(Answer) answer = browse(f, browser, method, path, NULL);
  assert_status(&answer, status);
}

static void test_session(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_OPERATOR);
  g_auto(Answer) made = call_with(&f, "POST", "/api/v1/session", NULL, good);
  assert_status(&made, 201);
  g_assert_nonnull(strstr(made.head, "; HttpOnly; SameSite=Strict"));
  g_assert_null(strstr(made.head, "; Secure")); /* the browser would not send it back over plain HTTP */
  const json_t *user = json_object_get(made.body, "user");
  g_assert_cmpstr(json_string_value(json_object_get(user, "name")), ==, "ada");
  g_assert_cmpstr(json_string_value(json_object_get(user, "role")), ==, "operator");
  g_auto(Browser) browser = browser_of(&made);
  g_assert_cmpint((int)strlen(browser.cookie), ==, 43);
  g_assert_null(strstr(made.text, browser.cookie)); /* no script gets to see it */

  g_auto(Answer) again = browse(&f, &browser, "GET", "/api/v1/session", NULL);
  assert_status(&again, 200);
  g_assert_true(json_equal(again.body, made.body));
  assert_browse(&f, &browser, "GET", "/api/v1/stats", 200);
  assert_browse(&f, &browser, "DELETE", "/api/v1/profiles/1", 403);
  g_auto(Browser) stranger = {.cookie = g_strdup("reeve_wrong")};
  assert_browse(&f, &stranger, "GET", "/api/v1/stats", 401);
  /* A cookie's value is no key, nor a key a cookie's. */
  g_autofree char *as_key = g_strdup_printf("X-Api-Key: %s\r\n", browser.cookie);
  g_auto(Answer) key = call_with(&f, "GET", "/api/v1/stats", as_key, NULL);
  assert_status(&key, 401);
  g_auto(Browser) as_cookie = {.cookie = g_strdup(f.keys[SCOPE_ADMIN])};
  assert_browse(&f, &as_cookie, "GET", "/api/v1/stats", 401);
  g_auto(Answer) of_key = call(&f, SCOPE_READ, "GET", "/api/v1/session", NULL);
  assert_status(&of_key, 401);
  g_auto(Answer) kept = call(&f, SCOPE_READ, "DELETE", "/api/v1/session", NULL);
  assert_status(&kept, 409);

  g_auto(Answer) out = browse(&f, &browser, "DELETE", "/api/v1/session", NULL);
  assert_status(&out, 204);
  g_assert_nonnull(strstr(out.head, "reeve_session=; Path=/; Max-Age=0"));
  assert_browse(&f, &browser, "GET", "/api/v1/session", 401);
  fixture_clear(&f);
}

/* Everything that changes something needs the token, from whoever signs in by cookie. */
static void test_csrf(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_ADMIN);
  g_auto(Browser) browser = sign_in(&f, NULL);
  g_auto(Browser) other = sign_in(&f, NULL);
  const Browser without = {.cookie = browser.cookie}, with_other = {.cookie = browser.cookie, .csrf = other.csrf},
                with_half = {.cookie = browser.cookie, .csrf = browser.csrf + 1},
                with_cookie = {.cookie = browser.cookie, .csrf = browser.cookie};
  for (const RouteSet *const *set = route_sets(); *set; set++)
    for (size_t i = 0; i < (*set)->n_rows; i++) {
      const Route *route = &(*set)->rows[i];
      if (strcmp(route->method, "GET") == 0 || route->access == ACCESS_OPEN)
        continue;
      g_autofree char *path = fixture_path_of(route);
      g_test_message("%s %s", route->method, path);
      assert_browse(&f, &without, route->method, path, 403);
      assert_browse(&f, &with_other, route->method, path, 403);
      assert_browse(&f, &with_half, route->method, path, 403);
      assert_browse(&f, &with_cookie, route->method, path, 403);
    }
  assert_browse(&f, &without, "GET", "/api/v1/stats", 200);
  assert_browse(&f, &without, "HEAD", "/api/v1/stats", 200);
  assert_browse(&f, &browser, "POST", "/api/v1/session/end-all", 204);

  /* A form of a foreign page cannot sign anyone in. */
  static const char *const forms[] = {"text/plain", "application/x-www-form-urlencoded; charset=utf-8",
                                      "multipart/form-data;boundary=x"};
  for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
    g_autofree char *header = g_strdup_printf("Content-Type: %s\r\n", forms[i]);
    g_auto(Answer) form = call_with(&f, "POST", "/api/v1/session", header, good);
    assert_status(&form, 415);
  }
  g_auto(Browser) json = sign_in(&f, "Content-Type: application/json\r\n");
  g_assert_nonnull(json.cookie);
  fixture_clear(&f);
}

/* A session that somebody planted in the browser is not the one that its owner signs in to. */
static void test_fixation(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_ADMIN);
  g_auto(Browser) planted = sign_in(&f, NULL);
  g_autofree char *header = g_strdup_printf("Cookie: reeve_session=%s\r\n", planted.cookie);
  g_auto(Browser) own = sign_in(&f, header);
  g_assert_cmpstr(own.cookie, !=, planted.cookie);
  g_assert_cmpstr(own.csrf, !=, planted.csrf);
  assert_browse(&f, &planted, "GET", "/api/v1/session", 401);
  g_auto(Browser) chosen = sign_in(&f, "Cookie: reeve_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n");
  g_assert_cmpstr(chosen.cookie, !=, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  assert_browse(&f, &own, "GET", "/api/v1/session", 200);
  fixture_clear(&f);
}

static void test_password(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_VIEWER);
  g_auto(Browser) browser = sign_in(&f, NULL);
  g_auto(Browser) other = sign_in(&f, NULL);
  static const char *const bad[][2] = {{"{\"current\":\"wrong\",\"new\":\"new password\"}", "current"},
                                       {"{\"current\":\"correct horse\",\"new\":\"short\"}", "new"},
                                       {"{\"current\":\"correct horse\"}", "new"}};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(Answer) refused = browse(&f, &browser, "PUT", "/api/v1/session/password", bad[i][0]);
    assert_field(&refused, bad[i][1]);
  }
  assert_browse(&f, &other, "GET", "/api/v1/session", 200);
  g_auto(Answer) changed =
      browse(&f, &browser, "PUT", "/api/v1/session/password", "{\"current\":\"correct horse\",\"new\":\"new password\"}");
  assert_status(&changed, 200);
  g_auto(Browser) renewed = browser_of(&changed);
  assert_browse(&f, &renewed, "GET", "/api/v1/session", 200);
  assert_browse(&f, &browser, "GET", "/api/v1/session", 401);
  assert_browse(&f, &other, "GET", "/api/v1/session", 401);
  g_auto(Answer) old = call_with(&f, "POST", "/api/v1/session", NULL, good);
  assert_status(&old, 401);
  g_auto(Answer) by_key =
      call(&f, SCOPE_ADMIN, "PUT", "/api/v1/session/password", "{\"current\":\"correct horse\",\"new\":\"new password\"}");
  assert_status(&by_key, 409);
  fixture_clear(&f);
}

static void test_expiry(void)
{
  ManualClock clock;
  manual_clock_init(&clock, g_get_real_time() / 1000);
  Fixture f;
  fixture_init_with(&f, (ApiParams){.clock = &clock.clock, .sessions = {.idle_ms = 1000 * 1000, .life_ms = 1500 * 1000}});
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_ADMIN);
  g_auto(Browser) used = sign_in(&f, NULL);
  g_auto(Browser) idle = sign_in(&f, NULL);
  manual_clock_advance(&clock, 900 * 1000);
  assert_browse(&f, &used, "GET", "/api/v1/session", 200);
  manual_clock_advance(&clock, 200 * 1000);
  assert_browse(&f, &idle, "GET", "/api/v1/session", 401);
  assert_browse(&f, &used, "GET", "/api/v1/session", 200);
  manual_clock_advance(&clock, 400 * 1000);
  assert_browse(&f, &used, "GET", "/api/v1/session", 401);

  g_autofree char *body = g_strdup_printf("{\"name\":\"short\",\"scope\":\"admin\",\"expires_at_ms\":%" G_GINT64_FORMAT "}",
                                          clock_now_ms(&clock.clock) + 1000);
  g_auto(Answer) made = call(&f, SCOPE_ADMIN, "POST", "/api/v1/keys", body);
  assert_status(&made, 201);
  g_autofree char *header = g_strdup_printf("X-Api-Key: %s\r\n", text_of(&made, "key"));
  g_auto(Answer) before = call_with(&f, "GET", "/api/v1/stats", header, NULL);
  assert_status(&before, 200);
  manual_clock_advance(&clock, 1000);
  g_auto(Answer) after = call_with(&f, "GET", "/api/v1/stats", header, NULL);
  assert_status(&after, 401);
  g_auto(Answer) past = call(&f, SCOPE_ADMIN, "POST", "/api/v1/keys", body);
  assert_field(&past, "expires_at_ms");
  fixture_clear(&f);
}

static void test_lockout(void)
{
  ManualClock clock;
  manual_clock_init(&clock, g_get_real_time() / 1000);
  static const char *const proxies[] = {"127.0.0.1", NULL};
  Fixture f;
  fixture_init_with(&f, (ApiParams){.clock = &clock.clock, .trusted_proxies = proxies});
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_ADMIN);
  static const char wrong[] = "{\"name\":\"ada\",\"password\":\"wrong horse\"}";
  static const char from[] = "X-Forwarded-For: 203.0.113.1\r\n", from_elsewhere[] = "X-Forwarded-For: 203.0.113.2\r\n";
  for (int i = 0; i < LOCKOUT_PAIR_FREE; i++) {
    g_auto(Answer) refused = call_with(&f, "POST", "/api/v1/session", from, wrong);
    assert_status(&refused, 401);
    g_assert_null(strstr(refused.text, "horse"));
  }
  g_auto(Answer) limited = call_with(&f, "POST", "/api/v1/session", from, good);
  assert_status(&limited, 429);
  g_assert_nonnull(strstr(limited.head, "Retry-After: 30\r\n"));
  /* The same user comes in from elsewhere, which clears nothing here. */
  g_auto(Browser) elsewhere = sign_in(&f, from_elsewhere);
  g_assert_nonnull(elsewhere.cookie);
  g_auto(Answer) still = call_with(&f, "POST", "/api/v1/session", from, good);
  assert_status(&still, 429);
  manual_clock_advance(&clock, LOCKOUT_FIRST_MS);
  g_auto(Browser) after = sign_in(&f, from);
  /* What is tried for a change of password counts, too. */
  for (int i = 0; i < LOCKOUT_PAIR_FREE; i++) {
    g_autofree char *header =
        g_strdup_printf("%sCookie: reeve_session=%s\r\nX-CSRF-Token: %s\r\n", from, after.cookie, after.csrf);
    g_auto(Answer) guess =
        call_with(&f, "PUT", "/api/v1/session/password", header, "{\"current\":\"guess\",\"new\":\"new password\"}");
    assert_field(&guess, "current");
  }
  g_auto(Answer) held = call_with(&f, "POST", "/api/v1/session", from, good);
  assert_status(&held, 429);
  fixture_clear(&f);
}

/* --- users and keys --- */

static void test_users(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) made =
      call(&f, SCOPE_ADMIN, "POST", "/api/v1/users", "{\"name\":\"ada\",\"role\":\"admin\",\"password\":\"correct horse\"}");
  assert_status(&made, 201);
  g_assert_null(strstr(made.text, "horse"));
  g_assert_null(strstr(made.text, "argon2"));
  g_autofree char *path = g_strdup_printf("/api/v1/users/%" G_GINT64_FORMAT, answer_int(&made, "id"));
  g_auto(Browser) ada = sign_in(&f, NULL);
  g_auto(Answer) twice =
      call(&f, SCOPE_ADMIN, "POST", "/api/v1/users", "{\"name\":\"ada\",\"role\":\"viewer\",\"password\":\"correct horse\"}");
  assert_status(&twice, 409);
  static const char *const bad[][2] = {
      {"{\"name\":\"a b\",\"password\":\"long enough\"}", "name"},
      {"{\"name\":\"bob\",\"password\":\"short\"}", "password"},
      {"{\"name\":\"bob\"}", "password"},
      {"{\"name\":\"bob\",\"password\":\"long enough\",\"role\":\"god\"}", "role"},
      {"{\"name\":\"bob\",\"password\":\"long enough\",\"password_hash\":\"x\"}", "password_hash"}};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(Answer) refused = call(&f, SCOPE_ADMIN, "POST", "/api/v1/users", bad[i][0]);
    assert_field(&refused, bad[i][1]);
  }
  static const char *const ruinous[] = {"{\"role\":\"viewer\"}", "{\"disabled\":true}"};
  for (size_t i = 0; i < G_N_ELEMENTS(ruinous); i++) {
    g_auto(Answer) refused = browse(&f, &ada, "PUT", path, ruinous[i]);
    assert_status(&refused, 409);
  }
  assert_browse(&f, &ada, "DELETE", path, 409);
  g_auto(Answer) second =
      browse(&f, &ada, "POST", "/api/v1/users", "{\"name\":\"bob\",\"role\":\"admin\",\"password\":\"long enough\"}");
  assert_status(&second, 201);
  /* A role that is taken away is gone with the next request. */
  g_auto(Answer) lowered = call(&f, SCOPE_ADMIN, "PUT", path, "{\"role\":\"viewer\"}");
  assert_status(&lowered, 200);
  g_assert_cmpstr(text_of(&lowered, "role"), ==, "viewer");
  assert_browse(&f, &ada, "GET", "/api/v1/users", 403);
  assert_browse(&f, &ada, "GET", "/api/v1/stats", 200);
  g_auto(Answer) disabled = call(&f, SCOPE_ADMIN, "PUT", path, "{\"disabled\":true}");
  assert_status(&disabled, 200);
  assert_browse(&f, &ada, "GET", "/api/v1/stats", 401);
  g_auto(Answer) closed = call_with(&f, "POST", "/api/v1/session", NULL, good);
  assert_status(&closed, 401);
  g_auto(Answer) renamed =
      call(&f, SCOPE_ADMIN, "PUT", path, "{\"name\":\"eve\",\"disabled\":false,\"password\":\"long enough\"}");
  assert_status(&renamed, 200);
  g_auto(Answer) removed = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&removed, 204);
  g_auto(Answer) gone = call(&f, SCOPE_ADMIN, "GET", path, NULL);
  assert_status(&gone, 404);
  fixture_clear(&f);
}

/* An edit of what somebody else has changed meanwhile is refused with what it is now, for whatever can be edited here. */
static void test_stale(void)
{
  static const struct {
    const char *path, *made, *method, *first, *second, *wrong, *wrong_field;
  } rows[] = {
      {"/api/v1/users", "{\"name\":\"bob\",\"password\":\"correct horse\"}", "PUT", "{\"name\":\"bert\"}",
       "{\"role\":\"operator\"}", "{\"role\":\"god\"}", "role"},
      {"/api/v1/keys", "{\"name\":\"bob\",\"scope\":\"read\"}", "PATCH", "{\"name\":\"bert\"}",
       "{\"expires_at_ms\":99999999999999}", "{\"expires_at_ms\":5}", "expires_at_ms"},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Answer) made = call(&f, SCOPE_ADMIN, "POST", rows[i].path, rows[i].made);
    assert_status(&made, 201);
    g_autofree char *path = g_strdup_printf("%s/%" G_GINT64_FORMAT, rows[i].path, answer_int(&made, "id"));
    g_auto(Answer) shown = call(&f, SCOPE_ADMIN, "GET", path, NULL);
    assert_status(&shown, 200);
    g_autofree char *tag = header_of(&shown, "ETag");
    g_assert_nonnull(tag);
    g_auto(Answer) first = call_if(&f, rows[i].method, path, tag, rows[i].first);
    assert_status(&first, 200);
    g_auto(Answer) stale = call_if(&f, rows[i].method, path, tag, rows[i].second);
    assert_status(&stale, 412);
    g_assert_cmpstr(json_string_value(json_object_get(json_object_get(stale.body, "current"), "name")), ==, "bert");
    g_auto(Answer) not_gone = call_if(&f, "DELETE", path, tag, NULL);
    assert_status(&not_gone, 412);
    g_autofree char *now = header_of(&stale, "ETag");
    g_auto(Answer) wrong = call_if(&f, rows[i].method, path, now, rows[i].wrong);
    assert_field(&wrong, rows[i].wrong_field);
    g_auto(Answer) second = call_if(&f, rows[i].method, path, now, rows[i].second);
    assert_status(&second, 200);
    g_assert_cmpstr(text_of(&second, "name"), ==, "bert"); /* what is not named stays */
    g_autofree char *last = header_of(&second, "ETag");
    g_auto(Answer) gone = call_if(&f, "DELETE", path, last, NULL);
    assert_status(&gone, 204);
    g_auto(Answer) missing = call_if(&f, rows[i].method, path, last, rows[i].second);
    assert_status(&missing, 404);
  }
  fixture_clear(&f);
}

static void test_keys(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) made = call(&f, SCOPE_ADMIN, "POST", "/api/v1/keys", "{\"name\":\"mine\",\"scope\":\"read\"}");
  assert_status(&made, 201);
  g_autofree char *header = g_strdup_printf("X-Api-Key: %s\r\n", text_of(&made, "key"));
  g_auto(Answer) used = call_with(&f, "GET", "/api/v1/stats", header, NULL);
  assert_status(&used, 200);
  g_auto(Answer) denied = call_with(&f, "POST", "/api/v1/keys", header, "{\"name\":\"more\",\"scope\":\"admin\"}");
  assert_status(&denied, 403);
  g_auto(Answer) listed = call(&f, SCOPE_ADMIN, "GET", "/api/v1/keys", NULL);
  assert_status(&listed, 200);
  g_assert_null(strstr(listed.text, text_of(&made, "key")));
  g_assert_null(strstr(listed.text, "\"hash\""));
  g_autofree char *path = g_strdup_printf("/api/v1/keys/%" G_GINT64_FORMAT, answer_int(&made, "id"));
  g_auto(Answer) removed = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&removed, 204);
  g_auto(Answer) after = call_with(&f, "GET", "/api/v1/stats", header, NULL);
  assert_status(&after, 401);
  fixture_clear(&f);
}

/* An event stream ends with the access of whoever reads it. */
static void test_streams_end(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_ADMIN);
  g_auto(Browser) browser = sign_in(&f, NULL);
  int fd = client_connect(&f);
  g_autofree char *request = g_strdup_printf(
      "GET /api/v1/events HTTP/1.1\r\nHost: test\r\nCookie: reeve_session=%s\r\nConnection: close\r\n\r\n", browser.cookie);
  client_send(fd, request, strlen(request));
  g_autofree char *begun = client_read_until(fd, "retry:");
  g_assert_nonnull(strstr(begun, "HTTP/1.1 200"));
  assert_browse(&f, &browser, "POST", "/api/v1/session/end-all", 204);
  g_autofree char *rest = client_read_until(fd, NULL); /* to its end, or the time limit aborts */
  g_assert_nonnull(rest);
  close(fd);
  assert_browse(&f, &browser, "GET", "/api/v1/events", 401);
  fixture_clear(&f);
}

/* --- set-up --- */

static void test_setup(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) needed = call_with(&f, "GET", "/api/v1/setup", NULL, NULL);
  g_assert_true(json_is_true(json_object_get(needed.body, "needed")));
  g_autoptr(GError) error = NULL;
  g_autofree char *token = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(f.db, &error);
    token = setup_begin(conn, clock_system(), &error);
    g_assert_no_error(error);
  }
  g_auto(Answer) wrong =
      call_with(&f, "POST", "/api/v1/setup", NULL, "{\"token\":\"x\",\"name\":\"eve\",\"password\":\"long enough\"}");
  assert_status(&wrong, 403);
  g_autofree char *bad = g_strdup_printf("{\"token\":\"%s\",\"name\":\"a b\",\"password\":\"long enough\"}", token);
  g_auto(Answer) odd = call_with(&f, "POST", "/api/v1/setup", NULL, bad);
  assert_field(&odd, "name");
  g_autofree char *body = g_strdup_printf("{\"token\":\"%s\",\"name\":\"ada\",\"password\":\"correct horse\"}", token);
  g_auto(Answer) done = call_with(&f, "POST", "/api/v1/setup", NULL, body);
  assert_status(&done, 201);
  g_auto(Browser) browser = browser_of(&done);
  assert_browse(&f, &browser, "GET", "/api/v1/users", 200);
  g_auto(Answer) again = call_with(&f, "POST", "/api/v1/setup", NULL, body);
  assert_status(&again, 409);
  g_auto(Answer) over = call_with(&f, "GET", "/api/v1/setup", NULL, NULL);
  g_assert_true(json_is_false(json_object_get(over.body, "needed")));
  fixture_clear(&f);
}

/* Before there is a user only this machine is answered, and whoever holds a key that was made on it. */
static void test_strangers(void)
{
  static const char *const proxies[] = {"127.0.0.1", NULL};
  static const char stranger[] = "X-Forwarded-For: 203.0.113.1\r\n";
  for (int trusted = 0; trusted < 2; trusted++) {
    /* Without a trusted proxy the header says that somebody stands behind the caller, whom we do not know. */
    Fixture f;
    fixture_init_with(&f, (ApiParams){.trusted_proxies = trusted ? proxies : NULL});
    fixture_offer(&f);
    static const char *const paths[] = {"/", "/docs", "/api/v1/setup", "/api/openapi.json", "/api/v1/stats"};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
      g_auto(Answer) refused = call_with(&f, "GET", paths[i], stranger, NULL);
      assert_status(&refused, 403);
      g_assert_nonnull(strstr(text_of(&refused, "detail"), "not set up"));
    }
    g_auto(Answer) forged = call_with(&f, "GET", "/", "X-Forwarded-For: 127.0.0.1, 203.0.113.1\r\n", NULL);
    assert_status(&forged, 403);
    g_auto(Answer) health = call_with(&f, "GET", "/health/ready", stranger, NULL);
    assert_status(&health, 200);
    g_autofree char *with_key = g_strdup_printf("%sX-Api-Key: %s\r\n", stranger, f.keys[SCOPE_READ]);
    g_auto(Answer) key = call_with(&f, "GET", "/api/v1/stats", with_key, NULL);
    assert_status(&key, 200);
    g_autofree char *with_bad_key = g_strdup_printf("%sX-Api-Key: reeve_wrong\r\n", stranger);
    g_auto(Answer) bad_key = call_with(&f, "GET", "/api/v1/stats", with_bad_key, NULL);
    assert_status(&bad_key, 403);
    g_auto(Answer) local = call_with(&f, "GET", "/docs", NULL, NULL);
    assert_status(&local, 200);
    add_user(&f, "ada", ROLE_ADMIN);
    g_auto(Answer) welcome = call_with(&f, "GET", "/docs", stranger, NULL);
    assert_status(&welcome, 200);
    fixture_clear(&f);
  }
  Fixture f;
  fixture_init_with(&f, (ApiParams){.trusted_proxies = proxies, .remote_setup = true});
  fixture_offer(&f);
  g_auto(Answer) told_otherwise = call_with(&f, "GET", "/api/v1/setup", stranger, NULL);
  assert_status(&told_otherwise, 200);
  fixture_clear(&f);
}

/* --- the audit log --- */

static void test_audit(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_user(&f, "ada", ROLE_ADMIN);
  g_auto(Browser) browser = sign_in(&f, NULL);
  g_auto(Answer) made =
      browse(&f, &browser, "POST", "/api/v1/users", "{\"name\":\"bob\",\"role\":\"viewer\",\"password\":\"hunter22 and more\"}");
  assert_status(&made, 201);
  g_auto(Answer) tried = call(&f, SCOPE_READ, "DELETE", "/api/v1/users/1", NULL);
  assert_status(&tried, 403);
  g_auto(Answer) anonymous = call_with(&f, "DELETE", "/api/v1/users/1", NULL, NULL);
  assert_status(&anonymous, 401);
  g_auto(Answer) page = call(&f, SCOPE_ADMIN, "GET", "/api/v1/audit", NULL);
  assert_status(&page, 200);
  g_assert_null(strstr(page.text, "hunter22"));
  g_assert_null(strstr(page.text, "horse"));
  static const struct {
    const char *actor, *kind, *action, *target;
    int status;
  } rows[] = {
      {"test", "key", "DELETE /api/v1/users/{id}", "/api/v1/users/1", 403},
      {"ada", "user", "POST /api/v1/users", "/api/v1/users", 201},
      {"ada", "user", "POST /api/v1/session", "/api/v1/session", 201},
  };
  const json_t *items = json_object_get(page.body, "items");
  g_assert_cmpuint(json_array_size(items), ==, G_N_ELEMENTS(rows));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const json_t *item = json_array_get(items, i);
    g_assert_cmpstr(json_string_value(json_object_get(item, "actor")), ==, rows[i].actor);
    g_assert_cmpstr(json_string_value(json_object_get(item, "actor_kind")), ==, rows[i].kind);
    g_assert_cmpstr(json_string_value(json_object_get(item, "action")), ==, rows[i].action);
    g_assert_cmpstr(json_string_value(json_object_get(item, "target")), ==, rows[i].target);
    g_assert_cmpstr(json_string_value(json_object_get(item, "address")), ==, "127.0.0.1");
    g_assert_cmpint(json_integer_value(json_object_get(item, "status")), ==, rows[i].status);
  }
  g_auto(Answer) filtered = call(&f, SCOPE_ADMIN, "GET", "/api/v1/audit?actor=test&action=users", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(filtered.body, "items")), ==, 1);
  fixture_clear(&f);
}

/* --- what is sent --- */

static void test_headers(void)
{
  static const char *const origins[] = {"https://films.example", NULL}, *const proxies[] = {"127.0.0.1", NULL};
  Fixture f;
  fixture_init_with(&f, (ApiParams){.cors_origins = origins, .trusted_proxies = proxies});
  fixture_offer(&f);
  g_auto(Answer) plain = call(&f, SCOPE_READ, "GET", "/api/v1/stats", NULL);
  static const char *const wanted[] = {"X-Content-Type-Options: nosniff",
                                       "X-Frame-Options: DENY",
                                       "Referrer-Policy: no-referrer",
                                       "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
                                       "Cross-Origin-Opener-Policy: same-origin",
                                       "Vary: Origin"};
  for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
    g_assert_nonnull(strstr(plain.head, wanted[i]));
  g_assert_null(strstr(plain.head, "Access-Control"));
  g_assert_null(strstr(plain.head, "Strict-Transport-Security"));

  g_autofree char *listed = g_strdup_printf("Origin: https://films.example\r\nX-Api-Key: %s\r\n", f.keys[SCOPE_READ]);
  g_auto(Answer) cors = call_with(&f, "GET", "/api/v1/stats", listed, NULL);
  g_assert_nonnull(strstr(cors.head, "Access-Control-Allow-Origin: https://films.example\r\n"));
  g_assert_null(strstr(cors.head, "Access-Control-Allow-Credentials"));
  static const char *const foreign[] = {
      "https://evil.example", "https://films.example.evil", "http://films.example", "https://films.example:444", "null",
      "HTTPS://FILMS.EXAMPLE"};
  for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
    g_autofree char *headers =
        g_strdup_printf("Origin: %s\r\nAccess-Control-Request-Method: POST\r\nX-Api-Key: %s\r\n", foreign[i], f.keys[SCOPE_READ]);
    g_auto(Answer) answer = call_with(&f, "GET", "/api/v1/stats", headers, NULL);
    g_assert_null(strstr(answer.head, "Access-Control"));
    g_auto(Answer) preflight = call_with(&f, "OPTIONS", "/api/v1/stats", headers, NULL);
    assert_status(&preflight, 405);
    g_assert_null(strstr(preflight.head, "Access-Control"));
  }
  g_auto(Answer) preflight = call_with(&f, "OPTIONS", "/api/v1/roots",
                                       "Origin: https://films.example\r\nAccess-Control-Request-Method: POST\r\n"
                                       "Access-Control-Request-Headers: x-api-key\r\n",
                                       NULL);
  assert_status(&preflight, 204);
  g_assert_nonnull(strstr(preflight.head, "Access-Control-Allow-Headers: "));
  g_assert_nonnull(strstr(preflight.head, "X-Api-Key"));

  /* By TLS as far as the proxy. */
  add_user(&f, "ada", ROLE_ADMIN);
  g_auto(Answer) secure =
      call_with(&f, "POST", "/api/v1/session", "X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-Proto: https\r\n", good);
  assert_status(&secure, 201);
  g_assert_nonnull(strstr(secure.head, "; Secure\r\n"));
  g_assert_nonnull(strstr(secure.head, "Strict-Transport-Security"));
  fixture_clear(&f);
}

/* Whoever takes too long to say what is wanted is cut off, also when a byte comes now and then. */
static void test_slow(void)
{
  enum { LIMIT_MS = 300 };
  static const char head[] = "POST /api/v1/session HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\nX-Slow: ";
  static const char *const begun[] = {"", "GET", "GET / HTTP/1.1\r\nHo", head,
                                      "POST /api/v1/session HTTP/1.1\r\nHost: test\r\nContent-Length: 99\r\n\r\n{"};
  Fixture f;
  fixture_init_with(&f, (ApiParams){.header_limit_ms = LIMIT_MS, .body_limit_ms = LIMIT_MS});
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(begun); i++) {
    int fd = client_connect(&f);
    struct timeval pause = {.tv_usec = 20 * 1000};
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause), ==, 0);
    client_send(fd, begun[i], strlen(begun[i]));
    gint64 start_us = g_get_monotonic_time();
    char buffer[4096];
    ssize_t got;
    while ((got = recv(fd, buffer, sizeof buffer, 0)) > 0 || (got < 0 && errno == EAGAIN)) {
      g_assert_cmpint(g_get_monotonic_time() - start_us, <, CLIENT_LIMIT_S * G_USEC_PER_SEC);
      if (!client_send(fd, "x", 1))
        break;
    }
    g_assert_cmpint(g_get_monotonic_time() - start_us, >=, (LIMIT_MS - 100) * 1000);
    close(fd);
  }
  fixture_clear(&f);
}

/* --- directories --- */

static void test_directories(void)
{
  Fixture f;
  fixture_init(&f);
  g_autofree char *media = g_build_filename(f.directory, "media", NULL), *films = g_build_filename(media, "films", NULL);
  g_autofree char *secret = g_build_filename(f.directory, "secret", NULL), *link = g_build_filename(media, "link", NULL);
  g_assert_cmpint(g_mkdir_with_parents(films, 0700), ==, 0);
  g_assert_cmpint(g_mkdir(secret, 0700), ==, 0);
  g_assert_cmpint(symlink(secret, link), ==, 0);
  const char *const allowed[] = {media, NULL};
  f.media_directories = allowed;
  fixture_offer(&f);
  g_auto(Answer) top = call(&f, SCOPE_ADMIN, "GET", "/api/v1/directories", NULL);
  assert_status(&top, 200);
  g_assert_true(json_is_null(json_object_get(top.body, "path")));
  g_assert_cmpuint(json_array_size(json_object_get(top.body, "items")), ==, 1);
  g_autofree char *path = g_strdup_printf("/api/v1/directories?path=%s", media);
  g_auto(Answer) inside = call(&f, SCOPE_ADMIN, "GET", path, NULL);
  assert_status(&inside, 200);
  g_assert_true(json_is_null(json_object_get(inside.body, "parent")));
  const json_t *items = json_object_get(inside.body, "items");
  g_assert_cmpuint(json_array_size(items), ==, 1); /* not the link that leads out */
  g_assert_cmpstr(json_string_value(json_object_get(json_array_get(items, 0), "path")), ==, films);

  const char *outside[] = {"/", "/etc", secret, link, f.directory};
  for (size_t i = 0; i < G_N_ELEMENTS(outside); i++) {
    g_autofree char *ask = g_strdup_printf("/api/v1/directories?path=%s", outside[i]);
    g_auto(Answer) refused = call(&f, SCOPE_ADMIN, "GET", ask, NULL);
    assert_status(&refused, 403);
    g_autofree char *body = g_strdup_printf("{\"path\":\"%s\"}", outside[i]);
    g_auto(Answer) root = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", body);
    assert_field(&root, "path");
    g_autofree char *trash = g_strdup_printf("{\"path\":\"%s\",\"trash_path\":\"%s/t\"}", films, outside[i]);
    g_auto(Answer) with_trash = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", trash);
    assert_field(&with_trash, "trash_path");
  }
  g_autofree char *body = g_strdup_printf("{\"path\":\"%s\"}", films);
  g_auto(Answer) added = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", body);
  assert_status(&added, 201);
  g_autofree char *root = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT, answer_int(&added, "id"));
  g_auto(Answer) moved = call(&f, SCOPE_ADMIN, "PATCH", root, "{\"trash_path\":\"/etc\"}");
  assert_field(&moved, "trash_path");
  g_auto(Answer) operating = call(&f, SCOPE_OPERATE, "GET", path, NULL);
  assert_status(&operating, 403);
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/signing-in/session", test_session);
  g_test_add_func("/signing-in/csrf", test_csrf);
  g_test_add_func("/signing-in/fixation", test_fixation);
  g_test_add_func("/signing-in/password", test_password);
  g_test_add_func("/signing-in/expiry", test_expiry);
  g_test_add_func("/signing-in/lockout", test_lockout);
  g_test_add_func("/signing-in/users", test_users);
  g_test_add_func("/signing-in/keys", test_keys);
  g_test_add_func("/signing-in/stale", test_stale);
  g_test_add_func("/signing-in/streams-end", test_streams_end);
  g_test_add_func("/signing-in/setup", test_setup);
  g_test_add_func("/signing-in/strangers", test_strangers);
  g_test_add_func("/signing-in/audit", test_audit);
  g_test_add_func("/signing-in/headers", test_headers);
  g_test_add_func("/signing-in/slow", test_slow);
  g_test_add_func("/signing-in/directories", test_directories);
  return g_test_run();
}
