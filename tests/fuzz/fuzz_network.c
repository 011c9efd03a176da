/* What callers and proxies say about addresses: any bytes as a network, as an address and as X-Forwarded-For. */
#include "auth/network.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(const char *text)
{
  g_autofree char *plain = network_plain(text);
  g_autofree char *household = network_household(text);
  g_assert_nonnull(household);
  if (!plain) {
    g_assert_cmpstr(household, ==, text);
    return;
  }
  g_autofree char *again = network_plain(plain);
  g_assert_cmpstr(plain, ==, again);
  g_assert_cmpint(network_is_loopback(text), ==, network_is_loopback(plain));
  g_autofree char *twice = network_household(household);
  g_assert_cmpstr(household, ==, twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const proxies[] = {"10.0.0.0/8", "fd00::/8", NULL};
  g_autofree char *text = g_strndup((const char *)data, size);
  check_address(text);
  const char *networks[] = {text, NULL};
  g_autoptr(GError) error = NULL;
  g_autoptr(NetworkList) list = network_list_new(networks, &error);
  g_assert_true((list == NULL) == (error != NULL));
  if (list)
    network_list_has(list, "192.0.2.1");

  g_autoptr(NetworkList) trusted = network_list_new(proxies, NULL);
  g_autofree char *direct = network_client("203.0.113.1", text, trusted);
  g_assert_cmpstr(direct, ==, "203.0.113.1"); /* no text makes a stranger somebody else */
  g_autofree char *client = network_client("10.0.0.1", text, trusted);
  g_autofree char *plain = network_plain(client);
  g_assert_cmpstr(client, ==, plain);
  return 0;
}
