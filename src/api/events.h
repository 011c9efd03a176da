/* Server-sent events (HTML Living Standard, 9.2) over suspended connections: a reader costs a connection and no thread.
 *
 * Thread-safety: all functions may be called from any thread. */
#pragma once

#include "queue/event.h"

#include <microhttpd.h>

typedef struct EventHub EventHub;
typedef struct EventStream EventStream;

enum {
  EVENT_PING_MS = 15 * 1000,        /* a comment, so that readers and proxies know that all is well */
  EVENT_STREAM_MS = 60 * 60 * 1000, /* then the reader comes back, and shows its key again */
  EVENT_STREAMS_MAX = 200,
};

EventHub *event_hub_new(const Clock *clock);
void event_hub_free(EventHub *hub); /* no stream may be left */

/* Ends every stream, and those to come. */
void event_hub_end(EventHub *hub);

/* A reader of the bus. UNAVAILABLE if there are EVENT_STREAMS_MAX already. */
EventStream *event_stream_new(EventHub *hub, EventBus *bus, struct MHD_Connection *connection, int64_t after_id, GError **error);
void event_stream_free(EventStream *stream);

/* For MHD_create_response_from_callback; `stream` is an EventStream. */
ssize_t event_stream_read(void *stream, uint64_t position, char *buffer, size_t max);
