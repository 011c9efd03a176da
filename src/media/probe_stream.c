/* A stream as libavformat describes it -> a StreamInfo, with ffprobe's names and values. Tested by tests/unit/media/test_probe.c
 * against ffprobe. */
#include "media/probe_read.h"

#include "base/error.h"
#include "base/number.h"

#include <string.h>

const char *probe_tag(const ProbeInput *input, const AVDictionary *metadata, const char *name)
{
  const AVDictionaryEntry *entry = input->av->av_dict_get(metadata, name, NULL, 0);
  return entry ? entry->value : NULL;
}

bool probe_tags(const ProbeInput *input, const AVDictionary *metadata, size_t *tag_budget, GPtrArray *ret_tags, GError **error)
{
  const AVDictionaryEntry *entry = NULL;
  while ((entry = input->av->av_dict_get(metadata, "", entry, AV_DICT_IGNORE_SUFFIX))) {
    size_t bytes = strlen(entry->key) + strlen(entry->value) + 2;
    if (bytes > *tag_budget)
      return fail(error, REEVE_ERROR_LIMIT, "holds more than %d KiB of tags; it is damaged or was made to do harm.",
                  PROBE_MAX_TAG_BYTES / 1024);
    *tag_budget -= bytes;
    Tag *tag = record_new(&tag_table);
    probe_set_text(&tag->name, g_utf8_make_valid(entry->key, -1));
    probe_set_text(&tag->value, g_utf8_make_valid(entry->value, -1));
    g_ptr_array_add(ret_tags, tag);
  }
  return true;
}

static char *copy_tag(const ProbeInput *input, const AVDictionary *metadata, const char *name)
{
  const char *value = probe_tag(input, metadata, name);
  return value ? g_utf8_make_valid(value, -1) : NULL;
}

const void *probe_side_data(const ProbeInput *input, const AVStream *stream, enum AVPacketSideDataType type, size_t min_bytes)
{
#if LIBAV_CODED_SIDE_DATA
  const AVPacketSideData *data =
      input->av->av_packet_side_data_get(stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, type);
  return data && data->size >= min_bytes ? data->data : NULL;
#else
  size_t size = 0;
  const void *data = input->av->av_stream_get_side_data(stream, type, &size);
  return data && size >= min_bytes ? data : NULL;
#endif
}

static int64_t to_ms(const ProbeInput *input, int64_t time, AVRational base)
{
  if (time == AV_NOPTS_VALUE)
    return FIELD_NULL_INT;
  return input->av->av_rescale_q_rnd(time, base, (AVRational){1, 1000}, AV_ROUND_NEAR_INF);
}

static char *fraction(AVRational rational, char separator)
{
  return rational.num > 0 && rational.den > 0 ? g_strdup_printf("%d%c%d", rational.num, separator, rational.den) : NULL;
}

static const char *field_order_name(enum AVFieldOrder order)
{
  switch (order) {
  case AV_FIELD_PROGRESSIVE:
    return "progressive";
  case AV_FIELD_TT:
    return "tt";
  case AV_FIELD_BB:
    return "bb";
  case AV_FIELD_TB:
    return "tb";
  case AV_FIELD_BT:
    return "bt";
  default:
    return NULL;
  }
}

static void fill_colors(const Libav *av, const AVCodecParameters *parameters, StreamInfo *info)
{
  if (parameters->color_range != AVCOL_RANGE_UNSPECIFIED)
    info->color_range = g_strdup(av->av_color_range_name(parameters->color_range));
  if (parameters->color_space != AVCOL_SPC_UNSPECIFIED)
    info->color_space = g_strdup(av->av_color_space_name(parameters->color_space));
  if (parameters->color_trc != AVCOL_TRC_UNSPECIFIED)
    info->color_transfer = g_strdup(av->av_color_transfer_name(parameters->color_trc));
  if (parameters->color_primaries != AVCOL_PRI_UNSPECIFIED)
    info->color_primaries = g_strdup(av->av_color_primaries_name(parameters->color_primaries));
  if (parameters->chroma_location != AVCHROMA_LOC_UNSPECIFIED)
    info->chroma_location = g_strdup(av->av_chroma_location_name(parameters->chroma_location));
}

static void fill_video(const ProbeInput *input, AVStream *stream, StreamInfo *info)
{
  const Libav *av = input->av;
  const AVCodecParameters *parameters = stream->codecpar;
  const AVPixFmtDescriptor *format = av->av_pix_fmt_desc_get(parameters->format);
  if (format) {
    info->pixel_format = g_strdup(format->name);
    info->bit_depth = format->comp[0].depth;
  }
  if (parameters->width > 0 && parameters->height > 0) {
    info->width = parameters->width;
    info->height = parameters->height;
  }
  if (parameters->level != -99) /* FF_LEVEL_UNKNOWN, renamed in FFmpeg 7 */
    info->level = parameters->level;
  info->frame_rate = fraction(stream->avg_frame_rate, '/');
  info->base_frame_rate = fraction(stream->r_frame_rate, '/');
  info->sample_aspect = fraction(av->av_guess_sample_aspect_ratio(input->format, stream, NULL), ':');
  info->field_order = g_strdup(field_order_name(parameters->field_order));
  fill_colors(av, parameters, info);
}

static void fill_audio(const Libav *av, const AVCodecParameters *parameters, StreamInfo *info)
{
  info->sample_format = g_strdup(av->av_get_sample_fmt_name(parameters->format));
  if (parameters->sample_rate > 0)
    info->sample_rate = parameters->sample_rate;
  if (parameters->ch_layout.nb_channels > 0)
    info->channels = parameters->ch_layout.nb_channels;
  char layout[128];
  if (parameters->ch_layout.order != AV_CHANNEL_ORDER_UNSPEC &&
      av->av_channel_layout_describe(&parameters->ch_layout, layout, sizeof layout) > 0)
    info->channel_layout = g_utf8_make_valid(layout, -1);
}

static StreamType stream_type(const AVStream *stream)
{
  switch (stream->codecpar->codec_type) {
  case AVMEDIA_TYPE_VIDEO:
    return STREAM_VIDEO;
  case AVMEDIA_TYPE_AUDIO:
    return STREAM_AUDIO;
  case AVMEDIA_TYPE_SUBTITLE:
    return STREAM_SUBTITLE;
  case AVMEDIA_TYPE_ATTACHMENT:
    return STREAM_ATTACHMENT;
  default:
    return STREAM_DATA;
  }
}

static char *codec_tag(uint32_t tag)
{
  if (!tag)
    return NULL;
  GString *text = g_string_new(NULL);
  for (unsigned shift = 0; shift < 32; shift += 8) {
    char c = (char)(tag >> shift & 0xff);
    /* ffprobe's way of showing a code that is no text */
    if (g_ascii_isalnum(c) || c == '.' || c == ' ' || c == '-' || c == '_')
      g_string_append_c(text, c);
    else
      g_string_append_printf(text, "[%u]", (unsigned char)c);
  }
  return g_string_free(text, FALSE);
}

static char *profile_name(const Libav *av, const AVCodecParameters *parameters)
{
  const char *name = av->avcodec_profile_name(parameters->codec_id, parameters->profile);
  if (name)
    return g_strdup(name);
  return parameters->profile == -99 ? NULL : g_strdup_printf("%d", parameters->profile); /* -99: unknown */
}

static char **dispositions(const Libav *av, int flags)
{
  GPtrArray *names = g_ptr_array_new();
  for (unsigned bit = 0; bit < 31; bit++) {
    const char *name = flags & (int)(1u << bit) ? av->av_disposition_to_string((int)(1u << bit)) : NULL;
    if (name)
      g_ptr_array_add(names, g_strdup(name));
  }
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}

/* mkvmerge's statistics carry a language suffix in files of its older versions. */
static int64_t stated_frames(const ProbeInput *input, const AVStream *stream)
{
  if (stream->nb_frames > 0)
    return stream->nb_frames;
  const char *text = probe_tag(input, stream->metadata, "NUMBER_OF_FRAMES");
  if (!text)
    text = probe_tag(input, stream->metadata, "NUMBER_OF_FRAMES-eng");
  int64_t frames;
  return text && parse_int(text, 1, INT64_MAX, &frames) ? frames : FIELD_NULL_INT;
}

StreamInfo *probe_stream(const ProbeInput *input, AVStream *stream, size_t *tag_budget, GError **error)
{
  const Libav *av = input->av;
  const AVCodecParameters *parameters = stream->codecpar;
  const AVCodecDescriptor *descriptor = av->avcodec_descriptor_get(parameters->codec_id);
  StreamInfo *info = record_new(&stream_info_table);
  info->index = stream->index;
  info->type = stream_type(stream);
  info->codec = descriptor ? g_strdup(descriptor->name) : NULL;
  info->codec_tag = codec_tag(parameters->codec_tag);
  info->profile = profile_name(av, parameters);
  if (parameters->bit_rate > 0)
    info->bit_rate_bps = parameters->bit_rate;
  info->start_ms = to_ms(input, stream->start_time, stream->time_base);
  info->duration_ms = to_ms(input, stream->duration, stream->time_base);
  info->frames = stated_frames(input, stream);
  info->language = copy_tag(input, stream->metadata, "language");
  info->title = copy_tag(input, stream->metadata, "title");
  info->dispositions = dispositions(av, stream->disposition);
  if (info->type == STREAM_VIDEO)
    fill_video(input, stream, info);
  else if (info->type == STREAM_AUDIO)
    fill_audio(av, parameters, info);
  else if (info->type == STREAM_SUBTITLE && parameters->width > 0) {
    info->width = parameters->width;
    info->height = parameters->height;
  }
  info->file_name = copy_tag(input, stream->metadata, "filename");
  info->mime_type = copy_tag(input, stream->metadata, "mimetype");
  info->tags = records_new(&tag_table);
  if (!probe_tags(input, stream->metadata, tag_budget, info->tags, error)) {
    record_free(&stream_info_table, info);
    return NULL;
  }
  return info;
}
