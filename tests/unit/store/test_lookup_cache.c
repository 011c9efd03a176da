#include "store/lookup_cache.h"

#include "base/error.h"
#include "store/db_fixture.h"

#include <glib.h>

static void assert_kept(DbConn *conn, const char *key, int64_t now_ms, const char *wanted)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *value = lookup_cache_get(conn, key, now_ms, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(value, ==, wanted);
}

static void test_expiry(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  assert_kept(conn, "a", 0, NULL);
  g_assert_true(lookup_cache_put(conn, "a", "[1]", 100, &error));
  g_assert_true(lookup_cache_put(conn, "b", "null", 50, &error));
  g_assert_true(lookup_cache_put(conn, "A", "[3]", 100, &error)); /* case counts */
  assert_kept(conn, "a", 99, "[1]");
  assert_kept(conn, "a", 100, NULL);
  g_assert_true(lookup_cache_put(conn, "a", "[2]", 200, &error)); /* again, and longer */
  assert_kept(conn, "a", 100, "[2]");
  int64_t deleted = -1;
  g_assert_true(lookup_cache_purge(conn, 50, &deleted, &error));
  g_assert_cmpint(deleted, ==, 1);
  assert_kept(conn, "b", 0, NULL);
  g_assert_true(lookup_cache_purge(conn, 150, &deleted, &error));
  g_assert_cmpint(deleted, ==, 1);
  assert_kept(conn, "a", 150, "[2]");
}

static void test_long_key(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  /* What does not compress: an index of PostgreSQL holds some 2,700 bytes. */
  g_autoptr(GRand) random = g_rand_new_with_seed(1);
  g_autofree char *key = g_strnfill(2000, 'x');
  for (int i = 0; i < 2000; i++)
    key[i] = (char)g_rand_int_range(random, '!', '~');
  lookup_cache_put(conn, key, "1", 100, &error);
  g_assert_no_error(error);
  assert_kept(conn, key, 0, "1");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/lookup-cache/expiry", test_expiry);
  test_db_each("/lookup-cache/long-key", test_long_key);
  return g_test_run();
}
