/* What senders of uploads may say in headers, and what their names become. */
#include "base/error.h"
#include "convert/tus.h"
#include "convert/upload_name.h"

#include <string.h>

static void test_bytes(void)
{
  static const struct {
    const char *text;
    int64_t bytes; /* -1: refused */
  } rows[] = {{"0", 0},
              {"12", 12},
              {"9223372036854775807", INT64_MAX},
              {"9223372036854775808", -1},
              {"-1", -1},
              {"+1", -1},
              {"1 ", -1},
              {" 1", -1},
              {"1e3", -1},
              {"0x10", -1},
              {"", -1},
              {"1,1", -1},
              {NULL, -1},
              {"99999999999999999999999", -1}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t bytes = -7;
    g_autoptr(GError) error = NULL;
    bool ok = tus_read_bytes("Upload-Length", rows[i].text, &bytes, &error);
    g_assert_cmpint(ok, ==, rows[i].bytes >= 0);
    g_assert_cmpint(bytes, ==, ok ? rows[i].bytes : -7);
    if (!ok) {
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_nonnull(strstr(error->message, "Upload-Length"));
    }
  }
}

static void test_metadata(void)
{
  static const struct {
    const char *text;
    bool good;
    const char *name, *type;
  } rows[] = {
      {NULL, true, NULL, NULL},
      {"", true, NULL, NULL},
      {"filename d29ybGQ=", true, "world", NULL},
      {"filename d29ybGQ=,is_secret", true, "world", NULL},
      {"is_secret ,filename d29ybGQ=", true, "world", NULL},
      {" filename d29ybGQ= , filetype dmlkZW8vbXA0 ", true, "world", "video/mp4"},
      {"name YQ==,filename Yg==", true, "b", NULL},        /* the first key of the list counts, wherever it stands */
      {"filename Li4vLi4veA==", true, "../../x", NULL},    /* as it was sent: upload_name makes it safe */
      {"filetype bm9uc2Vuc2U=", true, NULL, NULL},         /* no media type */
      {"filetype dmlkZW8vbXA0DQpYOiB5", true, NULL, NULL}, /* one with a line break in it */
      {"filename", true, NULL, NULL},
      {"filename d29ybGQ", false, NULL, NULL}, /* padding is missing */
      {"filename d29y bGQ=", false, NULL, NULL},
      {"filename d29ybGQ=,filename d29ybGQ=", false, NULL, NULL},
      {"filename d2=ybGQ=", false, NULL, NULL},
      {"filename ====", false, NULL, NULL},
      {"filename YQBi", false, NULL, NULL}, /* a zero byte */
      {",", false, NULL, NULL},
      {"filename d29ybGQ=,", false, NULL, NULL},
      {"f\303\274r d29ybGQ=", false, NULL, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(TusMetadata) metadata = {0};
    g_autoptr(GError) error = NULL;
    g_test_message("%s", rows[i].text ? rows[i].text : "(none)");
    g_assert_cmpint(tus_metadata_parse(rows[i].text, &metadata, &error), ==, rows[i].good);
    g_assert_cmpstr(metadata.name, ==, rows[i].name);
    g_assert_cmpstr(metadata.content_type, ==, rows[i].type);
    g_assert_cmpint(error == NULL, ==, rows[i].good);
  }
}

/* Many pairs, and one that is large: refused before anything is made of them. */
static void test_bombs(void)
{
  g_autoptr(GString) many = g_string_new("a");
  for (int i = 0; i < TUS_METADATA_PAIRS_MAX; i++)
    g_string_append_printf(many, ",k%d", i);
  g_autofree char *bytes = g_strnfill(TUS_METADATA_VALUE_MAX_BYTES + 3, 'x');
  g_autofree char *encoded = g_base64_encode((const guchar *)bytes, strlen(bytes));
  g_autofree char *large = g_strconcat("filename ", encoded, NULL);
  const char *const rows[] = {many->str, large};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(TusMetadata) metadata = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(tus_metadata_parse(rows[i], &metadata, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
}

static void test_checksum(void)
{
  static const struct {
    const char *text;
    bool good, fits; /* "hello world" */
  } rows[] = {
      {"sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", true, true},
      {"md5 XrY7u+Ae7tCTyyK7j1rNww==", true, true},
      {"sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu4=", true, false},
      {"sha1 XrY7u+Ae7tCTyyK7j1rNww==", false, false},
      {"crc32 DUoRhQ==", false, false},
      {"sha1", false, false},
      {"", false, false},
      {"SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", false, false},
      {"sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0", false, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    TusChecksum checksum;
    g_autoptr(GError) error = NULL;
    g_test_message("%s", rows[i].text);
    g_assert_cmpint(tus_checksum_parse(rows[i].text, &checksum, &error), ==, rows[i].good);
    if (!rows[i].good) {
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
      continue;
    }
    GChecksum *sum = g_checksum_new(checksum.type);
    g_checksum_update(sum, (const guchar *)"hello world", 11);
    g_assert_cmpint(tus_checksum_fits(&checksum, sum), ==, rows[i].fits);
    g_checksum_free(sum);
  }
}

static void test_name(void)
{
  static const struct {
    const char *given, *made;
  } rows[] = {
      {NULL, "upload"},
      {"", "upload"},
      {"film.mkv", "film.mkv"},
      {"../../etc/passwd", "passwd"},
      {"..", "upload"},
      {"../..", "upload"},
      {"/", "upload"},
      {"C:\\films\\a.mov", "a.mov"},
      {"a/", "upload"},
      {".hidden", "hidden"},
      {" x . ", "x"},
      {"a\r\nSet-Cookie: b", "aSet-Cookie_ b"},
      {"a\"b;c'.mp4", "a_b;c'.mp4"},
      {"film\342\200\256vkm.exe", "filmvkm.exe"}, /* U+202E turns the direction */
      {"\377film", "\357\277\275film"},
      {"\303\204\303\226\303\234 \346\230\240\347\224\273.mkv", "\303\204\303\226\303\234 \346\230\240\347\224\273.mkv"},
      {"con", "_con"},
      {"CON .txt", "_CON .txt"},
      {"com1.mkv", "_com1.mkv"},
      {"comx.mkv", "comx.mkv"},
      {"a?b*c|d<e>f", "a_b_c_d_e_f"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *made = upload_name(rows[i].given), *again = upload_name(made);
    g_assert_cmpstr(made, ==, rows[i].made);
    g_assert_cmpstr(again, ==, made);
  }
}

static void test_long_name(void)
{
  for (int shift = 0; shift < 3; shift++) {
    g_autoptr(GString) given = g_string_new(&"ab"[2 - MIN(shift, 2)]);
    for (int i = 0; i < 200; i++)
      g_string_append(given, "\346\230\240");
    g_string_append(given, ".mkv");
    g_autofree char *made = upload_name(given->str), *again = upload_name(made);
    g_assert_cmpuint(strlen(made), <=, UPLOAD_NAME_MAX_BYTES);
    g_assert_cmpuint(strlen(made), >, UPLOAD_NAME_MAX_BYTES - 8);
    g_assert_true(g_utf8_validate(made, -1, NULL));
    g_assert_true(g_str_has_suffix(made, ".mkv"));
    g_assert_cmpstr(again, ==, made);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tus/bytes", test_bytes);
  g_test_add_func("/tus/metadata", test_metadata);
  g_test_add_func("/tus/bombs", test_bombs);
  g_test_add_func("/tus/checksum", test_checksum);
  g_test_add_func("/upload/name", test_name);
  g_test_add_func("/upload/long-name", test_long_name);
  return g_test_run();
}
