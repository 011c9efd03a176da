/* What a handler learns about its request. Test: tests/unit/api/test_server.c */
#include "api/http.h"
#include "api/query.h"
#include "base/error.h"
#include "base/number.h"

#include <string.h>

const ApiServices *request_services(const Request *request)
{
  return request->services;
}

int64_t request_id(const Request *request)
{
  return request->parts.id;
}

const char *request_name(const Request *request)
{
  return request->parts.name;
}

int request_streams(const Request *request)
{
  return event_hub_count(request->server->hub);
}

const json_t *request_body(const Request *request)
{
  return request->json;
}

const char *request_text(const Request *request, const char *name)
{
  return g_hash_table_lookup(request->query, name);
}

int64_t request_int(const Request *request, const char *name)
{
  int64_t value = FIELD_NULL_INT;
  const char *text = request_text(request, name);
  if (text)
    parse_int(text, INT64_MIN, INT64_MAX, &value);
  return value;
}

int request_enum(const Request *request, const char *name)
{
  int value = FIELD_NULL_ENUM;
  const char *text = request_text(request, name);
  for (size_t i = 0; text && i < request->route->n_query; i++) {
    const QueryParameter *parameter = &request->route->query[i];
    if (parameter->values && g_str_equal(parameter->name, name))
      enum_value(parameter->values, text, &value);
  }
  return value;
}

bool request_flag(const Request *request, const char *name)
{
  return g_strcmp0(request_text(request, name), "true") == 0;
}

int64_t request_limit(const Request *request)
{
  int64_t limit = request_int(request, "limit");
  return limit == FIELD_NULL_INT ? QUERY_PRESET_LIMIT : limit;
}

const char *request_path(const Request *request)
{
  return request->path;
}

const Caller *request_caller(const Request *request)
{
  return request->has_caller ? &request->caller : NULL;
}

const char *request_session(const Request *request)
{
  const char *token = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, SESSION_COOKIE);
  return token && *token ? token : NULL;
}

void request_become(Request *request, Caller *caller)
{
  if (request->has_caller)
    caller_clear(&request->caller);
  request->caller = *caller;
  request->has_caller = true;
  *caller = (Caller){0};
}

void request_access_changed(Request *request, DbConn *conn)
{
  ApiServer *server = request->server;
  caller_cache_clear(server->callers);
  event_hub_cut(server->hub);
  g_autoptr(GError) why = NULL;
  if (!db_notify(conn, ACCESS_CHANNEL, "", &why))
    g_warning("Other servers were not told that somebody's access has changed; they see it within seconds: %s", why->message);
}

bool request_is_reading(const Request *request)
{
  return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

const char *request_header(const Request *request, const char *name)
{
  return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* libmicrohttpd refuses what is no number. */
int64_t request_length(const Request *request)
{
  const char *text = request_header(request, "Content-Length");
  int64_t length = 0;
  return text && parse_int(text, 0, INT64_MAX, &length) ? length : FIELD_NULL_INT;
}

typedef struct {
  int lengths, codings;
} Framing;

static enum MHD_Result note_framing(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
  Framing *framing = data;
  framing->lengths += g_ascii_strcasecmp(name, "Content-Length") == 0;
  framing->codings += g_ascii_strcasecmp(name, "Transfer-Encoding") == 0;
  return MHD_YES;
}

bool request_is_framed(const Request *request)
{
  Framing framing = {0};
  MHD_get_connection_values(request->connection, MHD_HEADER_KIND, note_framing, &framing);
  if (framing.codings == 0)
    return framing.lengths <= 1;
  return framing.codings == 1 && framing.lengths == 0 &&
         g_ascii_strcasecmp(request_header(request, "Transfer-Encoding"), "chunked") == 0;
}

void *request_sink(const Request *request)
{
  return request->sink.sink;
}

bool request_flush(Request *request, GError **error)
{
  bool ok = request->body->len == 0 || request->sink.write(request->sink.sink, request->body->str, request->body->len, error);
  g_string_set_size(request->body, 0);
  return ok;
}

const char *request_client(const Request *request)
{
  return request->client;
}

Cancel *request_cancel(const Request *request)
{
  return request->server->stop;
}

bool request_apply(const Request *request, void *record, Response *response, GError **error)
{
  if (!response->field_errors)
    response->field_errors = field_errors_new();
  return json_to_record(request->route->input, request->json, JSON_UPDATE, record, response->field_errors, error);
}
