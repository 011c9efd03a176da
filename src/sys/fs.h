/* Files: durable steps that the journals are made of, identity, copies, space.
 *
 * Every function that changes the disk passes a failpoint of its name ("fs.rename", "fs.link", "fs.unlink", "fs.mkdir",
 * "fs.rmdir", "fs.fsync", "fs.fsync_dir", "fs.copy", "fs.metadata", "fs.write"), before it acts. Errors: by errno (see error.h),
 * the message names the operation and the path.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "sys/cancel.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What says that a file is still the one that was looked at. */
typedef struct {
  int64_t device;
  int64_t inode;
  int64_t size_bytes;
  int64_t mtime_ns;
  int64_t link_count;
  bool is_directory;
} FileStat;

/* Follows no symbolic link in the last component. */
bool fs_stat(const char *path, FileStat *ret_stat, GError **error);

/* The same of an open file; `path` is for the message. */
bool fs_stat_fd(int fd, const char *path, FileStat *ret_stat, GError **error);

/* Same device, inode, size and mtime; the link count may differ. */
bool file_stat_same(const FileStat *a, const FileStat *b);

bool fs_exists(const char *path); /* lstat succeeds; any error counts as no */

/* rename(2) in one file system, replacing `to` if it exists and is a file. EXDEV is an IO error; compare
 * FileStat.device first. */
bool fs_rename(const char *from, const char *to, GError **error);

/* As fs_rename, but CONFLICT if `to` exists. Atomic where the file system has RENAME_NOREPLACE, else by link and unlink, else
 * checked then renamed. */
bool fs_rename_new(const char *from, const char *to, GError **error);

/* Exchanges two files' names atomically. *ret_supported is false, with success, where the file system cannot. */
bool fs_exchange(const char *a, const char *b, bool *ret_supported, GError **error);

/* A second name for a file. CONFLICT if `to` exists. *ret_supported is false, with success and nothing done, where the file
 * system has no hard links or forbids one more. */
bool fs_link(const char *from, const char *to, bool *ret_supported, GError **error);

bool fs_unlink(const char *path, GError **error);           /* NOT_FOUND if it is not there */
bool fs_mkdir(const char *path, int mode, GError **error);  /* CONFLICT if it exists */
bool fs_mkdirs(const char *path, int mode, GError **error); /* with parents; existing directories are fine */
bool fs_rmdir(const char *path, GError **error);            /* CONFLICT if it is not empty */

bool fs_fsync(const char *path, GError **error);
bool fs_fsync_dir(const char *directory, GError **error);
bool fs_fsync_parent(const char *path, GError **error); /* the directory that holds `path` */

/* Writes a small file so that either the old or the new content is there after a crash: temporary name, fsync, rename, fsync of
 * the directory. */
bool fs_write_durable(const char *path, const void *bytes, size_t length, int mode, GError **error);

/* Copies content: reflink where possible, else copy_file_range, else read and write; `to` must not exist, is made with `from`'s
 * mode and is fsynced. A failed or cancelled copy leaves no `to`. CONFLICT if `to` exists or `from` changes
 * meanwhile. `progress` may be NULL. Passes "fs.copy" twice: before it makes `to`, and before it fills it. */
typedef void (*FsCopyProgress)(int64_t copied_bytes, int64_t total_bytes, void *user_data);
bool fs_copy(const char *from, const char *to, Cancel *cancel, FsCopyProgress progress, void *user_data, GError **error);

/* Gives `to` the owner, group, mode, ACLs and extended attributes of `from`, and its times if FS_KEEP_MTIME. What the file system
 * or our rights do not allow is listed in *ret_dropped (a sentence, or NULL; the caller frees it) and is not an error;
 * `ret_dropped` may be NULL. */
typedef enum { FS_METADATA_ONLY = 0, FS_KEEP_MTIME = 1 } FsMetadataFlags;
bool fs_copy_metadata(const char *from, const char *to, FsMetadataFlags flags, char **ret_dropped, GError **error);

/* Free and total bytes for an unprivileged user, and the file system's device, of the nearest existing ancestor of `path`. */
typedef struct {
  int64_t device;
  int64_t free_bytes;
  int64_t total_bytes;
  bool read_only;
} FsSpace;
bool fs_space(const char *path, FsSpace *ret_space, GError **error);

/* Size plus BLAKE2b-128 of the first, middle and last 64 KiB (the whole file when it is smaller), as 32 hex digits; it follows a
 * file through moves and renames. The caller frees it. NULL on error. */
char *fs_fingerprint(const char *path, GError **error);

/* True if `path`, with every link resolved, is `directory` or below it; components compared, not prefixes. A path that does not
 * exist is judged by its nearest existing ancestor. False also on any error. */
bool fs_is_inside(const char *path, const char *directory);

/* Removes a directory tree that is ours, following no link and leaving mounted file systems alone (an error). Missing is fine. */
bool fs_remove_tree(const char *path, GError **error);
