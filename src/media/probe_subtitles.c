/* Where subtitle streams begin, in Matroska files that libavformat would read further into only because of an attachment that it
 * does not know. ffprobe shows the first subtitle's time if it comes within its limits, and the file's start otherwise; the
 * limits are counted here as avformat_find_stream_info counts them, without its work on each packet. Tested by
 * tests/unit/media/test_probe.c. */
#include "media/probe_read.h"

/* Of what is analysed, by avformat_find_stream_info's defaults. */
enum { AUDIO_VIDEO_SECONDS = 5, SUBTITLE_SECONDS = 30 };

typedef struct {
  int64_t packets, duration; /* the latter in the stream's time base */
  int64_t first;             /* subtitles: the first packet's time */
} Seen;

static bool is_subtitle(const AVStream *stream)
{
  return stream->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
}

static int64_t seconds_in(const Libav *av, const AVStream *stream, int64_t seconds)
{
  return av->av_rescale_q_rnd(seconds, (AVRational){1, 1}, stream->time_base, AV_ROUND_NEAR_INF);
}

/* Adds a packet; false if with it the stream has been looked at for long enough. */
static bool count_packet(const Libav *av, const AVStream *stream, const AVPacket *packet, Seen *seen)
{
  if (is_subtitle(stream) && seen->first == AV_NOPTS_VALUE)
    seen->first = packet->pts;
  if (seen->packets > 1) {
    int64_t seconds = is_subtitle(stream) ? SUBTITLE_SECONDS : AUDIO_VIDEO_SECONDS;
    const AVRational rate = stream->avg_frame_rate;
    if (seen->duration >= seconds_in(av, stream, seconds) ||
        (rate.num > 0 && rate.den > 0 && seen->packets >= seconds * rate.num / (double)rate.den))
      return false;
    if (packet->duration > 0 && packet->duration < INT64_MAX - seen->duration) {
      seen->duration += packet->duration;
      if (is_subtitle(stream) && packet->pts != AV_NOPTS_VALUE && packet->pts >= seen->first)
        seen->duration = MIN(seen->duration, packet->pts - seen->first);
    }
  }
  seen->packets++;
  return true;
}

static void read_on(ProbeInput *input, unsigned n, Seen *seen)
{
  const Libav *av = input->av;
  AVPacket *packet = av->av_packet_alloc();
  bool go_on = packet != NULL;
  int64_t bytes = 0;
  while (go_on && bytes < input->format->probesize && probe_next_packet(input, packet) >= 0) {
    const AVStream *stream = input->format->streams[packet->stream_index];
    if (!(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
      bytes += packet->size;
    go_on = (unsigned)packet->stream_index >= n || count_packet(av, stream, packet, &seen[packet->stream_index]);
    av->av_packet_unref(packet);
  }
  av->av_packet_free(&packet);
}

bool probe_subtitle_starts(ProbeInput *input)
{
  const Libav *av = input->av;
  unsigned n = input->format->nb_streams;
  bool any = false;
  g_autofree Seen *seen = g_new0(Seen, n + 1);
  for (unsigned i = 0; i < n; i++) {
    seen[i].first = AV_NOPTS_VALUE;
    any = any || is_subtitle(input->format->streams[i]);
  }
  if (!any)
    return true;
  read_on(input, n, seen);
  for (unsigned i = 0; i < n; i++) {
    AVStream *stream = input->format->streams[i];
    if (!is_subtitle(stream) || seen[i].first == AV_NOPTS_VALUE)
      continue;
    const AVRational microseconds = {1, AV_TIME_BASE};
    /* A subtitle before all else would move the start of the file. */
    if (av->av_rescale_q_rnd(seen[i].first, stream->time_base, microseconds, AV_ROUND_NEAR_INF) < input->format->start_time)
      return false;
    stream->start_time = seen[i].first;
    stream->duration = AV_NOPTS_VALUE; /* Matroska gives streams none; the file's was put in for lack of a start */
  }
  return true;
}
