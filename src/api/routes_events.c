/* The event stream. Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "base/number.h"

static bool get_events(Request *request, void *input, Response *response, GError **error)
{
  int64_t after_id = -1;
  const char *last = request_header(request, "Last-Event-ID");
  /* An id that is none of ours is an id from another life: the reader is told that it missed something. */
  if (last && *last && !parse_int(last, 0, INT64_MAX, &after_id))
    after_id = 0;
  return response_events(request, response, after_id, error);
}

static const Route rows[] = {
    {"GET", "/api/v1/events", ACCESS_READ, .status = 200, .handle = get_events,
     .summary = "Server-sent events: job, queue, file, scan; and lost, after which everything should be asked for again."},
};
const RouteSet event_routes = {rows, G_N_ELEMENTS(rows)};
