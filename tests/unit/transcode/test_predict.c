/* Predictions for roots and selections: src/transcode/predict.c. */
#include "desk_fixture.h"

#include "store/replacement.h"
#include "transcode/predict.h"

#include <math.h>

/* Rows of files that are like the clip's, whose media is stretched so that it is worth encoding. */
static void multiply(DeskWorld *world, int n, const char *codec)
{
  g_autoptr(DbConn) conn = test_db_acquire(world->library.test);
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < n; i++) {
    g_autoptr(LibraryFile) file = record_new(&file_table);
    g_autofree char *video = g_strdup_printf("video %s 1920x1080 bit_rate_bps=10000000", codec);
    g_autoptr(MediaInfo) media = FIXTURE_MKV(video);
    library_file_set_media(file, media);
    file->root_id = world->library.root_id;
    file->size_bytes = media->size_bytes;
    file->link_count = 1;
    file->path = (g_free(file->path), g_strdup_printf("/made-up/%s-%d.mkv", codec, i));
    g_assert_true(record_insert(conn, &file_table, file, &error));
  }
}

static void add_past(DeskWorld *world, int n)
{
  g_autoptr(DbConn) conn = test_db_acquire(world->library.test);
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < n; i++) {
    HistoryEntry it;
    record_init(&history_table, &it);
    it.profile = g_strdup("test");
    it.encoder = g_strdup("libx265");
    it.resolution = g_strdup("1080p");
    it.size_before_bytes = 1000;
    it.size_after_bytes = 380 + i * 5;
    it.film_ms = 3600000;
    it.seconds = 7200;
    it.predicted_bytes = 400;
    it.predicted_seconds = 3600;
    g_assert_true(record_insert(conn, &history_table, &it, &error));
    record_clear(&history_table, &it);
  }
}

static Prediction predict(DeskWorld *world, int64_t root_id)
{
  Prediction prediction;
  g_autoptr(GError) error = NULL;
  PredictionRequest request = {.root_id = root_id, .profile_id = world->profile_id, .slots = 2};
  transcode_predict(&world->desk, &request, world->capabilities, NULL, &prediction, &error);
  g_assert_no_error(error);
  return prediction;
}

static void test_root(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  library_exec(&world.library, "DELETE FROM files");
  multiply(&world, 10, "h264");
  multiply(&world, 3, "hevc");
  multiply(&world, 2, "av1");
  Prediction before = predict(&world, world.library.root_id);
  g_assert_cmpint(before.files, ==, 10);
  g_assert_cmpint(before.files_left, ==, 5);
  g_assert_cmpint(before.looked_at, ==, 15);
  g_assert_cmpint(before.of_files, ==, 15);
  g_assert_cmpint(before.based_on, ==, 0);
  g_assert_true(isnan(before.seconds) && isnan(before.size_error_percent));
  g_assert_cmpuint(before.left->len, ==, 2);
  const PredictionRest *first = before.left->pdata[0];
  g_assert_cmpstr(first->code, ==, "already-target");
  g_assert_cmpint(first->files, ==, 3);
  assert_contains(before.summary, "10 files, ");
  assert_contains(before.summary, "a time that is not known before some were encoded; 5 are not worth it.");

  add_past(&world, 9);
  Prediction after = predict(&world, FIELD_NULL_INT); /* the whole library, which is this root */
  double saved = (double)after.saved_bytes / (double)after.bytes_before;
  g_assert_cmpint(after.files, ==, 10);
  g_assert_cmpint(after.based_on, ==, 9);
  g_assert_cmpfloat(fabs(saved - 0.6), <, 0.001);
  g_assert_cmpint(after.saved_max_bytes - after.saved_min_bytes, <, before.saved_max_bytes - before.saved_min_bytes);
  g_assert_cmpfloat(after.seconds, ==, 10 * 7200 / 2);
  g_assert_cmpfloat(after.size_error_percent, <, 6);
  g_assert_cmpfloat(after.time_error_percent, ==, 100);
  assert_contains(after.summary, " saved, 10 hours here; 5 are not worth it.");
  record_clear(&prediction_table, &before);
  record_clear(&prediction_table, &after);
}

/* Of many files a part is looked at, and stands for the rest. */
static void test_many(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  library_exec(&world.library, "DELETE FROM files");
  multiply(&world, 1, "h264");
  library_exec(&world.library, "INSERT INTO files (id, root_id, path, size_bytes, mtime_ns, inode, device, link_count, state, "
                               "video_codec, media, sidecars, found_at_ms, updated_at_ms) "
                               "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
                               "SELECT 1000 + i, root_id, path || i, size_bytes, mtime_ns, inode, device, link_count, state, "
                               "video_codec, media, sidecars, found_at_ms, updated_at_ms FROM files, n");
  Prediction prediction = predict(&world, world.library.root_id);
  g_assert_cmpint(prediction.of_files, ==, 5001);
  g_assert_cmpint(prediction.looked_at, <=, PREDICTION_MOST);
  g_assert_cmpint(prediction.looked_at, >=, PREDICTION_MOST / 2);
  g_assert_cmpint(prediction.files, ==, 5001);
  record_clear(&prediction_table, &prediction);
}

static void test_files(TestDb *test)
{
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  Prediction prediction;
  g_autoptr(GError) error = NULL;
  PredictionRequest request = {
      .file_ids = &world.file_id, .n_files = 1, .root_id = FIELD_NULL_INT, .profile_id = world.profile_id, .slots = 1};
  transcode_predict(&world.desk, &request, world.capabilities, NULL, &prediction, &error);
  g_assert_no_error(error);
  g_assert_cmpint(prediction.of_files, ==, 1);
  g_assert_cmpint(prediction.files + prediction.files_left, ==, 1);
  record_clear(&prediction_table, &prediction);
}

static void test_refusals(TestDb *test)
{
  static const int64_t unknown = 4711;
  g_auto(DeskWorld) world;
  desk_world_init(&world, test, "codec=hevc");
  int64_t root = world.library.root_id, none = FIELD_NULL_INT;
  const struct {
    PredictionRequest request;
    ReeveErrorCode code;
  } rows[] = {{{.root_id = 4711, .profile_id = world.profile_id}, REEVE_ERROR_NOT_FOUND},
              {{.root_id = root, .profile_id = 4711}, REEVE_ERROR_NOT_FOUND},
              {{.root_id = root, .profile_id = none}, REEVE_ERROR_INVALID},
              {{.root_id = none, .file_ids = &world.file_id, .n_files = 1, .profile_id = none}, REEVE_ERROR_INVALID},
              {{.root_id = none, .file_ids = &unknown, .n_files = 1, .profile_id = world.profile_id}, REEVE_ERROR_NOT_FOUND}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Prediction prediction;
    g_autoptr(GError) error = NULL;
    g_assert_false(transcode_predict(&world.desk, &rows[i].request, world.capabilities, NULL, &prediction, &error));
    g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
  }
  /* Of the whole library, roots without a profile are left out. */
  Prediction prediction;
  g_autoptr(GError) error = NULL;
  PredictionRequest all = {.root_id = none, .profile_id = none};
  g_assert_true(transcode_predict(&world.desk, &all, world.capabilities, NULL, &prediction, &error));
  g_assert_cmpstr(prediction.summary, ==, "There are no files.");
  record_clear(&prediction_table, &prediction);
  Cancel *cancel = cancel_new(NULL);
  cancel_set(cancel);
  PredictionRequest cancelled = {.root_id = root, .profile_id = world.profile_id};
  g_assert_false(transcode_predict(&world.desk, &cancelled, world.capabilities, cancel, &prediction, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CANCELLED);
  cancel_unref(cancel);
}

int main(int argc, char **argv)
{
  int child_exit;
  if (library_is_child(argc, argv, &child_exit))
    return child_exit;
  g_test_init(&argc, &argv, NULL);
  test_db_each("/predict/root", test_root);
  test_db_each("/predict/many", test_many);
  test_db_each("/predict/files", test_files);
  test_db_each("/predict/refusals", test_refusals);
  int code = g_test_run();
  clips_remove();
  return code;
}
