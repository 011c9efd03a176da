/* Decides which jobs the worker of this process runs, how many at once, and in which order its parts start and stop. Test: the
 * system tests start and kill it. */
#include "cli/service_internal.h"

#include "base/error.h"
#include "worker/local_transport.h"

enum {
  LIBRARY_SLOTS = 2, /* scans and undos at once, beside the encodes */
  CHECK_SLOTS = 1,   /* a decoder uses all processors */
  AUDIO_SLOTS = 2,   /* files that were just imported, looked at at once */
};

void service_set_slots(Service *service, const char *kind, int64_t slots)
{
  g_mutex_lock(&service->agent_lock);
  if (service->agent)
    agent_set_slots(service->agent, kind, (int)slots);
  g_mutex_unlock(&service->agent_lock);
}

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
  if (!queue_lapse_owner(service->queue, owner, NULL, error))
    return false;
  service_recover(service);
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
  service_start_tasks(service);
  g_mutex_unlock(&service->agent_lock);
  record_clear(&governor_ruling_table, &ruling);
  if (service->warden)
    warden_start(service->warden, service->agent);
  if (service->params.encode_slots < 0)
    service_set_slots(service, "transcode", live_settings_int(service->settings, read_encode_slots));
  if (service->params.serves)
    service_set_slots(service, CONVERT_JOB, live_settings_int(service->settings, read_convert_slots));
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
