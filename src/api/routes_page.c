/* The user interface: files that the program carries. Open to all: they show nothing before somebody signs in.
 * Test: tests/unit/api/test_page.c */
#include "api/route.h"

#include <string.h>

/* A file if there is one of this name. Else, for somebody who opened an address that the page itself understands, such as
 * /library/12, the page. */
static bool get_page(Request *request, void *input, Response *response, GError **error)
{
  const char *name = request_path(request) + strlen("/");
  g_autoptr(GError) why = NULL;
  if (response_page(request, response, *name ? name : "index.html", &why))
    return true;
  const char *accepted = request_header(request, "Accept");
  bool is_file = strchr(name, '.') != NULL;
  if (!is_file && accepted && strstr(accepted, "text/html"))
    return response_page(request, response, "index.html", error);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static const Route rows[] = {
    {"GET", "/{page}", ACCESS_OPEN, ROUTE_ALWAYS | ROUTE_ANY_QUERY, .produces = "text/html", .status = 200, .handle = get_page,
     .summary = "The user interface."},
};
const RouteSet page_routes = {rows, G_N_ELEMENTS(rows)};
