/* Decides which certificate is shown. Test: tests/unit/api/test_tls.c */
#include "api/tls.h"

#include "base/error.h"

#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>

enum { CHAIN_MAX = 16 };

/* How a file looked when it was read. */
typedef struct {
  ino_t inode;
  off_t size_bytes;
  struct timespec mtime;
} Stamp;

typedef struct {
  Stamp certificate, key;
} Stamps;

struct TlsFiles {
  char *certificate, *key;
  const Clock *clock;
  GMutex lock;           /* guards what follows */
  GPtrArray *identities; /* TlsIdentity; the last is in use. Earlier ones stay: a handshake may be using them */
  Stamps stamps;         /* of the files that were read last, good or bad */
  int64_t looked_ms;
};

static void identity_free(void *data)
{
  TlsIdentity *identity = data;
  for (unsigned i = 0; i < identity->n_certificates; i++)
    gnutls_pcert_deinit(&identity->certificates[i]);
  g_free(identity->certificates);
  if (identity->key)
    gnutls_privkey_deinit(identity->key);
  g_free(identity);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsIdentity, identity_free)

static Stamp stamp_of(const char *path)
{
  struct stat st;
  if (stat(path, &st) != 0)
    return (Stamp){0};
  return (Stamp){.inode = st.st_ino, .size_bytes = st.st_size, .mtime = st.st_mtim};
}

static Stamps stamps_of(const TlsFiles *files)
{
  return (Stamps){stamp_of(files->certificate), stamp_of(files->key)};
}

static bool same_stamp(const Stamp *a, const Stamp *b)
{
  return a->inode == b->inode && a->size_bytes == b->size_bytes && a->mtime.tv_sec == b->mtime.tv_sec &&
         a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* --- reading --- */

static char *read_file(const char *path, const char *what, gnutls_datum_t *ret_text, GError **error)
{
  char *text = NULL;
  gsize length = 0;
  g_autoptr(GError) why = NULL;
  if (!g_file_get_contents(path, &text, &length, &why)) {
    fail(error, REEVE_ERROR_IO, "The %s for TLS cannot be read: %s.", what, why->message);
    return NULL;
  }
  *ret_text = (gnutls_datum_t){.data = (unsigned char *)text, .size = (unsigned)length};
  return text;
}

static bool read_certificates(const char *path, TlsIdentity *identity, GError **error)
{
  gnutls_datum_t pem;
  g_autofree char *text = read_file(path, "certificate", &pem, error);
  if (!text)
    return false;
  unsigned n = CHAIN_MAX;
  identity->certificates = g_new0(gnutls_pcert_st, CHAIN_MAX);
  int problem = gnutls_pcert_list_import_x509_raw(identity->certificates, &n, &pem, GNUTLS_X509_FMT_PEM,
                                                  GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
  if (problem < 0)
    return fail(error, REEVE_ERROR_INVALID, "The file \"%s\" holds no usable certificate in PEM: %s.", path,
                gnutls_strerror(problem));
  identity->n_certificates = n;
  return true;
}

static bool read_key(const char *path, TlsIdentity *identity, GError **error)
{
  gnutls_datum_t pem;
  char *text = read_file(path, "private key", &pem, error);
  if (!text)
    return false;
  int problem = gnutls_privkey_init(&identity->key);
  if (problem == 0)
    problem = gnutls_privkey_import_x509_raw(identity->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
  explicit_bzero(text, pem.size);
  g_free(text);
  return problem == 0 || fail(error, REEVE_ERROR_INVALID, "The file \"%s\" holds no usable private key in PEM: %s.", path,
                              gnutls_strerror(problem));
}

/* Whether the key is the first certificate's. */
static bool belong_together(const TlsIdentity *identity)
{
  unsigned char a[64], b[64];
  size_t a_size = sizeof a, b_size = sizeof b;
  gnutls_pubkey_t public = NULL;
  bool good = gnutls_pubkey_init(&public) == 0 && gnutls_pubkey_import_privkey(public, identity->key, 0, 0) == 0 &&
              gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, a, &a_size) == 0 &&
              gnutls_pubkey_get_key_id(identity->certificates[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &b_size) == 0 &&
              a_size == b_size && memcmp(a, b, a_size) == 0;
  if (public)
    gnutls_pubkey_deinit(public);
  return good;
}

/* With the lock held, or before there is anyone else. */
static bool read_identity(TlsFiles *files, GError **error)
{
  g_autoptr(TlsIdentity) identity = g_new0(TlsIdentity, 1);
  files->stamps = stamps_of(files); /* taken before reading: a change in between is seen at the next look */
  if (!read_certificates(files->certificate, identity, error) || !read_key(files->key, identity, error))
    return false;
  if (!belong_together(identity))
    return fail(error, REEVE_ERROR_INVALID, "The private key in \"%s\" is not that of the certificate in \"%s\".", files->key,
                files->certificate);
  g_ptr_array_add(files->identities, g_steal_pointer(&identity));
  return true;
}

TlsFiles *tls_files_new(const char *certificate, const char *key, const Clock *clock, GError **error)
{
  TlsFiles *files = g_new0(TlsFiles, 1);
  files->certificate = g_strdup(certificate);
  files->key = g_strdup(key);
  files->clock = clock;
  files->identities = g_ptr_array_new_with_free_func(identity_free);
  files->looked_ms = clock_monotonic_ms(clock);
  g_mutex_init(&files->lock);
  if (!read_identity(files, error))
    g_clear_pointer(&files, tls_files_free);
  return files;
}

void tls_files_free(TlsFiles *files)
{
  if (!files)
    return;
  g_ptr_array_unref(files->identities);
  g_mutex_clear(&files->lock);
  g_free(files->certificate);
  g_free(files->key);
  g_free(files);
}

bool tls_reload(TlsFiles *files, GError **error)
{
  g_mutex_lock(&files->lock);
  bool ok = read_identity(files, error);
  g_mutex_unlock(&files->lock);
  return ok;
}

/* With the lock held. */
static void look(TlsFiles *files)
{
  int64_t now_ms = clock_monotonic_ms(files->clock);
  if (now_ms - files->looked_ms < TLS_LOOK_MS)
    return;
  files->looked_ms = now_ms;
  Stamps now = stamps_of(files);
  if (same_stamp(&now.certificate, &files->stamps.certificate) && same_stamp(&now.key, &files->stamps.key))
    return;
  g_autoptr(GError) why = NULL;
  if (read_identity(files, &why))
    g_message("The certificate for TLS was read again: its files have changed.");
  else
    g_warning("The changed files for TLS cannot be used, and the certificate from before stays: %s", why->message);
}

const TlsIdentity *tls_identity(TlsFiles *files)
{
  g_mutex_lock(&files->lock);
  look(files);
  const TlsIdentity *identity = g_ptr_array_index(files->identities, files->identities->len - 1);
  g_mutex_unlock(&files->lock);
  return identity;
}
