/* What the encoders of this machine can do, remembered between commands: trying them takes seconds, and a preview should not.
 *
 * Thread-safety: no shared state but the file, which is replaced whole. */
#pragma once

#include "media/capability.h"

/* As capability_detect; a trial of the same programs, since the last boot and less than a day ago, is used again. `on_trial` is
 * called before a new one begins; may be NULL. */
CapabilitySet *capability_recall(const char *ffmpeg, const char *handbrake, Cancel *cancel, void (*on_trial)(void *user_data),
                                 void *user_data, GError **error);
