/* What people do to jobs, one by one and many at once (Q1). Test: tests/unit/api/test_server_jobs.c */
#include "api/route.h"
#include "api/stored.h"
#include "base/error.h"
#include "store/record_sql.h"

static bool control(Request *request, bool (*act)(Queue *queue, int64_t job_id, GError **error), Response *response,
                    GError **error)
{
  return act(request_services(request)->queue, request_id(request), error) && route_get_job(request, NULL, response, error);
}

static bool pause_job(Request *request, void *input, Response *response, GError **error)
{
  return control(request, queue_pause, response, error);
}

static bool resume_job(Request *request, void *input, Response *response, GError **error)
{
  return control(request, queue_resume, response, error);
}

static bool cancel_job(Request *request, void *input, Response *response, GError **error)
{
  return control(request, queue_cancel, response, error);
}

static bool retry_job(Request *request, void *input, Response *response, GError **error)
{
  return control(request, queue_retry, response, error);
}

static bool release_job(Request *request, void *input, Response *response, GError **error)
{
  return control(request, queue_release_held, response, error);
}

static bool delete_job(Request *request, void *input, Response *response, GError **error)
{
  return queue_delete(request_services(request)->queue, request_id(request), error);
}

/* --- one job's place --- */

typedef struct {
  int priority;
  int64_t before, after;
} JobPatch;

static const Field job_patch_fields[] = {
    FIELD_ENUM(JobPatch, priority, job_priority_table, .flags = FIELD_NULLABLE, .help = "Which jobs it goes before."),
    FIELD_INT(JobPatch, before, .flags = FIELD_NULLABLE, .min = 1, .max = 9e15,
              .help = "Job that it is put right before, taking its priority."),
    FIELD_INT(JobPatch, after, .flags = FIELD_NULLABLE, .min = 1, .max = 9e15,
              .help = "Job that it is put right after, taking its priority."),
};
static const FieldTable job_patch_table = FIELD_TABLE(JobPatch, "JobPatchInput", NULL, job_patch_fields);

static bool move(Request *request, QueueSide side, int64_t other_id, Response *response, GError **error)
{
  const char *field = side == QUEUE_BEFORE ? "before" : "after";
  if (other_id == request_id(request))
    return response_refuse(response, error, field, "%s must be another job", field);
  return queue_move(request_services(request)->queue, request_id(request), side, other_id, error) &&
         route_get_job(request, NULL, response, error);
}

static bool patch_job(Request *request, void *input, Response *response, GError **error)
{
  const JobPatch *patch = input;
  int given = (patch->priority != FIELD_NULL_ENUM) + (patch->before != FIELD_NULL_INT) + (patch->after != FIELD_NULL_INT);
  if (given != 1)
    return response_refuse(response, error, "priority", "priority, before, after: give exactly one of them");
  if (patch->before != FIELD_NULL_INT)
    return move(request, QUEUE_BEFORE, patch->before, response, error);
  if (patch->after != FIELD_NULL_INT)
    return move(request, QUEUE_AFTER, patch->after, response, error);
  return queue_set_priority(request_services(request)->queue, request_id(request), (JobPriority)patch->priority, error) &&
         route_get_job(request, NULL, response, error);
}

/* --- many at once --- */

typedef enum {
  BULK_RETRY,
  BULK_CANCEL,
  BULK_PAUSE,
  BULK_RESUME,
  BULK_DELETE,
  BULK_RELEASE,
  BULK_PRIORITY,
  BULK_PROFILE
} BulkAction;

static const EnumRow bulk_action_rows[] = {
    {BULK_RETRY, "retry", "Put ended jobs back into the queue"},
    {BULK_CANCEL, "cancel", "Stop for good"},
    {BULK_PAUSE, "pause", "Freeze, or keep from starting"},
    {BULK_RESUME, "resume", "Let paused jobs go on"},
    {BULK_DELETE, "delete", "Forget jobs that no worker has"},
    {BULK_RELEASE, "release", "Let held jobs into the queue"},
    {BULK_PRIORITY, "priority", "Give the priority in value"},
    {BULK_PROFILE, "profile", "Give waiting transcodes the profile in value, by name or number"},
};
static const EnumTable bulk_action_table = ENUM_TABLE("BulkAction", bulk_action_rows);

typedef struct {
  int action;
  GArray *ids;
  int state;
  char *kind, *value;
} BulkInput;

static const Field bulk_input_fields[] = {
    FIELD_ENUM(BulkInput, action, bulk_action_table, .flags = FIELD_REQUIRED, .help = "What to do."),
    FIELD_INTS(BulkInput, ids, .max = 10000, .help = "The jobs; or say which by state or kind."),
    FIELD_ENUM(BulkInput, state, job_state_table, .flags = FIELD_NULLABLE, .help = "All jobs in this state."),
    FIELD_TEXT(BulkInput, kind, .flags = FIELD_NULLABLE, .min = 1, .max = 64, .help = "All jobs of this kind."),
    FIELD_TEXT(BulkInput, value, .flags = FIELD_NULLABLE, .max = 200, .help = "For priority and profile: which one."),
};
static const FieldTable bulk_input_table = FIELD_TABLE(BulkInput, "BulkInput", NULL, bulk_input_fields);

typedef struct {
  int64_t done;
  GPtrArray *failed;
} BulkDone;

static const Field bulk_done_fields[] = {
    FIELD_INT(BulkDone, done, .help = "Jobs that were changed."),
    FIELD_RECORDS(BulkDone, failed, job_refusal_table, .max = 1 << 20, .help = "Jobs that were left as they are, and why."),
};
static const FieldTable bulk_done_table = FIELD_TABLE(BulkDone, "BulkDone", NULL, bulk_done_fields);

static bool give_profile(Job *job, void *profile_id, GError **error)
{
  return transcode_set_profile(job, *(const int64_t *)profile_id, error);
}

static bool read_priority(const BulkInput *bulk, QueueChange *change, Response *response, GError **error)
{
  int priority;
  if (!bulk->value || !enum_value(&job_priority_table, bulk->value, &priority)) {
    g_autofree char *choices = enum_choices(&job_priority_table);
    return response_refuse(response, error, "value", "value must be %s", choices);
  }
  change->priority = (JobPriority)priority;
  return true;
}

static bool read_profile(DbConn *conn, const BulkInput *bulk, int64_t *ret_id, Response *response, GError **error)
{
  if (!bulk->value)
    return response_refuse(response, error, "value", "value must be a profile's name or its number");
  return stored_profile(conn, bulk->value, ret_id, response, error);
}

/* `profile_id` is where the change's profile is kept. */
static bool read_change(DbConn *conn, const BulkInput *bulk, QueueChange *ret_change, int64_t *profile_id, Response *response,
                        GError **error)
{
  static const QueueAct acts[] = {
      [BULK_RETRY] = QUEUE_RETRY,           [BULK_CANCEL] = QUEUE_CANCEL,   [BULK_PAUSE] = QUEUE_PAUSE,
      [BULK_RESUME] = QUEUE_RESUME,         [BULK_DELETE] = QUEUE_DELETE,   [BULK_RELEASE] = QUEUE_RELEASE,
      [BULK_PRIORITY] = QUEUE_SET_PRIORITY, [BULK_PROFILE] = QUEUE_REWRITE,
  };
  *ret_change = (QueueChange){.act = acts[bulk->action], .rewrite = give_profile, .user_data = profile_id};
  if (bulk->action == BULK_PRIORITY)
    return read_priority(bulk, ret_change, response, error);
  if (bulk->action == BULK_PROFILE)
    return read_profile(conn, bulk, profile_id, response, error);
  return !bulk->value || response_refuse(response, error, "value", "value is for priority and profile only");
}

/* Which jobs are meant; NULL on error. An empty request must not mean all there are. */
static GArray *find_jobs(DbConn *conn, const BulkInput *bulk, Response *response, GError **error)
{
  bool has_ids = bulk->ids && bulk->ids->len > 0, has_filter = bulk->state != FIELD_NULL_ENUM || bulk->kind;
  if (has_ids == has_filter) {
    response_refuse(response, error, "ids", "ids, or state and kind: give one of the two");
    return NULL;
  }
  return has_ids ? g_array_ref(bulk->ids) : job_ids(conn, bulk->state, bulk->kind, error);
}

static bool post_bulk(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  const BulkInput *bulk = input;
  QueueChange change;
  int64_t profile_id = 0;
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  g_autoptr(GArray) ids = conn ? find_jobs(conn, bulk, response, error) : NULL;
  if (!ids || !read_change(conn, bulk, &change, &profile_id, response, error))
    return false;
  g_clear_pointer(&conn, db_release);
  BulkDone done = {.failed = records_new(&job_refusal_table)};
  bool ok =
      queue_change(services->queue, &change, (const int64_t *)(const void *)ids->data, ids->len, done.failed, &done.done, error);
  if (ok)
    response_record(response, &bulk_done_table, &done);
  record_clear(&bulk_done_table, &done);
  return ok;
}

#define CONTROL .access = ACCESS_OPERATE, .output = &job_table, .status = 200

static const Route rows[] = {
    {"POST", "/api/v1/jobs/bulk", ACCESS_OPERATE, ROUTE_SLOW | ROUTE_ONCE, .input = &bulk_input_table, .input_mode = JSON_CREATE,
     .output = &bulk_done_table, .status = 200, .handle = post_bulk,
     .summary = "Changes many jobs, each by itself: named, or all of a state and kind."},
    {"PATCH", "/api/v1/jobs/{id}", ACCESS_OPERATE, .input = &job_patch_table, .input_mode = JSON_CREATE, .output = &job_table,
     .status = 200, .handle = patch_job, .summary = "Changes a job's priority, or its place in the queue."},
    {"DELETE", "/api/v1/jobs/{id}", ACCESS_OPERATE, .status = 204, .handle = delete_job,
     .summary = "Forgets a job that no worker has, with its log."},
    {"POST", "/api/v1/jobs/{id}/pause", CONTROL, .handle = pause_job, .summary = "Freezes a job, or keeps it from starting."},
    {"POST", "/api/v1/jobs/{id}/resume", CONTROL, .handle = resume_job, .summary = "Lets a paused job go on."},
    {"POST", "/api/v1/jobs/{id}/cancel", CONTROL, .handle = cancel_job, .summary = "Stops a job for good."},
    {"POST", "/api/v1/jobs/{id}/retry", CONTROL, .handle = retry_job, .summary = "Puts an ended job back into the queue."},
    {"POST", "/api/v1/jobs/{id}/release", CONTROL, .handle = release_job, .summary = "Lets a held job into the queue."},
};
const RouteSet job_control_routes = {rows, G_N_ELEMENTS(rows)};
