/* The sums that triggers keep equal those that are counted, whatever is done to the files, in every transaction. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/file_sums.h"
#include "store/library_rows.h"

#include <string.h>

static char *text_of(DbConn *conn, const char *sql)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbRows) rows = db_query(conn, sql, DB_NO_ARGS, &error);
  g_assert_no_error(error);
  GString *text = g_string_new(NULL);
  while (db_rows_next(rows, &error))
    g_string_append_printf(text, "%s|%s|%s|%s|%s\n", db_rows_text(rows, 0), db_rows_text(rows, 1), db_rows_text(rows, 2),
                           db_rows_text(rows, 3), db_rows_text(rows, 4));
  g_assert_no_error(error);
  return g_string_free(text, FALSE);
}

static void assert_exact(DbConn *conn)
{
  g_autofree char *kept = text_of(conn, "SELECT root_id, state, video_codec, SUM(files), SUM(bytes) FROM file_sums "
                                        "GROUP BY root_id, state, video_codec HAVING SUM(files) <> 0 OR SUM(bytes) <> 0 "
                                        "ORDER BY 1, 2, 3");
  g_autofree char *counted =
      text_of(conn, "SELECT root_id, state, COALESCE(video_codec, ''), COUNT(*), SUM(size_bytes) FROM files "
                    "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
  g_assert_cmpstr(kept, ==, counted);
}

static void exec(DbConn *conn, const char *sql)
{
  g_autoptr(GError) error = NULL;
  db_exec(conn, sql, DB_NO_ARGS, NULL, &error);
  g_assert_no_error(error);
}

static void fill(DbConn *conn, int64_t root, int n)
{
  static const char *const codecs[] = {"h264", "hevc", NULL};
  g_autofree char *prefix = g_strdup_printf("/%" G_GINT64_FORMAT, root);
  for (int i = 0; i < n; i++) {
    LibraryFile *file = record_new(&file_table);
    file->size_bytes = (int64_t)i << 40;
    file->state = i % 4;
    file->video_codec = g_strdup(codecs[i % 3]);
    g_autofree char *path = g_strdup_printf("%s/%d", prefix, i);
    add_file(conn, file, root, path);
  }
}

static void test_exact(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  assert_exact(conn);
  int64_t a = add_root(conn, "/a"), b = add_root(conn, "/b");
  fill(conn, a, 24);
  fill(conn, b, 12);
  assert_exact(conn);
  static const char *const changes[] = {
      "UPDATE files SET size_bytes = size_bytes + 5",
      "UPDATE files SET state = 'missing' WHERE id % 5 = 0",
      "UPDATE files SET video_codec = 'av1' WHERE video_codec = 'h264'",
      "UPDATE files SET video_codec = NULL WHERE video_codec = 'hevc' AND id % 2 = 0",
      "UPDATE files SET video_codec = 'hevc' WHERE video_codec IS NULL AND id % 3 = 0",
      "UPDATE files SET probed_at_ms = 7",
      "UPDATE files SET root_id = (SELECT MIN(id) FROM roots) WHERE id % 7 = 0",
      "DELETE FROM files WHERE id % 4 = 0",
      "DELETE FROM roots WHERE path = '/b'", /* and its files with it */
      "UPDATE files SET size_bytes = 0, state = 'ready', video_codec = 'one'",
      "DELETE FROM files",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_test_message("%s", changes[i]);
    exec(conn, changes[i]);
    assert_exact(conn);
    if (i % 3 == 0) {
      g_clear_pointer(&conn, db_release);
      g_assert_true(file_sums_compact(test->db, &error));
      conn = test_db_acquire(test);
      assert_exact(conn);
    }
  }
}

static void test_transactions(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t root = add_root(conn, "/a");
  fill(conn, root, 6);
  {
    G_GNUC_UNUSED g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
    exec(conn, "DELETE FROM files WHERE id % 2 = 0");
    assert_exact(conn);
  }
  assert_exact(conn);
  int64_t total = 0;
  bool found;
  g_assert_true(db_query_int(conn, "SELECT SUM(files) FROM file_sums", DB_NO_ARGS, &total, &found, &error));
  g_assert_cmpint(total, ==, 6);
}

typedef struct {
  Db *db;
  int64_t root;
  int number;
} Writer;

/* Rows of the same sums, by several at a time, while others add up. */
static gpointer write_files(gpointer data)
{
  const Writer *writer = data;
  for (int i = 0; i < 40; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbConn) conn = db_acquire(writer->db, &error);
    g_assert_no_error(error);
    LibraryFile *file = record_new(&file_table);
    file->size_bytes = 1000 + i;
    file->state = FILE_READY;
    g_autofree char *path = g_strdup_printf("/a/%d/%d", writer->number, i);
    int64_t id = add_file(conn, file, writer->root, path);
    if (i % 3 == 0)
      g_assert_true(record_set(conn, &file_table, id, "size_bytes", DB_INT(7), &error));
    if (i % 4 == 0)
      g_assert_true(record_delete(conn, &file_table, id, &error));
    g_clear_pointer(&conn, db_release);
    if (i % 8 == 0)
      g_assert_true(file_sums_compact(writer->db, &error));
    g_assert_no_error(error);
  }
  return NULL;
}

static void test_writers(TestDb *test)
{
  enum { WRITERS = 4 };
  Writer writers[WRITERS];
  GThread *threads[WRITERS];
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t root = add_root(conn, "/a");
  g_clear_pointer(&conn, db_release);
  for (int i = 0; i < WRITERS; i++) {
    writers[i] = (Writer){.db = test->db, .root = root, .number = i};
    threads[i] = g_thread_new("writer", write_files, &writers[i]);
  }
  for (int i = 0; i < WRITERS; i++)
    g_thread_join(threads[i]);
  conn = test_db_acquire(test);
  assert_exact(conn);
}

static void test_codecs(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  static const struct {
    const char *codec;
    FileState state;
    int64_t bytes;
  } files[] = {{"h264", FILE_READY, 10},
               {"h264", FILE_FAILED, 5},
               {"hevc", FILE_READY, 100},
               {"vp9", FILE_MISSING, 7},
               {NULL, FILE_NEW, 1}};
  int64_t root = add_root(conn, "/a");
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    LibraryFile *file = record_new(&file_table);
    file->video_codec = g_strdup(files[i].codec);
    file->state = files[i].state;
    file->size_bytes = files[i].bytes;
    g_autofree char *path = g_strdup_printf("/a/%zu", i);
    add_file(conn, file, root, path);
  }
  static const CodecSum expected[] = {{(char *)"hevc", 1, 100}, {(char *)"h264", 2, 15}, {(char *)"", 1, 1}};
  g_autoptr(GPtrArray) sums = file_sums_by_codec(conn, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(sums->len, ==, G_N_ELEMENTS(expected));
  for (guint i = 0; i < sums->len; i++)
    g_assert_true(record_equal(&codec_sum_table, sums->pdata[i], &expected[i]));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/file-sums/exact", test_exact);
  test_db_each("/file-sums/transactions", test_transactions);
  test_db_each("/file-sums/writers", test_writers);
  test_db_each("/file-sums/codecs", test_codecs);
  return g_test_run();
}
