#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SHELL(script) ((const char *const[]){"sh", "-c", (script), NULL})

static char *run(const ChildParams *params, ChildExit *ret_exit)
{
  GError *error = NULL;
  char *output = NULL;
  child_run(params, 30000, NULL, 65536, &output, NULL, ret_exit, &error);
  g_assert_no_error(error);
  return g_strchomp(output);
}

static void test_exit(void)
{
  static const struct {
    const char *script, *expected;
  } rows[] = {
      {"exit 0", "exit code 0"},
      {"exit 7", "exit code 7"},
      {"kill -SEGV $$", "signal 11 (Segmentation fault)"},
      {"kill -KILL $$", "signal 9 (Killed)"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    ChildExit end;
    g_autofree char *output = run(&(ChildParams){.argv = SHELL(rows[i].script)}, &end);
    g_assert_cmpstr(output, ==, "");
    g_autofree char *described = child_exit_describe(&end);
    g_assert_cmpstr(described, ==, rows[i].expected);
  }
}

static void test_not_started(void)
{
  const struct {
    ChildParams params;
    ReeveErrorCode expected;
    const char *part;
  } rows[] = {
      {{.argv = (const char *const[]){"reeve-no-such-program", NULL}}, REEVE_ERROR_NOT_FOUND, "reeve-no-such-program"},
      {{.argv = (const char *const[]){"/nowhere/program", NULL}}, REEVE_ERROR_NOT_FOUND, "/nowhere/program"},
      {{.argv = (const char *const[]){"/etc/passwd", NULL}}, REEVE_ERROR_DENIED, "/etc/passwd"},
      {{.argv = SHELL("true"), .directory = "/nowhere"}, REEVE_ERROR_NOT_FOUND, "working directory"},
      {{.argv = (const char *const[]){"/nowhere/program", NULL}, .nice_increment = 1}, REEVE_ERROR_NOT_FOUND, "/nowhere/program"},
      {{.argv = (const char *const[]){"/etc/passwd", NULL}, .idle_io = true}, REEVE_ERROR_DENIED, "/etc/passwd"},
      {{.argv = SHELL("true"), .pass_fd = 12345}, REEVE_ERROR_IO, "sh"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    GError *error = NULL;
    g_assert_null(child_spawn(&rows[i].params, &error));
    g_assert_nonnull(strstr(error->message, rows[i].part));
    assert_code(error, rows[i].expected);
  }
}

static void test_environment(void)
{
  ChildExit end;
  g_setenv("REEVE_TEST_A", "old", TRUE);
  g_setenv("REEVE_TEST_B", "kept", TRUE);
  g_autofree char *output = run(&(ChildParams){.argv = SHELL("echo $REEVE_TEST_A $REEVE_TEST_B $REEVE_TEST_C; pwd"),
                                               .environment = (const char *const[]){"REEVE_TEST_A=new", "REEVE_TEST_C=a=b", NULL},
                                               .directory = "/"},
                                &end);
  g_assert_cmpstr(output, ==, "new kept a=b\n/");
  g_assert_cmpstr(g_getenv("REEVE_TEST_A"), ==, "old");
}

/* Only 0, 1, 2, the one passed, and the one that `ls` itself opens. */
static void test_descriptors(void)
{
  int leaked = open("/dev/null", O_RDONLY); /* as a library without O_CLOEXEC would */
  int high = fcntl(leaked, F_DUPFD, 200);
  int pair[2];
  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  for (int with_trampoline = 0; with_trampoline < 2; with_trampoline++) {
    ChildExit end;
    ChildParams params = {.argv = (const char *const[]){"ls", "/proc/self/fd", NULL}, .nice_increment = with_trampoline};
    g_autofree char *without = run(&params, &end);
    g_assert_cmpstr(without, ==, "0\n1\n2\n3");
    params.pass_fd = pair[1];
    g_autofree char *with = run(&params, &end);
    g_assert_cmpstr(with, ==, "0\n1\n2\n3\n4");
    params.argv = SHELL("echo through the pair >&3");
    g_autofree char *nothing = run(&params, &end);
    g_assert_cmpstr(nothing, ==, "");
    char got[64] = {0};
    g_assert_cmpint(read(pair[0], got, sizeof got - 1), ==, 17);
    g_assert_cmpstr(got, ==, "through the pair\n");
  }
  close(pair[0]);
  close(pair[1]);
  close(leaked);
  close(high);
}

/* A daemon may be started with its standard descriptors closed: then pipes get their numbers. */
G_NORETURN static void spawn_without_stdio(void)
{
  int report = fcntl(STDOUT_FILENO, F_DUPFD, 50);
  for (int i = 0; i < 5; i++)
    close(i);
  char *output = NULL, *errors = NULL;
  ChildExit end;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    _exit(1);
  bool ok = child_run(&(ChildParams){.argv = SHELL("cat; echo out; echo err >&2; echo pass >&3"), .pass_fd = pair[1]}, 10000,
                      NULL, 100, &output, &errors, &end, NULL);
  char got[16] = {0};
  bool passed = ok && read(pair[0], got, sizeof got - 1) == 5;
  dprintf(report, "%d %d %s%s%s", ok, passed, output ? output : "", errors ? errors : "", got);
  _exit(0);
}

static void test_closed_stdio(void)
{
  ChildExit end;
  g_autofree char *output = run_self((const char *const[]){"__spawn_without_stdio", NULL}, NULL, NULL, &end);
  g_assert_cmpstr(output, ==, "1 1 out\nerr\npass");
}

/* The signals that a line of /proc/self/status names, but 32 and 33: the C library keeps these to itself and lets nobody set
 * them, so a child has them as whoever started us left them. */
static guint64 signals_of(const char *status, const char *line)
{
  const guint64 reserved = 3ULL << 31;
  const char *at = strstr(status, line);
  g_assert_nonnull(at);
  return g_ascii_strtoull(at + strlen(line), NULL, 16) & ~reserved;
}

static void test_signals_are_reset(void)
{
  struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
  sigaction(SIGPIPE, &ignore, &before);
  sigset_t blocked, old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &old);
  ChildExit end;
  g_autofree char *output =
      run(&(ChildParams){.argv = (const char *const[]){"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", NULL}}, &end);
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, &old, &now);
  sigaction(SIGPIPE, &before, NULL);
  g_assert_cmphex(signals_of(output, "SigBlk:"), ==, 0);
  g_assert_cmphex(signals_of(output, "SigIgn:"), ==, 0);
  g_assert_true(sigismember(&now, SIGTERM)); /* ours is as it was */
  g_assert_false(sigismember(&now, SIGHUP));
}

static void test_priority(void)
{
  ChildExit end;
  int ours = getpriority(PRIO_PROCESS, 0);
  g_autofree char *expected = g_strdup_printf("%d", MIN(19, ours + 5));
  g_autofree char *output =
      run(&(ChildParams){.argv = (const char *const[]){"nice", NULL}, .nice_increment = 5, .idle_io = true}, &end);
  g_assert_cmpstr(output, ==, expected);
  g_autofree char *ionice = g_find_program_in_path("ionice");
  if (ionice) {
    g_autofree char *class = run(&(ChildParams){.argv = (const char *const[]){"ionice", NULL}, .idle_io = true}, &end);
    g_assert_cmpstr(class, ==, "idle");
  }
}

G_NORETURN static void *wait_for_ever(void *ignored)
{
  for (;;)
    pause();
}

/* "__threads": has three threads, says so and waits to be killed. */
G_NORETURN static void threads_main(void)
{
  g_thread_new("waiter", wait_for_ever, NULL);
  g_thread_new("waiter", wait_for_ever, NULL);
  printf("ready\n");
  fflush(stdout);
  wait_for_ever(NULL);
}

/* Of all threads of a process: the least niceness, and the most processors. */
static int look_at_threads(pid_t pid, int *ret_nice, int *ret_processors)
{
  g_autofree char *path = g_strdup_printf("/proc/%d/task", (int)pid);
  g_autoptr(GDir) tasks = g_dir_open(path, 0, NULL);
  int n = 0;
  *ret_nice = 20;
  *ret_processors = 0;
  for (const char *name; (name = g_dir_read_name(tasks)); n++) {
    cpu_set_t set;
    id_t thread = (id_t)g_ascii_strtoull(name, NULL, 10);
    g_assert_cmpint(sched_getaffinity((pid_t)thread, sizeof set, &set), ==, 0);
    *ret_nice = MIN(*ret_nice, getpriority(PRIO_PROCESS, thread));
    *ret_processors = MAX(*ret_processors, CPU_COUNT(&set));
  }
  return n;
}

static void test_lower(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Child) child = child_spawn(
      &(ChildParams){.argv = (const char *const[]){child_self_path(), "__threads", NULL}, .output = CHILD_PIPE}, &error);
  g_assert_no_error(error);
  pid_t pid = child_pid(child);
  int nice, processors, nice_before, processors_before;
  /* It has them all once it says so; its line is left in the pipe. */
  while (look_at_threads(pid, &nice_before, &processors_before) < 3)
    g_thread_yield();
  cpu_set_t all;
  g_assert_cmpint(sched_getaffinity(pid, sizeof all, &all), ==, 0);
  child_lower(child);
  child_lower(child); /* twice is once */
  g_assert_cmpint(look_at_threads(pid, &nice, &processors), >=, 3);
  g_assert_cmpint(nice, ==, 19);
  g_assert_cmpint(processors, ==, (processors_before + 1) / 2);
  /* What it takes for itself is taken away again when that is said again. */
  g_assert_cmpint(sched_setaffinity(pid, sizeof all, &all), ==, 0);
  child_lower(child);
  look_at_threads(pid, &nice, &processors);
  g_assert_cmpint(nice, ==, 19);
  g_assert_cmpint(processors, ==, (processors_before + 1) / 2);
  child_raise(child);
  child_raise(child);
  look_at_threads(pid, &nice, &processors);
  g_assert_cmpint(processors, ==, processors_before);
  bool may_raise = geteuid() == 0;
  g_assert_true(nice == nice_before || (!may_raise && nice == 19));
  ChildExit end;
  child_kill(child, SIGKILL);
  g_assert_true(child_watch(child, &(ChildWatch){0}, &end, &error));
  child_lower(child); /* a child that was reaped is nobody */
  child_raise(child);
}

static void test_group(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Child) child = child_spawn(&(ChildParams){.argv = (const char *const[]){"sleep", "1000", NULL}}, &error);
  g_assert_no_error(error);
  g_assert_cmpint(getpgid(child_pid(child)), ==, child_pid(child));
  child_kill(child, SIGTERM);
  ChildExit end;
  g_assert_true(child_watch(child, &(ChildWatch){0}, &end, &error));
  g_assert_cmpint(end.signal, ==, SIGTERM);
  child_kill(child, SIGKILL); /* reaped: goes to nobody */
  child_freeze(child);
  child_thaw(child);
  g_assert_false(child_watch(child, &(ChildWatch){0}, &end, &error));
  assert_code(error, REEVE_ERROR_INTERNAL);
}

static void test_input(void)
{
  g_autoptr(GError) error = NULL;
  const ChildParams params = {.argv = (const char *const[]){"sh", "-c", "read a; test \"$a\" = hello", NULL},
                              .input = CHILD_PIPE};
  g_autoptr(Child) child = child_spawn(&params, &error);
  g_assert_no_error(error);
  int input = child_take_input(child);
  g_assert_cmpint(child_take_input(child), ==, -1);
  g_assert_cmpint(write(input, "hello\n", 6), ==, 6);
  close(input);
  ChildExit end;
  g_assert_true(child_watch(child, &(ChildWatch){0}, &end, &error));
  g_assert_cmpint(end.exit_code, ==, 0);

  /* Nobody takes it: the child reads its end. */
  g_autofree char *output = run(&(ChildParams){.argv = (const char *const[]){"cat", NULL}, .input = CHILD_PIPE}, &end);
  g_assert_cmpstr(output, ==, "");
}

/* Reads a process number that the child prints, then stops it. */
static bool take_pid(const char *line, void *user_data)
{
  *(pid_t *)user_data = (pid_t)atoi(line);
  return false;
}

/* We are a subreaper: processes whose parent dies become our children, and waiting for them shows that they died and how. */
static void assert_orphan_was_killed(pid_t pid)
{
  int status;
  g_assert_cmpint(pid, >, 0);
  g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
  g_assert_true(WIFSIGNALED(status));
  g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
}

static void test_grandchildren_die_with_group(void)
{
  /* The grandchild ignores TERM and HUP; the child waits for it. */
  static const char script[] = "sh -c 'trap \"\" TERM HUP; echo $$; while :; do sleep 1; done' & wait";
  GError *error = NULL;
  g_autoptr(Child) child = child_spawn(&(ChildParams){.argv = SHELL(script), .output = CHILD_PIPE}, &error);
  g_assert_no_error(error);
  pid_t grandchild = 0;
  ChildExit end;
  g_assert_false(
      child_watch(child, &(ChildWatch){.on_output = take_pid, .user_data = &grandchild, .grace_ms = 100}, &end, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  assert_orphan_was_killed(grandchild);
}

static bool remember_pid(const char *line, void *user_data)
{
  take_pid(line, user_data);
  return true;
}

/* A child that ends by itself and leaves another behind that holds the pipe: no waiting for that one. */
static void test_left_behind(void)
{
  GError *error = NULL;
  g_autoptr(Child) child = child_spawn(
      &(ChildParams){.argv = SHELL("sh -c 'echo $$; exec sleep 1000' & sleep 0.2; exit 3"), .output = CHILD_PIPE}, &error);
  g_assert_no_error(error);
  pid_t grandchild = 0;
  ChildExit end;
  g_assert_true(child_watch(child, &(ChildWatch){.on_output = remember_pid, .user_data = &grandchild}, &end, &error));
  g_assert_cmpint(end.exit_code, ==, 3);
  assert_orphan_was_killed(grandchild);
}

static void test_free_kills(void)
{
  int pair[2];
  g_assert_cmpint(pipe2(pair, O_CLOEXEC), ==, 0);
  GError *error = NULL;
  Child *child = child_spawn(&(ChildParams){.argv = SHELL("sleep 1000 & sleep 1000"), .pass_fd = pair[1]}, &error);
  g_assert_no_error(error);
  close(pair[1]);
  child_freeze(child);
  child_free(child);
  char byte;
  g_assert_cmpint(read(pair[0], &byte, 1), ==, 0); /* all that held the other end are gone */
  close(pair[0]);
  child_free(NULL);
}

static void test_no_endless_trampoline(void)
{
  g_autoptr(GError) error = NULL;
  g_setenv("REEVE_TRAMPOLINE", "1", TRUE);
  const ChildParams params = {.argv = (const char *const[]){"true", NULL}, .nice_increment = 1};
  g_assert_null(child_spawn(&params, &error));
  g_unsetenv("REEVE_TRAMPOLINE");
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INTERNAL);
  ChildExit end;
  g_autofree char *output = run(
      &(ChildParams){.argv = (const char *const[]){"sh", "-c", "echo \"$REEVE_TRAMPOLINE.\"", NULL}, .nice_increment = 1}, &end);
  g_assert_cmpstr(output, ==, "."); /* the program itself does not see it */
}

/* "__parent": starts a child in a group of its own, prints its number and waits to be killed. */
G_NORETURN static void parent_main(const char *trampoline)
{
  Child *child = child_spawn(&(ChildParams){.argv = (const char *const[]){"sleep", "1000", NULL},
                                            .nice_increment = strcmp(trampoline, "yes") == 0 ? 1 : 0},
                             NULL);
  printf("%d\n", child ? (int)child_pid(child) : 0);
  fflush(stdout);
  for (;;)
    pause();
}

static void test_dies_with_parent(void)
{
  static const char *const rows[] = {"no", "yes"};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    GError *error = NULL;
    const ChildParams params = {.argv = (const char *const[]){child_self_path(), "__parent", rows[i], NULL},
                                .output = CHILD_PIPE};
    g_autoptr(Child) parent = child_spawn(&params, &error);
    g_assert_no_error(error);
    pid_t grandchild = 0;
    ChildExit end;
    g_assert_false(child_watch(parent, &(ChildWatch){.on_output = take_pid, .user_data = &grandchild}, &end, &error));
    assert_code(error, REEVE_ERROR_CANCELLED);
    assert_orphan_was_killed(grandchild);
  }
}

static void *spawn_many(void *data)
{
  for (int i = 0; i < 25; i++) {
    ChildExit end;
    g_autofree char *output = run(&(ChildParams){.argv = SHELL("echo $PPID-$0")}, &end);
    g_assert_cmpint(end.exit_code, ==, 0);
    g_assert_true(g_str_has_suffix(output, "-sh"));
  }
  return NULL;
}

static void test_threads(void)
{
  while (waitpid(-1, NULL, 0) > 0) /* orphans of the tests before, killed but not waited for */
    continue;
  GThread *threads[4];
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("spawner", spawn_many, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1); /* no zombie is left */
  g_assert_cmpint(errno, ==, ECHILD);
}

static void test_self_path(void)
{
  g_assert_cmpstr(child_self_path(), ==, "/proc/self/exe");
  g_setenv("REEVE_BINARY", "/somewhere/reeve", TRUE);
  g_assert_cmpstr(child_self_path(), ==, "/somewhere/reeve");
  g_unsetenv("REEVE_BINARY");
}

int main(int argc, char **argv)
{
  g_unsetenv("REEVE_BINARY");
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  if (argc > 1 && strcmp(argv[1], "__spawn_without_stdio") == 0)
    spawn_without_stdio();
  if (argc > 1 && strcmp(argv[1], "__threads") == 0)
    threads_main();
  if (argc > 2 && strcmp(argv[1], "__parent") == 0)
    parent_main(argv[2]);
  g_test_init(&argc, &argv, NULL);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  alarm(120); /* a wait that never ends must not hang the build */
  g_test_add_func("/child/exit", test_exit);
  g_test_add_func("/child/not-started", test_not_started);
  g_test_add_func("/child/environment", test_environment);
  g_test_add_func("/child/descriptors", test_descriptors);
  g_test_add_func("/child/closed-stdio", test_closed_stdio);
  g_test_add_func("/child/signals-are-reset", test_signals_are_reset);
  g_test_add_func("/child/no-endless-trampoline", test_no_endless_trampoline);
  g_test_add_func("/child/priority", test_priority);
  g_test_add_func("/child/lower", test_lower);
  g_test_add_func("/child/group", test_group);
  g_test_add_func("/child/input", test_input);
  g_test_add_func("/child/grandchildren-die-with-group", test_grandchildren_die_with_group);
  g_test_add_func("/child/left-behind", test_left_behind);
  g_test_add_func("/child/free-kills", test_free_kills);
  g_test_add_func("/child/dies-with-parent", test_dies_with_parent);
  g_test_add_func("/child/threads", test_threads);
  g_test_add_func("/child/self-path", test_self_path);
  return g_test_run();
}
