/* Decides which jobs a request for transcodes means. Test: tests/unit/transcode/test_desk.c */
#include "base/error.h"
#include "store/file.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "store/work.h"
#include "transcode/transcode.h"
#include "wire/json.h"

/* The root's own profile, if none was named. NOT_FOUND for a root that is not there. */
static bool choose_profile(DbConn *conn, int64_t root_id, int64_t *profile_id, GError **error)
{
  Root root = {0};
  record_init(&root_table, &root);
  bool ok = record_get(conn, &root_table, root_id, &root, error);
  if (ok && *profile_id == FIELD_NULL_INT && (*profile_id = root.profile_id) == FIELD_NULL_INT)
    ok = fail(error, REEVE_ERROR_INVALID, "Name a profile: the root %s has none of its own.",
              root.name && *root.name ? root.name : root.path);
  record_clear(&root_table, &root);
  return ok;
}

static bool profile_version(DbConn *conn, int64_t profile_id, int64_t *ret_version, GError **error)
{
  Profile profile = {0};
  record_init(&profile_table, &profile);
  bool ok = record_get(conn, &profile_table, profile_id, &profile, error);
  if (ok)
    *ret_version = profile.version;
  record_clear(&profile_table, &profile);
  return ok;
}

/* Adds the job for one file, or finds the one that is under way. */
static bool enqueue_file(TranscodeDesk *desk, DbConn *conn, const TranscodeRequest *request, int64_t file_id, int64_t profile_id,
                         bool named, GArray *ids, GError **error)
{
  LibraryFile file = {0};
  record_init(&file_table, &file);
  if (!record_get(conn, &file_table, file_id, &file, error)) {
    record_clear(&file_table, &file);
    return false;
  }
  bool ok = true, found = false;
  int64_t id = 0;
  if (file.state != FILE_READY) {
    if (named)
      ok = fail(error, REEVE_ERROR_CONFLICT, "%s cannot be transcoded: it is %s%s%s", file.path,
                enum_name(&file_state_table, file.state), file.error ? ": " : ".", file.error ? file.error : "");
    goto done;
  }
  ok = work_find_job(conn, "transcode", file_id, &id, &found, error);
  if (ok && !found)
    ok = choose_profile(conn, file.root_id, &profile_id, error);
  if (ok && !found) {
    TranscodePayload payload = {.file_id = file_id, .profile_id = profile_id, .force = request->force};
    g_autoptr(json_t) json = json_from_record(&transcode_payload_table, &payload, JSON_FULL);
    Job job = {0};
    record_init(&job_table, &job);
    g_free(job.kind);
    g_free(job.title);
    g_free(job.payload);
    job.kind = g_strdup("transcode");
    job.title = g_strdup(file.path);
    job.payload = json_text(json);
    job.state = JOB_PENDING;
    job.priority = request->priority;
    job.file_id = file_id;
    job.root_id = file.root_id;
    g_strfreev(job.needs);
    job.needs = g_strsplit("ffmpeg", ",", -1);
    ok = queue_add(desk->replace.queue, conn, &job, error);
    id = job.id;
    record_clear(&job_table, &job);
  }
  if (ok)
    g_array_append_val(ids, id);
done:
  record_clear(&file_table, &file);
  return ok;
}

GArray *transcode_enqueue(TranscodeDesk *desk, const TranscodeRequest *request, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
  if (!conn)
    return NULL;
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  if (!transaction)
    return NULL;
  int64_t profile_id = request->profile_id, version = -1;
  if (request->root_id != FIELD_NULL_INT && !choose_profile(conn, request->root_id, &profile_id, error))
    return NULL;
  if (profile_id != FIELD_NULL_INT && !profile_version(conn, profile_id, &version, error))
    return NULL;

  g_autoptr(GArray) of_root = NULL;
  const int64_t *files = request->file_ids;
  size_t n_files = request->n_files;
  if (request->root_id != FIELD_NULL_INT) {
    of_root = work_files_of_root(conn, request->root_id, profile_id, request->force ? -1 : version, error);
    if (!of_root)
      return NULL;
    files = (const int64_t *)(void *)of_root->data;
    n_files = of_root->len;
  }
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  for (size_t i = 0; i < n_files; i++)
    if (!enqueue_file(desk, conn, request, files[i], profile_id, request->root_id == FIELD_NULL_INT, ids, error))
      return NULL;
  if (!db_commit(transaction, error))
    return NULL;
  for (guint i = 0; i < ids->len; i++)
    queue_publish(desk->replace.queue, g_array_index(ids, int64_t, i));
  return g_steal_pointer(&ids);
}
