/* Hearing messages from PostgreSQL: one connection and one thread, which owns all that is not under the mutex. It comes back by
 * itself after the server was away, and then tells every listener that something may have been missed.
 * Test: tests/unit/store/test_listen.c */
#include "store/db_postgresql.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { RETRY_FIRST_MS = 100, RETRY_LAST_MS = 10 * 1000 };

struct PgListener {
  Db *db;
  GThread *thread;
  int wake_fd;

  GMutex mutex; /* guards what follows */
  GCond synced;
  guint64 wanted, done; /* rounds asked for and gone through */
  bool stop;

  /* the thread's own */
  PGconn *handle;  /* NULL: not connected */
  char **channels; /* listened to on it */
  bool missed;     /* the connection was lost */
  int retry_ms;
};

static void wake(PgListener *listener)
{
  eventfd_write(listener->wake_fd, 1);
}

static bool must_stop(PgListener *listener)
{
  g_mutex_lock(&listener->mutex);
  bool stop = listener->stop;
  g_mutex_unlock(&listener->mutex);
  return stop;
}

static void disconnect(PgListener *listener)
{
  g_clear_pointer(&listener->handle, PQfinish);
  g_clear_pointer(&listener->channels, g_strfreev);
}

static void lose_connection(PgListener *listener)
{
  g_autofree char *words = pg_words(PQerrorMessage(listener->handle));
  g_warning("The connection for messages from PostgreSQL was lost and is tried again: %s.", words);
  listener->missed = true;
  disconnect(listener);
}

/* Waits for a message, for someone who wants us, or for the time to try again. */
static void wait_events(PgListener *listener)
{
  struct pollfd fds[2] = {
      {.fd = listener->wake_fd, .events = POLLIN},
      {.fd = listener->handle ? PQsocket(listener->handle) : -1, .events = POLLIN},
  };
  poll(fds, G_N_ELEMENTS(fds), listener->handle ? -1 : listener->retry_ms);
  eventfd_t count;
  eventfd_read(listener->wake_fd, &count); /* may be nothing: it does not block */
}

/* Step by step, because a blocking connect could not be told to stop. */
static bool connect_now(PgListener *listener)
{
  PgParams params = pg_params(listener->db);
  gint64 deadline = g_get_monotonic_time() + PG_CONNECT_TIMEOUT_S * G_USEC_PER_SEC;
  listener->handle = PQconnectStartParams(params.keywords, params.values, 1);
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  if (!listener->handle || PQstatus(listener->handle) == CONNECTION_BAD)
    status = PGRES_POLLING_FAILED;
  while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
    gint64 left_ms = (deadline - g_get_monotonic_time()) / 1000;
    struct pollfd fds[2] = {
        {.fd = PQsocket(listener->handle), .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT},
        {.fd = listener->wake_fd, .events = POLLIN},
    };
    if (left_ms <= 0 || (poll(fds, G_N_ELEMENTS(fds), (int)left_ms) < 0 && errno != EINTR) || must_stop(listener))
      break;
    eventfd_t count;
    if (fds[1].revents && eventfd_read(listener->wake_fd, &count) != 0)
      break;
    if (fds[0].revents)
      status = PQconnectPoll(listener->handle);
  }
  if (status == PGRES_POLLING_OK) {
    pg_quiet(listener->handle);
    return true;
  }
  g_autofree char *words = pg_words(PQerrorMessage(listener->handle));
  g_debug("Could not connect to PostgreSQL for messages: %s.", words);
  disconnect(listener);
  return false;
}

static bool run(PgListener *listener, const char *command, const char *channel)
{
  g_autofree char *sql = g_strdup_printf("%s \"%s\"", command, channel); /* names were checked by db_listen */
  PGresult *result = PQexec(listener->handle, sql);
  bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
  PQclear(result);
  return ok;
}

/* Makes the connection listen to what there are listeners for. */
static bool update_channels(PgListener *listener)
{
  static char *none[] = {NULL};
  g_auto(GStrv) wanted = db_listeners_channels(listener->db->listeners);
  char **had = listener->channels ? listener->channels : none;
  for (char **channel = wanted; *channel; channel++)
    if (!g_strv_contains((const char *const *)had, *channel) && !run(listener, "LISTEN", *channel))
      return false;
  for (char **channel = had; *channel; channel++)
    if (!g_strv_contains((const char *const *)wanted, *channel) && !run(listener, "UNLISTEN", *channel))
      return false;
  g_strfreev(listener->channels);
  listener->channels = g_steal_pointer(&wanted);
  return true;
}

static void deliver_all(PgListener *listener)
{
  PGnotify *message;
  while ((message = PQnotifies(listener->handle))) {
    db_listeners_deliver(listener->db->listeners, message->relname, message->extra);
    PQfreemem(message);
  }
}

/* Connects if need be, listens, delivers. */
static void go_round(PgListener *listener)
{
  if (!listener->handle && !connect_now(listener)) {
    listener->retry_ms = CLAMP(listener->retry_ms * 2, RETRY_FIRST_MS, RETRY_LAST_MS);
    listener->missed = true;
    return;
  }
  if (!PQconsumeInput(listener->handle) || !update_channels(listener)) {
    lose_connection(listener);
    return;
  }
  listener->retry_ms = 0;
  if (listener->missed) {
    listener->missed = false;
    db_listeners_deliver(listener->db->listeners, NULL, "");
  }
  deliver_all(listener);
}

static gpointer listen_loop(gpointer data)
{
  PgListener *listener = data;
  for (;;) {
    g_mutex_lock(&listener->mutex);
    guint64 wanted = listener->wanted;
    bool stop = listener->stop;
    g_mutex_unlock(&listener->mutex);
    if (stop)
      break;
    go_round(listener);
    g_mutex_lock(&listener->mutex);
    listener->done = MAX(listener->done, wanted);
    bool asked_again = listener->wanted > listener->done; /* its wake may have been read while connecting */
    g_cond_broadcast(&listener->synced);
    g_mutex_unlock(&listener->mutex);
    if (!asked_again)
      wait_events(listener);
  }
  disconnect(listener);
  return NULL;
}

PgListener *pg_listener_new(Db *db)
{
  PgListener *listener = g_new0(PgListener, 1);
  listener->db = db;
  g_mutex_init(&listener->mutex);
  g_cond_init(&listener->synced);
  listener->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (listener->wake_fd < 0)
    g_error("Could not make an event descriptor: %s", g_strerror(errno));
  g_mutex_lock(&listener->mutex); /* so that the thread knows itself */
  listener->thread = g_thread_new("db-listen", listen_loop, listener);
  g_mutex_unlock(&listener->mutex);
  return listener;
}

void pg_listener_free(PgListener *listener)
{
  if (!listener)
    return;
  g_mutex_lock(&listener->mutex);
  listener->stop = true;
  g_mutex_unlock(&listener->mutex);
  wake(listener);
  g_thread_join(listener->thread);
  close(listener->wake_fd);
  g_cond_clear(&listener->synced);
  g_mutex_clear(&listener->mutex);
  g_free(listener);
}

void pg_listener_sync(PgListener *listener)
{
  g_mutex_lock(&listener->mutex);
  guint64 round = ++listener->wanted;
  wake(listener);
  /* A listener that adds another runs on the thread that would have to go round. */
  while (listener->done < round && g_thread_self() != listener->thread)
    g_cond_wait(&listener->synced, &listener->mutex);
  g_mutex_unlock(&listener->mutex);
}
