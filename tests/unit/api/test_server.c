/* The whole server over real sockets: what holds for every route, and each resource once. */
#include "api/access.h"
#include "server_fixture.h"

typedef void (*RouteVisit)(const Fixture *f, const Route *route, const char *path);

static void for_each_route(const Fixture *f, RouteVisit visit)
{
  for (const RouteSet *const *set = route_sets(); *set; set++)
    for (size_t i = 0; i < (*set)->n_rows; i++) {
      const Route *route = &(*set)->rows[i];
      g_autofree char *path = fixture_path_of(route);
      g_test_message("%s %s", route->method, path);
      visit(f, route, path);
    }
}

/* --- what holds for every route --- */

static void refuses_strangers(const Fixture *f, const Route *route, const char *path)
{
  if (route->access == ACCESS_OPEN)
    return;
  g_auto(Answer) bare = call_with(f, route->method, path, NULL, NULL);
  assert_status(&bare, 401);
  g_assert_nonnull(strstr(bare.head, "WWW-Authenticate: Bearer"));
  g_assert_nonnull(strstr(bare.head, "Content-Type: application/problem+json"));
  g_auto(Answer) wrong = call_with(f, route->method, path, "X-Api-Key: reeve_wrong\r\n", NULL);
  assert_status(&wrong, 401);
  g_auto(Answer) basic = call_with(f, route->method, path, "Authorization: Basic YTpi\r\n", NULL);
  assert_status(&basic, 401);
}

static void refuses_small_scopes(const Fixture *f, const Route *route, const char *path)
{
  if (route->access == ACCESS_OPEN)
    return;
  g_auto(Answer) worker = call(f, SCOPE_WORKER, route->method, path, NULL);
  assert_status(&worker, 403);
  g_auto(Answer) webhook = call(f, SCOPE_WEBHOOK, route->method, path, NULL);
  g_assert_cmpint(webhook.status == 403, ==, !(route->flags & ROUTE_HOOK));
  if (route->access == ACCESS_READ)
    return;
  g_auto(Answer) reader = call(f, SCOPE_READ, route->method, path, NULL);
  assert_status(&reader, 403);
  if (route->access == ACCESS_OPERATE)
    return;
  g_auto(Answer) operating = call(f, SCOPE_OPERATE, route->method, path, NULL);
  assert_status(&operating, 403);
}

static void refuses_unknown_fields(const Fixture *f, const Route *route, const char *path)
{
  if (strcmp(route->method, "GET") == 0 || (route->flags & ROUTE_HOOK) || route->receive) /* what others send is theirs to decide */
    return;
  g_auto(Answer) unknown = call(f, SCOPE_ADMIN, route->method, path, "{\"no_such_field\":1}");
  assert_field(&unknown, "no_such_field");
  g_auto(Answer) broken = call(f, SCOPE_ADMIN, route->method, path, "{\"a\":");
  assert_field(&broken, "");
  g_auto(Answer) list = call(f, SCOPE_ADMIN, route->method, path, "[]");
  assert_field(&list, "");
  if (!route->input)
    return;
  g_auto(Answer) none = call(f, SCOPE_ADMIN, route->method, path, NULL);
  assert_field(&none, "");
}

static void refuses_unknown_parameters(const Fixture *f, const Route *route, const char *path)
{
  if (route->flags & ROUTE_ANY_QUERY)
    return;
  g_autofree char *asked = g_strconcat(path, "?no_such_parameter=1", NULL);
  g_auto(Answer) answer = call(f, SCOPE_ADMIN, route->method, asked, NULL);
  assert_field(&answer, "no_such_parameter");
}

/* Whatever the handler does with a good input, an id that nothing has is 404. */
static void misses_unknown_ids(const Fixture *f, const Route *route, const char *path)
{
  /* the plan asks for encoders first, and what takes a body of its own kind for its headers */
  if (!strstr(route->path, "{id}") || strstr(route->path, "/plan") || route->receive)
    return;
  const char *body = NULL;
  if (strcmp(route->path, "/api/v1/jobs/{id}") == 0 && route->input)
    body = "{\"priority\":\"high\"}";
  else if (strcmp(route->method, "PUT") == 0 && strstr(route->path, "/roots/"))
    body = "{\"path\":\"/a\"}";
  else if (strcmp(route->method, "PUT") == 0 && strstr(route->path, "/schedules/"))
    body = "{\"name\":\"a name\",\"zone\":\"UTC\",\"windows\":[{\"days\":[\"mon\"],\"start\":\"22:00\",\"end\":\"06:00\"}]}";
  else if (strcmp(route->method, "PUT") == 0)
    body = "{\"name\":\"a name\"}";
  else if (route->input)
    body = "{}";
  g_auto(Answer) answer = call(f, SCOPE_ADMIN, route->method, path, body);
  assert_status(&answer, 404);
  static const char *const garbage[] = {"0", "-1", "x", "1x", "01", "99999999999999999999", "%31", ""};
  for (size_t i = 0; i < G_N_ELEMENTS(garbage); i++) {
    g_auto(GStrv) parts = g_strsplit(route->path, "{id}", -1);
    g_autofree char *wrong = g_strjoinv(garbage[i], parts);
    g_auto(Answer) missing = call(f, SCOPE_ADMIN, route->method, wrong, body);
    assert_status(&missing, 404);
  }
}

static void test_every_route(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for_each_route(&f, refuses_strangers);
  for_each_route(&f, refuses_small_scopes);
  for_each_route(&f, refuses_unknown_fields);
  for_each_route(&f, refuses_unknown_parameters);
  for_each_route(&f, misses_unknown_ids);
  fixture_clear(&f);
}

static void test_unknown_paths(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) missing = call(&f, SCOPE_ADMIN, "GET", "/api/v1/nothing", NULL);
  assert_status(&missing, 404);
  g_auto(Answer) outside = call_with(&f, "GET", "/../etc/passwd", NULL, NULL);
  assert_status(&outside, 404);
  g_auto(Answer) method = call(&f, SCOPE_ADMIN, "DELETE", "/api/v1/stats", NULL);
  assert_status(&method, 405);
  g_assert_nonnull(strstr(method.head, "Allow: GET, HEAD"));
  g_auto(Answer) several = call(&f, SCOPE_ADMIN, "PUT", "/api/v1/roots", "{}");
  assert_status(&several, 405);
  g_assert_nonnull(strstr(several.head, "Allow: GET, HEAD, POST"));
  g_auto(Answer) head = call(&f, SCOPE_ADMIN, "HEAD", "/api/v1/stats", NULL);
  assert_status(&head, 200);
  g_assert_cmpstr(head.text, ==, "");
  fixture_clear(&f);
}

/* --- health --- */

static void test_health(void)
{
  Fixture f;
  fixture_init(&f);
  g_auto(Answer) live = call_with(&f, "GET", "/health/live", NULL, NULL);
  assert_status(&live, 200);
  g_auto(Answer) early = call_with(&f, "GET", "/health/ready", NULL, NULL);
  assert_status(&early, 503);
  g_assert_cmpstr(json_string_value(json_object_get(early.body, "detail")), ==, "The test is not ready.");
  g_assert_nonnull(strstr(early.head, "Retry-After: 2"));
  api_server_explain(f.server, "The database is being moved.");
  g_auto(Answer) jobs = call(&f, SCOPE_ADMIN, "GET", "/api/v1/jobs", NULL);
  assert_status(&jobs, 503);
  g_assert_cmpstr(json_string_value(json_object_get(jobs.body, "detail")), ==, "The database is being moved.");
  fixture_offer(&f);
  static const char *const paths[] = {"/health/ready", "/api/v1/health/ready", "/api/v1/health/live"};
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_auto(Answer) ready = call_with(&f, "GET", paths[i], NULL, NULL);
    assert_status(&ready, 200);
  }
  fixture_clear(&f);
}

static void test_request_ids(void)
{
  Fixture f;
  fixture_init(&f);
  g_auto(Answer) given = call_with(&f, "GET", "/nothing", "X-Request-Id: my-own.id_7\r\n", NULL);
  g_assert_nonnull(strstr(given.head, "X-Request-Id: my-own.id_7"));
  g_assert_cmpstr(json_string_value(json_object_get(given.body, "request")), ==, "my-own.id_7");
  g_auto(Answer) odd = call_with(&f, "GET", "/nothing", "X-Request-Id: a b\"c\r\n", NULL);
  g_assert_null(strstr(odd.head, "a b"));
  g_assert_cmpint((int)strlen(json_string_value(json_object_get(odd.body, "request"))), ==, 16);
  fixture_clear(&f);
}

/* --- bodies --- */

static void test_large_bodies(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *large = g_strnfill(FIXTURE_BODY_BYTES + 1, ' ');
  g_auto(Answer) declared = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", large);
  assert_status(&declared, 413);

  /* Without a declared length. */
  g_autofree char *head = g_strdup_printf("POST /api/v1/roots HTTP/1.1\r\nHost: test\r\nConnection: close\r\nX-Api-Key: %s\r\n"
                                          "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                                          f.keys[SCOPE_ADMIN], FIXTURE_BODY_BYTES + 1);
  int fd = client_connect(&f);
  client_send(fd, head, strlen(head));
  client_send(fd, large, strlen(large));
  client_send(fd, "\r\n0\r\n\r\n", 7);
  g_autofree char *text = client_read_until(fd, NULL);
  close(fd);
  g_auto(Answer) chunked = answer_parse(text);
  assert_status(&chunked, 413);

  /* A caller that asks first is told before it sends. */
  g_autofree char *asking =
      g_strdup_printf("POST /api/v1/roots HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\nExpect: 100-continue\r\n"
                      "Content-Length: 99999999\r\n\r\n",
                      f.keys[SCOPE_ADMIN]);
  fd = client_connect(&f);
  client_send(fd, asking, strlen(asking));
  g_autofree char *told = client_read_until(fd, NULL);
  close(fd);
  g_auto(Answer) refused = answer_parse(told);
  assert_status(&refused, 413);

  g_autofree char *deep = g_strnfill(JSON_MAX_DEPTH + 1, '[');
  g_auto(Answer) nested = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", deep);
  assert_field(&nested, "");

  g_autofree char *cookie = g_strnfill(40000, 'a');
  g_autofree char *headers = g_strdup_printf("X-Long: %s\r\n", cookie);
  g_auto(Answer) headed = call_with(&f, "GET", "/health/live", headers, NULL);
  assert_status(&headed, 431);
  fixture_clear(&f);
}

/* Callers that go away at every point of a request; the sanitizer tells what they leave behind. */
static void test_aborted_requests(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *request =
      g_strdup_printf("POST /api/v1/roots HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\nContent-Length: 20\r\n\r\n"
                      "{\"path\":\"/nowhere/\"}",
                      f.keys[SCOPE_ADMIN]);
  for (size_t length = 0; length <= strlen(request); length += 7) {
    int fd = client_connect(&f);
    client_send(fd, request, length);
    close(fd);
  }
  /* Two requests in one packet are both answered, in order. */
  int fd = client_connect(&f);
  static const char two[] = "GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n"
                            "GET /nothing HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  client_send(fd, two, strlen(two));
  g_autofree char *text = client_read_until(fd, NULL);
  close(fd);
  const char *first = strstr(text, "HTTP/1.1 200"), *second = strstr(text, "HTTP/1.1 404");
  g_assert_true(first && second && first < second);
  /* One that never ends its body holds nobody up. */
  fd = client_connect(&f);
  client_send(fd, request, strlen(request) - 5);
  fixture_clear(&f);
  close(fd);
}

/* --- resources --- */

static int64_t add_root(const Fixture *f, const char *name, const char *profile)
{
  g_autofree char *path = g_build_filename(f->directory, name, NULL);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  g_autofree char *body = g_strdup_printf("{\"path\":\"%s\",\"profile\":%s}", path, profile);
  g_auto(Answer) added = call(f, SCOPE_ADMIN, "POST", "/api/v1/roots", body);
  assert_status(&added, 201);
  return answer_int(&added, "id");
}

static void test_roots(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  int64_t id = add_root(&f, "films", "\"hevc\"");
  g_autofree char *path = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT, id);
  g_auto(Answer) got = call(&f, SCOPE_READ, "GET", path, NULL);
  assert_status(&got, 200);
  int64_t hevc = answer_int(&got, "profile_id");
  g_assert_cmpint(hevc, >, 0);

  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, hevc);
  add_root(&f, "series", number);
  add_root(&f, "other", "null");
  g_auto(Answer) page = call(&f, SCOPE_READ, "GET", "/api/v1/roots?limit=2", NULL);
  assert_status(&page, 200);
  g_assert_cmpint((int)json_array_size(json_object_get(page.body, "items")), ==, 2);
  g_autofree char *more = g_strdup_printf("/api/v1/roots?after=%s", json_string_value(json_object_get(page.body, "next")));
  g_auto(Answer) rest = call(&f, SCOPE_READ, "GET", more, NULL);
  g_assert_cmpint((int)json_array_size(json_object_get(rest.body, "items")), ==, 1);
  g_assert_true(json_is_null(json_object_get(rest.body, "next")));

  static const struct {
    const char *body, *field;
  } bad[] = {
      {"{}", "path"},
      {"{\"path\":\"/nowhere/at/all\"}", "path"},
      {"{\"path\":\"films\"}", "path"},
      {"{\"path\":\"/\"}", "path"},
      {"{\"path\":7}", "path"},
      {"{\"path\":\"/tmp\",\"profile\":\"nobody\"}", "profile"},
      {"{\"path\":\"/tmp\",\"profile\":99999}", "profile"},
      {"{\"path\":\"/tmp\",\"profile\":true}", "profile"},
      {"{\"path\":\"/tmp\",\"profile\":\"hevc\",\"profile_id\":1}", "profile"},
      {"{\"path\":\"/tmp\",\"profile_id\":99999}", "profile_id"},
      {"{\"path\":\"/tmp\",\"profile_id\":\"hevc\"}", "profile_id"},
      {"{\"path\":\"/tmp\",\"trash_path\":\"trash\"}", "trash_path"},
      {"{\"path\":\"/tmp\",\"trash_days\":4000}", "trash_days"},
      {"{\"path\":\"/tmp\",\"id\":7}", "id"},
      {"{\"path\":\"/tmp\",\"type\":\"films\"}", "type"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_test_message("%s", bad[i].body);
    g_auto(Answer) refused = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", bad[i].body);
    assert_field(&refused, bad[i].field);
  }
  g_autofree char *twice = g_strdup_printf("{\"path\":\"%s/films\"}", f.directory);
  g_auto(Answer) conflict = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", twice);
  assert_status(&conflict, 409);

  g_auto(Answer) patched = call(&f, SCOPE_ADMIN, "PATCH", path, "{\"name\":\"Films\",\"profile\":null}");
  assert_status(&patched, 200);
  g_assert_cmpstr(json_string_value(json_object_get(patched.body, "name")), ==, "Films");
  g_assert_true(json_is_null(json_object_get(patched.body, "profile_id")));
  g_auto(Answer) moved = call(&f, SCOPE_ADMIN, "PATCH", path, "{\"path\":\"/tmp\"}");
  assert_field(&moved, "path");
  g_auto(Answer) read_only = call(&f, SCOPE_ADMIN, "PATCH", path, "{\"state\":\"frozen\"}");
  assert_field(&read_only, "state");

  g_auto(Answer) confirmed = call(&f, SCOPE_OPERATE, "POST", "/api/v1/roots/1/confirm", NULL);
  assert_status(&confirmed, 200);
  g_auto(Answer) deleted = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&deleted, 204);
  g_auto(Answer) gone = call(&f, SCOPE_READ, "GET", path, NULL);
  assert_status(&gone, 404);
  fixture_clear(&f);
}

static void test_scan_jobs(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  int64_t root = add_root(&f, "films", "\"hevc\"");
  g_autofree char *scan = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT "/scan", root);
  g_auto(Answer) made = call(&f, SCOPE_OPERATE, "POST", scan, NULL);
  assert_status(&made, 202);
  int64_t job = answer_int(&made, "job");
  g_auto(Answer) again = call(&f, SCOPE_OPERATE, "POST", scan, "{}");
  g_assert_cmpint(answer_int(&again, "job"), ==, job);
  g_autofree char *body = g_strdup_printf("{\"kind\":\"scan\",\"root\":%" G_GINT64_FORMAT "}", root);
  g_auto(Answer) third = call(&f, SCOPE_OPERATE, "POST", "/api/v1/jobs", body);
  assert_status(&third, 202);
  g_assert_cmpint(json_integer_value(json_array_get(json_object_get(third.body, "jobs"), 0)), ==, job);

  g_autofree char *path = g_strdup_printf("/api/v1/jobs/%" G_GINT64_FORMAT, job);
  g_auto(Answer) got = call(&f, SCOPE_READ, "GET", path, NULL);
  assert_status(&got, 200);
  g_assert_cmpstr(json_string_value(json_object_get(got.body, "state")), ==, "pending");
  g_assert_cmpint(json_integer_value(json_object_get(json_object_get(got.body, "payload"), "root_id")), ==, root);
  g_assert_true(json_is_null(json_object_get(got.body, "error")));

  static const struct {
    const char *verb, *state;
    int status;
  } steps[] = {
      {"pause", "paused", 200},     {"resume", "pending", 200}, {"resume", NULL, 409},     {"release", NULL, 409},
      {"cancel", "cancelled", 200}, {"cancel", NULL, 409},      {"retry", "pending", 200},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
    g_autofree char *act = g_strdup_printf("%s/%s", path, steps[i].verb);
    g_auto(Answer) answer = call(&f, SCOPE_OPERATE, "POST", act, NULL);
    assert_status(&answer, steps[i].status);
    if (steps[i].state)
      g_assert_cmpstr(json_string_value(json_object_get(answer.body, "state")), ==, steps[i].state);
  }
  g_auto(Answer) urgent = call(&f, SCOPE_OPERATE, "PATCH", path, "{\"priority\":\"high\"}");
  assert_status(&urgent, 200);
  g_assert_cmpstr(json_string_value(json_object_get(urgent.body, "priority")), ==, "high");

  g_autoptr(GError) error = NULL;
  for (int i = 0; i < 3; i++)
    g_assert_true(queue_log(f.queue, job, "info", "A \"line\".", &error));
  g_autofree char *log = g_strdup_printf("%s/log?limit=2", path);
  g_auto(Answer) lines = call(&f, SCOPE_READ, "GET", log, NULL);
  assert_status(&lines, 200);
  g_assert_cmpint((int)json_array_size(json_object_get(lines.body, "items")), ==, 2);
  g_autofree char *rest = g_strdup_printf("%s&after=%s", log, json_string_value(json_object_get(lines.body, "next")));
  g_auto(Answer) last = call(&f, SCOPE_READ, "GET", rest, NULL);
  g_assert_cmpint((int)json_array_size(json_object_get(last.body, "items")), ==, 1);
  fixture_clear(&f);
}

static void test_job_orders(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_root(&f, "films", "null");
  static const struct {
    const char *body, *field;
    int status;
  } orders[] = {
      {"{\"kind\":\"transcode\"}", "file", 422},
      {"{\"kind\":\"transcode\",\"file\":1,\"root\":1}", "file", 422},
      {"{\"kind\":\"scan\",\"file\":1}", "root", 422},
      {"{\"kind\":\"scan\",\"root\":1,\"dry_run\":true}", "dry_run", 422},
      {"{\"kind\":\"nonsense\",\"root\":1}", "kind", 422},
      {"{\"kind\":\"transcode\",\"root\":1,\"priority\":\"soon\"}", "priority", 422},
      {"{\"kind\":\"transcode\",\"root\":1,\"force\":\"yes\"}", "force", 422},
      {"{\"kind\":\"transcode\",\"root\":1,\"profile\":\"nobody\"}", "profile", 422},
      {"{\"kind\":\"transcode\",\"files\":[1,\"x\"]}", "files.1", 422},
      {"{\"kind\":\"transcode\",\"file\":99,\"profile\":\"hevc\"}", NULL, 404},
      {"{\"kind\":\"transcode\",\"root\":99,\"profile\":\"hevc\"}", NULL, 404},
      {"{\"kind\":\"scan\",\"root\":99}", NULL, 404},
      {"{\"kind\":\"transcode\",\"root\":1}", NULL, 422}, /* the root has no profile */
      {"{\"kind\":\"transcode\",\"root\":1,\"profile\":\"hevc\"}", NULL, 202},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
    g_test_message("%s", orders[i].body);
    g_auto(Answer) answer = call(&f, SCOPE_OPERATE, "POST", "/api/v1/jobs", orders[i].body);
    assert_status(&answer, orders[i].status);
    if (orders[i].field)
      assert_field(&answer, orders[i].field);
  }
  fixture_clear(&f);
}

static void test_profiles(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) made =
      call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles", "{\"name\":\"mine\",\"codec\":\"hevc\",\"preset\":\"fast\"}");
  assert_status(&made, 201);
  g_autofree char *path = g_strdup_printf("/api/v1/profiles/%" G_GINT64_FORMAT, answer_int(&made, "id"));
  g_auto(Answer) taken = call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles", "{\"name\":\"mine\"}");
  assert_status(&taken, 409);
  g_auto(Answer) rules = call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles", "{\"name\":\"two\",\"two_pass\":true}");
  assert_status(&rules, 422);
  g_assert_cmpint((int)json_array_size(json_object_get(rules.body, "errors")), >=, 1);
  g_auto(Answer) nested =
      call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles", "{\"name\":\"x\",\"qualities\":[{\"quality\":20},{\"quality\":999}]}");
  assert_field(&nested, "qualities.1.quality");

  g_auto(Answer) put = call(&f, SCOPE_ADMIN, "PUT", path, "{\"name\":\"mine\",\"codec\":\"av1\"}");
  assert_status(&put, 200);
  g_assert_cmpint(answer_int(&put, "version"), ==, 2);
  g_assert_cmpstr(json_string_value(json_object_get(put.body, "preset")), ==, "");
  g_auto(Answer) clash = call(&f, SCOPE_ADMIN, "PUT", path, "{\"name\":\"hevc\"}");
  assert_status(&clash, 409);

  add_root(&f, "films", "\"mine\"");
  g_auto(Answer) used = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&used, 409);
  g_auto(Answer) freed = call(&f, SCOPE_ADMIN, "DELETE", "/api/v1/roots/1", NULL);
  assert_status(&freed, 204);
  g_auto(Answer) deleted = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&deleted, 204);
  fixture_clear(&f);
}

static int64_t insert_file(const Fixture *f)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(f->db, &error);
  g_autoptr(LibraryFile) file = record_new(&file_table);
  file->root_id = 1;
  g_free(file->path);
  file->path = g_strdup("/films/a \"film\".mkv");
  file->state = FILE_READY;
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  media->container = (g_free(media->container), g_strdup("mkv"));
  library_file_set_media(file, media);
  file->video_codec = g_strdup("h264");
  g_assert_true(record_insert(conn, &file_table, file, &error));
  return file->id;
}

static void test_files(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_root(&f, "films", "\"hevc\"");
  int64_t id = insert_file(&f);
  g_auto(Answer) list =
      call(&f, SCOPE_READ, "GET", "/api/v1/files?root=1&codec=h264&state=ready&sort=size&descending=true", NULL);
  assert_status(&list, 200);
  const json_t *item = json_array_get(json_object_get(list.body, "items"), 0);
  g_assert_cmpstr(json_string_value(json_object_get(item, "path")), ==, "/films/a \"film\".mkv");
  g_assert_null(json_object_get(item, "media"));
  g_auto(Answer) other = call(&f, SCOPE_READ, "GET", "/api/v1/files?codec=av1", NULL);
  g_assert_cmpint((int)json_array_size(json_object_get(other.body, "items")), ==, 0);
  g_auto(Answer) cursor = call(&f, SCOPE_READ, "GET", "/api/v1/files?after=rubbish", NULL);
  assert_status(&cursor, 422);
  g_autofree char *path = g_strdup_printf("/api/v1/files/%" G_GINT64_FORMAT, id);
  g_auto(Answer) got = call(&f, SCOPE_READ, "GET", path, NULL);
  assert_status(&got, 200);
  g_assert_cmpstr(json_string_value(json_object_get(json_object_get(got.body, "media"), "container")), ==, "mkv");
  /* There is no ffmpeg here; a plan says so rather than guess. A profile that is none is found first. */
  g_autofree char *plan = g_strdup_printf("%s/plan", path);
  g_auto(Answer) unplanned = call(&f, SCOPE_READ, "GET", plan, NULL);
  assert_status(&unplanned, 404);
  g_autofree char *strange = g_strdup_printf("%s?profile=nobody", plan);
  g_auto(Answer) nobody = call(&f, SCOPE_READ, "GET", strange, NULL);
  assert_field(&nobody, "profile");
  g_auto(Answer) stats = call(&f, SCOPE_READ, "GET", "/api/v1/stats", NULL);
  assert_status(&stats, 200);
  g_assert_cmpint(answer_int(&stats, "bytes_saved"), ==, 0);
  g_auto(Answer) history = call(&f, SCOPE_READ, "GET", "/api/v1/history", NULL);
  assert_status(&history, 200);
  fixture_clear(&f);
}

static void test_undo_refused(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autoptr(GError) error = NULL;
  HistoryEntry entry;
  record_init(&history_table, &entry);
  entry.state = HISTORY_UNDONE;
  g_free(entry.path);
  entry.path = g_strdup("/films/a.mkv");
  {
    g_autoptr(DbConn) conn = db_acquire(f.db, &error);
    g_assert_true(record_insert(conn, &history_table, &entry, &error));
  }
  g_autofree char *path = g_strdup_printf("/api/v1/history/%" G_GINT64_FORMAT "/undo", entry.id);
  record_clear(&history_table, &entry);
  g_auto(Answer) answer = call(&f, SCOPE_OPERATE, "POST", path, NULL);
  assert_status(&answer, 409);
  fixture_clear(&f);
}

/* --- events --- */

static int open_events(const Fixture *f, const char *headers)
{
  int fd = client_connect(f);
  g_autofree char *request =
      g_strdup_printf("GET /api/v1/events HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\n%s\r\n", f->keys[SCOPE_READ], headers);
  client_send(fd, request, strlen(request));
  return fd;
}

static void test_events(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  int fd = open_events(&f, "");
  g_autofree char *head = client_read_until(fd, "retry: 2000");
  g_assert_nonnull(strstr(head, "Content-Type: text/event-stream"));
  g_assert_nonnull(strstr(head, "Transfer-Encoding: chunked"));
  event_publish(f.events, "job", "{\"id\":1}");
  g_autofree char *first = client_read_until(fd, "\"id\":1}");
  const char *id = strstr(first, "id: ");
  g_assert_nonnull(id);
  g_assert_nonnull(strstr(first, "event: job\ndata: {\"id\":1}"));
  /* Many at once, more than one buffer: none is lost, all in order. */
  for (int i = 2; i <= 60; i++) {
    g_autofree char *data = g_strdup_printf("{\"id\":%d,\"text\":\"%0200d\"}", i, 0);
    event_publish(f.events, "job", data);
  }
  g_autofree char *many = client_read_until(fd, "\"id\":60,");
  for (int i = 2; i <= 60; i++) {
    g_autofree char *mark = g_strdup_printf("\"id\":%d,", i);
    g_assert_nonnull(strstr(many, mark));
  }
  close(fd);

  g_autofree char *last = g_strdup_printf("Last-Event-ID: %.*s\r\n", (int)strspn(id + 4, "0123456789"), id + 4);
  fd = open_events(&f, last);
  g_autofree char *resumed = client_read_until(fd, "\"id\":60,");
  g_assert_nonnull(strstr(resumed, "\"id\":2,"));
  g_assert_null(strstr(resumed, "event: lost"));
  close(fd);

  fd = open_events(&f, "Last-Event-ID: rubbish\r\n");
  g_autofree char *lost = client_read_until(fd, "event: lost");
  g_assert_nonnull(strstr(lost, "event: lost"));

  /* Stopping ends the streams; some have readers, some have lost theirs. */
  int waiting = open_events(&f, "");
  g_autofree char *opened = client_read_until(waiting, "retry: 2000");
  g_assert_nonnull(strstr(opened, "retry"));
  close(waiting);
  gint64 began_us = g_get_monotonic_time();
  fixture_clear(&f);
  g_assert_cmpint(g_get_monotonic_time() - began_us, <, 3 * G_USEC_PER_SEC);
  g_autofree char *rest = client_read_until(fd, NULL);
  g_assert_true(g_str_has_suffix(rest, "0\r\n\r\n")); /* ended, and not cut off */
  close(fd);
}

static void test_address_in_use(void)
{
  Fixture f;
  fixture_init(&f);
  g_autoptr(GError) error = NULL;
  g_assert_null(api_server_start(&(ApiParams){.listen = api_server_address(f.server)}, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/server/every-route", test_every_route);
  g_test_add_func("/server/unknown-paths", test_unknown_paths);
  g_test_add_func("/server/health", test_health);
  g_test_add_func("/server/request-ids", test_request_ids);
  g_test_add_func("/server/large-bodies", test_large_bodies);
  g_test_add_func("/server/aborted-requests", test_aborted_requests);
  g_test_add_func("/server/roots", test_roots);
  g_test_add_func("/server/scan-jobs", test_scan_jobs);
  g_test_add_func("/server/job-orders", test_job_orders);
  g_test_add_func("/server/profiles", test_profiles);
  g_test_add_func("/server/files", test_files);
  g_test_add_func("/server/undo-refused", test_undo_refused);
  g_test_add_func("/server/events", test_events);
  g_test_add_func("/server/address-in-use", test_address_in_use);
  return g_test_run();
}
