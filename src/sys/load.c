/* Decides what the figures in /proc mean. Test: tests/unit/sys/test_load.c */
#include "sys/load.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KIB = 1024, STAT_FIELDS = 8 };

bool load_parse_stat(const char *text, CpuTimes *ret_times)
{
  if (!g_str_has_prefix(text, "cpu "))
    return false;
  int64_t fields[STAT_FIELDS], total = 0;
  const char *at = text + strlen("cpu ");
  for (int i = 0; i < STAT_FIELDS; i++) {
    char *end;
    fields[i] = g_ascii_strtoll(at, &end, 10);
    if (end == at || fields[i] < 0)
      return false;
    total += fields[i];
    at = end;
  }
  *ret_times = (CpuTimes){.busy = total - fields[3] - fields[4], .total = total};
  return true;
}

static bool find_kib(const char *text, const char *name, int64_t *ret_bytes)
{
  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (!g_str_has_prefix(line, name))
      continue;
    char *end;
    int64_t kib = g_ascii_strtoll(line + strlen(name), &end, 10);
    if (kib < 0 || kib > INT64_MAX / KIB || !g_str_has_prefix(end, " kB"))
      return false;
    *ret_bytes = kib * KIB;
    return true;
  }
  return false;
}

bool load_parse_meminfo(const char *text, MemoryUse *ret_memory)
{
  MemoryUse memory;
  if (!find_kib(text, "MemTotal:", &memory.total_bytes) || !find_kib(text, "MemAvailable:", &memory.available_bytes))
    return false;
  *ret_memory = memory;
  return true;
}

bool load_parse_average(const char *text, double ret_average[3])
{
  double average[3];
  for (int i = 0; i < 3; i++) {
    char *end;
    average[i] = g_ascii_strtod(text, &end);
    if (end == text || average[i] < 0)
      return false;
    text = end;
  }
  memcpy(ret_average, average, sizeof average);
  return true;
}

static char *read_proc(const char *path)
{
  char *text = NULL;
  return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

bool load_read_cpu(CpuTimes *ret_times)
{
  g_autofree char *text = read_proc("/proc/stat");
  return text && load_parse_stat(text, ret_times);
}

bool load_read_memory(MemoryUse *ret_memory)
{
  g_autofree char *text = read_proc("/proc/meminfo");
  return text && load_parse_meminfo(text, ret_memory);
}

bool load_read_average(double ret_average[3])
{
  g_autofree char *text = read_proc("/proc/loadavg");
  return text && load_parse_average(text, ret_average);
}

int64_t load_own_memory(void)
{
  g_autofree char *text = read_proc("/proc/self/statm");
  const char *space = text ? strchr(text, ' ') : NULL;
  return space ? g_ascii_strtoll(space, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

double load_cpu_percent(const CpuTimes *before, const CpuTimes *after)
{
  int64_t total = after->total - before->total, busy = after->busy - before->busy;
  return total > 0 ? CLAMP(100.0 * (double)busy / (double)total, 0, 100) : 0;
}

bool load_parse_pressure(const char *text, double *ret_percent)
{
  static const char start[] = "some avg10=";
  if (!g_str_has_prefix(text, start))
    return false;
  char *end;
  double percent = g_ascii_strtod(text + strlen(start), &end);
  if (end == text + strlen(start) || percent < 0 || percent > 100)
    return false;
  *ret_percent = percent;
  return true;
}

bool load_read_pressure(const char *resource, double *ret_percent)
{
  g_autofree char *path = g_strconcat("/proc/pressure/", resource, NULL);
  g_autofree char *text = read_proc(path);
  return text && load_parse_pressure(text, ret_percent);
}

bool load_parse_process(const char *text, int64_t *ret_ticks)
{
  enum { AFTER_NAME = 2, UTIME = 14, CSTIME = 17 };
  const char *at = strrchr(text, ')');
  if (!at)
    return false;
  g_auto(GStrv) fields = g_strsplit(at + 1, " ", CSTIME + 1); /* fields[0] is what stands between ")" and the blank: nothing */
  if (g_strv_length(fields) <= CSTIME - AFTER_NAME)
    return false;
  int64_t ticks = 0;
  for (int i = UTIME; i <= CSTIME; i++)
    ticks += g_ascii_strtoll(fields[i - AFTER_NAME], NULL, 10);
  *ret_ticks = ticks;
  return true;
}

/* Adds what a process and all below it took. A child that ends meanwhile is in its parent's figures from then on. */
static bool add_process(const char *directory, int depth, int64_t *ticks)
{
  enum { DEPTH_MAX = 16 };
  g_autofree char *stat_path = g_build_filename(directory, "stat", NULL);
  g_autofree char *stat = read_proc(stat_path);
  int64_t own;
  if (!stat || !load_parse_process(stat, &own))
    return false;
  *ticks += own;
  g_autofree char *tasks_path = g_build_filename(directory, "task", NULL);
  g_autoptr(GDir) tasks = depth < DEPTH_MAX ? g_dir_open(tasks_path, 0, NULL) : NULL;
  bool known = false;
  for (const char *task; tasks && (task = g_dir_read_name(tasks));) {
    g_autofree char *children_path = g_build_filename(tasks_path, task, "children", NULL);
    g_autofree char *children = read_proc(children_path);
    known = known || children;
    g_auto(GStrv) numbers = g_strsplit(children ? children : "", " ", -1);
    for (char **number = numbers; *number; number++) {
      g_autofree char *child = g_build_filename("/proc", *number, NULL);
      if (g_ascii_isdigit(**number))
        add_process(child, depth + 1, ticks);
    }
  }
  return known;
}

bool load_read_own(int64_t *ret_ticks)
{
  int64_t ticks = 0;
  if (!add_process("/proc/self", 0, &ticks))
    return false;
  *ret_ticks = ticks;
  return true;
}

double load_others_percent(const CpuTimes *before, const CpuTimes *after, int64_t own)
{
  int64_t total = after->total - before->total, busy = after->busy - before->busy - MAX(own, 0);
  return total > 0 ? CLAMP(100.0 * (double)busy / (double)total, 0, 100) : 0;
}
