/* Forms as uploads: large ones in pieces, which part counts, and that nothing stays of what is refused. */
#include "base/error.h"
#include "convert/form_upload.h"
#include "store/db_fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define TYPE "multipart/form-data; boundary=xyz"
#define FILE_PART(field) "--xyz\r\nContent-Disposition: form-data; name=\"" field "\"; filename=\"x.mov\"\r\n\r\n"

typedef struct {
  Uploads *uploads;
  char *directory;
} World;

static void world_init(World *world, TestDb *test)
{
  world->directory = g_dir_make_tmp("reeve-form-XXXXXX", NULL);
  world->uploads = uploads_new(test->db, clock_system(), world->directory);
}

static guint file_count(const World *world)
{
  guint count = 0;
  g_autofree char *directory = g_build_filename(world->directory, "uploads", NULL);
  g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
  while (entries && g_dir_read_name(entries))
    count++;
  return count;
}

static void world_clear(World *world)
{
  uploads_free(world->uploads);
  g_autofree char *directory = g_build_filename(world->directory, "uploads", NULL);
  g_rmdir(directory);
  g_assert_cmpint(g_rmdir(world->directory), ==, 0);
  g_free(world->directory);
}

/* The upload's number, or 0 with an error. */
static int64_t send(World *world, const char *field, const char *body, size_t length, size_t piece, GError **error)
{
  FormUpload *form = form_upload_new(
      world->uploads, &(NewForm){.content_type = TYPE, .length_bytes = FIELD_NULL_INT, .field = field, .created_by = "somebody"},
      error);
  Upload upload = {0};
  bool ok = true;
  for (size_t at = 0; ok && at < length; at += piece)
    ok = form_upload_write(form, body + at, MIN(piece, length - at), error);
  ok = ok && form_upload_end(form, &upload, error);
  form_upload_free(form);
  int64_t id = ok ? upload.id : 0;
  if (ok)
    g_assert_cmpint(upload.state, ==, UPLOAD_COMPLETE);
  record_clear(&upload_table, &upload);
  return id;
}

static void test_large(TestDb *test)
{
  World world;
  world_init(&world, test);
  g_autoptr(GString) body = g_string_new(FILE_PART("file"));
  g_autoptr(GString) data = g_string_new(NULL);
  while (data->len < 1024 * 1024 + 3)
    g_string_append(data, "some bytes\r\n--xy\r and more \n");
  g_string_append_len(body, data->str, (gssize)data->len);
  g_string_append(body, "\r\n--xyz--\r\n");
  static const size_t pieces[] = {1000, 65536, SIZE_MAX / 2};
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    g_autoptr(GError) error = NULL;
    int64_t id = send(&world, "file", body->str, body->len, pieces[i], &error);
    g_assert_no_error(error);
    Upload upload;
    g_assert_true(uploads_get(world.uploads, id, &upload, NULL));
    g_autofree char *content = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(upload.path, &content, &length, NULL));
    g_assert_true(length == data->len && memcmp(content, data->str, length) == 0);
    record_clear(&upload_table, &upload);
    g_assert_true(uploads_delete(world.uploads, id, NULL));
  }
  world_clear(&world);
}

static void test_refused(TestDb *test)
{
  static const struct {
    const char *field, *body;
    ReeveErrorCode code;
  } rows[] = {
      {"file", FILE_PART("other") "x\r\n--xyz--", REEVE_ERROR_INVALID},
      {"file", FILE_PART("file") "x\r\n" FILE_PART("file") "y\r\n--xyz--", REEVE_ERROR_INVALID},
      {"file", FILE_PART("file") "broke off", REEVE_ERROR_INVALID},
      {NULL, "--xyz--", REEVE_ERROR_INVALID},
      {NULL, FILE_PART("any") "more than ten bytes\r\n--xyz--", REEVE_ERROR_LIMIT},
  };
  World world;
  world_init(&world, test);
  uploads_set_rules(world.uploads, &(UploadRules){.cap_bytes = 10, .keep_ms = 1000});
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(send(&world, rows[i].field, rows[i].body, strlen(rows[i].body), 7, &error), ==, 0);
    g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
    g_assert_cmpuint(file_count(&world), ==, 0);
    g_assert_cmpint(test_db_int(test, "SELECT COUNT(*) FROM uploads"), ==, 0);
  }
  world_clear(&world);
}

/* Judged before it comes, by the length that it is said to have. */
static void test_announced(TestDb *test)
{
  enum { CAP = 10 };
  static const struct {
    int64_t length_bytes, reserve_bytes;
    int code; /* -1: none */
  } rows[] = {
      {FIELD_NULL_INT, 0, -1},
      {CAP + FORM_SLACK_BYTES, 0, -1},
      {CAP + FORM_SLACK_BYTES + 1, 0, REEVE_ERROR_LIMIT},
      {INT64_MAX, 0, REEVE_ERROR_LIMIT},
      {100, INT64_MAX / 2, REEVE_ERROR_NO_SPACE},
      {FIELD_NULL_INT, INT64_MAX / 2, -1}, /* nobody can know; its file is refused once it begins */
  };
  World world;
  world_init(&world, test);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    uploads_set_rules(world.uploads, &(UploadRules){.cap_bytes = CAP, .keep_ms = 1000, .reserve_bytes = rows[i].reserve_bytes});
    const NewForm announced = {.content_type = TYPE, .length_bytes = rows[i].length_bytes, .created_by = "somebody"};
    FormUpload *form = form_upload_new(world.uploads, &announced, &error);
    g_assert_cmpint(form != NULL, ==, rows[i].code < 0);
    if (!form)
      g_assert_error(error, REEVE_ERROR, rows[i].code);
    form_upload_free(form);
  }
  world_clear(&world);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/form-upload/large", test_large);
  test_db_each("/form-upload/refused", test_refused);
  test_db_each("/form-upload/announced", test_announced);
  return g_test_run();
}
