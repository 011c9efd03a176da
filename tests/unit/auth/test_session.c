/* Who is signed in, and for how long, on both databases; and what housekeeping takes away. */
#include "auth/caller.h"
#include "auth/clean.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"

#include <string.h>

static const SessionRules rules = {.idle_ms = 1000 * 1000, .life_ms = 3000 * 1000};

static int64_t add_user(DbConn *conn, const char *name)
{
  int64_t id = 0;
  g_autoptr(GError) error = NULL;
  g_assert_true(user_add(conn, name, ROLE_ADMIN, "long enough", clock_system(), &id, &error));
  g_assert_no_error(error);
  return id;
}

static char *begin(DbConn *conn, int64_t user_id, const ManualClock *clock)
{
  int64_t id = 0;
  g_autoptr(GError) error = NULL;
  char *token = session_begin(conn, user_id, "192.0.2.1", "a browser \xff", &rules, &clock->clock, &id, &error);
  g_assert_no_error(error);
  g_assert_cmpint(id, >, 0);
  return token;
}

static bool is_good(DbConn *conn, const char *token, const ManualClock *clock)
{
  g_autoptr(GError) error = NULL;
  Caller caller = {0};
  bool good = caller_of_session(conn, token, &rules, &clock->clock, &caller, &error);
  if (good) {
    g_assert_cmpint(caller.kind, ==, ACTOR_USER);
    g_assert_true(caller.has_role);
    g_assert_cmpint(caller.role, ==, ROLE_ADMIN);
    caller_clear(&caller);
  } else {
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAUTHENTICATED);
  }
  return good;
}

static void test_life(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t ada = add_user(conn, "ada");
  g_autofree char *token = begin(conn, ada, &clock), *idle = begin(conn, ada, &clock);
  g_assert_cmpstr(token, !=, idle);
  int64_t stored = 0;
  bool found = false;
  g_assert_true(
      db_query_int(conn, "SELECT COUNT(*) FROM sessions WHERE hash = $1", DB_ARGS(DB_TEXT(token)), &stored, &found, NULL));
  g_assert_cmpint(stored, ==, 0); /* only a hash is kept */
  static const char *const garbage[] = {"", "x", "' OR 1=1 --", "\xff"};
  for (size_t i = 0; i < G_N_ELEMENTS(garbage); i++)
    g_assert_false(is_good(conn, garbage[i], &clock));
  g_autofree char *hash = token_hash(token);
  g_assert_false(is_good(conn, hash, &clock)); /* what the table holds opens nothing */

  /* Used again and again it lives to its age limit; unused, no longer than the idle time. */
  for (int64_t at = 0; at < rules.life_ms - 300 * 1000; at += 300 * 1000) {
    g_assert_true(is_good(conn, token, &clock));
    manual_clock_advance(&clock, 300 * 1000);
  }
  g_assert_false(is_good(conn, idle, &clock));
  g_assert_true(is_good(conn, token, &clock));
  manual_clock_advance(&clock, 300 * 1000);
  g_assert_false(is_good(conn, token, &clock));
}

static void test_ends(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t ada = add_user(conn, "ada"), bob = add_user(conn, "bob");
  g_autofree char *one = begin(conn, ada, &clock), *two = begin(conn, ada, &clock), *other = begin(conn, bob, &clock);
  g_assert_true(session_end(conn, one, NULL));
  g_assert_true(session_end(conn, one, NULL));
  g_assert_false(is_good(conn, one, &clock));
  g_assert_true(is_good(conn, two, &clock));
  g_autofree char *three = begin(conn, ada, &clock);
  g_assert_true(session_end_all(conn, ada, three, NULL));
  g_assert_false(is_good(conn, two, &clock));
  g_assert_true(is_good(conn, three, &clock));
  g_assert_true(is_good(conn, other, &clock));

  /* A change of password, disabling and removal end them all. */
  g_assert_true(user_change(conn, ada, &(UserChange){.role = FIELD_NULL_ENUM, .password = "another one"}, NULL, NULL));
  g_assert_false(is_good(conn, three, &clock));
  g_autofree char *four = begin(conn, ada, &clock);
  g_assert_true(user_change(conn, ada, &(UserChange){.role = FIELD_NULL_ENUM, .enabled = USER_DISABLED}, NULL, NULL));
  g_assert_true(user_change(conn, ada, &(UserChange){.role = FIELD_NULL_ENUM, .enabled = USER_ENABLED}, NULL, NULL));
  g_assert_false(is_good(conn, four, &clock));
  g_autofree char *five = begin(conn, ada, &clock);
  g_assert_true(user_remove(conn, ada, NULL, NULL, NULL));
  g_assert_false(is_good(conn, five, &clock));
  g_assert_true(is_good(conn, other, &clock));
}

static void test_csrf(void)
{
  g_autofree char *a = session_csrf("one"), *b = session_csrf("two"), *again = session_csrf("one");
  g_assert_cmpstr(a, ==, again);
  g_assert_cmpstr(a, !=, b);
  g_assert_null(strstr(a, "one"));
}

static int64_t rows_of(DbConn *conn, const char *table)
{
  g_autofree char *sql = g_strdup_printf("SELECT COUNT(*) FROM %s", table);
  int64_t n = -1;
  bool found = false;
  g_assert_true(db_query_int(conn, sql, DB_NO_ARGS, &n, &found, NULL));
  return n;
}

static void test_clean(TestDb *test)
{
  const int64_t now_ms = 100LL * 24 * 60 * 60 * 1000, day_ms = 24 * 60 * 60 * 1000LL;
  ManualClock clock;
  manual_clock_init(&clock, now_ms);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  int64_t ada = add_user(conn, "ada");
  g_autofree char *kept = begin(conn, ada, &clock);
  g_autoptr(GError) error = NULL;
  /* One of each that is over, and one that is not. */
  g_autofree char *script =
      g_strdup_printf("INSERT INTO sessions (user_id, hash, address, agent, created_at_ms, used_at_ms, expires_at_ms) VALUES "
                      "(%" G_GINT64_FORMAT ", 'aged', '', '', 0, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "), "
                      "(%" G_GINT64_FORMAT ", 'idle', '', '', 0, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ");"
                      "INSERT INTO api_keys (name, scope, prefix, hash, expires_at_ms, created_at_ms) VALUES "
                      "('old', 'read', '', 'a', %" G_GINT64_FORMAT ", 0), ('fresh', 'read', '', 'b', %" G_GINT64_FORMAT
                      ", 0), ('ever', 'read', '', 'c', NULL, 0);"
                      "INSERT INTO setup_tokens (hash, expires_at_ms) VALUES ('a', 1), ('b', %" G_GINT64_FORMAT ");"
                      "INSERT INTO login_failures (subject, failures, last_at_ms, blocked_until_ms) VALUES ('a', 1, 1, 1), ('b', "
                      "1, %" G_GINT64_FORMAT ", 1);"
                      "INSERT INTO audit (at_ms, actor_kind, actor, address, action, target, status, request) VALUES "
                      "(1, 'key', '', '', '', '', 200, ''), (%" G_GINT64_FORMAT ", 'key', '', '', '', '', 200, '');",
                      ada, now_ms, now_ms, ada, now_ms - rules.idle_ms, now_ms + 1, now_ms - KEY_SHOWN_DAYS * day_ms,
                      now_ms - day_ms, now_ms + 1, now_ms, now_ms);
  g_assert_true(db_exec_script(conn, script, &error));
  g_assert_no_error(error);
  int64_t count = 0;
  g_assert_true(auth_clean(conn, &rules, 0, &clock.clock, &count, &error));
  g_assert_no_error(error);
  g_assert_cmpint(count, ==, 5);
  g_assert_cmpint(rows_of(conn, "sessions"), ==, 1);
  g_assert_cmpint(rows_of(conn, "api_keys"), ==, 2);
  g_assert_cmpint(rows_of(conn, "setup_tokens"), ==, 1);
  g_assert_cmpint(rows_of(conn, "login_failures"), ==, 1);
  g_assert_cmpint(rows_of(conn, "audit"), ==, 2);
  g_assert_true(auth_clean(conn, &rules, 30, &clock.clock, &count, &error));
  g_assert_cmpint(rows_of(conn, "audit"), ==, 1);
  g_assert_true(is_good(conn, kept, &clock));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/csrf", test_csrf);
  test_db_each("/session/life", test_life);
  test_db_each("/session/ends", test_ends);
  test_db_each("/session/clean", test_clean);
  return g_test_run();
}
