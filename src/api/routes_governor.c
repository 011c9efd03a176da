/* When work may run: schedules, somebody's word against them, what is in force and why a job does not run (G1, G2, G4).
 * Test: tests/unit/api/test_server_governor.c */
#include "api/route.h"
#include "api/stored.h"
#include "base/error.h"
#include "operate/timetables.h"
#include "operate/why.h"
#include "store/record_sql.h"

#include <math.h>

/* --- schedules --- */

static bool get_schedules(Request *request, void *input, Response *response, GError **error)
{
  return stored_page(request, &timetable_table, response, error);
}

static bool get_schedule(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &timetable_table, request_id(request), timetable, error))
    return false;
  response_record(response, &timetable_table, timetable);
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

/* The rules of one schedule and those between schedules, which the database holds to as well. */
static bool check_schedule(DbConn *conn, const Timetable *timetable, Response *response, GError **error)
{
  RuleReport report = {.response = response, .error = error};
  if (!timetable_check(timetable, report_rule, &report))
    return false;
  return timetables_allow(conn, timetable, error);
}

static bool add_schedule(Request *request, Timetable *timetable, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  timetable->created_at_ms = timetable->updated_at_ms = clock_now_ms(request_services(request)->clock);
  return transaction && check_schedule(conn, timetable, response, error) &&
         record_insert(conn, &timetable_table, timetable, error) && db_commit(transaction, error);
}

static bool post_schedule(Request *request, void *input, Response *response, GError **error)
{
  if (!add_schedule(request, input, response, error))
    return false;
  warden_poke(request_services(request)->warden);
  response_record(response, &timetable_table, input);
  return true;
}

static bool replace_schedule(Request *request, DbConn *conn, Timetable *timetable, Response *response, GError **error)
{
  g_autoptr(Timetable) stored = record_new(&timetable_table);
  if (!record_lock(conn, &timetable_table, request_id(request), stored, error) ||
      !response_unchanged(request, response, &timetable_table, stored, error))
    return false;
  timetable->id = stored->id;
  timetable->created_at_ms = stored->created_at_ms;
  timetable->updated_at_ms = clock_now_ms(request_services(request)->clock);
  return check_schedule(conn, timetable, response, error) && record_update(conn, &timetable_table, timetable, error);
}

static bool put_schedule(Request *request, void *input, Response *response, GError **error)
{
  {
    g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction || !replace_schedule(request, conn, input, response, error) || !db_commit(transaction, error))
      return false;
  }
  warden_poke(request_services(request)->warden);
  response_record(response, &timetable_table, input);
  return true;
}

static bool remove_schedule(Request *request, DbConn *conn, Response *response, GError **error)
{
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  return record_lock(conn, &timetable_table, request_id(request), timetable, error) &&
         response_unchanged(request, response, &timetable_table, timetable, error) && timetables_remove(conn, timetable, error);
}

static bool delete_schedule(Request *request, void *input, Response *response, GError **error)
{
  {
    g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction || !remove_schedule(request, conn, response, error) || !db_commit(transaction, error))
      return false;
  }
  warden_poke(request_services(request)->warden);
  return true;
}

/* --- what is in force --- */

typedef struct {
  char *override; /* GovernorOverride as JSON, or NULL */
  GPtrArray *workers;
} Governor;

static const Field governor_fields[] = {
    FIELD_JSON(Governor, override, .flags = FIELD_NULLABLE, .record = &governor_override_table,
               .help = "Somebody's word against the schedules, while it holds; null: none."),
    FIELD_RECORDS(Governor, workers, governor_state_table, .help = "What holds work back on each worker, and why."),
};
static const FieldTable governor_table = FIELD_TABLE(Governor, "Governor", NULL, governor_fields);

static bool read_override(DbConn *conn, int64_t now_ms, char **ret_json, GError **error)
{
  GovernorOverride override;
  bool found = false;
  if (!override_get(conn, &override, &found, error))
    return false;
  if (found && governor_override_holds(&override, now_ms)) {
    g_autoptr(json_t) json = json_from_record(&governor_override_table, &override, JSON_PUBLIC);
    *ret_json = json_text(json);
  }
  return true;
}

static bool get_governor(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  int64_t now_ms = clock_now_ms(services->clock);
  Governor governor = {0};
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  bool ok = conn && read_override(conn, now_ms, &governor.override, error) &&
            (governor.workers = governor_states(conn, services->warden, now_ms, error));
  if (ok)
    response_record(response, &governor_table, &governor);
  record_clear(&governor_table, &governor);
  return ok;
}

typedef struct {
  char *until; /* JSON */
  bool allow;
  int running;
} OverrideInput;

static const Field override_input_fields[] = {
    FIELD_JSON(OverrideInput, until, .flags = FIELD_REQUIRED,
               .help = "\"edge\": until the next edge of each schedule; or a number of hours, at most 720."),
    FIELD_BOOL(OverrideInput, allow, .flags = FIELD_REQUIRED,
               .help = "true lets work run outside the windows, false holds it inside. Limits of the machine hold in any case."),
    FIELD_ENUM(OverrideInput, running, window_end_table, .preset = "freeze",
               .help = "What becomes of running work that is held."),
};
static const FieldTable override_input_table = FIELD_TABLE(OverrideInput, "OverrideInput", NULL, override_input_fields);

static bool post_override(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  const OverrideInput *wish = input;
  g_autoptr(json_t) until = json_loads(wish->until, JSON_DECODE_ANY, NULL);
  bool by_edge = g_strcmp0(json_string_value(until), "edge") == 0;
  if (!by_edge && !json_is_number(until))
    return response_refuse(response, error, "until", "until must be \"edge\" or a number of hours");
  OverrideWish order = {.allow = wish->allow, .hours = by_edge ? NAN : json_number_value(until), .running = wish->running};
  GovernorOverride override;
  {
    g_autoptr(GError) why = NULL;
    g_autoptr(DbConn) conn = db_acquire(services->db, error);
    if (!conn)
      return false;
    if (!override_put(conn, &order, services->clock, &override, &why)) {
      if (reeve_error_code(why) == REEVE_ERROR_INVALID)
        return response_refuse(response, error, "until", "until: %s", why->message);
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
  }
  warden_poke(services->warden);
  response_record(response, &governor_override_table, &override);
  return true;
}

static bool delete_override(Request *request, void *input, Response *response, GError **error)
{
  {
    g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
    if (!conn || !override_clear(conn, error))
      return false;
  }
  warden_poke(request_services(request)->warden);
  return true;
}

static bool get_job_why(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  JobWhy why = {0};
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  if (!conn || !job_why_read(conn, request_id(request), services->warden, clock_now_ms(services->clock), &why, error))
    return false;
  response_record(response, &job_why_table, &why);
  record_clear(&job_why_table, &why);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/schedules", ACCESS_READ, ROUTE_LISTS, .output = &timetable_table, .status = 200, .handle = get_schedules,
     .summary = "All schedules: when work may run."},
    {"POST", "/api/v1/schedules", ACCESS_ADMIN, ROUTE_TAGGED | ROUTE_ONCE, .input = &timetable_table, .input_mode = JSON_CREATE,
     .output = &timetable_table, .status = 201, .handle = post_schedule,
     .summary = "Adds a schedule; it holds everywhere, or for the roots that name it."},
    {"GET", "/api/v1/schedules/{id}", ACCESS_READ, ROUTE_TAGGED, .output = &timetable_table, .status = 200,
     .handle = get_schedule, .summary = "One schedule."},
    {"PUT", "/api/v1/schedules/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .input = &timetable_table, .input_mode = JSON_CREATE,
     .output = &timetable_table, .status = 200, .handle = put_schedule, .summary = "Replaces a schedule, at once."},
    {"DELETE", "/api/v1/schedules/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .status = 204, .handle = delete_schedule,
     .summary = "Deletes a schedule that no root names."},
    {"GET", "/api/v1/governor", ACCESS_READ, .output = &governor_table, .status = 200, .handle = get_governor,
     .summary = "What may start and go on now on each worker, by which schedule, word or limit, and when that changes."},
    {"POST", "/api/v1/governor/override", ACCESS_OPERATE, .input = &override_input_table, .input_mode = JSON_CREATE,
     .output = &governor_override_table, .status = 200, .handle = post_override,
     .summary = "Lets work run, or holds it, until the next edge or for some hours, whatever the schedules say."},
    {"DELETE", "/api/v1/governor/override", ACCESS_OPERATE, .status = 204, .handle = delete_override,
     .summary = "Takes that back: the schedules hold again."},
    {"GET", "/api/v1/jobs/{id}/why", ACCESS_READ, .output = &job_why_table, .status = 200, .handle = get_job_why,
     .summary = "Why a job does not run now: each reason with its rule and values."},
};
const RouteSet governor_routes = {rows, G_N_ELEMENTS(rows)};
