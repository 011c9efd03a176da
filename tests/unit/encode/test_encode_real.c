/* The whole way with real programs: small media are made with ffmpeg, planned, encoded, probed and held to the contract. Needs
 * ffmpeg with libx264, libx265 and SVT-AV1, and says "skipped" where one is missing. */
#include "encode/contract.h"
#include "encode/decode_check.h"
#include "encode/progress.h"
#include "fixture.h"
#include "media/capability_try.h"
#include "media/probe.h"
#include "sys/child.h"
#include "sys/fs.h"

typedef struct {
  char *directory;
  ProbePool *pool;
  CapabilitySet *capabilities;
} Real;

static char *run(const char *const *argv)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL, *errors = NULL;
  ChildExit ended = {0};
  const ChildParams params = {
      .argv = argv, .output = CHILD_PIPE, .errors = CHILD_PIPE, .environment = (const char *const[]){"SVT_LOG=1", NULL}};
  if (!child_run(&params, 120000, NULL, 1 << 20, &output, &errors, &ended, &error))
    g_error("%s", error->message);
  if (ended.exit_code != 0)
    g_error("%s ended with %d: %s", argv[0], ended.exit_code, errors);
  return g_steal_pointer(&output);
}

/* Runs ffmpeg with words separated by spaces; "@name" is a file in the test's directory. */
static void make(const Real *real, const char *line)
{
  g_auto(GStrv) words = g_strsplit(line, " ", -1);
  GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
  const char *const start[] = {"ffmpeg", "-nostdin", "-v", "error", "-y"};
  for (size_t i = 0; i < G_N_ELEMENTS(start); i++)
    g_ptr_array_add(argv, g_strdup(start[i]));
  for (char **word = words; *word; word++)
    g_ptr_array_add(argv, **word == '@' ? g_build_filename(real->directory, *word + 1, NULL) : g_strdup(*word));
  g_ptr_array_add(argv, NULL);
  g_free(run((const char *const *)argv->pdata));
  g_ptr_array_unref(argv);
}

static void write_file(const Real *real, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename(real->directory, name, NULL);
  g_assert_true(g_file_set_contents(path, content, -1, NULL));
}

static MediaInfo *probe(const Real *real, const char *path)
{
  g_autoptr(GError) error = NULL;
  MediaInfo *media = probe_file(real->pool, path, NULL, &error);
  if (!media)
    g_error("%s", error->message);
  return media;
}

/* Plans and encodes `name`; the output's probe, or NULL if an encoder is missing here. */
static MediaInfo *encode(const Real *real, const char *name, const char *settings, MediaInfo **ret_source, EncodePlan **ret_plan)
{
  g_autofree char *input = g_build_filename(real->directory, name, NULL);
  g_autofree char *log = g_build_filename(real->directory, "job", NULL);
  g_autoptr(MediaInfo) source = probe(real, input);
  g_autoptr(Profile) profile = fixture_profile("preset=ultrafast;min_bits_per_pixel=0");
  fixture_set(profile, settings);
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = source,
                                                        .profile = profile,
                                                        .capabilities = real->capabilities,
                                                        .file_name = name,
                                                        .link_count = 1,
                                                        .force = true});
  if (plan->skip == SKIP_NO_ENCODER) {
    g_test_message("skipped: %s", plan->reason);
    return NULL;
  }
  if (plan->decision != PLAN_ENCODE)
    g_error("%s %s: %s", name, settings, plan->reason);
  g_autofree char *output = g_strconcat(real->directory, "/-out", plan->extension, NULL);
  g_autoptr(ProgressParser) parser = progress_parser_new(
      ENGINE_FFMPEG, source->duration_ms, frame_rate_value(media_info_video(source)->frame_rate), encode_plan_passes(plan));
  EncodeProgress progress = {0};
  for (guint i = 0; i < plan->commands->len; i++) {
    g_auto(GStrv) argv = encode_command(plan, i, "ffmpeg", input, output, log);
    g_autofree char *said = run((const char *const *)argv);
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
    for (char **line = lines; *line; line++)
      progress_parser_line(parser, *line, 1000, &progress);
    if (!((PlanCommand *)g_ptr_array_index(plan->commands, i))->preparatory)
      progress_parser_next_pass(parser);
  }
  g_assert_cmpfloat(progress.fraction, >, 0.5);
  g_autoptr(MediaInfo) made = probe(real, output);
  *ret_source = g_steal_pointer(&source);
  *ret_plan = g_steal_pointer(&plan);
  return g_steal_pointer(&made);
}

static void check(const Real *real, const char *name, const char *settings)
{
  g_autoptr(MediaInfo) source = NULL;
  g_autoptr(EncodePlan) plan = NULL;
  g_autoptr(MediaInfo) output = encode(real, name, settings, &source, &plan);
  if (!output)
    return;
  g_autoptr(GPtrArray) breaches =
      contract_check(&(ContractInput){.plan = plan, .source = source, .output = output, .min_saving_percent = -1});
  if (breaches->len > 0) {
    const ContractBreach *breach = g_ptr_array_index(breaches, 0);
    g_error("%s %s: %s: %s", name, settings, breach->rule, breach->message);
  }
  g_autofree char *path = g_strconcat(real->directory, "/-out", plan->extension, NULL);
  g_auto(GStrv) arguments = decode_check_arguments(&(DecodeCheckInput){.output = path, .check = DECODE_FULL});
  GPtrArray *argv = g_ptr_array_new();
  g_ptr_array_add(argv, (char *)"ffmpeg");
  for (char **argument = arguments; *argument; argument++)
    g_ptr_array_add(argv, *argument);
  g_ptr_array_add(argv, NULL);
  g_free(run((const char *const *)argv->pdata));
  g_ptr_array_unref(argv);
}

/* Two audio tracks, three subtitles, a font, a cover, chapters, tags and flags that are not the muxers' choice. */
static void make_rich(const Real *real)
{
  write_file(real, "a.srt", "1\n00:00:00,200 --> 00:00:01,000\nHello\n");
  write_file(real, "m.txt",
             ";FFMETADATA1\ntitle=A film\nartist=Nobody\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
             "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two = 2\n");
  write_file(real, "f.ttf", "not really a font");
  make(real, "-f lavfi -i testsrc2=s=160x90:r=24:d=0.1 -frames:v 1 @c.jpg");
  make(real,
       "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -f lavfi -i sine=440:d=2 -f lavfi -i sine=220:d=2 -i @a.srt -i @a.srt -i @m.txt "
       "-map 0 -map 1 -map 2 -map 3 -map 4 -map_metadata 5 -map_chapters 5 -c:v libx264 -preset ultrafast -c:a:0 ac3 -c:a:1 aac "
       "-c:s:0 srt -c:s:1 ass -metadata:s:a:0 language=ger -metadata:s:a:1 language=eng -metadata:s:a:1 title=Talk "
       "-metadata:s:v BPS=123456 -metadata:s:s:1 language=fre -disposition:v 0 -disposition:a:0 0 -disposition:a:1 "
       "default+comment -disposition:s:0 forced -disposition:s:1 hearing_impaired -default_mode passthrough "
       "-attach @f.ttf -metadata:s:5 mimetype=font/ttf -attach @c.jpg -metadata:s:6 mimetype=image/jpeg @rich.mkv");
  make(real, "-i @rich.mkv -map 0:0 -map 0:1 -map 0:2 -map 0:3 -c copy -c:s mov_text -metadata:s:2 handler_name=Talk @rich.mp4");
}

static void test_rich(gconstpointer data)
{
  const Real *real = data;
  make_rich(real);
  check(real, "rich.mkv", "");
  check(real, "rich.mkv", "codec=av1;preset=13");
  check(real, "rich.mkv", "codec=h264");
  check(real, "rich.mkv", "container=mp4;drop_unsupported=true");
  check(real, "rich.mkv", "audio_codec=opus;max_height=90");
  check(real, "rich.mkv", "codec=copy;audio=by-language;audio_languages=de");
  check(real, "rich.mkv", "codec=av1;preset=13;container=webm;audio_codec=opus;drop_unsupported=true");
  check(real, "rich.mp4", "");
  check(real, "rich.mp4", "container=same");
  check(real, "rich.mp4", "subtitles=burn-in");
}

static void test_hdr(gconstpointer data)
{
  const Real *real = data;
  make(real, "-f lavfi -i testsrc2=s=320x180:r=24:d=1 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params "
             "log-level=error:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display="
             "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400 -color_primaries bt2020 "
             "-color_trc smpte2084 -colorspace bt2020nc @hdr.mkv");
  check(real, "hdr.mkv", "");
  check(real, "hdr.mkv", "codec=av1;preset=13");
  check(real, "hdr.mkv", "codec=h264");
  check(real, "hdr.mkv", "container=mp4");
  check(real, "hdr.mkv", "tone_map=true;codec=h264");
}

static int compare_times(const void *a, const void *b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* When each picture of a Matroska file is shown, in milliseconds after the file's beginning and in order: the third column of
 * ffmpeg's framecrc. Version 7 lets a film begin before 0, with what its sound is primed with, and stores that as 0. */
static GArray *shown_at(const Real *real, const char *name, int64_t start_ms)
{
  g_autofree char *path = g_build_filename(real->directory, name, NULL);
  g_autofree char *text = run((const char *const[]){"ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i", path, "-map", "0:v:0",
                                                    "-c", "copy", "-f", "framecrc", "-", NULL});
  assert_contains(text, "#tb 0: 1/1000\n");
  GArray *times = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line; line++) {
    g_auto(GStrv) columns = g_strsplit(*line, ",", -1);
    if (**line == '#' || g_strv_length(columns) < 3)
      continue;
    int64_t time = g_ascii_strtoll(g_strstrip(columns[2]), NULL, 10) - start_ms;
    g_array_append_val(times, time);
  }
  g_array_sort(times, compare_times);
  return times;
}

/* Every picture at its own time, to the millisecond, as the container counts. */
static void check_times(const Real *real, const char *name, const char *settings)
{
  g_autoptr(MediaInfo) source = NULL;
  g_autoptr(EncodePlan) plan = NULL;
  g_autoptr(MediaInfo) output = encode(real, name, settings, &source, &plan);
  if (!output)
    return;
  g_autoptr(GArray) before = shown_at(real, name, source->start_ms), after = shown_at(real, "-out.mkv", output->start_ms);
  g_assert_cmpuint(before->len, >, 10);
  g_assert_cmpuint(after->len, ==, before->len);
  for (guint i = 0; i < before->len; i++)
    if (llabs(g_array_index(before, int64_t, i) - g_array_index(after, int64_t, i)) > 1)
      g_error("%s %s: picture %u is shown at %" G_GINT64_FORMAT " ms, not at %" G_GINT64_FORMAT, name, settings, i,
              g_array_index(after, int64_t, i), g_array_index(before, int64_t, i));
}

static void test_times(gconstpointer data)
{
  const Real *real = data;
  make(real,
       "-f lavfi -i testsrc2=s=320x180:r=24:d=2,settb=1/1000,setpts='23+N*41+mod(N*N*7,15)' -f lavfi -i sine=440:d=2 -fps_mode "
       "passthrough -enc_time_base:v 1:1000 -c:v libx264 -preset ultrafast -bf 2 -c:a aac @uneven.mkv");
  make(real,
       "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -f lavfi -i sine=440:d=2 -c:v libx264 -preset ultrafast -c:a aac @even.mp4");
  make(real, "-i @even.mp4 -c copy @beside.mkv"); /* MP4's priming of the sound moves the picture by half a frame */
  check_times(real, "uneven.mkv", "");
  check_times(real, "uneven.mkv", "codec=h264");
  check_times(real, "uneven.mkv", "codec=vp9;preset=8");
  check_times(real, "beside.mkv", "");
  check_times(real, "beside.mkv", "codec=av1;preset=13");
}

static void test_rgb(gconstpointer data)
{
  const Real *real = data;
  make(real, "-f lavfi -i testsrc2=s=320x180:r=24:d=1,format=bgr0 -c:v ffv1 @rgb.mkv");
  check(real, "rgb.mkv", "");
  check(real, "rgb.mkv", "codec=av1;preset=13");
}

static void test_odd_sources(gconstpointer data)
{
  const Real *real = data;
  make(real, "-f lavfi -i testsrc2=s=352x288:r=25:d=2 -f lavfi -i sine=440:d=2 -c:v mpeg4 -bf 2 -c:a mp3 @packed.avi");
  make(real, "-f lavfi -i testsrc2=s=720x576:r=50:d=2,interlace,setsar=16/15 -f lavfi -i sine=440:d=2 -c:v mpeg2video -flags "
             "+ildct+ilme -c:a mp2 @dvd.ts");
  make(real,
       "-f lavfi -i testsrc2=s=321x181:r=30:d=2,settb=1/1000,setpts='N*33+mod(N*N*7,29)' -fps_mode passthrough -enc_time_base "
       "1:1000 -c:v libx264 -preset ultrafast -pix_fmt yuv444p @variable.mkv");
  make(real,
       "-f lavfi -i testsrc2=s=320x180:r=30:d=2 -f lavfi -i sine=440:d=2 -c:v prores_ks -c:a pcm_s16le -timecode 01:00:00:00 "
       "@camera.mov");
  check(real, "packed.avi", "");
  check(real, "dvd.ts", "");
  check(real, "variable.mkv", "");
  check(real, "variable.mkv", "codec=av1;preset=13");
  check(real, "camera.mov", "");
  check(real, "camera.mov", "container=same");
}

static void test_two_passes(gconstpointer data)
{
  const Real *real = data;
  make(real, "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -c:v mpeg4 @plain.mkv");
  check(real, "plain.mkv", "two_pass=true;video_bit_rate_kbps=300");
  check(real, "plain.mkv", "codec=h264;two_pass=true;video_bit_rate_kbps=300");
}

/* Real damage to a real output is found. */
static void test_damage(gconstpointer data)
{
  static const struct {
    const char *line, *rule;
  } rows[] = {{"-i @-out.mkv -map 0 -map -0:1 -c copy @bad.mkv", "streams"},
              {"-i @-out.mkv -map 0 -c copy -map_chapters -1 @bad.mkv", "chapters"},
              {"-i @-out.mkv -map 0 -c copy -disposition:2 0 -default_mode passthrough @bad.mkv", "disposition"},
              {"-i @-out.mkv -map 0 -c copy -metadata:s:1 language=jpn @bad.mkv", "language"},
              {"-i @-out.mkv -map 0 -c copy -map_metadata:g -1 @bad.mkv", "tags"}};
  const Real *real = data;
  g_autoptr(MediaInfo) source = NULL;
  g_autoptr(EncodePlan) plan = NULL;
  make_rich(real);
  g_autoptr(MediaInfo) output = encode(real, "rich.mkv", "", &source, &plan);
  for (size_t i = 0; output && i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_build_filename(real->directory, "bad.mkv", NULL);
    make(real, rows[i].line);
    g_autoptr(MediaInfo) bad = probe(real, path);
    g_autoptr(GPtrArray) breaches =
        contract_check(&(ContractInput){.plan = plan, .source = source, .output = bad, .min_saving_percent = -1});
    bool found = false;
    for (guint k = 0; k < breaches->len; k++)
      found |= strcmp(((ContractBreach *)g_ptr_array_index(breaches, k))->rule, rows[i].rule) == 0;
    if (!found)
      g_error("%s was not found", rows[i].rule);
  }
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_unsetenv("REEVE_BINARY"); /* this program is its own probing child */
  g_test_init(&argc, &argv, NULL);
  g_autofree char *ffmpeg = g_find_program_in_path("ffmpeg");
  if (!ffmpeg)
    return 77;
  Real real = {.directory = g_dir_make_tmp("reeve-encode-XXXXXX", NULL),
               .pool = probe_pool_new(&(ProbeParams){.children = 1}),
               .capabilities = fixture_capabilities(FIXTURE_CPU)};
  g_autofree char *version = run((const char *const[]){"ffmpeg", "-version", NULL});
  g_free(real.capabilities->ffmpeg_version); /* plans go by it */
  real.capabilities->ffmpeg_version = capability_version(version, "ffmpeg version ");
  g_test_add_data_func("/encode/real/rich", &real, test_rich);
  g_test_add_data_func("/encode/real/hdr", &real, test_hdr);
  g_test_add_data_func("/encode/real/times", &real, test_times);
  g_test_add_data_func("/encode/real/rgb", &real, test_rgb);
  g_test_add_data_func("/encode/real/odd-sources", &real, test_odd_sources);
  g_test_add_data_func("/encode/real/two-passes", &real, test_two_passes);
  g_test_add_data_func("/encode/real/damage", &real, test_damage);
  int result = g_test_run();
  probe_pool_free(real.pool);
  capability_set_free(real.capabilities);
  fs_remove_tree(real.directory, NULL);
  g_free(real.directory);
  return result;
}
