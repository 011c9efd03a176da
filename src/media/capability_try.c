/* Trying encoders: the commands, and how ffmpeg's output is read. Tested by tests/unit/media/test_capability.c. */
#include "media/capability_try.h"

#include "base/number.h"

#include <stdarg.h>
#include <string.h>

static void add(GPtrArray *argv, const char *first, ...) G_GNUC_NULL_TERMINATED;
static void add(GPtrArray *argv, const char *first, ...)
{
  va_list words;
  va_start(words, first);
  for (const char *word = first; word; word = va_arg(words, const char *))
    g_ptr_array_add(argv, g_strdup(word));
  va_end(words);
}

/* Device options stand before the input. */
static void add_device(GPtrArray *argv, const EncoderRow *row, const char *device)
{
  if (row->family == ENCODER_VAAPI)
    add(argv, "-vaapi_device", device, NULL);
  else if (row->family == ENCODER_QSV) {
    g_autofree char *va = g_strconcat("vaapi=va:", device, NULL);
    add(argv, "-init_hw_device", va, "-init_hw_device", "qsv=hw@va", "-filter_hw_device", "hw", NULL);
  }
}

static void add_pixels(GPtrArray *argv, const EncoderRow *row, int bit_depth)
{
  const char *format = bit_depth > 8 ? row->pixel_format_10 : row->pixel_format_8;
  if (row->family == ENCODER_VAAPI || row->family == ENCODER_QSV) {
    const char *upload = row->family == ENCODER_QSV ? ",hwupload=extra_hw_frames=64" : ",hwupload";
    g_autofree char *filter = g_strconcat("format=", format, upload, NULL);
    add(argv, "-vf", filter, NULL);
  } else
    add(argv, "-pix_fmt", format, NULL);
}

static void add_rate_control(GPtrArray *argv, const EncoderRow *row)
{
  g_autofree char *quality = g_strdup_printf("%d", row->quality_1080p);
  if (row->family == ENCODER_NVENC)
    add(argv, "-tune", "hq", "-rc", "vbr", "-b:v", "0", NULL);
  else if (row->family == ENCODER_VAAPI)
    add(argv, "-rc_mode", "CQP", NULL);
  else if (row->family == ENCODER_AMF)
    add(argv, "-usage", "transcoding", "-rc", "cqp", "-qp_p", quality, NULL);
  else if (row->codec == VIDEO_CODEC_VP9)
    add(argv, "-b:v", "0", "-deadline", "good", "-cpu-used", "4", NULL);
  add(argv, row->quality_option, quality, NULL);
}

char **capability_try_arguments(const char *ffmpeg, const EncoderRow *row, int bit_depth, const char *device)
{
  GPtrArray *argv = g_ptr_array_new();
  add(argv, ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", NULL);
  add_device(argv, row, device);
  add(argv, "-f", "lavfi", "-i", "testsrc2=s=640x360:r=24:d=1", "-frames:v", "10", NULL);
  add_pixels(argv, row, bit_depth);
  add(argv, "-c:v", row->name, NULL);
  if (row->family == ENCODER_NVENC)
    add(argv, "-gpu", device, NULL);
  if (row->default_preset)
    add(argv, row->family == ENCODER_AMF ? "-quality" : "-preset", row->default_preset, NULL);
  add_rate_control(argv, row);
  if (bit_depth > 8 && row->codec == VIDEO_CODEC_HEVC && row->family != ENCODER_CPU)
    add(argv, "-profile:v", "main10", NULL);
  if (strcmp(row->name, "libx265") == 0)
    add(argv, "-x265-params", "log-level=error", NULL);
  add(argv, "-f", "null", "-", NULL);
  g_ptr_array_add(argv, NULL);
  return (char **)g_ptr_array_free(argv, FALSE);
}

int64_t capability_frames(const char *progress)
{
  g_auto(GStrv) lines = g_strsplit(progress, "\n", -1);
  int64_t frames = 0;
  for (char **line = lines; *line; line++)
    if (g_str_has_prefix(*line, "frame="))
      parse_int(g_strstrip(*line + strlen("frame=")), 0, INT64_MAX, &frames);
  return frames;
}

/* Banners of encoder libraries, which write past ffmpeg's log level. */
static bool is_chatter(const char *line)
{
  return strstr(line, "[info]") || strstr(line, "Svt[") || !*line;
}

char *capability_telling_line(const char *messages)
{
  g_auto(GStrv) lines = g_strsplit_set(messages, "\r\n", -1);
  for (char **line = lines; *line; line++) {
    char *text = g_strstrip(*line);
    char *end = *text == '[' && strstr(text, " @ 0x") ? strstr(text, "] ") : NULL;
    if (end)
      text = end + 2;
    if (!is_chatter(text))
      return g_utf8_make_valid(text, -1);
  }
  return NULL;
}

GHashTable *capability_listed_names(const char *listing)
{
  GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_auto(GStrv) lines = g_strsplit(listing, "\n", -1);
  for (char **line = lines; *line; line++) {
    /* " V....D libx264   libx264 H.264 …"; the legend above the table has "=" as second word */
    g_auto(GStrv) words = g_regex_split_simple(" +", g_strstrip(*line), 0, 0);
    if (g_strv_length(words) >= 3 && strcmp(words[1], "=") != 0)
      g_hash_table_add(names, g_strdup(words[1]));
  }
  return names;
}

char *capability_version(const char *text, const char *word)
{
  const char *at = strstr(text, word);
  if (!at)
    return NULL;
  at += strlen(word);
  size_t length = strcspn(at, " \r\n");
  return length ? g_strndup(at, length) : NULL;
}
