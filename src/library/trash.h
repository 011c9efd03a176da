/* The trash (S2) and undo: originals that were replaced, kept until their retention ends.
 *
 * Thread-safety: any thread. */
#pragma once

#include "library/replace.h"

/* "<root>/.reeve-trash" or the root's own trash_path. The caller frees it. */
char *trash_directory(const Root *root);

/* Where an original goes: <trash directory>/<replacement id>/<file name>, a directory that holds nothing else. The caller frees
 * it. */
char *trash_place(const Root *root, int64_t replacement_id, const char *source_path);

/* Puts the original of a history entry back through the replacement journal; the re-encoded file goes to the trash in turn, so an
 * undo can be undone. It comes back beside the file as it is named now, with its own extension. The original is linked out of the
 * trash, or copied where there are no hard links or the trash is on another mount. NOT_FOUND if the history entry does not exist;
 * CONFLICT if it cannot be undone: already undone, purged, or the library's file changed since (the message says which). Called
 * by the "undo" job with its lease, which is finished in the same transaction; lease NULL: no job. The file's row becomes NEW:
 * scan it afterwards. */
bool trash_undo(ReplaceContext *context, int64_t history_id, const LeaseRef *lease, Cancel *cancel, int64_t *ret_history_id,
                GError **error);

/* Whether trash_undo would be refused now, without doing it. */
bool trash_can_undo(ReplaceContext *context, int64_t history_id, GError **error);

/* Deletes entries whose time has come and, oldest first, those over the size cap (0: none). Only files that are still what was
 * put there: size and mtime, and the inode or, where inode numbers do not survive a mount, the fingerprint (device numbers change
 * with a reboot and are not compared); others are left and logged, as is a whole trash that is not there. An entry that is being
 * undone waits. */
bool trash_purge(ReplaceContext *context, int64_t cap_bytes, int *ret_count, GError **error);
