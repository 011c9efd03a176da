/* Encoder choice, quality, depth, filters, HDR and predictions: src/encode/plan_encoder.c, plan_filter.c, plan_hdr.c,
 * plan_video.c, plan_predict.c. */
#include "fixture.h"

#define ALL_ENCODERS "hevc_nvenc,hevc_qsv,hevc_vaapi,h264_nvenc:8,libx264,libx265,libsvtav1"
#define V1080 "video h264 1920x1080 bit_rate_bps=8000000"
#define HDR10                                                                                                                    \
  "video hevc 3840x2160 bit_rate_bps=60000000 bit_depth=10 pixel_format=yuv420p10le hdr=hdr10 color_transfer=smpte2084 "         \
  "color_primaries=bt2020 color_space=bt2020nc color_range=tv "                                                                  \
  "mastering_display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1) content_light=1000,400"
#define HLG                                                                                                                      \
  "video hevc 1920x1080 bit_rate_bps=20000000 bit_depth=10 hdr=hlg color_transfer=arib-std-b67 color_primaries=bt2020 "          \
  "color_space=bt2020nc"

typedef struct {
  const char *name, *stream, *settings, *encoders;
  const char *encoder; /* NULL: not looked at */
  const char *has[4];  /* in the command */
  const char *lacks[3];
} VideoRow;

static const VideoRow rows[] = {
    {"hardware first", V1080, "", ALL_ENCODERS, "hevc_nvenc", {"-c:0 hevc_nvenc", "-rc:0 vbr", "-b:0 0"}, {"crf"}},
    {"order of the profile",
     V1080,
     "encoders=vaapi,cpu",
     ALL_ENCODERS,
     "hevc_vaapi",
     {"-vaapi_device /dev/dri/renderD128", "format=nv12,hwupload"},
     {"-pix_fmt"}},
    {"vp9", V1080, "codec=vp9", FIXTURE_CPU, "libvpx-vp9", {"-b:0 0", "-cpu-used:0 4"}, {"-preset"}},
    {"vp9 preset", V1080, "codec=vp9;preset=2", FIXTURE_CPU, "libvpx-vp9", {"-cpu-used:0 2"}, {NULL}},
    {"qsv", V1080, "encoders=qsv", ALL_ENCODERS, "hevc_qsv", {"-filter_hw_device hw", "hwupload=extra_hw_frames=64"}, {NULL}},
    {"cpu only", V1080, "encoders=cpu", ALL_ENCODERS, "libx265", {"-crf:0", "-preset:0 ", "-pix_fmt:0 yuv420p "}, {"hwupload"}},
    {"nothing but cpu works", V1080, "", FIXTURE_CPU, "libx265", {NULL}, {NULL}},
    {"8 bits stay 8", V1080, "", FIXTURE_CPU, "libx265", {"-pix_fmt:0 yuv420p "}, {"10le"}},
    {"10 bits stay 10", V1080 " bit_depth=10", "", FIXTURE_CPU, "libx265", {"-pix_fmt:0 yuv420p10le"}, {NULL}},
    {"12 bits become 10", V1080 " bit_depth=12", "", FIXTURE_CPU, "libx265", {"-pix_fmt:0 yuv420p10le"}, {NULL}},
    {"10 bits of the profile", V1080, "bit_depth=10", FIXTURE_CPU, "libx265", {"-pix_fmt:0 yuv420p10le"}, {NULL}},
    {"h264 in 10 bits is for the cpu",
     V1080 " bit_depth=10",
     "codec=h264;eligible_codecs=h264",
     ALL_ENCODERS,
     "libx264",
     {"yuv420p10le"},
     {NULL}},
    {"h264 in 8 bits", V1080, "codec=h264;eligible_codecs=h264", ALL_ENCODERS, "h264_nvenc", {NULL}, {NULL}},
    {"preset of another encoder", V1080, "preset=p7", FIXTURE_CPU, "libx265", {"-preset:0 "}, {"p7"}},
    {"preset", V1080, "preset=faster", FIXTURE_CPU, "libx265", {"-preset:0 faster"}, {NULL}},
    {"tune", V1080, "tune=grain", FIXTURE_CPU, "libx265", {"-tune:0 grain"}, {NULL}},
    {"bit rate", V1080, "video_bit_rate_kbps=2000", FIXTURE_CPU, "libx265", {"-b:0 2000k", "-maxrate:0 4000k"}, {"-crf"}},
    {"extra arguments",
     V1080,
     "extra_arguments=-x265-params,aq-mode=3:rd=4,-g,240",
     FIXTURE_CPU,
     "libx265",
     {"-x265-params:0 log-level=error:aq-mode=3:rd=4", "-g:0 240"},
     {NULL}},
    {"hdr10 for x265",
     HDR10,
     "eligible_codecs=hevc",
     FIXTURE_CPU,
     "libx265",
     {"hdr10=1:hdr10-opt=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400",
      "-color_trc:0 smpte2084", "-color_primaries:0 bt2020 ", "-colorspace:0 bt2020nc"},
     {NULL}},
    {"hdr10 for svt",
     HDR10,
     "codec=av1;eligible_codecs=hevc",
     FIXTURE_CPU,
     "libsvtav1",
     {"mastering-display=G(0.26500,0.69000)B(0.15000,0.06000)R(0.68000,0.32000)WP(0.31270,0.32900)L(1000.00000,0.00010):content-"
      "light="
      "1000,400",
      "transfer-characteristics=16", "color-primaries=9", "matrix-coefficients=9"},
     {NULL}},
    {"hdr10 for x264",
     HDR10,
     "codec=h264;eligible_codecs=hevc",
     FIXTURE_CPU,
     "libx264",
     {"cll=1000,400", "mastering-display=G("},
     {NULL}},
    {"hdr10 is not for nvenc before ffmpeg 7", HDR10, "eligible_codecs=hevc", ALL_ENCODERS, "hevc_qsv", {NULL}, {NULL}},
    {"hlg", HLG, "eligible_codecs=hevc", FIXTURE_CPU, "libx265", {"-color_trc:0 arib-std-b67", "repeat-headers=1"}, {"hdr10"}},
    {"hlg for svt",
     HLG,
     "codec=av1;eligible_codecs=hevc",
     FIXTURE_CPU,
     "libsvtav1",
     {"transfer-characteristics=18"},
     {"mastering"}},
    {"bad mastering text is not passed on", HDR10 ":evil=1", "eligible_codecs=hevc", FIXTURE_CPU, "libx265", {NULL}, {NULL}},
    {"tone map",
     HDR10,
     "eligible_codecs=hevc;tone_map=true",
     FIXTURE_CPU,
     "libx265",
     {"tonemap=hable", "-color_trc:0 bt709", "-pix_fmt:0 yuv420p "},
     {"master-display", "smpte2084"}},
    {"interlaced",
     "video mpeg2video 720x576 bit_rate_bps=4000000 field_order=tt",
     "",
     FIXTURE_CPU,
     NULL,
     {"bwdif=mode=send_frame"},
     {NULL}},
    {"progressive", V1080 " field_order=progressive", "", FIXTURE_CPU, NULL, {NULL}, {"bwdif", "scale", "-filter"}},
    {"deinterlace off",
     "video mpeg2video 720x576 bit_rate_bps=4000000 field_order=bb",
     "deinterlace=off",
     FIXTURE_CPU,
     NULL,
     {NULL},
     {"bwdif"}},
    {"deinterlace on", V1080, "deinterlace=on", FIXTURE_CPU, NULL, {"bwdif"}, {NULL}},
    {"scale", V1080, "max_height=720", FIXTURE_CPU, NULL, {"iw*0.66666666"}, {NULL}},
    {"no upscale", V1080, "max_height=2160", FIXTURE_CPU, NULL, {NULL}, {"scale"}},
    {"odd size", "video h264 853x481 bit_rate_bps=8000000", "", FIXTURE_CPU, NULL, {"scale=w=max(2\\,floor(iw*1.0"}, {NULL}},
    {"full range",
     V1080 " color_range=pc",
     "",
     FIXTURE_CPU,
     NULL,
     {"scale=in_range=pc:out_range=tv", "-color_range:0 tv"},
     {NULL}},
    {"rgb, which ffmpeg would convert by SD's matrix and not say so",
     "video rawvideo 1920x1080 pixel_format=bgr0 color_space=gbr",
     "",
     FIXTURE_CPU,
     NULL,
     {"scale=out_color_matrix=bt709:out_range=tv", "-colorspace:0 bt709", "-color_range:0 tv"},
     {"in_range"}},
    {"rgb in full range",
     "video h264 1920x1080 pixel_format=gbrp color_space=gbr color_range=pc",
     "codec=av1",
     FIXTURE_CPU,
     NULL,
     {"scale=out_color_matrix=bt709:out_range=tv", "-colorspace:0 bt709", "-color_range:0 tv"},
     {"in_range"}},
    {"frame rate",
     V1080 " frame_rate=60000/1001",
     "max_frame_rate=30",
     FIXTURE_CPU,
     NULL,
     {"fps=60000/2002", "-fps_mode:0 vfr"},
     {NULL}},
    {"frame rate within",
     V1080 " frame_rate=30000/1001",
     "max_frame_rate=29.97",
     FIXTURE_CPU,
     NULL,
     {"-fps_mode:0 passthrough"},
     {"fps="}},
    {"timestamps between those of the frame rate",
     V1080 " frame_rate=24000/1001",
     "",
     FIXTURE_CPU,
     NULL,
     {"-fps_mode:0 passthrough -enc_time_base:0 1/24000"},
     {NULL}},
    {"timestamps finer than the frame rate",
     V1080 " frame_rate=25/1",
     "",
     FIXTURE_CPU,
     NULL,
     {"-enc_time_base:0 1/25000"},
     {NULL}},
    {"timestamps without a rate", V1080 " frame_rate=0/0", "", FIXTURE_CPU, NULL, {"-enc_time_base:0 1/90000"}, {NULL}},
    {"timestamps of an odd rate",
     V1080 " frame_rate=1902000001/31700000",
     "",
     FIXTURE_CPU,
     NULL,
     {"-enc_time_base:0 1/90000"},
     {NULL}},
    {"a lowered rate has its own grid",
     V1080 " frame_rate=60/1",
     "max_frame_rate=30",
     FIXTURE_CPU,
     NULL,
     {"-fps_mode:0 vfr"},
     {"enc_time_base"}},
    {"denoise", V1080, "denoise=medium", FIXTURE_CPU, NULL, {"hqdn3d=3:2:3:3"}, {NULL}},
    {"unknown colour names stay out",
     V1080 " color_transfer=unknown color_primaries=--i",
     "",
     FIXTURE_CPU,
     NULL,
     {NULL},
     {"unknown", "--i"}},
    {"variable rate for svt",
     V1080 " base_frame_rate=1000/1 frame_rate=0/0",
     "codec=av1",
     FIXTURE_CPU,
     NULL,
     {"-fpsmax:0 240", "-fps_mode:0 passthrough", "-enc_time_base:0 1/90000"},
     {"setpts", "-r:0"}},
    {"two passes",
     V1080,
     "video_bit_rate_kbps=2000;two_pass=true",
     FIXTURE_CPU,
     "libx265",
     {"pass=2:stats={passlog:parameter}"},
     {NULL}},
};

static void test_rows(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const VideoRow *row = &rows[i];
    g_autoptr(MediaInfo) media = FIXTURE_MKV(row->stream, "audio aac 2 eng default");
    g_autoptr(EncodePlan) plan = fixture_plan(media, row->settings, row->encoders);
    if (plan->decision != PLAN_ENCODE)
      g_error("%s: %s", row->name, plan->reason);
    g_autofree char *command = fixture_command(plan);
    g_test_message("%s: %s", row->name, command);
    if (row->encoder)
      g_assert_cmpstr(plan->encoder, ==, row->encoder);
    for (size_t k = 0; k < G_N_ELEMENTS(row->has) && row->has[k]; k++)
      assert_contains(command, row->has[k]);
    for (size_t k = 0; k < G_N_ELEMENTS(row->lacks) && row->lacks[k]; k++)
      assert_lacks(command, row->lacks[k]);
    assert_lacks(command, "evil");
  }
}

/* From version 6 on ffmpeg takes no rate to stay under together with the film's own times. */
static void test_variable_rate_for_svt(void)
{
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  g_free(capabilities->ffmpeg_version);
  capabilities->ffmpeg_version = g_strdup("7.1.1-1+b1");
  g_autoptr(MediaInfo) media = FIXTURE_MKV(V1080 " base_frame_rate=1000/1 frame_rate=0/0");
  g_autoptr(Profile) profile = fixture_profile("codec=av1");
  g_autoptr(EncodePlan) plan =
      encode_plan(&(PlanInput){.media = media, .profile = profile, .capabilities = capabilities, .age_s = 1000000});
  g_autofree char *command = fixture_command(plan);
  assert_contains(command, "setpts=PTS");
  assert_contains(command, "-fps_mode:0 vfr -enc_time_base:0 1/240");
  assert_lacks(command, "-fpsmax");
}

static void test_decisions(void)
{
  static const struct {
    const char *stream, *settings, *encoders;
    PlanDecision decision;
    const char *reason;
  } decisions[] = {
      {V1080, "", "libx264", PLAN_SKIP, "No hevc encoder"},
      {V1080, "encoders=vaapi", FIXTURE_CPU, PLAN_SKIP, "No hevc encoder"},
      {V1080 " bit_depth=10", "codec=h264;eligible_codecs=h264;encoders=nvenc", ALL_ENCODERS, PLAN_SKIP, "10 bits"},
      {HDR10, "eligible_codecs=hevc;bit_depth=8", FIXTURE_CPU, PLAN_REFUSE, "tone_map"},
      {V1080, "extra_arguments=-i,x", FIXTURE_CPU, PLAN_REFUSE, "-i"},
      {V1080, "codec=vp9;container=mov", FIXTURE_CPU, PLAN_REFUSE, "mkv"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(decisions); i++) {
    g_autoptr(MediaInfo) media = FIXTURE_MKV(decisions[i].stream);
    g_autoptr(EncodePlan) plan = fixture_plan(media, decisions[i].settings, decisions[i].encoders);
    g_assert_cmpint(plan->decision, ==, decisions[i].decision);
    assert_contains(plan->reason, decisions[i].reason);
    g_assert_cmpuint(plan->commands->len, ==, 0);
  }
}

static void test_fallback_leaves_the_failed_family_out(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(V1080);
  g_autoptr(Profile) profile = fixture_profile("");
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities("hevc_nvenc,libx265");
  PlanInput input = {.media = media, .profile = profile, .capabilities = capabilities, .exclude_family = "nvenc"};
  g_autoptr(EncodePlan) plan = encode_plan(&input);
  g_assert_cmpstr(plan->encoder, ==, "libx265");
  input.exclude_family = "cpu";
  g_autoptr(EncodePlan) other = encode_plan(&input);
  g_assert_cmpstr(other->encoder, ==, "hevc_nvenc");
}

static void test_sizes(void)
{
  static const struct {
    const char *size, *settings, *crop;
    int64_t width, height;
  } sizes[] = {
      {"1920x1080", "max_height=720", NULL, 1280, 720},
      {"1920x800", "max_height=720", NULL, 1280, 534},
      {"1080x1920", "max_height=720", NULL, 720, 1280},
      {"720x480", "max_height=480", NULL, 720, 480},
      {"1920x1088", "max_height=1080", NULL, 1906, 1080},
      {"853x481", "", NULL, 854, 482},
      {"1920x1080", "crop_black_bars=true", "1920:800:0:140", 1920, 800},
      {"1920x1080", "crop_black_bars=true", "1920:800:0:300", 1920, 1080},
      {"1920x1080", "crop_black_bars=true", "1920:801:0:0", 1920, 1080},
      {"1920x1080", "crop_black_bars=true", "1920:800:0", 1920, 1080},
      {"1920x1080", "crop_black_bars=true", "1920:800:0:-9", 1920, 1080},
      {"1920x1080", "crop_black_bars=true;max_height=720", "1920:800:0:140", 1280, 534},
      {"1920x1080", "", "1920:800:0:140", 1920, 1080},
  };
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autofree char *line = g_strdup_printf("video h264 %s bit_rate_bps=8000000", sizes[i].size);
    g_autoptr(MediaInfo) media = FIXTURE_MKV(line);
    g_autoptr(Profile) profile = fixture_profile(sizes[i].settings);
    g_autoptr(EncodePlan) plan =
        encode_plan(&(PlanInput){.media = media, .profile = profile, .capabilities = capabilities, .crop = sizes[i].crop});
    g_test_message("%s %s", sizes[i].size, sizes[i].settings);
    g_assert_cmpint(plan->width, ==, sizes[i].width);
    g_assert_cmpint(plan->height, ==, sizes[i].height);
  }
}

static QualityRule *rule(int family, ResolutionClass resolution, int64_t quality)
{
  QualityRule *made = record_new(&quality_rule_table);
  *made = (QualityRule){.family = family, .resolution = (int)resolution, .quality = quality};
  return made;
}

static void test_most_specific_quality_wins(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(V1080);
  g_autoptr(Profile) profile = fixture_profile("");
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  const struct {
    QualityRule *rule;
    int64_t expected;
  } steps[] = {{rule(ENCODER_CPU, RESOLUTION_2160P, 1), encoder_find("libx265")->quality_1080p},
               {rule(FIELD_NULL_ENUM, RESOLUTION_ANY, 30), 30},
               {rule(FIELD_NULL_ENUM, RESOLUTION_1080P, 31), 31},
               {rule(ENCODER_CPU, RESOLUTION_ANY, 32), 32},
               {rule(ENCODER_CPU, RESOLUTION_1080P, 33), 33},
               {rule(FIELD_NULL_ENUM, RESOLUTION_1080P, 34), 33}};
  profile->qualities = records_new(&quality_rule_table);
  for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
    g_ptr_array_add(profile->qualities, steps[i].rule);
    g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = media, .profile = profile, .capabilities = capabilities});
    g_assert_cmpfloat(plan->quality, ==, (double)steps[i].expected);
  }
}

/* Sane and ordered for anything, also for nonsense. */
static void test_prediction(void)
{
  static const struct {
    const char *stream;
    int64_t size;
  } cases[] = {{V1080, 4500000000},
               {"video mpeg2video 720x576 bit_rate_bps=6000000", 3000000000},
               {"video h264 3840x2160 bit_rate_bps=50000000", 25000000000},
               {"video h264 16x16 frame_rate=1/1 bit_rate_bps=1", 100},
               {"video prores 1920x1080 bit_rate_bps=200000000", 90000000000},
               {"video h264 1920x1080 frame_rate=0/0", 4500000000}};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const char *lines[] = {cases[i].stream, "audio dts 6 bit_rate_bps=1536000", NULL};
    g_autoptr(MediaInfo) media = fixture_media("mkv", 3600000, cases[i].size, lines);
    g_autoptr(EncodePlan) plan = fixture_plan(media, "min_bits_per_pixel=0", NULL);
    g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
    g_assert_cmpint(plan->predicted_min_bytes, >=, 0);
    g_assert_cmpint(plan->predicted_min_bytes, <=, plan->predicted_bytes);
    g_assert_cmpint(plan->predicted_bytes, <=, plan->predicted_max_bytes);
    g_assert_cmpint(plan->predicted_max_bytes, <=, (int64_t)((double)cases[i].size * 1.2));
  }
  g_autoptr(MediaInfo) media = FIXTURE_MKV(V1080, "audio aac 2 bit_rate_bps=160000");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  g_assert_cmpint(plan->predicted_bytes, >, 700000000);
  g_assert_cmpint(plan->predicted_bytes, <, 3500000000);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/video/rows", test_rows);
  g_test_add_func("/encode/video/decisions", test_decisions);
  g_test_add_func("/encode/video/variable-rate-for-svt", test_variable_rate_for_svt);
  g_test_add_func("/encode/video/fallback", test_fallback_leaves_the_failed_family_out);
  g_test_add_func("/encode/video/sizes", test_sizes);
  g_test_add_func("/encode/video/quality", test_most_specific_quality_wins);
  g_test_add_func("/encode/video/prediction", test_prediction);
  return g_test_run();
}
