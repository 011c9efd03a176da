/* A film's job that was cut: what becomes of it when a chunk does not come to anything. */
#include "desk_fixture.h"
#include "queue/parts.h"
#include "wire/json.h"

#include <math.h>

static ChunkOrder *chunk_of(const DeskWorld *world, int64_t number)
{
  ChunkOrder *chunk = record_new(&chunk_order_table);
  record_clear(&chunk_order_table, chunk);
  chunk->replacement_id = world->order.replacement_id;
  chunk->count = 2;
  chunk->range = (ChunkRange){.number = number, .from_ms = (number - 1) * 1000, .to_ms = number * 1000};
  chunk->write_directory = g_strdup(world->order.write_directory);
  chunk->bound_bytes = INT64_MAX;
  return chunk;
}

/* The film's job waits for two chunks. */
static void split(DeskWorld *world)
{
  g_assert_cmpint(desk_world_prepare(world), ==, PREPARE_RUN);
  TranscodeReport report = {
      .ssim = NAN, .score = NAN, .failed_family = FIELD_NULL_ENUM, .chunks = records_new(&chunk_order_table)};
  for (int64_t number = 1; number <= 2; number++)
    g_ptr_array_add(report.chunks, chunk_of(world, number));
  g_autoptr(GError) error = NULL;
  transcode_conclude(&world->desk, world->job, &world->lease, world->capabilities, &report, NULL, &error);
  g_assert_no_error(error);
  g_ptr_array_unref(report.chunks);
}

static Job *claim(DeskWorld *world, const char *kind, LeaseRef *ret_lease)
{
  const char *const kinds[] = {kind, NULL}, *const words[] = {"ffmpeg", "encoder:libx265", NULL};
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(GError) error = NULL;
  bool found = false;
  queue_claim(world->queue, "worker", kinds, words, job, &found, &error);
  g_assert_no_error(error);
  g_assert_true(found);
  *ret_lease = (LeaseRef){.job_id = job->id, .owner = "worker", .epoch = job->lease_epoch};
  return g_steal_pointer(&job);
}

static TranscodePayload payload_of(const Job *job)
{
  TranscodePayload payload;
  g_autoptr(json_t) json = json_parse(job->payload, strlen(job->payload), NULL);
  record_init(&transcode_payload_table, &payload);
  g_assert_true(json_to_record(&transcode_payload_table, json, JSON_TRUSTED, &payload, NULL, NULL));
  return payload;
}

/* A chunk that failed for good takes the others along, and the film is encoded in one run. */
static void test_failed_chunk(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  split(&world);
  LeaseRef lease;
  g_autoptr(GError) error = NULL, why = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_CORRUPT, "It was told to fail.");
  g_autoptr(Job) chunk = claim(&world, "chunk", &lease);
  transcode_conclude_chunk(&world.desk, chunk, &lease, NULL, why, &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) parts = queue_parts(world.queue, world.job->id, NULL);
  g_assert_cmpint(((Job *)parts->pdata[0])->state, ==, JOB_FAILED);
  g_assert_cmpint(((Job *)parts->pdata[1])->state, ==, JOB_CANCELLED);

  g_autoptr(Job) again = claim(&world, "transcode", &lease);
  g_assert_cmpint(again->id, ==, world.job->id);
  PrepareResult result = PREPARE_RUN;
  TranscodeOrder none = {0};
  transcode_prepare(&world.desk, again, &lease, world.capabilities, &none, &result, &error);
  g_assert_no_error(error);
  g_assert_cmpint(result, ==, PREPARE_ENDED);
  g_autoptr(Job) waits = desk_world_job(&world);
  g_assert_cmpstr(enum_name(&job_state_table, waits->state), ==, "pending");
  g_assert_true(payload_of(waits).whole);
  g_assert_nonnull(strstr(waits->waiting, "is encoded in one run: "));
  g_assert_nonnull(strstr(waits->waiting, "chunk 1 of 2 failed: It was told to fail."));
  desk_world_assert_untouched(&world); /* nothing of the chunks is left */

  g_autoptr(Job) whole = claim(&world, "transcode", &lease);
  TranscodeOrder order = {0};
  transcode_prepare(&world.desk, whole, &lease, world.capabilities, &order, &result, &error);
  g_assert_no_error(error);
  g_assert_cmpint(result, ==, PREPARE_RUN);
  g_assert_false(chunk_plan_splits(&order.chunks));
  record_clear(&transcode_order_table, &order);
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/chunks/failed", test_failed_chunk);
  int code = g_test_run();
  clips_remove();
  return code;
}
