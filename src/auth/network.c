/* Decides whom an address belongs to. Test: tests/unit/auth/test_network.c; fuzzed by tests/fuzz/fuzz_network.c */
#include "auth/network.h"

#include "base/error.h"
#include "base/number.h"

#include <arpa/inet.h>
#include <string.h>

enum { IPV4_BITS = 32, IPV6_BITS = 128, HOUSEHOLD_BITS = 64, MAPPED_BYTES = 12 };

/* IPv4 addresses are kept as IPv6 ones, below ::ffff:0:0/96. */
typedef struct {
  unsigned char bytes[16];
} Address;

typedef struct {
  Address address;
  int bits;
} Network;

struct NetworkList {
  GArray *networks; /* Network */
};

static const unsigned char mapped[MAPPED_BYTES] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const Address *address)
{
  return memcmp(address->bytes, mapped, sizeof mapped) == 0;
}

static bool read_address(const char *text, Address *ret_address)
{
  Address address;
  if (inet_pton(AF_INET6, text, address.bytes) != 1) {
    memcpy(address.bytes, mapped, sizeof mapped);
    if (inet_pton(AF_INET, text, address.bytes + sizeof mapped) != 1)
      return false;
  }
  *ret_address = address;
  return true;
}

static char *write_address(const Address *address)
{
  char text[INET6_ADDRSTRLEN];
  if (is_ipv4(address))
    inet_ntop(AF_INET, address->bytes + sizeof mapped, text, sizeof text);
  else
    inet_ntop(AF_INET6, address->bytes, text, sizeof text);
  return g_strdup(text);
}

static Address cut(const Address *address, int bits)
{
  Address result = {{0}};
  memcpy(result.bytes, address->bytes, (size_t)bits / 8);
  if (bits % 8)
    result.bytes[bits / 8] = (unsigned char)(address->bytes[bits / 8] & (0xff << (8 - bits % 8)));
  return result;
}

static bool contains(const Network *network, const Address *address)
{
  Address begin = cut(address, network->bits);
  return memcmp(&begin, &network->address, sizeof begin) == 0;
}

static bool read_network(const char *text, Network *ret_network, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text, "/", 2);
  Network network;
  int64_t bits = 0;
  bool good = parts[0] && read_address(parts[0], &network.address);
  bool is_short = good && strchr(parts[0], '.') && !strchr(parts[0], ':');
  int64_t most = is_short ? IPV4_BITS : IPV6_BITS;
  if (good && parts[1])
    good = parse_int(parts[1], 0, most, &bits);
  else
    bits = most;
  if (!good)
    return fail(error, REEVE_ERROR_INVALID, "\"%s\" is no network; write it as 10.0.0.0/8, fd00::/8 or 192.0.2.7.", text);
  network.bits = (int)bits + (is_short ? IPV6_BITS - IPV4_BITS : 0);
  Address begin = cut(&network.address, network.bits);
  if (memcmp(&begin, &network.address, sizeof begin) != 0) {
    g_autofree char *right = write_address(&begin);
    return fail(error, REEVE_ERROR_INVALID, "\"%s\" names one address in a network; write %s/%d for the network.", text, right,
                (int)bits);
  }
  *ret_network = network;
  return true;
}

NetworkList *network_list_new(const char *const *texts, GError **error)
{
  g_autoptr(NetworkList) list = g_new0(NetworkList, 1);
  list->networks = g_array_new(FALSE, FALSE, sizeof(Network));
  for (; texts && *texts; texts++) {
    Network network;
    if (!read_network(*texts, &network, error))
      return NULL;
    g_array_append_val(list->networks, network);
  }
  return g_steal_pointer(&list);
}

void network_list_free(NetworkList *list)
{
  if (!list)
    return;
  g_array_unref(list->networks);
  g_free(list);
}

bool network_list_has(const NetworkList *list, const char *text)
{
  Address address;
  if (!read_address(text, &address))
    return false;
  for (guint i = 0; i < list->networks->len; i++)
    if (contains(&g_array_index(list->networks, Network, i), &address))
      return true;
  return false;
}

bool network_is_loopback(const char *text)
{
  static const Address ipv6 = {{[15] = 1}};
  Address address;
  if (!read_address(text, &address))
    return false;
  return is_ipv4(&address) ? address.bytes[MAPPED_BYTES] == 127 : memcmp(&address, &ipv6, sizeof ipv6) == 0;
}

char *network_plain(const char *text)
{
  Address address;
  return read_address(text, &address) ? write_address(&address) : NULL;
}

char *network_household(const char *text)
{
  Address address;
  if (!read_address(text, &address))
    return g_strdup(text);
  if (!is_ipv4(&address))
    address = cut(&address, HOUSEHOLD_BITS);
  return write_address(&address);
}

/* One entry: "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711". NULL if it is none. */
static char *read_entry(const char *text)
{
  g_autofree char *entry = g_strstrip(g_strdup(text));
  char *end = entry[0] == '[' ? strchr(entry, ']') : NULL;
  if (end) {
    *end = '\0';
    return network_plain(entry + 1);
  }
  char *colon = strchr(entry, ':');
  if (colon && !strchr(colon + 1, ':')) /* only one: what follows is a port */
    *colon = '\0';
  return network_plain(entry);
}

char *network_client(const char *peer, const char *forwarded_for, const NetworkList *trusted)
{
  g_autofree char *client = g_strdup(peer);
  g_auto(GStrv) entries = g_strsplit(forwarded_for ? forwarded_for : "", ",", -1);
  for (guint i = g_strv_length(entries); i > 0 && network_list_has(trusted, client); i--) {
    g_autofree char *entry = read_entry(entries[i - 1]);
    if (!entry)
      break;
    g_free(client);
    client = g_steal_pointer(&entry);
  }
  return g_steal_pointer(&client);
}
