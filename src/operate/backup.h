/* Backups of the database (O6): made while everything runs, from one snapshot, and restored into either database.
 *
 * A restore first reads the whole file and checks its digest, counts and schema; then backs up what there is now; then builds the
 * restored database beside the one in use, and puts it in its place at once (store/restore.h). Killed or failing at any point it
 * leaves the database as it was, or the restored one, never something between.
 *
 * Backups hold password hashes: files are made 0600 in a directory of 0700. Secrets of other services are in them as the database
 * has them, sealed; the key is not.
 *
 * Thread-safety: all functions may be called from any thread; two restores at once are refused by the store. */
#pragma once

#include "operate/backup_file.h"
#include "queue/event.h"

typedef struct {
  Db *db;
  const char *directory; /* made when the first backup is */
  const Clock *clock;
  EventBus *events; /* told after a restore that everything may have changed; may be NULL */
} BackupContext;

typedef struct {
  char *name; /* of the file */
  int reason; /* BackupReason */
  int64_t created_at_ms, size_bytes;
  int64_t schema; /* version */
  char *version, *database;
} Backup;
extern const FieldTable backup_table;

/* `ret_backup` (may be NULL) is initialised by the caller, here and below. NO_SPACE, CANCELLED and other failures leave no file.
 */
bool backup_create(const BackupContext *context, BackupReason reason, Cancel *cancel, Backup *ret_backup, GError **error);

/* Array of Backup, the newest first. Files that are none of ours are passed over. */
GPtrArray *backup_list(const BackupContext *context, GError **error);

/* The file of a name. NOT_FOUND if there is none, also for names that are no backup's. The caller frees it. */
char *backup_path(const BackupContext *context, const char *name, GError **error);

bool backup_delete(const BackupContext *context, const char *name, GError **error);

/* Reads the whole file. CORRUPT if it is no backup or damaged, CONFLICT if it is of a newer or another Reeve. */
bool backup_check(const char *path, Cancel *cancel, Backup *ret_backup, GError **error);

typedef struct {
  Backup restored;
  char *before; /* name of the backup that was made of what there was */
  int64_t rows;
} RestoreResult;
extern const FieldTable restore_result_table;

/* As described above. On failure nothing has changed, save that there may be one backup more. */
bool backup_restore(const BackupContext *context, const char *path, Cancel *cancel, RestoreResult *ret_result, GError **error);

/* When the daily backup is due next: at `hour` by the clock of `zone`, once between two such hours, given when it ran last; a run
 * up to two hours before counts for that hour, which a change of the clock may bring twice. A time in the past means now. Pure.
 */
int64_t backup_next_due(int64_t hour, GTimeZone *zone, int64_t ran_at_ms, int64_t now_ms);

/* Deletes all but the newest `keep` of each kind that was made by itself, and what killed backups left. *ret_count may be NULL.
 */
bool backup_retain(const BackupContext *context, int64_t keep, int *ret_count, GError **error);
