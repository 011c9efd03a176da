/* TLS by certificate files (U5), which may change while the server runs: a renewed certificate is taken up by itself, within
 * TLS_LOOK_MS of the next connection, or at once by tls_reload.
 *
 * Thread-safety: all functions may be called from any thread. */
#pragma once

#include "base/clock.h"

#include <gnutls/abstract.h>
#include <stdbool.h>

typedef struct TlsFiles TlsFiles;

enum { TLS_LOOK_MS = 2000 };

/* Certificate (with the chain behind it) and private key in PEM. Errors name the file: IO, NOT_FOUND, DENIED, INVALID for what is
 * no certificate or key, and for two that do not belong together. NULL on error. */
TlsFiles *tls_files_new(const char *certificate, const char *key, const Clock *clock, GError **error);
void tls_files_free(TlsFiles *files); /* no connection may be left */

/* Reads both again. On error the old ones stay in use. */
bool tls_reload(TlsFiles *files, GError **error);

/* What to show a new connection; borrowed until `files` is freed. Looks whether the files have changed, at most every
 * TLS_LOOK_MS; new ones that cannot be used are a warning, and the old ones stay. */
typedef struct {
  gnutls_pcert_st *certificates;
  unsigned n_certificates;
  gnutls_privkey_t key;
} TlsIdentity;
const TlsIdentity *tls_identity(TlsFiles *files);
