/* Who may become the first user, on both databases. */
#include "auth/setup.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/db_fixture.h"

#include <string.h>

static char *begin(DbConn *conn, const ManualClock *clock)
{
  g_autoptr(GError) error = NULL;
  char *token = setup_begin(conn, &clock->clock, &error);
  g_assert_no_error(error);
  return token;
}

static void expect(DbConn *conn, const char *token, const char *name, const ManualClock *clock, int code)
{
  g_autoptr(GError) error = NULL;
  int64_t id = 0;
  g_assert_false(setup_finish(conn, token, name, "long enough", &clock->clock, &id, &error));
  g_assert_error(error, REEVE_ERROR, code);
  g_assert_cmpint(id, ==, 0);
}

static void test_once(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  g_autofree char *first = begin(conn, &clock), *second = begin(conn, &clock); /* of two servers */
  expect(conn, "", "ada", &clock, REEVE_ERROR_DENIED);
  expect(conn, "wrong", "ada", &clock, REEVE_ERROR_DENIED);
  g_autofree char *hash = token_hash(first);
  expect(conn, hash, "ada", &clock, REEVE_ERROR_DENIED); /* what the table holds opens nothing */
  expect(conn, first, "a b", &clock, REEVE_ERROR_INVALID);
  int64_t id = 0;
  g_assert_true(setup_finish(conn, first, "ada", "long enough", &clock.clock, &id, &error)); /* what failed took nothing away */
  g_assert_no_error(error);
  User user = {0};
  g_assert_true(user_check(conn, "ada", "long enough", &clock.clock, &user, &error));
  g_assert_cmpint(user.id, ==, id);
  g_assert_cmpint(user.role, ==, ROLE_ADMIN);
  record_clear(&user_table, &user);
  expect(conn, first, "eve", &clock, REEVE_ERROR_CONFLICT);
  expect(conn, second, "eve", &clock, REEVE_ERROR_CONFLICT);
  g_assert_null(setup_begin(conn, &clock.clock, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  /* Nor are they good again when there is nobody any more. */
  g_assert_true(db_exec(conn, "DELETE FROM users", DB_NO_ARGS, NULL, NULL));
  expect(conn, first, "eve", &clock, REEVE_ERROR_DENIED);
  expect(conn, second, "eve", &clock, REEVE_ERROR_DENIED);
}

static void test_age(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *token = begin(conn, &clock);
  manual_clock_advance(&clock, SETUP_LIFE_MS);
  expect(conn, token, "ada", &clock, REEVE_ERROR_DENIED);
}

typedef struct {
  Db *db;
  char *token;
  const ManualClock *clock;
  bool is_first;
} Racer;

static gpointer race(gpointer data)
{
  Racer *racer = data;
  g_autoptr(DbConn) conn = db_acquire(racer->db, NULL);
  g_autofree char *name = g_strdup_printf("user%p", data);
  int64_t id = 0;
  racer->is_first = setup_finish(conn, racer->token, name, "long enough", &racer->clock->clock, &id, NULL);
  return NULL;
}

/* Several links used at the same instant make one user. */
static void test_race(TestDb *test)
{
  enum { THREADS = 4 };
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  Racer racers[THREADS];
  GThread *threads[THREADS];
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    for (int i = 0; i < THREADS; i++)
      racers[i] = (Racer){.db = test->db, .token = begin(conn, &clock), .clock = &clock};
  }
  int firsts = 0;
  for (int i = 0; i < THREADS; i++)
    threads[i] = g_thread_new("racer", race, &racers[i]);
  for (int i = 0; i < THREADS; i++) {
    g_thread_join(threads[i]);
    firsts += racers[i].is_first;
    token_free(racers[i].token);
  }
  g_assert_cmpint(firsts, ==, 1);
}

static void test_link(void)
{
  g_autofree char *link = setup_link("https://192.0.2.1:8460", "abc");
  g_assert_cmpstr(link, ==, "https://192.0.2.1:8460/setup#abc");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/setup/link", test_link);
  test_db_each("/setup/once", test_once);
  test_db_each("/setup/age", test_age);
  test_db_each("/setup/race", test_race);
  return g_test_run();
}
