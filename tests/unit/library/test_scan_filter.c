/* A root's include and exclude globs. The globs themselves are base/test_glob.c's. */
#include "library/scan.h"
#include "library/scan_names.h"

static void test_rule(void)
{
  char *include[] = {"Films/**", "*.mov", NULL}, *exclude[] = {"Extras", "*-trailer.*", NULL}, *nothing[] = {NULL};
  static const struct {
    const char *path;
    bool both, only_exclude;
  } cases[] = {
      {"Films/a.mkv", true, true},  {"Films/Extras/a.mkv", false, false}, {"Films/a-trailer.mkv", false, false},
      {"Other/a.mkv", false, true}, {"Other/a.mov", true, true},          {"a.mov", true, true},
  };
  Root root = {.include = include, .exclude = exclude}, all = {.exclude = exclude}, empty = {.include = nothing};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(scan_is_included(&root, cases[i].path), ==, cases[i].both);
    g_assert_cmpint(scan_is_included(&all, cases[i].path), ==, cases[i].only_exclude);
    g_assert_true(scan_is_included(&empty, cases[i].path));
  }
  g_assert_true(scan_is_pruned(&root, "Films/Extras"));
  g_assert_false(scan_is_pruned(&root, "Other"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/scan-filter/rule", test_rule);
  return g_test_run();
}
