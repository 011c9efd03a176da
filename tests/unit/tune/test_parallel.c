#include "tune/parallel.h"

#include <glib.h>
#include <stdatomic.h>

enum { MANY = 500 };

typedef struct {
  atomic_int calls[MANY];
} Seen;

static void count(size_t index, void *user_data)
{
  atomic_fetch_add(&((Seen *)user_data)->calls[index], 1);
}

/* Each index once, however many threads there are for it. */
static void test_each_once(void)
{
  static const struct {
    size_t n;
    int threads;
  } rows[] = {{0, 4}, {1, 4}, {3, 8}, {MANY, 1}, {MANY, 4}, {MANY, 1000}, {MANY, 0}, {MANY, -1}};
  for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
    Seen *seen = g_new0(Seen, 1);
    parallel_each(rows[row].n, rows[row].threads, count, seen);
    for (size_t i = 0; i < MANY; i++)
      g_assert_cmpint(atomic_load(&seen->calls[i]), ==, i < rows[row].n ? 1 : 0);
    g_free(seen);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/parallel/each-once", test_each_once);
  return g_test_run();
}
