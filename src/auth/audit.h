/* Writing the audit log (U5).
 *
 * Thread-safety: no shared state. */
#pragma once

#include "store/audit.h"

#include <jansson.h>

enum { AUDIT_DETAIL_MAX_BYTES = 4096 };

/* What of a JSON input goes into the log: fields that `table` marks as secret are left out, at any depth; so is everything that
 * the table does not know. NULL if nothing is left or `body` is no object; a text over AUDIT_DETAIL_MAX_BYTES becomes
 * {"omitted_bytes": n}. The caller frees it. */
char *audit_detail(const FieldTable *table, const json_t *body);

/* Notes something that was done on the server's machine by command. `command` is its words, `target` what to. */
bool audit_console(DbConn *conn, const char *command, const char *target, const Clock *clock, GError **error);
