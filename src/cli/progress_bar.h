/* One line on a terminal that says how far something is. On anything but a terminal nothing is written.
 *
 * Thread-safety: one thread. */
#pragma once

#include "cli/text.h"

typedef struct ProgressBar ProgressBar;

/* `shown` false: draws nothing. */
ProgressBar *progress_bar_new(FILE *stream, bool shown);
/* Wipes the line. */
void progress_bar_free(ProgressBar *bar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProgressBar, progress_bar_free)

/* `fraction` is 0 to 1, or negative while it is not known. At most ten times a second; what comes faster is not drawn, save a
 * line that was wiped. */
void progress_bar_show(ProgressBar *bar, double fraction, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Wipes the line, so that something else can be printed; the next show draws it again. */
void progress_bar_wipe(ProgressBar *bar);

/* The line as it is drawn: a bar, percent and text within `columns`. Pure; the caller frees it. */
char *progress_bar_line(double fraction, const char *text, int columns);
