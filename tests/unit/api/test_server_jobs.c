/* Places in the queue and many jobs at once, over HTTP. */
#include "server_fixture.h"

static int64_t add_job(const Fixture *f, const char *kind, JobState state)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Job) job = record_new(&job_table);
  job->kind = (g_free(job->kind), g_strdup(kind));
  job->payload = (g_free(job->payload), g_strdup("{\"file_id\":1,\"profile_id\":1,\"force\":false}"));
  job->state = state;
  g_assert_true(queue_add(f->queue, NULL, job, &error));
  return job->id;
}

static char *pending(const Fixture *f)
{
  g_auto(Answer) page = call(f, SCOPE_READ, "GET", "/api/v1/jobs?state=pending", NULL);
  assert_status(&page, 200);
  GString *text = g_string_new(NULL);
  size_t i;
  const json_t *job;
  json_array_foreach(json_object_get(page.body, "items"), i, job)
      g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT, i ? " " : "", json_integer_value(json_object_get(job, "id")));
  return g_string_free(text, FALSE);
}

static void test_move(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (int i = 1; i <= 3; i++)
    add_job(&f, "transcode", JOB_PENDING);
  g_auto(Answer) up = call(&f, SCOPE_OPERATE, "PATCH", "/api/v1/jobs/3", "{\"before\":1}");
  assert_status(&up, 200);
  g_autofree char *one = pending(&f);
  g_assert_cmpstr(one, ==, "3 1 2");
  g_auto(Answer) down = call(&f, SCOPE_OPERATE, "PATCH", "/api/v1/jobs/3", "{\"after\":1}");
  assert_status(&down, 200);
  g_autofree char *two = pending(&f);
  g_assert_cmpstr(two, ==, "1 3 2");
  static const struct {
    const char *body, *field;
  } bad[] = {{"{}", "priority"},           {"{\"before\":1,\"after\":2}", "priority"},
             {"{\"before\":3}", "before"}, {"{\"after\":3}", "after"},
             {"{\"before\":0}", "before"}, {"{\"priority\":\"highest\"}", "priority"}};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(Answer) refused = call(&f, SCOPE_OPERATE, "PATCH", "/api/v1/jobs/3", bad[i].body);
    assert_field(&refused, bad[i].field);
  }
  g_auto(Answer) nobody = call(&f, SCOPE_OPERATE, "PATCH", "/api/v1/jobs/3", "{\"before\":999}");
  assert_status(&nobody, 404);
  g_auto(Answer) sorted = call(&f, SCOPE_READ, "GET", "/api/v1/jobs?sort=queue", NULL);
  assert_field(&sorted, "sort");
  static const char *const sorts[] = {"newest", "oldest", "finished", "size"};
  for (size_t i = 0; i < G_N_ELEMENTS(sorts); i++) {
    g_autofree char *path = g_strconcat("/api/v1/jobs?limit=1&sort=", sorts[i], NULL);
    g_auto(Answer) page = call(&f, SCOPE_READ, "GET", path, NULL);
    assert_status(&page, 200);
  }
  fixture_clear(&f);
}

static void test_bulk(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_job(&f, "transcode", JOB_PENDING);
  add_job(&f, "transcode", JOB_HELD);
  add_job(&f, "scan", JOB_PENDING);
  add_job(&f, "cleanup", JOB_HELD);
  static const struct {
    const char *body;
    int64_t done;
    guint failed;
  } good[] = {
      {"{\"action\":\"pause\",\"ids\":[1,2,3,77]}", 2, 2},
      {"{\"action\":\"resume\",\"state\":\"paused\"}", 2, 0},
      {"{\"action\":\"release\",\"state\":\"held\",\"kind\":\"transcode\"}", 1, 0},
      {"{\"action\":\"priority\",\"value\":\"high\",\"kind\":\"transcode\"}", 2, 0},
      {"{\"action\":\"profile\",\"value\":\"av1\",\"ids\":[1,2,3]}", 2, 1},
      {"{\"action\":\"cancel\",\"state\":\"pending\"}", 3, 0},
      {"{\"action\":\"retry\",\"ids\":[1]}", 1, 0},
      {"{\"action\":\"delete\",\"state\":\"cancelled\"}", 2, 0},
      {"{\"action\":\"delete\",\"kind\":\"nothing\"}", 0, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
    g_test_message("%s", good[i].body);
    g_auto(Answer) answer = call(&f, SCOPE_OPERATE, "POST", "/api/v1/jobs/bulk", good[i].body);
    assert_status(&answer, 200);
    g_assert_cmpint(answer_int(&answer, "done"), ==, good[i].done);
    g_assert_cmpuint(json_array_size(json_object_get(answer.body, "failed")), ==, good[i].failed);
  }
  g_auto(Answer) job = call(&f, SCOPE_READ, "GET", "/api/v1/jobs/1", NULL);
  g_assert_cmpint(json_integer_value(json_object_get(json_object_get(job.body, "payload"), "profile_id")), >, 1);
  static const struct {
    const char *body, *field;
  } bad[] = {
      {"{\"action\":\"cancel\"}", "ids"}, /* nothing must not mean everything */
      {"{\"action\":\"cancel\",\"ids\":[]}", "ids"},
      {"{\"action\":\"cancel\",\"ids\":[1],\"state\":\"held\"}", "ids"},
      {"{\"ids\":[1]}", "action"},
      {"{\"action\":\"explode\",\"ids\":[1]}", "action"},
      {"{\"action\":\"priority\",\"ids\":[1]}", "value"},
      {"{\"action\":\"priority\",\"ids\":[1],\"value\":\"top\"}", "value"},
      {"{\"action\":\"profile\",\"ids\":[1]}", "value"},
      {"{\"action\":\"profile\",\"ids\":[1],\"value\":\"nobody\"}", "profile"},
      {"{\"action\":\"cancel\",\"ids\":[1],\"value\":\"x\"}", "value"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_test_message("%s", bad[i].body);
    g_auto(Answer) refused = call(&f, SCOPE_OPERATE, "POST", "/api/v1/jobs/bulk", bad[i].body);
    assert_field(&refused, bad[i].field);
  }
  fixture_clear(&f);
}

static void test_delete(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  add_job(&f, "transcode", JOB_PENDING);
  g_auto(Answer) gone = call(&f, SCOPE_OPERATE, "DELETE", "/api/v1/jobs/1", NULL);
  assert_status(&gone, 204);
  g_auto(Answer) again = call(&f, SCOPE_OPERATE, "DELETE", "/api/v1/jobs/1", NULL);
  assert_status(&again, 404);
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/jobs/move", test_move);
  g_test_add_func("/jobs/bulk", test_bulk);
  g_test_add_func("/jobs/delete", test_delete);
  return g_test_run();
}
