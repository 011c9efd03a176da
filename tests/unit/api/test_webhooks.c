/* Webhooks over real sockets: who is let in by what, what is answered, and what is kept of it. */
#include "auth/lockout.h"
#include "auth/signature.h"
#include "server_fixture.h"

static const char good[] = "{\"eventType\":\"Test\",\"instanceName\":\"Sonarr\",\"series\":{\"id\":1,\"title\":\"Test\"}}";
static const char *const addresses[] = {"/api/v1/webhooks/sonarr", "/webhook/sonarr"};

static const char *text_of(const json_t *object, const char *name)
{
  return json_string_value(json_object_get(object, name));
}

static char *make_secret(const Fixture *f)
{
  g_auto(Answer) made = call(f, SCOPE_ADMIN, "POST", "/api/v1/webhook-secret", NULL);
  assert_status(&made, 201);
  return g_strdup(text_of(made.body, "secret"));
}

static Answer post_signed(const Fixture *f, const char *path, const char *signature, const char *more, const char *body)
{
  g_autofree char *headers = g_strdup_printf("X-Webhook-Signature: %s\r\n%s", signature, more ? more : "");
  return call_with(f, "POST", path, headers, body);
}

static Answer post_right(const Fixture *f, const char *path, const char *secret, const char *body)
{
  g_autofree char *signature = signature_make(secret, body, strlen(body));
  return post_signed(f, path, signature, NULL, body);
}

static void test_keys(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  const char *key = f.keys[SCOPE_WEBHOOK];
  g_autofree char *pair = g_strconcat("sonarr:", key, NULL);
  g_autofree char *encoded = g_base64_encode((const guchar *)pair, strlen(pair));
  g_autofree char *basic = g_strdup_printf("Authorization: Basic %s\r\n", encoded);
  g_autofree char *header = g_strdup_printf("X-Api-Key: %s\r\n", key);
  g_autofree char *bearer = g_strdup_printf("Authorization: Bearer %s\r\n", key);
  const char *const ways[] = {basic, header, bearer};
  for (size_t a = 0; a < G_N_ELEMENTS(addresses); a++) {
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
      g_auto(Answer) answer = call_with(&f, "POST", addresses[a], ways[i], good);
      assert_status(&answer, 200);
      g_assert_cmpstr(text_of(answer.body, "outcome"), ==, "accepted");
    }
    g_autofree char *in_address = g_strdup_printf("%s?apikey=%s", addresses[a], key);
    g_auto(Answer) answer = call_with(&f, "POST", in_address, NULL, good);
    assert_status(&answer, 200);
    g_auto(Answer) none = call_with(&f, "POST", addresses[a], NULL, good);
    assert_status(&none, 401);
    g_auto(Answer) reader = call(&f, SCOPE_READ, "POST", addresses[a], good);
    assert_status(&reader, 403);
  }
  fixture_clear(&f);
}

static void test_messages(void)
{
  static const struct {
    const char *path, *body;
    int status;
    const char *outcome;
  } rows[] = {
      {"/webhook/sonarr", good, 200, "accepted"},
      {"/webhook/radarr", "{\"eventType\":\"Grab\"}", 200, "ignored"},
      {"/webhook/radarr", "{\"eventType\":\"SomethingNew\"}", 200, "ignored"},
      {"/webhook/lidarr", "{\"eventType\":\"Download\",\"artist\":{\"name\":\"Can\"},\"trackFiles\":[{\"path\":\"/m/a.flac\"}]}",
       200, "ignored"},
      {"/api/v1/webhooks/lidarr", "{\"eventType\":\"Test\"}", 200, "ignored"},
      {"/webhook/radarr", "{\"eventType\":\"Download\",\"movieFile\":{\"id\":1,\"path\":\"/elsewhere/a.mkv\"}}", 200, "unmapped"},
      {"/webhook/radarr", "{\"no\":\"event\"}", 422, NULL},
      {"/webhook/radarr", "[]", 422, NULL},
      {"/webhook/radarr", "no JSON", 422, NULL},
      {"/webhook/radarr", "", 422, NULL},
      {"/webhook/plex", good, 404, NULL},
      {"/webhook/", good, 404, NULL},
      {"/webhook", good, 404, NULL},
      {"/webhook/sonarr/x", good, 404, NULL},
      {"/webhook/sonarr?apikey=x&b=1", good, 422, NULL},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Answer) answer = call(&f, SCOPE_WEBHOOK, "POST", rows[i].path, rows[i].body);
    assert_status(&answer, rows[i].status);
    if (!rows[i].outcome)
      continue;
    g_assert_cmpstr(text_of(answer.body, "outcome"), ==, rows[i].outcome);
    g_assert_cmpuint(strlen(text_of(answer.body, "reason")), >, 0);
  }
  g_auto(Answer) got = call(&f, SCOPE_WEBHOOK, "GET", "/webhook/sonarr", NULL);
  assert_status(&got, 405);
  g_auto(Answer) events = call(&f, SCOPE_READ, "GET", "/api/v1/webhooks/events?application=radarr&limit=2", NULL);
  assert_status(&events, 200);
  g_assert_cmpuint(json_array_size(json_object_get(events.body, "items")), ==, 2);
  const char *next = text_of(events.body, "next");
  g_assert_nonnull(next);
  g_autofree char *rest_path = g_strconcat("/api/v1/webhooks/events?application=radarr&limit=2&after=", next, NULL);
  g_auto(Answer) rest = call(&f, SCOPE_READ, "GET", rest_path, NULL);
  assert_status(&rest, 200);
  g_assert_cmpuint(json_array_size(json_object_get(rest.body, "items")), ==, 1);
  g_auto(Answer) nobody = call(&f, SCOPE_READ, "GET", "/api/v1/webhooks/events?application=plex", NULL);
  assert_field(&nobody, "application");
  fixture_clear(&f);
}

static void assert_description(const Fixture *f, bool has_secret)
{
  g_auto(Answer) answer = call(f, SCOPE_READ, "GET", "/api/v1/webhooks", NULL);
  assert_status(&answer, 200);
  const json_t *items = json_object_get(answer.body, "items");
  g_assert_cmpuint(json_array_size(items), ==, 2);
  const json_t *sonarr = json_array_get(items, 0);
  g_assert_cmpstr(text_of(sonarr, "application"), ==, "sonarr");
  g_assert_cmpstr(text_of(sonarr, "path"), ==, addresses[0]);
  g_assert_cmpstr(text_of(sonarr, "short_path"), ==, addresses[1]);
  g_assert_cmpstr(text_of(sonarr, "address"), ==, "http://test/api/v1/webhooks/sonarr");
  g_assert_true(json_is_true(json_object_get(sonarr, "has_secret")) == has_secret);
  g_assert_cmpuint(json_array_size(json_object_get(sonarr, "sign_in")), ==, has_secret ? 4 : 3);
}

static void test_secret(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  assert_description(&f, false);
  for (size_t a = 0; a < G_N_ELEMENTS(addresses); a++) {
    g_auto(Answer) none = post_right(&f, addresses[a], "any secret at all", good);
    assert_status(&none, 401);
    g_assert_nonnull(strstr(none.text, "there is no webhook secret"));
  }
  /* It counts for nothing yet: who shows a key is let in by that. */
  g_autofree char *key = g_strdup_printf("X-Api-Key: %s\r\n", f.keys[SCOPE_WEBHOOK]);
  g_auto(Answer) keyed = post_signed(&f, addresses[0], "00", key, good);
  assert_status(&keyed, 200);

  g_auto(Answer) refused = call(&f, SCOPE_OPERATE, "POST", "/api/v1/webhook-secret", NULL);
  assert_status(&refused, 403);
  g_autofree char *secret = make_secret(&f);
  g_assert_cmpuint(strlen(secret), ==, 43);
  assert_description(&f, true);
  for (size_t a = 0; a < G_N_ELEMENTS(addresses); a++) {
    g_auto(Answer) right = post_right(&f, addresses[a], secret, good);
    assert_status(&right, 200);
  }
  g_autofree char *hex = signature_make(secret, good, strlen(good));
  g_autofree char *named = g_strconcat("sha256=", hex, NULL);
  g_auto(Answer) with_name = post_signed(&f, addresses[0], named, NULL, good);
  assert_status(&with_name, 200);
  g_auto(Answer) both = post_signed(&f, addresses[0], hex, key, good);
  assert_status(&both, 200);

  g_autofree char *next = make_secret(&f);
  g_assert_cmpstr(next, !=, secret);
  g_auto(Answer) old = post_right(&f, addresses[0], secret, good);
  assert_status(&old, 401);
  g_auto(Answer) fresh = post_right(&f, addresses[0], next, good);
  assert_status(&fresh, 200);
  g_auto(Answer) settings = call(&f, SCOPE_ADMIN, "GET", "/api/v1/settings", NULL);
  g_assert_null(strstr(settings.text, next));
  g_auto(Answer) audit = call(&f, SCOPE_ADMIN, "GET", "/api/v1/audit", NULL);
  g_assert_null(strstr(audit.text, next));
  g_auto(Answer) gone = call(&f, SCOPE_ADMIN, "DELETE", "/api/v1/settings/webhook_secret", NULL);
  assert_status(&gone, 200);
  assert_description(&f, false);
  g_auto(Answer) after = post_right(&f, addresses[0], next, good);
  assert_status(&after, 401);
  g_auto(Answer) weak = call(&f, SCOPE_ADMIN, "PUT", "/api/v1/settings", "{\"webhook_secret\":\"too short\"}");
  assert_field(&weak, "webhook_secret");
  fixture_clear(&f);
}

/* A key beside it does not make a wrong signature good, and nowhere else does a right one open anything. */
static void test_wrong_signatures(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *secret = make_secret(&f);
  g_autofree char *right = signature_make(secret, good, strlen(good));
  g_auto(Answer) elsewhere = post_signed(&f, "/api/v1/audio/batches", right, NULL, good);
  assert_status(&elsewhere, 401);
  g_auto(Answer) changed = post_signed(&f, addresses[0], right, NULL, "{\"eventType\":\"Test\"}");
  assert_status(&changed, 401);
  g_autofree char *key = g_strdup_printf("X-Api-Key: %s\r\n", f.keys[SCOPE_WEBHOOK]);
  g_auto(Answer) keyed = post_signed(&f, addresses[0], "00", key, good);
  assert_status(&keyed, 401);
  g_auto(Answer) plain = post_signed(&f, addresses[1], secret, NULL, good);
  assert_status(&plain, 401);
  g_auto(Answer) events = call(&f, SCOPE_READ, "GET", "/api/v1/webhooks/events", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(events.body, "items")), ==, 0);
  /* A good one, and the count begins anew. */
  g_auto(Answer) forgiven = post_signed(&f, addresses[0], right, NULL, good);
  assert_status(&forgiven, 200);
  for (int i = 0; i < LOCKOUT_PAIR_FREE; i++) {
    g_auto(Answer) wrong = post_signed(&f, addresses[i % 2], "00", NULL, good);
    assert_status(&wrong, 401);
  }
  g_auto(Answer) locked = post_signed(&f, addresses[0], right, NULL, good);
  assert_status(&locked, 429);
  g_assert_nonnull(strstr(locked.head, "Retry-After: "));
  g_auto(Answer) by_key = call(&f, SCOPE_WEBHOOK, "POST", addresses[0], good);
  assert_status(&by_key, 200);
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/webhooks/keys", test_keys);
  g_test_add_func("/webhooks/messages", test_messages);
  g_test_add_func("/webhooks/secret", test_secret);
  g_test_add_func("/webhooks/wrong-signatures", test_wrong_signatures);
  return g_test_run();
}
