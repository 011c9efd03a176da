/* Paths and methods against the route table, and the table against itself. */
#include "api/match.h"

#include <string.h>

static void test_paths(void)
{
  static const struct {
    const char *method, *path, *route; /* NULL: no such path */
    int64_t id;
    const char *allow; /* of a wrong method */
  } rows[] = {
      {"GET", "/health/live", "/health/live", FIELD_NULL_INT},
      {"GET", "/api/v1/health/ready", "/api/v1/health/ready", FIELD_NULL_INT},
      {"GET", "/", "/", FIELD_NULL_INT},
      {"GET", "/api/v1/jobs", "/api/v1/jobs", FIELD_NULL_INT},
      {"HEAD", "/api/v1/jobs", "/api/v1/jobs", FIELD_NULL_INT},
      {"GET", "/api/v1/jobs/7", "/api/v1/jobs/{id}", 7},
      {"GET", "/api/v1/jobs/9223372036854775807", "/api/v1/jobs/{id}", INT64_MAX},
      {"GET", "/api/v1/jobs/7/log", "/api/v1/jobs/{id}/log", 7},
      {"POST", "/api/v1/history/12/undo", "/api/v1/history/{id}/undo", 12},
      {"GET", ""},
      {"GET", "//"},
      {"GET", "/api"},
      {"GET", "/api/v1/jobs/"},
      {"GET", "/api/v1/jobs/0"},
      {"GET", "/api/v1/jobs/07"},
      {"GET", "/api/v1/jobs/-7"},
      {"GET", "/api/v1/jobs/+7"},
      {"GET", "/api/v1/jobs/7x"},
      {"GET", "/api/v1/jobs/9223372036854775808"},
      {"GET", "/api/v1/jobs/99999999999999999999999999"},
      {"GET", "/api/v1/jobs/%37"},
      {"GET", "/api/v1/jobs/7/"},
      {"GET", "/api/v1/jobs/7/log/8"},
      {"GET", "/API/v1/jobs"},
      {"GET", "/api/v1/jobs{id}"},
      {"DELETE", "/api/v1/jobs", .allow = "GET, HEAD, POST"},
      {"POST", "/api/v1/stats", .allow = "GET, HEAD"},
      {"POST", "/api/v1/profiles/1", .allow = "GET, HEAD, PUT, DELETE"},
      {"get", "/api/v1/stats", .allow = "GET, HEAD"},
      {"", "/api/v1/stats", .allow = "GET, HEAD"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s %s", rows[i].method, rows[i].path);
    const Route *route = NULL;
    int64_t id = 0;
    g_autofree char *allow = NULL;
    MatchResult result = match_route(rows[i].method, rows[i].path, &route, &id, &allow);
    g_assert_cmpint(result, ==, rows[i].route ? MATCH_FOUND : rows[i].allow ? MATCH_NO_METHOD : MATCH_NO_PATH);
    g_assert_cmpstr(allow, ==, rows[i].allow);
    if (result != MATCH_FOUND)
      continue;
    g_assert_cmpstr(route->path, ==, rows[i].route);
    g_assert_cmpint(id, ==, rows[i].id);
  }
}

static void check_route(const Route *route)
{
  g_test_message("%s %s", route->method, route->path);
  g_assert_nonnull(route->handle);
  g_assert_nonnull(route->summary);
  g_assert_true(route->status >= 200 && route->status < 300);
  g_assert_true(route->path[0] == '/');
  g_assert_true(!(route->flags & ROUTE_LISTS) || route->output);
  g_assert_true(!route->omits || field_find(route->output, route->omits));
  g_assert_true(!(route->flags & ROUTE_NAMES_PROFILE) || field_find(route->input, "profile_id"));
  g_assert_true(!(route->flags & ROUTE_ALWAYS) || route->access == ACCESS_OPEN);
  g_assert_true(route->input == NULL || strcmp(route->method, "GET") != 0);
  /* Nobody who may only read changes anything; signing in and out is one's own affair. */
  if (strcmp(route->method, "GET") != 0 && strcmp(route->path, "/api/v1/session") != 0)
    g_assert_cmpint(route->access, >=, ACCESS_OPERATE);
  for (size_t i = 0; i < route->n_query; i++)
    g_assert_true((route->query[i].kind == FIELD_KIND_ENUM) == (route->query[i].values != NULL));
}

/* Each row is found by its own path, so none hides another. */
static void test_table(void)
{
  for (const RouteSet *const *set = route_sets(); *set; set++)
    for (size_t i = 0; i < (*set)->n_rows; i++) {
      const Route *route = &(*set)->rows[i], *found = NULL;
      check_route(route);
      g_auto(GStrv) parts = g_strsplit(route->path, "{id}", -1);
      g_autofree char *path = g_strjoinv("5", parts);
      g_autofree char *allow = NULL;
      int64_t id;
      g_assert_cmpint(match_route(route->method, path, &found, &id, &allow), ==, MATCH_FOUND);
      g_assert_true(found == route);
    }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/match/paths", test_paths);
  g_test_add_func("/match/table", test_table);
  return g_test_run();
}
