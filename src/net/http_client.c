/* Which connection pool a request uses, how it waits, and where redirects lead it.
 * Test: tests/unit/net/test_http_client.c */
#include "net/http_client.h"

#include "net/http_internal.h"

#include <string.h>

enum {
  DEFAULT_CONNECT_MS = 10 * 1000,
  DEFAULT_TOTAL_MS = 60 * 1000,
  DEFAULT_STALL_MS = 30 * 1000,
  DEFAULT_ANSWER_BYTES = 8 * 1024 * 1024,
  MAX_ANSWER_BYTES = 1 << 30, /* they are kept in memory */
  MAX_IDLE_LANES = 8,         /* more may be in use at once; these many are kept with their connections */
  LANE_CONNECTIONS = 4,
  POLL_MS = 60 * 1000, /* libcurl's own time limits and a Cancel cut it shorter */
};

/* A connection pool and the handle that uses it, for one request at a time. libcurl can share connections between threads only
 * with known races, so each lane has its own. */
typedef struct {
  CURLM *multi;
  CURL *easy;
  char *origin; /* where it was last: its connections are likely to lead there */
} Lane;

struct HttpClient {
  char *user_agent, *ca_file;
  CURLSH *share; /* names and TLS sessions */
  GMutex share_locks[CURL_LOCK_DATA_LAST];
  GMutex lock;     /* guards idle */
  GPtrArray *idle; /* of Lane; the last one was used last */
};

static void lane_free(gpointer data)
{
  Lane *lane = data;
  if (!lane)
    return;
  curl_easy_cleanup(lane->easy);
  curl_multi_cleanup(lane->multi);
  g_free(lane->origin);
  g_free(lane);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lane, lane_free)

static Lane *lane_new(GError **error)
{
  g_autoptr(Lane) lane = g_new0(Lane, 1);
  lane->multi = curl_multi_init();
  lane->easy = curl_easy_init();
  if (!lane->multi || !lane->easy) {
    fail(error, REEVE_ERROR_INTERNAL, "libcurl could not be set up for a request.");
    return NULL;
  }
  curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)LANE_CONNECTIONS);
  return g_steal_pointer(&lane);
}

static void share_lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *user_data)
{
  HttpClient *client = user_data;
  g_mutex_lock(&client->share_locks[data]);
}

static void share_unlock(CURL *easy, curl_lock_data data, void *user_data)
{
  HttpClient *client = user_data;
  g_mutex_unlock(&client->share_locks[data]);
}

HttpClient *http_client_new(const HttpClientParams *params, GError **error)
{
  /* libcurl counts the calls and has its own lock (since 7.84); what it sets up lasts as long as the process. */
  CURLSH *share = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_share_init() : NULL;
  if (!share) {
    fail(error, REEVE_ERROR_INTERNAL, "libcurl could not be set up.");
    return NULL;
  }
  HttpClient *client = g_new0(HttpClient, 1);
  client->share = share;
  client->user_agent = g_strdup(params->user_agent ? params->user_agent : "Reeve/" REEVE_VERSION);
  client->ca_file = g_strdup(params->ca_file);
  client->idle = g_ptr_array_new_with_free_func(lane_free);
  g_mutex_init(&client->lock);
  for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
    g_mutex_init(&client->share_locks[i]);
  curl_share_setopt(share, CURLSHOPT_LOCKFUNC, share_lock);
  curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, share_unlock);
  curl_share_setopt(share, CURLSHOPT_USERDATA, client);
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  return client;
}

void http_client_free(HttpClient *client)
{
  if (!client)
    return;
  g_ptr_array_unref(client->idle);
  curl_share_cleanup(client->share);
  for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
    g_mutex_clear(&client->share_locks[i]);
  g_mutex_clear(&client->lock);
  g_free(client->user_agent);
  g_free(client->ca_file);
  g_free(client);
}

/* An idle lane that was last at this origin, else the one that is idle longest, else a new one. */
static Lane *lane_borrow(HttpClient *client, const char *origin, GError **error)
{
  g_mutex_lock(&client->lock);
  Lane *lane = NULL;
  for (guint i = client->idle->len; i > 0 && !lane; i--) {
    const Lane *candidate = g_ptr_array_index(client->idle, i - 1);
    if (g_strcmp0(candidate->origin, origin) == 0)
      lane = g_ptr_array_steal_index(client->idle, i - 1);
  }
  if (!lane && client->idle->len >= MAX_IDLE_LANES)
    lane = g_ptr_array_steal_index(client->idle, 0);
  g_mutex_unlock(&client->lock);
  return lane ? lane : lane_new(error);
}

static void lane_return(HttpClient *client, Lane *lane, const char *origin)
{
  g_free(lane->origin);
  lane->origin = g_strdup(origin);
  g_mutex_lock(&client->lock);
  bool keep = client->idle->len < MAX_IDLE_LANES;
  if (keep)
    g_ptr_array_add(client->idle, lane);
  g_mutex_unlock(&client->lock);
  if (!keep)
    lane_free(lane);
}

static HttpLimits limits_of(const HttpRequest *request)
{
  return (HttpLimits){
      .connect_ms = request->connect_ms > 0 ? request->connect_ms : DEFAULT_CONNECT_MS,
      .whole_ms = request->total_ms > 0 ? request->total_ms : DEFAULT_TOTAL_MS,
      .stall_s = ((request->stall_ms > 0 ? request->stall_ms : DEFAULT_STALL_MS) + 999) / 1000,
      .max_answer_bytes = MIN(request->max_answer_bytes ? request->max_answer_bytes : DEFAULT_ANSWER_BYTES, MAX_ANSWER_BYTES),
  };
}

/* Drives the lane until its transfer has ended or was cancelled. False with CANCELLED, else the outcome. */
static bool drive(Lane *lane, Cancel *cancel, CURLcode *ret_outcome, GError **error)
{
  struct curl_waitfd stop = {.fd = cancel_peek_fd(cancel), .events = CURL_WAIT_POLLIN};
  int running = 1;
  for (;;) {
    if (!cancel_check(cancel, error))
      return false;
    CURLMcode bad = curl_multi_perform(lane->multi, &running);
    if (!bad && !running)
      break;
    if (!bad)
      bad = curl_multi_poll(lane->multi, &stop, cancel ? 1 : 0, POLL_MS, NULL);
    if (bad)
      return fail(error, REEVE_ERROR_INTERNAL, "libcurl failed while waiting for an answer: %s.", curl_multi_strerror(bad));
  }
  int left = 0;
  const CURLMsg *message = curl_multi_info_read(lane->multi, &left);
  *ret_outcome = message ? message->data.result : CURLE_FAILED_INIT;
  return true;
}

static bool run_transfer(HttpClient *client, Lane *lane, HttpTransfer *transfer, Cancel *cancel, GError **error)
{
  http_transfer_prepare(transfer);
  curl_easy_setopt(lane->easy, CURLOPT_SHARE, client->share);
  curl_easy_setopt(lane->easy, CURLOPT_USERAGENT, client->user_agent);
  /* One bundle and no directory beside it: else a directory would add to `ca_file`, and libcurl would parse the bundle anew for
   * each connection. */
  curl_easy_setopt(lane->easy, CURLOPT_CAPATH, NULL);
  if (client->ca_file)
    curl_easy_setopt(lane->easy, CURLOPT_CAINFO, client->ca_file);
  CURLMcode bad = curl_multi_add_handle(lane->multi, lane->easy);
  if (bad)
    return fail(error, REEVE_ERROR_INTERNAL, "libcurl did not take a request: %s.", curl_multi_strerror(bad));
  CURLcode outcome = CURLE_OK;
  bool ended = drive(lane, cancel, &outcome, error);
  bool ok = ended && (outcome == CURLE_OK || http_transfer_fail(transfer, outcome, error));
  curl_multi_remove_handle(lane->multi, lane->easy);
  return ok;
}

/* Where the next hop of a request goes, and what goes with it. */
typedef struct {
  HttpUrl url;
  HttpMethod method;
  bool with_body, with_headers;
} Hop;

static void hop_clear(Hop *hop)
{
  http_url_clear(&hop->url);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Hop, hop_clear)

/* The Location of an answer that is a redirect; NULL if it is not. Borrowed. */
static const char *redirect_of(const HttpResponse *response)
{
  switch (response->status) {
  case 301:
  case 302:
  case 303:
  case 307:
  case 308:
    return http_response_header(response, "Location");
  default:
    return NULL;
  }
}

static bool follow(Hop *hop, const HttpRequest *request, int status, const char *location, GError **error)
{
  g_auto(HttpUrl) to = {0};
  if (!http_url_redirect(&hop->url, location, &to, error))
    return false;
  if ((status == 303 && hop->method != HTTP_HEAD) || ((status == 301 || status == 302) && hop->method == HTTP_POST)) {
    hop->method = HTTP_GET;
    hop->with_body = false;
  }
  if (!http_url_same_origin(&hop->url, &to)) {
    if (hop->with_body && request->body)
      return fail(error, REEVE_ERROR_DENIED,
                  "%s redirects to %s, where the data of this request is not sent. Set the address to the one that is meant.",
                  hop->url.label, to.label);
    hop->with_headers = false;
  }
  http_url_clear(&hop->url);
  hop->url = to;
  to = (HttpUrl){0};
  return true;
}

/* What is left of the request's time, at least a moment, so that libcurl does not take it for "no limit". */
static int left_ms(int64_t end_us)
{
  return (int)MAX(1, (end_us - g_get_monotonic_time()) / 1000);
}

static bool send_hops(HttpClient *client, Lane *lane, Hop *hop, const HttpRequest *request, Cancel *cancel,
                      HttpResponse *ret_response, GError **error)
{
  HttpLimits limits = limits_of(request);
  int64_t start_us = g_get_monotonic_time(), end_us = start_us + (int64_t)limits.whole_ms * 1000;
  for (int redirects = 0;; redirects++) {
    limits.total_ms = left_ms(end_us);
    g_auto(HttpTransfer) transfer = {.easy = lane->easy,
                                     .request = request,
                                     .url = &hop->url,
                                     .limits = limits,
                                     .method = hop->method,
                                     .with_body = hop->with_body,
                                     .with_headers = hop->with_headers};
    if (!run_transfer(client, lane, &transfer, cancel, error))
      return false;
    g_auto(HttpResponse) response = http_transfer_take(&transfer);
    g_debug("%s %s: %d, %zu bytes, %" G_GINT64_FORMAT " ms", http_method_name(hop->method), hop->url.label, response.status,
            response.body_bytes, (g_get_monotonic_time() - start_us) / 1000);
    const char *location = redirect_of(&response);
    if (!location) {
      *ret_response = response;
      response = (HttpResponse){0};
      return true;
    }
    if (redirects == HTTP_MAX_REDIRECTS)
      return fail(error, REEVE_ERROR_LIMIT, "%s redirects on and on: %d redirects were followed. Check the address.",
                  hop->url.label, HTTP_MAX_REDIRECTS);
    if (!follow(hop, request, response.status, location, error))
      return false;
  }
}

bool http_send(HttpClient *client, const HttpRequest *request, Cancel *cancel, HttpResponse *ret_response, GError **error)
{
  g_auto(Hop) hop = {.method = request->method, .with_body = true, .with_headers = true};
  if (!http_request_check(request, error) || !http_url_parse(request->url, request->query, request->n_query, &hop.url, error))
    return false;
  g_autofree char *origin = g_strdup_printf("%s://%s:%d", hop.url.scheme, hop.url.host, hop.url.port);
  Lane *lane = lane_borrow(client, origin, error);
  if (!lane)
    return false;
  bool ok = send_hops(client, lane, &hop, request, cancel, ret_response, error);
  lane_return(client, lane, origin);
  return ok;
}
