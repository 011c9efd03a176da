/* Probing: libavformat on untrusted files, in long-lived sandboxed child processes (`reeve __probe`).
 *
 * The parent opens the file and passes the descriptor over a socketpair; a child can open nothing, execute nothing and reach no
 * network. One request at a time per child; a child that crashes, hangs or answers badly is killed and replaced, and costs that
 * one file. Only children load libav* (docs/decisions/0002): the daemon stays small and starts fast.
 *
 * Thread-safety: probe_pool_* may be called from any number of threads; each call borrows one child. */
#pragma once

#include "media/frame_index.h"
#include "media/media_info.h"
#include "sys/cancel.h"

typedef struct ProbePool ProbePool;

typedef struct {
  int children;         /* at most this many; started when needed */
  int64_t limit_ms;     /* for one file; 0: 30 s */
  int64_t memory_bytes; /* address space of a child; 0: 2 GiB */
  int64_t idle_ms;      /* children idle for longer are ended; 0: 60 s */
} ProbeParams;

ProbePool *probe_pool_new(const ProbeParams *params);
void probe_pool_free(ProbePool *pool); /* waits for nobody: no call may be under way */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProbePool, probe_pool_free)

/* How many children there may be, from now on; those that are over leave when their file is done. */
void probe_pool_set_children(ProbePool *pool, int children);

/* The pool at this moment, and what it has done. */
typedef struct {
  int limit, idle, busy;
  int64_t good, failed; /* files since the start */
} ProbePoolStats;
ProbePoolStats probe_pool_stats(ProbePool *pool);

/* Everything about one file. NULL on error: NOT_FOUND, DENIED or IO if it cannot be opened or read, CORRUPT if it is empty, not
 * media or its headers are damaged, TIMEOUT if the child hung, LIMIT if it asked for too much memory, INTERNAL if it crashed (the
 * message names the signal). The caller frees the result. */
MediaInfo *probe_file(ProbePool *pool, const char *path, Cancel *cancel, GError **error);

/* Where the main video of a file can be cut, found without decoding: through the container's index where it has one (MP4's sample
 * tables, Matroska's cues), else by reading its packets, for fifteen seconds at most. NULL on error: as probe_file; CORRUPT also
 * if there is no video, INVALID if the format has no index and none can be made (MPEG streams). The caller frees the result. */
FrameIndex *probe_key_frames(ProbePool *pool, const char *path, Cancel *cancel, GError **error);

/* The frames of the main video, counted by reading every packet of the file; at most two hours. NULL on error, as above. */
FrameIndex *probe_frames(ProbePool *pool, const char *path, Cancel *cancel, GError **error);

/* The body of `reeve __probe`: serves requests on descriptor 3 until it closes. Returns the exit code. */
int probe_child_main(void);

/* The libav* versions that children load, for `doctor`: "libavformat 59.27.100, …". NULL if they cannot be loaded. The caller
 * frees it. */
char *probe_library_versions(GError **error);
