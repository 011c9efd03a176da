/* Messages: delivered after the commit, not after a rollback, in order, also to those who come and go, and after PostgreSQL was
 * away. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/pg_fixture.h"

#include <string.h>

enum { WAIT_S = 30 };

/* What a listener heard. */
typedef struct {
  GMutex mutex;
  GCond heard;
  GString *text; /* "channel:payload " */
  Db *db;
  guint id;
} Ear;

static void listen(const char *channel, const char *payload, void *user_data)
{
  Ear *ear = user_data;
  g_mutex_lock(&ear->mutex);
  g_string_append_printf(ear->text, "%s:%s ", channel, payload);
  g_cond_broadcast(&ear->heard);
  g_mutex_unlock(&ear->mutex);
}

static void ear_init(Ear *ear, Db *db)
{
  g_mutex_init(&ear->mutex);
  g_cond_init(&ear->heard);
  ear->text = g_string_new(NULL);
  ear->db = db;
}

static void ear_clear(Ear *ear)
{
  g_mutex_clear(&ear->mutex);
  g_cond_clear(&ear->heard);
  g_string_free(ear->text, TRUE);
}

/* Waits until `text` was heard, and forgets all. */
static void expect(Ear *ear, const char *text)
{
  gint64 deadline = g_get_monotonic_time() + WAIT_S * G_USEC_PER_SEC;
  g_mutex_lock(&ear->mutex);
  bool in_time = true;
  while (!strstr(ear->text->str, text) && in_time)
    in_time = g_cond_wait_until(&ear->heard, &ear->mutex, deadline);
  if (!in_time)
    g_error("\"%s\" was expected, \"%s\" was heard", text, ear->text->str);
  g_string_truncate(ear->text, 0);
  g_mutex_unlock(&ear->mutex);
}

static void notify(TestDb *test, const char *channel, const char *payload)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  db_notify(conn, channel, payload, &error);
  g_assert_no_error(error);
}

static void test_delivery(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  Ear a, b;
  ear_init(&a, test->db);
  ear_init(&b, test->db);
  guint id_a = db_listen(test->db, "jobs", listen, &a);
  guint id_b = db_listen(test->db, "files", listen, &b);
  g_assert_cmpuint(id_a, !=, id_b);
  notify(test, "jobs", "1");
  notify(test, "files", "");
  notify(test, "jobs", "{\"it's\": \"ü\"}");
  notify(test, "nobody", "x");
  expect(&a, "jobs:1 jobs:{\"it's\": \"ü\"} ");
  expect(&b, "files: ");

  DbConn *conn = test_db_acquire(test);
  DbTransaction *transaction = db_begin(conn, &error);
  g_assert_true(db_notify(conn, "jobs", "rolled back", &error));
  db_transaction_free(transaction);
  transaction = db_begin(conn, &error);
  g_assert_true(db_notify(conn, "jobs", "2", &error));
  g_assert_true(db_notify(conn, "jobs", "3", &error));
  g_mutex_lock(&a.mutex);
  g_assert_cmpstr(a.text->str, ==, ""); /* nothing before the commit */
  g_mutex_unlock(&a.mutex);
  g_assert_true(db_commit(transaction, &error));
  db_transaction_free(transaction);
  db_release(conn);
  g_mutex_lock(&a.mutex);
  g_mutex_unlock(&a.mutex);
  expect(&a, "jobs:2 jobs:3 ");

  db_unlisten(test->db, id_a);
  guint id_c = db_listen(test->db, "jobs", listen, &b);
  notify(test, "jobs", "4");
  expect(&b, "jobs:4 ");
  g_assert_cmpstr(a.text->str, ==, "");
  db_unlisten(test->db, id_b);
  db_unlisten(test->db, id_c);
  db_unlisten(test->db, 12345);
  ear_clear(&a);
  ear_clear(&b);
}

static void listen_once(const char *channel, const char *payload, void *user_data)
{
  Ear *ear = user_data;
  db_unlisten(ear->db, ear->id);
  ear->id = db_listen(ear->db, "second", listen, ear); /* from inside a listener */
  listen(channel, payload, ear);
}

static void test_from_inside(TestDb *test)
{
  Ear ear;
  ear_init(&ear, test->db);
  ear.id = db_listen(test->db, "first", listen_once, &ear);
  notify(test, "first", "1");
  expect(&ear, "first:1 ");
  Ear other; /* passes once the thread has gone round */
  ear_init(&other, test->db);
  guint id = db_listen(test->db, "third", listen, &other);
  notify(test, "second", "2");
  expect(&ear, "second:2 ");
  db_unlisten(test->db, id);
  db_unlisten(test->db, ear.id);
  ear_clear(&ear);
  ear_clear(&other);
}

static void test_limits(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *longest = g_strnfill(DB_NOTIFY_MAX_BYTES - 1, 'x');
  g_autofree char *too_long = g_strnfill(DB_NOTIFY_MAX_BYTES, 'x');
  g_autoptr(GError) error = NULL;
  g_assert_true(db_notify(conn, "jobs", longest, &error));
  g_assert_no_error(error);
  g_assert_false(db_notify(conn, "jobs", too_long, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error(&error);
  g_assert_false(db_notify(conn, "Jobs\"; DROP", "x", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  g_clear_error(&error);
  g_assert_false(db_notify(conn, "jobs", "\xff", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

/* Two servers on one database hear each other. */
static void test_two_servers(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(Db) other = db_open(&(DbParams){.url = test->url}, &error);
  g_assert_no_error(error);
  Ear ear;
  ear_init(&ear, other);
  guint id = db_listen(other, "jobs", listen, &ear);
  notify(test, "jobs", "from afar");
  expect(&ear, "jobs:from afar ");
  db_unlisten(other, id);
  ear_clear(&ear);
}

/* The wake-up with nothing in it says that it is connected again; then messages arrive as before. */
static void test_reconnect(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  Ear ear;
  ear_init(&ear, test->db);
  guint id = db_listen(test->db, "jobs", listen, &ear);
  notify(test, "jobs", "1");
  expect(&ear, "jobs:1 ");
  g_test_expect_message("store", G_LOG_LEVEL_WARNING, "*was lost*");
  pg_fixture_break_connections(test->url);
  expect(&ear, "jobs: ");
  g_test_assert_expected_messages();
  notify(test, "jobs", "2");
  expect(&ear, "jobs:2 ");
  db_unlisten(test->db, id);
  ear_clear(&ear);
}

static void test_restart(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  Ear early, late;
  ear_init(&early, test->db);
  ear_init(&late, test->db);
  guint id_early = db_listen(test->db, "jobs", listen, &early);
  g_test_expect_message("store", G_LOG_LEVEL_WARNING, "*was lost*");
  if (!pg_fixture_stop()) {
    g_test_skip("The server is not ours to stop.");
    return;
  }
  guint id_late = db_listen(test->db, "files", listen, &late); /* while it is away */
  pg_fixture_start();
  expect(&early, "jobs: ");
  expect(&late, "files: ");
  g_test_assert_expected_messages();
  notify(test, "jobs", "2");
  notify(test, "files", "3");
  expect(&early, "jobs:2 ");
  expect(&late, "files:3 ");
  db_unlisten(test->db, id_early);
  db_unlisten(test->db, id_late);
  ear_clear(&early);
  ear_clear(&late);
}

/* Closing while it tries to connect does not wait for the server. */
static void test_close_while_away(TestDb *test)
{
  if (test->kind != DB_POSTGRESQL)
    return;
  Ear ear;
  ear_init(&ear, test->db);
  db_listen(test->db, "jobs", listen, &ear);
  g_test_expect_message("store", G_LOG_LEVEL_WARNING, "*was lost*");
  if (!pg_fixture_stop())
    return;
  g_clear_pointer(&test->db, db_close);
  g_test_assert_expected_messages();
  pg_fixture_start();
  ear_clear(&ear);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each_empty("/listen/delivery", test_delivery);
  test_db_each_empty("/listen/from-inside", test_from_inside);
  test_db_each_empty("/listen/limits", test_limits);
  test_db_each_empty("/listen/two-servers", test_two_servers);
  test_db_each_empty("/listen/reconnect", test_reconnect);
  test_db_each_empty("/listen/restart", test_restart);
  test_db_each_empty("/listen/close-while-away", test_close_while_away);
  return g_test_run();
}
