/* The field tables of what is known about a media file, and small questions to it. Tested by tests/unit/media/test_media_info.c.
 */
#include "media/media_info.h"

#include "media/language.h"

#include <string.h>

static const EnumRow stream_type_rows[] = {
    {STREAM_VIDEO, "video", "Moving pictures, and cover art (disposition attached_pic)"},
    {STREAM_AUDIO, "audio", NULL},
    {STREAM_SUBTITLE, "subtitle", NULL},
    {STREAM_ATTACHMENT, "attachment", "A file within the file: fonts, covers"},
    {STREAM_DATA, "data", "Timecode, chapters as text, and whatever is not known"},
};
const EnumTable stream_type_table = ENUM_TABLE("StreamType", stream_type_rows);

static const EnumRow hdr_class_rows[] = {
    {HDR_SDR, "sdr", "Standard dynamic range"},
    {HDR_HDR10, "hdr10", "PQ, with or without static metadata"},
    {HDR_HDR10_PLUS, "hdr10+", "PQ with dynamic metadata of SMPTE ST 2094-40"},
    {HDR_HLG, "hlg", "Hybrid log-gamma"},
    {HDR_DOLBY_VISION, "dolby-vision", "Dolby Vision; its profile says what the base layer is"},
};
const EnumTable hdr_class_table = ENUM_TABLE("HdrClass", hdr_class_rows);

static const Field tag_fields[] = {
    FIELD_TEXT(Tag, name, .help = "As it stands in the file."),
    FIELD_TEXT(Tag, value, .help = "As it stands in the file."),
};
const FieldTable tag_table = FIELD_TABLE(Tag, "Tag", NULL, tag_fields);

static const Field stream_info_fields[] = {
    FIELD_INT(StreamInfo, index, .help = "Position in the file, from 0."),
    FIELD_ENUM(StreamInfo, type, stream_type_table, .help = "What the stream holds."),
    FIELD_TEXT(StreamInfo, codec, .flags = FIELD_NULLABLE, .help = "The codec's name in FFmpeg."),
    FIELD_TEXT(StreamInfo, codec_tag, .flags = FIELD_NULLABLE, .help = "The container's four-character code."),
    FIELD_TEXT(StreamInfo, profile, .flags = FIELD_NULLABLE, .help = "The codec's profile."),
    FIELD_INT(StreamInfo, level, .flags = FIELD_NULLABLE, .help = "The codec's level, as FFmpeg counts it."),
    FIELD_INT(StreamInfo, bit_rate_bps, .flags = FIELD_NULLABLE, .help = "Bits per second, where the file states it."),
    FIELD_INT(StreamInfo, duration_ms, .flags = FIELD_NULLABLE, .help = "Length in milliseconds."),
    FIELD_INT(StreamInfo, start_ms, .flags = FIELD_NULLABLE, .help = "First timestamp in milliseconds."),
    FIELD_INT(StreamInfo, frames, .flags = FIELD_NULLABLE, .help = "Number of frames, where the container states it."),
    FIELD_TEXT(StreamInfo, language, .flags = FIELD_NULLABLE, .help = "The language tag as it stands in the file."),
    FIELD_TEXT(StreamInfo, language_tag, .flags = FIELD_NULLABLE, .help = "The BCP 47 tag that goes before the language."),
    FIELD_TEXT(StreamInfo, title, .flags = FIELD_NULLABLE, .help = "The stream's title."),
    FIELD_BOOL(StreamInfo, disabled, .help = "Players do not offer it."),
    FIELD_STRINGS(StreamInfo, dispositions, .help = "The dispositions that are set."),
    FIELD_RECORDS(StreamInfo, tags, tag_table, .help = "All tags of the stream."),
    FIELD_INT(StreamInfo, width, .flags = FIELD_NULLABLE, .help = "Pixels."),
    FIELD_INT(StreamInfo, height, .flags = FIELD_NULLABLE, .help = "Pixels."),
    FIELD_TEXT(StreamInfo, pixel_format, .flags = FIELD_NULLABLE, .help = "FFmpeg's name of the pixel format."),
    FIELD_INT(StreamInfo, bit_depth, .flags = FIELD_NULLABLE, .help = "Bits per component."),
    FIELD_TEXT(StreamInfo, frame_rate, .flags = FIELD_NULLABLE, .help = "Average frames per second as a fraction."),
    FIELD_TEXT(StreamInfo, base_frame_rate, .flags = FIELD_NULLABLE,
               .help = "The lowest rate at which all timestamps can be shown exactly, as a fraction."),
    FIELD_TEXT(StreamInfo, sample_aspect, .flags = FIELD_NULLABLE, .help = "Shape of a pixel, width:height."),
    FIELD_TEXT(StreamInfo, field_order, .flags = FIELD_NULLABLE, .help = "progressive, or the order of fields."),
    FIELD_TEXT(StreamInfo, color_range, .flags = FIELD_NULLABLE, .help = "tv or pc."),
    FIELD_TEXT(StreamInfo, color_space, .flags = FIELD_NULLABLE, .help = "Matrix coefficients."),
    FIELD_TEXT(StreamInfo, color_transfer, .flags = FIELD_NULLABLE, .help = "Transfer characteristics."),
    FIELD_TEXT(StreamInfo, color_primaries, .flags = FIELD_NULLABLE, .help = "Colour primaries."),
    FIELD_TEXT(StreamInfo, chroma_location, .flags = FIELD_NULLABLE, .help = "Where chroma samples lie."),
    FIELD_ENUM(StreamInfo, hdr, hdr_class_table, .help = "Dynamic range."),
    FIELD_INT(StreamInfo, dolby_vision_profile, .flags = FIELD_NULLABLE, .help = "Dolby Vision profile: 5, 7, 8, …"),
    FIELD_INT(StreamInfo, dolby_vision_compatibility, .flags = FIELD_NULLABLE,
              .help = "What the base layer is to other players: 0 nothing, 1 HDR10, 2 SDR, 4 HLG."),
    FIELD_BOOL(StreamInfo, hdr10_plus, .help = "Has HDR10+ dynamic metadata, also beside Dolby Vision."),
    FIELD_TEXT(StreamInfo, mastering_display, .flags = FIELD_NULLABLE,
               .help = "G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min); chromaticity in 1/50000, luminance in 1/10000 cd/m²."),
    FIELD_TEXT(StreamInfo, content_light, .flags = FIELD_NULLABLE,
               .help = "Maximum content and frame-average light levels, cd/m²."),
    FIELD_TEXT(StreamInfo, crop, .flags = FIELD_NULLABLE, .help = "Pixels that players cut off, left:top:right:bottom."),
    FIELD_BOOL(StreamInfo, closed_captions, .help = "Captions of a broadcast inside the video (CEA-608, CEA-708)."),
    FIELD_INT(StreamInfo, channels, .flags = FIELD_NULLABLE, .help = "Number of audio channels."),
    FIELD_TEXT(StreamInfo, channel_layout, .flags = FIELD_NULLABLE, .help = "Which channels."),
    FIELD_INT(StreamInfo, sample_rate, .flags = FIELD_NULLABLE, .help = "Samples per second."),
    FIELD_TEXT(StreamInfo, sample_format, .flags = FIELD_NULLABLE, .help = "FFmpeg's name of the sample format."),
    FIELD_INT(StreamInfo, hidden_ms, .flags = FIELD_NULLABLE, .help = "Milliseconds at the beginning that the edit list hides."),
    FIELD_TEXT(StreamInfo, file_name, .flags = FIELD_NULLABLE, .help = "An attachment's name."),
    FIELD_TEXT(StreamInfo, mime_type, .flags = FIELD_NULLABLE, .help = "An attachment's media type."),
};
const FieldTable stream_info_table = FIELD_TABLE(StreamInfo, "StreamInfo", NULL, stream_info_fields);

static const Field chapter_fields[] = {
    FIELD_INT(Chapter, start_ms, .help = "Milliseconds from the beginning."),
    FIELD_INT(Chapter, end_ms, .help = "Milliseconds from the beginning."),
    FIELD_TEXT(Chapter, title, .flags = FIELD_NULLABLE, .help = "The chapter's title."),
};
const FieldTable chapter_table = FIELD_TABLE(Chapter, "Chapter", NULL, chapter_fields);

static const Field media_info_fields[] = {
    FIELD_TEXT(MediaInfo, container, .help = "One word for the container: mkv, webm, mp4, mov, avi, ts, m2ts, …"),
    FIELD_TEXT(MediaInfo, format_name, .help = "FFmpeg's name of the format."),
    FIELD_INT(MediaInfo, size_bytes, .help = "Size of the file."),
    FIELD_INT(MediaInfo, duration_ms, .flags = FIELD_NULLABLE, .help = "Length in milliseconds."),
    FIELD_INT(MediaInfo, start_ms, .flags = FIELD_NULLABLE, .help = "First timestamp in milliseconds."),
    FIELD_INT(MediaInfo, bit_rate_bps, .flags = FIELD_NULLABLE, .help = "Bits per second over the whole file."),
    FIELD_RECORDS(MediaInfo, streams, stream_info_table, .help = "All streams in the file's order."),
    FIELD_RECORDS(MediaInfo, chapters, chapter_table, .help = "Chapters in order."),
    FIELD_BOOL(MediaInfo, ordered_chapters, .help = "The chapters say which parts are shown, and in which order."),
    FIELD_RECORDS(MediaInfo, tags, tag_table, .help = "Tags of the whole file."),
};
const FieldTable media_info_table = FIELD_TABLE(MediaInfo, "MediaInfo", NULL, media_info_fields);

const StreamInfo *media_info_video(const MediaInfo *info)
{
  const StreamInfo *stream;
  for (size_t n = 0; (stream = media_info_stream(info, STREAM_VIDEO, n)); n++)
    if (!stream_has_disposition(stream, "attached_pic"))
      return stream;
  return NULL;
}

const StreamInfo *media_info_stream(const MediaInfo *info, StreamType type, size_t n)
{
  for (guint i = 0; info->streams && i < info->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(info->streams, i);
    if (stream->type == (int)type && n-- == 0)
      return stream;
  }
  return NULL;
}

const char *stream_language(const StreamInfo *stream)
{
  bool other = stream->language_tag && !language_same(stream->language_tag, stream->language);
  return other ? stream->language_tag : stream->language;
}

bool stream_has_disposition(const StreamInfo *stream, const char *name)
{
  return stream->dispositions && g_strv_contains((const char *const *)stream->dispositions, name);
}

double frame_rate_value(const char *rate)
{
  if (!rate)
    return 0;
  char *end;
  gint64 numerator = g_ascii_strtoll(rate, &end, 10);
  if (end == rate || *end != '/')
    return 0;
  const char *second = end + 1;
  gint64 denominator = g_ascii_strtoll(second, &end, 10);
  if (end == second || *end || numerator <= 0 || denominator <= 0)
    return 0;
  return (double)numerator / (double)denominator;
}

void media_info_free(MediaInfo *info)
{
  record_free(&media_info_table, info);
}
