/* Decides when a user's file may be written, and that it ends up whole. Test: tests/unit/container/test_edit_commit.c and
 * test_edit_crash.c */
#include "container/edit_commit.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "container/media_file.h"
#include "container/track_edit.h"
#include "sys/fs_writers.h"

#include <errno.h>
#include <string.h>

static const EnumRow edit_outcome_rows[] = {
    {EDIT_DONE, "done", "The flags are as wanted"},
    {EDIT_NEEDS_REMUX, "needs-remux", "The streams must be copied into a new file"},
    {EDIT_REFUSED_LINKED, "linked", "The file has other names, and was not written"},
};
const EnumTable edit_outcome_table = ENUM_TABLE("EditOutcome", edit_outcome_rows);

static const EnumRow edit_recovery_rows[] = {
    {EDIT_WAS_UNTOUCHED, "untouched", "No byte had been written"},
    {EDIT_WAS_FINISHED, "finished", "The edit was complete"},
    {EDIT_WAS_PUT_BACK, "put-back", "The file is as it was before the edit"},
};
const EnumTable edit_recovery_table = ENUM_TABLE("EditRecovery", edit_recovery_rows);

typedef enum { RANGES_BEFORE, RANGES_AFTER } RangeSide;

static const uint8_t *range_bytes(const EditRange *range, RangeSide side, gsize *ret_length)
{
  return g_bytes_get_data(side == RANGES_BEFORE ? range->before : range->after, ret_length);
}

static bool write_range(int fd, const EditRange *range, RangeSide side, GError **error)
{
  gsize length;
  const uint8_t *bytes = range_bytes(range, side, &length);
  off_t offset = (off_t)range->offset;
  int fault = failpoint("edit.write");
  while (!fault && length > 0) {
    ssize_t written = pwrite(fd, bytes, length, offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      fault = written < 0 ? errno : EIO;
      break;
    }
    bytes += written;
    offset += written;
    length -= (size_t)written;
  }
  return !fault || fail_errno(error, fault, "The file cannot be written");
}

static bool sync_file(int fd, GError **error)
{
  int fault = failpoint("edit.sync");
  if (!fault && fdatasync(fd) != 0)
    fault = errno;
  return !fault || fail_errno(error, fault, "What was written cannot be made safe on disk");
}

/* Writes all ranges and makes them durable. */
static bool write_ranges(int fd, const GPtrArray *ranges, RangeSide side, GError **error)
{
  for (guint i = 0; i < ranges->len; i++)
    if (!write_range(fd, ranges->pdata[i], side, error))
      return false;
  return sync_file(fd, error);
}

/* What the ranges hold now: only old bytes, only new ones, or of each some. A byte that is neither is someone else's. */
static bool compare_ranges(const ByteSource *source, const GPtrArray *ranges, bool *ret_all_before, bool *ret_all_after,
                           GError **error)
{
  bool all_before = true, all_after = true;
  for (guint i = 0; i < ranges->len; i++) {
    const EditRange *range = ranges->pdata[i];
    gsize length;
    const uint8_t *before = range_bytes(range, RANGES_BEFORE, &length), *after = range_bytes(range, RANGES_AFTER, &length);
    g_autofree uint8_t *now = g_malloc(length);
    if (!byte_source_read(source, range->offset, now, length, error))
      return false;
    for (gsize at = 0; at < length; at++)
      if (now[at] != before[at] && now[at] != after[at])
        return fail(error, REEVE_ERROR_CONFLICT, "At byte %" G_GINT64_FORMAT " another program has written since.",
                    range->offset + (int64_t)at);
    all_before = all_before && memcmp(now, before, length) == 0;
    all_after = all_after && memcmp(now, after, length) == 0;
  }
  *ret_all_before = all_before;
  *ret_all_after = all_after;
  return true;
}

static bool check_unchanged(int fd, const char *path, const EditPlan *plan, GError **error)
{
  FileStat now;
  bool all_before, all_after;
  if (!fs_stat_fd(fd, path, &now, error))
    return false;
  if (!file_stat_same(&now, &plan->seen))
    return fail(error, REEVE_ERROR_CONFLICT, "It has changed since it was looked at; look again.");
  ByteSource source = byte_source_file(fd, now.size_bytes);
  if (!compare_ranges(&source, plan->ranges, &all_before, &all_after, error))
    return false;
  return all_before || fail(error, REEVE_ERROR_CONFLICT, "Its track list has changed since it was looked at; look again.");
}

/* The file as the plan wants it: the bytes, the size, and what a reader makes of them. */
static bool verify(int fd, const char *path, const EditPlan *plan, GError **error)
{
  FileStat now;
  bool all_before, all_after;
  int fault = failpoint("edit.verify");
  if (fault)
    return fail_errno(error, fault, "The file cannot be read again");
  if (!fs_stat_fd(fd, path, &now, error))
    return false;
  ByteSource source = byte_source_file(fd, now.size_bytes);
  if (now.size_bytes != plan->seen.size_bytes)
    return fail(error, REEVE_ERROR_CONFLICT, "Another program has changed its size meanwhile.");
  if (!compare_ranges(&source, plan->ranges, &all_before, &all_after, error))
    return false;
  g_autoptr(TrackList) list = tracks_parse(&source, error);
  if (!list)
    return false;
  g_autofree char *why = NULL;
  const TrackEdit *edits = (const TrackEdit *)plan->edits->data;
  if (!all_after || !track_edits_check(list, edits, plan->edits->len, NULL) ||
      !track_list_satisfies(list, edits, plan->edits->len, &why))
    return fail(error, REEVE_ERROR_INTERNAL, "Read again after the edit it is not as planned (%s).", why ? why : "other bytes");
  return true;
}

/* After something failed: puts the file back, or leaves it to the journal, and says which of them in *error along with the cause.
 * Returns false. */
static bool give_up(int fd, const EditEntry *entry, const EditPlan *plan, EditJournal *journal, const GError *cause,
                    GError **error)
{
  g_autoptr(GError) again = NULL;
  g_autofree char *why = g_strdup(cause->message);
  if (g_str_has_suffix(why, "."))
    why[strlen(why) - 1] = '\0';
  if (!write_ranges(fd, plan->ranges, RANGES_BEFORE, &again))
    return fail(error, reeve_error_code(cause),
                "%s. Putting it back failed too (%s); what was overwritten is kept in the journal and is put back when that is "
                "recovered.",
                why, again->message);
  if (!journal->end(journal, entry, &again))
    return fail(error, reeve_error_code(cause), "%s. The file is as it was, but its journal entry cannot be removed: %s", why,
                again->message);
  return fail(error, reeve_error_code(cause), "%s. The file is as it was.", why);
}

static bool carry_out(int fd, const char *path, const EditPlan *plan, EditJournal *journal, GError **error)
{
  g_autoptr(EditEntry) entry = edit_entry_new(path, plan);
  g_autoptr(GError) reason = NULL;
  if (!journal->begin(journal, entry, error))
    return false;
  /* Time has passed while the entry was made durable. */
  if (!check_unchanged(fd, path, plan, error)) {
    journal->end(journal, entry, NULL); /* nothing was written: whether it goes now or at the next recovery is the same */
    return false;
  }
  if (!write_ranges(fd, plan->ranges, RANGES_AFTER, &reason) || !verify(fd, path, plan, &reason))
    return give_up(fd, entry, plan, journal, reason, error);
  if (!journal->end(journal, entry, &reason))
    return fail(error, reeve_error_code(reason), "The edit is done, but its journal entry cannot be removed: %s",
                reason->message);
  return true;
}

bool edit_commit(const char *path, const EditPlan *plan, EditJournal *journal, EditOutcome *ret_outcome, GError **error)
{
  if (plan->action != EDIT_IN_PLACE) {
    *ret_outcome = plan->action == EDIT_REMUX ? EDIT_NEEDS_REMUX : EDIT_DONE;
    return true;
  }
  FileStat now;
  auto_descriptor int reader = media_file_open(path, MEDIA_FILE_READ, &now, error);
  if (reader < 0)
    return false;
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  if (fs_writers(reader) == FS_WRITERS_SOME)
    return fail(error, REEVE_ERROR_CONFLICT, "\"%s\" is being written by another program; wait until it is done.", shown);
  auto_descriptor int fd = media_file_open(path, MEDIA_FILE_WRITE, &now, error);
  if (fd < 0)
    return false;
  if (now.link_count > 1) {
    *ret_outcome = EDIT_REFUSED_LINKED;
    return true;
  }
  if (!check_unchanged(fd, path, plan, error) || !carry_out(fd, path, plan, journal, error)) {
    media_file_name_error(path, error);
    return false;
  }
  *ret_outcome = EDIT_DONE;
  return true;
}

static bool recover_open(int fd, const FileStat *now, const EditEntry *entry, EditRecovery *ret_recovery, GError **error)
{
  bool all_before, all_after;
  /* Devices are numbered anew at each start of some systems; inode, size and the bytes themselves are what is held on to. */
  if (now->inode != entry->inode || now->size_bytes != entry->size_bytes)
    return fail(error, REEVE_ERROR_CONFLICT, "It is not the file whose edit was interrupted.");
  g_autoptr(GPtrArray) ranges = edit_entry_ranges(entry, error);
  ByteSource source = byte_source_file(fd, now->size_bytes);
  if (!ranges || !compare_ranges(&source, ranges, &all_before, &all_after, error))
    return false;
  /* Synced also where nothing is written: what a process that died had written may not be on disk yet. */
  bool whole = all_before || all_after;
  if (whole ? !sync_file(fd, error) : !write_ranges(fd, ranges, RANGES_BEFORE, error))
    return false;
  *ret_recovery = all_before ? EDIT_WAS_UNTOUCHED : all_after ? EDIT_WAS_FINISHED : EDIT_WAS_PUT_BACK;
  return true;
}

bool edit_recover(const char *path, const EditEntry *entry, EditRecovery *ret_recovery, GError **error)
{
  FileStat now;
  auto_descriptor int fd = media_file_open(path, MEDIA_FILE_WRITE, &now, error);
  if (fd < 0)
    return false;
  if (recover_open(fd, &now, entry, ret_recovery, error))
    return true;
  media_file_name_error(path, error);
  return false;
}
