/* Decides what a running child has to make do with while the machine is busy. Test: tests/unit/sys/test_child.c */
#include "sys/child_internal.h"

#include "base/number.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOWEST_NICE = 19 };

/* Half of them, rounded up, and never none: the first ones, so that all lowered children share the same. */
static cpu_set_t half_of(const cpu_set_t *all)
{
  cpu_set_t half;
  CPU_ZERO(&half);
  int wanted = (CPU_COUNT(all) + 1) / 2;
  for (int i = 0; i < CPU_SETSIZE && wanted > 0; i++)
    if (CPU_ISSET(i, all)) {
      CPU_SET(i, &half);
      wanted--;
    }
  return half;
}

/* Of each thread that there is; those that come later have their maker's. */
static void set_processors(pid_t pid, const cpu_set_t *set)
{
  g_autofree char *path = g_strdup_printf("/proc/%d/task", (int)pid);
  g_autoptr(GDir) tasks = g_dir_open(path, 0, NULL);
  for (const char *name; tasks && (name = g_dir_read_name(tasks));) {
    int64_t thread;
    if (parse_int(name, 1, INT32_MAX, &thread))
      sched_setaffinity((pid_t)thread, sizeof *set, set); /* one that has just ended is nobody's loss */
  }
}

/* For each thread of the group: PRIO_PGRP reaches them all (setpriority(2) of a process would reach its first thread only). */
static bool set_nice(pid_t group, int nice)
{
  return setpriority(PRIO_PGRP, (id_t)group, nice) == 0;
}

static void remember_share(Child *child)
{
  child->nice_before = getpriority(PRIO_PGRP, (id_t)child->pid);
  child->io_before = (int)syscall(SYS_ioprio_get, IO_WHO_GROUP, child->pid);
  child->has_processors_before = sched_getaffinity(child->pid, sizeof child->processors_before, &child->processors_before) == 0;
}

void child_lower(Child *child)
{
  g_mutex_lock(&child->lock);
  if (!child->reaped) {
    if (!child->lowered)
      remember_share(child);
    child->lowered = true;
    set_nice(child->pid, LOWEST_NICE);
    syscall(SYS_ioprio_set, IO_WHO_GROUP, child->pid, IO_CLASS_IDLE);
    if (child->has_processors_before) {
      cpu_set_t half = half_of(&child->processors_before);
      set_processors(child->pid, &half);
    }
  }
  g_mutex_unlock(&child->lock);
}

void child_raise(Child *child)
{
  g_mutex_lock(&child->lock);
  if (!child->reaped && child->lowered) {
    child->lowered = false;
    if (child->has_processors_before)
      set_processors(child->pid, &child->processors_before);
    if (child->io_before >= 0)
      syscall(SYS_ioprio_set, IO_WHO_GROUP, child->pid, child->io_before);
    if (!set_nice(child->pid, child->nice_before))
      g_debug("\"%s\" stays at niceness %d: %s", child->name, LOWEST_NICE, g_strerror(errno));
  }
  g_mutex_unlock(&child->lock);
}
