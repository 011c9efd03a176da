#include "../base/sample.h"
#include "base/error.h"
#include "wire/yaml.h"

#include <string.h>

/* Every test gives what is required last, so that lines are counted from the top. */
#define REQUIRED "\nname: n\ninner: {label: l}\n"

static bool read_text(const char *text, Sample *ret_sample, GPtrArray *errors, GError **error)
{
  record_init(&sample_table, ret_sample);
  return yaml_to_record(&sample_table, "reeve.yaml", text, strlen(text), ret_sample, errors, error);
}

static void test_document(void)
{
  static const char text[] = "# a comment\n"
                             "name: 1080   # text, because the field is\n"
                             "enabled: false\n"
                             "count: 0\n"
                             "big: +9007199254740993\n"
                             "limit: ~\n"
                             "ratio: -.5\n"
                             "quality: 20\n"
                             "codec: av1\n"
                             "tune:\n"
                             "note: |\n"
                             "  two\n"
                             "  lines\n"
                             "token: '0123'\n"
                             "extra: {a: [1, 2.5, null, x, '7'], b: true}\n"
                             "tags: [1, true, \"null\"]\n"
                             "only: null\n"
                             "sizes:\n"
                             "  - -1\n"
                             "  - 2\n"
                             "inner:\n"
                             "  label: true\n"
                             "  level: 9\n"
                             "parts:\n"
                             "  - label: first\n"
                             "  - {label: 2.0, level: 1}\n";
  Sample sample;
  g_autoptr(GError) error = NULL;
  g_assert_true(read_text(text, &sample, NULL, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(sample.name, ==, "1080");
  g_assert_false(sample.enabled);
  g_assert_cmpint(sample.count, ==, 0);
  g_assert_cmpint(sample.big, ==, INT64_C(9007199254740993));
  g_assert_cmpint(sample.limit, ==, FIELD_NULL_INT);
  g_assert_cmpfloat(sample.ratio, ==, -0.5);
  g_assert_cmpfloat(sample.quality, ==, 20);
  g_assert_cmpint(sample.codec, ==, CODEC_AV1);
  g_assert_cmpint(sample.tune, ==, FIELD_NULL_ENUM);
  g_assert_cmpstr(sample.note, ==, "two\nlines\n");
  g_assert_cmpstr(sample.token, ==, "0123");
  g_assert_cmpstr(sample.extra, ==, "{\"a\":[1,2.5,null,\"x\",\"7\"],\"b\":true}");
  g_autofree char *tags = g_strjoinv("|", sample.tags);
  g_assert_cmpstr(tags, ==, "1|true|null");
  g_assert_null(sample.only);
  g_assert_cmpint(g_array_index(sample.sizes, int64_t, 0), ==, -1);
  g_assert_cmpstr(sample.inner.label, ==, "true");
  g_assert_cmpint(sample.inner.level, ==, 9);
  g_assert_cmpuint(sample.parts->len, ==, 2);
  g_assert_cmpstr(((SampleInner *)sample.parts->pdata[1])->label, ==, "2.0");
  record_clear(&sample_table, &sample);
}

static void test_empty(void)
{
  static const FieldTable optional = {.name = "Optional", .size = sizeof(Sample), .fields = sample_fields + 2, .n_fields = 8};
  static const char *const texts[] = {"", "\n\n", "# nothing\n", "---\n", "---\n...\n", "{}", "~", "\xef\xbb\xbf"};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    Sample sample, defaults;
    record_init(&optional, &sample);
    record_init(&optional, &defaults);
    g_autoptr(GError) error = NULL;
    g_assert_true(yaml_to_record(&optional, "f", texts[i], strlen(texts[i]), &sample, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(record_equal(&optional, &sample, &defaults));
    record_clear(&optional, &sample);
    record_clear(&optional, &defaults);
  }
}

/* One thing wrong: its path, and the message with its place. */
static const struct {
  const char *text;
  const char *field, *message;
  ReeveErrorCode code;
} broken[] = {
    {"count: 101" REQUIRED, "count", "count must be from 0 to 100 (line 1, column 8)", REEVE_ERROR_INVALID},
    {"# first\n\ncount:   no" REQUIRED, "count", "count must be a whole number (line 3, column 10)", REEVE_ERROR_INVALID},
    {"count: '5'" REQUIRED, "count", "count must be a whole number (line 1, column 8)", REEVE_ERROR_INVALID},
    {"count: 99999999999999999999" REQUIRED, "count", "count must be a whole number (line 1, column 8)", REEVE_ERROR_INVALID},
    {"count: 0x10" REQUIRED, "count", "count must be a whole number (line 1, column 8)", REEVE_ERROR_INVALID},
    {"count:" REQUIRED, "count", "count must not be null (line 1, column 1)", REEVE_ERROR_INVALID},
    {"enabled: yes" REQUIRED, "enabled", "enabled must be true or false (line 1, column 10)", REEVE_ERROR_INVALID},
    {"quality: .inf" REQUIRED, "quality", "quality must be a number (line 1, column 10)", REEVE_ERROR_INVALID},
    {"colour: red" REQUIRED, "colour", "colour is not a known field (line 1, column 1)", REEVE_ERROR_INVALID},
    {"name: n\ninner:\n  label: l\n  colour:\n    deep: 1\n", "inner.colour",
     "inner.colour is not a known field (line 4, column 3)", REEVE_ERROR_INVALID},
    {"name: n\ninner:\n  label: l\n  level: 10\n", "inner.level", "inner.level must be from 1 to 9 (line 4, column 10)",
     REEVE_ERROR_INVALID},
    {"inner: {label: l}\n", "name", "name is required (line 1, column 1)", REEVE_ERROR_INVALID},
    {"name: n\ninner:\n  level: 2\n", "inner.label", "inner.label is required (line 3, column 3)", REEVE_ERROR_INVALID},
    {"parts:\n - label: a\n - level: 3" REQUIRED, "parts.1.label", "parts.1.label is required (line 3, column 4)",
     REEVE_ERROR_INVALID},
    {"tags: [a, b,\n  [c]]" REQUIRED, "tags.2", "tags.2 must be text (line 2, column 3)", REEVE_ERROR_INVALID},
    {"tags: {a: b}" REQUIRED, "tags", "tags must be a list (line 1, column 7)", REEVE_ERROR_INVALID},
    {"id: 1" REQUIRED, "id", "id is read-only (line 1, column 5)", REEVE_ERROR_INVALID},
    {"note: üü\ncodec: vp9" REQUIRED, "codec", "codec must be h264, hevc or av1 (line 2, column 8)", REEVE_ERROR_INVALID},
    {"{note: ü, codec: vp9, name: n, inner: {label: l}}", "codec", "codec must be h264, hevc or av1 (line 1, column 18)",
     REEVE_ERROR_INVALID},
    {"- a\n", "", "The input must be an object (line 1, column 1)", REEVE_ERROR_INVALID},
    {"text", "", "The input must be an object (line 1, column 1)", REEVE_ERROR_INVALID},
    {"note: ${REEVE_TEST_UNSET}" REQUIRED, "note",
     "note needs the environment variable REEVE_TEST_UNSET, which is not set (line 1, column 7)", REEVE_ERROR_INVALID},
    {"count: ${REEVE_TEST_UNSET}" REQUIRED, "count",
     "count needs the environment variable REEVE_TEST_UNSET, which is not set (line 1, column 8)", REEVE_ERROR_INVALID},
    {"note: ${REEVE_TEST_BINARY}" REQUIRED, "note",
     "note needs the environment variable REEVE_TEST_BINARY, which is not UTF-8 (line 1, column 7)", REEVE_ERROR_INVALID},
    {"note: a${" REQUIRED, "note",
     "note has a ${ that is not followed by a name and }; write $$ for a dollar sign (line 1, column 7)", REEVE_ERROR_INVALID},
    {"note: ${1A}" REQUIRED, "note",
     "note has a ${ that is not followed by a name and }; write $$ for a dollar sign (line 1, column 7)", REEVE_ERROR_INVALID},
    {"count: 1\ncount: 2" REQUIRED, "count", "count is there twice (line 2, column 1)", REEVE_ERROR_INVALID},
    {"inner:\n  a: 1\n  a: 2\n", "inner.a", "inner.a is there twice (line 3, column 3)", REEVE_ERROR_INVALID},
    {"note: &a x" REQUIRED, "note", "Anchors and aliases (& and *) are not used in this YAML (line 1, column 7)",
     REEVE_ERROR_INVALID},
    {"extra:\n  - &a [x]\n  - *a" REQUIRED, "extra.0",
     "Anchors and aliases (& and *) are not used in this YAML (line 2, column 5)", REEVE_ERROR_INVALID},
    {"extra: *a" REQUIRED, "extra", "Anchors and aliases (& and *) are not used in this YAML (line 1, column 8)",
     REEVE_ERROR_INVALID},
    {"*a : 1" REQUIRED, "", "The YAML has a key that is not plain text (line 1, column 1)", REEVE_ERROR_INVALID},
    {"[a]: 1" REQUIRED, "", "The YAML has a key that is not plain text (line 1, column 1)", REEVE_ERROR_INVALID},
    {"note: !!str x" REQUIRED, "note", "Tags (!) are not used in this YAML; put text in quotation marks (line 1, column 7)",
     REEVE_ERROR_INVALID},
    {"name: n\n---\nname: m\n", "", "The YAML has more than one document (line 2, column 1)", REEVE_ERROR_INVALID},
    {"note: \"a\\0b\"" REQUIRED, "note", "The YAML has a NUL character in a value (line 1, column 7)", REEVE_ERROR_INVALID},
    {"\"a\\0b\": 1" REQUIRED, "", "The YAML has a NUL character in a key (line 1, column 1)", REEVE_ERROR_INVALID},
    {"note: ü\xff" REQUIRED, "", "The YAML is not valid UTF-8 text (line 1, column 8)", REEVE_ERROR_INVALID},
    {"count: 1\nnote: a\x01" REQUIRED, "", "The YAML is not valid: control characters are not allowed (line 2, column 8)",
     REEVE_ERROR_INVALID},
    {"extra: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]" REQUIRED, "extra.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
     "The YAML nests deeper than 16 levels (line 1, column 23)", REEVE_ERROR_LIMIT},
};

static void test_broken_rules(void)
{
  g_setenv("REEVE_TEST_BINARY", "\xff", TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
    Sample sample, defaults;
    g_autoptr(GPtrArray) errors = field_errors_new();
    g_autoptr(GError) error = NULL;
    g_test_message("row %zu", i);
    g_assert_false(read_text(broken[i].text, &sample, errors, &error));
    g_assert_error(error, REEVE_ERROR, (int)broken[i].code);
    g_autofree char *message = g_strconcat("reeve.yaml: ", broken[i].message, NULL);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_cmpuint(errors->len, ==, 1);
    const FieldError *first = errors->pdata[0];
    g_assert_cmpstr(first->field, ==, broken[i].field);
    g_assert_cmpstr(first->message, ==, broken[i].message);
    record_init(&sample_table, &defaults);
    g_assert_true(record_equal(&sample_table, &sample, &defaults));
    record_clear(&sample_table, &sample);
    record_clear(&sample_table, &defaults);
  }
}

/* Syntax that libyaml refuses, by line. */
static void test_syntax(void)
{
  static const struct {
    const char *text, *place;
  } rows[] = {
      {"a: b: c\n", "(line 1, column 5)"},
      {"name: [a, b\n", "(line 2, column 1)"},
      {"name: n\n\tcount: 1\n", "(line 2, column 1)"},
      {"name: \"open\n", "(line 2, column 1)"},
      {"name: n\n  count: 1\n", "(line 2, column 8)"},
      {"name: @x\n", "(line 1, column 7)"},
      {"%YAML 9.9\n---\n", "(line 1, column 1)"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Sample sample;
    g_autoptr(GError) error = NULL;
    g_assert_false(read_text(rows[i].text, &sample, NULL, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, "reeve.yaml: The YAML is not valid: "));
    g_assert_true(g_str_has_suffix(error->message, rows[i].place));
    record_clear(&sample_table, &sample);
  }
}

static void test_all_errors_in_order(void)
{
  static const char *const messages[] = {
      "zebra is not a known field (line 1, column 1)",
      "count must be from 0 to 100 (line 2, column 8)",
      "note needs the environment variable REEVE_TEST_UNSET, which is not set (line 3, column 7)",
      "name must not be empty (line 4, column 7)",
      "inner.label is required (line 5, column 8)",
  };
  Sample sample;
  g_autoptr(GPtrArray) errors = field_errors_new();
  g_assert_false(read_text("zebra: 1\ncount: -1\nnote: ${REEVE_TEST_UNSET}\nname: ''\ninner: {}\n", &sample, errors, NULL));
  g_assert_cmpuint(errors->len, ==, G_N_ELEMENTS(messages));
  for (guint i = 0; i < errors->len; i++)
    g_assert_cmpstr(((FieldError *)errors->pdata[i])->message, ==, messages[i]);
  record_clear(&sample_table, &sample);
}

static void test_environment(void)
{
  static const struct {
    const char *text, *note;
  } rows[] = {
      {"note: ${REEVE_TEST_A}", "alpha: [1]"},
      {"note: x${REEVE_TEST_A}y${REEVE_TEST_A}", "xalpha: [1]yalpha: [1]"},
      {"note: '${REEVE_TEST_A}'", "alpha: [1]"},
      {"note: $${REEVE_TEST_A}", "${REEVE_TEST_A}"},
      {"note: $$$$ $ $x", "$$ $ $x"},
      {"note: ${REEVE_TEST_EMPTY}", ""},
      {"note: ${REEVE_TEST_NULL}", "null"},
      {"note: ${REEVE_TEST_NESTED}", "${REEVE_TEST_A}"}, /* what a variable holds is not looked at again */
  };
  g_setenv("REEVE_TEST_A", "alpha: [1]", TRUE);
  g_setenv("REEVE_TEST_EMPTY", "", TRUE);
  g_setenv("REEVE_TEST_NULL", "null", TRUE);
  g_setenv("REEVE_TEST_NESTED", "${REEVE_TEST_A}", TRUE);
  g_setenv("REEVE_TEST_SEVEN", "77", TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Sample sample;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strconcat(rows[i].text, REQUIRED, NULL);
    g_assert_true(read_text(text, &sample, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(sample.note, ==, rows[i].note);
    record_clear(&sample_table, &sample);
  }
  Sample sample;
  g_assert_true(read_text("count: ${REEVE_TEST_SEVEN}" REQUIRED, &sample, NULL, NULL));
  g_assert_cmpint(sample.count, ==, 77);
  record_clear(&sample_table, &sample);
}

static void test_caps(void)
{
  /* The billion laughs, which begin with an anchor. */
  Sample sample;
  g_autoptr(GError) laughs = NULL, many = NULL, large = NULL, deep = NULL;
  g_assert_false(read_text("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", &sample, NULL, &laughs));
  g_assert_error(laughs, REEVE_ERROR, REEVE_ERROR_INVALID);
  record_clear(&sample_table, &sample);

  g_autoptr(GString) text = g_string_new("extra: [");
  for (int i = 0; i < 60000; i++)
    g_string_append(text, "1,");
  g_string_append(text, "1]" REQUIRED);
  g_assert_false(read_text(text->str, &sample, NULL, &many));
  g_assert_error(many, REEVE_ERROR, REEVE_ERROR_LIMIT);
  record_clear(&sample_table, &sample);

  g_autofree char *spaces = g_strnfill(1024 * 1024 + 1, '\n');
  g_assert_false(read_text(spaces, &sample, NULL, &large));
  g_assert_error(large, REEVE_ERROR, REEVE_ERROR_LIMIT);
  record_clear(&sample_table, &sample);

  g_autofree char *brackets = g_strnfill(1024 * 1024, '[');
  g_assert_false(read_text(brackets, &sample, NULL, &deep));
  record_clear(&sample_table, &sample);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/yaml/document", test_document);
  g_test_add_func("/yaml/empty", test_empty);
  g_test_add_func("/yaml/broken-rules", test_broken_rules);
  g_test_add_func("/yaml/syntax", test_syntax);
  g_test_add_func("/yaml/all-errors-in-order", test_all_errors_in_order);
  g_test_add_func("/yaml/environment", test_environment);
  g_test_add_func("/yaml/caps", test_caps);
  return g_test_run();
}
