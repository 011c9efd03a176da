/* Roots as people manage them: adding checks the directory. Deleting a root never deletes files on disk.
 *
 * Thread-safety: any thread. */
#pragma once

#include "store/root.h"

/* A root made for single files, by `reeve encode`: of this name, neither enabled nor recursive, so never scanned. It stands in
 * nobody's way: it may lie in and around other roots, and a real root that is added later takes over what it has there. */
#define ROOT_ONE_OFF_NAME "one-off"
bool root_is_one_off(const Root *root);

/* Resolves and checks the path (absolute, a readable directory, not inside another root nor holding one, not the file system's
 * top, not our data directory), then inserts. `root` gets id, path and times. CONFLICT if a one-off root that it would take over
 * has replacements under way. */
bool root_add(DbConn *conn, Root *root, const char *data_directory, const Clock *clock, GError **error);

/* The root that holds a path, by components after resolving links; the innermost, where one-off roots nest. *ret_found false if
 * none. `ret_root` is initialised by the caller and filled. */
bool root_of_path(DbConn *conn, const char *path, Root *ret_root, bool *ret_found, GError **error);

/* Refuses with CONFLICT while replacements of it are under way. History and trash entries stay (trash can still be undone by
 * path). */
bool root_delete(DbConn *conn, int64_t root_id, GError **error);
