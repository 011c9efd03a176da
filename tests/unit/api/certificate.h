/* Self-made certificates for tests. */
#pragma once

#include <gnutls/x509.h>

#include <glib.h>
#include <string.h>
#include <time.h>

/* Writes a new key and its certificate, of this name, good for an hour, as PEM. */
static inline void certificate_write(const char *name, const char *certificate_path, const char *key_path)
{
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
  gnutls_datum_t pem;
  static const unsigned char serial[] = {1};
  g_assert_cmpint(gnutls_x509_privkey_init(&key), ==, 0);
  g_assert_cmpint(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), ==, 0);
  g_assert_cmpint(gnutls_x509_crt_init(&certificate), ==, 0);
  gnutls_x509_crt_set_version(certificate, 3);
  gnutls_x509_crt_set_serial(certificate, serial, sizeof serial);
  gnutls_x509_crt_set_activation_time(certificate, time(NULL) - 60);
  gnutls_x509_crt_set_expiration_time(certificate, time(NULL) + 3600);
  gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name));
  gnutls_x509_crt_set_key(certificate, key);
  g_assert_cmpint(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), ==, 0);
  g_assert_cmpint(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  g_assert_true(g_file_set_contents(certificate_path, (char *)pem.data, pem.size, NULL));
  gnutls_free(pem.data);
  g_assert_cmpint(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  g_assert_true(g_file_set_contents(key_path, (char *)pem.data, pem.size, NULL));
  gnutls_free(pem.data);
  gnutls_x509_crt_deinit(certificate);
  gnutls_x509_privkey_deinit(key);
}
