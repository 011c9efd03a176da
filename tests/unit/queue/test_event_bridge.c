/* Events between servers on one PostgreSQL. */
#include "queue/event.h"

#include "store/db_fixture.h"
#include "waker.h"

#include <string.h>

typedef struct {
  EventBus *bus;
  Waker waker;
  EventSubscription *events;
} Server;

static void server_init(Server *server, Db *db)
{
  server->bus = event_bus_new(db, 64);
  server->events = event_subscribe(server->bus, -1, waker_wake, &server->waker);
}

static void server_clear(Server *server)
{
  event_unsubscribe(server->events);
  event_bus_free(server->bus);
  waker_clear(&server->waker);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Server, server_clear)

/* Waits for the next event and compares all but its id. */
static void assert_next(Server *server, const char *expected)
{
  g_autofree char *block = NULL;
  for (int seen = 0; !(block = event_take(server->events)); seen = waker_count(&server->waker))
    waker_wait(&server->waker, seen);
  g_assert_cmpstr(strchr(block, '\n') + 1, ==, expected);
}

/* An SQLite database has one server, and so one bus. */
static bool is_alone(const TestDb *test)
{
  if (test->kind == DB_SQLITE)
    g_test_skip("SQLite has one server.");
  return test->kind == DB_SQLITE;
}

static void test_servers_hear_each_other(TestDb *test)
{
  if (is_alone(test))
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(Db) other = db_open(&(DbParams){.url = test->url}, &error);
  g_assert_no_error(error);
  g_auto(Server) a = {0}, b = {0};
  server_init(&a, test->db);
  server_init(&b, other);

  g_autofree char *filler = g_strnfill(8000, 'x');
  g_autofree char *large = g_strdup_printf("{\"id\":12,\"text\":\"%s\"}", filler);
  g_autofree char *large_block = g_strdup_printf("event: job\ndata: %s\n\n", large);
  event_publish(a.bus, "job", "{\"n\":1, \"text\":\"a b  c\"}");
  event_publish(a.bus, "job", large);
  event_publish(a.bus, "stats", "{}");
  assert_next(&b, "event: job\ndata: {\"n\":1, \"text\":\"a b  c\"}\n\n");
  assert_next(&b, "event: job\ndata: {\"id\":12}\n\n");
  assert_next(&b, "event: stats\ndata: {}\n\n");
  event_publish(b.bus, "file", "{\"n\":2}");
  /* Its own come once, in order, and not a second time from the database. */
  assert_next(&a, "event: job\ndata: {\"n\":1, \"text\":\"a b  c\"}\n\n");
  assert_next(&a, large_block);
  assert_next(&a, "event: stats\ndata: {}\n\n");
  assert_next(&a, "event: file\ndata: {\"n\":2}\n\n");
  assert_next(&b, "event: file\ndata: {\"n\":2}\n\n");
  g_assert_null(event_take(a.events));
  g_assert_null(event_take(b.events));
}

/* What was published before the end still arrives. */
static void test_end_sends_the_rest(TestDb *test)
{
  if (is_alone(test))
    return;
  g_auto(Server) b = {0};
  server_init(&b, test->db);
  EventBus *a = event_bus_new(test->db, 64);
  for (int i = 0; i < 20; i++) {
    g_autofree char *data = g_strdup_printf("{\"n\":%d}", i);
    event_publish(a, "job", data);
  }
  event_bus_free(a);
  for (int i = 0; i < 20; i++) {
    g_autofree char *block = g_strdup_printf("event: job\ndata: {\"n\":%d}\n\n", i);
    assert_next(&b, block);
  }
}

/* Whoever speaks on the channel without being a server is not believed; a gap in the connection is a gap in the events. */
static void test_odd_messages(TestDb *test)
{
  if (is_alone(test))
    return;
  g_auto(Server) a = {0};
  server_init(&a, test->db);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  static const char *const messages[] = {"job", "x job", "x two words {}", "x job\ninjected {}", "x job {\n}"};
  for (int i = 0; i < 4; i++)
    g_test_expect_message("queue", G_LOG_LEVEL_WARNING, "*not an event*");
  for (size_t i = 0; i < G_N_ELEMENTS(messages); i++)
    g_assert_true(db_notify(conn, "reeve_events", messages[i], NULL));
  g_assert_true(db_notify(conn, "reeve_events", "", NULL));
  assert_next(&a, "event: two\ndata: words {}\n\n");
  assert_next(&a, "event: job\ndata: { }\n\n");
  assert_next(&a, "event: lost\ndata: {}\n\n");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/event_bridge/servers_hear_each_other", test_servers_hear_each_other);
  test_db_each("/event_bridge/end_sends_the_rest", test_end_sends_the_rest);
  test_db_each("/event_bridge/odd_messages", test_odd_messages);
  return g_test_run();
}
