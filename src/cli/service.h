/* The running service behind `reeve serve` and behind one-off commands: database, queue, library, worker, housekeeping, put
 * together once.
 *
 * Thread-safety: opened, started and closed by one thread; what it holds states its own. */
#pragma once

#include "api/server.h"
#include "auth/session.h"
#include "library/scan.h"
#include "library/trash.h"
#include "transcode/transcode.h"
#include "worker/abilities.h"
#include "worker/agent.h"

typedef struct {
  const char *data_directory;
  const char *database; /* URL; NULL: sqlite:<data directory>/reeve.db */
  const char *ffmpeg, *handbrake;
  bool share;               /* beside a running server: no lock, no worker, no recovery */
  bool serves;              /* `reeve serve`: keeps the log's lines, makes backups; the log follows the settings */
  const Settings *settings; /* of the configuration */
  const char *database_shown;
  int encode_slots;   /* for one-off commands; < 0: by the settings in force */
  int64_t audit_days; /* audit entries are forgotten after so many; 0: never */
  SessionRules sessions;
} ServiceParams;

typedef struct Service Service;

/* Opens the database, migrates it, applies the seeds. CONFLICT if another process holds the data directory or the
 * database (the message says who), UNAVAILABLE if PostgreSQL is away. Makes the data directory (0700) if it is not there. */
Service *service_open(const ServiceParams *params, GError **error);

/* Brings the journal to rest (replace_recover), takes back this instance's leases, then starts the worker and the housekeeping.
 * Not for shared ones. */
bool service_start_work(Service *service, GError **error);

/* Stops worker and housekeeping; idempotent. */
void service_stop_work(Service *service, AgentStop how);

void service_close(Service *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Service, service_close)

/* What it is made of; borrowed. */
Db *service_db(Service *service);
Queue *service_queue(Service *service);
EventBus *service_events(Service *service);
ProbePool *service_probes(Service *service);
ScanContext *service_scan(Service *service);
TranscodeDesk *service_desk(Service *service);
TuneContext *service_tune(Service *service);
/* The trial of the encoders; started at the first call. */
Abilities *service_abilities(Service *service);
const char *service_data_directory(const Service *service);
LiveSettings *service_settings(Service *service);
const BackupContext *service_backups(const Service *service);
const CleanupContext *service_cleanup(const Service *service);

/* Everything that the API works with; after service_start_work. */
ApiServices service_offer(Service *service);
