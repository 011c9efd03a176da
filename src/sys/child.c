/* Decides how a child process begins and ends: what it inherits, what it dies with, and that nothing of it stays behind.
 * Test: tests/unit/sys/test_child.c */
#include "sys/child_internal.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_HIGH_FD 10 /* above every number that a child's descriptors get */

/* Everything the new process needs, made before fork: between fork and exec nothing may allocate or lock. */
typedef struct {
  const char *program;
  char *const *argv;
  char *const *environment;
  const char *directory;
  int streams[3]; /* sources for 0, 1, 2; -1: inherit */
  int pass_fd;    /* -1: none */
  int status_fd;
  bool keep_status; /* the trampoline goes on to write to it */
  pid_t parent;
} Launch;

const char *child_self_path(void)
{
  const char *path = g_getenv("REEVE_BINARY");
  return path && *path ? g_intern_string(path) : "/proc/self/exe";
}

int64_t child_monotonic_ms(void)
{
  return g_get_monotonic_time() / 1000;
}

void child_close_fd(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

/* From here to become(): in the new process, so async-signal-safe calls only. */

G_NORETURN static void report_and_exit(int status_fd, const char *text)
{
  SpawnFailure failure = {.saved_errno = errno};
  for (size_t i = 0; text[i] != '\0' && i + 1 < sizeof failure.text; i++)
    failure.text[i] = text[i];
  ssize_t ignored = write(status_fd, &failure, sizeof failure);
  (void)ignored;
  _exit(127);
}

static void reset_signals(void)
{
  const struct sigaction plain = {.sa_handler = SIG_DFL};
  for (int i = 1; i < NSIG; i++)
    sigaction(i, &plain, NULL); /* refused for KILL, STOP and libc's own, which is right */
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Every descriptor from `first` on goes at exec, including those that other threads opened without O_CLOEXEC. */
static void close_from_at_exec(int first)
{
  if (syscall(SYS_close_range, (unsigned)first, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0)
    return;
  struct rlimit files;
  int end = getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 65536 ? (int)files.rlim_cur : 65536;
  for (int fd = first; fd < end; fd++)
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

G_NORETURN static void become(const Launch *launch)
{
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch->parent) /* it died before the line above: no signal will come */
    _exit(127);
  for (int i = 0; i < 3; i++)
    if (launch->streams[i] >= 0 && dup2(launch->streams[i], i) < 0)
      report_and_exit(launch->status_fd, "cannot be given its standard streams");
  if (launch->pass_fd >= 0 && dup2(launch->pass_fd, CHILD_PASS_FD) < 0)
    report_and_exit(launch->status_fd, "cannot be given its descriptor");
  close_from_at_exec(launch->pass_fd >= 0 ? CHILD_PASS_FD + 1 : CHILD_PASS_FD);
  if (launch->keep_status && dup2(launch->status_fd, CHILD_STATUS_FD) < 0)
    report_and_exit(launch->status_fd, "cannot be given its status pipe");
  if (launch->directory && chdir(launch->directory) != 0)
    report_and_exit(launch->status_fd, "cannot be started in its working directory");
  reset_signals();
  execve(launch->program, launch->argv, launch->environment);
  report_and_exit(launch->status_fd, "cannot be started");
}

/* Signals are blocked across the fork, so that no handler of ours runs in the new process before it has reset them. */
static pid_t start(const Launch *launch)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0)
    become(launch);
  int saved_errno = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = saved_errno;
  return pid;
}

/* Moves a descriptor out of the way of the child's 0 to 4; takes `fd` in any case. -1 with errno set. */
static int lift(int fd)
{
  if (fd < 0 || fd >= FIRST_HIGH_FD)
    return fd;
  int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIGH_FD);
  int saved_errno = errno;
  close(fd);
  errno = saved_errno;
  return high;
}

/* Makes the child's end of one standard stream, and ours if it is a pipe. False with errno set. */
static bool open_stream(ChildStream kind, bool is_input, int *ret_theirs, int *ret_ours)
{
  if (kind == CHILD_INHERIT)
    return true;
  if (kind == CHILD_NULL) {
    *ret_theirs = lift(open("/dev/null", (is_input ? O_RDONLY : O_WRONLY) | O_CLOEXEC));
    return *ret_theirs >= 0;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return false;
  *ret_ours = ends[is_input ? 1 : 0];
  *ret_theirs = lift(ends[is_input ? 0 : 1]);
  return *ret_theirs >= 0;
}

static bool open_descriptors(Child *child, const ChildParams *params, Launch *launch, int *status_read)
{
  if (!open_stream(params->input, true, &launch->streams[0], &child->input_fd) ||
      !open_stream(params->output, false, &launch->streams[1], &child->output_fd) ||
      !open_stream(params->errors, false, &launch->streams[2], &child->errors_fd))
    return false;
  if (params->pass_fd > 0) {
    launch->pass_fd = fcntl(params->pass_fd, F_DUPFD_CLOEXEC, FIRST_HIGH_FD);
    if (launch->pass_fd < 0)
      return false;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return false;
  *status_read = ends[0];
  launch->status_fd = lift(ends[1]);
  child->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return launch->status_fd >= 0 && child->wake_fd >= 0;
}

static void close_descriptors(Launch *launch)
{
  for (int i = 0; i < 3; i++)
    child_close_fd(&launch->streams[i]);
  child_close_fd(&launch->pass_fd);
  child_close_fd(&launch->status_fd);
}

/* The status pipe ends when the program runs; what it held before that is why it does not. */
static bool await_start(const Child *child, int status_read, GError **error)
{
  SpawnFailure failure;
  size_t length = 0;
  while (length < sizeof failure) {
    ssize_t got = read(status_read, (char *)&failure + length, sizeof failure - length);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    length += (size_t)got;
  }
  if (length < sizeof failure)
    return true;
  failure.text[sizeof failure.text - 1] = '\0';
  if (failure.saved_errno != 0)
    return fail_errno(error, failure.saved_errno, "The program \"%s\" %s", child->name, failure.text);
  return fail(error, (ReeveErrorCode)failure.code, "%s", failure.text);
}

static bool launch_child(Child *child, const ChildParams *params, Launch *launch, GError **error)
{
  int status_read = -1;
  if (!open_descriptors(child, params, launch, &status_read)) {
    fail_errno(error, errno, "The program \"%s\" cannot be started", child->name);
    child_close_fd(&status_read);
    return false;
  }
  child->started_ms = child_monotonic_ms();
  pid_t pid = start(launch);
  bool ok = pid > 0 || fail_errno(error, errno, "The program \"%s\" cannot be started", child->name);
  if (ok) {
    child->pid = pid;
    child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    ok = child->pidfd >= 0 || fail_errno(error, errno, "The program \"%s\" cannot be watched", child->name);
  }
  child_close_fd(&launch->status_fd);
  ok = ok && await_start(child, status_read, error);
  child_close_fd(&status_read);
  return ok;
}

static char **merge_environment(const char *const *additions)
{
  char **environment = g_get_environ();
  for (; additions && *additions; additions++) {
    const char *equals = strchr(*additions, '=');
    if (!equals)
      continue;
    g_autofree char *name = g_strndup(*additions, (gsize)(equals - *additions));
    environment = g_environ_setenv(environment, name, equals + 1, TRUE);
  }
  return environment;
}

static Child *child_new(const char *name)
{
  Child *child = g_new0(Child, 1);
  child->name = g_utf8_make_valid(name, -1);
  child->pidfd = child->input_fd = child->output_fd = child->errors_fd = child->wake_fd = -1;
  g_mutex_init(&child->lock);
  return child;
}

Child *child_spawn(const ChildParams *params, GError **error)
{
  g_autoptr(Child) child = child_new(params->argv[0]);
  if (params->sandbox && params->sandbox->no_files) {
    fail(error, REEVE_ERROR_INVALID, "The program \"%s\" cannot be started where no file may be opened.", child->name);
    return NULL;
  }
  if (g_getenv(CHILD_TRAMPOLINE_VARIABLE)) {
    fail(error, REEVE_ERROR_INTERNAL, "This program was started as a trampoline, which its main() does not know.");
    return NULL;
  }
  g_autofree char *found = strchr(params->argv[0], '/') ? g_strdup(params->argv[0]) : g_find_program_in_path(params->argv[0]);
  if (!found) {
    fail(error, REEVE_ERROR_NOT_FOUND, "The program \"%s\" is not installed, or not in PATH.", child->name);
    return NULL;
  }
  bool needs_trampoline = params->sandbox || params->nice_increment != 0 || params->idle_io;
  g_auto(GStrv) packed = needs_trampoline ? child_exec_pack(params, found) : NULL;
  char **environment_of_child = merge_environment(params->environment);
  if (needs_trampoline)
    environment_of_child = g_environ_setenv(environment_of_child, CHILD_TRAMPOLINE_VARIABLE, "1", TRUE);
  g_auto(GStrv) environment = environment_of_child;
  Launch launch = {
      .program = needs_trampoline ? child_self_path() : found,
      .argv = needs_trampoline ? packed : (char *const *)params->argv,
      .environment = environment,
      .directory = params->directory,
      .streams = {-1, -1, -1},
      .pass_fd = -1,
      .status_fd = -1,
      .keep_status = needs_trampoline,
      .parent = getpid(),
  };
  bool ok = launch_child(child, params, &launch, error);
  close_descriptors(&launch);
  return ok ? g_steal_pointer(&child) : NULL;
}

pid_t child_pid(const Child *child)
{
  return child->pid;
}

int child_take_input(Child *child)
{
  int fd = child->input_fd;
  child->input_fd = -1;
  return fd;
}

void child_signal_group(Child *child, int signal_number)
{
  g_mutex_lock(&child->lock);
  if (!child->reaped)
    kill(-child->pid, signal_number);
  g_mutex_unlock(&child->lock);
}

void child_kill(Child *child, int signal_number)
{
  child_signal_group(child, signal_number);
}

void child_freeze(Child *child)
{
  g_mutex_lock(&child->lock);
  if (!child->reaped && child->frozen_since_ms == 0) {
    kill(-child->pid, SIGSTOP);
    child->frozen_since_ms = child_monotonic_ms();
  }
  g_mutex_unlock(&child->lock);
}

void child_thaw(Child *child)
{
  g_mutex_lock(&child->lock);
  if (!child->reaped && child->frozen_since_ms != 0) {
    child->frozen_total_ms += child_monotonic_ms() - child->frozen_since_ms;
    child->frozen_since_ms = 0;
    kill(-child->pid, SIGCONT);
    eventfd_write(child->wake_fd, 1);
  }
  g_mutex_unlock(&child->lock);
}

bool child_reap(Child *child, int *ret_status, GError **error)
{
  g_mutex_lock(&child->lock);
  /* While the child is not reaped, its number, and so the group's, belongs to nobody else. */
  kill(-child->pid, SIGKILL);
  kill(child->pid, SIGKILL); /* it may not have come as far as its own group */
  int status = 0;
  pid_t got;
  do
    got = waitpid(child->pid, &status, 0);
  while (got < 0 && errno == EINTR);
  int saved_errno = errno;
  child->reaped = true;
  g_mutex_unlock(&child->lock);
  if (got < 0)
    return fail_errno(error, saved_errno, "How \"%s\" ended is not known", child->name);
  *ret_status = status;
  return true;
}

void child_free(Child *child)
{
  if (!child)
    return;
  int ignored_status;
  if (child->pid > 0 && !child->reaped)
    child_reap(child, &ignored_status, NULL);
  child_close_fd(&child->pidfd);
  child_close_fd(&child->input_fd);
  child_close_fd(&child->output_fd);
  child_close_fd(&child->errors_fd);
  child_close_fd(&child->wake_fd);
  g_mutex_clear(&child->lock);
  g_free(child->name);
  g_free(child);
}

char *child_exit_describe(const ChildExit *exit)
{
  if (exit->signal != 0)
    return g_strdup_printf("signal %d (%s)", exit->signal, g_strsignal(exit->signal));
  return g_strdup_printf("exit code %d", exit->exit_code);
}
