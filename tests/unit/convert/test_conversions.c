/* Conversions on both databases with real ffmpeg: made, refused, called off, deleted, expired, killed half-way. */
#include "base/failpoint.h"
#include "convert/conversions.h"
#include "encode/fixture.h"
#include "library/library_fixture.h"
#include "wire/json.h"

#include <glib/gstdio.h>

enum { HOUR_MS = 3600 * 1000 };

static const char *const kinds[] = {CONVERT_JOB, NULL};
static const char *const words[] = {"server", QUEUE_PLACE_WORD "here", NULL};
static const char *const other_words[] = {"server", QUEUE_PLACE_WORD "there", NULL};

typedef struct {
  TestDb *test;
  ManualClock clock;
  char *directory;
  Queue *queue;
  Uploads *uploads;
  Conversions *conversions;
  ProbePool *probes;
  CapabilitySet *capabilities;
  TranscodeRunner runner;
  Cancel *cancel;
} World;

static void world_init(World *world, TestDb *test)
{
  *world = (World){.test = test, .directory = g_dir_make_tmp("reeve-convert-XXXXXX", NULL)};
  manual_clock_init(&world->clock, 1000000000);
  world->queue = queue_new(&(QueueParams){.db = test->db, .clock = &world->clock.clock});
  world->uploads = uploads_new(test->db, &world->clock.clock, world->directory);
  world->conversions = conversions_new(&(ConversionsParams){
      .db = test->db, .queue = world->queue, .uploads = world->uploads, .clock = &world->clock.clock, .place = "here"});
  conversions_set_rules(world->conversions,
                        &(ConversionRules){.preset = {CONVERT_PRORES, CONVERT_360P, CONVERT_LOW}, .keep_ms = 10 * HOUR_MS});
  world->probes = probe_pool_new(&(ProbeParams){.children = 1});
  world->capabilities = fixture_capabilities(FIXTURE_CPU);
  world->cancel = cancel_new(NULL);
  world->runner = (TranscodeRunner){.ffmpeg = "ffmpeg", .capabilities = world->capabilities, .cancel = world->cancel};
}

static void world_clear(World *world)
{
  conversions_free(world->conversions);
  uploads_free(world->uploads);
  queue_free(world->queue);
  probe_pool_free(world->probes);
  capability_set_free(world->capabilities);
  cancel_unref(world->cancel);
  fs_remove_tree(world->directory, NULL);
  g_free(world->directory);
}

static guint entries(const World *world)
{
  guint count = 0;
  g_autofree char *directory = g_build_filename(world->directory, "uploads", NULL);
  g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
  while (entries && g_dir_read_name(entries))
    count++;
  return count;
}

static int64_t upload(World *world, const char *content, gsize length)
{
  Upload upload;
  bool fits;
  g_autoptr(GError) error = NULL;
  g_assert_true(uploads_create(world->uploads,
                               &(NewUpload){.name = "../clip.mkv", .created_by = "somebody", .size_bytes = (int64_t)length},
                               &upload, &error));
  int64_t id = upload.id;
  record_clear(&upload_table, &upload);
  UploadWriter *writer = upload_writer_open(world->uploads, id, 0, NULL, &error);
  g_assert_true(upload_writer_write(writer, content, length, &error));
  g_assert_true(upload_writer_end(writer, false, &upload, &fits, &error));
  record_clear(&upload_table, &upload);
  upload_writer_free(writer);
  return id;
}

static int64_t upload_clip(World *world)
{
  g_autofree char *content = NULL;
  gsize length = 0;
  g_assert_true(g_file_get_contents(clip(0), &content, &length, NULL));
  return upload(world, content, length);
}

static int64_t ask_for(World *world, int64_t upload_id, ConvertChoice choice)
{
  g_autoptr(Conversion) it = record_new(&conversion_table);
  g_autoptr(GError) error = NULL;
  conversions_create(world->conversions, &(NewConversion){.upload_id = upload_id, .choice = choice, .created_by = "somebody"}, it,
                     &error);
  g_assert_no_error(error);
  g_assert_cmpint(it->state, ==, CONVERSION_QUEUED);
  return it->id;
}

static const ConvertChoice preset = {FIELD_NULL_ENUM, FIELD_NULL_ENUM, FIELD_NULL_ENUM};

static bool claim(World *world, const char *const *have, Job *job)
{
  bool found = false;
  record_init(&job_table, job);
  g_assert_true(queue_claim(world->queue, "owner", kinds, have, job, &found, NULL));
  return found;
}

/* Claims, runs and concludes; the error of the run, or NULL. The caller frees it. */
static GError *work(World *world)
{
  Job job;
  g_assert_true(claim(world, words, &job));
  LeaseRef lease = {.job_id = job.id, .owner = "owner", .epoch = job.lease_epoch};
  ConversionReport report = {0};
  GError *execution = NULL;
  g_autofree char *text = NULL;
  if (conversion_run(world->conversions, &lease, &world->runner, world->probes, &report, &execution)) {
    g_autoptr(json_t) json = json_from_record(&conversion_report_table, &report, JSON_FULL);
    text = json_text(json);
  }
  record_clear(&conversion_report_table, &report);
  g_autoptr(GError) error = NULL;
  conversion_conclude(world->conversions, &lease, text, execution, &error);
  g_assert_no_error(error);
  record_clear(&job_table, &job);
  return execution;
}

static Conversion *look(World *world, int64_t id)
{
  Conversion *it = record_new(&conversion_table);
  g_autoptr(GError) error = NULL;
  conversions_get(world->conversions, id, it, &error);
  g_assert_no_error(error);
  return it;
}

static void assert_gone(World *world, int64_t id)
{
  g_autoptr(Conversion) it = record_new(&conversion_table);
  g_autoptr(GError) error = NULL;
  g_assert_false(conversions_get(world->conversions, id, it, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

static void test_made(TestDb *test)
{
  static const struct {
    ConvertChoice choice;
    const char *codec, *name;
  } rows[] = {
      {{FIELD_NULL_ENUM, FIELD_NULL_ENUM, FIELD_NULL_ENUM}, "prores", "clip.prores-low-360p.mov"},
      {{CONVERT_H264, CONVERT_SOURCE, CONVERT_HIGH}, "h264", "clip.h264-high-source.mp4"},
  };
  World world;
  world_init(&world, test);
  int64_t upload_id = upload_clip(&world), ids[G_N_ELEMENTS(rows)];
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    ids[i] = ask_for(&world, upload_id, rows[i].choice); /* each with its own settings */
  Job job;
  g_assert_false(claim(&world, other_words, &job)); /* the file is not there */
  record_clear(&job_table, &job);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) failure = work(&world), error = NULL;
    g_assert_no_error(failure);
    g_autoptr(Conversion) it = look(&world, ids[i]);
    g_assert_cmpint(it->state, ==, CONVERSION_COMPLETED);
    g_assert_cmpstr(it->name, ==, rows[i].name);
    g_assert_cmpfloat(it->progress, ==, 1);
    g_autoptr(MediaInfo) media = probe_file(world.probes, it->path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(media_info_video(media)->codec, ==, rows[i].codec);
    g_assert_cmpint(media->size_bytes, ==, it->size_bytes);
  }
  int64_t next = -1;
  g_autoptr(GPtrArray) page = conversions_page(world.conversions, 0, 1, &next, NULL);
  g_assert_cmpuint(page->len, ==, 1);
  g_assert_cmpint(next, ==, ids[1]);
  g_autoptr(GPtrArray) rest = conversions_page(world.conversions, next, 1, &next, NULL);
  g_assert_cmpint(((Conversion *)rest->pdata[0])->id, ==, ids[0]);
  g_assert_cmpint(next, ==, 0);
  g_assert_cmpuint(entries(&world), ==, 3);
  g_assert_true(conversions_delete(world.conversions, ids[0], NULL));
  assert_gone(&world, ids[0]);
  g_assert_cmpuint(entries(&world), ==, 2);
  world_clear(&world);
}

static void test_bad_uploads(TestDb *test)
{
  World world;
  world_init(&world, test);
  g_autofree char *noise = g_strnfill(5000, 'x');
  g_autofree char *content = NULL;
  gsize length = 0;
  g_assert_true(g_file_get_contents(clip(0), &content, &length, NULL));
  const int64_t uploads[] = {upload(&world, noise, 5000), upload(&world, "", 0), upload(&world, content, length / 4)};
  for (size_t i = 0; i < G_N_ELEMENTS(uploads); i++) {
    int64_t id = ask_for(&world, uploads[i], (ConvertChoice){CONVERT_H264, CONVERT_SOURCE, CONVERT_LOW});
    g_autoptr(GError) failure = work(&world);
    g_assert_error(failure, REEVE_ERROR, REEVE_ERROR_CORRUPT);
    g_autoptr(Conversion) it = look(&world, id);
    g_assert_cmpint(it->state, ==, CONVERSION_FAILED);
    g_assert_cmpstr(it->error, ==, failure->message);
    g_assert_null(it->path);
  }
  Upload begun;
  g_autoptr(GError) error = NULL;
  g_autoptr(Conversion) it = record_new(&conversion_table);
  g_assert_true(uploads_create(world.uploads, &(NewUpload){.created_by = "it", .size_bytes = 10}, &begun, NULL));
  g_assert_false(conversions_create(world.conversions,
                                    &(NewConversion){.upload_id = begun.id, .choice = preset, .created_by = "it"}, it, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  record_clear(&upload_table, &begun);
  g_clear_error(&error);
  g_assert_false(conversions_create(world.conversions, &(NewConversion){.upload_id = 999, .choice = preset, .created_by = "it"},
                                    it, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  world_clear(&world);
}

static void test_room(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = ask_for(&world, upload_clip(&world), preset);
  uploads_set_rules(world.uploads, &(UploadRules){.cap_bytes = 1, .keep_ms = 1, .reserve_bytes = INT64_MAX / 2});
  g_autoptr(GError) failure = work(&world);
  g_assert_error(failure, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
  g_autoptr(Conversion) it = look(&world, id);
  g_assert_cmpint(it->state, ==, CONVERSION_QUEUED); /* tried again later */
  world_clear(&world);
}

static void test_called_off(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t upload_id = upload_clip(&world), waits = ask_for(&world, upload_id, preset);
  g_autoptr(GError) error = NULL;
  g_assert_false(uploads_delete(world.uploads, upload_id, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_true(conversions_cancel(world.conversions, waits, NULL));
  g_autoptr(Conversion) it = look(&world, waits);
  g_assert_cmpint(it->state, ==, CONVERSION_CANCELLED);
  g_clear_error(&error);
  g_assert_false(conversions_cancel(world.conversions, waits, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);

  /* Deleted while a worker has it: out of sight at once, and gone when that has let go. */
  int64_t runs = ask_for(&world, upload_id, preset);
  Job job;
  g_assert_true(claim(&world, words, &job));
  LeaseRef lease = {.job_id = job.id, .owner = "owner", .epoch = job.lease_epoch};
  ConversionReport report = {0};
  g_clear_error(&error);
  g_assert_true(conversion_run(world.conversions, &lease, &world.runner, world.probes, &report, &error));
  g_assert_true(conversions_delete(world.conversions, runs, NULL));
  assert_gone(&world, runs);
  int deleted = -1;
  g_assert_true(conversions_expire(world.conversions, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 0);
  g_autoptr(GError) cancelled = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_CANCELLED, "Cancelled.");
  g_assert_true(conversion_conclude(world.conversions, &lease, NULL, cancelled, NULL));
  g_assert_true(conversions_expire(world.conversions, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 1);
  g_assert_cmpuint(entries(&world), ==, 1);
  record_clear(&conversion_report_table, &report);
  record_clear(&job_table, &job);
  g_assert_true(uploads_delete(world.uploads, upload_id, NULL));
  world_clear(&world);
}

/* A worker that is killed half-way: nothing is offered, and the next one begins in a directory of its own. */
static void test_killed(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = ask_for(&world, upload_clip(&world), preset);
  Job job;
  g_assert_true(claim(&world, words, &job));
  LeaseRef old = {.job_id = job.id, .owner = "owner", .epoch = job.lease_epoch};
  ConversionReport report = {0};
  g_assert_true(conversion_run(world.conversions, &old, &world.runner, world.probes, &report, NULL));
  g_autoptr(Conversion) running = look(&world, id);
  g_assert_cmpint(running->state, ==, CONVERSION_PROCESSING);
  g_assert_null(running->path);
  manual_clock_advance(&world.clock, HOUR_MS);
  g_assert_true(queue_expire(world.queue, NULL, NULL));
  manual_clock_advance(&world.clock, HOUR_MS);
  g_autoptr(json_t) json = json_from_record(&conversion_report_table, &report, JSON_FULL);
  g_autofree char *text = json_text(json);
  g_autoptr(GError) error = NULL;
  g_assert_false(conversion_conclude(world.conversions, &old, text, NULL, &error)); /* it comes back too late */
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_autoptr(GError) failure = work(&world);
  g_assert_no_error(failure);
  g_autoptr(Conversion) it = look(&world, id);
  g_assert_cmpint(it->state, ==, CONVERSION_COMPLETED);
  g_assert_cmpstr(it->path, !=, report.path);
  g_assert_false(g_file_test(report.path, G_FILE_TEST_EXISTS));
  record_clear(&conversion_report_table, &report);
  record_clear(&job_table, &job);
  world_clear(&world);
}

static void test_expiry(TestDb *test)
{
  World world;
  world_init(&world, test);
  g_autofree char *noise = g_strnfill(5000, 'x');
  int64_t upload_id = upload_clip(&world), bad_id = upload(&world, noise, 5000);
  int64_t failed = ask_for(&world, bad_id, preset);
  g_autoptr(GError) failure = work(&world);
  g_assert_nonnull(failure);
  ask_for(&world, upload_id, preset);
  manual_clock_advance(&world.clock, 9 * HOUR_MS);
  ask_for(&world, upload_id, preset);
  manual_clock_advance(&world.clock, 2 * HOUR_MS);
  int deleted = -1;
  g_assert_true(conversions_expire(world.conversions, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 1);
  assert_gone(&world, failed);
  manual_clock_advance(&world.clock, 100 * HOUR_MS);
  g_assert_true(conversions_expire(world.conversions, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 0); /* what is still to be made stays */
  g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 1); /* and so does what it is made of */
  for (int i = 0; i < 2; i++) {
    g_autoptr(GError) none = work(&world);
    g_assert_no_error(none);
  }
  g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 1);
  g_assert_true(conversions_expire(world.conversions, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 0);
  manual_clock_advance(&world.clock, 10 * HOUR_MS);
  g_assert_true(conversions_expire(world.conversions, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 2);
  g_assert_cmpuint(entries(&world), ==, 0);
  world_clear(&world);
}

#ifdef REEVE_FAILPOINTS
typedef struct {
  World *world;
  int64_t upload_id;
} Other;

static void convert_it(void *data)
{
  const Other *it = data;
  ask_for(it->world, it->upload_id, preset);
}

static void delete_it(void *data)
{
  const Other *it = data;
  g_autoptr(GError) error = NULL;
  uploads_delete(it->world->uploads, it->upload_id, &error);
  g_assert_no_error(error);
}

static void expire_it(void *data)
{
  const Other *it = data;
  int deleted = -1;
  g_assert_true(uploads_expire(it->world->uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 1);
}

/* An upload is deleted, or expires, at the very moment in which somebody has something made of it: whoever comes first has it. */
static void test_raced(TestDb *test)
{
  static const FailpointFunction deletions[] = {delete_it, expire_it};
  World world;
  world_init(&world, test);
  for (size_t i = 0; i < G_N_ELEMENTS(deletions); i++) {
    Other other = {.world = &world, .upload_id = upload_clip(&world)};
    g_autoptr(GError) error = NULL;
    int deleted = 0;
    manual_clock_advance(&world.clock, 100 * HOUR_MS);
    failpoint_call("upload.drop", convert_it, &other);
    if (deletions[i] == delete_it) {
      g_assert_false(uploads_delete(world.uploads, other.upload_id, &error));
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
    } else {
      g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
      g_assert_cmpint(deleted, ==, 0);
    }
    g_assert_false(failpoint_call(NULL, NULL, NULL)); /* it did */
    g_autoptr(GError) failure = work(&world);
    g_assert_no_error(failure);

    int64_t jobs = test_db_int(test, "SELECT COUNT(*) FROM jobs");
    g_autoptr(Conversion) it = record_new(&conversion_table);
    g_clear_error(&error);
    failpoint_call("conversion.insert", deletions[i], &other);
    g_assert_false(conversions_create(
        world.conversions, &(NewConversion){.upload_id = other.upload_id, .choice = preset, .created_by = "it"}, it, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
    g_assert_false(failpoint_call(NULL, NULL, NULL));
    g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM jobs"), ==, jobs); /* nor is there anything to do */
  }
  world_clear(&world);
}

static void expect_locked(void *data)
{
  const Other *it = data;
  bool found = false;
  int64_t id = 0;
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(it->world->test);
  g_assert_false(db_query_int(conn, "SELECT id FROM uploads WHERE id = $1 FOR UPDATE NOWAIT", DB_ARGS(DB_INT(it->upload_id)), &id,
                              &found, &error));
  g_assert_nonnull(strstr(error->message, "lock"));
}

/* What both look at they hold until they are done. (SQLite's transactions hold everything.) */
static void test_held(TestDb *test)
{
  World world;
  world_init(&world, test);
  Other other = {.world = &world, .upload_id = upload_clip(&world)};
  failpoint_call("conversion.locked", expect_locked, &other);
  int64_t id = ask_for(&world, other.upload_id, preset);
  g_assert_false(failpoint_call(NULL, NULL, NULL));
  g_assert_true(conversions_cancel(world.conversions, id, NULL));
  failpoint_call("upload.locked", expect_locked, &other);
  g_assert_true(uploads_delete(world.uploads, other.upload_id, NULL));
  g_assert_false(failpoint_call(NULL, NULL, NULL));
  world_clear(&world);
}
#endif

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/conversions/made", test_made);
  test_db_each("/conversions/bad-uploads", test_bad_uploads);
  test_db_each("/conversions/room", test_room);
  test_db_each("/conversions/called-off", test_called_off);
  test_db_each("/conversions/killed", test_killed);
  test_db_each("/conversions/expiry", test_expiry);
#ifdef REEVE_FAILPOINTS
  test_db_each("/conversions/raced", test_raced);
  test_db_shared("/conversions/held", test_held);
#endif
  int code = g_test_run();
  clips_remove();
  return code;
}
