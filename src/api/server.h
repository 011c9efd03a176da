/* The HTTP server: /api/v1 from one route table, health, events, the user interface. libmicrohttpd's pool of threads; handlers
 * block on the store.
 *
 * Thread-safety: the functions below are called from the thread that owns the server; handlers run on the pool. */
#pragma once

#include "auth/session.h"
#include "base/embedded.h"
#include "base/log_ring.h"
#include "convert/conversions.h"
#include "library/scan.h"
#include "operate/backup.h"
#include "operate/checks.h"
#include "operate/cleanup.h"
#include "operate/figures.h"
#include "operate/health.h"
#include "operate/live_settings.h"
#include "operate/system_sampler.h"
#include "operate/warden.h"
#include "operate/watcher.h"
#include "transcode/transcode.h"
#include "tune/tune.h"
#include "worker/abilities.h"
#include "worker/agent.h"

typedef struct ApiServer ApiServer;

typedef struct {
  const char *listen;                     /* "127.0.0.1:8460", "[::1]:8460", "0.0.0.0:0" (any free port), "localhost:8460" */
  int threads;                            /* 0: as many as processors, 2 to 4 */
  int64_t max_body_bytes;                 /* 0: 1 MiB */
  int64_t header_limit_ms, body_limit_ms; /* to send headers, and then the body; 0: 30 s, 60 s */
  const Clock *clock;
  const EmbeddedFile *page; /* the files of the user interface, "index.html" among them; constant. NULL: there is none */
  size_t n_page;
  const char *tls_certificate, *tls_key; /* PEM files; NULL: plain HTTP */
  const char *const *trusted_proxies;    /* networks whose X-Forwarded-For and -Proto are believed; NULL-terminated, or NULL */
  const char *const *cors_origins;       /* "https://films.example": pages there may use the API with a key; as above */
  bool remote_setup;                     /* answer callers from other machines before there is a user */
  SessionRules sessions;                 /* zero: session_rules_preset */
} ApiParams;

/* What handlers work with; borrowed until api_server_stop returns. */
typedef struct {
  Db *db;
  Queue *queue;
  EventBus *events;
  ScanContext *scan;
  TranscodeDesk *desk;
  Abilities *abilities;
  Agent *agent; /* the worker in this process; NULL: none */
  const char *ffmpeg;
  const Clock *clock;
  const char *data_directory;
  const char *const *media_directories; /* where requests may reach besides roots (library/allowed.h); NULL-terminated, or NULL */
  const char *handbrake;
  const char *database_shown; /* its address without secrets */
  LiveSettings *settings;
  Metrics *metrics;
  Figures *figures;
  HealthMonitor *health;
  ProbePool *probes;
  LogRing *log;
  const BackupContext *backups;
  const CleanupContext *cleanup;
  const CheckContext *checks;
  TuneContext *tune;
  Uploads *uploads;
  Conversions *conversions;
  SystemSampler *sampler;
  Warden *warden;
  Watcher *watcher; /* NULL: this process watches nothing */
} ApiServices;

/* Listens at once, so that /health/live answers while the database is still away; everything else is 503 with `reason` until
 * api_server_offer. IO or CONFLICT ("… is in use") if it cannot listen. */
ApiServer *api_server_start(const ApiParams *params, const char *reason, GError **error);

/* From now on requests are served. `services` is copied. */
void api_server_offer(ApiServer *server, const ApiServices *services);

/* The reason that /health/ready shows while nothing is offered. Copied. */
void api_server_explain(ApiServer *server, const char *reason);

/* The address it listens on, with the real port: "127.0.0.1:8460". Borrowed. */
const char *api_server_address(const ApiServer *server);

/* Where a browser on this machine finds it: "https://127.0.0.1:8460", also where it listens on all addresses. The caller frees
 * it.
 */
char *api_server_url(const ApiServer *server);

/* Reads the files for TLS again; without TLS nothing is to be done. On error the old certificate stays in use. */
bool api_server_reload(ApiServer *server, GError **error);

/* Refuses new requests, ends event streams, waits for handlers under way, frees. */
void api_server_stop(ApiServer *server);
