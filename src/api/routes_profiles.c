/* Profiles over HTTP (T1). Test: tests/unit/api/test_server.c */
#include "api/record_text.h"
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
  const char *prefix; /* of the field's path */
  GError **error;     /* set by the first */
  bool broken;
} RuleReport;

static void report_rule(const char *field, const char *message, void *user_data)
{
  RuleReport *report = user_data;
  g_autofree char *path = g_strconcat(report->prefix, field, NULL);
  response_refuse(report->response, report->broken ? NULL : report->error, path, "%s%s", report->prefix, message);
  report->broken = true;
}

/* What the ffmpeg here lacks for the target, as a sentence; NULL: nothing, or there is no ffmpeg that could be asked. Only what
 * may be missing is waited for: right after the start it takes seconds until it is known. */
static char *missing_measure(const Request *request, const Profile *profile)
{
  if (profile->target_metric == METRIC_OFF)
    return NULL;
  g_autofree char *may_miss = quality_metric_missing(profile->target_metric, NULL);
  const CapabilitySet *capabilities =
      may_miss ? abilities_wait(request_services(request)->abilities, request_cancel(request), NULL) : NULL;
  return capabilities ? quality_metric_missing(profile->target_metric, capabilities->filters) : NULL;
}

/* What the profile itself says, and what the ffmpeg here has of it. */
static bool check_rules(const Request *request, const Profile *profile, const char *prefix, Response *response, GError **error)
{
  RuleReport report = {.response = response, .prefix = prefix, .error = error};
  if (!profile_check(profile, report_rule, &report))
    return false;
  g_autofree char *missing = missing_measure(request, profile);
  if (missing)
    report_rule("target_metric", missing, &report);
  return !missing;
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

static bool add_profile(Request *request, Profile *profile, const char *prefix, Response *response, GError **error)
{
  if (!check_rules(request, profile, prefix, response, error))
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

static bool post_profile(Request *request, void *input, Response *response, GError **error)
{
  return add_profile(request, input, "", response, error);
}

/* All of it is replaced, but for what is the store's. */
static bool replace_profile(Request *request, DbConn *conn, Profile *profile, Response *response, GError **error)
{
  g_autoptr(Profile) stored = record_new(&profile_table);
  if (!record_lock(conn, &profile_table, request_id(request), stored, error) ||
      !response_unchanged(request, response, &profile_table, stored, error))
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
  if (!check_rules(request, profile, "", response, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !replace_profile(request, conn, profile, response, error) || !db_commit(transaction, error))
    return false;
  response_record(response, &profile_table, profile);
  return true;
}

static bool remove_profile(Request *request, DbConn *conn, Response *response, GError **error)
{
  g_autoptr(Profile) profile = record_new(&profile_table);
  if (!record_lock(conn, &profile_table, request_id(request), profile, error) ||
      !response_unchanged(request, response, &profile_table, profile, error))
    return false;
  g_autofree char *root = NULL;
  if (!root_of_profile(conn, profile->id, &root, error))
    return false;
  if (root)
    return fail(error, REEVE_ERROR_CONFLICT, "The root %s uses the profile %s; give it another one first.", root, profile->name);
  return record_delete(conn, &profile_table, profile->id, error);
}

static bool delete_profile(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  return transaction && remove_profile(request, conn, response, error) && db_commit(transaction, error);
}

/* --- trying out, taking along --- */

typedef struct {
  Profile profile;
  int64_t file;
} PreviewInput;

static const Field preview_input_fields[] = {
    FIELD_RECORD(PreviewInput, profile, profile_table, .flags = FIELD_REQUIRED, .help = "The profile as it is in the form."),
    FIELD_INT(PreviewInput, file, .flags = FIELD_REQUIRED, .min = 1, .max = 9e15, .help = "File to try it on."),
};
static const FieldTable preview_input_table = FIELD_TABLE(PreviewInput, "PreviewInput", NULL, preview_input_fields);

static bool preview_profile(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  const PreviewInput *preview = input;
  if (!check_rules(request, &preview->profile, "profile.", response, error))
    return false;
  const CapabilitySet *capabilities = abilities_wait(services->abilities, request_cancel(request), error);
  g_autoptr(EncodePlan) plan =
      capabilities ? transcode_preview(services->desk, preview->file, &preview->profile, capabilities, error) : NULL;
  if (plan)
    response_record(response, &encode_plan_table, plan);
  return plan != NULL;
}

typedef struct {
  char *made_by;
  char *profile; /* JSON: what of it can be edited */
} ProfileExport;

static const Field profile_export_fields[] = {
    FIELD_TEXT(ProfileExport, made_by, .help = "Program and version that wrote it."),
    FIELD_JSON(ProfileExport, profile,
               .help = "The profile, without what belongs to this server: its number, version and times."),
};
static const FieldTable profile_export_table = FIELD_TABLE(ProfileExport, "ProfileExport", NULL, profile_export_fields);

typedef struct {
  char *made_by;
  Profile profile;
} ImportInput;

static const Field import_input_fields[] = {
    FIELD_TEXT(ImportInput, made_by, .max = 200, .help = "As it was exported; says nothing about what can be read."),
    FIELD_RECORD(ImportInput, profile, profile_table, .flags = FIELD_REQUIRED, .help = "The profile as it was exported."),
};
static const FieldTable import_input_table = FIELD_TABLE(ImportInput, "ImportInput", NULL, import_input_fields);

/* "Films (4K)" -> "films-4k.json"; the caller frees it. */
static char *export_name(const Profile *profile)
{
  g_autoptr(GString) name = g_string_new(NULL);
  for (const char *at = profile->name; *at; at++)
    if (g_ascii_isalnum(*at))
      g_string_append_c(name, g_ascii_tolower(*at));
    else if (name->len && name->str[name->len - 1] != '-')
      g_string_append_c(name, '-');
  if (name->len && name->str[name->len - 1] == '-')
    g_string_truncate(name, name->len - 1);
  return g_strconcat(name->len ? name->str : "profile", ".json", NULL);
}

static bool export_profile(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(Profile) profile = record_new(&profile_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &profile_table, request_id(request), profile, error))
    return false;
  g_autoptr(GString) text = g_string_new(NULL);
  record_text_append(text, &profile_table, profile, FIELD_KEY | FIELD_READ_ONLY);
  g_autofree char *name = export_name(profile);
  response_record(response, &profile_export_table,
                  &(ProfileExport){.made_by = (char *)"Reeve " REEVE_VERSION, .profile = text->str});
  response_attachment(response, name);
  return true;
}

static bool import_profile(Request *request, void *input, Response *response, GError **error)
{
  ImportInput *import = input;
  return add_profile(request, &import->profile, "profile.", response, error);
}

/* A measure that a target score may be asked for by. */
typedef struct {
  int metric; /* QualityMetric */
  char *name;
  bool available;
  char *reason;
  double floor_min, floor_max;
} TargetMetric;

static const Field target_metric_fields[] = {
    FIELD_ENUM(TargetMetric, metric, quality_metric_table, .help = "As a profile's target_metric has it."),
    FIELD_TEXT(TargetMetric, name, .help = "What people call it."),
    FIELD_BOOL(TargetMetric, available, .help = "Whether the ffmpeg here can measure it."),
    FIELD_TEXT(TargetMetric, reason, .flags = FIELD_NULLABLE, .help = "Why not."),
    FIELD_REAL(TargetMetric, floor_min, .help = "The least score that makes sense as a target."),
    FIELD_REAL(TargetMetric, floor_max, .help = "The highest."),
};
static const FieldTable target_metric_table = FIELD_TABLE(TargetMetric, "TargetMetric", NULL, target_metric_fields);

static bool get_metrics(Request *request, void *input, Response *response, GError **error)
{
  const CapabilitySet *capabilities = abilities_wait(request_services(request)->abilities, request_cancel(request), error);
  if (!capabilities)
    return false;
  g_autoptr(GPtrArray) metrics = records_new(&target_metric_table);
  for (size_t i = 0; i < quality_metric_table.n_rows; i++) {
    int metric = quality_metric_table.rows[i].value;
    if (metric == METRIC_OFF)
      continue;
    const QualityMetricRow *row = quality_metric_row(metric);
    TargetMetric *it = record_new(&target_metric_table);
    record_clear(&target_metric_table, it);
    *it = (TargetMetric){.metric = metric,
                         .name = g_strdup(row->name),
                         .reason = quality_metric_missing(metric, capabilities->filters),
                         .floor_min = row->floor_min,
                         .floor_max = row->floor_max};
    it->available = it->reason == NULL;
    g_ptr_array_add(metrics, it);
  }
  response_list(response, &target_metric_table, metrics, NULL);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/profiles", ACCESS_READ, ROUTE_LISTS, .output = &profile_table, .status = 200, .handle = get_profiles,
     .summary = "All profiles."},
    {"POST", "/api/v1/profiles", ACCESS_ADMIN, ROUTE_TAGGED | ROUTE_ONCE, .input = &profile_table, .input_mode = JSON_CREATE,
     .output = &profile_table, .status = 201, .handle = post_profile,
     .summary = "Makes a profile; what is not given takes its default."},
    {"GET", "/api/v1/profiles/{id}", ACCESS_READ, ROUTE_TAGGED, .output = &profile_table, .status = 200, .handle = get_profile,
     .summary = "One profile."},
    {"PUT", "/api/v1/profiles/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .input = &profile_table, .input_mode = JSON_CREATE,
     .output = &profile_table, .status = 200, .handle = put_profile,
     .summary = "Replaces a profile; what is not given takes its default."},
    {"DELETE", "/api/v1/profiles/{id}", ACCESS_ADMIN, ROUTE_TAGGED, .status = 204, .handle = delete_profile,
     .summary = "Deletes a profile that no root uses."},
    {"GET", "/api/v1/profiles/metrics", ACCESS_READ, ROUTE_SLOW | ROUTE_WHOLE_LIST, .output = &target_metric_table, .status = 200,
     .handle = get_metrics, .summary = "By what a target score can be measured here, and why not by the others."},
    {"GET", "/api/v1/profiles/{id}/export", ACCESS_READ, .output = &profile_export_table, .status = 200, .handle = export_profile,
     .summary = "The profile as a file, to be imported elsewhere."},
    {"POST", "/api/v1/profiles/import", ACCESS_ADMIN, ROUTE_TAGGED | ROUTE_ONCE, .input = &import_input_table,
     .input_mode = JSON_CREATE, .output = &profile_table, .status = 201, .handle = import_profile,
     .summary = "Makes a profile of an exported file."},
    {"POST", "/api/v1/profiles/preview", ACCESS_READ, ROUTE_SLOW | ROUTE_CHANGES_NOTHING, .input = &preview_input_table,
     .input_mode = JSON_CREATE, .output = &encode_plan_table, .status = 200, .handle = preview_profile,
     .summary = "What a transcode by a profile that need not be saved would do to a file, and why."},
};
const RouteSet profile_routes = {rows, G_N_ELEMENTS(rows)};
