/* What each choice makes of each kind of file: sizes, encoders, tracks, tags; what is refused; what a result is held to. */
#include "base/error.h"
#include "convert/recipe.h"
#include "encode/fixture.h"

#include <string.h>

static char *command_of(const EncodePlan *plan)
{
  g_assert_cmpuint(plan->commands->len, ==, 1);
  return g_strjoinv(" ", ((const PlanCommand *)plan->commands->pdata[0])->arguments);
}

static EncodePlan *plan_for(const MediaInfo *media, ConvertChoice choice)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  EncodePlan *plan = recipe_plan(media, &choice, capabilities, &error);
  g_assert_no_error(error);
  return plan;
}

static void test_sizes(void)
{
  static const struct {
    const char *video;
    int resolution;
    int64_t width, height;
  } rows[] = {
      {"video h264 1920x1080", CONVERT_SOURCE, 1920, 1080},
      {"video h264 1920x1080", CONVERT_720P, 1280, 720},
      {"video h264 1280x720", CONVERT_1080P, 1280, 720}, /* nothing is made larger */
      {"video h264 1921x1081", CONVERT_SOURCE, 1922, 1082},
      {"video h264 3840x1600", CONVERT_1080P, 1920, 800},
      {"video h264 1080x1920", CONVERT_720P, 720, 1280},
      {"video h264 640x480", CONVERT_360P, 480, 360},
      {"video dvvideo 720x576 sample_aspect=64:45", CONVERT_SOURCE, 1024, 576},
      {"video dvvideo 720x480 sample_aspect=8:9", CONVERT_SOURCE, 720, 540},
      {"video h264 2x2", CONVERT_SOURCE, 2, 2},
      {"video h264 1920x1080 sample_aspect=0:1", CONVERT_SOURCE, 1920, 1080},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].video);
    g_autoptr(MediaInfo) media = FIXTURE_MKV(rows[i].video);
    g_autoptr(EncodePlan) plan = plan_for(media, (ConvertChoice){CONVERT_PRORES, rows[i].resolution, CONVERT_LOW});
    g_assert_cmpint(plan->width, ==, rows[i].width);
    g_assert_cmpint(plan->height, ==, rows[i].height);
  }
}

static void test_commands(void)
{
  static const struct {
    const char *video, *audio;
    ConvertChoice choice;
    const char *has[4], *lacks;
  } rows[] = {
      {"video h264 1920x1080",
       "audio aac 2",
       {CONVERT_PRORES, CONVERT_SOURCE, CONVERT_LOW},
       {"-c:0 prores_ks", "-profile:0 proxy", "-c:1 pcm_s16le", "-f mov"},
       "faststart"},
      {"video h264 1920x1080",
       "audio flac 2 sample_format=s32",
       {CONVERT_DNXHR, CONVERT_1080P, CONVERT_HIGH},
       {"-c:0 dnxhd", "-profile:0 dnxhr_hq", "-c:1 pcm_s24le", "-f mov"},
       "-b:1"},
      {"video h264 1920x1080",
       "audio aac 6",
       {CONVERT_H264, CONVERT_720P, CONVERT_MEDIUM},
       {"-c:0 libx264", "-crf:0 23", "-b:1 480k", "-movflags +faststart -f mp4"},
       "-ac"},
      {"video h264 1920x1080",
       "audio pcm_s16le 16",
       {CONVERT_HEVC, CONVERT_720P, CONVERT_MEDIUM},
       {"-c:0 libx265", "-tag:0 hvc1", "-ac:1 2 -b:1 160k", "-f mp4"},
       "pcm_"},
      {"video h264 1920x1080", "audio aac 1", {CONVERT_AV1, CONVERT_720P, CONVERT_LOW}, {"-c:0 libsvtav1", "-b:1 80k"}, "bwdif"},
      {"video hevc 3840x2160 color_transfer=smpte2084",
       "audio aac 1",
       {CONVERT_H264, CONVERT_1080P, CONVERT_LOW},
       {"tonemap", "-color_trc bt709"},
       "bwdif"},
      {"video hevc 3840x2160 color_transfer=smpte2084",
       "audio aac 1",
       {CONVERT_PRORES, CONVERT_1080P, CONVERT_LOW},
       {"prores"},
       "tonemap"},
      {"video mpeg2video 1920x1080 field_order=tt",
       "audio aac 1",
       {CONVERT_H264, CONVERT_1080P, CONVERT_LOW},
       {"bwdif"},
       "tonemap"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(MediaInfo) media = FIXTURE_MKV(rows[i].video, rows[i].audio, "subtitle subrip", "attachment ttf f.ttf font/ttf");
    g_autoptr(EncodePlan) plan = plan_for(media, rows[i].choice);
    g_autofree char *command = command_of(plan);
    g_test_message("%s", command);
    for (size_t at = 0; at < G_N_ELEMENTS(rows[i].has) && rows[i].has[at]; at++)
      g_assert_nonnull(strstr(command, rows[i].has[at]));
    g_assert_null(strstr(command, rows[i].lacks));
    g_assert_nonnull(strstr(command, "-map 0:0 -map 0:1 -filter"));
    g_assert_nonnull(strstr(command, "-map_metadata -1 -map_chapters -1"));
    g_assert_cmpuint(plan->actions->len, ==, 2);
    g_assert_cmpint(plan->predicted_bytes, >, 1000000);
  }
}

static void test_tags(void)
{
  g_autoptr(MediaInfo) media =
      FIXTURE_MKV("video h264 1920x1080 @timecode=01:02:03;04 @comment=-f @creation_time=2024-01-02T03:04:05.000000Z");
  g_autoptr(EncodePlan) plan = plan_for(media, convert_preset(CONVERT_PRESET_PRORES_PROXY));
  g_autofree char *command = command_of(plan);
  g_assert_nonnull(strstr(command, "-metadata timecode=01:02:03;04 -metadata creation_time=2024-01-02T03:04:05.000000Z"));
  g_assert_null(strstr(command, "comment"));
  g_autoptr(MediaInfo) bad = FIXTURE_MKV("video h264 1920x1080 @timecode=$(reboot)");
  g_autoptr(EncodePlan) other = plan_for(bad, convert_preset(CONVERT_PRESET_PRORES_PROXY));
  g_autofree char *without = command_of(other);
  g_assert_null(strstr(without, "timecode"));
}

static void test_refused(void)
{
  static const struct {
    const char *stream;
    ConvertChoice choice;
    const char *encoders;
    ReeveErrorCode code;
  } rows[] = {
      {"audio aac 2", {CONVERT_H264, CONVERT_SOURCE, CONVERT_LOW}, FIXTURE_CPU, REEVE_ERROR_CORRUPT},
      {"video mjpeg 500x500 attached_pic", {CONVERT_H264, CONVERT_SOURCE, CONVERT_LOW}, FIXTURE_CPU, REEVE_ERROR_CORRUPT},
      {"video - 1920x1080", {CONVERT_H264, CONVERT_SOURCE, CONVERT_LOW}, FIXTURE_CPU, REEVE_ERROR_CORRUPT},
      {"video h264 0x0", {CONVERT_H264, CONVERT_SOURCE, CONVERT_LOW}, FIXTURE_CPU, REEVE_ERROR_CORRUPT},
      {"video h264 1920x1080", {CONVERT_HEVC, CONVERT_SOURCE, CONVERT_LOW}, "libx264", REEVE_ERROR_INVALID},
      {"video h264 128x96", {CONVERT_DNXHR, CONVERT_SOURCE, CONVERT_LOW}, FIXTURE_CPU, REEVE_ERROR_INVALID},
      {"video h264 20000x20000", {CONVERT_H264, CONVERT_SOURCE, CONVERT_LOW}, FIXTURE_CPU, REEVE_ERROR_INVALID},
      {"video h264 100x100 sample_aspect=1:1000000",
       {CONVERT_H264, CONVERT_SOURCE, CONVERT_LOW},
       FIXTURE_CPU,
       REEVE_ERROR_INVALID},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(MediaInfo) media = FIXTURE_MKV(rows[i].stream);
    g_autoptr(CapabilitySet) capabilities = fixture_capabilities(rows[i].encoders);
    g_assert_null(recipe_plan(media, &rows[i].choice, capabilities, &error));
    g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
  }
}

static void test_check(void)
{
  static const struct {
    const char *video, *audio;
    int64_t duration_ms;
    bool good;
  } rows[] = {
      {"video prores 1280x720", "audio pcm_s16le 2", 3600000, true},
      {"video prores 720x1280", "audio pcm_s16le 2", 3600000, true}, /* turned upright */
      {"video prores 1280x720", "audio pcm_s16le 2", 3500000, true},
      {"video prores 1280x720", "audio pcm_s16le 2", 1800000, false},
      {"video h264 1280x720", "audio pcm_s16le 2", 3600000, false},
      {"video prores 1280x718", "audio pcm_s16le 2", 3600000, false},
      {"video prores 1280x720", "subtitle mov_text", 3600000, false},
      {"audio pcm_s16le 2", "audio pcm_s16le 2", 3600000, false},
  };
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080", "audio aac 2");
  g_autoptr(EncodePlan) plan = plan_for(media, (ConvertChoice){CONVERT_PRORES, CONVERT_720P, CONVERT_LOW});
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(MediaInfo) output =
        fixture_media("mov", rows[i].duration_ms, 1000, (const char *const[]){rows[i].video, rows[i].audio, NULL});
    g_assert_true(recipe_check(media, plan, output, &error) == rows[i].good);
    if (!rows[i].good)
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CORRUPT);
  }
}

static void test_names(void)
{
  static const struct {
    const char *from;
    ConvertChoice choice;
    const char *to;
  } rows[] = {
      {"film.mkv", {CONVERT_PRORES, CONVERT_1080P, CONVERT_LOW}, "film.prores-low-1080p.mov"},
      {"film", {CONVERT_H264, CONVERT_SOURCE, CONVERT_HIGH}, "film.h264-high-source.mp4"},
      {"Der.Film.2024", {CONVERT_AV1, CONVERT_720P, CONVERT_MEDIUM}, "Der.Film.av1-medium-720p.mp4"},
      {"a film with. a longer ending",
       {CONVERT_HEVC, CONVERT_720P, CONVERT_LOW},
       "a film with. a longer ending.hevc-low-720p.mp4"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = recipe_name(rows[i].from, &rows[i].choice);
    g_assert_cmpstr(name, ==, rows[i].to);
  }
  g_autofree char *umlauts = g_strnfill(199, 'x');
  memcpy(umlauts + 158, "\xc3\xa4\xc3\xa4", 4);
  g_autofree char *long_name = recipe_name(umlauts, &rows[0].choice);
  g_assert_true(g_utf8_validate(long_name, -1, NULL) && g_str_has_suffix(long_name, ".prores-low-1080p.mov") &&
                strlen(long_name) <= 200);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < convert_preset_table.n_rows; i++)
    g_assert_nonnull(enum_name(&convert_codec_table, convert_preset((ConvertPreset)convert_preset_table.rows[i].value).codec));
  g_test_add_func("/recipe/sizes", test_sizes);
  g_test_add_func("/recipe/commands", test_commands);
  g_test_add_func("/recipe/tags", test_tags);
  g_test_add_func("/recipe/refused", test_refused);
  g_test_add_func("/recipe/check", test_check);
  g_test_add_func("/recipe/names", test_names);
  return g_test_run();
}
