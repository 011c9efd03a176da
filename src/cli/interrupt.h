/* SIGINT, SIGTERM and SIGHUP as a token: the first asks for a graceful end, the second ends the process at once.
 *
 * Thread-safety: made before other threads start (they inherit the blocked signals), freed by the thread that made it. */
#pragma once

#include "sys/cancel.h"

typedef struct Interrupt Interrupt;

Interrupt *interrupt_new(void);
void interrupt_free(Interrupt *interrupt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interrupt, interrupt_free)

/* From now on SIGHUP calls `on_hangup` on the thread of the signals instead of ending anything; not where the process runs at a
 * terminal, which has then gone. */
void interrupt_reload_on_hangup(Interrupt *interrupt, void (*on_hangup)(void *user_data), void *user_data);

/* Set by the first signal. Borrowed. */
Cancel *interrupt_cancel(Interrupt *interrupt);

/* "SIGTERM", or NULL if none has come. */
const char *interrupt_signal(const Interrupt *interrupt);
