/* Shared by the service's files; nobody else includes it. */
#pragma once

#include "cli/service.h"

#include "cli/instance.h"
#include "connect/tmdb_store_cache.h"
#include "operate/checks.h"
#include "operate/log_file.h"
#include "operate/schedule.h"
#include "operate/watcher.h"
#include "queue/patience.h"
#include "worker/executors.h"

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

/* Probes for the journal, which asks what it has put in place; `user_data` is a ProbePool. */
MediaInfo *service_probe_for_journal(const char *path, void *user_data, GError **error);

/* How many jobs of a kind may run at once; nothing while the worker does not run. */
void service_set_slots(Service *service, const char *kind, int64_t slots);

/* --- service_tasks.c --- */

/* Brings to rest what was under way when a process ended, and takes back leases that have run out. What fails is told, and tried
 * again by the tasks. */
void service_recover(Service *service);

/* Starts what has to be done again and again. With agent_lock held. */
void service_start_tasks(Service *service);
