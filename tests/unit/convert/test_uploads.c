/* Uploads on both databases: offsets, breaks, lies, takeovers, checksums, space, expiry. */
#include "base/error.h"
#include "base/failpoint.h"
#include "convert/uploads.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"

#include <glib/gstdio.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

typedef struct {
  TestDb *test;
  ManualClock clock;
  char *directory;
  Uploads *uploads;
} World;

static void world_init(World *world, TestDb *test)
{
  g_autoptr(GError) error = NULL;
  *world = (World){.test = test, .directory = g_dir_make_tmp("reeve-uploads-XXXXXX", &error)};
  g_assert_no_error(error);
  manual_clock_init(&world->clock, INT64_C(1700000000000));
  world->uploads = uploads_new(test->db, &world->clock.clock, world->directory);
  uploads_set_rules(world->uploads, &(UploadRules){.cap_bytes = 1000, .keep_ms = HOUR_MS});
}

static guint file_count(const World *world)
{
  g_autofree char *directory = g_build_filename(world->directory, "uploads", NULL);
  g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
  guint count = 0;
  while (entries && g_dir_read_name(entries))
    count++;
  return count;
}

static void world_clear(World *world)
{
  g_autofree char *directory = g_build_filename(world->directory, "uploads", NULL);
  g_autoptr(GPtrArray) rows = NULL;
  int64_t next = 0;
  rows = uploads_page(world->uploads, 0, 500, &next, NULL);
  for (guint i = 0; i < rows->len; i++)
    g_assert_true(uploads_delete(world->uploads, ((const Upload *)rows->pdata[i])->id, NULL));
  g_assert_cmpuint(file_count(world), ==, 0);
  g_rmdir(directory);
  g_rmdir(world->directory);
  g_free(world->directory);
  uploads_free(world->uploads);
}

static int64_t create(World *world, int64_t size_bytes)
{
  Upload upload;
  g_autoptr(GError) error = NULL;
  g_assert_true(uploads_create(world->uploads,
                               &(NewUpload){.name = "../../film.mkv", .created_by = "somebody", .size_bytes = size_bytes},
                               &upload, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(upload.name, ==, "film.mkv");
  g_assert_cmpint(upload.state, ==, UPLOAD_RECEIVING);
  g_assert_true(g_str_has_prefix(upload.path, world->directory));
  g_assert_null(strstr(upload.path, "film"));
  int64_t id = upload.id;
  record_clear(&upload_table, &upload);
  return id;
}

/* What is there, as one text: "receiving 5". The caller frees it. */
static char *state_of(World *world, int64_t id)
{
  Upload upload;
  g_autoptr(GError) error = NULL;
  g_assert_true(uploads_get(world->uploads, id, &upload, &error));
  g_assert_no_error(error);
  char *text = g_strdup_printf("%s %" G_GINT64_FORMAT, enum_name(&upload_state_table, upload.state), upload.received_bytes);
  record_clear(&upload_table, &upload);
  return text;
}

static void expect_state(World *world, int64_t id, const char *wanted)
{
  g_autofree char *state = state_of(world, id);
  g_assert_cmpstr(state, ==, wanted);
}

static void expect_content(World *world, int64_t id, const char *wanted)
{
  Upload upload;
  g_autofree char *content = NULL;
  g_assert_true(uploads_get(world->uploads, id, &upload, NULL));
  g_assert_true(g_file_get_contents(upload.path, &content, NULL, NULL));
  g_assert_cmpstr(content, ==, wanted);
  record_clear(&upload_table, &upload);
}

static UploadWriter *open_at(World *world, int64_t id, int64_t offset_bytes, const TusChecksum *checksum)
{
  g_autoptr(GError) error = NULL;
  UploadWriter *writer = upload_writer_open(world->uploads, id, offset_bytes, checksum, &error);
  g_assert_no_error(error);
  return writer;
}

static bool put(UploadWriter *writer, const char *text, GError **error)
{
  return upload_writer_write(writer, text, strlen(text), error);
}

static void put_well(UploadWriter *writer, const char *text)
{
  g_autoptr(GError) error = NULL;
  put(writer, text, &error);
  g_assert_no_error(error);
}

static bool finish(UploadWriter *writer, bool ends)
{
  Upload upload = {0};
  bool fits = false;
  g_autoptr(GError) error = NULL;
  g_assert_true(upload_writer_end(writer, ends, &upload, &fits, &error));
  g_assert_no_error(error);
  record_clear(&upload_table, &upload);
  upload_writer_free(writer);
  return fits;
}

static void refuse_open(World *world, int64_t id, int64_t offset_bytes, ReeveErrorCode code)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(upload_writer_open(world->uploads, id, offset_bytes, NULL, &error));
  g_assert_error(error, REEVE_ERROR, (int)code);
}

static void test_pieces(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 11);
  expect_state(&world, id, "receiving 0");
  UploadWriter *writer = open_at(&world, id, 0, NULL);
  put_well(writer, "hello");
  upload_writer_free(writer); /* the connection broke */
  expect_state(&world, id, "receiving 5");
  refuse_open(&world, id, 0, REEVE_ERROR_CONFLICT); /* an overlap */
  refuse_open(&world, id, 6, REEVE_ERROR_CONFLICT); /* a hole */
  refuse_open(&world, id + 1000, 0, REEVE_ERROR_NOT_FOUND);
  writer = open_at(&world, id, 5, NULL);
  put_well(writer, " wor");
  g_assert_true(finish(writer, false));
  expect_state(&world, id, "receiving 9");
  writer = open_at(&world, id, 9, NULL);
  put_well(writer, "ld");
  g_assert_true(finish(writer, false));
  expect_state(&world, id, "complete 11");
  expect_content(&world, id, "hello world");
  writer = open_at(&world, id, 11, NULL); /* nothing more to say is fine */
  g_assert_true(finish(writer, false));
  expect_state(&world, id, "complete 11");
  world_clear(&world);
}

static void test_lies(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 7), open_end = create(&world, FIELD_NULL_INT), empty = create(&world, 0);
  UploadWriter *writer = open_at(&world, id, 0, NULL);
  put_well(writer, "abc");
  g_assert_true(finish(writer, false));
  writer = open_at(&world, id, 3, NULL);
  put_well(writer, "de");
  g_autoptr(GError) error = NULL, after = NULL;
  g_assert_false(put(writer, "fghij", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_assert_false(put(writer, "x", &after)); /* nor anything after it */
  g_assert_error(after, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  upload_writer_free(writer);
  expect_state(&world, id, "receiving 3");

  writer = open_at(&world, open_end, 0, NULL);
  put_well(writer, "whatever it is");
  g_assert_true(finish(writer, true));
  expect_state(&world, open_end, "complete 14");
  g_assert_true(finish(open_at(&world, empty, 0, NULL), false));
  expect_state(&world, empty, "complete 0");

  Upload upload;
  g_clear_error(&error);
  g_assert_false(uploads_create(world.uploads, &(NewUpload){.created_by = "it", .size_bytes = 1001}, &upload, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error(&error);
  int64_t large = create(&world, FIELD_NULL_INT);
  g_autofree char *bytes = g_strnfill(1001, 'x');
  writer = open_at(&world, large, 0, NULL);
  g_assert_false(put(writer, bytes, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  upload_writer_free(writer);
  world_clear(&world);
}

static void test_takeover(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 100);
  UploadWriter *old = open_at(&world, id, 0, NULL);
  put_well(old, "old");
  UploadWriter *young = open_at(&world, id, 3, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_false(put(old, "late", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  put_well(young, "new");
  upload_writer_free(old); /* takes nothing with it */
  put_well(young, "er");
  g_assert_true(finish(young, false));
  expect_content(&world, id, "oldnewer");

  /* Deleted under its writer. */
  UploadWriter *writer = open_at(&world, id, 8, NULL);
  g_assert_true(uploads_delete(world.uploads, id, NULL));
  g_clear_error(&error);
  g_assert_false(put(writer, "x", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  Upload upload;
  bool fits;
  g_clear_error(&error);
  g_assert_false(upload_writer_end(writer, false, &upload, &fits, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  upload_writer_free(writer);
  world_clear(&world);
}

/* Claims wait for nobody, and the newest counts, also over one that never wrote. */
static void test_claims(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 100);
  UploadWriter *first = open_at(&world, id, 0, NULL);
  put_well(first, "first");
  UploadWriter *silent = upload_writer_claim(world.uploads, id, 5, NULL), *last = upload_writer_claim(world.uploads, id, 5, NULL);
  g_autoptr(GError) error = NULL, late = NULL;
  g_assert_false(put(silent, "x", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_false(put(first, "x", &late));
  g_assert_error(late, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  put_well(last, "last");
  g_assert_true(finish(last, false));
  expect_content(&world, id, "firstlast");
  upload_writer_free(first);
  upload_writer_free(silent);
  UploadWriter *wrong = upload_writer_claim(world.uploads, id, 3, NULL);
  g_clear_error(&error);
  g_assert_false(put(wrong, "x", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  upload_writer_free(wrong);
  upload_writer_free(upload_writer_claim(world.uploads, id, 9, NULL)); /* one that never begins */
  expect_state(&world, id, "receiving 9");
  world_clear(&world);
}

/* Another process, here another context, keeps what it writes. */
static void test_other_process(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 100);
  Uploads *other = uploads_new(test->db, &world.clock.clock, world.directory);
  UploadWriter *writer = open_at(&world, id, 0, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_null(upload_writer_open(other, id, 0, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  put_well(writer, "mine");
  upload_writer_free(writer);
  writer = upload_writer_open(other, id, 4, NULL, NULL);
  g_assert_nonnull(writer);
  upload_writer_free(writer);
  uploads_free(other);
  world_clear(&world);
}

static void test_checksums(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 100);
  TusChecksum checksum;
  g_assert_true(tus_checksum_parse("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", &checksum, NULL)); /* hello world */
  UploadWriter *writer = open_at(&world, id, 0, NULL);
  put_well(writer, "1:");
  g_assert_true(finish(writer, false));

  writer = open_at(&world, id, 2, &checksum);
  put_well(writer, "hello ");
  expect_state(&world, id, "receiving 2"); /* nothing counts before it was compared */
  put_well(writer, "w0rld");
  g_assert_false(finish(writer, false));
  expect_state(&world, id, "receiving 2");
  expect_content(&world, id, "1:");

  writer = open_at(&world, id, 2, &checksum);
  put_well(writer, "hello ");
  upload_writer_free(writer); /* broke off */
  expect_content(&world, id, "1:");

  writer = open_at(&world, id, 2, &checksum);
  put_well(writer, "hello");
  UploadWriter *young = open_at(&world, id, 2, &checksum); /* finds bytes that nobody vouches for */
  upload_writer_free(writer);
  put_well(young, "hello world");
  g_assert_true(finish(young, false));
  expect_content(&world, id, "1:hello world");
  expect_state(&world, id, "receiving 13");
  world_clear(&world);
}

static void test_space(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 100);
  UploadWriter *writer = open_at(&world, id, 0, NULL);
  put_well(writer, "abc");
  uploads_set_rules(world.uploads, &(UploadRules){.cap_bytes = 1000, .keep_ms = HOUR_MS, .reserve_bytes = INT64_MAX / 2});
  g_autoptr(GError) error = NULL;
  g_assert_false(put(writer, "def", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
  upload_writer_free(writer);
  expect_state(&world, id, "receiving 3");
  Upload upload;
  g_clear_error(&error);
  g_assert_false(uploads_create(world.uploads, &(NewUpload){.created_by = "it", .size_bytes = 1}, &upload, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NO_SPACE);
  uploads_set_rules(world.uploads, &(UploadRules){.cap_bytes = 1000, .keep_ms = HOUR_MS});
  writer = open_at(&world, id, 3, NULL); /* goes on once there is room */
  put_well(writer, "def");
  g_assert_true(finish(writer, false));
  expect_content(&world, id, "abcdef");
  world_clear(&world);
}

#ifdef REEVE_FAILPOINTS
/* Whatever fails, the row and the disk agree, and the upload can be gone on with. */
static void test_failures(TestDb *test)
{
  static const struct {
    const char *rules;
    const char *state;
  } rows[] = {
      {"upload.write:1=ENOSPC", "receiving 0"}, {"upload.write:2=EIO", "receiving 3"}, {"upload.sync:1=EIO", "receiving 6"}};
  World world;
  world_init(&world, test);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t id = create(&world, 6);
    UploadWriter *writer = open_at(&world, id, 0, NULL);
    Upload upload;
    bool fits;
    g_autoptr(GError) error = NULL;
    failpoint_arm(rows[i].rules);
    g_assert_false(put(writer, "abc", &error) && put(writer, "def", &error) &&
                   upload_writer_end(writer, false, &upload, &fits, &error));
    failpoint_arm(NULL);
    g_assert_nonnull(error);
    upload_writer_free(writer);
    expect_state(&world, id, rows[i].state);
    writer = open_at(&world, id, rows[i].state[10] - '0', NULL);
    put_well(writer, &"abcdef"[rows[i].state[10] - '0']);
    g_assert_true(finish(writer, false));
    expect_state(&world, id, "complete 6");
  }
  failpoint_arm("upload.create:1=EACCES");
  Upload upload;
  g_autoptr(GError) error = NULL;
  g_assert_false(uploads_create(world.uploads, &(NewUpload){.created_by = "it", .size_bytes = 1}, &upload, &error));
  failpoint_arm(NULL);
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM uploads"), ==, G_N_ELEMENTS(rows));
  world_clear(&world);
}
#endif

#ifdef REEVE_FAILPOINTS
typedef struct {
  World *world;
  int64_t id;
  bool to_its_end;
} Latecomer;

static void go_on(void *data)
{
  const Latecomer *it = data;
  UploadWriter *writer = open_at(it->world, it->id, 0, NULL);
  put_well(writer, it->to_its_end ? "0123456789" : "01234");
  if (it->to_its_end)
    g_assert_true(finish(writer, false));
  else
    upload_writer_free(writer);
}

/* Gone on with, or ended, after it was found to have expired and before it is deleted: it stays. */
static void test_expiry_raced(TestDb *test)
{
  static const char *const states[] = {"receiving 5", "complete 10"};
  World world;
  world_init(&world, test);
  for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
    Latecomer late = {.world = &world, .id = create(&world, 10), .to_its_end = i == 1};
    int deleted = -1;
    manual_clock_advance(&world.clock, HOUR_MS);
    failpoint_call("upload.drop", go_on, &late);
    g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
    g_assert_false(failpoint_call(NULL, NULL, NULL)); /* it did */
    g_assert_cmpint(deleted, ==, 0);
    expect_state(&world, late.id, states[i]);
    g_assert_true(uploads_delete(world.uploads, late.id, NULL));
  }
  world_clear(&world);
}
#endif

static void test_expiry(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t idle = create(&world, 10), busy = create(&world, 10), whole = create(&world, 1);
  UploadWriter *writer = open_at(&world, whole, 0, NULL);
  put_well(writer, "x");
  g_assert_true(finish(writer, false));
  writer = open_at(&world, busy, 0, NULL);
  int deleted = -1;
  manual_clock_advance(&world.clock, HOUR_MS - 1);
  g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 0);
  manual_clock_advance(&world.clock, 1);
  g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 2);
  g_assert_cmpuint(file_count(&world), ==, 1);
  put_well(writer, "abc"); /* still wanted, and it lives on from here */
  upload_writer_free(writer);
  g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 0);
  expect_state(&world, busy, "receiving 3");
  Upload upload;
  g_autoptr(GError) error = NULL;
  g_assert_false(uploads_get(world.uploads, idle, &upload, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  world_clear(&world);
}

/* A row whose file is not here may be another server's for a day. */
static void test_foreign(TestDb *test)
{
  World world;
  world_init(&world, test);
  int64_t id = create(&world, 10);
  Upload upload;
  g_assert_true(uploads_get(world.uploads, id, &upload, NULL));
  g_assert_cmpint(g_unlink(upload.path), ==, 0);
  record_clear(&upload_table, &upload);
  refuse_open(&world, id, 0, REEVE_ERROR_NOT_FOUND);
  int deleted = -1;
  manual_clock_advance(&world.clock, 2 * HOUR_MS);
  g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 0);
  manual_clock_advance(&world.clock, 24 * HOUR_MS);
  g_assert_true(uploads_expire(world.uploads, NULL, &deleted, NULL));
  g_assert_cmpint(deleted, ==, 1);
  world_clear(&world);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/uploads/pieces", test_pieces);
  test_db_each("/uploads/lies", test_lies);
  test_db_each("/uploads/takeover", test_takeover);
  test_db_each("/uploads/claims", test_claims);
  test_db_each("/uploads/other-process", test_other_process);
  test_db_each("/uploads/checksums", test_checksums);
  test_db_each("/uploads/space", test_space);
#ifdef REEVE_FAILPOINTS
  test_db_each("/uploads/failures", test_failures);
  test_db_each("/uploads/expiry-raced", test_expiry_raced);
#endif
  test_db_each("/uploads/expiry", test_expiry);
  test_db_each("/uploads/foreign", test_foreign);
  return g_test_run();
}
