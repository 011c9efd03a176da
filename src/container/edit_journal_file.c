/* Decides how an entry becomes durable without a database, and which entries are left over. Test:
 * tests/unit/container/test_edit_crash.c */
#include "container/edit_journal_file.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "container/byte_source.h"
#include "container/media_file.h"
#include "wire/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define ENTRY_PREFIX ".reeve-edit-"

enum {
  ENTRY_DIGITS = 16,
  ENTRY_MAX_BYTES = JSON_MAX_BYTES, /* all of EDIT_MAX_BYTES in ranges of one byte take less */
};

typedef struct {
  EditJournal base;
  char *directory; /* NULL: beside the file */
  char *entry;     /* path of the entry in progress, or NULL */
  int fd;          /* of the entry: holds the lock */
} FileJournal;

static char *sha256(const char *text, gssize length)
{
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, length);
}

static char *entry_path(const FileJournal *journal, const EditEntry *entry)
{
  g_autofree char *edited = edit_entry_path(entry);
  g_autofree char *beside = g_path_get_dirname(edited);
  g_autofree char *identity = g_strdup_printf("%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, entry->device, entry->inode);
  g_autofree char *digest = sha256(identity, -1);
  g_autofree char *name = g_strdup_printf(ENTRY_PREFIX "%.*s", ENTRY_DIGITS, digest);
  return g_build_filename(journal->directory ? journal->directory : beside, name, NULL);
}

static bool fail_entry(GError **error, int saved_errno, const char *path)
{
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  return fail_errno(error, saved_errno, "The journal \"%s\" cannot be written, so nothing was changed", shown);
}

/* The checksum in front tells an entry that was cut short from a whole one. */
static bool write_entry(int fd, const char *path, const EditEntry *entry, GError **error)
{
  g_autofree char *json = edit_entry_text(entry);
  g_autofree char *digest = sha256(json, -1);
  g_autofree char *text = g_strconcat(digest, "\n", json, NULL);
  size_t length = strlen(text);
  const char *at = text;
  if (length > ENTRY_MAX_BYTES)
    return fail(error, REEVE_ERROR_LIMIT, "The edit changes too many places at once.");
  int fault = failpoint("edit.journal_write");
  while (!fault && length > 0) {
    ssize_t written = write(fd, at, length);
    if (written < 0 && errno != EINTR)
      fault = errno;
    if (written > 0) {
      at += written;
      length -= (size_t)written;
    }
  }
  if (!fault)
    fault = failpoint("edit.journal_sync");
  if (!fault && fsync(fd) != 0)
    fault = errno;
  return !fault || fail_entry(error, fault, path);
}

/* False where a recovery took the name away between the making of the entry and its lock. */
static bool still_named(int fd)
{
  struct stat st;
  return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

static bool fail_unfinished(GError **error, const char *path)
{
  g_autofree char *shown = g_utf8_make_valid(path, -1);
  return fail(error, REEVE_ERROR_CONFLICT,
              "An edit of the file runs at this moment, or was interrupted and must be recovered first; its journal is \"%s\".",
              shown);
}

static bool file_begin(EditJournal *self, const EditEntry *entry, GError **error)
{
  FileJournal *journal = (FileJournal *)self;
  g_assert(!journal->entry);
  g_autofree char *path = entry_path(journal, entry);
  int fault = failpoint("edit.journal_open");
  auto_descriptor int fd = fault ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return !fault && errno == EEXIST ? fail_unfinished(error, path) : fail_entry(error, fault ? fault : errno, path);
  /* A file system without locks: two processes could then recover one entry, each writing the same bytes. */
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return fail_unfinished(error, path);
  if (!write_entry(fd, path, entry, error) || !fs_fsync_parent(path, error)) {
    fs_unlink(path, NULL);
    return false;
  }
  if (!still_named(fd))
    return fail_unfinished(error, path);
  journal->entry = g_steal_pointer(&path);
  journal->fd = fd;
  fd = -1;
  return true;
}

static void forget(FileJournal *journal)
{
  media_file_close(&journal->fd);
  journal->fd = -1;
  g_clear_pointer(&journal->entry, g_free);
}

static bool file_end(EditJournal *self, const EditEntry *entry, GError **error)
{
  FileJournal *journal = (FileJournal *)self;
  bool ok = fs_unlink(journal->entry, error);
  forget(journal);
  return ok;
}

EditJournal *edit_journal_file_new(const char *directory)
{
  FileJournal *journal = g_new0(FileJournal, 1);
  journal->base = (EditJournal){file_begin, file_end};
  journal->directory = g_strdup(directory);
  journal->fd = -1;
  return &journal->base;
}

void edit_journal_file_free(EditJournal *self)
{
  FileJournal *journal = (FileJournal *)self;
  if (!journal)
    return;
  forget(journal);
  g_free(journal->directory);
  g_free(journal);
}

/* ---- recovering ---- */

/* Reads an entry's text; *ret_text is NULL, with success, if it is not whole. False if it cannot be read: it may be whole then.
 */
static bool read_entry(int fd, char **ret_text, size_t *ret_length, GError **error)
{
  FileStat stat;
  if (!fs_stat_fd(fd, "The journal", &stat, error))
    return false;
  if (stat.size_bytes > ENTRY_MAX_BYTES)
    return fail(error, REEVE_ERROR_LIMIT, "It is larger than any journal of an edit.");
  g_autofree char *text = g_malloc((size_t)stat.size_bytes + 1);
  ByteSource source = byte_source_file(fd, stat.size_bytes);
  if (!byte_source_read(&source, 0, text, (size_t)stat.size_bytes, error))
    return false;
  size_t length = (size_t)stat.size_bytes;
  const char *newline = memchr(text, '\n', length);
  size_t head = newline ? (size_t)(newline - text) + 1 : 0;
  g_autofree char *digest = sha256(text + head, (gssize)(length - head));
  bool whole = head == strlen(digest) + 1 && memcmp(text, digest, head - 1) == 0;
  *ret_length = length - head;
  *ret_text = whole ? g_strndup(text + head, length - head) : NULL;
  return true;
}

/* Where the edited file is now: where the entry says, or else beside the entry. */
static char *find_edited(const EditEntry *entry, const char *directory)
{
  g_autofree char *path = edit_entry_path(entry);
  g_autofree char *name = g_path_get_basename(path);
  g_autofree char *beside = g_build_filename(directory, name, NULL);
  return fs_exists(path) || !fs_exists(beside) ? g_steal_pointer(&path) : g_steal_pointer(&beside);
}

static void recover_one(const char *directory, const char *name, EditRecovered report, void *user_data)
{
  g_autofree char *path = g_build_filename(directory, name, NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  size_t length;
  auto_descriptor int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) {
    if (errno == ENOENT)
      return; /* its edit has just ended */
    fail_errno(&error, errno, "The journal of an interrupted edit cannot be opened");
  } else if ((flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) || !still_named(fd)) {
    return;
  } else if (read_entry(fd, &text, &length, &error) && !text) {
    fs_unlink(path, NULL);
    return;
  }
  EditRecovery recovery = EDIT_WAS_UNTOUCHED;
  g_autoptr(EditEntry) entry = text ? edit_entry_parse(text, length, &error) : NULL;
  g_autofree char *edited = entry ? find_edited(entry, directory) : g_strdup(path);
  if (entry && edit_recover(edited, entry, &recovery, &error))
    fs_unlink(path, &error);
  report(edited, recovery, error, user_data);
}

bool edit_journal_file_recover(const char *directory, EditRecovered report, void *user_data, GError **error)
{
  g_autoptr(GError) reason = NULL;
  g_autoptr(GDir) dir = g_dir_open(directory, 0, &reason);
  if (!dir) {
    g_autofree char *shown = g_utf8_make_valid(directory, -1);
    ReeveErrorCode code = g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)   ? REEVE_ERROR_NOT_FOUND
                          : g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? REEVE_ERROR_DENIED
                                                                                      : REEVE_ERROR_IO;
    return fail(error, code, "\"%s\" cannot be searched for interrupted edits: %s", shown, reason->message);
  }
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name; (name = g_dir_read_name(dir));)
    if (g_str_has_prefix(name, ENTRY_PREFIX))
      g_ptr_array_add(names, g_strdup(name));
  for (guint i = 0; i < names->len; i++)
    recover_one(directory, names->pdata[i], report, user_data);
  return true;
}
