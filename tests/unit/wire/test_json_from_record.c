#include "../base/sample.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

static void assert_record(const Sample *sample, JsonView view, const char *expected)
{
  g_autofree char *quoted = g_strdup(expected);
  g_strdelimit(quoted, "'", '"');
  g_autoptr(json_t) object = json_from_record(&sample_table, sample, view);
  g_autofree char *text = json_text(object);
  g_assert_cmpstr(text, ==, quoted);
}

static void test_defaults(void)
{
  Sample sample;
  record_init(&sample_table, &sample);
  assert_record(&sample, JSON_PUBLIC,
                "{'id':0,'name':'','enabled':true,'count':7,'big':0,'limit':null,'ratio':0.5,'quality':null,'codec':'hevc',"
                "'tune':null,'note':null,'extra':null,'tags':['one','two'],'only':null,'sizes':[1,-2],"
                "'inner':{'id':0,'label':'','level':5},'parts':[],'computed':0}");
  record_clear(&sample_table, &sample);
}

static void test_full(void)
{
  Sample sample;
  sample_fill(&sample);
  g_clear_pointer(&sample.note, g_free);
  assert_record(&sample, JSON_FULL,
                "{'id':41,'name':'Tränen','enabled':false,'count':100,'big':9223372036854775807,'limit':1,'ratio':-0.125,"
                "'quality':23.976,'codec':'av1','tune':'h264','note':null,'token':'s3cret','hash':'feed',"
                "'extra':{'a':[1,2.5,null,'x'],'b':{}},'tags':['x','','y'],'only':['just this'],"
                "'sizes':[-9223372036854775808,0,5],'inner':{'id':0,'label':'inside','level':5,'password':''},"
                "'parts':[{'id':0,'label':'part 0','level':1,'password':'pw'},"
                "{'id':1,'label':'part 1','level':2,'password':'pw'}],'computed':-3}");
  record_clear(&sample_table, &sample);
}

static void test_secrets_stay(void)
{
  Sample sample;
  sample_fill(&sample);
  g_autoptr(json_t) object = json_from_record(&sample_table, &sample, JSON_PUBLIC);
  g_autofree char *text = json_text(object);
  g_assert_null(strstr(text, "s3cret"));
  g_assert_null(strstr(text, "feed"));
  g_assert_null(strstr(text, "pw"));
  record_clear(&sample_table, &sample);
}

/* What should not be there cannot make it fail. */
static void test_odd_values(void)
{
  Sample sample = {.ratio = NAN, .quality = -INFINITY, .codec = 77, .tune = 99};
  sample.name = g_strdup("a\xff\xc3");
  sample.extra = g_strdup("{not json");
  sample.only = g_new0(char *, 2);
  sample.only[0] = g_strdup("\xf0\x9f");
  assert_record(&sample, JSON_PUBLIC,
                "{'id':0,'name':'a\uFFFD\uFFFD','enabled':false,'count':0,'big':0,'limit':0,'ratio':null,'quality':null,"
                "'codec':null,'tune':null,'note':null,'extra':null,'tags':[],'only':['\uFFFD\uFFFD'],'sizes':[],"
                "'inner':{'id':0,'label':'','level':0},'parts':[],'computed':0}");
  record_clear(&sample_table, &sample);
}

static void test_list(void)
{
  g_autoptr(GPtrArray) records = records_new(&sample_inner_table);
  g_ptr_array_add(records, record_new(&sample_inner_table));
  g_autoptr(json_t) array = json_from_records(&sample_inner_table, records, JSON_PUBLIC);
  g_autofree char *text = json_text(array);
  g_assert_cmpstr(text, ==, "[{\"id\":0,\"label\":\"\",\"level\":5}]");
  g_autoptr(json_t) none = json_from_records(&sample_inner_table, NULL, JSON_PUBLIC);
  g_assert_cmpuint(json_array_size(none), ==, 0);
  g_assert_true(json_is_array(none));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json-from-record/defaults", test_defaults);
  g_test_add_func("/json-from-record/full", test_full);
  g_test_add_func("/json-from-record/secrets-stay", test_secrets_stay);
  g_test_add_func("/json-from-record/odd-values", test_odd_values);
  g_test_add_func("/json-from-record/list", test_list);
  return g_test_run();
}
