/* What a probing child answers about one file. Tested by tests/unit/media/test_probe.c. */
#include "media/probe_read.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool probe_input_look(ProbeInput *input, GError **error)
{
  struct stat st;
  if (fstat(input->fd, &st) < 0)
    return fail_errno(error, errno, "could not be looked at");
  if (st.st_size == 0)
    return fail(error, REEVE_ERROR_CORRUPT, "is empty.");
  input->size_bytes = st.st_size;
  ssize_t got = pread(input->fd, input->head, sizeof input->head, 0);
  if (got < 0)
    return fail_errno(error, errno, "could not be read");
  input->head_length = (size_t)got;
  return true;
}

static bool fill_streams(const ProbeInput *input, size_t *tag_budget, GPtrArray *ret_streams, GError **error)
{
  for (unsigned i = 0; i < input->format->nb_streams; i++) {
    StreamInfo *stream = probe_stream(input, input->format->streams[i], tag_budget, error);
    if (!stream)
      return false;
    g_ptr_array_add(ret_streams, stream);
  }
  return true;
}

static bool fill_chapters(const ProbeInput *input, size_t *tag_budget, GPtrArray *ret_chapters, GError **error)
{
  const AVRational ms = {1, 1000};
  for (unsigned i = 0; i < input->format->nb_chapters; i++) {
    const AVChapter *from = input->format->chapters[i];
    const char *title = probe_tag(input, from->metadata, "title");
    size_t bytes = title ? strlen(title) : 0;
    if (bytes > *tag_budget)
      return fail(error, REEVE_ERROR_LIMIT, "holds more than %d KiB of tags; it is damaged or was made to do harm.",
                  PROBE_MAX_TAG_BYTES / 1024);
    *tag_budget -= bytes;
    Chapter *chapter = record_new(&chapter_table);
    chapter->start_ms = input->av->av_rescale_q_rnd(from->start, from->time_base, ms, AV_ROUND_NEAR_INF);
    chapter->end_ms = input->av->av_rescale_q_rnd(from->end, from->time_base, ms, AV_ROUND_NEAR_INF);
    chapter->title = title ? g_utf8_make_valid(title, -1) : NULL;
    g_ptr_array_add(ret_chapters, chapter);
  }
  return true;
}

static bool check_counts(const AVFormatContext *format, GError **error)
{
  if (format->nb_streams == 0)
    return fail(error, REEVE_ERROR_CORRUPT, "holds no stream that can be read; it is damaged or incomplete.");
  if (format->nb_streams > PROBE_MAX_STREAMS)
    return fail(error, REEVE_ERROR_LIMIT, "claims %u streams; more than %d are not believed.", format->nb_streams,
                PROBE_MAX_STREAMS);
  if (format->nb_chapters > PROBE_MAX_CHAPTERS)
    return fail(error, REEVE_ERROR_LIMIT, "claims %u chapters; more than %d are not believed.", format->nb_chapters,
                PROBE_MAX_CHAPTERS);
  return true;
}

static int64_t microseconds_to_ms(const Libav *av, int64_t time)
{
  if (time == AV_NOPTS_VALUE)
    return FIELD_NULL_INT;
  return av->av_rescale_q_rnd(time, (AVRational){1, AV_TIME_BASE}, (AVRational){1, 1000}, AV_ROUND_NEAR_INF);
}

static MediaInfo *read_info(ProbeInput *input, GError **error)
{
  const AVFormatContext *format = input->format;
  if (!check_counts(format, error))
    return NULL;
  g_autoptr(MediaInfo) info = record_new(&media_info_table);
  probe_set_text(&info->container, probe_container(input));
  probe_set_text(&info->format_name, g_strdup(format->iformat->name));
  info->size_bytes = input->size_bytes;
  info->duration_ms = microseconds_to_ms(input->av, format->duration);
  info->start_ms = microseconds_to_ms(input->av, format->start_time);
  if (format->bit_rate > 0)
    info->bit_rate_bps = format->bit_rate;
  info->streams = records_new(&stream_info_table);
  info->chapters = records_new(&chapter_table);
  info->tags = records_new(&tag_table);
  size_t tag_budget = PROBE_MAX_TAG_BYTES;
  if (!probe_tags(input, format->metadata, &tag_budget, info->tags, error) ||
      !fill_streams(input, &tag_budget, info->streams, error) || !fill_chapters(input, &tag_budget, info->chapters, error))
    return NULL;
  probe_hdr(input, info->streams);
  probe_hidden(input, info->streams);
  probe_matroska(input, info);
  return g_steal_pointer(&info);
}

MediaInfo *probe_read(const Libav *av, int fd, const char *name, int64_t limit_ms, GError **error)
{
  ProbeInput input = {.av = av, .fd = fd, .name = name, .deadline_us = g_get_monotonic_time() + limit_ms * 1000};
  MediaInfo *info = NULL;
  if (probe_input_look(&input, error) && probe_input_open(&input, error))
    info = read_info(&input, error);
  if (info && input.read_errno) { /* what was read before the disk failed is not the whole truth */
    g_clear_pointer(&info, media_info_free);
    fail_errno(error, input.read_errno, "could not be read");
  }
  probe_input_close(&input);
  return info;
}
