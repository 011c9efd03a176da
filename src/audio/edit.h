/* Between the choice and the container's editor: a file's track list as the choice reads it, and the choice as edits.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "audio/choice.h"
#include "container/track_edit.h"

/* The audio and subtitle tracks of a container, an array of AudioTrack that borrows from `list`; the caller unrefs it. The index
 * is the position in the list. A container states less than a probe: no bit rate, and MP4 often two channels for more. */
GArray *audio_tracks_from_list(const TrackList *list);

/* What must change so that the list is as chosen: TrackEdit, only for flags that differ; empty for LEAVE_ALONE. The choice is one
 * that was made of audio_tracks_from_list(list). The caller unrefs it. */
GArray *audio_choice_edits(const AudioChoice *choice);
