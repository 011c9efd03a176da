/* A scanned library of one clip, its queue and desk, and a claimed transcode job. */
#pragma once

#include "encode/fixture.h"
#include "library/library_fixture.h"
#include "queue/queue.h"
#include "transcode/transcode.h"

typedef struct {
  Library library;
  Queue *queue;
  TranscodeDesk desk;
  CapabilitySet *capabilities;
  int64_t profile_id, file_id;
  char *film;        /* its path */
  char *fingerprint; /* of its content at the start */
  Job *job;          /* the claimed one, or NULL */
  LeaseRef lease;
  TranscodeOrder order; /* filled where prepare said RUN */
  bool has_order;
} DeskWorld;

static inline int64_t desk_world_profile(DeskWorld *world, const char *settings)
{
  g_autoptr(DbConn) conn = test_db_acquire(world->library.test);
  g_autoptr(Profile) profile = fixture_profile(settings);
  g_autoptr(GError) error = NULL;
  profile->version = 1;
  record_insert(conn, &profile_table, profile, &error);
  g_assert_no_error(error);
  return profile->id;
}

static inline void desk_world_init(DeskWorld *world, TestDb *test, const char *settings)
{
  *world = (DeskWorld){0};
  library_init(&world->library, test);
  world->queue = queue_new(&(QueueParams){.db = test->db, .clock = &world->library.clock.clock});
  world->desk = (TranscodeDesk){.replace = {.db = test->db, .queue = world->queue, .clock = &world->library.clock.clock},
                                .scan = &world->library.context};
  world->capabilities = fixture_capabilities(FIXTURE_CPU);
  world->profile_id = desk_world_profile(world, settings);
  library_add_clip(&world->library, "film.mkv", 0);
  library_scan(&world->library);
  g_autoptr(LibraryFile) file = library_file(&world->library, "film.mkv");
  world->file_id = file->id;
  world->film = g_strdup(file->path);
  world->fingerprint = fs_fingerprint(file->path, NULL);
}

static inline void desk_world_clear(DeskWorld *world)
{
  if (world->has_order)
    record_clear(&transcode_order_table, &world->order);
  g_clear_pointer(&world->job, job_free);
  g_clear_pointer(&world->queue, queue_free);
  capability_set_free(world->capabilities);
  g_free(world->film);
  g_free(world->fingerprint);
  library_clear(&world->library);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DeskWorld, desk_world_clear)

static inline GArray *desk_world_enqueue(DeskWorld *world, int64_t file_id, int64_t root_id, int64_t profile_id, GError **error)
{
  return transcode_enqueue(&world->desk,
                           &(TranscodeRequest){.file_ids = &file_id,
                                               .n_files = file_id == FIELD_NULL_INT ? 0 : 1,
                                               .root_id = root_id,
                                               .profile_id = profile_id,
                                               .priority = PRIORITY_NORMAL},
                           error);
}

/* Asks for the film's transcode, claims the job and prepares it. */
static inline PrepareResult desk_world_prepare(DeskWorld *world)
{
  static const char *const kinds[] = {"transcode", NULL}, *const words[] = {"ffmpeg", NULL};
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) ids = desk_world_enqueue(world, world->file_id, FIELD_NULL_INT, world->profile_id, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(ids->len, ==, 1);
  bool found = false;
  g_clear_pointer(&world->job, job_free);
  world->job = record_new(&job_table);
  queue_claim(world->queue, "worker", kinds, words, world->job, &found, &error);
  g_assert_no_error(error);
  g_assert_true(found);
  world->lease = (LeaseRef){.job_id = world->job->id, .owner = "worker", .epoch = world->job->lease_epoch};
  PrepareResult result = PREPARE_ENDED;
  transcode_prepare(&world->desk, world->job, &world->lease, world->capabilities, &world->order, &result, &error);
  g_assert_no_error(error);
  world->has_order = result == PREPARE_RUN;
  return result;
}

/* The job's row; the caller frees it. */
static inline Job *desk_world_job(DeskWorld *world)
{
  g_autoptr(DbConn) conn = test_db_acquire(world->library.test);
  g_autoptr(GError) error = NULL;
  Job *job = record_new(&job_table);
  record_get(conn, &job_table, world->job->id, job, &error);
  g_assert_no_error(error);
  return job;
}

/* Whatever happened, the library holds the film as it was and nothing of ours. */
static inline void desk_world_assert_untouched(DeskWorld *world)
{
  g_autofree char *now = fs_fingerprint(world->film, NULL);
  g_assert_cmpstr(now, ==, world->fingerprint);
  g_autoptr(GDir) directory = g_dir_open(world->library.tree, 0, NULL);
  for (const char *name; (name = g_dir_read_name(directory));)
    if (!g_str_equal(name, "film.mkv"))
      g_error("\"%s\" was left beside the film", name);
}
