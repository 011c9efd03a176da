/* Decides whether another encode with a better quality is worth it. Test: tests/unit/encode/test_flattery.c */
#include "encode/flattery.h"

#include "encode/promise.h"

#include <math.h>

bool flattery_of(const FlatteryInput *input, double *ret_flattery)
{
  const Profile *profile = input->profile;
  bool misses = profile->target_metric != METRIC_OFF && input->score < profile->target_score;
  if (!misses || input->flattery > 0 || !quality_is_found(input->found))
    return false;
  if (input->output_bytes > promise_bound(input->source_bytes, profile->min_saving_percent))
    return false;
  double flattery =
      quality_loss(profile->target_metric, input->score) - quality_loss(profile->target_metric, input->found->score);
  if (!(flattery > 0))
    return false;
  *ret_flattery = flattery;
  return true;
}

/* That one's samples lost less than the film by `flattery`, and the film more than the target allows. */
bool flattery_is_covered(const Profile *profile, double flattery, const QualityFound *found)
{
  double most = quality_loss(profile->target_metric, profile->target_score) - flattery;
  return flattery == 0 || quality_loss(profile->target_metric, found->score) <= most;
}
