/* When a command may take the server's place. Test: the system tests. */
#include "cli/session.h"

#include "auth/audit.h"
#include "base/error.h"
#include "base/number.h"
#include "store/record_sql.h"
#include "sys/fs.h"

#include <signal.h>
#include <string.h>

SessionRules session_rules(const Config *config)
{
  const int64_t hour_ms = 60 * 60 * 1000LL;
  return (SessionRules){.idle_ms = config->session_idle_hours * hour_ms, .life_ms = config->session_days * 24 * hour_ms};
}

static Service *open_as(const Config *config, SessionMode mode, bool serves, int encode_slots, GError **error)
{
  g_autofree char *shown = config_database_shown(config);
  ServiceParams params = {
      .data_directory = config->data,
      .database = config->database,
      .database_shown = shown,
      .ffmpeg = config->ffmpeg,
      .handbrake = config->handbrake,
      .share = mode != SESSION_OWN,
      .serves = serves,
      .settings = &config->settings,
      .encode_slots = encode_slots,
      .audit_days = config->audit_days,
      .sessions = session_rules(config),
  };
  return service_open(&params, error);
}

Service *session_open_server(const Config *config, GError **error)
{
  return open_as(config, SESSION_OWN, true, -1, error);
}

Service *session_open(const Config *config, SessionMode mode, GError **error)
{
  g_autofree char *path = NULL;
  if (mode == SESSION_LOOK && config_is_sqlite(config, &path) && !fs_exists(path)) {
    fail(error, REEVE_ERROR_NOT_FOUND, "There is no database %s yet. Name the data directory of your server with --data.", path);
    return NULL;
  }
  return open_as(config, mode, false, 0, error);
}

Service *session_open_for_work(const Config *config, int encode_slots, bool *ret_is_server, GError **error)
{
  g_autoptr(GError) why = NULL;
  Service *service = open_as(config, SESSION_OWN, false, encode_slots, &why);
  bool is_server = service != NULL;
  if (!service && reeve_error_code(why) == REEVE_ERROR_CONFLICT)
    service = session_open(config, SESSION_EDIT, error);
  else if (!service)
    g_propagate_error(error, g_steal_pointer(&why));
  if (service)
    *ret_is_server = is_server;
  return service;
}

void session_ignore_broken_pipes(void)
{
  signal(SIGPIPE, SIG_IGN);
}

void session_note(DbConn *conn, const char *command, const char *target)
{
  g_autoptr(GError) why = NULL;
  if (!audit_console(conn, command, target, clock_system(), &why))
    g_warning("\"%s\" was done, but is missing in the audit log: %s", command, why->message);
}

void session_note_on(Db *db, const char *command, const char *target)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(db, &why);
  if (conn)
    session_note(conn, command, target);
  else
    g_warning("\"%s\" was done, but is missing in the audit log: %s", command, why->message);
}

const Profile *profile_by_name(const GPtrArray *profiles, const char *name, GError **error)
{
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < profiles->len; i++) {
    const Profile *profile = profiles->pdata[i];
    if (strcmp(profile->name, name) == 0)
      return profile;
    g_string_append_printf(names, "%s%s", i == 0 ? "" : ", ", profile->name);
  }
  fail(error, REEVE_ERROR_NOT_FOUND, "There is no profile \"%s\". There are: %s.", name, names->str);
  return NULL;
}

Profile *session_profile(DbConn *conn, const char *name, GError **error)
{
  g_autoptr(GPtrArray) profiles = record_all(conn, &profile_table, NULL, error);
  const Profile *profile = profiles ? profile_by_name(profiles, name, error) : NULL;
  if (!profile)
    return NULL;
  Profile *copy = record_new(&profile_table);
  record_clear(&profile_table, copy);
  record_copy(&profile_table, profile, copy);
  return copy;
}

bool session_root(Service *service, const char *argument, Root *root, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(service_db(service), error);
  g_autoptr(GPtrArray) roots = conn ? record_all(conn, &root_table, NULL, error) : NULL;
  if (!roots)
    return false;
  int64_t id = 0;
  parse_int(argument, 1, INT64_MAX, &id);
  g_autofree char *path = g_canonicalize_filename(argument, NULL);
  for (guint i = 0; i < roots->len; i++) {
    const Root *it = roots->pdata[i];
    if (it->id != id && strcmp(it->name, argument) != 0 && strcmp(it->path, path) != 0)
      continue;
    record_clear(&root_table, root);
    record_copy(&root_table, it, root);
    return true;
  }
  return fail(error, REEVE_ERROR_NOT_FOUND, "There is no root \"%s\"; \"reeve root list\" shows all.", argument);
}
