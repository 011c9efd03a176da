/* OpenAPI 3.1, read from the route table and the field tables: nothing here knows a route or a field.
 * Test: tests/unit/api/test_openapi.c */
#include "api/openapi.h"

#include "api/hook.h"
#include "api/query.h"
#include "api/route.h"

#include <string.h>

/* --- schemas --- */

static char *reference(const char *name)
{
  return g_strdup_printf("#/components/schemas/%s", name);
}

static json_t *reference_to(const char *name)
{
  g_autofree char *path = reference(name);
  return json_pack("{s:s}", "$ref", path);
}

/* The name of an input's shape, which differs from that of the stored record. The caller frees it. */
static char *input_name(const Route *route)
{
  if (route->input_mode == JSON_UPDATE && !g_str_has_suffix(route->input->name, "Input"))
    return g_strconcat(route->input->name, "Update", NULL);
  return json_schema_name(route->input, JSON_CREATE);
}

static void add_nested(json_t *schemas, const FieldTable *table, JsonMode mode)
{
  JsonMode inner_mode = mode == JSON_TRUSTED ? JSON_TRUSTED : JSON_CREATE;
  for (size_t i = 0; i < table->n_fields; i++) {
    const FieldTable *inner = table->fields[i].record;
    g_autofree char *name = inner ? json_schema_name(inner, inner_mode) : NULL;
    if (!name || json_object_get(schemas, name))
      continue;
    json_object_set_new(schemas, name, json_schema(inner, inner_mode));
    add_nested(schemas, inner, inner_mode);
  }
}

static void allow_profile_name(json_t *schema)
{
  json_t *profile = json_pack("{s:[s, s, s], s:s}", "type", "string", "integer", "null", "description",
                              "Name or number of a profile; stands for profile_id.");
  json_object_set_new(json_object_get(schema, "properties"), "profile", profile);
}

static void add_input(json_t *schemas, const Route *route)
{
  if (!route->input)
    return;
  g_autofree char *name = input_name(route);
  json_t *schema = json_schema(route->input, route->input_mode);
  if (route->flags & ROUTE_NAMES_PROFILE)
    allow_profile_name(schema);
  json_object_set_new(schemas, name, schema);
  add_nested(schemas, route->input, route->input_mode);
}

static void add_output(json_t *schemas, const FieldTable *table)
{
  if (!table || json_object_get(schemas, table->name))
    return;
  json_object_set_new(schemas, table->name, json_schema(table, JSON_TRUSTED));
  add_nested(schemas, table, JSON_TRUSTED);
}

/* The name of what a list holds: of records with details, a shorter shape. The caller frees it. */
static char *item_name(const FieldTable *table)
{
  for (size_t i = 0; i < table->n_fields; i++)
    if (table->fields[i].flags & FIELD_DETAIL)
      return g_strconcat(table->name, "Item", NULL);
  return g_strdup(table->name);
}

static bool is_list(const Route *route)
{
  return route->flags & (ROUTE_LISTS | ROUTE_WHOLE_LIST);
}

/* The shape without its details. */
static void add_item(json_t *schemas, const FieldTable *table)
{
  g_autofree char *name = item_name(table);
  if (json_object_get(schemas, name))
    return;
  json_t *schema = json_schema(table, JSON_TRUSTED), *required = json_array();
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (field->flags & FIELD_DETAIL)
      json_object_del(json_object_get(schema, "properties"), field->name);
    else if (json_object_get(json_object_get(schema, "properties"), field->name))
      json_array_append_new(required, json_string(field->name));
  }
  json_object_set_new(schema, "required", required);
  json_object_set_new(schemas, name, schema);
  add_nested(schemas, table, JSON_TRUSTED);
}

static void add_answer(json_t *schemas, const Route *route)
{
  if (is_list(route))
    add_item(schemas, route->output);
  else
    add_output(schemas, route->output);
  add_output(schemas, route->also_output);
}

static json_t *problem_schema(void)
{
  json_t *error = json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:[s, s]}", "type", "object", "properties", "field", "type", "string",
                            "message", "type", "string", "required", "field", "message");
  json_t *properties = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:s, s:o}, s:{s:s}, s:{s:s, s:s}}", "type", "type",
                                 "string", "title", "type", "string", "status", "type", "integer", "detail", "type", "string",
                                 "errors", "type", "array", "description", "What is wrong with which field of the input.",
                                 "items", error, "current", "description", "With 412: the record as it is now.", "request",
                                 "type", "string", "description", "The request's id, as in the log.");
  return json_pack("{s:s, s:o, s:[s, s, s, s, s]}", "type", "object", "properties", properties, "required", "type", "title",
                   "status", "detail", "request");
}

/* --- operations --- */

static json_t *parameter_schema(const QueryParameter *parameter)
{
  switch (parameter->kind) {
  case FIELD_KIND_INT:
    return json_pack("{s:s, s:s}", "type", "integer", "format", "int64");
  case FIELD_KIND_BOOL:
    return json_pack("{s:s}", "type", "boolean");
  case FIELD_KIND_ENUM: {
    json_t *names = json_array();
    for (size_t i = 0; i < parameter->values->n_rows; i++)
      json_array_append_new(names, json_string(parameter->values->rows[i].name));
    return json_pack("{s:s, s:o}", "type", "string", "enum", names);
  }
  default:
    return json_pack("{s:s}", "type", "string");
  }
}

static void add_parameters(json_t *list, const QueryParameter *parameters, size_t n)
{
  for (size_t i = 0; i < n; i++)
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "name", parameters[i].name, "in", "query", "description",
                                          parameters[i].help, "schema", parameter_schema(&parameters[i])));
}

static json_t *header_parameter(const char *name, const char *help)
{
  return json_pack("{s:s, s:s, s:s, s:{s:s}}", "name", name, "in", "header", "description", help, "schema", "type", "string");
}

static bool is_edit(const Route *route)
{
  return (route->flags & ROUTE_TAGGED) && !g_str_equal(route->method, "GET") && !g_str_equal(route->method, "POST");
}

static json_t *operation_parameters(const Route *route)
{
  json_t *list = json_array();
  if (strstr(route->path, "{id}"))
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:b, s:s, s:{s:s, s:s, s:i}}", "name", "id", "in", "path", "required", 1,
                                    "description", "Its number.", "schema", "type", "integer", "format", "int64", "minimum", 1));
  if (strstr(route->path, "{name}"))
    json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:{s:s, s:i}}", "name", "name", "in", "path", "required", 1,
                                          "description", "Its name.", "schema", "type", "string", "maxLength", ROUTE_NAME_BYTES));
  add_parameters(list, route->query, route->n_query);
  size_t n = 0;
  if (route->flags & ROUTE_LISTS)
    add_parameters(list, query_list_parameters(&n), 2);
  if (route->flags & ROUTE_HOOK)
    json_array_append_new(list, header_parameter(HOOK_SIGNATURE_HEADER, HOOK_SIGNATURE_HELP));
  if (is_edit(route))
    json_array_append_new(list, header_parameter("If-Match", "The ETag of what is edited: 412 if it was changed meanwhile."));
  if (route->flags & ROUTE_ONCE)
    json_array_append_new(list, header_parameter("Idempotency-Key", "A new word for each request, such as a UUID: who asks again "
                                                                    "with it within a day is given the first answer."));
  return list;
}

static json_t *items_schema(const Route *route)
{
  g_autofree char *name = item_name(route->output);
  return json_pack("{s:s, s:{s:{s:s, s:o}, s:{s:[s, s], s:s}}, s:[s, s]}", "type", "object", "properties", "items", "type",
                   "array", "items", reference_to(name), "next", "type", "string", "null", "description",
                   route->flags & ROUTE_LISTS ? "For ?after=; null on the last page." : "Always null: this is all.", "required",
                   "items", "next");
}

static json_t *json_answer(json_t *schema, const char *description)
{
  return json_pack("{s:s, s:{s:{s:o}}}", "description", description, "content", "application/json", "schema", schema);
}

static json_t *success(const Route *route)
{
  json_t *answer;
  if (route->output)
    answer = json_answer(is_list(route) ? items_schema(route) : reference_to(route->output->name), route->summary);
  else if (route->produces)
    answer = json_pack("{s:s, s:{s:{s:{}}}}", "description", route->summary, "content", route->produces, "schema");
  else
    answer = json_pack("{s:s}", "description", route->summary);
  if ((route->flags & ROUTE_TAGGED) && route->output)
    json_object_set_new(
        answer, "headers",
        json_pack("{s:{s:s, s:{s:s}}}", "ETag", "description", "For If-Match when it is edited.", "schema", "type", "string"));
  return answer;
}

static json_t *problem(const char *description)
{
  return json_pack("{s:s, s:{s:{s:o}}}", "description", description, "content", "application/problem+json", "schema",
                   reference_to("Problem"));
}

static void set_status(json_t *responses, int status, json_t *answer)
{
  char key[16];
  g_snprintf(key, sizeof key, "%d", status);
  json_object_set_new(responses, key, answer);
}

static json_t *operation_responses(const Route *route)
{
  json_t *responses = json_object();
  set_status(responses, route->status, success(route));
  if (route->also_output)
    set_status(responses, route->also_status, json_answer(reference_to(route->also_output->name), route->summary));
  if (is_edit(route))
    json_object_set_new(responses, "412", json_pack("{s:s}", "$ref", "#/components/responses/Stale"));
  json_object_set_new(responses, "4XX", json_pack("{s:s}", "$ref", "#/components/responses/Refused"));
  json_object_set_new(responses, "5XX", json_pack("{s:s}", "$ref", "#/components/responses/Failed"));
  return responses;
}

/* "GET /api/v1/jobs/{id}/log" -> "get_jobs_id_log"; what stands outside of /api ends in "_unversioned", since some of it stands
 * in both. The caller frees it. */
static char *operation_id(const Route *route)
{
  static const char versioned[] = "/api/v1/";
  const char *path = g_str_has_prefix(route->path, versioned) ? route->path + strlen(versioned) : route->path;
  g_autofree char *joined =
      g_strconcat(route->method, "/", path, g_str_has_prefix(route->path, "/api/") ? "" : "/unversioned", NULL);
  GString *id = g_string_new(NULL);
  for (const char *at = joined; *at; at++)
    if (g_ascii_isalnum(*at))
      g_string_append_c(id, g_ascii_tolower(*at));
    else if (id->str[id->len - 1] != '_')
      g_string_append_c(id, '_');
  g_string_truncate(id, id->len - (id->str[id->len - 1] == '_'));
  return g_string_free(id, FALSE);
}

/* The first word of the path: "GET /api/v1/jobs/{id}" -> "jobs". The caller frees it. */
static char *tag_of(const Route *route)
{
  static const char versioned[] = "/api/v1/", plain[] = "/api/";
  const char *path = g_str_has_prefix(route->path, versioned) ? route->path + strlen(versioned)
                     : g_str_has_prefix(route->path, plain)   ? "api"
                                                              : route->path + 1;
  return g_strndup(path, strcspn(path, "/."));
}

/* The forms that a route takes say the same as its JSON; in one of files, a field holds the file. */
static json_t *body_of(const Route *route)
{
  static const char form[] = "multipart/form-data", pairs[] = "application/x-www-form-urlencoded";
  json_t *content = json_object();
  bool by_form = (route->flags & ROUTE_FORM) != 0;
  if (route->input) {
    g_autofree char *name = input_name(route);
    const char *const types[] = {"application/json", by_form ? form : NULL, pairs, NULL};
    for (const char *const *type = types; *type; type++)
      json_object_set_new(content, *type, json_pack("{s:o}", "schema", reference_to(name)));
  } else {
    json_object_set_new(content, route->consumes, json_object());
    if (by_form)
      json_object_set_new(content, form,
                          json_pack("{s:{s:s, s:{s:{s:s, s:s}}}}", "schema", "type", "object", "properties", "file", "type",
                                    "string", "contentMediaType", "application/octet-stream"));
  }
  return json_pack("{s:b, s:o}", "required", route->input != NULL, "content", content);
}

static json_t *operation(const Route *route)
{
  static const char *const scopes[] = {
      [ACCESS_READ] = "read", [ACCESS_OPERATE] = "operate", [ACCESS_ADMIN] = "admin", [ACCESS_OPEN] = NULL};
  g_autofree char *id = operation_id(route);
  g_autofree char *tag = tag_of(route);
  json_t *operation = json_pack("{s:s, s:s, s:[s], s:o, s:o}", "operationId", id, "summary", route->summary, "tags", tag,
                                "parameters", operation_parameters(route), "responses", operation_responses(route));
  if (route->access == ACCESS_OPEN)
    json_object_set_new(operation, "security", json_array());
  else
    json_object_set_new(operation, "x-scope", json_string(scopes[route->access]));
  if (route->input || route->receive)
    json_object_set_new(operation, "requestBody", body_of(route));
  return operation;
}

static void add_operation(json_t *paths, const Route *route)
{
  json_t *path = json_object_get(paths, route->path);
  if (!path) {
    path = json_object();
    json_object_set_new(paths, route->path, path);
  }
  g_autofree char *method = g_ascii_strdown(route->method, -1);
  json_object_set_new(path, method, operation(route));
}

static void add_tag(json_t *tags, const Route *route)
{
  g_autofree char *tag = tag_of(route);
  for (size_t i = 0; i < json_array_size(tags); i++)
    if (g_strcmp0(json_string_value(json_object_get(json_array_get(tags, i), "name")), tag) == 0)
      return;
  g_autofree char *help = g_strdup_printf("What begins with /api/v1/%s, or /%s.", tag, tag);
  json_array_append_new(tags, json_pack("{s:s, s:s}", "name", tag, "description", help));
}

/* What pages are made of is nothing to program against. */
static bool is_described(const RouteSet *set)
{
  return set != &page_routes && set != &docs_routes;
}

static json_t *info(void)
{
  return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "title", "Reeve", "version", REEVE_VERSION, "description",
                   "Looks after a video library: scans, re-encodes, verifies, replaces, undoes.", "license", "name",
                   "GNU General Public License 3.0 or later", "identifier", "GPL-3.0-or-later");
}

static json_t *components(json_t *schemas)
{
  json_object_set_new(schemas, "Problem", problem_schema());
  json_t *responses = json_pack("{s:o, s:o, s:o}", "Refused", problem("What was wrong with the request (RFC 9457)."), "Stale",
                                problem("Somebody else changed it meanwhile; current is what it is now."), "Failed",
                                problem("What went wrong in the server, or what it is waiting for."));
  json_t *security = json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s}}", "key", "type", "apiKey", "in", "header", "name", "X-Api-Key",
                               "bearer", "type", "http", "scheme", "bearer");
  return json_pack("{s:o, s:o, s:o}", "schemas", schemas, "responses", responses, "securitySchemes", security);
}

json_t *openapi_document(void)
{
  json_t *paths = json_object(), *schemas = json_object(), *tags = json_array();
  for (const RouteSet *const *set = route_sets(); *set; set++)
    for (size_t i = 0; i < (*set)->n_rows && is_described(*set); i++) {
      const Route *route = &(*set)->rows[i];
      add_operation(paths, route);
      add_tag(tags, route);
      add_input(schemas, route);
      add_answer(schemas, route);
    }
  return json_pack("{s:s, s:o, s:[{s:s}], s:[{s:[]}, {s:[]}], s:o, s:o, s:o}", "openapi", "3.1.0", "info", info(), "servers",
                   "url", "/", "security", "key", "bearer", "tags", tags, "paths", paths, "components", components(schemas));
}

static bool get_openapi(Request *request, void *input, Response *response, GError **error)
{
  response_json(response, openapi_document());
  return true;
}

static const Route rows[] = {
    {"GET", "/api/openapi.json", ACCESS_OPEN, ROUTE_ALWAYS, .produces = "application/json", .status = 200, .handle = get_openapi,
     .summary = "This description."},
};
const RouteSet openapi_routes = {rows, G_N_ELEMENTS(rows)};
