/* Decides whether a film is cut into chunks, and where. Test: tests/unit/encode/test_chunk_plan.c */
#include "encode/chunk_plan.h"

#include "encode/plan_filter.h"

#include <math.h>
#include <string.h>

/* Splitting costs a little of everything: a key frame and a new start of the rate control for each chunk, the join, a worker's
 * time between chunks. */
static const double pays_from = 1.25;

/* A cut may be this part of a chunk's length away from where equal chunks would have it. */
static const double reach = 0.25;

/* A key frame that comes after less than this part of the usual distance stands at a change of scene, where a new start costs
 * the fewest bytes. It is taken though it is this part of the reach farther away. */
static const double scene_gap = 0.8, scene_worth = 0.6;

double chunk_encoder_speed(const char *encoder, double cores)
{
  static const struct {
    const char *encoder;
    double parallel; /* share of the work */
  } rows[] = {{"libx264", 0.95}, {"libx265", 0.92}, {"libsvtav1", 0.93}, {"libvpx-vp9", 0.70}};
  double parallel = 0.8;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_strcmp0(encoder, rows[i].encoder) == 0)
      parallel = rows[i].parallel;
  return 1 / (1 - parallel + parallel / MAX(cores, 1));
}

ChunkPlan *chunk_plan_whole(char *reason)
{
  ChunkPlan *plan = record_new(&chunk_plan_table);
  g_free(plan->reason);
  plan->reason = reason;
  plan->chunks = records_new(&chunk_range_table);
  return plan;
}

/* Codecs whose containers give each picture that is shown a packet of its own, with its time. */
static bool codec_is_exact(const char *codec)
{
  static const char *const codecs[] = {"h264",   "hevc",  "av1",  "vp9",   "mpeg4", "mpeg2video", "mpeg1video",
                                       "prores", "dnxhd", "ffv1", "mjpeg", "vc1",   NULL};
  return codec && g_strv_contains(codecs, codec);
}

/* What makes a frame depend on more than its own chunk, or a chunk on more than its own frames. */
static const char *inexact(const ChunkInput *input, const StreamInfo *video)
{
  static const char *const containers[] = {"mkv", "webm", "mp4", "mov", NULL};
  const Profile *profile = input->profile;
  if (!input->media->container || !g_strv_contains(containers, input->media->container))
    return "its container does not state the exact time of each frame";
  if (!codec_is_exact(video->codec))
    return "its video codec has frames that cannot be told apart without decoding";
  if (video_is_interlaced(video) || profile->deinterlace == DEINTERLACE_ON)
    return "it is interlaced, and a frame is made from its neighbours";
  if (input->plan->frame_rate)
    return "its frame rate is lowered, which counts frames from the beginning of the film";
  if (profile->denoise != DENOISE_OFF)
    return "noise is reduced by looking at the frames before";
  if (profile->subtitles == STREAMS_BURN_IN)
    return "subtitles are drawn into the picture";
  if (profile->video_bit_rate_kbps > 0)
    return "a bit rate for the whole film is shared out by one encoder";
  if (frame_rate_value(video->base_frame_rate) > PLAN_RATE_MAX)
    return "its frame rate is not known";
  return NULL;
}

static char *refuse(const char *why)
{
  return g_strdup_printf("Encoded in one run: %s.", why);
}

/* How many chunks of the wanted length, at the most. */
static int64_t count_chunks(const ChunkInput *input, int64_t duration_ms)
{
  int64_t n = duration_ms / (input->profile->chunk_seconds * 1000), runners = MAX(input->capacity.runners, 1);
  /* The last round should keep every runner busy, too. */
  return n > runners ? n - n % runners : n;
}

/* How many times as fast as one run. */
static double gain_of(const ChunkInput *input, int64_t n)
{
  const ChunkCapacity *it = &input->capacity;
  double servers = MAX(it->servers, 1), cores = MAX(it->cores, 1);
  double runners = MIN((double)MIN(it->runners, n), servers * cores);
  double rounds = ceil((double)n / runners);
  double per_server = MAX(runners / servers, 1);
  return runners * ((double)n / (rounds * runners)) * chunk_encoder_speed(input->plan->encoder, cores / per_server) /
         chunk_encoder_speed(input->plan->encoder, cores);
}

/* Whether it is quicker; true where nobody asks. */
static char *does_not_pay(const ChunkInput *input, int64_t n)
{
  const ChunkCapacity *it = &input->capacity;
  if (input->profile->chunking == CHUNKING_ALWAYS)
    return NULL;
  if (it->runners < 2)
    return refuse("there is one runner, so splitting does not pay");
  if (it->waiting >= it->runners - 1)
    return g_strdup_printf("Encoded in one run: %d other film%s for the %d runners.", it->waiting,
                           it->waiting == 1 ? " waits" : "s wait", it->runners);
  double gain = gain_of(input, n);
  if (gain >= pays_from)
    return NULL;
  return g_strdup_printf("Encoded in one run: %" G_GINT64_FORMAT
                         " chunks on %d runners with %d cores in all would be %.2f times as "
                         "fast as one run of %s, which does not pay.",
                         n, it->runners, it->servers * it->cores, gain, input->plan->encoder);
}

char *chunk_plan_refusal(const ChunkInput *input)
{
  const EncodePlan *plan = input->plan;
  const StreamInfo *video = media_info_video(input->media);
  const EncoderRow *encoder = plan->encoder ? encoder_find(plan->encoder) : NULL;
  if (input->profile->chunking == CHUNKING_NEVER)
    return refuse("the profile says so");
  if (plan->engine != ENGINE_FFMPEG)
    return refuse("HandBrake cannot join chunks");
  if (!video || !encoder)
    return refuse("its video is not encoded");
  if (encoder->family != ENCODER_CPU)
    return refuse("a hardware encoder is not quicker with several chunks at once");
  const char *why = inexact(input, video);
  if (why)
    return refuse(why);
  int64_t duration_ms = input->media->duration_ms, n = duration_ms > 0 ? count_chunks(input, duration_ms) : 0;
  if (duration_ms <= 0)
    return refuse("nobody knows how long it is");
  if (n < 2)
    return g_strdup_printf("Encoded in one run: it lasts %.0f s, and two chunks of %" G_GINT64_FORMAT " s need more.",
                           (double)duration_ms / 1000, input->profile->chunk_seconds);
  return does_not_pay(input, n);
}

/* What encoders leave between key frames where no scene begins: the distance that most key frames reach. */
static int64_t usual_gap_ms(const GPtrArray *frames)
{
  int64_t most = 0;
  for (guint i = 0; i < frames->len; i++)
    most = MAX(most, ((const KeyFrame *)frames->pdata[i])->gap_ms);
  return most;
}

/* The best key frame near `ideal_ms`, after `last`; -1: none is near. */
static int best_cut(const FrameIndex *index, guint last, double ideal_ms, double reach_ms)
{
  int64_t usual_ms = usual_gap_ms(index->key_frames);
  int best = -1;
  double best_cost = 1;
  for (guint i = last + 1; i < index->key_frames->len; i++) {
    const KeyFrame *frame = index->key_frames->pdata[i];
    double distance = fabs((double)frame_index_ms(index, frame->pts) - ideal_ms) / reach_ms;
    double cost = distance - ((double)frame->gap_ms < scene_gap * (double)usual_ms ? scene_worth : 0);
    if (distance <= 1 && cost < best_cost) {
      best = (int)i;
      best_cost = cost;
    }
  }
  return best;
}

static void add_chunk(ChunkPlan *plan, const FrameIndex *index, int cut)
{
  const KeyFrame *frame = index->key_frames->pdata[cut];
  ChunkRange *before = plan->chunks->len > 0 ? plan->chunks->pdata[plan->chunks->len - 1] : NULL;
  ChunkRange *range = record_new(&chunk_range_table);
  range->number = plan->chunks->len + 1;
  range->from_pts = frame->pts;
  range->to_pts = FIELD_NULL_INT;
  /* From one key frame earlier: what is shown right after the cut may, against the rules, look back over it. */
  range->seek_ms = cut > 1 ? MAX(frame_index_ms(index, ((const KeyFrame *)index->key_frames->pdata[cut - 1])->pts), 0) : 0;
  range->from_ms = frame_index_ms(index, frame->pts);
  if (before) {
    before->to_pts = frame->pts;
    before->to_ms = range->from_ms;
  }
  g_ptr_array_add(plan->chunks, range);
}

static void cut_film(const ChunkInput *input, ChunkPlan *plan)
{
  const FrameIndex *index = input->index;
  const KeyFrame *first = index->key_frames->pdata[0];
  int64_t n = count_chunks(input, input->media->duration_ms), begin_ms = frame_index_ms(index, first->pts);
  double length_ms = (double)(input->media->duration_ms - begin_ms) / (double)n;
  guint last = 0;
  add_chunk(plan, index, 0);
  for (int64_t i = 1; i < n; i++) {
    int cut = best_cut(index, last, (double)begin_ms + length_ms * (double)i, length_ms * reach);
    if (cut < 0)
      continue; /* the chunk before is longer */
    add_chunk(plan, index, cut);
    last = (guint)cut;
  }
  ((ChunkRange *)plan->chunks->pdata[plan->chunks->len - 1])->to_ms = input->media->duration_ms;
}

/* Cores that a chunk's encoder has for itself. */
static int64_t threads_of(const ChunkCapacity *capacity)
{
  int runners = MAX(capacity->runners, 1) / MAX(capacity->servers, 1);
  return runners < 2 ? 0 : MAX(capacity->cores / runners, 1);
}

ChunkPlan *chunk_plan_make(const ChunkInput *input)
{
  const FrameIndex *index = input->index;
  char *refusal = chunk_plan_refusal(input);
  if (refusal)
    return chunk_plan_whole(refusal);
  if (index->edited)
    return chunk_plan_whole(refuse("an edit list cuts something out of its middle"));
  if (index->key_frames->len < 2)
    return chunk_plan_whole(refuse("it has no second key frame to cut at"));
  ChunkPlan *plan = chunk_plan_whole(NULL);
  cut_film(input, plan);
  if (!chunk_plan_splits(plan)) {
    chunk_plan_free(plan);
    return chunk_plan_whole(refuse("its key frames are too far apart"));
  }
  plan->tick_num = index->tick_num;
  plan->tick_den = index->tick_den;
  plan->threads = threads_of(&input->capacity);
  if (input->profile->chunking == CHUNKING_ALWAYS)
    plan->reason = g_strdup_printf("Encoded in %u chunks: the profile asks for it.", plan->chunks->len);
  else
    plan->reason =
        g_strdup_printf("Encoded in %u chunks on %d runners: about %.1f times as fast as one run of %s.", plan->chunks->len,
                        input->capacity.runners, gain_of(input, plan->chunks->len), input->plan->encoder);
  return plan;
}
