/* Decides how an output is shown to decode, and reads what came of it. Test: tests/unit/encode/test_decode_check.c */
#include "encode/decode_check.h"

#include "base/number.h"

#include <string.h>

enum {
  /* Of each place that a sampled check decodes: a sixtieth of the film, so that the check of a short one costs no larger part of
   * its encode than that of a long one. */
  WINDOW_PARTS = 60,
  WINDOW_MIN_MS = 1000,
  WINDOW_MAX_MS = 5000,
  ALWAYS_FULL_MS = 30000, /* shorter outputs are decoded whole: it costs a moment */
};

static void add(GPtrArray *arguments, const char *const *texts)
{
  for (; *texts; texts++)
    g_ptr_array_add(arguments, g_strdup(*texts));
}
#define ADD(arguments, ...) add(arguments, (const char *const[]){__VA_ARGS__, NULL})

static void add_input(GPtrArray *arguments, const char *path)
{
  g_autofree char *file = g_strconcat("file:", path, NULL);
  ADD(arguments, "-i", file);
}

static void add_seconds(GPtrArray *arguments, const char *option, int64_t ms)
{
  g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT ".%03d", ms / 1000, (int)(ms % 1000));
  ADD(arguments, option, seconds);
}

/* Maps what of the output must decode, as that of the input numbered `input_number`; "V" are videos without cover art. */
static void add_decoded(GPtrArray *arguments, const DecodeCheckInput *input, int input_number, bool with_video)
{
  const char *every[] = {with_video ? "V?" : NULL, "a?"};
  for (size_t i = 0; !input->actions && i < G_N_ELEMENTS(every); i++) {
    g_autofree char *map = every[i] ? g_strdup_printf("%d:%s", input_number, every[i]) : NULL;
    if (map)
      ADD(arguments, "-map", map);
  }
  for (guint i = 0; input->actions && i < input->actions->len; i++) {
    const StreamAction *action = input->actions->pdata[i];
    bool is_new = action->action == ACTION_CONVERT || action->action == ACTION_ADD;
    if (is_new && ((action->type == STREAM_VIDEO && with_video) || action->type == STREAM_AUDIO)) {
      g_autofree char *map = g_strdup_printf("%d:%" G_GINT64_FORMAT, input_number, action->output_index);
      ADD(arguments, "-map", map);
    }
  }
}

static bool anything_decoded(const DecodeCheckInput *input)
{
  g_autoptr(GPtrArray) maps = g_ptr_array_new_with_free_func(g_free);
  add_decoded(maps, input, 0, true);
  return maps->len > 0;
}

/* Everything of the output is decoded, its picture to be compared. */
static void add_comparison(GPtrArray *arguments, const DecodeCheckInput *input)
{
  ADD(arguments, "-err_detect", "explode");
  g_autofree char *graph = sample_comparison(input->against, input->metric, arguments);
  ADD(arguments, "-filter_complex", graph, "-map", "[compared]");
  add_decoded(arguments, input, 0, false);
  ADD(arguments, "-f", "null", "-");
}

static void add_packets(GPtrArray *arguments, int input_number)
{
  static const char kinds[] = "Vas";
  for (const char *kind = kinds; *kind; kind++) {
    g_autofree char *map = g_strdup_printf("%d:%c?", input_number, *kind);
    ADD(arguments, "-map", map);
  }
  ADD(arguments, "-c", "copy", "-f", "null", "-");
}

static void add_whole(GPtrArray *arguments, const DecodeCheckInput *input)
{
  ADD(arguments, "-err_detect", "explode");
  add_input(arguments, input->output);
  add_decoded(arguments, input, 0, true);
  ADD(arguments, "-f", "null", "-");
}

static void add_sample(GPtrArray *arguments, const char *output, int64_t from_ms, int64_t length_ms)
{
  /* The frames from the key frame on count as the sample: they must be decoded in any case. */
  ADD(arguments, "-noaccurate_seek");
  add_seconds(arguments, "-ss", from_ms);
  if (length_ms > 0)
    add_seconds(arguments, "-t", length_ms);
  ADD(arguments, "-err_detect", "explode");
  add_input(arguments, output);
}

/* Start, middle and end are decoded, and every packet of the whole is read. */
static void add_samples(GPtrArray *arguments, const DecodeCheckInput *input)
{
  enum { SAMPLES = 3 };
  int64_t window_ms = CLAMP(input->duration_ms / WINDOW_PARTS, WINDOW_MIN_MS, WINDOW_MAX_MS);
  add_sample(arguments, input->output, 0, window_ms);
  add_sample(arguments, input->output, (input->duration_ms - window_ms) / 2, window_ms);
  /* To the last frame, where the way there from the key frame before is a small part of the film: it may be ten seconds. */
  add_sample(arguments, input->output, input->duration_ms - window_ms, window_ms == WINDOW_MAX_MS ? 0 : window_ms);
  add_input(arguments, input->output);
  for (int i = 0; i < SAMPLES; i++)
    add_decoded(arguments, input, i, true);
  ADD(arguments, "-f", "null", "-");
  add_packets(arguments, SAMPLES);
}

static void add_reading(GPtrArray *arguments, const DecodeCheckInput *input)
{
  add_input(arguments, input->output);
  add_packets(arguments, 0);
}

char **decode_check_arguments(const DecodeCheckInput *input)
{
  GPtrArray *arguments = g_ptr_array_new();
  ADD(arguments, "-nostdin", "-hide_banner", "-nostats", "-v", input->against ? "level+info" : "error", "-xerror");
  if (input->against)
    add_comparison(arguments, input);
  else if (!anything_decoded(input))
    add_reading(arguments, input);
  else if (input->check == DECODE_FULL || input->duration_ms < ALWAYS_FULL_MS)
    add_whole(arguments, input);
  else
    add_samples(arguments, input);
  g_ptr_array_add(arguments, NULL);
  return (char **)g_ptr_array_free(arguments, FALSE);
}

bool decode_check_line_is_fault(const char *line)
{
  static const char *const demuxers[] = {"[matroska,webm @ ", "[mov,mp4,m4a,3gp,3g2,mj2 @ "}; /* of every container we write */
  static const char *const harmless[] = {"] [warning] ", "] [info] "}; /* where a comparison asks for more than errors */
  bool is_demuxer = false;
  for (size_t i = 0; i < G_N_ELEMENTS(demuxers); i++)
    is_demuxer = is_demuxer || g_str_has_prefix(line, demuxers[i]);
  for (size_t i = 0; i < G_N_ELEMENTS(harmless); i++)
    is_demuxer = is_demuxer && !strstr(line, harmless[i]);
  return is_demuxer;
}

char **decode_survey_arguments(const char *path)
{
  GPtrArray *arguments = g_ptr_array_new();
  /* Often, so that what goes wrong is known by its place: a film is decoded at many times its speed. */
  ADD(arguments, "-nostdin", "-hide_banner", "-nostats", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.1",
      "-err_detect", "crccheck");
  add_input(arguments, path);
  add_decoded(arguments, &(DecodeCheckInput){0}, 0, true);
  ADD(arguments, "-f", "null", "-");
  g_ptr_array_add(arguments, NULL);
  return (char **)g_ptr_array_free(arguments, FALSE);
}

/* The text behind "[h264 @ 0x55f19379f340] ", with the name and without the address. */
static char *without_address(const char *line)
{
  const char *at = line[0] == '[' ? strstr(line, " @ 0x") : NULL;
  const char *end = at ? strstr(at, "] ") : NULL;
  return end ? g_strdup_printf("%.*s: %s", (int)(at - line - 1), line + 1, end + 2) : g_strdup(line);
}

char *decode_survey_line(const char *line, int64_t *ret_repeats)
{
  /* Said as errors, but of our own output or of what a player passes by as well. */
  static const char *const harmless[] = {"[null @ ", "[out#", "Referenced QT chapter track not found",
                                         "Application provided invalid"};
  static const char repeated[] = "Last message repeated ";
  *ret_repeats = 0;
  while (*line == ' ')
    line++;
  if (g_str_has_prefix(line, repeated)) {
    g_auto(GStrv) words = g_strsplit(line + strlen(repeated), " ", 2);
    if (!parse_int(words[0], 1, G_MAXINT32, ret_repeats))
      *ret_repeats = 1;
    return NULL;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(harmless); i++)
    if (strstr(line, harmless[i]))
      return NULL;
  if (!*line)
    return NULL;
  g_autofree char *text = without_address(line);
  return g_utf8_make_valid(text, -1);
}
