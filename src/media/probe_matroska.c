/* Takes from a Matroska file's own structures what libavformat does not say of them. Which track is which stream: the n-th of
 * its type in both, provided both count as many. Test: tests/unit/media/test_probe.c */
#include "media/probe_read.h"

#include "container/track_edit.h"
#include "media/language.h"

#include <string.h>

static bool is_stream_of_track(const StreamInfo *stream, StreamType type)
{
  return stream->type == (int)type && !stream_has_disposition(stream, "attached_pic"); /* which is an attachment */
}

static size_t count_streams(const MediaInfo *info, StreamType type)
{
  size_t n = 0;
  for (guint i = 0; i < info->streams->len; i++)
    n += is_stream_of_track(info->streams->pdata[i], type);
  return n;
}

static void take_over(const Track *track, StreamInfo *stream)
{
  stream->disabled = track->is_disabled;
  stream->crop = g_strdup(track->crop);
  const char *tag = track->language_tag;
  if (tag && !language_unknown(tag) && (strchr(tag, '-') || !language_same(tag, stream->language)))
    stream->language_tag = g_strdup(tag);
}

static void take_over_type(const TrackList *list, TrackType track_type, MediaInfo *info, StreamType type)
{
  size_t n = count_streams(info, type), at = 0;
  if (n == 0 || !track_list_nth(list, track_type, n - 1, NULL) || track_list_nth(list, track_type, n, NULL))
    return;
  for (guint i = 0; i < info->streams->len; i++)
    if (is_stream_of_track(info->streams->pdata[i], type))
      take_over(track_list_nth(list, track_type, at++, NULL), info->streams->pdata[i]);
}

void probe_matroska(const ProbeInput *input, MediaInfo *info)
{
  if (!g_str_has_prefix(info->format_name, "matroska"))
    return;
  ByteSource source = byte_source_file(input->fd, input->size_bytes);
  g_autoptr(TrackList) list = tracks_parse(&source, NULL);
  if (!list)
    return;
  info->ordered_chapters = list->ordered_chapters;
  take_over_type(list, TRACK_VIDEO, info, STREAM_VIDEO);
  take_over_type(list, TRACK_AUDIO, info, STREAM_AUDIO);
  take_over_type(list, TRACK_SUBTITLE, info, STREAM_SUBTITLE);
}
