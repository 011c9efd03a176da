/* This installation's name among all that share a database: made once, kept in the data directory, held by one process at a time.
 * Leases are taken under it, so that a server that was killed knows its own again.
 *
 * Thread-safety: constant once claimed. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Instance Instance;

/* CONFLICT if another process holds this data directory: the message says which. */
Instance *instance_claim(const char *data_directory, GError **error);
void instance_release(Instance *instance);

/* "host-3f9a12c07be1" */
const char *instance_name(const Instance *instance);
