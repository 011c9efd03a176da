/* Where the server listens.
 *
 * Thread-safety: no state. */
#pragma once

#include <glib.h>

/* Opens a listening socket on "127.0.0.1:8460", "[::1]:8460" or "name:port"; port 0 takes any. *ret_address is what it became;
 * the caller frees it. -1 with INVALID for what is no such address, CONFLICT if it is in use, DENIED for a port that is not ours
 * to take, else IO. */
int listen_open(const char *listen, char **ret_address, GError **error);
