/* Secrets: how they look, and what is derived from them. */
#include "auth/token.h"

#include <string.h>

static void test_tokens(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (int i = 0; i < 100; i++) {
    char *token = token_new("x_", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(token), ==, 2 + 43);
    g_assert_cmpuint(strspn(token + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), ==, 43);
    g_assert_true(g_hash_table_add(seen, token));
  }
}

/* RFC 7693's algorithm with 32 bytes of output, checked against b2sum -l 256. */
static void test_hash(void)
{
  static const struct {
    const char *text, *hash;
  } rows[] = {
      {"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
      {"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *hash = token_hash(rows[i].text);
    g_assert_cmpstr(hash, ==, rows[i].hash);
  }
}

static void test_derived(void)
{
  g_autofree char *a = token_derive("token", "csrf"), *again = token_derive("token", "csrf");
  g_autofree char *other_token = token_derive("tokeo", "csrf"), *other_purpose = token_derive("token", "csrg");
  g_autofree char *hash = token_hash("token");
  g_assert_cmpuint(strlen(a), ==, 43);
  g_assert_cmpstr(a, ==, again);
  g_assert_cmpstr(a, !=, other_token);
  g_assert_cmpstr(a, !=, other_purpose);
  g_assert_null(strstr(hash, a));
}

static void test_equal(void)
{
  g_assert_true(token_equal("abc", "abc"));
  g_assert_false(token_equal("abc", "abd"));
  g_assert_false(token_equal("abc", "ab"));
  g_assert_false(token_equal("ab", "abc"));
  g_assert_false(token_equal(NULL, "abc"));
  g_assert_false(token_equal("abc", NULL));
  g_assert_false(token_equal(NULL, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/token/new", test_tokens);
  g_test_add_func("/token/hash", test_hash);
  g_test_add_func("/token/derived", test_derived);
  g_test_add_func("/token/equal", test_equal);
  return g_test_run();
}
