/* What a backup holds, which are kept, and the course of a restore. Test: tests/unit/operate/test_backup.c */
#include "operate/backup.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "store/dump.h"
#include "store/migrate.h"
#include "store/restore.h"
#include "sys/fs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define NAME_PREFIX "reeve-"
#define NAME_SUFFIX ".jsonl.gz"

enum { NAME_MAX_BYTES = 100, LOOK_EVERY_ROWS = 256, COUNTS_MS = 2 * 60 * 60 * 1000 };

static const Field backup_fields[] = {
    FIELD_TEXT(Backup, name, .help = "Name of the file."),
    FIELD_ENUM(Backup, reason, backup_reason_table, .help = "Why it was made."),
    FIELD_INT(Backup, created_at_ms, .help = "When it was made, in ms since 1970."),
    FIELD_INT(Backup, size_bytes, .help = "Size of the file."),
    FIELD_INT(Backup, schema, .help = "Version of the database's schema in it."),
    FIELD_TEXT(Backup, version, .help = "Version of the Reeve that made it."),
    FIELD_TEXT(Backup, database, .help = "sqlite or postgresql: what it was made of; it can be restored into either."),
};
const FieldTable backup_table = FIELD_TABLE(Backup, "Backup", NULL, backup_fields);

static const Field result_fields[] = {
    FIELD_RECORD(RestoreResult, restored, backup_table, .help = "What was restored."),
    FIELD_TEXT(RestoreResult, before, .help = "The backup that was made of what there was before."),
    FIELD_INT(RestoreResult, rows, .help = "Rows that were restored."),
};
const FieldTable restore_result_table = FIELD_TABLE(RestoreResult, "RestoreResult", NULL, result_fields);

/* Sessions and the like are of no use later: who restores a backup should not let people in who have left since. The sums are
 * kept by triggers, which make them again from the files. */
static bool is_passing(const CatalogTable *table)
{
  static const char *const names[] = {"file_sums", "idempotent_requests", "login_failures", "sessions", "setup_tokens", NULL};
  return g_strv_contains(names, table->name);
}

/* --- names --- */

/* "reeve-20260131-235959-123-daily.jsonl.gz", in UTC. */
static char *name_of(int64_t at_ms, BackupReason reason)
{
  g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(at_ms / 1000);
  g_autofree char *date = g_date_time_format(at, "%Y%m%d-%H%M%S");
  return g_strdup_printf(NAME_PREFIX "%s-%03d-%s" NAME_SUFFIX, date, (int)(at_ms % 1000),
                         enum_name(&backup_reason_table, (int)reason));
}

static bool is_name(const char *name)
{
  size_t length = strlen(name);
  return length <= NAME_MAX_BYTES && g_str_has_prefix(name, NAME_PREFIX) && g_str_has_suffix(name, NAME_SUFFIX) &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length;
}

char *backup_path(const BackupContext *context, const char *name, GError **error)
{
  g_autofree char *path = is_name(name) ? g_build_filename(context->directory, name, NULL) : NULL;
  FileStat st;
  if (path && fs_stat(path, &st, NULL) && !st.is_directory)
    return g_steal_pointer(&path);
  fail(error, REEVE_ERROR_NOT_FOUND, "There is no such backup.");
  return NULL;
}

/* --- making --- */

static void header_fill(BackupHeader *header, DbConn *conn, int64_t at_ms, BackupReason reason)
{
  g_free(header->version); /* the defaults */
  g_free(header->database);
  header->reeve_backup = BACKUP_FORMAT;
  header->version = g_strdup(REEVE_VERSION);
  header->database = g_strdup(db_conn_kind(conn) == DB_SQLITE ? "sqlite" : "postgresql");
  header->created_at_ms = at_ms;
  header->reason = (int)reason;
}

static void drop_passing(GPtrArray *tables)
{
  for (guint i = tables->len; i-- > 0;)
    if (is_passing(tables->pdata[i]))
      g_ptr_array_remove_index(tables, i);
}

static bool read_schema(DbConn *conn, BackupHeader *header, GError **error)
{
  g_clear_pointer(&header->migrations, g_ptr_array_unref);
  g_clear_pointer(&header->tables, g_ptr_array_unref);
  header->migrations = migrate_applied(conn, error);
  header->tables = header->migrations ? catalog_read(conn, error) : NULL;
  if (!header->tables)
    return false;
  drop_passing(header->tables);
  return true;
}

static bool write_tables(DbConn *conn, const BackupHeader *header, BackupWriter *writer, Cancel *cancel, GError **error)
{
  for (guint i = 0; i < header->tables->len; i++) {
    const CatalogTable *table = header->tables->pdata[i];
    int64_t rows = 0;
    if (!backup_writer_table(writer, table->name, error) ||
        !dump_table(conn, table, cancel, backup_writer_row, writer, &rows, error) ||
        !backup_writer_table_end(writer, rows, error))
      return false;
  }
  return backup_writer_commit(writer, error);
}

static bool write_backup(const BackupContext *context, const char *path, BackupReason reason, int64_t at_ms, Cancel *cancel,
                         GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  g_autoptr(DbTransaction) snapshot = conn ? db_begin_snapshot(conn, error) : NULL;
  if (!snapshot)
    return false;
  BackupHeader header;
  record_init(&backup_header_table, &header);
  header_fill(&header, conn, at_ms, reason);
  bool ok = read_schema(conn, &header, error);
  g_autoptr(BackupWriter) writer = ok ? backup_writer_new(path, &header, error) : NULL;
  ok = writer && write_tables(conn, &header, writer, cancel, error);
  record_clear(&backup_header_table, &header);
  return ok;
}

static bool describe(const char *path, Backup *ret_backup, GError **error);

bool backup_create(const BackupContext *context, BackupReason reason, Cancel *cancel, Backup *ret_backup, GError **error)
{
  if (!fs_mkdirs(context->directory, 0700, error))
    return false;
  int64_t at_ms = clock_now_ms(context->clock);
  g_autofree char *name = name_of(at_ms, reason);
  g_autofree char *path = g_build_filename(context->directory, name, NULL);
  if (!write_backup(context, path, reason, at_ms, cancel, error))
    return false;
  g_message("The database was backed up to %s.", path);
  return !ret_backup || describe(path, ret_backup, error);
}

/* --- looking --- */

static void fill_from_header(const BackupHeader *header, Backup *backup)
{
  guint n = header->migrations ? header->migrations->len : 0;
  backup->reason = header->reason;
  backup->created_at_ms = header->created_at_ms;
  backup->schema = n ? ((const AppliedMigration *)header->migrations->pdata[n - 1])->version : 0;
  g_free(backup->version);
  g_free(backup->database);
  backup->version = g_strdup(header->version);
  backup->database = g_strdup(header->database);
}

/* From the name, the size and the first line. */
static bool describe(const char *path, Backup *ret_backup, GError **error)
{
  FileStat st;
  g_autoptr(BackupReader) reader = fs_stat(path, &st, error) ? backup_reader_new(path, error) : NULL;
  if (!reader)
    return false;
  g_free(ret_backup->name);
  ret_backup->name = g_path_get_basename(path);
  ret_backup->size_bytes = st.size_bytes;
  fill_from_header(backup_reader_header(reader), ret_backup);
  return true;
}

static int newest_first(const void *a, const void *b)
{
  const Backup *left = *(void *const *)a, *right = *(void *const *)b;
  return left->created_at_ms > right->created_at_ms ? -1 : left->created_at_ms < right->created_at_ms;
}

GPtrArray *backup_list(const BackupContext *context, GError **error)
{
  g_autoptr(GPtrArray) backups = records_new(&backup_table);
  if (!fs_exists(context->directory))
    return g_steal_pointer(&backups);
  g_autoptr(GError) why = NULL;
  g_autoptr(GDir) directory = g_dir_open(context->directory, 0, &why);
  if (!directory) {
    fail(error, REEVE_ERROR_IO, "The backups could not be listed: %s.", why->message);
    return NULL;
  }
  for (const char *name; (name = g_dir_read_name(directory));) {
    if (!is_name(name))
      continue;
    g_autofree char *path = g_build_filename(context->directory, name, NULL);
    Backup *backup = record_new(&backup_table);
    g_autoptr(GError) unreadable = NULL;
    if (describe(path, backup, &unreadable)) {
      g_ptr_array_add(backups, backup);
    } else {
      g_warning("%s", unreadable->message);
      record_free(&backup_table, backup);
    }
  }
  g_ptr_array_sort(backups, newest_first);
  return g_steal_pointer(&backups);
}

bool backup_delete(const BackupContext *context, const char *name, GError **error)
{
  g_autofree char *path = backup_path(context, name, error);
  return path && fs_unlink(path, error);
}

/* `hour` on the day of `at`, `days` later. An hour that a change of the clock leaves out is the one after it. */
static int64_t hour_of_day(GDateTime *at, int64_t hour, int days)
{
  g_autoptr(GDateTime) day = g_date_time_add_days(at, days);
  int year, month, date;
  g_date_time_get_ymd(day, &year, &month, &date);
  g_autoptr(GDateTime) when = g_date_time_new(g_date_time_get_timezone(at), year, month, date, (int)hour, 0, 0);
  return g_date_time_to_unix(when) * 1000;
}

int64_t backup_next_due(int64_t hour, GTimeZone *zone, int64_t ran_at_ms, int64_t now_ms)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now_ms / 1000);
  g_autoptr(GDateTime) now = g_date_time_to_timezone(utc, zone);
  int64_t last = hour_of_day(now, hour, 0);
  if (last > now_ms)
    last = hour_of_day(now, hour, -1);
  /* A clock that was set back must not put backups off for ever. */
  if (ran_at_ms < last - COUNTS_MS || ran_at_ms > now_ms)
    return last;
  int64_t today = hour_of_day(now, hour, 0);
  return today > now_ms && ran_at_ms < today - COUNTS_MS ? today : hour_of_day(now, hour, 1);
}

static void remove_parts(const char *directory)
{
  g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
  for (const char *name; entries && (name = g_dir_read_name(entries));) {
    if (!g_str_has_prefix(name, NAME_PREFIX) || !g_str_has_suffix(name, NAME_SUFFIX ".part"))
      continue;
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (unlink(path) == 0)
      g_message("%s, which a backup that was killed had left, was removed.", path);
  }
}

/* While somebody writes a backup it cannot be told what is left over: the next look will. */
static void remove_left_overs(const BackupContext *context)
{
  int fd = open(context->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0)
    remove_parts(context->directory);
  close(fd);
}

bool backup_retain(const BackupContext *context, int64_t keep, int *ret_count, GError **error)
{
  int64_t kept[BACKUP_BEFORE_MIGRATION + 1] = {0};
  int count = 0;
  remove_left_overs(context);
  g_autoptr(GPtrArray) backups = backup_list(context, error);
  for (guint i = 0; backups && i < backups->len; i++) {
    const Backup *backup = backups->pdata[i];
    if (backup->reason == BACKUP_MANUAL || kept[backup->reason]++ < keep)
      continue;
    if (!backup_delete(context, backup->name, error))
      return false;
    count++;
  }
  if (backups && ret_count)
    *ret_count = count;
  return backups != NULL;
}

/* --- checking and restoring --- */

bool backup_check(const char *path, Cancel *cancel, Backup *ret_backup, GError **error)
{
  g_autoptr(BackupReader) reader = backup_reader_new(path, error);
  if (!reader || !migrate_check_applied(backup_reader_header(reader)->migrations, error))
    return false;
  if (backup_reader_header(reader)->migrations->len == 0)
    return fail(error, REEVE_ERROR_CORRUPT, "The backup %s holds no schema.", path);
  BackupItem item = BACKUP_TABLE;
  for (int64_t n = 0; item != BACKUP_END; n++) {
    const CatalogTable *table;
    json_t *row = NULL;
    if ((n % LOOK_EVERY_ROWS == 0 && !cancel_check(cancel, error)) || !backup_reader_next(reader, &item, &table, &row, error))
      return false;
    json_decref(row);
  }
  return !ret_backup || describe(path, ret_backup, error);
}

/* The backup's tables must be those that its schema's version has, column by column. */
static bool check_tables(const GPtrArray *own, const GPtrArray *theirs, GError **error)
{
  guint n = 0;
  for (guint i = 0; i < own->len; i++) {
    const CatalogTable *table = own->pdata[i], *other = catalog_find(theirs, table->name);
    if (is_passing(table))
      continue;
    n++;
    if (!other || !catalog_table_same(table, other))
      return fail(error, REEVE_ERROR_CORRUPT, "The backup's table %s is not as its schema's version has it.", table->name);
  }
  return n == theirs->len || fail(error, REEVE_ERROR_CORRUPT, "The backup has tables that its schema's version does not have.");
}

static bool fill(BackupReader *reader, Restore *restore, Cancel *cancel, int64_t *ret_rows, GError **error)
{
  g_autofree char *insert = NULL;
  int64_t rows = 0;
  for (;;) {
    BackupItem item;
    const CatalogTable *table;
    g_autoptr(json_t) row = NULL;
    if (!backup_reader_next(reader, &item, &table, &row, error))
      return false;
    if (item == BACKUP_END)
      break;
    if (item == BACKUP_TABLE) {
      g_free(insert);
      insert = dump_insert_sql(table);
      continue;
    }
    int injected = failpoint("restore.row");
    if (injected)
      return fail_errno(error, injected, "Could not restore a row");
    if ((rows++ % LOOK_EVERY_ROWS == 0 && !cancel_check(cancel, error)) ||
        !dump_put_row(restore_conn(restore), table, insert, row, error))
      return false;
  }
  *ret_rows = rows;
  return true;
}

/* Read again while it is put in: what was checked before might have been exchanged since. */
static bool build_and_switch(const BackupContext *context, const char *path, Cancel *cancel, int64_t *ret_rows, GError **error)
{
  g_autoptr(BackupReader) reader = backup_reader_new(path, error);
  if (!reader)
    return false;
  const BackupHeader *header = backup_reader_header(reader);
  g_autoptr(Restore) restore = restore_begin(context->db, (int)header->migrations->len, error);
  return restore && check_tables(restore_tables(restore), header->tables, error) &&
         fill(reader, restore, cancel, ret_rows, error) && restore_finish(restore, header->tables, error) &&
         cancel_check(cancel, error) && restore_switch(restore, error);
}

/* Whoever shows or remembers something looks again. */
static void tell_everyone(const BackupContext *context)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(context->db, &why);
  if (!conn || !db_notify(conn, "reeve_settings", "restored", &why))
    g_warning("Other servers were not told of the restore and notice it later: %s", why->message);
  if (context->events)
    event_publish(context->events, "lost", "{}");
}

bool backup_restore(const BackupContext *context, const char *path, Cancel *cancel, RestoreResult *ret_result, GError **error)
{
  RestoreResult result;
  Backup before;
  record_init(&restore_result_table, &result);
  record_init(&backup_table, &before);
  bool ok = backup_check(path, cancel, &result.restored, error) &&
            backup_create(context, BACKUP_BEFORE_RESTORE, cancel, &before, error) &&
            build_and_switch(context, path, cancel, &result.rows, error);
  failpoint("restore.switched");
  if (ok) {
    g_free(result.before);
    result.before = g_strdup(before.name);
    g_message("The backup %s was restored; what there was before is in %s.", result.restored.name, result.before);
    tell_everyone(context);
    record_clear(&restore_result_table, ret_result);
    *ret_result = result;
  } else {
    record_clear(&restore_result_table, &result);
  }
  record_clear(&backup_table, &before);
  return ok;
}
