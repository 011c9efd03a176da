/* Clean-up and doctor over HTTP (S5). Test: tests/unit/api/test_operations.c */
#include "api/route.h"
#include "base/error.h"
#include "operate/doctor.h"

typedef struct {
  bool dry_run;
  int64_t min_age_h;
} CleanupRequest;

static const Field cleanup_fields[] = {
    FIELD_BOOL(CleanupRequest, dry_run, .help = "Only look; make no jobs."),
    FIELD_INT(CleanupRequest, min_age_h, .preset = "24", .min = 0, .max = 87600,
              .help = "Hours since a file last changed before it counts as left over."),
};
static const FieldTable cleanup_table = FIELD_TABLE(CleanupRequest, "CleanupRequest", NULL, cleanup_fields);

static bool post_cleanup(Request *request, void *input, Response *response, GError **error)
{
  const CleanupRequest *wanted = input;
  CleanupReport report;
  record_init(&cleanup_report_table, &report);
  bool ok = cleanup_scan(request_services(request)->cleanup, wanted->dry_run, wanted->min_age_h, request_cancel(request), &report,
                         error);
  if (ok)
    response_record(response, &cleanup_report_table, &report);
  record_clear(&cleanup_report_table, &report);
  return ok;
}

static int64_t read_reserve_bytes(const Settings *settings)
{
  return settings->reserve_mib * 1024 * 1024;
}

static bool get_doctor(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  g_autoptr(GPtrArray) findings =
      doctor_run(&(DoctorParams){.data_directory = services->data_directory,
                                 .database_shown = services->database_shown,
                                 .db = services->db,
                                 .ffmpeg = services->ffmpeg,
                                 .handbrake = services->handbrake,
                                 .abilities = services->abilities,
                                 .reserve_bytes = live_settings_int(services->settings, read_reserve_bytes),
                                 .cancel = request_cancel(request)},
                 error);
  if (!findings)
    return false;
  response_list(response, &finding_table, findings, NULL);
  return true;
}

static const Route rows[] = {
    {"POST", "/api/v1/tools/cleanup", ACCESS_ADMIN, ROUTE_SLOW | ROUTE_ONCE, .input = &cleanup_table, .input_mode = JSON_CREATE,
     .output = &cleanup_report_table, .status = 200, .handle = post_cleanup,
     .summary = "Looks for temporary files that were left in the library; what is not Reeve's becomes held jobs."},
    {"GET", "/api/v1/doctor", ACCESS_ADMIN, ROUTE_SLOW | ROUTE_WHOLE_LIST, .output = &finding_table, .status = 200,
     .handle = get_doctor, .summary = "Whether this machine has what Reeve needs."},
};
const RouteSet tool_routes = {rows, G_N_ELEMENTS(rows)};
