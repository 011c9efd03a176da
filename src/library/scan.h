/* Scanning a root (L2, L5-L7, L9): parallel, incremental, resumable, and harmless when the world is broken.
 *
 * Thread-safety: any thread; one scan of a root at a time (CONFLICT otherwise). */
#pragma once

#include "media/probe.h"
#include "queue/event.h"
#include "store/file.h"
#include "store/root.h"
#include "sys/fs.h"

typedef struct {
  int64_t directories, found, unchanged, probed, changed, moved, failed, missing, unreadable;
  double per_second;
  int64_t eta_ms; /* FIELD_NULL_INT while unknown */
} ScanProgress;
extern const FieldTable scan_progress_table;

typedef struct {
  Db *db;
  ProbePool *probes;
  EventBus *events; /* may be NULL */
  const Clock *clock;
  _Atomic int threads; /* 0: number of cores; may be set at any time, for scans that begin from then on */
  GMutex lock;
  GHashTable *running; /* ids of the roots that are being scanned; guarded by lock */
} ScanContext;

/* An empty context, whose first five fields the caller then sets; one for the whole process, since it knows which roots are being
 * scanned. Servers that share a database leave that to the queue; two scans of one root there cost work, and harm nothing. */
void scan_context_init(ScanContext *context);
void scan_context_clear(ScanContext *context); /* no scan may be under way */

typedef struct {
  Cancel *cancel;
  void (*on_progress)(const ScanProgress *progress, void *user_data); /* at most 4 a second, from the calling thread */
  void (*on_message)(const char *level, const char *message,
                     void *user_data); /* unreadable directories, failed files, frozen roots */
  void *user_data;
} ScanWatch;

/* Scans a root: walks it, compares (size, mtime ns, inode) with the rows, probes what is new or changed, follows moves by
 * identity and fingerprint, marks what is gone as missing. Guards (L5), before anything is marked missing: root missing, not a
 * directory, on another device than before, empty when it was not, or more than 20 % of its files gone (and more than 5): the
 * root is FROZEN with the reason, rows stay, and the error is UNAVAILABLE. A frozen root is refused with CONFLICT until
 * root_confirm. CANCELLED leaves what was done; the next scan goes on from there. */
bool scan_root(ScanContext *context, int64_t root_id, const ScanWatch *watch, ScanProgress *ret_progress, GError **error);

/* What may have changed in a root. Paths of `trees` and `directories` are below the root, "" being itself, ended by NULL; none
 * may lie in one of the trees. */
typedef struct {
  const char *const *trees;       /* all that is in them is compared with the rows; NULL: none */
  const char *const *directories; /* of these only what `take` wants is taken, nothing below them; NULL: none */
  const char *const *gone;        /* absolute paths that hold no file any more; NULL: none */
  /* Whether a file is taken now. `differs`: it was compared and is new or changed; else it was not compared. False leaves it as
   * it is. Called from several threads at once. NULL: all are taken. */
  bool (*take)(const char *path, const FileStat *stat, bool differs, void *user_data);
  /* Whether the file of a lost row, by what the row knows of it, is known to be elsewhere in the root and will be taken later:
   * then it is not called missing yet. Called from the calling thread, after the trees were looked through. NULL: none is. */
  bool (*is_moving)(const FileStat *stat, void *user_data);
  void *user_data;
  GArray *arrived; /* of int64_t: gets the files that are new, or have another content, and could be probed. NULL: not told */
} ScanChanges;

/* As scan_root for a part of a root, with the same guards; a share of lost files is one of all files that the root has. May run
 * beside a scan of the root: both find the same. CONFLICT if the root is frozen. */
bool scan_changes(ScanContext *context, int64_t root_id, const ScanChanges *changes, const ScanWatch *watch,
                  ScanProgress *ret_progress, GError **error);

/* Someone looked and says the world is right as it is now: the root is active again, and the next scan accepts what it finds. */
bool root_confirm(ScanContext *context, int64_t root_id, GError **error);

/* Probes one file of the library again and updates its row, whether it changed or not. True also if probing failed: the row is
 * then FAILED and says why. NOT_FOUND if the row or the file is gone (the row is left to the next scan, which has its guards),
 * DENIED if the path leads out of its root by now. */
bool scan_file(ScanContext *context, int64_t file_id, GError **error);

/* Probes one file of a root, which may be new to the library, and adds or updates its row; *ret_file_id is its number. A file
 * that the library knows by another path, where it is not any more, keeps its row. True also if probing failed, as scan_file.
 * INVALID if it is no video file of the root by the root's rules, DENIED if the path leads out of the root, NOT_FOUND if there is
 * no such file, CONFLICT for a root that is frozen. */
bool scan_path(ScanContext *context, int64_t root_id, const char *path, int64_t *ret_file_id, GError **error);

/* Called with either media or an error. Returning false ends the walk early, which is no error. Paths are bytes, as the disk has
 * them. */
typedef bool (*ScanVisit)(const char *path, const MediaInfo *media, const GError *error, void *user_data);

/* Without a database, for the command line: walks `paths` (files or directories) with a root's default rules and calls `on_file`
 * for each video file, from the calling thread, with its media or with the error that probing gave. A file that is named is taken
 * whatever its extension. NOT_FOUND if one of the paths does not exist, before anything is probed. */
bool scan_paths(ProbePool *probes, const char *const *paths, int threads, const ScanWatch *watch, ScanVisit on_file,
                void *visit_data, ScanProgress *ret_progress, GError **error);

/* True if the extension is one of the known video extensions or of `extra` (NULL or names without dots). */
bool scan_is_video(const char *name, char *const *extra);

/* The rule of a root's include and exclude globs for a path below it. A path is taken if it fits one of the include globs (or
 * there are none) and none of the exclude globs (base/glob.h). A glob that fits a directory covers all that is below it. Case
 * counts. Pure. */
bool scan_is_included(const Root *root, const char *relative_path);
