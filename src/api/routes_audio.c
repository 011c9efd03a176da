/* Default tracks over HTTP (A1, A7): the policy, what it would do, batches. Test: tests/unit/api/test_audio.c,
 * tests/system/audio_service.test.ts */
#include "api/route.h"
#include "api/stored.h"
#include "base/error.h"
#include "base/number.h"
#include "library/allowed.h"
#include "store/record_sql.h"
#include "store/setting.h"
#include "tune/batch.h"
#include "tune/policy_store.h"

#include <string.h>

enum { PREVIEW_PRESET = 20, PREVIEW_MAX = 100 };

/* --- the policy --- */

static bool get_policy(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(AudioPolicy) policy = record_new(&audio_policy_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !policy_load(conn, policy, error))
    return false;
  response_record(response, &audio_policy_table, policy);
  return true;
}

/* Each broken rule, with `prefix` before the field's name. */
static bool check_policy(const AudioPolicy *policy, const char *prefix, Response *response, GError **error)
{
  g_autoptr(GPtrArray) problems = field_errors_new();
  audio_policy_check(policy, problems);
  for (guint i = 0; i < problems->len; i++) {
    const FieldError *problem = problems->pdata[i];
    g_autofree char *field = g_strconcat(prefix, problem->field, NULL);
    response_refuse(response, i ? NULL : error, field, "%s%s", prefix, problem->message);
  }
  return problems->len == 0;
}

static bool save_policy(Request *request, DbConn *conn, const AudioPolicy *policy, Response *response, GError **error)
{
  g_autoptr(AudioPolicy) stored = record_new(&audio_policy_table);
  return settings_lock(conn, error) && policy_load(conn, stored, error) &&
         response_unchanged(request, response, &audio_policy_table, stored, error) &&
         policy_save(conn, policy, request_services(request)->clock, error);
}

static bool put_policy(Request *request, void *input, Response *response, GError **error)
{
  if (!check_policy(input, "", response, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !save_policy(request, conn, input, response, error) || !db_commit(transaction, error))
    return false;
  response_record(response, &audio_policy_table, input);
  return true;
}

/* --- previews and batches --- */

typedef struct {
  int64_t root;
  GArray *files;
  char *path;
  AudioPolicy policy;
  bool dry_run;
  int priority;
  char *original_language;
  int64_t limit;
} AudioRequest;

#define SELECTION_FIELDS                                                                                                         \
  FIELD_INT(AudioRequest, root, .flags = FIELD_NULLABLE, .help = "All files of this root."),                                     \
      FIELD_INTS(AudioRequest, files, .max = 100000, .help = "Files, by number."),                                               \
      FIELD_TEXT(AudioRequest, path, .flags = FIELD_NULLABLE, .min = 1, .max = 4096, .format = "path",                           \
                 .help = "A file of the library, or a directory with all below it."),                                            \
      FIELD_RECORD(AudioRequest, policy, audio_policy_table, .help = "Instead of the one in force.")

static const Field preview_fields[] = {
    SELECTION_FIELDS,
    FIELD_TEXT(AudioRequest, original_language, .flags = FIELD_NULLABLE, .max = 64,
               .help = "What the film was made in, if you know better than those who are asked."),
    FIELD_INT(AudioRequest, limit, .preset = "20", .min = 1, .max = PREVIEW_MAX, .help = "Files shown at most."),
};
static const FieldTable preview_table = FIELD_TABLE(AudioRequest, "AudioPreviewRequest", NULL, preview_fields);

static const Field batch_fields[] = {
    SELECTION_FIELDS,
    FIELD_BOOL(AudioRequest, dry_run, .help = "Say what would be done to each file, and do nothing."),
    FIELD_ENUM(AudioRequest, priority, job_priority_table, .preset = "normal", .help = "Which jobs it goes before."),
};
static const FieldTable batch_table = FIELD_TABLE(AudioRequest, "AudioBatchRequest", NULL, batch_fields);

/* A policy counts only where the body names one. Paths are judged as the library knows them: nothing outside of it is opened. */
static bool read_batch(Request *request, const AudioRequest *wanted, TuneBatch *ret_batch, Response *response, GError **error)
{
  bool has_policy = json_object_get(request_body(request), "policy") != NULL;
  if (has_policy && !check_policy(&wanted->policy, "policy.", response, error))
    return false;
  bool has_files = wanted->files && wanted->files->len > 0;
  if ((wanted->root != FIELD_NULL_INT) + has_files + (wanted->path != NULL) != 1)
    return response_refuse(response, error, "", "Say which files by one of root, files and path.");
  if (wanted->path && !g_path_is_absolute(wanted->path))
    return response_refuse(response, error, "path", "path must be absolute");
  *ret_batch = (TuneBatch){.root_id = wanted->root,
                           .file_ids = wanted->files,
                           .path = wanted->path,
                           .policy = has_policy ? &wanted->policy : NULL,
                           .dry_run = wanted->dry_run,
                           .priority = wanted->priority};
  return true;
}

static bool post_preview(Request *request, void *input, Response *response, GError **error)
{
  const AudioRequest *wanted = input;
  TuneBatch batch;
  if (!read_batch(request, wanted, &batch, response, error))
    return false;
  g_autoptr(GPtrArray) previews = tune_preview(request_services(request)->tune, &batch, wanted->original_language, wanted->limit,
                                               request_cancel(request), error);
  if (previews)
    response_list(response, &tune_preview_table, previews, NULL);
  return previews != NULL;
}

static bool post_batch(Request *request, void *input, Response *response, GError **error)
{
  TuneBatch batch;
  JobMade made = {0};
  if (!read_batch(request, input, &batch, response, error) ||
      !tune_batch(request_services(request)->tune, &batch, &made.job, error))
    return false;
  response_record(response, &job_made_table, &made);
  return true;
}

static const QueryParameter results_query[] = {
    {"outcome", FIELD_KIND_ENUM, &audio_outcome_table, "Files with this outcome."},
};

static bool get_results(Request *request, void *input, Response *response, GError **error)
{
  int64_t after_id = 0, next_id = 0;
  const char *after = request_text(request, "after");
  if (after && !parse_int(after, 0, INT64_MAX, &after_id))
    return response_refuse(response, error, "after", "after must be the next of the page before");
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  if (!conn || !record_get(conn, &job_table, request_id(request), job, error))
    return false;
  if (strcmp(job->kind, TUNE_JOB) != 0 && strcmp(job->kind, TUNE_BATCH_JOB) != 0)
    return fail(error, REEVE_ERROR_NOT_FOUND, "Job %" G_GINT64_FORMAT " is a %s and looks at no default tracks.", job->id,
                job->kind);
  g_autoptr(GPtrArray) results =
      audio_result_page(conn, job->id, request_text(request, "outcome"), after_id, request_limit(request), &next_id, error);
  if (!results)
    return false;
  g_autofree char *next = next_id ? g_strdup_printf("%" G_GINT64_FORMAT, next_id) : NULL;
  response_list(response, &audio_file_result_table, results, next);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/audio/policy", ACCESS_READ, ROUTE_TAGGED, .output = &audio_policy_table, .status = 200, .handle = get_policy,
     .summary = "Which audio and subtitle tracks should be the default."},
    {"PUT", "/api/v1/audio/policy", ACCESS_ADMIN, ROUTE_TAGGED, .input = &audio_policy_table, .input_mode = JSON_CREATE,
     .output = &audio_policy_table, .status = 200, .handle = put_policy,
     .summary = "Replaces the policy; what is not given takes its default. Files are changed by jobs that begin from then on."},
    {"POST", "/api/v1/audio/preview", ACCESS_READ, ROUTE_SLOW | ROUTE_CHANGES_NOTHING | ROUTE_WHOLE_LIST, .input = &preview_table,
     .input_mode = JSON_CREATE, .output = &tune_preview_table, .status = 200, .handle = post_preview,
     .summary = "What a policy, which need not be saved, would do to files of the library, and why."},
    {"POST", "/api/v1/audio/batches", ACCESS_OPERATE, ROUTE_ONCE, .input = &batch_table, .input_mode = JSON_CREATE,
     .output = &job_made_table, .status = 202, .handle = post_batch,
     .summary = "Makes a job that sets the default tracks of many files; its progress is that of any job."},
    {"GET", "/api/v1/audio/batches/{id}/files", ACCESS_READ, ROUTE_LISTS, .output = &audio_file_result_table, .status = 200,
     .handle = get_results, ROUTE_QUERY(results_query),
     .summary = "What came of each file of such a job, in the order of the work."},
};
const RouteSet audio_routes = {rows, G_N_ELEMENTS(rows)};
