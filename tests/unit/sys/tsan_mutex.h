/* For builds with -Db_sanitize=thread only: GLib's own locks are futexes in a library without instrumentation, which the thread
 * sanitizer cannot see, so that every use of one looks like a race. This gives the code that includes it POSIX locks instead:
 *
 *   meson setup build-tsan -Dwerror=false -Db_sanitize=thread -Db_lundef=false \
 *     -Dc_args="-include $PWD/tests/unit/sys/tsan_mutex.h $(pkg-config --cflags glib-2.0)"
 *   G_SLICE=always-malloc setarch -R build-tsan/tests/unit/sys-test_child
 *
 * (setarch -R: older sanitizers do not start under today's address space randomisation.) */
#pragma once

#include <glib.h>
#include <pthread.h>

#define GMutex pthread_mutex_t
#define g_mutex_init(mutex) pthread_mutex_init((mutex), NULL)
#define g_mutex_clear(mutex) pthread_mutex_destroy(mutex)
#define g_mutex_lock(mutex) pthread_mutex_lock(mutex)
#define g_mutex_unlock(mutex) pthread_mutex_unlock(mutex)
