/* Decides who may write to an upload, and what of it counts. Test: tests/unit/convert/test_uploads.c */
#include "convert/uploads_internal.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "base/number.h"
#include "store/record_sql.h"
#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static const int64_t touch_ms = 60 * 1000; /* how often the row of a long upload is told that it lives */
static const int64_t writeback_bytes = 16 * 1024 * 1024;

struct UploadWriter {
  gatomicrefcount references; /* its owner's, and that of who takes over from it until it has */
  Uploads *uploads;
  int64_t id, offset_bytes; /* as they were asked for */
  UploadWriter *previous;   /* to be closed before this one begins; NULL: none, or done */
  _Atomic bool superseded;  /* another one has taken over, or the upload was deleted */
  bool begun;               /* what follows holds */
  Upload upload;
  int64_t start_bytes, end_bytes; /* of what this writer wrote */
  int64_t started_bytes;          /* up to there the disk was told to write */
  int64_t touched_at_ms;          /* monotonic */
  bool is_checked;
  TusChecksum checksum;
  GChecksum *sum;
  bool ended;  /* upload_writer_end has been called, or nothing may be written any more */
  GMutex lock; /* guards fd: another thread closes it to take over; held while the disk is waited for */
  int fd;      /* -1: not begun, or taken over */
};

/* --- who writes --- */

static void unref(UploadWriter *writer)
{
  if (!writer || !g_atomic_ref_count_dec(&writer->references))
    return;
  unref(writer->previous);
  if (writer->sum)
    g_checksum_free(writer->sum);
  record_clear(&upload_table, &writer->upload);
  g_mutex_clear(&writer->lock);
  g_free(writer);
}

static void close_file(UploadWriter *writer)
{
  g_mutex_lock(&writer->lock);
  if (writer->fd >= 0)
    close(writer->fd); /* and gives up the lock */
  writer->fd = -1;
  g_mutex_unlock(&writer->lock);
}

/* Puts `writer` (NULL: nobody) in the place of whoever may write; who did may not any more from here on. Waits for nothing: a
 * reference to the old one, whose last write may be under way. */
static UploadWriter *replace_writer(Uploads *uploads, int64_t id, UploadWriter *writer)
{
  g_mutex_lock(&uploads->lock);
  UploadWriter *old = g_hash_table_lookup(uploads->writers, &id);
  if (old) {
    g_atomic_ref_count_inc(&old->references);
    old->superseded = true;
  }
  if (writer)
    g_hash_table_insert(uploads->writers, g_memdup2(&id, sizeof id), writer);
  else
    g_hash_table_remove(uploads->writers, &id);
  g_mutex_unlock(&uploads->lock);
  return old;
}

/* Waits for the last writes of a writer and of those that it was to take over from, and closes their files; gives up the
 * reference. NULL is fine. */
static void end_all(UploadWriter *writer)
{
  while (writer) {
    close_file(writer);
    g_mutex_lock(&writer->lock);
    UploadWriter *previous = g_steal_pointer(&writer->previous);
    g_mutex_unlock(&writer->lock);
    unref(writer);
    writer = previous;
  }
}

static void leave(Uploads *uploads, UploadWriter *writer)
{
  g_mutex_lock(&uploads->lock);
  if (g_hash_table_lookup(uploads->writers, &writer->id) == writer)
    g_hash_table_remove(uploads->writers, &writer->id);
  g_mutex_unlock(&uploads->lock);
}

void uploads_interrupt(Uploads *uploads, int64_t id)
{
  end_all(replace_writer(uploads, id, NULL));
}

bool uploads_is_written(Uploads *uploads, int64_t id)
{
  g_mutex_lock(&uploads->lock);
  bool is = g_hash_table_contains(uploads->writers, &id);
  g_mutex_unlock(&uploads->lock);
  return is;
}

static bool fail_superseded(const UploadWriter *writer, GError **error)
{
  return fail(error, REEVE_ERROR_CONFLICT, "The upload %" G_GINT64_FORMAT " is written by somebody else now, or was deleted.",
              writer->id);
}

/* The file, locked against other processes; the old writer of ours gives its lock up first. With the writer's lock held. */
static bool take_over(UploadWriter *writer, GError **error)
{
  const Upload *upload = &writer->upload;
  int fd = open(upload->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return errno == ENOENT ? fail(error, REEVE_ERROR_NOT_FOUND,
                                  "The file of the upload %" G_GINT64_FORMAT " is not on this server any more.", upload->id)
                           : fail_errno(error, errno, "%s could not be opened", upload->path);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
    writer->fd = fd;
    return true;
  }
  close(fd);
  return fail(error, REEVE_ERROR_CONFLICT, "Another server writes to the upload %" G_GINT64_FORMAT " just now.", upload->id);
}

/* --- the row --- */

/* Where bytes begin that do not count yet, and that the upload lives. */
static bool note(UploadWriter *writer, DbConn *conn, int64_t unchecked_from_bytes, GError **error)
{
  Upload *upload = &writer->upload;
  upload->unchecked_from_bytes = unchecked_from_bytes;
  upload->expires_at_ms = clock_now_ms(writer->uploads->clock) + uploads_rules(writer->uploads).keep_ms;
  writer->touched_at_ms = clock_monotonic_ms(writer->uploads->clock);
  return record_update(conn, &upload_table, upload, error);
}

static bool note_alone(UploadWriter *writer, int64_t unchecked_from_bytes, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(writer->uploads->db, error);
  return conn && note(writer, conn, unchecked_from_bytes, error);
}

/* --- the file --- */

static bool cut(UploadWriter *writer, int64_t bytes, GError **error)
{
  if (ftruncate(writer->fd, (off_t)bytes) < 0)
    return fail_errno(error, errno, "%s could not be cut to %" G_GINT64_FORMAT " bytes", writer->upload.path, bytes);
  writer->end_bytes = bytes;
  return true;
}

static bool put(UploadWriter *writer, const guint8 *bytes, size_t length, GError **error)
{
  while (length > 0) {
    int injected = failpoint("upload.write");
    ssize_t written = injected ? -1 : pwrite(writer->fd, bytes, length, (off_t)writer->end_bytes);
    int saved_errno = injected ? injected : errno;
    if (written < 0 && saved_errno == EINTR)
      continue;
    if (written < 0)
      return fail_errno(error, saved_errno, "The upload %" G_GINT64_FORMAT " could not be written", writer->upload.id);
    bytes += written;
    length -= (size_t)written;
    writer->end_bytes += written;
  }
  return true;
}

/* Has the disk write all along, so that the end does not wait for gigabytes. It does not matter whether it does. */
static void start_writeback(UploadWriter *writer)
{
  if (writer->end_bytes - writer->started_bytes < writeback_bytes)
    return;
  (void)sync_file_range(writer->fd, writer->started_bytes, writer->end_bytes - writer->started_bytes, SYNC_FILE_RANGE_WRITE);
  writer->started_bytes = writer->end_bytes;
}

/* --- opening --- */

static bool check_offset(UploadWriter *writer, int64_t offset_bytes, GError **error)
{
  const Upload *upload = &writer->upload;
  FileStat st;
  if (!fs_stat_fd(writer->fd, upload->path, &st, error))
    return false;
  writer->start_bytes = writer->end_bytes = writer->started_bytes = st.size_bytes;
  int64_t mark = upload->unchecked_from_bytes;
  if (mark != FIELD_NULL_INT && mark < st.size_bytes) {
    if (!cut(writer, mark, error))
      return false;
    writer->start_bytes = writer->started_bytes = mark;
  }
  return offset_bytes == writer->start_bytes ||
         fail(error, REEVE_ERROR_CONFLICT, "The upload %" G_GINT64_FORMAT " has %" G_GINT64_FORMAT " bytes: go on from there.",
              upload->id, writer->start_bytes);
}

static bool read_row(UploadWriter *writer, DbConn *conn, GError **error)
{
  record_clear(&upload_table, &writer->upload);
  record_init(&upload_table, &writer->upload);
  return record_get(conn, &upload_table, writer->id, &writer->upload, error);
}

/* With the writer's lock held. The row is read once the one before cannot write to it any more. */
static bool begin_locked(UploadWriter *writer, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(writer->uploads->db, error);
  return conn && read_row(writer, conn, error) && take_over(writer, error) && read_row(writer, conn, error) &&
         check_offset(writer, writer->offset_bytes, error) &&
         note(writer, conn, writer->is_checked ? writer->start_bytes : FIELD_NULL_INT, error);
}

/* Waits for the last write of the one before, so never on a thread that answers others. With the writer's lock held. */
static bool begin(UploadWriter *writer, GError **error)
{
  if (writer->begun || writer->superseded)
    return writer->begun || fail_superseded(writer, error);
  end_all(g_steal_pointer(&writer->previous));
  writer->begun = begin_locked(writer, error);
  if (!writer->begun)
    writer->ended = true;
  return writer->begun;
}

UploadWriter *upload_writer_claim(Uploads *uploads, int64_t id, int64_t offset_bytes, const TusChecksum *checksum)
{
  UploadWriter *writer = g_new0(UploadWriter, 1);
  g_atomic_ref_count_init(&writer->references);
  writer->uploads = uploads;
  writer->id = id;
  writer->offset_bytes = offset_bytes;
  writer->fd = -1;
  g_mutex_init(&writer->lock);
  record_init(&upload_table, &writer->upload);
  if (checksum) {
    writer->is_checked = true;
    writer->checksum = *checksum;
    writer->sum = g_checksum_new(checksum->type);
  }
  writer->previous = replace_writer(uploads, id, writer);
  return writer;
}

UploadWriter *upload_writer_open(Uploads *uploads, int64_t id, int64_t offset_bytes, const TusChecksum *checksum, GError **error)
{
  UploadWriter *writer = upload_writer_claim(uploads, id, offset_bytes, checksum);
  g_mutex_lock(&writer->lock);
  bool ok = begin(writer, error);
  g_mutex_unlock(&writer->lock);
  if (ok)
    return writer;
  upload_writer_free(writer);
  return NULL;
}

/* --- writing --- */

/* The announced size, or the cap where none was. */
static bool check_room(UploadWriter *writer, size_t length, GError **error)
{
  const Upload *upload = &writer->upload;
  UploadRules rules = uploads_rules(writer->uploads);
  bool announced = upload->size_bytes != FIELD_NULL_INT;
  int64_t most = announced ? upload->size_bytes : rules.cap_bytes;
  if ((int64_t)length > most - writer->end_bytes) {
    writer->ended = true;
    if (!cut(writer, writer->start_bytes, error))
      return false;
    g_autofree char *cap = format_size(most);
    return announced
               ? fail(error, REEVE_ERROR_LIMIT,
                      "More was sent than the %" G_GINT64_FORMAT " bytes that were announced; nothing of it was kept.", most)
               : fail(error, REEVE_ERROR_LIMIT, "An upload may have %s at most.", cap);
  }
  FsSpace space;
  if (!fs_space(upload->path, &space, error))
    return false;
  return space.free_bytes - (int64_t)length >= rules.reserve_bytes ||
         fail(error, REEVE_ERROR_NO_SPACE,
              "There is no room for more of the upload %" G_GINT64_FORMAT "; what has come is kept, go on once there is.",
              upload->id);
}

static bool write_locked(UploadWriter *writer, const void *bytes, size_t length, GError **error)
{
  if (writer->superseded)
    return fail_superseded(writer, error);
  if (writer->ended)
    return fail(error, REEVE_ERROR_CONFLICT, "The upload %" G_GINT64_FORMAT " takes nothing more.", writer->id);
  if (!begin(writer, error) || !check_room(writer, length, error) || !put(writer, bytes, length, error))
    return false;
  if (writer->sum)
    g_checksum_update(writer->sum, bytes, (gssize)length);
  start_writeback(writer);
  return true;
}

/* Tells the row now and then that the upload lives. Under the lock: whoever takes over reads the row after this. */
static void touch_locked(UploadWriter *writer)
{
  g_autoptr(GError) why = NULL;
  if (clock_monotonic_ms(writer->uploads->clock) - writer->touched_at_ms < touch_ms)
    return;
  if (!note_alone(writer, writer->upload.unchecked_from_bytes, &why))
    g_warning("That the upload %" G_GINT64_FORMAT " is still being sent was not noted: %s", writer->upload.id, why->message);
}

bool upload_writer_write(UploadWriter *writer, const void *bytes, size_t length, GError **error)
{
  g_mutex_lock(&writer->lock);
  bool ok = write_locked(writer, bytes, length, error);
  if (ok)
    touch_locked(writer);
  g_mutex_unlock(&writer->lock);
  return ok;
}

/* --- ending --- */

static bool sync_file(UploadWriter *writer, GError **error)
{
  int injected = failpoint("upload.sync");
  if (!injected && fdatasync(writer->fd) == 0)
    return true;
  return fail_errno(error, injected ? injected : errno, "The upload %" G_GINT64_FORMAT " could not be brought to the disk",
                    writer->upload.id);
}

static bool end_locked(UploadWriter *writer, bool ends, bool *ret_fits, GError **error)
{
  Upload *upload = &writer->upload;
  if (writer->superseded)
    return fail_superseded(writer, error);
  if (!begin(writer, error))
    return false;
  writer->ended = true;
  *ret_fits = !writer->is_checked || tus_checksum_fits(&writer->checksum, writer->sum);
  if (!*ret_fits && !cut(writer, writer->start_bytes, error))
    return false;
  if (*ret_fits && ends && upload->size_bytes == FIELD_NULL_INT)
    upload->size_bytes = writer->end_bytes;
  if (writer->end_bytes == upload->size_bytes) {
    if (!sync_file(writer, error))
      return false;
    upload->state = UPLOAD_COMPLETE;
  }
  upload->received_bytes = writer->end_bytes;
  /* Under the lock: whoever takes over reads the row after this. */
  return note_alone(writer, FIELD_NULL_INT, error);
}

bool upload_writer_end(UploadWriter *writer, bool ends, Upload *ret_upload, bool *ret_fits, GError **error)
{
  bool fits = false;
  g_mutex_lock(&writer->lock);
  bool ok = end_locked(writer, ends, &fits, error);
  g_mutex_unlock(&writer->lock);
  if (!ok)
    return false;
  record_copy(&upload_table, &writer->upload, ret_upload);
  *ret_fits = fits;
  return true;
}

void upload_writer_free(UploadWriter *writer)
{
  if (!writer)
    return;
  g_autoptr(GError) why = NULL;
  g_mutex_lock(&writer->lock);
  bool takes_back = !writer->ended && writer->is_checked && writer->fd >= 0;
  bool ok = !takes_back || (cut(writer, writer->start_bytes, &why) && note_alone(writer, FIELD_NULL_INT, &why));
  g_mutex_unlock(&writer->lock);
  if (!ok) /* the mark in the row stands, so that it does not count */
    g_warning("The end of the upload %" G_GINT64_FORMAT " was not taken back yet: %s", writer->upload.id, why->message);
  leave(writer->uploads, writer);
  close_file(writer);
  unref(writer);
}
