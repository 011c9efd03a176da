/* What several resources ask of the store.
 *
 * Thread-safety: no state. */
#pragma once

#include "api/route.h"
#include "queue/make.h"

/* The profile that a text (?profile=) names: by name, else by number. INVALID with a field-level message if there is none. */
bool stored_profile(DbConn *conn, const char *text, int64_t *ret_id, Response *response, GError **error);

/* In a body: puts profile_id, known to exist, in the place of "profile". Leaves what is not an object alone. */
bool stored_name_profile(Db *db, json_t *body, Response *response, GError **error);

/* Answers with one page of a whole table, by id. */
bool stored_page(Request *request, const FieldTable *table, Response *response, GError **error);

/* Makes the scan of a root, or finds the one that has not ended. Its own transaction. */
bool stored_scan(Request *request, int64_t root_id, int64_t *ret_job_id, GError **error);

/* Answers with the job that the path names. */
bool route_get_job(Request *request, void *input, Response *response, GError **error);

/* What POST answers with that makes one job. */
typedef struct {
  int64_t job;
} JobMade;
extern const FieldTable job_made_table;
