/* One open file -> MediaInfo, inside a probing child. Error messages here are the rest of a sentence that begins with the file's
 * path: "is empty.".
 *
 * Thread-safety: a ProbeInput belongs to one thread. */
#pragma once

#include "media/frame_index.h"
#include "media/libav.h"
#include "media/media_info.h"

enum {
  PROBE_MAX_STREAMS = 1000,
  PROBE_MAX_CHAPTERS = 10000,
  PROBE_MAX_TAG_BYTES = 1024 * 1024,
};

/* A file as libavformat sees it. */
typedef struct {
  const Libav *av;
  int fd;
  const char *name;
  int64_t size_bytes, position;
  int64_t deadline_us; /* monotonic */
  bool timed_out;
  int read_errno; /* of the first read that failed; 0 */
  guint8 head[512];
  size_t head_length;
  AVIOContext *io;
  AVFormatContext *format;
  GPtrArray *first_packets; /* AVPacket of each stream by index, as far as seen; NULL where not, and at first */
  size_t searched_bytes;    /* by probe_first_packet */
} ProbeInput;

/* Reads everything about the file on `fd`, which stays the caller's. `name` tells the extension. NULL on error: CORRUPT, IO,
 * LIMIT, TIMEOUT. The caller frees the result. */
MediaInfo *probe_read(const Libav *av, int fd, const char *name, int64_t limit_ms, GError **error);

/* Where the main video can be cut; with `every`, its packets counted instead: see probe_frames and probe_key_frames in probe.h.
 * NULL on error, as probe_read. The caller frees the result. */
FrameIndex *probe_read_frames(const Libav *av, int fd, const char *name, bool every, int64_t limit_ms, GError **error);

/* Looks at the file: its size and first bytes. */
bool probe_input_look(ProbeInput *input, GError **error);

/* A sentence for what went wrong: the time limit, the disk, memory, or else `otherwise`. */
bool probe_input_fail(const ProbeInput *input, int code, const char *otherwise, GError **error);

/* Opens the format and fills in all stream parameters as ffprobe would show them. probe_input_close in every case. */
bool probe_input_open(ProbeInput *input, GError **error);
void probe_input_close(ProbeInput *input);

/* Gives a text field that is never NULL another value, which it takes. */
static inline void probe_set_text(char **field, char *value)
{
  g_free(*field);
  *field = value;
}

/* av_read_frame, but keeps the first packet of each stream for probe_first_packet. */
int probe_next_packet(ProbeInput *input, AVPacket *packet);

/* The first packet of a stream, borrowed; reads on to find it, within a limit for all streams together. NULL if it is not there.
 */
const AVPacket *probe_first_packet(ProbeInput *input, unsigned index);

void probe_packets_clear(ProbeInput *input);

/* For Matroska: reads on, as ffprobe would, until every subtitle stream has been seen or ffprobe's limits are reached, and sets
 * their start times. False if the result could differ from ffprobe's. */
bool probe_subtitle_starts(ProbeInput *input);

/* The one word for the container. The caller frees it. */
char *probe_container(const ProbeInput *input);

/* libavformat's name of the format if `head` leaves no doubt, so that it need not ask each of its 350 demuxers; else NULL. */
const char *probe_certain_format(const ProbeInput *input);

/* What libavformat knows of a stream as a record. `tag_budget` is what tags may still take, and is lowered. LIMIT if they take
 * more. */
StreamInfo *probe_stream(const ProbeInput *input, AVStream *stream, size_t *tag_budget, GError **error);

/* Copies tags, as probe_stream. Also gives out the values of the named ones. */
bool probe_tags(const ProbeInput *input, const AVDictionary *metadata, size_t *tag_budget, GPtrArray *ret_tags, GError **error);
const char *probe_tag(const ProbeInput *input, const AVDictionary *metadata, const char *name); /* NULL if it is not there */

/* Fills the HDR fields of all video streams from headers and, where these cannot know, from the first packets. `streams` stand in
 * the order of the input's. */
void probe_hdr(ProbeInput *input, GPtrArray *streams);

/* Fills in how much of the audio an MP4's edit list hides: it was cut without encoding, say. */
void probe_hidden(ProbeInput *input, GPtrArray *streams);

/* Fills in what a Matroska file says and libavformat passes over: ordered chapters, language tags, crop marks, disabled tracks.
 * Nothing for other files, and for those that only libavformat can make sense of. */
void probe_matroska(const ProbeInput *input, MediaInfo *info);

const void *probe_side_data(const ProbeInput *input, const AVStream *stream, enum AVPacketSideDataType type, size_t min_bytes);
