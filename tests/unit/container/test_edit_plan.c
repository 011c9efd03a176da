/* Ranges of a plan: what differs and little more, in order, within the limit. */
#include "container/edit_plan.h"

#include <string.h>

static EditPlan *plan_of(const char *before, const char *after)
{
  EditPlan *plan = edit_plan_new(EDIT_IN_PLACE, g_strdup("Why."), NULL, 0);
  edit_plan_add(plan, 10, before, after, strlen(before));
  edit_plan_finish(plan);
  return plan;
}

static void test_ranges(void)
{
  g_autofree char *gap = g_strnfill(70, '-');
  g_autofree char *far_before = g_strconcat("a", gap, "b", NULL), *far_after = g_strconcat("A", gap, "B", NULL);
  const struct {
    const char *before, *after;
    guint n;
    int64_t first, bytes;
  } rows[] = {
      {"", "", 0, 0, 0},          {"same", "same", 0, 0, 0},         {"abc", "aXc", 1, 11, 1},   {"abc", "XYZ", 1, 10, 3},
      {"a--b", "A--B", 1, 10, 4}, {far_before, far_after, 2, 10, 2}, {"abcd", "abcX", 1, 13, 1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(EditPlan) plan = plan_of(rows[i].before, rows[i].after);
    g_assert_cmpuint(plan->ranges->len, ==, rows[i].n);
    g_assert_cmpint(plan->bytes, ==, rows[i].bytes);
    if (rows[i].n > 0)
      g_assert_cmpint(((EditRange *)plan->ranges->pdata[0])->offset, ==, rows[i].first);
    g_autofree char *file = g_strconcat("0123456789", rows[i].before, "end", NULL);
    g_autofree char *expected = g_strconcat("0123456789", rows[i].after, "end", NULL);
    g_assert_true(edit_plan_apply(plan, file, strlen(file)));
    g_assert_cmpstr(file, ==, expected);
  }
}

/* Bytes that are not what the plan saw stop it before it writes any. */
static void test_apply_refuses(void)
{
  g_autofree char *gap = g_strnfill(70, '-');
  g_autofree char *before = g_strconcat("a", gap, "b", NULL), *after = g_strconcat("A", gap, "B", NULL);
  g_autoptr(EditPlan) plan = plan_of(before, after);
  g_autofree char *file = g_strconcat("0123456789", "a", gap, "?", NULL), *copy = g_strdup(file);
  g_assert_false(edit_plan_apply(plan, file, strlen(file)));
  g_assert_cmpstr(file, ==, copy);
  g_assert_false(edit_plan_apply(plan, file, 12)); /* shorter */
}

static void test_order_and_limit(void)
{
  g_autofree char *zeros = g_malloc0(EDIT_MAX_BYTES + 1), *ones = g_malloc(EDIT_MAX_BYTES + 1);
  memset(ones, 1, EDIT_MAX_BYTES + 1);
  g_autoptr(EditPlan) plan = edit_plan_new(EDIT_IN_PLACE, g_strdup("Why."), NULL, 0);
  edit_plan_add(plan, 500, zeros, ones, 10);
  edit_plan_add(plan, 100, zeros, ones, 10);
  edit_plan_finish(plan);
  g_assert_cmpint(((EditRange *)plan->ranges->pdata[0])->offset, ==, 100);
  g_assert_cmpint(plan->bytes, ==, 20);

  g_autoptr(EditPlan) overlapping = edit_plan_new(EDIT_IN_PLACE, g_strdup("Why."), NULL, 0);
  edit_plan_add(overlapping, 100, zeros, ones, 10);
  edit_plan_add(overlapping, 105, zeros, ones, 10);
  edit_plan_finish(overlapping);
  g_assert_cmpint(overlapping->action, ==, EDIT_REMUX);

  for (int over = 0; over < 2; over++) {
    g_autoptr(EditPlan) large = edit_plan_new(EDIT_IN_PLACE, g_strdup("Why."), NULL, 0);
    edit_plan_add(large, 0, zeros, ones, (size_t)EDIT_MAX_BYTES + (size_t)over);
    edit_plan_finish(large);
    g_assert_cmpint(large->action, ==, over ? EDIT_REMUX : EDIT_IN_PLACE);
    g_assert_cmpint(large->bytes, ==, over ? 0 : EDIT_MAX_BYTES);
    g_assert_cmpuint(large->ranges->len, ==, over ? 0 : 1);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/edit_plan/ranges", test_ranges);
  g_test_add_func("/edit_plan/apply_refuses", test_apply_refuses);
  g_test_add_func("/edit_plan/order_and_limit", test_order_and_limit);
  return g_test_run();
}
