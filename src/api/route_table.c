/* Lists the route tables, one for each resource. Test: tests/unit/api/test_match.c */
#include "api/route.h"

const RouteSet *const *route_sets(void)
{
  static const RouteSet *const sets[] = {
      &health_routes,  &job_routes,   &stats_routes,   &file_routes,    &root_routes, &profile_routes,
      &history_routes, &event_routes, &session_routes, &openapi_routes, &page_routes, NULL,
  };
  return sets;
}
