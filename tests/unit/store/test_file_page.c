/* Pages of files: every order, both ways, each row once, filters, and cursors that are not ours. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/library_rows.h"

#include <string.h>

enum { FILES = 60, LARGE = 7 };

#define ANY_PLAIN_SIZE .min_size_bytes = FIELD_NULL_INT, .max_size_bytes = FIELD_NULL_INT
#define ANY_SIZE .health = FIELD_NULL_ENUM, ANY_PLAIN_SIZE
#define ANY .hdr = FIELD_NULL_ENUM, ANY_SIZE

/* Many equal and unknown values, so that ids must decide; paths whose order differs between locales. */
static int64_t fill(DbConn *conn)
{
  static const char *const codecs[] = {"h264", "hevc", "mpeg2video"};
  g_autoptr(GError) error = NULL;
  int64_t roots[] = {add_root(conn, "/a"), add_root(conn, "/b")};
  g_autoptr(DbTransaction) transaction = db_begin(conn, &error);
  for (int i = 0; i < FILES; i++) {
    LibraryFile *file = record_new(&file_table);
    file->size_bytes = i % 7 + (i < LARGE ? 2000 : 0);
    file->found_at_ms = 1700000000000 + i % 5;
    file->duration_ms = i % 4 ? i % 3 : FIELD_NULL_INT;
    file->bit_rate_bps = i % 6 ? INT64_MAX - i % 3 : FIELD_NULL_INT;
    file->video_codec = g_strdup(codecs[i % 3]);
    file->container = g_strdup(i % 2 ? "mkv" : "mp4");
    file->state = i % 10 ? FILE_READY : FILE_FAILED;
    file->media = g_strdup("{}");
    file->hdr = i % 4 ? HDR_SDR : HDR_HDR10_PLUS;
    file->audio_languages = g_strdup(i % 3 ? "eng,fra" : i % 2 ? "deu" : "eng,deu,jpn");
    g_autofree char *path = g_strdup_printf("%s/%s %d.mkv", i % 2 ? "/a" : "/b", i % 3 ? (i % 5 ? "film" : "Film") : "Über_%", i);
    add_file(conn, file, roots[i % 2 ? 0 : 1], path);
  }
  g_assert_true(db_commit(transaction, &error));
  return roots[0];
}

static FileQuery all_files(void)
{
  return (FileQuery){.root_id = FIELD_NULL_INT,
                     .state = FIELD_NULL_ENUM,
                     .hdr = FIELD_NULL_ENUM,
                     .health = FIELD_NULL_ENUM,
                     .min_size_bytes = FIELD_NULL_INT,
                     .max_size_bytes = FIELD_NULL_INT,
                     .limit = 7};
}

static int64_t sort_number(const LibraryFile *file, int sort)
{
  switch (sort) {
  case FILE_SORT_SIZE:
    return file->size_bytes;
  case FILE_SORT_FOUND:
    return file->found_at_ms;
  case FILE_SORT_DURATION:
    return file->duration_ms == FIELD_NULL_INT ? 0 : file->duration_ms;
  default:
    return file->bit_rate_bps == FIELD_NULL_INT ? 0 : file->bit_rate_bps;
  }
}

static int compare(const LibraryFile *a, const LibraryFile *b, int sort)
{
  if (sort == FILE_SORT_PATH)
    return strcmp(a->path, b->path);
  int64_t x = sort_number(a, sort), y = sort_number(b, sort);
  return x < y ? -1 : x > y;
}

/* All rows of a query, page by page; the caller unrefs. */
static GPtrArray *walk(DbConn *conn, FileQuery query, void (*between)(DbConn *conn, int page))
{
  GPtrArray *all = records_new(&file_table);
  g_autofree char *cursor = NULL;
  for (int page = 0;; page++) {
    g_autoptr(GError) error = NULL;
    char *next = NULL;
    query.after = cursor;
    g_autoptr(GPtrArray) files = file_page(conn, &query, &next, &error);
    g_assert_nonnull(files);
    g_assert_no_error(error);
    g_assert_cmpuint(files->len, <=, (guint)query.limit);
    g_assert_true(!next || files->len == (guint)query.limit);
    gsize n;
    g_autofree gpointer *taken = g_ptr_array_steal(files, &n);
    for (gsize i = 0; i < n; i++)
      g_ptr_array_add(all, taken[i]);
    g_free(cursor);
    cursor = next;
    if (!next)
      return all;
    if (between)
      between(conn, page);
  }
}

static void check_order(const GPtrArray *files, const FileQuery *query)
{
  for (guint i = 1; i < files->len; i++) {
    const LibraryFile *a = files->pdata[i - 1], *b = files->pdata[i];
    int order = compare(a, b, query->sort);
    if (!order)
      order = a->id < b->id ? -1 : 1;
    g_assert_cmpint(order * (query->descending ? -1 : 1), <, 0); /* strictly: no row twice */
  }
}

static void test_every_order(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  fill(conn);
  for (size_t sort = 0; sort < file_sort_table.n_rows; sort++) {
    for (int descending = 0; descending < 2; descending++) {
      for (int limit = 1; limit <= FILES + 1; limit += 10) {
        FileQuery query = all_files();
        query.sort = file_sort_table.rows[sort].value;
        query.descending = descending;
        query.limit = limit;
        g_autoptr(GPtrArray) files = walk(conn, query, NULL);
        g_assert_cmpuint(files->len, ==, FILES);
        check_order(files, &query);
      }
    }
  }
}

static void test_filters(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t root = fill(conn);
  g_autoptr(GError) error = NULL;
  db_exec(conn, "UPDATE files SET health = CASE WHEN id % 2 = 0 THEN 'damaged' ELSE 'ok' END WHERE id % 4 < 2", DB_NO_ARGS, NULL,
          &error);
  g_assert_no_error(error);
  const struct {
    FileQuery query;
    guint expected;
  } rows[] = {
      {{.root_id = root, .state = FIELD_NULL_ENUM, ANY}, 30},
      {{.root_id = 99, .state = FIELD_NULL_ENUM, ANY}, 0},
      {{.root_id = FIELD_NULL_INT, .state = FILE_FAILED, ANY}, 6},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .video_codec = "hevc", ANY}, 20},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .container = "mkv", ANY}, 30},
      {{.root_id = root, .state = FILE_READY, .video_codec = "h264", .container = "mkv", ANY}, 10},
      {{.root_id = root, .state = FIELD_NULL_ENUM, .container = "mp4", ANY}, 0},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .text = "FILM", ANY}, 40},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .text = "üBER", ANY}, 20},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .text = "_%", ANY}, 20},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .text = "%film", ANY}, 0},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .text = "\\", ANY}, 0},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .text = "", ANY}, FILES},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .text = "'; DROP TABLE files; --", ANY}, 0},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .hdr = HDR_HDR10_PLUS, ANY_SIZE}, 15},
      {{.root_id = root, .state = FILE_READY, .hdr = HDR_HLG, ANY_SIZE}, 0},
      {{.root_id = FIELD_NULL_INT,
        .state = FIELD_NULL_ENUM,
        .hdr = FIELD_NULL_ENUM,
        .health = FIELD_NULL_ENUM,
        .min_size_bytes = 2000,
        .max_size_bytes = FIELD_NULL_INT},
       LARGE},
      {{.root_id = FIELD_NULL_INT,
        .state = FIELD_NULL_ENUM,
        .hdr = FIELD_NULL_ENUM,
        .health = FIELD_NULL_ENUM,
        .min_size_bytes = FIELD_NULL_INT,
        .max_size_bytes = 1999},
       FILES - LARGE},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .hdr = FIELD_NULL_ENUM, .health = FILE_DAMAGED, ANY_PLAIN_SIZE},
       FILES / 4},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .hdr = FIELD_NULL_ENUM, .health = FILE_UNREADABLE, ANY_PLAIN_SIZE},
       0},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .audio_language = "deu", ANY}, 20},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .audio_language = "de", ANY}, 0},
      {{.root_id = FIELD_NULL_INT, .state = FIELD_NULL_ENUM, .audio_language = "%", ANY}, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    for (int sort = 0; sort <= FILE_SORT_BIT_RATE; sort++) {
      FileQuery query = rows[i].query;
      query.limit = 7;
      query.sort = sort;
      query.descending = sort % 2;
      g_autoptr(GPtrArray) files = walk(conn, query, NULL);
      g_assert_cmpuint(files->len, ==, rows[i].expected);
      check_order(files, &query);
    }
  }
}

static void add_before(DbConn *conn, int page)
{
  g_autofree char *path = g_strdup_printf("/a/%d", page);
  add_file(conn, record_new(&file_table), 1, path);
}

/* Rows that appear behind the reader neither shift nor repeat what is to come. */
static void test_stable(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  fill(conn);
  FileQuery query = all_files();
  query.sort = FILE_SORT_SIZE; /* new ones have size 0 and the highest ids: some come, in their place */
  g_autoptr(GPtrArray) files = walk(conn, query, add_before);
  check_order(files, &query);
  guint old = 0;
  for (guint i = 0; i < files->len; i++)
    old += ((LibraryFile *)files->pdata[i])->found_at_ms > 0;
  g_assert_cmpuint(old, ==, FILES);
}

static void test_no_media(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  fill(conn);
  g_autoptr(GPtrArray) files = walk(conn, all_files(), NULL);
  const LibraryFile *file = files->pdata[0];
  g_assert_null(file->media);
  g_assert_cmpstr(file->container, ==, "mkv");
}

static void test_wrong_cursor(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  fill(conn);
  FileQuery query = all_files();
  char *next = NULL;
  g_autoptr(GPtrArray) files = file_page(conn, &query, &next, &error);
  g_assert_nonnull(files);
  g_autofree char *cursor = next;
  g_assert_nonnull(cursor);
  const char *const cursors[] = {"", "garbage", "!", cursor};
  query.sort = FILE_SORT_SIZE; /* the cursor of another order is wrong too */
  query.after = cursor;
  for (size_t i = 0; i < G_N_ELEMENTS(cursors); i++) {
    query.after = cursors[i];
    next = NULL;
    g_assert_null(file_page(conn, &query, &next, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_null(next);
    g_clear_error(&error);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/file-page/every-order", test_every_order);
  test_db_each("/file-page/filters", test_filters);
  test_db_each("/file-page/stable", test_stable);
  test_db_each("/file-page/no-media", test_no_media);
  test_db_each("/file-page/wrong-cursor", test_wrong_cursor);
  return g_test_run();
}
