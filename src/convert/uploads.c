/* Decides where uploads lie, which are taken and when they go. Test: tests/unit/convert/test_uploads.c */
#include "convert/uploads_internal.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "base/number.h"
#include "convert/upload_name.h"
#include "store/conversion_row.h"
#include "store/record_sql.h"
#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const int64_t preset_cap_bytes = 64LL * 1024 * 1024 * 1024, preset_keep_ms = 24 * 60 * 60 * 1000LL;
static const int64_t foreign_ms = 24 * 60 * 60 * 1000LL; /* what has no file here is left to the server that may have it */
enum { EXPIRE_AT_ONCE = 10000 };

Uploads *uploads_new(Db *db, const Clock *clock, const char *data_directory)
{
  Uploads *uploads = g_new0(Uploads, 1);
  uploads->db = db;
  uploads->clock = clock;
  uploads->data_directory = g_strdup(data_directory);
  uploads->writers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  g_mutex_init(&uploads->lock);
  g_mutex_init(&uploads->rules_lock);
  uploads_set_rules(uploads, &(UploadRules){.cap_bytes = preset_cap_bytes, .keep_ms = preset_keep_ms});
  return uploads;
}

void uploads_free(Uploads *uploads)
{
  if (!uploads)
    return;
  g_assert(g_hash_table_size(uploads->writers) == 0);
  g_hash_table_unref(uploads->writers);
  g_free(uploads->directory);
  g_free(uploads->data_directory);
  g_mutex_clear(&uploads->rules_lock);
  g_mutex_clear(&uploads->lock);
  g_free(uploads);
}

void uploads_set_rules(Uploads *uploads, const UploadRules *rules)
{
  g_mutex_lock(&uploads->rules_lock);
  char *directory = rules->directory && *rules->directory ? g_strdup(rules->directory)
                                                          : g_build_filename(uploads->data_directory, "uploads", NULL);
  g_free(uploads->directory);
  uploads->directory = directory;
  uploads->rules = *rules;
  uploads->rules.directory = NULL;
  g_mutex_unlock(&uploads->rules_lock);
}

UploadRules uploads_rules(Uploads *uploads)
{
  g_mutex_lock(&uploads->rules_lock);
  UploadRules rules = uploads->rules;
  g_mutex_unlock(&uploads->rules_lock);
  return rules;
}

int64_t uploads_cap_bytes(Uploads *uploads)
{
  return uploads_rules(uploads).cap_bytes;
}

static bool make_file(const char *path, GError **error)
{
  int injected = failpoint("upload.create");
  int fd = injected ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return fail_errno(error, injected ? injected : errno, "%s could not be made", path);
  close(fd);
  return true;
}

bool uploads_check_directory(const char *directory, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *path = g_strdup_printf("%s/check-%08x%08x", directory, g_random_int(), g_random_int());
  if (!g_path_is_absolute(directory))
    return fail(error, REEVE_ERROR_INVALID, "it must be an absolute path");
  if (fs_mkdirs(directory, 0700, &why) && make_file(path, &why) && fs_unlink(path, &why))
    return true;
  return fail(error, REEVE_ERROR_INVALID, "nothing can be kept there: %s", why->message);
}

/* --- making --- */

static char *current_directory(Uploads *uploads)
{
  g_mutex_lock(&uploads->rules_lock);
  char *directory = g_strdup(uploads->directory);
  g_mutex_unlock(&uploads->rules_lock);
  return directory;
}

char *uploads_new_path(Uploads *uploads, const char *what)
{
  g_autofree char *name = g_strdup_printf("%s-%08x%08x%08x", what, g_random_int(), g_random_int(), g_random_int());
  g_autofree char *directory = current_directory(uploads);
  return g_build_filename(directory, name, NULL);
}

bool uploads_check_size(Uploads *uploads, int64_t size_bytes, GError **error)
{
  g_autofree char *directory = current_directory(uploads);
  UploadRules rules = uploads_rules(uploads);
  FsSpace space;
  int64_t known = size_bytes == FIELD_NULL_INT ? 0 : size_bytes;
  if (known > rules.cap_bytes) {
    g_autofree char *cap = format_size(rules.cap_bytes);
    return fail(error, REEVE_ERROR_LIMIT, "An upload may have %s at most.", cap);
  }
  if (!fs_mkdirs(directory, 0700, error) || !fs_space(directory, &space, error))
    return false;
  if (space.free_bytes - known >= rules.reserve_bytes)
    return true;
  g_autofree char *left = format_size(MAX(space.free_bytes - rules.reserve_bytes, 0));
  return fail(error, REEVE_ERROR_NO_SPACE, "There is no room for the upload: %s can be used where uploads go.", left);
}

/* The row first: a kill behind it leaves a row whose file is missing, never a file that no row knows. */
static bool make_both(Uploads *uploads, Upload *upload, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(uploads->db, error);
  if (!conn || !record_insert(conn, &upload_table, upload, error))
    return false;
  if (make_file(upload->path, error))
    return true;
  g_autoptr(GError) why = NULL;
  if (!record_delete(conn, &upload_table, upload->id, &why))
    g_warning("The upload %" G_GINT64_FORMAT " has no file and goes when it expires: %s", upload->id, why->message);
  return false;
}

bool uploads_create(Uploads *uploads, const NewUpload *wanted, Upload *ret_upload, GError **error)
{
  g_autofree char *path = uploads_new_path(uploads, "upload");
  if (!uploads_check_size(uploads, wanted->size_bytes, error))
    return false;
  int64_t now_ms = clock_now_ms(uploads->clock);
  Upload upload = {.name = upload_name(wanted->name),
                   .content_type = g_strdup(wanted->content_type),
                   .size_bytes = wanted->size_bytes,
                   .state = UPLOAD_RECEIVING,
                   .path = g_steal_pointer(&path),
                   .unchecked_from_bytes = FIELD_NULL_INT,
                   .created_by = g_strdup(wanted->created_by),
                   .created_at_ms = now_ms,
                   .expires_at_ms = now_ms + uploads_rules(uploads).keep_ms};
  bool ok = make_both(uploads, &upload, error);
  if (ok)
    *ret_upload = upload;
  else
    record_clear(&upload_table, &upload);
  return ok;
}

/* --- looking --- */

/* What counts of the file; bytes with a checksum to meet do not yet. */
static int64_t received(const Upload *upload, const FileStat *st)
{
  return upload->unchecked_from_bytes == FIELD_NULL_INT ? st->size_bytes : MIN(st->size_bytes, upload->unchecked_from_bytes);
}

static bool look(Uploads *uploads, int64_t id, Upload *upload, GError **error)
{
  FileStat st;
  g_autoptr(DbConn) conn = db_acquire(uploads->db, error);
  if (!conn || !record_get(conn, &upload_table, id, upload, error))
    return false;
  if (!fs_stat(upload->path, &st, NULL))
    return fail(error, REEVE_ERROR_NOT_FOUND, "The file of the upload %" G_GINT64_FORMAT " is not on this server any more.", id);
  upload->received_bytes = received(upload, &st);
  return true;
}

bool uploads_get(Uploads *uploads, int64_t id, Upload *ret_upload, GError **error)
{
  Upload upload;
  record_init(&upload_table, &upload);
  if (look(uploads, id, &upload, error)) {
    *ret_upload = upload;
    return true;
  }
  record_clear(&upload_table, &upload);
  return false;
}

GPtrArray *uploads_page(Uploads *uploads, int64_t after_id, int64_t limit, int64_t *ret_next, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(uploads->db, error);
  GPtrArray *rows = conn ? record_page(conn, &upload_table, after_id, limit, ret_next, error) : NULL;
  for (guint i = 0; rows && i < rows->len; i++) {
    Upload *upload = rows->pdata[i];
    FileStat st;
    if (fs_stat(upload->path, &st, NULL))
      upload->received_bytes = received(upload, &st);
  }
  return rows;
}

/* --- going --- */

/* Asked under the row's lock, which whoever goes on with it or has something made of it needs, too. */
static bool check_going(DbConn *conn, const Upload *upload, int64_t now_ms, GError **error)
{
  bool wanted = false;
  if (!conversion_row_open(conn, upload->id, &wanted, error))
    return false;
  if (wanted)
    return fail(error, REEVE_ERROR_CONFLICT,
                "Something is still to be made of the upload %" G_GINT64_FORMAT ": cancel its conversion first.", upload->id);
  return upload->expires_at_ms <= now_ms ||
         fail(error, REEVE_ERROR_CONFLICT, "The upload %" G_GINT64_FORMAT " has not expired.", upload->id);
}

/* The file first: what is left by a kill between them is a row that expires. */
static bool drop_both(Uploads *uploads, int64_t id, int64_t now_ms, int *ret_file, GError **error)
{
  g_autoptr(Upload) upload = record_new(&upload_table);
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(uploads->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !record_lock(conn, &upload_table, id, upload, error) || !check_going(conn, upload, now_ms, error))
    return false;
  failpoint("upload.locked");
  *ret_file = open(upload->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fs_unlink(upload->path, &why) || reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return record_delete(conn, &upload_table, id, error) && db_commit(transaction, error);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

/* CONFLICT if something is still to be made of it, or it expires after `now_ms`. The file's blocks are given back once nobody
 * waits for the database: for many gigabytes that takes a while. */
static bool drop(Uploads *uploads, int64_t id, int64_t now_ms, GError **error)
{
  int file = -1;
  failpoint("upload.drop");
  bool ok = drop_both(uploads, id, now_ms, &file, error);
  if (file >= 0)
    close(file);
  return ok;
}

/* No connection is held where a writer may be waited for, which may wait for one. */
bool uploads_delete(Uploads *uploads, int64_t id, GError **error)
{
  if (!drop(uploads, id, INT64_MAX, error))
    return false;
  uploads_interrupt(uploads, id); /* it would fail by itself, but later */
  return true;
}

static GPtrArray *expired(Uploads *uploads, int64_t now_ms, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(uploads->db, error);
  return conn ? upload_rows_expired(conn, now_ms, EXPIRE_AT_ONCE, error) : NULL;
}

/* Somebody may delete one meanwhile, go on with it, or have something made of it: that is no failure. */
bool uploads_expire(Uploads *uploads, Cancel *cancel, int *ret_deleted, GError **error)
{
  int deleted = 0;
  int64_t now_ms = clock_now_ms(uploads->clock);
  g_autoptr(GPtrArray) rows = expired(uploads, now_ms, error);
  for (guint i = 0; rows && i < rows->len && !cancel_is_set(cancel); i++) {
    const Upload *upload = rows->pdata[i];
    g_autoptr(GError) why = NULL;
    bool foreign = !fs_exists(upload->path) && now_ms - upload->expires_at_ms < foreign_ms;
    if (foreign || uploads_is_written(uploads, upload->id))
      continue;
    if (drop(uploads, upload->id, now_ms, &why))
      deleted++;
    else if (reeve_error_code(why) != REEVE_ERROR_NOT_FOUND && reeve_error_code(why) != REEVE_ERROR_CONFLICT)
      g_warning("The expired upload %" G_GINT64_FORMAT " is still there: %s", upload->id, why->message);
  }
  if (rows && ret_deleted)
    *ret_deleted = deleted;
  return rows != NULL;
}
