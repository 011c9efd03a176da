/* When a command may take the server's place. Test: the system tests. */
#include "cli/session.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "sys/fs.h"

#include <signal.h>
#include <string.h>

static const int64_t mib = 1024 * 1024, gib = 1024 * 1024 * 1024LL;

static ServiceParams params_of(const Config *config, SessionMode mode)
{
  return (ServiceParams){
      .data_directory = config->data,
      .database = config->database,
      .ffmpeg = config->ffmpeg,
      .handbrake = config->handbrake,
      .share = mode != SESSION_OWN,
      .reserve_bytes = config->reserve_mib * mib,
      .encode_slots = (int)config->encode_slots,
      .scan_threads = (int)config->scan_threads,
      .nice_increment = (int)config->nice,
      .trash_cap_bytes = config->trash_cap_gib * gib,
      .job_days = config->job_days,
  };
}

Service *session_open(const Config *config, SessionMode mode, GError **error)
{
  g_autofree char *path = NULL;
  if (mode == SESSION_LOOK && config_is_sqlite(config, &path) && !fs_exists(path)) {
    fail(error, REEVE_ERROR_NOT_FOUND, "There is no database %s yet. Name the data directory of your server with --data.", path);
    return NULL;
  }
  ServiceParams params = params_of(config, mode);
  return service_open(&params, error);
}

Service *session_open_for_work(const Config *config, int encode_slots, bool *ret_is_server, GError **error)
{
  ServiceParams params = params_of(config, SESSION_OWN);
  params.encode_slots = encode_slots;
  g_autoptr(GError) why = NULL;
  Service *service = service_open(&params, &why);
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
  g_autoptr(GPtrArray) profiles = record_list(conn, &profile_table, "ORDER BY id", DB_NO_ARGS, error);
  const Profile *profile = profiles ? profile_by_name(profiles, name, error) : NULL;
  if (!profile)
    return NULL;
  Profile *copy = record_new(&profile_table);
  record_clear(&profile_table, copy);
  record_copy(&profile_table, profile, copy);
  return copy;
}
