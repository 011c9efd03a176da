/* The profiles that a new database is given. Each row says only what differs from the field table's defaults.
 * Test: tests/unit/encode/test_profile.c */
#include "encode/profile.h"

typedef struct {
  const char *name;
  const char *settings[18]; /* field and value in turn, as they would stand in YAML */
} Seed;

/* 4k: UHD discs are HEVC at 50 Mbit/s and more, so HEVC is eligible there; the higher floor (0.06 bits per pixel are 12 Mbit/s)
 * keeps streaming releases out. archive: x265 "slow" near-transparent. mobile is the one profile that gives things up to play
 * anywhere, and says so. */
static const Seed seeds[] = {
    {"hevc", {"description", "HEVC: about half the size of H.264 at the same quality. A good start.", "preset", "medium"}},
    {"av1", {"description", "AV1: smallest files; players need to be recent.", "codec", "av1", "preset", "6", "bit_depth", "10"}},
    {"h264", {"description", "H.264: plays on everything.", "codec", "h264", "preset", "medium"}},
    {"movies", {"description", "Films: HEVC in 10 bits, every track kept.", "preset", "medium", "bit_depth", "10"}},
    {"tv", {"description", "Series: HEVC, made quickly on the graphics card where there is one.", "preset", "medium"}},
    {"anime",
     {"description", "Drawn films: HEVC in 10 bits, tuned for flat areas and lines.", "preset", "medium", "bit_depth", "10",
      "tune", "animation", "encoders", "cpu"}},
    {"home-video",
     {"description", "Your own recordings: HEVC in the container they came in, originals kept for 30 days.", "preset", "medium",
      "container", "same", "keep_original_days", "30"}},
    {"4k",
     {"description", "UHD films: HEVC in 10 bits, also from HEVC discs; HDR10 and HLG stay.", "preset", "medium", "bit_depth",
      "10", "eligible_codecs", "hevc", "min_bits_per_pixel", "0.06"}},
    {"archive",
     {"description", "To keep: slow HEVC in 10 bits on the CPU, near the source, originals kept for 30 days.", "bit_depth", "10",
      "preset", "slow", "encoders", "cpu", "keep_original_days", "30", "decode_check", "full"}},
    {"mobile",
     {"description", "For phones and tablets: H.264 of at most 720p in MP4 with AAC; what MP4 cannot hold is left out.", "preset",
      "medium", "codec", "h264", "bit_depth", "8", "max_height", "720", "container", "mp4", "audio_codec", "aac", "tone_map",
      "true"}},
};

static void set(Profile *profile, const char *field, const char *value)
{
  g_autoptr(GError) error = NULL;
  if (!field_set_text(field_find(&profile_table, field), profile, value, &error))
    g_error("Seed %s is wrong: %s", profile->name, error->message);
}

static void add_quality(Profile *profile, EncoderFamily family, ResolutionClass resolution, int64_t quality)
{
  QualityRule *rule = record_new(&quality_rule_table);
  *rule = (QualityRule){.family = (int)family, .resolution = (int)resolution, .quality = quality};
  if (!profile->qualities)
    profile->qualities = records_new(&quality_rule_table);
  g_ptr_array_add(profile->qualities, rule);
}

/* Settings that do not fit the row. */
static void finish(Profile *profile)
{
  if (g_str_equal(profile->name, "archive"))
    add_quality(profile, ENCODER_CPU, RESOLUTION_ANY, 18);
  if (g_str_equal(profile->name, "mobile")) {
    add_quality(profile, ENCODER_CPU, RESOLUTION_ANY, 23);
    set(profile, "drop_unsupported", "true");
    set(profile, "max_frame_rate", "30");
    set(profile, "eligible_codecs", "hevc,av1,vp9");
  }
}

GPtrArray *profile_seeds(void)
{
  GPtrArray *profiles = records_new(&profile_table);
  for (size_t i = 0; i < G_N_ELEMENTS(seeds); i++) {
    Profile *profile = record_new(&profile_table);
    set(profile, "name", seeds[i].name);
    profile->seeded = true;
    for (size_t k = 0; k + 1 < G_N_ELEMENTS(seeds[i].settings) && seeds[i].settings[k]; k += 2)
      if (g_str_equal(seeds[i].settings[k], "description")) {
        g_free(profile->description);
        profile->description = g_strdup(seeds[i].settings[k + 1]);
      } else
        set(profile, seeds[i].settings[k], seeds[i].settings[k + 1]);
    finish(profile);
    g_ptr_array_add(profiles, profile);
  }
  return profiles;
}
