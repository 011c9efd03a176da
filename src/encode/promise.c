/* Decides when an encode is stopped because it will be too large. Test: tests/unit/encode/test_promise.c */
#include "encode/promise.h"

#include "base/number.h"

#include <math.h>

enum { EARLIEST_MS = 60 * 1000 };
static const double earliest_part = 1.0 / 3, leanest_rest = 0.5;

int64_t promise_bound(int64_t source_bytes, double min_saving_percent)
{
  if (min_saving_percent < 0)
    return INT64_MAX;
  int64_t bound = (int64_t)floor((double)source_bytes * (1 - min_saving_percent / 100));
  return MIN(bound, source_bytes - 1);
}

bool promise_is_broken(const PromiseProgress *progress)
{
  bool at_end = progress->duration_ms > 0 && progress->position_ms >= progress->duration_ms;
  if (progress->bound_bytes == INT64_MAX || at_end)
    return false;
  if (progress->written_bytes > progress->bound_bytes)
    return true;
  if (progress->duration_ms <= 0 || progress->position_ms < EARLIEST_MS)
    return false;
  double part = MIN((double)progress->position_ms / (double)progress->duration_ms, 1);
  double rest = (double)progress->written_bytes / part * (1 - part);
  return part >= earliest_part && (double)progress->written_bytes + leanest_rest * rest > (double)progress->bound_bytes;
}

char *promise_words(const PromiseProgress *progress, double min_saving_percent)
{
  g_autofree char *written = format_size(progress->written_bytes), *bound = format_size(progress->bound_bytes);
  double part = progress->duration_ms > 0 ? MIN((double)progress->position_ms / (double)progress->duration_ms, 1) : 0;
  return g_strdup_printf("Stopped at %.0f %% of the film: %s are written already, and the whole may have %s for the profile's "
                         "saving of %g %%.",
                         100 * part, written, bound, min_saving_percent);
}
