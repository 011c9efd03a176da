/* The plan as a whole: it is a record, says the same of the same, and always says something: src/encode/plan.c. */
#include "fixture.h"
#include "wire/json.h"

static void test_is_a_record(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV("video h264 1920x1080 bit_rate_bps=8000000", "audio aac 2 eng default title=Main",
                                           "video mjpeg 60x90 attached_pic");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "container=mp4", NULL);
  g_autoptr(EncodePlan) again = fixture_plan(media, "container=mp4", NULL);
  g_assert_true(record_equal(&encode_plan_table, plan, again));
  g_autoptr(json_t) json = json_from_record(&encode_plan_table, plan, JSON_FULL);
  g_autoptr(EncodePlan) read = record_new(&encode_plan_table);
  g_autoptr(GError) error = NULL;
  g_assert_true(json_to_record(&encode_plan_table, json, JSON_TRUSTED, read, NULL, &error));
  g_assert_true(record_equal(&encode_plan_table, plan, read));
  g_auto(GStrv) before = encode_command(plan, 0, "ffmpeg", "a", "b", "c"),
                after = encode_command(read, 0, "ffmpeg", "a", "b", "c");
  g_assert_true(g_strv_equal((const char *const *)before, (const char *const *)after));
}

/* Every codec with every container, engine, rule and a few sources: a decision with a reason, and each source stream once. */
static void test_all_combinations(void)
{
  static const char *const codecs[] = {"copy", "h264", "hevc", "av1", "vp9", "prores"};
  static const char *const containers[] = {"same", "mkv", "mp4", "webm", "mov"};
  static const char *const others[] = {"",
                                       "engine=handbrake",
                                       "audio_codec=opus;subtitles=drop",
                                       "audio=primary;add_stereo_downmix=true",
                                       "subtitles=burn-in;max_height=480;denoise=strong",
                                       "drop_unsupported=true;audio_codec=eac3"};
  static const char *const sources[] = {"mkv", "mp4", "mov", "webm", "avi", "ts", "strange", NULL};
  for (size_t s = 0; s < G_N_ELEMENTS(sources); s++) {
    const char *lines[] = {"video mpeg4 641x360 bit_rate_bps=3000000 field_order=tt",
                           "audio pcm_s16le 8 - default",
                           "audio - 0",
                           "subtitle hdmv_pgs_subtitle eng",
                           "subtitle - eng",
                           "attachment - x",
                           "data - tmcd",
                           NULL};
    g_autoptr(MediaInfo) media = fixture_media(sources[s], 60000, 30000000, lines);
    for (size_t n = 0; n < G_N_ELEMENTS(codecs) * G_N_ELEMENTS(containers) * G_N_ELEMENTS(others); n++) {
      size_t c = n % G_N_ELEMENTS(codecs), k = n / G_N_ELEMENTS(codecs) % G_N_ELEMENTS(containers);
      g_autofree char *settings = g_strdup_printf("codec=%s;container=%s;%s", codecs[c], containers[k],
                                                  others[n / G_N_ELEMENTS(codecs) / G_N_ELEMENTS(containers)]);
      g_autoptr(EncodePlan) plan = fixture_plan(media, settings, NULL);
      g_assert_cmpuint(strlen(plan->reason), >, 10);
      g_assert_cmpint(plan->commands->len > 0, ==, plan->decision == PLAN_ENCODE);
      g_assert_cmpuint(plan->actions->len, >=, media->streams->len);
    }
  }
}

static void test_extension(void)
{
  static const struct {
    const char *name, *container, *settings, *extension;
  } rows[] = {{"a.mkv", "mkv", "", ".mkv"},
              {"A.MKV", "mkv", "", ".MKV"},
              {"a.avi", "avi", "", ".mkv"},
              {"a.m4v", "mp4", "container=same", ".m4v"},
              {"a.mov", "mov", "container=mp4", ".mp4"},
              {"noext", "mkv", "", ".mkv"},
              {NULL, "mkv", "", ".mkv"},
              {"a.b.c.mp4", "mp4", "container=mp4", ".mp4"}};
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *lines[] = {"video h264 1920x1080 bit_rate_bps=8000000", NULL};
    g_autoptr(MediaInfo) media = fixture_media(rows[i].container, 60000, 30000000, lines);
    g_autoptr(Profile) profile = fixture_profile(rows[i].settings);
    g_autoptr(EncodePlan) plan = encode_plan(
        &(PlanInput){.media = media, .profile = profile, .capabilities = capabilities, .file_name = rows[i].name, .force = true});
    g_assert_cmpstr(plan->extension, ==, rows[i].extension);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/plan/record", test_is_a_record);
  g_test_add_func("/encode/plan/combinations", test_all_combinations);
  g_test_add_func("/encode/plan/extension", test_extension);
  return g_test_run();
}
