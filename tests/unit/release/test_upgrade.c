#include "release/upgrade.h"

#include "profile.h"

#include <string.h>

static const TranscodeTarget hevc = {.name = (char *)"hevc", .encodes = true},
                             small = {.name = (char *)"small", .encodes = true, .max_height = 1080},
                             copies = {.name = (char *)"copy", .max_height = 1080};

static void test_outcome(void)
{
  static const struct {
    const TranscodeTarget *target;
    int quality, want;
  } rows[] = {
      {NULL, QUALITY_REMUX_2160P, QUALITY_REMUX_2160P},     {&copies, QUALITY_REMUX_2160P, QUALITY_REMUX_2160P},
      {&hevc, QUALITY_REMUX_2160P, QUALITY_BLURAY_2160P},   {&hevc, QUALITY_BR_DISK, QUALITY_BLURAY_1080P},
      {&hevc, QUALITY_RAW_HD, QUALITY_HDTV_1080P},          {&hevc, QUALITY_DVD_R, QUALITY_DVD},
      {&hevc, QUALITY_WEBDL_1080P, QUALITY_WEBDL_1080P},    {&small, QUALITY_REMUX_2160P, QUALITY_BLURAY_1080P},
      {&small, QUALITY_WEBRIP_2160P, QUALITY_WEBRIP_1080P}, {&small, QUALITY_HDTV_720P, QUALITY_HDTV_720P},
      {&small, QUALITY_UNKNOWN, QUALITY_UNKNOWN},           {&small, QUALITY_CAM, QUALITY_CAM},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(transcode_outcome(rows[i].target, rows[i].quality), ==, rows[i].want);
  static const struct {
    int64_t height;
    int from, want;
  } heights[] = {{800, QUALITY_BLURAY_1080P, QUALITY_BLURAY_720P},
                 {576, QUALITY_BLURAY_1080P, QUALITY_BLURAY_576P},
                 {576, QUALITY_HDTV_1080P, QUALITY_SDTV},
                 {100, QUALITY_BLURAY_1080P, QUALITY_BLURAY_480P}};
  for (size_t i = 0; i < G_N_ELEMENTS(heights); i++) {
    TranscodeTarget target = {.encodes = true, .max_height = heights[i].height};
    g_assert_cmpint(transcode_outcome(&target, heights[i].from), ==, heights[i].want);
  }
}

/* What is there, what is offered, and whether it is fetched: "" yes, else how the sentence goes on or begins. */
typedef struct {
  const char *what;
  HeldFile file;
  const TranscodeTarget *target;
  int offered;
  int64_t offered_score, offered_version;
  const char *want;
} Row;

#define MODEL(q)                                                                                                                 \
  {                                                                                                                              \
    (q),                                                                                                                         \
    {                                                                                                                            \
      .version = 1                                                                                                               \
    }                                                                                                                            \
  }

static void test_refusal(void)
{
  static const Row rows[] = {
      {"plain upgrade", {.quality = MODEL(QUALITY_WEBDL_1080P)}, NULL, QUALITY_BLURAY_1080P, 0, 1, ""},
      {"plain worse", {.quality = MODEL(QUALITY_BLURAY_1080P)}, NULL, QUALITY_WEBDL_1080P, 0, 1, "and that is better quality"},
      {"plain same", {.quality = MODEL(QUALITY_BLURAY_1080P)}, NULL, QUALITY_BLURAY_1080P, 0, 1, "score as much or more"},
      {"a proper", {.quality = MODEL(QUALITY_BLURAY_1080P)}, NULL, QUALITY_BLURAY_1080P, 0, 2, ""},
      {"more score", {.quality = MODEL(QUALITY_BLURAY_1080P)}, NULL, QUALITY_BLURAY_1080P, 50, 1, ""},
      {"good enough",
       {.quality = MODEL(QUALITY_REMUX_1080P)},
       NULL,
       QUALITY_BLURAY_2160P,
       0,
       1,
       "the quality at which the profile stops"},
      /* the finished encode of a remux is not replaced by that remux, nor by a worse release */
      {"encoded remux, the same again",
       {.quality = MODEL(QUALITY_BLURAY_1080P), .encoded = true, .has_source = true, .source = MODEL(QUALITY_REMUX_1080P)},
       &hevc,
       QUALITY_REMUX_1080P,
       0,
       1,
       "The release that the file was made from is Remux-1080p"},
      {"encoded remux, an encode offered",
       {.quality = MODEL(QUALITY_BLURAY_1080P), .encoded = true, .has_source = true, .source = MODEL(QUALITY_REMUX_1080P)},
       &hevc,
       QUALITY_BLURAY_1080P,
       50,
       1,
       "and that is better quality"},
      {"encoded web, a disc's encode offered",
       {.quality = MODEL(QUALITY_WEBDL_1080P), .encoded = true, .has_source = true, .source = MODEL(QUALITY_WEBDL_1080P)},
       &hevc,
       QUALITY_BLURAY_1080P,
       0,
       1,
       ""},
      /* a remux whose advantage the encode takes away */
      {"encoded Blu-ray, a remux offered",
       {.quality = MODEL(QUALITY_BLURAY_1080P), .encoded = true, .has_source = true, .source = MODEL(QUALITY_BLURAY_1080P)},
       &hevc,
       QUALITY_REMUX_1080P,
       0,
       1,
       "The profile \"hevc\" would make Bluray-1080p of this Remux-1080p release"},
      {"the same without a known source",
       {.quality = MODEL(QUALITY_BLURAY_1080P), .encoded = true},
       &hevc,
       QUALITY_REMUX_1080P,
       0,
       1,
       "The profile \"hevc\" would make Bluray-1080p of this Remux-1080p release"},
      {"but its score is worth it",
       {.quality = MODEL(QUALITY_BLURAY_1080P), .encoded = true},
       &hevc,
       QUALITY_REMUX_1080P,
       50,
       1,
       ""},
      {"nothing is encoded: the remux is fetched",
       {.quality = MODEL(QUALITY_BLURAY_1080P)},
       &copies,
       QUALITY_REMUX_1080P,
       0,
       1,
       ""},
      {"made smaller: a higher picture is no gain",
       {.quality = MODEL(QUALITY_WEBDL_1080P), .encoded = true, .has_source = true, .source = MODEL(QUALITY_WEBDL_1080P)},
       &small,
       QUALITY_WEBDL_2160P,
       0,
       1,
       "would make WEBDL-1080p of this WEBDL-2160p release"},
      {"a web film not yet encoded, a disc's encode offered",
       {.quality = MODEL(QUALITY_WEBDL_1080P)},
       &hevc,
       QUALITY_BLURAY_1080P,
       0,
       1,
       ""},
  };
  g_autoptr(QualityProfile) profile = profile_named("Any");
  profile->cutoff = QUALITY_REMUX_1080P;
  profile->cutoff_format_score = 100;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    UpgradeQuestion question = {.profile = profile,
                                .transcode = rows[i].target,
                                .candidate = {rows[i].offered, {.version = rows[i].offered_version}},
                                .score = rows[i].offered_score};
    UpgradeVerdict verdict;
    g_autofree char *refusal = upgrade_refusal(&question, &rows[i].file, &verdict);
    bool right = *rows[i].want ? refusal && strstr(refusal, rows[i].want) && g_str_has_suffix(refusal, ".") : !refusal;
    if (!right || (!refusal && verdict != UPGRADE_YES))
      g_error("%s: %s", rows[i].what, refusal ? refusal : "fetched");
  }
}

static void test_good_enough(void)
{
  g_autoptr(QualityProfile) profile = profile_named("Any");
  profile->cutoff = QUALITY_REMUX_1080P;
  HeldFile file = {.quality = MODEL(QUALITY_BLURAY_1080P), .encoded = true};
  g_assert_true(held_file_cutoff_unmet(&file, profile));
  file.has_source = true;
  file.source = (QualityModel)MODEL(QUALITY_REMUX_1080P);
  g_assert_false(held_file_cutoff_unmet(&file, profile)); /* it was a remux when it came */
  g_autoptr(GArray) formats = ids_of(3);
  file.source_formats = formats;
  profile_add_score(profile, 3, 40);
  g_assert_cmpint(held_file_score(&file, profile), ==, 40);
  profile->cutoff_format_score = 41;
  g_assert_true(held_file_cutoff_unmet(&file, profile));
}

/* Whatever is fetched and encoded, in whatever order it is offered, the loop ends: nothing is fetched twice. */
static void test_no_loop(void)
{
  const TranscodeTarget *targets[] = {NULL, &hevc, &small, &copies};
  g_autoptr(QualityProfile) profile = profile_named("Any");
  profile->cutoff = QUALITY_REMUX_2160P;
  profile->cutoff_format_score = 1000;
  for (size_t t = 0; t < G_N_ELEMENTS(targets); t++)
    for (size_t shift = 0; shift < n_quality_rows; shift++) {
      HeldFile file = {.quality = MODEL(QUALITY_CAM)};
      int fetched = 0;
      for (size_t round = 0; round < 3 * n_quality_rows; round++) {
        int offered = quality_rows[(round * 7 + shift) % n_quality_rows].id;
        UpgradeQuestion question = {.profile = profile, .transcode = targets[t], .candidate = MODEL(offered)};
        g_autofree char *refusal = upgrade_refusal(&question, &file, NULL);
        if (refusal)
          continue;
        fetched++;
        g_assert_cmpuint(round, <, 2 * n_quality_rows); /* all were offered twice: a third time brings nothing */
        file = (HeldFile){.quality = MODEL(transcode_outcome(targets[t], offered)),
                          .encoded = targets[t] != NULL,
                          .has_source = true,
                          .source = MODEL(offered)};
      }
      g_assert_cmpint(fetched, >, 0);
    }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/upgrade/outcome", test_outcome);
  g_test_add_func("/upgrade/refusal", test_refusal);
  g_test_add_func("/upgrade/good-enough", test_good_enough);
  g_test_add_func("/upgrade/no-loop", test_no_loop);
  return g_test_run();
}
