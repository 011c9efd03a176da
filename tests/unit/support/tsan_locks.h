/* For builds with -Db_sanitize=thread only: GLib's own locks are futexes in a library without instrumentation, which the thread
 * sanitizer cannot see, so that every use of one looks like a race. This gives the code that includes it POSIX locks instead, and
 * says of GLib's queues between threads that they order what they carry:
 *
 *   meson setup build-tsan -Dwerror=false -Db_sanitize=thread -Db_lundef=false \
 *     -Dc_args="-include $PWD/tests/unit/support/tsan_locks.h $(pkg-config --cflags glib-2.0)"
 *   G_SLICE=always-malloc setarch -R build-tsan/tests/unit/sys-test_child
 *
 * (setarch -R: older sanitizers do not start under today's address space randomisation.) */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <time.h>

#define GMutex pthread_mutex_t
#define g_mutex_init(mutex) pthread_mutex_init((mutex), NULL)
#define g_mutex_clear(mutex) pthread_mutex_destroy(mutex)
#define g_mutex_lock(mutex) pthread_mutex_lock(mutex)
#define g_mutex_unlock(mutex) pthread_mutex_unlock(mutex)

static inline void tsan_rec_mutex_init(pthread_mutex_t *mutex)
{
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

#define GRecMutex pthread_mutex_t
#define g_rec_mutex_init(mutex) tsan_rec_mutex_init(mutex)
#define g_rec_mutex_clear(mutex) pthread_mutex_destroy(mutex)
#define g_rec_mutex_lock(mutex) pthread_mutex_lock(mutex)
#define g_rec_mutex_unlock(mutex) pthread_mutex_unlock(mutex)

static inline gboolean tsan_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, gint64 end_us)
{
  struct timespec end = {.tv_sec = end_us / G_USEC_PER_SEC, .tv_nsec = (end_us % G_USEC_PER_SEC) * 1000};
  return pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &end) == 0;
}

#define GCond pthread_cond_t
#define g_cond_init(cond) pthread_cond_init((cond), NULL)
#define g_cond_clear(cond) pthread_cond_destroy(cond)
#define g_cond_wait(cond, mutex) pthread_cond_wait((cond), (mutex))
#define g_cond_wait_until(cond, mutex, end_us) tsan_cond_wait_until((cond), (mutex), (end_us))
#define g_cond_signal(cond) pthread_cond_signal(cond)
#define g_cond_broadcast(cond) pthread_cond_broadcast(cond)

static inline gpointer tsan_acquired(GAsyncQueue *queue, gpointer item)
{
  __tsan_acquire(queue);
  return item;
}

/* A function, so that what the item is made of comes before the release. */
static inline void tsan_push(GAsyncQueue *queue, gpointer item)
{
  __tsan_release(queue);
  g_async_queue_push(queue, item);
}

#define g_async_queue_push(queue, item) tsan_push((queue), (item))
#define g_async_queue_pop(queue) tsan_acquired((queue), g_async_queue_pop(queue))
#define g_async_queue_try_pop(queue) tsan_acquired((queue), g_async_queue_try_pop(queue))
