/* Which files somebody means, and what is shown of them before. */
#include "tune/batch.h"

#include "base/error.h"
#include "tune_world.h"

#include <string.h>

static void assert_refused(TuneWorld *world, TuneBatch batch, ReeveErrorCode code)
{
  int64_t job = 0;
  g_autoptr(GError) error = NULL;
  g_assert_false(tune_batch(&world->tune, &batch, &job, &error));
  g_assert_error(error, REEVE_ERROR, (gint)code);
  g_assert_cmpint(job, ==, 0);
}

static void test_refused(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_array_append_val(ids, (int64_t){999});
  assert_refused(&world, (TuneBatch){.root_id = FIELD_NULL_INT}, REEVE_ERROR_INVALID);
  assert_refused(&world, (TuneBatch){.root_id = world.root_id, .path = world.directory}, REEVE_ERROR_INVALID);
  assert_refused(&world, (TuneBatch){.root_id = 999}, REEVE_ERROR_NOT_FOUND);
  assert_refused(&world, (TuneBatch){.root_id = FIELD_NULL_INT, .path = "/elsewhere"}, REEVE_ERROR_NOT_FOUND);
  assert_refused(&world, (TuneBatch){.root_id = FIELD_NULL_INT, .file_ids = ids}, REEVE_ERROR_NOT_FOUND);
  tune_world_stop(&world);
}

/* "/x/films" does not hold "/x/films2", and the innermost root counts. */
static void test_root_of(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  static const char *const paths[] = {"/x/films", "/x/films/kids"};
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autoptr(Root) root = record_new(&root_table);
    g_free(root->path);
    root->path = g_strdup(paths[i]);
    g_assert_true(record_insert(conn, &root_table, root, NULL));
  }
  static const struct {
    const char *path, *root;
  } rows[] = {{"/x/films/a.mkv", "/x/films"},           {"/x/films", "/x/films"}, {"/x/films2/a.mkv", NULL},
              {"/x/films/kids/a.mkv", "/x/films/kids"}, {"/x/film/a.mkv", NULL},  {"/", NULL}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Root) root = tune_root_of(conn, rows[i].path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(root ? root->path : NULL, ==, rows[i].root);
  }
}

static void test_preview(TestDb *test)
{
  TuneWorld world;
  tune_world_start(&world, test);
  g_autofree char *path = tune_world_film(&world, "Film.mkv");
  tune_world_scan(&world);
  TunePayload *french = tune_world_french();
  g_autoptr(GError) error = NULL;
  const TuneBatch batch = {.root_id = FIELD_NULL_INT, .path = path, .policy = &french->policy};
  g_autoptr(GPtrArray) previews = tune_preview(&world.tune, &batch, NULL, 10, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(previews->len, ==, 1);
  const TunePreview *preview = previews->pdata[0];
  g_assert_cmpint(preview->result.outcome, ==, AUDIO_EDIT);
  g_assert_cmpint(preview->result.choice.track, ==, 2);
  g_assert_nonnull(strstr(preview->result.reason, "French"));
  g_assert_cmpstr(tune_world_default(path), ==, "eng");
  g_autoptr(GPtrArray) none = tune_preview(&world.tune, &(TuneBatch){.root_id = 999}, NULL, 10, NULL, &error);
  g_assert_null(none);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  record_free(&tune_payload_table, french);
  tune_world_stop(&world);
}

int main(int argc, char **argv)
{
  int code;
  if (tune_world_child(argc, argv, &code))
    return code;
  g_unsetenv("REEVE_BINARY");
  g_test_init(&argc, &argv, NULL);
  test_db_each("/batch/refused", test_refused);
  test_db_each("/batch/root-of", test_root_of);
  test_db_each("/batch/preview", test_preview);
  return g_test_run();
}
