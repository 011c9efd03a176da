/* When tasks of the household last ran, for all servers that share a database, and which server runs one.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

/* The last run that was noted: when, and how it failed (*ret_failure, which may be NULL; the caller frees it; NULL: well).
 * *ret_ran_at_ms is 0 if there is none. */
bool task_row_last(DbConn *conn, const char *name, int64_t *ret_ran_at_ms, char **ret_failure, GError **error);
bool task_row_note(DbConn *conn, const char *name, int64_t at_ms, const char *failure, GError **error);

/* As if it ran at `at_ms`, unless a run was noted before. */
bool task_row_begin(DbConn *conn, const char *name, int64_t at_ms, GError **error);

/* Takes the lock of a task for the connection, unless another one has it. On SQLite, where there is one server, it is always
 * free. */
bool task_lock(DbConn *conn, const char *name, bool *ret_taken, GError **error);
void task_unlock(DbConn *conn, const char *name);
