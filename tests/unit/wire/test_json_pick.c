#include "wire/json_pick.h"

#include <string.h>

static const char sample[] =
    "{\"text\":\"abc\",\"empty\":\"\",\"null\":null,\"zero\":0,\"minus\":-3,\"many\":9223372036854775807,\"real\":5.1,"
    "\"yes\":true,\"no\":false,\"list\":[1,2],\"in\":{\"deep\":{\"er\":\"x\"}},\"in.deep\":1}";

static json_t *parse(const char *text)
{
  g_autoptr(GError) error = NULL;
  json_t *value = json_parse(text, strlen(text), &error);
  g_assert_no_error(error);
  return value;
}

static void test_text(void)
{
  static const struct {
    const char *path, *text; /* NULL: absent */
  } rows[] = {
      {"text", "abc"},       {"in.deep.er", "x"},   {"empty", NULL},  {"null", NULL}, {"zero", NULL},
      {"yes", NULL},         {"list", NULL},        {"in", NULL},     {"none", NULL}, {"in.deep.no", NULL},
      {"text.deeper", NULL}, {"none.deeper", NULL}, {"list.0", NULL}, {"", NULL},
  };
  g_autoptr(json_t) object = parse(sample);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = json_pick_text(object, rows[i].path, 3);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
  g_assert_null(json_pick_text(object, "text", 2));
}

static void test_numbers(void)
{
  static const struct {
    const char *path;
    int64_t value, positive;
  } rows[] = {
      {"zero", 0, FIELD_NULL_INT},
      {"minus", -3, FIELD_NULL_INT},
      {"many", INT64_MAX, INT64_MAX},
      {"real", FIELD_NULL_INT, FIELD_NULL_INT},
      {"text", FIELD_NULL_INT, FIELD_NULL_INT},
      {"yes", FIELD_NULL_INT, FIELD_NULL_INT},
      {"null", FIELD_NULL_INT, FIELD_NULL_INT},
      {"none", FIELD_NULL_INT, FIELD_NULL_INT},
      {"in.deep", FIELD_NULL_INT, FIELD_NULL_INT}, /* a path, not a key with a dot */
  };
  g_autoptr(json_t) object = parse(sample);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_cmpint(json_pick_int(object, rows[i].path), ==, rows[i].value);
    g_assert_cmpint(json_pick_positive(object, rows[i].path), ==, rows[i].positive);
  }
}

static void test_others(void)
{
  g_autoptr(json_t) object = parse(sample);
  g_assert_true(json_pick_bool(object, "yes"));
  g_assert_false(json_pick_bool(object, "no"));
  g_assert_false(json_pick_bool(object, "text"));
  g_assert_false(json_pick_bool(object, "none"));
  g_assert_cmpuint(json_array_size(json_pick_array(object, "list")), ==, 2);
  g_assert_null(json_pick_array(object, "in"));
  g_assert_true(json_is_object(json_pick(object, "in.deep")));
  g_assert_null(json_pick(object, "null"));
}

static void test_no_object(void)
{
  static const char *const texts[] = {"[1]", "\"text\"", "1", "null", "true"};
  for (size_t i = 0; i <= G_N_ELEMENTS(texts); i++) {
    g_autoptr(json_t) value = i < G_N_ELEMENTS(texts) ? parse(texts[i]) : NULL;
    g_assert_null(json_pick(value, "a"));
    g_assert_null(json_pick_text(value, "a", 10));
    g_assert_null(json_pick_array(value, "a.b"));
    g_assert_false(json_pick_bool(value, "a"));
    g_assert_cmpint(json_pick_int(value, "a"), ==, FIELD_NULL_INT);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json-pick/text", test_text);
  g_test_add_func("/json-pick/numbers", test_numbers);
  g_test_add_func("/json-pick/others", test_others);
  g_test_add_func("/json-pick/no-object", test_no_object);
  return g_test_run();
}
