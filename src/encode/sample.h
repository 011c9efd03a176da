/* Samples of a film: where they lie, the command that encodes them by a plan, and the command that compares them with the source.
 * All places are encoded as one little film, by the very options of the plan, so that one number stands for the whole: two
 * programs a trial, whatever the number of places. Pure. */
#pragma once

#include "encode/plan.h"

typedef struct {
  int64_t from_ms;   /* in the film's own time, from its start */
  int64_t length_ms; /* 0: to the end */
} SamplePlace;

/* Where to look in a film of this length: spread evenly over it, leaving the first and the last twentieth out (logos, credits). A
 * film of up to SAMPLE_WHOLE_MS is one place, from its start to its end: then the trial is the very encode, and what is found
 * holds for the film to the last digit. The caller frees it with g_array_unref. */
enum { SAMPLE_WHOLE_MS = 90 * 1000, SAMPLE_LENGTH_MS = 8 * 1000, SAMPLE_PLACES_MIN = 4, SAMPLE_PLACES_MAX = 12 };
GArray *sample_places(int64_t duration_ms);
bool sample_is_whole(const GArray *places);

typedef struct {
  const EncodePlan *plan; /* one with `sample` */
  const MediaInfo *media; /* of the source */
  const GArray *places;   /* SamplePlace */
  const char *source;     /* paths */
  const char *output;     /* of the encode: written by the one command, read by the other */
} SampleInput;

/* The argument vector that encodes the places to `output`, a Matroska file with the picture alone. The caller frees it with
 * g_strfreev. */
char **sample_encode(const SampleInput *input, const char *program);

/* What compares an encode of these places with the source, as the two things that come before a program's outputs: its inputs
 * (`output` first, then the places) are added to `argv` (char *, owned), and a filter graph that ends in "[compared]" is
 * returned; the caller frees it. */
char *sample_comparison(const SampleInput *input, QualityMetric metric, GPtrArray *argv);

/* The argument vector of a comparison and nothing else; a line of standard error holds the score. The caller frees it with
 * g_strfreev. */
char **sample_compare(const SampleInput *input, QualityMetric metric, const char *program);
