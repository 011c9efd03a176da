/* Where the frames of a video are, as its container says: the same record from the probing child to the plan of chunks and to the
 * check of what was joined. Times are in the video's own ticks and count from the start of the file (its first stream's first
 * packet), which is what ffmpeg counts from, too.
 *
 * Thread-safety: plain data. */
#pragma once

#include "base/field.h"

/* A frame at which a decoder can begin. */
typedef struct {
  int64_t pts;    /* ticks */
  int64_t gap_ms; /* since the key frame before it; 0 for the first */
} KeyFrame;
extern const FieldTable key_frame_table;

typedef enum { FRAMES_BY_INDEX, FRAMES_BY_PACKETS } FrameSource;
extern const EnumTable frame_source_table; /* "index", "packets" */

typedef struct {
  int source;                  /* FrameSource */
  int64_t start_us;            /* of the file, on its own clock: what ffmpeg takes off each time */
  int64_t tick_num, tick_den;  /* a tick is tick_num/tick_den seconds */
  int64_t frames;              /* that are shown; FIELD_NULL_INT: not counted */
  int64_t first_pts, last_pts; /* of those that were seen, in ticks; FIELD_NULL_INT: none was */
  double mean_s;               /* how long after the first frame the frames are shown, on average; NAN: not counted */
  bool edited;                 /* an edit list cuts something out of the middle */
  GPtrArray *key_frames;       /* KeyFrame, by pts; of many close to each other, those that follow soonest on another */
} FrameIndex;
extern const FieldTable frame_index_table;

void frame_index_free(FrameIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameIndex, frame_index_free)

/* Ticks as milliseconds, rounded. */
int64_t frame_index_ms(const FrameIndex *index, int64_t ticks);
