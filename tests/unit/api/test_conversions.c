/* The convert service over HTTP: asking, watching, downloading by ranges, and the short addresses. What encoders do is tested
 * below the API and above it: here a row and a file stand for what a worker made. */
#include "server_fixture.h"

#include "api/headers.h"
#include "store/conversion_row.h"

#define JSON_TYPE "Content-Type: application/json\r\n"
#define URLENCODED "Content-Type: application/x-www-form-urlencoded\r\n"
#define MULTIPART "Content-Type: multipart/form-data; boundary=xyz\r\n"
#define FIELD(name, value) "--xyz\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_FIELD                                                                                                               \
  "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../Ünı \\\"x\\\".mov\"\r\n\r\nhello\r\n--xyz--\r\n"

static Answer ask(const Fixture *f, KeyScope scope, const char *method, const char *path, const char *headers, const char *body)
{
  g_autofree char *all = g_strdup_printf("X-Api-Key: %s\r\n%s", f->keys[scope], headers);
  return call_with(f, method, path, all, body);
}

static const char *text_at(const Answer *answer, const char *name)
{
  return json_string_value(json_object_get(answer->body, name));
}

static char *send_file(const Fixture *f)
{
  g_auto(Answer) answer = ask(f, SCOPE_OPERATE, "POST", "/upload/", MULTIPART, FILE_FIELD);
  assert_status(&answer, 200);
  g_assert_nonnull(text_at(&answer, "file_id"));
  return g_strdup(text_at(&answer, "file_id"));
}

/* As a worker does when it is done. */
static void finish(const Fixture *f, int64_t id, const char *content)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(f->db, &error);
  g_autoptr(Conversion) it = record_new(&conversion_table);
  g_assert_true(conversion_row_get(conn, id, it, &error));
  g_assert_cmpint(g_mkdir_with_parents(it->directory, 0700), ==, 0);
  g_free(it->path);
  it->path = g_build_filename(it->directory, "output.mov", NULL);
  g_assert_true(g_file_set_contents(it->path, content, -1, NULL));
  it->size_bytes = (int64_t)strlen(content);
  it->duration_ms = 1000;
  it->finished_at_ms = it->created_at_ms;
  g_assert_true(conversion_row_finish(conn, it, &error));
}

static void test_life(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *file_id = send_file(&f);
  g_autofree char *body = g_strdup_printf("{\"upload\":%s,\"preset\":\"h264-review\",\"resolution\":\"360p\"}", file_id);
  g_auto(Answer) made = ask(&f, SCOPE_OPERATE, "POST", "/api/v1/conversions", JSON_TYPE, body);
  assert_status(&made, 201);
  g_assert_cmpstr(text_at(&made, "codec"), ==, "h264");
  g_assert_cmpstr(text_at(&made, "resolution"), ==, "360p");
  g_assert_cmpstr(text_at(&made, "quality"), ==, "low");
  g_assert_cmpstr(text_at(&made, "state"), ==, "queued");
  g_assert_cmpstr(text_at(&made, "name"), ==, "Ünı _x_.h264-low-360p.mp4");
  g_autofree char *path = g_strdup_printf("/api/v1/conversions/%" G_GINT64_FORMAT, answer_int(&made, "id"));
  g_autofree char *file = g_strconcat(path, "/file", NULL), *cancel = g_strconcat(path, "/cancel", NULL);
  g_auto(Answer) early = ask(&f, SCOPE_READ, "GET", file, "", NULL);
  assert_status(&early, 409);
  g_autofree char *upload = g_strconcat("/api/v1/uploads/", file_id, NULL);
  g_auto(Answer) needed = ask(&f, SCOPE_OPERATE, "DELETE", upload, "", NULL);
  assert_status(&needed, 409);
  g_auto(Answer) cancelled = ask(&f, SCOPE_OPERATE, "POST", cancel, "", NULL);
  assert_status(&cancelled, 200);
  g_assert_cmpstr(text_at(&cancelled, "state"), ==, "cancelled");
  g_auto(Answer) again = ask(&f, SCOPE_OPERATE, "POST", cancel, "", NULL);
  assert_status(&again, 409);
  g_auto(Answer) list = ask(&f, SCOPE_READ, "GET", "/api/v1/conversions", "", NULL);
  assert_status(&list, 200);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 1);
  g_auto(Answer) gone = ask(&f, SCOPE_OPERATE, "DELETE", path, "", NULL);
  assert_status(&gone, 204);
  g_auto(Answer) missing = ask(&f, SCOPE_READ, "GET", path, "", NULL);
  assert_status(&missing, 404);
  g_auto(Answer) free_now = ask(&f, SCOPE_OPERATE, "DELETE", upload, "", NULL);
  assert_status(&free_now, 204);
  g_auto(Answer) presets = ask(&f, SCOPE_READ, "GET", "/api/v1/conversions/presets", "", NULL);
  assert_status(&presets, 200);
  g_assert_cmpuint(json_array_size(json_object_get(presets.body, "items")), ==, convert_preset_table.n_rows);
  fixture_clear(&f);
}

static void test_refused(void)
{
  static const struct {
    KeyScope scope;
    const char *method, *path, *headers, *body;
    int status;
  } rows[] = {
      {SCOPE_OPERATE, "POST", "/api/v1/conversions", JSON_TYPE, "{\"upload\":999999}", 404},
      {SCOPE_OPERATE, "POST", "/api/v1/conversions", JSON_TYPE, "{\"upload\":1,\"resolution\":\"8k\"}", 422},
      {SCOPE_OPERATE, "POST", "/api/v1/conversions", JSON_TYPE, "{\"upload\":1,\"quality\":\"best\"}", 422},
      {SCOPE_OPERATE, "POST", "/api/v1/conversions", JSON_TYPE, "{}", 422},
      {SCOPE_READ, "POST", "/api/v1/conversions", JSON_TYPE, "{\"upload\":1}", 403},
      {SCOPE_READ, "POST", "/upload/", MULTIPART, FILE_FIELD, 403},
      {SCOPE_OPERATE, "POST", "/upload/", JSON_TYPE, "{}", 415},
      {SCOPE_OPERATE, "POST", "/upload/", MULTIPART, FIELD("file", "") "--xyz", 422},
      {SCOPE_OPERATE, "POST", "/upload/", MULTIPART, "--xyz--", 422},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "{}", 422},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "[]", 422},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "{\"file_id\":\"999999\"}", 404},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "{\"file_id\":\"../../etc/passwd\"}", 404},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "{\"file_id\":\"1\",\"resolution\":\"12\"}", 422},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "{\"file_id\":\"1\",\"resolution\":[]}", 422},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "{\"file_id\":\"1\",\"quality\":\"best\"}", 422},
      {SCOPE_OPERATE, "POST", "/convert/", JSON_TYPE, "{\"file_id\":\"1\",\"colour\":\"red\"}", 422},
      {SCOPE_OPERATE, "POST", "/convert/", URLENCODED, "file_id=%zz", 422},
      {SCOPE_OPERATE, "POST", "/convert/", URLENCODED, "file_id=%ff", 422},
      {SCOPE_OPERATE, "POST", "/convert/", MULTIPART, FIELD("file_id", "1"), 422},
      {SCOPE_OPERATE, "POST", "/convert/", MULTIPART, FILE_FIELD, 422},
      {SCOPE_READ, "GET", "/status/999999/", "", NULL, 404},
      {SCOPE_READ, "GET", "/status/x/", "", NULL, 404},
      {SCOPE_READ, "GET", "/download/999999/", "", NULL, 404},
      {SCOPE_OPERATE, "POST", "/settings/", JSON_TYPE, "{\"concurrency\":2}", 403},
      {SCOPE_ADMIN, "POST", "/settings/", JSON_TYPE, "{\"concurrency\":\"many\"}", 422},
      {SCOPE_ADMIN, "POST", "/settings/", JSON_TYPE, "{\"nice\":3}", 422},
      {SCOPE_ADMIN, "POST", "/settings/", JSON_TYPE, "{\"directory\":\"/etc/reeve\"}", 422},
      {SCOPE_ADMIN, "POST", "/settings/", JSON_TYPE, "{\"directory\":\"relative\"}", 422},
      {SCOPE_ADMIN, "POST", "/api/v1/settings/import", JSON_TYPE,
       "{\"reeve_settings\":1,\"settings\":{\"upload_directory\":\"/etc/reeve\"}}", 422},
      {SCOPE_ADMIN, "PUT", "/api/v1/settings", JSON_TYPE, "{\"upload_directory\":\"/proc/1/nowhere\"}", 422},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *file_id = send_file(&f);
  g_assert_cmpstr(file_id, ==, "1"); /* the one that the rows name */
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s %s %s", rows[i].method, rows[i].path, rows[i].body ? rows[i].body : "");
    g_auto(Answer) answer = ask(&f, rows[i].scope, rows[i].method, rows[i].path, rows[i].headers, rows[i].body);
    assert_status(&answer, rows[i].status);
    g_assert_nonnull(text_at(&answer, "detail"));
  }
  g_auto(Answer) list = ask(&f, SCOPE_READ, "GET", "/api/v1/conversions", "", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 0);
  fixture_clear(&f);
}

/* A form of a foreign page brings the cookie along, but no token. */
static void test_no_key(void)
{
  static const char *const rows[][2] = {{"POST", "/upload/"},    {"POST", "/convert/"},    {"GET", "/status/1/"},
                                        {"GET", "/download/1/"}, {"GET", "/system_load/"}, {"GET", "/settings/"},
                                        {"POST", "/settings/"}};
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Answer) answer = call_with(&f, rows[i][0], rows[i][1], "", NULL);
    assert_status(&answer, 401);
  }
  fixture_clear(&f);
}

static void test_short(void)
{
  static const struct {
    const char *headers, *format, *resolution, *quality, *codec;
  } rows[] = {
      {JSON_TYPE, "{\"file_id\":\"%s\"}", "1080p", "low", "prores"},
      {JSON_TYPE, "{\"file_id\":%s,\"resolution\":\"1280x720\",\"quality\":\"HQ\"}", "720p", "high", "prores"},
      {JSON_TYPE, "{\"file_id\":\"%s\",\"resolution\":540,\"quality\":null}", "540p", "low", "prores"},
      {URLENCODED, "file_id=%s&resolution=original&quality=medium&codec=dnxhr", "source", "medium", "dnxhr"},
      {URLENCODED, "file_id=+%s&resolution=", "1080p", "low", "prores"},
      {URLENCODED, "{\"file_id\":\"%s\"}", "1080p", "low", "prores"}, /* what curl -d says of JSON */
      {MULTIPART, FIELD("file_id", "%s") FIELD("quality", "low") "--xyz--\r\n", "1080p", "low", "prores"},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *file_id = send_file(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *body = g_strdup_printf(rows[i].format, file_id);
    g_test_message("%s", body);
    g_auto(Answer) made = ask(&f, SCOPE_OPERATE, "POST", "/convert/", rows[i].headers, body);
    assert_status(&made, 200);
    g_autofree char *path = g_strdup_printf("/api/v1/conversions/%s", text_at(&made, "job_id"));
    g_auto(Answer) it = ask(&f, SCOPE_READ, "GET", path, "", NULL);
    g_assert_cmpstr(text_at(&it, "resolution"), ==, rows[i].resolution);
    g_assert_cmpstr(text_at(&it, "quality"), ==, rows[i].quality);
    g_assert_cmpstr(text_at(&it, "codec"), ==, rows[i].codec);
    g_autofree char *status = g_strdup_printf("/status/%s/", text_at(&made, "job_id"));
    g_auto(Answer) waits = ask(&f, SCOPE_READ, "GET", status, "", NULL);
    assert_status(&waits, 200);
    g_assert_cmpstr(text_at(&waits, "status"), ==, "uploaded");
    g_assert_true(json_is_null(json_object_get(waits.body, "error")));
    if (i == 0) {
      finish(&f, answer_int(&it, "id"), "a film");
      g_auto(Answer) done = ask(&f, SCOPE_READ, "GET", status, "", NULL);
      g_assert_cmpstr(text_at(&done, "status"), ==, "completed");
      g_assert_cmpfloat(json_number_value(json_object_get(done.body, "progress")), ==, 100);
      g_autofree char *download = g_strdup_printf("/download/%s/", text_at(&made, "job_id"));
      g_auto(Answer) file = ask(&f, SCOPE_READ, "GET", download, "", NULL);
      assert_status(&file, 200);
      g_assert_cmpstr(file.text, ==, "a film");
    } else {
      g_autofree char *cancel = g_strconcat(path, "/cancel", NULL);
      g_auto(Answer) cancelled = ask(&f, SCOPE_OPERATE, "POST", cancel, "", NULL);
      assert_status(&cancelled, 200);
      g_auto(Answer) failed = ask(&f, SCOPE_READ, "GET", status, "", NULL);
      g_assert_cmpstr(text_at(&failed, "status"), ==, "failed");
      g_assert_cmpstr(text_at(&failed, "error"), ==, "It was cancelled.");
    }
  }
  g_auto(Answer) load = ask(&f, SCOPE_READ, "GET", "/system_load/", "", NULL);
  assert_status(&load, 200);
  g_assert_cmpint(answer_int(&load, "processors"), >, 0);
  fixture_clear(&f);
}

static void test_short_settings(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) before = ask(&f, SCOPE_READ, "GET", "/settings/", "", NULL);
  assert_status(&before, 200);
  g_assert_cmpint(answer_int(&before, "retention_hours"), ==, 48);
  g_auto(Answer) changed = ask(&f, SCOPE_ADMIN, "POST", "/settings/", URLENCODED, "quality=high&retention_hours=5");
  assert_status(&changed, 200);
  g_assert_cmpstr(text_at(&changed, "quality"), ==, "high");
  g_assert_cmpint(answer_int(&changed, "retention_hours"), ==, 5);
  g_autofree char *directory = g_build_filename(f.directory, "elsewhere", "deep", NULL);
  g_autofree char *body = g_strdup_printf("{\"directory\":\"%s\"}", directory);
  g_auto(Answer) moved = ask(&f, SCOPE_ADMIN, "POST", "/settings/", JSON_TYPE, body);
  assert_status(&moved, 200);
  g_assert_true(g_file_test(directory, G_FILE_TEST_IS_DIR));
  g_assert_cmpstr(text_at(&moved, "directory"), ==, directory);
  fixture_clear(&f);
}

static void test_ranges(void)
{
  static const struct {
    const char *headers;
    int status;
    const char *text, *content_range;
  } rows[] = {
      {"", 200, "0123456789", NULL},
      {"Range: bytes=2-4\r\n", 206, "234", "bytes 2-4/10"},
      {"Range: bytes=8-\r\n", 206, "89", "bytes 8-9/10"},
      {"Range: bytes=-3\r\n", 206, "789", "bytes 7-9/10"},
      {"Range: bytes=0-1,4-5\r\n", 200, "0123456789", NULL},
      {"Range: bytes=10-\r\n", 416, NULL, "bytes */10"},
      {"Range: bytes=2-4\r\nIf-Range: \"other\"\r\n", 200, "0123456789", NULL},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *file_id = send_file(&f);
  g_autofree char *body = g_strdup_printf("{\"upload\":%s}", file_id);
  g_auto(Answer) made = ask(&f, SCOPE_OPERATE, "POST", "/api/v1/conversions", JSON_TYPE, body);
  finish(&f, answer_int(&made, "id"), "0123456789");
  g_autofree char *path = g_strdup_printf("/api/v1/conversions/%" G_GINT64_FORMAT "/file", answer_int(&made, "id"));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].headers);
    g_auto(Answer) answer = ask(&f, SCOPE_READ, "GET", path, rows[i].headers, NULL);
    assert_status(&answer, rows[i].status);
    if (rows[i].text)
      g_assert_cmpstr(answer.text, ==, rows[i].text);
    g_autofree char *range = header_of(&answer, "Content-Range");
    g_assert_cmpstr(range, ==, rows[i].content_range);
  }
  g_auto(Answer) whole = ask(&f, SCOPE_READ, "HEAD", path, "Range: bytes=2-4\r\n", NULL); /* which counts for GET alone */
  assert_status(&whole, 200);
  g_autofree char *length = header_of(&whole, "Content-Length"), *etag = header_of(&whole, "ETag"),
                  *date = header_of(&whole, "Last-Modified"), *disposition = header_of(&whole, "Content-Disposition"),
                  *accepts = header_of(&whole, "Accept-Ranges"), *type = header_of(&whole, "Content-Type");
  g_assert_cmpstr(length, ==, "10");
  g_assert_cmpstr(accepts, ==, "bytes");
  g_assert_cmpstr(type, ==, "video/quicktime");
  g_assert_nonnull(strstr(disposition, "filename*=UTF-8''%C3%9Cn%C4%B1%20_x_.prores-low-1080p.mov"));
  for (int by_date = 0; by_date <= 1; by_date++) {
    g_autofree char *headers = g_strdup_printf("Range: bytes=2-4\r\nIf-Range: %s\r\n", by_date ? date : etag);
    g_auto(Answer) part = ask(&f, SCOPE_READ, "GET", path, headers, NULL);
    assert_status(&part, 206);
    g_assert_cmpstr(part.text, ==, "234");
  }
  g_autofree char *known = g_strdup_printf("If-None-Match: %s\r\n", etag);
  g_auto(Answer) unchanged = ask(&f, SCOPE_READ, "GET", path, known, NULL);
  assert_status(&unchanged, 304);
  fixture_clear(&f);
}

static void test_disposition(void)
{
  static const char *const rows[][2] = {
      {"a film.mov", "attachment; filename=\"a film.mov\""},
      {"100%.mov", "attachment; filename=\"100_.mov\"; filename*=UTF-8''100%25.mov"},
      {"a\"b\\c.mov", "attachment; filename=\"a_b_c.mov\"; filename*=UTF-8''a%22b%5Cc.mov"},
      {"x\r\nSet-Cookie: a", "attachment; filename=\"x__Set-Cookie: a\"; filename*=UTF-8''x%0D%0ASet-Cookie%3A%20a"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *value = headers_disposition(rows[i][0]);
    g_assert_cmpstr(value, ==, rows[i][1]);
  }
}

/* A page of another origin, with tus-js-client or fetch. */
static void test_cors(void)
{
  static const char *const origins[] = {"https://films.example", NULL};
  Fixture f;
  fixture_init_with(&f, (ApiParams){.cors_origins = origins});
  fixture_offer(&f);
  g_auto(Answer) preflight = call_with(&f, "OPTIONS", "/api/v1/uploads",
                                       "Origin: https://films.example\r\nAccess-Control-Request-Method: PATCH\r\n"
                                       "Access-Control-Request-Headers: tus-resumable,upload-offset,x-api-key\r\n",
                                       NULL);
  assert_status(&preflight, 204);
  g_autofree char *methods = header_of(&preflight, "Access-Control-Allow-Methods"),
                  *headers = header_of(&preflight, "Access-Control-Allow-Headers");
  g_assert_nonnull(strstr(methods, "PATCH"));
  static const char *const allowed[] = {"Tus-Resumable",   "Upload-Offset", "Upload-Length", "Upload-Metadata",
                                        "Upload-Checksum", "Range",         "X-Api-Key"};
  for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
    g_assert_nonnull(strstr(headers, allowed[i]));
  g_auto(Answer) foreign = call_with(&f, "OPTIONS", "/api/v1/uploads",
                                     "Origin: https://others.example\r\nAccess-Control-Request-Method: PATCH\r\n", NULL);
  assert_status(&foreign, 401);
  g_assert_null(strstr(foreign.head, "Access-Control-Allow-Origin"));
  g_auto(Answer) made = ask(&f, SCOPE_OPERATE, "POST", "/api/v1/uploads",
                            "Origin: https://films.example\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 5\r\n", NULL);
  assert_status(&made, 201);
  g_autofree char *exposed = header_of(&made, "Access-Control-Expose-Headers"),
                  *origin = header_of(&made, "Access-Control-Allow-Origin");
  g_assert_cmpstr(origin, ==, "https://films.example");
  static const char *const shown[] = {"Location",       "Upload-Offset", "Tus-Resumable",
                                      "Upload-Expires", "Content-Range", "Content-Disposition"};
  for (size_t i = 0; i < G_N_ELEMENTS(shown); i++)
    g_assert_nonnull(strstr(exposed, shown[i]));
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/conversions/life", test_life);
  g_test_add_func("/conversions/refused", test_refused);
  g_test_add_func("/conversions/no-key", test_no_key);
  g_test_add_func("/conversions/short", test_short);
  g_test_add_func("/conversions/short-settings", test_short_settings);
  g_test_add_func("/conversions/ranges", test_ranges);
  g_test_add_func("/conversions/disposition", test_disposition);
  g_test_add_func("/conversions/cors", test_cors);
  return g_test_run();
}
