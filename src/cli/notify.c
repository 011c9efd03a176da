/* What is told to the service manager, and how often. Test: tests/unit/cli/test_notify.c */
#include "cli/notify.h"

#include "base/number.h"
#include "sys/cancel.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { EXTEND_EVERY_MS = 10 * 1000, EXTEND_BY_US = 30 * 1000 * 1000 };

struct Notify {
  int fd; /* -1: nobody listens */
  struct sockaddr_un address;
  socklen_t address_length;
  int period_ms;     /* of the thread */
  bool has_watchdog; /* WATCHDOG=1 is expected */
  _Atomic int phase;
  Cancel *end;
  GThread *thread;
};

/* Best effort: a manager that does not listen has other ways to find out. */
static void send_text(const Notify *notify, const char *text)
{
  if (notify->fd < 0)
    return;
  if (sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&notify->address, notify->address_length) < 0)
    g_debug("The service manager was not told %s: %m", text);
}

static gpointer keep_telling(gpointer data)
{
  Notify *notify = data;
  do {
    g_autofree char *extend = g_strdup_printf("EXTEND_TIMEOUT_USEC=%d\n", EXTEND_BY_US);
    g_autofree char *text =
        g_strconcat(notify->phase == NOTIFY_READY ? "" : extend, notify->has_watchdog ? "WATCHDOG=1\n" : "", NULL);
    if (*text)
      send_text(notify, text);
  } while (!cancel_wait(notify->end, notify->period_ms));
  return NULL;
}

/* The manager wants to hear from us at least this often; half of that is the custom. 0: it has no watchdog for this process. */
static int64_t watchdog_period_ms(void)
{
  const char *usec = g_getenv("WATCHDOG_USEC"), *pid = g_getenv("WATCHDOG_PID");
  int64_t value, number;
  if (!usec || !parse_int(usec, 1, INT64_MAX, &value) || (pid && !(parse_int(pid, 0, INT64_MAX, &number) && number == getpid())))
    return 0;
  return MAX(value / 2000, 1);
}

/* An absolute path, or '@' and a name in the abstract space, where the '@' is a NUL. */
static bool set_address(Notify *notify, const char *path)
{
  size_t length = strlen(path);
  if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof notify->address.sun_path)
    return false;
  notify->address.sun_family = AF_UNIX;
  memcpy(notify->address.sun_path, path, length);
  if (path[0] == '@')
    notify->address.sun_path[0] = '\0';
  notify->address_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  return true;
}

Notify *notify_new(void)
{
  Notify *notify = g_new0(Notify, 1);
  const char *path = g_getenv("NOTIFY_SOCKET");
  notify->fd = -1;
  if (!path || !set_address(notify, path))
    return notify;
  notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int64_t watchdog_ms = watchdog_period_ms();
  notify->has_watchdog = watchdog_ms > 0;
  notify->period_ms = watchdog_ms > 0 ? (int)MIN(watchdog_ms, EXTEND_EVERY_MS) : EXTEND_EVERY_MS;
  notify->phase = NOTIFY_STARTING;
  notify->end = cancel_new(NULL);
  notify->thread = g_thread_new("notify", keep_telling, notify);
  return notify;
}

void notify_free(Notify *notify)
{
  if (!notify)
    return;
  if (notify->thread) {
    cancel_set(notify->end);
    g_thread_join(notify->thread);
    cancel_unref(notify->end);
  }
  if (notify->fd >= 0)
    close(notify->fd);
  g_free(notify);
}

void notify_phase(Notify *notify, NotifyPhase phase, const char *status)
{
  static const char *const lines[] = {[NOTIFY_STARTING] = "", [NOTIFY_READY] = "READY=1\n", [NOTIFY_STOPPING] = "STOPPING=1\n"};
  notify->phase = (int)phase;
  g_autofree char *text = g_strdup_printf("%sSTATUS=%s", lines[phase], status);
  send_text(notify, text);
}

void notify_status(Notify *notify, const char *status)
{
  g_autofree char *text = g_strdup_printf("STATUS=%s", status);
  send_text(notify, text);
}
