/* Settings, logs, metrics, health, backups, clean-up and doctor over HTTP. */
#include "server_fixture.h"
#include "sys/child.h"

#include <glib/gstdio.h>

static json_t *item_named(const Answer *answer, const char *name)
{
  const json_t *items = json_object_get(answer->body, "items");
  for (size_t i = 0; i < json_array_size(items); i++)
    if (g_strcmp0(json_string_value(json_object_get(json_array_get(items, i), "name")), name) == 0)
      return json_array_get(items, i);
  g_error("There is no %s in %s", name, answer->text);
}

static void test_settings(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) shown = call(&f, SCOPE_READ, "GET", "/api/v1/settings", NULL);
  assert_status(&shown, 200);
  const json_t *slots = item_named(&shown, "encode_slots");
  g_assert_cmpint(json_integer_value(json_object_get(slots, "value")), ==, 1);
  g_assert_cmpstr(json_string_value(json_object_get(slots, "kind")), ==, "int");
  g_assert_cmpstr(json_string_value(json_object_get(slots, "level")), ==, "standard");
  g_autofree char *tag = header_of(&shown, "ETag");
  g_assert_nonnull(tag);

  g_auto(Answer) changed = call(&f, SCOPE_ADMIN, "PUT", "/api/v1/settings", "{\"encode_slots\":3,\"job_days\":5}");
  assert_status(&changed, 200);
  g_assert_cmpint(json_integer_value(json_object_get(item_named(&changed, "encode_slots"), "value")), ==, 3);
  g_assert_cmpint(json_integer_value(json_object_get(item_named(&changed, "encode_slots"), "default")), ==, 1);

  /* Who saw the settings before that is told what they are now. */
  g_auto(Answer) stale = call_if(&f, "PUT", "/api/v1/settings", tag, "{\"nice\":1}");
  assert_status(&stale, 412);
  g_assert_cmpint(json_integer_value(json_object_get(json_object_get(stale.body, "current"), "encode_slots")), ==, 3);
  g_autofree char *new_tag = header_of(&changed, "ETag");
  g_auto(Answer) taken = call_if(&f, "PUT", "/api/v1/settings", new_tag, "{\"nice\":1}");
  assert_status(&taken, 200);

  g_auto(Answer) both = call(&f, SCOPE_ADMIN, "PUT", "/api/v1/settings", "{\"job_days\":null,\"backup_keep\":9}");
  assert_status(&both, 200);
  g_assert_cmpint(json_integer_value(json_object_get(item_named(&both, "job_days"), "value")), ==, 30);
  g_assert_cmpint(json_integer_value(json_object_get(item_named(&both, "backup_keep"), "value")), ==, 9);

  g_auto(Answer) wrong = call(&f, SCOPE_ADMIN, "PUT", "/api/v1/settings", "{\"nice\":2,\"log_levels\":[\"nobody=debug\"]}");
  assert_field(&wrong, "log_levels.0");
  g_auto(Answer) range = call(&f, SCOPE_ADMIN, "PUT", "/api/v1/settings", "{\"nice\":2,\"encode_slots\":-1}");
  assert_field(&range, "encode_slots");
  g_auto(Answer) denied = call(&f, SCOPE_OPERATE, "PUT", "/api/v1/settings", "{\"nice\":2}");
  assert_status(&denied, 403);
  g_auto(Answer) reset = call(&f, SCOPE_ADMIN, "DELETE", "/api/v1/settings/encode_slots", NULL);
  assert_status(&reset, 200);
  g_assert_cmpint(json_integer_value(json_object_get(item_named(&reset, "encode_slots"), "value")), ==, 1);
  g_assert_cmpint(json_integer_value(json_object_get(item_named(&reset, "nice"), "value")), ==, 1);
  g_auto(Answer) unknown = call(&f, SCOPE_ADMIN, "DELETE", "/api/v1/settings/speed", NULL);
  assert_status(&unknown, 404);

  /* Carried to itself nothing changes. */
  g_auto(Answer) document = call(&f, SCOPE_ADMIN, "GET", "/api/v1/settings/export", NULL);
  assert_status(&document, 200);
  g_assert_nonnull(strstr(document.head, "attachment; filename=\"reeve-settings.json\""));
  g_auto(Answer) imported = call(&f, SCOPE_ADMIN, "POST", "/api/v1/settings/import", document.text);
  assert_status(&imported, 200);
  g_assert_cmpint(answer_int(&imported, "settings"), ==, 2);
  g_assert_cmpint(answer_int(&imported, "profiles_added"), ==, 0);
  g_auto(Answer) bad = call(&f, SCOPE_ADMIN, "POST", "/api/v1/settings/import",
                            "{\"reeve_settings\":1,\"profiles\":[{\"name\":\"x\",\"codec\":\"xvid\"}]}");
  assert_field(&bad, "profiles.0.codec");
  fixture_clear(&f);
}

static void say(const Fixture *f, LogLevel level, const char *module, const char *message)
{
  log_ring_add(&(LogMessage){.at_ms = 1, .level = level, .module = module, .message = message, .scopes = "{\"job\":\"4\"}"},
               f->log);
}

static size_t items(const Answer *answer)
{
  assert_status(answer, 200);
  return json_array_size(json_object_get(answer->body, "items"));
}

static void test_logs(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  say(&f, LOG_AT_INFO, "scan", "one");
  say(&f, LOG_AT_ERROR, "api", "two");
  say(&f, LOG_AT_DEBUG, "scan", "three");
  g_auto(Answer) all = call(&f, SCOPE_ADMIN, "GET", "/api/v1/logs", NULL);
  g_assert_cmpint(items(&all), ==, 3);
  const json_t *first = json_array_get(json_object_get(all.body, "items"), 0);
  g_assert_cmpstr(json_string_value(json_object_get(json_object_get(first, "context"), "job")), ==, "4");
  g_auto(Answer) grave = call(&f, SCOPE_ADMIN, "GET", "/api/v1/logs?level=error", NULL);
  g_assert_cmpint(items(&grave), ==, 1);
  g_auto(Answer) scan = call(&f, SCOPE_ADMIN, "GET", "/api/v1/logs?module=scan&limit=1", NULL);
  g_assert_cmpint(items(&scan), ==, 1);
  g_autofree char *path =
      g_strdup_printf("/api/v1/logs?limit=1&after=%" G_GINT64_FORMAT, (gint64)json_integer_value(json_object_get(first, "id")));
  g_auto(Answer) after = call(&f, SCOPE_ADMIN, "GET", path, NULL);
  g_assert_cmpint(items(&after), ==, 1);
  g_assert_nonnull(json_string_value(json_object_get(after.body, "next")));
  g_auto(Answer) wrong = call(&f, SCOPE_ADMIN, "GET", "/api/v1/logs?after=x", NULL);
  assert_field(&wrong, "after");
  g_auto(Answer) denied = call(&f, SCOPE_OPERATE, "GET", "/api/v1/logs", NULL);
  assert_status(&denied, 403);
  fixture_clear(&f);
}

/* Lines reach admins with the events, and nobody else. */
static void test_log_events(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  static const struct {
    KeyScope scope;
    bool hears;
  } rows[] = {{SCOPE_ADMIN, true}, {SCOPE_OPERATE, false}, {SCOPE_READ, false}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int fd = client_connect(&f);
    g_autofree char *request =
        g_strdup_printf("GET /api/v1/events HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\n\r\n", f.keys[rows[i].scope]);
    client_send(fd, request, strlen(request));
    g_autofree char *head = client_read_until(fd, "retry:");
    g_assert_nonnull(strstr(head, "HTTP/1.1 200"));
    say(&f, LOG_AT_INFO, "scan", "for admins only");
    event_publish(f.events, "job", "{\"id\":99}"); /* comes to everybody */
    g_autofree char *text = client_read_until(fd, rows[i].hears ? "for admins only" : "\"id\":99");
    g_assert_cmpint(strstr(text, "for admins only") != NULL, ==, rows[i].hears);
    g_assert_cmpint(strstr(text, "event: log") != NULL, ==, rows[i].hears);
    close(fd);
  }
  fixture_clear(&f);
}

static void check_with_promtool(const char *text)
{
  g_autofree char *program = g_find_program_in_path("promtool");
  if (!program)
    return;
  g_autofree char *path = NULL, *errors = NULL, *output = NULL;
  int status = -1, fd = g_file_open_tmp("reeve-metrics-XXXXXX", &path, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_autofree char *command = g_strdup_printf("promtool check metrics < %s", path);
  const char *argv[] = {"/bin/sh", "-c", command, NULL};
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, &errors, &status, NULL));
  g_assert_cmpstr(errors, ==, "");
  g_assert_cmpint(status, ==, 0);
  g_unlink(path);
  close(fd);
}

static void test_metrics(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) closed = call_with(&f, "GET", "/metrics", NULL, NULL);
  assert_status(&closed, 401);
  for (int i = 0; i < 50; i++) {
    g_autofree char *path = g_strdup_printf("/api/v1/made/up/%d", i);
    g_auto(Answer) missing = call(&f, SCOPE_READ, "GET", path, NULL);
    assert_status(&missing, 404);
  }
  g_auto(Answer) page = call(&f, SCOPE_READ, "GET", "/api/v1/jobs/5", NULL);
  assert_status(&page, 404);
  g_auto(Answer) metrics = call(&f, SCOPE_READ, "GET", "/metrics", NULL);
  assert_status(&metrics, 200);
  static const char *const lines[] = {
      "reeve_http_requests_total{method=\"none\",route=\"none\",status=\"404\"} 50\n",
      "reeve_http_requests_total{method=\"GET\",route=\"/api/v1/jobs/{id}\",status=\"404\"} 1\n",
      "reeve_http_requests_total{method=\"GET\",route=\"/metrics\",status=\"401\"} 1\n",
      "reeve_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/jobs/{id}\"} 1\n",
      "reeve_event_streams 0\n",
      "reeve_jobs{state=\"pending\"} 0\n",
      "reeve_database_up 1\n",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
    if (!strstr(metrics.text, lines[i]))
      g_error("%s is missing in:\n%s", lines[i], metrics.text);
  g_assert_null(strstr(metrics.text, "made/up"));
  g_autofree char *type = header_of(&metrics, "Content-Type");
  g_assert_cmpstr(type, ==, "text/plain; version=0.0.4; charset=utf-8");
  check_with_promtool(metrics.text);

  g_auto(Answer) opened = call(&f, SCOPE_ADMIN, "PUT", "/api/v1/settings", "{\"metrics_open\":true}");
  assert_status(&opened, 200);
  g_auto(Answer) open = call_with(&f, "GET", "/metrics", NULL, NULL);
  assert_status(&open, 200);
  g_auto(Answer) others = call_with(&f, "GET", "/api/v1/jobs", NULL, NULL);
  assert_status(&others, 401);
  fixture_clear(&f);
}

static void test_health(void)
{
  Fixture f;
  fixture_init(&f);
  g_auto(Answer) away = call_with(&f, "GET", "/health/ready", NULL, NULL);
  assert_status(&away, 503);
  fixture_offer(&f);
  g_auto(Answer) ready = call_with(&f, "GET", "/health/ready", NULL, NULL);
  assert_status(&ready, 200);
  g_assert_cmpstr(json_string_value(json_object_get(ready.body, "database")), ==, "sqlite");
  const json_t *components = json_object_get(ready.body, "components");
  g_assert_cmpint(json_array_size(components), ==, 7);
  g_assert_null(strstr(ready.text, f.directory)); /* anybody may ask */
  fixture_clear(&f);
}

static void test_backups(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) made = call(&f, SCOPE_ADMIN, "POST", "/api/v1/backups", NULL);
  assert_status(&made, 201);
  const char *name = json_string_value(json_object_get(made.body, "name"));
  g_autofree char *path = g_strconcat("/api/v1/backups/", name, NULL);
  g_autofree char *restore = g_strconcat(path, "/restore", NULL);
  g_auto(Answer) list = call(&f, SCOPE_ADMIN, "GET", "/api/v1/backups", NULL);
  g_assert_cmpint(items(&list), ==, 1);
  g_auto(Answer) file = call(&f, SCOPE_ADMIN, "GET", path, NULL);
  assert_status(&file, 200);
  g_autofree char *type = header_of(&file, "Content-Type");
  g_autofree char *length = header_of(&file, "Content-Length");
  g_autofree char *expected = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)answer_int(&made, "size_bytes"));
  g_assert_cmpstr(type, ==, "application/gzip");
  g_assert_cmpstr(length, ==, expected);
  g_assert_nonnull(strstr(file.head, name)); /* its name for saving */
  g_auto(Answer) denied = call(&f, SCOPE_OPERATE, "GET", path, NULL);
  assert_status(&denied, 403);

  /* A profile that is made after the backup is gone after the restore. */
  g_auto(Answer) profile = call(&f, SCOPE_ADMIN, "POST", "/api/v1/profiles", "{\"name\":\"later\"}");
  assert_status(&profile, 201);
  g_auto(Answer) restored = call(&f, SCOPE_ADMIN, "POST", restore, NULL);
  assert_status(&restored, 200);
  g_assert_nonnull(json_string_value(json_object_get(restored.body, "before")));
  g_auto(Answer) profiles = call(&f, SCOPE_ADMIN, "GET", "/api/v1/profiles", NULL);
  g_assert_null(strstr(profiles.text, "\"later\""));

  g_auto(Answer) gone = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&gone, 204);
  g_auto(Answer) missing = call(&f, SCOPE_ADMIN, "POST", restore, NULL);
  assert_status(&missing, 404);
  g_auto(Answer) database = call(&f, SCOPE_ADMIN, "GET", "/api/v1/backups/..%2ftest.db", NULL);
  assert_status(&database, 404);
  fixture_clear(&f);
}

static void test_tools(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) cleanup = call(&f, SCOPE_ADMIN, "POST", "/api/v1/tools/cleanup", "{\"dry_run\":true}");
  assert_status(&cleanup, 200);
  g_assert_cmpint(answer_int(&cleanup, "jobs_made"), ==, 0);
  g_auto(Answer) wrong = call(&f, SCOPE_ADMIN, "POST", "/api/v1/tools/cleanup", "{\"min_age_h\":-1}");
  assert_field(&wrong, "min_age_h");
  g_auto(Answer) doctor = call(&f, SCOPE_ADMIN, "GET", "/api/v1/doctor", NULL);
  g_assert_cmpint(items(&doctor), >, 4);
  fixture_clear(&f);
}

/* The id of a request is that of the job it makes. */
static void test_request_id(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *films = g_build_filename(f.directory, "films", NULL);
  g_assert_cmpint(g_mkdir(films, 0755), ==, 0);
  g_autofree char *body = g_strdup_printf("{\"path\":\"%s\"}", films);
  g_auto(Answer) added = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", body);
  assert_status(&added, 201);
  g_autofree char *headers = g_strdup_printf("X-Api-Key: %s\r\nX-Request-Id: from-outside.7\r\n", f.keys[SCOPE_ADMIN]);
  g_autofree char *path = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT "/scan", (gint64)answer_int(&added, "id"));
  g_auto(Answer) scan = call_with(&f, "POST", path, headers, NULL);
  assert_status(&scan, 202);
  g_autofree char *name = header_of(&scan, "X-Request-Id");
  g_assert_cmpstr(name, ==, "from-outside.7");
  g_autofree char *job_path = g_strdup_printf("/api/v1/jobs/%" G_GINT64_FORMAT, (gint64)answer_int(&scan, "job"));
  g_auto(Answer) job = call(&f, SCOPE_READ, "GET", job_path, NULL);
  g_assert_cmpstr(json_string_value(json_object_get(job.body, "request")), ==, "from-outside.7");
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add_func("/operations/settings", test_settings);
  g_test_add_func("/operations/logs", test_logs);
  g_test_add_func("/operations/log_events", test_log_events);
  g_test_add_func("/operations/metrics", test_metrics);
  g_test_add_func("/operations/health", test_health);
  g_test_add_func("/operations/backups", test_backups);
  g_test_add_func("/operations/tools", test_tools);
  g_test_add_func("/operations/request_id", test_request_id);
  return g_test_run();
}
