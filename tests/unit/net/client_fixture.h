/* A client and a scripted server, for the tests of the client. */
#pragma once

#include "http_world.h"
#include "net/http_client.h"

#include <string.h>

typedef struct {
  HttpWorld *world;
  HttpClient *client;
} ClientFixture;

static inline ClientFixture client_fixture(WorldHandler handler, void *user_data)
{
  g_autoptr(GError) error = NULL;
  ClientFixture f = {.world = http_world_new(handler, user_data), .client = http_client_new(&(HttpClientParams){0}, &error)};
  g_assert_no_error(error);
  return f;
}

static inline void client_fixture_clear(ClientFixture *f)
{
  http_client_free(f->client); /* first, so that the server's connections end */
  http_world_free(f->world);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ClientFixture, client_fixture_clear)

/* Sends to `path` of the server; the rest is the request's. */
static inline bool client_send_to(ClientFixture *f, const char *path, HttpRequest request, HttpResponse *ret_response,
                                  GError **error)
{
  g_autofree char *url = http_world_url(f->world, path);
  request.url = url;
  return http_send(f->client, &request, NULL, ret_response, error);
}

static inline bool head_has(const char *head, const char *line)
{
  g_autofree char *whole = g_strdup_printf("%s\r\n", head);
  g_autofree char *wanted = g_strdup_printf("\r\n%s\r\n", line);
  return strstr(whole, wanted) != NULL;
}
