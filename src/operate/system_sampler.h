/* How busy the machine is, sampled in the background, for GET /system and for the limits: who asks reads memory and waits for
 * nothing, also when a network share hangs.
 *
 * Thread-safety: system_sampler_read may be called from any thread. */
#pragma once

#include "base/clock.h"
#include "store/db.h"

typedef struct {
  int64_t root_id;
  char *name, *path;
  int64_t free_bytes, total_bytes; /* FIELD_NULL_INT while not known */
  bool read_only;
  char *error;           /* why they are not known, or NULL */
  int64_t sampled_at_ms; /* FIELD_NULL_INT before the first answer */
} DiskUse;

typedef struct {
  int64_t sampled_at_ms;
  int64_t processors;
  double cpu_percent, others_percent;
  double pressure_cpu_percent, pressure_io_percent, pressure_memory_percent;
  double celsius;
  double gpu_percent, gpu_celsius;
  double load_1, load_5, load_15;
  int64_t memory_total_bytes, memory_available_bytes, resident_bytes;
  GPtrArray *disks; /* DiskUse */
} SystemUse;
extern const FieldTable system_use_table;

typedef struct SystemSampler SystemSampler;

/* Samples at once and from then on. Borrows both, which must outlive it. */
SystemSampler *system_sampler_new(Db *db, const Clock *clock);

/* Ends its threads; one that hangs on a dead share is waited for. NULL is fine. */
void system_sampler_free(SystemSampler *sampler);

/* A copy of the last sample into an initialised record. */
void system_sampler_read(SystemSampler *sampler, SystemUse *ret_use);
