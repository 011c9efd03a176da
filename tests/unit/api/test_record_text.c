/* Record text against the tree it stands for: whatever the table, both must say the same. */
#include "api/record_text.h"
#include "encode/plan.h"
#include "store/access.h"
#include "store/file.h"
#include "store/job.h"
#include "store/replacement.h"
#include "store/root.h"
#include "wire/json.h"

#include <float.h>
#include <math.h>

static void assert_same(const FieldTable *table, const void *record)
{
  g_autoptr(json_t) tree = json_from_record(table, record, JSON_PUBLIC);
  g_autofree char *expected = json_text(tree);
  g_autoptr(GString) text = g_string_new(NULL);
  record_text_append(text, table, record, NULL);
  g_assert_cmpstr(text->str, ==, expected);
}

static void test_tables(void)
{
  static const FieldTable *const tables[] = {&user_table,    &api_key_table,     &file_table,       &job_table,
                                             &job_log_table, &root_table,        &history_table,    &trash_table,
                                             &profile_table, &encode_plan_table, &media_info_table, &library_stats_table};
  for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
    g_test_message("%s", tables[i]->name);
    void *record = record_new(tables[i]);
    assert_same(tables[i], record);
    record_free(tables[i], record);
  }
}

typedef struct {
  bool flag;
  int64_t number;
  double real;
  int role;
  char *text, *json;
  char **strings;
  GArray *ints;
  User user;
  GPtrArray *tags;
  char *secret;
} Sample;

static const Field sample_fields[] = {
    FIELD_BOOL(Sample, flag),
    FIELD_INT(Sample, number, .flags = FIELD_NULLABLE),
    FIELD_REAL(Sample, real, .flags = FIELD_NULLABLE),
    FIELD_ENUM(Sample, role, role_table, .flags = FIELD_NULLABLE),
    FIELD_TEXT(Sample, text, .flags = FIELD_NULLABLE),
    FIELD_JSON(Sample, json, .flags = FIELD_NULLABLE),
    FIELD_STRINGS(Sample, strings),
    FIELD_INTS(Sample, ints),
    FIELD_RECORD(Sample, user, user_table),
    FIELD_RECORDS(Sample, tags, tag_table),
    FIELD_TEXT(Sample, secret, .flags = FIELD_SECRET),
};
static const FieldTable sample_table = FIELD_TABLE(Sample, "Sample", NULL, sample_fields);

static void test_values(void)
{
  static const char *const texts[] = {"",     "plain", "\"quoted\" \\ / back", "line\nbreak\ttab\r\b\f", "\x01\x1f\x7f", "ä€🎬",
                                      "\xff", "a\xc3"};
  static const int64_t numbers[] = {0, 7, -7, INT64_MAX, INT64_MIN + 1, FIELD_NULL_INT};
  static const double reals[] = {0, -0.0, 1, -2, 0.1, 1.0 / 3, 1e15, 1e16, 1e300, DBL_MIN, -123456.789, 1e-7, NAN, INFINITY};
  Sample sample;
  record_init(&sample_table, &sample);
  sample.strings = g_strsplit("a,,\"b\"", ",", -1);
  sample.ints = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_array_append_vals(sample.ints, numbers, G_N_ELEMENTS(numbers));
  sample.tags = records_new(&tag_table);
  g_ptr_array_add(sample.tags, record_new(&tag_table));
  g_ptr_array_add(sample.tags, record_new(&tag_table));
  sample.json = g_strdup("{\"a\":[1,2.5,null]}");
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_free(sample.text);
    sample.text = g_strdup(texts[i]);
    assert_same(&sample_table, &sample);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
    sample.number = numbers[i];
    assert_same(&sample_table, &sample);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(reals); i++) {
    sample.real = reals[i];
    assert_same(&sample_table, &sample);
  }
  sample.role = ROLE_ADMIN;
  sample.flag = true;
  assert_same(&sample_table, &sample);
  record_clear(&sample_table, &sample);
}

static void test_omits(void)
{
  Tag tag = {.name = (char *)"a", .value = (char *)"b"};
  g_autoptr(GString) text = g_string_new(NULL);
  record_text_append(text, &tag_table, &tag, "name");
  g_assert_cmpstr(text->str, ==, "{\"value\":\"b\"}");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/record-text/tables", test_tables);
  g_test_add_func("/record-text/values", test_values);
  g_test_add_func("/record-text/omits", test_omits);
  return g_test_run();
}
