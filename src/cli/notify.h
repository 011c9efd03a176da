/* Telling the service manager how we are, by the protocol of sd_notify(3): datagrams to $NOTIFY_SOCKET. Without that variable
 * nothing is sent.
 *
 * Thread-safety: notify_new before other threads start; the rest from the thread that made it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Notify Notify;

/* STARTING and STOPPING may take longer than the manager expects (a database that is away, an encode that is finished): as long
 * as they last the manager is asked for more time. */
typedef enum { NOTIFY_STARTING, NOTIFY_READY, NOTIFY_STOPPING } NotifyPhase;

/* Starts the thread that feeds the watchdog, if the manager has one. */
Notify *notify_new(void);
void notify_free(Notify *notify);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Notify, notify_free)

void notify_phase(Notify *notify, NotifyPhase phase, const char *status);

/* What the manager shows. */
void notify_status(Notify *notify, const char *status);
