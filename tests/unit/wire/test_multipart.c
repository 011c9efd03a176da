/* Forms cut into pieces in every way, and forms that are none. */
#include "base/error.h"
#include "wire/multipart.h"

#include <string.h>

/* What a handler saw, as one text: "name|file|type=data;". */
typedef struct {
  GString *text;
  const char *refuses; /* the part of this name */
} Seen;

static bool on_part(const MultipartPart *part, void *user_data, GError **error)
{
  Seen *seen = user_data;
  g_string_append_printf(seen->text, "%s|%s|%s=", part->name, part->file_name ? part->file_name : "-",
                         part->content_type ? part->content_type : "-");
  return g_strcmp0(part->name, seen->refuses) != 0 || fail(error, REEVE_ERROR_LIMIT, "No.");
}

static bool on_data(const void *bytes, size_t length, void *user_data, GError **error)
{
  g_string_append_len(((Seen *)user_data)->text, bytes, (gssize)length);
  return true;
}

static bool on_end(void *user_data, GError **error)
{
  g_string_append_c(((Seen *)user_data)->text, ';');
  return true;
}

/* What is seen of a body that comes in pieces of so many bytes; NULL with an error. The caller frees it. */
static char *read_form(const char *type, const char *body, size_t length, size_t piece, const char *refuses, GError **error)
{
  g_autoptr(GString) text = g_string_new(NULL);
  Seen seen = {.text = text, .refuses = refuses};
  const MultipartHandler handler = {.on_part = on_part, .on_data = on_data, .on_end = on_end, .user_data = &seen};
  g_autoptr(MultipartReader) reader = multipart_reader_new(type, &handler, error);
  for (size_t at = 0; reader && at < length; at += piece)
    if (!multipart_reader_feed(reader, body + at, MIN(piece, length - at), error))
      return NULL;
  return reader && multipart_reader_finish(reader, error) ? g_strdup(text->str) : NULL;
}

#define TYPE "multipart/form-data; boundary=xyz"
#define PART(headers, data) "--xyz\r\n" headers "\r\n\r\n" data "\r\n"
#define FIELD(name, data) PART("Content-Disposition: form-data; name=\"" name "\"", data)
#define END "--xyz--\r\n"

static void test_good(void)
{
  static const struct {
    const char *type, *body, *seen;
  } rows[] = {
      {TYPE, FIELD("a", "1") END, "a|-|-=1;"},
      {TYPE, FIELD("a", "") FIELD("b", "2") "--xyz--", "a|-|-=;b|-|-=2;"},
      {"Multipart/Form-Data;charset=utf-8; Boundary=\"xyz\"", FIELD("a", "1") END, "a|-|-=1;"},
      {"multipart/form-data; boundary=\"x y'()+_,-./:=?z\"",
       "--x y'()+_,-./:=?z\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x y'()+_,-./:=?z--", "a|-|-=1;"},
      {TYPE, "preamble\r\n--xy\r\n" FIELD("a", "1") END "epilogue\r\n--xyz\r\n", "a|-|-=1;"},
      {TYPE,
       PART("content-disposition: form-data; name=\"file\"; filename=\"f.mov\"\r\nContent-Type: video/quicktime", "data") END,
       "file|f.mov|video/quicktime=data;"},
      {TYPE, PART("Content-Type: text/plain\r\nContent-Disposition: form-data;name=file;filename=f.mov", "x") END,
       "file|f.mov|text/plain=x;"},
      {TYPE, PART("Content-Disposition: form-data; name=\"f\"; filename=\"a\\\"b\\\\c.mov\"", "x") END, "f|a\"b\\c.mov|-=x;"},
      {TYPE, PART("Content-Disposition: form-data; name=\"f\"; filename=\"C:\\films\\x.mov\"", "x") END,
       "f|C:\\films\\x.mov|-=x;"},
      {TYPE, PART("Content-Disposition: form-data; name=\"f\"; filename=\"x\"; filename*=UTF-8''%C3%A4.mov", "x") END,
       "f|ä.mov|-=x;"},
      {TYPE, PART("Content-Disposition: form-data; name=\"f\"; filename=\"a; name=b.mov\"", "x") END, "f|a; name=b.mov|-=x;"},
      {TYPE, PART("Content-Disposition: form-data; name=\"f\"; filename=\"\"", "") END, "f||-=;"},
      /* what looks like a delimiter and is none */
      {TYPE, FIELD("a", "\r\n--xy\r\n-\r\r\r\n\r\n--xyw--xyz") END, "a|-|-=\r\n--xy\r\n-\r\r\r\n\r\n--xyw--xyz;"},
      {TYPE, FIELD("a", "\r") END, "a|-|-=\r;"},
      {TYPE, "--xyz \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" END, "a|-|-=1;"},
      {TYPE, END, ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    size_t length = strlen(rows[i].body);
    for (size_t piece = 1; piece <= length; piece++) {
      g_autoptr(GError) error = NULL;
      g_autofree char *seen = read_form(rows[i].type, rows[i].body, length, piece, NULL, &error);
      g_assert_no_error(error);
      g_assert_cmpstr(seen, ==, rows[i].seen);
    }
  }
}

static void test_bad(void)
{
  static const struct {
    const char *type, *body;
  } rows[] = {
      {"application/json", END},
      {"multipart/mixed; boundary=xyz", END},
      {"multipart/form-data", END},
      {"multipart/form-data; boundary=", END},
      {"multipart/form-data; boundary=\"x\r\ny\"", END},
      {"multipart/form-data; boundary=\"xyz \"", END},
      {"multipart/form-data; boundary=1234567890123456789012345678901234567890123456789012345678901234567890x", END},
      {TYPE, ""},
      {TYPE, "nothing of the kind"},
      {TYPE, FIELD("a", "1")}, /* no end */
      {TYPE, FIELD("a", "1") "--xyz-"},
      {TYPE, "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n"}, /* in the headers */
      {TYPE, FIELD("a", "1") "--xyzq\r\n" END},
      {TYPE, "--xyz-\r\n" END},
      {TYPE, PART("Content-Type: text/plain", "no name") END},
      {TYPE, "--xyz\r\n\r\nno headers\r\n" END},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    size_t length = strlen(rows[i].body);
    for (size_t piece = 1; piece <= MAX(length, 1); piece++) {
      g_autoptr(GError) error = NULL;
      g_assert_null(read_form(rows[i].type, rows[i].body, length, piece, NULL, &error));
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    }
  }
}

static void test_bounds(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) many = g_string_new(NULL);
  for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
    g_string_append(many, FIELD("a", "1"));
  g_string_append(many, END);
  g_assert_null(read_form(TYPE, many->str, many->len, 100, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);

  g_clear_error(&error);
  g_autofree char *filler = g_strnfill(MULTIPART_HEADER_MAX_BYTES, 'h');
  g_autofree char *headers = g_strconcat("--xyz\r\nX: ", filler, NULL);
  g_assert_null(read_form(TYPE, headers, strlen(headers), 1000, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);

  g_clear_error(&error);
  static const char zero[] = "--xyz\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\n\r\n" END;
  g_assert_null(read_form(TYPE, zero, sizeof zero - 1, 1000, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);

  g_clear_error(&error);
  static const char two[] = FIELD("good", "1") FIELD("bad", "2") END;
  g_assert_null(read_form(TYPE, two, strlen(two), 1000, "bad", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT); /* the handler's own */
}

static void test_media_types(void)
{
  g_assert_true(media_type_is("application/json", "application/json"));
  g_assert_true(media_type_is("Application/JSON; a=b", "application/json"));
  g_assert_true(media_type_is("application/json\t", "application/json"));
  g_assert_false(media_type_is("application/jsons", "application/json"));
  g_assert_false(media_type_is("application/jso", "application/json"));
  g_assert_false(media_type_is(NULL, "application/json"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/multipart/good", test_good);
  g_test_add_func("/multipart/bad", test_bad);
  g_test_add_func("/multipart/bounds", test_bounds);
  g_test_add_func("/multipart/media-types", test_media_types);
  return g_test_run();
}
