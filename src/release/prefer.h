/* Which of two accepted releases of a film is better.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/decision.h"

/* Less than 0, 0 or more than 0 as `a` is worse than, as good as or better than `b`. Asked in this order: quality in the profile,
 * then issue (unless propers are not preferred); custom formats' score; the delay profile's protocol; the indexer's priority; its
 * flags (if the settings prefer them); of torrents seeders, then peers, each by order of magnitude; of posts age by steps; size,
 * nearest to what the quality's definition prefers, or the larger, in steps of 200 MB. */
int prefer_compare(const DecisionCase *input, const Decision *a, const Decision *b);
