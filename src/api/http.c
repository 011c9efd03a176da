/* Decides how HTTP is spoken, over libmicrohttpd: connections and their limits, bodies, headers, slow routes, the server's life.
 * Test: tests/unit/api/test_server.c
 *
 * A request passes through: uri_seen (made) -> on_request with the headers (admitted or refused) -> on_request with the body, in
 * pieces -> on_request once more (run, or handed to a thread for slow routes while its connection is suspended) -> the response
 * is queued -> on_completed (freed). The last comes in any case, also when the caller goes away half-way. */
#include "api/http.h"
#include "api/listen.h"
#include "base/error.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  PRESET_THREADS = 4,
  SLOW_THREADS = 4, /* fewer than a small pool has database connections */
  PRESET_MAX_BODY_BYTES = 1024 * 1024,
  DRAIN_MAX_BYTES = 8 * 1024 * 1024,   /* of a refused body, so that the caller reads the answer instead of a broken connection */
  CONNECTIONS_MAX = 500,               /* and descriptors to spare: many systems allow 1024 */
  CONNECTION_MEMORY_BYTES = 32 * 1024, /* also what request line and headers may take */
  IDLE_S = 30,
  REQUEST_MAX_US = 60 * G_USEC_PER_SEC, /* to send a whole body */
  STOP_WAIT_US = 3 * G_USEC_PER_SEC,    /* for answers to be fetched */
  EVENT_BUFFER_BYTES = 4096,
};

static const char page_policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                                  "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
static const char data_policy[] = "default-src 'none'; frame-ancestors 'none'";

/* --- the life of a request --- */

static void note_client(Request *request)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *address = info ? info->client_addr : NULL;
  if (address && address->sa_family == AF_INET)
    inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, request->client, sizeof request->client);
  else if (address && address->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, request->client,
              sizeof request->client);
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
  request->id = FIELD_NULL_INT;
  request->began_us = g_get_monotonic_time();
  request->body = g_string_new(NULL);
  return request;
}

static void request_free(Request *request)
{
  g_free(request->uri);
  g_free(request->path);
  g_free(request->method);
  g_clear_pointer(&request->query, g_hash_table_unref);
  g_string_free(request->body, TRUE);
  json_decref(request->json);
  if (request->has_key)
    record_clear(&api_key_table, &request->key);
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

static void on_completed(void *data, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode code)
{
  Request *request = *slot;
  *slot = NULL;
  if (!request)
    return;
  bool counted = request->begun;
  if (request->begun) {
    LOG_SCOPE("request", request->name);
    double ms = (double)(g_get_monotonic_time() - request->began_us) / 1000;
    g_debug("%s %s -> %d in %.1f ms%s", request->method, request->path, request->response.status, ms,
            code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : ", not fetched to the end");
  }
  request_free(request);
  if (counted)
    count(data, -1);
}

/* --- answers --- */

static struct MHD_Response *make_response(Response *response)
{
  if (response->events) {
    EventStream *stream = g_steal_pointer(&response->events);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, EVENT_BUFFER_BYTES, event_stream_read, stream,
                                             (MHD_ContentReaderFreeCallback)event_stream_free);
  }
  if (response->bytes)
    return MHD_create_response_from_buffer(response->length, (void *)response->bytes, MHD_RESPMEM_PERSISTENT);
  size_t length = response->text ? response->text->len : 0;
  char *text = response->text ? g_string_free(g_steal_pointer(&response->text), FALSE) : g_strdup("");
  return MHD_create_response_from_buffer_with_free_callback(length, text, g_free);
}

static void add_headers(const Request *request, struct MHD_Response *out, bool streams, bool has_body)
{
  const Response *response = &request->response;
  bool is_page = response->bytes != NULL;
  if (has_body)
    MHD_add_response_header(out, "Content-Type",
                            streams                  ? "text/event-stream"
                            : response->content_type ? response->content_type
                                                     : "application/json");
  /* The page's files may be kept but must be asked about; what the API says is no cache's business. */
  MHD_add_response_header(out, "Cache-Control", is_page ? "no-cache" : "no-store");
  MHD_add_response_header(out, "Content-Security-Policy", is_page ? page_policy : data_policy);
  MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(out, "Referrer-Policy", "no-referrer");
  MHD_add_response_header(out, "Cross-Origin-Resource-Policy", "same-origin");
  MHD_add_response_header(out, "X-Request-Id", request->name);
  if (streams)
    MHD_add_response_header(out, "X-Accel-Buffering", "no"); /* or nginx keeps events back */
  if (cancel_is_set(request->server->stop))
    MHD_add_response_header(out, "Connection", "close");
  if (response->etag)
    MHD_add_response_header(out, "ETag", response->etag);
  if (response->allow)
    MHD_add_response_header(out, "Allow", response->allow);
  if (response->status == MHD_HTTP_UNAUTHORIZED)
    MHD_add_response_header(out, "WWW-Authenticate", "Bearer realm=\"reeve\"");
  if (response->status == MHD_HTTP_TOO_MANY_REQUESTS)
    MHD_add_response_header(out, "Retry-After", "60");
  else if (response->retry_later)
    MHD_add_response_header(out, "Retry-After", "2");
}

static enum MHD_Result answer(Request *request)
{
  bool streams = request->response.events != NULL;
  bool has_body = streams || request->response.bytes || request->response.text;
  struct MHD_Response *out = make_response(&request->response);
  if (!out)
    return MHD_NO;
  add_headers(request, out, streams, has_body);
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

/* Hands it to a thread. From then on it is that thread's, until the connection is resumed. False if the server is stopping. */
static bool run_elsewhere(Request *request)
{
  ApiServer *server = request->server;
  g_mutex_lock(&server->lock);
  bool taken = server->slow != NULL;
  if (taken) {
    atomic_store(&request->state, REQUEST_SUSPENDED);
    MHD_suspend_connection(request->connection);
    g_thread_pool_push(server->slow, request, NULL);
  }
  g_mutex_unlock(&server->lock);
  return taken;
}

static enum MHD_Result run(Request *request)
{
  RequestState state = atomic_load(&request->state);
  if (state == REQUEST_SUSPENDED)
    return MHD_YES;
  if (state == REQUEST_RECEIVING) {
    bool slow = !request->refusal && (request->route->flags & ROUTE_SLOW);
    if (slow && run_elsewhere(request))
      return MHD_YES;
    if (slow)
      fail(&request->refusal, REEVE_ERROR_UNAVAILABLE, "Reeve is stopping.");
    atomic_store(&request->state, REQUEST_ANSWERED);
    dispatch_run(request);
  }
  return answer(request);
}

/* A caller that waits for a go-ahead, or whose body is too large to be read for nothing, is answered before it sends. */
static bool must_answer_now(const Request *request)
{
  const char *length = request_header(request, "Content-Length");
  return request_header(request, "Expect") || (length && g_ascii_strtoull(length, NULL, 10) > DRAIN_MAX_BYTES);
}

static enum MHD_Result begin(Request *request, const char *method)
{
  ApiServer *server = request->server;
  request->begun = true;
  count(server, 1);
  request->method = g_strdup(method);
  request->services = g_atomic_pointer_get(&server->services);
  note_client(request);
  name_request(request);
  if (cancel_is_set(server->stop))
    fail(&request->refusal, REEVE_ERROR_UNAVAILABLE, "Reeve is stopping.");
  else
    dispatch_admit(request, method);
  return request->refusal && must_answer_now(request) ? run(request) : MHD_YES;
}

static enum MHD_Result take_body(Request *request, const char *data, size_t *size)
{
  size_t length = *size;
  *size = 0;
  if (g_get_monotonic_time() - request->began_us > REQUEST_MAX_US)
    return MHD_NO; /* somebody trickles: the connection is closed */
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
  if (*body_size > 0)
    return take_body(request, body, body_size);
  return run(request);
}

/* --- the server's life --- */

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

static struct MHD_Daemon *start_daemon(ApiServer *server, int fd, int threads)
{
  return MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, server,
      /* first, since what fails while the others are read is logged by it */
      MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)threads,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_URI_LOG_CALLBACK, uri_seen, server, MHD_OPTION_NOTIFY_COMPLETED,
      on_completed, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static void server_free(ApiServer *server)
{
  if (server->slow)
    g_thread_pool_free(server->slow, FALSE, TRUE);
  event_hub_free(server->hub);
  key_cache_free(server->keys);
  login_limit_free(server->logins);
  cancel_unref(server->stop);
  g_free(server->services);
  g_free(server->reason);
  g_free(server->address);
  g_cond_clear(&server->finished);
  g_mutex_clear(&server->lock);
  g_free(server);
}

ApiServer *api_server_start(const ApiParams *params, const char *reason, GError **error)
{
  g_autofree char *address = NULL;
  int fd = listen_open(params->listen, &address, error);
  if (fd < 0)
    return NULL;
  ApiServer *server = g_new0(ApiServer, 1);
  server->clock = params->clock ? params->clock : clock_system();
  server->max_body_bytes = params->max_body_bytes > 0 ? params->max_body_bytes : PRESET_MAX_BODY_BYTES;
  server->address = g_steal_pointer(&address);
  server->reason = g_strdup(reason);
  g_mutex_init(&server->lock);
  g_cond_init(&server->finished);
  server->keys = key_cache_new(server->clock);
  server->logins = login_limit_new(server->clock);
  server->hub = event_hub_new(server->clock);
  server->stop = cancel_new(NULL);
  server->slow = g_thread_pool_new(run_slow, server, SLOW_THREADS, FALSE, NULL);
  server->daemon = start_daemon(server, fd, params->threads > 0 ? params->threads : PRESET_THREADS);
  if (server->daemon)
    return server;
  close(fd);
  server_free(server);
  fail(error, REEVE_ERROR_IO, "The HTTP server could not be started on %s; the log at level debug says why.", params->listen);
  return NULL;
}

void api_server_offer(ApiServer *server, const ApiServices *services)
{
  g_return_if_fail(!server->services);
  g_atomic_pointer_set(&server->services, g_memdup2(services, sizeof *services));
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
  GThreadPool *slow = g_steal_pointer(&server->slow);
  g_mutex_unlock(&server->lock);
  /* Suspended connections must be back before the daemon ends: wait for the threads that hold them. */
  g_thread_pool_free(slow, FALSE, TRUE);
  MHD_stop_daemon(server->daemon);
  server_free(server);
}
