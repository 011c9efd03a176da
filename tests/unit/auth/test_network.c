/* Addresses as people and proxies write them. */
#include "auth/network.h"
#include "base/error.h"

static void test_lists(void)
{
  static const struct {
    const char *network, *address;
    bool has;
  } rows[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true}, /* IPv4 over a socket for both */
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.8", false},
      {"192.0.2.6/31", "192.0.2.7", true},
      {"192.0.2.6/31", "192.0.2.8", false},
      {"0.0.0.0/0", "255.1.2.3", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "192.0.2.1", true},
      {"fd00::/8", "fdff::1", true},
      {"fd00::/8", "fe00::1", false},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"::1", "::1", true},
      {"10.0.0.0/8", "", false},
      {"10.0.0.0/8", "10.0.0", false},
      {"10.0.0.0/8", "10.0.0.1 ", false},
      {"10.0.0.0/8", "proxy", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    const char *texts[] = {rows[i].network, NULL};
    g_autoptr(NetworkList) list = network_list_new(texts, &error);
    g_assert_no_error(error);
    g_test_message("%s %s", rows[i].network, rows[i].address);
    g_assert_cmpint(network_list_has(list, rows[i].address), ==, rows[i].has);
  }
  g_autoptr(NetworkList) empty = network_list_new(NULL, NULL);
  g_assert_false(network_list_has(empty, "127.0.0.1"));
}

static void test_bad_lists(void)
{
  static const char *const texts[] = {
      "",         "/",          "10.0.0.0/", "10.0.0.0/33",  "10.0.0.0/-1", "10.0.0.1/8",       "proxy",
      "10.0.0/8", "fd00::/129", "fd00::1/8", "10.0.0.0/8/8", "10.0.0.0/ 8", "::ffff:10.0.0.0/8"};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    const char *list[] = {"192.0.2.1", texts[i], NULL};
    g_autoptr(GError) error = NULL;
    g_test_message("%s", texts[i]);
    g_assert_null(network_list_new(list, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
}

static void test_loopback(void)
{
  static const char *const loopback[] = {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"};
  static const char *const others[] = {"128.0.0.1", "0.0.0.0", "::", "::2", "192.0.2.1", "", "localhost", "127.0.0.1:80"};
  for (size_t i = 0; i < G_N_ELEMENTS(loopback); i++)
    g_assert_true(network_is_loopback(loopback[i]));
  for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
    g_assert_false(network_is_loopback(others[i]));
}

static void test_household(void)
{
  static const char *const rows[][2] = {{"192.0.2.1", "192.0.2.1"},
                                        {"::ffff:192.0.2.1", "192.0.2.1"},
                                        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
                                        {"2001:db8:1:2:ffff::", "2001:db8:1:2::"},
                                        {"?", "?"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *household = network_household(rows[i][0]);
    g_assert_cmpstr(household, ==, rows[i][1]);
  }
}

static void test_client(void)
{
  static const struct {
    const char *peer, *forwarded, *client;
  } rows[] = {
      {"203.0.113.9", NULL, "203.0.113.9"},
      {"203.0.113.9", "192.0.2.1", "203.0.113.9"}, /* not from a proxy of ours: made up */
      {"10.0.0.1", NULL, "10.0.0.1"},
      {"10.0.0.1", "", "10.0.0.1"},
      {"10.0.0.1", "192.0.2.1", "192.0.2.1"},
      {"10.0.0.1", " 192.0.2.1 ", "192.0.2.1"},
      {"10.0.0.1", "127.0.0.1, 192.0.2.1", "192.0.2.1"}, /* the caller's own claim stands first */
      {"10.0.0.1", "127.0.0.1, 192.0.2.1, 10.0.0.7", "192.0.2.1"},
      {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"}, /* from within */
      {"10.0.0.1", "192.0.2.1, nonsense", "10.0.0.1"},
      {"10.0.0.1", "192.0.2.1, nonsense, 10.0.0.7", "10.0.0.7"},
      {"10.0.0.1", "192.0.2.1,", "10.0.0.1"},
      {"10.0.0.1", "192.0.2.1:4711", "192.0.2.1"},
      {"10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"},
      {"10.0.0.1", "2001:db8::1", "2001:db8::1"},
      {"10.0.0.1", "[2001:db8::1", "10.0.0.1"},
      {"10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"},
      {"10.0.0.1", "unknown", "10.0.0.1"},
      {"", "192.0.2.1", ""},
  };
  const char *texts[] = {"10.0.0.0/8", NULL};
  g_autoptr(NetworkList) trusted = network_list_new(texts, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *client = network_client(rows[i].peer, rows[i].forwarded, trusted);
    g_test_message("%s %s", rows[i].peer, rows[i].forwarded);
    g_assert_cmpstr(client, ==, rows[i].client);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/network/lists", test_lists);
  g_test_add_func("/network/bad-lists", test_bad_lists);
  g_test_add_func("/network/loopback", test_loopback);
  g_test_add_func("/network/household", test_household);
  g_test_add_func("/network/client", test_client);
  return g_test_run();
}
