#include "base/error.h"
#include "wire/json.h"

#include <locale.h>
#include <string.h>

/* Parsed and written again. */
static void test_text(void)
{
  static const struct {
    const char *in, *out; /* out NULL: the same */
  } rows[] = {
      {"null", NULL},
      {" true ", "true"},
      {"0", NULL},
      {"-0", "0"},
      {"9007199254740993", NULL}, /* 2^53 + 1 */
      {"9223372036854775807", NULL},
      {"-9223372036854775808", NULL},
      {"5.0", NULL},
      {"23.976", NULL},
      {"0.1", NULL},
      {"-2.5e-7", "-2.5e-07"},
      {"1e3", "1000.0"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"0.30000000000000004", NULL},
      {"\"\"", NULL},
      {"\"\\u00fc \\ud83c\\udfac / \\/ \\u0001\\b\\f\\n\\r\\t\\\"\\\\\"", "\"ü 🎬 / / \\u0001\\b\\f\\n\\r\\t\\\"\\\\\""},
      {"[]", NULL},
      {"{}", NULL},
      {"[1, [2, {\"a\": []}], \"x\"]", "[1,[2,{\"a\":[]}],\"x\"]"},
      {"{\"z\":1,\"a\":2,\"m\":3,\"\":4}", NULL}, /* in the order given */
      {"\"[[[[{{{\\\"[[[\"", NULL},               /* brackets in strings are no depth */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) value = json_parse(rows[i].in, strlen(rows[i].in), &error);
    g_assert_no_error(error);
    g_autofree char *text = json_text(value);
    g_assert_cmpstr(text, ==, rows[i].out ? rows[i].out : rows[i].in);
  }
}

static void assert_refused(const char *text, size_t length, ReeveErrorCode code, const char *part)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) value = json_parse(text, length, &error);
  g_assert_null(value);
  g_assert_error(error, REEVE_ERROR, (int)code);
  g_assert_true(g_utf8_validate(error->message, -1, NULL));
  if (!strstr(error->message, part))
    g_error("\"%s\" lacks \"%s\"", error->message, part);
}

static void test_invalid(void)
{
#define ROW(text, part)                                                                                                          \
  {                                                                                                                              \
    text, sizeof(text) - 1, part                                                                                                 \
  }
  static const struct {
    const char *text;
    size_t length;
    const char *part;
  } rows[] = {
      ROW("", "line 1, column 0"),
      ROW("   ", "not valid"),
      ROW("{", "line 1, column 1"),
      ROW("[1,]", "line 1, column 4"),
      ROW("{\n \"a\": 1,\n \"b\" 2}", "line 3, column 6"),
      ROW("1 2", "line 1, column 3"),
      ROW("{\"a\":1,\"a\":2}", "duplicate"),
      ROW("{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "duplicate"),
      ROW("\"\xff\"", "decode byte"),
      ROW("\"\xc3\"", "decode byte"),
      ROW("\"\xed\xa0\x80\"", "decode byte"), /* an encoded surrogate */
      ROW("\"\xc0\x80\"", "decode byte"),     /* NUL, two bytes long */
      ROW("\"a\\u0000b\"", "u0000"),
      ROW("{\"a\\u0000b\":1}", "not valid"),
      ROW("\"a\0b\"", "NUL byte"),
      ROW("1\0", "line 1, column 2"),
      ROW("{}\n\n \0x", "line 3, column 2"),
      ROW("\"\\ud800\"", "not valid"),
      ROW("\"\n\"", "not valid"),
      ROW("9223372036854775808", "too big"),
      ROW("-99999999999999999999999999", "too big"),
      ROW("1e999", "overflow"),
      ROW("NaN", "not valid"),
      ROW("Infinity", "not valid"),
      ROW("01", "not valid"),
      ROW("0x10", "not valid"),
      ROW("+1", "not valid"),
      ROW("'a'", "not valid"),
      ROW("// comment\n1", "not valid"),
      ROW("\xef\xbb\xbf{}", "not valid"),
      ROW("[}", "not valid"),
      ROW("]", "not valid"),
      ROW("\"\\", "not valid"),
  };
#undef ROW
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("row %zu, %s", i, rows[i].part);
    assert_refused(rows[i].text, rows[i].length, REEVE_ERROR_INVALID, rows[i].part);
  }
}

/* A problem text that jansson cuts within a character. */
static void test_long_message(void)
{
  for (int shift = 0; shift < 4; shift++) {
    g_autoptr(GString) text = g_string_new("{\"");
    for (int i = 0; i < shift; i++)
      g_string_append_c(text, 'x');
    for (int i = 0; i < 100; i++)
      g_string_append(text, "🎬");
    g_string_append(text, "\" oops");
    assert_refused(text->str, text->len, REEVE_ERROR_INVALID, "not valid");
  }
}

static char *repeat(const char *part, size_t n)
{
  GString *text = g_string_sized_new(strlen(part) * n + 1);
  for (size_t i = 0; i < n; i++)
    g_string_append(text, part);
  return g_string_free(text, FALSE);
}

static void test_caps(void)
{
  g_autofree char *open = repeat("[", JSON_MAX_DEPTH + 1), *close = repeat("]", JSON_MAX_DEPTH + 1);
  g_autofree char *deepest = g_strconcat(open + 1, close + 1, NULL);
  g_autoptr(json_t) value = json_parse(deepest, strlen(deepest), NULL);
  g_assert_nonnull(value);
  g_autofree char *too_deep = g_strconcat(open, close, NULL);
  assert_refused(too_deep, strlen(too_deep), REEVE_ERROR_LIMIT, "deeper than 64");

  g_autofree char *bomb = repeat("[{\"a\":", 1000000);
  assert_refused(bomb, strlen(bomb), REEVE_ERROR_LIMIT, "deeper");
  g_autofree char *wide = repeat("{},", JSON_MAX_VALUES / 5 + 1);
  assert_refused(wide, strlen(wide), REEVE_ERROR_LIMIT, "values");
  g_autofree char *many = repeat("0,", JSON_MAX_VALUES + 1);
  assert_refused(many, strlen(many), REEVE_ERROR_LIMIT, "values");
  g_autofree char *large = repeat(" ", JSON_MAX_BYTES + 1);
  assert_refused(large, strlen(large), REEVE_ERROR_LIMIT, "larger");
}

int main(int argc, char **argv)
{
  setlocale(LC_ALL, "");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json/text", test_text);
  g_test_add_func("/json/invalid", test_invalid);
  g_test_add_func("/json/long-message", test_long_message);
  g_test_add_func("/json/caps", test_caps);
  return g_test_run();
}
