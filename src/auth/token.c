/* Decides what our secrets look like. Test: tests/unit/auth/test_token.c */
#include "auth/token.h"

#include "base/error.h"

#include <sodium.h>
#include <string.h>

enum { RANDOM_BYTES = 32, ENCODED_BYTES = sodium_base64_ENCODED_LEN(RANDOM_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) };
G_STATIC_ASSERT(crypto_generichash_BYTES == RANDOM_BYTES); /* both are encoded by one buffer */

static void encode(const unsigned char bytes[RANDOM_BYTES], char ret_text[ENCODED_BYTES])
{
  sodium_bin2base64(ret_text, ENCODED_BYTES, bytes, RANDOM_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

char *token_new(const char *prefix, GError **error)
{
  if (sodium_init() < 0) {
    fail(error, REEVE_ERROR_INTERNAL, "The system gives no random numbers.");
    return NULL;
  }
  unsigned char bytes[RANDOM_BYTES];
  char encoded[ENCODED_BYTES];
  randombytes_buf(bytes, sizeof bytes);
  encode(bytes, encoded);
  char *token = g_strconcat(prefix, encoded, NULL);
  sodium_memzero(bytes, sizeof bytes);
  sodium_memzero(encoded, sizeof encoded);
  return token;
}

char *token_hash(const char *token)
{
  unsigned char hash[crypto_generichash_BYTES];
  crypto_generichash(hash, sizeof hash, (const unsigned char *)token, strlen(token), NULL, 0);
  char *hex = g_malloc(2 * sizeof hash + 1);
  return sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash);
}

char *token_derive(const char *token, const char *purpose)
{
  /* The key of BLAKE2b has 64 bytes at most, which a token that somebody shows need not have. */
  unsigned char key[crypto_generichash_BYTES], hash[crypto_generichash_BYTES];
  crypto_generichash(key, sizeof key, (const unsigned char *)token, strlen(token), NULL, 0);
  crypto_generichash(hash, sizeof hash, (const unsigned char *)purpose, strlen(purpose), key, sizeof key);
  char *text = g_malloc(ENCODED_BYTES);
  encode(hash, text);
  sodium_memzero(key, sizeof key);
  return text;
}

bool token_equal(const char *a, const char *b)
{
  if (!a || !b)
    return false;
  size_t length = strlen(a);
  return length == strlen(b) && sodium_memcmp(a, b, length) == 0;
}

void token_free(char *token)
{
  if (token)
    sodium_memzero(token, strlen(token));
  g_free(token);
}
