/* Edits that others may have overtaken, and requests that come twice. */
#include "server_fixture.h"

static int64_t add_root(const Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename(f->directory, name, NULL);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  g_autofree char *body = g_strdup_printf("{\"path\":\"%s\"}", path);
  g_auto(Answer) added = call(f, SCOPE_ADMIN, "POST", "/api/v1/roots", body);
  assert_status(&added, 201);
  return answer_int(&added, "id");
}

static void test_stale_edits(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autoptr(GError) error = NULL;
  int64_t id = add_root(&f, "films");
  g_autofree char *path = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT, id);
  g_auto(Answer) got = call(&f, SCOPE_READ, "GET", path, NULL);
  g_autofree char *tag = header_of(&got, "ETag");
  g_auto(Answer) first = call_if(&f, "PATCH", path, tag, "{\"name\":\"One\"}");
  assert_status(&first, 200);
  g_autofree char *next = header_of(&first, "ETag");
  g_assert_cmpstr(next, !=, tag);

  /* Somebody with the old page is told what it is now, and changes nothing. */
  static const char *const methods[] = {"PATCH", "PUT", "DELETE"};
  g_autofree char *whole = g_strdup_printf("{\"path\":\"%s/films\",\"name\":\"Two\"}", f.directory);
  const char *bodies[] = {"{\"name\":\"Two\"}", whole, NULL};
  for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
    g_auto(Answer) stale = call_if(&f, methods[i], path, tag, bodies[i]);
    assert_status(&stale, 412);
    const json_t *current = json_object_get(stale.body, "current");
    g_assert_cmpstr(json_string_value(json_object_get(current, "name")), ==, "One");
    g_assert_nonnull(strstr(stale.head, next));
  }

  /* A scan that ends in between makes no edit stale. */
  g_autoptr(DbConn) conn = db_acquire(f.db, &error);
  g_assert_true(root_note_scan(conn, id, 7, 1234, &error));
  g_clear_pointer(&conn, db_release);
  g_auto(Answer) put = call_if(&f, "PUT", path, next, whole);
  assert_status(&put, 200);
  g_assert_cmpstr(json_string_value(json_object_get(put.body, "name")), ==, "Two");
  g_assert_cmpint(answer_int(&put, "scanned_at_ms"), ==, 1234);
  g_auto(Answer) any = call_if(&f, "PATCH", path, "*", "{\"name\":\"Three\"}");
  assert_status(&any, 200);
  g_autofree char *last = header_of(&any, "ETag");
  g_auto(Answer) deleted = call_if(&f, "DELETE", path, last, NULL);
  assert_status(&deleted, 204);
  fixture_clear(&f);
}

static void test_put_root(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  int64_t id = add_root(&f, "films");
  g_autofree char *path = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT, id);
  g_auto(Answer) none = call(&f, SCOPE_ADMIN, "PUT", path, "{\"name\":\"x\"}");
  assert_field(&none, "path");
  g_auto(Answer) moved = call(&f, SCOPE_ADMIN, "PUT", path, "{\"path\":\"/elsewhere\"}");
  assert_field(&moved, "path");
  g_autofree char *body = g_strdup_printf("{\"path\":\"%s/films\",\"type\":\"movies\",\"profile\":\"hevc\"}", f.directory);
  g_auto(Answer) put = call(&f, SCOPE_ADMIN, "PUT", path, body);
  assert_status(&put, 200);
  g_assert_cmpint(answer_int(&put, "profile_id"), >, 0);
  g_autofree char *bare = g_strdup_printf("{\"path\":\"%s/films\"}", f.directory);
  g_auto(Answer) reset = call(&f, SCOPE_ADMIN, "PUT", path, bare);
  assert_status(&reset, 200);
  g_assert_true(json_is_null(json_object_get(reset.body, "profile_id")));
  g_assert_cmpstr(json_string_value(json_object_get(reset.body, "type")), ==, "other");
  fixture_clear(&f);
}

static void test_stale_profiles(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) made = call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles", "{\"name\":\"mine\"}");
  assert_status(&made, 201);
  g_autofree char *tag = header_of(&made, "ETag");
  g_autofree char *path = g_strdup_printf("/api/v1/profiles/%" G_GINT64_FORMAT, answer_int(&made, "id"));
  g_auto(Answer) good = call_if(&f, "PUT", path, tag, "{\"name\":\"mine\",\"description\":\"a\"}");
  assert_status(&good, 200);
  g_auto(Answer) stale = call_if(&f, "PUT", path, tag, "{\"name\":\"mine\",\"description\":\"b\"}");
  assert_status(&stale, 412);
  g_auto(Answer) kept = call_if(&f, "DELETE", path, tag, NULL);
  assert_status(&kept, 412);
  fixture_clear(&f);
}

static Answer call_once(const Fixture *f, KeyScope scope, const char *path, const char *key, const char *body)
{
  g_autofree char *headers = g_strdup_printf("X-Api-Key: %s\r\nIdempotency-Key: %s\r\n", f->keys[scope], key);
  return call_with(f, "POST", path, headers, body);
}

static void test_once(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  static const char mine[] = "{\"name\":\"mine\"}";
  g_auto(Answer) first = call_once(&f, SCOPE_ADMIN, "/api/v1/profiles", "abc-1", mine);
  assert_status(&first, 201);
  g_assert_null(strstr(first.head, "Idempotent-Replayed"));
  g_auto(Answer) again = call_once(&f, SCOPE_ADMIN, "/api/v1/profiles", "abc-1", mine);
  assert_status(&again, 201);
  g_assert_nonnull(strstr(again.head, "Idempotent-Replayed: true"));
  g_assert_cmpstr(again.text, ==, first.text);
  g_auto(Answer) other = call_once(&f, SCOPE_ADMIN, "/api/v1/profiles", "abc-1", "{\"name\":\"other\"}");
  assert_field(&other, "Idempotency-Key");
  g_auto(Answer) twice = call_once(&f, SCOPE_ADMIN, "/api/v1/profiles", "abc-2", mine);
  assert_status(&twice, 409); /* a new key is a new request */
  /* What failed is not remembered. */
  g_auto(Answer) failed = call_once(&f, SCOPE_ADMIN, "/api/v1/profiles", "abc-3", mine);
  assert_status(&failed, 409);
  g_auto(Answer) mended = call_once(&f, SCOPE_ADMIN, "/api/v1/profiles", "abc-3", "{\"name\":\"third\"}");
  assert_status(&mended, 201);

  g_autofree char *longer = g_strnfill(256, 'k');
  const char *bad[] = {"a b", longer, "\xc3\xa4"};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(Answer) refused = call_once(&f, SCOPE_ADMIN, "/api/v1/profiles", bad[i], "{\"name\":\"fourth\"}");
    assert_field(&refused, "Idempotency-Key");
  }

  /* Callers do not see each other's answers. */
  g_autofree char *scan = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT "/scan", add_root(&f, "films"));
  g_auto(Answer) mine_made = call_once(&f, SCOPE_ADMIN, scan, "abc-4", NULL);
  g_auto(Answer) yours = call_once(&f, SCOPE_OPERATE, scan, "abc-4", NULL);
  assert_status(&mine_made, 202);
  assert_status(&yours, 202);
  g_assert_null(strstr(yours.head, "Idempotent-Replayed"));
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/edit/stale", test_stale_edits);
  g_test_add_func("/edit/put-root", test_put_root);
  g_test_add_func("/edit/profiles", test_stale_profiles);
  g_test_add_func("/once", test_once);
  return g_test_run();
}
