/* `reeve serve`: start, the wait for a database that is away, graceful end. Test: the system tests. */
#include "api/server.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/notify.h"
#include "cli/session.h"
#include "store/record_sql.h"

#include <string.h>

enum { FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 15 * 1000 };

/* A server on its way from start to end. */
typedef struct {
  const Config *config;
  Interrupt *interrupt;
  Notify *notify;
  ApiServer *api;
  Service *service;
} Serving;

static bool listen_now(Serving *it, const char *reason, GError **error)
{
  ApiParams params = {.listen = it->config->listen, .threads = (int)it->config->http_threads, .clock = clock_system()};
  it->api = api_server_start(&params, reason, error);
  if (!it->api)
    return false;
  g_message("Listening on http://%s/", api_server_address(it->api));
  return true;
}

/* Opens the service; while PostgreSQL is away it is tried again. CANCELLED if a signal came meanwhile. */
static bool open_service(Serving *it, GError **error)
{
  int pause_ms = FIRST_PAUSE_MS;
  for (;;) {
    g_autoptr(GError) why = NULL;
    it->service = session_open(it->config, SESSION_OWN, &why);
    if (it->service)
      return true;
    /* A locked SQLite file is somebody's mistake; PostgreSQL may be starting just like us. */
    if (reeve_error_code(why) != REEVE_ERROR_UNAVAILABLE || config_is_sqlite(it->config, NULL)) {
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
    g_warning("The database is not available and is tried again in %d s: %s", pause_ms / 1000, why->message);
    g_autofree char *reason = g_strdup_printf("The database is not available: %s", why->message);
    api_server_explain(it->api, reason);
    notify_status(it->notify, "Waiting for the database");
    if (cancel_wait(interrupt_cancel(it->interrupt), pause_ms))
      return cancel_check(interrupt_cancel(it->interrupt), error);
    pause_ms = MIN(pause_ms * 2, LONGEST_PAUSE_MS);
  }
}

/* SQLite first: whoever holds the data directory is named before anything else is done. With PostgreSQL it is the other way
 * round, so that the server can say that it lives while the database is away. */
static bool start(Serving *it, GError **error)
{
  bool sqlite = config_is_sqlite(it->config, NULL);
  if (!sqlite && !listen_now(it, "The database is being opened.", error))
    return false;
  if (!open_service(it, error))
    return false;
  if (sqlite && !listen_now(it, "The server is starting.", error))
    return false;
  if (!service_start_work(it->service, error))
    return false;
  api_server_offer(it->api, &(ApiServices){.db = service_db(it->service),
                                           .queue = service_queue(it->service),
                                           .events = service_events(it->service),
                                           .scan = service_scan(it->service),
                                           .desk = service_desk(it->service),
                                           .abilities = service_abilities(it->service),
                                           .clock = clock_system(),
                                           .data_directory = service_data_directory(it->service)});
  return true;
}

/* Without anyone who may do anything the server is of no use: says how to change that. */
static void tell_how_to_sign_in(const Serving *it)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(service_db(it->service), &why);
  g_autoptr(GPtrArray) keys = conn ? record_list(conn, &api_key_table, "ORDER BY id LIMIT 1", DB_NO_ARGS, &why) : NULL;
  g_autoptr(GPtrArray) users = keys ? record_list(conn, &user_table, "ORDER BY id LIMIT 1", DB_NO_ARGS, &why) : NULL;
  if (!users)
    g_warning("Whether anyone can sign in could not be looked up: %s", why->message);
  else if (keys->len == 0 && users->len == 0)
    g_message("Nobody can use this server yet. Make an API key with: reeve key add NAME --scope admin --data %s",
              service_data_directory(it->service));
}

static void stop(Serving *it)
{
  bool finish = it->config->stop == STOP_FINISH;
  const char *signal = interrupt_signal(it->interrupt);
  if (signal)
    g_message("%s: stopping; running encodes %s. A second signal stops at once.", signal,
              finish ? "are finished first" : "go back to the queue");
  notify_phase(it->notify, NOTIFY_STOPPING, finish ? "Finishing running encodes" : "Stopping");
  if (it->service)
    service_stop_work(it->service, finish ? AGENT_FINISH_JOBS : AGENT_RETURN_JOBS);
  /* Requests are answered up to here: who watches a long encode being finished can. */
  g_clear_pointer(&it->api, api_server_stop);
  g_clear_pointer(&it->service, service_close);
  if (signal)
    g_message("Stopped.");
}

static bool run_serve(CommandContext *context, GError **error)
{
  session_ignore_broken_pipes();
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(Notify) notify = notify_new();
  Serving it = {.config = &context->config, .interrupt = interrupt, .notify = notify};
  g_message("Reeve %s starts with its data in %s.", REEVE_VERSION, context->config.data);
  g_autoptr(GError) why = NULL;
  bool started = start(&it, &why);
  if (started) {
    g_autofree char *status = g_strdup_printf("Serving on http://%s/", api_server_address(it.api));
    tell_how_to_sign_in(&it);
    notify_phase(notify, NOTIFY_READY, status);
    cancel_wait(interrupt_cancel(interrupt), -1);
  }
  stop(&it);
  /* Being stopped while waiting for the database is a graceful end, too. */
  if (started || cancel_is_set(interrupt_cancel(interrupt)))
    return true;
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static const Command rows[] = {
    {.words = "serve",
     .arguments = "",
     .flags = COMMAND_SERVICE,
     .run = run_serve,
     .summary = "Run the server: interface, API, queue and encodes",
     .details = "One server runs on a data directory. SIGTERM or SIGINT end it gracefully, a second one at once; nothing is lost "
                "either\n"
                "way. Under systemd it says when it is ready and feeds the watchdog (Type=notify, WatchdogSec=)."},
};
const CommandSet serve_commands = COMMAND_SET("Operation", rows);
