/* The order in which several files are changed: entries made durable, files edited, results and rows written.
 * Test: tests/unit/tune/test_tune.c, test_tune_crash.c */
#include "tune/chunk.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "store/audio_work.h"
#include "store/record_sql.h"
#include "tune/copy.h"
#include "tune/edited.h"
#include "tune/parallel.h"

/* Each edit waits for the disk, which makes those that wait together durable with one write: more threads than cores. */
enum { THREADS_PRESET = 12 };

typedef struct {
  const TuneJob *job;
  int64_t job_id;
  TuneItem *items;
  size_t n;
  EditJournal *journal;
} Chunk;

static int thread_count(const TuneContext *context)
{
  return context->threads > 0 ? context->threads : THREADS_PRESET;
}

/* What is looked at is in hand, and is edited too: that takes milliseconds, and a look may have asked others. */
static void look_at(size_t index, void *user_data)
{
  const Chunk *chunk = user_data;
  const TuneWatch *watch = chunk->job->watch;
  if (cancel_is_set(watch->halt) || cancel_is_set(watch->cancel))
    return;
  tune_item_look(&chunk->items[index]);
  chunk->items[index].looked = true;
}

static bool is_outcome(const TuneItem *item, AudioOutcome outcome)
{
  return item->looked && item->look.result.outcome == (int)outcome;
}

static bool is_to_edit(const TuneItem *item)
{
  return is_outcome(item, AUDIO_EDIT) && !tune_item_breaks_links(item);
}

static void edit(size_t index, void *user_data)
{
  const Chunk *chunk = user_data;
  TuneItem *item = &chunk->items[index];
  if (is_to_edit(item) && !cancel_is_set(chunk->job->watch->cancel))
    tune_item_edit(item, chunk->journal);
}

/* Two jobs of one file: who comes second waits. */
static bool prepare_one(const Chunk *chunk, DbConn *conn, TuneItem *item, GError **error)
{
  bool replaced = false, taken = false;
  if (!audio_work_is_replaced(conn, item->file->id, &replaced, error))
    return false;
  if (!replaced && is_to_edit(item) &&
      !edit_journal_prepare(chunk->journal, conn, item->file->path, item->look.plan, item->file->id, item->detail, &taken, error))
    return false;
  if (replaced)
    tune_item_set(item, AUDIO_WAITING, "It is being transcoded or restored, and waits for that.");
  else if (taken)
    tune_item_set(item, AUDIO_WAITING, "Another edit of it is not finished, and goes first.");
  return true;
}

static bool check_lease(const TuneJob *job, DbConn *conn, GError **error)
{
  return !job->watch->lease || queue_check_lease_in(conn, job->watch->lease, error);
}

static bool is_to_change(const TuneItem *item)
{
  return is_outcome(item, AUDIO_EDIT) || is_outcome(item, AUDIO_REMUX);
}

/* What was not got round to before the job was stopped has no result: the job goes on with it. */
static bool has_result(const Chunk *chunk, const TuneItem *item)
{
  return item->looked && (chunk->job->payload->dry_run || !is_to_change(item));
}

static bool prepare(const Chunk *chunk, GError **error)
{
  bool any = false;
  for (size_t i = 0; i < chunk->n && !any; i++)
    any = is_to_change(&chunk->items[i]);
  if (!any)
    return true;
  g_autoptr(DbConn) conn = db_acquire(chunk->job->context->replace->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !check_lease(chunk->job, conn, error))
    return false;
  for (size_t i = 0; i < chunk->n; i++)
    if (is_to_change(&chunk->items[i]) && !prepare_one(chunk, conn, &chunk->items[i], error))
      return false;
  return db_commit(transaction, error);
}

static bool write_item(const Chunk *chunk, DbConn *conn, TuneItem *item, GError **error)
{
  const EditedFile edited = {.file = item->file,
                             .fingerprint_before = item->fingerprint_before,
                             .detail = item->detail,
                             .job_id = chunk->job_id,
                             .can_undo = true,
                             .now_ms = clock_now_ms(chunk->job->context->replace->clock)};
  if (item->edited && !edited_note(conn, &edited, &item->history_id, error))
    return false;
  AudioFileResult *result = tune_item_result(item, chunk->job_id);
  bool ok = audio_result_put(conn, result, error);
  record_free(&audio_file_result_table, result);
  return ok;
}

static bool settle(const Chunk *chunk, GError **error)
{
  failpoint("tune.settle");
  g_autoptr(DbConn) conn = db_acquire(chunk->job->context->replace->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !check_lease(chunk->job, conn, error) || !edit_journal_settle(chunk->journal, conn, error))
    return false;
  for (size_t i = 0; i < chunk->n; i++)
    if (has_result(chunk, &chunk->items[i]) && !write_item(chunk, conn, &chunk->items[i], error))
      return false;
  if (!db_commit(transaction, error))
    return false;
  edit_journal_forget(chunk->journal);
  return true;
}

static bool change(Chunk *chunk, GError **error)
{
  const TuneJob *job = chunk->job;
  parallel_each(chunk->n, thread_count(job->context), look_at, chunk);
  if (!cancel_check(job->watch->cancel, error))
    return false;
  if (job->payload->dry_run)
    return true;
  if (!prepare(chunk, error))
    return false;
  failpoint("tune.prepared");
  parallel_each(chunk->n, thread_count(job->context), edit, chunk);
  for (size_t i = 0; i < chunk->n; i++)
    if (is_to_change(&chunk->items[i]) && !is_to_edit(&chunk->items[i]) && !cancel_is_set(job->watch->cancel) &&
        !cancel_is_set(job->watch->halt)) /* a copy may take minutes */
      tune_item_replace(&chunk->items[i]);
  return true;
}

static void give_up(Chunk *chunk)
{
  for (size_t i = 0; chunk->job->gives_up && i < chunk->n; i++)
    if (is_outcome(&chunk->items[i], AUDIO_WAITING))
      tune_item_give_up(&chunk->items[i]);
}

static void count(const Chunk *chunk, ChunkOutcome *outcome)
{
  for (size_t i = 0; i < chunk->n; i++) {
    TuneItem *item = &chunk->items[i];
    if (!has_result(chunk, item))
      continue;
    outcome->counts[item->look.result.outcome]++;
    if (is_outcome(item, AUDIO_FAILED)) {
      g_clear_error(&outcome->failure);
      outcome->failure = g_steal_pointer(&item->failure);
    }
    if (item->notice && !outcome->notice)
      outcome->notice = g_steal_pointer(&item->notice);
  }
}

bool tune_chunk(const TuneJob *job, GPtrArray *files, GHashTable *roots, int64_t job_id, ChunkOutcome *outcome, GError **error)
{
  Chunk chunk = {.job = job, .job_id = job_id, .n = files->len};
  const LeaseRef *lease = job->watch->lease;
  chunk.items = g_new0(TuneItem, files->len);
  chunk.journal =
      edit_journal_new(lease ? lease->job_id : FIELD_NULL_INT, lease ? lease->epoch : 0, job->context->replace->clock);
  for (guint i = 0; i < files->len; i++) {
    LibraryFile *file = files->pdata[i];
    chunk.items[i] = (TuneItem){.job = job, .file = file, .root = g_hash_table_lookup(roots, &file->root_id)};
  }
  bool ok = change(&chunk, error);
  if (ok)
    give_up(&chunk);
  ok = ok && settle(&chunk, error);
  if (ok)
    count(&chunk, outcome);
  for (size_t i = 0; i < chunk.n; i++)
    tune_item_clear(&chunk.items[i]);
  edit_journal_free(chunk.journal);
  g_free(chunk.items);
  return ok;
}
