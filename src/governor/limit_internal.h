/* The table of the measures, for this module only. */
#pragma once

#include "governor/limit.h"

enum { PRESETS = 3 }; /* those that are not LIMITS_OFF, in their order */

typedef struct {
  const char *name; /* as in measure_table */
  const char *what; /* for sentences: "The use of the processors by other programs" */
  const char *unit; /* " %" */
  int decimals;     /* that are shown */
  bool low_is_bad;
  double min, max; /* that a threshold may be */
  int most;        /* Stand */
  struct {
    double enter, leave; /* both 0: no such limit in the preset */
  } presets[PRESETS];
} MeasureRow;

const MeasureRow *measure_row(int measure);
