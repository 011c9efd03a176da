/* How a backup is written so that it is whole or not there, and read so that nothing wrong gets past.
 * Test: tests/unit/operate/test_backup_file.c */
#include "operate/backup_file.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "store/migrate.h"
#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

enum {
  LINE_MAX_BYTES = JSON_MAX_BYTES,
  READ_BYTES = 64 * 1024,
  COMPRESSION = 3, /* of 9: rows of JSON shrink to a sixth, at the speed of a disk */
};

static const EnumRow reason_rows[] = {
    {BACKUP_MANUAL, "manual", "Somebody asked for it"},
    {BACKUP_DAILY, "daily", "Made by itself each day"},
    {BACKUP_BEFORE_RESTORE, "before-restore", "What there was before another backup was restored"},
    {BACKUP_BEFORE_MIGRATION, "before-migration", "What there was before a newer Reeve changed the schema"},
};
const EnumTable backup_reason_table = ENUM_TABLE("BackupReason", reason_rows);

static const Field header_fields[] = {
    FIELD_INT(BackupHeader, reeve_backup, .flags = FIELD_REQUIRED, .min = 1, .max = 1000, .help = "Version of this format."),
    FIELD_TEXT(BackupHeader, version, .max = 64, .help = "Version of the Reeve that made it."),
    FIELD_TEXT(BackupHeader, database, .max = 16, .help = "sqlite or postgresql."),
    FIELD_INT(BackupHeader, created_at_ms, .flags = FIELD_REQUIRED, .help = "When it was made, in ms since 1970."),
    FIELD_ENUM(BackupHeader, reason, backup_reason_table, .flags = FIELD_REQUIRED, .help = "Why it was made."),
    FIELD_RECORDS(BackupHeader, migrations, applied_migration_table, .flags = FIELD_REQUIRED, .max = 9999,
                  .help = "The schema's steps."),
    FIELD_RECORDS(BackupHeader, tables, catalog_table_table, .flags = FIELD_REQUIRED, .max = 500, .help = "The tables."),
};
const FieldTable backup_header_table = FIELD_TABLE(BackupHeader, "BackupHeader", NULL, header_fields);

/* --- writing --- */

struct BackupWriter {
  char *path, *part;
  int directory; /* locked; -1: not */
  gzFile file;
  GChecksum *digest;
  int64_t total_rows;
  bool is_ending; /* the digest is made */
};

static bool write_failed(const BackupWriter *writer, GError **error)
{
  int code = 0;
  const char *words = gzerror(writer->file, &code);
  int saved_errno = errno;
  if (code == Z_ERRNO)
    return fail_errno(error, saved_errno, "The backup %s could not be written", writer->part);
  return fail(error, REEVE_ERROR_IO, "The backup %s could not be written: %s.", writer->part, words);
}

static bool put(BackupWriter *writer, const char *text, size_t length, GError **error)
{
  if (!writer->is_ending)
    g_checksum_update(writer->digest, (const guchar *)text, (gssize)length);
  return length == 0 || gzfwrite(text, 1, length, writer->file) == length || write_failed(writer, error);
}

static bool put_line(BackupWriter *writer, const char *line, size_t length, GError **error)
{
  int injected = failpoint("backup.write");
  if (injected)
    return fail_errno(error, injected, "The backup %s could not be written", writer->part);
  return put(writer, line, length, error) && put(writer, "\n", 1, error);
}

static bool put_json(BackupWriter *writer, json_t *take_value, GError **error)
{
  g_autofree char *text = json_text(take_value);
  json_decref(take_value);
  return put_line(writer, text, strlen(text), error);
}

/* Shared with other writers, until the file has its name. A file system without locks is no reason to make no backup. */
static int lock_directory_of(const char *path)
{
  g_autofree char *directory = g_path_get_dirname(path);
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    (void)flock(fd, LOCK_SH);
  return fd;
}

BackupWriter *backup_writer_new(const char *path, const BackupHeader *header, GError **error)
{
  g_autoptr(BackupWriter) writer = g_new0(BackupWriter, 1);
  writer->directory = lock_directory_of(path);
  writer->path = g_strdup(path);
  writer->part = g_strconcat(path, ".part", NULL);
  writer->digest = g_checksum_new(G_CHECKSUM_SHA256);
  int fd = open(writer->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    fail_errno(error, errno, "The backup %s could not be made", writer->part);
    g_clear_pointer(&writer->part, g_free); /* not ours to remove */
    return NULL;
  }
  g_autofree char *mode = g_strdup_printf("wb%d", COMPRESSION);
  writer->file = gzdopen(fd, mode);
  if (!writer->file) {
    close(fd);
    fail(error, REEVE_ERROR_INTERNAL, "There is no memory to write a backup.");
    return NULL;
  }
  return put_json(writer, json_from_record(&backup_header_table, header, JSON_FULL), error) ? g_steal_pointer(&writer) : NULL;
}

bool backup_writer_row(const char *line, size_t length, void *writer, GError **error)
{
  ((BackupWriter *)writer)->total_rows++;
  return put_line(writer, line, length, error);
}

bool backup_writer_table(BackupWriter *writer, const char *name, GError **error)
{
  return put_json(writer, json_pack("{s:s}", "table", name), error);
}

bool backup_writer_table_end(BackupWriter *writer, int64_t rows, GError **error)
{
  return put_json(writer, json_pack("{s:I}", "rows", (json_int_t)rows), error);
}

bool backup_writer_commit(BackupWriter *writer, GError **error)
{
  g_autofree char *digest = g_strdup(g_checksum_get_string(writer->digest));
  writer->is_ending = true;
  json_t *end = json_pack("{s:I, s:s}", "total_rows", (json_int_t)writer->total_rows, "sha256", digest);
  if (!put_json(writer, end, error))
    return false;
  int code = gzclose(g_steal_pointer(&writer->file));
  if (code != Z_OK)
    return fail_errno(error, code == Z_ERRNO ? errno : EIO, "The backup %s could not be written", writer->part);
  return fs_fsync(writer->part, error) && fs_rename_new(writer->part, writer->path, error) &&
         fs_fsync_parent(writer->path, error);
}

void backup_writer_free(BackupWriter *writer)
{
  if (!writer)
    return;
  if (writer->file)
    gzclose(writer->file);
  if (writer->part)
    unlink(writer->part); /* it is gone already if it got its name */
  if (writer->directory >= 0)
    close(writer->directory);
  g_checksum_free(writer->digest);
  g_free(writer->part);
  g_free(writer->path);
  g_free(writer);
}

/* --- reading --- */

struct BackupReader {
  char *path;
  gzFile file;
  GChecksum *digest;
  GString *line;
  char *buffer; /* READ_BYTES of what was unpacked, `length` of them, from `at` on not yet used */
  size_t at, length;
  BackupHeader header;
  GHashTable *seen; /* tables that were begun; the header's CatalogTable */
  const CatalogTable *table;
  int64_t table_rows, total_rows;
};

static bool damaged(const BackupReader *reader, GError **error, const char *why)
{
  return fail(error, REEVE_ERROR_CORRUPT, "The backup %s is damaged: %s.", reader->path, why);
}

static bool refill(BackupReader *reader, bool *ret_end, GError **error)
{
  int n = gzread(reader->file, reader->buffer, READ_BYTES);
  int code = Z_OK;
  const char *words = gzerror(reader->file, &code);
  if (n < 0 && code == Z_ERRNO)
    return fail_errno(error, errno, "The backup %s could not be read", reader->path);
  if (n < 0 || code == Z_BUF_ERROR)
    return damaged(reader, error, code == Z_BUF_ERROR ? "it is cut off" : words);
  reader->at = 0;
  reader->length = (size_t)n;
  *ret_end = n == 0;
  return true;
}

/* The next line into reader->line, without its end. */
static bool next_line(BackupReader *reader, GError **error)
{
  g_string_truncate(reader->line, 0);
  for (;;) {
    if (reader->at == reader->length) {
      bool end = false;
      if (!refill(reader, &end, error))
        return false;
      if (end)
        return damaged(reader, error, "it is cut off");
    }
    const char *from = reader->buffer + reader->at;
    const char *newline = memchr(from, '\n', reader->length - reader->at);
    size_t n = newline ? (size_t)(newline - from) : reader->length - reader->at;
    if (reader->line->len + n > LINE_MAX_BYTES)
      return fail(error, REEVE_ERROR_LIMIT, "The backup %s has a line that is longer than any of Reeve's.", reader->path);
    g_string_append_len(reader->line, from, (gssize)n);
    reader->at += n + (newline != NULL);
    if (newline)
      return true;
  }
}

static void add_to_digest(BackupReader *reader)
{
  g_checksum_update(reader->digest, (const guchar *)reader->line->str, (gssize)reader->line->len);
  g_checksum_update(reader->digest, (const guchar *)"\n", 1);
}

static json_t *parse_line(BackupReader *reader, GError **error)
{
  g_autoptr(GError) why = NULL;
  json_t *value = json_parse(reader->line->str, reader->line->len, &why);
  if (!value)
    damaged(reader, error, why->message);
  return value;
}

static bool read_header(BackupReader *reader, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(json_t) value = next_line(reader, &why) ? json_parse(reader->line->str, reader->line->len, &why) : NULL;
  if (!value && (reeve_error_code(why) == REEVE_ERROR_IO || reeve_error_code(why) == REEVE_ERROR_DENIED)) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (!value || !json_object_get(value, "reeve_backup"))
    return fail(error, REEVE_ERROR_CORRUPT, "%s is no backup of Reeve.", reader->path);
  if (json_integer_value(json_object_get(value, "reeve_backup")) > BACKUP_FORMAT)
    return fail(error, REEVE_ERROR_CONFLICT, "The backup %s was made by a newer Reeve; install that one to restore it.",
                reader->path);
  if (!json_to_record(&backup_header_table, value, JSON_TRUSTED, &reader->header, NULL, &why))
    return damaged(reader, error, why->message);
  add_to_digest(reader);
  return true;
}

BackupReader *backup_reader_new(const char *path, GError **error)
{
  g_autoptr(BackupReader) reader = g_new0(BackupReader, 1);
  reader->path = g_strdup(path);
  reader->digest = g_checksum_new(G_CHECKSUM_SHA256);
  reader->line = g_string_new(NULL);
  reader->buffer = g_malloc(READ_BYTES);
  reader->seen = g_hash_table_new(NULL, NULL);
  record_init(&backup_header_table, &reader->header);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    fail_errno(error, errno, "The backup %s could not be opened", path);
    return NULL;
  }
  reader->file = gzdopen(fd, "rb");
  if (!reader->file) {
    close(fd);
    fail(error, REEVE_ERROR_INTERNAL, "There is no memory to read a backup.");
    return NULL;
  }
  return read_header(reader, error) ? g_steal_pointer(&reader) : NULL;
}

void backup_reader_free(BackupReader *reader)
{
  if (!reader)
    return;
  if (reader->file)
    gzclose(reader->file);
  record_clear(&backup_header_table, &reader->header);
  g_hash_table_unref(reader->seen);
  g_checksum_free(reader->digest);
  g_string_free(reader->line, TRUE);
  g_free(reader->buffer);
  g_free(reader->path);
  g_free(reader);
}

const BackupHeader *backup_reader_header(const BackupReader *reader)
{
  return &reader->header;
}

static bool begin_table(BackupReader *reader, const json_t *value, GError **error)
{
  const char *name = json_string_value(json_object_get(value, "table"));
  const CatalogTable *table = name ? catalog_find(reader->header.tables, name) : NULL;
  if (!table || reader->table || !g_hash_table_add(reader->seen, (void *)table))
    return damaged(reader, error, "its tables are not those of its header");
  reader->table = table;
  reader->table_rows = 0;
  return true;
}

static bool end_table(BackupReader *reader, const json_t *value, GError **error)
{
  if (!reader->table || json_integer_value(json_object_get(value, "rows")) != reader->table_rows)
    return damaged(reader, error, "a table has not as many rows as it says");
  reader->table = NULL;
  return true;
}

/* The digest does not cover its own line, nor may anything follow it. */
static bool check_end(BackupReader *reader, const json_t *value, GError **error)
{
  const char *digest = json_string_value(json_object_get(value, "sha256"));
  if (reader->table || g_hash_table_size(reader->seen) != reader->header.tables->len ||
      json_integer_value(json_object_get(value, "total_rows")) != reader->total_rows)
    return damaged(reader, error, "rows or tables are missing");
  if (g_strcmp0(digest, g_checksum_get_string(reader->digest)) != 0)
    return damaged(reader, error, "its checksum is wrong");
  bool end = false;
  if (reader->at == reader->length && !refill(reader, &end, error))
    return false;
  return end || damaged(reader, error, "something follows its end");
}

bool backup_reader_next(BackupReader *reader, BackupItem *ret_item, const CatalogTable **ret_table, json_t **ret_row,
                        GError **error)
{
  for (;;) {
    if (!next_line(reader, error))
      return false;
    g_autoptr(json_t) value = parse_line(reader, error);
    if (!value)
      return false;
    if (json_object_get(value, "sha256")) {
      *ret_item = BACKUP_END;
      return check_end(reader, value, error);
    }
    add_to_digest(reader);
    if (json_is_array(value)) {
      if (!reader->table)
        return damaged(reader, error, "a row stands outside of all tables");
      reader->table_rows++;
      reader->total_rows++;
      *ret_item = BACKUP_ROW;
      *ret_table = reader->table;
      *ret_row = g_steal_pointer(&value);
      return true;
    }
    if (json_object_get(value, "table")) {
      *ret_item = BACKUP_TABLE;
      if (!begin_table(reader, value, error))
        return false;
      *ret_table = reader->table;
      return true;
    }
    if (!end_table(reader, value, error))
      return false;
  }
}
