/* Schedules, the override, what is in force and why a job does not run, over HTTP. */
#include "server_fixture.h"

#define NIGHTS                                                                                                                   \
  "\"windows\":[{\"days\":[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"],\"start\":\"22:00\",\"end\":\"06:00\"}]"
#define NEVER_NOW "\"windows\":[{\"days\":[\"%s\"],\"start\":\"00:00\",\"end\":\"00:01\"}]"

static const char nights[] = "{\"name\":\"Nights\",\"zone\":\"Europe/Berlin\"," NIGHTS ",\"at_end\":\"freeze\"}";

static int64_t add(const Fixture *f, const char *body)
{
  g_auto(Answer) made = call(f, SCOPE_ADMIN, "POST", "/api/v1/schedules", body);
  assert_status(&made, 201);
  return answer_int(&made, "id");
}

static void test_schedules(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  int64_t id = add(&f, nights);
  g_autofree char *path = g_strdup_printf("/api/v1/schedules/%" G_GINT64_FORMAT, id);
  g_auto(Answer) got = call(&f, SCOPE_READ, "GET", path, NULL);
  assert_status(&got, 200);
  g_assert_cmpstr(json_string_value(json_object_get(got.body, "zone")), ==, "Europe/Berlin");
  g_assert_cmpstr(json_string_value(json_object_get(got.body, "at_end")), ==, "freeze");
  g_autofree char *tag = header_of(&got, "ETag");
  g_auto(Answer) listed = call(&f, SCOPE_READ, "GET", "/api/v1/schedules", NULL);
  assert_status(&listed, 200);
  g_assert_cmpint(json_array_size(json_object_get(listed.body, "items")), ==, 1);
  /* An edit of what is there, then one of what was there before. */
  static const char other[] = "{\"name\":\"Nights\",\"zone\":\"UTC\"," NIGHTS ",\"everywhere\":true}";
  g_auto(Answer) put = call_if(&f, "PUT", path, tag, other);
  assert_status(&put, 200);
  g_auto(Answer) stale = call_if(&f, "PUT", path, tag, other);
  assert_status(&stale, 412);
  g_auto(Answer) reader = call(&f, SCOPE_READ, "DELETE", path, NULL);
  assert_status(&reader, 403);
  g_auto(Answer) gone = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&gone, 204);
  g_auto(Answer) missing = call(&f, SCOPE_READ, "GET", path, NULL);
  assert_status(&missing, 404);
  fixture_clear(&f);
}

static void test_refusals(void)
{
  static const struct {
    const char *body, *field;
  } rows[] = {
      {"{\"name\":\"x\",\"zone\":\"Europe/Atlantis\"," NIGHTS "}", "zone"},
      {"{\"name\":\"x\",\"zone\":\"UTC\",\"windows\":[]}", "windows"},
      {"{\"name\":\"x\",\"zone\":\"UTC\"}", "windows"},
      {"{\"name\":\" \",\"zone\":\"UTC\"," NIGHTS "}", "name"},
      {"{\"name\":\"x\",\"zone\":\"UTC\",\"windows\":[{\"days\":[],\"start\":\"22:00\",\"end\":\"06:00\"}]}", "windows.0.days"},
      {"{\"name\":\"x\",\"zone\":\"UTC\",\"windows\":[{\"days\":[\"someday\"],\"start\":\"22:00\",\"end\":\"06:00\"}]}",
       "windows.0.days"},
      {"{\"name\":\"x\",\"zone\":\"UTC\",\"windows\":[{\"days\":[\"mon\"],\"start\":\"22:00\",\"end\":\"22:00\"}]}",
       "windows.0.end"},
      {"{\"name\":\"x\",\"zone\":\"UTC\",\"windows\":[{\"days\":[\"mon\"],\"start\":\"9am\",\"end\":\"22:00\"}]}",
       "windows.0.start"},
      {"{\"name\":\"x\",\"zone\":\"UTC\",\"windows\":[{\"days\":[\"mon\"],\"start\":\"99:99\",\"end\":\"22:00\"}]}",
       "windows.0.start"},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Answer) answer = call(&f, SCOPE_ADMIN, "POST", "/api/v1/schedules", rows[i].body);
    assert_field(&answer, rows[i].field);
  }
  add(&f, "{\"name\":\"All\",\"zone\":\"UTC\",\"everywhere\":true," NIGHTS "}");
  static const char *const taken[] = {"{\"name\":\"All\",\"zone\":\"UTC\"," NIGHTS "}",
                                      "{\"name\":\"Other\",\"zone\":\"UTC\",\"everywhere\":true," NIGHTS "}"};
  for (size_t i = 0; i < G_N_ELEMENTS(taken); i++) {
    g_auto(Answer) answer = call(&f, SCOPE_ADMIN, "POST", "/api/v1/schedules", taken[i]);
    assert_status(&answer, 409);
  }
  fixture_clear(&f);
}

static void test_roots(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  int64_t id = add(&f, nights);
  g_autofree char *films = g_build_filename(f.directory, "films", NULL);
  g_assert_cmpint(g_mkdir(films, 0700), ==, 0);
  g_autofree char *unknown = g_strdup_printf("{\"path\":\"%s\",\"schedule_id\":4711}", films);
  g_auto(Answer) refused = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", unknown);
  assert_field(&refused, "schedule_id");
  g_autofree char *good = g_strdup_printf("{\"path\":\"%s\",\"schedule_id\":%" G_GINT64_FORMAT "}", films, id);
  g_auto(Answer) made = call(&f, SCOPE_ADMIN, "POST", "/api/v1/roots", good);
  assert_status(&made, 201);
  g_autofree char *path = g_strdup_printf("/api/v1/schedules/%" G_GINT64_FORMAT, id);
  g_auto(Answer) used = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&used, 409);
  g_autofree char *root = g_strdup_printf("/api/v1/roots/%" G_GINT64_FORMAT, answer_int(&made, "id"));
  g_auto(Answer) wrong = call(&f, SCOPE_ADMIN, "PATCH", root, "{\"schedule_id\":4711}");
  assert_field(&wrong, "schedule_id");
  g_auto(Answer) freed = call(&f, SCOPE_ADMIN, "PATCH", root, "{\"schedule_id\":null}");
  assert_status(&freed, 200);
  g_auto(Answer) gone = call(&f, SCOPE_ADMIN, "DELETE", path, NULL);
  assert_status(&gone, 204);
  fixture_clear(&f);
}

static void test_override(void)
{
  static const char *const bad[] = {"{\"until\":\"tomorrow\",\"allow\":true}", "{\"until\":0,\"allow\":true}",
                                    "{\"until\":-1,\"allow\":true}",           "{\"until\":1000,\"allow\":true}",
                                    "{\"until\":\"edge\",\"allow\":true}",     "{\"until\":null,\"allow\":true}",
                                    "{\"until\":[1],\"allow\":true}",          "{\"allow\":true}"};
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(Answer) answer = call(&f, SCOPE_OPERATE, "POST", "/api/v1/governor/override", bad[i]);
    assert_field(&answer, "until");
  }
  g_auto(Answer) without = call(&f, SCOPE_OPERATE, "POST", "/api/v1/governor/override", "{\"until\":1}");
  assert_field(&without, "allow");
  add(&f, nights);
  g_auto(Answer) edge = call(&f, SCOPE_OPERATE, "POST", "/api/v1/governor/override", "{\"until\":\"edge\",\"allow\":true}");
  assert_status(&edge, 200);
  g_assert_true(json_is_true(json_object_get(edge.body, "by_edge")));
  g_auto(Answer) hours = call(&f, SCOPE_OPERATE, "POST", "/api/v1/governor/override", "{\"until\":2.5,\"allow\":false}");
  assert_status(&hours, 200);
  g_assert_cmpint(answer_int(&hours, "until_ms") - answer_int(&hours, "since_ms"), ==, 9000000);
  g_assert_cmpstr(json_string_value(json_object_get(hours.body, "running")), ==, "freeze");
  g_auto(Answer) shown = call(&f, SCOPE_READ, "GET", "/api/v1/governor", NULL);
  assert_status(&shown, 200);
  g_assert_true(json_equal(json_object_get(shown.body, "override"), hours.body));
  g_auto(Answer) cleared = call(&f, SCOPE_OPERATE, "DELETE", "/api/v1/governor/override", NULL);
  assert_status(&cleared, 204);
  g_auto(Answer) after = call(&f, SCOPE_READ, "GET", "/api/v1/governor", NULL);
  g_assert_true(json_is_null(json_object_get(after.body, "override")));
  g_auto(Answer) reader = call(&f, SCOPE_READ, "POST", "/api/v1/governor/override", "{\"until\":1,\"allow\":true}");
  assert_status(&reader, 403);
  fixture_clear(&f);
}

/* A schedule that is closed now: of a day that is neither today nor a neighbour. */
static char *closed_schedule(void)
{
  static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  return g_strdup_printf("{\"name\":\"Rare\",\"zone\":\"UTC\",\"everywhere\":true," NEVER_NOW "}",
                         names[(g_date_time_get_day_of_week(now) - 1 + 3) % 7]);
}

static Answer await_why(const Fixture *f, const char *path, const char *code)
{
  gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  for (;;) {
    Answer answer = call(f, SCOPE_READ, "GET", path, NULL);
    assert_status(&answer, 200);
    const json_t *first = json_array_get(json_object_get(answer.body, "reasons"), 0);
    if (g_strcmp0(json_string_value(json_object_get(first, "code")), code) == 0)
      return answer;
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    answer_clear(&answer);
  }
}

static void test_why(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  Job *job = record_new(&job_table);
  job->kind = (g_free(job->kind), g_strdup("transcode"));
  g_assert_true(queue_add(f.queue, NULL, job, NULL));
  g_autofree char *path = g_strdup_printf("/api/v1/jobs/%" G_GINT64_FORMAT "/why", job->id);
  g_autofree char *schedule = closed_schedule();
  add(&f, schedule);
  /* The fixture's worker has no slots; the ruling is seen all the same. */
  g_auto(Answer) why = await_why(&f, path, "no-slots");
  g_assert_true(json_is_false(json_object_get(why.body, "runs")));
  g_assert_cmpstr(json_string_value(json_object_get(why.body, "state")), ==, "pending");
  gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  for (bool shut = false; !shut;) {
    g_auto(Answer) governor = call(&f, SCOPE_READ, "GET", "/api/v1/governor", NULL);
    assert_status(&governor, 200);
    const json_t *worker = json_array_get(json_object_get(governor.body, "workers"), 0);
    g_assert_cmpstr(json_string_value(json_object_get(worker, "worker")), ==, "test-worker");
    const json_t *row = json_array_get(json_object_get(json_object_get(worker, "ruling"), "roots"), 0);
    shut = json_is_false(json_object_get(row, "may_start"));
    if (shut)
      g_assert_nonnull(strstr(json_string_value(json_object_get(row, "sentence")), "The schedule \"Rare\" lets work run"));
    g_assert_cmpint(g_get_monotonic_time(), <, end);
  }
  g_assert_true(queue_pause(f.queue, job->id, NULL));
  g_auto(Answer) paused = await_why(&f, path, "paused");
  assert_status(&paused, 200);
  g_auto(Answer) none = call(&f, SCOPE_READ, "GET", "/api/v1/jobs/4711/why", NULL);
  assert_status(&none, 404);
  job_free(job);
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/governor/schedules", test_schedules);
  g_test_add_func("/governor/refusals", test_refusals);
  g_test_add_func("/governor/roots", test_roots);
  g_test_add_func("/governor/override", test_override);
  g_test_add_func("/governor/why", test_why);
  return g_test_run();
}
