/* The packets at the beginning of a file: avformat_find_stream_info has read most of them already and buffers them; here they are
 * taken once and remembered for all who ask. Tested by tests/unit/media/test_probe.c. */
#include "media/probe_read.h"

enum { MAX_SEARCH_BYTES = 16 * 1024 * 1024 };

static const AVPacket *remembered(const ProbeInput *input, unsigned index)
{
  return input->first_packets && index < input->first_packets->len ? input->first_packets->pdata[index] : NULL;
}

static void remember(ProbeInput *input, const AVPacket *packet)
{
  unsigned index = (unsigned)packet->stream_index;
  if (remembered(input, index))
    return;
  if (!input->first_packets)
    input->first_packets = g_ptr_array_new();
  if (index >= input->first_packets->len) /* streams may turn up while reading */
    g_ptr_array_set_size(input->first_packets, (int)index + 1);
  input->first_packets->pdata[index] = input->av->av_packet_clone(packet);
}

int probe_next_packet(ProbeInput *input, AVPacket *packet)
{
  int code = input->av->av_read_frame(input->format, packet);
  if (code >= 0)
    remember(input, packet);
  return code;
}

const AVPacket *probe_first_packet(ProbeInput *input, unsigned index)
{
  const Libav *av = input->av;
  AVPacket *packet = remembered(input, index) ? NULL : av->av_packet_alloc();
  while (packet && !remembered(input, index) && input->searched_bytes < MAX_SEARCH_BYTES &&
         probe_next_packet(input, packet) >= 0) {
    input->searched_bytes += (size_t)packet->size + 64; /* empty packets count, too */
    av->av_packet_unref(packet);
  }
  av->av_packet_free(&packet);
  return remembered(input, index);
}

void probe_packets_clear(ProbeInput *input)
{
  for (guint i = 0; input->first_packets && i < input->first_packets->len; i++) {
    AVPacket *packet = input->first_packets->pdata[i];
    input->av->av_packet_free(&packet);
  }
  g_clear_pointer(&input->first_packets, g_ptr_array_unref);
  input->searched_bytes = 0;
}

void probe_hidden(ProbeInput *input, GPtrArray *streams)
{
  const AVRational ms = {1, 1000};
  if (!g_str_has_prefix(input->format->iformat->name, "mov"))
    return;
  for (unsigned i = 0; i < streams->len; i++) {
    StreamInfo *info = streams->pdata[i];
    bool is_played = info->type == STREAM_AUDIO || info->type == STREAM_VIDEO;
    const AVPacket *packet = is_played ? probe_first_packet(input, i) : NULL;
    if (packet && packet->pts != AV_NOPTS_VALUE && packet->pts < 0)
      info->hidden_ms = input->av->av_rescale_q_rnd(-packet->pts, input->format->streams[i]->time_base, ms, AV_ROUND_NEAR_INF);
  }
}
