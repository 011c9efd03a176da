/* What a probe answers, held against ffprobe: on clips made here, on damaged copies of them, and on every file below
 * REEVE_TEST_MEDIA if that is set. */
#include "ffprobe_compare.h"

#include "base/error.h"
#include "media/probe.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  char *directory;
  ProbePool *pool;
} Fixture;

static char *clip_path(const Fixture *fixture, const char *name)
{
  return g_build_filename(fixture->directory, name, NULL);
}

/* Runs ffmpeg in the fixture's directory with a command line of words separated by single spaces. */
static void run_ffmpeg(const Fixture *fixture, const char *words)
{
  g_autofree char *line = g_strconcat("ffmpeg -v error -nostdin -y ", words, NULL);
  g_auto(GStrv) argv = g_strsplit(line, " ", -1);
  g_autofree char *errors = NULL;
  g_autoptr(GError) error = NULL;
  int status = -1;
  g_spawn_sync(fixture->directory, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &errors, &status, &error);
  g_assert_no_error(error);
  if (status != 0)
    g_error("%s\n%s", line, errors);
}

static void set_up(Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  fixture->directory = g_dir_make_tmp("reeve-probe-XXXXXX", &error);
  g_assert_no_error(error);
  fixture->pool = probe_pool_new(&(ProbeParams){.children = 2});
}

static void tear_down(Fixture *fixture)
{
  probe_pool_free(fixture->pool);
  g_autoptr(GDir) dir = g_dir_open(fixture->directory, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name(dir))) {
    g_autofree char *path = clip_path(fixture, name);
    g_unlink(path);
  }
  g_rmdir(fixture->directory);
  g_free(fixture->directory);
}

static MediaInfo *probe_well(const Fixture *fixture, const char *path)
{
  g_autoptr(GError) error = NULL;
  MediaInfo *info = probe_file(fixture->pool, path, NULL, &error);
  g_assert_no_error(error);
  return info;
}

/* Compares one file with ffprobe; says what differs. */
static bool agrees(const Fixture *fixture, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(MediaInfo) info = probe_file(fixture->pool, path, NULL, &error);
  g_autofree char *differences = ffprobe_differences(path, info, error);
  if (differences)
    g_test_message("%s\n%s", path, differences);
  return !differences;
}

#define PICTURE "-f lavfi -i testsrc2=s=320x240:r=24000/1001:d=1 "
#define SOUND "-f lavfi -i sine=440:r=48000:d=1 "
#define X264 "-c:v libx264 -preset ultrafast -threads 1 "
#define X265 "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=none:frame-threads=1"
#define HDR10                                                                                                                    \
  ":hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)" \
  "R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400 "

typedef struct {
  const char *file, *words, *container;
  HdrClass hdr;
} Clip;

static const Clip clips[] = {
    {"plain.mkv", PICTURE SOUND X264 "-bf 2 -c:a aac", "mkv", HDR_SDR},
    {"ten-bit.mkv", PICTURE X264 "-pix_fmt yuv420p10le", "mkv", HDR_SDR},
    {"interlaced.mkv", PICTURE X264 "-flags +ildct+ilme -x264-params tff=1", "mkv", HDR_SDR},
    {"full-range.mkv", PICTURE X264 "-pix_fmt yuvj420p -color_range pc", "mkv", HDR_SDR},
    {"anamorphic.mp4", PICTURE X264 "-vf setsar=16/11 -colorspace smpte170m -color_trc bt709 -color_primaries bt470bg", "mp4",
     HDR_SDR},
    {"fast.mp4", PICTURE SOUND X264 "-c:a aac -movflags +faststart", "mp4", HDR_SDR},
    {"fragments.mp4", PICTURE SOUND X264 "-c:a aac -movflags +frag_keyframe+empty_moov", "mp4", HDR_SDR},
    {"late.mp4", PICTURE SOUND X264 "-c:a aac -output_ts_offset 3", "mp4", HDR_SDR},
    {"quick.mov", PICTURE SOUND X264 "-c:a pcm_s16le", "mov", HDR_SDR},
    {"phone.3gp", PICTURE SOUND "-c:v mpeg4 -s 176x144 -c:a aac", "3gp", HDR_SDR},
    {"stream.ts", PICTURE SOUND X264 "-c:a mp2", "ts", HDR_SDR},
    {"disc.m2ts", PICTURE SOUND X264 "-c:a ac3 -f mpegts -mpegts_m2ts_mode 1", "m2ts", HDR_SDR},
    {"hevc.ts", PICTURE X265 " -f mpegts", "ts", HDR_SDR},
    {"old.avi", PICTURE SOUND "-c:v mpeg4 -vtag XVID -c:a libmp3lame", "avi", HDR_SDR},
    {"h264.avi", PICTURE X264 "-bf 2", "avi", HDR_SDR},
    {"web.webm", PICTURE SOUND "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus", "webm", HDR_SDR},
    {"vp9.mkv", PICTURE "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv444p -profile:v 1", "mkv", HDR_SDR},
    {"vp8.webm", PICTURE "-c:v libvpx -deadline realtime -cpu-used 8", "webm", HDR_SDR},
    {"disc.mpg", PICTURE SOUND "-r 25 -c:v mpeg2video -c:a mp2 -f mpeg", "ps", HDR_SDR},
    {"disc.vob", PICTURE SOUND "-r 25 -c:v mpeg2video -c:a ac3 -f vob", "ps", HDR_SDR},
    {"windows.wmv", PICTURE SOUND "-c:v wmv2 -c:a wmav2", "wmv", HDR_SDR},
    {"flash.flv", PICTURE SOUND X264 "-ar 44100 -c:a aac", "flv", HDR_SDR},
    {"open.ogv", PICTURE SOUND "-c:v libtheora -c:a libvorbis", "ogg", HDR_SDR},
    {"studio.mxf", PICTURE "-r 25 -c:v mpeg2video -f mxf", "mxf", HDR_SDR},
    {"studio.mov", PICTURE "-c:v prores_ks -profile:v 3 -pix_fmt yuv422p10le", "mov", HDR_SDR},
    {"hdr10.mkv", PICTURE "-pix_fmt yuv420p10le " X265 HDR10 "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc",
     "mkv", HDR_HDR10},
    {"hdr10.mp4", PICTURE "-pix_fmt yuv420p10le " X265 HDR10 "-tag:v hvc1", "mp4", HDR_HDR10},
    {"hdr10.ts", PICTURE "-pix_fmt yuv420p10le " X265 HDR10 "-f mpegts", "ts", HDR_HDR10},
    {"hlg.mkv", PICTURE "-pix_fmt yuv420p10le " X265 ":colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc", "mkv",
     HDR_HLG},
    {"surround.mkv", SOUND "-af pan=5.1(side)|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0 -c:a ac3", "mkv", HDR_SDR},
    {"music.mp3", SOUND "-c:a libmp3lame -metadata title=Ein_Lied", "mp3", HDR_SDR},
    {"music.flac", SOUND "-c:a flac", "flac", HDR_SDR},
};

static void make_sidecars(const Fixture *fixture)
{
  static const struct {
    const char *name, *text;
  } files[] = {
      {"a.srt", "1\n00:00:00,100 --> 00:00:00,900\nHello\n"},
      {"chapters.txt", ";FFMETADATA1\ntitle=Two chapters\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\ntitle=Opening\n"
                       "[CHAPTER]\nTIMEBASE=1/1000\nSTART=400\nEND=1000\ntitle=Ä & ö\n"},
      {"font.ttf", "not really a font"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = clip_path(fixture, files[i].name);
    g_assert_true(g_file_set_contents(path, files[i].text, -1, NULL));
  }
}

/* Many streams of every kind, chapters, fonts, cover art. */
static void make_rich_clips(const Fixture *fixture)
{
  make_sidecars(fixture);
  run_ffmpeg(fixture, PICTURE "-frames:v 1 cover.jpg");
  run_ffmpeg(fixture, PICTURE SOUND SOUND
             "-i a.srt -i a.srt -i chapters.txt -map 0 -map 1 -map 2 -map 3 -map 4 -map_metadata 5 " X264
             "-c:a:0 aac -c:a:1 flac -c:s subrip -metadata:s:a:0 language=jpn -metadata:s:a:0 title=Main -metadata:s:a:1 "
             "language=ger -metadata:s:s:0 language=eng -metadata:s:s:1 language=fre -disposition:a:0 default -disposition:s:1 "
             "forced+hearing_impaired -attach font.ttf -metadata:s:t:0 mimetype=application/x-truetype-font -attach cover.jpg "
             "-metadata:s:t:1 mimetype=image/jpeg -metadata:s:t:1 filename=cover.jpg rich.mkv");
  run_ffmpeg(
      fixture, PICTURE SOUND
      "-i a.srt -i cover.jpg -i chapters.txt -map 0 -map 1 -map 2 -map 3 -map_metadata 4 "
      "-c:v:0 libx264 -c:v:1 mjpeg -disposition:v:1 attached_pic -c:a aac -c:s mov_text -metadata:s:a:0 language=deu rich.mp4");
  run_ffmpeg(fixture,
             PICTURE "-i a.srt -map 0 -map 1 " X264 "-attach font.ttf -metadata:s:t:0 mimetype=font/ttf unknown-font.mkv");
  run_ffmpeg(
      fixture, PICTURE
      "-i a.srt -map 0 -map 1 -pix_fmt yuv420p10le " X265 HDR10
      "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -attach font.ttf -metadata:s:t:0 mimetype=font/ttf "
      "hdr10-unknown-font.mkv");
}

static void test_clips(void)
{
  Fixture fixture;
  set_up(&fixture);
  bool all = true;
  for (size_t i = 0; i < G_N_ELEMENTS(clips); i++) {
    g_autofree char *words = g_strconcat(clips[i].words, " ", clips[i].file, NULL);
    run_ffmpeg(&fixture, words);
    g_autofree char *path = clip_path(&fixture, clips[i].file);
    all = agrees(&fixture, path) && all;
    g_autoptr(MediaInfo) info = probe_well(&fixture, path);
    g_assert_cmpstr(info->container, ==, clips[i].container);
    const StreamInfo *video = media_info_video(info);
    g_assert_cmpint(video ? video->hdr : (int)HDR_SDR, ==, clips[i].hdr);
  }
  tear_down(&fixture);
  g_assert_true(all);
}

static void test_rich(void)
{
  Fixture fixture;
  set_up(&fixture);
  make_rich_clips(&fixture);
  static const char *const names[] = {"rich.mkv", "rich.mp4", "unknown-font.mkv", "hdr10-unknown-font.mkv"};
  bool all = true;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = clip_path(&fixture, names[i]);
    all = agrees(&fixture, path) && all;
  }
  g_autofree char *path = clip_path(&fixture, "rich.mkv");
  g_autoptr(MediaInfo) info = probe_well(&fixture, path);
  g_assert_cmpuint(info->chapters->len, ==, 2);
  g_assert_cmpstr(((Chapter *)info->chapters->pdata[1])->title, ==, "Ä & ö");
  const StreamInfo *audio = media_info_stream(info, STREAM_AUDIO, 1);
  g_assert_cmpstr(audio->language, ==, "ger");
  g_assert_cmpstr(media_info_stream(info, STREAM_ATTACHMENT, 0)->file_name, ==, "font.ttf");
  g_assert_true(stream_has_disposition(media_info_stream(info, STREAM_SUBTITLE, 1), "forced"));
  tear_down(&fixture);
  g_assert_true(all);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
  g_autoptr(GError) error = NULL;
  g_file_set_contents(path, bytes, (gssize)length, &error);
  g_assert_no_error(error);
}

static void expect_error(const Fixture *fixture, const char *path, ReeveErrorCode code, const char *words)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(probe_file(fixture->pool, path, NULL, &error));
  g_assert_error(error, REEVE_ERROR, (int)code);
  if (!strstr(error->message, words))
    g_error("\"%s\" does not say \"%s\"", error->message, words);
  g_assert_true(g_str_has_prefix(error->message, path));
}

static void test_not_media(void)
{
  Fixture fixture;
  set_up(&fixture);
  static const char text[] = "Once upon a time there was a file that pretended to be a film.\n";
  static const char playlist[] = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n";
  static const char concat[] = "ffconcat version 1.0\nfile /etc/passwd\n";
  g_autofree char *path = clip_path(&fixture, "film.mkv");
  write_file(path, "", 0);
  expect_error(&fixture, path, REEVE_ERROR_CORRUPT, "is empty");
  write_file(path, text, sizeof text - 1);
  expect_error(&fixture, path, REEVE_ERROR_CORRUPT, "is not a media file");
  write_file(path, playlist, sizeof playlist - 1);
  expect_error(&fixture, path, REEVE_ERROR_CORRUPT, "is not a media file");
  write_file(path, concat, sizeof concat - 1);
  expect_error(&fixture, path, REEVE_ERROR_CORRUPT, "is not a media file");
  write_file(path, "\x1a\x45\xdf\xa3", 4);
  expect_error(&fixture, path, REEVE_ERROR_CORRUPT, "is not a media file");
  g_unlink(path);
  expect_error(&fixture, path, REEVE_ERROR_NOT_FOUND, "");
  expect_error(&fixture, fixture.directory, REEVE_ERROR_INVALID, "is not a regular file");
  tear_down(&fixture);
}

static void run_tool(const Fixture *fixture, const char *const *argv)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  int status = -1;
  g_spawn_sync(fixture->directory, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error(error);
  if (status != 0)
    g_error("%s", output);
}

/* What Matroska says and older versions of libavformat pass over, as mkvpropedit writes it. */
static void test_matroska_marks(void)
{
  Fixture fixture;
  set_up(&fixture);
  run_ffmpeg(&fixture, PICTURE SOUND SOUND X264 "-map 0 -map 1 -map 2 -c:a aac -metadata:s:a:0 language=por "
                                                "-metadata:s:a:1 language=ger plain.mkv");
  g_autofree char *plain = clip_path(&fixture, "plain.mkv"), *marked = clip_path(&fixture, "marked.mkv"),
                  *chapters = clip_path(&fixture, "chapters.xml"), *bytes = NULL;
  gsize length;
  g_assert_true(g_file_get_contents(plain, &bytes, &length, NULL));
  write_file(marked, bytes, length);
  static const char xml[] =
      "<?xml version=\"1.0\"?><Chapters><EditionEntry><EditionFlagOrdered>1</EditionFlagOrdered><ChapterAtom>"
      "<ChapterUID>7</ChapterUID><ChapterTimeStart>00:00:00.500</ChapterTimeStart>"
      "<ChapterTimeEnd>00:00:01.000</ChapterTimeEnd></ChapterAtom></EditionEntry></Chapters>";
  write_file(chapters, xml, strlen(xml));
  const char *const edit[] = {
      "mkvpropedit", marked,     "--edit", "track:v1",       "--set",  "pixel-crop-top=8", "--set", "pixel-crop-left=2",
      "--edit",      "track:a1", "--set",  "language=pt-BR", "--edit", "track:a2",         "--set", "flag-enabled=0",
      "--chapters",  chapters,   NULL};
  run_tool(&fixture, edit);

  g_autoptr(MediaInfo) before = probe_well(&fixture, plain), after = probe_well(&fixture, marked);
  g_assert_false(before->ordered_chapters);
  g_assert_null(media_info_video(before)->crop);
  g_assert_null(media_info_stream(before, STREAM_AUDIO, 0)->language_tag);
  g_assert_false(media_info_stream(before, STREAM_AUDIO, 1)->disabled);
  g_assert_true(after->ordered_chapters);
  g_assert_cmpstr(media_info_video(after)->crop, ==, "2:8:0:0");
  g_assert_cmpstr(media_info_stream(after, STREAM_AUDIO, 0)->language_tag, ==, "pt-BR");
  g_assert_cmpstr(stream_language(media_info_stream(after, STREAM_AUDIO, 0)), ==, "por"); /* the same language */
  g_assert_false(media_info_stream(after, STREAM_AUDIO, 0)->disabled);
  g_assert_true(media_info_stream(after, STREAM_AUDIO, 1)->disabled);
  tear_down(&fixture);
}

/* A cut without encoding hides what lies before it back to the last key frame. */
static void test_cut_mp4(void)
{
  Fixture fixture;
  set_up(&fixture);
  run_ffmpeg(&fixture,
             "-f lavfi -i testsrc2=s=320x240:r=24:d=4 -f lavfi -i sine=440:r=48000:d=4 " X264 "-g 48 -c:a aac whole.mp4");
  run_ffmpeg(&fixture, "-ss 1.3 -i whole.mp4 -c copy cut.mp4");
  g_autofree char *whole = clip_path(&fixture, "whole.mp4"), *cut = clip_path(&fixture, "cut.mp4");
  g_autoptr(MediaInfo) before = probe_well(&fixture, whole), after = probe_well(&fixture, cut);
  g_assert_cmpint(media_info_stream(before, STREAM_AUDIO, 0)->hidden_ms, <, 50);
  g_assert_cmpint(media_info_stream(after, STREAM_AUDIO, 0)->hidden_ms, >, 900);
  g_assert_cmpint(media_info_stream(after, STREAM_AUDIO, 0)->hidden_ms, <, 1400);
  g_assert_cmpint(media_info_video(before)->hidden_ms, ==, FIELD_NULL_INT);
  g_assert_cmpint(media_info_video(after)->hidden_ms, >, 1200);
  g_assert_cmpint(media_info_video(after)->hidden_ms, <, 1400);
  tear_down(&fixture);
}

/* Prefixes of a file, and a file with holes of zeros and noise: whatever ffprobe makes of them. */
static void test_damaged(void)
{
  Fixture fixture;
  set_up(&fixture);
  static const char *const sources[] = {PICTURE SOUND X264 "-c:a aac a.mkv", PICTURE SOUND X264 "-c:a aac a.mp4",
                                        PICTURE SOUND X264 "-c:a aac a.ts", PICTURE SOUND "-c:v mpeg4 -c:a libmp3lame a.avi"};
  bool all = true;
  for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
    run_ffmpeg(&fixture, sources[i]);
    const char *extension = strrchr(sources[i], '.');
    g_autofree char *name = g_strconcat("a", extension, NULL), *bad_name = g_strconcat("b", extension, NULL);
    g_autofree char *path = clip_path(&fixture, name), *bad = clip_path(&fixture, bad_name), *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    static const double parts[] = {0.01, 0.1, 0.6};
    for (size_t part = 0; part < G_N_ELEMENTS(parts); part++) {
      write_file(bad, bytes, (size_t)((double)length * parts[part]));
      all = agrees(&fixture, bad) && all;
    }
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (int round = 0; round < 4; round++) {
      g_autofree char *copy = g_memdup2(bytes, length);
      size_t at = (size_t)g_rand_int_range(random, 0, (gint32)length - 64);
      for (size_t k = 0; k < 64; k++)
        copy[at + k] = round % 2 ? (char)g_rand_int(random) : 0;
      write_file(bad, copy, length);
      all = agrees(&fixture, bad) && all;
    }
  }
  tear_down(&fixture);
  g_assert_true(all);
}

static void visit(const Fixture *fixture, const char *path, unsigned *files, unsigned *bad)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  if (!dir) {
    ++*files;
    *bad += !agrees(fixture, path);
    return;
  }
  const char *name;
  while ((name = g_dir_read_name(dir))) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    visit(fixture, child, files, bad);
  }
}

static void test_directory(void)
{
  const char *directory = g_getenv("REEVE_TEST_MEDIA");
  if (!directory) {
    g_test_skip("REEVE_TEST_MEDIA is not set");
    return;
  }
  Fixture fixture;
  set_up(&fixture);
  unsigned files = 0, bad = 0;
  visit(&fixture, directory, &files, &bad);
  g_test_message("%u files, %u differ from ffprobe", files, bad);
  tear_down(&fixture);
  g_assert_cmpuint(bad, ==, 0);
}

static void test_versions(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = probe_library_versions(&error);
  g_assert_no_error(error);
  g_assert_true(g_str_has_prefix(text, "libavformat "));
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_unsetenv("REEVE_BINARY"); /* children are this program */
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/probe/clips", test_clips);
  g_test_add_func("/probe/rich", test_rich);
  g_test_add_func("/probe/not-media", test_not_media);
  g_test_add_func("/probe/matroska-marks", test_matroska_marks);
  g_test_add_func("/probe/cut-mp4", test_cut_mp4);
  g_test_add_func("/probe/damaged", test_damaged);
  g_test_add_func("/probe/directory", test_directory);
  g_test_add_func("/probe/versions", test_versions);
  return g_test_run();
}
