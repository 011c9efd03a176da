/* Percent-encoding by RFC 3986, section 2. Test: tests/unit/wire/test_url.c */
#include "wire/url.h"

#include <string.h>

char *url_decode(const char *text)
{
  g_autoptr(GString) decoded = g_string_sized_new(strlen(text));
  for (const char *at = text; *at; at++) {
    if (*at != '%') {
      g_string_append_c(decoded, *at);
      continue;
    }
    if (!g_ascii_isxdigit(at[1]) || !g_ascii_isxdigit(at[2]))
      return NULL;
    g_string_append_c(decoded, (char)(g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2])));
    at += 2;
  }
  if (!g_utf8_validate(decoded->str, (gssize)decoded->len, NULL)) /* refuses NUL too */
    return NULL;
  return g_string_free(g_steal_pointer(&decoded), FALSE);
}

char *url_encode(const char *text)
{
  GString *encoded = g_string_sized_new(strlen(text));
  for (const char *at = text; *at; at++) {
    if (g_ascii_isalnum(*at) || strchr("-._~", *at))
      g_string_append_c(encoded, *at);
    else
      g_string_append_printf(encoded, "%%%02X", (unsigned char)*at);
  }
  return g_string_free(encoded, FALSE);
}
