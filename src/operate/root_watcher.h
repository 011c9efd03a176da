/* The watch of one root, on a thread of its own: hears of changes or polls, waits until files have settled, takes them through
 * the scan's code, and queues what came where the root says so.
 *
 * Thread-safety: made and freed by one thread; root_watcher_state from any. */
#pragma once

#include "operate/live_settings.h"
#include "operate/watch_state.h"
#include "transcode/transcode.h"

typedef struct RootWatcher RootWatcher;

typedef struct {
  Db *db;
  ScanContext *scan;
  TranscodeDesk *desk; /* NULL: nothing is queued */
  LiveSettings *settings;
  const Clock *clock;
  const char *server;
  int64_t window_ms; /* in which a file must not change; 0: by the settings */
} RootWatcherParams;

/* Starts the watch. `root` is copied: whoever changes it stops the watch and starts another. `params` is copied but for what it
 * points to. */
RootWatcher *root_watcher_start(const RootWatcherParams *params, const Root *root);

/* Stops what runs and joins. NULL is fine. */
void root_watcher_stop(RootWatcher *watcher);

/* Fills a struct that holds nothing yet. */
void root_watcher_state(RootWatcher *watcher, WatchState *ret_state);

const Root *root_watcher_root(const RootWatcher *watcher);
