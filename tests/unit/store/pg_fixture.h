/* A private PostgreSQL server for the unit tests of one program: started at the first use, in a temporary directory (in memory
 * where there is room), on a free loopback port, by a user that is not root; ended with the program, however that ends. With
 * REEVE_TEST_POSTGRESQL set to an address, that server is used instead, with databases of our own on it.
 *
 * Thread-safety: none; for the thread that runs the tests. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* False if there is neither a server nor its programs on this machine; tests then skip. */
bool pg_fixture_available(void);

/* The address of a new database with Reeve's newest schema, or an empty one; the caller frees it. Aborts on failure. */
char *pg_fixture_new_database(bool migrated);

/* Ends all other connections to a database, as a restart would, and drops it. */
void pg_fixture_drop_database(const char *address);

/* Breaks all connections to a database but the one that says so. */
void pg_fixture_break_connections(const char *address);

/* Stops and starts the server, which keeps its port. False if it is not ours. */
bool pg_fixture_stop(void);
void pg_fixture_start(void);
