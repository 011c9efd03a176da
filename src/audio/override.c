/* Decides which path override counts. Test: tests/unit/audio/test_override.c */
#include "audio/override.h"

#include "base/glob.h"

static bool fits(const char *glob, const char *path)
{
  if (*path == '/')
    path++;
  g_autofree char *anywhere = *glob == '/' ? NULL : g_strconcat("**/", glob, NULL);
  return glob_match(anywhere ? anywhere : glob, path);
}

static GlobShape shape_of(const char *glob)
{
  GlobShape shape = glob_shape(glob);
  if (*glob != '/') {
    shape.literal_prefix = 0;
    shape.wildcards += !g_str_has_prefix(glob, "**");
  }
  return shape;
}

static bool more_specific(GlobShape a, GlobShape b)
{
  if (a.literal_prefix != b.literal_prefix)
    return a.literal_prefix > b.literal_prefix;
  if (a.wildcards != b.wildcards)
    return a.wildcards < b.wildcards;
  return a.length > b.length;
}

const AudioOverride *audio_override_for(const AudioPolicy *policy, const char *path)
{
  const AudioOverride *found = NULL;
  GlobShape best = {0};
  for (guint i = 0; path && policy->overrides && i < policy->overrides->len; i++) {
    const AudioOverride *override = g_ptr_array_index(policy->overrides, i);
    if (!override->glob || !override->glob[0] || !fits(override->glob, path))
      continue;
    GlobShape shape = shape_of(override->glob);
    if (!found || more_specific(shape, best)) {
      found = override;
      best = shape;
    }
  }
  return found;
}
