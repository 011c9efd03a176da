/* Signatures: the vectors of RFC 4231, and what is taken for one. */
#include "auth/signature.h"

#include <string.h>

/* RFC 4231, sections 4.3 and 4.7 (a key longer than a block), and the empty message with an empty key. */
static void test_vectors(void)
{
  g_autofree char *long_key = g_strnfill(131, '\xaa');
  const struct {
    const char *secret, *message, *sum;
  } rows[] = {
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *made = signature_make(rows[i].secret, rows[i].message, strlen(rows[i].message));
    g_assert_cmpstr(made, ==, rows[i].sum);
    g_assert_true(signature_is_right(rows[i].secret, rows[i].message, strlen(rows[i].message), rows[i].sum));
  }
}

static void test_shown(void)
{
#define SUM "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
  static const struct {
    const char *shown;
    bool right;
  } rows[] = {
      {SUM, true},
      {"sha256=" SUM, true},
      {"SHA256=5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843", true},
      {"sha1=" SUM, false},
      {"sha256=sha256=" SUM, false},
      {"sha256=", false},
      {"", false},
      {" " SUM, false},
      {SUM " ", false},
      {SUM "00", false},
      {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384", false},
      {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3842", false},
      {"4bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", false},
      {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384g", false},
      {"5bdcc146:bf60754e6a042426089575c75a003f089d2739839dec58b964ec384", false},
      {"Jefe", false}, /* the secret itself, as the manual of another program wants it */
  };
  static const char message[] = "what do ya want for nothing?";
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (signature_is_right("Jefe", message, strlen(message), rows[i].shown) != rows[i].right)
      g_error("\"%s\" is %s", rows[i].shown, rows[i].right ? "right" : "wrong");
  g_assert_false(signature_is_right("jefe", message, strlen(message), SUM));
  g_assert_false(signature_is_right("Jefe", message, strlen(message) - 1, SUM));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/signature/vectors", test_vectors);
  g_test_add_func("/signature/shown", test_shown);
  return g_test_run();
}
