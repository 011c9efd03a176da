/* Pages of the history, and the sums on the dashboard. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/library_rows.h"

#include <math.h>

static void add_history(DbConn *conn, HistoryState state, const char *path, int64_t file_id, int64_t time)
{
  g_autoptr(GError) error = NULL;
  HistoryEntry entry;
  record_init(&history_table, &entry);
  entry.state = state;
  entry.path = (g_free(entry.path), g_strdup(path));
  entry.file_id = file_id;
  entry.size_before_bytes = 1000;
  entry.size_after_bytes = 400;
  entry.bytes_saved = 600;
  entry.created_at_ms = time;
  record_insert(conn, &history_table, &entry, &error);
  g_assert_no_error(error);
  record_clear(&history_table, &entry);
}

static guint walk(DbConn *conn, HistoryQuery query)
{
  guint n = 0;
  int64_t last_time = INT64_MAX, last_id = INT64_MAX;
  g_autofree char *cursor = NULL;
  for (;;) {
    g_autoptr(GError) error = NULL;
    char *next = NULL;
    query.after = cursor;
    g_autoptr(GPtrArray) entries = history_page(conn, &query, &next, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < entries->len; i++, n++) {
      const HistoryEntry *entry = entries->pdata[i];
      g_assert_true(entry->created_at_ms < last_time || (entry->created_at_ms == last_time && entry->id < last_id));
      last_time = entry->created_at_ms;
      last_id = entry->id;
    }
    g_free(cursor);
    cursor = next;
    if (!next)
      return n;
  }
}

static void test_pages(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (int i = 0; i < 20; i++) {
    g_autofree char *path = g_strdup_printf("/films/%s %d.mkv", i % 2 ? "Amélie" : "Brazil", i);
    add_history(conn, HISTORY_REPLACED, path, i % 5, 1000 + (i * 7) % 6);
  }
  for (int64_t limit = 1; limit < 25; limit += 6) {
    g_assert_cmpuint(walk(conn, (HistoryQuery){.root_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT, .limit = limit}), ==, 20);
    g_assert_cmpuint(walk(conn, (HistoryQuery){.root_id = FIELD_NULL_INT, .file_id = 3, .limit = limit}), ==, 4);
    g_assert_cmpuint(
        walk(conn, (HistoryQuery){.root_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT, .text = "AMÉLIE", .limit = limit}), ==,
        10);
  }
  g_autoptr(GError) error = NULL;
  char *next = NULL;
  g_assert_null(history_page(
      conn, &(HistoryQuery){.root_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT, .after = "no", .limit = 5}, &next, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void test_stats(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  LibraryStats stats, none;
  record_init(&library_stats_table, &none);
  g_assert_true(library_stats(conn, 2, &stats, &error));
  g_assert_no_error(error);
  none.eta_s = 0;
  g_assert_true(record_equal(&library_stats_table, &stats, &none));

  static const FileState states[] = {FILE_NEW, FILE_READY, FILE_READY, FILE_FAILED, FILE_MISSING};
  int64_t root = add_root(conn, "/a");
  for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
    LibraryFile *file = record_new(&file_table);
    file->state = states[i];
    file->size_bytes = (int64_t)1 << 60;
    if (i > 1)
      file->size_bytes = 10;
    g_autofree char *path = g_strdup_printf("/a/%zu", i);
    add_file(conn, file, root, path);
  }
  add_history(conn, HISTORY_REPLACED, "/a/1", 1, 1);
  add_history(conn, HISTORY_REPLACED, "/a/2", 2, 2);
  add_history(conn, HISTORY_UNDONE, "/a/3", 3, 3);
  add_history(conn, HISTORY_RESTORED, "/a/3", 3, 4);
  for (int state = TRASH_KEPT; state <= TRASH_PURGED; state++) {
    TrashEntry entry;
    record_init(&trash_table, &entry);
    entry.state = state;
    entry.size_bytes = 77;
    g_assert_true(record_insert(conn, &trash_table, &entry, &error));
    record_clear(&trash_table, &entry);
  }
  add_job(conn, "scan", JOB_PENDING, PRIORITY_LOW, 0);
  add_job(conn, "scan", JOB_DONE, PRIORITY_LOW, 0);
  add_job(conn, "scan", JOB_DONE, PRIORITY_LOW, 0);
  g_assert_true(library_stats(conn, 2, &stats, &error));
  g_assert_no_error(error);
  const LibraryStats expected = {
      .files = 4,
      .files_failed = 1,
      .files_missing = 1,
      .library_bytes = ((int64_t)1 << 61) + 20,
      .replaced = 2,
      .undone = 1,
      .bytes_saved = 1200,
      .bytes_before = 2000,
      .trash_bytes = 77,
      .trash_entries = 1,
      .jobs_pending = 1,
      .jobs_done = 2,
      .eta_s = 0,
      .size_error_percent = NAN, /* none of these was predicted */
      .time_error_percent = NAN,
  };
  g_assert_true(record_equal(&library_stats_table, &stats, &expected));
}

/* Noon UTC on 2024-03-31, when clocks in Berlin had gone forward ten hours before. */
#define NOON G_GINT64_CONSTANT(1711886400000)
#define HOUR G_GINT64_CONSTANT(3600000)

static void test_savings(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  add_history(conn, HISTORY_REPLACED, "/a/1", 1, NOON);
  add_history(conn, HISTORY_REPLACED, "/a/2", 1, NOON - 12 * HOUR - 1); /* 30 March in UTC, 31 in Berlin */
  add_history(conn, HISTORY_REPLACED, "/a/3", 1, NOON - 38 * HOUR);
  add_history(conn, HISTORY_UNDONE, "/a/4", 1, NOON);
  add_history(conn, HISTORY_RESTORED, "/a/4", 1, NOON);
  add_history(conn, HISTORY_REPLACED, "/a/5", 1, NOON - 3000 * HOUR);
  static const struct {
    const char *zone;
    int64_t files[3]; /* of 29, 30 and 31 March */
  } rows[] = {
      {"UTC", {1, 1, 1}}, {"Europe/Berlin", {1, 0, 2}}, {"Asia/Kathmandu", {0, 1, 2}}, {"America/Los_Angeles", {1, 1, 1}}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].zone);
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(rows[i].zone);
    g_autoptr(GPtrArray) savings = history_savings(conn, NOON, 3, zone, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(savings->len, ==, 3);
    for (guint day = 0; day < 3; day++) {
      const Saving *saving = savings->pdata[day];
      g_autofree char *name = g_strdup_printf("2024-03-%u", 29 + day);
      g_assert_cmpstr(saving->day, ==, name);
      g_assert_cmpint(saving->files, ==, rows[i].files[day]);
      g_assert_cmpint(saving->bytes_saved, ==, 600 * rows[i].files[day]);
    }
  }
}

static void test_estimate(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  LibraryStats stats;
  for (int i = 0; i < 5; i++)
    add_job(conn, "transcode", JOB_PENDING, PRIORITY_LOW, 0);
  add_job(conn, "scan", JOB_PENDING, PRIORITY_LOW, 0);
  g_assert_true(library_stats(conn, 2, &stats, &error));
  g_assert_cmpint(stats.eta_s, ==, FIELD_NULL_INT); /* nothing to go by */
  for (int i = 0; i < 60; i++) {
    HistoryEntry entry;
    record_init(&history_table, &entry);
    entry.state = HISTORY_REPLACED;
    entry.seconds = i < 10 ? 10000 : 100; /* the first ten are no longer recent */
    entry.created_at_ms = i;
    g_assert_true(record_insert(conn, &history_table, &entry, &error));
    record_clear(&history_table, &entry);
  }
  int64_t running = add_job(conn, "transcode", JOB_RUNNING, PRIORITY_LOW, 0);
  g_assert_true(record_set(conn, &job_table, running, "progress", DB_REAL(0.75), &error));
  g_assert_true(library_stats(conn, 2, &stats, &error));
  g_assert_cmpint(stats.eta_s, ==, 263); /* 5.25 of 100 s, two at a time */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/history-page", test_pages);
  test_db_each("/history-savings", test_savings);
  test_db_each("/library-stats", test_stats);
  test_db_each("/library-stats/estimate", test_estimate);
  return g_test_run();
}
