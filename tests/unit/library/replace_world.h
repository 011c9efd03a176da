/* A small library on disk and in a database, for the tests of replacements, the trash and undo.
 *
 * Thread-safety: none; for the thread that runs the tests. */
#pragma once

#include "library/replace.h"
#include "library/trash.h"

typedef struct {
  const char *url; /* of a database with the newest schema */
  Db *db;
  Queue *queue;
  ManualClock clock;
  ReplaceContext context;
  char *directory; /* of this world; removed with it */
  char *root_path;
  Root root;
  LibraryFile file; /* as its row was after world_add_file */
  char *other_path; /* a second name of the file, or NULL */
  LeaseRef lease;   /* of a running job */
} World;

#define WORLD_OLD_CONTENT "the original, and longer than what comes after it"
#define WORLD_NEW_CONTENT "the new file, shorter"

/* Opens the database and makes a root in a new directory of /tmp. */
void world_open(World *world, const char *url);
void world_close(World *world); /* keeps the directory */

/* A file with WORLD_OLD_CONTENT, mode 0640, its row, and a running job with a lease. */
void world_add_file(World *world, const char *name);

/* A second name for it, with a row. */
void world_add_name(World *world, const char *name);

/* A new job with a lease; world->lease becomes it. */
void world_lease(World *world);

/* Changes the root's row. */
void world_update_root(World *world);

/* replace_stage with the file and the lease. */
bool world_stage(World *world, const char *extension, int64_t keep_days, Replacement *ret_replacement, GError **error);

/* The whole: stage, write WORLD_NEW_CONTENT, verify, commit; aborts after a failure, as a worker does. */
bool world_replace(World *world, const char *extension, int64_t keep_days, int64_t *ret_history_id, GError **error);

/* The time moves past every lease, then replace_recover. */
bool world_recover(World *world, int *ret_count, GError **error);

/* The names below a directory, with content as "name=content", sorted, directories as "name/"; the caller frees it. */
char *world_list(const char *directory);

/* Rows of this world's root, by their table; aborts on failure. */
GPtrArray *world_rows(World *world, const FieldTable *table);
