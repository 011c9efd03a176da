/* Network addresses as text: which networks are trusted, and whose address stands behind a proxy. Pure.
 *
 * Thread-safety: a NetworkList is constant once made; the rest has no state. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct NetworkList NetworkList;

/* From texts such as "10.0.0.0/8", "fd00::/8" or "192.0.2.7". INVALID names the one that is none; bits beyond the prefix must be
 * 0, since they are a mistake. `texts` NULL: the empty list. */
NetworkList *network_list_new(const char *const *texts, GError **error);
void network_list_free(NetworkList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetworkList, network_list_free)

/* False also for what is no address. */
bool network_list_has(const NetworkList *list, const char *address);

/* 127.0.0.0/8 or ::1. */
bool network_is_loopback(const char *address);

/* In its usual form; an IPv4 address that came as IPv6 ("::ffff:192.0.2.1", RFC 4291, section 2.5.5.2) as IPv4. NULL if it is no
 * address. The caller frees it. */
char *network_plain(const char *address);

/* What counts as one household: an IPv4 address, or the first 64 bits of an IPv6 address. What is no address stays as it is. The
 * caller frees it. */
char *network_household(const char *address);

/* Whose request it is: `peer`, or, if that is a trusted proxy, the last address in X-Forwarded-For (all its lines joined by ", ";
 * NULL: none) that no trusted proxy has. What stands before it could have been made up by the caller. An entry that is no
 * address ends the search at the proxy that wrote it. Entries may have ports. The caller frees it. */
char *network_client(const char *peer, const char *forwarded_for, const NetworkList *trusted);
