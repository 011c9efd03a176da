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

static bool find_profile(DbConn *conn, const char *column, DbArg value, int64_t *ret_id, bool *ret_found, GError **error)
{
  Profile profile;
  record_init(&profile_table, &profile);
  g_autoptr(GError) why = NULL;
  *ret_found = record_by(conn, &profile_table, column, value, &profile, &why);
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
  if (!find_profile(conn, "id", DB_INT(id), &id, &found, error))
    return false;
  return found || response_refuse(response, error, field, "%s: There is no profile %" G_GINT64_FORMAT ".", field, id);
}

bool stored_profile(DbConn *conn, const char *text, int64_t *ret_id, Response *response, GError **error)
{
  bool found = false;
  int64_t id;
  if (!find_profile(conn, "name", DB_TEXT(text), ret_id, &found, error))
    return false;
  if (!found && parse_int(text, 1, INT64_MAX, &id) && !find_profile(conn, "id", DB_INT(id), ret_id, &found, error))
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
  int64_t next_id = 0;
  g_autoptr(GPtrArray) records = conn ? record_page(conn, table, after_id, limit, &next_id, error) : NULL;
  if (!records)
    return false;
  g_autofree char *next = next_id ? g_strdup_printf("%" G_GINT64_FORMAT, next_id) : NULL;
  response_list(response, table, records, next);
  return true;
}
