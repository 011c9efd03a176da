/* The desk: which jobs a request makes, what a claimed job is told to do, and what becomes of what the runner brings. */
#include "desk_fixture.h"

#include <math.h>
#include <unistd.h>

static void assert_refused(DeskWorld *world, int64_t file_id, int64_t root_id, int64_t profile_id, ReeveErrorCode code)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) ids = desk_world_enqueue(world, file_id, root_id, profile_id, &error);
  g_assert_null(ids);
  g_assert_error(error, REEVE_ERROR, (int)code);
}

static void test_enqueue(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  int64_t root = world.library.root_id, none = FIELD_NULL_INT;
  assert_refused(&world, world.file_id, none, none, REEVE_ERROR_INVALID); /* the root has no profile of its own */
  assert_refused(&world, none, root, none, REEVE_ERROR_INVALID);
  assert_refused(&world, none, 4711, world.profile_id, REEVE_ERROR_NOT_FOUND);
  assert_refused(&world, 4711, none, world.profile_id, REEVE_ERROR_NOT_FOUND);
  assert_refused(&world, world.file_id, none, 4711, REEVE_ERROR_NOT_FOUND);

  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) first = desk_world_enqueue(&world, world.file_id, none, world.profile_id, &error);
  g_autoptr(GArray) again = desk_world_enqueue(&world, none, root, world.profile_id, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(again->len, ==, 1);
  g_assert_cmpint(g_array_index(first, int64_t, 0), ==, g_array_index(again, int64_t, 0));

  tree_write_bytes(world.library.tree, "damaged.mkv", "not a film", 10);
  library_scan(&world.library);
  g_autoptr(LibraryFile) damaged = library_file(&world.library, "damaged.mkv");
  assert_refused(&world, damaged->id, none, world.profile_id, REEVE_ERROR_CONFLICT);
  g_autoptr(GArray) whole = desk_world_enqueue(&world, none, root, world.profile_id, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(whole->len, ==, 1); /* with a root, what is damaged is left out */
}

/* A plan that says skip ends the job, and the next request for the root does not ask again. */
static void test_skip_is_remembered(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc;min_size_bytes=1000000000");
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_ENDED);
  g_autoptr(Job) job = desk_world_job(&world);
  g_assert_cmpint(job->state, ==, JOB_SKIPPED);
  g_assert_nonnull(job->error);
  g_assert_nonnull(strstr(job->result, "too-small"));
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) ids = desk_world_enqueue(&world, FIELD_NULL_INT, world.library.root_id, world.profile_id, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(ids->len, ==, 0);
  desk_world_assert_untouched(&world);
}

static void test_frozen_root(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  library_exec(&world.library, "UPDATE roots SET state = 'frozen', frozen_reason = 'The disk is away.'");
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_ENDED);
  g_autoptr(Job) job = desk_world_job(&world);
  g_assert_cmpint(job->state, ==, JOB_FAILED);
  g_assert_nonnull(strstr(job->error, "The disk is away."));
}

/* A file system without room: the job waits, with the figures. */
static void test_no_space(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  world.desk.replace.reserve_bytes = G_MAXINT64 / 4;
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_ENDED);
  g_autoptr(Job) job = desk_world_job(&world);
  g_assert_cmpint(job->state, ==, JOB_PENDING);
  g_assert_cmpint(job->run_after_ms, >, clock_now_ms(&world.library.clock.clock));
  g_assert_cmpint(job->attempts, ==, 0);
  g_assert_nonnull(job->waiting);
  desk_world_assert_untouched(&world);
}

/* A file that changed after it was scanned is looked at again before the plan is made. */
static void test_changed_before(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  library_add_clip(&world.library, "film.mkv", 1); /* 80 pixels wide, not 64 */
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
  g_assert_cmpint(media_info_video(&world.order.media)->width, ==, 80);
}

/* Names come and go without a change that a scan sees: an undo takes the original's other name out of the trash, a torrent client
 * drops or makes one. The disk is asked, not the row. */
static void test_names_now(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  g_autofree char *other = g_build_filename(world.library.tree, "other.name", NULL);
  g_assert_cmpint(link(world.film, other), ==, 0);
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_ENDED);
  g_autoptr(Job) job = desk_world_job(&world);
  g_assert_cmpint(job->state, ==, JOB_SKIPPED);
  g_assert_nonnull(strstr(job->error, "2 names"));
  library_exec(&world.library, "UPDATE files SET link_count = 2");
  g_assert_cmpint(unlink(other), ==, 0);
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
}

/* What the runner brings, and what becomes of the job. The film is the same afterwards in every row. */
typedef struct {
  const char *name;
  const char *output; /* bytes written to the output path; NULL: none; "source": the source itself */
  bool decoded_clean; /* as the runner reports */
  int execution;      /* the runner's error code, or -1 */
  JobState state;     /* of the job */
  const char *says;   /* part of its error, or of what it waits for */
  bool is_remembered; /* a verdict keeps the content from being tried again */
} Outcome;

static const Outcome outcomes[] = {
    {"text", "not a film", true, -1, JOB_FAILED, "cannot be read back", true},
    {"nothing", NULL, true, -1, JOB_FAILED, "cannot be read back", true},
    {"another codec than planned", "source", true, -1, JOB_FAILED, "hevc", true},
    {"not decoded", "source", false, -1, JOB_FAILED, "not shown to decode", true},
    {"encoder failed for good", NULL, false, REEVE_ERROR_CORRUPT, JOB_FAILED, "words of the runner", false},
    {"encoder failed for now", NULL, false, REEVE_ERROR_UPSTREAM, JOB_PENDING, NULL, false},
    {"disk full", NULL, false, REEVE_ERROR_NO_SPACE, JOB_PENDING, "words of the runner", false},
    {"cancelled", NULL, false, REEVE_ERROR_CANCELLED, JOB_CANCELLED, NULL, false},
    {"seen not to be worth it", NULL, false, REEVE_ERROR_LIMIT, JOB_SKIPPED, "words of the runner", true},
};

static void bring_output(DeskWorld *world, const Outcome *outcome)
{
  g_autofree char *content = NULL;
  gsize length = 0;
  if (!outcome->output)
    return;
  if (g_str_equal(outcome->output, "source"))
    g_assert_true(g_file_get_contents(world->film, &content, &length, NULL));
  else
    length = strlen(content = g_strdup(outcome->output));
  g_assert_true(g_file_set_contents(world->order.output_path, content, (gssize)length, NULL));
}

static void check_outcome(TestDb *test, const Outcome *outcome)
{
  g_auto(DeskWorld) world;
  g_autofree char *profile = g_strdup_printf("codec=hevc;name=%s", outcome->name);
  desk_world_init(&world, test, profile);
  g_test_message("%s", outcome->name);
  if (desk_world_prepare(&world) != PREPARE_RUN) {
    g_autoptr(Job) ended = desk_world_job(&world);
    g_error("%s: %s %s", outcome->name, ended->error, ended->waiting);
  }
  bring_output(&world, outcome);
  g_autoptr(GError) execution = NULL, error = NULL;
  if (outcome->execution >= 0)
    g_set_error_literal(&execution, REEVE_ERROR, outcome->execution, "The words of the runner.");
  TranscodeReport report = {.decoded_clean = outcome->decoded_clean, .ssim = NAN, .failed_family = FIELD_NULL_ENUM};
  transcode_conclude(&world.desk, world.job, &world.lease, world.capabilities, &report, execution, &error);
  g_assert_no_error(error);
  g_autoptr(Job) job = desk_world_job(&world);
  g_assert_cmpstr(enum_name(&job_state_table, job->state), ==, enum_name(&job_state_table, (int)outcome->state));
  const char *said = job->waiting ? job->waiting : job->error;
  if (outcome->says && !strstr(said ? said : "", outcome->says))
    g_error("%s: \"%s\" is not in: %s", outcome->name, outcome->says, said);
  desk_world_assert_untouched(&world);
  library_exec(&world.library, "DELETE FROM jobs");
  g_autoptr(GArray) ids = desk_world_enqueue(&world, FIELD_NULL_INT, world.library.root_id, world.profile_id, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(ids->len, ==, outcome->is_remembered ? 0 : 1);
  library_exec(&world.library, "DELETE FROM jobs");
  library_exec(&world.library, "DELETE FROM roots");
}

static void test_conclude(TestDb *test)
{
  for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++)
    check_outcome(test, &outcomes[i]);
}

/* The film was replaced by its owner while the encoder ran: theirs stays. */
static void test_changed_meanwhile(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
  library_add_clip(&world.library, "film.mkv", 1);
  g_free(world.fingerprint);
  world.fingerprint = fs_fingerprint(world.film, NULL);
  g_assert_true(g_file_set_contents(world.order.output_path, "x", 1, NULL));
  TranscodeReport report = {.decoded_clean = true, .ssim = NAN, .failed_family = FIELD_NULL_ENUM};
  g_autoptr(GError) error = NULL;
  transcode_conclude(&world.desk, world.job, &world.lease, world.capabilities, &report, NULL, &error);
  g_assert_no_error(error);
  desk_world_assert_untouched(&world);
}

static void test_return(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
  g_assert_true(g_file_set_contents(world.order.output_path, "half", 4, NULL));
  g_autoptr(GError) error = NULL;
  transcode_return(&world.desk, world.job, &world.lease, "The server is stopping.", &error);
  g_assert_no_error(error);
  g_autoptr(Job) job = desk_world_job(&world);
  g_assert_cmpint(job->state, ==, JOB_PENDING);
  g_assert_cmpint(job->attempts, ==, 0);
  desk_world_assert_untouched(&world);
}

/* A pool of one connection is enough: nobody holds one while waiting for another. */
static void test_one_connection(TestDb *test)
{
  test_db_reopen(test, 1);
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
  bring_output(&world, &outcomes[0]);
  TranscodeReport report = {.decoded_clean = true, .ssim = NAN, .failed_family = FIELD_NULL_ENUM};
  g_autoptr(GError) error = NULL;
  transcode_conclude(&world.desk, world.job, &world.lease, world.capabilities, &report, NULL, &error);
  g_assert_no_error(error);
  desk_world_assert_untouched(&world);
}

static void forget_jobs(DeskWorld *world)
{
  library_exec(&world->library, "DELETE FROM jobs");
  library_exec(&world->library, "DELETE FROM verdicts");
  if (world->has_order)
    record_clear(&transcode_order_table, &world->order);
  world->has_order = false;
}

/* What a search found is used by the next job for the same content and wishes, until it expires; the one that found it may fail.
 */
static void test_search_is_remembered(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc;target_metric=ssim;target_score=0.97");
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
  g_assert_true(world.order.plan.searches);
  g_assert_false(quality_is_found(&world.order.found));
  TranscodeReport report = {.decoded_clean = true,
                            .ssim = NAN,
                            .score = 0.971,
                            .failed_family = FIELD_NULL_ENUM,
                            .found = {.quality = 24.25, .score = 0.9712, .video_bytes = 1234, .probes = 3, .whole = true}};
  g_autoptr(GError) error = NULL, execution = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_CORRUPT, "It does not decode.");
  transcode_keep_found(&world.desk, world.job, world.capabilities, &report, &error);
  g_assert_no_error(error);
  transcode_conclude(&world.desk, world.job, &world.lease, world.capabilities, NULL, execution, &error);
  g_assert_no_error(error);
  g_autoptr(Job) failed = desk_world_job(&world);
  g_assert_cmpint(failed->state, ==, JOB_FAILED);

  forget_jobs(&world);
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
  g_assert_false(world.order.plan.searches);
  g_assert_cmpfloat(world.order.found.quality, ==, 24.25);
  g_assert_cmpfloat(world.order.plan.quality, ==, 24.25);
  assert_contains(world.order.plan.reason, "CRF 24.25: SSIM 0.9712 at ");

  /* Another wish is looked for by itself; one that has nothing to do with the picture is not. */
  static const struct {
    const char *change;
    bool searches;
  } rows[] = {{"target_score = 0.98", true},
              {"target_score = 0.97", false},
              {"preset = 'fast'", true},
              {"preset = ''", false},
              {"keep_original_days = 30", false},
              {"denoise = 'light'", true},
              {"denoise = 'off', max_height = 0", false}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *sql = g_strdup_printf("UPDATE profiles SET %s", rows[i].change);
    library_exec(&world.library, sql);
    g_autoptr(EncodePlan) plan =
        transcode_plan_file(&world.desk, world.file_id, world.profile_id, world.capabilities, true, &error);
    g_assert_no_error(error);
    if (plan->searches != rows[i].searches)
      g_error("%s: %s", rows[i].change, plan->reason);
  }
  manual_clock_advance(&world.library.clock, INT64_C(91) * 24 * 3600 * 1000);
  g_autoptr(EncodePlan) later =
      transcode_plan_file(&world.desk, world.file_id, world.profile_id, world.capabilities, true, &error);
  g_assert_no_error(error);
  g_assert_true(later->searches);
}

/* An output that misses the target is not taken, however small. */
static void test_target_missed(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=copy;container=mp4;min_saving_percent=0");
  library_exec(&world.library, "UPDATE profiles SET min_saving_percent = -1000, target_metric = 'ssim', target_score = 0.97");
  g_assert_cmpint(desk_world_prepare(&world), ==, PREPARE_RUN);
  g_autofree char *line = g_strdup_printf("ffmpeg -v error -i %s -c copy -f mp4 -y %s", world.film, world.order.output_path);
  g_assert_true(g_spawn_command_line_sync(line, NULL, NULL, NULL, NULL));
  TranscodeReport report = {.decoded_clean = true, .ssim = NAN, .score = 0.9699, .failed_family = FIELD_NULL_ENUM};
  g_autoptr(GError) error = NULL;
  transcode_conclude(&world.desk, world.job, &world.lease, world.capabilities, &report, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(Job) job = desk_world_job(&world);
  g_assert_cmpint(job->state, ==, JOB_SKIPPED);
  assert_contains(job->error, "The output's SSIM is 0.9699, below the profile's target of 0.9700.");
  desk_world_assert_untouched(&world);
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/desk/names_now", test_names_now);
  test_db_each("/desk/enqueue", test_enqueue);
  test_db_each("/desk/skip_is_remembered", test_skip_is_remembered);
  test_db_each("/desk/frozen_root", test_frozen_root);
  test_db_each("/desk/no_space", test_no_space);
  test_db_each("/desk/changed_before", test_changed_before);
  test_db_each("/desk/conclude", test_conclude);
  test_db_each("/desk/changed_meanwhile", test_changed_meanwhile);
  test_db_each("/desk/return", test_return);
  test_db_each("/desk/one_connection", test_one_connection);
  test_db_each("/desk/search_is_remembered", test_search_is_remembered);
  test_db_each("/desk/target_missed", test_target_missed);
  int code = g_test_run();
  clips_remove();
  return code;
}
