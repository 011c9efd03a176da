/* Puts the modules together. What it does again and again is service_tasks.c's, who works service_work.c's. Test: the system
 * tests start and kill it. */
#include "cli/service_internal.h"

#include "base/error.h"
#include "cli/capability_cache.h"
#include "operate/capacity.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "store/setting.h"
#include "sys/fs.h"

enum { EVENT_CAPACITY = 1024 };

static const int64_t hour_ms = 60 * 60 * 1000LL, mib = 1024 * 1024, gib = 1024 * 1024 * 1024LL;

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

MediaInfo *service_probe_for_journal(const char *path, void *user_data, GError **error)
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
                  .probe = service_probe_for_journal,
                  .probe_data = service->probes},
      .scan = &service->scan,
      .capacity = read_capacity,
      .capacity_data = service,
  };
  service->cleanup =
      (CleanupContext){.replace = &service->desk.replace, .probe = service_probe_for_journal, .probe_data = service->probes};
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
    service_set_slots(service, "transcode", settings->encode_slots);
  if (service->params.serves)
    service_set_slots(service, CONVERT_JOB, settings->convert_slots);
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
