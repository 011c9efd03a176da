/* What a Matroska file's chapters say about how it is played.
 *
 * Thread-safety: no state. */
#pragma once

#include "container/mkv_file.h"

/* Whether an edition is ordered (EditionFlagOrdered, RFC 9559 section 20.1.3): players then show the parts that its chapters
 * name, in their order, maybe from other files too. Chapters that are damaged, or behind the Clusters with no SeekHead leading to
 * them, say nothing. */
bool mkv_has_ordered_chapters(const ByteSource *source, const MkvFile *file);
