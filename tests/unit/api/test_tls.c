/* Certificate files, good and bad, and a server that shows them. */
#include "api/tls.h"
#include "certificate.h"
#include "server_fixture.h"

typedef struct {
  char *directory, *certificate, *key, *other_certificate, *other_key;
} Files;

static void files_init(Files *files)
{
  files->directory = g_dir_make_tmp("reeve-tls-XXXXXX", NULL);
  files->certificate = g_build_filename(files->directory, "certificate.pem", NULL);
  files->key = g_build_filename(files->directory, "key.pem", NULL);
  files->other_certificate = g_build_filename(files->directory, "other.pem", NULL);
  files->other_key = g_build_filename(files->directory, "other-key.pem", NULL);
  certificate_write("first", files->certificate, files->key);
  certificate_write("second", files->other_certificate, files->other_key);
}

static void files_clear(Files *files)
{
  fixture_remove(files->directory);
  g_free(files->directory);
  g_free(files->certificate);
  g_free(files->key);
  g_free(files->other_certificate);
  g_free(files->other_key);
}

static void replace(const char *from, const char *to)
{
  g_assert_cmpint(g_rename(from, to), ==, 0);
}

/* The common name of what is shown; the caller frees it. */
static char *shown(TlsFiles *tls)
{
  const TlsIdentity *identity = tls_identity(tls);
  gnutls_x509_crt_t certificate;
  char name[64];
  size_t size = sizeof name;
  g_assert_cmpuint(identity->n_certificates, ==, 1);
  g_assert_cmpint(gnutls_pcert_export_x509(&identity->certificates[0], &certificate), ==, 0);
  g_assert_cmpint(gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size), ==, 0);
  gnutls_x509_crt_deinit(certificate);
  return g_strndup(name, size);
}

static void assert_shown(TlsFiles *tls, const char *name)
{
  g_autofree char *now = shown(tls);
  g_assert_cmpstr(now, ==, name);
}

static void test_bad_files(void)
{
  Files files;
  files_init(&files);
  g_autofree char *garbage = g_build_filename(files.directory, "garbage.pem", NULL);
  g_assert_true(g_file_set_contents(garbage, "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", -1, NULL));
  const struct {
    const char *certificate, *key;
    int code;
  } rows[] = {
      {"/nonexistent/certificate", files.key, REEVE_ERROR_IO},
      {files.certificate, "/nonexistent/key", REEVE_ERROR_IO},
      {garbage, files.key, REEVE_ERROR_INVALID},
      {files.certificate, garbage, REEVE_ERROR_INVALID},
      {"/dev/null", files.key, REEVE_ERROR_INVALID},
      {files.certificate, files.certificate, REEVE_ERROR_INVALID},
      {files.certificate, files.other_key, REEVE_ERROR_INVALID},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(tls_files_new(rows[i].certificate, rows[i].key, clock_system(), &error));
    g_assert_error(error, REEVE_ERROR, rows[i].code);
  }
  files_clear(&files);
}

static void test_changes(void)
{
  Files files;
  files_init(&files);
  ManualClock clock;
  manual_clock_init(&clock, 1000000);
  g_autoptr(GError) error = NULL;
  TlsFiles *tls = tls_files_new(files.certificate, files.key, &clock.clock, &error);
  g_assert_no_error(error);
  assert_shown(tls, "first");
  const TlsIdentity *before = tls_identity(tls);

  /* Half a renewal, as it looks between two renames: the old pair goes on. */
  replace(files.other_certificate, files.certificate);
  assert_shown(tls, "first"); /* not looked at yet */
  manual_clock_advance(&clock, TLS_LOOK_MS);
  g_test_expect_message("api", G_LOG_LEVEL_WARNING, "*cannot be used*");
  assert_shown(tls, "first");
  g_test_assert_expected_messages();
  g_assert_false(tls_reload(tls, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error(&error);
  replace(files.other_key, files.key);
  manual_clock_advance(&clock, TLS_LOOK_MS);
  assert_shown(tls, "second");
  g_assert_true(before != tls_identity(tls));
  g_assert_cmpuint(before->n_certificates, ==, 1); /* a handshake may still use it */

  /* At once, when asked for. */
  certificate_write("third", files.certificate, files.key);
  g_assert_true(tls_reload(tls, &error));
  assert_shown(tls, "third");
  /* Gone files change nothing. */
  g_remove(files.key);
  manual_clock_advance(&clock, TLS_LOOK_MS);
  g_test_expect_message("api", G_LOG_LEVEL_WARNING, "*cannot be used*");
  assert_shown(tls, "third");
  g_test_assert_expected_messages();
  tls_files_free(tls);
  files_clear(&files);
}

/* One request over TLS; the caller frees the answer. */
static char *ask(const Fixture *f, const char *request, char **ret_name)
{
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  g_assert_cmpint(gnutls_certificate_allocate_credentials(&credentials), ==, 0);
  g_assert_cmpint(gnutls_init(&session, GNUTLS_CLIENT), ==, 0);
  gnutls_set_default_priority(session);
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
  int fd = client_connect(f);
  gnutls_transport_set_int(session, fd);
  int problem;
  while ((problem = gnutls_handshake(session)) < 0 && !gnutls_error_is_fatal(problem))
    ;
  g_assert_cmpint(problem, ==, GNUTLS_E_SUCCESS);
  unsigned n = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
  gnutls_x509_crt_t certificate;
  char name[64];
  size_t size = sizeof name;
  gnutls_x509_crt_init(&certificate);
  g_assert_cmpint(gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER), ==, 0);
  g_assert_cmpint(gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size), ==, 0);
  gnutls_x509_crt_deinit(certificate);
  *ret_name = g_strndup(name, size);
  gnutls_record_send(session, request, strlen(request));
  GString *text = g_string_new(NULL);
  char buffer[4096];
  ssize_t got;
  while ((got = gnutls_record_recv(session, buffer, sizeof buffer)) > 0)
    g_string_append_len(text, buffer, got);
  close(fd);
  gnutls_deinit(session);
  gnutls_certificate_free_credentials(credentials);
  return g_string_free(text, FALSE);
}

static void test_server(void)
{
  static const char request[] = "GET /health/live HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  Files files;
  files_init(&files);
  Fixture f;
  fixture_init_with(&f, (ApiParams){.tls_certificate = files.certificate, .tls_key = files.key});
  fixture_offer(&f);
  g_autofree char *url = api_server_url(f.server);
  g_assert_true(g_str_has_prefix(url, "https://127.0.0.1:"));
  g_autofree char *name = NULL, *renewed = NULL;
  g_autofree char *text = ask(&f, request, &name);
  g_assert_true(g_str_has_prefix(text, "HTTP/1.1 200"));
  g_assert_nonnull(strstr(text, "Strict-Transport-Security: max-age="));
  g_assert_cmpstr(name, ==, "first");
  replace(files.other_certificate, files.certificate);
  replace(files.other_key, files.key);
  g_autoptr(GError) error = NULL;
  g_assert_true(api_server_reload(f.server, &error));
  g_autofree char *again = ask(&f, request, &renewed);
  g_assert_true(g_str_has_prefix(again, "HTTP/1.1 200"));
  g_assert_cmpstr(renewed, ==, "second");
  /* Who speaks plain HTTP gets no answer. */
  g_auto(Answer) plain = call_with(&f, "GET", "/health/live", NULL, NULL);
  g_assert_cmpint(plain.status, !=, 200);
  fixture_clear(&f);
  files_clear(&files);
}

int main(int argc, char **argv)
{
  fixture_start(argc, argv);
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* that there is no encoder is a warning, and meant */
  g_test_add_func("/tls/bad-files", test_bad_files);
  g_test_add_func("/tls/changes", test_changes);
  g_test_add_func("/tls/server", test_server);
  return g_test_run();
}
