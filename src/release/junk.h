/* Names that say nothing: hashes, random letters, encrypted posts. Within the module only.
 *
 * Thread-safety: pure. */
#pragma once

#include "release/release.h"
#include "release/tag.h"

/* Why the tagged name (without folder and extension) cannot be that of anything; RELEASE_REFUSED_NOT if it can. */
ReleaseRefusal junk_find(const Scan *scan);

/* True if the word looks made up by a machine: digits and letters, or capitals and small ones, change places too often. */
bool junk_word(const Scan *scan, int i);
