/* How a request is told to libcurl, and how its answer is received under the caps. Test: tests/unit/net/test_http_client.c */
#include "net/http_internal.h"

#include <string.h>
#include <sys/socket.h>

const char *http_method_name(HttpMethod method)
{
  static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  return names[method];
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text)
{
  if (!text[0])
    return false;
  for (const char *at = text; *at; at++)
    if (!g_ascii_isalnum(*at) && !strchr("!#$%&'*+-.^_`|~", *at))
      return false;
  return true;
}

/* RFC 9110 section 5.5: no control characters but the tab. */
static bool is_field_value(const char *text)
{
  for (const char *at = text; *at; at++)
    if (((unsigned char)*at < ' ' && *at != '\t') || *at == 127)
      return false;
  return true;
}

bool http_request_check(const HttpRequest *request, GError **error)
{
  /* The client's own: a second one could end the message early or send it elsewhere. */
  static const char *const own[] = {"Connection", "Content-Length",    "Content-Type", "Expect", "Host",
                                    "TE",         "Transfer-Encoding", "Upgrade"};
  for (size_t i = 0; i < request->n_headers; i++) {
    const HttpPair *header = &request->headers[i];
    if (!is_token(header->name))
      return fail(error, REEVE_ERROR_INVALID, "A request has a header whose name is not allowed in HTTP.");
    for (size_t j = 0; j < G_N_ELEMENTS(own); j++)
      if (g_ascii_strcasecmp(header->name, own[j]) == 0)
        return fail(error, REEVE_ERROR_INVALID, "The header %s cannot be set on a request: the HTTP client sets it.", own[j]);
    if (!is_field_value(header->value))
      return fail(error, REEVE_ERROR_INVALID, "The value of the header %s has line breaks or other control characters.",
                  header->name);
  }
  if (request->body && (request->method == HTTP_GET || request->method == HTTP_HEAD))
    return fail(error, REEVE_ERROR_INVALID, "A %s request cannot carry a body.", http_method_name(request->method));
  if (request->content_type && !is_field_value(request->content_type))
    return fail(error, REEVE_ERROR_INVALID, "The content type of a request has line breaks or other control characters.");
  const char *const secrets[] = {request->bearer, request->user, request->password};
  for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++)
    if (secrets[i] && !is_field_value(secrets[i]))
      return fail(error, REEVE_ERROR_INVALID,
                  "A user name, password or token has line breaks or other control characters. Enter it again without them.");
  return true;
}

static size_t take_body(char *data, size_t size, size_t count, void *user_data)
{
  HttpTransfer *transfer = user_data;
  size_t bytes = size * count;
  if (bytes > transfer->limits.max_answer_bytes - transfer->body->len) {
    transfer->too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  g_byte_array_append(transfer->body, (const guint8 *)data, (guint)bytes);
  return bytes;
}

static void free_header(gpointer data)
{
  HttpHeader *header = data;
  g_free(header->name);
  g_free(header->value);
  g_free(header);
}

/* Called with each line of each header block: of interim answers (103) too, which the next status line puts aside. */
static size_t take_header(char *data, size_t size, size_t count, void *user_data)
{
  HttpTransfer *transfer = user_data;
  size_t bytes = size * count;
  transfer->header_bytes += bytes;
  if (transfer->header_bytes > HTTP_MAX_HEADER_BYTES) {
    transfer->too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  if (bytes >= 5 && memcmp(data, "HTTP/", 5) == 0) {
    g_ptr_array_set_size(transfer->response.headers, 0);
    return bytes;
  }
  const char *colon = memchr(data, ':', bytes);
  if (!colon)
    return bytes;
  g_autofree char *value = g_strndup(colon + 1, bytes - (size_t)(colon + 1 - data));
  HttpHeader *header = g_new0(HttpHeader, 1);
  header->name = g_utf8_make_valid(data, colon - data);
  header->value = g_utf8_make_valid(g_strstrip(value), -1);
  g_ptr_array_add(transfer->response.headers, header);
  return bytes;
}

static void add_line(HttpTransfer *transfer, const char *name, const char *value)
{
  /* libcurl's way to send a header without a value is "Name;", to leave one of its own out is "Name:". */
  g_autofree char *line = value && value[0] ? g_strdup_printf("%s: %s", name, value) : g_strconcat(name, value ? ";" : ":", NULL);
  struct curl_slist *lines = curl_slist_append(transfer->header_lines, line);
  g_assert(lines); /* only for want of memory, as with GLib's own allocations */
  transfer->header_lines = lines;
}

static void set_method(HttpTransfer *transfer)
{
  const HttpRequest *request = transfer->request;
  CURL *easy = transfer->easy;
  bool sends = transfer->with_body && request->body;
  if (transfer->method == HTTP_HEAD)
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (sends || transfer->method == HTTP_POST || transfer->method == HTTP_PUT || transfer->method == HTTP_PATCH) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(sends ? request->body_bytes : 0));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, sends ? request->body : ""); /* to libcurl this makes it a POST */
  }
  if (transfer->method != HTTP_GET && transfer->method != HTTP_HEAD)
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, http_method_name(transfer->method));
  add_line(transfer, "Content-Type", sends ? request->content_type : NULL);
  add_line(transfer, "Expect", NULL); /* no waiting for a go-ahead that many services never give */
}

/* libcurl's own would be inherited by the programs that other threads start. */
static curl_socket_t open_socket(void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_credentials(HttpTransfer *transfer)
{
  const HttpRequest *request = transfer->request;
  for (size_t i = 0; i < request->n_headers; i++)
    add_line(transfer, request->headers[i].name, request->headers[i].value);
  if (request->bearer) {
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
    curl_easy_setopt(transfer->easy, CURLOPT_XOAUTH2_BEARER, request->bearer);
  } else if (request->user || request->password) {
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(transfer->easy, CURLOPT_USERNAME, request->user ? request->user : "");
    curl_easy_setopt(transfer->easy, CURLOPT_PASSWORD, request->password ? request->password : "");
  }
}

void http_transfer_prepare(HttpTransfer *transfer)
{
  CURL *easy = transfer->easy;
  const HttpLimits *limits = &transfer->limits;
  transfer->response.headers = g_ptr_array_new_with_free_func(free_header);
  transfer->body = g_byte_array_new();

  set_method(transfer);
  if (transfer->with_headers)
    set_credentials(transfer);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->header_lines);
  curl_easy_setopt(easy, CURLOPT_URL, transfer->url->text);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can undo */
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)MIN(limits->connect_ms, limits->total_ms));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)limits->total_ms);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)limits->stall_s);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a cancelled request does not wait for a name server */

  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)limits->max_answer_bytes);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_words);
}

void http_transfer_clear(HttpTransfer *transfer)
{
  curl_easy_reset(transfer->easy); /* nothing in it may point here any more */
  curl_slist_free_all(transfer->header_lines);
  http_response_clear(&transfer->response);
  if (transfer->body)
    g_byte_array_unref(transfer->body);
  *transfer = (HttpTransfer){0};
}

HttpResponse http_transfer_take(HttpTransfer *transfer)
{
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  HttpResponse response = transfer->response;
  transfer->response = (HttpResponse){0};
  response.status = (int)status;
  response.body_bytes = transfer->body->len;
  g_byte_array_append(transfer->body, (const guint8 *)"", 1);
  response.body = (char *)g_byte_array_free(g_steal_pointer(&transfer->body), FALSE);
  return response;
}

void http_response_clear(HttpResponse *response)
{
  g_free(response->body);
  if (response->headers)
    g_ptr_array_unref(response->headers);
  *response = (HttpResponse){0};
}

const char *http_response_header(const HttpResponse *response, const char *name)
{
  for (guint i = 0; response->headers && i < response->headers->len; i++) {
    const HttpHeader *header = g_ptr_array_index(response->headers, i);
    if (g_ascii_strcasecmp(header->name, name) == 0)
      return header->value;
  }
  return NULL;
}
