/* Small facts kept by name: seeds applied, capabilities found, live settings. */
#pragma once

#include "store/db.h"

/* The value's JSON text, or NULL with *ret_found false. The caller frees it. */
char *setting_get(DbConn *conn, const char *name, bool *ret_found, GError **error);
bool setting_put(DbConn *conn, const char *name, const char *json, const Clock *clock, GError **error);
bool setting_remove(DbConn *conn, const char *name, GError **error); /* also if there is none */

/* Calls `each` with those whose name begins with `prefix`, in the order of the names. */
bool setting_each(DbConn *conn, const char *prefix, void (*each)(const char *name, const char *json, void *user_data),
                  void *user_data, GError **error);

/* Writers that lock come one after the other, until their transaction ends. */
bool settings_lock(DbConn *conn, GError **error);
