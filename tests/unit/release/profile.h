/* Quality profiles for tests. */
#pragma once

#include "release/quality_profile.h"

/* A fresh copy of the seed of this name, which upgrades. */
static inline QualityProfile *profile_named(const char *name)
{
  g_autoptr(GPtrArray) seeds = quality_profile_seeds();
  for (guint i = 0; i < seeds->len; i++)
    if (g_str_equal(((const QualityProfile *)seeds->pdata[i])->name, name)) {
      QualityProfile *profile = g_ptr_array_steal_index(seeds, i);
      profile->upgrade_allowed = true;
      return profile;
    }
  g_assert_not_reached();
}

static inline void profile_add_score(QualityProfile *profile, int64_t format, int64_t score)
{
  QualityProfileScore *row = record_new(&quality_profile_score_table);
  row->format = format;
  row->score = score;
  if (!profile->scores)
    profile->scores = records_new(&quality_profile_score_table);
  g_ptr_array_add(profile->scores, row);
}

/* A list of one id, or an empty one for 0. */
static inline GArray *ids_of(int64_t id)
{
  GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  if (id)
    g_array_append_val(ids, id);
  return ids;
}
