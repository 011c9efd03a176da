/* Hearing of changes below a directory from the kernel (inotify(7)), directories that appear and vanish included.
 *
 * What is heard is a hint: that a path is worth a look. Between two hints nothing is known to have stayed as it was; who listens
 * looks for himself. After a watch has been made, and after each WATCH_TREE, everything that happens in that tree is heard.
 *
 * It takes about 100 bytes for each directory and its name, and about 1 KiB in the kernel.
 *
 * Thread-safety: a Watch belongs to one thread. */
#pragma once

#include "sys/cancel.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
  WATCH_FILE,      /* a file appeared, was written and closed, or its facts changed */
  WATCH_FILE_GONE, /* a file was deleted or moved away */
  WATCH_TREE,      /* anything may have happened in this directory and below: a new one, or more happened than can be told */
  WATCH_TREE_GONE, /* a directory was deleted or moved away */
  WATCH_LOST,      /* the top itself is gone, was moved or unmounted: nothing more will be heard */
} WatchKind;

typedef struct {
  WatchKind kind;
  const char *directory; /* below the top: "" is the top itself, else "a/b". Bytes; borrowed until the callback returns */
  const char *name;      /* of the file in it, or NULL where the directory itself is meant */
} WatchEvent;

typedef struct {
  const char *top;        /* absolute */
  bool recursive;         /* false: the top alone */
  bool cross_filesystems; /* false: directories of other file systems are left alone */
  /* Whether a directory is watched, given its path below the top; for files, whether they are told of. Cheap. */
  bool (*enters)(const char *relative, void *user_data);
  bool (*wants)(const char *name, void *user_data);
  void (*on_event)(const WatchEvent *event, void *user_data);
  void *user_data;
  Cancel *cancel; /* ends watch_new and watch_read early, with CANCELLED */
} WatchParams;

typedef struct Watch Watch;

/* Watches the whole tree. NULL on error: LIMIT if the kernel allows this user no more watches or no more instances (the sentence
 * names the limit and how to raise it), NOT_FOUND or by errno if the top cannot be watched. Directories that may not be read are
 * no error; see watch_unreadable. Nothing is told before watch_read. */
Watch *watch_new(const WatchParams *params, GError **error);
void watch_free(Watch *watch); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watch, watch_free)

/* Polls readable when watch_read has something to do. */
int watch_peek_fd(const Watch *watch);

/* Takes all that the kernel has to tell and calls on_event for each; does not wait. False: LIMIT, as above, when a directory that
 * appeared could not be watched (what was heard before was told); CANCELLED; IO. The watch is then of no more use. */
bool watch_read(Watch *watch, GError **error);

int64_t watch_directories(const Watch *watch); /* that are watched */

/* How many directories could not be watched as they may not be read; *ret_example, if there is one, is the first of them, below
 * the top, borrowed. */
int64_t watch_unreadable(const Watch *watch, const char **ret_example);

/* Whether the kernel hears of all changes in the file system that holds `path`: false for network shares and FUSE, where others
 * change files behind its back. *ret_name is a word for the kind ("NFS"), or NULL if it has none here. Where it cannot be told,
 * true. */
bool watch_is_complete(const char *path, const char **ret_name);

/* How many directories one user may watch (fs.inotify.max_user_watches); -1 if the kernel does not say. */
int64_t watch_limit(void);
