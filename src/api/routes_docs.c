/* The API's documentation for people: a page of our own that shows /api/openapi.json (docs/decisions/0023).
 * Test: tests/unit/api/test_openapi.c */
#include "api/route.h"
#include "base/error.h"
#include "docs_files.h"

#include <string.h>

static bool serve(Request *request, const char *name, const char *content_type, Response *response, GError **error)
{
  for (size_t i = 0; i < docs_files_count; i++)
    if (strcmp(docs_files[i].name, name) == 0) {
      response_static(request, response, content_type, docs_files[i].bytes, docs_files[i].length);
      return true;
    }
  return fail(error, REEVE_ERROR_INTERNAL, "The documentation's file %s was not built in.", name);
}

static bool get_docs(Request *request, void *input, Response *response, GError **error)
{
  return serve(request, "index.html", "text/html; charset=utf-8", response, error);
}

static bool get_style(Request *request, void *input, Response *response, GError **error)
{
  return serve(request, "docs.css", "text/css; charset=utf-8", response, error);
}

static bool get_script(Request *request, void *input, Response *response, GError **error)
{
  return serve(request, "docs.js", "text/javascript; charset=utf-8", response, error);
}

static const Route rows[] = {
    {"GET", "/docs", ACCESS_OPEN, ROUTE_ALWAYS, .produces = "text/html", .status = 200, .handle = get_docs,
     .summary = "This description, for people."},
    {"GET", "/docs/docs.css", ACCESS_OPEN, ROUTE_ALWAYS, .produces = "text/css", .status = 200, .handle = get_style,
     .summary = "Its style."},
    {"GET", "/docs/docs.js", ACCESS_OPEN, ROUTE_ALWAYS, .produces = "text/javascript", .status = 200, .handle = get_script,
     .summary = "Its script."},
};
const RouteSet docs_routes = {rows, G_N_ELEMENTS(rows)};
