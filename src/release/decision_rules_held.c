/* Rules about what is there, on its way, or was fetched before. Test: tests/unit/release/test_decision.c */
#include "release/decision_rules.h"

static const int64_t hour_ms = 3600 * 1000, day_ms = 24 * 3600 * 1000LL;
enum { PROPER_MAX_DAYS = 7, HISTORY_HOURS = 12 };

static UpgradeQuestion upgrade_question(const RuleQuestion *question)
{
  return (UpgradeQuestion){.profile = question->input->profile,
                           .transcode = question->input->transcode,
                           .propers = (ProperPreference)question->input->settings->propers,
                           .candidate = question->decision->model,
                           .score = question->decision->score};
}

bool rule_same_text(const char *a, const char *b)
{
  return a && b && *a && g_ascii_strcasecmp(a, b) == 0;
}

/* A later issue of the same quality. */
static bool is_revision_of(const QualityModel *model, const QualityModel *candidate)
{
  return candidate->quality == model->quality && quality_revision_compare(&candidate->revision, &model->revision) > 0;
}

bool rule_mends(const RuleQuestion *question, const HeldFile *file)
{
  QualityModel model = held_file_model(file);
  return is_revision_of(&model, &question->decision->model);
}

char *rule_imported(const RuleQuestion *question)
{
  const GPtrArray *files = question->input->files;
  const ReleaseOffer *offer = question->decision->offer;
  for (guint i = 0; files && i < files->len; i++) {
    const HeldFile *file = files->pdata[i];
    if (file->has_source &&
        (rule_same_text(file->source_hash, offer->info_hash) || rule_same_text(file->source_title, offer->title)))
      return g_strdup_printf("The file \"%s\" was made from this very release.", file->name ? file->name : "");
  }
  const GrabbedRelease *grabbed = question->input->grabbed;
  if (!files || files->len == 0 || !grabbed || !grabbed->imported || grabbed->imported_as.quality == grabbed->quality.quality)
    return NULL;
  if (!rule_same_text(grabbed->info_hash, offer->info_hash) && !rule_same_text(grabbed->title, offer->title))
    return NULL;
  return g_strdup_printf("It was fetched before and turned out to be %s, not %s.",
                         quality_find(grabbed->imported_as.quality)->name, quality_find(grabbed->quality.quality)->name);
}

char *rule_queue(const RuleQuestion *question)
{
  const GPtrArray *queue = question->input->queue;
  UpgradeQuestion upgrade = upgrade_question(question);
  for (guint i = 0; queue && i < queue->len; i++) {
    const QueuedRelease *queued = queue->pdata[i];
    if (queued->failed)
      continue;
    g_autofree char *what = g_strdup_printf("\"%s\" is on its way; it", queued->title ? queued->title : "");
    int64_t score = quality_profile_score(question->input->profile, queued->formats);
    char *refusal = upgrade_refusal_over(&upgrade, what, &queued->quality, score, NULL);
    if (refusal)
      return refusal;
    if (question->input->settings->propers == PROPERS_DO_NOT_UPGRADE && is_revision_of(&queued->quality, &upgrade.candidate))
      return g_strdup_printf("\"%s\" is on its way, and later issues of it are not fetched.", queued->title ? queued->title : "");
  }
  return NULL;
}

char *rule_upgrade(const RuleQuestion *question)
{
  const GPtrArray *files = question->input->files;
  UpgradeQuestion upgrade = upgrade_question(question);
  for (guint i = 0; files && i < files->len; i++) {
    char *refusal = upgrade_refusal(&upgrade, files->pdata[i], NULL);
    if (refusal)
      return refusal;
  }
  return NULL;
}

char *rule_repack(const RuleQuestion *question)
{
  const GPtrArray *files = question->input->files;
  const char *group = question->decision->release->group;
  if (!question->decision->model.revision.repack || question->input->settings->propers == PROPERS_DO_NOT_PREFER)
    return NULL;
  for (guint i = 0; files && i < files->len; i++) {
    const HeldFile *file = files->pdata[i];
    QualityModel model = held_file_model(file);
    if (model.quality != question->decision->model.quality)
      continue;
    if (question->input->settings->propers == PROPERS_DO_NOT_UPGRADE)
      return g_strdup("It is a repack of what is there, and later issues are not fetched.");
    if (!file->group || !*file->group || !group)
      return g_strdup("It is a repack, and it is not known whose release the file that is there is, or whose this one is.");
    if (g_ascii_strcasecmp(file->group, group) != 0)
      return g_strdup_printf("It is a repack by %s, and the file that is there is by %s.", group, file->group);
  }
  return NULL;
}

char *rule_proper(const RuleQuestion *question)
{
  const GPtrArray *files = question->input->files;
  if (question->input->settings->propers == PROPERS_DO_NOT_PREFER)
    return NULL;
  for (guint i = 0; files && i < files->len; i++) {
    const HeldFile *file = files->pdata[i];
    if (!rule_mends(question, file))
      continue;
    int64_t days = (question->input->now_ms - file->added_ms) / day_ms;
    if (question->input->settings->propers == PROPERS_DO_NOT_UPGRADE)
      return g_strdup("It is a later issue of what is there, and those are not fetched.");
    if (days >= PROPER_MAX_DAYS)
      return g_strdup_printf("It is a later issue of a file that has been there for %" G_GINT64_FORMAT
                             " days; after %d days it would have been noticed.",
                             days, PROPER_MAX_DAYS);
  }
  return NULL;
}

char *rule_history(const RuleQuestion *question)
{
  const GrabbedRelease *grabbed = question->input->grabbed;
  if (!grabbed || !grabbed->is_latest || !grabbed->title || !*grabbed->title)
    return NULL;
  bool recent = question->input->now_ms - grabbed->at_ms < HISTORY_HOURS * hour_ms;
  if (!recent && question->input->settings->handle_completed)
    return NULL;
  UpgradeQuestion upgrade = upgrade_question(question);
  g_autofree char *what = g_strdup_printf("\"%s\" was fetched lately; it", grabbed->title);
  return upgrade_refusal_over(&upgrade, what, &grabbed->quality,
                              quality_profile_score(question->input->profile, grabbed->formats), NULL);
}
