/* Decides, from a route's row, who may come in and what reaches the handler: path, key, query, body, in that order. A handler
 * cannot forget any of it. Test: tests/unit/api/test_server.c */
#include "api/form.h"
#include "api/headers.h"
#include "api/hook.h"
#include "api/match.h"
#include "api/once.h"
#include "api/query.h"
#include "api/stored.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/error.h"
#include "base/log.h"
#include "wire/multipart.h"

#include <stdatomic.h>
#include <string.h>

enum { STRANGER_TOLD_EVERY_MS = 60 * 1000 };

/* For routes that take no input: each field is unknown. */
static const FieldTable no_fields = {.name = "Nothing", .size = 1};

static bool find_route(Request *request, const char *method, GError **error)
{
  switch (match_route(method, request->path, &request->route, &request->parts, &request->response.allow)) {
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

/* `ret_owned` is to be freed when the credentials are not needed any more. */
static Credentials shown_by(const Request *request, char **ret_owned)
{
  const char *key = access_shown_key(request_header(request, "X-Api-Key"), request_header(request, "Authorization"));
  *ret_owned = key ? NULL : hook_key(request);
  return (Credentials){.key = key ? key : *ret_owned, .session = request_session(request)};
}

static bool identify(Request *request, GError **error)
{
  g_autofree char *owned = NULL;
  const Credentials shown = shown_by(request, &owned);
  if (!request->has_caller)
    request->has_caller = access_identify(request->server->callers, request->services->db, &shown, &request->caller, error);
  return request->has_caller;
}

/* False only if it cannot be looked up. */
static bool look_whether_claimed(Request *request, bool *ret_claimed, GError **error)
{
  ApiServer *server = request->server;
  *ret_claimed = server->is_claimed;
  if (*ret_claimed)
    return true;
  g_autoptr(DbConn) conn = db_acquire(request->services->db, error);
  if (!conn || !user_any(conn, ret_claimed, error))
    return false;
  if (*ret_claimed)
    server->is_claimed = true;
  return true;
}

static void tell_of_stranger(Request *request)
{
  ApiServer *server = request->server;
  int64_t now_ms = clock_monotonic_ms(server->clock), told_ms = server->told_foreign_ms;
  if ((told_ms == 0 || now_ms - told_ms >= STRANGER_TOLD_EVERY_MS) &&
      atomic_compare_exchange_strong(&server->told_foreign_ms, &told_ms, now_ms))
    g_warning("%s was turned away: before the first user is made, only this machine is answered. Use the set-up link here, run "
              "\"reeve user add\", or set remote_setup.",
              request->client);
}

/* Before somebody owns the server, nobody on the network may get at it; whoever holds a key that was made on the machine is no
 * stranger. */
static bool check_claimed(Request *request, GError **error)
{
  bool claimed = true;
  if (!request->services || request->is_local || request->server->remote_setup || (request->route->flags & ROUTE_HEALTH))
    return true;
  if (!look_whether_claimed(request, &claimed, error))
    return false;
  g_autofree char *owned = NULL;
  if (claimed || (shown_by(request, &owned).key && identify(request, NULL)))
    return true;
  tell_of_stranger(request);
  return fail(
      error, REEVE_ERROR_DENIED,
      "Reeve is not set up yet and until then answers its own machine only. Open the set-up link from its log there, or run "
      "\"reeve user add NAME --role admin\".");
}

/* What a form of a foreign page can send without asking (Fetch Standard, 2.2.2, CORS-safelisted request-header). */
static bool is_form(const char *content_type)
{
  static const char *const types[] = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"};
  for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
    if (media_type_is(content_type, types[i]))
      return true;
  return false;
}

/* Nobody's browser is made to do what its owner does not want: with a cookie the CSRF token must be shown, and where there is
 * nothing to show yet (signing in), it must not have come from a form. Whoever shows a key has no need of this. */
static bool check_intent(Request *request, GError **error)
{
  if (request_is_reading(request) || (request->has_caller && request->caller.kind == ACTOR_KEY))
    return true;
  bool form_counts = (request->route->flags & ROUTE_FORM) && request->has_caller; /* a session's token comes in no form */
  if (!form_counts && is_form(request_header(request, "Content-Type"))) {
    request->response.status = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    return fail(error, REEVE_ERROR_INVALID, "Send the body as JSON, with the header \"Content-Type: application/json\".");
  }
  if (!request->has_caller)
    return true;
  g_autofree char *wanted = session_csrf(request_session(request));
  return token_equal(wanted, request_header(request, "X-CSRF-Token")) ||
         fail(error, REEVE_ERROR_DENIED, "The header X-CSRF-Token must hold the \"csrf\" that GET /api/v1/session answers with.");
}

static int64_t read_metrics_open(const Settings *settings)
{
  return settings->metrics_open;
}

static bool is_open(const Request *request)
{
  return request->route->access == ACCESS_OPEN || ((request->route->flags & ROUTE_MAYBE_OPEN) && request->services->settings &&
                                                   live_settings_int(request->services->settings, read_metrics_open));
}

static bool check_access(Request *request, GError **error)
{
  if (is_open(request))
    return true;
  g_autofree char *owned = NULL;
  if (hook_is_signed(request) && !shown_by(request, &owned).key)
    return hook_takes_signatures(request, error); /* which one it is, is judged when the body is there */
  if (!identify(request, error))
    return false;
  bool is_hook =
      (request->route->flags & ROUTE_HOOK) && request->caller.kind == ACTOR_KEY && request->caller.scope == SCOPE_WEBHOOK;
  return is_hook || access_check(&request->caller, request->route->access, error);
}

static bool check_query(Request *request, GError **error)
{
  const char *mark = request->route->flags & ROUTE_ANY_QUERY ? NULL : strchr(request->uri, '?');
  request->response.field_errors = field_errors_new();
  request->query = query_parse(request->route, mark ? mark + 1 : NULL, request->response.field_errors, error);
  return request->query != NULL;
}

static bool check_length(Request *request, GError **error)
{
  int64_t length = request_length(request);
  if (request->route->receive || length == FIELD_NULL_INT || length <= request->server->max_body_bytes)
    return true;
  return fail(error, REEVE_ERROR_LIMIT, "The body may have %" G_GINT64_FORMAT " bytes at most.", request->server->max_body_bytes);
}

static bool check_framing(Request *request, GError **error)
{
  if (request_is_framed(request))
    return true;
  request->response.status = MHD_HTTP_BAD_REQUEST;
  response_header(&request->response, "Connection", "close");
  return fail(error, REEVE_ERROR_INVALID,
              "It is not certain where the body ends: send one Content-Length, or \"Transfer-Encoding: chunked\" without one.");
}

static bool open_sink(Request *request, GError **error)
{
  if (!request->route->receive)
    return true;
  bool ok = request->route->receive(request, &request->response, &request->sink, error);
  if (request->sink.free)
    atomic_fetch_add(&request->server->streams, 1);
  return ok;
}

void dispatch_admit(Request *request, const char *method)
{
  LOG_SCOPE("request", request->name);
  GError **refusal = &request->refusal;
  if (!check_framing(request, refusal))
    return;
  if (headers_is_preflight(request)) {
    request->is_preflight = true; /* says nothing about the route, and does nothing */
    return;
  }
  (void)(find_route(request, method, refusal) && check_services(request, refusal) && check_claimed(request, refusal) &&
         check_access(request, refusal) && check_intent(request, refusal) && check_query(request, refusal) &&
         check_length(request, refusal) && open_sink(request, refusal));
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
  if (route->receive)
    return request_flush(request, error);
  if (!route->input && request->body->len == 0 && !(route->flags & ROUTE_ANY_BODY))
    return true;
  const FieldTable *table = route->input ? route->input : &no_fields;
  const char *type = request_header(request, "Content-Type");
  bool by_form = (route->flags & ROUTE_FORM) && is_form(type) && request->body->str[0] != '{'; /* as small clients send JSON */
  request->json = by_form ? form_read(type, request->body, response, error) : parse_body(request->body, response, error);
  if (!request->json)
    return false;
  if ((route->flags & ROUTE_ANY_BODY) && json_is_object(request->json))
    return true;
  if ((route->flags & ROUTE_NAMES_PROFILE) && !stored_name_profile(request->services->db, request->json, response, error))
    return false;
  request->input_table = table;
  request->input = record_new(table);
  return json_to_record(table, request->json, route->input ? route->input_mode : JSON_CREATE, request->input,
                        response->field_errors, error);
}

/* As the handler, or as it answered before. */
static bool answer_or_recall(Request *request, void *input, GError **error)
{
  const Route *route = request->route;
  Response *response = &request->response;
  if (!(route->flags & ROUTE_KEPT))
    return route->handle(request, input, response, error);
  uint64_t version = 0;
  GBytes *kept = answer_cache_find(request->server->answers, request->uri, &version);
  if (kept) {
    response_bytes(response, NULL, kept);
    response->kept = true;
    return true;
  }
  if (!route->handle(request, input, response, error))
    return false;
  answer_cache_keep(request->server->answers, request->uri, version, response->text->str, response->text->len);
  return true;
}

static bool handle(Request *request, GError **error)
{
  if (request->refusal) {
    g_propagate_error(error, g_steal_pointer(&request->refusal));
    return false;
  }
  if (request->is_preflight)
    return true;
  if (hook_is_signed(request) && !hook_check_signature(request, &request->response, error))
    return false;
  if (!read_input(request, &request->response, error))
    return false;
  bool gives_input = request->route->input && request->route->input_mode != JSON_UPDATE, answered = false;
  if (!once_begin(request, &answered, error))
    return false;
  return answered || answer_or_recall(request, gives_input ? request->input : NULL, error);
}

/* The status of success, and in the test build whether the answer is what the row says. */
static bool conclude(Request *request, GError **error)
{
  Response *response = &request->response;
  if (!response->status)
    response->status = request->is_preflight ? MHD_HTTP_NO_CONTENT : request->route->status;
  return request->is_preflight || response->kept || answer_check(request->route, response->status, response->text, error);
}

void dispatch_run(Request *request)
{
  LOG_SCOPE("request", request->name);
  g_autoptr(GError) error = NULL;
  bool ok = handle(request, &error) && conclude(request, &error);
  if (ok && !request->is_preflight)
    route_log_add(request->server->exercised, request->route);
  once_end(request, ok);
  if (!ok)
    response_problem(&request->response, error, request->name);
  audited_note(request);
}
