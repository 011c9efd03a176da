/* Walking a directory tree with several threads: names and stats only, no file is opened.
 *
 * Symbolic links are passed by unless the root follows them. Then a link is followed to where it leads, if that is inside the
 * root, and what lies there is reported under its real path: each file has one name whichever links lead to it, and a directory
 * is entered once, so loops end.
 *
 * Thread-safety: walk_tree may run on any thread; several walks do not know of each other. */
#pragma once

#include "store/root.h"
#include "sys/fs.h"

typedef struct {
  const char *name;
  const char *const *sidecars; /* names beside it that belong to it, in order, ended by NULL; NULL: none */
  FileStat stat;
} WalkFile;

/* All videos of one directory; everything is borrowed until the call returns. */
typedef struct {
  const char *path; /* absolute, no trailing slash, as bytes: names need not be UTF-8 */
  int64_t device;
  const WalkFile *files;
  size_t n_files;
} WalkDirectory;

typedef enum {
  WALK_UNREADABLE,       /* a directory, or one file in it, cannot be looked at: what is there is not known */
  WALK_OTHER_FILESYSTEM, /* a mounted directory that the root's rules leave out */
  WALK_LINK_OUTSIDE,     /* a link that leads out of the root */
  WALK_LINK_BROKEN,      /* a link that leads nowhere */
} WalkTrouble;

typedef struct {
  const Root *root; /* its path and rules */
  /* Only these directories below the root, "" being itself, each ended by NULL: trees with what is below them, directories
   * without. None may lie in one of the trees. Both NULL: all of the root. What is not there is passed by. */
  const char *const *trees, *const *directories;
  int threads; /* at least 1 */
  Cancel *cancel;
  /* Both are called from any of the walk's threads, several at a time; a call that blocks holds up one thread. */
  void (*on_directory)(const WalkDirectory *directory, void *user_data); /* also for directories without videos */
  void (*on_trouble)(WalkTrouble trouble, const char *path, int saved_errno, void *user_data);
  void *user_data;
} WalkParams;

/* Returns when every directory was reported. False if the root itself cannot be opened or is no directory (by errno), or
 * CANCELLED. */
bool walk_tree(const WalkParams *params, GError **error);

/* Whether a walk of this root reports files of this path below it, by name alone. */
bool walk_covers(const Root *root, const char *relative_path);

/* Whether a walk of this root enters a directory of this path below it, by name alone. */
bool walk_enters(const Root *root, const char *relative_path);

/* The part of a path below the root, borrowed from `path`; NULL if it is not below it. */
const char *walk_below(const Root *root, const char *path);

/* "directory/name"; the caller frees it. */
char *walk_join(const char *directory, const char *name);
