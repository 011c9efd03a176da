/* The journal as small files, for who has no database: `.reeve-edit-<16 hex digits>`, beside the file that is edited or in a
 * directory of choice. The digits come from the file's device and inode, so that a second edit of it is refused while the first
 * is unfinished. A running edit holds a lock (flock) on its entry, by which a recovery tells it from an interrupted one.
 *
 * An entry that is not whole is one that was being written: begin had not returned, so that no byte of the file was.
 *
 * Failpoints: "edit.journal_open", "edit.journal_write", "edit.journal_sync", and those of sys/fs.h.
 *
 * Thread-safety: a journal belongs to one thread at a time; several may work in one directory, in several processes too. */
#pragma once

#include "container/edit_commit.h"

/* `directory` NULL: that of the file. It must exist. Free with edit_journal_file_free, between edits. */
EditJournal *edit_journal_file_new(const char *directory);
void edit_journal_file_free(EditJournal *journal);

/* Called for each entry that was found: the edited file's path, and what became of it, or why it could not be made whole
 * (`error`; the entry then stays). An entry that was not whole, or whose edit runs at this moment, is not reported. */
typedef void (*EditRecovered)(const char *path, EditRecovery recovery, const GError *error, void *user_data);

/* Makes whole every file of which an entry is in the directory (not below it), and removes the entries. A file that is no longer
 * where its entry says is looked for by its name beside the entry. False only if the directory cannot be read. */
bool edit_journal_file_recover(const char *directory, EditRecovered report, void *user_data, GError **error);
