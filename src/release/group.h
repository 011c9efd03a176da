/* Who made a release, as far as its name tells. Within the module only.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/release.h"
#include "release/title.h"

/* Finds the group's bytes; false if the name has none. The scan must be settled. */
bool group_find(const Scan *scan, const TitlePlace *place, ReleaseSpan *ret_span);
