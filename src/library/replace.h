/* The replacement journal (S1-S3, S6, S7): the only code that puts a new file in the place of a user's file. The heart of Reeve.
 *
 * Invariants, at every instant, through kill -9, power cut, full disk and I/O errors:
 *
 *   R1  The bytes of the original exist under the library's name, or in the trash, or under our stage directory, until the new
 *       file has been verified and has the target name durably, and the trash entry's retention has ended (or retention is 0 and
 *       the replacement is committed).
 *   R2  After replace_recover, exactly one good file has the library's name (source_path or target_path), no stage directory of
 *       ours is left, and rows agree with the disk.
 *   R3  A step that needs another to be durable runs after its fsync (file, then directory, then row).
 *   R4  Nothing that we did not make is ever deleted or overwritten: an unexpected file under target_path, trash_path or the
 * stage directory stops the replacement with CONFLICT. R5  A source that changed since it was staged (device, inode, size, mtime)
 * is never replaced. R6  Writes are fenced: a replacement whose job lease was lost is aborted, not finished (checked in the
 * transaction that writes INTENT; from INTENT on it is finished by whoever recovers it).
 *
 * Steps: replace_stage -> (the worker writes stage_path) -> replace_verified -> replace_commit (INTENT, swap, SWAPPED,
 * COMMITTED). replace_abort at any time before INTENT. No step of the swap is recorded: what comes next is decided from what the
 * names hold (replace_swap.h), so that going on and recovering are the same code.
 *
 * The swap, by what the file system can do. Same name: the two files exchange names, so that what had the library's name is seen
 * before anything is lost, and the original goes from the stage directory to the trash; without exchange, the original is linked
 * into the trash and the new file renamed over it; without links either, two renames, the only case in which the name is empty
 * for a moment. Another name: the new file gets it, then the original leaves its own. A change of case only, in a
 * case-insensitive directory: two renames. A trash on another mount gets a verified, fsynced copy first. With retention 0 the
 * original stays in the stage directory until COMMITTED.
 *
 * Owner, group, mode, ACLs and xattrs are copied to the new file before it is verified. An original that comes back
 * (REPLACE_UNDO) keeps its own.
 *
 * The stage directory's name ends in random digits that the row holds before the directory is made: whatever has that name is the
 * row's own. A trash directory that exists already is never used; another name is chosen.
 *
 * Thread-safety: functions may be called from any thread; one replacement is worked on by one caller (its row's state is checked
 * and locked in each transaction, and the stage directory is locked during the swap and recovery). They borrow connections from
 * context->db: do not call them while holding one. */
#pragma once

#include "queue/queue.h"
#include "store/file.h"
#include "store/replacement.h"
#include "store/root.h"

/* Reads a file's media. NULL with an error if it cannot. */
typedef MediaInfo *(*ReplaceProbe)(const char *path, void *user_data, GError **error);

typedef struct {
  Db *db;
  Queue *queue; /* may be NULL: no job is finished, nothing is logged to one */
  const Clock *clock;
  _Atomic int64_t reserve_bytes; /* kept free on every file system, by S4; may be set at any time */
  ReplaceProbe probe;            /* of an original that comes back, for its row; NULL: the row is left to the next scan */
  void *probe_data;
} ReplaceContext;

typedef struct {
  ReplacementKind kind;
  const Root *root;
  const LibraryFile *file; /* as the job saw it; the disk must agree */
  const char *extension;   /* of the new file, ".mkv"; NULL: as the source */
  LeaseRef lease;          /* of the job; owner NULL: no job, which is for tests and the command line */
  int64_t keep_days;       /* in the trash; 0: the original is not kept */
  int64_t expected_bytes;  /* of the new file, for admission */
  int64_t undo_of;         /* history id, for REPLACE_UNDO, else FIELD_NULL_INT */
} ReplaceRequest;

/* Plans names (S7: extension and case-only changes, collisions with other files or other work -> CONFLICT naming the other file),
 * checks that the source is unchanged and its links are allowed for (S6: LINKS_SKIP and several names is CONFLICT), and that temp
 * + output + trash fit beside what other work will still write (S4: NO_SPACE with the figures), writes the STAGED row, then makes
 * the stage directory. The caller owns *ret_replacement's contents (record_clear). */
bool replace_stage(ReplaceContext *context, const ReplaceRequest *request, Replacement *ret_replacement, GError **error);

/* Another lease of the same job goes on with what an earlier one staged, as jobs that were split into parts do: the replacement is
 * STAGED and this lease's from here on. NOT_FOUND if there is none, CONFLICT if the lease is lost. The caller owns
 * *ret_replacement's contents. */
bool replace_adopt(ReplaceContext *context, const LeaseRef *lease, Replacement *ret_replacement, GError **error);

/* The new file is complete at stage_path: copies metadata (what could not be kept goes to the job's log and into the facts as
 * "not_kept"), fsyncs file and directory, records its identity and fingerprint, state VERIFIED. `facts` is a JSON object for
 * history, or NULL; its "codec_before", "codec_after", "profile", "encoder" (texts) and "seconds" (a number) fill the entry's
 * columns. CORRUPT if the file is empty, not a regular file or, but for an undo, has another name. */
bool replace_verified(ReplaceContext *context, Replacement *replacement, const char *facts, GError **error);

/* What a commit writes into the database along with the swap, inside the transaction that sets COMMITTED: the file's row with its
 * new path, size and identity (and those of the names that were relinked), the trash entry, the history entry, the job. */
typedef struct {
  const MediaInfo *media; /* of the new file; NULL: the row becomes NEW and is left to the next scan */
  const LeaseRef *lease;  /* the job is finished in the same transaction; NULL: not */
  const char *job_result; /* JSON */
} ReplaceCommit;

/* Swaps and commits. On failure before the new file has the library's name the original is as it was, and *error says why: the
 * replacement is VERIFIED or ABORTED, and the caller calls replace_abort, which is right for both. On failure after it the row
 * stays at INTENT or SWAPPED and replace_recover will finish it; the error is UNAVAILABLE or IO and *replacement's state says so.
 * A lease that is lost after INTENT does not stop the commit; the job is then left to its new owner. *ret_history_id is set on
 * success. */
bool replace_commit(ReplaceContext *context, Replacement *replacement, const ReplaceCommit *commit, int64_t *ret_history_id,
                    GError **error);

/* Gives up before INTENT: sets ABORTED with the reason, then removes the stage directory. Success for one that is ABORTED
 * already. CONFLICT from INTENT on. */
bool replace_abort(ReplaceContext *context, Replacement *replacement, const char *reason, GError **error);

/* Finishes or undoes everything the journal holds that no living lease owns, and removes stage directories that finished ones
 * left: at start-up and when leases expire. From INTENT: looks at the disk and completes the swap, or, when the new file is not
 * there whole, puts the original back; then commits, and finishes the job if its lease is still the one that made this. `probe`
 * reads the new file's media for the file row (may be NULL: the row is left to the next scan). A file system that is away is
 * waited for. Logs each; *ret_count is the number dealt with. False only if the journal cannot be read; single failures are
 * recorded on their row and tried again at the next call. */
bool replace_recover(ReplaceContext *context, ReplaceProbe probe, void *user_data, int *ret_count, GError **error);
