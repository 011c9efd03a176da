/* What callers show as the signature of a message: it is right exactly if it is the one we would make, however it is written. */
#include "auth/signature.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char secret[] = "a secret", message[] = "a message";
  g_autofree char *shown = g_strndup((const char *)data, size);
  g_autofree char *wanted = signature_make(secret, message, strlen(message));
  const char *digits = g_ascii_strncasecmp(shown, "sha256=", 7) == 0 ? shown + 7 : shown;
  bool right = signature_is_right(secret, message, strlen(message), shown);
  g_assert_true(right == (g_ascii_strcasecmp(digits, wanted) == 0));

  /* The bytes as a message: what is made is right for it, and for no other. */
  g_autofree char *made = signature_make(secret, data, size);
  g_assert_true(signature_is_right(secret, data, size, made));
  g_assert_true(size == 0 || !signature_is_right(secret, data, size - 1, made));
  return 0;
}
