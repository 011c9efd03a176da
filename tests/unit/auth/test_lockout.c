/* How often passwords may be tried, on both databases. */
#include "auth/lockout.h"
#include "base/error.h"
#include "store/db_fixture.h"

static void test_waits(void)
{
  static const struct {
    int64_t failures, free, wait_ms;
  } rows[] = {
      {0, 5, 0},
      {4, 5, 0},
      {5, 5, 30000},
      {6, 5, 60000},
      {9, 5, 480000},
      {10, 5, LOCKOUT_LONGEST_MS},
      {1000000, 5, LOCKOUT_LONGEST_MS},
      {INT64_MAX, 5, LOCKOUT_LONGEST_MS},
      {1, 0, 60000},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(lockout_wait_ms(rows[i].failures, rows[i].free), ==, rows[i].wait_ms);
}

/* Whether an attempt may be made; 0, or how long to wait. */
static int64_t attempt(DbConn *conn, const ManualClock *clock, const char *name, const char *address)
{
  g_autoptr(GError) error = NULL;
  int64_t wait_ms = 0;
  bool may = lockout_enter(conn, name, address, &clock->clock, &wait_ms, &error);
  if (may)
    g_assert_no_error(error);
  else
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_assert_true(may == (wait_ms == 0));
  return wait_ms;
}

static void test_pair(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (int i = 0; i < LOCKOUT_PAIR_FREE; i++)
    g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, 0);
  g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, LOCKOUT_FIRST_MS);
  /* Nobody else is held up: another name from there, the same name from elsewhere. */
  g_assert_cmpint(attempt(conn, &clock, "bob", "192.0.2.1"), ==, 0);
  g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.2"), ==, 0);
  /* Trying too early changes nothing; after the wait the next failure costs twice as much. */
  manual_clock_advance(&clock, LOCKOUT_FIRST_MS - 1);
  g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, 1);
  manual_clock_advance(&clock, 1);
  g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, 0);
  g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, 2 * LOCKOUT_FIRST_MS);
  /* A success forgets it. */
  manual_clock_advance(&clock, 2 * LOCKOUT_FIRST_MS);
  g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, 0);
  g_assert_true(lockout_forgive(conn, "ada", "192.0.2.1", NULL));
  for (int i = 0; i < LOCKOUT_PAIR_FREE; i++)
    g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, 0);
  g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), >, 0);
  /* So does an hour. */
  manual_clock_advance(&clock, LOCKOUT_FORGET_MS + 1);
  for (int i = 0; i < LOCKOUT_PAIR_FREE; i++)
    g_assert_cmpint(attempt(conn, &clock, "ada", "192.0.2.1"), ==, 0);
}

/* Many names from one address, or from addresses of one IPv6 network. */
static void test_address(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (int i = 0; i < LOCKOUT_ADDRESS_FREE; i++) {
    g_autofree char *name = g_strdup_printf("user%d", i);
    g_autofree char *address = g_strdup_printf("2001:db8:0:1::%x", i);
    g_assert_cmpint(attempt(conn, &clock, name, address), ==, 0);
  }
  g_assert_cmpint(attempt(conn, &clock, "ada", "2001:db8:0:1:ffff::"), ==, LOCKOUT_FIRST_MS);
  g_assert_cmpint(attempt(conn, &clock, "ada", "2001:db8:0:2::"), ==, 0);
  /* A success takes back its own attempt only, so that a user cannot clear the way for guessing at others. */
  manual_clock_advance(&clock, LOCKOUT_FIRST_MS);
  g_assert_cmpint(attempt(conn, &clock, "own", "2001:db8:0:1::1"), ==, 0);
  g_assert_true(lockout_forgive(conn, "own", "2001:db8:0:1::1", NULL));
  g_assert_cmpint(attempt(conn, &clock, "ada", "2001:db8:0:1::1"), ==, 0);
  g_assert_cmpint(attempt(conn, &clock, "ada", "2001:db8:0:1::1"), ==, 2 * LOCKOUT_FIRST_MS);
}

static void test_odd_names(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *overlong = g_strnfill(100000, 'x');
  g_assert_cmpint(attempt(conn, &clock, overlong, "192.0.2.1"), ==, 0);
  g_assert_cmpint(attempt(conn, &clock, "\xff\xfe", "192.0.2.1"), ==, 0);
  g_assert_cmpint(attempt(conn, &clock, "", ""), ==, 0);
  int64_t longest = 0;
  bool found = false;
  g_assert_true(db_query_int(conn, "SELECT MAX(LENGTH(subject)) FROM login_failures", DB_NO_ARGS, &longest, &found, NULL));
  g_assert_cmpint(longest, <, 100);
}

typedef struct {
  Db *db;
  _Atomic int *let_in;
} Racer;

static gpointer race(gpointer data)
{
  const Racer *racer = data;
  g_autoptr(DbConn) conn = db_acquire(racer->db, NULL);
  for (int i = 0; i < 5; i++) {
    int64_t wait_ms = 0;
    if (lockout_enter(conn, "ada", "192.0.2.1", clock_system(), &wait_ms, NULL))
      (*racer->let_in)++;
  }
  return NULL;
}

/* Many at once do not slip by. */
static void test_race(TestDb *test)
{
  enum { THREADS = 6 };
  _Atomic int let_in = 0;
  Racer racer = {.db = test->db, .let_in = &let_in};
  GThread *threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    threads[i] = g_thread_new("racer", race, &racer);
  for (int i = 0; i < THREADS; i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(let_in, ==, LOCKOUT_PAIR_FREE);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/lockout/waits", test_waits);
  test_db_each("/lockout/pair", test_pair);
  test_db_each("/lockout/address", test_address);
  test_db_each("/lockout/odd-names", test_odd_names);
  test_db_each("/lockout/race", test_race);
  return g_test_run();
}
