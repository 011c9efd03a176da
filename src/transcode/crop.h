/* Black bars, measured by ffmpeg's cropdetect at several places of a film. */
#pragma once

#include "sys/cancel.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Sets *ret_crop to the largest picture seen at any place, "w:h:x:y" (the caller frees it). Where the places saw nothing but
 * black it is left NULL. False: CANCELLED, or UPSTREAM if ffmpeg failed. */
bool crop_measure(const char *ffmpeg, const char *path, int64_t duration_ms, Cancel *cancel, char **ret_crop, GError **error);

/* Takes one "… crop=1920:800:0:140" line into the union of boxes seen so far. Pure; false if the line is not one or its numbers
 * are odd. */
typedef struct {
  int64_t left, top, right, bottom; /* right and bottom exclusive; all 0: nothing seen */
} CropBox;
bool crop_parse_line(const char *line, CropBox *box);
