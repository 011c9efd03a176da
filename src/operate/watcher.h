/* The watches of all roots (L4): which roots this server watches, as their settings, the other servers and the settings in force
 * have it.
 *
 * Thread-safety: made and freed by one thread; watcher_poke from any. */
#pragma once

#include "operate/root_watcher.h"

typedef struct Watcher Watcher;

/* Starts. What `params` points to must outlive the watcher. */
Watcher *watcher_start(const RootWatcherParams *params);

/* Stops all watches and leaves them to other servers. NULL is fine. */
void watcher_stop(Watcher *watcher);

/* Roots or settings were changed: looks at them at once. What other servers and commands change is noticed within 15 seconds.
 * NULL is fine. */
void watcher_poke(Watcher *watcher);
