/* Decides what browsers are told. Test: tests/unit/api/test_server.c, tests/system/access.test.ts
 *
 * Pages of other origins may read answers if their origin is on the list, and only with an API key: no header allows them to send
 * our cookie, and SameSite=Strict would keep it back. */
#include "api/headers.h"

#include "wire/url.h"

#include <string.h>

/* What a page of ours needs, all of it from ourselves: nothing inline, nothing from elsewhere. */
static const char page_policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
                                  "connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; "
                                  "frame-ancestors 'none'";
static const char data_policy[] = "default-src 'none'; frame-ancestors 'none'";

static const char cors_methods[] = "GET, HEAD, POST, PUT, PATCH, DELETE";
static const char cors_headers[] =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Api-Key, X-Request-Id, "
    "Tus-Resumable, Upload-Checksum, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, If-Range, Range";
static const char cors_exposed[] = "Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, Retry-After, "
                                   "X-Request-Id, Tus-Checksum-Algorithm, Tus-Extension, Tus-Max-Size, "
                                   "Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Offset";
#define CORS_KEPT_S "600"
#define HSTS_S "15552000" /* half a year */

static bool is_listed(char *const *origins, const char *origin)
{
  for (; origins && *origins; origins++)
    if (strcmp(*origins, origin) == 0)
      return true;
  return false;
}

static const char *allowed_origin(const Request *request)
{
  const char *origin = request_header(request, "Origin");
  return origin && is_listed(request->server->cors_origins, origin) ? origin : NULL;
}

bool headers_is_preflight(const Request *request)
{
  return request->method && strcmp(request->method, "OPTIONS") == 0 && request_header(request, "Access-Control-Request-Method") &&
         allowed_origin(request);
}

static enum MHD_Result join(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
  const char *wanted = ((const char **)data)[0];
  GString *text = (void *)((void **)data)[1];
  if (value && g_ascii_strcasecmp(name, wanted) == 0)
    g_string_append_printf(text, "%s%s", text->len ? ", " : "", value);
  return MHD_YES;
}

char *headers_joined(const Request *request, const char *name)
{
  GString *text = g_string_new(NULL);
  void *data[] = {(void *)name, text};
  MHD_get_connection_values(request->connection, MHD_HEADER_KIND, join, data);
  bool any = text->len > 0;
  char *joined = g_string_free(text, !any);
  return any ? joined : NULL;
}

static void add_cors(const Request *request, struct MHD_Response *out)
{
  if (!request->server->cors_origins || !request->server->cors_origins[0])
    return;
  MHD_add_response_header(out, "Vary", "Origin"); /* also without: a cache must not show one origin's answer to another */
  const char *origin = allowed_origin(request);
  if (!origin)
    return;
  MHD_add_response_header(out, "Access-Control-Allow-Origin", origin);
  MHD_add_response_header(out, "Access-Control-Expose-Headers", cors_exposed);
  if (!headers_is_preflight(request))
    return;
  MHD_add_response_header(out, "Access-Control-Allow-Methods", cors_methods);
  MHD_add_response_header(out, "Access-Control-Allow-Headers", cors_headers);
  MHD_add_response_header(out, "Access-Control-Max-Age", CORS_KEPT_S);
}

static void add_security(const Request *request, struct MHD_Response *out, bool is_page)
{
  MHD_add_response_header(out, "Content-Security-Policy", is_page ? page_policy : data_policy);
  MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(out, "X-Frame-Options", "DENY"); /* for browsers that do not know frame-ancestors */
  MHD_add_response_header(out, "Referrer-Policy", "no-referrer");
  MHD_add_response_header(out, "Cross-Origin-Resource-Policy", "same-origin");
  MHD_add_response_header(out, "Cross-Origin-Opener-Policy", "same-origin");
  MHD_add_response_header(out, "Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  if (request->is_secure)
    MHD_add_response_header(out, "Strict-Transport-Security", "max-age=" HSTS_S);
}

/* The page may be kept but must be asked about, unless its name changes with it; what the API says is no cache's business. */
static void add_caching(const Response *response, struct MHD_Response *out, bool is_page)
{
  const char *keeping = response->immutable ? "public, max-age=31536000, immutable" : is_page ? "no-cache" : "no-store";
  MHD_add_response_header(out, "Cache-Control", keeping);
  if (is_page)
    MHD_add_response_header(out, "Vary", "Accept-Encoding");
  if (response->encoding)
    MHD_add_response_header(out, "Content-Encoding", response->encoding);
}

static void add_retry(const Response *response, struct MHD_Response *out)
{
  enum { PRESET_S = 2 };
  if (!response->retry_after_s && !response->retry_later)
    return;
  g_autofree char *seconds =
      g_strdup_printf("%" G_GINT64_FORMAT, response->retry_after_s ? response->retry_after_s : (int64_t)PRESET_S);
  MHD_add_response_header(out, "Retry-After", seconds);
}

/* RFC 6266, 4: the name as all clients understand it, and where that is not all of it, also as it is (RFC 8187, 3.2). */
char *headers_disposition(const char *file_name)
{
  g_autofree char *plain = g_str_to_ascii(file_name, "C");
  for (char *at = plain; *at; at++)
    if (*at < ' ' || *at > '~' || strchr("\"\\%", *at))
      *at = '_';
  if (strcmp(plain, file_name) == 0)
    return g_strdup_printf("attachment; filename=\"%s\"", plain);
  g_autofree char *encoded = url_encode(file_name);
  return g_strdup_printf("attachment; filename=\"%s\"; filename*=UTF-8''%s", plain, encoded);
}

void headers_add(const Request *request, struct MHD_Response *out, bool streams, bool has_body)
{
  const Response *response = &request->response;
  bool is_page = response->bytes || (response->owned && !response->kept);
  if (has_body)
    MHD_add_response_header(out, "Content-Type",
                            streams                  ? "text/event-stream"
                            : response->content_type ? response->content_type
                                                     : "application/json");
  add_caching(response, out, is_page);
  add_security(request, out, is_page);
  add_cors(request, out);
  MHD_add_response_header(out, "X-Request-Id", request->name);
  if (streams)
    MHD_add_response_header(out, "X-Accel-Buffering", "no"); /* or nginx keeps events back */
  if (cancel_is_set(request->server->stop))
    MHD_add_response_header(out, "Connection", "close");
  if (response->file_name) {
    g_autofree char *disposition = headers_disposition(response->file_name);
    MHD_add_response_header(out, "Content-Disposition", disposition);
  }
  if (response->replayed)
    MHD_add_response_header(out, "Idempotent-Replayed", "true");
  if (response->etag)
    MHD_add_response_header(out, "ETag", response->etag);
  for (guint i = 0; response->headers && i + 1 < response->headers->len; i += 2)
    MHD_add_response_header(out, response->headers->pdata[i], response->headers->pdata[i + 1]);
  if (response->allow)
    MHD_add_response_header(out, "Allow", response->allow);
  if (response->cookie)
    MHD_add_response_header(out, "Set-Cookie", response->cookie);
  if (response->status == MHD_HTTP_UNAUTHORIZED)
    MHD_add_response_header(out, "WWW-Authenticate", "Bearer realm=\"reeve\"");
  add_retry(response, out);
}
