/* Decides when a running child has said enough, too little or run too long, and how it is then stopped.
 * Test: tests/unit/sys/test_child_watch.c */
#include "sys/child_internal.h"

#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES ((size_t)64 * 1024)
#define READ_BYTES ((size_t)64 * 1024)
#define RUN_GRACE_MS 2000

/* Where the bytes of one pipe go. */
typedef struct Sink Sink;
struct Sink {
  bool (*take)(Sink *sink, const char *bytes, size_t length); /* false: stop the child */
  bool (*end)(Sink *sink);                                    /* the pipe has ended; may be NULL */
  GString *text;
  size_t max_bytes;
  bool after_return; /* the last byte was \r: a \n now belongs to it */
  ChildLine on_line;
  void *user_data;
};

typedef enum { STOP_NONE, STOP_CANCEL, STOP_READER, STOP_SILENCE, STOP_LIMIT, STOP_FAULT } Stop;

/* One run of the watch loop. A child runs until `stop` is set; then it gets TERM, and KILL once kill_at_ms has come; in every
 * case the loop ends when the child has. */
typedef struct {
  Child *child;
  const ChildWatch *limits;
  Sink sinks[2]; /* output, errors */
  Stop stop;
  int fault_errno; /* of STOP_FAULT */
  bool killed;
  int64_t kill_at_ms;
  int64_t last_byte_ms; /* active time, see active_ms */
} Watching;

/* `length` bytes at most up to the sink's cap; what is over is dropped. */
static void append_capped(Sink *sink, const char *bytes, size_t length)
{
  g_string_append_len(sink->text, bytes, (gssize)MIN(length, sink->max_bytes - sink->text->len));
}

static bool end_line(Sink *sink)
{
  for (char *nul; (nul = memchr(sink->text->str, '\0', sink->text->len));)
    *nul = '?';
  bool go_on = sink->on_line(sink->text->str, sink->user_data);
  g_string_truncate(sink->text, 0);
  return go_on;
}

static bool take_lines(Sink *sink, const char *bytes, size_t length)
{
  for (const char *end = bytes + length; bytes < end;) {
    if (sink->after_return && *bytes == '\n') {
      sink->after_return = false;
      bytes++;
      continue;
    }
    sink->after_return = false;
    const char *stop = bytes;
    while (stop < end && *stop != '\n' && *stop != '\r')
      stop++;
    append_capped(sink, bytes, (size_t)(stop - bytes));
    if (stop == end)
      return true;
    sink->after_return = *stop == '\r';
    bytes = stop + 1;
    if (!end_line(sink))
      return false;
  }
  return true;
}

static bool end_last_line(Sink *sink)
{
  return sink->text->len == 0 || end_line(sink);
}

static bool take_all(Sink *sink, const char *bytes, size_t length)
{
  append_capped(sink, bytes, length);
  return true;
}

static bool take_nothing(Sink *sink, const char *bytes, size_t length)
{
  return true;
}

static Sink line_sink(ChildLine on_line, void *user_data)
{
  if (!on_line)
    return (Sink){.take = take_nothing};
  return (Sink){.take = take_lines,
                .end = end_last_line,
                .text = g_string_new(NULL),
                .max_bytes = LINE_BYTES,
                .on_line = on_line,
                .user_data = user_data};
}

static Sink text_sink(bool is_wanted, size_t max_bytes)
{
  if (!is_wanted)
    return (Sink){.take = take_nothing};
  return (Sink){.take = take_all, .text = g_string_new(NULL), .max_bytes = max_bytes};
}

static void sink_clear(Sink *sink)
{
  if (sink->text)
    g_string_free(sink->text, TRUE);
  sink->text = NULL;
}

/* Time since the start that the child was not frozen. */
static int64_t active_ms(Child *child, bool *ret_frozen)
{
  g_mutex_lock(&child->lock);
  int64_t now = child_monotonic_ms();
  bool frozen = child->frozen_since_ms != 0;
  int64_t active = (frozen ? child->frozen_since_ms : now) - child->started_ms - child->frozen_total_ms;
  g_mutex_unlock(&child->lock);
  *ret_frozen = frozen;
  return active;
}

int64_t child_active_ms(Child *child)
{
  bool frozen;
  return active_ms(child, &frozen);
}

static void begin_stop(Watching *w, Stop stop)
{
  if (w->stop != STOP_NONE)
    return;
  w->stop = stop;
  w->kill_at_ms = child_monotonic_ms() + w->limits->grace_ms;
  if (w->limits->grace_ms > 0) {
    child_signal_group(w->child, SIGTERM);
    child_signal_group(w->child, SIGCONT); /* a frozen process takes no TERM */
  }
}

static int64_t sooner(int64_t a, int64_t b)
{
  return a < 0 ? b : MIN(a, b);
}

/* Looks at all reasons to stop and at all deadlines. How long the loop may sleep, in ms; -1: until something happens. */
static int64_t check_deadlines(Watching *w)
{
  bool frozen;
  int64_t active = active_ms(w->child, &frozen);
  int64_t silence_left = w->limits->silence_ms > 0 ? w->last_byte_ms + w->limits->silence_ms - active : 0;
  int64_t limit_left = w->limits->limit_ms > 0 ? w->limits->limit_ms - active : 0;
  if (cancel_is_set(w->limits->cancel))
    begin_stop(w, STOP_CANCEL);
  else if (w->limits->limit_ms > 0 && limit_left <= 0)
    begin_stop(w, STOP_LIMIT);
  else if (w->limits->silence_ms > 0 && silence_left <= 0)
    begin_stop(w, STOP_SILENCE);

  if (w->stop != STOP_NONE) {
    int64_t left = w->kill_at_ms - child_monotonic_ms();
    if (!w->killed && left <= 0) {
      child_signal_group(w->child, SIGKILL);
      w->killed = true;
    }
    return w->killed ? -1 : left;
  }
  if (frozen) /* no deadline comes nearer; child_thaw wakes us */
    return -1;
  int64_t wait = -1;
  if (w->limits->silence_ms > 0)
    wait = sooner(wait, silence_left);
  if (w->limits->limit_ms > 0)
    wait = sooner(wait, limit_left);
  return wait;
}

/* Reads once, `most` bytes at most. Closes the pipe at its end. */
static void read_some(Watching *w, int which, size_t most)
{
  int *fd = which == 0 ? &w->child->output_fd : &w->child->errors_fd;
  Sink *sink = &w->sinks[which];
  char buffer[READ_BYTES];
  ssize_t got = read(*fd, buffer, MIN(most, sizeof buffer));
  if (got < 0 && errno == EINTR)
    return;
  if (got < 0) {
    w->fault_errno = errno;
    begin_stop(w, STOP_FAULT);
  }
  if (got <= 0) {
    child_close_fd(fd);
    return;
  }
  if (w->stop != STOP_READER && !sink->take(sink, buffer, (size_t)got))
    begin_stop(w, STOP_READER);
  bool ignored;
  w->last_byte_ms = active_ms(w->child, &ignored); /* after take: time that we spent on the bytes is no silence */
}

/* Sleeps until something happens and handles it. False when the child has ended. */
static bool turn(Watching *w)
{
  enum { OUTPUT, ERRORS, ENDED, WAKE, CANCEL, N_ITEMS };
  int64_t wait = check_deadlines(w);
  struct pollfd items[N_ITEMS] = {
      [OUTPUT] = {.fd = w->child->output_fd, .events = POLLIN},
      [ERRORS] = {.fd = w->child->errors_fd, .events = POLLIN},
      [ENDED] = {.fd = w->child->pidfd, .events = POLLIN},
      [WAKE] = {.fd = w->child->wake_fd, .events = POLLIN},
      [CANCEL] = {.fd = w->stop == STOP_NONE ? cancel_peek_fd(w->limits->cancel) : -1, .events = POLLIN},
  };
  if (poll(items, N_ITEMS, (int)MIN(wait, INT_MAX)) < 0) {
    if (errno == EINTR)
      return true;
    w->fault_errno = errno;
    begin_stop(w, STOP_FAULT);
    return false; /* child_reap kills what runs, and waits for its end without poll */
  }
  eventfd_t ignored;
  if (items[WAKE].revents)
    eventfd_read(w->child->wake_fd, &ignored);
  if (items[OUTPUT].revents)
    read_some(w, 0, READ_BYTES);
  if (items[ERRORS].revents)
    read_some(w, 1, READ_BYTES);
  return items[ENDED].revents == 0;
}

/* Everything the child wrote before its end is in the pipe now. A process that left the group may hold the other end for ever, so
 * only what is there now is read. */
static void read_rest(Watching *w, int which)
{
  int *fd = which == 0 ? &w->child->output_fd : &w->child->errors_fd;
  int left = 0;
  if (*fd >= 0 && ioctl(*fd, FIONREAD, &left) != 0)
    left = 0;
  while (*fd >= 0 && left > 0) {
    size_t part = MIN((size_t)left, READ_BYTES);
    read_some(w, which, part);
    left -= (int)part;
  }
  child_close_fd(fd);
  if (w->sinks[which].end && w->stop != STOP_READER && !w->sinks[which].end(&w->sinks[which]))
    w->stop = w->stop == STOP_NONE ? STOP_READER : w->stop;
}

static bool explain_stop(const Watching *w, GError **error)
{
  const char *name = w->child->name;
  switch (w->stop) {
  case STOP_NONE:
    return true;
  case STOP_CANCEL:
    return fail(error, REEVE_ERROR_CANCELLED, "\"%s\" was stopped because its work was cancelled.", name);
  case STOP_READER:
    return fail(error, REEVE_ERROR_CANCELLED, "\"%s\" was stopped because of what it wrote.", name);
  case STOP_SILENCE:
    return fail(error, REEVE_ERROR_TIMEOUT, "\"%s\" wrote nothing for %.1f s and was stopped.", name,
                (double)w->limits->silence_ms / 1000);
  case STOP_LIMIT:
    return fail(error, REEVE_ERROR_TIMEOUT, "\"%s\" ran longer than its limit of %.1f s and was stopped.", name,
                (double)w->limits->limit_ms / 1000);
  case STOP_FAULT:
    return fail_errno(error, w->fault_errno, "\"%s\" could not be watched and was stopped", name);
  }
  g_assert_not_reached();
}

static bool watch_with_sinks(Watching *w, ChildExit *ret_exit, GError **error)
{
  g_mutex_lock(&w->child->lock);
  bool reaped = w->child->reaped;
  g_mutex_unlock(&w->child->lock);
  if (reaped)
    return fail(error, REEVE_ERROR_INTERNAL, "\"%s\" has already ended.", w->child->name);

  bool ignored;
  w->last_byte_ms = active_ms(w->child, &ignored); /* silence counts from here: nobody listened before */
  child_close_fd(&w->child->input_fd);
  while (turn(w))
    continue;
  int status = 0;
  if (!child_reap(w->child, &status, error))
    return false;
  read_rest(w, 0);
  read_rest(w, 1);
  if (!explain_stop(w, error))
    return false;
  *ret_exit = (ChildExit){
      .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
      .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
  };
  return true;
}

bool child_watch(Child *child, const ChildWatch *watch, ChildExit *ret_exit, GError **error)
{
  Watching w = {
      .child = child,
      .limits = watch,
      .sinks = {line_sink(watch->on_output, watch->user_data), line_sink(watch->on_error, watch->user_data)},
  };
  bool ok = watch_with_sinks(&w, ret_exit, error);
  sink_clear(&w.sinks[0]);
  sink_clear(&w.sinks[1]);
  return ok;
}

bool child_run(const ChildParams *params, int64_t limit_ms, Cancel *cancel, size_t max_bytes, char **ret_output,
               char **ret_errors, ChildExit *ret_exit, GError **error)
{
  ChildParams with_pipes = *params;
  if (ret_output)
    with_pipes.output = CHILD_PIPE;
  if (ret_errors)
    with_pipes.errors = CHILD_PIPE;
  g_autoptr(Child) child = child_spawn(&with_pipes, error);
  if (!child)
    return false;
  const ChildWatch limits = {.cancel = cancel, .limit_ms = limit_ms, .grace_ms = RUN_GRACE_MS};
  Watching w = {
      .child = child,
      .limits = &limits,
      .sinks = {text_sink(ret_output != NULL, max_bytes), text_sink(ret_errors != NULL, max_bytes)},
  };
  bool ok = watch_with_sinks(&w, ret_exit, error);
  if (ok && ret_output)
    *ret_output = g_string_free(g_steal_pointer(&w.sinks[0].text), FALSE);
  if (ok && ret_errors)
    *ret_errors = g_string_free(g_steal_pointer(&w.sinks[1].text), FALSE);
  sink_clear(&w.sinks[0]);
  sink_clear(&w.sinks[1]);
  return ok;
}
