/* Puts the modules together and says what has to be done again and again. Test: the system tests start and kill it. */
#include "cli/service.h"

#include "auth/clean.h"
#include "base/error.h"
#include "cli/capability_cache.h"
#include "cli/instance.h"
#include "connect/tmdb_store_cache.h"
#include "operate/capacity.h"
#include "operate/checks.h"
#include "operate/log_file.h"
#include "operate/schedule.h"
#include "operate/watcher.h"
#include "queue/patience.h"
#include "store/file_sums.h"
#include "store/lookup_cache.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "store/setting.h"
#include "store/webhook_row.h"
#include "sys/fs.h"
#include "worker/executors.h"
#include "worker/local_transport.h"

#include <string.h>

enum {
  LOOK_EVERY_MS = 5 * 1000,         /* for expired leases, and for settings that a command changed */
  CLEAN_EVERY_MS = 60 * 1000,       /* trash, old jobs, sessions that are over, sums of the library */
  RETAIN_EVERY_MS = 60 * 60 * 1000, /* old backups; also after a backup that failed */
  LIBRARY_SLOTS = 2,                /* scans and undos at once, beside the encodes */
  CHECK_SLOTS = 1,                  /* a decoder uses all processors */
  AUDIO_SLOTS = 2,                  /* files that were just imported, looked at at once */
  EVENT_CAPACITY = 1024,
};

static const int64_t day_ms = 24 * 60 * 60 * 1000LL, hour_ms = 60 * 60 * 1000LL, mib = 1024 * 1024, gib = 1024 * 1024 * 1024LL;

struct Service {
  ServiceParams params;
  char *data_directory, *database, *database_shown, *ffmpeg, *handbrake, *backups_directory;
  Instance *instance;
  Db *db;
  LiveSettings *settings;
  Metrics *metrics;
  Figures *figures;
  LogRing *log_ring; /* of a server, as the next */
  LogFile *log_file;
  HealthMonitor *health;
  SystemSampler *sampler;
  Watcher *watcher;
  Warden *warden; /* of a server: what somebody has done by a command is not held back */
  BackupContext backups;
  CleanupContext cleanup;
  CheckContext checks;
  EventBus *events;
  Queue *queue;
  ProbePool *probes;
  ScanContext scan;
  TranscodeDesk desk;
  HttpClient *http;
  TmdbStoreCache film_cache;
  TmdbShared *films;
  TuneContext tune;
  Uploads *uploads;
  Conversions *conversions;
  GMutex abilities_lock;
  Abilities *abilities;
  TranscodeExecutor transcode_executor;
  LibraryExecutor library_executor;
  ConvertExecutor convert_executor;
  Transport *transport;
  GMutex agent_lock; /* guards agent, upkeep and watcher, which a change of the settings may meet at any time */
  Agent *agent;
  Cancel *stop;
  Patience patience;      /* the house's thread's */
  ClockWatch trash_clock; /* the upkeep's */
  Schedule *house;        /* what must not wait */
  Schedule *upkeep;       /* what may take its time */
};

Db *service_db(Service *service)
{
  return service->db;
}

Queue *service_queue(Service *service)
{
  return service->queue;
}

EventBus *service_events(Service *service)
{
  return service->events;
}

ProbePool *service_probes(Service *service)
{
  return service->probes;
}

ScanContext *service_scan(Service *service)
{
  return &service->scan;
}

TranscodeDesk *service_desk(Service *service)
{
  return &service->desk;
}

TuneContext *service_tune(Service *service)
{
  return &service->tune;
}

const char *service_data_directory(const Service *service)
{
  return service->data_directory;
}

LiveSettings *service_settings(Service *service)
{
  return service->settings;
}

const BackupContext *service_backups(const Service *service)
{
  return &service->backups;
}

const CleanupContext *service_cleanup(const Service *service)
{
  return &service->cleanup;
}

/* Commands do not wait for a trial each time. */
static CapabilitySet *recall_trial(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error)
{
  return capability_recall(ffmpeg, handbrake, cancel, NULL, NULL, error);
}

Abilities *service_abilities(Service *service)
{
  g_mutex_lock(&service->abilities_lock);
  if (!service->abilities)
    service->abilities = abilities_start(service->ffmpeg, service->handbrake, service->params.serves ? NULL : recall_trial);
  Abilities *abilities = service->abilities;
  g_mutex_unlock(&service->abilities_lock);
  return abilities;
}

/* A new database gets the seeded profiles, once: a profile that a user deletes does not come back. */
static bool apply_seeds(Db *db, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction)
    return false;
  bool found = false;
  g_autoptr(GError) why = NULL;
  g_free(setting_get(conn, "seeds", &found, &why));
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (found)
    return true;
  g_autoptr(GPtrArray) profiles = profile_seeds();
  for (guint i = 0; i < profiles->len; i++) {
    Profile *profile = profiles->pdata[i];
    profile->created_at_ms = profile->updated_at_ms = clock_now_ms(clock_system());
    if (!record_insert(conn, &profile_table, profile, error))
      return false;
  }
  return setting_put(conn, "seeds", "1", clock_system(), error) && db_commit(transaction, error);
}

/* SQLite's file is copied by the migration itself; PostgreSQL gets a backup of ours. */
static bool back_up_before_migration(Service *service, GError **error)
{
  int current, newest;
  if (!migrate_status(service->db, &current, &newest, error))
    return false;
  return db_kind(service->db) == DB_SQLITE || current == 0 || current == newest ||
         backup_create(&service->backups, BACKUP_BEFORE_MIGRATION, NULL, NULL, error);
}

static bool open_database(Service *service, GError **error)
{
  DbParams params = {.url = service->database, .share = service->params.share};
  service->db = db_open(&params, error);
  if (!service->db)
    return false;
  service->backups = (BackupContext){.db = service->db, .directory = service->backups_directory, .clock = clock_system()};
  int applied = 0;
  if (!back_up_before_migration(service, error) || !migrate_run(service->db, &applied, error))
    return false;
  if (applied > 0)
    g_info("The database was brought up to date by %d step%s.", applied, applied == 1 ? "" : "s");
  return apply_seeds(service->db, error);
}

static MediaInfo *probe_for_journal(const char *path, void *user_data, GError **error)
{
  return probe_file(user_data, path, NULL, error);
}

static int thread_count(const Settings *settings)
{
  return settings->scan_threads > 0 ? (int)settings->scan_threads : (int)g_get_num_processors();
}

static void read_capacity(ChunkCapacity *ret_capacity, void *user_data)
{
  Service *service = user_data;
  g_mutex_lock(&service->agent_lock);
  Agent *agent = service->agent; /* stays until its slots, which ask here, have ended */
  g_mutex_unlock(&service->agent_lock);
  g_autoptr(DbConn) conn = db_acquire(service->db, NULL);
  if (conn)
    capacity_read(conn, service->warden, agent, clock_now_ms(clock_system()), ret_capacity);
}

static bool put_together(Service *service, GError **error)
{
  const Clock *clock = clock_system();
  Settings settings;
  live_settings_get(service->settings, &settings);
  service->events = event_bus_new(service->db, EVENT_CAPACITY);
  service->backups.events = service->events;
  service->metrics = metrics_new();
  service->figures = figures_new(service->db, clock);
  service->queue = queue_new(&(QueueParams){.db = service->db, .events = service->events, .clock = clock});
  service->probes = probe_pool_new(&(ProbeParams){.children = thread_count(&settings)});
  scan_context_init(&service->scan);
  service->scan.db = service->db;
  service->scan.probes = service->probes;
  service->scan.events = service->events;
  service->scan.clock = clock;
  service->scan.threads = thread_count(&settings);
  service->desk = (TranscodeDesk){
      .replace = {.db = service->db,
                  .queue = service->queue,
                  .clock = clock,
                  .reserve_bytes = settings.reserve_mib * mib,
                  .probe = probe_for_journal,
                  .probe_data = service->probes},
      .scan = &service->scan,
      .capacity = read_capacity,
      .capacity_data = service,
  };
  service->cleanup =
      (CleanupContext){.replace = &service->desk.replace, .probe = probe_for_journal, .probe_data = service->probes};
  service->uploads = uploads_new(service->db, clock, service->data_directory);
  service->conversions =
      conversions_new(&(ConversionsParams){.db = service->db,
                                           .queue = service->queue,
                                           .uploads = service->uploads,
                                           .clock = clock,
                                           .place = service->instance ? instance_name(service->instance) : NULL});
  service->checks = (CheckContext){.db = service->db,
                                   .queue = service->queue,
                                   .scan = &service->scan,
                                   .events = service->events,
                                   .settings = service->settings,
                                   .clock = clock,
                                   .ffmpeg = service->ffmpeg};
  service->stop = cancel_new(NULL);
  record_clear(&settings_table, &settings);
  service->http = http_client_new(&(HttpClientParams){0}, error);
  if (!service->http)
    return false;
  tmdb_store_cache_init(&service->film_cache, service->db);
  service->films = tmdb_shared_new(service->http, &service->film_cache.cache, clock);
  service->tune = (TuneContext){
      .replace = &service->desk.replace, .scan = &service->scan, .ffmpeg = service->ffmpeg, .films = service->films};
  return true;
}

/* --- settings that take effect at once --- */

static void set_slots(Service *service, const char *kind, int64_t slots)
{
  g_mutex_lock(&service->agent_lock);
  if (service->agent)
    agent_set_slots(service->agent, kind, (int)slots);
  g_mutex_unlock(&service->agent_lock);
}

static void apply_settings(const Settings *settings, void *user_data)
{
  Service *service = user_data;
  service->scan.threads = thread_count(settings);
  probe_pool_set_children(service->probes, thread_count(settings));
  service->desk.replace.reserve_bytes = settings->reserve_mib * mib;
  service->transcode_executor.nice_increment = (int)settings->nice;
  service->tune.links = settings->audio_links;
  uploads_set_rules(service->uploads, &(UploadRules){.directory = settings->upload_directory,
                                                     .cap_bytes = settings->upload_cap_gib * gib,
                                                     .keep_ms = settings->upload_hours * hour_ms,
                                                     .reserve_bytes = settings->reserve_mib * mib});
  g_autoptr(GError) why = NULL;
  if (!tmdb_shared_set_up(service->films, settings->tmdb_key, settings->tmdb_language, settings->tmdb_address, &why))
    g_warning("The Movie Database is asked as before: %s", why->message); /* of the configuration: others were checked */
  conversions_set_rules(service->conversions, &(ConversionRules){.preset = {.codec = settings->convert_codec,
                                                                            .resolution = settings->convert_resolution,
                                                                            .quality = settings->convert_quality},
                                                                 .keep_ms = settings->convert_hours * hour_ms});
  if (service->params.encode_slots < 0)
    set_slots(service, "transcode", settings->encode_slots);
  if (service->params.serves)
    set_slots(service, CONVERT_JOB, settings->convert_slots);
  if (!service->params.serves)
    return; /* a command's own output is not the log that is meant */
  log_set_format((LogFormat)settings->log_format);
  log_set_levels((LogLevel)settings->log_level, settings->log_levels);
  log_file_set_size(service->log_file, settings->log_file_mib * mib);
  g_mutex_lock(&service->agent_lock);
  if (service->upkeep)
    schedule_poke(service->upkeep); /* the hour of the backup may be another */
  watcher_poke(service->watcher);
  g_mutex_unlock(&service->agent_lock);
}

static void keep_line(const LogMessage *message, void *user_data)
{
  const Service *service = user_data;
  log_ring_add(message, service->log_ring);
  log_file_add(message, service->log_file);
}

static void start_log(Service *service)
{
  g_autofree char *directory = g_build_filename(service->data_directory, "log", NULL);
  Settings settings;
  live_settings_get(service->settings, &settings);
  service->log_ring = log_ring_new(0);
  service->log_file = log_file_new(directory, settings.log_file_mib * mib);
  record_clear(&settings_table, &settings);
  log_observe(keep_line, service);
}

Service *service_open(const ServiceParams *params, GError **error)
{
  g_autoptr(Service) service = g_new0(Service, 1);
  g_mutex_init(&service->abilities_lock);
  g_mutex_init(&service->agent_lock);
  service->params = *params;
  service->ffmpeg = g_strdup(params->ffmpeg ? params->ffmpeg : "ffmpeg");
  service->handbrake = g_strdup(params->handbrake ? params->handbrake : "HandBrakeCLI");
  if (!fs_mkdirs(params->data_directory, 0700, error))
    return NULL;
  service->data_directory = g_canonicalize_filename(params->data_directory, NULL);
  service->database =
      params->database ? g_strdup(params->database) : g_strdup_printf("sqlite:%s/reeve.db", service->data_directory);
  service->database_shown = g_strdup(params->database_shown);
  service->backups_directory = g_build_filename(service->data_directory, "backups", NULL);
  if (!params->share && !(service->instance = instance_claim(service->data_directory, error)))
    return NULL;
  if (!open_database(service, error))
    return NULL;
  service->settings = live_settings_new(service->db, params->settings, service->data_directory, clock_system(), error);
  service->params.settings = NULL; /* the caller's */
  if (!service->settings)
    return NULL;
  if (params->serves)
    start_log(service);
  if (!put_together(service, error))
    return NULL;
  live_settings_watch(service->settings, apply_settings, service);
  return g_steal_pointer(&service);
}

static void recover(Service *service)
{
  int count = 0;
  g_autoptr(GError) why = NULL;
  if (!replace_recover(&service->desk.replace, probe_for_journal, service->probes, &count, &why))
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

/* --- tasks: again and again --- */

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
  recover(service);
  expire(service);
  recover_edits(service); /* those of leases that have just run out too */
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

static int64_t read_convert_slots(const Settings *settings)
{
  return settings->convert_slots;
}

/* A root that has just been scanned for the first time can be watched. */
static void look_at_roots(void *user_data)
{
  Service *service = user_data;
  g_mutex_lock(&service->agent_lock);
  watcher_poke(service->watcher);
  g_mutex_unlock(&service->agent_lock);
}

static void start_watching(Service *service, const char *owner)
{
  Watcher *watcher = watcher_start(&(RootWatcherParams){.db = service->db,
                                                        .scan = &service->scan,
                                                        .desk = &service->desk,
                                                        .settings = service->settings,
                                                        .clock = clock_system(),
                                                        .server = owner});
  g_mutex_lock(&service->agent_lock);
  service->watcher = watcher;
  g_mutex_unlock(&service->agent_lock);
}

static int64_t read_encode_slots(const Settings *settings)
{
  return settings->encode_slots;
}

/* What holds before the first job is claimed. */
static bool start_governing(Service *service, Abilities *abilities, GovernorRuling *ruling, GError **error)
{
  service->sampler = system_sampler_new(service->db, clock_system());
  service->warden = warden_new(&(WardenParams){.db = service->db,
                                               .settings = service->settings,
                                               .sampler = service->sampler,
                                               .abilities = abilities,
                                               .clock = clock_system(),
                                               .worker = instance_name(service->instance)},
                               error);
  if (!service->warden)
    return false;
  record_clear(&governor_ruling_table, ruling);
  warden_ruling(service->warden, ruling);
  return true;
}

bool service_start_work(Service *service, GError **error)
{
  const char *owner = instance_name(service->instance);
  /* The order matters: a replacement that the journal finishes ends its job, which must not have gone back to the queue before.
   */
  if (!queue_lapse_owner(service->queue, owner, NULL, error))
    return false;
  recover(service);
  recover_edits(service);
  expire(service);
  Abilities *abilities = service_abilities(service);
  service->transcode_executor.ffmpeg = service->ffmpeg;
  service->transcode_executor.handbrake = service->handbrake;
  service->transcode_executor.abilities = abilities;
  service->library_executor =
      (LibraryExecutor){.scan = &service->scan, .tune = &service->tune, .on_scanned = look_at_roots, .user_data = service};
  service->transport = local_transport_new(&(LocalTransportParams){.queue = service->queue,
                                                                   .desk = &service->desk,
                                                                   .conversions = service->conversions,
                                                                   .abilities = abilities,
                                                                   .name = owner,
                                                                   .cancel = service->stop});
  service->convert_executor =
      (ConvertExecutor){.encoders = &service->transcode_executor, .conversions = service->conversions, .probes = service->probes};
  const AgentKind kinds[] = {
      {.kind = "transcode",
       .slots = MAX(service->params.encode_slots, 0), /* else as soon as the settings are looked at, below */
       .also = "chunk",
       .execute = execute_transcode,
       .user_data = &service->transcode_executor,
       .governed = true},
      {.kind = CONVERT_JOB,
       .execute = execute_convert,
       .user_data = &service->convert_executor,
       .governed = true}, /* slots: below */
      {.kind = "scan", .slots = LIBRARY_SLOTS, .execute = execute_scan, .user_data = &service->library_executor},
      {.kind = "undo", .slots = 1, .execute = execute_undo, .user_data = &service->library_executor},
      {.kind = TUNE_JOB, .slots = AUDIO_SLOTS, .halts = true, .execute = execute_audio, .user_data = &service->tune},
      {.kind = TUNE_BATCH_JOB, .slots = 1, .halts = true, .execute = execute_audio, .user_data = &service->tune},
      {.kind = FILE_CHECK_JOB,
       .slots = service->params.serves ? CHECK_SLOTS : 0,
       .execute = execute_check,
       .user_data = &service->checks,
       .governed = true},
      {.kind = "cleanup", .slots = 1, .execute = execute_cleanup, .user_data = &service->cleanup},
  };
  if (service->params.serves && !task_begin_counting(service->db, "backup", clock_system(), error))
    return false;
  GovernorRuling ruling;
  governor_ruling_init(&ruling);
  if (service->params.serves && !start_governing(service, abilities, &ruling, error))
    return false;
  g_mutex_lock(&service->agent_lock);
  service->agent = agent_start(&(AgentParams){.transport = service->transport,
                                              .name = owner,
                                              .kinds = kinds,
                                              .n_kinds = G_N_ELEMENTS(kinds),
                                              .metrics = service->metrics,
                                              .ruling = &ruling});
  service->house = schedule_start("house", service->db, clock_system(), house_tasks, G_N_ELEMENTS(house_tasks), service);
  service->upkeep = schedule_start("upkeep", service->db, clock_system(), upkeep_tasks,
                                   G_N_ELEMENTS(upkeep_tasks) - (service->params.serves ? 0 : SERVER_TASKS), service);
  g_mutex_unlock(&service->agent_lock);
  record_clear(&governor_ruling_table, &ruling);
  if (service->warden)
    warden_start(service->warden, service->agent);
  if (service->params.encode_slots < 0)
    set_slots(service, "transcode", live_settings_int(service->settings, read_encode_slots));
  if (service->params.serves)
    set_slots(service, CONVERT_JOB, live_settings_int(service->settings, read_convert_slots));
  if (service->params.serves)
    start_watching(service, owner);
  if (service->params.serves)
    service->health = health_start(&(HealthParams){.db = service->db,
                                                   .settings = service->settings,
                                                   .abilities = abilities,
                                                   .films = service->films,
                                                   .data_directory = service->data_directory,
                                                   .clock = clock_system()});
  return true;
}

ApiServices service_offer(Service *service)
{
  return (ApiServices){.db = service->db,
                       .queue = service->queue,
                       .events = service->events,
                       .scan = &service->scan,
                       .desk = &service->desk,
                       .abilities = service_abilities(service),
                       .agent = service->agent,
                       .clock = clock_system(),
                       .data_directory = service->data_directory,
                       .ffmpeg = service->ffmpeg,
                       .handbrake = service->handbrake,
                       .database_shown = service->database_shown,
                       .settings = service->settings,
                       .metrics = service->metrics,
                       .figures = service->figures,
                       .health = service->health,
                       .probes = service->probes,
                       .log = service->log_ring,
                       .backups = &service->backups,
                       .cleanup = &service->cleanup,
                       .checks = &service->checks,
                       .tune = &service->tune,
                       .uploads = service->uploads,
                       .conversions = service->conversions,
                       .sampler = service->sampler,
                       .warden = service->warden,
                       .watcher = service->watcher};
}

void service_stop_work(Service *service, AgentStop how)
{
  g_mutex_lock(&service->agent_lock);
  Schedule *upkeep = g_steal_pointer(&service->upkeep), *house = g_steal_pointer(&service->house);
  Watcher *watcher = g_steal_pointer(&service->watcher);
  g_mutex_unlock(&service->agent_lock);
  if (!house)
    return;
  watcher_stop(watcher);
  if (how == AGENT_RETURN_JOBS)
    cancel_set(service->stop);
  agent_stop(service->agent, how);
  cancel_set(service->stop);
  schedule_stop(upkeep);
  schedule_stop(house);
}

void service_close(Service *service)
{
  if (!service)
    return;
  service_stop_work(service, AGENT_RETURN_JOBS);
  g_clear_pointer(&service->warden, warden_free);
  g_clear_pointer(&service->health, health_stop);
  g_clear_pointer(&service->sampler, system_sampler_free);
  g_clear_pointer(&service->settings, live_settings_free);
  g_clear_pointer(&service->conversions, conversions_free);
  g_clear_pointer(&service->uploads, uploads_free);
  g_clear_pointer(&service->agent, agent_free);
  if (service->transport)
    service->transport->free(g_steal_pointer(&service->transport));
  g_clear_pointer(&service->abilities, abilities_free);
  g_clear_pointer(&service->films, tmdb_shared_free);
  g_clear_pointer(&service->http, http_client_free);
  if (service->queue)
    scan_context_clear(&service->scan);
  g_clear_pointer(&service->probes, probe_pool_free);
  g_clear_pointer(&service->queue, queue_free);
  g_clear_pointer(&service->events, event_bus_free);
  g_clear_pointer(&service->figures, figures_free);
  g_clear_pointer(&service->metrics, metrics_free);
  g_clear_pointer(&service->db, db_close);
  g_clear_pointer(&service->instance, instance_release);
  g_clear_pointer(&service->stop, cancel_unref);
  if (service->log_ring)
    log_observe(NULL, NULL);
  g_clear_pointer(&service->log_ring, log_ring_free);
  g_clear_pointer(&service->log_file, log_file_free);
  g_mutex_clear(&service->abilities_lock);
  g_mutex_clear(&service->agent_lock);
  g_free(service->data_directory);
  g_free(service->database_shown);
  g_free(service->backups_directory);
  g_free(service->database);
  g_free(service->ffmpeg);
  g_free(service->handbrake);
  g_free(service);
}
