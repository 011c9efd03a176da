/* Decides what becomes of one file, and what a failure means for it. Test: tests/unit/tune/test_tune.c */
#include "tune/item.h"

#include "base/error.h"
#include "sys/fs.h"
#include "tune/edited.h"
#include "tune/wait.h"

void tune_item_clear(TuneItem *item)
{
  audio_look_clear(&item->look);
  g_clear_pointer(&item->detail, g_free);
  g_clear_pointer(&item->fingerprint_before, g_free);
  g_clear_pointer(&item->notice, g_free);
  g_clear_pointer(&item->original_language, g_free);
  g_clear_error(&item->failure);
}

void tune_item_set(TuneItem *item, AudioOutcome outcome, const char *why)
{
  audio_result_set(&item->look.result, outcome, why);
}

void tune_item_fail(TuneItem *item, GError *take_failure)
{
  g_clear_error(&item->failure);
  item->failure = take_failure;
  /* CONFLICT: it is being written, or changed while it was looked at. Both pass. */
  tune_item_set(item, reeve_error_code(take_failure) == REEVE_ERROR_CONFLICT ? AUDIO_WAITING : AUDIO_FAILED,
                take_failure->message);
}

void tune_item_give_up(TuneItem *item)
{
  GError *failure = NULL;
  fail(&failure, REEVE_ERROR_CONFLICT, "It was given up after %d days of waiting: %s", WAIT_END_MS / WAIT_DAY_MS,
       item->look.result.reason ? item->look.result.reason : "");
  g_clear_error(&item->failure);
  item->failure = failure;
  tune_item_set(item, AUDIO_FAILED, failure->message);
}

static bool check_place(const TuneItem *item, GError **error)
{
  const Root *root = item->root;
  FileStat now;
  if (root->state == ROOT_FROZEN)
    return fail(error, REEVE_ERROR_DENIED, "The root %s is frozen: %s", root->path,
                root->frozen_reason ? root->frozen_reason : "");
  if (!fs_stat(item->file->path, &now, error))
    return false;
  item->file->link_count = now.link_count;
  return fs_is_inside(item->file->path, root->path) ||
         fail(error, REEVE_ERROR_DENIED, "\"%s\" leads out of its root \"%s\" by now, and is not opened.", item->file->path,
              root->path);
}

bool tune_item_breaks_links(const TuneItem *item)
{
  if (item->file->link_count < 2)
    return false;
  return item->job->links == TUNE_LINKS_BREAK ||
         (item->job->links == TUNE_LINKS_BY_ROOT && item->root->link_policy != LINKS_SKIP);
}

/* A file with other names that is not to be parted from them. */
static void hold_back_linked(TuneItem *item)
{
  int outcome = item->look.result.outcome;
  if (item->file->link_count < 2 || (outcome != AUDIO_EDIT && outcome != AUDIO_REMUX) || tune_item_breaks_links(item))
    return;
  if (item->job->links == TUNE_LINKS_WAIT)
    tune_item_set(item, AUDIO_WAITING, "It has other names (hard links), and waits until it has one.");
  else
    tune_item_set(item, AUDIO_LINKED, "It has other names (hard links), whose content would change along: it is left alone.");
}

static void look(TuneItem *item)
{
  const TuneJob *job = item->job;
  g_auto(Original) original = {0};
  GError *failure = NULL;
  if (job->asks_original)
    original_find(job->context, job->payload, item->file->path, item->root->type == ROOT_TV, job->watch->cancel, &original);
  item->notice = g_steal_pointer(&original.notice);
  const AudioWish wish = {.policy = job->policy, .original = original.language, .original_source = original.source};
  item->original_language = g_strdup(original.language);
  item->original_source = (int)original.source;
  if (audio_look(item->file->path, &wish, &item->look, &failure)) {
    hold_back_linked(item);
    return;
  }
  tune_item_fail(item, failure);
  if (reeve_error_code(failure) == REEVE_ERROR_INVALID)
    item->look.result.outcome = AUDIO_UNSUPPORTED;
}

void tune_item_look(TuneItem *item)
{
  GError *failure = NULL;
  item->history_id = FIELD_NULL_INT;
  record_init(&audio_result_table, &item->look.result);
  if (!cancel_check(item->job->watch->cancel, &failure) || !check_place(item, &failure)) {
    tune_item_fail(item, failure);
    return;
  }
  record_clear(&audio_result_table, &item->look.result);
  look(item);
  int outcome = item->look.result.outcome;
  if (outcome == AUDIO_EDIT || outcome == AUDIO_REMUX)
    item->detail = edited_detail(&item->look.result);
}

void tune_item_edit(TuneItem *item, EditJournal *journal)
{
  EditOutcome outcome;
  GError *failure = NULL;
  if (!edit_commit(item->file->path, item->look.plan, journal, &outcome, &failure)) {
    tune_item_fail(item, failure);
    return;
  }
  if (outcome == EDIT_REFUSED_LINKED) {
    tune_item_set(item, AUDIO_WAITING, "It got another name (hard link) meanwhile.");
    return;
  }
  item->edited = true;
  tune_item_set(item, AUDIO_EDITED, NULL);
  item->fingerprint_before = g_strdup(item->file->fingerprint);
  g_autoptr(GPtrArray) tracks = edited_tracks(item->detail, &failure);
  if (!tracks || !edited_refresh(item->file, tracks, item->job->context->replace->clock, &failure)) {
    g_message("\"%s\" was edited, and its row is left to the next scan: %s", item->file->path, failure->message);
    g_clear_error(&failure);
  }
}

AudioFileResult *tune_item_result(const TuneItem *item, int64_t job_id)
{
  const AudioResult *from = &item->look.result;
  AudioFileResult *result = record_new(&audio_file_result_table);
  record_clear(&audio_file_result_table, result);
  *result = (AudioFileResult){
      .job_id = job_id,
      .file_id = item->file->id,
      .path = g_strdup(item->file->path),
      .outcome = g_strdup(enum_name(&audio_outcome_table, from->outcome)),
      .reason = g_utf8_make_valid(from->reason ? from->reason : "", -1),
      .rule = g_strdup(enum_name(&audio_choice_rule_table, from->choice.rule)),
      .language = g_strdup(from->choice.language),
      .track = from->choice.track,
      .bytes = from->bytes,
      .history_id = item->history_id,
      .at_ms = clock_now_ms(item->job->context->replace->clock),
  };
  return result;
}
