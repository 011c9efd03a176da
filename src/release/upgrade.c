/* Compares releases with files and with what encoding will make of both. Test: tests/unit/release/test_upgrade.c */
#include "release/upgrade.h"

static const Field transcode_target_fields[] = {
    FIELD_TEXT(TranscodeTarget, name, .max = 64, .help = "Name of the transcode profile."),
    FIELD_BOOL(TranscodeTarget, encodes, .preset = "true", .help = "Video is encoded again."),
    FIELD_INT(TranscodeTarget, max_height, .max = 8640, .help = "Lines of the picture at most; 0: as the source."),
};
const FieldTable transcode_target_table = FIELD_TABLE(TranscodeTarget, "TranscodeTarget", NULL, transcode_target_fields);

static const Field held_file_fields[] = {
    FIELD_TEXT(HeldFile, name, .max = 4096, .help = "The file's name."),
    FIELD_RECORD(HeldFile, quality, quality_model_table, .help = "Its quality now."),
    FIELD_INTS(HeldFile, formats, .max = 10000, .help = "Numbers of the custom formats that it matches."),
    FIELD_TEXT(HeldFile, group, .max = 1024, .help = "Who made the release."),
    FIELD_INT(HeldFile, size_bytes, .max = 9.0e15, .help = "Size in bytes."),
    FIELD_INT(HeldFile, added_ms, .help = "When it came, epoch milliseconds."),
    FIELD_BOOL(HeldFile, encoded, .help = "Our own encode of it is done."),
    FIELD_BOOL(HeldFile, has_source, .help = "The release that it was made from is known."),
    FIELD_RECORD(HeldFile, source, quality_model_table, .help = "The quality of that release."),
    FIELD_INTS(HeldFile, source_formats, .max = 10000, .help = "Numbers of the custom formats that the release matches."),
    FIELD_TEXT(HeldFile, source_title, .max = 4096, .help = "The release's name."),
    FIELD_TEXT(HeldFile, source_hash, .max = 64, .help = "The release's torrent hash."),
};
const FieldTable held_file_table = FIELD_TABLE(HeldFile, "HeldFile", NULL, held_file_fields);

int transcode_outcome(const TranscodeTarget *target, int quality)
{
  static const int heights[] = {2160, 1080, 720, 576, 480};
  const Quality *from = quality_find(quality);
  if (!target || !target->encodes || quality == QUALITY_UNKNOWN)
    return quality;
  bool whole = from->modifier == QUALITY_MODIFIER_REMUX || from->modifier == QUALITY_MODIFIER_BRDISK ||
               from->modifier == QUALITY_MODIFIER_RAWHD;
  int modifier = whole ? QUALITY_MODIFIER_NONE : from->modifier;
  int64_t lines = target->max_height > 0 ? MIN(target->max_height, from->resolution) : from->resolution;
  if (!whole && lines == from->resolution)
    return quality;
  int smallest = quality;
  for (size_t i = 0; i < G_N_ELEMENTS(heights); i++) {
    int made = quality_nearest((QualitySource)from->source, heights[i], (QualityModifier)modifier);
    if (quality_find(made)->source != from->source)
      continue;
    smallest = made;
    if (heights[i] <= lines)
      break;
  }
  return smallest;
}

QualityModel held_file_model(const HeldFile *file)
{
  return file->has_source ? file->source : file->quality;
}

int64_t held_file_score(const HeldFile *file, const QualityProfile *profile)
{
  return quality_profile_score(profile, file->has_source ? file->source_formats : file->formats);
}

bool held_file_cutoff_unmet(const HeldFile *file, const QualityProfile *profile)
{
  QualityModel model = held_file_model(file);
  return quality_profile_cutoff_unmet(profile, &model, NULL, held_file_score(file, profile));
}

/* "Bluray-1080p v2, score 20". The caller frees it. */
static char *model_text(const QualityModel *model, int64_t score)
{
  const char *name = quality_find(model->quality)->name;
  if (model->revision.version > 1)
    return g_strdup_printf("%s v%" G_GINT64_FORMAT ", score %" G_GINT64_FORMAT, name, model->revision.version, score);
  return g_strdup_printf("%s, score %" G_GINT64_FORMAT, name, score);
}

char *upgrade_refusal_over(const UpgradeQuestion *question, const char *what, const QualityModel *current, int64_t current_score,
                           UpgradeVerdict *ret_verdict)
{
  UpgradeVerdict verdict = quality_profile_upgrade(question->profile, current, current_score, &question->candidate,
                                                   question->score, question->propers);
  bool good_enough = !quality_profile_cutoff_unmet(question->profile, current, &question->candidate, current_score);
  if (ret_verdict)
    *ret_verdict = verdict;
  if (verdict == UPGRADE_YES && !good_enough)
    return NULL;
  g_autofree char *have = model_text(current, current_score), *offered = model_text(&question->candidate, question->score);
  const char *why = verdict == UPGRADE_YES ? "and that is good enough for the profile" : upgrade_verdict_clause(verdict);
  return g_strdup_printf("%s is %s, %s; this release is %s.", what, have, why, offered);
}

char *upgrade_refusal(const UpgradeQuestion *question, const HeldFile *file, UpgradeVerdict *ret_verdict)
{
  QualityModel model = held_file_model(file);
  int64_t score = held_file_score(file, question->profile);
  char *refusal =
      upgrade_refusal_over(question, file->has_source ? "The release that the file was made from" : "The file that is there",
                           &model, score, ret_verdict);
  const TranscodeTarget *target = question->transcode;
  if (refusal || !target || !target->encodes)
    return refusal;
  int becomes = transcode_outcome(target, question->candidate.quality);
  QualityModel file_outcome = {file->encoded ? file->quality.quality : transcode_outcome(target, file->quality.quality),
                               model.revision};
  QualityModel outcome = {becomes, question->candidate.revision};
  UpgradeVerdict verdict =
      quality_profile_upgrade(question->profile, &file_outcome, score, &outcome, question->score, question->propers);
  if (verdict == UPGRADE_YES)
    return NULL;
  if (ret_verdict)
    *ret_verdict = verdict;
  return g_strdup_printf("The profile \"%s\" would make %s of this %s release, and the file %s %s, %s.",
                         target->name ? target->name : "", quality_find(becomes)->name,
                         quality_find(question->candidate.quality)->name, file->encoded ? "is" : "becomes",
                         quality_find(file_outcome.quality)->name, upgrade_verdict_clause(verdict));
}
