/* Lists the route tables, one for each resource. Test: tests/unit/api/test_match.c */
#include "api/route.h"

const RouteSet *const *route_sets(void)
{
  static const RouteSet *const sets[] = {
      &health_routes,
      &job_routes,
      &job_control_routes,
      &docs_routes,
      &stats_routes,
      &file_routes,
      &root_routes,
      &prediction_routes,
      &profile_routes,
      &governor_routes,
      &history_routes,
      &event_routes,
      &session_routes,
      &setup_routes,
      &user_routes,
      &key_routes,
      &audit_routes,
      &directory_routes,
      &setting_routes,
      &backup_routes,
      &audio_routes,
      &upload_routes,
      &conversion_routes,
      &short_routes,
      &webhook_routes,
      &tool_routes,
      &log_routes,
      &metrics_routes,
      &openapi_routes,
      &page_routes,
      NULL,
  };
  return sets;
}
