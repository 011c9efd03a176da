/* Holds a MediaInfo against what ffprobe says about the same file, field by field. For test programs: all functions are static.
 *
 * Every difference is a line "FIELD: ours is X, ffprobe's is Y". Only what both can state is compared: ffprobe counts no frames
 * of Matroska streams, we take mkvmerge's statistics. */
#pragma once

#include "media/media_info.h"
#include "sys/child.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

typedef struct {
  GString *differences;
  char place[64];
} Comparison;

static void differ(Comparison *c, const char *field, const char *ours, const char *theirs)
{
  g_string_append_printf(c->differences, "  %s%s: ours is %s, ffprobe's is %s\n", c->place, field, ours ? ours : "nothing",
                         theirs ? theirs : "nothing");
}

static const char *text_of(const json_t *object, const char *key)
{
  return json_string_value(json_object_get(object, key));
}

static void compare_text(Comparison *c, const char *field, const char *ours, const char *theirs)
{
  if (g_strcmp0(ours, theirs) != 0)
    differ(c, field, ours, theirs);
}

static char *number_text(int64_t value)
{
  return value == FIELD_NULL_INT ? NULL : g_strdup_printf("%" G_GINT64_FORMAT, value);
}

/* ffprobe writes some numbers as JSON numbers and some as text. */
static int64_t number_of(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  if (json_is_integer(value))
    return json_integer_value(value);
  return json_is_string(value) ? g_ascii_strtoll(json_string_value(value), NULL, 10) : FIELD_NULL_INT;
}

/* As number_of, for counts that ffprobe gives as 0 where they are not known. */
static int64_t count_of(const json_t *object, const char *key)
{
  int64_t count = number_of(object, key);
  return count == 0 ? FIELD_NULL_INT : count;
}

static void compare_number(Comparison *c, const char *field, int64_t ours, int64_t theirs)
{
  if (ours == theirs)
    return;
  g_autofree char *a = number_text(ours), *b = number_text(theirs);
  differ(c, field, a, b);
}

/* Ours in ms, theirs in seconds with six digits. */
static void compare_time(Comparison *c, const char *field, int64_t ours_ms, const char *theirs)
{
  g_autofree char *text = number_text(ours_ms);
  if (!theirs != !text || (theirs && fabs(g_ascii_strtod(theirs, NULL) * 1000 - (double)ours_ms) > 0.51))
    differ(c, field, text, theirs);
}

static void compare_tags(Comparison *c, const GPtrArray *ours, const json_t *theirs)
{
  for (guint i = 0; i < ours->len; i++) {
    const Tag *tag = g_ptr_array_index(ours, i);
    const char *value = text_of(theirs, tag->name);
    if (g_strcmp0(value, tag->value) != 0) {
      g_autofree char *field = g_strdup_printf("tag %s", tag->name);
      differ(c, field, tag->value, value);
    }
  }
  compare_number(c, "tags", ours->len, (int64_t)json_object_size(theirs));
}

static void compare_dispositions(Comparison *c, char *const *ours, json_t *theirs)
{
  g_autofree char *mine = g_strjoinv(" ", (char **)ours);
  GString *set = g_string_new(NULL);
  const char *name;
  json_t *value;
  json_object_foreach(theirs, name, value) if (json_integer_value(value))
      g_string_append_printf(set, "%s%s", set->len ? " " : "", name);
  compare_text(c, "dispositions", mine, set->str);
  g_string_free(set, TRUE);
}

static const char *type_name(const char *ffprobe_type)
{
  static const char *const known[] = {"video", "audio", "subtitle", "attachment", NULL};
  return ffprobe_type && g_strv_contains(known, ffprobe_type) ? ffprobe_type : "data";
}

static const char *rate_of(const json_t *stream, const char *key)
{
  const char *rate = text_of(stream, key);
  return g_strcmp0(rate, "0/0") == 0 ? NULL : rate;
}

static void compare_video(Comparison *c, const StreamInfo *ours, const json_t *theirs)
{
  int64_t level = number_of(theirs, "level");
  compare_number(c, "width", ours->width, count_of(theirs, "width"));
  compare_number(c, "height", ours->height, count_of(theirs, "height"));
  compare_number(c, "level", ours->level, level == -99 ? FIELD_NULL_INT : level);
  compare_text(c, "pixel_format", ours->pixel_format, text_of(theirs, "pix_fmt"));
  compare_text(c, "frame_rate", ours->frame_rate, rate_of(theirs, "avg_frame_rate"));
  compare_text(c, "base_frame_rate", ours->base_frame_rate, rate_of(theirs, "r_frame_rate"));
  compare_text(c, "sample_aspect", ours->sample_aspect, text_of(theirs, "sample_aspect_ratio"));
  compare_text(c, "field_order", ours->field_order, text_of(theirs, "field_order"));
  compare_text(c, "color_range", ours->color_range, text_of(theirs, "color_range"));
  compare_text(c, "color_space", ours->color_space, text_of(theirs, "color_space"));
  compare_text(c, "color_transfer", ours->color_transfer, text_of(theirs, "color_transfer"));
  compare_text(c, "color_primaries", ours->color_primaries, text_of(theirs, "color_primaries"));
  compare_text(c, "chroma_location", ours->chroma_location, text_of(theirs, "chroma_location"));
}

static void compare_audio(Comparison *c, const StreamInfo *ours, const json_t *theirs)
{
  const char *layout = text_of(theirs, "channel_layout");
  compare_number(c, "channels", ours->channels, count_of(theirs, "channels"));
  compare_number(c, "sample_rate", ours->sample_rate, count_of(theirs, "sample_rate"));
  compare_text(c, "channel_layout", ours->channel_layout, layout);
  compare_text(c, "sample_format", ours->sample_format, text_of(theirs, "sample_fmt"));
}

static void compare_stream(Comparison *c, const StreamInfo *ours, json_t *theirs)
{
  json_t *tags = json_object_get(theirs, "tags");
  int64_t frames = number_of(theirs, "nb_frames");
  compare_number(c, "index", ours->index, number_of(theirs, "index"));
  compare_text(c, "type", enum_name(&stream_type_table, ours->type), type_name(text_of(theirs, "codec_type")));
  compare_text(c, "codec", ours->codec, text_of(theirs, "codec_name"));
  if (g_strcmp0(text_of(theirs, "codec_tag"), "0x0000") != 0)
    compare_text(c, "codec_tag", ours->codec_tag, text_of(theirs, "codec_tag_string"));
  else
    compare_text(c, "codec_tag", ours->codec_tag, NULL);
  compare_text(c, "profile", ours->profile, text_of(theirs, "profile"));
  compare_number(c, "bit_rate_bps", ours->bit_rate_bps, number_of(theirs, "bit_rate"));
  compare_time(c, "duration_ms", ours->duration_ms, text_of(theirs, "duration"));
  compare_time(c, "start_ms", ours->start_ms, text_of(theirs, "start_time"));
  if (frames != FIELD_NULL_INT)
    compare_number(c, "frames", ours->frames, frames);
  compare_text(c, "language", ours->language, text_of(tags, "language"));
  compare_text(c, "title", ours->title, text_of(tags, "title"));
  compare_text(c, "file_name", ours->file_name, text_of(tags, "filename"));
  compare_text(c, "mime_type", ours->mime_type, text_of(tags, "mimetype"));
  compare_tags(c, ours->tags, tags);
  compare_dispositions(c, ours->dispositions, json_object_get(theirs, "disposition"));
  if (ours->type == STREAM_VIDEO)
    compare_video(c, ours, theirs);
  else if (ours->type == STREAM_AUDIO)
    compare_audio(c, ours, theirs);
}

static void compare_chapters(Comparison *c, const GPtrArray *ours, const json_t *theirs)
{
  compare_number(c, "chapters", ours->len, (int64_t)json_array_size(theirs));
  for (guint i = 0; i < MIN(ours->len, json_array_size(theirs)); i++) {
    const Chapter *chapter = g_ptr_array_index(ours, i);
    const json_t *other = json_array_get(theirs, i);
    g_snprintf(c->place, sizeof c->place, "chapter %u ", i);
    compare_time(c, "start_ms", chapter->start_ms, text_of(other, "start_time"));
    compare_time(c, "end_ms", chapter->end_ms, text_of(other, "end_time"));
    compare_text(c, "title", chapter->title, text_of(json_object_get(other, "tags"), "title"));
  }
  c->place[0] = '\0';
}

static void compare_format(Comparison *c, const MediaInfo *ours, const json_t *theirs)
{
  compare_text(c, "format_name", ours->format_name, text_of(theirs, "format_name"));
  compare_number(c, "size_bytes", ours->size_bytes, number_of(theirs, "size"));
  compare_time(c, "duration_ms", ours->duration_ms, text_of(theirs, "duration"));
  compare_time(c, "start_ms", ours->start_ms, text_of(theirs, "start_time"));
  compare_number(c, "bit_rate_bps", ours->bit_rate_bps, number_of(theirs, "bit_rate"));
  compare_tags(c, ours->tags, json_object_get(theirs, "tags"));
}

/* ffprobe's side data as numbers of H.265 D.3.28: "13250/50000" -> 13250. */
static int64_t in_units(const json_t *data, const char *key, double unit)
{
  const char *text = text_of(data, key);
  const char *slash = text ? strchr(text, '/') : NULL;
  return slash ? (int64_t)rint(g_ascii_strtod(text, NULL) * unit / g_ascii_strtod(slash + 1, NULL)) : -1;
}

static char *mastering_of(const json_t *data)
{
  GString *text = g_string_new(NULL);
  static const char *const keys[][3] = {
      {"G", "green_x", "green_y"}, {"B", "blue_x", "blue_y"}, {"R", "red_x", "red_y"}, {"WP", "white_point_x", "white_point_y"}};
  for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
    g_string_append_printf(text, "%s(%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ")", keys[i][0], in_units(data, keys[i][1], 50000),
                           in_units(data, keys[i][2], 50000));
  g_string_append_printf(text, "L(%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ")", in_units(data, "max_luminance", 10000),
                         in_units(data, "min_luminance", 10000));
  return g_string_free(text, FALSE);
}

static const json_t *side_data_of(const json_t *holder, const char *prefix)
{
  size_t i;
  json_t *data;
  json_array_foreach(json_object_get(holder, "side_data_list"), i, data)
  {
    const char *type = text_of(data, "side_data_type");
    if (type && g_str_has_prefix(type, prefix))
      return data;
  }
  return NULL;
}

/* The class by a decoded frame, which is what people look at. */
static void compare_hdr(Comparison *c, const StreamInfo *ours, const json_t *stream, const json_t *frame)
{
  static const char mastering[] = "Mastering display", light[] = "Content light", plus[] = "HDR Dynamic Metadata SMPTE2094-40",
                    dolby_rpu[] = "Dolby Vision RPU", dolby_record[] = "DOVI configuration";
  const char *transfer = text_of(frame, "color_transfer") ? text_of(frame, "color_transfer") : text_of(stream, "color_transfer");
  const json_t *record = side_data_of(stream, dolby_record);
  HdrClass class = g_strcmp0(transfer, "smpte2084") == 0      ? HDR_HDR10
                   : g_strcmp0(transfer, "arib-std-b67") == 0 ? HDR_HLG
                                                              : HDR_SDR;
  if (side_data_of(frame, plus))
    class = HDR_HDR10_PLUS;
  if (record || side_data_of(frame, dolby_rpu))
    class = HDR_DOLBY_VISION;
  compare_text(c, "hdr", enum_name(&hdr_class_table, ours->hdr), enum_name(&hdr_class_table, class));
  compare_number(c, "dolby_vision_profile", ours->dolby_vision_profile,
                 record ? number_of(record, "dv_profile") : FIELD_NULL_INT);
  const json_t *display = side_data_of(stream, mastering) ? side_data_of(stream, mastering) : side_data_of(frame, mastering);
  g_autofree char *display_text = display ? mastering_of(display) : NULL;
  compare_text(c, "mastering_display", ours->mastering_display, display_text);
  const json_t *level = side_data_of(stream, light) ? side_data_of(stream, light) : side_data_of(frame, light);
  g_autofree char *level_text = level ? g_strdup_printf("%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, number_of(level, "max_content"),
                                                        number_of(level, "max_average"))
                                      : NULL;
  compare_text(c, "content_light", ours->content_light, level_text);
}

/* Runs ffprobe; NULL if it fails. The caller decrefs. */
static json_t *run_ffprobe(const char *path, const char *const *arguments)
{
  GPtrArray *argv = g_ptr_array_new();
  g_ptr_array_add(argv, (char *)"ffprobe");
  g_ptr_array_add(argv, (char *)"-v");
  g_ptr_array_add(argv, (char *)"quiet");
  for (; *arguments; arguments++)
    g_ptr_array_add(argv, (char *)*arguments);
  const char *const end[] = {"-of", "json", path, NULL};
  for (size_t i = 0; i < G_N_ELEMENTS(end); i++)
    g_ptr_array_add(argv, (char *)end[i]);
  g_autofree char *output = NULL;
  int status = -1;
  gboolean ran = g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                              &output, NULL, &status, NULL);
  g_ptr_array_unref(argv);
  return ran && status == 0 ? json_loads(output, 0, NULL) : NULL;
}

static void compare_all(Comparison *c, const char *path, const MediaInfo *ours, const json_t *theirs)
{
  const json_t *streams = json_object_get(theirs, "streams");
  compare_format(c, ours, json_object_get(theirs, "format"));
  compare_chapters(c, ours->chapters, json_object_get(theirs, "chapters"));
  compare_number(c, "streams", ours->streams->len, (int64_t)json_array_size(streams));
  for (guint i = 0; i < MIN(ours->streams->len, json_array_size(streams)); i++) {
    const StreamInfo *stream = g_ptr_array_index(ours->streams, i);
    json_t *other = json_array_get(streams, i);
    g_snprintf(c->place, sizeof c->place, "stream %u ", i);
    compare_stream(c, stream, other);
    if (stream != media_info_video(ours) || (stream->bit_depth < 10 && stream->hdr == HDR_SDR))
      continue;
    g_autofree char *select = g_strdup_printf("%u", i);
    const char *const arguments[] = {"-show_frames", "-select_streams", select, "-read_intervals", "%+#1", NULL};
    json_t *frames = run_ffprobe(path, arguments);
    compare_hdr(c, stream, other, json_array_get(json_object_get(frames, "frames"), 0));
    json_decref(frames);
  }
}

/* What differs between `ours` (NULL: it failed with `error`) and ffprobe's answer; NULL if nothing does. The caller frees it. */
static char *ffprobe_differences(const char *path, const MediaInfo *ours, const GError *error)
{
  static const char *const arguments[] = {"-show_format", "-show_streams", "-show_chapters", NULL};
  json_t *theirs = run_ffprobe(path, arguments);
  Comparison c = {.differences = g_string_new(NULL)};
  bool readable = json_array_size(json_object_get(theirs, "streams")) > 0; /* without streams it is no media to us */
  if (ours && readable)
    compare_all(&c, path, ours, theirs);
  else if (ours)
    g_string_append(c.differences, "  we can read it, ffprobe cannot\n");
  else if (readable)
    g_string_append_printf(c.differences, "  ffprobe can read it, but ours says: %s\n", error->message);
  json_decref(theirs);
  return g_string_free(c.differences, c.differences->len == 0);
}
