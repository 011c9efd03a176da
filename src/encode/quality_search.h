/* The search for the coarsest quality that holds a floor: from what has been tried so far to what to try next. Pure: who encodes
 * and compares samples is the caller's business.
 *
 * Scores fall about along a straight line of quality_loss over the encoder's quality number, so the next number to try is read
 * off that line: by a typical slope while there is one trial, between the nearest two on both sides of the floor afterwards. */
#pragma once

#include "encode/score.h"

typedef struct {
  QualityMetric metric;
  double floor;    /* what is found never scored less */
  double min, max; /* the encoder's numbers; a lower one is the better quality */
  double step;     /* between two numbers that differ for the encoder */
  double start;    /* where to begin */
} QualityGoal;

/* One trial. */
typedef struct {
  double quality, score;
} QualityProbe;

typedef enum {
  SEARCH_TRY,         /* `quality` is to be tried */
  SEARCH_FOUND,       /* `quality` is one of the trials, and the coarsest that holds the floor as far as can be told */
  SEARCH_UNREACHABLE, /* not even the best quality holds it; `quality` is the best one tried */
} SearchState;

typedef struct {
  SearchState state;
  double quality;
  size_t index; /* of the trial, unless SEARCH_TRY */
} SearchStep;

/* What to do after `n` trials. It ends when a trial holds the floor and (a) one a step coarser was tried and does not, (b) by the
 * curve one a step coarser would not, (c) nothing coarser exists, or (d) it is the fourth or later and within the metric's
 * tolerance; at the latest after QUALITY_SEARCH_MOST trials. */
enum { QUALITY_SEARCH_MOST = 10, QUALITY_SEARCH_TYPICAL = 4 };
SearchStep quality_search_next(const QualityGoal *goal, const QualityProbe *probes, size_t n);

/* What a search came to, as it is stored and travels. Zeroed: there was none. */
typedef struct {
  double quality;
  double score;        /* of the samples; NAN while it is only being tried */
  int64_t video_bytes; /* of the whole film's picture, as the samples have it; FIELD_NULL_INT: not known */
  int64_t probes;      /* trials; 0: there was no search */
  bool whole;          /* the samples were the whole film */
} QualityFound;
extern const FieldTable quality_found_table;

static inline bool quality_is_found(const QualityFound *found)
{
  return found->probes > 0;
}

/* A quality that is only being tried. */
#define QUALITY_ON_TRIAL(number) ((QualityFound){.quality = (number), .score = NAN, .video_bytes = FIELD_NULL_INT})
