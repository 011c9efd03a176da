#include "cli/notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A service manager's end: path or '@' name. */
static int bind_socket(const char *path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, path, strlen(path));
  if (path[0] == '@')
    address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct timeval limit = {.tv_sec = 10};
  g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), ==, 0);
  g_assert_cmpint(bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))), ==,
                  0);
  return fd;
}

/* The next message that holds `wanted`; others may come between. The caller frees it. */
static char *receive(int fd, const char *wanted)
{
  for (;;) {
    char text[512];
    ssize_t length = recv(fd, text, sizeof text - 1, 0);
    g_assert_cmpint(length, >, 0);
    text[length] = '\0';
    if (strstr(text, wanted))
      return g_strdup(text);
  }
}

static void unset_all(void)
{
  g_unsetenv("NOTIFY_SOCKET");
  g_unsetenv("WATCHDOG_USEC");
  g_unsetenv("WATCHDOG_PID");
}

static void check_phases(const char *path)
{
  int fd = bind_socket(path);
  g_setenv("NOTIFY_SOCKET", path, TRUE);
  Notify *notify = notify_new();
  g_autofree char *extend = receive(fd, "EXTEND_TIMEOUT_USEC=");
  g_assert_null(strstr(extend, "WATCHDOG"));
  notify_status(notify, "Waiting");
  g_free(receive(fd, "STATUS=Waiting"));
  notify_phase(notify, NOTIFY_READY, "Serving");
  g_autofree char *ready = receive(fd, "READY=1\n");
  g_assert_cmpstr(ready, ==, "READY=1\nSTATUS=Serving");
  notify_phase(notify, NOTIFY_STOPPING, "Stopping");
  g_free(receive(fd, "STOPPING=1\n"));
  notify_free(notify);
  close(fd);
  unset_all();
}

static void test_path(void)
{
  g_autofree char *directory = g_dir_make_tmp("reeve-notify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(directory, "socket", NULL);
  check_phases(path);
  g_assert_cmpint(unlink(path), ==, 0);
  g_assert_cmpint(rmdir(directory), ==, 0);
}

static void test_abstract(void)
{
  g_autofree char *name = g_strdup_printf("@reeve-notify-%d", (int)getpid());
  check_phases(name);
}

static void test_watchdog(void)
{
  g_autofree char *name = g_strdup_printf("@reeve-watchdog-%d", (int)getpid());
  g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
  int fd = bind_socket(name);
  g_setenv("NOTIFY_SOCKET", name, TRUE);
  g_setenv("WATCHDOG_USEC", "20000", TRUE);
  g_setenv("WATCHDOG_PID", pid, TRUE);
  Notify *notify = notify_new();
  notify_phase(notify, NOTIFY_READY, "Serving");
  for (int i = 0; i < 5; i++)
    g_free(receive(fd, "WATCHDOG=1"));
  notify_free(notify);
  close(fd);
  unset_all();
}

/* A watchdog for another process is none for us. */
static void test_foreign_watchdog(void)
{
  g_autofree char *name = g_strdup_printf("@reeve-foreign-%d", (int)getpid());
  int fd = bind_socket(name);
  g_setenv("NOTIFY_SOCKET", name, TRUE);
  g_setenv("WATCHDOG_USEC", "1000", TRUE);
  g_setenv("WATCHDOG_PID", "1", TRUE);
  Notify *notify = notify_new();
  g_autofree char *first = receive(fd, "EXTEND");
  g_assert_null(strstr(first, "WATCHDOG"));
  notify_free(notify);
  close(fd);
  unset_all();
}

static void test_nobody(void)
{
  static const char *const addresses[] = {NULL, "", "relative", "@", "/nowhere/at/all"};
  for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
    unset_all();
    if (addresses[i])
      g_setenv("NOTIFY_SOCKET", addresses[i], TRUE);
    Notify *notify = notify_new();
    notify_phase(notify, NOTIFY_READY, "Serving");
    notify_free(notify);
  }
  unset_all();
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli/notify/path", test_path);
  g_test_add_func("/cli/notify/abstract", test_abstract);
  g_test_add_func("/cli/notify/watchdog", test_watchdog);
  g_test_add_func("/cli/notify/foreign-watchdog", test_foreign_watchdog);
  g_test_add_func("/cli/notify/nobody", test_nobody);
  return g_test_run();
}
