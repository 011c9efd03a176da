/* When files are left alone: src/encode/plan_skip.c. */
#include "fixture.h"

typedef struct {
  const char *name, *stream, *settings, *container;
  PlanInput input; /* age_s, link_count and the flags */
  int64_t size_bytes, duration_ms;
  SkipCode skip; /* SKIP_NONE: it is encoded */
} SkipRow;

#define H264 "video h264 1920x1080 bit_rate_bps=8000000"
#define OLD .age_s = 1000000
static const SkipRow rows[] = {
    {"ordinary", H264, "", "mkv", {OLD, .link_count = 1}, 0, 0, SKIP_NONE},
    {"audio only", "audio aac 2", "", "mkv", {OLD}, 0, 0, SKIP_NO_VIDEO},
    {"cover art only", "video mjpeg 600x900 attached_pic", "", "mkv", {OLD}, 0, 0, SKIP_NO_VIDEO},
    {"forced without video", "audio aac 2", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_NO_VIDEO},
    {"unknown codec", "video - 1920x1080", "", "mkv", {OLD}, 0, 0, SKIP_DAMAGED},
    {"no size", "video h264 0x0", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_DAMAGED},
    {"no duration", H264, "", "mkv", {OLD}, 0, -1, SKIP_DAMAGED},
    {"empty", H264, "", "mkv", {OLD}, -1, 0, SKIP_DAMAGED},
    {"already", "video hevc 1920x1080 bit_rate_bps=8000000", "", "mkv", {OLD}, 0, 0, SKIP_ALREADY_TARGET},
    {"already, forced", "video hevc 1920x1080 bit_rate_bps=8000000", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_NONE},
    {"already, eligible", "video hevc 1920x1080 bit_rate_bps=8000000", "eligible_codecs=hevc", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"modern", "video av1 1920x1080 bit_rate_bps=8000000", "", "mkv", {OLD}, 0, 0, SKIP_NOT_ELIGIBLE},
    {"modern vp9", "video vp9 1920x1080 bit_rate_bps=8000000", "", "mkv", {OLD}, 0, 0, SKIP_NOT_ELIGIBLE},
    {"modern, eligible", "video vp9 1920x1080 bit_rate_bps=8000000", "eligible_codecs=vp9,av1", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"hevc to h264", "video hevc 1920x1080 bit_rate_bps=8000000", "codec=h264", "mkv", {OLD}, 0, 0, SKIP_NOT_ELIGIBLE},
    {"mpeg2", "video mpeg2video 720x576 bit_rate_bps=4000000", "", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"lean", "video h264 1920x1080 bit_rate_bps=900000", "", "mkv", {OLD}, 0, 0, SKIP_LOW_BIT_RATE},
    {"lean, forced", "video h264 1920x1080 bit_rate_bps=900000", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_NONE},
    {"lean, no rule", "video h264 1920x1080 bit_rate_bps=900000", "min_bits_per_pixel=0", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"small clip", "video h264 640x360 bit_rate_bps=200000", "", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"lean by file size", "video h264 1920x1080", "", "mkv", {OLD}, 400000000, 0, SKIP_LOW_BIT_RATE},
    {"no frame rate", "video h264 1920x1080 bit_rate_bps=900000 frame_rate=0/0", "", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"too small", H264, "min_size_bytes=5000000000", "mkv", {OLD}, 0, 0, SKIP_TOO_SMALL},
    {"too small, forced", H264, "min_size_bytes=5000000000", "mkv", {OLD, .force = true}, 0, 0, SKIP_NONE},
    {"just big enough", H264, "min_size_bytes=4500000000", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"too new", H264, "min_age_s=3600", "mkv", {.age_s = 3599}, 0, 0, SKIP_TOO_NEW},
    {"old enough", H264, "min_age_s=3600", "mkv", {.age_s = 3600}, 0, 0, SKIP_NONE},
    {"from the future", H264, "min_age_s=60", "mkv", {.age_s = -100}, 0, 0, SKIP_TOO_NEW},
    {"linked", H264, "", "mkv", {OLD, .link_count = 2}, 0, 0, SKIP_HARD_LINKED},
    {"linked, forced", H264, "", "mkv", {OLD, .link_count = 2, .force = true}, 0, 0, SKIP_HARD_LINKED},
    {"linked, allowed", H264, "", "mkv", {OLD, .link_count = 2, .links_allowed = true}, 0, 0, SKIP_NONE},
    {"tried", H264, "", "mkv", {OLD, .tried_before = true, .tried_reason = "It grew."}, 0, 0, SKIP_TRIED_BEFORE},
    {"tried, forced", H264, "", "mkv", {OLD, .tried_before = true, .force = true}, 0, 0, SKIP_NONE},
    {"dolby vision 5",
     H264 " hdr=dolby-vision dolby_vision_profile=5",
     "keep_dolby_vision=true",
     "mkv",
     {OLD, .force = true},
     0,
     0,
     SKIP_DOLBY_VISION},
    {"dolby vision 7",
     H264 " hdr=dolby-vision dolby_vision_profile=7 dolby_vision_compatibility=6",
     "keep_dolby_vision=true",
     "mkv",
     {OLD},
     0,
     0,
     SKIP_DOLBY_VISION},
    {"dolby vision 8",
     H264 " hdr=dolby-vision dolby_vision_profile=8 dolby_vision_compatibility=1",
     "",
     "mkv",
     {OLD, .force = true},
     0,
     0,
     SKIP_DOLBY_VISION},
    {"dolby vision 8, allowed",
     H264 " hdr=dolby-vision bit_depth=10 dolby_vision_profile=8 dolby_vision_compatibility=1",
     "keep_dolby_vision=true",
     "mkv",
     {OLD},
     0,
     0,
     SKIP_NONE},
    {"dolby vision 8 without base",
     H264 " hdr=dolby-vision dolby_vision_profile=8 dolby_vision_compatibility=0",
     "keep_dolby_vision=true",
     "mkv",
     {OLD},
     0,
     0,
     SKIP_DOLBY_VISION},
    {"dolby vision of unknown profile",
     H264 " hdr=dolby-vision",
     "keep_dolby_vision=true",
     "mkv",
     {OLD},
     0,
     0,
     SKIP_DOLBY_VISION},
    {"hdr10+", H264 " hdr=hdr10+ bit_depth=10", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_HDR10_PLUS},
    {"hdr10+ beside dolby vision",
     H264 " hdr=dolby-vision dolby_vision_profile=8 dolby_vision_compatibility=1 hdr10_plus=true bit_depth=10",
     "keep_dolby_vision=true",
     "mkv",
     {OLD},
     0,
     0,
     SKIP_HDR10_PLUS},
    {"hdr10+, allowed", H264 " hdr=hdr10+ bit_depth=10", "keep_hdr10_plus=true", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"hdr10", H264 " hdr=hdr10 bit_depth=10", "", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"hlg", H264 " hdr=hlg bit_depth=10", "", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"alpha", "video prores 1920x1080 bit_depth=12 pixel_format=yuva444p12le", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_ALPHA},
    {"alpha in rgb", "video qtrle 1920x1080 pixel_format=argb", "", "mkv", {OLD}, 0, 0, SKIP_ALPHA},
    {"alpha in a plane of its own", "video vp8 1920x1080 @alpha_mode=1", "", "mkv", {OLD}, 0, 0, SKIP_ALPHA},
    {"no alpha by the tag", "video vp8 1920x1080 @alpha_mode=0", "", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"rgb without alpha", "video rawvideo 1920x1080 pixel_format=bgr0", "", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"alpha, given up",
     "video prores 1920x1080 pixel_format=yuva444p10le",
     "drop_unsupported=true",
     "mkv",
     {OLD},
     0,
     0,
     SKIP_NONE},
    {"alpha, copied", "video prores 1920x1080 pixel_format=yuva444p10le", "codec=copy", "mov", {OLD}, 0, 0, SKIP_NONE},
    {"captions", H264 " closed_captions=true", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_CAPTIONS},
    {"captions, given up", H264 " closed_captions=true", "drop_unsupported=true", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"captions that x264 keeps", "video mpeg2video 1920x1080 closed_captions=true", "codec=h264", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"captions, copied", H264 " closed_captions=true", "codec=copy;container=mp4", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"crop marks", H264 " crop=0:8:0:8", "", "mkv", {OLD, .force = true}, 0, 0, SKIP_CROP_MARKS},
    {"crop marks, given up", H264 " crop=0:8:0:8", "drop_unsupported=true", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"crop marks, copied", H264 " crop=0:8:0:8", "codec=copy;container=mp4", "mkv", {OLD}, 0, 0, SKIP_CROP_MARKS},
    {"copy into the same", "video hevc 1920x1080", "codec=copy", "mkv", {OLD}, 0, 0, SKIP_ALREADY_TARGET},
    {"copy into another", "video hevc 1920x1080", "codec=copy;container=mp4", "mkv", {OLD}, 0, 0, SKIP_NONE},
    {"copy of dolby vision",
     "video hevc 1920x1080 hdr=dolby-vision dolby_vision_profile=5",
     "codec=copy;container=mp4",
     "mkv",
     {OLD},
     0,
     0,
     SKIP_NONE},
};

static void test_rows(void)
{
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const SkipRow *row = &rows[i];
    const char *lines[] = {row->stream, NULL};
    g_autoptr(MediaInfo) media = fixture_media(row->container, row->duration_ms < 0 ? FIELD_NULL_INT : 3600000,
                                               row->size_bytes < 0 ? 0
                                               : row->size_bytes   ? row->size_bytes
                                                                   : 4500000000,
                                               lines);
    g_autoptr(Profile) profile = fixture_profile(row->settings);
    PlanInput input = row->input;
    input.media = media;
    input.profile = profile;
    input.capabilities = capabilities;
    g_autoptr(EncodePlan) plan = encode_plan(&input);
    if (plan->skip != (int)row->skip || plan->decision != (row->skip == SKIP_NONE ? PLAN_ENCODE : PLAN_SKIP))
      g_error("%s: %s, %s: %s", row->name, enum_name(&plan_decision_table, plan->decision),
              enum_name(&skip_code_table, plan->skip), plan->reason);
    g_assert_cmpuint(strlen(plan->reason), >, 10);
    g_assert_true(g_str_has_suffix(plan->reason, "."));
    g_assert_cmpint(plan->commands->len > 0, ==, plan->decision == PLAN_ENCODE);
  }
}

static void test_tried_reason_is_shown(void)
{
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  g_autoptr(MediaInfo) media = FIXTURE_MKV(H264);
  g_autoptr(Profile) profile = fixture_profile("");
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = media,
                                                        .profile = profile,
                                                        .capabilities = capabilities,
                                                        .tried_before = true,
                                                        .tried_reason = "The output was larger."});
  assert_contains(plan->reason, "The output was larger.");
}

static void test_ordered_chapters(void)
{
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  g_autoptr(MediaInfo) media = FIXTURE_MKV(H264);
  media->ordered_chapters = true;
  g_autoptr(Profile) profile = fixture_profile("drop_unsupported=true");
  g_autoptr(EncodePlan) plan = encode_plan(
      &(PlanInput){.media = media, .profile = profile, .capabilities = capabilities, .age_s = 1000000, .force = true});
  g_assert_cmpint(plan->skip, ==, SKIP_ORDERED_CHAPTERS);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/skip/rows", test_rows);
  g_test_add_func("/encode/skip/tried-reason", test_tried_reason_is_shown);
  g_test_add_func("/encode/skip/ordered-chapters", test_ordered_chapters);
  return g_test_run();
}
