/* Decides how events reach those who read them: a reader with nothing to read has its connection suspended, and the bus wakes it.
 * Test: tests/unit/api/test_server.c
 *
 * Locks are taken in the order bus or hub, then stream; so a stream never asks the bus while it holds its own. */
#include "api/events.h"

#include "base/clock.h"
#include "base/error.h"

#include <string.h>

struct EventHub {
  const Clock *clock;
  GMutex lock; /* guards what follows */
  GCond changed;
  GPtrArray *streams; /* borrowed */
  bool ended;
  GThread *pinger;
};

struct EventStream {
  EventHub *hub;
  EventSubscription *subscription;
  struct MHD_Connection *connection;
  int64_t until_ms; /* monotonic */
  char *block;      /* what is being sent; touched by the connection's thread only, as is the next */
  size_t sent;
  GMutex lock; /* guards what follows */
  bool woken;  /* the bus may have something */
  bool ping;
  bool ended;
  bool suspended;
};

/* With the stream's lock held. */
static void resume(EventStream *stream)
{
  if (!stream->suspended)
    return;
  stream->suspended = false;
  MHD_resume_connection(stream->connection);
}

static void wake(void *user_data)
{
  EventStream *stream = user_data;
  g_mutex_lock(&stream->lock);
  stream->woken = true;
  resume(stream);
  g_mutex_unlock(&stream->lock);
}

static void ping(EventStream *stream, bool end)
{
  g_mutex_lock(&stream->lock);
  stream->ping = true;
  stream->ended = stream->ended || end || clock_monotonic_ms(stream->hub->clock) >= stream->until_ms;
  resume(stream);
  g_mutex_unlock(&stream->lock);
}

static void *run_pinger(void *user_data)
{
  EventHub *hub = user_data;
  g_mutex_lock(&hub->lock);
  while (!hub->ended) {
    gint64 next_us = g_get_monotonic_time() + EVENT_PING_MS * G_TIME_SPAN_MILLISECOND;
    while (!hub->ended && g_cond_wait_until(&hub->changed, &hub->lock, next_us))
      ;
    for (guint i = 0; i < hub->streams->len; i++)
      ping(hub->streams->pdata[i], hub->ended);
  }
  g_mutex_unlock(&hub->lock);
  return NULL;
}

EventHub *event_hub_new(const Clock *clock)
{
  EventHub *hub = g_new0(EventHub, 1);
  hub->clock = clock;
  g_mutex_init(&hub->lock);
  g_cond_init(&hub->changed);
  hub->streams = g_ptr_array_new();
  hub->pinger = g_thread_new("pinger", run_pinger, hub);
  return hub;
}

void event_hub_end(EventHub *hub)
{
  g_mutex_lock(&hub->lock);
  hub->ended = true;
  g_cond_signal(&hub->changed);
  g_mutex_unlock(&hub->lock);
}

void event_hub_free(EventHub *hub)
{
  if (!hub)
    return;
  event_hub_end(hub);
  g_thread_join(hub->pinger);
  g_assert(hub->streams->len == 0);
  g_ptr_array_unref(hub->streams);
  g_cond_clear(&hub->changed);
  g_mutex_clear(&hub->lock);
  g_free(hub);
}

EventStream *event_stream_new(EventHub *hub, EventBus *bus, struct MHD_Connection *connection, int64_t after_id, GError **error)
{
  EventStream *stream = g_new0(EventStream, 1);
  stream->hub = hub;
  stream->connection = connection;
  stream->until_ms = clock_monotonic_ms(hub->clock) + EVENT_STREAM_MS;
  stream->block = g_strdup("retry: 2000\n\n"); /* sends the headers on their way */
  g_mutex_init(&stream->lock);
  g_mutex_lock(&hub->lock);
  bool taken = !hub->ended && hub->streams->len < EVENT_STREAMS_MAX;
  if (taken)
    g_ptr_array_add(hub->streams, stream);
  g_mutex_unlock(&hub->lock);
  if (!taken) {
    event_stream_free(stream);
    fail(error, REEVE_ERROR_UNAVAILABLE, "Too many event streams are open; close some pages.");
    return NULL;
  }
  stream->subscription = event_subscribe(bus, after_id, wake, stream);
  return stream;
}

void event_stream_free(EventStream *stream)
{
  if (!stream)
    return;
  g_mutex_lock(&stream->hub->lock);
  g_ptr_array_remove_fast(stream->hub->streams, stream);
  g_mutex_unlock(&stream->hub->lock);
  event_unsubscribe(stream->subscription);
  g_mutex_clear(&stream->lock);
  g_free(stream->block);
  g_free(stream);
}

typedef enum { NEXT_BLOCK, NEXT_LATER, NEXT_END } Next;

/* What to send now. NEXT_LATER: the connection is suspended, and whoever has news resumes it. */
static Next next_block(EventStream *stream)
{
  for (;;) {
    g_mutex_lock(&stream->lock);
    bool ended = stream->ended;
    stream->woken = false;
    g_mutex_unlock(&stream->lock);
    if (ended)
      return NEXT_END;
    if ((stream->block = event_take(stream->subscription)))
      return NEXT_BLOCK;

    g_mutex_lock(&stream->lock);
    bool news = stream->woken || stream->ended;
    if (!news && stream->ping)
      stream->block = g_strdup(": ping\n\n");
    stream->ping = false;
    if (!news && !stream->block) {
      stream->suspended = true;
      MHD_suspend_connection(stream->connection);
    }
    g_mutex_unlock(&stream->lock);
    if (!news)
      return stream->block ? NEXT_BLOCK : NEXT_LATER;
  }
}

ssize_t event_stream_read(void *user_data, uint64_t position, char *buffer, size_t max)
{
  EventStream *stream = user_data;
  if (!stream->block) {
    Next next = next_block(stream);
    if (next != NEXT_BLOCK)
      return next == NEXT_END ? MHD_CONTENT_READER_END_OF_STREAM : 0;
    stream->sent = 0;
  }
  size_t length = MIN(max, strlen(stream->block + stream->sent));
  memcpy(buffer, stream->block + stream->sent, length);
  stream->sent += length;
  if (!stream->block[stream->sent])
    g_clear_pointer(&stream->block, g_free);
  return (ssize_t)length;
}
