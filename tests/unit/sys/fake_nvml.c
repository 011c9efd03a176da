/* A library with NVML's names, for test_gpu.c: three devices, of which the second says nothing. What it does stands in FAKE_NVML:
 * "ok", "no-driver" (it cannot be initialised) or "lost" (its devices cannot be counted). */
#include <stdlib.h>
#include <string.h>

enum { OK = 0, NOT_SUPPORTED = 3, DRIVER_NOT_LOADED = 9, GPU_IS_LOST = 15 };

typedef struct {
  unsigned gpu, memory;
} Use;

static int is(const char *word)
{
  const char *set = getenv("FAKE_NVML");
  return set && strcmp(set, word) == 0;
}

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetUtilizationRates(void *device, Use *use);
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius);

static const Use uses[] = {{10, 1}, {0, 0}, {70, 2}};
static const unsigned temperatures[] = {66, 0, 55};

int nvmlInit_v2(void)
{
  return is("no-driver") ? DRIVER_NOT_LOADED : OK;
}

int nvmlShutdown(void)
{
  return OK;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
  *count = 3;
  return is("lost") ? GPU_IS_LOST : OK;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
  *device = (void *)&uses[index];
  return OK;
}

int nvmlDeviceGetUtilizationRates(void *device, Use *use)
{
  if (device == &uses[1])
    return NOT_SUPPORTED;
  *use = *(const Use *)device;
  return OK;
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius)
{
  if (device == &uses[1] || sensor != 0)
    return NOT_SUPPORTED;
  *celsius = temperatures[(const Use *)device - uses];
  return OK;
}
