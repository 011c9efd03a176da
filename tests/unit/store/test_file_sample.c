/* Files that stand for a root, and the past that predictions rest on: src/store/file_sample.c, history_past.c. */
#include "store/file_sample.h"

#include "base/error.h"
#include "encode/forecast.h"
#include "store/db_fixture.h"
#include "store/library_rows.h"

#include <math.h>

static int64_t add_ready(DbConn *conn, int64_t root_id, int number, FileState state)
{
  LibraryFile *file = record_new(&file_table);
  file->state = (int)state;
  file->fingerprint = g_strdup_printf("f%d", number);
  file->media = g_strdup("{}");
  file->size_bytes = number;
  g_autofree char *path = g_strdup_printf("/%d/%d.mkv", (int)root_id, number);
  return add_file(conn, file, root_id, path);
}

static void test_stride(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t root = add_root(conn, "/a"), other = add_root(conn, "/b"), count = 0;
  for (int i = 0; i < 20; i++)
    add_ready(conn, root, i, i < 18 ? FILE_READY : FILE_FAILED);
  add_ready(conn, other, 99, FILE_READY);
  g_autoptr(Profile) profile = record_new(&profile_table);
  profile->name = (g_free(profile->name), g_strdup("any"));
  g_assert_true(record_insert(conn, &profile_table, profile, &error));
  Verdict verdict = {.fingerprint = (char *)"f4",
                     .profile_id = profile->id,
                     .profile_version = 1,
                     .code = (char *)"not-worth-it",
                     .reason = (char *)"It was not smaller."};
  g_assert_true(verdict_put(conn, &verdict, &error));

  g_assert_true(file_ready_count(conn, root, &count, &error));
  g_assert_cmpint(count, ==, 18);
  g_assert_true(file_ready_count(conn, 4711, &count, &error));
  g_assert_cmpint(count, ==, 0);
  g_autoptr(GPtrArray) all = file_sample(conn, root, 1, profile->id, 1, &error);
  g_autoptr(GPtrArray) some = file_sample(conn, root, 5, profile->id, 1, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(all->len, ==, 18);
  g_assert_cmpuint(some->len, ==, 3);
  for (guint i = 0; i < all->len; i++) {
    const FileSample *file = all->pdata[i];
    g_assert_cmpint(file->root_id, ==, root);
    g_assert_cmpint(file->tried, ==, file->size_bytes == 4);
    g_assert_cmpstr(file->media, ==, "{}");
  }
  for (guint i = 0; i < some->len; i++)
    g_assert_cmpint(((const FileSample *)some->pdata[i])->id % 5, ==, 0);

  FileSample *one = file_sample_of(conn, 5, profile->id, 2, &error);
  g_assert_no_error(error);
  g_assert_false(one->tried); /* not by this version */
  record_free(&file_sample_table, one);
  g_assert_null(file_sample_of(conn, 20, profile->id, 1, &error)); /* failed */
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

/* Replacements, undone ones too, the newest first; neither edits nor the undoing itself. */
static void test_past(TestDb *test)
{
  static const struct {
    HistoryState state;
    const char *encoder;
  } rows[] = {{HISTORY_REPLACED, "one"},
              {HISTORY_RESTORED, NULL},
              {HISTORY_UNDONE, "two"},
              {HISTORY_EDITED, NULL},
              {HISTORY_REPLACED, "three"}};
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    HistoryEntry it;
    record_init(&history_table, &it);
    it.state = (int)rows[i].state;
    it.encoder = g_strdup(rows[i].encoder);
    it.created_at_ms = (int64_t)i;
    it.film_ms = i == 0 ? FIELD_NULL_INT : 1000;
    it.predicted_bytes = i == 0 ? FIELD_NULL_INT : 7;
    it.predicted_seconds = i == 0 ? NAN : 1.5;
    it.resolution = i == 0 ? NULL : g_strdup("1080p");
    g_assert_true(record_insert(conn, &history_table, &it, &error));
    record_clear(&history_table, &it);
  }
  g_autoptr(GPtrArray) past = history_past(conn, 10, &error), newest = history_past(conn, 1, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(past->len, ==, 3);
  g_assert_cmpuint(newest->len, ==, 1);
  const PastEncode *first = past->pdata[0], *last = past->pdata[2];
  g_assert_cmpstr(first->encoder, ==, "three");
  g_assert_cmpstr(first->resolution, ==, "1080p");
  g_assert_cmpfloat(first->predicted_seconds, ==, 1.5);
  g_assert_cmpstr(last->encoder, ==, "one");
  g_assert_null(last->resolution);
  g_assert_cmpint(last->film_ms, ==, FIELD_NULL_INT);
  g_assert_true(isnan(last->predicted_seconds));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/file-sample/stride", test_stride);
  test_db_each("/file-sample/past", test_past);
  return g_test_run();
}
