/* Connections that take too long, and how many there may be from one address. */
#include "api/connections.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { SHORT_MS = 50, LONG_MS = 60 * 60 * 1000, PATIENCE_MS = 20 * 1000 };

static bool is_ten(const char *address, void *user_data)
{
  return strcmp(address, "10.0.0.1") == 0;
}

static ConnectionTable *table_of(int64_t header_ms, int64_t body_ms)
{
  return connection_table_new(&(ConnectionRules){.header_ms = header_ms, .body_ms = body_ms, .is_free = is_ten});
}

static struct sockaddr_in address_of(guint32 number)
{
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(number)};
}

static bool is_shut(int peer, int wait_ms)
{
  struct pollfd fd = {.fd = peer, .events = POLLIN};
  char byte;
  return poll(&fd, 1, wait_ms) == 1 && read(peer, &byte, 1) == 0;
}

static void test_deadlines(void)
{
  static const struct {
    int64_t header_ms, body_ms;
    ConnectionPhase phase;
    bool ends;
  } rows[] = {
      {SHORT_MS, LONG_MS, CONNECTION_HEADERS, true},  {LONG_MS, SHORT_MS, CONNECTION_HEADERS, false},
      {SHORT_MS, LONG_MS, CONNECTION_BODY, false},    {LONG_MS, SHORT_MS, CONNECTION_BODY, true},
      {SHORT_MS, SHORT_MS, CONNECTION_ANSWER, false},
  };
  struct sockaddr_in address = address_of(0x7f000001);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ConnectionTable *table = table_of(rows[i].header_ms, rows[i].body_ms);
    int fds[2], canary[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, canary), ==, 0);
    Connection *connection = connection_begin(table, fds[0], (struct sockaddr *)&address, table);
    g_assert_true(connection_owner(connection) == table);
    g_assert_cmpstr(connection_address(connection), ==, "127.0.0.1");
    connection_phase(connection, rows[i].phase);
    if (rows[i].ends) {
      g_assert_true(is_shut(fds[1], PATIENCE_MS));
    } else {
      /* One that is certain to be shut tells that the other has had its time. */
      Connection *late = connection_begin(table, canary[0], (struct sockaddr *)&address, NULL);
      connection_phase(late, rows[i].header_ms == SHORT_MS ? CONNECTION_HEADERS : CONNECTION_BODY);
      g_assert_true(is_shut(canary[1], PATIENCE_MS));
      g_assert_false(is_shut(fds[1], 0));
      connection_end(late);
    }
    connection_end(connection);
    connection_table_free(table);
    for (int k = 0; k < 2; k++) {
      close(fds[k]);
      close(canary[k]);
    }
  }
}

static void test_numbers(void)
{
  ConnectionTable *table = table_of(LONG_MS, LONG_MS);
  struct sockaddr_in many = address_of(0xc0000201), other = address_of(0xc0000202), ours = address_of(0x0a000001);
  Connection *connections[CONNECTIONS_PER_ADDRESS_MAX];
  for (int i = 0; i < CONNECTIONS_PER_ADDRESS_MAX; i++) {
    g_assert_true(connection_table_admits(table, (struct sockaddr *)&many));
    connections[i] = connection_begin(table, -1, (struct sockaddr *)&many, NULL);
  }
  g_assert_false(connection_table_admits(table, (struct sockaddr *)&many));
  g_assert_true(connection_table_admits(table, (struct sockaddr *)&other));
  /* The same address over IPv6 is the same. */
  struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_addr.s6_addr = {[10] = 0xff, 0xff, 192, 0, 2, 1}};
  g_assert_false(connection_table_admits(table, (struct sockaddr *)&mapped));
  Connection *free_ones[CONNECTIONS_PER_ADDRESS_MAX];
  for (int i = 0; i < CONNECTIONS_PER_ADDRESS_MAX; i++)
    free_ones[i] = connection_begin(table, -1, (struct sockaddr *)&ours, NULL);
  g_assert_true(connection_table_admits(table, (struct sockaddr *)&ours));
  connection_end(connections[0]);
  g_assert_true(connection_table_admits(table, (struct sockaddr *)&many));
  for (int i = 0; i < CONNECTIONS_PER_ADDRESS_MAX; i++) {
    connection_end(free_ones[i]);
    if (i > 0)
      connection_end(connections[i]);
  }
  connection_table_free(table);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/connections/deadlines", test_deadlines);
  g_test_add_func("/connections/numbers", test_numbers);
  return g_test_run();
}
