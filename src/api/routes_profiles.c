/* Profiles over HTTP (T1). Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "api/stored.h"
#include "base/error.h"
#include "encode/profile.h"
#include "store/record_sql.h"

static bool get_profiles(Request *request, void *input, Response *response, GError **error)
{
  return stored_page(request, &profile_table, response, error);
}

static bool get_profile(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Profile) profile = record_new(&profile_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &profile_table, request_id(request), profile, error))
    return false;
  response_record(response, &profile_table, profile);
  return true;
}

typedef struct {
  Response *response;
  GError **error; /* set by the first */
  bool broken;
} RuleReport;

static void report_rule(const char *field, const char *message, void *user_data)
{
  RuleReport *report = user_data;
  response_refuse(report->response, report->broken ? NULL : report->error, field, "%s", message);
  report->broken = true;
}

static bool check_rules(const Profile *profile, Response *response, GError **error)
{
  RuleReport report = {.response = response, .error = error};
  return profile_check(profile, report_rule, &report);
}

/* Names are unique; the database says so last. */
static bool name_taken(const Profile *profile, GError *why, Response *response, GError **error)
{
  if (reeve_error_code(why) == REEVE_ERROR_CONFLICT) {
    g_error_free(why);
    return fail(error, REEVE_ERROR_CONFLICT, "There is already a profile named %s.", profile->name);
  }
  g_propagate_error(error, why);
  return false;
}

static bool post_profile(Request *request, void *input, Response *response, GError **error)
{
  Profile *profile = input;
  if (!check_rules(profile, response, error))
    return false;
  profile->created_at_ms = profile->updated_at_ms = clock_now_ms(request_services(request)->clock);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn)
    return false;
  GError *why = NULL;
  if (!record_insert(conn, &profile_table, profile, &why))
    return name_taken(profile, why, response, error);
  response_record(response, &profile_table, profile);
  return true;
}

/* All of it is replaced, but for what is the store's. */
static bool replace_profile(Request *request, DbConn *conn, Profile *profile, Response *response, GError **error)
{
  g_autoptr(Profile) stored = record_new(&profile_table);
  if (!stored_lock(conn, &profile_table, request_id(request), stored, error))
    return false;
  profile->id = stored->id;
  profile->version = stored->version + 1;
  profile->seeded = stored->seeded;
  profile->created_at_ms = stored->created_at_ms;
  profile->updated_at_ms = clock_now_ms(request_services(request)->clock);
  GError *why = NULL;
  return record_update(conn, &profile_table, profile, &why) || name_taken(profile, why, response, error);
}

static bool put_profile(Request *request, void *input, Response *response, GError **error)
{
  Profile *profile = input;
  if (!check_rules(profile, response, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !replace_profile(request, conn, profile, response, error) || !db_commit(transaction, error))
    return false;
  response_record(response, &profile_table, profile);
  return true;
}

static bool remove_profile(Request *request, DbConn *conn, GError **error)
{
  g_autoptr(Profile) profile = record_new(&profile_table);
  if (!stored_lock(conn, &profile_table, request_id(request), profile, error))
    return false;
  g_autoptr(GPtrArray) users =
      record_list(conn, &root_table, "WHERE profile_id = $1 ORDER BY id LIMIT 1", DB_ARGS(DB_INT(profile->id)), error);
  if (!users)
    return false;
  if (users->len > 0)
    return fail(error, REEVE_ERROR_CONFLICT, "The root %s uses the profile %s; give it another one first.",
                ((const Root *)users->pdata[0])->path, profile->name);
  return record_delete(conn, &profile_table, profile->id, error);
}

static bool delete_profile(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  return transaction && remove_profile(request, conn, error) && db_commit(transaction, error);
}

static const Route rows[] = {
    {"GET", "/api/v1/profiles", ACCESS_READ, ROUTE_LISTS, .output = &profile_table, .status = 200, .handle = get_profiles,
     .summary = "All profiles."},
    {"POST", "/api/v1/profiles", ACCESS_ADMIN, .input = &profile_table, .input_mode = JSON_CREATE, .output = &profile_table,
     .status = 201, .handle = post_profile, .summary = "Makes a profile; what is not given takes its default."},
    {"GET", "/api/v1/profiles/{id}", ACCESS_READ, .output = &profile_table, .status = 200, .handle = get_profile,
     .summary = "One profile."},
    {"PUT", "/api/v1/profiles/{id}", ACCESS_ADMIN, .input = &profile_table, .input_mode = JSON_CREATE, .output = &profile_table,
     .status = 200, .handle = put_profile, .summary = "Replaces a profile; what is not given takes its default."},
    {"DELETE", "/api/v1/profiles/{id}", ACCESS_ADMIN, .status = 204, .handle = delete_profile,
     .summary = "Deletes a profile that no root uses."},
};
const RouteSet profile_routes = {rows, G_N_ELEMENTS(rows)};
