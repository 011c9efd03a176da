/* The files of the user interface: how they are compressed, kept and named. Test: tests/unit/api/test_page.c */
#include "api/http.h"
#include "base/error.h"

#include <string.h>

typedef struct {
  const char *ending, *content_type;
} PageType;

static const PageType page_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
};

/* Best first: what stands here is what the build may have made of a file (web/build.ts). */
static const struct {
  const char *name, *ending;
} encodings[] = {{"br", ".br"}, {"gzip", ".gz"}};

/* Everything that the bundler names lies here, with a hash of its content in its name. */
static const char hashed_directory[] = "assets/";

static const char *content_type(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(page_types); i++)
    if (g_str_has_suffix(name, page_types[i].ending))
      return page_types[i].content_type;
  return "application/octet-stream";
}

/* RFC 9110, section 12.5.3: "gzip, br;q=0.5, deflate;q=0"; a weight of 0 means not at all. Other weights are no reason to prefer
 * what is larger. */
static bool takes_encoding(const char *header, const char *encoding)
{
  g_auto(GStrv) entries = g_strsplit(header ? header : "", ",", 16);
  for (char **entry = entries; *entry; entry++) {
    g_auto(GStrv) parts = g_strsplit(*entry, ";", 2);
    if (!parts[0] || g_ascii_strcasecmp(g_strstrip(parts[0]), encoding) != 0)
      continue;
    const char *weight = parts[1] ? g_strstrip(parts[1]) : "q=1";
    return !g_str_has_prefix(weight, "q=") || g_ascii_strtod(weight + strlen("q="), NULL) > 0;
  }
  return false;
}

static const EmbeddedFile *pick_encoding(const Request *request, const EmbeddedFile *plain, const char **ret_encoding)
{
  const ApiServer *server = request->server;
  const char *accepted = request_header(request, "Accept-Encoding");
  for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++) {
    g_autofree char *name = g_strconcat(plain->name, encodings[i].ending, NULL);
    const EmbeddedFile *file = embedded_find(server->page, server->n_page, name);
    if (file && takes_encoding(accepted, encodings[i].name)) {
      *ret_encoding = encodings[i].name;
      return file;
    }
  }
  return plain;
}

static void add_etag(const Request *request, Response *response)
{
  g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA1, response->bytes, response->length);
  digest[16] = '\0';
  if (response_known(request, response, digest)) {
    response->length = 0;
    response->encoding = NULL;
  }
}

bool response_page(const Request *request, Response *response, const char *name, GError **error)
{
  const ApiServer *server = request->server;
  const EmbeddedFile *plain = embedded_find(server->page, server->n_page, name);
  if (!plain && server->n_page == 0)
    return fail(error, REEVE_ERROR_NOT_FOUND,
                "This build of Reeve has no user interface; the API is described at /api/openapi.json.");
  if (!plain)
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is nothing at this address; /api/openapi.json lists what there is.");
  const EmbeddedFile *file = pick_encoding(request, plain, &response->encoding);
  response->content_type = content_type(name);
  response->bytes = file->bytes;
  response->length = file->length;
  response->immutable = g_str_has_prefix(name, hashed_directory);
  if (!response->immutable)
    add_etag(request, response);
  return true;
}
