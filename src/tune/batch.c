/* Decides which files somebody means. Test: tests/unit/tune/test_batch.c */
#include "tune/batch.h"

#include "base/error.h"
#include "queue/make.h"
#include "store/audio_work.h"
#include "store/record_sql.h"
#include "tune/item.h"
#include "tune/policy_store.h"

#include <string.h>

static const Field preview_fields[] = {
    FIELD_INT(TunePreview, file_id, .help = "The library's file."),
    FIELD_TEXT(TunePreview, path, .format = "path", .help = "Where it is."),
    FIELD_TEXT(TunePreview, original_language, .flags = FIELD_NULLABLE,
               .help = "What the film was made in, where that is known."),
    FIELD_ENUM(TunePreview, original_source, original_source_table, .flags = FIELD_NULLABLE, .help = "Who says so."),
    FIELD_RECORD(TunePreview, result, audio_result_table, .help = "What would be done, and why."),
};
const FieldTable tune_preview_table = FIELD_TABLE(TunePreview, "AudioPreview", NULL, preview_fields);

/* The root that holds a path; NULL without error if there is none. */
Root *tune_root_of(DbConn *conn, const char *path, GError **error)
{
  g_autoptr(GPtrArray) roots = record_all(conn, &root_table, "path", error);
  guint best = G_MAXUINT;
  for (guint i = 0; roots && i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    size_t length = strlen(root->path);
    bool holds = strncmp(root->path, path, length) == 0 &&
                 (path[length] == '/' || path[length] == '\0' || (length > 0 && root->path[length - 1] == '/'));
    if (holds && (best == G_MAXUINT || length > strlen(((const Root *)roots->pdata[best])->path)))
      best = i;
  }
  return best == G_MAXUINT ? NULL : g_ptr_array_steal_index(roots, best);
}

static bool check_files(DbConn *conn, const GArray *ids, GError **error)
{
  for (guint i = 0; i < ids->len; i++) {
    int64_t id = g_array_index(ids, int64_t, i), found;
    bool there;
    const AudioSelection one = {.root_id = FIELD_NULL_INT, .ids = &id, .n_ids = 1, .without_job = FIELD_NULL_INT};
    if (!audio_work_count(conn, &one, &found, error))
      return false;
    there = found > 0;
    if (!there)
      return fail(error, REEVE_ERROR_NOT_FOUND, "There is no file %" G_GINT64_FORMAT " in the library, or it is missing.", id);
  }
  return true;
}

/* The batch's files, named in *ret_title; its root where it has one. The caller frees the title. */
static bool resolve(DbConn *conn, const TuneBatch *batch, int64_t *ret_root_id, char **ret_title, GError **error)
{
  bool has_files = batch->file_ids && batch->file_ids->len > 0;
  if ((batch->root_id != FIELD_NULL_INT) + has_files + (batch->path != NULL) != 1)
    return fail(error, REEVE_ERROR_INVALID, "Say which files by one of root, files and path.");
  *ret_root_id = FIELD_NULL_INT;
  if (has_files) {
    *ret_title = g_strdup_printf("%u file%s", batch->file_ids->len, batch->file_ids->len == 1 ? "" : "s");
    if (check_files(conn, batch->file_ids, error))
      return true;
    g_clear_pointer(ret_title, g_free);
    return false;
  }
  g_autoptr(Root) root = NULL;
  if (batch->path) {
    g_autoptr(GError) why = NULL;
    root = tune_root_of(conn, batch->path, &why);
    if (!root && !why)
      return fail(error, REEVE_ERROR_NOT_FOUND, "\"%s\" is below none of the library's roots.", batch->path);
    if (why) {
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
  } else {
    root = record_new(&root_table);
    if (!record_get(conn, &root_table, batch->root_id, root, error))
      return false;
  }
  *ret_root_id = root->id;
  *ret_title = g_strdup(batch->path ? batch->path : root->path);
  return true;
}

static bool add_job(TuneContext *context, DbConn *conn, const TuneBatch *batch, int64_t *ret_id, GError **error)
{
  int64_t root_id;
  g_autofree char *title = NULL;
  if (!resolve(conn, batch, &root_id, &title, error))
    return false;
  TunePayload payload; /* shallow where it borrows from the batch: only read */
  record_init(&tune_payload_table, &payload);
  AudioPolicy own = payload.policy;
  GArray *no_ids = payload.file_ids;
  payload.root_id = batch->root_id;
  payload.file_ids = (GArray *)batch->file_ids;
  payload.path = (char *)batch->path;
  payload.dry_run = batch->dry_run;
  payload.has_policy = batch->policy != NULL;
  if (batch->policy)
    payload.policy = *batch->policy;
  const QueueMake make = {.kind = TUNE_BATCH_JOB,
                          .title = title,
                          .root_id = root_id,
                          .file_id = FIELD_NULL_INT,
                          .payload_table = &tune_payload_table,
                          .payload = &payload,
                          .priority = batch->priority};
  bool ok = queue_make(context->replace->queue, conn, &make, ret_id, error);
  payload.policy = own;
  payload.file_ids = no_ids;
  payload.path = NULL;
  record_clear(&tune_payload_table, &payload);
  return ok;
}

bool tune_batch(TuneContext *context, const TuneBatch *batch, int64_t *ret_job_id, GError **error)
{
  int64_t id;
  {
    g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction || !add_job(context, conn, batch, &id, error) || !db_commit(transaction, error))
      return false;
  }
  queue_publish(context->replace->queue, id);
  *ret_job_id = id;
  return true;
}

static Root *root_of_file(DbConn *conn, const LibraryFile *file, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  return record_get(conn, &root_table, file->root_id, root, error) ? g_steal_pointer(&root) : NULL;
}

static TunePreview *preview_one(const TuneJob *job, LibraryFile *file, const Root *root)
{
  TuneItem item = {.job = job, .file = file, .root = root};
  tune_item_look(&item);
  TunePreview *preview = record_new(&tune_preview_table);
  record_clear(&tune_preview_table, preview);
  *preview = (TunePreview){.file_id = file->id,
                           .path = g_strdup(file->path),
                           .original_language = g_strdup(item.original_language),
                           .original_source = item.original_language ? item.original_source : FIELD_NULL_ENUM};
  record_copy(&audio_result_table, &item.look.result, &preview->result);
  tune_item_clear(&item);
  return preview;
}

/* The files and the policy, read with one connection, which is given back before files are opened. */
static GPtrArray *load(TuneContext *context, const TuneBatch *batch, int64_t limit, AudioPolicy *policy, GPtrArray *roots,
                       GError **error)
{
  int64_t root_id;
  g_autofree char *title = NULL;
  g_autoptr(DbConn) conn = db_acquire(context->replace->db, error);
  if (!conn || !resolve(conn, batch, &root_id, &title, error) || (!batch->policy && !policy_load(conn, policy, error)))
    return NULL;
  AudioSelection selection = {.root_id = batch->root_id, .path = batch->path, .without_job = FIELD_NULL_INT};
  if (batch->file_ids && batch->file_ids->len > 0) {
    selection.ids = (const int64_t *)(const void *)batch->file_ids->data;
    selection.n_ids = batch->file_ids->len;
  }
  g_autoptr(GPtrArray) files = audio_work_page(conn, &selection, 0, limit, error);
  for (guint i = 0; files && i < files->len; i++) {
    Root *root = root_of_file(conn, files->pdata[i], error);
    if (!root)
      return NULL;
    g_ptr_array_add(roots, root);
  }
  return g_steal_pointer(&files);
}

GPtrArray *tune_preview(TuneContext *context, const TuneBatch *batch, const char *language, int64_t limit, Cancel *cancel,
                        GError **error)
{
  g_autoptr(AudioPolicy) policy = record_new(&audio_policy_table);
  g_autoptr(GPtrArray) roots = records_new(&root_table);
  g_autoptr(GPtrArray) files = load(context, batch, limit, policy, roots, error);
  if (!files)
    return NULL;
  const AudioPolicy *wanted = batch->policy ? batch->policy : policy;
  const TuneWatch watch = {.cancel = cancel};
  const TunePayload known = {.original_language = (char *)language,
                             .original_source = ORIGINAL_FROM_PERSON,
                             .tmdb_id = FIELD_NULL_INT,
                             .tvdb_id = FIELD_NULL_INT,
                             .year = FIELD_NULL_INT,
                             .waiting_since_ms = FIELD_NULL_INT};
  const TuneJob job = {.context = context,
                       .payload = &known,
                       .policy = wanted,
                       .asks_original = original_matters(wanted),
                       .links = (TuneLinks)context->links,
                       .watch = &watch};
  GPtrArray *previews = records_new(&tune_preview_table);
  for (guint i = 0; i < files->len && !cancel_is_set(cancel); i++)
    g_ptr_array_add(previews, preview_one(&job, files->pdata[i], roots->pdata[i]));
  return previews;
}
