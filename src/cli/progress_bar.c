/* How progress looks on a terminal. Test: tests/unit/cli/test_output.c */
#include "cli/progress_bar.h"

#include <math.h>

enum { REDRAW_US = 100 * 1000, BAR_CELLS = 20, MIN_COLUMNS_FOR_BAR = 60 };

struct ProgressBar {
  FILE *stream;
  bool shown;
  bool drawn; /* the line holds something */
  gint64 drawn_us;
};

ProgressBar *progress_bar_new(FILE *stream, bool shown)
{
  ProgressBar *bar = g_new0(ProgressBar, 1);
  bar->stream = stream;
  bar->shown = shown;
  return bar;
}

void progress_bar_wipe(ProgressBar *bar)
{
  if (!bar->drawn)
    return;
  fputs("\r\033[K", bar->stream);
  fflush(bar->stream);
  bar->drawn = false;
}

void progress_bar_free(ProgressBar *bar)
{
  if (!bar)
    return;
  progress_bar_wipe(bar);
  g_free(bar);
}

char *progress_bar_line(double fraction, const char *text, int columns)
{
  GString *line = g_string_new(NULL);
  if (fraction >= 0) {
    fraction = fmin(fraction, 1);
    int full = (int)floor(fraction * BAR_CELLS);
    if (columns >= MIN_COLUMNS_FOR_BAR) {
      g_string_append_c(line, '[');
      for (int i = 0; i < BAR_CELLS; i++)
        g_string_append_c(line, i < full ? '#' : '-');
      g_string_append(line, "] ");
    }
    g_string_append_printf(line, "%3.0f %%  ", floor(fraction * 100));
  }
  g_autofree char *escaped = text_escape(text);
  g_autofree char *fits = text_shorten(escaped, MAX(columns - text_width(line->str), 0));
  g_string_append(line, fits);
  return g_string_free(line, FALSE);
}

void progress_bar_show(ProgressBar *bar, double fraction, const char *format, ...)
{
  gint64 now_us = g_get_monotonic_time();
  if (!bar->shown || (bar->drawn && now_us - bar->drawn_us < REDRAW_US))
    return;
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  /* The last column stays free: some terminals go to the next line there. The cursor goes back to the start, so that a log line
   * that comes in between overwrites this one. */
  g_autofree char *line = progress_bar_line(fraction, text, text_columns(bar->stream) - 1);
  fprintf(bar->stream, "\r%s\033[K\r", line);
  fflush(bar->stream);
  bar->drawn = true;
  bar->drawn_us = now_us;
}
