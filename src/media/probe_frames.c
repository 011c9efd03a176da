/* What a probing child answers about the frames of one file: where it can be cut, or how many there are. Nothing is decoded.
 *
 * libavformat's index holds every sample of an MP4 by decoding time, and one entry for each cue of a Matroska file by the time
 * of showing. A key frame's time of showing in an MP4 is found by reading its packet, so of many key frames only some are kept.
 * Tested by tests/unit/media/test_probe_frames.c. */
#include "media/probe_read.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum {
  PLACES_MAX = 600, /* key frames that are kept, about */
  PLACE_MIN_MS = 500,
  REORDER_MAX = 64, /* frames between one that is hidden and one before it that is shown: they stand in decoding order */
};

/* One key frame as the index has it. */
typedef struct {
  int64_t at; /* the index's own time */
  int64_t gap_ms;
} Place;

typedef struct {
  ProbeInput *input;
  AVStream *video;
  int64_t offset; /* the file's start in the video's ticks */
  FrameIndex *index;
} Search;

static AVStream *main_video(const ProbeInput *input)
{
  for (unsigned i = 0; i < input->format->nb_streams; i++) {
    AVStream *stream = input->format->streams[i];
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
      return stream;
  }
  return NULL;
}

static bool format_is(const Search *search, const char *name)
{
  return g_str_has_prefix(search->input->format->iformat->name, name);
}

static int64_t to_ms(const Search *search, int64_t ticks)
{
  return search->input->av->av_rescale_q_rnd(ticks, search->video->time_base, (AVRational){1, 1000}, AV_ROUND_NEAR_INF);
}

static void add_key_frame(Search *search, int64_t pts, int64_t gap_ms)
{
  KeyFrame *frame = record_new(&key_frame_table);
  frame->pts = pts - search->offset;
  frame->gap_ms = gap_ms;
  g_ptr_array_add(search->index->key_frames, frame);
}

/* Takes one more key frame, in time order: within each stretch of the film only the one that follows soonest on another stays,
 * because encoders put key frames out of their regular distance where a scene begins. */
static void keep_place(const Search *search, GArray *places, int64_t at, int64_t *last_at)
{
  int64_t duration_ms = search->input->format->duration == AV_NOPTS_VALUE ? 0 : search->input->format->duration / 1000;
  int64_t stretch_ms = MAX(PLACE_MIN_MS, duration_ms / PLACES_MAX);
  Place place = {.at = at, .gap_ms = *last_at == AV_NOPTS_VALUE ? 0 : to_ms(search, at - *last_at)};
  *last_at = at;
  Place *last = places->len > 1 ? &g_array_index(places, Place, places->len - 1) : NULL; /* the first stays in any case */
  if (last && to_ms(search, at) / stretch_ms == to_ms(search, last->at) / stretch_ms) {
    if (place.gap_ms < last->gap_ms)
      *last = place;
    return;
  }
  g_array_append_val(places, place);
}

static GArray *places_by_index(Search *search)
{
  const Libav *av = search->input->av;
  GArray *places = g_array_new(FALSE, FALSE, sizeof(Place));
  /* Matroska's cues are read when somebody seeks for the first time. */
  (void)av->av_seek_frame(search->input->format, search->video->index, 0, AVSEEK_FLAG_BACKWARD);
  int n = av->avformat_index_get_entries_count(search->video);
  int64_t last_at = AV_NOPTS_VALUE;
  int first_shown = -1;
  bool hidden_after = false;
  for (int i = 0; i < n; i++) {
    const AVIndexEntry *entry = av->avformat_index_get_entry(search->video, i);
    bool hidden = entry->flags & AVINDEX_DISCARD_FRAME;
    if (!hidden && hidden_after)
      search->index->edited = true;
    if (!hidden && first_shown < 0)
      first_shown = i;
    hidden_after = hidden && first_shown >= 0 && i - first_shown > REORDER_MAX;
    if (!hidden && entry->flags & AVINDEX_KEYFRAME)
      keep_place(search, places, entry->timestamp, &last_at);
  }
  return places;
}

/* A Matroska file without cues has only what happened to be read. */
static bool covers_film(const Search *search, const GArray *places)
{
  int64_t duration_ms = search->input->format->duration == AV_NOPTS_VALUE ? 0 : search->input->format->duration / 1000;
  return places->len >= 2 && to_ms(search, g_array_index(places, Place, places->len - 1).at) >= duration_ms / 5 * 4;
}

static bool read_key_frame(Search *search, AVPacket *packet, int64_t at, int flags, int64_t *ret_pts)
{
  const Libav *av = search->input->av;
  if (av->av_seek_frame(search->input->format, search->video->index, at, flags) < 0 ||
      av->av_read_frame(search->input->format, packet) < 0)
    return false;
  bool good = packet->stream_index == search->video->index && packet->flags & AV_PKT_FLAG_KEY && packet->dts == at &&
              packet->pts != AV_NOPTS_VALUE;
  *ret_pts = packet->pts;
  av->av_packet_unref(packet);
  return good;
}

/* The time of showing of the key frame that the index has at `at`; false if another one is read there. libavformat takes the
 * place for a time of showing and looks some frames before it, where forward is right, or not, where backward is. */
static bool read_pts(Search *search, AVPacket *packet, int64_t at, int64_t *ret_pts)
{
  return read_key_frame(search, packet, at, 0, ret_pts) || read_key_frame(search, packet, at, AVSEEK_FLAG_BACKWARD, ret_pts);
}

static void fill_by_index(Search *search, const GArray *places)
{
  AVPacket *packet = format_is(search, "mov") ? search->input->av->av_packet_alloc() : NULL;
  for (guint i = 0; i < places->len && !search->input->timed_out; i++) {
    const Place *place = &g_array_index(places, Place, i);
    int64_t pts = place->at;
    if (!packet || read_pts(search, packet, place->at, &pts))
      add_key_frame(search, pts, place->gap_ms);
  }
  search->input->av->av_packet_free(&packet);
}

/* Every packet of the video. Key frames are collected if `places` is given. */
static bool read_packets(Search *search, GArray *places, GError **error)
{
  const Libav *av = search->input->av;
  FrameIndex *index = search->index;
  AVPacket *packet = av->av_packet_alloc();
  double sum_s = 0, tick_s = (double)index->tick_num / (double)index->tick_den;
  int64_t last_at = AV_NOPTS_VALUE;
  int code;
  index->source = FRAMES_BY_PACKETS;
  index->frames = 0;
  /* Opening may have taken packets that would not be seen again. */
  if ((format_is(search, "matroska") || format_is(search, "mov")) &&
      av->av_seek_frame(search->input->format, search->video->index, 0, AVSEEK_FLAG_BACKWARD) < 0) {
    av->av_packet_free(&packet);
    return fail(error, REEVE_ERROR_CORRUPT, "cannot be read from its beginning again.");
  }
  while ((code = av->av_read_frame(search->input->format, packet)) >= 0) {
    bool shown =
        packet->stream_index == search->video->index && !(packet->flags & AV_PKT_FLAG_DISCARD) && packet->pts != AV_NOPTS_VALUE;
    if (shown) {
      int64_t pts = packet->pts - search->offset;
      index->frames++;
      sum_s += (double)pts * tick_s;
      index->first_pts = index->first_pts == FIELD_NULL_INT ? pts : MIN(index->first_pts, pts);
      index->last_pts = index->last_pts == FIELD_NULL_INT ? pts : MAX(index->last_pts, pts);
    }
    if (shown && places && packet->flags & AV_PKT_FLAG_KEY)
      keep_place(search, places, packet->pts, &last_at);
    av->av_packet_unref(packet);
  }
  av->av_packet_free(&packet);
  if (index->frames > 0)
    index->mean_s = sum_s / (double)index->frames - (double)index->first_pts * tick_s;
  if (search->input->timed_out || search->input->read_errno)
    return probe_input_fail(search->input, code, "", error);
  return true;
}

static bool find_key_frames(Search *search, GError **error)
{
  if (!format_is(search, "matroska") && !format_is(search, "mov"))
    return fail(error, REEVE_ERROR_INVALID, "has no index of its frames, as formats of its kind have none.");
  search->index->source = FRAMES_BY_INDEX;
  g_autoptr(GArray) places = places_by_index(search);
  if (format_is(search, "matroska") && !covers_film(search, places)) {
    g_array_set_size(places, 0);
    if (!read_packets(search, places, error))
      return false;
  }
  fill_by_index(search, places);
  return !search->input->timed_out || probe_input_fail(search->input, 0, "", error);
}

static bool search_video(ProbeInput *input, FrameIndex *index, bool every, GError **error)
{
  Search search = {.input = input, .video = main_video(input), .index = index};
  if (!search.video || search.video->time_base.num <= 0 || search.video->time_base.den <= 0)
    return fail(error, REEVE_ERROR_CORRUPT, "holds no video.");
  for (unsigned i = 0; i < input->format->nb_streams; i++)
    if ((int)i != search.video->index)
      input->format->streams[i]->discard = AVDISCARD_ALL;
  index->tick_num = search.video->time_base.num;
  index->tick_den = search.video->time_base.den;
  /* As ffmpeg shifts what it reads. */
  if (input->format->start_time != AV_NOPTS_VALUE)
    index->start_us = input->format->start_time;
  search.offset =
      input->av->av_rescale_q_rnd(index->start_us, (AVRational){1, AV_TIME_BASE}, search.video->time_base, AV_ROUND_NEAR_INF);
  return every ? read_packets(&search, NULL, error) : find_key_frames(&search, error);
}

FrameIndex *probe_read_frames(const Libav *av, int fd, const char *name, bool every, int64_t limit_ms, GError **error)
{
  ProbeInput input = {.av = av, .fd = fd, .name = name, .deadline_us = g_get_monotonic_time() + limit_ms * 1000};
  g_autoptr(FrameIndex) index = record_new(&frame_index_table);
  index->frames = index->first_pts = index->last_pts = FIELD_NULL_INT;
  index->mean_s = NAN;
  index->key_frames = records_new(&key_frame_table);
  bool ok = probe_input_look(&input, error) && probe_input_open(&input, error) && search_video(&input, index, every, error);
  probe_input_close(&input);
  return ok ? g_steal_pointer(&index) : NULL;
}
