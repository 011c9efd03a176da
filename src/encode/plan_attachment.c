/* Cover art, attached files and data streams.
 *
 * ffmpeg shows an image attached to a Matroska file as a video stream of one picture, and writes such a stream back as a video
 * track, not as an attachment (measured with 5.1). So for Matroska each picture is first unpacked by a command of its own and
 * then attached as a file; for MP4 and MOV it is copied as cover art.
 *
 * Data streams: no container but their own can hold most of them. Three kinds mean nothing outside and are left out with a
 * reason: the text track from which MP4's chapters are read (chapters themselves stay), timecode tracks (the value stays as the
 * timecode tag), and the signalling of broadcasts and streaming servers. Everything else is treated as a loss.
 * Test: tests/unit/encode/test_plan_streams.c */
#include "encode/plan_internal.h"

#include <string.h>

static const struct {
  const char *codec, *mime_type, *extension;
} images[] = {
    {"mjpeg", "image/jpeg", "jpg"}, {"png", "image/png", "png"}, {"gif", "image/gif", "gif"},
    {"tiff", "image/tiff", "tiff"}, {"bmp", "image/bmp", "bmp"}, {"webp", "image/webp", "webp"},
};

const char *cover_mime_type(const StreamInfo *stream)
{
  if (stream->mime_type && *stream->mime_type)
    return stream->mime_type;
  const char *tag = tag_value(stream->tags, "mimetype");
  if (tag)
    return tag;
  for (size_t i = 0; i < G_N_ELEMENTS(images); i++)
    if (g_strcmp0(images[i].codec, stream->codec) == 0)
      return images[i].mime_type;
  return NULL;
}

char *cover_file_name(const StreamInfo *stream)
{
  if (stream->file_name && *stream->file_name)
    return g_strdup(stream->file_name);
  const char *tag = tag_value(stream->tags, "filename");
  if (tag)
    return g_strdup(tag);
  for (size_t i = 0; i < G_N_ELEMENTS(images); i++)
    if (g_strcmp0(images[i].codec, stream->codec) == 0)
      return g_strdup_printf("cover.%s", images[i].extension);
  return g_strdup("cover");
}

static bool cover(PlanWork *work, const StreamInfo *stream)
{
  StreamAction *action = plan_action(work, stream);
  bool known = cover_mime_type(stream) != NULL;
  if (work->container == CONTAINER_MKV && known) {
    plan_add_stream(work, stream, action)->attach = true;
    return true;
  }
  if (container_is_mp4((ContainerRule)work->container) &&
      (g_strcmp0(stream->codec, "mjpeg") == 0 || g_strcmp0(stream->codec, "png") == 0)) {
    plan_option(plan_add_stream(work, stream, action), "c", "copy");
    return true;
  }
  return plan_unsupported(work, action, "choose mkv as the container");
}

static bool attachment(PlanWork *work, const StreamInfo *stream)
{
  StreamAction *action = plan_action(work, stream);
  if (!container_holds((ContainerRule)work->container, STREAM_ATTACHMENT, stream->codec, NULL))
    return plan_unsupported(work, action, "choose mkv as the container");
  plan_option(plan_add_stream(work, stream, action), "c", "copy");
  return true;
}

bool plan_attachment(PlanWork *work)
{
  for (guint i = 0; i < work->media->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(work->media->streams, i);
    bool is_cover = stream->type == STREAM_VIDEO && stream_has_disposition(stream, "attached_pic");
    if (is_cover ? !cover(work, stream) : stream->type == STREAM_ATTACHMENT && !attachment(work, stream))
      return false;
  }
  return true;
}

static bool is_signalling(const StreamInfo *stream)
{
  static const char *const codecs[] = {"scte_35", "epg", "timed_id3", NULL};
  return (stream->codec && g_strv_contains(codecs, stream->codec)) || g_strcmp0(stream->codec_tag, "rtp ") == 0;
}

static bool data(PlanWork *work, const StreamInfo *stream)
{
  StreamAction *action = plan_action(work, stream);
  bool from_mp4 = g_strcmp0(work->media->container, "mp4") == 0 || g_strcmp0(work->media->container, "mov") == 0;
  if (g_strcmp0(stream->codec_tag, "tmcd") == 0)
    plan_set_action(action, ACTION_DROP, NULL, "Left out by rule timecode: its value stays as the timecode tag.");
  else if (from_mp4 && g_strcmp0(stream->codec_tag, "text") == 0)
    plan_set_action(action, ACTION_DROP, NULL, "Left out by rule chapters: it holds their titles, which stay as chapters.");
  else if (is_signalling(stream)) {
    plan_set_action(action, ACTION_DROP, NULL, "Left out by rule signalling: it steers a broadcast and means nothing in a file.");
    plan_warn(work, "Data stream %" G_GINT64_FORMAT " (broadcast signalling) is left out.", stream->index);
  } else if (container_holds((ContainerRule)work->container, STREAM_DATA, stream->codec, stream->codec_tag)) {
    plan_option(plan_add_stream(work, stream, action), "c", "copy");
  } else
    return plan_unsupported(work, action, "drop_unsupported in the profile allows that");
  return true;
}

bool plan_data(PlanWork *work)
{
  const StreamInfo *stream = NULL;
  for (size_t n = 0; (stream = media_info_stream(work->media, STREAM_DATA, n)); n++)
    if (!data(work, stream))
      return false;
  return true;
}
