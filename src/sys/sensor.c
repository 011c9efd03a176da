/* Decides which sensors tell how hot the processors are. Test: tests/unit/sys/test_sensor.c */
#include "sys/sensor.h"

#include <glib.h>
#include <string.h>

/* Drivers of processors' own sensors: Intel, AMD, and the thermal zones of systems on a chip as device trees name them. */
static bool is_processor(const char *driver)
{
  static const char *const drivers[] = {"coretemp", "k8temp", "k10temp", "zenpower", "via_cputemp", NULL};
  static const char *const parts[] = {"cpu", "soc", "package", "cluster", NULL};
  if (g_strv_contains(drivers, driver))
    return true;
  for (const char *const *part = parts; *part; part++)
    if (strstr(driver, *part))
      return true;
  return false;
}

static bool read_degrees(const char *path, double *ret_celsius)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return false;
  char *end;
  gint64 thousandths = g_ascii_strtoll(text, &end, 10);
  if (end == text || thousandths < -50000 || thousandths > 150000)
    return false;
  *ret_celsius = (double)thousandths / 1000;
  return true;
}

static bool read_device(const char *device, double *hottest, bool found)
{
  g_autofree char *name_path = g_build_filename(device, "name", NULL);
  g_autofree char *name = NULL;
  if (!g_file_get_contents(name_path, &name, NULL, NULL) || !is_processor(g_strstrip(name)))
    return found;
  g_autoptr(GDir) files = g_dir_open(device, 0, NULL);
  for (const char *file; files && (file = g_dir_read_name(files));) {
    g_autofree char *path = g_build_filename(device, file, NULL);
    double celsius;
    if (!g_str_has_prefix(file, "temp") || !g_str_has_suffix(file, "_input") || !read_degrees(path, &celsius))
      continue;
    *hottest = found ? MAX(*hottest, celsius) : celsius;
    found = true;
  }
  return found;
}

bool sensor_read_processors(const char *directory, double *ret_celsius)
{
  double hottest = 0;
  bool found = false;
  g_autoptr(GDir) devices = g_dir_open(directory, 0, NULL);
  for (const char *name; devices && (name = g_dir_read_name(devices));) {
    g_autofree char *device = g_build_filename(directory, name, NULL);
    found = read_device(device, &hottest, found);
  }
  if (found)
    *ret_celsius = hottest;
  return found;
}
