/* A film cut into chunks: plain records that travel from the desk to runners and into the queue.
 *
 * Thread-safety: plain data. */
#pragma once

#include "base/field.h"

/* A stretch of the video, in ticks since the start of the file as FrameIndex has them. */
typedef struct {
  int64_t number;           /* from 1 */
  int64_t from_pts, to_pts; /* its frames are shown from the one on and before the other; to_pts FIELD_NULL_INT: to the end */
  int64_t seek_ms;          /* a key frame before it, from where it is decoded; 0: the beginning */
  int64_t from_ms, to_ms;   /* the same for people; to_ms is where the film ends for the last one */
} ChunkRange;
extern const FieldTable chunk_range_table;

typedef struct {
  char *reason;               /* why it is split, or why not: a sentence */
  int64_t tick_num, tick_den; /* a tick is tick_num/tick_den seconds */
  int64_t threads;            /* that each chunk's encoder may use; 0: as many as it likes */
  GPtrArray *chunks;          /* ChunkRange in order, without gaps; empty: one run */
} ChunkPlan;
extern const FieldTable chunk_plan_table;

void chunk_plan_free(ChunkPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ChunkPlan, chunk_plan_free)

/* Whether there is more than one. */
bool chunk_plan_splits(const ChunkPlan *plan);
