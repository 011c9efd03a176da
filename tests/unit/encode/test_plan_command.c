/* Command lines and the paths in them: src/encode/plan_command.c, plan_handbrake.c, encode_command.c. */
#include "fixture.h"

#define VIDEO "video h264 1920x1080 bit_rate_bps=8000000"

static char *whole(const EncodePlan *plan, size_t index, const char *input)
{
  g_auto(GStrv) argv = encode_command(plan, index, "ffmpeg", input, "/out/new.mkv", "/tmp/job/log");
  return g_strjoinv("\n", argv);
}

static void test_paths_cannot_be_options(void)
{
  static const char *const names[] = {"-i",
                                      "/lib/-y.mkv",
                                      "concat:a|b",
                                      "http://x/y.mkv",
                                      "/lib/{output}.mkv",
                                      "/lib/a b\n'c'.mkv",
                                      "pipe:0",
                                      "/lib/\xff.mkv",
                                      "subfile,,start,0,end,0,,:x"};
  g_autoptr(MediaInfo) media = FIXTURE_MKV(VIDEO);
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_auto(GStrv) argv = encode_command(plan, 0, "ffmpeg", names[i], "-out", NULL);
    g_autofree char *input = g_strconcat("file:", names[i], NULL);
    g_assert_true(g_strv_contains((const char *const *)argv, input));
    g_assert_true(g_strv_contains((const char *const *)argv, "file:-out"));
    g_assert_false(g_strv_contains((const char *const *)argv, names[i]) && strcmp(names[i], "-i") != 0);
    g_assert_cmpstr(argv[0], ==, "ffmpeg");
  }
}

/* Titles and tags from a hostile file stay what they are. */
static void test_titles_are_not_placeholders(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(VIDEO, "audio aac 2 eng title={output}", "audio aac 2 eng title={input:filter}");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "container=mp4", NULL);
  g_autofree char *command = whole(plan, 0, "/in.mkv");
  assert_contains(command, "handler_name={output}\n");
  assert_contains(command, "title={input:filter}\n");
}

static void test_cover_is_unpacked_and_attached(void)
{
  g_autoptr(MediaInfo) media =
      FIXTURE_MKV(VIDEO, "audio aac 2", "video mjpeg 60x90 attached_pic @filename=art.jpg @mimetype=image/jpeg",
                  "attachment ttf f.ttf font/ttf");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  g_assert_cmpuint(plan->commands->len, ==, 2);
  g_assert_true(((PlanCommand *)g_ptr_array_index(plan->commands, 0))->preparatory);
  g_assert_cmpint(encode_plan_passes(plan), ==, 1);
  g_autofree char *unpack = whole(plan, 0, "/in.mkv"), *main_command = whole(plan, 1, "/in.mkv");
  assert_contains(unpack, "-map\n0:2\n-c\ncopy");
  assert_contains(unpack, "file:/tmp/job/log-cover-2");
  assert_contains(main_command,
                  "-attach\nfile:/tmp/job/log-cover-2\n-metadata:s:3\nmimetype=image/jpeg\n-metadata:s:3\nfilename=art.jpg");
  g_assert_cmpint(fixture_action(plan, 2)->output_index, ==, 3);
  g_assert_cmpint(fixture_action(plan, 3)->output_index, ==, 2);
}

static void test_cover_in_mp4_is_copied(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(VIDEO, "video png 60x90 attached_pic", "audio aac 2");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "container=mp4", NULL);
  g_autofree char *command = fixture_command(plan);
  g_assert_cmpuint(plan->commands->len, ==, 1);
  assert_contains(command, "-map 0:0 -map 0:2 -map 0:1");
  assert_contains(command, "-disposition:2 attached_pic");
  assert_contains(command, "-tag:0 hvc1");
  assert_contains(command, "-movflags +faststart");
}

static void test_statistics_are_cleared(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(
      VIDEO " @BPS=8000000 @NUMBER_OF_BYTES-eng=1 @_STATISTICS_TAGS=BPS @DURATION=1 @MOOD=calm", "audio aac 2 @BPS=128000");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  g_autofree char *command = fixture_command(plan);
  assert_contains(command, "-metadata:s:0 BPS= ");
  assert_contains(command, "-metadata:s:0 NUMBER_OF_BYTES-eng= ");
  assert_contains(command, "-metadata:s:0 _STATISTICS_TAGS= ");
  assert_lacks(command, "-metadata:s:1");
  assert_lacks(command, "MOOD");
}

static void test_sources(void)
{
  static const struct {
    const char *container, *has, *lacks;
  } rows[] = {{"avi", "-fflags +genpts", "passthrough -c"},
              {"ts", "-fps_mode:0 vfr", "passthrough -c"},
              {"mp4", "-metadata major_brand=", "genpts"},
              {"mkv", "-fps_mode:0 passthrough", "genpts"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *lines[] = {VIDEO, "audio ac3 6", NULL};
    g_autoptr(MediaInfo) media = fixture_media(rows[i].container, 3600000, 4500000000, lines);
    g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
    g_autofree char *command = fixture_command(plan);
    assert_contains(command, rows[i].has);
    assert_lacks(command, rows[i].lacks);
    assert_contains(command, "-map_metadata 0 -map_chapters 0");
    assert_contains(command, "-nostdin -hide_banner -v error -nostats -progress pipe:1 -stats_period 0.5");
  }
}

static void test_two_passes(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(VIDEO, "audio aac 2");
  g_autoptr(EncodePlan) x264 =
      fixture_plan(media, "codec=h264;eligible_codecs=h264;two_pass=true;video_bit_rate_kbps=2000", NULL);
  g_autoptr(EncodePlan) x265 = fixture_plan(media, "two_pass=true;video_bit_rate_kbps=2000", NULL);
  g_autoptr(EncodePlan) svt = fixture_plan(media, "codec=av1;two_pass=true;video_bit_rate_kbps=2000", NULL);
  g_assert_cmpuint(x264->commands->len, ==, 2);
  g_assert_cmpint(encode_plan_passes(x264), ==, 2);
  g_assert_cmpint(encode_plan_passes(svt), ==, 1);
  g_assert_nonnull(svt->warnings[0]);
  g_autofree char *first = whole(x264, 0, "/in.mkv"), *second = whole(x264, 1, "/in.mkv");
  assert_contains(first, "-pass:0\n1\n-passlogfile:0\n/tmp/job/log\n-f\nnull\n-");
  assert_contains(second, "-pass:0\n2");
  g_auto(GStrv) argv = encode_command(x265, 1, "ffmpeg", "/in.mkv", "/out.mkv", "/tmp/a:b'c/log");
  g_autofree char *escaped = g_strjoinv("\n", argv);
  assert_contains(escaped, "pass=2:stats=/tmp/a\\:b\\'c/log");
}

static void test_burnt_subtitles(void)
{
  g_autoptr(MediaInfo) text = FIXTURE_MKV(VIDEO, "subtitle subrip eng", "subtitle ass eng forced");
  g_autoptr(MediaInfo) pictures = FIXTURE_MKV(VIDEO, "audio aac 2", "subtitle hdmv_pgs_subtitle eng");
  g_autoptr(EncodePlan) drawn = fixture_plan(text, "subtitles=burn-in", NULL),
                        laid = fixture_plan(pictures, "subtitles=burn-in", NULL);
  g_autofree char *one = whole(drawn, 0, "/a:b,[c]';x.mkv"), *two = whole(laid, 0, "/in.mkv");
  assert_contains(one, "subtitles=filename=file\\\\:/a\\\\:b\\,\\[c\\]\\\\\\'\\;x.mkv:si=1");
  assert_contains(two, "-filter_complex\n[0:0][0:2]overlay=eof_action=pass:repeatlast=0[picture]");
  assert_contains(two, "-map\n[picture]\n-map\n0:1");
}

static void test_needs(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(VIDEO);
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  g_autofree char *needs = g_strjoinv(" ", plan->needs);
  g_assert_cmpstr(needs, ==, "ffmpeg encoder:libx265");
}

static void test_handbrake(void)
{
  static const struct {
    const char *settings, *streams[4];
    const char *has; /* NULL: refused */
  } rows[] = {
      {"", {"audio aac 2 eng default", "subtitle subrip eng"}, "-e x265 -q"},
      {"bit_depth=10", {"audio aac 2 eng default"}, "-e x265_10bit"},
      {"max_height=720", {NULL}, "--maxWidth 1280 --maxHeight 720"},
      {"", {"audio aac 2 eng default", "audio ac3 6 eng"}, "--audio 1,2 --aencoder copy"},
      {"container=mp4", {"audio aac 2 eng default"}, "-f av_mp4 --markers --optimize"},
      {"", {"audio aac 2 eng", "audio ac3 6 eng default"}, NULL},
      {"", {"audio aac 2 eng default comment"}, NULL},
      {"", {"audio vorbis 2 eng default"}, NULL},
      {"", {"attachment ttf f.ttf font/ttf"}, NULL},
      {"", {"video mjpeg 60x90 attached_pic"}, NULL},
      {"subtitles=burn-in", {"subtitle subrip eng"}, NULL},
  };
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(FIXTURE_CPU);
  capabilities->handbrake_version = g_strdup("1.6.1");
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *lines[6] = {VIDEO};
    for (size_t k = 0; k < 4 && rows[i].streams[k]; k++)
      lines[k + 1] = rows[i].streams[k];
    g_autoptr(MediaInfo) media = fixture_media("mkv", 3600000, 4500000000, lines);
    g_autoptr(Profile) profile = fixture_profile("engine=handbrake");
    fixture_set(profile, rows[i].settings);
    g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = media, .profile = profile, .capabilities = capabilities});
    g_test_message("%s: %s", rows[i].settings, plan->reason);
    g_assert_cmpint(plan->decision, ==, rows[i].has ? PLAN_ENCODE : PLAN_REFUSE);
    if (!rows[i].has)
      continue;
    g_autofree char *command = fixture_command(plan);
    assert_contains(command, rows[i].has);
    g_auto(GStrv) argv = encode_command(plan, 0, "HandBrakeCLI", "/in.mkv", "/out.mkv", NULL);
    g_assert_true(g_strv_contains((const char *const *)argv, "/in.mkv"));
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/command/paths", test_paths_cannot_be_options);
  g_test_add_func("/encode/command/titles", test_titles_are_not_placeholders);
  g_test_add_func("/encode/command/cover", test_cover_is_unpacked_and_attached);
  g_test_add_func("/encode/command/cover-mp4", test_cover_in_mp4_is_copied);
  g_test_add_func("/encode/command/statistics", test_statistics_are_cleared);
  g_test_add_func("/encode/command/sources", test_sources);
  g_test_add_func("/encode/command/two-passes", test_two_passes);
  g_test_add_func("/encode/command/burnt", test_burnt_subtitles);
  g_test_add_func("/encode/command/needs", test_needs);
  g_test_add_func("/encode/command/handbrake", test_handbrake);
  return g_test_run();
}
