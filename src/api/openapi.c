/* OpenAPI 3.1, read from the route table and the field tables: nothing here knows a route or a field.
 * Test: tests/unit/api/test_openapi.c */
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
  if (g_str_has_suffix(route->input->name, "Input"))
    return g_strdup(route->input->name);
  return g_strconcat(route->input->name, route->input_mode == JSON_UPDATE ? "Update" : "Input", NULL);
}

/* Tables inside tables are referenced by one name for input and output. Where a table is used in an input, the input's shape
 * stands for both: it allows no more fields than an answer has, and asks for fewer. */
static void add_nested(json_t *schemas, const FieldTable *table, JsonMode mode)
{
  for (size_t i = 0; i < table->n_fields; i++) {
    const FieldTable *inner = table->fields[i].record;
    if (!inner || (mode == JSON_TRUSTED && json_object_get(schemas, inner->name)))
      continue;
    json_object_set_new(schemas, inner->name, json_schema(inner, mode == JSON_TRUSTED ? JSON_TRUSTED : JSON_CREATE));
    add_nested(schemas, inner, mode);
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

static json_t *problem_schema(void)
{
  json_t *error = json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:[s, s]}", "type", "object", "properties", "field", "type", "string",
                            "message", "type", "string", "required", "field", "message");
  json_t *properties = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:s, s:o}, s:{s:s, s:s}}", "type", "type",
                                 "string", "title", "type", "string", "status", "type", "integer", "detail", "type", "string",
                                 "errors", "type", "array", "description", "What is wrong with which field of the input.",
                                 "items", error, "request", "type", "string", "description", "The request's id, as in the log.");
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

static json_t *operation_parameters(const Route *route)
{
  json_t *list = json_array();
  if (strstr(route->path, "{id}"))
    json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:{s:s, s:s, s:i}}", "name", "id", "in", "path", "required", 1,
                                          "schema", "type", "integer", "format", "int64", "minimum", 1));
  add_parameters(list, route->query, route->n_query);
  size_t n = 0;
  if (route->flags & ROUTE_LISTS)
    add_parameters(list, query_list_parameters(&n), 2);
  return list;
}

static json_t *items_schema(const Route *route)
{
  json_t *item = reference_to(route->output->name);
  if (route->omits) {
    g_autofree char *help = g_strdup_printf("Without %s.", route->omits);
    json_object_set_new(item, "description", json_string(help));
  }
  return json_pack("{s:s, s:{s:{s:s, s:o}, s:{s:[s, s], s:s}}, s:[s, s]}", "type", "object", "properties", "items", "type",
                   "array", "items", item, "next", "type", "string", "null", "description", "For ?after=; null on the last page.",
                   "required", "items", "next");
}

static json_t *json_answer(json_t *schema, const char *description)
{
  return json_pack("{s:s, s:{s:{s:o}}}", "description", description, "content", "application/json", "schema", schema);
}

static json_t *success(const Route *route)
{
  if (!route->output)
    return json_pack("{s:s}", "description", route->summary);
  return json_answer(route->flags & ROUTE_LISTS ? items_schema(route) : reference_to(route->output->name), route->summary);
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
  json_object_set_new(responses, "default",
                      json_pack("{s:s, s:{s:{s:o}}}", "description", "What went wrong (RFC 9457).", "content",
                                "application/problem+json", "schema", reference_to("Problem")));
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

static json_t *operation(const Route *route)
{
  static const char *const scopes[] = {
      [ACCESS_READ] = "read", [ACCESS_OPERATE] = "operate", [ACCESS_ADMIN] = "admin", [ACCESS_OPEN] = NULL};
  g_autofree char *id = operation_id(route);
  json_t *operation = json_pack("{s:s, s:s, s:o, s:o}", "operationId", id, "summary", route->summary, "parameters",
                                operation_parameters(route), "responses", operation_responses(route));
  if (route->access == ACCESS_OPEN)
    json_object_set_new(operation, "security", json_array());
  else
    json_object_set_new(operation, "x-scope", json_string(scopes[route->access]));
  if (route->input) {
    g_autofree char *name = input_name(route);
    json_object_set_new(
        operation, "requestBody",
        json_pack("{s:b, s:{s:{s:o}}}", "required", 1, "content", "application/json", "schema", reference_to(name)));
  }
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

static bool get_openapi(Request *request, void *input, Response *response, GError **error)
{
  json_t *paths = json_object(), *schemas = json_object();
  for (const RouteSet *const *set = route_sets(); *set; set++)
    for (size_t i = 0; i < (*set)->n_rows; i++) {
      const Route *route = &(*set)->rows[i];
      if (*set == &page_routes)
        continue;
      add_operation(paths, route);
      add_input(schemas, route);
      add_output(schemas, route->output);
      add_output(schemas, route->also_output);
    }
  json_object_set_new(schemas, "Problem", problem_schema());
  json_t *security = json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s}}", "key", "type", "apiKey", "in", "header", "name", "X-Api-Key",
                               "bearer", "type", "http", "scheme", "bearer");
  response_json(response,
                json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:[]}, {s:[]}], s:o, s:{s:o, s:o}}", "openapi", "3.1.0", "info", "title",
                          "Reeve", "version", REEVE_VERSION, "description",
                          "Looks after a video library: scans, re-encodes, verifies, replaces, undoes.", "security", "key",
                          "bearer", "paths", paths, "components", "schemas", schemas, "securitySchemes", security));
  return true;
}

static const Route rows[] = {
    {"GET", "/api/openapi.json", ACCESS_OPEN, ROUTE_ALWAYS, .status = 200, .handle = get_openapi, .summary = "This description."},
};
const RouteSet openapi_routes = {rows, G_N_ELEMENTS(rows)};
