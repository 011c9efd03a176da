/* The rows of outcomes. Test: tests/unit/store/test_audio_rows.c */
#include "store/audio_result.h"

#include "store/condition.h"
#include "store/record_sql.h"

static const Field audio_file_result_fields[] = {
    FIELD_INT(AudioFileResult, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the result."),
    FIELD_INT(AudioFileResult, job_id, .flags = FIELD_READ_ONLY, .help = "Job that looked at the file."),
    FIELD_INT(AudioFileResult, file_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The library's file."),
    FIELD_TEXT(AudioFileResult, path, .flags = FIELD_READ_ONLY, .format = "path", .help = "Where it was."),
    FIELD_TEXT(AudioFileResult, outcome, .flags = FIELD_READ_ONLY,
               .help = "nothing, edit or remux (would be done), edited, replaced, linked, waiting, unsupported or failed."),
    FIELD_TEXT(AudioFileResult, reason, .flags = FIELD_READ_ONLY, .help = "Why, in sentences."),
    FIELD_TEXT(AudioFileResult, rule, .flags = FIELD_READ_ONLY,
               .help = "Which rule chose: original, override, languages or none."),
    FIELD_TEXT(AudioFileResult, language, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The language that was looked for."),
    FIELD_INT(AudioFileResult, track, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "The chosen track's number in the file, from 0."),
    FIELD_INT(AudioFileResult, bytes, .flags = FIELD_READ_ONLY, .help = "Bytes of the file that were written, or would be."),
    FIELD_INT(AudioFileResult, history_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Entry of the history, which can be undone."),
    FIELD_INT(AudioFileResult, at_ms, .flags = FIELD_READ_ONLY, .help = "When, in ms since 1970."),
};
const FieldTable audio_file_result_table =
    FIELD_TABLE(AudioFileResult, "AudioFileResult", "audio_results", audio_file_result_fields);

bool audio_result_put(DbConn *conn, AudioFileResult *result, GError **error)
{
  if (result->file_id != FIELD_NULL_INT && !db_exec(conn, "DELETE FROM audio_results WHERE job_id = $1 AND file_id = $2",
                                                    DB_ARGS(DB_INT(result->job_id), DB_INT(result->file_id)), NULL, error))
    return false;
  return record_insert(conn, &audio_file_result_table, result, error);
}

GPtrArray *audio_result_page(DbConn *conn, int64_t job_id, const char *outcome, int64_t after_id, int64_t limit,
                             int64_t *ret_next, GError **error)
{
  g_auto(Condition) condition;
  condition_init(&condition);
  condition_add(&condition, "job_id = ?", DB_ARGS(DB_INT(job_id)));
  condition_add(&condition, "id > ?", DB_ARGS(DB_INT(after_id)));
  if (outcome)
    condition_add(&condition, "outcome = ?", DB_ARGS(DB_TEXT(outcome)));
  g_autofree char *tail = g_strdup_printf("%s ORDER BY id LIMIT %" G_GINT64_FORMAT, condition.sql->str, limit + 1);
  GPtrArray *results = record_list(conn, &audio_file_result_table, tail, condition_args(&condition), error);
  if (!results)
    return NULL;
  *ret_next = 0;
  if (results->len > limit) { /* one more than asked for: there is a next page */
    g_ptr_array_set_size(results, (gint)limit);
    *ret_next = ((const AudioFileResult *)results->pdata[limit - 1])->id;
  }
  return results;
}

bool audio_result_forget(DbConn *conn, int64_t job_id, const char *outcome, GError **error)
{
  return db_exec(conn, "DELETE FROM audio_results WHERE job_id = $1 AND outcome = $2", DB_ARGS(DB_INT(job_id), DB_TEXT(outcome)),
                 NULL, error);
}

bool audio_result_counts(DbConn *conn, int64_t job_id, void (*take)(const char *outcome, int64_t files, void *user_data),
                         void *user_data, GError **error)
{
  g_autoptr(DbRows) rows =
      db_query(conn, "SELECT outcome, COUNT(*) FROM audio_results WHERE job_id = $1 GROUP BY outcome ORDER BY outcome",
               DB_ARGS(DB_INT(job_id)), error);
  g_autoptr(GError) problem = NULL;
  while (rows && db_rows_next(rows, &problem))
    take(db_rows_text(rows, 0), db_rows_int(rows, 1), user_data);
  if (problem)
    g_propagate_error(error, g_steal_pointer(&problem));
  return rows && !problem;
}
