/* Plans an edit of a Matroska or WebM file. Where the flags cannot be changed on the spot, room is made, in this order, each step
 * only if those before it do not suffice:
 *
 *   1. in the track's own entry: its size fields made narrower, Voids inside it dropped; then the Voids behind Tracks
 *   2. the same in all entries, with the Voids behind Tracks
 *   3. as 1 and 2, and children that hold their default left out
 *   4. a Void elsewhere before the first Cluster: what stands between it and Tracks is shifted, or Tracks moves into it; the
 *      SeekHeads are told
 *   5. none: REMUX
 *
 * The file's size, its Clusters and all that stands behind them stay as they are; every CRC-32 over a changed byte is made right.
 * A SeekHead behind the Clusters is told too, if another one leads to it; one that nothing leads to is not looked for.
 *
 * Thread-safety: no state. */
#pragma once

#include "container/byte_source.h"
#include "container/edit_plan.h"

/* Whether the file's first bytes are an EBML header. */
bool mkv_recognise(const uint8_t *head, size_t length);

/* The tracks of the first Segment. Errors: as mkv_file_read and mkv_tracks_read. */
TrackList *mkv_list(const ByteSource *source, GError **error);

/* As edit_plan_make. */
EditPlan *mkv_plan(const ByteSource *source, const TrackEdit *edits, size_t n_edits, GError **error);
