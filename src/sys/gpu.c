/* Calls NVML by the names and types of its stable interface (NVML API Reference Guide, "Device Queries").
 * Test: tests/unit/sys/test_gpu.c */
#include "sys/gpu.h"

#include <dlfcn.h>
#include <math.h>

enum { NVML_OK = 0, NVML_TEMPERATURE_OF_GPU = 0, DEVICES_MAX = 64 };

typedef struct NvmlDevice NvmlDevice;
typedef struct {
  unsigned gpu, memory; /* per cent */
} NvmlUse;

struct Gpus {
  void *library;
  int (*init)(void);
  int (*shutdown)(void);
  int (*count)(unsigned *ret_count);
  int (*device)(unsigned index, NvmlDevice **ret_device);
  int (*use)(NvmlDevice *device, NvmlUse *ret_use);
  int (*temperature)(NvmlDevice *device, int sensor, unsigned *ret_celsius);
};

static bool find(void *library, const char *name, void *ret_function)
{
  *(void **)ret_function = dlsym(library, name);
  return *(void **)ret_function != NULL;
}

Gpus *gpus_open(const char *library)
{
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return NULL;
  Gpus gpus = {.library = handle};
  bool complete =
      find(handle, "nvmlInit_v2", &gpus.init) && find(handle, "nvmlShutdown", &gpus.shutdown) &&
      find(handle, "nvmlDeviceGetCount_v2", &gpus.count) && find(handle, "nvmlDeviceGetHandleByIndex_v2", &gpus.device) &&
      find(handle, "nvmlDeviceGetUtilizationRates", &gpus.use) && find(handle, "nvmlDeviceGetTemperature", &gpus.temperature);
  if (complete && gpus.init() == NVML_OK)
    return g_memdup2(&gpus, sizeof gpus);
  dlclose(handle);
  return NULL;
}

void gpus_close(Gpus *gpus)
{
  if (!gpus)
    return;
  gpus->shutdown();
  dlclose(gpus->library);
  g_free(gpus);
}

GpuUse gpus_read(Gpus *gpus)
{
  GpuUse most = {NAN, NAN};
  unsigned count = 0;
  if (gpus->count(&count) != NVML_OK)
    return most;
  for (unsigned i = 0; i < MIN(count, DEVICES_MAX); i++) {
    NvmlDevice *device;
    NvmlUse use;
    unsigned celsius;
    if (gpus->device(i, &device) != NVML_OK)
      continue;
    if (gpus->use(device, &use) == NVML_OK && use.gpu <= 100)
      most.use_percent = fmax(most.use_percent, use.gpu);
    if (gpus->temperature(device, NVML_TEMPERATURE_OF_GPU, &celsius) == NVML_OK)
      most.celsius = fmax(most.celsius, celsius);
  }
  return most;
}
