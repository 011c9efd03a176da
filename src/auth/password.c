/* Decides what a password costs. Test: tests/unit/auth/test_access.c; measured by tests/bench/bench_password.c */
#include "auth/password.h"

#include "base/error.h"

#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT(PASSWORD_MEMORY_BYTES == crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE);

char *password_hash(const char *password, GError **error)
{
  size_t length = password ? strlen(password) : 0;
  if (length < PASSWORD_MIN_BYTES || length > PASSWORD_MAX_BYTES) {
    fail(error, REEVE_ERROR_INVALID, "A password has %d to %d bytes.", PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES);
    return NULL;
  }
  char hash[crypto_pwhash_STRBYTES];
  if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, password, length, crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                                 PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    fail(error, REEVE_ERROR_INTERNAL, "The password could not be hashed: 64 MiB of memory are needed for a moment.");
    return NULL;
  }
  return g_strdup(hash);
}

bool password_verify(const char *hash, const char *password)
{
  size_t length = password ? strlen(password) : 0;
  if (sodium_init() < 0 || length > PASSWORD_MAX_BYTES)
    return false;
  if (hash)
    return crypto_pwhash_str_verify(hash, password ? password : "", length) == 0;
  unsigned char out[32];
  static const unsigned char salt[crypto_pwhash_SALTBYTES] = {0};
  (void)!crypto_pwhash(out, sizeof out, password ? password : "", length, salt, crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                       PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
  return false;
}
