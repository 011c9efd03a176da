#include "sample.h"

#include <math.h>

static void test_defaults(void)
{
  Sample sample;
  record_init(&sample_table, &sample);
  g_assert_cmpint(sample.id, ==, 0);
  g_assert_cmpstr(sample.name, ==, "");
  g_assert_true(sample.enabled);
  g_assert_cmpint(sample.count, ==, 7);
  g_assert_cmpint(sample.limit, ==, FIELD_NULL_INT);
  g_assert_cmpfloat(sample.ratio, ==, 0.5);
  g_assert_true(isnan(sample.quality));
  g_assert_cmpint(sample.codec, ==, CODEC_HEVC);
  g_assert_cmpint(sample.tune, ==, FIELD_NULL_ENUM);
  g_assert_null(sample.note);
  g_assert_null(sample.extra);
  g_assert_cmpuint(g_strv_length(sample.tags), ==, 2);
  g_assert_cmpstr(sample.tags[1], ==, "two");
  g_assert_null(sample.only);
  g_assert_cmpuint(sample.sizes->len, ==, 2);
  g_assert_cmpint(g_array_index(sample.sizes, int64_t, 1), ==, -2);
  g_assert_cmpint(sample.inner.level, ==, 5);
  g_assert_null(sample.parts);
  record_clear(&sample_table, &sample);
  Sample zero = {0};
  g_assert_cmpmem(&sample, sizeof sample, &zero, sizeof zero);
  record_clear(&sample_table, &sample); /* of a zeroed struct */
}

static void test_first_enum_row(void)
{
  static const Field field = FIELD_ENUM(Sample, codec, sample_codecs);
  Sample sample = {0};
  field_set_null(&field, &sample);
  g_assert_cmpint(sample.codec, ==, CODEC_H264); /* the first row, not 0 */
}

static void wrong_default(void)
{
  typedef struct {
    int64_t count;
  } Wrong;
  static const Field fields[] = {FIELD_INT(Wrong, count, .max = 10, .preset = "11")};
  static const FieldTable table = FIELD_TABLE(Wrong, "Wrong", NULL, fields);
  Wrong wrong;
  record_init(&table, &wrong);
}

static void test_wrong_default(void)
{
  if (g_test_subprocess()) {
    wrong_default();
    return;
  }
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_failed();
  g_test_trap_assert_stderr("*\"11\" in table Wrong is wrong: count must be from 0 to 10*");
}

static void test_copy_and_equal(void)
{
  Sample sample, copy;
  sample_fill(&sample);
  record_copy(&sample_table, &sample, &copy);
  g_assert_true(record_equal(&sample_table, &sample, &copy));
  g_assert_true(sample.note != copy.note && sample.tags != copy.tags && sample.sizes != copy.sizes);
  g_assert_true(sample.parts != copy.parts && sample.parts->pdata[0] != copy.parts->pdata[0]);

  /* Each field tells by itself. */
  Sample plain;
  record_init(&sample_table, &plain);
  for (size_t i = 0; i < sample_table.n_fields; i++) {
    const Field *field = &sample_table.fields[i];
    g_test_message("%s", field->name);
    g_assert_false(field_equal(field, &sample, &plain));
    field_clear(field, &copy);
    field_copy(field, &plain, &copy);
    g_assert_false(record_equal(&sample_table, &sample, &copy));
    field_clear(field, &copy);
    field_copy(field, &sample, &copy);
    g_assert_true(record_equal(&sample_table, &sample, &copy));
  }
  ((SampleInner *)copy.parts->pdata[1])->level++;
  g_assert_false(record_equal(&sample_table, &sample, &copy));
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &copy);
  record_clear(&sample_table, &plain);
}

static void test_null_counts_as_empty(void)
{
  Sample a = {0}, b = {0};
  b.name = g_strdup("");
  b.extra = g_strdup("null");
  b.tags = g_new0(char *, 1);
  b.sizes = g_array_new(FALSE, FALSE, sizeof(int64_t));
  b.parts = records_new(&sample_inner_table);
  g_assert_true(record_equal(&sample_table, &a, &b));
  b.only = g_new0(char *, 1); /* but absent and empty differ where a list may be absent */
  g_assert_false(record_equal(&sample_table, &a, &b));
  g_clear_pointer(&b.only, g_strfreev);
  b.note = g_strdup("");
  g_assert_false(record_equal(&sample_table, &a, &b));
  record_clear(&sample_table, &b);
}

static void test_heap(void)
{
  g_autoptr(GPtrArray) records = records_new(&sample_table);
  for (int i = 0; i < 3; i++)
    g_ptr_array_add(records, record_new(&sample_table));
  Sample *taken = g_ptr_array_steal_index(records, 1);
  g_assert_cmpint(taken->count, ==, 7);
  record_free(&sample_table, taken);
  record_free(&sample_table, NULL);
}

static void test_enum_table(void)
{
  int value = 77;
  g_assert_cmpstr(enum_name(&sample_codecs, CODEC_AV1), ==, "av1");
  g_assert_null(enum_name(&sample_codecs, 0));
  g_assert_true(enum_value(&sample_codecs, "h264", &value));
  g_assert_cmpint(value, ==, CODEC_H264);
  g_assert_false(enum_value(&sample_codecs, "H264", &value));
  g_assert_false(enum_value(&sample_codecs, NULL, &value));
  g_assert_cmpint(value, ==, CODEC_H264);
  g_autofree char *choices = enum_choices(&sample_codecs);
  g_assert_cmpstr(choices, ==, "h264, hevc or av1");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/record/defaults", test_defaults);
  g_test_add_func("/record/first-enum-row", test_first_enum_row);
  g_test_add_func("/record/wrong-default", test_wrong_default);
  g_test_add_func("/record/copy-and-equal", test_copy_and_equal);
  g_test_add_func("/record/null-counts-as-empty", test_null_counts_as_empty);
  g_test_add_func("/record/heap", test_heap);
  g_test_add_func("/record/enum-table", test_enum_table);
  return g_test_run();
}
