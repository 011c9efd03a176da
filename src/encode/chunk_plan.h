/* Whether a film is encoded in chunks, and where it is cut: pure.
 *
 * A cut is a key frame of the source, so that each chunk can be decoded from there; its frames are those shown from one cut on
 * and before the next, whatever order they stand in, so open groups of pictures lose nothing. What could not be joined to exactly
 * what one run makes (frames that depend on their neighbours, rates for the whole film, containers without exact times) is one
 * run, with the reason.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "encode/chunk.h"
#include "encode/plan.h"
#include "media/frame_index.h"

/* What could work on chunks. */
typedef struct {
  int servers; /* machines that run jobs, at least 1 */
  int runners; /* transcodes that they run at once, in all */
  int cores;   /* of each */
  int waiting; /* other films that wait for these runners */
} ChunkCapacity;

typedef struct {
  const MediaInfo *media;
  const Profile *profile;
  const EncodePlan *plan;
  ChunkCapacity capacity;
  const FrameIndex *index; /* NULL for chunk_plan_refusal */
} ChunkInput;

/* Why this film is one run whatever its key frames are, as a sentence; NULL: they must be looked at. The caller frees it. */
char *chunk_plan_refusal(const ChunkInput *input);

/* The plan; the caller frees it. Cannot fail: a film that is not split has a plan without chunks and a reason. */
ChunkPlan *chunk_plan_make(const ChunkInput *input);

/* A plan for one run, with this reason, which it takes. */
ChunkPlan *chunk_plan_whole(char *reason);

/* How many times as fast as on one core an encoder is on `cores`: Amdahl's law, with an estimated share of each encoder's work
 * that runs side by side (docs/decisions/0061); tools/run-bench chunk measures the speed of two cores. */
double chunk_encoder_speed(const char *encoder, double cores);
