/* The trampoline `reeve __exec`: decides how a child's sandbox and priority travel through an argument vector, and applies them
 * in a process of one thread, where anything may be called. Test: tests/unit/sys/test_sandbox.c */
#include "sys/child_internal.h"

#include "base/error.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_NOT_EXECUTED 126

#define HIDING_BYTES ((size_t)64 * 1024 * 1024)

typedef struct {
  Sandbox sandbox;
  bool has_sandbox;
  GPtrArray *write_paths;
  int64_t nice_increment;
  bool idle_io;
  int64_t status_fd; /* -1: run by hand, errors go to standard error */
  const char *program;
  char **argv;
} Plan;

static void pack_number(GPtrArray *arguments, const char *flag, int64_t value)
{
  if (value == 0)
    return;
  g_ptr_array_add(arguments, g_strdup(flag));
  g_ptr_array_add(arguments, g_strdup_printf("%" G_GINT64_FORMAT, value));
}

static void pack_flag(GPtrArray *arguments, const char *flag, bool is_set)
{
  if (is_set)
    g_ptr_array_add(arguments, g_strdup(flag));
}

static void pack_sandbox(GPtrArray *arguments, const Sandbox *sandbox)
{
  pack_flag(arguments, "--sandbox", true);
  pack_flag(arguments, "--no-network", sandbox->no_network);
  pack_flag(arguments, "--no-exec", sandbox->no_exec);
  pack_flag(arguments, "--read-only", sandbox->write_paths && !sandbox->write_paths[0]);
  for (const char *const *path = sandbox->write_paths; path && *path; path++) {
    g_ptr_array_add(arguments, g_strdup("--write"));
    g_ptr_array_add(arguments, g_strdup(*path));
  }
  pack_number(arguments, "--memory", sandbox->memory_bytes);
  pack_number(arguments, "--cpu", sandbox->cpu_seconds);
  pack_number(arguments, "--file", sandbox->file_bytes);
}

char **child_exec_pack(const ChildParams *params, const char *program)
{
  GPtrArray *arguments = g_ptr_array_new();
  g_ptr_array_add(arguments, g_strdup("reeve"));
  g_ptr_array_add(arguments, g_strdup("__exec"));
  pack_number(arguments, "--status", CHILD_STATUS_FD);
  pack_number(arguments, "--nice", params->nice_increment);
  pack_flag(arguments, "--idle-io", params->idle_io);
  if (params->sandbox)
    pack_sandbox(arguments, params->sandbox);
  g_ptr_array_add(arguments, g_strdup("--program"));
  g_ptr_array_add(arguments, g_strdup(program));
  g_ptr_array_add(arguments, g_strdup("--"));
  for (const char *const *argument = params->argv; *argument; argument++)
    g_ptr_array_add(arguments, g_strdup(*argument));
  g_ptr_array_add(arguments, NULL);
  return (char **)g_ptr_array_free(arguments, FALSE);
}

static bool parse_flag(Plan *plan, const char *flag)
{
  const struct {
    const char *flag;
    bool *target;
  } rows[] = {
      {"--sandbox", &plan->has_sandbox},
      {"--no-network", &plan->sandbox.no_network},
      {"--no-exec", &plan->sandbox.no_exec},
      {"--idle-io", &plan->idle_io},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strcmp(rows[i].flag, flag) == 0)
      return *rows[i].target = true;
  return false;
}

static bool parse_number(Plan *plan, const char *flag, const char *value)
{
  const struct {
    const char *flag;
    int64_t min, max;
    int64_t *target;
  } rows[] = {
      {"--status", CHILD_STATUS_FD, CHILD_STATUS_FD, &plan->status_fd},
      {"--nice", -40, 40, &plan->nice_increment},
      {"--memory", 1, INT64_MAX, &plan->sandbox.memory_bytes},
      {"--cpu", 1, INT64_MAX, &plan->sandbox.cpu_seconds},
      {"--file", 1, INT64_MAX, &plan->sandbox.file_bytes},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strcmp(rows[i].flag, flag) == 0)
      return parse_int(value, rows[i].min, rows[i].max, rows[i].target);
  return false;
}

static GPtrArray *write_paths(Plan *plan)
{
  if (!plan->write_paths)
    plan->write_paths = g_ptr_array_new();
  return plan->write_paths;
}

static bool parse(Plan *plan, int argc, char **argv, GError **error)
{
  int i = 2; /* after "reeve __exec" */
  for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const char *flag = argv[i];
    if (parse_flag(plan, flag))
      continue;
    if (strcmp(flag, "--read-only") == 0) {
      write_paths(plan);
      continue;
    }
    const char *value = i + 1 < argc ? argv[++i] : "";
    if (strcmp(flag, "--write") == 0)
      g_ptr_array_add(write_paths(plan), (char *)value);
    else if (strcmp(flag, "--program") == 0)
      plan->program = value;
    else if (!parse_number(plan, flag, value))
      return fail(error, REEVE_ERROR_INVALID, "The hidden command __exec does not take \"%s %s\".", flag, value);
  }
  if (i + 1 >= argc || !plan->program)
    return fail(error, REEVE_ERROR_INVALID, "The hidden command __exec needs --program PATH -- ARGUMENTS.");
  plan->argv = argv + i + 1;
  if (plan->write_paths) {
    g_ptr_array_add(plan->write_paths, NULL);
    plan->sandbox.write_paths = (const char *const *)plan->write_paths->pdata;
  }
  return true;
}

/* The one execve that a no_exec filter lets through is known by the address of its path. The address is drawn from a wide range,
 * so that code that runs in the target later cannot put a path there again: it would have to guess. NULL with errno set. */
static const char *hide(const char *path)
{
  size_t length = strlen(path) + 1;
  char *range = mmap(NULL, HIDING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED)
    return NULL;
  char *place = range + randombytes_uniform((uint32_t)(HIDING_BYTES - length));
  memcpy(place, path, length);
  return place;
}

static bool apply_priority(const Plan *plan, GError **error)
{
  errno = 0;
  if (plan->nice_increment != 0 && nice((int)plan->nice_increment) == -1 && errno != 0)
    return fail_errno(error, errno, "The priority of \"%s\" cannot be changed", plan->program);
  /* A courtesy to others, which containers often forbid: no reason not to run. */
  if (plan->idle_io)
    syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, IO_CLASS_IDLE);
  return true;
}

/* Comes back only with an error. */
static bool execute(const Plan *plan, GError **error)
{
  const char *path = plan->program;
  if (plan->sandbox.no_exec) {
    if (sodium_init() < 0)
      return fail(error, REEVE_ERROR_INTERNAL, "The cryptographic library cannot be initialised.");
    path = hide(plan->program);
    if (!path)
      return fail_errno(error, errno, "The sandbox for \"%s\" cannot be made", plan->program);
  }
  if (!apply_priority(plan, error))
    return false;
  if (plan->has_sandbox && !sandbox_apply_before_exec(&plan->sandbox, path, error))
    return false;
  execve(path, plan->argv, environ);
  return fail_errno(error, errno, "The program \"%s\" cannot be started", plan->program);
}

static void report(const Plan *plan, const GError *error)
{
  if (plan->status_fd < 0) {
    fprintf(stderr, "%s\n", error->message);
    return;
  }
  SpawnFailure failure = {.code = error->code};
  g_strlcpy(failure.text, error->message, sizeof failure.text);
  ssize_t ignored = write((int)plan->status_fd, &failure, sizeof failure);
  (void)ignored;
}

int child_exec_main(int argc, char **argv)
{
  g_unsetenv(CHILD_TRAMPOLINE_VARIABLE); /* the program that is started is none */
  Plan plan = {.status_fd = -1};
  g_autoptr(GError) error = NULL;
  bool parsed = parse(&plan, argc, argv, &error);
  if (plan.status_fd >= 0)
    fcntl((int)plan.status_fd, F_SETFD, FD_CLOEXEC); /* its end tells child_spawn that the program runs */
  if (parsed)
    execute(&plan, &error);
  report(&plan, error);
  if (plan.write_paths)
    g_ptr_array_unref(plan.write_paths);
  return parsed ? EXIT_NOT_EXECUTED : EXIT_USAGE;
}
