/* Small facts kept by name: seeds applied, capabilities found, live settings. */
#pragma once

#include "store/db.h"

/* The value's JSON text, or NULL with *ret_found false. The caller frees it. */
char *setting_get(DbConn *conn, const char *name, bool *ret_found, GError **error);
bool setting_put(DbConn *conn, const char *name, const char *json, const Clock *clock, GError **error);
