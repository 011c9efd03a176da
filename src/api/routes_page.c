/* The dashboard page: files embedded by tools/embed.py. Open to all: it shows nothing before somebody signs in.
 * Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "base/error.h"
#include "page_files.h"

#include <string.h>

static bool serve(Request *request, const char *name, const char *content_type, Response *response, GError **error)
{
  for (size_t i = 0; i < page_files_count; i++)
    if (strcmp(page_files[i].name, name) == 0) {
      response_static(request, response, content_type, page_files[i].bytes, page_files[i].length);
      return true;
    }
  return fail(error, REEVE_ERROR_INTERNAL, "The page's file %s was not built in.", name);
}

static bool get_page(Request *request, void *input, Response *response, GError **error)
{
  return serve(request, "index.html", "text/html; charset=utf-8", response, error);
}

static bool get_style(Request *request, void *input, Response *response, GError **error)
{
  return serve(request, "page.css", "text/css; charset=utf-8", response, error);
}

static bool get_script(Request *request, void *input, Response *response, GError **error)
{
  return serve(request, "page.js", "text/javascript; charset=utf-8", response, error);
}

static bool get_icon(Request *request, void *input, Response *response, GError **error)
{
  return serve(request, "icon.svg", "image/svg+xml", response, error);
}

static const Route rows[] = {
    {"GET", "/", ACCESS_OPEN, ROUTE_ALWAYS, .status = 200, .handle = get_page, .summary = "The dashboard."},
    {"GET", "/page.css", ACCESS_OPEN, ROUTE_ALWAYS, .status = 200, .handle = get_style, .summary = "Its style."},
    {"GET", "/page.js", ACCESS_OPEN, ROUTE_ALWAYS, .status = 200, .handle = get_script, .summary = "Its script."},
    {"GET", "/icon.svg", ACCESS_OPEN, ROUTE_ALWAYS, .status = 200, .handle = get_icon, .summary = "Its icon."},
};
const RouteSet page_routes = {rows, G_N_ELEMENTS(rows)};
