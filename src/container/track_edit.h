/* Reading the tracks of a file, and planning a change of their flags, whatever the container. Nothing here writes; what carries a
 * plan out is edit_commit.h.
 *
 * Thread-safety: no state. */
#pragma once

#include "container/byte_source.h"
#include "container/edit_plan.h"

/* The tracks of a Matroska, WebM, MP4 or QuickTime file. NULL on error: INVALID if it is none of them (empty and text files
 * included), CORRUPT if it breaks its format or ends early, LIMIT if it is built to be read forever. */
TrackList *tracks_parse(const ByteSource *source, GError **error);

/* What to write so that the wishes are so. NULL on error: as tracks_parse; INVALID for an edit that names no track, or that
 * leaves an MP4 without an enabled audio track. Applying an IN_PLACE plan to the same bytes and planning again gives NOTHING. */
EditPlan *edit_plan_make(const ByteSource *source, const TrackEdit *edits, size_t n_edits, GError **error);

/* The same for a file. A symbolic link is refused (INVALID): resolve it first, and look where it leads. The messages name the
 * file. The plan remembers which file it saw (EditPlan.seen). */
TrackList *tracks_read(const char *path, GError **error);
EditPlan *edit_plan_read(const char *path, const TrackEdit *edits, size_t n_edits, GError **error);
