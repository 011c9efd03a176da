/* Checks the structure of a whole file in memory, with a reader of its own that shares nothing with what it checks. For tests and
 * fuzz targets.
 *
 * Matroska: every element lies inside its parent, sizes add up to the byte, each CRC-32 is right, every Seek points to a child of
 * the Segment that has the ID it names, every cue to a Cluster. MP4: every box lies inside its parent, sizes add up, every chunk
 * lies inside an mdat. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL if all is well, else what is wrong; the caller frees it. */
char *structure_problem(const uint8_t *bytes, size_t length);
