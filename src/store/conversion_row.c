/* The rows of conversions, and what their jobs say about them. Test: tests/unit/convert/test_conversions.c */
#include "store/conversion_row.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "wire/json.h"

#include <math.h>

static const EnumRow codec_rows[] = {
    {CONVERT_PRORES, "prores", "Apple ProRes in .mov with PCM, for editing"},
    {CONVERT_DNXHR, "dnxhr", "Avid DNxHR in .mov with PCM, for editing"},
    {CONVERT_H264, "h264", "H.264 in .mp4 with AAC, plays everywhere"},
    {CONVERT_HEVC, "hevc", "HEVC in .mp4 with AAC, smaller"},
    {CONVERT_AV1, "av1", "AV1 in .mp4 with AAC, smallest"},
};
const EnumTable convert_codec_table = ENUM_TABLE("ConvertCodec", codec_rows);

static const EnumRow resolution_rows[] = {
    {CONVERT_SOURCE, "source", "As it is"},        {CONVERT_2160P, "2160p", "At most 3840x2160"},
    {CONVERT_1440P, "1440p", "At most 2560x1440"}, {CONVERT_1080P, "1080p", "At most 1920x1080"},
    {CONVERT_720P, "720p", "At most 1280x720"},    {CONVERT_540P, "540p", "At most 960x540"},
    {CONVERT_360P, "360p", "At most 640x360"},
};
const EnumTable convert_resolution_table = ENUM_TABLE("ConvertResolution", resolution_rows);

static const EnumRow quality_rows[] = {
    {CONVERT_LOW, "low", "Small: ProRes Proxy, DNxHR LB"},
    {CONVERT_MEDIUM, "medium", "Between: ProRes LT, DNxHR SQ"},
    {CONVERT_HIGH, "high", "Close to the source: ProRes HQ, DNxHR HQ"},
};
const EnumTable convert_quality_table = ENUM_TABLE("ConvertQuality", quality_rows);

static const EnumRow state_rows[] = {
    {CONVERSION_QUEUED, "queued", "It waits for its turn"},        {CONVERSION_PROCESSING, "processing", "It is worked on"},
    {CONVERSION_COMPLETED, "completed", "It can be downloaded"},   {CONVERSION_FAILED, "failed", "It could not be made"},
    {CONVERSION_CANCELLED, "cancelled", "Somebody called it off"},
};
const EnumTable conversion_state_table = ENUM_TABLE("ConversionState", state_rows);

#define SHOWN FIELD_READ_ONLY
#define OF_JOB FIELD_READ_ONLY | FIELD_NO_COLUMN
static const Field fields[] = {
    FIELD_INT(Conversion, id, .flags = FIELD_KEY | SHOWN, .help = "Number of the conversion."),
    FIELD_INT(Conversion, upload_id, .flags = SHOWN, .help = "The upload that it is made of, which may be gone."),
    FIELD_INT(Conversion, job_id, .flags = SHOWN, .help = "Its job, which may be forgotten."),
    FIELD_TEXT(Conversion, name, .flags = SHOWN, .help = "Name under which it is saved."),
    FIELD_ENUM(Conversion, codec, convert_codec_table, .flags = SHOWN, .help = "What it becomes."),
    FIELD_ENUM(Conversion, resolution, convert_resolution_table, .flags = SHOWN, .help = "Size that its picture may have."),
    FIELD_ENUM(Conversion, quality, convert_quality_table, .flags = SHOWN, .help = "How close to the source."),
    FIELD_TEXT(Conversion, directory, .flags = SHOWN | FIELD_NO_JSON, .help = "Where its files are."),
    FIELD_TEXT(Conversion, place, .flags = SHOWN | FIELD_NULLABLE | FIELD_NO_JSON, .help = "The server that has them."),
    FIELD_TEXT(Conversion, path, .flags = SHOWN | FIELD_NULLABLE | FIELD_NO_JSON, .help = "The file."),
    FIELD_INT(Conversion, size_bytes, .flags = SHOWN | FIELD_NULLABLE, .help = "Size in bytes, once it can be downloaded."),
    FIELD_INT(Conversion, duration_ms, .flags = SHOWN | FIELD_NULLABLE, .help = "Its length in ms, once it can be downloaded."),
    FIELD_BOOL(Conversion, discarded, .flags = SHOWN | FIELD_NO_JSON, .help = "Whether it goes once its worker has let go."),
    FIELD_TEXT(Conversion, created_by, .flags = SHOWN, .help = "Who asked for it."),
    FIELD_INT(Conversion, created_at_ms, .flags = SHOWN, .help = "When it was asked for, in ms since 1970."),
    FIELD_INT(Conversion, finished_at_ms, .flags = SHOWN | FIELD_NULLABLE, .help = "When it was done, in ms since 1970."),
    FIELD_INT(Conversion, expires_at_ms, .flags = SHOWN,
              .help = "When it is deleted, in ms since 1970; while it is made, it stays."),
    FIELD_ENUM(Conversion, state, conversion_state_table, .flags = OF_JOB, .help = "How far it is."),
    FIELD_REAL(Conversion, progress, .max = 1, .flags = OF_JOB, .help = "How much is done, 0 to 1."),
    FIELD_INT(Conversion, eta_ms, .flags = OF_JOB | FIELD_NULLABLE, .help = "Time left, in ms; null while unknown."),
    FIELD_REAL(Conversion, fps, .flags = OF_JOB | FIELD_NULLABLE, .help = "Frames encoded per second; null while unknown."),
    FIELD_TEXT(Conversion, waiting, .flags = OF_JOB | FIELD_NULLABLE, .help = "Why it does not go on."),
    FIELD_TEXT(Conversion, error, .flags = OF_JOB | FIELD_NULLABLE, .help = "Why it failed."),
};
const FieldTable conversion_table = FIELD_TABLE(Conversion, "Conversion", "conversions", fields);

/* What of a job's progress (encode_progress_table) is shown here. */
static void read_detail(const Job *job, Conversion *it)
{
  json_t *detail = job->progress_detail ? json_loads(job->progress_detail, 0, NULL) : NULL;
  const json_t *eta = json_object_get(detail, "eta_ms"), *fps = json_object_get(detail, "fps");
  if (json_is_integer(eta))
    it->eta_ms = json_integer_value(eta);
  if (json_is_number(fps))
    it->fps = json_number_value(fps);
  json_decref(detail);
}

static int state_of(const Job *job)
{
  switch ((JobState)job->state) {
  case JOB_HELD:
  case JOB_PENDING:
    return CONVERSION_QUEUED;
  case JOB_PAUSED:
    return job->lease_owner ? CONVERSION_PROCESSING : CONVERSION_QUEUED;
  case JOB_RUNNING:
    return CONVERSION_PROCESSING;
  case JOB_CANCELLED:
    return CONVERSION_CANCELLED;
  default:
    return CONVERSION_FAILED; /* done without a file is none */
  }
}

/* `job` NULL: it is gone. */
static void look_at_job(Conversion *it, const Job *job)
{
  it->eta_ms = FIELD_NULL_INT;
  it->fps = NAN;
  it->progress = it->path ? 1 : job ? job->progress : 0;
  it->state = it->path ? CONVERSION_COMPLETED : job ? state_of(job) : CONVERSION_FAILED;
  if (it->state == CONVERSION_PROCESSING)
    read_detail(job, it);
  if (it->state == CONVERSION_QUEUED || it->state == CONVERSION_PROCESSING)
    it->waiting = g_strdup(job->waiting);
  if (it->state == CONVERSION_FAILED)
    it->error = g_strdup(!job ? "Its job was deleted before it was done." : job->error ? job->error : "It ended without a file.");
}

static const Job *find_job(const GPtrArray *jobs, int64_t id)
{
  for (guint i = 0; i < jobs->len; i++)
    if (((const Job *)jobs->pdata[i])->id == id)
      return jobs->pdata[i];
  return NULL;
}

static bool look_at_jobs(DbConn *conn, GPtrArray *conversions, GError **error)
{
  int64_t first = INT64_MAX, last = 0;
  for (guint i = 0; i < conversions->len; i++) {
    int64_t id = ((const Conversion *)conversions->pdata[i])->job_id;
    first = MIN(first, id);
    last = MAX(last, id);
  }
  g_autoptr(GPtrArray) jobs = record_query(conn, &job_table,
                                           "SELECT id, state, error, waiting, lease_owner, progress, progress_detail FROM jobs "
                                           "WHERE id BETWEEN $1 AND $2 AND kind = 'convert'",
                                           DB_ARGS(DB_INT(first), DB_INT(last)), error);
  for (guint i = 0; jobs && i < conversions->len; i++) {
    Conversion *it = conversions->pdata[i];
    look_at_job(it, find_job(jobs, it->job_id));
  }
  return jobs != NULL;
}

bool conversion_row_get(DbConn *conn, int64_t id, Conversion *ret_conversion, GError **error)
{
  g_autoptr(GPtrArray) found =
      record_list(conn, &conversion_table, "WHERE id = $1 AND discarded = 0", DB_ARGS(DB_INT(id)), error);
  if (!found || (found->len == 0 && !record_missing(&conversion_table, id, error)) || !look_at_jobs(conn, found, error))
    return false;
  record_clear(&conversion_table, ret_conversion);
  record_copy(&conversion_table, found->pdata[0], ret_conversion);
  return true;
}

GPtrArray *conversion_row_page(DbConn *conn, int64_t before_id, int64_t limit, int64_t *ret_next, GError **error)
{
  g_autoptr(GPtrArray) found = record_list(conn, &conversion_table, "WHERE discarded = 0 AND id < $1 ORDER BY id DESC LIMIT $2",
                                           DB_ARGS(DB_INT(before_id > 0 ? before_id : INT64_MAX), DB_INT(limit + 1)), error);
  if (!found)
    return NULL;
  bool more = (int64_t)found->len > limit;
  if (more)
    g_ptr_array_set_size(found, (gint)limit);
  if (!look_at_jobs(conn, found, error))
    return NULL;
  *ret_next = more ? ((const Conversion *)found->pdata[found->len - 1])->id : 0;
  return g_steal_pointer(&found);
}

bool conversion_row_of_job(DbConn *conn, int64_t job_id, Conversion *ret_conversion, GError **error)
{
  return record_find(conn, &conversion_table, "job_id = $1", DB_ARGS(DB_INT(job_id)), ret_conversion, error);
}

#define UNFINISHED "state IN ('held', 'pending', 'running', 'paused')"

bool conversion_row_open(DbConn *conn, int64_t upload_id, bool *ret_open, GError **error)
{
  int64_t id;
  return db_query_int(conn,
                      "SELECT c.id FROM conversions c JOIN jobs j ON j.id = c.job_id "
                      "WHERE c.upload_id = $1 AND c.discarded = 0 AND c.path IS NULL AND j." UNFINISHED " LIMIT 1",
                      DB_ARGS(DB_INT(upload_id)), &id, ret_open, error);
}

GPtrArray *conversion_rows_expired(DbConn *conn, int64_t now_ms, int64_t keep_ms, int64_t limit, GError **error)
{
  return record_list(conn, &conversion_table,
                     "WHERE (expires_at_ms <= $1 OR discarded = 1) AND NOT EXISTS (SELECT 1 FROM jobs j "
                     "WHERE j.id = conversions.job_id AND (j." UNFINISHED
                     " OR (conversions.path IS NULL AND conversions.discarded = 0 AND j.finished_at_ms > $2))) "
                     "ORDER BY expires_at_ms, id LIMIT $3",
                     DB_ARGS(DB_INT(now_ms), DB_INT(now_ms - keep_ms), DB_INT(limit)), error);
}

bool conversion_row_finish(DbConn *conn, const Conversion *conversion, GError **error)
{
  int64_t changed = 0;
  return db_exec(conn,
                 "UPDATE conversions SET path = $1, size_bytes = $2, duration_ms = $3, finished_at_ms = $4, expires_at_ms = $5 "
                 "WHERE id = $6",
                 DB_ARGS(DB_TEXT(conversion->path), DB_INT(conversion->size_bytes), DB_INT_OR_NULL(conversion->duration_ms),
                         DB_INT(conversion->finished_at_ms), DB_INT(conversion->expires_at_ms), DB_INT(conversion->id)),
                 &changed, error) &&
         (changed > 0 || record_missing(&conversion_table, conversion->id, error));
}

bool conversion_row_discard(DbConn *conn, int64_t id, GError **error)
{
  return record_set(conn, &conversion_table, id, "discarded", DB_INT(1), error);
}
