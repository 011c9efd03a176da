/* Whether a film is cut, where, and what one chunk and the join are told to do. */
#include "encode/chunk_plan.h"
#include "fixture.h"

#define VIDEO "video h264 1920x1080 bit_rate_bps=8000000"

/* Key frames in ms, in a clock of milliseconds. */
static FrameIndex *index_of(const int64_t *ms, size_t n)
{
  FrameIndex *index = record_new(&frame_index_table);
  index->tick_num = 1;
  index->tick_den = 1000;
  index->key_frames = records_new(&key_frame_table);
  for (size_t i = 0; i < n; i++) {
    KeyFrame *frame = record_new(&key_frame_table);
    frame->pts = ms[i];
    frame->gap_ms = i > 0 ? ms[i] - ms[i - 1] : 0;
    g_ptr_array_add(index->key_frames, frame);
  }
  return index;
}

static FrameIndex *regular_index(int64_t from_ms, int64_t gap_ms, int64_t to_ms)
{
  g_autoptr(GArray) ms = g_array_new(FALSE, FALSE, sizeof(int64_t));
  for (int64_t at = from_ms; at < to_ms; at += gap_ms)
    g_array_append_val(ms, at);
  return index_of((const int64_t *)(void *)ms->data, ms->len);
}

static ChunkPlan *plan_for(const MediaInfo *media, const char *settings, const char *encoders, ChunkCapacity capacity,
                           const FrameIndex *index)
{
  g_autofree char *all = g_strconcat("encoders=auto;", settings, NULL);
  g_autoptr(Profile) profile = fixture_profile(all);
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities(encoders);
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = media,
                                                        .profile = profile,
                                                        .capabilities = capabilities,
                                                        .force = true,
                                                        .file_name = "film.mkv",
                                                        .links_allowed = true,
                                                        .link_count = 1,
                                                        .age_s = G_MAXINT32});
  g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
  return chunk_plan_make(&(ChunkInput){.media = media, .profile = profile, .plan = plan, .capacity = capacity, .index = index});
}

static const struct {
  const char *name, *container, *video, *settings, *encoders;
  int64_t minutes;
  ChunkCapacity capacity;
  guint chunks;
  const char *says;
} decisions[] = {
    {"one machine, one runner", "mkv", VIDEO, "", "libx265", 60, {1, 1, 8, 0}, 0, "there is one runner"},
    {"two runners share two cores", "mkv", VIDEO, "", "libx265", 60, {1, 2, 2, 0}, 0, "which does not pay"},
    {"four runners share sixteen cores",
     "mkv",
     VIDEO,
     "",
     "libx265",
     60,
     {1, 4, 16, 0},
     60,
     "times as fast as one run of libx265"},
    {"three machines", "mkv", VIDEO, "", "libx265", 10, {3, 3, 4, 0}, 9, "9 chunks on 3 runners"},
    {"three machines, as many films", "mkv", VIDEO, "", "libx265", 60, {3, 3, 4, 2}, 0, "2 other films wait"},
    {"three machines, one more film", "mkv", VIDEO, "", "libx265", 60, {3, 3, 4, 1}, 60, "60 chunks"},
    {"an encoder that scales badly", "mkv", VIDEO, "codec=vp9", "libvpx-vp9", 60, {1, 4, 4, 0}, 60, "libvpx-vp9"},
    {"short", "mkv", VIDEO, "", "libx265", 1, {3, 3, 4, 0}, 0, "it lasts 60 s"},
    {"short, shorter chunks", "mkv", VIDEO, "chunk_seconds=20", "libx265", 1, {3, 3, 4, 0}, 3, "3 chunks"},
    {"always, with one runner", "mkv", VIDEO, "chunking=always", "libx265", 2, {1, 1, 2, 9}, 2, "the profile asks for it"},
    {"never", "mkv", VIDEO, "chunking=never", "libx265", 60, {9, 9, 9, 0}, 0, "the profile says so"},
    {"WebM", "webm", "video vp9 1920x1080", "eligible_codecs=vp9;codec=av1", "libsvtav1", 60, {3, 3, 4, 0}, 60, "libsvtav1"},
    {"MPEG", "ts", VIDEO, "chunking=always", "libx265", 60, {3, 3, 4, 0}, 0, "exact time"},
    {"AVI", "avi", VIDEO, "chunking=always", "libx265", 60, {3, 3, 4, 0}, 0, "exact time"},
    {"VP8 hides frames", "mkv", "video vp8 1920x1080", "chunking=always", "libx265", 60, {3, 3, 4, 0}, 0, "without decoding"},
    {"interlaced", "mkv", VIDEO " field_order=tt", "chunking=always", "libx265", 60, {3, 3, 4, 0}, 0, "interlaced"},
    {"interlaced by order", "mkv", VIDEO, "chunking=always;deinterlace=on", "libx265", 60, {3, 3, 4, 0}, 0, "interlaced"},
    {"denoised", "mkv", VIDEO, "chunking=always;denoise=light", "libx265", 60, {3, 3, 4, 0}, 0, "frames before"},
    {"fewer frames", "mkv", VIDEO, "chunking=always;max_frame_rate=12", "libx265", 60, {3, 3, 4, 0}, 0, "frame rate is lowered"},
    {"a bit rate", "mkv", VIDEO, "chunking=always;video_bit_rate_kbps=2000", "libx265", 60, {3, 3, 4, 0}, 0, "bit rate"},
    {"variable rate", "mkv", VIDEO " base_frame_rate=1000/1", "chunking=always", "libx265", 60, {3, 3, 4, 0}, 0, "not known"},
    {"on the graphics card", "mkv", VIDEO, "chunking=always", "hevc_nvenc", 60, {3, 3, 4, 0}, 0, "hardware encoder"},
    {"copied", "mkv", VIDEO, "chunking=always;codec=copy;container=mp4", "libx265", 60, {3, 3, 4, 0}, 0, "not encoded"},
};

static void test_decisions(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(decisions); i++) {
    int64_t duration_ms = decisions[i].minutes * 60000;
    g_test_message("%s", decisions[i].name);
    g_autoptr(MediaInfo) media = fixture_media(decisions[i].container, duration_ms, 4500000000,
                                               (const char *const[]){decisions[i].video, "audio aac 2", NULL});
    g_autoptr(FrameIndex) index = regular_index(0, 2000, MAX(duration_ms, 60000));
    g_autoptr(ChunkPlan) plan = plan_for(media, decisions[i].settings, decisions[i].encoders, decisions[i].capacity, index);
    if (!strstr(plan->reason, decisions[i].says))
      g_error("%s: %s", decisions[i].name, plan->reason);
    g_assert_cmpuint(plan->chunks->len, ==, decisions[i].chunks);
    g_assert_true(g_str_has_prefix(plan->reason, "Encoded in ") && g_str_has_suffix(plan->reason, "."));
  }
}

/* Chunks follow each other without gap or overlap, whatever the key frames are. */
static void assert_covers(const ChunkPlan *plan, const FrameIndex *index, int64_t end_ms)
{
  for (guint i = 0; i < plan->chunks->len; i++) {
    const ChunkRange *range = plan->chunks->pdata[i];
    bool last = i + 1 == plan->chunks->len;
    g_assert_cmpint(range->number, ==, i + 1);
    g_assert_cmpint(range->to_ms, ==, last ? end_ms : ((const ChunkRange *)plan->chunks->pdata[i + 1])->from_ms);
    g_assert_cmpint(range->to_pts, ==, last ? FIELD_NULL_INT : ((const ChunkRange *)plan->chunks->pdata[i + 1])->from_pts);
    bool is_key = false, seeks_key = range->seek_ms == 0;
    for (guint k = 0; k < index->key_frames->len; k++) {
      const KeyFrame *frame = index->key_frames->pdata[k];
      is_key = is_key || frame->pts == range->from_pts;
      seeks_key = seeks_key || (frame->pts == range->seek_ms && frame->pts < range->from_pts);
    }
    g_assert_true(is_key && seeks_key);
  }
}

static const struct {
  const char *name;
  int64_t key_frames[12]; /* ms, 0 ends but for the first */
  int64_t cuts[6];
  bool edited;
  const char *says;
} cuts[] = {
    {"at a scene, though a regular one is nearer",
     {0, 10000, 20000, 30000, 40000, 44000, 54000, 60000, 64000, 74000, 84000, 94000},
     {0, 60000},
     false,
     "2 chunks"},
    {"none near the middle", {0, 10000, 110000}, {0}, false, "too far apart"},
    {"one key frame", {0}, {0}, false, "no second key frame"},
    {"two chunks become one where a cut is missing", {0, 5000, 62000, 119000}, {0, 62000}, false, "2 chunks"},
    {"begins late", {900, 31000, 61000, 91000}, {900, 61000}, false, "2 chunks"},
    {"begins before the file", {-40, 31000, 61000, 91000}, {-40, 61000}, false, "2 chunks"},
    {"edited", {0, 31000, 61000, 91000}, {0}, true, "edit list"},
};

static void test_cuts(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
    size_t n = 1, n_cuts = 1;
    while (n < G_N_ELEMENTS(cuts[i].key_frames) && cuts[i].key_frames[n])
      n++;
    while (n_cuts < G_N_ELEMENTS(cuts[i].cuts) && cuts[i].cuts[n_cuts])
      n_cuts++;
    g_autoptr(MediaInfo) media = fixture_media("mkv", 120000, 450000000, (const char *const[]){VIDEO, NULL});
    g_autoptr(FrameIndex) index = index_of(cuts[i].key_frames, n);
    index->edited = cuts[i].edited;
    g_autoptr(ChunkPlan) plan = plan_for(media, "chunking=always", "libx265", (ChunkCapacity){1, 2, 2, 0}, index);
    if (!strstr(plan->reason, cuts[i].says))
      g_error("%s: %s", cuts[i].name, plan->reason);
    g_assert_cmpuint(plan->chunks->len, ==, n_cuts > 1 ? n_cuts : 0);
    for (guint k = 0; k < plan->chunks->len; k++)
      g_assert_cmpint(((const ChunkRange *)plan->chunks->pdata[k])->from_pts, ==, cuts[i].cuts[k]);
    assert_covers(plan, index, 120000);
  }
}

/* Any regular film of any length, with any number of runners. */
static void test_every_length(void)
{
  for (int64_t seconds = 120; seconds < 3000; seconds += 137)
    for (int runners = 1; runners < 8; runners++)
      for (int64_t gap_ms = 500; gap_ms <= 10500; gap_ms += 2500) {
        g_autoptr(MediaInfo) media = fixture_media("mkv", seconds * 1000, 450000000, (const char *const[]){VIDEO, NULL});
        g_autoptr(FrameIndex) index = regular_index(0, gap_ms, seconds * 1000);
        g_autoptr(ChunkPlan) plan = plan_for(media, "chunking=always", "libx265", (ChunkCapacity){1, runners, 8, 0}, index);
        assert_covers(plan, index, seconds * 1000);
        g_assert_cmpuint(plan->chunks->len, >=, 2);
        g_assert_cmpint(plan->threads, ==, runners < 2 ? 0 : 8 / runners);
        for (guint i = 0; i < plan->chunks->len; i++) {
          const ChunkRange *range = plan->chunks->pdata[i];
          g_assert_cmpint(range->to_ms - range->from_ms, >=, 60000 / 2);
        }
      }
}

static char *command_of(const MediaInfo *media, const char *settings, const PlanPart *part, guint *ret_commands)
{
  g_autoptr(Profile) profile = fixture_profile(settings);
  g_autoptr(CapabilitySet) capabilities = fixture_capabilities("libx265,libx264,libsvtav1");
  g_autoptr(EncodePlan) plan = encode_plan(&(PlanInput){.media = media,
                                                        .profile = profile,
                                                        .capabilities = capabilities,
                                                        .force = true,
                                                        .part = part,
                                                        .file_name = "film.mkv",
                                                        .links_allowed = true,
                                                        .link_count = 1,
                                                        .age_s = G_MAXINT32});
  g_assert_cmpint(plan->decision, ==, PLAN_ENCODE);
  *ret_commands = plan->commands->len;
  g_auto(GStrv) argv = encode_command(plan, plan->commands->len - 1, "ffmpeg", "/in.mkv", "/out", "/tmp/log");
  return g_strjoinv("\n", argv);
}

static void test_chunk_command(void)
{
  static const struct {
    const char *settings;
    ChunkRange range;
    const char *has, *has_not;
  } rows[] = {
      {"", {1, 0, 60000, 0, 0, 60000}, "-filter:0\ntrim=end_pts=60000\n", "-ss\n"},
      {"", {2, 60000, 120000, 58000, 60000, 120000}, "-filter:0\ntrim=start_pts=60000:end_pts=120000\n", NULL},
      {"", {2, 60000, FIELD_NULL_INT, 58000, 60000, 120000}, "-ss\n58000ms\n-i\nfile:/in.mkv\n-map\n0:1\n", "end_pts"},
      {"max_height=540", {2, 60000, FIELD_NULL_INT, 0, 60000, 120000}, "trim=start_pts=60000,scale=", NULL},
      {"", {2, 60000, FIELD_NULL_INT, 0, 60000, 120000}, "log-level=error:pools=2", "0:0"},
      {"codec=h264", {2, 60000, FIELD_NULL_INT, 0, 60000, 120000}, "-threads:0\n2\n", "audio"},
      {"codec=av1", {2, 60000, FIELD_NULL_INT, 0, 60000, 120000}, "tune=0:lp=2", "-attach"},
      {"container=mp4",
       {2, 60000, FIELD_NULL_INT, 0, 60000, 120000},
       "-map_metadata\n-1\n-map_chapters\n-1\n-avoid_negative_ts\ndisabled\n-f\nnut\nfile:/out",
       "hvc1"},
  };
  g_autoptr(MediaInfo) media = FIXTURE_MKV("audio aac 2 eng", VIDEO, "subtitle subrip eng",
                                           "video mjpeg 60x90 attached_pic @filename=art.jpg @mimetype=image/jpeg");
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint commands;
    g_autofree char *command = command_of(media, rows[i].settings, &(PlanPart){.chunk = &rows[i].range, .threads = 2}, &commands);
    g_assert_cmpuint(commands, ==, 1);
    assert_contains(command, "-copyts\n-start_at_zero\n-noaccurate_seek\n");
    assert_contains(command, "-fps_mode:0\npassthrough\n-enc_time_base:0\n1/");
    assert_contains(command, rows[i].has);
    if (rows[i].has_not)
      g_assert_null(strstr(command, rows[i].has_not));
  }
}

static void test_join_command(void)
{
  g_autoptr(MediaInfo) media =
      FIXTURE_MKV("audio flac 2 eng", VIDEO " color_range=tv", "subtitle subrip eng", "attachment ttf f.ttf font/ttf",
                  "video mjpeg 60x90 attached_pic @filename=art.jpg @mimetype=image/jpeg");
  guint commands;
  g_autofree char *command = command_of(media, "audio_codec=aac;max_height=540", &(PlanPart){.lead_us = 41708}, &commands);
  g_assert_cmpuint(commands, ==, 2); /* the cover is unpacked as ever */
  assert_contains(command, "-itsoffset\n41708us\n-f\nconcat\n-i\nchunks.txt\n-i\nfile:/in.mkv\n");
  assert_contains(command, "-map\n1:0\n-map\n0:0\n-map\n1:2\n-map\n1:3\n");
  assert_contains(command, "-map_metadata:s:1\n1:s:1\n-c:1\ncopy\n-color_range:1\ntv\n-field_order:1\nprogressive\n");
  assert_contains(command, "-map_metadata:s:0\n1:s:0\n");
  assert_contains(command, "-c:0\naac\n");
  assert_contains(command, "-map_metadata\n1\n-map_chapters\n1\n");
  assert_contains(command, "-attach\nfile:/tmp/log-cover-4\n");
  g_assert_null(strstr(command, "libx265"));
  g_assert_null(strstr(command, "scale"));
  g_assert_null(strstr(command, "-fps_mode"));
  g_assert_null(strstr(command, "-video_track_timescale"));

  g_autoptr(MediaInfo) plain = FIXTURE_MKV(VIDEO, "audio aac 2 eng");
  g_autofree char *mp4 = command_of(plain, "container=mp4", &(PlanPart){0}, &commands);
  assert_contains(mp4, "-video_track_timescale\n24000\n");
  assert_contains(mp4, "-tag:0\nhvc1\n");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/chunk-plan/decisions", test_decisions);
  g_test_add_func("/encode/chunk-plan/cuts", test_cuts);
  g_test_add_func("/encode/chunk-plan/every-length", test_every_length);
  g_test_add_func("/encode/chunk-plan/chunk-command", test_chunk_command);
  g_test_add_func("/encode/chunk-plan/join-command", test_join_command);
  return g_test_run();
}
