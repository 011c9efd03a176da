/* The tables of what is known about a video's frames. Test: tests/unit/media/test_probe_frames.c */
#include "media/frame_index.h"

#include <math.h>

static const Field key_frame_fields[] = {
    FIELD_INT(KeyFrame, pts, .help = "When it is shown, in ticks since the start of the file."),
    FIELD_INT(KeyFrame, gap_ms, .help = "Time since the key frame before it, in ms."),
};
const FieldTable key_frame_table = FIELD_TABLE(KeyFrame, "KeyFrame", NULL, key_frame_fields);

static const EnumRow frame_source_rows[] = {
    {FRAMES_BY_INDEX, "index", "By the container's index"},
    {FRAMES_BY_PACKETS, "packets", "By reading all packets"},
};
const EnumTable frame_source_table = ENUM_TABLE("FrameSource", frame_source_rows);

static const Field frame_index_fields[] = {
    FIELD_ENUM(FrameIndex, source, frame_source_table, .help = "How it was found."),
    FIELD_INT(FrameIndex, start_us, .help = "Where the file's own clock stands at its start, in microseconds."),
    FIELD_INT(FrameIndex, tick_num, .min = 1, .max = 1e9, .help = "Seconds in a tick: numerator."),
    FIELD_INT(FrameIndex, tick_den, .min = 1, .max = 1e9, .help = "Seconds in a tick: denominator."),
    FIELD_INT(FrameIndex, frames, .flags = FIELD_NULLABLE, .help = "Frames that are shown, if they were counted."),
    FIELD_INT(FrameIndex, first_pts, .flags = FIELD_NULLABLE, .help = "When the first is shown, in ticks."),
    FIELD_INT(FrameIndex, last_pts, .flags = FIELD_NULLABLE, .help = "When the last is shown, in ticks."),
    FIELD_REAL(FrameIndex, mean_s, .flags = FIELD_NULLABLE, .help = "Mean time of the frames after the first, in s."),
    FIELD_BOOL(FrameIndex, edited, .help = "An edit list cuts something out of the middle."),
    FIELD_RECORDS(FrameIndex, key_frames, key_frame_table, .help = "Where a decoder can begin."),
};
const FieldTable frame_index_table = FIELD_TABLE(FrameIndex, "FrameIndex", NULL, frame_index_fields);

void frame_index_free(FrameIndex *index)
{
  record_free(&frame_index_table, index);
}

int64_t frame_index_ms(const FrameIndex *index, int64_t ticks)
{
  return llround((double)ticks * 1000 * (double)index->tick_num / (double)index->tick_den);
}
