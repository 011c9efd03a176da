/* Default tracks over HTTP: the policy, previews, batches and their results. */
#include "server_fixture.h"

#include "store/audio_result.h"
#include "tune/tune.h"

typedef struct {
  Fixture fixture;
  char *library;
  int64_t root_id, file_id;
} World;

/* A root with a file that is no film: what is looked at gives a reason. */
static void world_init(World *world)
{
  g_autoptr(GError) error = NULL;
  fixture_init(&world->fixture);
  fixture_offer(&world->fixture);
  world->library = g_build_filename(world->fixture.directory, "films", NULL);
  g_assert_cmpint(g_mkdir(world->library, 0755), ==, 0);
  g_autoptr(DbConn) conn = db_acquire(world->fixture.db, &error);
  g_autoptr(Root) root = record_new(&root_table);
  root->path = (g_free(root->path), g_strdup(world->library));
  g_assert_true(record_insert(conn, &root_table, root, &error));
  world->root_id = root->id;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  file->root_id = root->id;
  file->path = (g_free(file->path), g_build_filename(world->library, "a.mkv", NULL));
  file->state = FILE_READY;
  g_assert_true(g_file_set_contents(file->path, "no film", -1, NULL));
  g_assert_true(record_insert(conn, &file_table, file, &error));
  world->file_id = file->id;
}

static void world_clear(World *world)
{
  fixture_clear(&world->fixture);
  g_free(world->library);
}

/* The text with FILE, ROOT and DIR filled in. */
static char *filled(const World *world, const char *text)
{
  g_autofree char *file = g_strdup_printf("%" G_GINT64_FORMAT, world->file_id);
  g_autofree char *root = g_strdup_printf("%" G_GINT64_FORMAT, world->root_id);
  GString *body = g_string_new(text);
  g_string_replace(body, "FILE", file, 0);
  g_string_replace(body, "ROOT", root, 0);
  g_string_replace(body, "DIR", world->library, 0);
  return g_string_free(body, FALSE);
}

static Answer ask(const World *world, KeyScope scope, const char *method, const char *path, const char *text)
{
  g_autofree char *body = text ? filled(world, text) : NULL;
  return call(&world->fixture, scope, method, path, body);
}

static const char policy_path[] = "/api/v1/audio/policy";

static void test_policy(void)
{
  static const struct {
    const char *body, *field;
  } wrong[] = {
      {"{\"languages\":[\"klingonish\"]}", "languages.0"},
      {"{\"languages\":[\"de\",\"ger\"]}", "languages.1"},
      {"{\"languages\":[\"eng\"],\"overrides\":[{\"glob\":\"/a/**\",\"languages\":[]}]}", "overrides.0.languages"},
      {"{\"languages\":\"eng\"}", "languages"},
      {"{\"speed\":1}", "speed"},
  };
  World world;
  world_init(&world);
  g_auto(Answer) first = ask(&world, SCOPE_READ, "GET", policy_path, NULL);
  assert_status(&first, 200);
  g_autofree char *tag = header_of(&first, "ETag");
  g_assert_nonnull(tag);
  for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_auto(Answer) refused = ask(&world, SCOPE_ADMIN, "PUT", policy_path, wrong[i].body);
    assert_field(&refused, wrong[i].field);
  }
  g_auto(Answer) denied = ask(&world, SCOPE_OPERATE, "PUT", policy_path, "{\"languages\":[\"fra\"]}");
  assert_status(&denied, 403);
  g_auto(Answer) unchanged = ask(&world, SCOPE_READ, "GET", policy_path, NULL);
  g_assert_cmpstr(unchanged.text, ==, first.text);
  g_auto(Answer) put =
      call_if(&world.fixture, "PUT", policy_path, tag, "{\"languages\":[\"fra\",\"eng\"],\"prefer_original\":false}");
  assert_status(&put, 200);
  g_auto(Answer) stale = call_if(&world.fixture, "PUT", policy_path, tag, "{\"languages\":[\"eng\"]}");
  assert_status(&stale, 412);
  g_auto(Answer) now = ask(&world, SCOPE_READ, "GET", policy_path, NULL);
  const json_t *languages = json_object_get(now.body, "languages");
  g_assert_cmpuint(json_array_size(languages), ==, 2);
  g_assert_cmpstr(json_string_value(json_array_get(languages, 0)), ==, "fra");
  g_assert_true(json_is_false(json_object_get(now.body, "prefer_original")));
  world_clear(&world);
}

/* What both kinds of request say of the files they mean, wrongly. */
static void test_refusals(void)
{
  static const struct {
    const char *body;
    int status;
    const char *field;
  } rows[] = {
      {"{}", 422, ""},
      {"{\"root\":ROOT,\"path\":\"DIR\"}", 422, ""},
      {"{\"files\":[FILE],\"path\":\"DIR\"}", 422, ""},
      {"{\"files\":[]}", 422, ""},
      {"{\"path\":\"films/a.mkv\"}", 422, "path"},
      {"{\"path\":\"\"}", 422, "path"},
      {"{\"root\":\"films\"}", 422, "root"},
      {"{\"files\":[\"a\"]}", 422, "files.0"},
      {"{\"root\":ROOT,\"policy\":{\"languages\":[\"klingonish\"]}}", 422, "policy.languages.0"},
      {"{\"root\":ROOT,\"policy\":{\"speed\":1}}", 422, "policy.speed"},
      {"{\"root\":999999}", 404, NULL},
      {"{\"path\":\"/etc/passwd\"}", 404, NULL},
  };
  static const char *const paths[] = {"/api/v1/audio/preview", "/api/v1/audio/batches"};
  World world;
  world_init(&world);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    for (size_t k = 0; k < G_N_ELEMENTS(paths); k++) {
      g_auto(Answer) answer = ask(&world, SCOPE_OPERATE, "POST", paths[k], rows[i].body);
      g_test_message("%s: %s", rows[i].body, answer.text);
      assert_status(&answer, rows[i].status);
      if (rows[i].field)
        assert_field(&answer, rows[i].field);
    }
  g_auto(Answer) many = ask(&world, SCOPE_READ, "POST", paths[0], "{\"root\":ROOT,\"limit\":101}");
  assert_field(&many, "limit");
  g_auto(Answer) unknown = ask(&world, SCOPE_OPERATE, "POST", paths[1], "{\"files\":[FILE,999999]}");
  assert_status(&unknown, 404);
  g_auto(Answer) urgent = ask(&world, SCOPE_OPERATE, "POST", paths[1], "{\"root\":ROOT,\"priority\":\"at once\"}");
  assert_field(&urgent, "priority");
  g_auto(Answer) reader = ask(&world, SCOPE_READ, "POST", paths[1], "{\"root\":ROOT}");
  assert_status(&reader, 403);
  g_auto(Answer) none = ask(&world, SCOPE_READ, "GET", "/api/v1/jobs", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(none.body, "items")), ==, 0);
  world_clear(&world);
}

static void test_preview(void)
{
  static const char *const bodies[] = {
      "{\"root\":ROOT}",
      "{\"files\":[FILE],\"limit\":1}",
      "{\"path\":\"DIR\"}",
      "{\"path\":\"DIR/a.mkv\",\"policy\":{\"languages\":[\"fra\"],\"prefer_original\":false},\"original_language\":\"French\"}",
  };
  World world;
  world_init(&world);
  for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
    g_auto(Answer) answer = ask(&world, SCOPE_READ, "POST", "/api/v1/audio/preview", bodies[i]);
    assert_status(&answer, 200);
    const json_t *items = json_object_get(answer.body, "items");
    g_assert_cmpuint(json_array_size(items), ==, 1);
    const json_t *item = json_array_get(items, 0), *result = json_object_get(item, "result");
    g_assert_cmpint(json_integer_value(json_object_get(item, "file_id")), ==, world.file_id);
    g_assert_cmpstr(json_string_value(json_object_get(result, "outcome")), ==, "unsupported");
    g_assert_cmpuint(strlen(json_string_value(json_object_get(result, "reason"))), >, 0);
  }
  world_clear(&world);
}

static void add_result(const World *world, int64_t job_id, int64_t file_id, const char *outcome)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(world->fixture.db, &error);
  AudioFileResult *result = record_new(&audio_file_result_table);
  result->job_id = job_id;
  result->file_id = file_id;
  result->path = (g_free(result->path), g_strdup_printf("/films/%" G_GINT64_FORMAT ".mkv", file_id));
  result->outcome = (g_free(result->outcome), g_strdup(outcome));
  result->reason = (g_free(result->reason), g_strdup("Because."));
  g_assert_true(audio_result_put(conn, result, &error));
  g_assert_no_error(error);
  record_free(&audio_file_result_table, result);
}

static size_t count_results(const World *world, const char *path, char **ret_next)
{
  g_auto(Answer) page = ask(world, SCOPE_READ, "GET", path, NULL);
  assert_status(&page, 200);
  if (ret_next)
    *ret_next = g_strdup(json_string_value(json_object_get(page.body, "next")));
  return json_array_size(json_object_get(page.body, "items"));
}

static void test_batch(void)
{
  World world;
  world_init(&world);
  g_auto(Answer) made = ask(&world, SCOPE_OPERATE, "POST", "/api/v1/audio/batches",
                            "{\"files\":[FILE],\"dry_run\":true,\"priority\":\"high\",\"policy\":{\"languages\":[\"fra\"]}}");
  assert_status(&made, 202);
  int64_t id = answer_int(&made, "job");
  g_autofree char *job_path = g_strdup_printf("/api/v1/jobs/%" G_GINT64_FORMAT, id);
  g_auto(Answer) job = ask(&world, SCOPE_READ, "GET", job_path, NULL);
  g_assert_cmpstr(json_string_value(json_object_get(job.body, "kind")), ==, TUNE_BATCH_JOB);
  g_assert_cmpstr(json_string_value(json_object_get(job.body, "priority")), ==, "high");
  const json_t *payload = json_object_get(job.body, "payload");
  g_assert_true(json_is_true(json_object_get(payload, "dry_run")));
  g_assert_true(json_is_true(json_object_get(payload, "has_policy")));

  for (int64_t file = 1; file <= 3; file++)
    add_result(&world, id, file, file == 2 ? "failed" : "edited");
  g_autofree char *results = g_strdup_printf("/api/v1/audio/batches/%" G_GINT64_FORMAT "/files", id);
  g_autofree char *failed = g_strconcat(results, "?outcome=failed", NULL), *two = g_strconcat(results, "?limit=2", NULL);
  g_autofree char *wrong = g_strconcat(results, "?after=x", NULL), *odd = g_strconcat(results, "?outcome=odd", NULL);
  g_autofree char *next = NULL, *end = NULL;
  g_assert_cmpuint(count_results(&world, results, NULL), ==, 3);
  g_assert_cmpuint(count_results(&world, failed, NULL), ==, 1);
  g_assert_cmpuint(count_results(&world, two, &next), ==, 2);
  g_assert_nonnull(next);
  g_autofree char *rest = g_strconcat(two, "&after=", next, NULL);
  g_assert_cmpuint(count_results(&world, rest, &end), ==, 1);
  g_assert_null(end);
  g_auto(Answer) bad_after = ask(&world, SCOPE_READ, "GET", wrong, NULL);
  assert_field(&bad_after, "after");
  g_auto(Answer) bad_outcome = ask(&world, SCOPE_READ, "GET", odd, NULL);
  assert_field(&bad_outcome, "outcome");

  /* A job of another kind has none. */
  g_autoptr(Job) scan = record_new(&job_table);
  scan->kind = (g_free(scan->kind), g_strdup("scan"));
  scan->state = JOB_PENDING;
  g_assert_true(queue_add(world.fixture.queue, NULL, scan, NULL));
  g_autofree char *of_scan = g_strdup_printf("/api/v1/audio/batches/%" G_GINT64_FORMAT "/files", scan->id);
  g_auto(Answer) other = ask(&world, SCOPE_READ, "GET", of_scan, NULL);
  assert_status(&other, 404);
  g_assert_nonnull(strstr(other.text, "looks at no default tracks"));
  world_clear(&world);
}

/* A batch that nobody has taken yet is paused and resumed as any job. */
static void test_pause(void)
{
  World world;
  world_init(&world);
  g_auto(Answer) made = ask(&world, SCOPE_OPERATE, "POST", "/api/v1/audio/batches", "{\"root\":ROOT}");
  int64_t id = answer_int(&made, "job");
  static const struct {
    const char *act;
    int status;
    const char *state;
  } steps[] = {{"pause", 200, "paused"}, {"pause", 409, NULL},         {"resume", 200, "pending"},
               {"resume", 409, NULL},    {"cancel", 200, "cancelled"}, {"pause", 409, NULL}};
  for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
    g_autofree char *path = g_strdup_printf("/api/v1/jobs/%" G_GINT64_FORMAT "/%s", id, steps[i].act);
    g_auto(Answer) answer = ask(&world, SCOPE_OPERATE, "POST", path, NULL);
    assert_status(&answer, steps[i].status);
    if (steps[i].state)
      g_assert_cmpstr(json_string_value(json_object_get(answer.body, "state")), ==, steps[i].state);
  }
  world_clear(&world);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/audio/policy", test_policy);
  g_test_add_func("/audio/refusals", test_refusals);
  g_test_add_func("/audio/preview", test_preview);
  g_test_add_func("/audio/batch", test_batch);
  g_test_add_func("/audio/pause", test_pause);
  return g_test_run();
}
