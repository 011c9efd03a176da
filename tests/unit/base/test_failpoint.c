#include "base/failpoint.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef REEVE_FAILPOINTS

/* What the points answer, by rule. */
static void test_rules(void)
{
  static const struct {
    const char *rules;
    const char *points; /* passed in this order */
    int answers[6];
  } rows[] = {
      {NULL, "a b a", {0, 0, 0}},
      {"", "a b a", {0, 0, 0}},
      {"a:2=EIO", "a b a a", {0, 0, EIO, 0}},
      {"a:*=ENOSPC", "a b a a", {ENOSPC, 0, ENOSPC, ENOSPC}},
      {"*:3=EROFS", "a b a b", {0, 0, EROFS, 0}},
      {"*:*=EXDEV", "a b", {EXDEV, EXDEV}},
      {"fs.*:2=ENOENT", "db.a fs.a fs.b fs.a", {0, 0, ENOENT, 0}},
      {"fs.*:1=EACCES", "fs fs. f.s fs.x", {0, EACCES, 0, 0}},
      {"a:1=EIO, a:2=EOPNOTSUPP,b:1=ENOSPC", "a a b a", {EIO, EOPNOTSUPP, ENOSPC, 0}},
      {"a:1=EIO,*:2=ENOSPC", "a b", {EIO, ENOSPC}}, /* a rule counts also where another answers */
      {"a:b:1=EIO", "a:b a", {EIO, 0}},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].rules);
    failpoint_arm(rows[i].rules);
    g_auto(GStrv) points = g_strsplit(rows[i].points, " ", -1);
    for (int at = 0; points[at]; at++)
      g_assert_cmpint(failpoint(points[at]), ==, rows[i].answers[at]);
  }
  failpoint_arm(NULL);
}

static void count_and_pass(void *data)
{
  ++*(int *)data;
  g_assert_cmpint(failpoint("b"), ==, EIO); /* from inside, points are as ever */
}

static void test_call(void)
{
  int calls = 0;
  failpoint_arm("a:1=ENOSPC,b:*=EIO");
  g_assert_false(failpoint_call("a", count_and_pass, &calls));
  g_assert_cmpint(failpoint("b"), ==, EIO);
  g_assert_cmpint(calls, ==, 0);
  g_assert_cmpint(failpoint("a"), ==, ENOSPC);
  g_assert_cmpint(failpoint("a"), ==, 0);
  g_assert_cmpint(calls, ==, 1);
  g_assert_false(failpoint_call("a", count_and_pass, &calls));
  g_assert_true(failpoint_call(NULL, NULL, NULL)); /* taken back */
  g_assert_cmpint(failpoint("a"), ==, 0);
  g_assert_cmpint(calls, ==, 1);
  failpoint_arm(NULL);
}

static void pass_points(void)
{
  failpoint("one");
  failpoint("two");
  failpoint("one");
}

static int run_with(const char *rules, const char *trace)
{
  pid_t child = fork();
  g_assert_cmpint(child, >=, 0);
  if (child == 0) {
    failpoint_arm(rules);
    if (trace)
      g_setenv("REEVE_FAIL_TRACE", trace, TRUE);
    pass_points();
    _exit(0);
  }
  int status = 0;
  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  return status;
}

/* Dies at point 1, 2, 3; the fourth run goes through. The trace says where it died. */
static void test_death(void)
{
  static const char *const traces[] = {"one\n", "one\ntwo\n", "one\ntwo\none\n", "one\ntwo\none\n"};
  g_autofree char *dir = g_dir_make_tmp("reeve-XXXXXX", NULL);
  g_autofree char *trace = g_build_filename(dir, "trace", NULL);
  for (int n = 1; n <= 4; n++) {
    g_autofree char *rules = g_strdup_printf("*:%d", n);
    int status = run_with(rules, trace);
    g_assert_cmpint(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, ==, n < 4);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(trace, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, traces[n - 1]);
    unlink(trace);
  }
  rmdir(dir);
}

static void test_death_rules(void)
{
  static const struct {
    const char *rules;
    bool dies;
  } rows[] = {{"two:1", true}, {"two:2", false}, {"one:2", true}, {"t*:*", true}, {"x*:1", false}, {"one:1=EIO,two:1", true}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int status = run_with(rows[i].rules, NULL);
    g_assert_cmpint(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, ==, rows[i].dies);
  }
}

static void test_environment(void)
{
  if (g_test_subprocess()) {
    g_assert_cmpint(failpoint("a"), ==, 0);
    g_assert_cmpint(failpoint("a"), ==, ENOSPC);
    return;
  }
  g_setenv("REEVE_FAIL", "a:2=ENOSPC", TRUE);
  g_test_trap_subprocess(NULL, 0, 0);
  g_unsetenv("REEVE_FAIL");
  g_test_trap_assert_passed();
}

static void test_bad_rules(void)
{
  static const char *const bad[] = {"a", "a:", ":1", "a:0", "a:-1", "a:x", "a:1=EFOO", "a:1=", "a:1,", "a:1=5"};
  const char *rule = g_getenv("BAD_RULE");
  if (g_test_subprocess()) {
    failpoint_arm(rule);
    return;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_setenv("BAD_RULE", bad[i], TRUE);
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*is not NAME:N*");
  }
}

#endif

/* Without -DREEVE_FAILPOINTS a point is nothing. */
static void test_compiles(void)
{
  g_assert_cmpint(failpoint("nowhere"), ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/failpoint/compiles", test_compiles);
#ifdef REEVE_FAILPOINTS
  g_test_add_func("/failpoint/rules", test_rules);
  g_test_add_func("/failpoint/call", test_call);
  g_test_add_func("/failpoint/death", test_death);
  g_test_add_func("/failpoint/death-rules", test_death_rules);
  g_test_add_func("/failpoint/environment", test_environment);
  g_test_add_func("/failpoint/bad-rules", test_bad_rules);
#endif
  return g_test_run();
}
