/* Decides what has to be done again and again, and how often: what processes that are gone left, what is over, what is due.
 * Test: the system tests start and kill it. */
#include "cli/service_internal.h"

#include "auth/clean.h"
#include "base/error.h"
#include "store/file_sums.h"
#include "store/lookup_cache.h"
#include "store/webhook_row.h"

enum {
  LOOK_EVERY_MS = 5 * 1000,         /* for expired leases, and for settings that a command changed */
  CLEAN_EVERY_MS = 60 * 1000,       /* trash, old jobs, sessions that are over, sums of the library */
  RETAIN_EVERY_MS = 60 * 60 * 1000, /* old backups; also after a backup that failed */
};

static const int64_t day_ms = 24 * 60 * 60 * 1000LL, gib = 1024 * 1024 * 1024LL;

static void recover(Service *service)
{
  int count = 0;
  g_autoptr(GError) why = NULL;
  if (!replace_recover(&service->desk.replace, service_probe_for_journal, service->probes, &count, &why))
    g_warning("Unfinished replacements could not be looked at and will be again: %s", why->message);
  else if (count > 0)
    g_message("%d unfinished replacement%s brought to rest.", count, count == 1 ? " was" : "s were");
}

static void recover_edits(Service *service)
{
  int count = 0;
  g_autoptr(GError) why = NULL;
  if (!tune_recover(&service->tune, &count, &why))
    g_warning("Interrupted edits could not be looked at and will be again: %s", why->message);
}

static void expire(Service *service)
{
  int count = 0;
  g_autoptr(GError) why = NULL;
  if (!queue_expire(service->queue, &count, &why))
    g_warning("Leases could not be looked at: %s", why->message);
  else if (count > 0)
    g_message("%d job%s whose worker was lost went back to the queue.", count, count == 1 ? "" : "s");
}

/* The order matters: a replacement that the journal finishes ends its job, which must not have gone back to the queue before; and
 * edits are of leases that have just run out, too. */
void service_recover(Service *service)
{
  recover(service);
  expire(service);
  recover_edits(service);
}

static bool look_at_journal(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  int64_t gap_ms;
  bool patient = patience_asked(&service->patience, clock_now_ms(clock_system()), &gap_ms);
  if (gap_ms != 0)
    g_message("Nothing was looked after for %.0f s: the machine slept or was very busy, or its clock was set. Workers have %d s "
              "to report before their jobs go back to the queue.",
              (double)gap_ms / 1000, PATIENCE_MS / 1000);
  if (patient)
    return true;
  service_recover(service);
  return true;
}

/* Commands change them beside the server; on SQLite nobody says so. */
static bool look_at_settings(Cancel *cancel, void *user_data, GError **error)
{
  return live_settings_reload(((Service *)user_data)->settings, error);
}

static int64_t read_trash_cap(const Settings *settings)
{
  return settings->trash_cap_gib * gib;
}

static int64_t read_job_days(const Settings *settings)
{
  return settings->job_days;
}

static int64_t read_backup_keep(const Settings *settings)
{
  return settings->backup_keep;
}

static int64_t read_backup_hour(const Settings *settings)
{
  return settings->backup_daily ? settings->backup_hour : -1;
}

static bool purge_trash(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  int purged = 0;
  ClockWatch before = service->trash_clock;
  int64_t jump_ms = clock_watch_jump_ms(&service->trash_clock, clock_system());
  if (jump_ms != 0 && !trash_clock_was_set(&service->desk.replace, jump_ms, error)) {
    service->trash_clock = before; /* to be found again */
    return false;
  }
  if (!trash_purge(&service->desk.replace, live_settings_int(service->settings, read_trash_cap), &purged, error))
    return false;
  if (purged > 0)
    g_message("%d original%s whose time in the trash was over %s deleted.", purged, purged == 1 ? "" : "s",
              purged == 1 ? "was" : "were");
  return true;
}

static bool clean_access(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  int64_t count = 0;
  g_autoptr(DbConn) conn = db_acquire(service->db, error);
  if (!conn || !auth_clean(conn, &service->params.sessions, service->params.audit_days, clock_system(), &count, error))
    return false;
  if (count > 0)
    g_debug("%" G_GINT64_FORMAT " rows of access that are over were forgotten.", count);
  return true;
}

static bool add_up(Cancel *cancel, void *user_data, GError **error)
{
  return file_sums_compact(((Service *)user_data)->db, error);
}

static bool prune_jobs(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  int64_t days = live_settings_int(service->settings, read_job_days);
  return days == 0 || queue_prune(service->queue, clock_now_ms(clock_system()) - days * day_ms, NULL, error);
}

/* What other services answered, and what they told. */
static bool forget_old(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  int64_t now_ms = clock_now_ms(clock_system());
  g_autoptr(DbConn) conn = db_acquire(service->db, error);
  return conn && lookup_cache_purge(conn, now_ms, NULL, error) && webhook_rows_purge(conn, now_ms, error);
}

/* What was made first: an upload stays while something is to be made of it. */
static bool expire_uploads(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  int conversions = 0, uploads = 0;
  if (!conversions_expire(service->conversions, cancel, &conversions, error) ||
      !uploads_expire(service->uploads, cancel, &uploads, error))
    return false;
  if (conversions + uploads > 0)
    g_message("Deleted because their time is over: %d conversion%s, %d upload%s.", conversions, conversions == 1 ? "" : "s",
              uploads, uploads == 1 ? "" : "s");
  return true;
}

static int64_t read_clean_minutes(const Settings *settings)
{
  return settings->clean_minutes;
}

static int64_t uploads_due(int64_t ran_at_ms, int64_t now_ms, void *user_data)
{
  int64_t every_ms = live_settings_int(((Service *)user_data)->settings, read_clean_minutes) * 60 * 1000;
  return ran_at_ms > 0 ? MIN(ran_at_ms, now_ms) + every_ms : now_ms;
}

static bool retain_backups(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  int removed = 0;
  if (!backup_retain(&service->backups, live_settings_int(service->settings, read_backup_keep), &removed, error))
    return false;
  if (removed > 0)
    g_message("%d old backup%s deleted.", removed, removed == 1 ? " was" : "s were");
  return true;
}

static bool make_backup(Cancel *cancel, void *user_data, GError **error)
{
  Service *service = user_data;
  return backup_create(&service->backups, BACKUP_DAILY, cancel, NULL, error) && retain_backups(cancel, service, error);
}

static bool schedule_checks(Cancel *cancel, void *user_data, GError **error)
{
  return checks_schedule(&((Service *)user_data)->checks, cancel, error);
}

static int64_t backup_due(int64_t ran_at_ms, int64_t now_ms, void *user_data)
{
  int64_t hour = live_settings_int(((Service *)user_data)->settings, read_backup_hour);
  g_autoptr(GTimeZone) zone = g_time_zone_new_local();
  return hour < 0 ? now_ms + day_ms : backup_next_due(hour, zone, ran_at_ms, now_ms);
}

static const Task house_tasks[] = {
    {.name = "journal", .every_ms = LOOK_EVERY_MS, .run = look_at_journal},
    {.name = "settings", .every_ms = LOOK_EVERY_MS, .run = look_at_settings},
};
/* The last three are a server's: a command that works in its place for a moment makes no backups, and no work of its own. */
enum { SERVER_TASKS = 3 };
static const Task upkeep_tasks[] = {
    {.name = "trash", .flags = TASK_SINGLETON, .every_ms = CLEAN_EVERY_MS, .run = purge_trash},
    {.name = "jobs", .flags = TASK_SINGLETON, .every_ms = CLEAN_EVERY_MS, .run = prune_jobs},
    {.name = "access", .flags = TASK_SINGLETON, .every_ms = CLEAN_EVERY_MS, .run = clean_access},
    {.name = "connections", .flags = TASK_SINGLETON, .every_ms = RETAIN_EVERY_MS, .run = forget_old},
    {.name = "uploads",
     .every_ms = CLEAN_EVERY_MS,
     .next_due = uploads_due,
     .run = expire_uploads}, /* each server its own files */
    {.name = "sums", .flags = TASK_SINGLETON, .every_ms = CLEAN_EVERY_MS, .run = add_up},
    {.name = "checks", .flags = TASK_SINGLETON, .every_ms = CLEAN_EVERY_MS, .run = schedule_checks},
    {.name = "backup", .flags = TASK_SINGLETON, .every_ms = RETAIN_EVERY_MS, .next_due = backup_due, .run = make_backup},
    {.name = "backups", .every_ms = RETAIN_EVERY_MS, .run = retain_backups},
};

void service_start_tasks(Service *service)
{
  service->house = schedule_start("house", service->db, clock_system(), house_tasks, G_N_ELEMENTS(house_tasks), service);
  service->upkeep = schedule_start("upkeep", service->db, clock_system(), upkeep_tasks,
                                   G_N_ELEMENTS(upkeep_tasks) - (service->params.serves ? 0 : SERVER_TASKS), service);
}
