/* Decides which connections have had their time. Test: tests/unit/api/test_connections.c */
#include "api/connections.h"

#include "auth/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct Connection {
  ConnectionTable *table;
  void *owner;
  int fd;
  char *address;
  ConnectionPhase phase; /* guarded by the table's lock, as is the next */
  gint64 until_us;       /* monotonic; of the first two phases */
};

struct ConnectionTable {
  ConnectionRules rules;
  GMutex lock; /* guards what follows */
  GCond changed;
  GHashTable *connections; /* of Connection, as a set */
  gint64 wakes_us;         /* when the reaper looks again by itself; G_MAXINT64: never */
  bool ended;
  GThread *reaper;
};

static char *address_of(const struct sockaddr *address)
{
  char text[INET6_ADDRSTRLEN] = "";
  if (address && address->sa_family == AF_INET)
    inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text, sizeof text);
  else if (address && address->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text, sizeof text);
  char *plain = network_plain(text);
  return plain ? plain : g_strdup("");
}

/* Shuts down what is late; G_MAXINT64, or when the next one will be. With the lock held: an fd in the table is open. */
static gint64 reap(ConnectionTable *table)
{
  gint64 now_us = g_get_monotonic_time(), next_us = G_MAXINT64;
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, table->connections);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    Connection *connection = key;
    if (connection->phase == CONNECTION_ANSWER)
      continue;
    if (connection->until_us > now_us) {
      next_us = MIN(next_us, connection->until_us);
      continue;
    }
    g_debug("A connection from %s took too long to say what it wants and is closed.", connection->address);
    shutdown(connection->fd, SHUT_RDWR);
    connection->phase = CONNECTION_ANSWER; /* once is enough */
  }
  return next_us;
}

static void *run_reaper(void *user_data)
{
  ConnectionTable *table = user_data;
  g_mutex_lock(&table->lock);
  while (!table->ended) {
    table->wakes_us = reap(table);
    if (table->wakes_us == G_MAXINT64)
      g_cond_wait(&table->changed, &table->lock);
    else
      g_cond_wait_until(&table->changed, &table->lock, table->wakes_us);
  }
  g_mutex_unlock(&table->lock);
  return NULL;
}

ConnectionTable *connection_table_new(const ConnectionRules *rules)
{
  ConnectionTable *table = g_new0(ConnectionTable, 1);
  table->rules = *rules;
  g_mutex_init(&table->lock);
  g_cond_init(&table->changed);
  table->connections = g_hash_table_new(NULL, NULL);
  table->reaper = g_thread_new("reaper", run_reaper, table);
  return table;
}

void connection_table_free(ConnectionTable *table)
{
  if (!table)
    return;
  g_mutex_lock(&table->lock);
  table->ended = true;
  g_cond_signal(&table->changed);
  g_mutex_unlock(&table->lock);
  g_thread_join(table->reaper);
  g_assert(g_hash_table_size(table->connections) == 0);
  g_hash_table_unref(table->connections);
  g_cond_clear(&table->changed);
  g_mutex_clear(&table->lock);
  g_free(table);
}

bool connection_table_admits(ConnectionTable *table, const struct sockaddr *address)
{
  g_autofree char *text = address_of(address);
  if (table->rules.is_free(text, table->rules.user_data))
    return true;
  int count = 0;
  g_mutex_lock(&table->lock);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, table->connections);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    count += strcmp(((const Connection *)key)->address, text) == 0;
  g_mutex_unlock(&table->lock);
  return count < CONNECTIONS_PER_ADDRESS_MAX;
}

/* With the lock held. */
static void set_phase(Connection *connection, ConnectionPhase phase)
{
  const ConnectionRules *rules = &connection->table->rules;
  connection->phase = phase;
  if (phase == CONNECTION_ANSWER)
    return;
  connection->until_us = g_get_monotonic_time() + 1000 * (phase == CONNECTION_HEADERS ? rules->header_ms : rules->body_ms);
  /* Nearly every deadline is later than one the reaper waits for: waking it for each request would cost more than the request. */
  if (connection->until_us < connection->table->wakes_us)
    g_cond_signal(&connection->table->changed);
}

Connection *connection_begin(ConnectionTable *table, int fd, const struct sockaddr *address, void *owner)
{
  Connection *connection = g_new0(Connection, 1);
  connection->table = table;
  connection->owner = owner;
  connection->fd = fd;
  connection->address = address_of(address);
  g_mutex_lock(&table->lock);
  g_hash_table_add(table->connections, connection);
  set_phase(connection, CONNECTION_HEADERS);
  g_mutex_unlock(&table->lock);
  return connection;
}

void connection_end(Connection *connection)
{
  ConnectionTable *table = connection->table;
  g_mutex_lock(&table->lock);
  g_hash_table_remove(table->connections, connection);
  g_mutex_unlock(&table->lock);
  g_free(connection->address);
  g_free(connection);
}

void connection_phase(Connection *connection, ConnectionPhase phase)
{
  g_mutex_lock(&connection->table->lock);
  set_phase(connection, phase);
  g_mutex_unlock(&connection->table->lock);
}

const char *connection_address(const Connection *connection)
{
  return connection->address;
}

void *connection_owner(const Connection *connection)
{
  return connection->owner;
}
