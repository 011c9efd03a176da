/* Addresses to listen on. */
#include "api/listen.h"
#include "base/error.h"

#include <string.h>
#include <unistd.h>

static void test_good(void)
{
  static const struct {
    const char *listen, *starts;
  } rows[] = {{"127.0.0.1:0", "127.0.0.1:"}, {"0.0.0.0:0", "0.0.0.0:"}, {"localhost:0", ""}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *address = NULL;
    int fd = listen_open(rows[i].listen, &address, &error);
    g_assert_no_error(error);
    g_assert_true(g_str_has_prefix(address, rows[i].starts));
    g_assert_false(g_str_has_suffix(address, ":0"));
    close(fd);
  }
}

static void test_ipv6(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *address = NULL;
  int fd = listen_open("[::1]:0", &address, &error);
  if (fd < 0) {
    g_test_skip("This machine has no IPv6.");
    return;
  }
  g_assert_true(g_str_has_prefix(address, "[::1]:"));
  close(fd);
}

static void test_bad(void)
{
  static const struct {
    const char *listen;
    int code;
  } rows[] = {
      {"", REEVE_ERROR_INVALID},
      {"8460", REEVE_ERROR_INVALID},
      {":8460", REEVE_ERROR_INVALID},
      {"127.0.0.1", REEVE_ERROR_INVALID},
      {"127.0.0.1:", REEVE_ERROR_INVALID},
      {"127.0.0.1:x", REEVE_ERROR_INVALID},
      {"127.0.0.1:65536", REEVE_ERROR_INVALID},
      {"127.0.0.1:-1", REEVE_ERROR_INVALID},
      {"::1:8460", REEVE_ERROR_INVALID},
      {"[::1:8460", REEVE_ERROR_INVALID},
      {"[]:8460", REEVE_ERROR_INVALID},
      {"192.0.2.1:0", REEVE_ERROR_INVALID}, /* an address for documentation: nobody's */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].listen);
    g_autoptr(GError) error = NULL;
    g_autofree char *address = NULL;
    g_assert_cmpint(listen_open(rows[i].listen, &address, &error), ==, -1);
    g_assert_error(error, REEVE_ERROR, rows[i].code);
    g_assert_null(address);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/listen/good", test_good);
  g_test_add_func("/listen/ipv6", test_ipv6);
  g_test_add_func("/listen/bad", test_bad);
  return g_test_run();
}
