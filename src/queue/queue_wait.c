/* Decides how a thread learns that there may be work. Test: tests/unit/queue/test_queue_wait.c
 *
 * A generation is counted up by every wake-up. Whoever looks for work remembers the generation from before the look, so that a
 * wake-up between the look and the wait ends the wait at once. Between servers (and between queues in one process) a message
 * carries the wake-up; it is sent inside the transaction that makes the work, so it cannot come before the work is there. */
#include "queue/queue_internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHANNEL "reeve_jobs"

enum { WAIT_WITHOUT_FD_MS = 1000 };

/* From a transaction of somebody else's, whose end we do not see; also what PostgreSQL's listener says after a broken connection.
 */
#define FOR_ALL ""

static void hear(const char *channel, const char *payload, void *user_data)
{
  Queue *queue = user_data;
  if (!g_str_equal(payload, queue->origin))
    queue_wake_here(queue);
}

void queue_wait_init(Queue *queue)
{
  g_mutex_init(&queue->wait_lock);
  queue->waiters = g_ptr_array_new();
  queue->origin = g_uuid_string_random();
  queue->listener = db_listen(queue->db, CHANNEL, hear, queue);
}

void queue_wait_clear(Queue *queue)
{
  db_unlisten(queue->db, queue->listener);
  g_assert(queue->waiters->len == 0);
  g_ptr_array_unref(queue->waiters);
  g_free(queue->origin);
  g_mutex_clear(&queue->wait_lock);
}

bool queue_wake_in(DbConn *conn, GError **error)
{
  return db_notify(conn, CHANNEL, FOR_ALL, error);
}

bool queue_wake_others_in(Queue *queue, DbConn *conn, GError **error)
{
  return db_notify(conn, CHANNEL, queue->origin, error);
}

void queue_wake_here(Queue *queue)
{
  g_mutex_lock(&queue->wait_lock);
  queue->generation++;
  for (guint i = 0; i < queue->waiters->len; i++)
    eventfd_write(GPOINTER_TO_INT(queue->waiters->pdata[i]), 1); /* cannot fail: the counter is far from full */
  g_mutex_unlock(&queue->wait_lock);
}

uint64_t queue_generation(Queue *queue)
{
  g_mutex_lock(&queue->wait_lock);
  uint64_t generation = queue->generation;
  g_mutex_unlock(&queue->wait_lock);
  return generation;
}

/* Until `fd` or the token is readable, or the time is over. */
static void poll_both(int fd, Cancel *cancel, int timeout_ms)
{
  struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = cancel_peek_fd(cancel), .events = POLLIN}};
  const Clock *clock = clock_system();
  int64_t deadline_ms = clock_monotonic_ms(clock) + timeout_ms;
  for (int left_ms = timeout_ms;;) {
    if (poll(fds, G_N_ELEMENTS(fds), left_ms) >= 0 || errno != EINTR)
      return;
    if (timeout_ms >= 0)
      left_ms = (int)MAX(deadline_ms - clock_monotonic_ms(clock), 0);
  }
}

bool queue_wait(Queue *queue, uint64_t seen, Cancel *cancel, int timeout_ms)
{
  if (cancel_is_set(cancel))
    return false;
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    /* Out of descriptors: still right, only slower. */
    if (queue_generation(queue) == seen)
      cancel_wait(cancel, timeout_ms < 0 ? WAIT_WITHOUT_FD_MS : MIN(timeout_ms, WAIT_WITHOUT_FD_MS));
    return queue_generation(queue) != seen && !cancel_is_set(cancel);
  }
  g_mutex_lock(&queue->wait_lock);
  bool changed = queue->generation != seen;
  if (!changed) {
    g_ptr_array_add(queue->waiters, GINT_TO_POINTER(fd));
    g_mutex_unlock(&queue->wait_lock);
    poll_both(fd, cancel, timeout_ms);
    g_mutex_lock(&queue->wait_lock);
    g_ptr_array_remove_fast(queue->waiters, GINT_TO_POINTER(fd));
    changed = queue->generation != seen;
  }
  g_mutex_unlock(&queue->wait_lock);
  close(fd);
  return changed && !cancel_is_set(cancel);
}
