/* Backups over HTTP (O6). Test: tests/unit/api/test_operations.c */
#include "api/route.h"
#include "base/error.h"

static bool get_backups(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(GPtrArray) backups = backup_list(request_services(request)->backups, error);
  if (!backups)
    return false;
  response_list(response, &backup_table, backups, NULL);
  return true;
}

static bool post_backup(Request *request, void *input, Response *response, GError **error)
{
  Backup backup;
  record_init(&backup_table, &backup);
  bool ok = backup_create(request_services(request)->backups, BACKUP_MANUAL, request_cancel(request), &backup, error);
  if (ok)
    response_record(response, &backup_table, &backup);
  record_clear(&backup_table, &backup);
  return ok;
}

static bool get_backup(Request *request, void *input, Response *response, GError **error)
{
  const char *name = request_name(request);
  g_autofree char *path = backup_path(request_services(request)->backups, name, error);
  if (!path || !response_file(response, "application/gzip", path, error))
    return false;
  response_attachment(response, name);
  return true;
}

/* Settings are others now and in force with the answer; sessions are not in a backup, and keys and roles may be others, too. */
static void take_over(Request *request)
{
  g_autoptr(GError) why = NULL;
  if (!live_settings_reload(request_services(request)->settings, &why))
    g_warning("The restored settings could not be read; they are looked at again later: %s", why->message);
  g_clear_error(&why);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, &why);
  if (conn)
    request_access_changed(request, conn);
  else
    g_warning("Who may do what has changed with the restore, and is noticed within seconds: %s", why->message);
}

static bool post_restore(Request *request, void *input, Response *response, GError **error)
{
  const BackupContext *context = request_services(request)->backups;
  g_autofree char *path = backup_path(context, request_name(request), error);
  RestoreResult result;
  record_init(&restore_result_table, &result);
  bool ok = path && backup_restore(context, path, request_cancel(request), &result, error);
  if (ok) {
    response_record(response, &restore_result_table, &result);
    take_over(request);
  }
  record_clear(&restore_result_table, &result);
  return ok;
}

static bool delete_backup(Request *request, void *input, Response *response, GError **error)
{
  return backup_delete(request_services(request)->backups, request_name(request), error);
}

static const Route rows[] = {
    {"GET", "/api/v1/backups", ACCESS_ADMIN, ROUTE_SLOW | ROUTE_WHOLE_LIST, .output = &backup_table, .status = 200,
     .handle = get_backups, .summary = "All backups on this server, the newest first."},
    {"POST", "/api/v1/backups", ACCESS_ADMIN, ROUTE_SLOW | ROUTE_ONCE, .output = &backup_table, .status = 201,
     .handle = post_backup, .summary = "Backs the database up, while everything goes on."},
    {"GET", "/api/v1/backups/{name}", ACCESS_ADMIN, .produces = "application/gzip", .status = 200, .handle = get_backup,
     .summary = "The file of a backup."},
    {"POST", "/api/v1/backups/{name}/restore", ACCESS_ADMIN, ROUTE_SLOW, .output = &restore_result_table, .status = 200,
     .handle = post_restore,
     .summary = "Checks a backup, backs up what there is, then puts the backup in its place; who is signed in signs in again."},
    {"DELETE", "/api/v1/backups/{name}", ACCESS_ADMIN, .status = 204, .handle = delete_backup, .summary = "Deletes a backup."},
};
const RouteSet backup_routes = {rows, G_N_ELEMENTS(rows)};
