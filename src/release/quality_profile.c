/* Quality profiles: the records, their seeds, and the questions asked of them. Test: tests/unit/release/test_quality_profile.c */
#include "release/quality_profile.h"

#include "base/error.h"

static const EnumRow proper_preference_rows[] = {
    {PROPERS_PREFER_AND_UPGRADE, "preferAndUpgrade", "Prefer propers and repacks, and upgrade to them"},
    {PROPERS_DO_NOT_UPGRADE, "doNotUpgrade", "Prefer propers and repacks, but do not fetch them for a file that is there"},
    {PROPERS_DO_NOT_PREFER, "doNotPrefer", "Treat them as any release; custom formats may score them"},
};
const EnumTable proper_preference_table = ENUM_TABLE("ProperPreference", proper_preference_rows);

static const EnumRow upgrade_verdict_rows[] = {
    {UPGRADE_YES, "yes", "and this is better"},
    {UPGRADE_BETTER_QUALITY, "better-quality", "and that is better quality"},
    {UPGRADE_NOT_ALLOWED, "not-allowed", "and the quality profile does not upgrade files"},
    {UPGRADE_BETTER_REVISION, "better-revision", "and that is a later issue"},
    {UPGRADE_QUALITY_CUTOFF, "quality-cutoff", "and that is the quality at which the profile stops"},
    {UPGRADE_FORMAT_SCORE, "format-score", "and its custom formats score as much or more"},
    {UPGRADE_FORMAT_CUTOFF, "format-cutoff", "and that is the score at which the profile stops"},
    {UPGRADE_FORMAT_MIN_GAIN, "format-min-gain", "and the score would gain less than the profile asks for"},
};
const EnumTable upgrade_verdict_table = ENUM_TABLE("UpgradeVerdict", upgrade_verdict_rows);

const char *upgrade_verdict_clause(UpgradeVerdict verdict)
{
  for (size_t i = 0; i < G_N_ELEMENTS(upgrade_verdict_rows); i++)
    if (upgrade_verdict_rows[i].value == (int)verdict)
      return upgrade_verdict_rows[i].help;
  g_return_val_if_reached("");
}

static const Field quality_model_fields[] = {
    FIELD_ENUM(QualityModel, quality, quality_table, .preset = "Unknown", .help = "The quality's name."),
    FIELD_RECORD(QualityModel, revision, quality_revision_table, .help = "Which issue it is."),
};
const FieldTable quality_model_table = FIELD_TABLE(QualityModel, "QualityModel", NULL, quality_model_fields);

static const Field quality_profile_item_fields[] = {
    FIELD_INT(QualityProfileItem, id, .flags = FIELD_REQUIRED, .max = 1e6,
              .help = "Number of the quality, or of the group from 1000 on."),
    FIELD_TEXT(QualityProfileItem, name, .max = 64, .help = "Name of the group; empty for a single quality."),
    FIELD_INTS(QualityProfileItem, qualities, .flags = FIELD_REQUIRED, .min = 1, .max = 64,
               .help = "Numbers of the qualities: one, or those of the group."),
    FIELD_BOOL(QualityProfileItem, allowed, .help = "Releases of it may be taken."),
};
const FieldTable quality_profile_item_table =
    FIELD_TABLE(QualityProfileItem, "QualityProfileItem", NULL, quality_profile_item_fields);

static const Field quality_profile_score_fields[] = {
    FIELD_INT(QualityProfileScore, format, .flags = FIELD_REQUIRED, .min = 1, .max = 9.0e15,
              .help = "Number of the custom format."),
    FIELD_INT(QualityProfileScore, score, .min = -1e9, .max = 1e9, .help = "What a match is worth."),
};
const FieldTable quality_profile_score_table =
    FIELD_TABLE(QualityProfileScore, "QualityProfileScore", NULL, quality_profile_score_fields);

static const Field quality_profile_fields[] = {
    FIELD_INT(QualityProfile, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the profile."),
    FIELD_TEXT(QualityProfile, name, .flags = FIELD_REQUIRED, .min = 1, .max = 64,
               .help = "Name, unique among quality profiles."),
    FIELD_RECORDS(QualityProfile, items, quality_profile_item_table, .max = 64,
                  .help = "Qualities and groups of them, from worst to best."),
    FIELD_INT(QualityProfile, cutoff, .max = 1e6, .help = "Number of the quality or group at which upgrading stops."),
    FIELD_BOOL(QualityProfile, upgrade_allowed, .help = "Replace a file by a better one."),
    FIELD_ENUM(QualityProfile, language, release_language_table, .preset = "Original",
               .help = "Language that a release must have."),
    FIELD_INT(QualityProfile, min_format_score, .min = -1e9, .max = 1e9,
              .help = "Refuse releases whose custom formats score less."),
    FIELD_INT(QualityProfile, cutoff_format_score, .min = -1e9, .max = 1e9, .help = "Score at which upgrading stops."),
    FIELD_INT(QualityProfile, min_upgrade_format_score, .preset = "1", .min = 1, .max = 1e9,
              .help = "Least gain in score that is worth a new file of the same quality."),
    FIELD_RECORDS(QualityProfile, scores, quality_profile_score_table, .max = 10000,
                  .help = "What each custom format is worth; those that are not listed are worth 0."),
};
const FieldTable quality_profile_table =
    FIELD_TABLE(QualityProfile, "QualityProfile", "quality_profiles", quality_profile_fields);

void quality_profile_free(QualityProfile *profile)
{
  if (profile)
    record_free(&quality_profile_table, profile);
}

static const QualityProfileItem *item_at(const QualityProfile *profile, int index)
{
  return profile->items->pdata[index];
}

static int n_items(const QualityProfile *profile)
{
  return profile->items ? (int)profile->items->len : 0;
}

static bool item_has(const QualityProfileItem *item, int64_t quality)
{
  for (guint i = 0; item->qualities && i < item->qualities->len; i++)
    if (g_array_index(item->qualities, int64_t, i) == quality)
      return true;
  return false;
}

int quality_profile_index(const QualityProfile *profile, int quality)
{
  for (int i = 0; i < n_items(profile); i++)
    if (item_has(item_at(profile, i), quality))
      return i;
  return -1;
}

bool quality_profile_allows(const QualityProfile *profile, int quality)
{
  int index = quality_profile_index(profile, quality);
  return index >= 0 && item_at(profile, index)->allowed;
}

int quality_profile_compare(const QualityProfile *profile, int a, int b)
{
  return quality_profile_index(profile, a) - quality_profile_index(profile, b);
}

static int worst_allowed(const QualityProfile *profile)
{
  for (int i = 0; i < n_items(profile); i++)
    if (item_at(profile, i)->allowed)
      return i;
  return 0;
}

/* Index of the item that `id` names: its own, or that of a quality inside it; -1 if none. */
static int index_of_id(const QualityProfile *profile, int64_t id)
{
  for (int i = 0; i < n_items(profile); i++)
    if (item_at(profile, i)->id == id)
      return i;
  return id < QUALITY_GROUP_FIRST_ID ? quality_profile_index(profile, (int)id) : -1;
}

int quality_profile_cutoff_index(const QualityProfile *profile)
{
  int index = profile->upgrade_allowed ? index_of_id(profile, profile->cutoff) : -1;
  return index >= 0 ? index : worst_allowed(profile);
}

bool quality_profile_meets_cutoff(const QualityProfile *profile, const QualityModel *current, const QualityModel *candidate)
{
  if (quality_profile_index(profile, current->quality) < quality_profile_cutoff_index(profile))
    return false;
  bool later = candidate && candidate->quality == current->quality &&
               quality_revision_compare(&candidate->revision, &current->revision) > 0;
  return !later;
}

bool quality_profile_cutoff_unmet(const QualityProfile *profile, const QualityModel *current, const QualityModel *candidate,
                                  int64_t current_score)
{
  int64_t enough = profile->upgrade_allowed ? profile->cutoff_format_score : profile->min_format_score;
  return !quality_profile_meets_cutoff(profile, current, candidate) || current_score < enough;
}

int64_t quality_profile_score(const QualityProfile *profile, const GArray *formats)
{
  int64_t score = 0;
  for (guint i = 0; formats && profile->scores && i < profile->scores->len; i++) {
    const QualityProfileScore *row = profile->scores->pdata[i];
    for (guint k = 0; k < formats->len; k++)
      if (g_array_index(formats, int64_t, k) == row->format)
        score += row->score;
  }
  return score;
}

UpgradeVerdict quality_profile_upgrade(const QualityProfile *profile, const QualityModel *current, int64_t current_score,
                                       const QualityModel *candidate, int64_t candidate_score, ProperPreference propers)
{
  int quality = quality_profile_compare(profile, candidate->quality, current->quality);
  int revision = propers == PROPERS_DO_NOT_PREFER ? 0 : quality_revision_compare(&candidate->revision, &current->revision);
  if (quality > 0 && !quality_profile_meets_cutoff(profile, current, candidate))
    return UPGRADE_YES;
  if (quality < 0)
    return UPGRADE_BETTER_QUALITY;
  if (quality == 0 && revision > 0)
    return UPGRADE_YES;
  if (!profile->upgrade_allowed)
    return UPGRADE_NOT_ALLOWED;
  if (quality == 0 && revision < 0)
    return UPGRADE_BETTER_REVISION;
  if (quality > 0)
    return UPGRADE_QUALITY_CUTOFF;
  if (candidate_score <= current_score)
    return UPGRADE_FORMAT_SCORE;
  if (current_score >= profile->cutoff_format_score)
    return UPGRADE_FORMAT_CUTOFF;
  if (candidate_score < current_score + profile->min_upgrade_format_score)
    return UPGRADE_FORMAT_MIN_GAIN;
  return UPGRADE_YES;
}

static bool check_item(const QualityProfileItem *item, GError **error)
{
  bool group = item->id >= QUALITY_GROUP_FIRST_ID;
  guint n = item->qualities ? item->qualities->len : 0;
  if (group && (n < 2 || !item->name || !*item->name))
    return fail(error, REEVE_ERROR_INVALID, "Group %" G_GINT64_FORMAT " must have a name and at least two qualities.", item->id);
  if (!group && (n != 1 || g_array_index(item->qualities, int64_t, 0) != item->id))
    return fail(error, REEVE_ERROR_INVALID, "Item %" G_GINT64_FORMAT " must hold the quality of its own number, and no other.",
                item->id);
  return true;
}

bool quality_profile_check(QualityProfile *profile, GError **error)
{
  bool any = false;
  for (int i = 0; i < n_items(profile); i++) {
    const QualityProfileItem *item = item_at(profile, i);
    if (!check_item(item, error))
      return false;
    any = any || item->allowed;
    for (int k = 0; k < i; k++)
      if (item_at(profile, k)->id == item->id)
        return fail(error, REEVE_ERROR_INVALID, "Item %" G_GINT64_FORMAT " is in the profile twice.", item->id);
    for (guint q = 0; q < item->qualities->len; q++)
      if (!enum_name(&quality_table, (int)g_array_index(item->qualities, int64_t, q)))
        return fail(error, REEVE_ERROR_INVALID, "There is no quality number %" G_GINT64_FORMAT ".",
                    g_array_index(item->qualities, int64_t, q));
  }
  for (size_t r = 0; r < n_quality_rows; r++) {
    int count = 0;
    for (int i = 0; i < n_items(profile); i++) {
      const GArray *qualities = item_at(profile, i)->qualities;
      for (guint q = 0; q < qualities->len; q++)
        count += g_array_index(qualities, int64_t, q) == quality_rows[r].id;
    }
    if (count != 1)
      return fail(error, REEVE_ERROR_INVALID, "The quality %s must be in the profile exactly once; it is there %d times.",
                  quality_rows[r].name, count);
  }
  if (!any)
    return fail(error, REEVE_ERROR_INVALID, "The profile allows no quality; allow at least one.");
  int cutoff = index_of_id(profile, profile->cutoff);
  if (cutoff < 0 || !item_at(profile, cutoff)->allowed)
    return fail(error, REEVE_ERROR_INVALID, "The cutoff must be a quality or group that the profile allows.");
  profile->cutoff = item_at(profile, cutoff)->id;
  return true;
}

typedef struct {
  const char *name;
  int cutoff;
  int allowed[24]; /* QualityIds; ends with -1 */
} Seed;

/* Radarr's profiles of a first start. An empty list: all but Raw-HD and Unknown. */
static const Seed seeds[] = {
    {"Any", QUALITY_BLURAY_480P, {-1}},
    {"SD",
     QUALITY_BLURAY_480P,
     {QUALITY_WORKPRINT, QUALITY_CAM, QUALITY_TELESYNC, QUALITY_TELECINE, QUALITY_REGIONAL, QUALITY_DVDSCR, QUALITY_SDTV,
      QUALITY_DVD, QUALITY_WEBDL_480P, QUALITY_WEBRIP_480P, QUALITY_BLURAY_480P, QUALITY_BLURAY_576P, -1}},
    {"HD-720p", QUALITY_BLURAY_720P, {QUALITY_HDTV_720P, QUALITY_WEBDL_720P, QUALITY_WEBRIP_720P, QUALITY_BLURAY_720P, -1}},
    {"HD-1080p",
     QUALITY_BLURAY_1080P,
     {QUALITY_HDTV_1080P, QUALITY_WEBDL_1080P, QUALITY_WEBRIP_1080P, QUALITY_BLURAY_1080P, QUALITY_REMUX_1080P, -1}},
    {"Ultra-HD",
     QUALITY_REMUX_2160P,
     {QUALITY_HDTV_2160P, QUALITY_WEBDL_2160P, QUALITY_WEBRIP_2160P, QUALITY_BLURAY_2160P, QUALITY_REMUX_2160P, -1}},
    {"HD - 720p/1080p",
     QUALITY_BLURAY_720P,
     {QUALITY_HDTV_720P, QUALITY_HDTV_1080P, QUALITY_WEBDL_720P, QUALITY_WEBRIP_720P, QUALITY_WEBDL_1080P, QUALITY_WEBRIP_1080P,
      QUALITY_BLURAY_720P, QUALITY_BLURAY_1080P, QUALITY_REMUX_1080P, -1}},
};

static bool seed_allows(const Seed *seed, int quality)
{
  if (seed->allowed[0] < 0)
    return quality != QUALITY_UNKNOWN && quality != QUALITY_RAW_HD;
  for (int i = 0; seed->allowed[i] >= 0; i++)
    if (seed->allowed[i] == quality)
      return true;
  return false;
}

static void set_text(char **to, const char *text)
{
  g_free(*to);
  *to = g_strdup(text);
}

static GPtrArray *seed_items(const Seed *seed)
{
  GPtrArray *items = records_new(&quality_profile_item_table);
  int64_t group_id = QUALITY_GROUP_FIRST_ID;
  for (size_t r = 0; r < n_quality_rows;) {
    const Quality *row = &quality_rows[r];
    QualityProfileItem *item = record_new(&quality_profile_item_table);
    item->qualities = g_array_new(FALSE, FALSE, sizeof(int64_t));
    item->id = row->group ? group_id++ : row->id;
    if (row->group)
      set_text(&item->name, row->group);
    size_t next = r;
    do {
      int64_t quality = quality_rows[next].id;
      g_array_append_val(item->qualities, quality);
      item->allowed = item->allowed || seed_allows(seed, (int)quality);
      next++;
    } while (row->group && next < n_quality_rows && quality_rows[next].weight == row->weight);
    g_ptr_array_add(items, item);
    r = next;
  }
  return items;
}

GPtrArray *quality_profile_seeds(void)
{
  GPtrArray *profiles = records_new(&quality_profile_table);
  for (size_t i = 0; i < G_N_ELEMENTS(seeds); i++) {
    QualityProfile *profile = record_new(&quality_profile_table);
    set_text(&profile->name, seeds[i].name);
    g_clear_pointer(&profile->items, g_ptr_array_unref);
    profile->items = seed_items(&seeds[i]);
    profile->cutoff = seeds[i].cutoff;
    profile->language = LANGUAGE_ORIGINAL;
    g_ptr_array_add(profiles, profile);
  }
  return profiles;
}
