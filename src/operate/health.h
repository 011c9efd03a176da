/* How the parts of a server are (O5). What may hang, a disk that does not answer, is looked at by a thread of its own; asking for
 * the health never waits for it.
 *
 * Thread-safety: started and stopped by one thread; health_components from any. */
#pragma once

#include "operate/live_settings.h"
#include "worker/abilities.h"

typedef enum { HEALTH_OK, HEALTH_DEGRADED, HEALTH_DOWN } HealthStatus;
extern const EnumTable health_status_table;

/* Its words are for everybody, also for those without a key: no paths, no names. */
typedef struct {
  char *name; /* "database", "library", "encoders", "worker", "space", "backup", "watch", "tmdb" */
  int status;
  char *message;
} HealthComponent;
extern const FieldTable health_component_table;

typedef struct HealthMonitor HealthMonitor;

typedef struct {
  Db *db;
  LiveSettings *settings;
  Abilities *abilities;
  TmdbShared *films; /* NULL: nobody is asked */
  const char *data_directory;
  const Clock *clock;
  int64_t every_ms; /* between two looks; 0: 30 s */
} HealthParams;

/* What `params` points to must outlive it; the rest is copied. */
HealthMonitor *health_start(const HealthParams *params);
void health_stop(HealthMonitor *monitor); /* waits for a look under way */

/* All components as known now, the database asked at once: array of HealthComponent. *ret_status is the gravest. */
GPtrArray *health_components(HealthMonitor *monitor, HealthStatus *ret_status);
