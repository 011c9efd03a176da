/* Carrying out a plan: the only code that writes into a user's file. Invariants, at every instant, through kill -9, power cut,
 * full disk and I/O errors:
 *
 *   E1  What an edit overwrites is in the journal, durably, before its first byte is written, and until the edit is verified.
 *   E2  After edit_recover the file is, byte for byte, as before the edit or as after it.
 *   E3  A file that is not the one that was planned for (device, inode, size, mtime, or the bytes to be replaced) is not written.
 *   E4  A file with other names (link count over 1: other programs rely on its bytes, a seeding torrent for one) is not written.
 *   E5  The file's size, owner and mode stay. Its mtime becomes new: media servers look at nothing else.
 *
 * A journal entry is ended only when the file is whole: changed and verified, or put back. If neither can be had (a failing
 * disk), the entry stays, and the error says so.
 *
 * Failpoints: "edit.open", "edit.open_write", "edit.write" before each range, "edit.sync", "edit.verify".
 *
 * Thread-safety: functions may be called from any thread; an EditJournal belongs to one thread at a time. Two edits of one file
 * at once must be kept apart by the journal's begin. */
#pragma once

#include "container/edit_entry.h"

/* Where entries are kept. Implemented by edit_journal_file.h, and over a database by whoever has one. */
typedef struct EditJournal EditJournal;
struct EditJournal {
  /* Makes the entry durable before it returns. Refuses (CONFLICT) while the journal holds another for the same device and inode.
   */
  bool (*begin)(EditJournal *self, const EditEntry *entry, GError **error);
  /* Forgets the entry that begin was given last. Need not be durable: recovering a finished edit finds it finished. */
  bool (*end)(EditJournal *self, const EditEntry *entry, GError **error);
};

typedef enum {
  EDIT_DONE,           /* written, synced, read again and found as wanted; or there was nothing to do */
  EDIT_NEEDS_REMUX,    /* the plan says REMUX: nothing was written */
  EDIT_REFUSED_LINKED, /* the file has other names: nothing was written. Break the link, wait or skip, by policy */
} EditOutcome;
extern const EnumTable edit_outcome_table; /* "done", "needs-remux", "linked" */

/* Carries out a plan that edit_plan_read made of this path. On failure the file is as it was, unless the message says that it is
 * left to the journal. CONFLICT: it has changed since, is being written by someone (as far as that can be known, see
 * sys/fs_writers.h), or the journal has an unfinished edit of it. NOT_FOUND, DENIED (rights, read-only), NO_SPACE, IO: as met.
 * INTERNAL: the written file did not read as planned; it was put back. Journal errors are passed on; one from `end` after a good
 * edit too, the message says that the edit itself is done. */
bool edit_commit(const char *path, const EditPlan *plan, EditJournal *journal, EditOutcome *ret_outcome, GError **error);

typedef enum {
  EDIT_WAS_UNTOUCHED, /* no byte had been written */
  EDIT_WAS_FINISHED,  /* all bytes had been: the file is as after the edit, now durably */
  EDIT_WAS_PUT_BACK,  /* some had been: the file is as before the edit, durably */
} EditRecovery;
extern const EnumTable edit_recovery_table; /* "untouched", "finished", "put-back" */

/* Makes a file whole whose edit was interrupted; the journal then forgets the entry. `path` is where the file is now: the entry's
 * own, or another if it was renamed. May be interrupted and repeated. CONFLICT, with nothing written, if what is there now is
 * another file (inode, size) or was changed by others since; NOT_FOUND if there is none: someone must look. */
bool edit_recover(const char *path, const EditEntry *entry, EditRecovery *ret_recovery, GError **error);
