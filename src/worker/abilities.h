/* What this machine's encoders can do, found out in the background while everything else already runs.
 *
 * Thread-safety: any thread. */
#pragma once

#include "media/capability.h"

typedef struct Abilities Abilities;

/* Starts to try the encoders on a thread of its own. */
Abilities *abilities_start(const char *ffmpeg, const char *handbrake);

/* Cancels and joins. */
void abilities_free(Abilities *abilities);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Abilities, abilities_free)

/* What was found, waiting for it if need be. Borrowed: it lives as long as `abilities`. NULL with NOT_FOUND if there is no
 * ffmpeg, CANCELLED. */
const CapabilitySet *abilities_wait(Abilities *abilities, Cancel *cancel, GError **error);

/* The same without waiting: UNAVAILABLE while the encoders are still being tried. */
const CapabilitySet *abilities_peek(Abilities *abilities, GError **error);
