#include "net/http_client.h"

#include <glib/gstdio.h>
#include <microhttpd.h>
#include <string.h>

/* A server over TLS with a certificate of its own making, for the name localhost. */
typedef struct {
  char *directory, *certificate, *key;
  struct MHD_Daemon *daemon;
  int port;
  char *location; /* where it redirects, or NULL */
} TlsWorld;

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **state)
{
  TlsWorld *world = cls;
  struct MHD_Response *response = MHD_create_response_from_buffer(2, (void *)"ok", MHD_RESPMEM_PERSISTENT);
  if (world->location)
    MHD_add_response_header(response, "Location", world->location);
  enum MHD_Result queued = MHD_queue_response(connection, world->location ? 302 : 200, response);
  MHD_destroy_response(response);
  return queued;
}

static char *contents(const char *path)
{
  char *text = NULL;
  g_autoptr(GError) error = NULL;
  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  return text;
}

static void tls_world_init(TlsWorld *world)
{
  g_autoptr(GError) error = NULL;
  *world = (TlsWorld){.directory = g_dir_make_tmp("reeve-tls-XXXXXX", &error)};
  g_assert_no_error(error);
  world->certificate = g_build_filename(world->directory, "certificate.pem", NULL);
  world->key = g_build_filename(world->directory, "key.pem", NULL);
  char *command[] = {"openssl",
                     "req",
                     "-x509",
                     "-newkey",
                     "ec",
                     "-pkeyopt",
                     "ec_paramgen_curve:P-256",
                     "-nodes",
                     "-days",
                     "2",
                     "-subj",
                     "/CN=localhost",
                     "-addext",
                     "subjectAltName=DNS:localhost",
                     "-keyout",
                     world->key,
                     "-out",
                     world->certificate,
                     NULL};
  int status = 0;
  g_spawn_sync(NULL, command, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_cmpint(status, ==, 0);
  g_autofree char *certificate = contents(world->certificate), *key = contents(world->key);
  world->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer, world,
                                   MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_END);
  g_assert_nonnull(world->daemon);
  world->port = MHD_get_daemon_info(world->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void tls_world_clear(TlsWorld *world)
{
  MHD_stop_daemon(world->daemon);
  g_remove(world->certificate);
  g_remove(world->key);
  g_remove(world->directory);
  g_free(world->certificate);
  g_free(world->key);
  g_free(world->directory);
  g_free(world->location);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TlsWorld, tls_world_clear)

static bool ask(const TlsWorld *world, const char *ca_file, const char *base, int *ret_status, GError **error)
{
  g_autoptr(HttpClient) client = http_client_new(&(HttpClientParams){.ca_file = ca_file}, error);
  g_autofree char *url = g_strdup_printf("%s:%d/secret", base, world->port);
  g_auto(HttpResponse) response = {0};
  bool ok = client && http_send(client, &(HttpRequest){.url = url}, NULL, &response, error);
  *ret_status = response.status;
  return ok;
}

static void test_trust(void)
{
  g_auto(TlsWorld) world = {0};
  tls_world_init(&world);
  const struct {
    const char *ca_file, *base;
    int code; /* -1: it is trusted */
    const char *words;
  } rows[] = {
      {world.certificate, "https://localhost", -1, NULL},
      {NULL, "https://localhost", REEVE_ERROR_DENIED, "not trusted"},
      {world.certificate, "https://127.0.0.1", REEVE_ERROR_DENIED, "127.0.0.1"}, /* another name */
      {"/nonexistent/ca.pem", "https://localhost", REEVE_ERROR_INVALID, "cannot be read"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    int status = 0;
    bool ok = ask(&world, rows[i].ca_file, rows[i].base, &status, &error);
    if (rows[i].code < 0) {
      g_assert_no_error(error);
      g_assert_cmpint(status, ==, 200);
    } else if (ok || error->code != rows[i].code || !strstr(error->message, rows[i].words) || strstr(error->message, "secret")) {
      g_error("row %zu: %s", i, ok ? "trusted" : error->message);
    }
  }
}

static void test_plain_http(void)
{
  g_auto(TlsWorld) world = {0};
  tls_world_init(&world);
  g_autoptr(GError) error = NULL;
  int status = 0;
  g_assert_false(ask(&world, NULL, "http://localhost", &status, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_UPSTREAM);
}

static void test_downgrade(void)
{
  g_auto(TlsWorld) world = {0};
  tls_world_init(&world);
  world.location = g_strdup("http://localhost/elsewhere");
  g_autoptr(GError) error = NULL;
  int status = 0;
  g_assert_false(ask(&world, world.certificate, "https://localhost", &status, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_nonnull(strstr(error->message, "from https to http"));
}

int main(int argc, char **argv)
{
  g_assert_true(g_setenv("no_proxy", "*", TRUE));
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http-tls/trust", test_trust);
  g_test_add_func("/http-tls/plain-http", test_plain_http);
  g_test_add_func("/http-tls/downgrade", test_downgrade);
  return g_test_run();
}
