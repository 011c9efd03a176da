/* The rows of messages from other programs. Test: tests/unit/store/test_audio_rows.c */
#include "store/webhook_row.h"

#include "store/file.h"
#include "store/newest_page.h"
#include "store/record_sql.h"

static const EnumRow webhook_outcome_rows[] = {
    {WEBHOOK_ACCEPTED, "accepted", "It was acted upon"},
    {WEBHOOK_DUPLICATE, "duplicate", "It was said before"},
    {WEBHOOK_IGNORED, "ignored", "Nothing is done at such an event"},
    {WEBHOOK_UNMAPPED, "unmapped", "None of its files is in the library"},
};
const EnumTable webhook_outcome_table = ENUM_TABLE("WebhookOutcome", webhook_outcome_rows);

static const Field webhook_row_fields[] = {
    FIELD_INT(WebhookRow, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the message."),
    FIELD_TEXT(WebhookRow, application, .flags = FIELD_READ_ONLY, .help = "sonarr, radarr or lidarr."),
    FIELD_TEXT(WebhookRow, instance, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The name that someone gave it."),
    FIELD_TEXT(WebhookRow, event, .flags = FIELD_READ_ONLY, .help = "What happened, in its words."),
    FIELD_TEXT(WebhookRow, title, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The movie or series."),
    FIELD_INT(WebhookRow, files, .flags = FIELD_READ_ONLY, .help = "Files that it was about."),
    FIELD_ENUM(WebhookRow, outcome, webhook_outcome_table, .flags = FIELD_READ_ONLY, .help = "What was made of it."),
    FIELD_TEXT(WebhookRow, reason, .flags = FIELD_READ_ONLY, .help = "Why, in sentences."),
    FIELD_INTS(WebhookRow, jobs, .flags = FIELD_READ_ONLY, .help = "The jobs."),
    FIELD_INT(WebhookRow, received_at_ms, .flags = FIELD_READ_ONLY, .help = "When it came, in ms since 1970."),
};
const FieldTable webhook_row_table = FIELD_TABLE(WebhookRow, "WebhookEvent", "webhook_events", webhook_row_fields);

GPtrArray *webhook_row_page(DbConn *conn, const char *application, const char *after, int64_t limit, char **ret_next,
                            GError **error)
{
  g_auto(Condition) condition;
  condition_init(&condition);
  if (application)
    condition_add(&condition, "application = ?", DB_ARGS(DB_TEXT(application)));
  const NewestPage page = {
      .table = &webhook_row_table, .time = "received_at_ms", .order = "webhooks-newest", .after = after, .limit = limit};
  return newest_page(conn, &page, &condition, ret_next, error);
}

GPtrArray *webhook_rows_latest(DbConn *conn, GError **error)
{
  return record_list(conn, &webhook_row_table,
                     "WHERE id IN (SELECT MAX(id) FROM webhook_events GROUP BY application) ORDER BY application", DB_NO_ARGS,
                     error);
}

bool webhook_file_take(DbConn *conn, const char *key, int64_t now_ms, bool *ret_taken, int64_t *ret_job_id, GError **error)
{
  int64_t changed = 0;
  bool found;
  if (!db_exec(conn, "INSERT INTO webhook_files (key, job_id, received_at_ms) VALUES ($1, 0, $2) ON CONFLICT (key) DO NOTHING",
               DB_ARGS(DB_TEXT(key), DB_INT(now_ms)), &changed, error))
    return false;
  *ret_taken = changed > 0;
  return *ret_taken ||
         db_query_int(conn, "SELECT job_id FROM webhook_files WHERE key = $1", DB_ARGS(DB_TEXT(key)), ret_job_id, &found, error);
}

bool webhook_file_set_job(DbConn *conn, const char *key, int64_t job_id, GError **error)
{
  return db_exec(conn, "UPDATE webhook_files SET job_id = $1 WHERE key = $2", DB_ARGS(DB_INT(job_id), DB_TEXT(key)), NULL, error);
}

bool webhook_file_moved(DbConn *conn, const char *from, const char *to, int64_t now_ms, bool *ret_changed, GError **error)
{
  int64_t changed = 0;
  if (!db_exec(conn,
               "UPDATE files SET path = $1, updated_at_ms = $2 WHERE path = $3 "
               "AND NOT EXISTS (SELECT 1 FROM files AS other WHERE other.path = $1)",
               DB_ARGS(DB_TEXT(to), DB_INT(now_ms), DB_TEXT(from)), &changed, error))
    return false;
  *ret_changed = changed > 0;
  return true;
}

bool webhook_file_gone(DbConn *conn, const char *path, int64_t now_ms, bool *ret_changed, GError **error)
{
  int64_t changed = 0;
  if (!db_exec(conn, "UPDATE files SET state = $1, missing_since_ms = $2, updated_at_ms = $2 WHERE path = $3 AND state <> $1",
               DB_ARGS(DB_ENUM(file_state_table, FILE_MISSING), DB_INT(now_ms), DB_TEXT(path)), &changed, error))
    return false;
  *ret_changed = changed > 0;
  return true;
}

bool webhook_rows_purge(DbConn *conn, int64_t now_ms, GError **error)
{
  return db_exec(conn, "DELETE FROM webhook_events WHERE received_at_ms < $1", DB_ARGS(DB_INT(now_ms - WEBHOOK_KEEP_MS)), NULL,
                 error) &&
         db_exec(conn, "DELETE FROM webhook_files WHERE received_at_ms < $1", DB_ARGS(DB_INT(now_ms - WEBHOOK_KEEP_MS)), NULL,
                 error);
}
