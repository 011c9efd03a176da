/* Decides which files are checked when, and keeps what came of it. Test: tests/unit/operate/test_checks.c */
#include "operate/checks.h"

#include "base/error.h"
#include "queue/make.h"
#include "store/record_sql.h"
#include "store/work.h"
#include "wire/json.h"

#include <string.h>

enum {
  JOBS_AHEAD = 50,   /* made by schedule before the ones before them have ended */
  BUDGET_H = 24,     /* hours that the daily budget is for */
  TRY_AGAIN_H = 24,  /* after a check that could not be carried out */
  REQUEST_MAX = 1000 /* jobs in one transaction */
};
static const int64_t hour_ms = 60 * 60 * 1000LL, day_ms = 24 * 60 * 60 * 1000LL, gib = 1024 * 1024 * 1024LL;

static const Field payload_fields[] = {
    FIELD_INT(CheckPayload, file_id, .flags = FIELD_REQUIRED, .min = 1, .max = 9e15, .help = "The file to check."),
};
const FieldTable check_payload_table = FIELD_TABLE(CheckPayload, "CheckPayload", NULL, payload_fields);

/* --- making jobs --- */

/* Adds the job for one file, or finds the one that is under way. */
static bool make_job(const CheckContext *context, DbConn *conn, int64_t file_id, bool named, int priority, GArray *ids,
                     GError **error)
{
  g_autoptr(LibraryFile) file = record_new(&file_table);
  int64_t id = 0;
  bool found = false;
  if (!record_get(conn, &file_table, file_id, file, error))
    return false;
  if (file->state == FILE_MISSING)
    return !named || fail(error, REEVE_ERROR_CONFLICT, "%s cannot be checked: it is missing.", file->path);
  if (!work_find_job(conn, FILE_CHECK_JOB, file_id, &id, &found, error))
    return false;
  const CheckPayload payload = {.file_id = file_id};
  const QueueMake job = {.kind = FILE_CHECK_JOB,
                         .title = file->path,
                         .root_id = file->root_id,
                         .file_id = file_id,
                         .payload_table = &check_payload_table,
                         .payload = &payload,
                         .priority = priority};
  if (!found && !queue_make(context->queue, conn, &job, &id, error))
    return false;
  g_array_append_val(ids, id);
  return true;
}

static bool make_jobs(const CheckContext *context, const int64_t *files, size_t n_files, bool named, int priority, GArray *ids,
                      GError **error)
{
  guint first = ids->len;
  {
    g_autoptr(DbConn) conn = db_acquire(context->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction)
      return false;
    for (size_t i = 0; i < n_files; i++)
      if (!make_job(context, conn, files[i], named, priority, ids, error))
        return false;
    if (!db_commit(transaction, error))
      return false;
  }
  for (guint i = first; i < ids->len; i++)
    queue_publish(context->queue, g_array_index(ids, int64_t, i));
  return true;
}

static GArray *files_of_root(const CheckContext *context, int64_t root_id, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  return conn && record_get(conn, &root_table, root_id, root, error) ? work_files_of_root(conn, root_id, 0, -1, error) : NULL;
}

GArray *checks_enqueue(const CheckContext *context, const CheckRequest *request, GError **error)
{
  bool named = request->root_id == FIELD_NULL_INT;
  g_autoptr(GArray) of_root = named ? NULL : files_of_root(context, request->root_id, error);
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  if (!named && !of_root)
    return NULL;
  const int64_t *files = named ? request->file_ids : (const int64_t *)(const void *)of_root->data;
  size_t n_files = named ? request->n_files : of_root->len;
  for (size_t i = 0; i < n_files; i += REQUEST_MAX)
    if (!make_jobs(context, files + i, MIN(REQUEST_MAX, n_files - i), named, request->priority, ids, error))
      return NULL;
  return g_steal_pointer(&ids);
}

/* --- by schedule --- */

static int64_t read_budget(const Settings *settings)
{
  return settings->check_daily_gib * gib;
}

/* Files of the root that are due and fit what is left of the budget (< 0: all do). */
static bool take_due(const CheckContext *context, const Root *root, int64_t limit, int64_t *left_bytes, GArray *files,
                     GError **error)
{
  int64_t now_ms = clock_now_ms(context->clock);
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  g_autoptr(GArray) due =
      conn ? file_check_due(conn, root->id, now_ms - root->check_days * day_ms, now_ms - TRY_AGAIN_H * hour_ms, limit, error)
           : NULL;
  if (!due)
    return false;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  for (guint i = 0; i < due->len; i++) {
    int64_t id = g_array_index(due, int64_t, i);
    if (*left_bytes >= 0) {
      if (*left_bytes == 0)
        break;
      if (!record_get(conn, &file_table, id, file, error))
        return false;
      *left_bytes = MAX(0, *left_bytes - file->size_bytes); /* the one that goes over it is the last */
    }
    g_array_append_val(files, id);
  }
  return true;
}

/* What may still be read today; -1: as much as there is. */
static bool budget_left(const CheckContext *context, const GPtrArray *roots, int64_t *ret_bytes, GError **error)
{
  int64_t budget = live_settings_int(context->settings, read_budget);
  *ret_bytes = budget > 0 ? budget : -1;
  if (budget <= 0)
    return true;
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  int64_t since_ms = clock_now_ms(context->clock) - BUDGET_H * hour_ms;
  for (guint i = 0; conn && i < roots->len; i++) {
    int64_t bytes;
    if (!file_check_bytes_since(conn, ((const Root *)roots->pdata[i])->id, since_ms, &bytes, error))
      return false;
    *ret_bytes = MAX(0, *ret_bytes - bytes);
  }
  return conn != NULL;
}

bool checks_schedule(const CheckContext *context, Cancel *cancel, GError **error)
{
  int64_t left_bytes;
  bool open = false;
  g_autoptr(GPtrArray) roots = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(context->db, error);
    if (!conn || !file_check_is_open(conn, &open, error) || !(roots = record_all(conn, &root_table, NULL, error)))
      return false;
  }
  if (open) /* their sizes count only when they have ended */
    return true;
  if (!budget_left(context, roots, &left_bytes, error))
    return false;
  g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(int64_t));
  for (guint i = 0; i < roots->len && files->len < JOBS_AHEAD && cancel_check(cancel, NULL); i++) {
    const Root *root = roots->pdata[i];
    if (root->enabled && root->state == ROOT_ACTIVE && root->check_days != FIELD_NULL_INT &&
        !take_due(context, root, JOBS_AHEAD - files->len, &left_bytes, files, error))
      return false;
  }
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  return !files->len ||
         make_jobs(context, (const int64_t *)(const void *)files->data, files->len, false, PRIORITY_LOW, ids, error);
}

/* --- the job --- */

static bool parse_payload(const char *text, CheckPayload *payload, GError **error)
{
  record_init(&check_payload_table, payload);
  g_autoptr(json_t) json = json_parse(text ? text : "", text ? strlen(text) : 0, error);
  return json && json_to_record(&check_payload_table, json, JSON_TRUSTED, payload, NULL, error);
}

static bool load(const CheckContext *context, int64_t file_id, LibraryFile *file, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  if (!conn || !record_get(conn, &file_table, file_id, file, error) || !record_get(conn, &root_table, file->root_id, root, error))
    return false;
  return fs_is_inside(file->path, root->path) ||
         fail(error, REEVE_ERROR_DENIED, "\"%s\" leads out of its root \"%s\" by now, and is not opened.", file->path,
              root->path);
}

/* The file as the disk has it: one that changed since it was scanned is probed first, so that the finding is of what its row
 * tells of. */
static bool load_current(const CheckContext *context, int64_t file_id, LibraryFile *file, GError **error)
{
  FileStat now;
  if (!load(context, file_id, file, error) || !fs_stat(file->path, &now, error))
    return false;
  if (now.size_bytes == file->size_bytes && now.mtime_ns == file->mtime_ns)
    return true;
  if (!scan_file(context->scan, file_id, error))
    return false;
  record_clear(&file_table, file);
  record_init(&file_table, file);
  return load(context, file_id, file, error);
}

static bool keep(const CheckContext *context, const LibraryFile *file, const CheckReport *report, const LeaseRef *lease,
                 GError **error)
{
  bool kept = false;
  const FileCheck found = {.file_id = file->id,
                           .size_bytes = report->stat.size_bytes,
                           .mtime_ns = report->stat.mtime_ns,
                           .health = report->health,
                           .fault_count = report->fault_count,
                           .faults = report->faults,
                           .now_ms = clock_now_ms(context->clock)};
  g_autoptr(DbConn) conn = db_acquire(context->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !queue_check_lease_in(conn, lease, error) || !file_check_put(conn, &found, &kept, error) ||
      !db_commit(transaction, error))
    return false;
  return kept ||
         fail(error, REEVE_ERROR_UNAVAILABLE, "\"%s\" changed while it was checked; it is checked again later.", file->path);
}

static void pass_child(Child *child, void *run)
{
  job_run_set_child(run, child);
}

static void pass_progress(double fraction, const char *detail, void *run)
{
  job_run_progress(run, fraction, detail);
}

static int64_t read_nice(const Settings *settings)
{
  return settings->nice;
}

bool execute_check(JobRun *run, const char *order, void *user_data, char **ret_report, GError **error)
{
  const CheckContext *context = user_data;
  CheckPayload payload;
  CheckReport report;
  g_autoptr(LibraryFile) file = record_new(&file_table);
  if (!parse_payload(order, &payload, error) || !load_current(context, payload.file_id, file, error))
    return false;
  int nice_increment = (int)live_settings_int(context->settings, read_nice);
  const CheckRunner runner = {.ffmpeg = context->ffmpeg,
                              .nice_increment = nice_increment,
                              .idle_io = nice_increment > 0,
                              .cancel = job_run_cancel(run),
                              .on_child = pass_child,
                              .on_progress = pass_progress,
                              .user_data = run};
  if (!check_file(file->path, file->duration_ms, &runner, &report, error))
    return false;
  bool ok = keep(context, file, &report, job_run_lease(run), error);
  if (ok) {
    g_autofree char *sentence = check_sentence(&report);
    job_run_log(run, report.health == FILE_SOUND ? "info" : "warning", sentence);
    g_autoptr(json_t) json = json_from_record(&check_report_table, &report, JSON_PUBLIC);
    *ret_report = json_text(json);
    g_autofree char *event = g_strdup_printf("{\"id\":%" G_GINT64_FORMAT "}", file->id);
    if (context->events)
      event_publish(context->events, "file", event);
  }
  record_clear(&check_report_table, &report);
  return ok;
}
