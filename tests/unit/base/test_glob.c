#include "base/glob.h"

#include <glib.h>

static void test_glob(void)
{
  static const struct {
    const char *pattern, *path;
    bool fits;
  } cases[] = {
      {"a.mkv", "a.mkv", true},
      {"a.mkv", "A.mkv", false},
      {"a.mkv", "a.mkvx", false},
      {"", "a.mkv", false},
      /* one name anywhere */
      {"*.mkv", "a.mkv", true},
      {"*.mkv", "x/y/a.mkv", true},
      {"*.sample.*", "Film (2001)/Film.sample.mkv", true},
      {"*sample*", "Film/Example.mkv", false},
      {"Extras", "Film/Extras/a.mkv", true},
      {"Extras/", "Film/Extras/a.mkv", true},
      {"Extras", "Film/Extras 2/a.mkv", false},
      {"?.mkv", "a.mkv", true},
      {"?.mkv", "ab.mkv", false},
      {"?.mkv", "é.mkv", true},
      {"?.mkv", "\xff.mkv", true},
      /* from the root */
      {"/Extras", "Extras/a.mkv", true},
      {"/Extras", "Film/Extras/a.mkv", false},
      {"Film/*.mkv", "Film/a.mkv", true},
      {"Film/*.mkv", "x/Film/a.mkv", false},
      {"Film/*.mkv", "Film/b/a.mkv", false},
      {"Film/*", "Film/b/a.mkv", true}, /* fits the directory Film/b */
      {"*/*.mkv", "Film/a.mkv", true},
      {"*/*.mkv", "a.mkv", false},
      {"F?lm/a.mkv", "F/lm/a.mkv", false},
      /* across directories */
      {"**/*.avi", "a.avi", true},
      {"**/*.avi", "x/y/a.avi", true},
      {"**/*.avi", "x/y/a.mkv", false},
      {"a/**/b.mkv", "a/b.mkv", true},
      {"a/**/b.mkv", "a/x/b.mkv", true},
      {"a/**/b.mkv", "a/x/y/b.mkv", true},
      {"a/**/b.mkv", "a/xb.mkv", false},
      {"a/**/b.mkv", "ab.mkv", false},
      {"a/**", "a/x/y.mkv", true},
      {"a/**", "a", false},
      {"a/**", "ab/y.mkv", false},
      {"a**b/c.mkv", "ax/yb/c.mkv", true},
      {"**/x/*/z*.mkv", "a/x/x/b/zz.mkv", true},
      {"**/x/*/z*.mkv", "a/x/b/c/zz.mkv", false},
      {"a/**/*.part*.mkv", "a/b.part/c.part2.mkv", true},
      {"**", "anything/at/all", true},
      /* classes and escapes */
      {"S0[1-3]", "S02/e.mkv", true},
      {"S0[1-3]", "S04/e.mkv", false},
      {"S0[!1-3]", "S04/e.mkv", true},
      {"[]]", "]", true},
      {"[a-]", "-", true},
      {"[é-ü]", "ö", true},
      {"a[/]b/c", "a/b/c", false},
      {"[1080p", "[1080p", true},
      {"\\[1080p\\]*", "[1080p] Film.mkv", true},
      {"a\\*b", "a*b", true},
      {"a\\*b", "axb", false},
      {"a\\", "a\\", true},
      {"*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
      {"é\xc3", "é\xc3", true}, /* cut in the middle of a character: nothing is read behind the end */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    if (glob_match(cases[i].pattern, cases[i].path) != cases[i].fits)
      g_error("\"%s\" and \"%s\" should%s fit", cases[i].pattern, cases[i].path, cases[i].fits ? "" : " not");
  }
}

static void test_effort(void)
{
  g_autoptr(GString) pattern = g_string_new("x/");
  g_autoptr(GString) path = g_string_new("x/");
  for (int i = 0; i < 200; i++)
    g_string_append(pattern, i % 5 ? "*a" : "**a");
  g_string_append(pattern, "b");
  for (int i = 0; i < 2000; i++)
    g_string_append(path, i % 10 ? "a" : "a/");
  int64_t before = g_get_monotonic_time();
  g_assert_false(glob_match(pattern->str, path->str));
  g_assert_cmpint(g_get_monotonic_time() - before, <, 5 * G_USEC_PER_SEC);
}

static void test_complaints(void)
{
  static const struct {
    const char *pattern, *complaint;
  } rows[] = {
      {"a", NULL},      {"[a-z]*.mkv", NULL}, {"\\[x", NULL},   {"[]]", NULL},          {"[!]]", NULL},       {"/**/x", NULL},
      {"", "is empty"}, {"[a", "bracket"},    {"[", "bracket"}, {"a\\\\[x", "bracket"}, {"a\\", "backslash"}, {"\xff", "UTF-8"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *complaint = glob_complaint(rows[i].pattern);
    if (!rows[i].complaint ? complaint != NULL : !complaint || !g_strrstr(complaint, rows[i].complaint))
      g_error("\"%s\": %s", rows[i].pattern, complaint ? complaint : "no complaint");
  }
}

static void test_shapes(void)
{
  static const struct {
    const char *pattern;
    size_t literal_prefix, wildcards;
  } rows[] = {
      {"", 0, 0},      {"/a/b", 4, 0}, {"/a/*", 3, 1},    {"/a/**/b/*", 3, 2}, {"*", 0, 1},
      {"a\\*b", 3, 0}, {"a[b", 3, 0},  {"a[bc]d?", 1, 2}, {"***", 0, 1},       {"\\", 1, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    GlobShape shape = glob_shape(rows[i].pattern);
    g_test_message("row %zu: %s", i, rows[i].pattern);
    g_assert_cmpuint(shape.literal_prefix, ==, rows[i].literal_prefix);
    g_assert_cmpuint(shape.wildcards, ==, rows[i].wildcards);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/glob/match", test_glob);
  g_test_add_func("/base/glob/effort", test_effort);
  g_test_add_func("/base/glob/complaints", test_complaints);
  g_test_add_func("/base/glob/shapes", test_shapes);
  return g_test_run();
}
