/* Decides how an output is shown to decode, and reads what came of it. Test: tests/unit/encode/test_decode_check.c */
#include "encode/decode_check.h"

#include <math.h>
#include <string.h>

enum {
  WINDOW_MS = 5000,       /* of each place that is decoded by a sampled check */
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

/* The output's picture against the source's, scaled to the same size. */
static void add_comparison(GPtrArray *arguments, const DecodeCheckInput *input)
{
  ADD(arguments, "-err_detect", "explode");
  add_input(arguments, input->output);
  add_input(arguments, input->ssim_against);
  ADD(arguments, "-filter_complex",
      "[0:V:0]settb=AVTB,setpts=PTS-STARTPTS,format=yuv420p[a];[1:V:0]settb=AVTB,setpts=PTS-STARTPTS,format=yuv420p[b];"
      "[b][a]scale2ref=flags=bicubic[reference][result];[result][reference]ssim[picture]",
      "-map", "[picture]", "-map", "0:a?", "-f", "null", "-");
}

/* "V" are videos without cover art. */
static void add_whole(GPtrArray *arguments, const DecodeCheckInput *input)
{
  ADD(arguments, "-err_detect", "explode");
  add_input(arguments, input->output);
  ADD(arguments, "-map", "0:V?", "-map", "0:a?", "-f", "null", "-");
}

/* Start, middle and end are decoded, and every packet of the whole is read. */
static void add_samples(GPtrArray *arguments, const DecodeCheckInput *input)
{
  const int64_t places_ms[] = {0, (input->duration_ms - WINDOW_MS) / 2, input->duration_ms - WINDOW_MS};
  for (size_t i = 0; i < G_N_ELEMENTS(places_ms); i++) {
    add_seconds(arguments, "-ss", places_ms[i]);
    add_seconds(arguments, "-t", WINDOW_MS);
    ADD(arguments, "-err_detect", "explode");
    add_input(arguments, input->output);
  }
  add_input(arguments, input->output);
  for (size_t i = 0; i < G_N_ELEMENTS(places_ms); i++) {
    g_autofree char *video = g_strdup_printf("%zu:V?", i), *audio = g_strdup_printf("%zu:a?", i);
    ADD(arguments, "-map", video, "-map", audio);
  }
  ADD(arguments, "-f", "null", "-");
  ADD(arguments, "-map", "3:V?", "-map", "3:a?", "-map", "3:s?", "-c", "copy", "-f", "null", "-");
}

char **decode_check_arguments(const DecodeCheckInput *input)
{
  GPtrArray *arguments = g_ptr_array_new();
  ADD(arguments, "-nostdin", "-hide_banner", "-nostats", "-v", input->ssim_against ? "info" : "error", "-xerror");
  if (input->ssim_against)
    add_comparison(arguments, input);
  else if (input->check == DECODE_FULL || input->duration_ms < ALWAYS_FULL_MS)
    add_whole(arguments, input);
  else
    add_samples(arguments, input);
  g_ptr_array_add(arguments, NULL);
  return (char **)g_ptr_array_free(arguments, FALSE);
}

bool decode_check_parse_ssim(const char *line, double *ret_ssim)
{
  const char *all = strstr(line, "SSIM ") ? strstr(line, " All:") : NULL;
  char *end = NULL;
  if (!all)
    return false;
  double value = g_ascii_strtod(all + 5, &end);
  if (end == all + 5 || !isfinite(value) || value < -1 || value > 1)
    return false;
  *ret_ssim = value;
  return true;
}
