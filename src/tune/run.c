/* Which files a job looks at, one chunk after the other, and what it says when it is done. Test: tests/unit/tune/test_tune.c */
#include "tune/chunk.h"

#include "base/error.h"
#include "queue/make.h"
#include "store/audio_work.h"
#include "store/record_sql.h"
#include "tune/policy_store.h"
#include "tune/wait.h"

enum { WAITING_MAX = 10000 /* files that one job looks at again */ };

typedef struct {
  TuneJob job;
  const Job *row;
  AudioPolicy *policy;
  GHashTable *roots; /* int64_t -> Root */
  GArray *ids;       /* int64_t, ascending; NULL: not by ids */
  guint next_id;     /* in ids: where the slice under way begins */
  int64_t after_id;
  bool is_single;
  int64_t began_ms;
  int64_t done_before; /* files that earlier attempts dealt with */
  TuneSummary summary;
  GError *failure; /* of the single file */
  bool told;       /* that TMDB could not be asked */
} Run;

static void root_free_data(void *root)
{
  root_free(root);
}

static void run_clear(Run *run)
{
  g_clear_pointer(&run->policy, audio_policy_free);
  g_clear_pointer(&run->roots, g_hash_table_unref);
  g_clear_pointer(&run->ids, g_array_unref);
  g_clear_error(&run->failure);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static int compare_ids(gconstpointer a, gconstpointer b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

/* A file that may be new becomes one of the library's first. */
static bool choose_files(Run *run, GError **error)
{
  const TunePayload *payload = run->job.payload;
  if (payload->adds) {
    int64_t id;
    if (!scan_path(run->job.context->scan, payload->root_id, payload->path, &id, error))
      return false;
    run->ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_append_val(run->ids, id);
  } else if (payload->file_ids && payload->file_ids->len > 0) {
    run->ids = g_array_sized_new(FALSE, FALSE, sizeof(int64_t), payload->file_ids->len);
    g_array_append_vals(run->ids, payload->file_ids->data, payload->file_ids->len);
    g_array_sort(run->ids, compare_ids);
  } else if (payload->root_id == FIELD_NULL_INT && !payload->path) {
    return fail(error, REEVE_ERROR_INVALID, "The job does not say which files it is for.");
  }
  run->is_single = run->ids && run->ids->len == 1;
  return true;
}

/* By ids in slices, which a statement can hold. */
static AudioSelection selection_of(const Run *run)
{
  AudioSelection selection = {.root_id = FIELD_NULL_INT, .without_job = run->row->id};
  if (run->ids) {
    selection.ids = &g_array_index(run->ids, int64_t, run->next_id);
    selection.n_ids = MIN(run->ids->len - run->next_id, TUNE_CHUNK);
  } else {
    selection.root_id = run->job.payload->root_id;
    selection.path = run->job.payload->path;
  }
  return selection;
}

/* What was written in earlier attempts counts too. */
static void add_count(const char *outcome, int64_t files, void *user_data)
{
  TuneSummary *summary = user_data;
  int64_t *const counts[] = {
      [AUDIO_KEEP] = &summary->nothing,      [AUDIO_EDIT] = &summary->edit,
      [AUDIO_EDITED] = &summary->edited,     [AUDIO_REMUX] = &summary->remux,
      [AUDIO_REPLACED] = &summary->replaced, [AUDIO_LINKED] = &summary->linked,
      [AUDIO_WAITING] = &summary->waiting,   [AUDIO_UNSUPPORTED] = &summary->unsupported,
      [AUDIO_FAILED] = &summary->failed,
  };
  int value;
  if (!enum_value(&audio_outcome_table, outcome, &value))
    return;
  *counts[value] += files;
  summary->looked_at += files;
}

static bool count_files(Run *run, DbConn *conn, GError **error)
{
  const TunePayload *payload = run->job.payload;
  const AudioSelection all = {.root_id = payload->root_id, .path = payload->path, .without_job = FIELD_NULL_INT};
  run->summary.files = run->ids ? run->ids->len : FIELD_NULL_INT;
  return (run->ids || audio_work_count(conn, &all, &run->summary.files, error)) &&
         audio_result_counts(conn, run->row->id, add_count, &run->summary, error);
}

/* Of the files that this job looks at again, or finds waiting now. */
static int64_t waiting_since_ms(const Run *run, int64_t now_ms)
{
  return run->job.payload->waiting_since_ms != FIELD_NULL_INT ? run->job.payload->waiting_since_ms : now_ms;
}

static bool begin(Run *run, GError **error)
{
  const TunePayload *payload = run->job.payload;
  g_autoptr(DbConn) conn = db_acquire(run->job.context->replace->db, error);
  run->policy = record_new(&audio_policy_table);
  if (!conn || (!payload->has_policy && !policy_load(conn, run->policy, error)) ||
      !audio_result_forget(conn, run->row->id, enum_name(&audio_outcome_table, AUDIO_FAILED), error))
    return false;
  if (payload->has_policy) {
    record_clear(&audio_policy_table, run->policy);
    record_copy(&audio_policy_table, &payload->policy, run->policy);
  }
  run->job.policy = run->policy;
  run->job.asks_original = original_matters(run->policy);
  int64_t now_ms = clock_now_ms(run->job.context->replace->clock);
  run->job.gives_up = wait_next_ms(waiting_since_ms(run, now_ms), now_ms) == INT64_MIN;
  if (!count_files(run, conn, error))
    return false;
  run->done_before = run->summary.looked_at;
  if (run->done_before > 0 && run->job.watch->on_progress)
    run->job.watch->on_progress(&run->summary, run->job.watch->user_data);
  return true;
}

static bool load_roots(Run *run, DbConn *conn, const GPtrArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++) {
    const LibraryFile *file = files->pdata[i];
    if (g_hash_table_contains(run->roots, &file->root_id))
      continue;
    g_autoptr(Root) root = record_new(&root_table);
    if (!record_get(conn, &root_table, file->root_id, root, error))
      return false;
    g_hash_table_insert(run->roots, g_memdup2(&root->id, sizeof root->id), root);
    g_steal_pointer(&root);
  }
  return true;
}

/* The next files, none at the end. NULL on error. */
static GPtrArray *next_files(Run *run, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(run->job.context->replace->db, error);
  while (conn && (!run->ids || run->next_id < run->ids->len)) {
    const AudioSelection selection = selection_of(run);
    g_autoptr(GPtrArray) files = audio_work_page(conn, &selection, run->after_id, TUNE_CHUNK, error);
    if (!files || !load_roots(run, conn, files, error))
      return NULL;
    if (files->len > 0)
      run->after_id = ((const LibraryFile *)files->pdata[files->len - 1])->id;
    if (run->ids)
      run->next_id += (guint)selection.n_ids;
    if (files->len > 0 || !run->ids)
      return g_steal_pointer(&files);
  }
  return conn ? records_new(&file_table) : NULL;
}

static void tell(Run *run, const ChunkOutcome *outcome)
{
  const TuneWatch *watch = run->job.watch;
  int64_t looked_at = 0, took_ms = clock_monotonic_ms(run->job.context->replace->clock) - run->began_ms;
  for (int i = 0; i <= AUDIO_FAILED; i++) {
    add_count(enum_name(&audio_outcome_table, i), outcome->counts[i], &run->summary);
    looked_at += outcome->counts[i];
  }
  if (took_ms > 0)
    run->summary.per_second = (double)(run->summary.looked_at - run->done_before) * 1000 / (double)took_ms;
  if (outcome->notice && !run->told && watch->on_log) {
    watch->on_log("info", outcome->notice, watch->user_data);
    run->told = true;
  }
  if (looked_at > 0 && watch->on_progress)
    watch->on_progress(&run->summary, watch->user_data);
}

static bool work(Run *run, GError **error)
{
  if (!cancel_check(run->job.watch->halt, error))
    return false;
  for (;;) {
    g_autoptr(GPtrArray) files = next_files(run, error);
    if (!files)
      return false;
    if (files->len == 0)
      return true;
    ChunkOutcome outcome = {0};
    bool ok = tune_chunk(&run->job, files, run->roots, run->row->id, &outcome, error);
    if (ok)
      tell(run, &outcome);
    if (run->is_single)
      run->failure = g_steal_pointer(&outcome.failure);
    g_clear_error(&outcome.failure);
    g_free(outcome.notice);
    if (!ok || !cancel_check(run->job.watch->cancel, error) || !cancel_check(run->job.watch->halt, error))
      return false;
  }
}

/* The files that wait; NULL on error. */
static GArray *waiting_files(const Run *run, DbConn *conn, GError **error)
{
  int64_t next;
  g_autoptr(GPtrArray) waiting =
      audio_result_page(conn, run->row->id, enum_name(&audio_outcome_table, AUDIO_WAITING), 0, WAITING_MAX, &next, error);
  g_autoptr(GArray) ids = waiting ? g_array_new(FALSE, FALSE, sizeof(int64_t)) : NULL;
  for (guint i = 0; waiting && i < waiting->len; i++)
    g_array_append_val(ids, ((const AudioFileResult *)waiting->pdata[i])->file_id);
  return g_steal_pointer(&ids);
}

static bool add_follow_up(Run *run, DbConn *conn, GError **error)
{
  int64_t now_ms = clock_now_ms(run->job.context->replace->clock), since_ms = waiting_since_ms(run, now_ms);
  int64_t next_ms = wait_next_ms(since_ms, now_ms);
  g_autofree char *pause = wait_words(next_ms - now_ms);
  g_autofree char *words = g_strdup_printf("Files that could not be changed yet are looked at again after %s.", pause);
  g_autoptr(GArray) ids = waiting_files(run, conn, error);
  if (!ids)
    return false;
  TunePayload payload = *run->job.payload; /* shallow: only read */
  payload.file_ids = ids;
  payload.root_id = FIELD_NULL_INT;
  payload.path = NULL;
  payload.adds = false;
  payload.waiting_since_ms = since_ms;
  const QueueMake make = {.kind = run->row->kind,
                          .title = run->row->title,
                          .root_id = run->row->root_id,
                          .file_id = run->row->file_id,
                          .payload_table = &tune_payload_table,
                          .payload = &payload,
                          .priority = run->row->priority,
                          .run_after_ms = next_ms,
                          .waiting = words};
  return queue_make(run->job.context->replace->queue, conn, &make, &run->summary.next_job, error);
}

/* Those that wait get a job of their own, later: this one is done. A job that gives up has none that wait. */
static bool follow_up(Run *run, GError **error)
{
  if (run->summary.waiting == 0 || run->job.payload->dry_run)
    return true;
  {
    g_autoptr(DbConn) conn = db_acquire(run->job.context->replace->db, error);
    g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
    if (!transaction || !add_follow_up(run, conn, error) || !db_commit(transaction, error))
      return false;
  }
  queue_publish(run->job.context->replace->queue, run->summary.next_job);
  return true;
}

/* The sums of all attempts, from what is written. */
static bool add_up(Run *run, GError **error)
{
  TuneSummary sums = {.files = run->summary.files, .next_job = FIELD_NULL_INT, .per_second = run->summary.per_second};
  g_autoptr(DbConn) conn = db_acquire(run->job.context->replace->db, error);
  if (!conn || !audio_result_counts(conn, run->row->id, add_count, &sums, error))
    return false;
  run->summary = sums;
  return true;
}

bool tune_run(TuneContext *context, const Job *job, const TunePayload *payload, const TuneWatch *watch, TuneSummary *ret_summary,
              GError **error)
{
  g_auto(Run) run = {
      .job = {.context = context, .payload = payload, .links = (TuneLinks)context->links, .watch = watch},
      .row = job,
      .roots = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, root_free_data),
      .began_ms = clock_monotonic_ms(context->replace->clock),
  };
  if (!choose_files(&run, error) || !begin(&run, error) || !work(&run, error) || !add_up(&run, error))
    return false;
  if (run.failure) {
    g_propagate_error(error, g_steal_pointer(&run.failure));
    return false;
  }
  if (!follow_up(&run, error))
    return false;
  *ret_summary = run.summary;
  return true;
}
