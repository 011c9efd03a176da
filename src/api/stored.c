/* Decides what a profile's name means and how jobs are made for requests. Test: tests/unit/api/test_server.c */
#include "api/stored.h"

#include "base/error.h"
#include "base/number.h"
#include "encode/profile.h"
#include "store/record_sql.h"

#include <string.h>

static const Field job_made_fields[] = {
    FIELD_INT(JobMade, job, .help = "Number of the job; the one that was there already, if it was."),
};
const FieldTable job_made_table = FIELD_TABLE(JobMade, "JobMade", NULL, job_made_fields);

/* SQLite's transactions lock the whole database from the start. */
bool stored_lock(DbConn *conn, const FieldTable *table, int64_t id, void *record, GError **error)
{
  if (db_conn_kind(conn) != DB_POSTGRESQL)
    return record_get(conn, table, id, record, error);
  g_autoptr(GError) why = NULL;
  if (record_find(conn, table, "id = $1 FOR UPDATE", DB_ARGS(DB_INT(id)), record, &why))
    return true;
  if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return record_get(conn, table, id, record, error); /* the same error, with the number in it */
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool find_profile(DbConn *conn, const char *where, const DbArg *args, int64_t *ret_id, bool *ret_found, GError **error)
{
  Profile profile;
  record_init(&profile_table, &profile);
  g_autoptr(GError) why = NULL;
  *ret_found = record_find(conn, &profile_table, where, args, &profile, &why);
  if (*ret_found)
    *ret_id = profile.id;
  record_clear(&profile_table, &profile);
  if (*ret_found || reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool profile_of_id(DbConn *conn, const char *field, int64_t id, Response *response, GError **error)
{
  bool found = false;
  if (!find_profile(conn, "id = $1", DB_ARGS(DB_INT(id)), &id, &found, error))
    return false;
  return found || response_refuse(response, error, field, "%s: There is no profile %" G_GINT64_FORMAT ".", field, id);
}

bool stored_profile(DbConn *conn, const char *text, int64_t *ret_id, Response *response, GError **error)
{
  bool found = false;
  int64_t id;
  if (!find_profile(conn, "name = $1", DB_ARGS(DB_TEXT(text)), ret_id, &found, error))
    return false;
  if (!found && parse_int(text, 1, INT64_MAX, &id) && !find_profile(conn, "id = $1", DB_ARGS(DB_INT(id)), ret_id, &found, error))
    return false;
  return found || response_refuse(response, error, "profile", "profile: There is no profile named %.100s.", text);
}

static bool resolve(DbConn *conn, const json_t *profile, int64_t *ret_id, Response *response, GError **error)
{
  if (json_is_string(profile) && strlen(json_string_value(profile)) == json_string_length(profile))
    return stored_profile(conn, json_string_value(profile), ret_id, response, error);
  if (!json_is_integer(profile))
    return response_refuse(response, error, "profile", "profile must be a profile's name or its number");
  *ret_id = json_integer_value(profile);
  return profile_of_id(conn, "profile", *ret_id, response, error);
}

bool stored_name_profile(Db *db, json_t *body, Response *response, GError **error)
{
  const json_t *profile = json_object_get(body, "profile"), *number = json_object_get(body, "profile_id");
  if (!profile && !json_is_integer(number))
    return true; /* a wrong type of profile_id is found with those of the other fields */
  if (profile && number)
    return response_refuse(response, error, "profile", "profile and profile_id cannot both be given");
  if (json_is_null(profile)) {
    json_object_set_new(body, "profile_id", json_null());
    return json_object_del(body, "profile") == 0;
  }
  g_autoptr(DbConn) conn = db_acquire(db, error);
  if (!conn)
    return false;
  if (!profile)
    return profile_of_id(conn, "profile_id", json_integer_value(number), response, error);
  int64_t id = 0;
  if (!resolve(conn, profile, &id, response, error))
    return false;
  json_object_set_new(body, "profile_id", json_integer(id));
  return json_object_del(body, "profile") == 0;
}

bool stored_page(Request *request, const FieldTable *table, Response *response, GError **error)
{
  int64_t limit = request_limit(request), after_id = 0;
  const char *after = request_text(request, "after");
  if (after && !parse_int(after, 0, INT64_MAX, &after_id))
    return response_refuse(response, error, "after", "after must be the next of the page before");
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  /* One more than asked for tells whether there is a next page. */
  g_autoptr(GPtrArray) records =
      conn ? record_list(conn, table, "WHERE id > $1 ORDER BY id LIMIT $2", DB_ARGS(DB_INT(after_id), DB_INT(limit + 1)), error)
           : NULL;
  if (!records)
    return false;
  g_autofree char *next = NULL;
  if (records->len > limit) {
    g_ptr_array_set_size(records, (gint)limit);
    const int64_t *last_id = field_peek(field_find(table, "id"), records->pdata[limit - 1]);
    next = g_strdup_printf("%" G_GINT64_FORMAT, *last_id);
  }
  response_list(response, table, records, next);
  return true;
}

bool stored_unfinished_of_root(DbConn *conn, const char *kind, int64_t root_id, int64_t *ret_id, bool *ret_found, GError **error)
{
  return db_query_int(
      conn, "SELECT id FROM jobs WHERE root_id = $1 AND kind = $2 AND state IN ($3, $4, $5, $6) ORDER BY id LIMIT 1",
      DB_ARGS(DB_INT(root_id), DB_TEXT(kind), DB_ENUM(job_state_table, JOB_HELD), DB_ENUM(job_state_table, JOB_PENDING),
              DB_ENUM(job_state_table, JOB_RUNNING), DB_ENUM(job_state_table, JOB_PAUSED)),
      ret_id, ret_found, error);
}

bool stored_add_job(Queue *queue, DbConn *conn, const StoredJob *request, int64_t *ret_id, GError **error)
{
  static const char *const needs[] = {"server", NULL};
  g_autoptr(json_t) payload = json_from_record(request->payload_table, request->payload, JSON_FULL);
  g_autoptr(Job) job = record_new(&job_table);
  g_free(job->kind);
  job->kind = g_strdup(request->kind);
  g_free(job->title);
  job->title = g_strdup(request->title);
  g_free(job->payload);
  job->payload = json_text(payload);
  g_strfreev(job->needs);
  job->needs = g_strdupv((char **)needs);
  job->root_id = request->root_id;
  job->file_id = request->file_id;
  job->priority = request->priority;
  if (!queue_add(queue, conn, job, error))
    return false;
  *ret_id = job->id;
  return true;
}
