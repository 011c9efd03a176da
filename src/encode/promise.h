/* The promise that an output will be smaller by the profile's margin, and whether an encode under way can still keep it: what it
 * will certainly break is stopped, not finished. Pure; the bytes may be of one program or the sum of several. */
#pragma once

#include "base/field.h"

/* The most bytes that an output may have for `min_saving_percent` of the source to be saved; always fewer than the source has. A
 * negative percentage is no promise: INT64_MAX. */
int64_t promise_bound(int64_t source_bytes, double min_saving_percent);

typedef struct {
  int64_t bound_bytes;   /* of promise_bound */
  int64_t written_bytes; /* of the output so far */
  int64_t position_ms;   /* how much of the film they hold */
  int64_t duration_ms;   /* of the film; 0: not known */
} PromiseProgress;

/* True if the bound is certainly missed and stopping saves work: more than it is written before the end; or, from a third of the
 * film and a minute of it on, even a rest at half the bytes for each second would exceed it (credits are lean, but they are not
 * two thirds of a film). */
bool promise_is_broken(const PromiseProgress *progress);

/* A sentence with the values, for a promise that is broken; the caller frees it. */
char *promise_words(const PromiseProgress *progress, double min_saving_percent);
