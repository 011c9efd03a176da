/* MP4, M4V and QuickTime (ISO/IEC 14496-12, QuickTime File Format): tracks, and the plan of an edit.
 *
 * The default audio track is the one that is enabled: bit 0 of tkhd's flags (ISO/IEC 14496-12 section 8.3.2). Apple's players
 * also want tracks that exclude each other in one alternate group; audio tracks in none (group 0) join the one that the others
 * are in. Other flags live in boxes of which an edit in place can make none: REMUX.
 *
 * Thread-safety: no state. */
#pragma once

#include "container/byte_source.h"
#include "container/edit_plan.h"

/* Whether the file's first bytes are a box that such files begin with. */
bool mp4_recognise(const uint8_t *head, size_t length);

/* CORRUPT for boxes that do not fit into what holds them, a file that ends early included; INVALID if the movie's header is
 * compressed (cmov); LIMIT over a million boxes. */
TrackList *mp4_list(const ByteSource *source, GError **error);

/* As edit_plan_make. INVALID also if no audio track would stay enabled. */
EditPlan *mp4_plan(const ByteSource *source, const TrackEdit *edits, size_t n_edits, GError **error);
