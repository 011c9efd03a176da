/* Decides what a message leads to. Test: tests/unit/tune/test_intake.c */
#include "tune/intake.h"

#include "base/error.h"
#include "connect/path_map.h"
#include "queue/make.h"
#include "store/file.h"
#include "store/record_sql.h"
#include "tune/batch.h"

typedef struct {
  TuneContext *context;
  const GPtrArray *mappings;
  const WebhookEvent *event;
  DbConn *conn;
  int64_t now_ms;
  WebhookRow *row;
  GArray *made; /* int64_t: jobs to publish */
  int64_t duplicates, unmapped, changed;
  char *unmapped_why; /* of the first */
} Intake;

static char *our_path(Intake *intake, const char *theirs)
{
  g_autofree char *why = NULL;
  char *path = theirs ? path_map(intake->mappings, theirs, &why) : NULL;
  if (!path) {
    intake->unmapped++;
    if (!intake->unmapped_why)
      intake->unmapped_why = why ? g_steal_pointer(&why) : g_strdup("It does not say where the file is.");
  }
  return path;
}

static bool add_job(Intake *intake, const Root *root, const char *path, const WebhookFile *file, int64_t *ret_id, GError **error)
{
  const WebhookEvent *event = intake->event;
  g_autoptr(LibraryFile) known = record_new(&file_table);
  g_autoptr(GError) why = NULL;
  bool is_known = file_by_path(intake->conn, root->id, path, known, &why);
  if (!is_known && reeve_error_code(why) != REEVE_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  TunePayload *payload = record_new(&tune_payload_table);
  payload->root_id = root->id;
  payload->path = g_strdup(path);
  payload->adds = true;
  payload->original_language = g_strdup(event->original_language);
  payload->original_source = ORIGINAL_FROM_WEBHOOK;
  payload->tmdb_id = event->tmdb_id;
  payload->tvdb_id = event->tvdb_id;
  payload->imdb_id = g_strdup(event->imdb_id);
  payload->title = g_strdup(event->title);
  payload->year = event->year;
  payload->is_show = event->application == WEBHOOK_SONARR;
  const QueueMake make = {.kind = TUNE_JOB,
                          .title = path,
                          .root_id = root->id,
                          .file_id = is_known ? known->id : FIELD_NULL_INT,
                          .payload_table = &tune_payload_table,
                          .payload = payload,
                          .priority = PRIORITY_WEBHOOK};
  bool ok = queue_make(intake->context->replace->queue, intake->conn, &make, ret_id, error);
  record_free(&tune_payload_table, payload);
  return ok;
}

static bool take_import(Intake *intake, const WebhookFile *file, GError **error)
{
  g_autofree char *path = our_path(intake, file->path);
  if (!path)
    return true;
  g_autoptr(GError) why = NULL;
  g_autoptr(Root) root = tune_root_of(intake->conn, path, &why);
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (!root) {
    intake->unmapped++;
    if (!intake->unmapped_why)
      intake->unmapped_why = g_strdup_printf("\"%s\" is below none of the library's roots.", path);
    return true;
  }
  g_autofree char *key = webhook_key(intake->event, file);
  bool taken = false;
  int64_t job_id = 0;
  if (!webhook_file_take(intake->conn, key, intake->now_ms, &taken, &job_id, error))
    return false;
  if (taken && (!add_job(intake, root, path, file, &job_id, error) || !webhook_file_set_job(intake->conn, key, job_id, error)))
    return false;
  if (taken)
    g_array_append_val(intake->made, job_id);
  else
    intake->duplicates++;
  g_array_append_val(intake->row->jobs, job_id);
  return true;
}

static bool take_rename(Intake *intake, const WebhookFile *file, GError **error)
{
  g_autofree char *from = our_path(intake, file->previous_path);
  g_autofree char *to = from ? our_path(intake, file->path) : NULL;
  bool changed = false;
  if (to && !webhook_file_moved(intake->conn, from, to, intake->now_ms, &changed, error))
    return false;
  intake->changed += changed;
  return true;
}

static bool take_deletion(Intake *intake, const WebhookFile *file, GError **error)
{
  g_autofree char *path = our_path(intake, file->path);
  bool changed = false;
  if (path && !webhook_file_gone(intake->conn, path, intake->now_ms, &changed, error))
    return false;
  intake->changed += changed;
  return true;
}

static bool take_files(Intake *intake, bool (*take)(Intake *intake, const WebhookFile *file, GError **error), GError **error)
{
  const GPtrArray *files = intake->event->files;
  for (guint i = 0; files && i < files->len; i++)
    if (!take(intake, files->pdata[i], error))
      return false;
  return true;
}

static void conclude(Intake *intake, WebhookOutcome outcome, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void conclude(Intake *intake, WebhookOutcome outcome, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_free(intake->row->reason);
  intake->row->reason = intake->unmapped_why ? g_strconcat(text, " ", intake->unmapped_why, NULL) : g_steal_pointer(&text);
  intake->row->outcome = (int)outcome;
}

static void conclude_import(Intake *intake)
{
  guint made = intake->made->len;
  if (made > 0)
    conclude(intake, WEBHOOK_ACCEPTED, "%u file%s being looked at.", made, made == 1 ? " is" : "s are");
  else if (intake->duplicates > 0)
    conclude(intake, WEBHOOK_DUPLICATE, "It was said before: the job is there already.");
  else
    conclude(intake, WEBHOOK_UNMAPPED, "None of its files is in the library; a path mapping may be missing.");
}

static void conclude_change(Intake *intake, const char *what)
{
  if (intake->changed > 0)
    conclude(intake, WEBHOOK_ACCEPTED, "%" G_GINT64_FORMAT " of the library's files %s.", intake->changed, what);
  else
    conclude(intake, WEBHOOK_UNMAPPED, "The library knows none of its files.");
}

static bool act(Intake *intake, GError **error)
{
  const WebhookEvent *event = intake->event;
  bool ok = true;
  if (event->application == WEBHOOK_LIDARR) {
    conclude(intake, WEBHOOK_IGNORED, "Music is not looked after.");
  } else if (event->kind == WEBHOOK_TEST) {
    conclude(intake, WEBHOOK_ACCEPTED, "The connection works. A test does nothing else.");
  } else if (webhook_acts(event)) {
    ok = take_files(intake, take_import, error);
    conclude_import(intake);
  } else if (event->kind == WEBHOOK_RENAME) {
    ok = take_files(intake, take_rename, error);
    conclude_change(intake, "have another path now");
  } else if (event->kind == WEBHOOK_FILE_DELETE || (event->kind == WEBHOOK_DELETE && event->deletes_files)) {
    ok = take_files(intake, take_deletion, error);
    conclude_change(intake, "are gone");
  } else {
    conclude(intake, WEBHOOK_IGNORED, "Nothing is to be done at such an event.");
  }
  return ok;
}

static bool note(Intake *intake, GError **error)
{
  const WebhookEvent *event = intake->event;
  WebhookRow *row = intake->row;
  record_init(&webhook_row_table, row);
  g_free(row->application);
  g_free(row->event);
  row->application = g_strdup(enum_name(&webhook_application_table, event->application));
  row->instance = g_strdup(event->instance);
  row->event = g_strdup(event->event ? event->event : "");
  row->title = g_strdup(event->title);
  row->files = event->files ? event->files->len : 0;
  row->received_at_ms = intake->now_ms;
  if (!row->jobs)
    row->jobs = g_array_new(FALSE, FALSE, sizeof(int64_t));
  return act(intake, error) && record_insert(intake->conn, &webhook_row_table, row, error);
}

bool tune_intake(TuneContext *context, const GPtrArray *mappings, const WebhookEvent *event, WebhookRow *ret_row, GError **error)
{
  WebhookRow row = {0};
  Intake intake = {.context = context,
                   .mappings = mappings,
                   .event = event,
                   .now_ms = clock_now_ms(context->replace->clock),
                   .row = &row,
                   .made = g_array_new(FALSE, FALSE, sizeof(int64_t))};
  bool ok = false;
  {
    g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    intake.conn = conn;
    ok = transaction && note(&intake, error) && db_commit(transaction, error);
  }
  for (guint i = 0; ok && i < intake.made->len; i++)
    queue_publish(context->replace->queue, g_array_index(intake.made, int64_t, i));
  g_array_unref(intake.made);
  g_free(intake.unmapped_why);
  if (ok)
    *ret_row = row;
  else
    record_clear(&webhook_row_table, &row);
  return ok;
}
