/* The HTTP server: /api/v1 from one route table, health, events, the dashboard page. libmicrohttpd's pool of threads; handlers
 * block on the store.
 *
 * Thread-safety: the functions below are called from the thread that owns the server; handlers run on the pool. */
#pragma once

#include "auth/key.h"
#include "library/scan.h"
#include "transcode/transcode.h"
#include "worker/abilities.h"

typedef struct ApiServer ApiServer;

typedef struct {
  const char *listen;     /* "127.0.0.1:8460", "[::1]:8460", "0.0.0.0:0" (any free port), "localhost:8460" */
  int threads;            /* 0: 4 */
  int64_t max_body_bytes; /* 0: 1 MiB */
  const Clock *clock;
} ApiParams;

/* What handlers work with; borrowed until api_server_stop returns. */
typedef struct {
  Db *db;
  Queue *queue;
  EventBus *events;
  ScanContext *scan;
  TranscodeDesk *desk;
  Abilities *abilities;
  const Clock *clock;
  const char *data_directory;
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

/* Refuses new requests, ends event streams, waits for handlers under way, frees. */
void api_server_stop(ApiServer *server);
