/* What becomes of audio, subtitles, attachments, covers, data and flags, by container: src/encode/plan_audio.c, plan_subtitle.c,
 * plan_attachment.c, plan_container.c, plan_flags.c, stream_language.c. */
#include "encode/plan_internal.h"
#include "fixture.h"

#define VIDEO "video h264 1920x1080 bit_rate_bps=8000000"

typedef struct {
  const char *name, *container, *settings;
  const char *streams[6]; /* after the video */
  const char *expected;   /* decision or container, then per stream action:codec */
} StreamRow;

static const StreamRow rows[] = {
    {"everything in mkv",
     "mkv",
     "",
     {"audio dts 6 eng default", "audio truehd 8 eng", "subtitle hdmv_pgs_subtitle eng", "subtitle ass jpn",
      "attachment ttf font.ttf font/ttf"},
     "mkv keep:dts keep:truehd keep:hdmv_pgs_subtitle keep:ass keep:ttf"},
    {"no audio", "mkv", "", {NULL}, "mkv"},
    {"cover", "mkv", "", {"audio aac 2", "video mjpeg 600x900 attached_pic"}, "mkv keep:aac keep:mjpeg"},
    {"second video", "mkv", "", {"video h264 640x360", "audio aac 2"}, "mkv keep:h264 keep:aac"},
    {"mov_text in mkv", "mp4", "", {"audio aac 2", "subtitle mov_text eng"}, "mkv keep:aac convert:subrip"},
    {"pcm_dvd in mkv", "ps", "", {"audio pcm_dvd 2"}, "mkv convert:flac"},
    {"pcm of AVI in mkv", "avi", "", {"audio pcm_s16le 2"}, "mkv keep:pcm_s16le"},
    {"teletext", "ts", "", {"audio mp2 2", "subtitle dvb_teletext deu"}, "skip"},
    {"teletext dropped", "ts", "drop_unsupported=true", {"audio mp2 2", "subtitle dvb_teletext deu"}, "mkv keep:mp2 drop:"},
    {"latm", "ts", "", {"audio aac_latm 2"}, "skip"},
    {"latm converted", "ts", "audio_codec=aac", {"audio aac_latm 2"}, "mkv convert:aac"},
    {"same mp4", "mp4", "container=same", {"audio aac 2", "subtitle mov_text eng"}, "mp4 keep:aac keep:mov_text"},
    {"same mp4 with DTS in it", "mp4", "container=same", {"audio dts 6"}, "mp4 keep:dts"},
    {"same mp4 with PCM in it", "mp4", "container=same", {"audio pcm_s16le 2"}, "mkv keep:pcm_s16le"},
    {"same webm", "webm", "container=same", {"audio opus 2"}, "mkv keep:opus"},
    {"same webm to av1",
     "webm",
     "container=same;codec=av1",
     {"audio opus 2", "subtitle webvtt eng"},
     "webm keep:opus keep:webvtt"},
    {"same avi", "avi", "container=same", {"audio mp3 2"}, "mkv keep:mp3"},
    {"mp4", "mkv", "container=mp4", {"audio aac 2", "subtitle subrip eng"}, "mp4 keep:aac convert:mov_text"},
    {"mp4 with pgs", "mkv", "container=mp4", {"audio aac 2", "subtitle hdmv_pgs_subtitle eng"}, "refuse"},
    {"mp4 with vobsub", "mkv", "container=mp4", {"audio aac 2", "subtitle dvd_subtitle eng"}, "refuse"},
    {"mp4 with pgs, subtitles dropped",
     "mkv",
     "container=mp4;subtitles=drop",
     {"audio aac 2", "subtitle hdmv_pgs_subtitle eng"},
     "mp4 keep:aac drop:"},
    {"mp4 with truehd", "mkv", "container=mp4", {"audio truehd 8"}, "mp4 convert:flac"},
    {"mp4 with truehd as eac3", "mkv", "container=mp4;audio_codec=eac3", {"audio truehd 6"}, "mp4 convert:eac3"},
    {"mp4 with wma", "mkv", "container=mp4", {"audio wmav2 2"}, "refuse"},
    {"mp4 with fonts", "mkv", "container=mp4", {"audio aac 2", "attachment ttf a.ttf font/ttf"}, "refuse"},
    {"mp4 with cover", "mkv", "container=mp4", {"audio aac 2", "video mjpeg 600x900 attached_pic"}, "mp4 keep:aac keep:mjpeg"},
    {"mp4 with gif cover", "mkv", "container=mp4", {"video gif 60x90 attached_pic"}, "refuse"},
    {"mov with opus", "mkv", "container=mov", {"audio opus 2"}, "refuse"},
    {"webm with aac", "mkv", "container=webm;codec=av1", {"audio aac 2"}, "refuse"},
    {"webm with aac as opus",
     "mkv",
     "container=webm;codec=av1;audio_codec=opus",
     {"audio aac 6", "subtitle subrip eng"},
     "webm convert:opus convert:webvtt"},
    {"webm with cover", "mkv", "container=webm;codec=av1", {"audio opus 2", "video mjpeg 60x90 attached_pic"}, "refuse"},
    {"already the audio codec", "mkv", "audio_codec=aac", {"audio aac 6", "audio ac3 6"}, "mkv keep:aac convert:aac"},
    {"by language",
     "mkv",
     "audio=by-language;audio_languages=de,eng",
     {"audio aac 2 ger", "audio aac 2 fre", "audio aac 2", "audio ac3 6 eng"},
     "mkv keep:aac drop: keep:aac keep:ac3"},
    {"by language, none there",
     "mkv",
     "audio=by-language;audio_languages=jpn",
     {"audio aac 2 ger", "audio aac 2 fre"},
     "mkv keep:aac keep:aac"},
    {"primary",
     "mkv",
     "audio=primary",
     {"audio aac 2 eng comment default", "audio aac 2 eng", "audio ac3 6 eng default"},
     "mkv drop: drop: keep:ac3"},
    {"primary without flags", "mkv", "audio=primary", {"audio aac 2 eng", "audio ac3 6 eng"}, "mkv keep:aac drop:"},
    {"downmix", "mkv", "add_stereo_downmix=true", {"audio dts 6 eng default"}, "mkv keep:dts add:aac"},
    {"downmix not needed",
     "mkv",
     "add_stereo_downmix=true",
     {"audio dts 6 eng default", "audio aac 2 eng"},
     "mkv keep:dts keep:aac"},
    {"downmix beside commentary",
     "mkv",
     "add_stereo_downmix=true",
     {"audio dts 6 eng default", "audio aac 2 eng comment"},
     "mkv keep:dts keep:aac add:aac"},
    {"subtitles by language",
     "mkv",
     "subtitles=by-language;subtitle_languages=eng",
     {"subtitle subrip en-GB language=en-GB", "subtitle subrip fre"},
     "mkv keep:subrip drop:"},
    {"burn in text", "mkv", "subtitles=burn-in", {"subtitle subrip eng", "subtitle ass eng forced"}, "mkv keep:subrip drop:"},
    {"burn in pictures", "mkv", "subtitles=burn-in", {"subtitle hdmv_pgs_subtitle eng default"}, "mkv drop:"},
    {"burn in nothing", "mkv", "subtitles=burn-in", {"audio aac 2"}, "mkv keep:aac"},
    {"timecode", "mov", "", {"audio pcm_s16le 2", "data - tmcd"}, "mkv keep:pcm_s16le drop:"},
    {"chapter text", "mp4", "", {"audio aac 2", "data bin_data text"}, "mkv keep:aac drop:"},
    {"telemetry", "mp4", "", {"audio aac 2", "data bin_data gpmd"}, "skip"},
    {"telemetry in the same container",
     "mp4",
     "container=same",
     {"audio aac 2", "data bin_data gpmd"},
     "mp4 keep:aac keep:bin_data"},
    {"phone metadata", "mov", "container=same", {"audio aac 2", "data - mebx"}, "skip"},
    {"phone metadata dropped",
     "mov",
     "container=same;drop_unsupported=true",
     {"audio aac 2", "data - mebx"},
     "mov keep:aac drop:"},
    {"signalling", "ts", "", {"audio ac3 6", "data scte_35 -"}, "mkv keep:ac3 drop:"},
    {"unknown data", "ts", "", {"audio ac3 6", "data - -"}, "skip"},
};

static char *describe(const EncodePlan *plan)
{
  if (plan->decision != PLAN_ENCODE)
    return g_strdup(enum_name(&plan_decision_table, plan->decision));
  GString *text = g_string_new(plan->container);
  for (guint i = 1; i < plan->actions->len; i++) {
    const StreamAction *action = fixture_action(plan, i);
    g_string_append_printf(text, " %s:%s", enum_name(&stream_action_table, action->action),
                           action->to_codec ? action->to_codec : "");
    g_assert_cmpint(action->output_index == FIELD_NULL_INT, ==, action->action == ACTION_DROP);
    g_assert_cmpuint(strlen(action->reason), >, 5);
  }
  return g_string_free(text, FALSE);
}

static void test_rows(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *lines[8] = {VIDEO};
    for (size_t k = 0; k < G_N_ELEMENTS(rows[i].streams) && rows[i].streams[k]; k++)
      lines[k + 1] = rows[i].streams[k];
    g_autoptr(MediaInfo) media = fixture_media(rows[i].container, 3600000, 4500000000, lines);
    g_autoptr(EncodePlan) plan = fixture_plan(media, rows[i].settings, NULL);
    g_autofree char *found = describe(plan);
    if (strcmp(found, rows[i].expected) != 0)
      g_error("%s: expected \"%s\", found \"%s\": %s", rows[i].name, rows[i].expected, found, plan->reason);
    g_assert_cmpuint(plan->actions->len, >=, media->streams->len);
    for (guint k = 0; k < media->streams->len; k++)
      g_assert_cmpint(fixture_action(plan, k)->source_index, ==, k);
  }
}

static void test_thirty_tracks(void)
{
  const char *lines[32] = {VIDEO};
  for (int i = 1; i <= 30; i++)
    lines[i] = i % 2 ? "audio aac 2 eng" : "audio ac3 6 jpn";
  g_autoptr(MediaInfo) media = fixture_media("mkv", 3600000, 9000000000, lines);
  g_autoptr(EncodePlan) plan = fixture_plan(media, "", NULL);
  g_autofree char *command = fixture_command(plan);
  g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
  g_assert_cmpint(fixture_action(plan, 30)->output_index, ==, 30);
  assert_contains(command, "-map 0:30 ");
  assert_contains(command, "-c:30 copy");
}

/* Flags that a container cannot say are taken from the promise, with a warning. */
static void test_flags(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(VIDEO, "audio aac 2 eng default original", "subtitle subrip eng forced");
  g_autoptr(EncodePlan) mkv = fixture_plan(media, "", NULL), mp4 = fixture_plan(media, "container=mp4", NULL),
                        mov = fixture_plan(media, "container=mov", NULL);
  g_autofree char *in_mkv = fixture_command(mkv), *in_mp4 = fixture_command(mp4), *in_mov = fixture_command(mov);
  assert_contains(in_mkv, "-disposition:0 0 ");
  assert_contains(in_mkv, "-disposition:1 default+original");
  assert_contains(in_mkv, "-disposition:2 forced");
  assert_contains(in_mp4, "-disposition:1 default ");
  assert_contains(in_mp4, "-disposition:2 forced");
  assert_contains(in_mov, "-disposition:2 0");
  g_assert_null(mkv->warnings[0]);
  assert_contains(mp4->warnings[0], "original");
  g_assert_nonnull(mov->warnings[1]);
}

static void test_channels_are_limited(void)
{
  g_autoptr(MediaInfo) media = FIXTURE_MKV(VIDEO, "audio truehd 8 eng");
  g_autoptr(EncodePlan) plan = fixture_plan(media, "audio_codec=ac3", NULL);
  g_autofree char *command = fixture_command(plan);
  assert_contains(command, "-ac:1 6");
  assert_contains(command, "-b:1 576k");
  g_assert_cmpint(fixture_action(plan, 1)->channels, ==, 6);
  g_assert_nonnull(plan->warnings[0]);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/streams/rows", test_rows);
  g_test_add_func("/encode/streams/thirty-tracks", test_thirty_tracks);
  g_test_add_func("/encode/streams/flags", test_flags);
  g_test_add_func("/encode/streams/channels", test_channels_are_limited);
  return g_test_run();
}
