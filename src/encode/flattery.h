/* Whether a film that misses its target score is encoded once more, a little finer: pure.
 *
 * Samples may have lost less than the whole film. By how much, as a quality_loss, is their flattery: another search holds them to
 * a floor that is so much higher. One more encode is made of what came from a search, and of what can still become smaller by the
 * profile's margin: a finer quality makes it larger yet. */
#pragma once

#include "encode/profile.h"
#include "encode/quality_search.h"

typedef struct {
  const Profile *profile;
  const QualityFound *found; /* what the encode was made with */
  double score;              /* of the whole output; NAN: not measured */
  int64_t source_bytes, output_bytes;
  double flattery; /* by which the floor was raised already; 0: it was not */
} FlatteryInput;

/* True if the film is to be encoded once more, with *ret_flattery > 0. */
bool flattery_of(const FlatteryInput *input, double *ret_flattery);

/* Whether a search was held to a floor raised by `flattery`; the one that flattered never was. */
bool flattery_is_covered(const Profile *profile, double flattery, const QualityFound *found);
