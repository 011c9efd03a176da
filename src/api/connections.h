/* The connections there are: how many an address may have, and how long one may take to say what it wants.
 *
 * libmicrohttpd ends a connection on which nothing happens; one that sends a byte now and then (slowloris) it would serve for
 * ever.
 *
 * Thread-safety: all functions may be called from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

typedef struct ConnectionTable ConnectionTable;
typedef struct Connection Connection;

enum { CONNECTIONS_PER_ADDRESS_MAX = 100 };

typedef struct {
  int64_t header_ms; /* from its start, or the answer before, to the end of the headers: TLS, waiting and sending */
  int64_t body_ms;   /* from there to the end of the body */
  /* Addresses that may have any number: our own machine, and proxies, behind which everybody comes from one. */
  bool (*is_free)(const char *address, void *user_data);
  void *user_data;
} ConnectionRules;

ConnectionTable *connection_table_new(const ConnectionRules *rules);
void connection_table_free(ConnectionTable *table); /* no connection may be left */

/* Whether one more may come from there. */
bool connection_table_admits(ConnectionTable *table, const struct sockaddr *address);

/* A connection begins; `fd` is borrowed until connection_end, which must come before it is closed. `owner` is for
 * connection_owner.
 */
Connection *connection_begin(ConnectionTable *table, int fd, const struct sockaddr *address, void *owner);
void connection_end(Connection *connection);

/* What it does now: the clock of the first two runs from this call. Where it takes too long, the connection is shut down. */
typedef enum { CONNECTION_HEADERS, CONNECTION_BODY, CONNECTION_ANSWER } ConnectionPhase;
void connection_phase(Connection *connection, ConnectionPhase phase);

/* The caller's address, without port, IPv4 as IPv4; "" for a socket that has none. Borrowed. */
const char *connection_address(const Connection *connection);
void *connection_owner(const Connection *connection);
