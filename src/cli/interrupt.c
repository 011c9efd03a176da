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
};

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
  g_free(interrupt);
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
