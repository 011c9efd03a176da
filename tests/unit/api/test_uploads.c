/* Uploads over HTTP: the rules of tus 1.0.0 one by one, whole bodies, breaks, what is refused. */
#include "server_fixture.h"

#define TUS "Tus-Resumable: 1.0.0\r\n"
#define OFFSET_TYPE "Content-Type: application/offset+octet-stream\r\n"

static Answer ask(const Fixture *f, const char *method, const char *path, const char *headers, const char *body)
{
  g_autofree char *all = g_strdup_printf("X-Api-Key: %s\r\n%s", f->keys[SCOPE_OPERATE], headers);
  return call_with(f, method, path, all, body);
}

static void assert_header(const Answer *answer, const char *name, const char *wanted)
{
  g_autofree char *value = header_of(answer, name);
  g_assert_cmpstr(value, ==, wanted);
}

/* Makes one; its path, which the caller frees. */
static char *create(const Fixture *f, const char *headers, const char *body, int64_t offset)
{
  g_auto(Answer) answer = ask(f, "POST", "/api/v1/uploads", headers, body);
  assert_status(&answer, 201);
  assert_header(&answer, "Tus-Resumable", "1.0.0");
  g_assert_cmpint(answer_int(&answer, "received_bytes"), ==, offset);
  return header_of(&answer, "Location");
}

static void assert_offset(const Fixture *f, const char *path, const char *wanted)
{
  g_auto(Answer) answer = ask(f, "HEAD", path, TUS, NULL);
  assert_status(&answer, 200);
  assert_header(&answer, "Upload-Offset", wanted);
  assert_header(&answer, "Cache-Control", "no-store");
}

static void test_resumed(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *path = create(&f, TUS "Upload-Length: 11\r\nUpload-Metadata: filename Li4vLi4veC5tb3Y=\r\n", NULL, 0);
  assert_offset(&f, path, "0");
  g_auto(Answer) first = ask(&f, "PATCH", path, TUS OFFSET_TYPE "Upload-Offset: 0\r\n", "hello ");
  assert_status(&first, 204);
  assert_header(&first, "Upload-Offset", "6");
  g_assert_cmpstr(first.text, ==, "");
  assert_offset(&f, path, "6");
  g_auto(Answer) overlap = ask(&f, "PATCH", path, TUS OFFSET_TYPE "Upload-Offset: 0\r\n", "hello ");
  assert_status(&overlap, 409);
  assert_header(&overlap, "Tus-Resumable", "1.0.0");
  g_auto(Answer) by_post =
      ask(&f, "POST", path, TUS OFFSET_TYPE "Upload-Offset: 6\r\nX-HTTP-Method-Override: PATCH\r\n", "world");
  assert_status(&by_post, 204);
  g_auto(Answer) whole = ask(&f, "GET", path, "", NULL);
  assert_status(&whole, 200);
  g_assert_cmpstr(json_string_value(json_object_get(whole.body, "state")), ==, "complete");
  g_assert_cmpstr(json_string_value(json_object_get(whole.body, "name")), ==, "x.mov");
  g_assert_null(json_object_get(whole.body, "path"));
  assert_header(&whole, "Upload-Length", "11");
  g_auto(Answer) list = ask(&f, "GET", "/api/v1/uploads", "", NULL);
  assert_status(&list, 200);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 1);
  g_auto(Answer) gone = ask(&f, "DELETE", path, TUS, NULL);
  assert_status(&gone, 204);
  g_auto(Answer) missing = ask(&f, "HEAD", path, TUS, NULL);
  assert_status(&missing, 404);
  fixture_clear(&f);
}

static void test_options(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) answer = ask(&f, "OPTIONS", "/api/v1/uploads", "", NULL);
  assert_status(&answer, 204);
  assert_header(&answer, "Tus-Version", "1.0.0");
  assert_header(&answer, "Tus-Extension", "creation,creation-with-upload,termination,checksum,expiration");
  assert_header(&answer, "Tus-Checksum-Algorithm", "sha1,sha256,sha512,md5");
  assert_header(&answer, "Tus-Max-Size", "68719476736");
  fixture_clear(&f);
}

#define FORM_TYPE "Content-Type: multipart/form-data; boundary=xyz\r\n"
#define FORM_FILE                                                                                                                \
  "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x.mov\"\r\nContent-Type: video/quicktime\r\n\r\n"

static void test_form(void)
{
  static const struct {
    const char *body;
    int status;
  } rows[] = {
      {"--xyz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n" FORM_FILE "hello\r\nworld\r\n--xyz--\r\n", 201},
      {FORM_FILE "hello world\r\n", 422}, /* broke off */
      {FORM_FILE "1\r\n" FORM_FILE "2\r\n--xyz--", 422},
      {"--xyz\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno file\r\n--xyz--", 422},
      {"{}", 422},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Answer) answer = ask(&f, "POST", "/api/v1/uploads", FORM_TYPE, rows[i].body);
    assert_status(&answer, rows[i].status);
    if (rows[i].status != 201)
      continue;
    g_assert_cmpint(answer_int(&answer, "size_bytes"), ==, 12);
    g_assert_cmpstr(json_string_value(json_object_get(answer.body, "name")), ==, "x.mov");
    g_assert_cmpstr(json_string_value(json_object_get(answer.body, "content_type")), ==, "video/quicktime");
    g_assert_cmpstr(json_string_value(json_object_get(answer.body, "state")), ==, "complete");
  }
  g_auto(Answer) list = ask(&f, "GET", "/api/v1/uploads", "", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 1); /* nothing stays of what was refused */
  fixture_clear(&f);
}

/* A body that says it is too long is answered before it comes: nothing of it is sent here. One that says nothing is answered when
 * it is over. */
static void test_announced(void)
{
#define LONG "Content-Length: 70000000\r\n"
  static const struct {
    const char *path, *headers;
    int64_t cap_bytes, reserve_bytes;
    int status;
  } rows[] = {
      {"/upload/", FORM_TYPE LONG, 1000, 0, 413},
      {"/api/v1/uploads", FORM_TYPE LONG, 1000, 0, 413},
      {"/api/v1/uploads", "Content-Type: video/mp4\r\n" LONG, 1000, 0, 413},
      {"/upload/", FORM_TYPE LONG, INT64_MAX, INT64_MAX / 2, 507},
      {"/api/v1/uploads", FORM_TYPE LONG, INT64_MAX, INT64_MAX / 2, 507},
      {"/api/v1/uploads", "Content-Type: video/mp4\r\n" LONG, INT64_MAX, INT64_MAX / 2, 507},
      {"/upload/",
       FORM_TYPE "Transfer-Encoding: chunked\r\n\r\n6d\r\n" FORM_FILE "\r\n5\r\nhello\r\nb\r\n\r\n--xyz--\r\n\r\n0\r\n", 4, 0,
       413},
      {"/upload/",
       FORM_TYPE "Transfer-Encoding: chunked\r\n\r\n6d\r\n" FORM_FILE "\r\n5\r\nhello\r\nb\r\n\r\n--xyz--\r\n\r\n0\r\n", 5, 0,
       200},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_assert_cmpuint(strlen(FORM_FILE), ==, 0x6d);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%zu: %s", i, rows[i].path);
    uploads_set_rules(
        f.uploads,
        &(UploadRules){.cap_bytes = rows[i].cap_bytes, .keep_ms = G_USEC_PER_SEC, .reserve_bytes = rows[i].reserve_bytes});
    g_auto(Answer) answer = ask(&f, "POST", rows[i].path, rows[i].headers, NULL);
    assert_status(&answer, rows[i].status);
  }
  g_auto(Answer) list = ask(&f, "GET", "/api/v1/uploads", "", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 1);
  fixture_clear(&f);
}

/* Two who disagree about where a body ends would disagree about which bytes are a request. */
static void test_framing(void)
{
  static const char *const rows[] = {
      "Content-Length: 5\r\nContent-Length: 6\r\n",           "Content-Length: 5\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",  "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i]);
    int fd = client_connect(&f);
    g_autofree char *request = g_strdup_printf("POST /api/v1/uploads HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\n"
                                               "Content-Type: video/mp4\r\n%s\r\n5\r\nhello\r\n0\r\n\r\n",
                                               f.keys[SCOPE_OPERATE], rows[i]);
    g_assert_true(client_send(fd, request, strlen(request)));
    g_autofree char *text = client_read_until(fd, NULL); /* to the end of the connection: nothing more is read of it */
    g_auto(Answer) answer = answer_parse(text);
    assert_status(&answer, 400);
    assert_header(&answer, "Connection", "close");
    close(fd);
  }
  g_auto(Answer) list = ask(&f, "GET", "/api/v1/uploads", "", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 0);
  fixture_clear(&f);
}

static void test_refused(void)
{
  static const struct {
    const char *method, *headers, *body;
    int status;
  } rows[] = {
      {"POST", TUS, NULL, 400}, /* no length */
      {"POST", TUS "Upload-Length: -1\r\n", NULL, 400},
      {"POST", TUS "Upload-Length: 1x\r\n", NULL, 400},
      {"POST", TUS "Upload-Defer-Length: 1\r\n", NULL, 400},
      {"POST", TUS "Upload-Length: 5\r\nUpload-Metadata: filename !\r\n", NULL, 400},
      {"POST", "Tus-Resumable: 0.2.2\r\nUpload-Length: 5\r\n", NULL, 412},
      {"POST", TUS "Upload-Length: 99999999999999\r\n", NULL, 413},
      {"POST", TUS OFFSET_TYPE "Upload-Length: 3\r\n", "abcd", 413},
      {"POST", TUS "Upload-Length: 5\r\n", "abc", 422}, /* a body of no type */
      {"POST", TUS OFFSET_TYPE "Upload-Length: 5\r\nUpload-Checksum: crc32 AAAA\r\n", "abc", 400},
      {"POST", TUS OFFSET_TYPE "Upload-Length: 3\r\nUpload-Checksum: md5 XrY7u+Ae7tCTyyK7j1rNww==\r\n", "abc", 460},
      {"PATCH", OFFSET_TYPE "Upload-Offset: 0\r\n", "abc", 412},
      {"PATCH", TUS "Upload-Offset: 0\r\nContent-Type: text/x\r\n", "abc", 415},
      {"PATCH", TUS OFFSET_TYPE, "abc", 400},
      {"PATCH", TUS OFFSET_TYPE "Upload-Offset: 3\r\n", "abc", 409},
      {"PATCH", TUS OFFSET_TYPE "Upload-Offset: 0\r\n", "123456789012", 413},
      {"PATCH", TUS OFFSET_TYPE "Upload-Offset: 0\r\nUpload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=\r\n", "hello w0rld", 460},
  };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *path = create(&f, TUS "Upload-Length: 11\r\n", NULL, 0);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s %s", rows[i].method, rows[i].headers);
    const char *where = rows[i].method[1] == 'A' ? path : "/api/v1/uploads";
    g_auto(Answer) answer = ask(&f, rows[i].method, where, rows[i].headers, rows[i].body);
    assert_status(&answer, rows[i].status);
    assert_header(&answer, "Tus-Resumable", "1.0.0");
    assert_offset(&f, path, "0");
  }
  g_auto(Answer) missing = ask(&f, "PATCH", "/api/v1/uploads/999999", TUS OFFSET_TYPE "Upload-Offset: 0\r\n", "abc");
  assert_status(&missing, 404);
  g_auto(Answer) list = ask(&f, "GET", "/api/v1/uploads", "", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 1); /* nothing stays of what was refused */
  g_auto(Answer) good =
      ask(&f, "PATCH", path, TUS OFFSET_TYPE "Upload-Offset: 0\r\nUpload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=\r\n",
          "hello world");
  assert_status(&good, 204);
  fixture_clear(&f);
}

static void test_whole(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_auto(Answer) made = ask(&f, "POST", "/api/v1/uploads?name=a%2Fb.mkv", "Content-Type: video/x-matroska\r\n", "film");
  assert_status(&made, 201);
  g_assert_cmpstr(json_string_value(json_object_get(made.body, "name")), ==, "b.mkv");
  g_assert_cmpstr(json_string_value(json_object_get(made.body, "state")), ==, "complete");
  g_auto(Answer) chunked = ask(&f, "POST", "/api/v1/uploads",
                               "Transfer-Encoding: chunked\r\nContent-Type: video/mp4\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n", NULL);
  assert_status(&chunked, 201);
  g_assert_cmpint(answer_int(&chunked, "size_bytes"), ==, 5);
  g_autofree char *with_body = create(&f, TUS OFFSET_TYPE "Upload-Length: 10\r\n", "hello", 5);
  assert_offset(&f, with_body, "5");
  fixture_clear(&f);
}

/* Larger than every buffer on the way, and than what other bodies may have; the bytes are those that were sent. */
static void test_large(void)
{
  enum { LARGE = 5 * 1024 * 1024 + 7 };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *body = g_malloc(LARGE + 1);
  for (int i = 0; i < LARGE; i++)
    body[i] = (char)('a' + i * 7 % 26);
  body[LARGE] = '\0';
  g_auto(Answer) made = ask(&f, "POST", "/api/v1/uploads", "Content-Type: video/mp4\r\n", body);
  assert_status(&made, 201);
  Upload upload;
  g_assert_true(uploads_get(f.uploads, answer_int(&made, "id"), &upload, NULL));
  g_autofree char *content = NULL;
  gsize length = 0;
  g_assert_true(g_file_get_contents(upload.path, &content, &length, NULL));
  g_assert_cmpmem(content, length, body, LARGE);
  record_clear(&upload_table, &upload);
  fixture_clear(&f);
}

static int64_t offset_now(const Fixture *f, const char *path)
{
  g_auto(Answer) answer = ask(f, "HEAD", path, TUS, NULL);
  assert_status(&answer, 200);
  g_autofree char *offset = header_of(&answer, "Upload-Offset");
  return g_ascii_strtoll(offset, NULL, 10);
}

/* As a sender does that lost its connection: asks where to go on until that is still so when the rest is sent. */
static void go_on(const Fixture *f, const char *path, const char *body)
{
  for (int status = 409; status == 409;) {
    int64_t offset = offset_now(f, path);
    g_autofree char *headers = g_strdup_printf(TUS OFFSET_TYPE "Upload-Offset: %" G_GINT64_FORMAT "\r\n", offset);
    g_auto(Answer) answer = ask(f, "PATCH", path, headers, body + offset);
    status = answer.status;
    if (status != 409)
      assert_status(&answer, 204);
  }
}

/* A sender that goes away half-way, or that seems to be there still: what came is gone on with, once. */
static void test_broken_off(void)
{
  enum { SIZE = 2 * 1024 * 1024, SENT = 1300 * 1024, WRITTEN = 512 * 1024 };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *body = g_malloc(SIZE + 1);
  for (int i = 0; i < SIZE; i++)
    body[i] = (char)('a' + i % 23);
  body[SIZE] = '\0';
  for (int stays = 0; stays <= 1; stays++) {
    g_autofree char *length = g_strdup_printf(TUS "Upload-Length: %d\r\n", SIZE);
    g_autofree char *path = create(&f, length, NULL, 0);
    int fd = client_connect(&f);
    g_autofree char *head = g_strdup_printf("PATCH %s HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\n" TUS OFFSET_TYPE
                                            "Upload-Offset: 0\r\nContent-Length: %d\r\n\r\n",
                                            path, f.keys[SCOPE_OPERATE], SIZE);
    g_assert_true(client_send(fd, head, strlen(head)) && client_send(fd, body, SENT));
    gint64 until_us = g_get_monotonic_time() + CLIENT_LIMIT_S * G_USEC_PER_SEC;
    while (offset_now(&f, path) < WRITTEN)
      g_assert_cmpint(g_get_monotonic_time(), <, until_us);
    if (!stays)
      close(fd);
    go_on(&f, path, body);
    if (stays)
      close(fd);
    Upload upload;
    g_autofree char *content = NULL;
    gsize got = 0;
    g_assert_true(uploads_get(f.uploads, g_ascii_strtoll(strrchr(path, '/') + 1, NULL, 10), &upload, NULL));
    g_assert_cmpint(upload.state, ==, UPLOAD_COMPLETE);
    g_assert_true(g_file_get_contents(upload.path, &content, &got, NULL));
    g_assert_cmpmem(content, got, body, SIZE);
    record_clear(&upload_table, &upload);
  }
  fixture_clear(&f);
}

/* The server ends while somebody sends. */
static void test_stopped(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *path = create(&f, TUS "Upload-Length: 11\r\n", NULL, 0);
  int fd = client_connect(&f);
  g_autofree char *head =
      g_strdup_printf("PATCH %s HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\nExpect: 100-continue\r\n" TUS OFFSET_TYPE
                      "Upload-Offset: 0\r\nContent-Length: 11\r\n\r\n",
                      path, f.keys[SCOPE_OPERATE]);
  g_assert_true(client_send(fd, head, strlen(head)));
  g_autofree char *go_on = client_read_until(fd, "\r\n\r\n");
  g_assert_nonnull(strstr(go_on, "100 Continue"));
  fixture_clear(&f);
  close(fd);
}

/* Begins a request whose body does not come to its end, and returns once the server has taken it on. */
static int begin_patch(const Fixture *f, const char *path, int64_t length, const char *body)
{
  int fd = client_connect(f);
  g_autofree char *head =
      g_strdup_printf("PATCH %s HTTP/1.1\r\nHost: test\r\nX-Api-Key: %s\r\nExpect: 100-continue\r\n" TUS OFFSET_TYPE
                      "Upload-Offset: 0\r\nContent-Length: %" G_GINT64_FORMAT "\r\n\r\n",
                      path, f->keys[SCOPE_OPERATE], length);
  g_assert_true(client_send(fd, head, strlen(head)));
  g_autofree char *go_ahead = client_read_until(fd, "\r\n\r\n");
  g_assert_nonnull(strstr(go_ahead, " 100 "));
  g_assert_true(client_send(fd, body, strlen(body)));
  return fd;
}

/* Two at once, from the same place: the one that began later counts, the other is told so, and polls wait for neither. */
static void test_two_at_once(void)
{
  enum { SIZE = 10 };
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *path = create(&f, TUS "Upload-Length: 10\r\n", NULL, 0);
  int first = begin_patch(&f, path, SIZE, "aaaaa");
  assert_offset(&f, path, "0");
  int second = begin_patch(&f, path, SIZE, "bbbbb");
  assert_offset(&f, path, "0");
  g_assert_true(client_send(second, "bbbbb", 5));
  g_autofree char *good = client_read_until(second, "\r\n\r\n");
  g_assert_nonnull(strstr(good, " 204 "));
  g_assert_true(client_send(first, "aaaaa", 5));
  g_autofree char *late = client_read_until(first, "\r\n\r\n");
  g_assert_nonnull(strstr(late, " 409 "));
  close(first);
  close(second);
  Upload upload;
  g_autofree char *content = NULL;
  g_assert_true(uploads_get(f.uploads, g_ascii_strtoll(strrchr(path, '/') + 1, NULL, 10), &upload, NULL));
  g_assert_true(g_file_get_contents(upload.path, &content, NULL, NULL));
  g_assert_cmpstr(content, ==, "bbbbbbbbbb");
  record_clear(&upload_table, &upload);
  fixture_clear(&f);
}

/* Headers that are a body, and metadata without end. */
static void test_large_headers(void)
{
  Fixture f;
  fixture_init(&f);
  fixture_offer(&f);
  g_autofree char *filler = g_strnfill(40 * 1024, 'a');
  g_autofree char *large = g_strdup_printf(TUS "Upload-Length: 5\r\nUpload-Metadata: filename %s\r\n", filler);
  g_auto(Answer) too_large = ask(&f, "POST", "/api/v1/uploads", large, NULL);
  assert_status(&too_large, 431);
  g_autoptr(GString) pairs = g_string_new(TUS "Upload-Length: 5\r\nUpload-Metadata: filename YQ==");
  for (int i = 0; i < 2000; i++)
    g_string_append_printf(pairs, ",k%d", i);
  g_string_append(pairs, "\r\n");
  g_auto(Answer) too_many = ask(&f, "POST", "/api/v1/uploads", pairs->str, NULL);
  assert_status(&too_many, 400);
  g_auto(Answer) list = ask(&f, "GET", "/api/v1/uploads", "", NULL);
  g_assert_cmpuint(json_array_size(json_object_get(list.body, "items")), ==, 0);
  fixture_clear(&f);
}

int main(int argc, char **argv)
{
  fixture_start(&argc, &argv);
  g_test_add_func("/uploads/resumed", test_resumed);
  g_test_add_func("/uploads/options", test_options);
  g_test_add_func("/uploads/form", test_form);
  g_test_add_func("/uploads/announced", test_announced);
  g_test_add_func("/uploads/framing", test_framing);
  g_test_add_func("/uploads/refused", test_refused);
  g_test_add_func("/uploads/whole", test_whole);
  g_test_add_func("/uploads/large", test_large);
  g_test_add_func("/uploads/two-at-once", test_two_at_once);
  g_test_add_func("/uploads/large-headers", test_large_headers);
  g_test_add_func("/uploads/broken-off", test_broken_off);
  g_test_add_func("/uploads/stopped", test_stopped);
  return g_test_run();
}
