/* The warden: asks the governor again and again, by what the sampler, the schedules, the settings and a person say, has the
 * worker of this process hold to the answer, and keeps it in the database for other servers, for commands and for those who ask
 * why.
 *
 * When the schedules cannot be read, what is in force stays in force.
 *
 * Thread-safety: made, started and stopped by one thread; the rest from any. */
#pragma once

#include "operate/live_settings.h"
#include "operate/override.h"
#include "operate/system_sampler.h"
#include "worker/abilities.h"
#include "worker/status.h"

typedef struct Warden Warden;

typedef struct {
  Db *db;
  LiveSettings *settings;
  SystemSampler *sampler; /* NULL: nothing is known of the machine */
  Abilities *abilities;
  const Clock *clock;
  const char *worker; /* the name by which it holds its jobs; copied */
} WardenParams;

/* One worker, what it can do, and what holds it back. */
typedef struct {
  char *worker;
  int64_t at_ms;
  GPtrArray *slots; /* WorkerSlots */
  char **abilities; /* capability words; those of a worker that still tries its encoders are empty */
  bool trying;      /* its encoders are being tried */
  GovernorRuling ruling;
} GovernorState;
extern const FieldTable governor_state_table;

/* Asks once. Borrows what params points to. NULL if the database does not answer. */
Warden *warden_new(const WardenParams *params, GError **error);

/* The ruling to begin with, into a struct that holds nothing; record_clear it by governor_ruling_table. */
void warden_ruling(Warden *warden, GovernorRuling *ret_ruling);

/* Goes on asking, and has the agent (NULL: none) hold to it. */
void warden_start(Warden *warden, Agent *agent);

/* Asks again at once: a schedule, a root or the override has changed. NULL is fine. */
void warden_poke(Warden *warden);

/* Ends its thread and frees it. NULL is fine. */
void warden_free(Warden *warden);

/* What holds now on this server. Into a struct that holds nothing. */
void warden_state(Warden *warden, GovernorState *ret_state);

/* All workers that reported of late; `own` (may be NULL) in the place of what it reported. records_new() array, NULL on error. */
GPtrArray *governor_states(DbConn *conn, Warden *own, int64_t now_ms, GError **error);
