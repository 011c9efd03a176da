/* What transcoding a library, a root or a selection would come to, before anything starts. */
#pragma once

#include "encode/forecast.h"
#include "transcode/transcode.h"

/* Why files are left alone, and how many. */
typedef struct {
  char *code;   /* SkipCode's name, or "refused", "not-smaller" */
  char *reason; /* in words, for all of them */
  int64_t files;
} PredictionRest;
extern const FieldTable prediction_rest_table;

typedef struct {
  char *summary;               /* a sentence */
  int64_t files;               /* that are worth it */
  int64_t files_left;          /* that are not */
  int64_t looked_at, of_files; /* fewer were looked at than there are where there are many: the rest is like them */
  int64_t bytes_before;        /* of the files that are worth it */
  int64_t saved_min_bytes, saved_bytes, saved_max_bytes;
  double seconds_min, seconds, seconds_max;      /* NAN: not known */
  int64_t slots;                                 /* encodes at a time */
  int64_t based_on;                              /* past encodes */
  GPtrArray *left;                               /* PredictionRest, the most files first */
  double size_error_percent, time_error_percent; /* how far predictions were off; NAN: not known */
  int64_t compared;                              /* predictions that were compared with what came of them */
} Prediction;
extern const FieldTable prediction_table;

enum { PREDICTION_MOST = 2000 }; /* files that are looked at of each root */

typedef struct {
  const int64_t *file_ids; /* n_files of them, or */
  size_t n_files;
  int64_t root_id;    /* a root; FIELD_NULL_INT: all, but those that no profile is named for */
  int64_t profile_id; /* FIELD_NULL_INT: each root's own */
  int slots;
} PredictionRequest;

/* Takes a second for a root of a million files. NOT_FOUND for an unknown root, file or profile, INVALID if no profile is named
 * and the root has none, CANCELLED. The caller clears *ret_prediction. */
bool transcode_predict(TranscodeDesk *desk, const PredictionRequest *request, const CapabilitySet *capabilities, Cancel *cancel,
                       Prediction *ret_prediction, GError **error);
