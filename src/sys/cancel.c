/* Decides how a request to stop travels: down the tree of tokens, each of which is an eventfd that stays readable once set.
 * Test: tests/unit/sys/test_cancel.c */
#include "sys/cancel.h"

#include "base/error.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Locks are taken from parent to child only. A child's last reference may go while its parent is being set, so the parent's lock
 * is held both while walking `children` and for taking a child out of it: a child in the list is always valid memory. */
struct Cancel {
  gatomicrefcount references;
  Cancel *parent; /* owned reference, or NULL */
  int fd;
  atomic_bool is_set;
  GMutex lock;
  GPtrArray *children; /* borrowed; guarded by lock */
};

Cancel *cancel_new(Cancel *parent)
{
  Cancel *cancel = g_new0(Cancel, 1);
  g_atomic_ref_count_init(&cancel->references);
  g_mutex_init(&cancel->lock);
  cancel->children = g_ptr_array_new();
  cancel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (cancel->fd < 0) /* as with memory, there is no way to go on without; GLib's own wake-ups end the same way */
    g_error("No event descriptor could be made: %s", g_strerror(errno));
  if (!parent)
    return cancel;

  cancel->parent = cancel_ref(parent);
  g_mutex_lock(&parent->lock);
  g_ptr_array_add(parent->children, cancel);
  bool parent_is_set = atomic_load(&parent->is_set);
  g_mutex_unlock(&parent->lock);
  if (parent_is_set)
    cancel_set(cancel);
  return cancel;
}

Cancel *cancel_ref(Cancel *cancel)
{
  g_atomic_ref_count_inc(&cancel->references);
  return cancel;
}

void cancel_unref(Cancel *cancel)
{
  while (cancel && g_atomic_ref_count_dec(&cancel->references)) {
    Cancel *parent = cancel->parent;
    if (parent) {
      g_mutex_lock(&parent->lock);
      g_ptr_array_remove_fast(parent->children, cancel);
      g_mutex_unlock(&parent->lock);
    }
    close(cancel->fd);
    g_mutex_clear(&cancel->lock);
    g_ptr_array_unref(cancel->children);
    g_free(cancel);
    cancel = parent; /* the reference it held */
  }
}

void cancel_set(Cancel *cancel)
{
  g_mutex_lock(&cancel->lock);
  if (!atomic_load(&cancel->is_set)) {
    atomic_store(&cancel->is_set, true);
    eventfd_write(cancel->fd, 1); /* cannot fail: the counter is zero */
    for (guint i = 0; i < cancel->children->len; i++)
      cancel_set(cancel->children->pdata[i]);
  }
  g_mutex_unlock(&cancel->lock);
}

bool cancel_is_set(const Cancel *cancel)
{
  return cancel && atomic_load(&cancel->is_set);
}

int cancel_peek_fd(const Cancel *cancel)
{
  return cancel ? cancel->fd : -1;
}

bool cancel_check(const Cancel *cancel, GError **error)
{
  return !cancel_is_set(cancel) || fail(error, REEVE_ERROR_CANCELLED, "The operation was cancelled.");
}

bool cancel_wait(const Cancel *cancel, int timeout_ms)
{
  int64_t deadline_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
  for (;;) {
    int64_t left_us = timeout_ms < 0 ? -1 : MAX(0, deadline_us - g_get_monotonic_time());
    struct pollfd item = {.fd = cancel_peek_fd(cancel), .events = POLLIN};
    /* Rounded up: a wait may be a little too long, never too short. */
    int ready = poll(&item, 1, left_us < 0 ? -1 : (int)((left_us + 999) / 1000));
    if (cancel_is_set(cancel))
      return true;
    if (ready == 0 && (timeout_ms >= 0 && g_get_monotonic_time() >= deadline_us))
      return false;
  }
}
