/* How busy and hot NVIDIA's graphics processors are, by NVML, which is opened at run time: machines without it do not need it.
 *
 * Thread-safety: one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What the driver installs. */
#define GPU_LIBRARY "libnvidia-ml.so.1"

typedef struct Gpus Gpus;

/* NULL if the library is not there, lacks a function, or finds no driver. `library` is GPU_LIBRARY but in tests. */
Gpus *gpus_open(const char *library);
void gpus_close(Gpus *gpus); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Gpus, gpus_close)

typedef struct {
  double use_percent; /* of the busiest; NAN: none says */
  double celsius;     /* of the hottest; NAN: none says */
} GpuUse;

/* Asks the driver, which may take some milliseconds. */
GpuUse gpus_read(Gpus *gpus);
