/* What signals do to a command. A kill at any time harms nothing (the journal sees to that), so the second signal need not wait
 * for anything. Test: the system tests. */
#include "cli/interrupt.h"

#include "base/error.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct Interrupt {
  Cancel *cancel;
  Cancel *end; /* of the thread */
  GThread *thread;
  sigset_t before;
  int fd;
  _Atomic int signal;
  GMutex lock; /* guards the next two; held while `reload` runs */
  void (*reload)(void *user_data);
  void *reload_data;
};

static bool reload(Interrupt *interrupt)
{
  g_mutex_lock(&interrupt->lock);
  bool wanted = interrupt->reload != NULL;
  if (wanted)
    interrupt->reload(interrupt->reload_data);
  g_mutex_unlock(&interrupt->lock);
  return wanted;
}

static gpointer watch_signals(gpointer data)
{
  Interrupt *interrupt = data;
  struct pollfd fds[] = {{.fd = interrupt->fd, .events = POLLIN}, {.fd = cancel_peek_fd(interrupt->end), .events = POLLIN}};
  while (!cancel_is_set(interrupt->end)) {
    if (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
      break;
    struct signalfd_siginfo info;
    if (!(fds[0].revents & POLLIN) || read(interrupt->fd, &info, sizeof info) != (ssize_t)sizeof info)
      continue;
    if (info.ssi_signo == SIGHUP && reload(interrupt))
      continue;
    if (cancel_is_set(interrupt->cancel)) {
      g_message("A second signal came: stopping at once.");
      _exit(reeve_error_row(REEVE_ERROR_CANCELLED)->exit_code);
    }
    interrupt->signal = (int)info.ssi_signo;
    cancel_set(interrupt->cancel);
  }
  return NULL;
}

Interrupt *interrupt_new(void)
{
  Interrupt *interrupt = g_new0(Interrupt, 1);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, &interrupt->before);
  interrupt->fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (interrupt->fd < 0)
    g_error("Signals cannot be received: %s", g_strerror(errno));
  g_mutex_init(&interrupt->lock);
  interrupt->cancel = cancel_new(NULL);
  interrupt->end = cancel_new(NULL);
  interrupt->thread = g_thread_new("signals", watch_signals, interrupt);
  return interrupt;
}

void interrupt_free(Interrupt *interrupt)
{
  if (!interrupt)
    return;
  cancel_set(interrupt->end);
  g_thread_join(interrupt->thread);
  close(interrupt->fd);
  pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
  cancel_unref(interrupt->cancel);
  cancel_unref(interrupt->end);
  g_mutex_clear(&interrupt->lock);
  g_free(interrupt);
}

void interrupt_reload_on_hangup(Interrupt *interrupt, void (*on_hangup)(void *user_data), void *user_data)
{
  g_mutex_lock(&interrupt->lock);
  interrupt->reload = isatty(STDIN_FILENO) ? NULL : on_hangup;
  interrupt->reload_data = user_data;
  g_mutex_unlock(&interrupt->lock);
}

Cancel *interrupt_cancel(Interrupt *interrupt)
{
  return interrupt->cancel;
}

const char *interrupt_signal(const Interrupt *interrupt)
{
  switch ((int)interrupt->signal) {
  case 0:
    return NULL;
  case SIGINT:
    return "SIGINT";
  case SIGHUP:
    return "SIGHUP";
  default:
    return "SIGTERM";
  }
}
