/* Journal entries to text and back, paths of any bytes, and entries that are not to be believed. */
#include "base/error.h"
#include "container/edit_entry.h"

#include <string.h>

static EditPlan *sample_plan(void)
{
  EditPlan *plan = edit_plan_new(EDIT_IN_PLACE, g_strdup("Why."), NULL, 0);
  edit_plan_add(plan, 5, "ab\0", "AB\1", 3);
  edit_plan_add(plan, 900, "x", "y", 1);
  edit_plan_finish(plan);
  plan->seen = (FileStat){.device = 66306, .inode = INT64_MAX, .size_bytes = 1000, .mtime_ns = 12345678901234567};
  return plan;
}

static void test_round_trip(void)
{
  static const char *const paths[] = {"/films/Amélie (2001).mkv", "/a\\b\"c\n.mkv", "/latin1-\xE9.mkv", "/片.mkv", "/\x7f\x01"};
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autoptr(EditPlan) plan = sample_plan();
    g_autoptr(EditEntry) entry = edit_entry_new(paths[i], plan);
    g_autofree char *text = edit_entry_text(entry);
    GError *error = NULL;
    g_autoptr(EditEntry) again = edit_entry_parse(text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_true(record_equal(&edit_entry_table, entry, again));
    g_autofree char *path = edit_entry_path(again);
    g_assert_cmpstr(path, ==, paths[i]);
    g_assert_cmpint(again->inode, ==, INT64_MAX);
    g_autoptr(GPtrArray) ranges = edit_entry_ranges(again, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(ranges->len, ==, plan->ranges->len);
    for (guint r = 0; r < ranges->len; r++) {
      const EditRange *a = plan->ranges->pdata[r], *b = ranges->pdata[r];
      g_assert_cmpint(a->offset, ==, b->offset);
      g_assert_true(g_bytes_equal(a->before, b->before) && g_bytes_equal(a->after, b->after));
    }
  }
}

static void test_refused(void)
{
#define ENTRY(ranges) "{\"path\":\"/f\",\"inode\":1,\"size_bytes\":100,\"ranges\":[" ranges "]}"
  static const struct {
    const char *text;
    bool parses;
  } rows[] = {
      {"", false},
      {"{}", false},
      {"not JSON", false},
      {ENTRY(""), false},
      {ENTRY("{\"offset\":-1,\"before\":\"YQ==\",\"after\":\"Yg==\"}"), false},
      {ENTRY("{\"offset\":1,\"before\":\"\",\"after\":\"\"}"), true},           /* nothing */
      {ENTRY("{\"offset\":1,\"before\":\"YQ==\",\"after\":\"YWI=\"}"), true},   /* other lengths */
      {ENTRY("{\"offset\":100,\"before\":\"YQ==\",\"after\":\"Yg==\"}"), true}, /* past the end */
      {ENTRY("{\"offset\":9223372036854775807,\"before\":\"YQ==\",\"after\":\"Yg==\"}"), true},
      {ENTRY("{\"offset\":5,\"before\":\"YWI=\",\"after\":\"Y2Q=\"},{\"offset\":6,\"before\":\"YQ==\",\"after\":\"Yg==\"}"),
       true},                                                                 /* overlapping */
      {ENTRY("{\"offset\":1,\"before\":\"!!!!\",\"after\":\"Yg==\"}"), true}, /* not base64 */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(EditEntry) entry = edit_entry_parse(rows[i].text, strlen(rows[i].text), &error);
    g_assert_cmpint(entry != NULL, ==, rows[i].parses);
    g_assert_true(!entry || !edit_entry_ranges(entry, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
  }
}

/* The most that a plan can hold goes into an entry and comes back. */
static void test_largest(void)
{
  g_autofree char *zeros = g_malloc0(EDIT_MAX_BYTES), *ones = g_malloc(EDIT_MAX_BYTES);
  memset(ones, 1, EDIT_MAX_BYTES);
  for (int spread = 0; spread < 2; spread++) {
    g_autoptr(EditPlan) plan = edit_plan_new(EDIT_IN_PLACE, g_strdup("Why."), NULL, 0);
    plan->seen.size_bytes = INT64_MAX;
    for (int64_t i = 0; i < (spread ? EDIT_MAX_BYTES : 1); i++)
      edit_plan_add(plan, i * 100, zeros, ones, spread ? 1 : EDIT_MAX_BYTES);
    edit_plan_finish(plan);
    g_assert_cmpint(plan->bytes, ==, EDIT_MAX_BYTES);
    g_autoptr(EditEntry) entry = edit_entry_new("/f", plan);
    g_autofree char *text = edit_entry_text(entry);
    GError *error = NULL;
    g_autoptr(EditEntry) again = edit_entry_parse(text, strlen(text), &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) ranges = edit_entry_ranges(again, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(ranges->len, ==, plan->ranges->len);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/edit_entry/round_trip", test_round_trip);
  g_test_add_func("/edit_entry/refused", test_refused);
  g_test_add_func("/edit_entry/largest", test_largest);
  return g_test_run();
}
