/* `reeve backup`, `reeve restore`: copies of the database. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"

#include <inttypes.h>
#include <string.h>

static void print_backup(const CommandContext *context, const Backup *backup, const char *what)
{
  if (context->json) {
    output_record(&backup_table, backup);
    return;
  }
  g_autofree char *size = format_size(backup->size_bytes);
  output_line("%s %s (%s, schema version %" PRId64 ").", what, backup->name, size, backup->schema);
}

static void print_backups(const CommandContext *context, const GPtrArray *backups)
{
  if (context->json) {
    output_records(&backup_table, backups);
    return;
  }
  g_autoptr(Table) table = table_new();
  table_column(table, "MADE", TABLE_LEFT);
  table_column(table, "WHY", TABLE_LEFT);
  table_column(table, "SIZE", TABLE_RIGHT);
  table_column(table, "SCHEMA", TABLE_RIGHT);
  table_column(table, "NAME", TABLE_LEFT);
  for (guint i = 0; i < backups->len; i++) {
    const Backup *backup = backups->pdata[i];
    g_autofree char *made = text_time(backup->created_at_ms);
    g_autofree char *size = format_size(backup->size_bytes);
    table_add(table, "%s", made);
    table_add(table, "%s", enum_name(&backup_reason_table, backup->reason));
    table_add(table, "%s", size);
    table_add(table, "%" PRId64, backup->schema);
    table_add(table, "%s", backup->name);
  }
  table_print(table);
  if (backups->len == 0)
    output_remark(context, "There are no backups yet.");
}

/* A file by its path, or a backup of the data directory by its name. The caller frees it. */
static char *find_file(const BackupContext *backups, const char *text, GError **error)
{
  return strchr(text, '/') ? g_strdup(text) : backup_path(backups, text, error);
}

static bool list(CommandContext *context, const BackupContext *backups, GError **error)
{
  g_autoptr(GPtrArray) found = backup_list(backups, error);
  if (found)
    print_backups(context, found);
  return found != NULL;
}

static bool check(CommandContext *context, const BackupContext *backups, const char *text, Cancel *cancel, GError **error)
{
  Backup backup;
  record_init(&backup_table, &backup);
  g_autofree char *path = find_file(backups, text, error);
  bool ok = path && backup_check(path, cancel, &backup, error);
  if (ok)
    print_backup(context, &backup, "Whole and restorable:");
  record_clear(&backup_table, &backup);
  return ok;
}

static bool make(CommandContext *context, const BackupContext *backups, Cancel *cancel, GError **error)
{
  Backup backup;
  record_init(&backup_table, &backup);
  bool ok = backup_create(backups, BACKUP_MANUAL, cancel, &backup, error);
  if (ok) {
    session_note_on(backups->db, "backup", backup.name);
    print_backup(context, &backup, "Made");
  }
  record_clear(&backup_table, &backup);
  return ok;
}

static bool delete (const BackupContext *backups, const char *name, GError **error)
{
  if (!backup_delete(backups, name, error))
    return false;
  session_note_on(backups->db, "backup --delete", name);
  return true;
}

/* A server that runs keeps who may do what in mind for seconds. */
static void tell_of_restore(Db *db)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(db, &why);
  if (!conn || !db_notify(conn, ACCESS_CHANNEL, "", &why))
    g_warning("Who may do what has changed with the restore; servers notice it within seconds: %s", why->message);
}

static bool run_backup(CommandContext *context, GError **error)
{
  session_ignore_broken_pipes();
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  if (!service)
    return false;
  const BackupContext *backups = service_backups(service);
  const char *checked = command_option(context, "check"), *deleted = command_option(context, "delete");
  if (command_option(context, "list"))
    return list(context, backups, error);
  if (checked)
    return check(context, backups, checked, interrupt_cancel(interrupt), error);
  if (deleted)
    return delete (backups, deleted, error);
  return make(context, backups, interrupt_cancel(interrupt), error);
}

static bool run_restore(CommandContext *context, GError **error)
{
  session_ignore_broken_pipes();
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(Service) service = session_open(&context->config, SESSION_EDIT, error);
  if (!service)
    return false;
  RestoreResult result;
  record_init(&restore_result_table, &result);
  g_autofree char *path = find_file(service_backups(service), context->arguments[0], error);
  bool ok = path && backup_restore(service_backups(service), path, interrupt_cancel(interrupt), &result, error);
  if (ok) {
    session_note_on(service_db(service), "restore", result.restored.name);
    tell_of_restore(service_db(service));
  }
  if (ok && context->json)
    output_record(&restore_result_table, &result);
  else if (ok)
    output_line("Restored %" PRId64 " rows from %s. What there was before is in %s.", result.rows, result.restored.name,
                result.before);
  record_clear(&restore_result_table, &result);
  return ok;
}

static const CommandOption backup_options[] = {
    {"list", NULL, "Show the backups there are"},
    {"check", "NAME|FILE", "Read a backup from end to end, and say whether it could be restored"},
    {"delete", "NAME", "Delete a backup"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "backup",
     .arguments = "",
     .options = backup_options,
     .run = run_backup,
     .summary = "Back the database up, while everything goes on",
     .details =
         "Backups are in the directory \"backups\" of the data directory. The server makes one each day and keeps the last "
         "of\nthem (settings backup_daily, backup_hour, backup_keep). They hold password hashes: keep copies safe."},
    {.words = "restore",
     .arguments = "NAME|FILE",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_restore,
     .summary = "Put a backup in the place of the database",
     .details = "The backup is checked first, what there is now is backed up, and the switch is made at once, also beside a "
                "running\nserver. A backup of SQLite can be restored into PostgreSQL and the other way round."},
};
const CommandSet backup_commands = COMMAND_SET(NULL, rows);
