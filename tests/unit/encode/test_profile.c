/* Profiles: field table, seeds, rules across fields and the allowed extra arguments: src/encode/profile.c, profile_seeds.c,
 * profile_check.c, extra_arguments.c. */
#include "encode/profile_check.h"
#include "fixture.h"

static void collect(const char *field, const char *message, void *user_data)
{
  g_string_append_printf(user_data, "%s: %s\n", field, message);
}

static void test_defaults(void)
{
  g_autoptr(Profile) profile = record_new(&profile_table);
  g_assert_cmpint(profile->codec, ==, VIDEO_CODEC_HEVC);
  g_assert_cmpint(profile->container, ==, CONTAINER_MKV);
  g_assert_cmpint(profile->keep_original_days, ==, 7);
  g_assert_cmpfloat(profile->min_saving_percent, ==, 5);
  g_assert_true(profile_check(profile, NULL, NULL));
  for (size_t i = 0; i < profile_table.n_fields; i++) {
    g_assert_nonnull(profile_table.fields[i].help);
    g_assert_true(g_str_has_suffix(profile_table.fields[i].help, "."));
  }
}

static void test_seeds(void)
{
  static const char *const names[] = {"hevc", "av1", "h264", "movies", "tv", "anime", "home-video", "4k", "archive", "mobile"};
  g_autoptr(GPtrArray) seeds = profile_seeds();
  g_assert_cmpuint(seeds->len, ==, G_N_ELEMENTS(names));
  for (guint i = 0; i < seeds->len; i++) {
    const Profile *profile = g_ptr_array_index(seeds, i);
    g_autoptr(GString) found = g_string_new(NULL);
    g_assert_cmpstr(profile->name, ==, names[i]);
    g_assert_true(profile->seeded);
    if (!profile_check(profile, collect, found))
      g_error("%s: %s", profile->name, found->str);
    for (size_t k = 0; k < profile_table.n_fields; k++) {
      g_autoptr(GError) error = NULL;
      g_assert_true(field_check(&profile_table.fields[k], profile, &error));
    }
  }
}

static void test_rules(void)
{
  static const struct {
    const char *settings, *field; /* NULL: nothing wrong */
  } rows[] = {
      {"", NULL},
      {"encoders=nvenc,cpu", NULL},
      {"encoders=auto,cpu", "encoders"},
      {"encoders=gpu", "encoders"},
      {"codec=vp9;encoders=nvenc", "encoders"},
      {"codec=h264;container=webm", "container"},
      {"codec=av1;container=webm;audio_codec=opus", NULL},
      {"codec=av1;container=webm;audio_codec=aac", "container"},
      {"codec=hevc;container=mov;audio_codec=opus", "container"},
      {"codec=prores;container=mov", NULL},
      {"codec=prores;container=mp4", "container"},
      {"two_pass=true", "two_pass"},
      {"two_pass=true;video_bit_rate_kbps=3000", NULL},
      {"preset=slow", NULL},
      {"preset=p5", NULL},
      {"preset=warp", "preset"},
      {"codec=av1;preset=6", NULL},
      {"codec=av1;preset=99", "preset"},
      {"tune=animation", NULL},
      {"tune=moonlight", "tune"},
      {"codec=copy;max_height=720", "codec"},
      {"codec=copy;subtitles=burn-in", "codec"},
      {"codec=copy;container=mp4", NULL},
      {"audio=by-language", "audio_languages"},
      {"audio=by-language;audio_languages=eng", NULL},
      {"subtitles=by-language", "subtitle_languages"},
      {"max_height=10", "max_height"},
      {"max_frame_rate=0.5", "max_frame_rate"},
      {"engine=handbrake", NULL},
      {"engine=handbrake;codec=copy;container=mp4", "codec"},
      {"engine=handbrake;container=mov", "container"},
      {"engine=handbrake;extra_arguments=-g,240", "extra_arguments"},
      {"extra_arguments=-f,null", "extra_arguments"},
      {"target_metric=ssim;target_score=0.97", NULL},
      {"target_metric=ssim", "target_score: A floor of SSIM is a score from 0.7 to 0.9995."},
      {"target_metric=ssim;target_score=1", "target_score"},
      {"target_metric=ssim;target_score=0.5", "target_score"},
      {"target_metric=ssim;target_score=97", "target_score"},
      {"target_metric=vmaf;target_score=95", NULL},
      {"target_metric=vmaf;target_score=0.95", "target_score"},
      {"target_metric=xpsnr;target_score=70", "target_score"},
      {"target_score=0.97", "target_score"},
      {"target_metric=ssim;target_score=0.97;video_bit_rate_kbps=3000", "target_metric"},
      {"target_metric=ssim;target_score=0.97;video_bit_rate_kbps=3000;two_pass=true", "target_metric"},
      {"target_metric=ssim;target_score=0.97;codec=copy", "target_metric"},
      {"target_metric=ssim;target_score=0.97;codec=prores;container=mov", "target_metric"},
      {"target_metric=ssim;target_score=0.97;engine=handbrake", "target_metric"},
      {"target_metric=ssim;target_score=0.97;subtitles=burn-in", "target_metric"},
      {"target_metric=ssim;target_score=0.97;min_ssim=0.9", "min_ssim"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Profile) profile = fixture_profile(rows[i].settings);
    g_autoptr(GString) found = g_string_new(NULL);
    bool clean = profile_check(profile, collect, found);
    if (clean != !rows[i].field || (rows[i].field && !g_str_has_prefix(found->str, rows[i].field)))
      g_error("\"%s\": %s", rows[i].settings, found->str);
  }
}

static void test_quality_range(void)
{
  g_autoptr(Profile) profile = fixture_profile("");
  QualityRule *rule = record_new(&quality_rule_table);
  *rule = (QualityRule){.family = ENCODER_CPU, .resolution = RESOLUTION_ANY, .quality = 60};
  profile->qualities = records_new(&quality_rule_table);
  g_ptr_array_add(profile->qualities, rule);
  g_autoptr(GString) found = g_string_new(NULL);
  g_assert_false(profile_check(profile, collect, found));
  assert_contains(found->str, "qualities.0.quality: libx265 takes a quality from 0 to 51.");
  rule->quality = 20;
  g_assert_true(profile_check(profile, NULL, NULL));
}

static void test_extra_arguments(void)
{
  static const struct {
    const char *arguments; /* separated by | */
    bool allowed;
  } rows[] = {
      {"", true},
      {"-g|240", true},
      {"-g:v|240", true},
      {"-x265-params|aq-mode=3:psy-rd=2.0:no-sao=1", true},
      {"-svtav1-params|tune=0:film-grain=8", true},
      {"-x264-params|deblock=-1,-1", true},
      {"-bf|4|-refs|5|-profile:v|main", true},
      {"-g", false},
      {"-g|240|-bf", false},
      {"240", false},
      {"--help", false},
      {"-i|/etc/passwd", false},
      {"-i|x", false},
      {"-f|mp4", false},
      {"-map|0", false},
      {"-y|1", false},
      {"-progress|pipe:3", false},
      {"-passlogfile|x", false},
      {"-stats|1", false},
      {"-vstats_file|x", false},
      {"-report|1", false},
      {"-filter_complex|movie=x", false},
      {"-vf|movie=x", false},
      {"-filter_script|x", false},
      {"-attach|x", false},
      {"-dump_attachment|x", false},
      {"-init_hw_device|opencl", false},
      {"-c|copy", false},
      {"-c:a|aac", false},
      {"-g:a|3", false},
      {"-g:1|3", false},
      {"-crf|20", false},
      {"-pix_fmt|yuv444p", false},
      {"-g|/tmp/x", false},
      {"-g|http://x", false},
      {"-g|{output}", false},
      {"-g|a b", false},
      {"-g|", false},
      {"-G|240", false},
      {"-x265-params|csv=x", false},
      {"-x265-params|aq-mode=3:STATS=x", false},
      {"-x265-params|analysis-save=x", false},
      {"-x265-params|qpfile=x", false},
      {"-x265-params|recon=x", false},
      {"-x265-params|recon-y4m-exec=x", false},
      {"-x265-params|dhdr10-info=x", false},
      {"-x265-params|lambda-file=x", false},
      {"-x265-params|scaling-list=x", false},
      {"-x264-params|tcfile-in=x", false},
      {"-x264-params|dump-yuv=x", false},
      {"-x264opts|log-file=x", false},
      {"-svtav1-params|stat-report=1", false},
      {"-svtav1-params|fgs-table=x", false},
      {"-/x265-params|x", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) arguments = *rows[i].arguments ? g_strsplit(rows[i].arguments, "|", -1) : g_new0(char *, 1);
    g_autofree char *message = extra_arguments_check(arguments);
    if ((message == NULL) != rows[i].allowed)
      g_error("\"%s\": %s", rows[i].arguments, message ? message : "allowed");
  }
  g_autofree char *none = extra_arguments_check(NULL);
  g_assert_null(none);
}

static void test_resolution_classes(void)
{
  static const struct {
    int64_t width, height;
    ResolutionClass expected;
  } rows[] = {{720, 576, RESOLUTION_SD},      {640, 360, RESOLUTION_SD},      {1280, 720, RESOLUTION_720P},
              {1280, 534, RESOLUTION_720P},   {1920, 800, RESOLUTION_1080P},  {1440, 1080, RESOLUTION_1080P},
              {1080, 1920, RESOLUTION_1080P}, {3840, 1600, RESOLUTION_2160P}, {7680, 4320, RESOLUTION_2160P}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(resolution_class(rows[i].width, rows[i].height), ==, rows[i].expected);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/profile/defaults", test_defaults);
  g_test_add_func("/encode/profile/seeds", test_seeds);
  g_test_add_func("/encode/profile/rules", test_rules);
  g_test_add_func("/encode/profile/quality-range", test_quality_range);
  g_test_add_func("/encode/profile/extra-arguments", test_extra_arguments);
  g_test_add_func("/encode/profile/resolution-classes", test_resolution_classes);
  return g_test_run();
}
