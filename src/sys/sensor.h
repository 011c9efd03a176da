/* Temperatures of the processors, from the kernel's hwmon files (Documentation/hwmon/sysfs-interface.rst).
 *
 * Thread-safety: no shared state. */
#pragma once

#include <stdbool.h>

/* Where the kernel shows them. */
#define SENSOR_DIRECTORY "/sys/class/hwmon"

/* The hottest sensor of the processors, in degrees Celsius. False if there is none, or none that reads as a temperature: sensors
 * of disks and other parts do not count, and what is not from -50 to 150 degrees is no reading. `directory` is SENSOR_DIRECTORY
 * but in tests. */
bool sensor_read_processors(const char *directory, double *ret_celsius);
