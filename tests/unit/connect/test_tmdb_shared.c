#include "connect/tmdb_shared.h"

#include "base/clock.h"
#include "base/error.h"

static const char key[] = "0123456789abcdef0123456789abcdef";

/* The old one lives as long as somebody uses it, and the same settings make no new one. */
static void test_generations(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(HttpClient) client = http_client_new(&(HttpClientParams){0}, &error);
  g_assert_no_error(error);
  TmdbShared *shared = tmdb_shared_new(client, NULL, clock_system());
  Tmdb *first = tmdb_shared_borrow(shared);
  g_assert_false(tmdb_is_set_up(first));
  g_assert_true(tmdb_shared_set_up(shared, NULL, "", NULL, &error)); /* nothing is new */
  Tmdb *same = tmdb_shared_borrow(shared);
  g_assert_true(same == first);
  g_assert_true(tmdb_shared_set_up(shared, key, "de-DE", NULL, &error));
  g_assert_false(tmdb_is_set_up(first)); /* still there */
  Tmdb *second = tmdb_shared_borrow(shared);
  g_assert_true(second != first && tmdb_is_set_up(second));
  g_assert_false(tmdb_shared_set_up(shared, "no key", NULL, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  Tmdb *kept = tmdb_shared_borrow(shared);
  g_assert_true(kept == second);
  tmdb_shared_return(shared, first);
  tmdb_shared_return(shared, same);
  tmdb_shared_return(shared, second);
  tmdb_shared_return(shared, kept);
  tmdb_shared_free(shared);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tmdb-shared/generations", test_generations);
  return g_test_run();
}
