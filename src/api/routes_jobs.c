/* Jobs over HTTP: lists and making them; what people do to them is in routes_job_control.c. Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "api/stored.h"
#include "base/error.h"
#include "base/number.h"
#include "store/record_sql.h"
#include "store/work.h"

enum { DRY_RUN_PLANS_MAX = 500 };

static const QueryParameter job_query[] = {
    {"state", FIELD_KIND_ENUM, &job_state_table, "Jobs in this state; pending ones come in the order of the queue."},
    {"sort", FIELD_KIND_ENUM, &job_sort_table, "Order; unless given, that of the queue for pending jobs, else the newest first."},
    {"kind", FIELD_KIND_TEXT, NULL, "Jobs of this kind, such as transcode or scan."},
    {"parent", FIELD_KIND_INT, NULL, "Parts of this job."},
    {"file", FIELD_KIND_INT, NULL, "Jobs for this file."},
};

static bool get_jobs(Request *request, void *input, Response *response, GError **error)
{
  JobQuery query = {
      .sort = request_enum(request, "sort"),
      .state = request_enum(request, "state"),
      .kind = request_text(request, "kind"),
      .parent_id = request_int(request, "parent"),
      .file_id = request_int(request, "file"),
      .after = request_text(request, "after"),
      .limit = request_limit(request),
  };
  if (query.sort == JOB_SORT_QUEUE && query.state == FIELD_NULL_ENUM)
    return response_refuse(response, error, "sort", "sort cannot be queue without a state: each state has an order of its own");
  g_autofree char *next = NULL;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(GPtrArray) jobs = conn ? job_page(conn, &query, &next, error) : NULL;
  if (jobs)
    response_list(response, &job_table, jobs, next);
  return jobs != NULL;
}

bool route_get_job(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &job_table, request_id(request), job, error))
    return false;
  response_record(response, &job_table, job);
  return true;
}

static bool get_job_log(Request *request, void *input, Response *response, GError **error)
{
  int64_t after_id = 0, limit = request_limit(request);
  const char *after = request_text(request, "after");
  if (after && !parse_int(after, 0, INT64_MAX, &after_id))
    return response_refuse(response, error, "after", "after must be the next of the page before");
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &job_table, request_id(request), job, error))
    return false;
  g_autoptr(GPtrArray) lines = job_log_page(conn, job->id, after_id, limit, error);
  if (!lines)
    return false;
  /* A full page of a running job may be all there is yet; the next one is then empty. */
  g_autofree char *next =
      lines->len < limit ? NULL : g_strdup_printf("%" G_GINT64_FORMAT, ((const JobLogLine *)lines->pdata[lines->len - 1])->id);
  response_list(response, &job_log_table, lines, next);
  return true;
}

/* --- making jobs --- */

typedef enum { ORDER_TRANSCODE, ORDER_SCAN, ORDER_HEALTH } OrderKind;
static const EnumRow order_kind_rows[] = {
    {ORDER_TRANSCODE, "transcode", "Re-encode files by a profile"},
    {ORDER_SCAN, "scan", "Look at a root again"},
    {ORDER_HEALTH, FILE_CHECK_JOB, "Decode files to find damage"},
};
static const EnumTable order_kind_table = ENUM_TABLE("JobKind", order_kind_rows);

typedef struct {
  int kind; /* OrderKind */
  int64_t file, root;
  GArray *files;
  int64_t profile_id;
  int priority;
  bool force, dry_run;
} JobInput;

static const Field job_input_fields[] = {
    FIELD_ENUM(JobInput, kind, order_kind_table, .flags = FIELD_REQUIRED, .help = "What to do."),
    FIELD_INT(JobInput, file, .flags = FIELD_NULLABLE, .min = 1, .max = 9e15, .help = "The file; or give files, or root."),
    FIELD_INTS(JobInput, files, .max = 10000, .help = "Several files."),
    FIELD_INT(JobInput, root, .flags = FIELD_NULLABLE, .min = 1, .max = 9e15,
              .help = "All files of a root, or the root to scan."),
    FIELD_INT(JobInput, profile_id, .flags = FIELD_NULLABLE, .help = "Profile to encode by; null: the root's."),
    FIELD_ENUM(JobInput, priority, job_priority_table, .preset = "normal", .help = "Which jobs it goes before."),
    FIELD_BOOL(JobInput, force, .help = "Do not skip for size, age, codec or an earlier verdict."),
    FIELD_BOOL(JobInput, dry_run, .help = "Make nothing, answer with the plans."),
};
static const FieldTable job_input_table = FIELD_TABLE(JobInput, "JobInput", NULL, job_input_fields);

typedef struct {
  GArray *jobs;
} JobsMade;

static const Field jobs_made_fields[] = {
    FIELD_INTS(JobsMade, jobs, .help = "Numbers of the jobs; where a file had one that has not ended, that one."),
};
static const FieldTable jobs_made_table = FIELD_TABLE(JobsMade, "JobsMade", NULL, jobs_made_fields);

typedef struct {
  int64_t file_id;
  char *path;
  char *plan; /* EncodePlan as JSON */
  char *error;
} PlannedFile;

static const Field planned_file_fields[] = {
    FIELD_INT(PlannedFile, file_id, .help = "Number of the file."),
    FIELD_TEXT(PlannedFile, path, .help = "Its path."),
    FIELD_JSON(PlannedFile, plan, .flags = FIELD_NULLABLE, .record = &encode_plan_table,
               .help = "What would be done, as in GET /files/{id}/plan."),
    FIELD_TEXT(PlannedFile, error, .flags = FIELD_NULLABLE, .help = "Why there is no plan."),
};
static const FieldTable planned_file_table = FIELD_TABLE(PlannedFile, "PlannedFile", NULL, planned_file_fields);

typedef struct {
  GPtrArray *plans;
  int64_t total;
} DryRun;

static const Field dry_run_fields[] = {
    FIELD_RECORDS(DryRun, plans, planned_file_table, .help = "The first 500 files' plans."),
    FIELD_INT(DryRun, total, .help = "Files in question."),
};
static const FieldTable dry_run_table = FIELD_TABLE(DryRun, "DryRun", NULL, dry_run_fields);

/* Exactly one of file, files and root; for a scan, root. */
static bool check_targets(const JobInput *order, Response *response, GError **error)
{
  bool has_files = order->files && order->files->len > 0;
  int given = (order->file != FIELD_NULL_INT) + has_files + (order->root != FIELD_NULL_INT);
  if (given != 1)
    return response_refuse(response, error, "file", "file, files, root: give exactly one of them");
  if (order->kind == ORDER_SCAN && order->root == FIELD_NULL_INT)
    return response_refuse(response, error, "root", "root is required for a scan");
  if (order->kind != ORDER_TRANSCODE && order->dry_run)
    return response_refuse(response, error, "dry_run", "dry_run is for transcodes: a scan or a check changes no file");
  return true;
}

static GArray *ids_of(GArray *ids, int64_t id)
{
  g_array_append_val(ids, id);
  return ids;
}

/* The files that an order names; NULL on error. */
static GArray *files_of(const JobInput *order, DbConn *conn, GError **error)
{
  if (order->root != FIELD_NULL_INT) {
    g_autoptr(Root) root = record_new(&root_table);
    return record_get(conn, &root_table, order->root, root, error) ? work_files_of_root(conn, root->id, 0, -1, error) : NULL;
  }
  if (order->file != FIELD_NULL_INT)
    return ids_of(g_array_new(FALSE, FALSE, sizeof(int64_t)), order->file);
  return g_array_ref(order->files);
}

static bool plan_one(Request *request, const JobInput *order, const CapabilitySet *capabilities, int64_t file_id,
                     PlannedFile *planned, GError **error)
{
  const ApiServices *services = request_services(request);
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  if (!conn || !record_get(conn, &file_table, file_id, file, error))
    return false;
  g_clear_pointer(&conn, db_release);
  planned->file_id = file_id;
  g_free(planned->path);
  planned->path = g_strdup(file->path);
  g_autoptr(GError) why = NULL;
  g_autoptr(EncodePlan) plan = transcode_plan_file(services->desk, file_id, order->profile_id, capabilities, order->force, &why);
  if (plan) {
    g_autoptr(json_t) json = json_from_record(&encode_plan_table, plan, JSON_PUBLIC);
    planned->plan = json_text(json);
    return true;
  }
  /* What stands in the way of one file is part of the answer; what would stop all of them is the answer. */
  ReeveErrorCode code = reeve_error_code(why);
  if (code == REEVE_ERROR_UNAVAILABLE || code == REEVE_ERROR_INVALID || code == REEVE_ERROR_INTERNAL ||
      code == REEVE_ERROR_CANCELLED) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  planned->error = g_strdup(why->message);
  return true;
}

static bool plan_files(Request *request, const JobInput *order, DryRun *ret_run, GError **error)
{
  const ApiServices *services = request_services(request);
  const CapabilitySet *capabilities = abilities_wait(services->abilities, request_cancel(request), error);
  if (!capabilities)
    return false;
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  g_autoptr(GArray) files = conn ? files_of(order, conn, error) : NULL;
  g_clear_pointer(&conn, db_release);
  if (!files)
    return false;
  ret_run->plans = records_new(&planned_file_table);
  ret_run->total = files->len;
  for (guint i = 0; i < files->len && i < DRY_RUN_PLANS_MAX; i++) {
    PlannedFile *planned = record_new(&planned_file_table);
    g_ptr_array_add(ret_run->plans, planned);
    if (!cancel_check(request_cancel(request), error) ||
        !plan_one(request, order, capabilities, g_array_index(files, int64_t, i), planned, error))
      return false;
  }
  return true;
}

static bool answer_plans(Request *request, const JobInput *order, Response *response, GError **error)
{
  DryRun run = {0};
  bool ok = plan_files(request, order, &run, error);
  if (ok) {
    response_record(response, &dry_run_table, &run);
    response_status(response, 200);
  }
  record_clear(&dry_run_table, &run);
  return ok;
}

/* A root that is not there has no files either, which must not look like a root without work. */
static bool check_root(Request *request, int64_t root_id, GError **error)
{
  if (root_id == FIELD_NULL_INT)
    return true;
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  return conn && record_get(conn, &root_table, root_id, root, error);
}

static GArray *enqueue(Request *request, const JobInput *order, GError **error)
{
  if (!check_root(request, order->root, error))
    return NULL;
  const TranscodeRequest transcode = {
      .file_ids = order->files ? (const int64_t *)(const void *)order->files->data : NULL,
      .n_files = order->files ? order->files->len : 0,
      .root_id = order->root,
      .profile_id = order->profile_id,
      .priority = order->priority,
      .force = order->force,
  };
  return transcode_enqueue(request_services(request)->desk, &transcode, error);
}

static GArray *enqueue_checks(Request *request, const JobInput *order, GError **error)
{
  const CheckRequest checks = {.file_ids = order->files ? (const int64_t *)(const void *)order->files->data : NULL,
                               .n_files = order->files ? order->files->len : 0,
                               .root_id = order->root,
                               .priority = order->priority};
  return checks_enqueue(request_services(request)->checks, &checks, error);
}

static bool post_job(Request *request, void *input, Response *response, GError **error)
{
  JobInput *order = input;
  if (!check_targets(order, response, error))
    return false;
  if (order->dry_run)
    return answer_plans(request, order, response, error);
  if (order->file != FIELD_NULL_INT) {
    if (!order->files)
      order->files = g_array_new(FALSE, FALSE, sizeof(int64_t));
    ids_of(order->files, order->file);
  }
  int64_t scan_id = 0;
  g_autoptr(GArray) jobs = NULL;
  if (order->kind == ORDER_TRANSCODE)
    jobs = enqueue(request, order, error);
  else if (order->kind == ORDER_HEALTH)
    jobs = enqueue_checks(request, order, error);
  else if (stored_scan(request, order->root, &scan_id, error))
    jobs = ids_of(g_array_new(FALSE, FALSE, sizeof(int64_t)), scan_id);
  if (!jobs)
    return false;
  response_record(response, &jobs_made_table, &(JobsMade){.jobs = jobs});
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/jobs", ACCESS_READ, ROUTE_LISTS | ROUTE_KEPT, .output = &job_table, .status = 200, .handle = get_jobs,
     ROUTE_QUERY(job_query), .summary = "Jobs, the newest first; pending ones in the order of the queue."},
    {"POST", "/api/v1/jobs", ACCESS_OPERATE, ROUTE_SLOW | ROUTE_NAMES_PROFILE | ROUTE_ONCE, .input = &job_input_table,
     .input_mode = JSON_CREATE, .output = &jobs_made_table, .status = 202, .also_output = &dry_run_table, .also_status = 200,
     .handle = post_job, .summary = "Makes jobs; with dry_run, answers with the plans instead."},
    {"GET", "/api/v1/jobs/{id}", ACCESS_READ, .output = &job_table, .status = 200, .handle = route_get_job,
     .summary = "One job."},
    {"GET", "/api/v1/jobs/{id}/log", ACCESS_READ, ROUTE_LISTS, .output = &job_log_table, .status = 200, .handle = get_job_log,
     .summary = "What a job said, the oldest first."},
};
const RouteSet job_routes = {rows, G_N_ELEMENTS(rows)};
