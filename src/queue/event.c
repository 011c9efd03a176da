/* Decides how events are numbered, kept, handed to subscribers and carried between servers.
 * Test: tests/unit/queue/test_event.c
 *
 * The ring holds the blocks as they go over the wire, so that a thousand readers cost a thousand copies and not a thousand
 * renderings. Sending to other servers is a thread's work: whoever publishes may stand in the middle of a claim. */
#include "queue/event.h"

#include "wire/json.h"

#include <string.h>

enum {
  PRESET_CAPACITY = 1024,
  PEER_DATA_MAX_BYTES = 7 * 1024, /* PostgreSQL refuses a payload of 8000 bytes; origin and type need room, too */
  OUTBOX_MAX = 10000,             /* messages waiting for a database that is away */
  OUTBOX_BATCH = 256,             /* messages in one transaction: each commit of a NOTIFY waits for the disk */
};

#define CHANNEL "reeve_events"

struct EventBus {
  GMutex lock; /* guards the ring and the subscribers */
  char **blocks;
  int64_t capacity;
  int64_t first_id; /* of this process's life */
  int64_t next_id;
  GPtrArray *subscriptions; /* borrowed */

  Db *db; /* NULL unless there may be other servers */
  char *origin;
  guint listener;
  GAsyncQueue *outbox; /* of char *payload */
  GThread *sender;
  gint dropping; /* atomic: the outbox is full, and that was logged */
};

struct EventSubscription {
  EventBus *bus;
  int64_t next_id; /* the next to take */
  bool lost;       /* what the reader knew does not join up with what comes */
  void (*wake)(void *user_data);
  void *user_data;
};

/* Ends the sender's thread; compared by address. */
static char stop_mark[] = "stop";

static int64_t oldest_id(const EventBus *bus)
{
  return MAX(bus->first_id, bus->next_id - bus->capacity);
}

/* A type stands on a line of its own and before a space in the message to other servers. */
static bool is_word(const char *text)
{
  if (!*text)
    return false;
  for (; *text; text++)
    if (!g_ascii_isalnum(*text) && *text != '_' && *text != '-')
      return false;
  return true;
}

static char *render_block(int64_t id, const char *type, const char *data)
{
  return g_strdup_printf("id: %" G_GINT64_FORMAT "\nevent: %s\ndata: %s\n\n", id, type, data);
}

/* JSON holds line breaks between its tokens only, never raw inside a string, so a space can stand for each. */
static char *on_one_line(const char *data_json)
{
  return g_strdelimit(g_strdup(data_json), "\r\n", ' ');
}

static void append(EventBus *bus, const char *type, const char *data)
{
  g_mutex_lock(&bus->lock);
  int64_t id = bus->next_id++;
  char **slot = &bus->blocks[id % bus->capacity];
  g_free(*slot);
  *slot = render_block(id, type, data);
  for (guint i = 0; i < bus->subscriptions->len; i++) {
    EventSubscription *subscription = bus->subscriptions->pdata[i];
    subscription->wake(subscription->user_data);
  }
  g_mutex_unlock(&bus->lock);
}

/* What another server is told: "ORIGIN TYPE DATA". */
static char *peer_message(const EventBus *bus, const char *type, const char *data)
{
  g_autofree char *short_data = NULL;
  if (strlen(data) > PEER_DATA_MAX_BYTES) {
    g_autoptr(json_t) object = json_parse(data, strlen(data), NULL);
    json_int_t id = json_integer_value(json_object_get(object, "id"));
    short_data = g_strdup_printf("{\"id\":%" JSON_INTEGER_FORMAT "}", id);
  }
  return g_strdup_printf("%s %s %s", bus->origin, type, short_data ? short_data : data);
}

/* From another server, or our own message come back; empty if messages may have been missed, which readers must then know. */
static void hear_peer(const char *channel, const char *payload, void *user_data)
{
  EventBus *bus = user_data;
  if (!*payload) {
    append(bus, "lost", "{}");
    return;
  }
  g_auto(GStrv) parts = g_strsplit(payload, " ", 3);
  if (g_strv_length(parts) != 3 || !is_word(parts[1])) {
    g_warning("A message that is not an event came on the channel %s and was ignored.", channel);
    return;
  }
  if (g_str_equal(parts[0], bus->origin))
    return;
  g_autofree char *data = on_one_line(parts[2]);
  append(bus, parts[1], data);
}

static bool send_batch(EventBus *bus, const GPtrArray *batch, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(bus->db, error);
  if (!conn)
    return false;
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  if (!transaction)
    return false;
  for (guint i = 0; i < batch->len; i++)
    if (!db_notify(conn, CHANNEL, batch->pdata[i], error))
      return false;
  return db_commit(transaction, error);
}

static void *run_sender(void *user_data)
{
  EventBus *bus = user_data;
  for (bool stop = false; !stop;) {
    g_autoptr(GPtrArray) batch = g_ptr_array_new_with_free_func(g_free);
    for (char *message = g_async_queue_pop(bus->outbox); message; message = g_async_queue_try_pop(bus->outbox)) {
      stop = message == stop_mark;
      if (stop)
        break;
      g_ptr_array_add(batch, message);
      if (batch->len == OUTBOX_BATCH)
        break;
    }
    g_autoptr(GError) error = NULL;
    if (batch->len > 0 && !send_batch(bus, batch, &error))
      g_warning("%u events were not passed on to the other servers, whose pages may be stale until they are loaded again: %s",
                batch->len, error->message);
  }
  return NULL;
}

EventBus *event_bus_new(Db *db, int capacity)
{
  EventBus *bus = g_new0(EventBus, 1);
  g_mutex_init(&bus->lock);
  bus->capacity = capacity > 0 ? capacity : PRESET_CAPACITY;
  bus->blocks = g_new0(char *, (size_t)bus->capacity);
  bus->first_id = bus->next_id = clock_now_ms(clock_system()) * 1000;
  bus->subscriptions = g_ptr_array_new();
  /* An SQLite database has one server. */
  if (db && db_kind(db) == DB_POSTGRESQL) {
    bus->db = db;
    bus->origin = g_uuid_string_random();
    bus->outbox = g_async_queue_new();
    bus->sender = g_thread_new("events", run_sender, bus);
    bus->listener = db_listen(db, CHANNEL, hear_peer, bus);
  }
  return bus;
}

void event_bus_free(EventBus *bus)
{
  if (!bus)
    return;
  g_assert(bus->subscriptions->len == 0);
  if (bus->db) {
    db_unlisten(bus->db, bus->listener);
    g_async_queue_push(bus->outbox, stop_mark);
    g_thread_join(bus->sender);
    g_async_queue_unref(bus->outbox);
  }
  for (int64_t i = 0; i < bus->capacity; i++)
    g_free(bus->blocks[i]);
  g_free(bus->blocks);
  g_ptr_array_unref(bus->subscriptions);
  g_free(bus->origin);
  g_mutex_clear(&bus->lock);
  g_free(bus);
}

static void tell_peers(EventBus *bus, const char *type, const char *data)
{
  if (g_async_queue_length(bus->outbox) < OUTBOX_MAX) {
    g_atomic_int_set(&bus->dropping, 0);
    g_async_queue_push(bus->outbox, peer_message(bus, type, data));
  } else if (g_atomic_int_compare_and_exchange(&bus->dropping, 0, 1)) {
    g_warning("The database does not take events as fast as they come; the other servers miss some until it does.");
  }
}

void event_publish(EventBus *bus, const char *type, const char *data_json)
{
  g_return_if_fail(is_word(type));
  g_autofree char *data = on_one_line(data_json);
  append(bus, type, data);
  if (bus->db)
    tell_peers(bus, type, data);
}

EventSubscription *event_subscribe(EventBus *bus, int64_t after_id, void (*wake)(void *user_data), void *user_data)
{
  EventSubscription *subscription = g_new0(EventSubscription, 1);
  subscription->bus = bus;
  subscription->wake = wake;
  subscription->user_data = user_data;
  g_mutex_lock(&bus->lock);
  bool known = after_id >= oldest_id(bus) - 1 && after_id < bus->next_id;
  subscription->next_id = known ? after_id + 1 : bus->next_id;
  subscription->lost = after_id >= 0 && !known;
  g_ptr_array_add(bus->subscriptions, subscription);
  g_mutex_unlock(&bus->lock);
  return subscription;
}

void event_unsubscribe(EventSubscription *subscription)
{
  if (!subscription)
    return;
  EventBus *bus = subscription->bus;
  g_mutex_lock(&bus->lock);
  g_ptr_array_remove_fast(bus->subscriptions, subscription);
  g_mutex_unlock(&bus->lock);
  g_free(subscription);
}

char *event_take(EventSubscription *subscription)
{
  EventBus *bus = subscription->bus;
  char *block = NULL;
  g_mutex_lock(&bus->lock);
  if (subscription->next_id < oldest_id(bus)) {
    subscription->next_id = oldest_id(bus);
    subscription->lost = true;
  }
  if (subscription->lost) {
    subscription->lost = false;
    block = render_block(subscription->next_id - 1, "lost", "{}");
  } else if (subscription->next_id < bus->next_id) {
    block = g_strdup(bus->blocks[subscription->next_id % bus->capacity]);
    subscription->next_id++;
  }
  g_mutex_unlock(&bus->lock);
  return block;
}
