#include "net/breaker.h"

#include <string.h>

/* A story a row: each letter is a step, and the state after it is the letter below. Calls are made one at a time:
 *   s a call succeeds   f a call fails   a a call is abandoned   n a call is refused   . one second passes
 *   C closed   O open   H half-open */
static const struct {
  const char *steps, *states;
} stories[] = {
    {"ffffs", "CCCCC"},         /* four failures are not enough */
    {"ffffsffff", "CCCCCCCCC"}, /* and a success clears them */
    {"fffff", "CCCCO"},
    {"fffffn", "CCCCOO"},
    {"fffff..n", "CCCCOOOO"},
    {"fffff...s", "CCCCOOOOC"}, /* the trial, after three seconds in this rule */
    {"fffff...f", "CCCCOOOOO"}, /* a failed trial opens it at once, */
    {"fffff...f..n", "CCCCOOOOOOOO"},
    {"fffff...f...s", "CCCCOOOOOOOOC"},
    {"fffff...a", "CCCCOOOOO"}, /* a trial that says nothing lets the next caller try at once */
    {"fffff...as", "CCCCOOOOOC"},
    {"ffffaf", "CCCCCO"}, /* while closed, abandoned calls count for nothing */
    {"fffff...sfffff", "CCCCOOOOCCCCCO"},
};

static void test_stories(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
    g_autoptr(Breaker) breaker = breaker_new((BreakerRule){.failures = 5, .open_ms = 3000});
    int64_t now_ms = 1000000;
    g_assert_cmpuint(strlen(stories[i].steps), ==, strlen(stories[i].states));
    for (size_t step = 0; stories[i].steps[step]; step++) {
      char what = stories[i].steps[step];
      BreakerPass pass = {0};
      int64_t wait_ms = 0;
      if (what == '.')
        now_ms += 1000;
      else if (breaker_enter(breaker, now_ms, &pass, &wait_ms) == (what == 'n'))
        g_error("story %zu (%s): step %zu was let through or refused wrongly", i, stories[i].steps, step);
      if (what == 's')
        breaker_succeeded(breaker, pass);
      else if (what == 'f')
        breaker_failed(breaker, pass, now_ms);
      else if (what == 'a')
        breaker_abandoned(breaker, pass);
      char state = "COH"[breaker_figures(breaker, now_ms).state];
      if (state != stories[i].states[step])
        g_error("story %zu (%s): after step %zu it is %c", i, stories[i].steps, step, state);
    }
  }
}

static void test_defaults_and_figures(void)
{
  g_autoptr(Breaker) breaker = breaker_new((BreakerRule){0});
  BreakerPass pass;
  int64_t wait_ms = -1;
  for (int i = 0; i < 5; i++) {
    g_assert_true(breaker_enter(breaker, 500, &pass, &wait_ms));
    g_assert_cmpint(breaker_figures(breaker, 500).failures, ==, i);
    breaker_failed(breaker, pass, 500);
  }
  g_assert_false(breaker_enter(breaker, 500 + 59999, &pass, &wait_ms));
  g_assert_cmpint(wait_ms, ==, 1);
  BreakerFigures figures = breaker_figures(breaker, 500 + 20000);
  g_assert_cmpint(figures.state, ==, BREAKER_OPEN);
  g_assert_cmpint(figures.opened, ==, 1);
  g_assert_cmpint(figures.wait_ms, ==, 40000);
  g_assert_true(breaker_enter(breaker, 500 + 60000, &pass, &wait_ms));
  g_assert_false(breaker_enter(breaker, 500 + 60000, &pass, &wait_ms)); /* one on trial */
  g_assert_cmpint(wait_ms, ==, 0);
}

/* Calls that began before a change say nothing about what came after it. */
static void test_late_words(void)
{
  g_autoptr(Breaker) breaker = breaker_new((BreakerRule){.failures = 1, .open_ms = 1000});
  BreakerPass early_success, early_failure, opener, trial;
  int64_t wait_ms;
  g_assert_true(breaker_enter(breaker, 0, &early_success, &wait_ms));
  g_assert_true(breaker_enter(breaker, 0, &early_failure, &wait_ms));
  g_assert_true(breaker_enter(breaker, 0, &opener, &wait_ms));
  breaker_failed(breaker, opener, 0);
  breaker_succeeded(breaker, early_success);
  g_assert_cmpint(breaker_figures(breaker, 0).state, ==, BREAKER_OPEN);
  g_assert_true(breaker_enter(breaker, 1000, &trial, &wait_ms));
  breaker_failed(breaker, early_failure, 1000);
  g_assert_cmpint(breaker_figures(breaker, 1000).state, ==, BREAKER_HALF_OPEN);
  breaker_abandoned(breaker, early_failure);
  g_assert_cmpint(breaker_figures(breaker, 1000).state, ==, BREAKER_HALF_OPEN);
  breaker_succeeded(breaker, trial);
  breaker_failed(breaker, trial, 1000); /* a pass is good for one word */
  BreakerFigures figures = breaker_figures(breaker, 1000);
  g_assert_cmpint(figures.state, ==, BREAKER_CLOSED);
  g_assert_cmpint(figures.opened, ==, 1);
}

/* However many threads ask at once, one call is on trial. */
typedef struct {
  Breaker *breaker;
  int trials; /* guarded by nothing: only the holder of the trial writes it */
  gint passed;
} Crowd;

static gpointer ask(gpointer data)
{
  Crowd *crowd = data;
  for (int i = 0; i < 2000; i++) {
    BreakerPass pass;
    int64_t wait_ms;
    if (!breaker_enter(crowd->breaker, 1000 + i, &pass, &wait_ms))
      continue;
    crowd->trials++;
    g_atomic_int_inc(&crowd->passed);
    breaker_abandoned(crowd->breaker, pass);
  }
  return NULL;
}

static void test_threads(void)
{
  Crowd crowd = {.breaker = breaker_new((BreakerRule){.failures = 1, .open_ms = 1})};
  BreakerPass pass;
  int64_t wait_ms;
  g_assert_true(breaker_enter(crowd.breaker, 0, &pass, &wait_ms));
  breaker_failed(crowd.breaker, pass, 0);
  GThread *threads[4];
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("asker", ask, &crowd);
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(crowd.trials, >, 0);
  g_assert_cmpint(crowd.trials, ==, g_atomic_int_get(&crowd.passed));
  breaker_free(crowd.breaker);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/breaker/stories", test_stories);
  g_test_add_func("/breaker/defaults-and-figures", test_defaults_and_figures);
  g_test_add_func("/breaker/late-words", test_late_words);
  g_test_add_func("/breaker/threads", test_threads);
  return g_test_run();
}
