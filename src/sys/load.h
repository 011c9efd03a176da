/* How busy the machine is, from /proc (proc(5)). Reading these files never waits for a disk.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Time of all processors since the start, in ticks. */
typedef struct {
  int64_t busy, total;
} CpuTimes;

typedef struct {
  int64_t total_bytes, available_bytes; /* what can be had without swapping */
} MemoryUse;

/* /proc/stat, its first line: "cpu  user nice system idle iowait irq softirq steal guest guest_nice". Idle and iowait are not
 * busy; the guests' time is in user's already. */
bool load_parse_stat(const char *text, CpuTimes *ret_times);

/* /proc/meminfo: MemTotal and MemAvailable, in KiB there. */
bool load_parse_meminfo(const char *text, MemoryUse *ret_memory);

/* /proc/loadavg: the averages over 1, 5 and 15 minutes. */
bool load_parse_average(const char *text, double ret_average[3]);

/* The same, read now. False if the system does not say. */
bool load_read_cpu(CpuTimes *ret_times);
bool load_read_memory(MemoryUse *ret_memory);
bool load_read_average(double ret_average[3]);

/* Resident memory of this process (/proc/self/statm); 0 if the system does not say. */
int64_t load_own_memory(void);

/* Per cent of all processors that was busy between two readings; 0 if no time passed. */
double load_cpu_percent(const CpuTimes *before, const CpuTimes *after);

/* Pressure stall information, /proc/pressure/cpu, io or memory: per cent of the last ten seconds in which something waited for it
 * ("some avg10=…"; the kernel's Documentation/accounting/psi.rst). */
bool load_parse_pressure(const char *text, double *ret_percent);
bool load_read_pressure(const char *resource, double *ret_percent);

/* /proc/PID/stat: user and system time of the process with those of its children that it has waited for, in ticks (fields 14 to
 * 17; the name in field 2 may hold anything). */
bool load_parse_process(const char *text, int64_t *ret_ticks);

/* The same of this process and all below it, which never falls while they live: what is busy because of us. False if the system
 * does not say (a kernel without CONFIG_PROC_CHILDREN). */
bool load_read_own(int64_t *ret_ticks);

/* Per cent of all processors that others kept busy between two readings; `own` are the ticks of load_read_own between them. */
double load_others_percent(const CpuTimes *before, const CpuTimes *after, int64_t own);
