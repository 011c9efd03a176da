/* What messages lead to, without a file being opened. */
#include "tune/intake.h"

#include "base/error.h"
#include "tune_world.h"
#include "wire/json.h"

#include <string.h>

static WebhookRow take(TuneWorld *world, WebhookApplication application, const char *format, const char *path)
{
  g_autofree char *body = g_strdup_printf(format, path);
  WebhookEvent event = {0};
  WebhookRow row = {0};
  g_autoptr(GError) error = NULL;
  webhook_read(application, body, strlen(body), &event, &error);
  g_assert_no_error(error);
  tune_intake(&world->tune, NULL, &event, &row, &error);
  g_assert_no_error(error);
  record_clear(&webhook_event_table, &event);
  return row;
}

static const char import[] = "{\"eventType\":\"Download\",\"movie\":{\"id\":1,\"title\":\"Film\",\"year\":2001,\"tmdbId\":5,"
                             "\"originalLanguage\":{\"id\":2,\"name\":\"French\"}},\"movieFile\":{\"id\":9,\"path\":\"%s\"}}";

static void assert_outcome(WebhookRow row, WebhookOutcome outcome, guint jobs)
{
  g_assert_cmpint(row.outcome, ==, outcome);
  g_assert_cmpuint(row.jobs->len, ==, jobs);
  g_assert_cmpstr(row.reason, !=, "");
  record_clear(&webhook_row_table, &row);
}

static void test_outcomes(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = g_build_filename(world.directory, "Film.mkv", NULL);
  assert_outcome(take(&world, WEBHOOK_RADARR, import, path), WEBHOOK_ACCEPTED, 1);
  assert_outcome(take(&world, WEBHOOK_RADARR, import, path), WEBHOOK_DUPLICATE, 1);
  assert_outcome(take(&world, WEBHOOK_RADARR, import, "/elsewhere/Film.mkv"), WEBHOOK_UNMAPPED, 0);
  assert_outcome(take(&world, WEBHOOK_RADARR, "{\"eventType\":\"Test\"}%s", ""), WEBHOOK_ACCEPTED, 0);
  assert_outcome(take(&world, WEBHOOK_RADARR, "{\"eventType\":\"Grab\"}%s", ""), WEBHOOK_IGNORED, 0);
  assert_outcome(take(&world, WEBHOOK_LIDARR, "{\"eventType\":\"Download\",\"artist\":{\"id\":1}}%s", ""), WEBHOOK_IGNORED, 0);

  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *next = NULL;
  g_autoptr(GPtrArray) rows = webhook_row_page(conn, NULL, NULL, 50, &next, NULL);
  g_assert_cmpuint(rows->len, ==, 6);
  g_autoptr(GArray) ids = job_ids(conn, JOB_PENDING, TUNE_JOB, NULL);
  g_assert_cmpuint(ids->len, ==, 1);
  g_autoptr(Job) job = record_new(&job_table);
  g_assert_true(record_get(conn, &job_table, g_array_index(ids, int64_t, 0), job, NULL));
  g_assert_cmpint(job->priority, ==, PRIORITY_WEBHOOK);
  TunePayload payload;
  record_init(&tune_payload_table, &payload);
  g_autoptr(json_t) json = json_parse(job->payload, strlen(job->payload), NULL);
  g_assert_true(json_to_record(&tune_payload_table, json, JSON_TRUSTED, &payload, NULL, NULL));
  g_assert_cmpstr(payload.path, ==, path);
  g_assert_cmpstr(payload.original_language, ==, "French");
  g_assert_cmpint(payload.tmdb_id, ==, 5);
  g_assert_true(payload.adds && !payload.is_show && !payload.has_policy);
  record_clear(&tune_payload_table, &payload);
  g_clear_pointer(&conn, db_release);
  tune_world_stop(&world);
}

int main(int argc, char **argv)
{
  int code;
  if (tune_world_child(argc, argv, &code))
    return code;
  g_unsetenv("REEVE_BINARY");
  g_test_init(&argc, &argv, NULL);
  test_db_each("/intake/outcomes", test_outcomes);
  return g_test_run();
}
