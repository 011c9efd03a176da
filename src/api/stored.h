/* What several resources ask of the store.
 *
 * Thread-safety: no state. */
#pragma once

#include "api/route.h"
#include "store/job.h"

/* Reads a row and keeps others from changing it until the transaction ends. As record_get otherwise. */
bool stored_lock(DbConn *conn, const FieldTable *table, int64_t id, void *record, GError **error);

/* The profile that a text (?profile=) names: by name, else by number. INVALID with a field-level message if there is none. */
bool stored_profile(DbConn *conn, const char *text, int64_t *ret_id, Response *response, GError **error);

/* In a body: puts profile_id, known to exist, in the place of "profile". Leaves what is not an object alone. */
bool stored_name_profile(Db *db, json_t *body, Response *response, GError **error);

/* Answers with one page of a whole table, by id. */
bool stored_page(Request *request, const FieldTable *table, Response *response, GError **error);

/* The unfinished job of a kind for a root; borrows the caller's transaction. */
bool stored_unfinished_of_root(DbConn *conn, const char *kind, int64_t root_id, int64_t *ret_id, bool *ret_found, GError **error);

/* Adds a job of this process's own kinds in the caller's transaction; the caller publishes it after the commit. */
typedef struct {
  const char *kind, *title;
  int64_t root_id, file_id; /* FIELD_NULL_INT: none */
  const FieldTable *payload_table;
  const void *payload;
  int priority;
} StoredJob;
bool stored_add_job(Queue *queue, DbConn *conn, const StoredJob *request, int64_t *ret_id, GError **error);

/* Makes the scan of a root, or finds the one that has not ended. Its own transaction. */
bool stored_scan(Request *request, int64_t root_id, int64_t *ret_job_id, GError **error);

/* What POST answers with that makes one job. */
typedef struct {
  int64_t job;
} JobMade;
extern const FieldTable job_made_table;
