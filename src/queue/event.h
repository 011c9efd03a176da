/* Events: small facts that something changed, for the event stream and the page. Servers on one PostgreSQL hear each other's.
 *
 * Thread-safety: all functions may be called from any thread. */
#pragma once

#include "store/db.h"

typedef struct EventBus EventBus;

/* Keeps the last `capacity` events (0: 1024) for those who come back with an id. `db` may be NULL: this process only; else it
 * must outlive the bus. */
EventBus *event_bus_new(Db *db, int capacity);
void event_bus_free(EventBus *bus); /* no subscriber may be left; what waits for other servers is still sent */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventBus, event_bus_free)

/* `type` is a word ("job", "file", "scan", "stats", "queue"), `data_json` an object. Cannot fail and does not wait for the
 * database: other servers are told by a thread of the bus. Best effort: an event that cannot be passed on is logged. Data over
 * 7 KiB goes to other servers as {"id": N} only, N being its own "id". */
void event_publish(EventBus *bus, const char *type, const char *data_json);

typedef struct EventSubscription EventSubscription;

/* `wake` is called (from any thread, must be quick, must not call back into the bus) when there is something new to take; take
 * once right after subscribing, too. `after_id`: the last event that the reader has seen; < 0: only what comes from now on. Ids
 * grow within the process and start at its clock in microseconds, so that an id from an earlier life or from another server is
 * known for what it is: then, as when the reader fell behind, the first block taken is "lost". */
EventSubscription *event_subscribe(EventBus *bus, int64_t after_id, void (*wake)(void *user_data), void *user_data);
void event_unsubscribe(EventSubscription *subscription); /* when it returns, wake is not called any more */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventSubscription, event_unsubscribe)

/* Takes the next event as a ready server-sent-events block ("id: 7\nevent: job\ndata: {…}\n\n"); NULL if there is none now. A
 * subscriber that missed events gets one "event: lost" block in their place: what it shows may be stale. The caller frees it. */
char *event_take(EventSubscription *subscription);
