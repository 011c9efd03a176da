/* The check that an output decodes (T9), as the arguments of an ffmpeg run; how much is decoded is the profile's choice
 * (docs/decisions/0003). Pure. */
#pragma once

#include "encode/sample.h"

typedef struct {
  const char *output;
  const SampleInput *against; /* the whole film, and this output as the encode of it; NULL: the picture is not compared. With
                               * it everything is decoded. */
  int metric;                 /* QualityMetric, by which it is compared */
  int check;                  /* DecodeCheck */
  int64_t duration_ms;        /* of the output; short or unknown ones are decoded whole */
  const GPtrArray *actions;   /* StreamAction: what was converted or made is decoded; copies, which may be as damaged as their
                               * source, are only read. NULL: every picture and sound is decoded. */
} DecodeCheckInput;

/* The arguments after the program. Errors make that run exit with a code other than 0. With `against` a line of standard error
 * holds the score (quality_score_parse). The caller frees it with g_strfreev. */
char **decode_check_arguments(const DecodeCheckInput *input);

/* Whether such a line says that the file is broken although the run ended well: ffmpeg's demuxers report a file that ends early
 * or whose parts do not fit together, and go on. */
bool decode_check_line_is_fault(const char *line);

/* The arguments after the program of a run that decodes every picture and sound of a file and goes on after errors, for L8: lines
 * of standard error say what is wrong (decode_survey_line), standard output tells the progress (encode/progress.h). The caller
 * frees it with g_strfreev. */
char **decode_survey_arguments(const char *path);

/* What such a line of standard error says of the file, without the program's own addresses; NULL if it says nothing of it. For
 * "Last message repeated 3 times" it is NULL with *ret_repeats 3, else *ret_repeats is 0. The caller frees it. */
char *decode_survey_line(const char *line, int64_t *ret_repeats);
