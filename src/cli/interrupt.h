/* SIGINT, SIGTERM and SIGHUP as a token: the first asks for a graceful end, the second ends the process at once.
 *
 * Thread-safety: made before other threads start (they inherit the blocked signals), freed by the thread that made it. */
#pragma once

#include "sys/cancel.h"

typedef struct Interrupt Interrupt;

Interrupt *interrupt_new(void);
void interrupt_free(Interrupt *interrupt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interrupt, interrupt_free)

/* Set by the first signal. Borrowed. */
Cancel *interrupt_cancel(Interrupt *interrupt);

/* "SIGTERM", or NULL if none has come. */
const char *interrupt_signal(const Interrupt *interrupt);
