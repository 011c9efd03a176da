#include "helper.h"
#include "sys/cancel.h"

#include <poll.h>

static bool fd_is_readable(int fd)
{
  struct pollfd item = {.fd = fd, .events = POLLIN};
  return poll(&item, 1, 0) == 1;
}

static void test_set(void)
{
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  GError *error = NULL;
  g_assert_false(cancel_is_set(cancel));
  g_assert_true(cancel_check(cancel, &error));
  g_assert_false(fd_is_readable(cancel_peek_fd(cancel)));
  cancel_set(cancel);
  cancel_set(cancel);
  g_assert_true(cancel_is_set(cancel));
  g_assert_true(fd_is_readable(cancel_peek_fd(cancel)));
  g_assert_false(cancel_check(cancel, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_assert_true(cancel_wait(cancel, 0));
  g_assert_true(cancel_wait(cancel, -1));
}

static void test_null(void)
{
  g_assert_false(cancel_is_set(NULL));
  g_assert_cmpint(cancel_peek_fd(NULL), ==, -1);
  g_assert_true(cancel_check(NULL, NULL));
  g_assert_false(cancel_wait(NULL, 1));
  cancel_unref(NULL);
}

static void test_tree(void)
{
  g_autoptr(Cancel) root = cancel_new(NULL);
  g_autoptr(Cancel) left = cancel_new(root);
  g_autoptr(Cancel) right = cancel_new(root);
  g_autoptr(Cancel) leaf = cancel_new(left);
  cancel_set(left);
  g_assert_true(cancel_is_set(leaf));
  g_assert_false(cancel_is_set(root));
  g_assert_false(cancel_is_set(right));
  g_autoptr(Cancel) late = cancel_new(leaf);
  g_assert_true(cancel_is_set(late));
  g_assert_true(fd_is_readable(cancel_peek_fd(late)));
  cancel_set(root);
  g_assert_true(cancel_is_set(right));
}

static void test_child_outlives_parents_owner(void)
{
  Cancel *root = cancel_new(NULL);
  Cancel *middle = cancel_new(root);
  g_autoptr(Cancel) leaf = cancel_new(middle);
  cancel_unref(middle);
  cancel_set(root);
  cancel_unref(root);
  g_assert_true(cancel_is_set(leaf));
}

static void test_wait_runs_out(void)
{
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  gint64 before = g_get_monotonic_time();
  g_assert_false(cancel_wait(cancel, 30));
  g_assert_cmpint(g_get_monotonic_time() - before, >=, 30000);
}

static void *set_token(void *token)
{
  cancel_set(token);
  return NULL;
}

static void test_wait_is_woken(void)
{
  g_autoptr(Cancel) root = cancel_new(NULL);
  g_autoptr(Cancel) leaf = cancel_new(root);
  GThread *thread = g_thread_new("setter", set_token, root);
  g_assert_true(cancel_wait(leaf, -1));
  g_thread_join(thread);
}

static void *make_and_drop(void *parent)
{
  for (int i = 0; i < 2000; i++) {
    g_autoptr(Cancel) child = cancel_new(parent);
    g_autoptr(Cancel) grandchild = cancel_new(child);
    if (cancel_is_set(parent))
      g_assert_true(cancel_wait(grandchild, 10000));
  }
  return NULL;
}

/* Children come and go in two threads while a third sets their parent. */
static void test_race(void)
{
  for (int round = 0; round < 5; round++) {
    g_autoptr(Cancel) root = cancel_new(NULL);
    GThread *a = g_thread_new("maker", make_and_drop, root);
    GThread *b = g_thread_new("maker", make_and_drop, root);
    GThread *c = g_thread_new("setter", set_token, root);
    g_thread_join(a);
    g_thread_join(b);
    g_thread_join(c);
    g_autoptr(Cancel) late = cancel_new(root);
    g_assert_true(cancel_is_set(late));
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cancel/set", test_set);
  g_test_add_func("/cancel/null", test_null);
  g_test_add_func("/cancel/tree", test_tree);
  g_test_add_func("/cancel/child-outlives-parents-owner", test_child_outlives_parents_owner);
  g_test_add_func("/cancel/wait-runs-out", test_wait_runs_out);
  g_test_add_func("/cancel/wait-is-woken", test_wait_is_woken);
  g_test_add_func("/cancel/race", test_race);
  return g_test_run();
}
