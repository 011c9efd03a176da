/* Places and commands of samples, and that ffmpeg takes them: src/encode/sample.c. */
#include "encode/sample.h"
#include "fixture.h"

#include <glib/gstdio.h>
#include <math.h>

static void test_places(void)
{
  static const struct {
    int64_t duration_ms;
    guint n;
  } rows[] = {{0, 1},       {FIELD_NULL_INT, 1}, {1000, 1},     {SAMPLE_WHOLE_MS, 1}, {SAMPLE_WHOLE_MS + 1, 4},
              {1500000, 4}, {3600000, 6},        {7200000, 12}, {36000000, 12}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GArray) places = sample_places(rows[i].duration_ms);
    g_assert_cmpuint(places->len, ==, rows[i].n);
    g_assert_cmpint(sample_is_whole(places), ==, rows[i].n == 1);
    int64_t before = rows[i].duration_ms / 20;
    for (guint k = 0; k < places->len && rows[i].n > 1; k++) {
      SamplePlace place = g_array_index(places, SamplePlace, k);
      g_assert_cmpint(place.from_ms, >=, before); /* one after the other, without an overlap */
      before = place.from_ms + place.length_ms;
    }
    if (rows[i].n > 1)
      g_assert_cmpint(before, <=, rows[i].duration_ms - rows[i].duration_ms / 20);
  }
}

static EncodePlan *plan_of(const MediaInfo *media, const char *settings, const QualityFound *found)
{
  g_autoptr(Profile) profile = fixture_profile(settings);
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU ",hevc_vaapi");
  return encode_plan(&(PlanInput){.media = media,
                                  .profile = profile,
                                  .capabilities = capabilities,
                                  .age_s = 1000,
                                  .link_count = 1,
                                  .force = true,
                                  .found = found});
}

static void test_plan(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080", "audio aac 2 eng");
  static const char settings[] = "encoders=cpu;target_metric=ssim;target_score=0.97";
  g_autoptr(EncodePlan) before = plan_of(media, settings, NULL);
  g_assert_true(before->searches);
  assert_contains(before->reason, "at the quality that holds SSIM 0.9700, which is looked for first");
  const QualityFound on_trial = QUALITY_ON_TRIAL(24.25);
  g_autoptr(EncodePlan) trial = plan_of(media, settings, &on_trial);
  g_autofree char *sample = g_strjoinv(" ", trial->sample);
  g_assert_false(trial->searches);
  assert_contains(sample, "-crf:0 24.25 ");
  assert_lacks(sample, "aac");
  QualityFound found = {.quality = 24.5, .score = 0.98714, .video_bytes = 1700000000, .probes = 3};
  g_autoptr(EncodePlan) after = plan_of(media, settings, &found);
  g_autofree char *command = fixture_command(after);
  assert_contains(command, " 24.5 ");
  assert_contains(after->reason, "CRF 24.5: SSIM 0.9871 at ");
  assert_contains(after->reason, " % of the size, 3 probes");
  g_assert_cmpint(after->predicted_bytes, >, found.video_bytes);
  g_assert_cmpint(after->predicted_max_bytes - after->predicted_min_bytes, <,
                  before->predicted_max_bytes - before->predicted_min_bytes);
  g_autoptr(EncodePlan) without = plan_of(media, "encoders=cpu", NULL);
  g_assert_false(without->searches);
  g_assert_true(!without->sample || !without->sample[0]);
}

static void test_plan_refuses(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080");
  static const struct {
    const char *settings, *says;
  } rows[] = {{"target_metric=vmaf;target_score=95", "VMAF needs ffmpeg's filter libvmaf"},
              {"target_metric=xpsnr;target_score=40", "XPSNR needs ffmpeg's filter xpsnr"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(EncodePlan) plan = plan_of(media, rows[i].settings, NULL);
    g_assert_cmpint(plan->decision, ==, PLAN_REFUSE);
    assert_contains(plan->reason, rows[i].says);
  }
}

/* A card's upload comes after the filters in the encode, and not at all in the comparison. */
static void test_commands(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080 pixel_format=yuv420p10le bit_depth=10");
  g_autoptr(EncodePlan) plan =
      plan_of(media, "encoders=vaapi;target_metric=ssim;target_score=0.97;max_height=720;denoise=light", NULL);
  g_assert_cmpstr(plan->encoder, ==, "hevc_vaapi");
  g_autoptr(GArray) places = sample_places(media->duration_ms);
  SampleInput input = {.plan = plan, .media = media, .places = places, .source = "/films/-a.mkv", .output = "/t/o.mkv"};
  g_auto(GStrv) encode = sample_encode(&input, "ffmpeg"), compare = sample_compare(&input, METRIC_SSIM, "ffmpeg");
  g_autofree char *encoding = g_strjoinv(" ", encode), *comparing = g_strjoinv(" ", compare);
  assert_contains(encoding, "-vaapi_device");
  assert_contains(encoding, "-ss 446.000 -t 8.000 -i file:/films/-a.mkv");
  assert_contains(encoding, "[0:0][1:0][2:0][3:0][4:0][5:0]concat=n=6,hqdn3d=");
  assert_contains(encoding, ",format=p010,hwupload[picture]");
  g_assert_true(g_str_has_suffix(encoding, " -f matroska file:/t/o.mkv"));
  assert_lacks(encoding, "{");
  assert_contains(comparing, "-i file:/t/o.mkv -ss 446.000");
  assert_contains(comparing, "[1:0][2:0][3:0][4:0][5:0][6:0]concat=n=6,hqdn3d=");
  assert_contains(comparing, "format=yuv420p10le[reference]");
  assert_lacks(comparing, "hwupload");
}

static void run(char **argv, char **ret_said)
{
  int status = 0;
  g_autoptr(GError) error = NULL;
  g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, ret_said, &status, &error);
  g_assert_no_error(error);
  if (status != 0)
    g_error("%s: %s", argv[0], *ret_said);
}

static double score_of(const char *said)
{
  double score = NAN;
  g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
  for (char **line = lines; *line; line++)
    quality_score_parse(METRIC_SSIM, *line, &score);
  return score;
}

/* A film cut from a longer clip is compared with itself, picture by picture: of a lossless encode nothing differs, whatever the
 * container of the source and its clock, at several places and with filters. */
static void test_alignment(gconstpointer data)
{
  const char *make = data;
  g_autofree char *directory = g_dir_make_tmp("reeve-sample-XXXXXX", NULL);
  g_autofree char *source = g_strconcat(directory, "/source.", strrchr(make, '.') + 1, NULL);
  g_autofree char *output = g_build_filename(directory, "o.mkv", NULL);
  g_autofree char *line =
      g_strdup_printf("ffmpeg -v error -f lavfi -i testsrc2=s=320x180:r=24000/1001,noise=alls=20:allf=t -t 14 "
                      "-c:v libx264 -preset ultrafast -g 50 -bf 2 -pix_fmt yuv420p %s",
                      make);
  g_auto(GStrv) argv = NULL;
  g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
  int last = (int)g_strv_length(argv) - 1;
  g_free(argv[last]);
  argv[last] = g_strdup(source);
  g_autofree char *said = NULL;
  run(argv, &said);
  g_autoptr(MediaInfo) media =
      fixture_media("mkv", 14000, 1000000, (const char *const[]){"video h264 320x180 frame_rate=24000/1001", NULL});
  g_free(media->container);
  media->container = g_strdup(strrchr(make, '.') + 1);
  const QualityFound lossless = QUALITY_ON_TRIAL(0);
  g_autoptr(EncodePlan) plan =
      plan_of(media, "codec=h264;encoders=cpu;preset=ultrafast;target_metric=ssim;target_score=0.97;max_height=90", &lossless);
  const SamplePlace several[] = {{1000, 2000}, {5300, 1500}, {9017, 3000}}, whole = {0};
  for (int i = 0; i < 2; i++) {
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(SamplePlace));
    g_array_append_vals(places, i ? &whole : several, i ? 1 : G_N_ELEMENTS(several));
    SampleInput input = {.plan = plan, .media = media, .places = places, .source = source, .output = output};
    g_auto(GStrv) encode = sample_encode(&input, "ffmpeg"), compare = sample_compare(&input, METRIC_SSIM, "ffmpeg");
    g_autofree char *encoded = NULL, *compared = NULL;
    run(encode, &encoded);
    run(compare, &compared);
    g_assert_cmpfloat(score_of(compared), ==, 1);
  }
  g_unlink(source);
  g_unlink(output);
  g_rmdir(directory);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/sample/places", test_places);
  g_test_add_func("/encode/sample/plan", test_plan);
  g_test_add_func("/encode/sample/refuses", test_plan_refuses);
  g_test_add_func("/encode/sample/commands", test_commands);
  g_test_add_data_func("/encode/sample/alignment/mkv", ".mkv", test_alignment);
  g_test_add_data_func("/encode/sample/alignment/mp4", ".mp4", test_alignment);
  g_test_add_data_func("/encode/sample/alignment/ts", ".ts", test_alignment);
  return g_test_run();
}
