/* API keys and users, on both databases. */
#include "auth/key.h"
#include "auth/user.h"
#include "base/error.h"
#include "store/db_fixture.h"

#include <string.h>

static void test_key_life(TestDb *test)
{
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = key_create(conn, "mine", SCOPE_OPERATE, 2000000, &clock.clock, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(g_str_has_prefix(text, "reeve_"));
  g_assert_cmpuint(strlen(text), ==, 6 + 43);

  ApiKey key = {0};
  g_assert_true(key_check(conn, text, &clock.clock, &key, &error));
  g_assert_cmpstr(key.name, ==, "mine");
  g_assert_cmpint(key.scope, ==, SCOPE_OPERATE);
  g_assert_null(strstr(key.hash, text)); /* only a hash is kept */
  record_clear(&api_key_table, &key);

  /* Its use is noted. */
  int64_t used = 0;
  bool found = false;
  g_assert_true(db_query_int(conn, "SELECT last_used_at_ms FROM api_keys", DB_NO_ARGS, &used, &found, NULL));
  g_assert_cmpint(used, ==, 1000000);

  manual_clock_advance(&clock, 1000000);
  g_assert_false(key_check(conn, text, &clock.clock, &key, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAUTHENTICATED);
}

static void test_key_refusals(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *overlong = g_strnfill(65, 'x');
  const char *names[] = {"", overlong, "\xff", NULL};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(key_create(conn, names[i], SCOPE_READ, FIELD_NULL_INT, clock_system(), NULL, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
  g_autofree char *good = key_create(conn, "good", SCOPE_READ, FIELD_NULL_INT, clock_system(), NULL, NULL);
  g_autofree char *changed = g_strdup(good);
  changed[10] = changed[10] == 'a' ? 'b' : 'a';
  g_autofree char *longer = g_strconcat(good, "x", NULL);
  const char *texts[] = {NULL, "", "reeve_", "' OR 1=1 --", changed, longer};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    ApiKey key = {0};
    g_assert_false(key_check(conn, texts[i], clock_system(), &key, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAUTHENTICATED);
  }
}

static void test_scopes(void)
{
  static const struct {
    KeyScope scope;
    bool is_role;
    Role role;
  } rows[] = {
      {SCOPE_READ, true, ROLE_VIEWER},    {SCOPE_OPERATE, true, ROLE_OPERATOR}, {SCOPE_ADMIN, true, ROLE_ADMIN},
      {SCOPE_WORKER, false, ROLE_VIEWER}, {SCOPE_WEBHOOK, false, ROLE_VIEWER},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    Role role = ROLE_VIEWER;
    g_assert_cmpint(key_scope_role(rows[i].scope, &role), ==, rows[i].is_role);
    g_assert_cmpint(role, ==, rows[i].role);
    if (rows[i].is_role)
      g_assert_cmpint(user_role_scope(role), ==, rows[i].scope);
  }
}

static void test_user(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t id = 0;
  g_assert_true(user_add(conn, "ada", ROLE_ADMIN, "correct horse", clock_system(), &id, &error));
  g_assert_cmpint(id, >, 0);
  g_assert_false(user_add(conn, "ada", ROLE_VIEWER, "another one", clock_system(), &id, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);

  User user = {0};
  g_assert_true(user_check(conn, "ada", "correct horse", clock_system(), &user, &error));
  g_assert_cmpint(user.role, ==, ROLE_ADMIN);
  g_assert_true(g_str_has_prefix(user.password_hash, "$argon2id$"));
  record_clear(&user_table, &user);

  static const char *const wrong[][2] = {
      {"ada", "correct hors"}, {"ada", ""}, {"bob", "correct horse"}, {"", ""}, {"ada'--", "correct horse"}};
  for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_assert_false(user_check(conn, wrong[i][0], wrong[i][1], clock_system(), &user, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAUTHENTICATED);
    g_assert_cmpstr(error->message, ==, "The name or the password is wrong.");
    g_clear_error(&error);
  }
  g_assert_true(db_exec(conn, "UPDATE users SET disabled = 1", DB_NO_ARGS, NULL, NULL));
  g_assert_false(user_check(conn, "ada", "correct horse", clock_system(), &user, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UNAUTHENTICATED);
}

static void test_user_refusals(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *overlong = g_strnfill(1025, 'p');
  const char *rows[][2] = {
      {"", "long enough"}, {"with space", "long enough"}, {"ada", "short"}, {"ada", overlong}, {"ada\n", "long enough"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    int64_t id = 0;
    g_assert_false(user_add(conn, rows[i][0], ROLE_VIEWER, rows[i][1], clock_system(), &id, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_cmpint(id, ==, 0);
  }
}

static int64_t add(DbConn *conn, const char *name, Role role)
{
  g_autoptr(GError) error = NULL;
  int64_t id = 0;
  g_assert_true(user_add(conn, name, role, "long enough", clock_system(), &id, &error));
  g_assert_no_error(error);
  return id;
}

static void expect(DbConn *conn, int64_t id, const UserChange *change, int code)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(user_change(conn, id, change, NULL, &error));
  g_assert_error(error, REEVE_ERROR, code);
}

static void test_user_changes(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  bool any = true;
  g_assert_true(user_any(conn, &any, &error));
  g_assert_false(any);
  int64_t ada = add(conn, "ada", ROLE_ADMIN), bob = add(conn, "bob", ROLE_VIEWER);
  g_assert_true(user_any(conn, &any, &error));
  g_assert_true(any);

  /* Whatever would leave nobody to administer is refused. */
  expect(conn, ada, &(UserChange){.role = ROLE_OPERATOR}, REEVE_ERROR_CONFLICT);
  expect(conn, ada, &(UserChange){.role = FIELD_NULL_ENUM, .enabled = USER_DISABLED}, REEVE_ERROR_CONFLICT);
  g_assert_false(user_remove(conn, ada, NULL, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  expect(conn, ada, &(UserChange){.role = FIELD_NULL_ENUM, .name = "bob"}, REEVE_ERROR_CONFLICT);
  expect(conn, ada, &(UserChange){.role = FIELD_NULL_ENUM, .name = "a b"}, REEVE_ERROR_INVALID);
  expect(conn, ada, &(UserChange){.role = FIELD_NULL_ENUM, .password = "short"}, REEVE_ERROR_INVALID);
  expect(conn, 4711, &(UserChange){.role = ROLE_ADMIN}, REEVE_ERROR_NOT_FOUND);

  /* With a second admin the first may go; one who is disabled does not count. */
  User user = {0};
  g_assert_true(user_change(conn, bob, &(UserChange){.role = ROLE_ADMIN, .enabled = USER_DISABLED}, &user, &error));
  g_assert_no_error(error);
  g_assert_cmpint(user.role, ==, ROLE_ADMIN);
  g_assert_true(user.disabled);
  record_clear(&user_table, &user);
  expect(conn, ada, &(UserChange){.role = ROLE_VIEWER}, REEVE_ERROR_CONFLICT);
  g_assert_true(user_change(conn, bob, &(UserChange){.role = FIELD_NULL_ENUM, .enabled = USER_ENABLED}, NULL, &error));
  g_assert_true(user_change(conn, ada, &(UserChange){.role = ROLE_VIEWER}, NULL, &error));
  g_assert_true(user_remove(conn, ada, NULL, NULL, &error));
  g_assert_no_error(error);

  g_assert_true(user_change(conn, bob, &(UserChange){.role = FIELD_NULL_ENUM, .password = "new password"}, NULL, &error));
  g_assert_false(user_check(conn, "bob", "long enough", clock_system(), &user, &error));
  g_clear_error(&error);
  g_assert_true(user_check(conn, "bob", "new password", clock_system(), &user, &error));
  record_clear(&user_table, &user);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/auth/scopes", test_scopes);
  test_db_each("/auth/key/life", test_key_life);
  test_db_each("/auth/key/refusals", test_key_refusals);
  test_db_each("/auth/user", test_user);
  test_db_each("/auth/user/refusals", test_user_refusals);
  test_db_each("/auth/user/changes", test_user_changes);
  return g_test_run();
}
