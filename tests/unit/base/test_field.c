#include "base/error.h"
#include "sample.h"

#include <math.h>
#include <string.h>

static void test_find(void)
{
  g_assert_true(field_find(&sample_table, "ratio") == &sample_fields[6]);
  g_assert_null(field_find(&sample_table, "Ratio"));
  g_assert_null(field_find(&sample_table, ""));
}

static void test_set_text_refuses(void)
{
  static const struct {
    const char *field, *text, *message;
  } rows[] = {
      {"enabled", "yes", "enabled must be true or false"},
      {"enabled", "", "enabled must be true or false"},
      {"count", "7.0", "count must be a whole number"},
      {"count", "", "count must be a whole number"},
      {"count", "-1", "count must be from 0 to 100"},
      {"count", "101", "count must be from 0 to 100"},
      {"limit", "0", "limit must be at least 1"},
      {"limit", "-9223372036854775808", "limit must be more than -9223372036854775808"},
      {"big", "-9223372036854775808", "big must be more than -9223372036854775808"},
      {"big", "9223372036854775808", "big must be a whole number"},
      {"ratio", "1.01", "ratio must be from -1 to 1"},
      {"ratio", "nan", "ratio must be a number"},
      {"quality", "inf", "quality must be a number"},
      {"codec", "vp9", "codec must be h264, hevc or av1"},
      {"codec", "", "codec must be h264, hevc or av1"},
      {"name", "", "name must not be empty"},
      {"name", " \t\xc2\xa0", "name must not be blank"},
      {"name", "123456789012345678901234567890123", "name must have at most 32 bytes"},
      {"name", "\xff", "name must be valid UTF-8"},
      {"tags", "a,b,c,d", "tags must have at most 3 items"},
      {"tags", "a,\xff", "tags must have items of valid UTF-8"},
      {"only", "", "only must not be empty"},
      {"sizes", "1,x", "sizes must be whole numbers separated by commas"},
      {"inner", "x", "inner has parts of its own and cannot be set from one text"},
      {"parts", "x", "parts has parts of its own and cannot be set from one text"},
  };
  Sample sample, before;
  sample_fill(&sample);
  record_copy(&sample_table, &sample, &before);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_test_message("row %zu: %s", i, rows[i].field);
    g_assert_false(field_set_text(field_find(&sample_table, rows[i].field), &sample, rows[i].text, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_cmpstr(error->message, ==, rows[i].message);
    g_assert_true(record_equal(&sample_table, &sample, &before));
  }
  record_clear(&sample_table, &sample);
  record_clear(&sample_table, &before);
}

static void test_set_text_takes(void)
{
  Sample sample;
  sample_fill(&sample); /* sets one of each kind */
  static const char *const emptied[] = {"limit", "quality", "tune"};
  for (size_t i = 0; i < G_N_ELEMENTS(emptied); i++) {
    const Field *field = field_find(&sample_table, emptied[i]);
    g_assert_false(field_is_null(field, &sample));
    g_assert_true(field_set_text(field, &sample, "", NULL));
    g_assert_true(field_is_null(field, &sample));
    g_assert_true(field_check(field, &sample, NULL));
  }
  g_assert_true(field_set_text(field_find(&sample_table, "note"), &sample, "", NULL));
  g_assert_cmpstr(sample.note, ==, ""); /* a nullable text may be empty */
  g_assert_true(field_set_text(field_find(&sample_table, "tags"), &sample, "", NULL));
  g_assert_cmpuint(g_strv_length(sample.tags), ==, 0);
  g_assert_true(field_set_text(field_find(&sample_table, "sizes"), &sample, "", NULL));
  g_assert_cmpuint(sample.sizes->len, ==, 0);
  g_assert_true(field_set_text(field_find(&sample_table, "name"), &sample, "12345678901234567890123456789012", NULL));
  record_clear(&sample_table, &sample);
}

/* Bounds near 2^63, where doubles are 1024 apart, and between whole numbers. */
static void test_int_bounds(void)
{
  static const struct {
    double min, max;
    int64_t value;
    bool good;
  } rows[] = {
      {0, 0x1p53, 9007199254740992, true},
      {0, 0x1p53, 9007199254740993, false},
      {0, 0x1p63, INT64_MAX, true},
      {0x1p62, 0x1p63, 0, false},
      {-0x1p63, 0x1p63, INT64_MIN + 1, true},
      {0.5, 1.5, 1, true},
      {0.5, 1.5, 2, false},
      {0.5, 1.5, 0, false},
      {-5, 0, 0, true},
      {-5, 0, 1, false},
      {-5, 0, -6, false},
      {-1e300, 1e300, INT64_MAX, true},
      {-1e300, -1e299, 0, false},
      {1e299, 1e300, 0, false},
      {3, 0, INT64_MAX, true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Field field = FIELD_INT(Sample, big, .min = rows[i].min, .max = rows[i].max);
    Sample sample = {.big = rows[i].value};
    g_test_message("row %zu", i);
    g_assert_cmpint(field_check(&field, &sample, NULL), ==, rows[i].good);
  }
}

static void test_check(void)
{
  const Field *note = field_find(&sample_table, "note");
  Sample sample = {.quality = INFINITY, .codec = 99};
  g_assert_false(field_check(field_find(&sample_table, "quality"), &sample, NULL));
  g_assert_false(field_check(field_find(&sample_table, "codec"), &sample, NULL));
  g_assert_false(field_check(field_find(&sample_table, "name"), &sample, NULL)); /* NULL counts as "" */
  sample.note = g_strnfill(FIELD_TEXT_MAX_BYTES, 'x');
  g_assert_true(field_check(note, &sample, NULL));
  g_free(sample.note);
  sample.note = g_strnfill(FIELD_TEXT_MAX_BYTES + 1, 'x');
  g_autoptr(GError) error = NULL;
  g_assert_false(field_check(note, &sample, &error));
  g_assert_cmpstr(error->message, ==, "note must have at most 65536 bytes");
  g_free(sample.note);
}

static void test_length_complaint(void)
{
  static const struct {
    const char *field;
    size_t length;
    const char *complaint;
  } rows[] = {
      {"tags", 3, NULL},         {"tags", 4, "must have at most 3 items"}, {"parts", 3, "must have at most 2 items"},
      {"sizes", 1u << 20, NULL}, {"only", 0, "must not be empty"},         {"extra", SIZE_MAX, NULL},
      {"count", SIZE_MAX, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *complaint = field_length_complaint(field_find(&sample_table, rows[i].field), rows[i].length);
    g_assert_cmpstr(complaint, ==, rows[i].complaint);
  }
  static const Field unbounded = FIELD_RECORDS(Sample, parts, sample_inner_table);
  g_autofree char *complaint = field_length_complaint(&unbounded, FIELD_RECORDS_MAX_ITEMS + 1);
  g_assert_cmpstr(complaint, ==, "must have at most 65536 items");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/field/find", test_find);
  g_test_add_func("/field/set-text-refuses", test_set_text_refuses);
  g_test_add_func("/field/set-text-takes", test_set_text_takes);
  g_test_add_func("/field/int-bounds", test_int_bounds);
  g_test_add_func("/field/check", test_check);
  g_test_add_func("/field/length-complaint", test_length_complaint);
  return g_test_run();
}
