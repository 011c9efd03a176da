/* Counts how often a subscriber is woken, and lets the test wait for it. */
#pragma once

#include <glib.h>

typedef struct {
  GMutex lock;
  GCond woken;
  int count;
} Waker;

static inline void waker_wake(void *user_data)
{
  Waker *waker = user_data;
  g_mutex_lock(&waker->lock);
  waker->count++;
  g_cond_signal(&waker->woken);
  g_mutex_unlock(&waker->lock);
}

/* How often it was woken so far. */
static inline int waker_count(Waker *waker)
{
  g_mutex_lock(&waker->lock);
  int count = waker->count;
  g_mutex_unlock(&waker->lock);
  return count;
}

/* Until it was woken more than `seen` times; the test fails after ten seconds. */
static inline void waker_wait(Waker *waker, int seen)
{
  gint64 deadline = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
  g_mutex_lock(&waker->lock);
  while (waker->count <= seen)
    g_assert_true(g_cond_wait_until(&waker->woken, &waker->lock, deadline));
  g_mutex_unlock(&waker->lock);
}

static inline void waker_clear(Waker *waker)
{
  g_mutex_clear(&waker->lock);
  g_cond_clear(&waker->woken);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Waker, waker_clear)
