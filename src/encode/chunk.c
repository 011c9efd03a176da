/* The tables of chunks. Test: tests/unit/encode/test_chunk_plan.c */
#include "encode/chunk.h"

static const Field chunk_range_fields[] = {
    FIELD_INT(ChunkRange, number, .min = 1, .max = 1e6, .help = "Number of the chunk, from 1."),
    FIELD_INT(ChunkRange, from_pts, .help = "Its first frame is shown at this time, in ticks."),
    FIELD_INT(ChunkRange, to_pts, .flags = FIELD_NULLABLE, .help = "The next chunk's first frame, in ticks; null: the end."),
    FIELD_INT(ChunkRange, seek_ms, .help = "Key frame from which it is decoded, in ms; 0: the beginning."),
    FIELD_INT(ChunkRange, from_ms, .help = "Where it begins, in ms."),
    FIELD_INT(ChunkRange, to_ms, .help = "Where it ends, in ms."),
};
const FieldTable chunk_range_table = FIELD_TABLE(ChunkRange, "ChunkRange", NULL, chunk_range_fields);

static const Field chunk_plan_fields[] = {
    FIELD_TEXT(ChunkPlan, reason, .help = "Why the film is split, or why it is not."),
    FIELD_INT(ChunkPlan, tick_num, .help = "Seconds in a tick: numerator."),
    FIELD_INT(ChunkPlan, tick_den, .help = "Seconds in a tick: denominator."),
    FIELD_INT(ChunkPlan, threads, .help = "Threads of each chunk's encoder; 0: its own choice."),
    FIELD_RECORDS(ChunkPlan, chunks, chunk_range_table, .help = "The chunks; none: one run."),
};
const FieldTable chunk_plan_table = FIELD_TABLE(ChunkPlan, "ChunkPlan", NULL, chunk_plan_fields);

void chunk_plan_free(ChunkPlan *plan)
{
  record_free(&chunk_plan_table, plan);
}

bool chunk_plan_splits(const ChunkPlan *plan)
{
  return plan->chunks && plan->chunks->len > 1;
}
