/* Puts the modules together and keeps house: expired leases, unfinished replacements, old trash, old jobs.
 * Test: the system tests start and kill it. */
#include "cli/service.h"

#include "base/error.h"
#include "cli/instance.h"
#include "store/migrate.h"
#include "store/record_sql.h"
#include "store/setting.h"
#include "sys/fs.h"
#include "worker/executors.h"
#include "worker/local_transport.h"

#include <string.h>

enum {
  LOOK_EVERY_MS = 5 * 1000,   /* for expired leases */
  CLEAN_EVERY_MS = 60 * 1000, /* trash and old jobs */
  LIBRARY_SLOTS = 2,          /* scans and undos at once, beside the encodes */
  EVENT_CAPACITY = 1024,
};

static const int64_t day_ms = 24 * 60 * 60 * 1000LL;

struct Service {
  ServiceParams params;
  char *data_directory, *database, *ffmpeg, *handbrake;
  Instance *instance;
  Db *db;
  EventBus *events;
  Queue *queue;
  ProbePool *probes;
  ScanContext scan;
  TranscodeDesk desk;
  GMutex abilities_lock;
  Abilities *abilities;
  TranscodeExecutor transcode_executor;
  LibraryExecutor library_executor;
  Transport *transport;
  Agent *agent;
  Cancel *stop;
  GThread *housekeeper;
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

const char *service_data_directory(const Service *service)
{
  return service->data_directory;
}

Abilities *service_abilities(Service *service)
{
  g_mutex_lock(&service->abilities_lock);
  if (!service->abilities)
    service->abilities = abilities_start(service->ffmpeg, service->handbrake);
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

static bool open_database(Service *service, GError **error)
{
  DbParams params = {.url = service->database, .share = service->params.share};
  service->db = db_open(&params, error);
  if (!service->db)
    return false;
  int applied = 0;
  if (!migrate_run(service->db, &applied, error))
    return false;
  if (applied > 0)
    g_info("The database was brought up to date by %d step%s.", applied, applied == 1 ? "" : "s");
  return apply_seeds(service->db, error);
}

static MediaInfo *probe_for_journal(const char *path, void *user_data, GError **error)
{
  return probe_file(user_data, path, NULL, error);
}

static void put_together(Service *service)
{
  const Clock *clock = clock_system();
  int threads = service->params.scan_threads > 0 ? service->params.scan_threads : (int)g_get_num_processors();
  service->events = event_bus_new(service->db, EVENT_CAPACITY);
  service->queue = queue_new(&(QueueParams){.db = service->db, .events = service->events, .clock = clock});
  service->probes = probe_pool_new(&(ProbeParams){.children = threads});
  scan_context_init(&service->scan);
  service->scan.db = service->db;
  service->scan.probes = service->probes;
  service->scan.events = service->events;
  service->scan.clock = clock;
  service->scan.threads = threads;
  service->desk = (TranscodeDesk){
      .replace = {.db = service->db,
                  .queue = service->queue,
                  .clock = clock,
                  .reserve_bytes = service->params.reserve_bytes,
                  .probe = probe_for_journal,
                  .probe_data = service->probes},
      .scan = &service->scan,
  };
  service->stop = cancel_new(NULL);
}

Service *service_open(const ServiceParams *params, GError **error)
{
  g_autoptr(Service) service = g_new0(Service, 1);
  g_mutex_init(&service->abilities_lock);
  service->params = *params;
  service->ffmpeg = g_strdup(params->ffmpeg ? params->ffmpeg : "ffmpeg");
  service->handbrake = g_strdup(params->handbrake ? params->handbrake : "HandBrakeCLI");
  if (!fs_mkdirs(params->data_directory, 0700, error))
    return NULL;
  service->data_directory = g_canonicalize_filename(params->data_directory, NULL);
  service->database =
      params->database ? g_strdup(params->database) : g_strdup_printf("sqlite:%s/reeve.db", service->data_directory);
  if (!params->share && !(service->instance = instance_claim(service->data_directory, error)))
    return NULL;
  if (!open_database(service, error))
    return NULL;
  put_together(service);
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

static void expire(Service *service)
{
  int count = 0;
  g_autoptr(GError) why = NULL;
  if (!queue_expire(service->queue, &count, &why))
    g_warning("Leases could not be looked at: %s", why->message);
  else if (count > 0)
    g_message("%d job%s whose worker was lost went back to the queue.", count, count == 1 ? "" : "s");
}

static void clean(Service *service)
{
  int purged = 0;
  g_autoptr(GError) why = NULL;
  if (!trash_purge(&service->desk.replace, service->params.trash_cap_bytes, &purged, &why)) {
    g_warning("The trash could not be emptied: %s", why->message);
    g_clear_error(&why);
  } else if (purged > 0) {
    g_message("%d original%s whose time in the trash was over %s deleted.", purged, purged == 1 ? "" : "s",
              purged == 1 ? "was" : "were");
  }
  int64_t pruned = 0;
  int64_t before_ms = clock_now_ms(clock_system()) - service->params.job_days * day_ms;
  if (service->params.job_days > 0 && !queue_prune(service->queue, before_ms, &pruned, &why))
    g_warning("Old jobs could not be forgotten: %s", why->message);
}

static gpointer keep_house(gpointer data)
{
  Service *service = data;
  int64_t cleaned_ms = INT64_MIN;
  do {
    recover(service);
    expire(service);
    int64_t now_ms = clock_monotonic_ms(clock_system());
    if (cleaned_ms == INT64_MIN || now_ms - cleaned_ms >= CLEAN_EVERY_MS) {
      clean(service);
      cleaned_ms = now_ms;
    }
  } while (!cancel_wait(service->stop, LOOK_EVERY_MS));
  return NULL;
}

bool service_start_work(Service *service, GError **error)
{
  const char *owner = instance_name(service->instance);
  /* The order matters: a replacement that the journal finishes ends its job, which must not have gone back to the queue before.
   */
  if (!queue_lapse_owner(service->queue, owner, NULL, error))
    return false;
  recover(service);
  expire(service);
  Abilities *abilities = service_abilities(service);
  service->transcode_executor = (TranscodeExecutor){.ffmpeg = service->ffmpeg,
                                                    .handbrake = service->handbrake,
                                                    .abilities = abilities,
                                                    .nice_increment = service->params.nice_increment,
                                                    .idle_io = service->params.nice_increment > 0};
  service->library_executor = (LibraryExecutor){.scan = &service->scan, .replace = &service->desk.replace};
  service->transport = local_transport_new(&(LocalTransportParams){
      .queue = service->queue, .desk = &service->desk, .abilities = abilities, .name = owner, .cancel = service->stop});
  const AgentKind kinds[] = {
      {.kind = "transcode",
       .slots = MAX(service->params.encode_slots, 0),
       .execute = execute_transcode,
       .user_data = &service->transcode_executor},
      {.kind = "scan", .slots = LIBRARY_SLOTS, .execute = execute_scan, .user_data = &service->library_executor},
      {.kind = "undo", .slots = 1, .execute = execute_undo, .user_data = &service->library_executor},
  };
  service->agent =
      agent_start(&(AgentParams){.transport = service->transport, .name = owner, .kinds = kinds, .n_kinds = G_N_ELEMENTS(kinds)});
  service->housekeeper = g_thread_new("house", keep_house, service);
  return true;
}

void service_stop_work(Service *service, AgentStop how)
{
  if (!service->agent)
    return;
  if (how == AGENT_RETURN_JOBS)
    cancel_set(service->stop);
  agent_stop(g_steal_pointer(&service->agent), how);
  cancel_set(service->stop);
  g_thread_join(g_steal_pointer(&service->housekeeper));
  service->transport->free(g_steal_pointer(&service->transport));
}

void service_close(Service *service)
{
  if (!service)
    return;
  service_stop_work(service, AGENT_RETURN_JOBS);
  g_clear_pointer(&service->abilities, abilities_free);
  if (service->queue)
    scan_context_clear(&service->scan);
  g_clear_pointer(&service->probes, probe_pool_free);
  g_clear_pointer(&service->queue, queue_free);
  g_clear_pointer(&service->events, event_bus_free);
  g_clear_pointer(&service->db, db_close);
  g_clear_pointer(&service->instance, instance_release);
  g_clear_pointer(&service->stop, cancel_unref);
  g_mutex_clear(&service->abilities_lock);
  g_free(service->data_directory);
  g_free(service->database);
  g_free(service->ffmpeg);
  g_free(service->handbrake);
  g_free(service);
}
