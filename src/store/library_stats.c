/* The sums that the dashboard shows. Test: tests/unit/store/test_history_page.c */
#include "encode/forecast.h"
#include "store/file.h"
#include "store/job.h"
#include "store/record_sql.h"
#include "store/replacement.h"

#include <math.h>

static const Field library_stats_fields[] = {
    FIELD_INT(LibraryStats, files, .flags = FIELD_READ_ONLY, .help = "Files that are there."),
    FIELD_INT(LibraryStats, files_failed, .flags = FIELD_READ_ONLY, .help = "Files of these that could not be probed."),
    FIELD_INT(LibraryStats, files_missing, .flags = FIELD_READ_ONLY, .help = "Files that were there and are not now."),
    FIELD_INT(LibraryStats, files_damaged, .flags = FIELD_READ_ONLY,
              .help = "Files that are there and of which parts did not decode when they were last checked."),
    FIELD_INT(LibraryStats, files_undecodable, .flags = FIELD_READ_ONLY,
              .help = "Files that are there and of which nothing decoded when they were last checked."),
    FIELD_INT(LibraryStats, library_bytes, .flags = FIELD_READ_ONLY, .help = "Bytes of the files that are there."),
    FIELD_INT(LibraryStats, replaced, .flags = FIELD_READ_ONLY, .help = "Replacements that stand."),
    FIELD_INT(LibraryStats, undone, .flags = FIELD_READ_ONLY, .help = "Replacements that were undone."),
    FIELD_INT(LibraryStats, bytes_saved, .flags = FIELD_READ_ONLY, .help = "Bytes saved by the replacements that stand."),
    FIELD_INT(LibraryStats, bytes_before, .flags = FIELD_READ_ONLY, .help = "Bytes of the originals of these."),
    FIELD_INT(LibraryStats, trash_bytes, .flags = FIELD_READ_ONLY, .help = "Bytes in the trash."),
    FIELD_INT(LibraryStats, trash_entries, .flags = FIELD_READ_ONLY, .help = "Files in the trash."),
    FIELD_INT(LibraryStats, jobs_pending, .flags = FIELD_READ_ONLY, .help = "Jobs that wait for their turn."),
    FIELD_INT(LibraryStats, jobs_running, .flags = FIELD_READ_ONLY, .help = "Jobs that a worker has."),
    FIELD_INT(LibraryStats, jobs_held, .flags = FIELD_READ_ONLY, .help = "Jobs that wait for a person."),
    FIELD_INT(LibraryStats, jobs_paused, .flags = FIELD_READ_ONLY, .help = "Jobs that wait to be resumed."),
    FIELD_INT(LibraryStats, jobs_failed, .flags = FIELD_READ_ONLY, .help = "Jobs that failed."),
    FIELD_INT(LibraryStats, jobs_done, .flags = FIELD_READ_ONLY, .help = "Jobs that ended well."),
    FIELD_INT(LibraryStats, jobs_cancelled, .flags = FIELD_READ_ONLY, .help = "Jobs that a person stopped."),
    FIELD_INT(LibraryStats, jobs_skipped, .flags = FIELD_READ_ONLY, .help = "Jobs that turned out not to be worth doing."),
    FIELD_INT(LibraryStats, eta_s, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "About how long the waiting and running transcodes will take, in s; null: nothing to go by yet."),
    FIELD_REAL(LibraryStats, size_error_percent, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "By how much predicted sizes were off at the median, in percent; null before some were made."),
    FIELD_REAL(LibraryStats, time_error_percent, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "By how much predicted times were off at the median, in percent."),
};
const FieldTable library_stats_table = FIELD_TABLE(LibraryStats, "LibraryStats", NULL, library_stats_fields);

/* The one row of a statement whose columns are named as the fields. */
static bool read_sums(DbConn *conn, const char *sql, const DbArg *args, LibraryStats *stats, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, sql, args, error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  if (db_rows_next(rows, &problem) && record_from_row(&library_stats_table, rows, stats, &problem))
    return true;
  g_propagate_error(error, g_steal_pointer(&problem));
  return false;
}

enum { RECENT_REPLACEMENTS = 50, RATED_PREDICTIONS = 200 };

/* Waiting transcodes take as long as recent ones took on average, and run `slots` at a time; of a running one, the part is left
 * that its progress says. Null before the first replacement. */
static bool estimate(DbConn *conn, int slots, LibraryStats *stats, GError **error)
{
  static const char sql[] = "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'pending' AND kind = 'transcode'), "
                            "(SELECT SUM(1 - progress) FROM jobs WHERE state = 'running' AND kind = 'transcode'), "
                            "(SELECT AVG(seconds) FROM (SELECT seconds FROM history WHERE state = $1 AND seconds > 0 ORDER BY "
                            "created_at_ms DESC LIMIT $2) AS recent)";
  g_autoptr(DbRows) rows =
      db_query(conn, sql, DB_ARGS(DB_ENUM(history_state_table, HISTORY_REPLACED), DB_INT(RECENT_REPLACEMENTS)), error);
  g_autoptr(GError) problem = NULL;
  stats->eta_s = FIELD_NULL_INT;
  if (rows && db_rows_next(rows, &problem)) {
    double left = (double)db_rows_int(rows, 0) + db_rows_real(rows, 1);
    if (left == 0)
      stats->eta_s = 0;
    else if (!db_rows_is_null(rows, 2))
      stats->eta_s = (int64_t)ceil(left * db_rows_real(rows, 2) / MAX(slots, 1)); /* what is nearly done is not done */
  }
  if (problem)
    g_propagate_error(error, g_steal_pointer(&problem));
  return rows && !problem;
}

static bool rate_predictions(DbConn *conn, LibraryStats *stats, GError **error)
{
  g_autoptr(GPtrArray) past = history_past(conn, RATED_PREDICTIONS, error);
  if (!past)
    return false;
  ForecastError off = forecast_error(past);
  stats->size_error_percent = off.size_percent;
  stats->time_error_percent = off.time_percent;
  return true;
}

bool library_stats(DbConn *conn, int slots, LibraryStats *ret_stats, GError **error)
{
  static const char files[] =
      "SELECT SUM(CASE WHEN state <> $1 THEN n ELSE 0 END) AS files, SUM(CASE WHEN state = $2 THEN n ELSE 0 END) AS "
      "files_failed, "
      "SUM(CASE WHEN state = $1 THEN n ELSE 0 END) AS files_missing, SUM(CASE WHEN state <> $1 THEN bytes ELSE 0 END) AS "
      "library_bytes FROM (SELECT state, SUM(files) AS n, SUM(bytes) AS bytes FROM file_sums GROUP BY state) AS by_state";
  static const char history[] =
      "SELECT SUM(CASE WHEN state = $1 THEN 1 ELSE 0 END) AS replaced, SUM(CASE WHEN state = $2 THEN 1 ELSE 0 END) AS undone, "
      "SUM(CASE WHEN state = $1 THEN bytes_saved ELSE 0 END) AS bytes_saved, "
      "SUM(CASE WHEN state = $1 THEN size_before_bytes ELSE 0 END) AS bytes_before FROM history";
  static const char trash[] = "SELECT COUNT(*) AS trash_entries, SUM(size_bytes) AS trash_bytes FROM trash WHERE state = $1";
  static const char damaged[] =
      "SELECT SUM(CASE WHEN health = $1 THEN 1 ELSE 0 END) AS files_damaged, SUM(CASE WHEN health = $2 THEN 1 ELSE 0 END) AS "
      "files_undecodable FROM files WHERE health IN ($1, $2) AND state <> $3";
  LibraryStats stats;
  record_init(&library_stats_table, &stats);
  int64_t jobs[JOB_SKIPPED + 1];
  if (!read_sums(conn, files, DB_ARGS(DB_ENUM(file_state_table, FILE_MISSING), DB_ENUM(file_state_table, FILE_FAILED)), &stats,
                 error) ||
      !read_sums(conn, history,
                 DB_ARGS(DB_ENUM(history_state_table, HISTORY_REPLACED), DB_ENUM(history_state_table, HISTORY_UNDONE)), &stats,
                 error) ||
      !read_sums(conn, damaged,
                 DB_ARGS(DB_ENUM(file_health_table, FILE_DAMAGED), DB_ENUM(file_health_table, FILE_UNREADABLE),
                         DB_ENUM(file_state_table, FILE_MISSING)),
                 &stats, error) ||
      !read_sums(conn, trash, DB_ARGS(DB_ENUM(trash_state_table, TRASH_KEPT)), &stats, error) || !job_counts(conn, jobs, error))
    return false;
  if (!estimate(conn, slots, &stats, error) || !rate_predictions(conn, &stats, error))
    return false;
  stats.jobs_pending = jobs[JOB_PENDING];
  stats.jobs_running = jobs[JOB_RUNNING];
  stats.jobs_held = jobs[JOB_HELD];
  stats.jobs_failed = jobs[JOB_FAILED];
  stats.jobs_done = jobs[JOB_DONE];
  stats.jobs_paused = jobs[JOB_PAUSED];
  stats.jobs_cancelled = jobs[JOB_CANCELLED];
  stats.jobs_skipped = jobs[JOB_SKIPPED];
  *ret_stats = stats;
  return true;
}
