/* `reeve serve`: start, the wait for a database that is away, graceful end. Test: the system tests. */
#include "api/server.h"
#include "auth/setup.h"
#include "auth/token.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/notify.h"
#include "cli/session.h"
#include "ui_files.h"

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
  const Config *config = it->config;
  ApiParams params = {.listen = config->listen,
                      .threads = (int)config->http_threads,
                      .clock = clock_system(),
                      .page = ui_files,
                      .n_page = ui_files_count,
                      .tls_certificate = config->tls_certificate,
                      .tls_key = config->tls_key,
                      .trusted_proxies = (const char *const *)config->trusted_proxies,
                      .cors_origins = (const char *const *)config->cors_origins,
                      .remote_setup = config->remote_setup,
                      .sessions = session_rules(config)};
  it->api = api_server_start(&params, reason, error);
  if (!it->api)
    return false;
  g_message("Listening on %s://%s/", config->tls_certificate ? "https" : "http", api_server_address(it->api));
  return true;
}

/* Opens the service; while PostgreSQL is away it is tried again. CANCELLED if a signal came meanwhile. */
static bool open_service(Serving *it, GError **error)
{
  int pause_ms = FIRST_PAUSE_MS;
  for (;;) {
    g_autoptr(GError) why = NULL;
    it->service = session_open_server(it->config, &why);
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
  ApiServices services = service_offer(it->service);
  services.media_directories = (const char *const *)it->config->media_directories;
  api_server_offer(it->api, &services);
  return true;
}

/* Without a user the server is of little use: says how to make one. */
static void tell_how_to_sign_in(const Serving *it)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(service_db(it->service), &why);
  char *token = conn ? setup_begin(conn, clock_system(), &why) : NULL;
  if (token) {
    g_autofree char *url = api_server_url(it->api);
    g_autofree char *link = setup_link(url, token);
    g_message("Nobody can sign in yet. Open this link within an hour to make the first user: %s", link);
    if (!it->config->remote_setup)
      g_message("Until then only this machine is answered. \"reeve user add NAME --role admin --data %s\" makes a user, too.",
                service_data_directory(it->service));
  } else if (reeve_error_code(why) != REEVE_ERROR_CONFLICT) {
    g_warning("Whether anyone can sign in could not be looked up: %s", why->message);
  }
  token_free(token);
}

static void reload(void *user_data)
{
  const Serving *it = user_data;
  g_autoptr(GError) why = NULL;
  if (!it->config->tls_certificate)
    g_message("SIGHUP: there is no certificate to be read again.");
  else if (api_server_reload(it->api, &why))
    g_message("SIGHUP: the certificate for TLS was read again.");
  else
    g_warning("SIGHUP: the files for TLS cannot be used, and the certificate from before stays: %s", why->message);
}

static int64_t read_stop(const Settings *settings)
{
  return settings->stop;
}

static void stop(Serving *it)
{
  bool finish = it->service && live_settings_int(service_settings(it->service), read_stop) == STOP_FINISH;
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
    g_autofree char *url = api_server_url(it.api);
    g_autofree char *status = g_strdup_printf("Serving on %s/", url);
    tell_how_to_sign_in(&it);
    interrupt_reload_on_hangup(interrupt, reload, &it);
    notify_phase(notify, NOTIFY_READY, status);
    cancel_wait(interrupt_cancel(interrupt), -1);
    interrupt_reload_on_hangup(interrupt, NULL, NULL);
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
                "way. SIGHUP reads the certificate for TLS again. Under systemd it says when it is ready and feeds the watchdog "
                "(Type=notify, WatchdogSec=)."},
};
const CommandSet serve_commands = COMMAND_SET("Operation", rows);
