/* Outcomes, selections and messages as rows. */
#include "base/error.h"
#include "store/audio_result.h"
#include "store/audio_work.h"
#include "store/db_fixture.h"
#include "store/library_rows.h"
#include "store/webhook_row.h"

#include <glib.h>

static int64_t file_row(DbConn *conn, int64_t root_id, const char *path, FileState state)
{
  LibraryFile *file = record_new(&file_table);
  file->fingerprint = g_strdup("old");
  file->state = (int)state;
  return add_file(conn, file, root_id, path);
}

static void put(DbConn *conn, int64_t job_id, int64_t file_id, const char *outcome)
{
  AudioFileResult result = {.job_id = job_id,
                            .file_id = file_id,
                            .path = (char *)"/x",
                            .outcome = (char *)outcome,
                            .reason = (char *)"Because.",
                            .rule = (char *)"languages",
                            .track = FIELD_NULL_INT,
                            .history_id = FIELD_NULL_INT};
  g_autoptr(GError) error = NULL;
  audio_result_put(conn, &result, &error);
  g_assert_no_error(error);
}

static void sum_up(const char *outcome, int64_t files, void *user_data)
{
  g_string_append_printf(user_data, "%s=%" G_GINT64_FORMAT " ", outcome, files);
}

static void test_results(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t job = add_job(conn, "audio-batch", JOB_PENDING, PRIORITY_NORMAL, 0), next = -1;
  for (int64_t file = 1; file <= 5; file++)
    put(conn, job, file, file == 3 ? "failed" : "edited");
  put(conn, job, 5, "nothing"); /* in place of the other */
  g_autoptr(GString) sums = g_string_new(NULL);
  g_assert_true(audio_result_counts(conn, job, sum_up, sums, NULL));
  g_assert_cmpstr(sums->str, ==, "edited=3 failed=1 nothing=1 ");
  g_autoptr(GPtrArray) page = audio_result_page(conn, job, NULL, 0, 2, &next, NULL);
  g_assert_cmpuint(page->len, ==, 2);
  g_autoptr(GPtrArray) rest = audio_result_page(conn, job, NULL, next, 10, &next, NULL);
  g_assert_cmpuint(rest->len, ==, 3);
  g_assert_cmpint(next, ==, 0);
  g_autoptr(GPtrArray) failed = audio_result_page(conn, job, "failed", 0, 10, &next, NULL);
  g_assert_cmpuint(failed->len, ==, 1);
  g_assert_true(audio_result_forget(conn, job, "failed", NULL));
  g_autoptr(GPtrArray) none = audio_result_page(conn, job, "failed", 0, 10, &next, NULL);
  g_assert_cmpuint(none->len, ==, 0);
  g_assert_true(record_delete(conn, &job_table, job, NULL)); /* they go with their job */
  g_autoptr(GPtrArray) gone = audio_result_page(conn, job, NULL, 0, 10, &next, NULL);
  g_assert_cmpuint(gone->len, ==, 0);
}

static void assert_selected(DbConn *conn, const AudioSelection *selection, guint wanted)
{
  int64_t count = -1;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) files = audio_work_page(conn, selection, 0, 100, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(files->len, ==, wanted);
  g_assert_true(audio_work_count(conn, selection, &count, NULL));
  g_assert_cmpint(count, ==, wanted);
}

static void test_selection(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t root = add_root(conn, "/m"), other = add_root(conn, "/n"),
          job = add_job(conn, "audio-batch", JOB_PENDING, PRIORITY_NORMAL, 0);
  const int64_t ids[] = {file_row(conn, root, "/m/a/x.mkv", FILE_READY), file_row(conn, root, "/m/a.mkv", FILE_FAILED),
                         file_row(conn, root, "/m/ab/x.mkv", FILE_NEW), file_row(conn, other, "/n/x.mkv", FILE_READY)};
  file_row(conn, root, "/m/a/gone.mkv", FILE_MISSING);
#define NOT .root_id = FIELD_NULL_INT, .without_job = FIELD_NULL_INT
  assert_selected(conn, &(AudioSelection){.root_id = root, .without_job = FIELD_NULL_INT}, 3);
  assert_selected(conn, &(AudioSelection){NOT, .path = "/m/a"}, 1); /* not "/m/ab", not "/m/a.mkv" */
  assert_selected(conn, &(AudioSelection){NOT, .path = "/m/a/"}, 1);
  assert_selected(conn, &(AudioSelection){NOT, .path = "/m/a.mkv"}, 1);
  assert_selected(conn, &(AudioSelection){NOT, .path = "/m"}, 3);
  assert_selected(conn, &(AudioSelection){NOT, .path = "/%"}, 0);
  assert_selected(conn, &(AudioSelection){NOT, .ids = ids, .n_ids = 4}, 4);
  assert_selected(conn, &(AudioSelection){NOT, .ids = ids, .n_ids = 0}, 0);
  put(conn, job, ids[0], "edited");
  assert_selected(conn, &(AudioSelection){.root_id = root, .without_job = job}, 2);
#undef NOT
}

/* What is known by the old content is known by the new one. */
static void test_edited(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t root = add_root(conn, "/m"), id = file_row(conn, root, "/m/a.mkv", FILE_READY), found_id = 0;
  bool found = false, replaced = true;
  g_autoptr(GError) error = NULL;
  g_assert_true(db_exec_script(conn,
                               "INSERT INTO verdicts (fingerprint, profile_id, profile_version, code, reason, created_at_ms) "
                               "SELECT 'old', MIN(id), 1, 'low', 'Because.', 0 FROM profiles HAVING COUNT(*) > 0",
                               &error));
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_assert_true(record_get(conn, &file_table, id, file, NULL));
  g_free(file->fingerprint);
  file->fingerprint = g_strdup("new");
  file->mtime_ns = 99;
  audio_work_edited(conn, file, "old", &error);
  g_assert_no_error(error);
  audio_work_edited(conn, file, "old", &error); /* twice does no harm */
  g_assert_no_error(error);
  g_assert_true(db_query_int(conn, "SELECT id FROM files WHERE fingerprint = 'new' AND mtime_ns = 99", DB_NO_ARGS, &found_id,
                             &found, NULL));
  g_assert_true(found && found_id == id);
  g_assert_true(audio_work_is_replaced(conn, id, &replaced, NULL));
  g_assert_false(replaced);
}

static void test_webhooks(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  bool taken = false, changed = false;
  int64_t job = 0;
  g_autofree char *next = NULL;
  g_assert_true(webhook_file_take(conn, "k", 10, &taken, &job, NULL) && taken);
  g_assert_true(webhook_file_set_job(conn, "k", 7, NULL));
  g_assert_true(webhook_file_take(conn, "k", 20, &taken, &job, NULL) && !taken);
  g_assert_cmpint(job, ==, 7);
  for (int i = 0; i < 3; i++) {
    WebhookRow row;
    record_init(&webhook_row_table, &row);
    g_free(row.application);
    row.application = g_strdup(i == 1 ? "radarr" : "sonarr");
    row.received_at_ms = i;
    g_assert_true(record_insert(conn, &webhook_row_table, &row, NULL));
    record_clear(&webhook_row_table, &row);
  }
  g_autoptr(GPtrArray) latest = webhook_rows_latest(conn, NULL);
  g_assert_cmpuint(latest->len, ==, 2);
  g_assert_cmpint(((WebhookRow *)latest->pdata[1])->received_at_ms, ==, 2);
  g_autoptr(GPtrArray) page = webhook_row_page(conn, "sonarr", NULL, 1, &next, NULL);
  g_assert_cmpuint(page->len, ==, 1);
  g_assert_nonnull(next);
  int64_t root = add_root(conn, "/m");
  file_row(conn, root, "/m/a.mkv", FILE_READY);
  file_row(conn, root, "/m/b.mkv", FILE_READY);
  g_assert_true(webhook_file_moved(conn, "/m/a.mkv", "/m/b.mkv", 1, &changed, NULL) && !changed); /* there is one */
  g_assert_true(webhook_file_moved(conn, "/m/a.mkv", "/m/c.mkv", 1, &changed, NULL) && changed);
  g_assert_true(webhook_file_gone(conn, "/m/c.mkv", 1, &changed, NULL) && changed);
  g_assert_true(webhook_file_gone(conn, "/m/c.mkv", 1, &changed, NULL) && !changed);
  g_assert_true(webhook_rows_purge(conn, WEBHOOK_KEEP_MS + 15, NULL));
  g_assert_true(webhook_file_take(conn, "k", 30, &taken, &job, NULL) && taken);
  g_autoptr(GPtrArray) none = webhook_rows_latest(conn, NULL);
  g_assert_cmpuint(none->len, ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/audio-rows/results", test_results);
  test_db_each("/audio-rows/selection", test_selection);
  test_db_each("/audio-rows/edited", test_edited);
  test_db_each("/audio-rows/webhooks", test_webhooks);
  return g_test_run();
}
