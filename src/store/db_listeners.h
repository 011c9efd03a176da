/* Who listens to which channel of a Db, and calling them. The drivers bring the messages.
 *
 * Thread-safety: all functions may be called from any thread, also from inside a listener. */
#pragma once

#include "store/db.h"

typedef struct DbListeners DbListeners;

DbListeners *db_listeners_new(void);
void db_listeners_free(DbListeners *listeners);

guint db_listeners_add(DbListeners *listeners, const char *channel, DbListener listener, void *user_data);

/* Waits for a delivery that is under way, unless it is called from inside it. */
void db_listeners_remove(DbListeners *listeners, guint id);

/* The channels somebody listens to, each once, sorted; free with g_strfreev. */
char **db_listeners_channels(DbListeners *listeners);

/* Calls the listeners of a channel; those of all channels, each with its own channel's name, if `channel` is NULL. */
void db_listeners_deliver(DbListeners *listeners, const char *channel, const char *payload);
