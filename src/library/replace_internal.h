/* What the replace*.c and trash*.c files share and nobody else includes. */
#pragma once

#include "library/replace.h"
#include "library/replace_swap.h"

#define REPLACE_STAGE_PREFIX ".reeve-tmp-"
#define REPLACE_OLD_NAME ".original" /* of PLACE_OLD, in the stage directory */
#define REPLACE_LOCK_NAME ".lock"
#define REPLACE_RELINK_PREFIX ".relink-"

/* Keys of Replacement.facts that the journal itself writes and reads; the others are the caller's, for history. */
#define FACT_KEEP_DAYS "keep_days" /* of the trash entry */
#define FACT_RELINK "relink"       /* names that get the new file too (LINKS_RELINK) */
#define FACT_NOT_KEPT "not_kept"   /* what fs_copy_metadata could not keep */

/* --- replace_plan.c: pure --- */

/* The name that the new file gets: the source's with another extension (with its dot); NULL: the same. INVALID if it cannot be a
 * name. The caller frees it. */
char *replace_target_path(const char *source, const char *extension, GError **error);

/* "…/Film.MKV" and "…/Film.mkv". */
bool replace_differs_in_case_only(const char *a, const char *b);

/* "<source's directory>/.reeve-tmp-<id>-<16 hex digits>". The digits are random and recorded before the directory is made, so
 * that whatever has this name is this row's own, even after an old copy of the database was restored and ids come again. The
 * caller frees it. */
char *replace_stage_directory(const char *source, int64_t id);

/* Whether a replacement fits (S4). */
typedef struct {
  const char *path;       /* of the file, for the message */
  int64_t new_bytes;      /* of the new file, on the library's file system */
  int64_t promised_bytes; /* what others that are under way will still write there */
  int64_t trash_bytes;    /* of the copy in the trash, 0 if none is made */
  FsSpace library, trash;
  const char *library_directory, *trash_directory; /* NULL without a trash copy */
  int64_t reserve_bytes;
} ReplaceNeed;
bool replace_admit(const ReplaceNeed *need, GError **error); /* NO_SPACE with the figures */

/* --- replace_facts.c: the JSON of Replacement.facts --- */

/* The caller's facts (an object, or NULL) with the journal's own keys of `old` kept. INVALID if it is no object. */
char *facts_join(const char *old, const char *facts, GError **error);
char *facts_with_int(const char *facts, const char *key, int64_t value);
char *facts_with_text(const char *facts, const char *key, const char *value);
char *facts_with_texts(const char *facts, const char *key, const char *const *values);
int64_t facts_int(const char *facts, const char *key, int64_t otherwise);
double facts_real(const char *facts, const char *key);
char *facts_text(const char *facts, const char *key);   /* NULL if there is none; the caller frees it */
char **facts_texts(const char *facts, const char *key); /* never NULL; the caller frees it */

/* --- replace_swap.c --- */

bool replace_same_inode(int64_t device, int64_t inode, const FileStat *st);

/* True if the target's name leads to the source's entry, because the directory is case-insensitive. Both names lead to one file.
 */
bool replace_is_alias(const Replacement *replacement, bool *ret_alias, GError **error);

/* True if a file cannot be renamed or linked from beside `path` to beside `other`: another mount. */
bool replace_is_elsewhere(const char *path, const char *other, bool *ret_elsewhere, GError **error);

/* Copies by a temporary name beside `to`, with metadata and times, fsyncs, compares size and fingerprint, then renames. CONFLICT
 * if `to` exists. */
bool replace_copy_whole(const char *from, const char *to, int64_t size, const char *fingerprint, Cancel *cancel, GError **error);

/* --- replace_journal.c: the rows --- */

/* Reads a row and, on PostgreSQL, locks it until the transaction ends (on SQLite the transaction holds the database). */
bool journal_read(DbConn *conn, int64_t id, bool lock, Replacement *ret_replacement, GError **error);

/* One move from one of `from` (bits 1 << state) to `to`, in a transaction that locks the row. `change` (may be NULL) sets more
 * fields of `replacement` and writes more rows; if it fails nothing is changed. A row that is at `to` already, from SWAPPED on,
 * is success without a change: another process was faster. CONFLICT from any other state. Where the answer to the commit is lost,
 * the row is read again: success if it says `to`. */
typedef bool (*JournalChange)(DbConn *conn, Replacement *replacement, void *user_data, GError **error);
bool journal_move(ReplaceContext *context, Replacement *replacement, unsigned from, ReplacementState to, JournalChange change,
                  void *user_data, GError **error);

/* Fencing (R6): CONFLICT if the replacement's job has another lease by now. True without a job. */
bool journal_check_lease(DbConn *conn, const Replacement *replacement, GError **error);

/* Whether the job's lease is alive (running or paused, of the same epoch, not run out). What was staged for a job that waits for
 * its parts lives without a lease (queue/parts.h); once the library's own file is touched (INTENT) only a lease keeps recovery
 * away. */
bool journal_lease_alive(DbConn *conn, const Replacement *replacement, int64_t now_ms, bool *ret_alive, GError **error);

/* Records why a replacement could not be recovered; best effort. */
void journal_note_error(ReplaceContext *context, const Replacement *replacement, const char *message);

/* --- replace_lock.c --- */

/* Makes what is locked, once, in a directory that was just made. */
bool stage_lock_make(const char *stage_directory, GError **error);

/* Keeps two processes off one stage directory, where the file system has locks: the second fence behind the job's lease. -1 with
 * *ret_busy false where there is nothing to lock; then the lease must do. A recovery that finds it held leaves it alone
 * (*ret_busy true); a commit waits, because a recovery that only looks, or is too late, holds it for a moment. */
typedef enum { STAGE_LOCK_TRY, STAGE_LOCK_WAIT } StageLockWait;
int stage_lock(const char *stage_directory, StageLockWait wait, bool *ret_busy);
void stage_unlock(const int *fd);
#define auto_stage_lock __attribute__((cleanup(stage_unlock)))

/* --- replace_relink.c: other names of the original (S6) --- */

/* The other names of the original that the library knows and the disk has; the caller frees it. */
bool relink_find(DbConn *conn, const Replacement *replacement, char ***ret_paths, GError **error);

/* Gives the new file to every name in the facts that still has the original. Names that cannot be served keep the original; each
 * is told to `warn`. Fails only where going on could lose a stranger's file. */
typedef void (*RelinkWarn)(const char *message, void *user_data);
bool relink_run(const Replacement *replacement, RelinkWarn warn, void *user_data, GError **error);

/* What a name of the facts is now called: its path with the target's extension. */
char *relink_path(const Replacement *replacement, const char *path);

/* --- replace_commit.c --- */

/* From INTENT or SWAPPED, the swap being done on disk: SWAPPED, the other names, COMMITTED with its rows, clean-up. */
typedef struct {
  const MediaInfo *media;
  const char *job_result;
  bool finish_job;
} CommitRows;
bool commit_finish(ReplaceContext *context, Replacement *replacement, const SwapEnd *end, const CommitRows *rows,
                   int64_t *ret_history_id, GError **error);

/* The swap is undone on disk: ABORTED, with a trash row if the original had to stay in the trash, clean-up. */
bool commit_undone(ReplaceContext *context, Replacement *replacement, const SwapEnd *end, const char *reason, GError **error);

/* Takes the swap as far as it goes. After a failure it is put back if the new file does not have its name yet: *ret_end is then
 * UNDONE, with success, and *ret_cause says what failed. */
bool commit_swap(const Replacement *replacement, SwapEnd *ret_end, GError **ret_cause, GError **error);

/* --- replace_clean.c --- */

/* Removes what a COMMITTED or ABORTED replacement left: the stage directory and, after an undo, the trash entry that was
 * restored. Then the row forgets its stage directory. */
bool replace_clean(ReplaceContext *context, Replacement *replacement, GError **error);

/* --- trash_purge.c --- */

/* True if the file at the entry's place is still what was put there. *ret_there: something is there at all. */
bool trash_is_ours(DbConn *conn, const TrashEntry *entry, bool *ret_there, bool *ret_ours, GError **error);

/* Unlinks an entry's file and its directory. Missing is fine. */
bool trash_remove_file(const TrashEntry *entry, GError **error);
