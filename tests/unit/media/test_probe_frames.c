/* Where a video can be cut, and how many frames it has: each container against what ffprobe says packet by packet. */
#include "media/probe.h"

#include "base/error.h"
#include "sys/child.h"

#include <math.h>
#include <string.h>

typedef struct {
  char *directory;
  ProbePool *pool;
} Fixture;

static void run(const Fixture *fixture, const char *line)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) argv = NULL;
  int status = 0;
  g_assert_true(g_shell_parse_argv(line, NULL, &argv, &error));
  g_spawn_sync(fixture->directory, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_true(g_spawn_check_wait_status(status, NULL));
}

#define SOURCE                                                                                                                   \
  "ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=96x54:r=24000/1001 -f lavfi -i sine -t 12 -pix_fmt yuv420p -c:a aac "
#define X264 "-c:v libx264 -preset ultrafast -bf 2 -g 36 "

static const struct {
  const char *name, *line;
  FrameSource source;
  int64_t frames;
} films[] = {
    {"film.mkv", SOURCE X264 "film.mkv", FRAMES_BY_INDEX, 288},
    {"film.mp4", SOURCE X264 "film.mp4", FRAMES_BY_INDEX, 288},
    {"open.mkv", SOURCE X264 "-x264-params open-gop=1 open.mkv", FRAMES_BY_INDEX, 288},
    {"open.mp4", SOURCE X264 "-x264-params open-gop=1 open.mp4", FRAMES_BY_INDEX, 288},
    /* Cues cannot be written into a pipe. */
    {"nocues.mkv", "sh -c 'ffmpeg -v error -nostdin -i film.mkv -c copy -f matroska - > nocues.mkv'", FRAMES_BY_PACKETS, 288},
    {"late.mp4", "ffmpeg -v error -nostdin -y -itsoffset 3 -i film.mp4 -i film.mp4 -map 0:v -map 1:a -c copy late.mp4",
     FRAMES_BY_INDEX, 288},
    {"short.mp4", "ffmpeg -v error -nostdin -y -ss 2 -i film.mp4 -c copy short.mp4", FRAMES_BY_INDEX, -1},
};

static void set_up(Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  fixture->directory = g_dir_make_tmp("reeve-frames-XXXXXX", &error);
  g_assert_no_error(error);
  fixture->pool = probe_pool_new(&(ProbeParams){.children = 1});
  for (size_t i = 0; i < G_N_ELEMENTS(films); i++)
    run(fixture, films[i].line);
}

static char *read_ffprobe(const Fixture *fixture, const char *name, const char *entries)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *line = g_strdup_printf("ffprobe -v error -select_streams v:0 -show_entries %s -of csv=p=0 %s", entries, name);
  g_auto(GStrv) argv = g_strsplit(line, " ", -1);
  char *output = NULL;
  g_spawn_sync(fixture->directory, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, NULL, &error);
  g_assert_no_error(error);
  return output;
}

/* Whether ffprobe has a key frame at this time after the start of the file, in ticks. */
static bool is_key_frame(char **packets, int64_t pts)
{
  for (char **line = packets; *line; line++)
    if (strstr(*line, ",K") && g_ascii_strtoll(*line, NULL, 10) == pts)
      return true;
  return false;
}

static void check_film(const Fixture *fixture, size_t row)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(fixture->directory, films[row].name, NULL);
  g_test_message("%s", films[row].name);
  g_autoptr(FrameIndex) index = probe_key_frames(fixture->pool, path, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpint(index->source, ==, (int)films[row].source);
  g_assert_false(index->edited);
  g_autofree char *packets = read_ffprobe(fixture, films[row].name, "packet=pts,flags");
  g_autofree char *start = read_ffprobe(fixture, films[row].name, "format=start_time");
  g_auto(GStrv) lines = g_strsplit(packets, "\n", -1);
  int64_t offset = llround(g_ascii_strtod(start, NULL) * (double)index->tick_den / (double)index->tick_num);
  g_assert_cmpuint(index->key_frames->len, >=, 5);
  for (guint i = 0; i < index->key_frames->len; i++) {
    const KeyFrame *frame = index->key_frames->pdata[i];
    g_assert_true(is_key_frame(lines, frame->pts + offset));
    g_assert_cmpint(frame->gap_ms, <=, 1600);
  }

  g_autoptr(FrameIndex) all = probe_frames(fixture->pool, path, NULL, &error);
  g_assert_no_error(error);
  int64_t shown = 0;
  for (char **line = lines; *line; line++)
    shown += **line && !strchr(*line, 'D');
  g_assert_cmpint(all->frames, ==, shown);
  if (films[row].frames > 0)
    g_assert_cmpint(all->frames, ==, films[row].frames);
  /* The frames are evenly spaced, so their mean is the middle. */
  double length_s = (double)(all->last_pts - all->first_pts) * (double)all->tick_num / (double)all->tick_den;
  g_assert_cmpfloat_with_epsilon(all->mean_s, length_s / 2, 0.01);
}

static void check_bad(const Fixture *fixture, const char *line, const char *name, ReeveErrorCode code)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(fixture->directory, name, NULL);
  run(fixture, line);
  g_autoptr(FrameIndex) index = probe_key_frames(fixture->pool, path, NULL, &error);
  g_assert_null(index);
  g_assert_error(error, REEVE_ERROR, (int)code);
}

static void test_frames(void)
{
  Fixture fixture;
  set_up(&fixture);
  for (size_t i = 0; i < G_N_ELEMENTS(films); i++)
    check_film(&fixture, i);
  check_bad(&fixture, "ffmpeg -v error -nostdin -y -i film.mp4 -c copy film.ts", "film.ts", REEVE_ERROR_INVALID);
  check_bad(&fixture, "ffmpeg -v error -nostdin -y -i film.mp4 -vn -c copy sound.mp4", "sound.mp4", REEVE_ERROR_CORRUPT);
  check_bad(&fixture, "sh -c 'echo no film > text.mkv'", "text.mkv", REEVE_ERROR_CORRUPT);
  probe_pool_free(fixture.pool);
  const char *const argv[] = {"rm", "-r", fixture.directory, NULL};
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free(fixture.directory);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_unsetenv("REEVE_BINARY"); /* children are this program */
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/media/probe-frames/films", test_frames);
  return g_test_run();
}
