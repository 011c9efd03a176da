#include "../base/sample.h"
#include "base/error.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

/* JSON with ' for ", to be read with the eye. */
static json_t *parse(const char *text)
{
  g_autofree char *quoted = g_strdup(text);
  g_strdelimit(quoted, "'", '"');
  g_autoptr(GError) error = NULL;
  json_t *value = json_parse(quoted, strlen(quoted), &error);
  g_assert_no_error(error);
  return value;
}

/* One rule broken: the one message, and the record untouched. */
static const struct {
  const char *json;
  const char *field, *message;
  JsonMode mode;
} broken[] = {
    {"[]", "", "The input must be an object", JSON_CREATE},
    {"null", "", "The input must be an object", JSON_UPDATE},
    {"'x'", "", "The input must be an object", JSON_TRUSTED},
    {"{}", "name", "name is required", JSON_CREATE},
    {"{'name':null}", "name", "name must not be null", JSON_CREATE},
    {"{'name':''}", "name", "name must not be empty", JSON_UPDATE},
    {"{'name':'123456789012345678901234567890123'}", "name", "name must have at most 32 bytes", JSON_UPDATE},
    {"{'name':'üüüüüüüüüüüüüüüüü'}", "name", "name must have at most 32 bytes", JSON_UPDATE},
    {"{'name':5}", "name", "name must be text", JSON_UPDATE},
    {"{'name':['a']}", "name", "name must be text", JSON_UPDATE},
    {"{'enabled':1}", "enabled", "enabled must be true or false", JSON_UPDATE},
    {"{'enabled':'true'}", "enabled", "enabled must be true or false", JSON_UPDATE},
    {"{'enabled':null}", "enabled", "enabled must not be null", JSON_UPDATE},
    {"{'count':5.0}", "count", "count must be a whole number", JSON_UPDATE},
    {"{'count':'5'}", "count", "count must be a whole number", JSON_UPDATE},
    {"{'count':true}", "count", "count must be a whole number", JSON_UPDATE},
    {"{'count':null}", "count", "count must not be null", JSON_UPDATE},
    {"{'count':-1}", "count", "count must be from 0 to 100", JSON_UPDATE},
    {"{'count':101}", "count", "count must be from 0 to 100", JSON_TRUSTED},
    {"{'big':1e20}", "big", "big must be a whole number", JSON_UPDATE},
    {"{'big':-9223372036854775808}", "big", "big must be more than -9223372036854775808", JSON_UPDATE},
    {"{'limit':-9223372036854775808}", "limit", "limit must be more than -9223372036854775808", JSON_UPDATE},
    {"{'limit':0}", "limit", "limit must be at least 1", JSON_UPDATE},
    {"{'ratio':1.5}", "ratio", "ratio must be from -1 to 1", JSON_UPDATE},
    {"{'ratio':'1'}", "ratio", "ratio must be a number", JSON_UPDATE},
    {"{'ratio':null}", "ratio", "ratio must not be null", JSON_UPDATE},
    {"{'codec':'vp9'}", "codec", "codec must be h264, hevc or av1", JSON_UPDATE},
    {"{'codec':5}", "codec", "codec must be h264, hevc or av1", JSON_UPDATE},
    {"{'codec':null}", "codec", "codec must not be null", JSON_UPDATE},
    {"{'tags':'a'}", "tags", "tags must be a list", JSON_UPDATE},
    {"{'tags':['a',1]}", "tags.1", "tags.1 must be text", JSON_UPDATE},
    {"{'tags':['a',null]}", "tags.1", "tags.1 must be text", JSON_UPDATE},
    {"{'tags':['a','b','c','d']}", "tags", "tags must have at most 3 items", JSON_UPDATE},
    {"{'tags':null}", "tags", "tags must not be null", JSON_UPDATE},
    {"{'only':[]}", "only", "only must not be empty", JSON_UPDATE},
    {"{'sizes':{}}", "sizes", "sizes must be a list", JSON_UPDATE},
    {"{'sizes':[1,2.5]}", "sizes.1", "sizes.1 must be a whole number", JSON_UPDATE},
    {"{'inner':null}", "inner", "inner must not be null", JSON_UPDATE},
    {"{'inner':[]}", "inner", "inner must be an object", JSON_UPDATE},
    {"{'inner':{'level':10}}", "inner.level", "inner.level must be from 1 to 9", JSON_UPDATE},
    {"{'inner':{'colour':1}}", "inner.colour", "inner.colour is not a known field", JSON_UPDATE},
    {"{'inner':{'id':1}}", "inner.id", "inner.id is read-only", JSON_UPDATE},
    {"{'name':'n','inner':{}}", "inner.label", "inner.label is required", JSON_CREATE},
    {"{'parts':{}}", "parts", "parts must be a list", JSON_UPDATE},
    {"{'parts':[1]}", "parts.0", "parts.0 must be an object", JSON_UPDATE},
    {"{'parts':[{'label':'a'},{'level':2}]}", "parts.1.label", "parts.1.label is required", JSON_UPDATE},
    {"{'parts':[{'label':'a'},{'label':'b'},{'label':'c'}]}", "parts", "parts must have at most 2 items", JSON_UPDATE},
    {"{'computed':1}", "computed", "computed is read-only", JSON_UPDATE},
    {"{'id':1}", "id", "id is read-only", JSON_UPDATE},
    {"{'hash':'x'}", "hash", "hash is not a known field", JSON_UPDATE},
    {"{'Name':'x'}", "Name", "Name is not a known field", JSON_UPDATE},
    {"{'':1}", "\"\"", "\"\" is not a known field", JSON_UPDATE},
};

static void test_broken_rules(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
    g_test_message("%s", broken[i].json);
    Sample sample, before;
    sample_fill(&sample);
    record_copy(&sample_table, &sample, &before);
    g_autoptr(json_t) object = parse(broken[i].json);
    g_autoptr(GPtrArray) errors = field_errors_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(json_to_record(&sample_table, object, broken[i].mode, &sample, errors, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_cmpstr(error->message, ==, broken[i].message);
    g_assert_cmpuint(errors->len, ==, 1);
    const FieldError *first = errors->pdata[0];
    g_assert_cmpstr(first->field, ==, broken[i].field);
    g_assert_cmpstr(first->message, ==, broken[i].message);
    g_assert_true(record_equal(&sample_table, &sample, &before));
    record_clear(&sample_table, &sample);
    record_clear(&sample_table, &before);
  }
}

static void test_all_errors(void)
{
  static const char *const fields[] = {"name",          "enabled", "count", "codec",   "tags.0", "tags.2",
                                       "parts.0.label", "parts.1", "id2",   "unknown", NULL};
  g_autoptr(json_t) object = parse("{'id2':1,'count':1000,'enabled':0,'codec':'x','tags':[1,'b',3],'unknown':{},"
                                   "'parts':[{},7]}");
  g_autoptr(GPtrArray) errors = field_errors_new();
  Sample sample;
  record_init(&sample_table, &sample);
  g_assert_false(json_to_record(&sample_table, object, JSON_CREATE, &sample, errors, NULL));
  g_assert_false(json_to_record(&sample_table, object, JSON_CREATE, &sample, NULL, NULL));
  g_assert_cmpuint(errors->len, ==, g_strv_length((char **)fields));
  for (guint i = 0; i < errors->len; i++)
    g_assert_cmpstr(((FieldError *)errors->pdata[i])->field, ==, fields[i]);
  record_clear(&sample_table, &sample);
}

static void test_errors_are_capped(void)
{
  g_autoptr(json_t) object = json_object();
  for (int i = 0; i < 1000; i++) {
    g_autofree char *key = g_strnfill(5000 + i, 'k');
    json_object_set_new(object, key, json_null());
  }
  g_autoptr(GPtrArray) errors = field_errors_new();
  Sample sample;
  record_init(&sample_table, &sample);
  g_assert_false(json_to_record(&sample_table, object, JSON_UPDATE, &sample, errors, NULL));
  g_assert_cmpuint(errors->len, ==, FIELD_ERRORS_MAX);
  g_assert_cmpuint(strlen(((FieldError *)errors->pdata[0])->field), <, 100);
  /* A full list does not make bad input good. */
  g_assert_false(json_to_record(&sample_table, object, JSON_UPDATE, &sample, errors, NULL));
  record_clear(&sample_table, &sample);
}

static void test_create_takes_defaults(void)
{
  g_autoptr(json_t) object = parse("{'name':'n','inner':{'label':'l'},'token':'t','parts':[{'label':'p'}]}");
  Sample sample, expected;
  record_init(&sample_table, &sample);
  g_autoptr(GError) error = NULL;
  g_assert_true(json_to_record(&sample_table, object, JSON_CREATE, &sample, NULL, &error));
  g_assert_no_error(error);
  record_init(&sample_table, &expected);
  expected.parts = records_new(&sample_inner_table);
  SampleInner *part = record_new(&sample_inner_table);
  g_ptr_array_add(expected.parts, part);
  field_set_text(field_find(&sample_inner_table, "label"), part, "p", NULL);
  field_set_text(field_find(&sample_inner_table, "label"), &expected.inner, "l", NULL);
  field_set_text(field_find(&sample_table, "name"), &expected, "n", NULL);
  field_set_text(field_find(&sample_table, "token"), &expected, "t", NULL);
  g_assert_true(record_equal(&sample_table, &sample, &expected));
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &expected);
}

static void test_update_keeps_the_rest(void)
{
  Sample sample, expected;
  sample_fill(&sample);
  record_copy(&sample_table, &sample, &expected);
  g_autoptr(json_t) nothing = parse("{}");
  g_assert_true(json_to_record(&sample_table, nothing, JSON_UPDATE, &sample, NULL, NULL));
  g_assert_true(record_equal(&sample_table, &sample, &expected));

  g_autoptr(json_t) object = parse("{'count':3,'inner':{'level':9},'note':null,'limit':null,'quality':null,'tune':null,"
                                   "'only':null,'extra':null,'parts':[{'label':'new'}]}");
  g_assert_true(json_to_record(&sample_table, object, JSON_UPDATE, &sample, NULL, NULL));
  g_assert_cmpint(sample.count, ==, 3);
  g_assert_cmpint(sample.inner.level, ==, 9);
  g_assert_cmpstr(sample.inner.label, ==, "inside");
  g_assert_cmpstr(sample.name, ==, "Tränen");
  g_assert_null(sample.note);
  g_assert_cmpint(sample.limit, ==, FIELD_NULL_INT);
  g_assert_true(isnan(sample.quality));
  g_assert_cmpint(sample.tune, ==, FIELD_NULL_ENUM);
  g_assert_null(sample.only);
  g_assert_null(sample.extra);
  g_assert_cmpuint(sample.parts->len, ==, 1);
  g_assert_cmpint(((SampleInner *)sample.parts->pdata[0])->level, ==, 5);
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &expected);
}

static void test_numbers(void)
{
  Sample sample;
  record_init(&sample_table, &sample);
  g_autoptr(json_t) object = parse("{'big':9007199254740993,'ratio':1,'quality':9007199254740993,"
                                   "'sizes':[9223372036854775807,-9223372036854775808]}");
  g_assert_true(json_to_record(&sample_table, object, JSON_UPDATE, &sample, NULL, NULL));
  g_assert_cmpint(sample.big, ==, INT64_C(9007199254740993));
  g_assert_cmpfloat(sample.ratio, ==, 1.0); /* a whole number is a real too */
  g_assert_cmpfloat(sample.quality, ==, 0x1p53);
  g_assert_cmpint(g_array_index(sample.sizes, int64_t, 0), ==, INT64_MAX);
  g_assert_cmpint(g_array_index(sample.sizes, int64_t, 1), ==, INT64_MIN);
  record_clear(&sample_table, &sample);
}

static void test_text_limits(void)
{
  Sample sample;
  record_init(&sample_table, &sample);
  g_autofree char *long_text = g_strnfill(FIELD_TEXT_MAX_BYTES + 1, 'x');
  g_autoptr(json_t) too_long = json_pack("{s:s}", "note", long_text);
  g_autoptr(json_t) item_too_long = json_pack("{s:[s]}", "tags", long_text);
  g_autoptr(json_t) good = json_pack("{s:s}", "note", long_text + 1);
  g_autoptr(json_t) any_length = json_pack("{s:s}", "extra", long_text);
  g_autoptr(json_t) with_nul = json_pack("{s:s#}", "note", "a\0b", 3);
  g_autoptr(json_t) item_with_nul = json_pack("{s:[s#]}", "tags", "a\0b", 3);
  g_assert_false(json_to_record(&sample_table, too_long, JSON_UPDATE, &sample, NULL, NULL));
  g_assert_false(json_to_record(&sample_table, item_too_long, JSON_UPDATE, &sample, NULL, NULL));
  g_assert_true(json_to_record(&sample_table, good, JSON_UPDATE, &sample, NULL, NULL));
  g_assert_true(json_to_record(&sample_table, any_length, JSON_UPDATE, &sample, NULL, NULL));
  g_autoptr(GError) error = NULL;
  g_assert_false(json_to_record(&sample_table, with_nul, JSON_TRUSTED, &sample, NULL, &error));
  g_assert_cmpstr(error->message, ==, "note must not contain the NUL character");
  g_assert_false(json_to_record(&sample_table, item_with_nul, JSON_TRUSTED, &sample, NULL, NULL));
  record_clear(&sample_table, &sample);
}

static void test_json_kind(void)
{
  static const char *const values[] = {"{'a':[1,2.5,null,'x'],'b':{}}", "[]", "7", "'text'", "false", "1.5"};
  Sample sample;
  record_init(&sample_table, &sample);
  const Field *extra = field_find(&sample_table, "extra");
  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autoptr(json_t) value = parse(values[i]);
    g_assert_true(json_to_field(extra, value, JSON_UPDATE, &sample, NULL));
    g_autofree char *text = json_text(value);
    g_assert_cmpstr(sample.extra, ==, text);
    g_autoptr(json_t) back = json_from_field(extra, &sample, JSON_PUBLIC);
    g_assert_true(json_equal(value, back));
  }
  g_autoptr(GString) deep = g_string_new(NULL);
  for (int i = 0; i <= JSON_MAX_INNER_DEPTH; i++) {
    g_string_prepend_c(deep, '[');
    g_string_append_c(deep, ']');
  }
  g_autoptr(json_t) too_deep = parse(deep->str);
  g_assert_false(json_to_field(extra, too_deep, JSON_UPDATE, &sample, NULL));
  g_assert_true(json_to_field(extra, json_array_get(too_deep, 0), JSON_UPDATE, &sample, NULL));
  record_clear(&sample_table, &sample);
}

static void test_field(void)
{
  Sample sample;
  sample_fill(&sample);
  g_autoptr(json_t) bad = parse("{'level':0}"), good = parse("{'level':2}"), id = parse("8");
  g_autoptr(GError) error = NULL;
  const Field *inner = field_find(&sample_table, "inner");
  g_assert_false(json_to_field(inner, bad, JSON_UPDATE, &sample, &error));
  g_assert_cmpstr(error->message, ==, "inner.level must be from 1 to 9");
  g_assert_cmpint(sample.inner.level, ==, 5);
  g_assert_true(json_to_field(inner, good, JSON_UPDATE, &sample, NULL));
  g_assert_cmpint(sample.inner.level, ==, 2);
  g_assert_cmpstr(sample.inner.label, ==, "inside");
  g_assert_false(json_to_field(field_find(&sample_table, "id"), id, JSON_CREATE, &sample, NULL));
  g_assert_true(json_to_field(field_find(&sample_table, "id"), id, JSON_TRUSTED, &sample, NULL));
  g_assert_cmpint(sample.id, ==, 8);
  record_clear(&sample_table, &sample);
}

/* What we write in full we read back the same; unknown fields, of a newer version, are passed over. */
static void test_round_trip(void)
{
  Sample sample, back;
  sample_fill(&sample);
  g_autoptr(json_t) object = json_from_record(&sample_table, &sample, JSON_FULL);
  json_object_set_new(object, "from_the_future", json_true());
  g_autofree char *text = json_text(object);
  g_autoptr(json_t) again = json_parse(text, strlen(text), NULL);
  g_autoptr(GError) error = NULL;
  record_init(&sample_table, &back);
  g_assert_true(json_to_record(&sample_table, again, JSON_TRUSTED, &back, NULL, &error));
  g_assert_no_error(error);
  g_assert_true(record_equal(&sample_table, &sample, &back));
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &back);
}

static void test_round_trip_of_absent_values(void)
{
  Sample sample, back;
  record_init(&sample_table, &sample);
  field_set_text(field_find(&sample_table, "name"), &sample, "n", NULL);
  field_set_text(field_find(&sample_inner_table, "label"), &sample.inner, "l", NULL);
  sample_fill(&back);
  g_autoptr(json_t) object = json_from_record(&sample_table, &sample, JSON_FULL);
  g_autoptr(GError) error = NULL;
  g_assert_true(json_to_record(&sample_table, object, JSON_TRUSTED, &back, NULL, &error));
  g_assert_no_error(error);
  g_assert_true(record_equal(&sample_table, &sample, &back));
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &back);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json-to-record/broken-rules", test_broken_rules);
  g_test_add_func("/json-to-record/all-errors", test_all_errors);
  g_test_add_func("/json-to-record/errors-are-capped", test_errors_are_capped);
  g_test_add_func("/json-to-record/create-takes-defaults", test_create_takes_defaults);
  g_test_add_func("/json-to-record/update-keeps-the-rest", test_update_keeps_the_rest);
  g_test_add_func("/json-to-record/numbers", test_numbers);
  g_test_add_func("/json-to-record/text-limits", test_text_limits);
  g_test_add_func("/json-to-record/json-kind", test_json_kind);
  g_test_add_func("/json-to-record/field", test_field);
  g_test_add_func("/json-to-record/round-trip", test_round_trip);
  g_test_add_func("/json-to-record/round-trip-of-absent-values", test_round_trip_of_absent_values);
  return g_test_run();
}
