#include "release/quality_profile.h"

#include "base/error.h"

static QualityProfile *seed_named(const char *name)
{
  g_autoptr(GPtrArray) seeds = quality_profile_seeds();
  for (guint i = 0; i < seeds->len; i++) {
    const QualityProfile *seed = seeds->pdata[i];
    if (g_str_equal(seed->name, name)) {
      QualityProfile *copy = record_new(&quality_profile_table);
      record_clear(&quality_profile_table, copy);
      record_copy(&quality_profile_table, seed, copy);
      return copy;
    }
  }
  g_assert_not_reached();
}

static void test_seeds(void)
{
  g_autoptr(GPtrArray) seeds = quality_profile_seeds();
  g_assert_cmpuint(seeds->len, ==, 6);
  for (guint i = 0; i < seeds->len; i++) {
    QualityProfile *profile = seeds->pdata[i];
    g_autoptr(GError) error = NULL;
    g_assert_true(quality_profile_check(profile, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(profile->items->len, ==, 26);
    g_assert_cmpint(profile->min_upgrade_format_score, ==, 1);
    g_assert_false(profile->upgrade_allowed);
    for (size_t f = 0; f < quality_profile_table.n_fields; f++)
      g_assert_true(field_check(&quality_profile_table.fields[f], profile, NULL));
  }
  g_autoptr(QualityProfile) hd = seed_named("HD-1080p");
  g_assert_true(quality_profile_allows(hd, QUALITY_WEBRIP_1080P));
  g_assert_true(quality_profile_allows(hd, QUALITY_REMUX_1080P));
  g_assert_false(quality_profile_allows(hd, QUALITY_BLURAY_720P));
  g_assert_false(quality_profile_allows(hd, 999));
  g_autoptr(QualityProfile) any = seed_named("Any");
  g_assert_false(quality_profile_allows(any, QUALITY_RAW_HD));
  g_assert_false(quality_profile_allows(any, QUALITY_UNKNOWN));
  g_assert_true(quality_profile_allows(any, QUALITY_BR_DISK));
}

static void test_order(void)
{
  g_autoptr(QualityProfile) profile = seed_named("Any");
  g_assert_cmpint(quality_profile_compare(profile, QUALITY_WEBDL_1080P, QUALITY_WEBRIP_1080P), ==, 0); /* a group */
  g_assert_cmpint(quality_profile_compare(profile, QUALITY_BLURAY_1080P, QUALITY_WEBRIP_1080P), >, 0);
  g_assert_cmpint(quality_profile_compare(profile, QUALITY_CAM, QUALITY_DVD), <, 0);
  gpointer best = g_ptr_array_steal_index(profile->items, 1); /* a user likes WORKPRINT best */
  g_ptr_array_add(profile->items, best);
  g_assert_cmpint(quality_profile_compare(profile, QUALITY_WORKPRINT, QUALITY_REMUX_2160P), >, 0);
}

static void test_check(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QualityProfile) profile = seed_named("Any");
  profile->cutoff = QUALITY_WEBRIP_1080P; /* inside a group: becomes the group */
  g_assert_true(quality_profile_check(profile, &error));
  const QualityProfileItem *group = profile->items->pdata[quality_profile_index(profile, QUALITY_WEBDL_1080P)];
  g_assert_cmpint(profile->cutoff, ==, group->id);
  profile->cutoff = QUALITY_RAW_HD; /* not allowed */
  g_assert_false(quality_profile_check(profile, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error(&error);
  profile->cutoff = QUALITY_DVD;
  g_ptr_array_remove_index(profile->items, 3);
  g_assert_false(quality_profile_check(profile, &error));
  g_assert_cmpstr(error->message, ==, "The quality TELESYNC must be in the profile exactly once; it is there 0 times.");
  g_clear_error(&error);
  g_autoptr(QualityProfile) none = seed_named("SD");
  for (guint i = 0; i < none->items->len; i++)
    ((QualityProfileItem *)none->items->pdata[i])->allowed = false;
  g_assert_false(quality_profile_check(none, &error));
}

static QualityModel model(int quality, int version, int real)
{
  return (QualityModel){quality, {.version = version, .real = real}};
}

static void test_cutoff(void)
{
  g_autoptr(QualityProfile) profile = seed_named("HD - 720p/1080p");
  QualityModel hdtv = model(QUALITY_HDTV_720P, 1, 0), bluray = model(QUALITY_BLURAY_720P, 1, 0),
               proper = model(QUALITY_BLURAY_720P, 2, 0);
  g_assert_true(quality_profile_meets_cutoff(profile, &hdtv, NULL)); /* no upgrades: anything allowed will do */
  profile->upgrade_allowed = true;
  g_assert_false(quality_profile_meets_cutoff(profile, &hdtv, NULL));
  g_assert_true(quality_profile_meets_cutoff(profile, &bluray, NULL));
  g_assert_false(quality_profile_meets_cutoff(profile, &bluray, &proper));
  g_assert_true(quality_profile_meets_cutoff(profile, &proper, &bluray));
  profile->cutoff_format_score = 10;
  g_assert_true(quality_profile_cutoff_unmet(profile, &bluray, NULL, 9));
  g_assert_false(quality_profile_cutoff_unmet(profile, &bluray, NULL, 10));
  g_assert_true(quality_profile_cutoff_unmet(profile, &bluray, &proper, 10));
}

static void test_upgrade(void)
{
  static const struct {
    int current, current_version, current_score, candidate, candidate_version, candidate_score;
    bool upgrade_allowed;
    ProperPreference propers;
    UpgradeVerdict want;
  } rows[] = {
      {QUALITY_SDTV, 1, 0, QUALITY_SDTV, 2, 0, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_YES},
      {QUALITY_SDTV, 1, 2, QUALITY_SDTV, 2, 1, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_YES},
      {QUALITY_SDTV, 1, 0, QUALITY_SDTV, 2, 0, false, PROPERS_PREFER_AND_UPGRADE, UPGRADE_YES},
      {QUALITY_SDTV, 1, 0, QUALITY_SDTV, 2, 0, true, PROPERS_DO_NOT_PREFER, UPGRADE_FORMAT_SCORE},
      {QUALITY_SDTV, 1, 0, QUALITY_SDTV, 1, 0, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_FORMAT_SCORE},
      {QUALITY_SDTV, 2, 0, QUALITY_SDTV, 1, 9, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_BETTER_REVISION},
      {QUALITY_WEBDL_720P, 1, 0, QUALITY_HDTV_720P, 2, 0, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_BETTER_QUALITY},
      {QUALITY_DVD, 1, 0, QUALITY_BLURAY_480P, 1, 0, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_YES},
      {QUALITY_BLURAY_480P, 1, 0, QUALITY_BLURAY_720P, 1, 0, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_QUALITY_CUTOFF},
      {QUALITY_DVD, 1, 0, QUALITY_BLURAY_480P, 1, 0, false, PROPERS_PREFER_AND_UPGRADE, UPGRADE_NOT_ALLOWED},
      {QUALITY_WEBDL_720P, 1, 0, QUALITY_WEBRIP_720P, 1, 5, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_YES},
      {QUALITY_WEBDL_720P, 1, 0, QUALITY_WEBRIP_720P, 1, 4, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_FORMAT_MIN_GAIN},
      {QUALITY_WEBDL_720P, 1, 100, QUALITY_WEBDL_720P, 1, 120, true, PROPERS_PREFER_AND_UPGRADE, UPGRADE_FORMAT_CUTOFF},
  };
  g_autoptr(QualityProfile) profile = seed_named("Any");
  profile->cutoff_format_score = 100;
  profile->min_upgrade_format_score = 5;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    profile->upgrade_allowed = rows[i].upgrade_allowed;
    QualityModel current = model(rows[i].current, rows[i].current_version, 0);
    QualityModel candidate = model(rows[i].candidate, rows[i].candidate_version, 0);
    g_assert_cmpint(
        quality_profile_upgrade(profile, &current, rows[i].current_score, &candidate, rows[i].candidate_score, rows[i].propers),
        ==, rows[i].want);
  }
}

static void test_score(void)
{
  g_autoptr(QualityProfile) profile = seed_named("Any");
  static const int64_t scores[][2] = {{1, 100}, {2, -30}, {3, 7}};
  for (size_t i = 0; i < G_N_ELEMENTS(scores); i++) {
    QualityProfileScore *row = record_new(&quality_profile_score_table);
    row->format = scores[i][0];
    row->score = scores[i][1];
    if (!profile->scores)
      profile->scores = records_new(&quality_profile_score_table);
    g_ptr_array_add(profile->scores, row);
  }
  static const int64_t matched[] = {2, 1, 99};
  g_autoptr(GArray) formats = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_assert_cmpint(quality_profile_score(profile, formats), ==, 0);
  g_array_append_vals(formats, matched, G_N_ELEMENTS(matched));
  g_assert_cmpint(quality_profile_score(profile, formats), ==, 70);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/quality-profile/seeds", test_seeds);
  g_test_add_func("/quality-profile/order", test_order);
  g_test_add_func("/quality-profile/check", test_check);
  g_test_add_func("/quality-profile/cutoff", test_cutoff);
  g_test_add_func("/quality-profile/upgrade", test_upgrade);
  g_test_add_func("/quality-profile/score", test_score);
  return g_test_run();
}
