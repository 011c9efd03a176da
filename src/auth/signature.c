/* Decides which signature is right. Test: tests/unit/auth/test_signature.c */
#include "auth/signature.h"

#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT(2 * crypto_auth_hmacsha256_BYTES == SIGNATURE_HEX_DIGITS);

/* The whole secret is the key: libsodium's one-call form takes keys of 32 bytes only. */
static void sign(const char *secret, const void *message, size_t length, unsigned char ret_sum[crypto_auth_hmacsha256_BYTES])
{
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
  crypto_auth_hmacsha256_update(&state, message, length);
  crypto_auth_hmacsha256_final(&state, ret_sum);
  sodium_memzero(&state, sizeof state);
}

bool signature_is_right(const char *secret, const void *message, size_t length, const char *shown)
{
  static const char scheme[] = "sha256=";
  unsigned char sum[crypto_auth_hmacsha256_BYTES], claimed[crypto_auth_hmacsha256_BYTES];
  size_t n = 0;
  if (g_ascii_strncasecmp(shown, scheme, strlen(scheme)) == 0)
    shown += strlen(scheme);
  if (strlen(shown) != SIGNATURE_HEX_DIGITS ||
      sodium_hex2bin(claimed, sizeof claimed, shown, SIGNATURE_HEX_DIGITS, NULL, &n, NULL) != 0 || n != sizeof claimed)
    return false;
  sign(secret, message, length, sum);
  return sodium_memcmp(sum, claimed, sizeof sum) == 0;
}

char *signature_make(const char *secret, const void *message, size_t length)
{
  unsigned char sum[crypto_auth_hmacsha256_BYTES];
  sign(secret, message, length, sum);
  char *hex = g_malloc(SIGNATURE_HEX_DIGITS + 1);
  return sodium_bin2hex(hex, SIGNATURE_HEX_DIGITS + 1, sum, sizeof sum);
}
