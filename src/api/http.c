/* Decides how HTTP is spoken, over libmicrohttpd: connections and their limits, bodies, headers, slow routes, the server's life.
 * Test: tests/unit/api/test_server.c
 *
 * A request passes through: uri_seen (made) -> on_request with the headers (admitted or refused) -> on_request with the body, in
 * pieces -> on_request once more (run, or handed to a thread for slow routes while its connection is suspended) -> the response
 * is queued -> on_completed (freed). The last comes in any case, also when the caller goes away half-way. */
#include "api/http.h"
#include "api/headers.h"
#include "api/listen.h"
#include "base/error.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  THREADS_MIN = 2,
  THREADS_MAX = 4,  /* each gets an equal share of the connections */
  SLOW_THREADS = 4, /* fewer than a small pool has database connections */
  WRITER_THREADS = 2,
  STREAMS_BYTES = 16 * 1024 * 1024, /* of bodies that go to sinks, in memory at once, all together, where each has its least */
  STREAM_MAX_BYTES = 512 * 1024,    /* of one of them */
  STREAM_MIN_BYTES = 64 * 1024,
  STREAM_PROGRESS_BYTES = 64 * 1024, /* to be sent within the time that another route's whole body has */
  PRESET_MAX_BODY_BYTES = 1024 * 1024,
  DRAIN_MAX_BYTES = 8 * 1024 * 1024,   /* of a refused body, so that the caller reads the answer instead of a broken connection */
  CONNECTIONS_MAX = 500,               /* and descriptors to spare: many systems allow 1024 */
  CONNECTION_MEMORY_BYTES = 32 * 1024, /* also what request line and headers may take */
  IDLE_S = 30,
  PRESET_HEADER_MS = 30 * 1000,
  PRESET_BODY_MS = 60 * 1000,
  STOP_WAIT_US = 3 * G_USEC_PER_SEC, /* for answers to be fetched */
  EVENT_BUFFER_BYTES = 4096,
};

/* --- the life of a request --- */

static Connection *connection_of(struct MHD_Connection *connection)
{
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* Who calls, and whether anybody could have listened. What stands in X-Forwarded-… counts only from a trusted proxy; anyone else
 * who sends it is a proxy that we do not know, so that "our own machine" says nothing about who is behind it. */
static void note_client(Request *request)
{
  const ApiServer *server = request->server;
  const char *peer = connection_address(connection_of(request->connection));
  g_autofree char *forwarded_for = headers_joined(request, "X-Forwarded-For");
  g_autofree char *client = network_client(peer, forwarded_for, server->trusted_proxies);
  g_strlcpy(request->client, client, sizeof request->client);
  bool by_proxy = network_list_has(server->trusted_proxies, peer);
  bool by_stranger = !by_proxy && (forwarded_for || request_header(request, "Forwarded"));
  request->is_local = network_is_loopback(client) && !by_stranger;
  const char *scheme = by_proxy ? request_header(request, "X-Forwarded-Proto") : NULL;
  request->is_secure = server->tls || (scheme && g_ascii_strcasecmp(scheme, "https") == 0);
}

static bool is_good_name(const char *name)
{
  size_t length = strlen(name);
  return length >= 1 && length <= REQUEST_NAME_BYTES &&
         strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

/* The caller's own id, so that it finds its request in our log; else a random one. */
static void name_request(Request *request)
{
  const char *given = request_header(request, "X-Request-Id");
  if (given && is_good_name(given))
    g_strlcpy(request->name, given, sizeof request->name);
  else
    g_snprintf(request->name, sizeof request->name, "%08x%08x", g_random_int(), g_random_int());
}

static void *uri_seen(void *data, const char *uri, struct MHD_Connection *connection)
{
  Request *request = g_new0(Request, 1);
  request->server = data;
  request->connection = connection;
  request->uri = g_strdup(uri);
  request->path = g_strndup(uri, strcspn(uri, "?"));
  request->parts.id = FIELD_NULL_INT;
  request->began_us = g_get_monotonic_time();
  request->body = g_string_new(NULL);
  return request;
}

/* What came before the caller went away is kept by who takes it in pieces. */
static void sink_free(Request *request)
{
  g_autoptr(GError) why = NULL;
  if (!request->sink.free)
    return;
  atomic_fetch_sub(&request->server->streams, 1);
  if (!request->refusal && !request_flush(request, &why))
    g_debug("The last of a body that broke off was not kept: %s", why->message);
  request->sink.free(request->sink.sink);
}

static void request_free(Request *request)
{
  sink_free(request);
  g_free(request->uri);
  g_free(request->path);
  g_free(request->method);
  g_clear_pointer(&request->query, g_hash_table_unref);
  g_string_free(request->body, TRUE);
  json_decref(request->json);
  if (request->has_caller)
    caller_clear(&request->caller);
  if (request->input)
    record_free(request->input_table, request->input);
  g_clear_error(&request->refusal);
  response_clear(&request->response);
  g_free(request);
}

static void count(ApiServer *server, int by)
{
  g_mutex_lock(&server->lock);
  server->under_way += (guint)by;
  if (server->under_way == 0)
    g_cond_broadcast(&server->finished);
  g_mutex_unlock(&server->lock);
}

static const double request_bounds[] = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
static const MetricFamily request_seconds = {.name = "reeve_http_request_duration_seconds",
                                             .help = "Time to answer HTTP requests, event streams left out.",
                                             .kind = METRIC_HISTOGRAM,
                                             .bounds = request_bounds,
                                             .n_bounds = G_N_ELEMENTS(request_bounds)};
static const MetricFamily requests_total = {
    .name = "reeve_http_requests_total", .help = "HTTP requests answered, by status.", .kind = METRIC_COUNTER};

/* By the route's pattern: what callers make up as paths and methods is one series. */
static void count_request(const Request *request, double seconds)
{
  Metrics *metrics = request->services ? request->services->metrics : NULL;
  const Route *route = request->route;
  const char *path = route ? route->path : "none", *method = route ? route->method : "none";
  char status[16];
  g_snprintf(status, sizeof status, "%d", request->response.status);
  metrics_add(metrics, &requests_total, METRIC_LABELS({"method", method}, {"route", path}, {"status", status}), 1);
  if (!request->streams)
    metrics_observe(metrics, &request_seconds, METRIC_LABELS({"method", method}, {"route", path}), seconds);
}

/* What is left of a body that broke off may have to wait for a disk: that is not for the threads that answer others, unless the
 * server is stopping. */
static void end_request(Request *request)
{
  ApiServer *server = request->server;
  bool counted = request->begun, handed = false;
  if (request->sink.free) {
    g_mutex_lock(&server->lock);
    if ((handed = server->writers != NULL)) {
      atomic_store(&request->state, REQUEST_GONE);
      g_thread_pool_push(server->writers, request, NULL);
    }
    g_mutex_unlock(&server->lock);
  }
  if (handed)
    return;
  request_free(request);
  if (counted)
    count(server, -1);
}

static void log_request(const Request *request, double ms, enum MHD_RequestTerminationCode code)
{
  if (!log_shows(G_LOG_DOMAIN, G_LOG_LEVEL_DEBUG))
    return;
  LOG_SCOPE("request", request->name);
  g_debug("%s %s -> %d in %.1f ms%s", request->method, request->path, request->response.status, ms,
          code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : ", not fetched to the end");
}

static void on_completed(void *data, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode code)
{
  Request *request = *slot;
  *slot = NULL;
  if (!request)
    return;
  connection_phase(connection_of(connection), CONNECTION_HEADERS); /* of the next request */
  if (request->begun) {
    double ms = (double)(g_get_monotonic_time() - request->began_us) / 1000;
    count_request(request, ms / 1000);
    log_request(request, ms, code);
  }
  end_request(request);
}

/* --- answers --- */

static struct MHD_Response *make_response(Response *response)
{
  if (response->events) {
    EventStream *stream = g_steal_pointer(&response->events);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, EVENT_BUFFER_BYTES, event_stream_read, stream,
                                             (MHD_ContentReaderFreeCallback)event_stream_free);
  }
  if (response->has_file) {
    response->has_file = false; /* the library closes it */
    return MHD_create_response_from_fd_at_offset64(response->file_bytes, response->file, response->file_offset);
  }
  if (response->bytes)
    return MHD_create_response_from_buffer(response->length, (void *)response->bytes, MHD_RESPMEM_PERSISTENT);
  if (response->owned) {
    gsize bytes = 0;
    void *data = (void *)g_bytes_get_data(response->owned, &bytes); /* it is only read */
    return MHD_create_response_from_buffer_with_free_callback_cls(bytes, data, (MHD_ContentReaderFreeCallback)g_bytes_unref,
                                                                  g_steal_pointer(&response->owned));
  }
  size_t length = response->text ? response->text->len : 0;
  char *text = response->text ? g_string_free(g_steal_pointer(&response->text), FALSE) : g_strdup("");
  return MHD_create_response_from_buffer_with_free_callback(length, text, g_free);
}

static enum MHD_Result answer(Request *request)
{
  bool streams = request->streams = request->response.events != NULL;
  bool has_body =
      streams || request->response.bytes || request->response.text || request->response.owned || request->response.has_file;
  struct MHD_Response *out = make_response(&request->response);
  if (!out)
    return MHD_NO;
  headers_add(request, out, streams, has_body);
  enum MHD_Result queued = MHD_queue_response(request->connection, (unsigned)request->response.status, out);
  MHD_destroy_response(out);
  return queued;
}

/* --- requests --- */

static void run_slow(void *data, void *user_data)
{
  Request *request = data;
  struct MHD_Connection *connection = request->connection;
  dispatch_run(request);
  atomic_store(&request->state, REQUEST_ANSWERED);
  MHD_resume_connection(connection);
}

/* A piece of the body, or its end. What goes wrong is answered at its end, since libmicrohttpd answers in no other place. */
static void run_write(void *data, void *user_data)
{
  Request *request = data;
  if (atomic_load(&request->state) == REQUEST_GONE) {
    ApiServer *server = request->server;
    request_free(request);
    count(server, -1);
    return;
  }
  struct MHD_Connection *connection = request->connection;
  {
    LOG_SCOPE("request", request->name);
    request_flush(request, &request->refusal);
  }
  atomic_store(&request->state, REQUEST_RECEIVING);
  MHD_resume_connection(connection);
}

/* Hands it to a thread of the pool. From then on it is that thread's, until the connection is resumed. False if the server is
 * stopping. */
static bool run_elsewhere(Request *request, GThreadPool *const *pool)
{
  ApiServer *server = request->server;
  g_mutex_lock(&server->lock);
  bool taken = *pool != NULL;
  if (taken) {
    atomic_store(&request->state, REQUEST_SUSPENDED);
    MHD_suspend_connection(request->connection);
    g_thread_pool_push(*pool, request, NULL);
  }
  g_mutex_unlock(&server->lock);
  return taken;
}

static enum MHD_Result run(Request *request)
{
  RequestState state = atomic_load(&request->state);
  if (state == REQUEST_SUSPENDED)
    return MHD_YES;
  connection_phase(connection_of(request->connection), CONNECTION_ANSWER);
  if (state == REQUEST_RECEIVING) {
    bool slow = !request->refusal && request->route && (request->route->flags & ROUTE_SLOW);
    if (slow && run_elsewhere(request, &request->server->slow))
      return MHD_YES;
    if (slow)
      fail(&request->refusal, REEVE_ERROR_UNAVAILABLE, "Reeve is stopping.");
    atomic_store(&request->state, REQUEST_ANSWERED);
    dispatch_run(request);
  }
  return answer(request);
}

/* A caller that waits for a go-ahead, or whose body is too large to be read for nothing or has no certain end, is answered before
 * it sends. */
static bool must_answer_now(const Request *request)
{
  int64_t length = request_length(request);
  return request_header(request, "Expect") || !request_is_framed(request) ||
         (length != FIELD_NULL_INT && length > DRAIN_MAX_BYTES);
}

/* Senders of uploads behind proxies that know no PATCH say it in a header (tus 1.0.0, X-HTTP-Method-Override). It counts for them
 * only. */
static const char *meant_method(const Request *request, const char *method)
{
  const char *instead = request_header(request, "X-HTTP-Method-Override");
  bool counts = instead && strcmp(method, "POST") == 0 && request_header(request, "Tus-Resumable");
  return counts ? instead : method;
}

static enum MHD_Result begin(Request *request, const char *method)
{
  ApiServer *server = request->server;
  request->begun = true;
  count(server, 1);
  connection_phase(connection_of(request->connection), CONNECTION_BODY);
  request->method = g_strdup(meant_method(request, method));
  request->services = g_atomic_pointer_get(&server->services);
  note_client(request);
  name_request(request);
  if (cancel_is_set(server->stop))
    fail(&request->refusal, REEVE_ERROR_UNAVAILABLE, "Reeve is stopping.");
  else
    dispatch_admit(request, request->method);
  return request->refusal && must_answer_now(request) ? run(request) : MHD_YES;
}

/* A body of any size is read as fast as it can be written, and no faster than somebody would who sends a little at a time to keep
 * a connection. */
static enum MHD_Result stream_body(Request *request, const char *data, size_t length)
{
  ApiServer *server = request->server;
  if (cancel_is_set(server->stop))
    return MHD_NO; /* what came is kept, and can be gone on with */
  guint64 before = request->streamed_bytes;
  request->streamed_bytes += length;
  if (before / STREAM_PROGRESS_BYTES != request->streamed_bytes / STREAM_PROGRESS_BYTES)
    connection_phase(connection_of(request->connection), CONNECTION_BODY);
  g_string_append_len(request->body, data, (gssize)length);
  int most = CLAMP(STREAMS_BYTES / MAX(atomic_load(&server->streams), 1), STREAM_MIN_BYTES, STREAM_MAX_BYTES);
  if (request->body->len < (gsize)most)
    return MHD_YES;
  return run_elsewhere(request, &server->writers) ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_body(Request *request, const char *data, size_t *size)
{
  size_t length = *size;
  *size = 0;
  if (request->sink.write && !request->refusal)
    return stream_body(request, data, length);
  request->received_bytes += length;
  if (request->received_bytes > DRAIN_MAX_BYTES)
    return MHD_NO;
  if (request->refusal)
    return MHD_YES;
  if (request->body->len + length > (size_t)request->server->max_body_bytes) {
    fail(&request->refusal, REEVE_ERROR_LIMIT, "The body may have %" G_GINT64_FORMAT " bytes at most.",
         request->server->max_body_bytes);
    g_string_set_size(request->body, 0);
    return MHD_YES;
  }
  g_string_append_len(request->body, data, (gssize)length);
  return MHD_YES;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *body, size_t *body_size, void **slot)
{
  Request *request = *slot;
  if (!request->begun)
    return begin(request, method);
  if (atomic_load(&request->state) == REQUEST_SUSPENDED)
    return MHD_YES;
  if (*body_size > 0)
    return take_body(request, body, body_size);
  return run(request);
}

/* Escapes are ours to read: libmicrohttpd would let broken ones through. */
static size_t leave_escapes(void *data, struct MHD_Connection *connection, char *text)
{
  return strlen(text);
}

static void log_library(void *data, const char *format, va_list args)
{
  g_autofree char *message = g_strdup_vprintf(format, args);
  g_debug("%s", g_strchomp(message));
}

/* --- connections --- */

static bool may_have_any_number(const char *address, void *user_data)
{
  const ApiServer *server = user_data;
  return !*address || network_is_loopback(address) || network_list_has(server->trusted_proxies, address);
}

static enum MHD_Result on_accept(void *data, const struct sockaddr *address, socklen_t length)
{
  const ApiServer *server = data;
  return connection_table_admits(server->connections, address) ? MHD_YES : MHD_NO;
}

static void on_connection(void *data, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode code)
{
  ApiServer *server = data;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    connection_end(*slot);
    return;
  }
  int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  const struct sockaddr *address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
  *slot = connection_begin(server->connections, fd, address, server);
}

static int show_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
                            const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_certificates,
                            unsigned *ret_n, gnutls_privkey_t *ret_key)
{
  const ApiServer *server = connection_owner(connection_of(gnutls_session_get_ptr(session)));
  const TlsIdentity *identity = tls_identity(server->tls);
  *ret_certificates = identity->certificates;
  *ret_n = identity->n_certificates;
  *ret_key = identity->key;
  return 0;
}

/* One for each processor: with more, a request waits until the system has put others of ours aside. */
static int preset_threads(void)
{
  return CLAMP((int)g_get_num_processors(), THREADS_MIN, THREADS_MAX);
}

static struct MHD_Daemon *start_daemon(ApiServer *server, int fd, int threads)
{
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)show_certificate},
                                 {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
                                 {MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  return MHD_start_daemon(server->tls ? flags | MHD_USE_TLS : flags, 0, on_accept, server, on_request, server,
                          /* first, since what fails while the others are read is logged by it */
                          MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
                          MHD_OPTION_THREAD_POOL_SIZE, (unsigned)threads, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
                          (unsigned)IDLE_S, MHD_OPTION_URI_LOG_CALLBACK, uri_seen, server, MHD_OPTION_NOTIFY_CONNECTION,
                          on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_UNESCAPE_CALLBACK,
                          leave_escapes, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, server->tls ? tls : none,
                          MHD_OPTION_END);
}

/* --- the server's life --- */

static void server_free(ApiServer *server)
{
  if (server->slow)
    g_thread_pool_free(server->slow, FALSE, TRUE);
  if (server->writers)
    g_thread_pool_free(server->writers, FALSE, TRUE);
  connection_table_free(server->connections);
  event_hub_free(server->hub);
  thumbnail_cache_free(server->thumbnails);
  route_log_free(server->exercised);
  caller_cache_free(server->callers);
  answer_cache_free(server->answers);
  login_gate_free(server->logins);
  tls_files_free(server->tls);
  network_list_free(server->trusted_proxies);
  g_strfreev(server->cors_origins);
  g_clear_pointer(&server->stop, cancel_unref);
  g_free(server->services);
  g_free(server->reason);
  g_free(server->address);
  g_cond_clear(&server->finished);
  g_mutex_clear(&server->lock);
  g_free(server);
}

/* What may be wrong with the parameters. */
static bool take_params(ApiServer *server, const ApiParams *params, GError **error)
{
  server->clock = params->clock ? params->clock : clock_system();
  server->max_body_bytes = params->max_body_bytes > 0 ? params->max_body_bytes : PRESET_MAX_BODY_BYTES;
  server->page = params->page;
  server->n_page = params->n_page;
  server->sessions = params->sessions.life_ms ? params->sessions : session_rules_preset;
  server->remote_setup = params->remote_setup;
  server->cors_origins = g_strdupv((char **)params->cors_origins);
  server->trusted_proxies = network_list_new(params->trusted_proxies, error);
  if (!server->trusted_proxies)
    return false;
  if (params->tls_certificate)
    server->tls = tls_files_new(params->tls_certificate, params->tls_key, server->clock, error);
  return !params->tls_certificate || server->tls;
}

static void make_parts(ApiServer *server, const ApiParams *params)
{
  server->callers = caller_cache_new(&server->sessions, server->clock);
  server->logins = login_gate_new();
  server->hub = event_hub_new(server->clock);
  server->stop = cancel_new(NULL);
  server->exercised = route_log_new();
  server->slow = g_thread_pool_new(run_slow, server, SLOW_THREADS, FALSE, NULL);
  server->writers = g_thread_pool_new(run_write, server, WRITER_THREADS, FALSE, NULL);
  server->connections = connection_table_new(
      &(ConnectionRules){.header_ms = params->header_limit_ms > 0 ? params->header_limit_ms : PRESET_HEADER_MS,
                         .body_ms = params->body_limit_ms > 0 ? params->body_limit_ms : PRESET_BODY_MS,
                         .is_free = may_have_any_number,
                         .user_data = server});
}

ApiServer *api_server_start(const ApiParams *params, const char *reason, GError **error)
{
  ApiServer *server = g_new0(ApiServer, 1);
  g_mutex_init(&server->lock);
  g_cond_init(&server->finished);
  server->reason = g_strdup(reason);
  int fd = take_params(server, params, error) ? listen_open(params->listen, &server->address, error) : -1;
  if (fd < 0) {
    server_free(server);
    return NULL;
  }
  make_parts(server, params);
  server->daemon = start_daemon(server, fd, params->threads > 0 ? params->threads : preset_threads());
  if (server->daemon)
    return server;
  close(fd);
  server_free(server);
  fail(error, REEVE_ERROR_IO, "The HTTP server could not be started on %s; the log at level debug says why.", params->listen);
  return NULL;
}

/* Another server of this database, or this one, took somebody's access away. */
static void hear_access_changed(const char *channel, const char *payload, void *user_data)
{
  ApiServer *server = user_data;
  caller_cache_clear(server->callers);
  event_hub_cut(server->hub);
}

void api_server_offer(ApiServer *server, const ApiServices *services)
{
  g_return_if_fail(!server->services);
  server->access_listener = db_listen(services->db, ACCESS_CHANNEL, hear_access_changed, server);
  g_autofree char *thumbnails = g_build_filename(services->data_directory, "thumbnails", NULL);
  server->thumbnails = thumbnail_cache_new(&(ThumbnailParams){.directory = thumbnails, .ffmpeg = services->ffmpeg});
  server->answers = answer_cache_new(services->db);
  g_atomic_pointer_set(&server->services, g_memdup2(services, sizeof *services));
}

char *api_server_url(const ApiServer *server)
{
  static const char *const everywhere[][2] = {{"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}};
  const char *scheme = server->tls ? "https://" : "http://";
  for (size_t i = 0; i < G_N_ELEMENTS(everywhere); i++)
    if (g_str_has_prefix(server->address, everywhere[i][0]))
      return g_strconcat(scheme, everywhere[i][1], server->address + strlen(everywhere[i][0]), NULL);
  return g_strconcat(scheme, server->address, NULL);
}

bool api_server_reload(ApiServer *server, GError **error)
{
  return !server->tls || tls_reload(server->tls, error);
}

void api_server_explain(ApiServer *server, const char *reason)
{
  g_mutex_lock(&server->lock);
  g_free(server->reason);
  server->reason = g_strdup(reason);
  g_mutex_unlock(&server->lock);
}

char *api_server_reason(ApiServer *server)
{
  g_mutex_lock(&server->lock);
  char *reason = g_strdup(server->reason ? server->reason : "Reeve is starting.");
  g_mutex_unlock(&server->lock);
  return reason;
}

const char *api_server_address(const ApiServer *server)
{
  return server->address;
}

void api_server_stop(ApiServer *server)
{
  if (!server)
    return;
  MHD_socket fd = MHD_quiesce_daemon(server->daemon);
  if (fd != MHD_INVALID_SOCKET)
    close(fd);
  cancel_set(server->stop);
  event_hub_end(server->hub);
  gint64 until_us = g_get_monotonic_time() + STOP_WAIT_US;
  g_mutex_lock(&server->lock);
  while (server->under_way > 0 && g_cond_wait_until(&server->finished, &server->lock, until_us))
    ;
  GThreadPool *slow = g_steal_pointer(&server->slow), *writers = g_steal_pointer(&server->writers);
  g_mutex_unlock(&server->lock);
  /* Suspended connections must be back before the daemon ends: wait for the threads that hold them. */
  g_thread_pool_free(slow, FALSE, TRUE);
  g_thread_pool_free(writers, FALSE, TRUE);
  MHD_stop_daemon(server->daemon);
  if (server->services)
    db_unlisten(server->services->db, server->access_listener);
  server_free(server);
}
