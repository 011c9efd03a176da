/* What a handler learns about its request. Test: tests/unit/api/test_server.c */
#include "api/http.h"
#include "api/query.h"
#include "base/error.h"
#include "base/number.h"

const ApiServices *request_services(const Request *request)
{
  return request->services;
}

int64_t request_id(const Request *request)
{
  return request->id;
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

const ApiKey *request_key(const Request *request)
{
  return request->has_key ? &request->key : NULL;
}

const char *request_header(const Request *request, const char *name)
{
  return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
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
