/* How work is spread. Test: tests/unit/tune/test_parallel.c */
#include "tune/parallel.h"

#include "base/log.h"

#include <stdatomic.h>

enum { THREADS_MAX = 16 };

typedef struct {
  atomic_size_t next;
  size_t n;
  void (*each)(size_t index, void *user_data);
  void *user_data;
} Share;

static gpointer take_turns(gpointer data)
{
  Share *share = data;
  for (size_t i; (i = atomic_fetch_add(&share->next, 1)) < share->n;)
    share->each(i, share->user_data);
  return NULL;
}

void parallel_each(size_t n, int threads, void (*each)(size_t index, void *user_data), void *user_data)
{
  Share share = {.n = n, .each = each, .user_data = user_data};
  GThread *others[THREADS_MAX];
  int n_others = (int)MIN((size_t)CLAMP(threads, 1, THREADS_MAX), MAX(n, 1)) - 1;
  for (int i = 0; i < n_others; i++)
    others[i] = log_thread_new("tune", take_turns, &share);
  take_turns(&share);
  for (int i = 0; i < n_others; i++)
    g_thread_join(others[i]);
}
