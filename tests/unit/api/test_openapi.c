/* The description of the API: complete, and without loose ends. */
#include "api/http.h"

#include <string.h>

static json_t *describe(void)
{
  Response response = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(openapi_routes.rows[0].handle(NULL, NULL, &response, &error));
  json_t *openapi = json_loads(response.text->str, JSON_REJECT_DUPLICATES, NULL);
  response_clear(&response);
  g_assert_nonnull(openapi);
  return openapi;
}

/* Every reference leads somewhere. */
static void check_references(const json_t *components, const json_t *value)
{
  static const char prefix[] = "#/components/";
  const char *reference = json_string_value(json_object_get(value, "$ref"));
  if (reference) {
    g_test_message("%s", reference);
    g_assert_true(g_str_has_prefix(reference, prefix));
    g_auto(GStrv) parts = g_strsplit(reference + strlen(prefix), "/", 2);
    g_assert_nonnull(json_object_get(json_object_get(components, parts[0]), parts[1]));
  }
  const char *key;
  json_t *inner;
  json_object_foreach((json_t *)value, key, inner) check_references(components, inner);
  for (size_t i = 0; i < json_array_size(value); i++)
    check_references(components, json_array_get(value, i));
}

static void test_references(void)
{
  g_autoptr(json_t) openapi = describe();
  check_references(json_object_get(openapi, "components"), openapi);
  g_assert_cmpstr(json_string_value(json_object_get(openapi, "openapi")), ==, "3.1.0");
}

static void test_every_route_is_there(void)
{
  g_autoptr(json_t) openapi = describe();
  g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
  for (const RouteSet *const *set = route_sets(); *set; set++) {
    if (*set == &page_routes || *set == &docs_routes)
      continue;
    for (size_t i = 0; i < (*set)->n_rows; i++) {
      const Route *route = &(*set)->rows[i];
      g_test_message("%s %s", route->method, route->path);
      g_autofree char *method = g_ascii_strdown(route->method, -1);
      const json_t *operation = json_object_get(json_object_get(json_object_get(openapi, "paths"), route->path), method);
      g_assert_nonnull(operation);
      const char *id = json_string_value(json_object_get(operation, "operationId"));
      g_assert_true(g_hash_table_add(ids, (char *)id));
      g_assert_true((route->input || route->receive) == (json_object_get(operation, "requestBody") != NULL));
    }
  }
}

/* What is asked for differs from what is shown. */
static void test_shapes(void)
{
  g_autoptr(json_t) openapi = describe();
  const json_t *schemas = json_object_get(json_object_get(openapi, "components"), "schemas");
  const json_t *shown = json_object_get(json_object_get(schemas, "Root"), "properties");
  const json_t *asked = json_object_get(json_object_get(schemas, "RootInput"), "properties");
  g_assert_nonnull(json_object_get(shown, "id"));
  g_assert_null(json_object_get(asked, "id"));
  g_assert_nonnull(json_object_get(asked, "profile"));
  g_assert_nonnull(json_object_get(json_object_get(json_object_get(schemas, "SessionInput"), "properties"), "password"));
  g_assert_null(json_object_get(json_object_get(schemas, "RootUpdate"), "required"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/openapi/references", test_references);
  g_test_add_func("/openapi/every-route", test_every_route_is_there);
  g_test_add_func("/openapi/shapes", test_shapes);
  return g_test_run();
}
