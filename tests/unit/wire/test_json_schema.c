#include "../base/sample.h"
#include "wire/json.h"

#include <string.h>

static json_t *property(json_t *schema, const char *name)
{
  return json_object_get(json_object_get(schema, "properties"), name);
}

static void assert_property(json_t *schema, const char *name, const char *expected)
{
  json_t *value = property(schema, name);
  if (!expected) {
    g_assert_null(value);
    return;
  }
  g_assert_nonnull(value);
  g_autofree char *quoted = g_strdup(expected);
  g_strdelimit(quoted, "'", '"');
  g_autofree char *text = json_text(value);
  g_assert_cmpstr(text, ==, quoted);
}

static const struct {
  const char *name;
  const char *create, *output; /* NULL: not there */
} rows[] = {
    {"id", NULL, "{'type':'integer','format':'int64','description':'The number it is known by.','readOnly':true}"},
    {"name", "{'type':'string','format':'path','minLength':1,'maxLength':32,'description':'A name.'}",
     "{'type':'string','format':'path','minLength':1,'maxLength':32,'description':'A name.'}"},
    {"enabled", "{'type':'boolean','default':true}", "{'type':'boolean'}"},
    {"count", "{'type':'integer','format':'int64','minimum':0,'maximum':100,'default':7}",
     "{'type':'integer','format':'int64','minimum':0,'maximum':100}"},
    {"limit", "{'type':['integer','null'],'format':'int64','minimum':1}",
     "{'type':['integer','null'],'format':'int64','minimum':1}"},
    {"ratio", "{'type':'number','format':'double','minimum':-1,'maximum':1,'default':0.5}",
     "{'type':'number','format':'double','minimum':-1,'maximum':1}"},
    {"quality", "{'type':['number','null'],'format':'double','x-advanced':true}",
     "{'type':['number','null'],'format':'double','x-advanced':true}"},
    {"codec",
     "{'type':'string','title':'SampleCodec','enum':['h264','hevc','av1'],'x-enum-help':{'h264':'plays everywhere'},"
     "'default':'hevc'}",
     "{'type':'string','title':'SampleCodec','enum':['h264','hevc','av1'],'x-enum-help':{'h264':'plays everywhere'}}"},
    {"tune",
     "{'type':['string','null'],'title':'SampleCodec','enum':['h264','hevc','av1',null],"
     "'x-enum-help':{'h264':'plays everywhere'}}",
     "{'type':['string','null'],'title':'SampleCodec','enum':['h264','hevc','av1',null],"
     "'x-enum-help':{'h264':'plays everywhere'}}"},
    {"token", "{'type':'string','maxLength':64,'writeOnly':true}", NULL},
    {"hash", NULL, NULL},
    {"extra", "{}", "{}"},
    {"tags", "{'type':'array','items':{'type':'string'},'maxItems':3,'default':['one','two']}",
     "{'type':'array','items':{'type':'string'},'maxItems':3}"},
    {"only", "{'type':['array','null'],'items':{'type':'string'},'minItems':1}",
     "{'type':['array','null'],'items':{'type':'string'},'minItems':1}"},
    {"sizes", "{'type':'array','items':{'type':'integer','format':'int64'},'default':[1,-2]}",
     "{'type':'array','items':{'type':'integer','format':'int64'}}"},
    {"inner", "{'$ref':'#/components/schemas/SampleInnerInput'}", "{'$ref':'#/components/schemas/SampleInner'}"},
    {"parts", "{'type':'array','items':{'$ref':'#/components/schemas/SampleInnerInput'},'maxItems':2}",
     "{'type':'array','items':{'$ref':'#/components/schemas/SampleInner'},'maxItems':2}"},
    {"computed", NULL, "{'type':'integer','format':'int64','readOnly':true}"},
};

static void test_properties(void)
{
  g_autoptr(json_t) create = json_schema(&sample_table, JSON_CREATE);
  g_autoptr(json_t) output = json_schema(&sample_table, JSON_TRUSTED);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].name);
    assert_property(create, rows[i].name, rows[i].create);
    assert_property(output, rows[i].name, rows[i].output);
  }
}

static void test_required(void)
{
  g_autoptr(json_t) create = json_schema(&sample_table, JSON_CREATE);
  g_autoptr(json_t) update = json_schema(&sample_table, JSON_UPDATE);
  g_autoptr(json_t) output = json_schema(&sample_table, JSON_TRUSTED);
  json_t *required = json_object_get(create, "required");
  g_assert_cmpuint(json_array_size(required), ==, 1);
  g_assert_cmpstr(json_string_value(json_array_get(required, 0)), ==, "name");
  g_assert_true(json_is_false(json_object_get(create, "additionalProperties")));
  g_assert_null(json_object_get(update, "required"));
  assert_property(update, "count", "{'type':'integer','format':'int64','minimum':0,'maximum':100}");
  g_assert_cmpuint(json_array_size(json_object_get(output, "required")), ==,
                   json_object_size(json_object_get(output, "properties")));
  g_assert_null(json_object_get(output, "additionalProperties"));
}

/* The public view of a record has exactly the properties of the output schema. */
static void test_agrees_with_output(void)
{
  Sample sample;
  sample_fill(&sample);
  g_autoptr(json_t) schema = json_schema(&sample_table, JSON_TRUSTED);
  g_autoptr(json_t) object = json_from_record(&sample_table, &sample, JSON_PUBLIC);
  g_assert_cmpuint(json_object_size(object), ==, json_object_size(json_object_get(schema, "properties")));
  const char *key;
  json_t *value;
  json_object_foreach(object, key, value) g_assert_nonnull(property(schema, key));
  record_clear(&sample_table, &sample);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json-schema/properties", test_properties);
  g_test_add_func("/json-schema/required", test_required);
  g_test_add_func("/json-schema/agrees-with-output", test_agrees_with_output);
  return g_test_run();
}
