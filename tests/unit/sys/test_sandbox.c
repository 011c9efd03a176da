#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

/* ---- In the sandbox: "__try ATTEMPT ARGUMENT" tries one thing and prints "ok" or the errno's name ---- */

static const char *result(bool ok)
{
  return ok ? "ok" : strerrorname_np(errno);
}

static bool open_socket(int family, int type)
{
  int fd = socket(family, type, 0);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static bool connect_loopback(int port)
{
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static bool make_pair(int family)
{
  int pair[2];
  return socketpair(family, SOCK_STREAM, 0, pair) == 0;
}

static bool open_path(const char *path, int flags)
{
  return open(path, flags | O_CLOEXEC, 0600) >= 0;
}

static bool execute(const char *path)
{
  char *const argv[] = {(char *)path, NULL};
  char *const environment[] = {NULL};
  execve(path, argv, environment);
  return false;
}

static bool execute_at(const char *path)
{
  char *const argv[] = {(char *)path, NULL};
  char *const environment[] = {NULL};
  return syscall(SYS_execveat, AT_FDCWD, path, argv, environment, 0) == 0;
}

static bool make_process(long pid)
{
  if (pid == 0)
    _exit(0);
  return pid > 0;
}

static void *do_nothing(void *data)
{
  return data;
}

static bool make_thread(void)
{
  pthread_t thread;
  errno = pthread_create(&thread, NULL, do_nothing, NULL);
  return errno == 0 && pthread_join(thread, NULL) == 0;
}

static bool make_ring(void)
{
  struct io_uring_params params = {0};
  return syscall(SYS_io_uring_setup, 1, &params) >= 0;
}

static bool attempt(const char *what, const char *argument)
{
  if (strcmp(what, "connect") == 0)
    return connect_loopback(atoi(argument));
  if (strcmp(what, "inet6") == 0)
    return open_socket(AF_INET6, SOCK_DGRAM);
  if (strcmp(what, "netlink") == 0)
    return open_socket(AF_NETLINK, SOCK_RAW);
  if (strcmp(what, "unix") == 0)
    return open_socket(AF_UNIX, SOCK_STREAM);
  if (strcmp(what, "unix-pair") == 0)
    return make_pair(AF_UNIX);
  if (strcmp(what, "io_uring") == 0)
    return make_ring();
  if (strcmp(what, "read") == 0)
    return open_path(argument, O_RDONLY);
  if (strcmp(what, "write") == 0)
    return open_path(argument, O_WRONLY);
  if (strcmp(what, "create") == 0)
    return open_path(argument, O_WRONLY | O_CREAT | O_EXCL);
  if (strcmp(what, "truncate") == 0)
    return truncate(argument, 0) == 0;
  if (strcmp(what, "mkdir") == 0)
    return mkdir(argument, 0700) == 0;
  if (strcmp(what, "unlink") == 0)
    return unlink(argument) == 0;
  if (strcmp(what, "exec") == 0)
    return execute(argument);
  if (strcmp(what, "execveat") == 0)
    return execute_at(argument);
  if (strcmp(what, "fork") == 0)
    return make_process(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  if (strcmp(what, "libc-fork") == 0)
    return make_process(_Fork());
  if (strcmp(what, "thread") == 0)
    return make_thread();
  if (strcmp(what, "kill-parent") == 0)
    return kill(getppid(), 0) == 0;
  g_error("unknown attempt %s", what);
}

/* _exit, because a leak check at exit starts a process, which the sandbox forbids. */
G_NORETURN static void print_and_exit(const char *text)
{
  dprintf(STDOUT_FILENO, "%s\n", text);
  _exit(0);
}

/* "__cage FLAGS ATTEMPT ARGUMENT": as a probing child does, restricts itself after it is loaded. */
G_NORETURN static void cage_main(const char *flags, const char *what, const char *argument)
{
  const Sandbox sandbox = {
      .no_files = strchr(flags, 'f') != NULL,
      .no_network = strchr(flags, 'n') != NULL,
      .no_exec = strchr(flags, 'x') != NULL,
  };
  GError *error = NULL;
  if (!sandbox_apply(&sandbox, &error))
    print_and_exit(error->message);
  print_and_exit(result(attempt(what, argument)));
}

/* ---- */

static bool needs_landlock(int abi)
{
  if (sandbox_support().landlock_abi >= abi)
    return true;
  g_test_skip("this kernel's Landlock is too old");
  return false;
}

static void assert_attempt(const Sandbox *sandbox, const char *what, const char *argument, const char *expected)
{
  ChildExit end;
  g_test_message("%s %s", what, argument);
  g_autofree char *output = run_self((const char *const[]){"__try", what, argument, NULL}, NULL, sandbox, &end);
  g_assert_cmpstr(output, ==, expected);
}

static void assert_caged(const char *flags, const char *what, const char *argument, const char *expected)
{
  ChildExit end;
  g_test_message("[%s] %s %s", flags, what, argument);
  g_autofree char *output = run_self((const char *const[]){"__cage", flags, what, argument, NULL}, NULL, NULL, &end);
  g_assert_cmpstr(output, ==, expected);
}

static int listen_on_loopback(int *ret_port)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  g_assert_cmpint(bind(fd, (struct sockaddr *)&address, length), ==, 0);
  g_assert_cmpint(listen(fd, 5), ==, 0);
  g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &length), ==, 0);
  *ret_port = ntohs(address.sin_port);
  return fd;
}

static void test_network(void)
{
  int port;
  int listener = listen_on_loopback(&port);
  g_autofree char *port_text = g_strdup_printf("%d", port);
  const Sandbox open_sandbox = {0};
  const Sandbox closed = {.no_network = true};
  assert_attempt(&open_sandbox, "connect", port_text, "ok");
  assert_attempt(&closed, "connect", port_text, "EACCES");
  assert_attempt(&closed, "inet6", "", "EACCES");
  assert_attempt(&closed, "netlink", "", "EACCES");
  assert_attempt(&closed, "io_uring", "", "EPERM");
  assert_attempt(&closed, "unix", "", "ok");
  assert_attempt(&closed, "unix-pair", "", "ok");
  assert_attempt(&closed, "exec", "/bin/true", ""); /* only the network is closed */
  close(listener);
}

static void test_exec(void)
{
  const Sandbox sandbox = {.no_exec = true};
  assert_attempt(&(Sandbox){0}, "exec", "/bin/true", "");
  assert_attempt(&sandbox, "exec", "/bin/true", "EPERM");
  assert_attempt(&sandbox, "execveat", "/bin/true", "EPERM");
  assert_attempt(&sandbox, "fork", "", "EPERM");
  assert_attempt(&sandbox, "libc-fork", "", "EPERM");
  assert_attempt(&sandbox, "thread", "", "ok");
  assert_attempt(&sandbox, "read", "/etc/passwd", "ok");
}

static void test_write_paths(void)
{
  if (!needs_landlock(1))
    return;
  char *dir = make_dir();
  g_autofree char *inside = path_in(dir, "inside");
  g_autofree char *outside = path_in(dir, "outside");
  g_autofree char *old = path_in(outside, "old");
  g_autofree char *in_file = path_in(inside, "new");
  g_autofree char *in_dir = path_in(inside, "directory");
  g_autofree char *out_file = path_in(outside, "new");
  g_autofree char *out_dir = path_in(outside, "directory");
  g_autofree char *only = path_in(outside, "only");
  GError *error = NULL;
  g_assert_true(fs_mkdir(inside, 0700, &error) && fs_mkdir(outside, 0700, &error));
  put(old, "old");
  put(only, "only");
  const Sandbox sandbox = {.write_paths = (const char *const[]){inside, only, NULL}};
  assert_attempt(&sandbox, "create", in_file, "ok");
  assert_attempt(&sandbox, "truncate", in_file, "ok");
  assert_attempt(&sandbox, "mkdir", in_dir, "ok");
  assert_attempt(&sandbox, "unlink", in_file, "ok");
  assert_attempt(&sandbox, "read", old, "ok");
  assert_attempt(&sandbox, "write", old, "EACCES");
  assert_attempt(&sandbox, "create", out_file, "EACCES");
  assert_attempt(&sandbox, "mkdir", out_dir, "EACCES");
  assert_attempt(&sandbox, "unlink", old, "EACCES");
  assert_attempt(&sandbox, "write", only, "ok"); /* a single file */
  assert_attempt(&sandbox, "write", "/dev/null", "ok");
  assert_attempt(&sandbox, "exec", "/bin/true", "");
  if (sandbox_support().landlock_abi >= 3)
    assert_attempt(&sandbox, "truncate", old, "EACCES");
  if (sandbox_support().landlock_abi >= 6)
    assert_attempt(&sandbox, "kill-parent", "", "EPERM");
  assert_content(old, "old");

  const Sandbox read_only = {.write_paths = (const char *const[]){NULL}};
  assert_attempt(&read_only, "create", in_file, "EACCES");
  assert_attempt(&read_only, "read", old, "ok");
  remove_dir(dir);
}

static void test_everything_together(void)
{
  if (!needs_landlock(1))
    return;
  char *dir = make_dir();
  g_autofree char *file = path_in(dir, "file");
  const Sandbox sandbox = {.no_network = true,
                           .no_exec = true,
                           .write_paths = (const char *const[]){dir, NULL},
                           .cpu_seconds = 60,
                           .file_bytes = 1 << 30};
  assert_attempt(&sandbox, "create", file, "ok");
  assert_attempt(&sandbox, "create", "/var/tmp/reeve-must-not-appear", "EACCES");
  assert_attempt(&sandbox, "inet6", "", "EACCES");
  assert_attempt(&sandbox, "exec", "/bin/true", "EPERM");
  remove_dir(dir);
}

static void test_cage(void)
{
  assert_caged("n", "inet6", "", "EACCES");
  assert_caged("nf", "unix", "", "EACCES");
  assert_caged("nf", "unix-pair", "", "ok");
  assert_caged("x", "exec", "/bin/true", "EPERM");
  assert_caged("x", "thread", "", "ok");
  if (!needs_landlock(1))
    return;
  assert_caged("f", "read", "/etc/passwd", "EACCES");
  assert_caged("f", "read", "/", "EACCES");
  assert_caged("f", "write", "/dev/null", "EACCES");
  assert_caged("f", "exec", "/bin/true", "EACCES");
  assert_caged("fnx", "read", "/etc/passwd", "EACCES");
}

static void test_limits(void)
{
  const Sandbox sandbox = {.memory_bytes = 512 << 20, .cpu_seconds = 77, .file_bytes = 1 << 20};
  const ChildParams params = {.argv = (const char *const[]){"sh", "-c", "ulimit -v; ulimit -t; ulimit -f; ulimit -H -v", NULL},
                              .sandbox = &sandbox};
  GError *error = NULL;
  char *output = NULL;
  ChildExit end;
  g_assert_true(child_run(&params, 30000, NULL, 1000, &output, NULL, &end, &error));
  g_assert_cmpstr(output, ==, "524288\n77\n2048\n524288\n");
  g_free(output);
}

static void test_limits_hold(void)
{
  char *dir = make_dir();
  const Sandbox sandbox = {.file_bytes = 1 << 20};
  const ChildParams params = {.argv = (const char *const[]){"sh", "-c", "exec head -c 3000000 /dev/zero > big", NULL},
                              .directory = dir,
                              .sandbox = &sandbox};
  GError *error = NULL;
  ChildExit end;
  g_assert_true(child_run(&params, 30000, NULL, 1000, NULL, NULL, &end, &error));
  g_assert_cmpint(end.signal, ==, SIGXFSZ);
  g_autofree char *big = path_in(dir, "big");
  FileStat st;
  g_assert_true(fs_stat(big, &st, &error));
  g_assert_cmpint(st.size_bytes, ==, 1 << 20);
  remove_dir(dir);
}

/* What goes wrong in the trampoline is an error of child_spawn, in words. */
static void test_refusals(void)
{
  GError *error = NULL;
  const char *const program[] = {"true", NULL};
  g_assert_null(child_spawn(&(ChildParams){.argv = program, .sandbox = &(Sandbox){.no_files = true}}, &error));
  assert_code(error, REEVE_ERROR_INVALID);
  if (!needs_landlock(1))
    return;
  const Sandbox missing = {.write_paths = (const char *const[]){"/nowhere/at/all", NULL}};
  g_assert_null(child_spawn(&(ChildParams){.argv = program, .sandbox = &missing}, &error));
  g_assert_nonnull(strstr(error->message, "/nowhere/at/all"));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
}

/* The hidden command by hand. */
static void test_usage(void)
{
  static const char *const rows[][6] = {
      {"__exec", NULL},
      {"__exec", "--", "true", NULL},
      {"__exec", "--program", "/bin/true", "--", NULL},
      {"__exec", "--unknown", "--program", "/bin/true", "--", NULL},
      {"__exec", "--cpu", "-1", NULL},
      {"__exec", "--memory", NULL},
      {"__exec", "--status", "1", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (char *)child_self_path());
    for (const char *const *argument = rows[i]; *argument; argument++)
      g_ptr_array_add(argv, (char *)*argument);
    g_ptr_array_add(argv, NULL);
    ChildExit end;
    char *errors = NULL;
    GError *error = NULL;
    g_assert_true(
        child_run(&(ChildParams){.argv = (const char *const *)argv->pdata}, 30000, NULL, 1000, NULL, &errors, &end, &error));
    g_assert_cmpint(end.exit_code, ==, 2);
    g_assert_true(g_str_has_prefix(errors, "The hidden command __exec"));
    g_free(errors);
  }
}

int main(int argc, char **argv)
{
  g_unsetenv("REEVE_BINARY");
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  if (argc == 4 && strcmp(argv[1], "__try") == 0)
    print_and_exit(result(attempt(argv[2], argv[3])));
  if (argc == 5 && strcmp(argv[1], "__cage") == 0)
    cage_main(argv[2], argv[3], argv[4]);
  g_test_init(&argc, &argv, NULL);
  SandboxSupport support = sandbox_support();
  g_test_message("Landlock ABI %d, seccomp %d", support.landlock_abi, support.seccomp);
  g_test_add_func("/sandbox/network", test_network);
  g_test_add_func("/sandbox/exec", test_exec);
  g_test_add_func("/sandbox/write-paths", test_write_paths);
  g_test_add_func("/sandbox/everything-together", test_everything_together);
  g_test_add_func("/sandbox/cage", test_cage);
  g_test_add_func("/sandbox/limits", test_limits);
  g_test_add_func("/sandbox/limits-hold", test_limits_hold);
  g_test_add_func("/sandbox/refusals", test_refusals);
  g_test_add_func("/sandbox/usage", test_usage);
  return g_test_run();
}
