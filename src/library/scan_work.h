/* What passes between the threads of a scan: the walk finds files, the calling thread decides and writes, probing threads open
 * files. Every queue is bounded: a walk that is ahead waits, so memory does not grow with the library.
 *
 * Thread-safety: scan_work_offer and scan_work_say from any thread; the rest from the one that made it. */
#pragma once

#include "library/walk.h"
#include "media/probe.h"

/* A file on its way through a scan. */
typedef struct {
  char *path; /* absolute */
  FileStat stat;
  char **sidecars; /* NULL: none */
  int64_t row_id;  /* the row that it was found to belong to; 0: none known */
  int64_t claimed; /* row_id, if that row had another path and nobody else may take it; else 0 */
  bool is_probed;  /* fingerprint and media or error are set; else only the row's facts change */
  int state;       /* FileState for the row, unless it was probed */
  char *fingerprint;
  MediaInfo *media;
  GError *error;
} ScanItem;

void scan_item_free(ScanItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScanItem, scan_item_free)

typedef struct ScanWork ScanWork;

typedef struct {
  ProbePool *probes;
  int threads; /* that probe, at least 1 */
  bool wants_fingerprints;
  Cancel *cancel;
} ScanWorkParams;

ScanWork *scan_work_new(const ScanWorkParams *params);

/* Stops, waits for the probing threads and frees what is still queued. No other thread may use it any more. */
void scan_work_free(ScanWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScanWork, scan_work_free)

/* Queues a file that the walk found, waiting while the queue is full; after scan_work_stop it is dropped. Takes the item. */
void scan_work_offer(ScanWork *work, ScanItem *item);

/* Queues a message for the calling thread to pass on. `level` is a constant. */
void scan_work_say(ScanWork *work, const char *level, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The walk has ended: nothing more will be offered. Any thread. */
void scan_work_walk_ended(ScanWork *work);

/* Releases whoever waits to offer, and lets the probing threads end. */
void scan_work_stop(ScanWork *work);

/* The next file that was found, if the probing threads can take one more; NULL if there is none now. The caller owns it. */
ScanItem *scan_work_take_found(ScanWork *work);

/* Hands a file to the probing threads. */
void scan_work_probe(ScanWork *work, ScanItem *item);

/* The next file that was probed, or NULL. The caller owns it. */
ScanItem *scan_work_take_probed(ScanWork *work);

/* The next message, or NULL; the caller frees it. */
char *scan_work_take_message(ScanWork *work, const char **ret_level);

bool scan_work_walk_has_ended(ScanWork *work);

/* True when the walk has ended and everything was taken. */
bool scan_work_is_over(ScanWork *work);

/* Waits until there is something to take, all is over, `cancel` is set, or the time has passed. */
void scan_work_wait(ScanWork *work, int timeout_ms);
