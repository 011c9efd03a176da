/* Decides how a copy with other flags is made and what it must be before it may take a file's place.
 * Test: tests/unit/tune/test_copy.c */
#include "tune/copy.h"

#include "base/error.h"
#include "container/track_edit.h"
#include "encode/contract.h"
#include "store/record_sql.h"
#include "transcode/transcode.h"
#include "tune/edited.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

enum { KEEP_DAYS = 7 /* originals in the trash, where the root does not say */ };

/* Our own copy, which nobody else knows: if the process dies, it goes with its stage directory. */
static bool need_no_entry(EditJournal *self, const EditEntry *entry, GError **error)
{
  return true;
}

static MediaInfo *probe_stage(const TuneItem *item, const Replacement *staged, GError **error)
{
  g_autoptr(GError) why = NULL;
  MediaInfo *media = probe_file(item->job->context->scan->probes, staged->stage_path, item->job->watch->cancel, &why);
  if (!media)
    fail(error, REEVE_ERROR_CORRUPT, "The copy of \"%s\" cannot be read back: %s", item->file->path, why->message);
  return media;
}

/* The bytes copied, and a few of them changed. The plan is made anew, for it is another file. */
static MediaInfo *copy_and_edit(const TuneItem *item, const Replacement *staged, GError **error)
{
  EditJournal nobody = {.begin = need_no_entry, .end = need_no_entry};
  EditOutcome outcome;
  const GArray *edits = item->look.plan->edits;
  if (!fs_copy(item->file->path, staged->stage_path, item->job->watch->cancel, NULL, NULL, error))
    return NULL;
  g_autoptr(EditPlan) plan = edit_plan_read(staged->stage_path, (const TrackEdit *)(const void *)edits->data, edits->len, error);
  if (!plan || !edit_commit(staged->stage_path, plan, &nobody, &outcome, error))
    return NULL;
  if (outcome != EDIT_DONE) {
    fail(error, REEVE_ERROR_CONFLICT, "The copy of \"%s\" cannot be edited.", item->file->path);
    return NULL;
  }
  return probe_stage(item, staged, error);
}

/* The plan of a copy of all streams, from what the file should be. */
static bool make_order(const TuneItem *item, const Replacement *staged, TranscodeOrder *ret_order, GError **error)
{
  g_autoptr(MediaInfo) media = library_file_media(item->file, error);
  g_autoptr(GPtrArray) tracks = media ? edited_tracks(item->detail, error) : NULL;
  if (!tracks)
    return false;
  edited_set_flags(media, tracks);
  g_autoptr(Profile) profile = record_new(&profile_table);
  g_autoptr(CapabilitySet) none = record_new(&capability_set_table);
  g_autofree char *name = g_path_get_basename(item->file->path);
  profile->codec = VIDEO_CODEC_COPY;
  profile->container = CONTAINER_SAME;
  profile->min_saving_percent = -1; /* its size is not what it is made for */
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = media,
                                                        .profile = profile,
                                                        .capabilities = none,
                                                        .file_name = name,
                                                        .age_s = G_MAXINT32,
                                                        .link_count = item->file->link_count,
                                                        .links_allowed = true,
                                                        .force = true,
                                                        .copies = true});
  if (plan->decision != PLAN_ENCODE)
    return fail(error, REEVE_ERROR_INVALID, "Its streams cannot be copied without loss: %s", plan->reason ? plan->reason : "");
  *ret_order = (TranscodeOrder){.job_id = staged->job_id,
                                .replacement_id = staged->id,
                                .source_path = g_strdup(item->file->path),
                                .output_path = g_strdup(staged->stage_path),
                                .write_directory = g_strdup(staged->stage_directory),
                                .force = true};
  record_copy(&media_info_table, media, &ret_order->media);
  record_copy(&profile_table, profile, &ret_order->profile);
  record_copy(&encode_plan_table, plan, &ret_order->plan);
  return true;
}

static bool keeps_contract(const TuneItem *item, const TranscodeOrder *order, const MediaInfo *output, GError **error)
{
  g_autoptr(GPtrArray) breaches =
      contract_check(&(ContractInput){.plan = &order->plan, .source = &order->media, .output = output, .min_saving_percent = -1});
  if (breaches->len == 0)
    return true;
  return fail(error, REEVE_ERROR_CORRUPT, "The copy of \"%s\" is not what it should be: %s", item->file->path,
              ((const ContractBreach *)breaches->pdata[0])->message);
}

static MediaInfo *copy_streams(const TuneItem *item, const Replacement *staged, GError **error)
{
  TranscodeOrder order = {0};
  TranscodeReport report = {0};
  const TuneWatch *watch = item->job->watch;
  if (!make_order(item, staged, &order, error))
    return NULL;
  TranscodeRunner runner = {
      .ffmpeg = item->job->context->ffmpeg, .cancel = watch->cancel, .on_log = watch->on_log, .user_data = watch->user_data};
  g_autoptr(MediaInfo) output = NULL;
  if (transcode_execute(&order, &runner, &report, error)) {
    record_clear(&transcode_report_table, &report);
    output = probe_stage(item, staged, error);
  }
  bool ok = output && keeps_contract(item, &order, output, error);
  record_clear(&transcode_order_table, &order);
  return ok ? g_steal_pointer(&output) : NULL;
}

/* What is known of the file must be true of what lies there now. */
static bool refresh_row(const TuneItem *item, GError **error)
{
  const ReplaceContext *replace = item->job->context->replace;
  FileStat now;
  if (!fs_stat(item->file->path, &now, error))
    return false;
  bool known = item->file->state == FILE_READY && item->file->fingerprint && now.size_bytes == item->file->size_bytes &&
               now.mtime_ns == item->file->mtime_ns && now.inode == item->file->inode;
  if (!known) {
    int64_t id = item->file->id;
    if (!scan_file(item->job->context->scan, id, error))
      return false;
    g_autoptr(DbConn) conn = db_acquire(replace->db, error);
    record_clear(&file_table, item->file);
    record_init(&file_table, item->file);
    if (!conn || !record_get(conn, &file_table, id, item->file, error))
      return false;
  }
  item->file->link_count = now.link_count;
  return item->file->state == FILE_READY || fail(error, REEVE_ERROR_CORRUPT, "\"%s\" cannot be read: %s", item->file->path,
                                                 item->file->error ? item->file->error : "");
}

static char *facts_of(const TuneItem *item, double seconds)
{
  g_autoptr(json_t) facts = json_parse(item->detail, strlen(item->detail), NULL);
  json_object_set_new(json_object_get(facts, "audio"), "seconds", json_real(seconds)); /* not "seconds": it is no encode */
  return json_text(facts);
}

static bool stage(const TuneItem *item, Replacement *ret_staged, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  record_clear(&root_table, root);
  record_copy(&root_table, item->root, root);
  if (root->link_policy == LINKS_SKIP && tune_item_breaks_links(item))
    root->link_policy = LINKS_REPLACE; /* the setting for tracks goes before the root's */
  ReplaceRequest request = {.kind = REPLACE_TRACKS,
                            .root = root,
                            .file = item->file,
                            .keep_days = root->trash_days != FIELD_NULL_INT ? root->trash_days : KEEP_DAYS,
                            .expected_bytes = item->file->size_bytes,
                            .undo_of = FIELD_NULL_INT};
  if (item->job->watch->lease)
    request.lease = *item->job->watch->lease;
  return replace_stage(item->job->context->replace, &request, ret_staged, error);
}

static bool put_through(TuneItem *item, Replacement *staged, GError **error)
{
  ReplaceContext *replace = item->job->context->replace;
  int64_t began_ms = clock_monotonic_ms(replace->clock);
  g_autoptr(MediaInfo) media =
      item->look.result.outcome == AUDIO_REMUX ? copy_streams(item, staged, error) : copy_and_edit(item, staged, error);
  if (!media)
    return false;
  g_autofree char *facts = facts_of(item, (double)(clock_monotonic_ms(replace->clock) - began_ms) / 1000);
  return replace_verified(replace, staged, facts, error) &&
         replace_commit(replace, staged, &(ReplaceCommit){.media = media}, &item->history_id, error);
}

void tune_item_replace(TuneItem *item)
{
  Replacement staged = {0};
  GError *failure = NULL;
  if (!refresh_row(item, &failure) || !stage(item, &staged, &failure)) {
    tune_item_fail(item, failure);
    return;
  }
  if (put_through(item, &staged, &failure)) {
    item->look.result.bytes = staged.staged_size_bytes;
    tune_item_set(item, AUDIO_REPLACED, item->file->link_count > 1 ? "The library has a copy of its own now." : NULL);
  } else {
    if (staged.state < REPLACEMENT_INTENT && !replace_abort(item->job->context->replace, &staged, failure->message, NULL))
      g_debug("Replacement %" G_GINT64_FORMAT " could not be aborted; recovery will", staged.id);
    tune_item_fail(item, failure);
  }
  record_clear(&replacement_table, &staged);
}
