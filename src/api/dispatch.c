/* Decides, from a route's row, who may come in and what reaches the handler: path, key, query, body, in that order. A handler
 * cannot forget any of it. Test: tests/unit/api/test_server.c */
#include "api/http.h"
#include "api/match.h"
#include "api/query.h"
#include "api/stored.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>

/* For routes that take no input: each field is unknown. */
static const FieldTable no_fields = {.name = "Nothing", .size = 1};

static bool find_route(Request *request, const char *method, GError **error)
{
  switch (match_route(method, request->path, &request->route, &request->id, &request->response.allow)) {
  case MATCH_FOUND:
    request->response.route = request->route;
    return true;
  case MATCH_NO_METHOD:
    request->response.status = MHD_HTTP_METHOD_NOT_ALLOWED;
    return fail(error, REEVE_ERROR_INVALID, "%s is not possible here; %s is.", method, request->response.allow);
  case MATCH_NO_PATH:
    break;
  }
  return fail(error, REEVE_ERROR_NOT_FOUND, "There is nothing at this address; /api/openapi.json lists what there is.");
}

static bool check_services(Request *request, GError **error)
{
  if (request->services || (request->route->flags & ROUTE_ALWAYS))
    return true;
  g_autofree char *reason = api_server_reason(request->server);
  return fail(error, REEVE_ERROR_UNAVAILABLE, "%s", reason);
}

static bool check_access(Request *request, GError **error)
{
  if (request->route->access == ACCESS_OPEN)
    return true;
  const char *shown = access_shown_key(request_header(request, "X-Api-Key"), request_header(request, "Authorization"));
  request->has_key =
      access_check(request->server->keys, request->services->db, request->route->access, shown, &request->key, error);
  return request->has_key;
}

static bool check_query(Request *request, GError **error)
{
  const char *mark = strchr(request->uri, '?');
  request->response.field_errors = field_errors_new();
  request->query = query_parse(request->route, mark ? mark + 1 : NULL, request->response.field_errors, error);
  return request->query != NULL;
}

static bool check_length(Request *request, GError **error)
{
  const char *length = request_header(request, "Content-Length");
  if (!length || g_ascii_strtoull(length, NULL, 10) <= (guint64)request->server->max_body_bytes)
    return true;
  return fail(error, REEVE_ERROR_LIMIT, "The body may have %" G_GINT64_FORMAT " bytes at most.", request->server->max_body_bytes);
}

void dispatch_admit(Request *request, const char *method)
{
  LOG_SCOPE("request", request->name);
  GError **refusal = &request->refusal;
  (void)(find_route(request, method, refusal) && check_services(request, refusal) && check_access(request, refusal) &&
         check_query(request, refusal) && check_length(request, refusal));
}

/* Too deep or too many values is the sender's fault like any other bad JSON; the body's length was judged before. */
static json_t *parse_body(const GString *body, Response *response, GError **error)
{
  g_autoptr(GError) why = NULL;
  if (body->len == 0) {
    response_refuse(response, error, "", "The body must be a JSON object.");
    return NULL;
  }
  json_t *json = json_parse(body->str, body->len, &why);
  if (!json)
    response_refuse(response, error, "", "The body is not good JSON: %s", why->message);
  return json;
}

static bool read_input(Request *request, Response *response, GError **error)
{
  const Route *route = request->route;
  if (!route->input && request->body->len == 0)
    return true;
  const FieldTable *table = route->input ? route->input : &no_fields;
  request->json = parse_body(request->body, response, error);
  if (!request->json)
    return false;
  if ((route->flags & ROUTE_NAMES_PROFILE) && !stored_name_profile(request->services->db, request->json, response, error))
    return false;
  request->input_table = table;
  request->input = record_new(table);
  return json_to_record(table, request->json, route->input ? route->input_mode : JSON_CREATE, request->input,
                        response->field_errors, error);
}

static bool handle(Request *request, GError **error)
{
  if (request->refusal) {
    g_propagate_error(error, g_steal_pointer(&request->refusal));
    return false;
  }
  if (!read_input(request, &request->response, error))
    return false;
  bool gives_input = request->route->input && request->route->input_mode != JSON_UPDATE;
  return request->route->handle(request, gives_input ? request->input : NULL, &request->response, error);
}

void dispatch_run(Request *request)
{
  LOG_SCOPE("request", request->name);
  g_autoptr(GError) error = NULL;
  if (!handle(request, &error))
    response_problem(&request->response, error, request->name);
  else if (!request->response.status)
    request->response.status = request->route->status;
}
