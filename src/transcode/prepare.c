/* Decides what a claimed transcode job will do: the plan as things stand now, or why nothing is done. Test:
 * tests/unit/transcode/test_desk.c */
#include "transcode/chunks.h"

#include "base/error.h"
#include "encode/flattery.h"
#include "queue/parts.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "transcode/remember.h"
#include "wire/json.h"

#include <string.h>

enum { SPACE_RETRY_MS = 60 * 1000 };

void desk_case_clear(DeskCase *it)
{
  record_clear(&file_table, &it->file);
  record_clear(&root_table, &it->root);
  record_clear(&profile_table, &it->profile);
  g_clear_pointer(&it->media, media_info_free);
  memset(it, 0, sizeof *it);
}

/* A file that is not what the last scan saw is looked at again, so that a plan is never made from old facts. The number of names
 * is always the disk's: it changes without any other sign, when a torrent client drops its link or an undo empties the trash. */
static bool refresh_if_changed(TranscodeDesk *desk, LibraryFile *file, GError **error)
{
  FileStat now;
  if (!fs_stat(file->path, &now, error))
    return false;
  file->link_count = now.link_count;
  if (now.size_bytes == file->size_bytes && now.mtime_ns == file->mtime_ns && now.inode == file->inode &&
      file->state == FILE_READY && file->fingerprint)
    return true;
  if (!scan_file(desk->scan, file->id, error))
    return false;
  int64_t id = file->id;
  record_clear(&file_table, file);
  record_init(&file_table, file);
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
  return conn && record_get(conn, &file_table, id, file, error);
}

static bool load_rows(TranscodeDesk *desk, int64_t file_id, int64_t profile_id, DeskCase *it, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
  if (!conn || !record_get(conn, &file_table, file_id, &it->file, error) ||
      !record_get(conn, &root_table, it->file.root_id, &it->root, error))
    return false;
  if (profile_id == DESK_NO_PROFILE)
    return true;
  if (profile_id == FIELD_NULL_INT && (profile_id = it->root.profile_id) == FIELD_NULL_INT)
    return fail(error, REEVE_ERROR_INVALID, "Name a profile: the root %s has none of its own.", it->root.path);
  return record_get(conn, &profile_table, profile_id, &it->profile, error);
}

bool desk_case_load(TranscodeDesk *desk, int64_t file_id, int64_t profile_id, DeskCase *ret_case, GError **error)
{
  DeskCase it = {0};
  record_init(&file_table, &it.file);
  record_init(&root_table, &it.root);
  record_init(&profile_table, &it.profile);
  bool ok = load_rows(desk, file_id, profile_id, &it, error);
  if (ok && it.root.state == ROOT_FROZEN)
    ok = fail(error, REEVE_ERROR_CONFLICT, "The root %s is frozen: %s", it.root.path,
              it.root.frozen_reason ? it.root.frozen_reason : "");
  ok = ok && refresh_if_changed(desk, &it.file, error);
  if (ok && it.file.state != FILE_READY)
    ok = fail(error, REEVE_ERROR_CORRUPT, "%s cannot be transcoded: %s", it.file.path,
              it.file.error ? it.file.error : "it was not probed.");
  if (ok)
    ok = (it.media = library_file_media(&it.file, error)) != NULL;
  if (!ok) {
    desk_case_clear(&it);
    return false;
  }
  *ret_case = it;
  return true;
}

static bool find_verdict(TranscodeDesk *desk, const DeskCase *it, Verdict *ret_verdict, bool *ret_found, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
  return conn && verdict_find(conn, it->file.fingerprint, it->profile.id, it->profile.version, ret_verdict, ret_found, error);
}

static SoughtQuality sought_by(const DeskCase *it, const EncodePlan *plan, const CapabilitySet *capabilities)
{
  return (SoughtQuality){
      .fingerprint = it->file.fingerprint, .profile = &it->profile, .plan = plan, .capabilities = capabilities};
}

/* The plan with the quality that an earlier search found, or the plan as it is, which is taken over. NULL on error. */
static EncodePlan *plan_with_memory(TranscodeDesk *desk, const DeskCase *it, const PlanInput *input, EncodePlan *plan,
                                    const DeskPlanOptions *options, GError **error)
{
  QualityFound found;
  const SoughtQuality sought = sought_by(it, plan, input->capabilities);
  bool known = false, ok;
  {
    g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
    ok = conn && quality_recall(conn, &sought, clock_now_ms(desk->replace.clock), &found, &known, error);
  }
  if (ok && (!known || !flattery_is_covered(&it->profile, options->flattery, &found)))
    return plan;
  encode_plan_free(plan);
  if (ok && options->ret_found)
    *options->ret_found = found;
  PlanInput again = *input;
  again.found = &found;
  return ok ? encode_plan(&again) : NULL;
}

DeskPlanOptions desk_options_of(const TranscodeReport *report)
{
  return (DeskPlanOptions){
      .force = true,
      .crop = report->crop,
      .exclude_family = report->failed_family == FIELD_NULL_ENUM ? NULL : enum_name(&encoder_family_table, report->failed_family),
      .found = quality_is_found(&report->found) ? &report->found : NULL,
  };
}

EncodePlan *desk_case_plan(TranscodeDesk *desk, const DeskCase *it, const CapabilitySet *capabilities,
                           const DeskPlanOptions *options, GError **error)
{
  Verdict verdict = {0};
  bool tried = false;
  if (it->file.fingerprint && !options->force && !find_verdict(desk, it, &verdict, &tried, error))
    return NULL;
  g_autofree char *name = g_path_get_basename(it->file.path);
  PlanInput input = {
      .media = it->media,
      .profile = &it->profile,
      .capabilities = capabilities,
      .file_name = name,
      .age_s = MAX(0, clock_now_ms(desk->replace.clock) - it->file.mtime_ns / 1000000) / 1000,
      .link_count = it->file.link_count,
      .links_allowed = it->root.link_policy != LINKS_SKIP,
      .tried_before = tried,
      .tried_reason = tried ? verdict.reason : NULL,
      .force = options->force,
      .exclude_family = options->exclude_family,
      .crop = options->crop,
      .found = options->found,
  };
  EncodePlan *plan = encode_plan(&input);
  if (plan->searches && !options->forgets)
    plan = plan_with_memory(desk, it, &input, plan, options, error);
  if (tried)
    record_clear(&verdict_table, &verdict);
  return plan;
}

EncodePlan *transcode_plan_file(TranscodeDesk *desk, int64_t file_id, int64_t profile_id, const CapabilitySet *capabilities,
                                bool force, GError **error)
{
  DeskCase it = {0};
  if (!desk_case_load(desk, file_id, profile_id, &it, error))
    return NULL;
  EncodePlan *plan = desk_case_plan(desk, &it, capabilities, &(DeskPlanOptions){.force = force}, error);
  desk_case_clear(&it);
  return plan;
}

EncodePlan *transcode_preview(TranscodeDesk *desk, int64_t file_id, const Profile *profile, const CapabilitySet *capabilities,
                              GError **error)
{
  DeskCase it = {0};
  if (!desk_case_load(desk, file_id, DESK_NO_PROFILE, &it, error))
    return NULL;
  record_clear(&profile_table, &it.profile);
  record_copy(&profile_table, profile, &it.profile);
  EncodePlan *plan = desk_case_plan(desk, &it, capabilities, &(DeskPlanOptions){0}, error);
  desk_case_clear(&it);
  return plan;
}

/* The next plan for this content, after a failure, after an undo or for a copy of it, need not search. */
bool transcode_keep_found(TranscodeDesk *desk, const Job *job, const CapabilitySet *capabilities, const TranscodeReport *report,
                          GError **error)
{
  TranscodePayload payload;
  DeskCase it = {0};
  if (!desk_payload(job, &payload, error) || !desk_case_load(desk, payload.file_id, payload.profile_id, &it, error))
    return false;
  DeskPlanOptions options = desk_options_of(report);
  options.found = NULL;
  options.crop = NULL; /* as the next plan is first made */
  options.forgets = true;
  g_autoptr(EncodePlan) plan = desk_case_plan(desk, &it, capabilities, &options, error);
  bool ok = plan != NULL;
  if (ok && plan->searches) {
    const SoughtQuality sought = sought_by(&it, plan, capabilities);
    g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
    ok = conn && quality_keep(conn, &sought, &report->found, clock_now_ms(desk->replace.clock), error);
  }
  desk_case_clear(&it);
  return ok;
}

bool transcode_set_profile(Job *job, int64_t profile_id, GError **error)
{
  TranscodePayload payload = {0};
  if (g_strcmp0(job->kind, "transcode") != 0)
    return fail(error, REEVE_ERROR_INVALID, "Job %" G_GINT64_FORMAT " is a %s and has no profile.", job->id, job->kind);
  if (!desk_payload(job, &payload, error))
    return false;
  payload.profile_id = profile_id;
  payload.flattery = 0; /* of the other's samples */
  g_autoptr(json_t) json = json_from_record(&transcode_payload_table, &payload, JSON_FULL);
  g_free(job->payload);
  job->payload = json_text(json);
  return true;
}

/* Verdicts that time or a setting may change are not kept: the file is judged again the next time. */
static bool skip_is_lasting(int skip)
{
  switch ((SkipCode)skip) {
  case SKIP_NO_VIDEO:
  case SKIP_ALREADY_TARGET:
  case SKIP_NOT_ELIGIBLE:
  case SKIP_LOW_BIT_RATE:
  case SKIP_TOO_SMALL:
  case SKIP_DOLBY_VISION:
  case SKIP_HDR10_PLUS:
  case SKIP_CONTAINER:
  case SKIP_ALPHA:
  case SKIP_CAPTIONS:
  case SKIP_ORDERED_CHAPTERS:
  case SKIP_CROP_MARKS:
    return true;
  default:
    return false;
  }
}

bool desk_remember(TranscodeDesk *desk, const DeskCase *it, const char *code, const char *reason, GError **error)
{
  if (!it->file.fingerprint)
    return true;
  Verdict verdict = {
      .fingerprint = it->file.fingerprint,
      .profile_id = it->profile.id,
      .profile_version = it->profile.version,
      .code = (char *)code,
      .reason = (char *)reason,
      .created_at_ms = clock_now_ms(desk->replace.clock),
  };
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
  return conn && verdict_put(conn, &verdict, error);
}

bool desk_end_job(TranscodeDesk *desk, const LeaseRef *lease, JobState state, const char *result, const GError *cause,
                  GError **error)
{
  return queue_finish(desk->replace.queue, lease, &(JobOutcome){.state = state, .result = result, .cause = cause}, error);
}

/* Ends a job whose plan says that nothing is to be done. */
static bool end_by_plan(TranscodeDesk *desk, const LeaseRef *lease, const DeskCase *it, const EncodePlan *plan, GError **error)
{
  bool skip = plan->decision == PLAN_SKIP;
  const char *code = enum_name(&skip_code_table, plan->skip);
  if (skip && skip_is_lasting(plan->skip) && !desk_remember(desk, it, code ? code : "skipped", plan->reason, error))
    return false;
  g_autoptr(json_t) result = json_object();
  json_object_set_new(result, "plan", json_from_record(&encode_plan_table, plan, JSON_PUBLIC));
  g_autofree char *text = json_text(result);
  g_autoptr(GError) cause =
      g_error_new_literal(REEVE_ERROR, REEVE_ERROR_INVALID, plan->reason ? plan->reason : "Nothing is to be done.");
  return desk_end_job(desk, lease, skip ? JOB_SKIPPED : JOB_FAILED, text, cause, error);
}

/* A job that cannot start: waits for space, or fails with what stood in the way. */
static bool end_by_error(TranscodeDesk *desk, const LeaseRef *lease, const GError *why, GError **error)
{
  if (reeve_error_code(why) == REEVE_ERROR_NO_SPACE)
    return queue_give_back(desk->replace.queue, lease, why->message, clock_now_ms(desk->replace.clock) + SPACE_RETRY_MS, error);
  return desk_end_job(desk, lease, JOB_FAILED, NULL, why, error);
}

/* The database's own trouble is not the job's fault. */
static bool is_desk_trouble(const GError *why)
{
  return reeve_error_code(why) == REEVE_ERROR_UNAVAILABLE || reeve_error_code(why) == REEVE_ERROR_INTERNAL;
}

static bool stage(TranscodeDesk *desk, const LeaseRef *lease, const DeskCase *it, const EncodePlan *plan, bool force,
                  const QualityFound *found, TranscodeOrder *ret_order, GError **error)
{
  Replacement replacement = {0};
  ReplaceRequest request = {
      .kind = REPLACE_TRANSCODE,
      .root = &it->root,
      .file = &it->file,
      .extension = plan->extension,
      .lease = *lease,
      .keep_days = it->root.trash_days != FIELD_NULL_INT ? it->root.trash_days : it->profile.keep_original_days,
      .expected_bytes = plan->predicted_max_bytes,
      .undo_of = FIELD_NULL_INT,
  };
  if (!replace_stage(&desk->replace, &request, &replacement, error))
    return false;
  TranscodeOrder order = {
      .job_id = lease->job_id,
      .replacement_id = replacement.id,
      .source_path = g_strdup(it->file.path),
      .output_path = g_strdup(replacement.stage_path),
      .write_directory = g_strdup(replacement.stage_directory),
      .force = force,
      .found = *found,
  };
  record_copy(&media_info_table, it->media, &order.media);
  record_copy(&profile_table, &it->profile, &order.profile);
  record_copy(&encode_plan_table, plan, &order.plan);
  record_clear(&replacement_table, &replacement);
  *ret_order = order;
  return true;
}

bool desk_payload(const Job *job, TranscodePayload *ret_payload, GError **error)
{
  const char *text = job->payload ? job->payload : "";
  g_autoptr(json_t) json = json_parse(text, strlen(text), error);
  record_init(&transcode_payload_table, ret_payload);
  return json && json_to_record(&transcode_payload_table, json, JSON_TRUSTED, ret_payload, NULL, error);
}

bool transcode_prepare(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const CapabilitySet *capabilities,
                       TranscodeOrder *ret_order, PrepareResult *ret_result, GError **error)
{
  TranscodePayload payload;
  g_autoptr(GError) why = NULL;
  DeskCase it = {0};
  bool ok = false;
  if (!desk_payload(job, &payload, &why) || !desk_case_load(desk, payload.file_id, payload.profile_id, &it, &why)) {
    if (is_desk_trouble(why)) {
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
    *ret_result = PREPARE_ENDED;
    return end_by_error(desk, lease, why, error);
  }
  g_autoptr(GPtrArray) parts = queue_parts(desk->replace.queue, job->id, error);
  if (!parts || parts->len > 0) {
    ok = parts && chunks_resume(desk, job, lease, &it, capabilities, parts, ret_order, ret_result, error);
    desk_case_clear(&it);
    return ok;
  }
  QualityFound found = {0};
  const DeskPlanOptions options = {.force = payload.force, .flattery = payload.flattery, .ret_found = &found};
  g_autoptr(EncodePlan) plan = desk_case_plan(desk, &it, capabilities, &options, error);
  if (plan && plan->decision != PLAN_ENCODE) {
    *ret_result = PREPARE_ENDED;
    ok = end_by_plan(desk, lease, &it, plan, error);
  } else if (plan) {
    ok = stage(desk, lease, &it, plan, payload.force, &found, ret_order, &why);
    if (ok) {
      ret_order->flattery = payload.flattery;
      chunks_cut(desk, &it, payload.whole, ret_order);
    }
    *ret_result = ok ? PREPARE_RUN : PREPARE_ENDED;
    if (!ok && is_desk_trouble(why))
      g_propagate_error(error, g_steal_pointer(&why));
    else if (!ok)
      ok = end_by_error(desk, lease, why, error);
  }
  desk_case_clear(&it);
  return ok;
}
