/* One scan of a root under way: what the scan_*.c files share and nobody else includes. */
#pragma once

#include "library/scan.h"
#include "library/scan_rows.h"

#include <stdatomic.h>

/* Speed and time left, from samples that the calling thread takes. */
typedef struct {
  int64_t sampled_at_ms, sampled_done;
  double per_second; /* 0 until measured */
} ScanRate;

typedef struct {
  ScanContext *context;
  const ScanWatch *watch;     /* never NULL */
  const ScanChanges *changes; /* only these are looked at; NULL: all of the root */
  Root root;
  Cancel *cancel; /* ours, below the caller's: also set when something fails */
  ScanWork *work;
  ScanIndex *index;

  /* written by the walk's threads */
  _Atomic int64_t directories, found, unchanged, unreadable;
  GMutex lock;
  GHashTable *unreadable_paths; /* char *: directories and files that could not be looked at; guarded by lock */
  GHashTable *devices;          /* int64_t *: of the directories that were read; guarded by lock */
  GError *walk_error;           /* set when the walk's thread ends */

  /* of the calling thread */
  ScanProgress progress;
  ScanRate rate;
  int64_t told_at_ms, published_at_ms;
  GPtrArray *batch; /* ScanItem: ready to be written */
  int64_t batch_since_ms;
  bool is_frozen;      /* by this scan */
  GHashTable *claimed; /* int64_t *: rows that files under way will take over */
} Scan;

/* The parts of which a scan is made: in this order, then scan_clear. */
void scan_init(Scan *scan, ScanContext *context, const ScanWatch *watch);
bool scan_load_root(ScanContext *context, int64_t root_id, Root *root, GError **error);
bool scan_set_first_device(Scan *scan, int64_t device, GError **error);
bool scan_walk_and_work(Scan *scan, GError **error); /* afterwards no thread of it is left, and the rows say what was found */
void scan_clear(Scan *scan);

/* A directory on this device was read. Any thread. */
void scan_note_device(Scan *scan, int64_t device);

/* Whether a path still holds the file that a row tells of. */
typedef enum {
  PRESENCE_SAME,
  PRESENCE_OTHER /* something else */,
  PRESENCE_GONE,
  PRESENCE_UNKNOWN /* it cannot be told */
} ScanPresence;
ScanPresence scan_presence(const char *path, const FileStat *identity, int64_t *ret_device);

/* scan_resolve.c: decides what a found file is (same, changed, moved, new) and either puts it into the batch or hands it to the
 * probing threads. Takes the item. */
bool scan_resolve(Scan *scan, DbConn *conn, ScanItem *item, GError **error);

/* A file that was probed joins the batch; one that vanished meanwhile, or was cancelled, is dropped. Takes the item. */
void scan_accept_probed(Scan *scan, ScanItem *item);

/* Writes the batch in one transaction, and counts it. */
bool scan_flush(Scan *scan, GError **error);

/* scan_guard.c: refuses frozen roots and freezes broken ones, before anything is read. *ret_device is the root's. */
bool guard_enter(Scan *scan, int64_t *ret_device, GError **error);

/* After a complete walk: what was not seen is marked missing, unless that is so much that the world must be broken. */
bool guard_missing(Scan *scan, int64_t root_device, GError **error);

/* scan_progress.c */
enum { SCAN_TELL_MS = 250 }; /* between two calls of on_progress */
ScanProgress scan_progress_now(Scan *scan);
void scan_tell(Scan *scan, const char *level, const char *message);
void scan_tell_progress(Scan *scan, bool is_last, const char *state); /* as often as allowed, or at the end */
int scan_ms_to_next_tell(const Scan *scan);

/* Counts done files into speed and time left. `total` is FIELD_NULL_INT while it cannot be guessed. */
void scan_rate_sample(ScanRate *rate, int64_t now_ms, int64_t done, int64_t total, ScanProgress *progress);
