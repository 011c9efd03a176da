/* Paths and methods against the route table, and the table against itself. */
#include "api/match.h"

#include <string.h>

static void test_paths(void)
{
  static const struct {
    const char *method, *path, *route; /* NULL: no such path */
    int64_t id;
    const char *allow; /* of a wrong method */
    const char *name;
  } rows[] = {
      {"GET", "/health/live", "/health/live", FIELD_NULL_INT},
      {"GET", "/api/v1/health/ready", "/api/v1/health/ready", FIELD_NULL_INT},
      {"GET", "/", "/{page}", FIELD_NULL_INT},
      {"HEAD", "/", "/{page}", FIELD_NULL_INT},
      {"GET", "/library/12", "/{page}", FIELD_NULL_INT},
      {"GET", "/assets/index-1a2b.js", "/{page}", FIELD_NULL_INT},
      {"GET", "/apis", "/{page}", FIELD_NULL_INT},
      {"GET", "//", "/{page}", FIELD_NULL_INT},
      {"GET", "/settings", "/{page}", FIELD_NULL_INT}, /* the page, and the short address beside it */
      {"GET", "/settings/", "/settings/", FIELD_NULL_INT},
      {"GET", "/convert", "/{page}", FIELD_NULL_INT},
      {"GET", "/status/12/", "/status/{id}/", 12},
      {"GET", "/API/v1/jobs", "/{page}", FIELD_NULL_INT},
      {"GET", "/api/v1/jobs", "/api/v1/jobs", FIELD_NULL_INT},
      {"HEAD", "/api/v1/jobs", "/api/v1/jobs", FIELD_NULL_INT},
      {"GET", "/api/v1/jobs/7", "/api/v1/jobs/{id}", 7},
      {"GET", "/api/v1/jobs/9223372036854775807", "/api/v1/jobs/{id}", INT64_MAX},
      {"GET", "/api/v1/jobs/7/log", "/api/v1/jobs/{id}/log", 7},
      {"POST", "/api/v1/history/12/undo", "/api/v1/history/{id}/undo", 12},
      {"GET", "/api/v1/backups/reeve-1.jsonl.gz", "/api/v1/backups/{name}", FIELD_NULL_INT, .name = "reeve-1.jsonl.gz"},
      {"GET", "/api/v1/settings/export", "/api/v1/settings/export", FIELD_NULL_INT},
      {"DELETE", "/api/v1/settings/export", "/api/v1/settings/{name}", FIELD_NULL_INT, .name = "export"},
      {"GET", "/api/v1/backups/.hidden"},
      {"GET", "/api/v1/backups/.."},
      {"GET", "/api/v1/backups/..%2f"},
      {"GET", "/api/v1/backups/a/b"},
      {"GET", "/api/v1/backups/a\\b"},
      {"GET", "/api/v1/backups/"},
      {"GET", ""},
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
      {"GET", "/health"},
      {"GET", "/api/v1/jobs{id}"},
      {"DELETE", "/api/v1/jobs", .allow = "GET, HEAD, POST"},
      {"POST", "/api/v1/stats", .allow = "GET, HEAD"},
      {"POST", "/api/v1/profiles/1", .allow = "GET, HEAD, PUT, DELETE"},
      {"DELETE", "/library", .allow = "GET, HEAD"},
      {"get", "/api/v1/stats", .allow = "GET, HEAD"},
      {"", "/api/v1/stats", .allow = "GET, HEAD"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s %s", rows[i].method, rows[i].path);
    const Route *route = NULL;
    PathParts parts = {0};
    g_autofree char *allow = NULL;
    MatchResult result = match_route(rows[i].method, rows[i].path, &route, &parts, &allow);
    g_assert_cmpint(result, ==, rows[i].route ? MATCH_FOUND : rows[i].allow ? MATCH_NO_METHOD : MATCH_NO_PATH);
    g_assert_cmpstr(allow, ==, rows[i].allow);
    if (result != MATCH_FOUND)
      continue;
    g_assert_cmpstr(route->path, ==, rows[i].route);
    g_assert_cmpint(parts.id, ==, rows[i].id);
    g_assert_cmpstr(parts.name, ==, rows[i].name ? rows[i].name : "");
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
  g_assert_true(!(route->output && route->produces));
  g_assert_true(!(route->flags & ROUTE_NAMES_PROFILE) || field_find(route->input, "profile_id"));
  g_assert_true(!(route->flags & ROUTE_ALWAYS) || route->access == ACCESS_OPEN);
  g_assert_true(route->input == NULL || strcmp(route->method, "GET") != 0);
  /* Nobody who may only read changes anything but what is one's own affair, and nothing changes without being remembered. */
  if (strcmp(route->method, "GET") != 0 && !(route->flags & ROUTE_CHANGES_NOTHING))
    g_assert_true(route->access >= ACCESS_OPERATE || (route->flags & ROUTE_AUDITED));
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
      g_autoptr(GString) pattern = g_string_new(route->path);
      g_string_replace(pattern, "{id}", "5", 0);
      g_string_replace(pattern, "{name}", "a-b.c", 0);
      const char *path = pattern->str;
      g_autofree char *allow = NULL;
      PathParts found_parts;
      g_assert_cmpint(match_route(route->method, path, &found, &found_parts, &allow), ==, MATCH_FOUND);
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
