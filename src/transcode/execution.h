/* What the files of the runner share: following one program, and looking for a quality. For src/transcode only.
 *
 * Thread-safety: a Step and an Execution belong to the thread that runs the order. */
#pragma once

#include "encode/quality_search.h"
#include "transcode/transcode.h"

/* The last lines that a program said, for the log and for the error message. */
typedef struct {
  GQueue lines; /* char * */
} Tail;
char *tail_text(const Tail *tail); /* the caller frees it */

/* One program under way. Set what is above the line, zero what is below. */
typedef struct {
  const TranscodeRunner *runner;
  const TranscodeOrder *order;
  bool (*on_output)(const char *line, void *user_data); /* NULL: not read; false kills it */
  void *user_data;
  int metric;  /* QualityMetric whose score it is to say, or METRIC_OFF */
  bool checks; /* the output is read, not written: it may be silent for long, and complaints of demuxers count */
  /* --- */
  Child *child;
  Tail tail;
  double score; /* NAN until it was said */
  char *fault;  /* of the file, which the program reported and went on */
} Step;

/* Runs a program in the write directory to its end, as a child that the runner's owner can freeze and kill. True if it ended by
 * itself, with whatever exit code; step_end must be called in any case. */
bool step_run(Step *step, char *const *argv, ChildExit *ret_exit, GError **error);

/* Some versions of ffmpeg end with 0 although the last of the output could not be written. */
bool step_went_well(const Step *step, const ChildExit *exit);
/* Says why one did not: NO_SPACE, or UPSTREAM with the program's last words. Returns false. */
bool step_fail(const Step *step, const char *program, const ChildExit *exit, GError **error);
const char *step_last_words(const Step *step);

/* Frees what a step holds and adds its working time. */
void step_end(Step *step, double *seconds);

/* An order being worked on. */
typedef struct {
  const TranscodeOrder *order;
  const TranscodeRunner *runner;
  TranscodeReport *report;
  GArray *probes;  /* QualityProbe: samples that were encoded and compared */
  GArray *bytes;   /* int64_t: of the encode of each */
  double flattery; /* by how much the samples lost less (quality_loss) than the whole film: their floor is so much higher */
  double fraction; /* as it was shown last; it never goes back */
} Execution;

/* The plan for the same order with what has been learnt: the crop, a family that failed, a quality (may be NULL), for a part of
 * the work (NULL: all of it in one run). The caller frees it. */
EncodePlan *execution_plan(const Execution *execution, const QualityFound *found, const PlanPart *part);
/* The order's plan, with the crop measured first where the profile asks for it. The caller frees it. */
EncodePlan *execution_first_plan(Execution *execution, GError **error);
/* Runs every command of a plan; progress counts from `from_ms` of the film. As step_fail, and LIMIT where it can no longer keep
 * the profile's size bound. */
bool execution_encode(Execution *execution, const EncodePlan *plan, int64_t from_ms, GError **error);
/* Decodes the output, and compares it with the source where the profile asks for a score. CORRUPT if it is broken. */
bool execution_check(Execution *execution, const EncodePlan *plan, GError **error);

/* Fills in the report's chunks: what everybody who encodes one is told, once all that the plan depends on is known. */
bool execution_order_chunks(Execution *execution, GError **error);
/* Joins the order's parts with the rest of the source, and checks the result. */
bool execution_join(Execution *execution, GError **error);
/* Shows progress: `phase` is "searching", "encoding" or "checking"; `detail` has more of it or is NULL. */
void execution_show(Execution *execution, double fraction, const char *detail_json);

/* Looks for the quality that the profile's target score asks for, going on from the probes there are, and notes it in the report.
 * False: LIMIT (no quality holds the floor, or holds it within the profile's saving; the sentence says what would), UPSTREAM (the
 * samples could not be encoded or compared), CANCELLED, TIMEOUT, NO_SPACE. */
bool execution_search(Execution *execution, GError **error);
/* Where in the progress bar the search ends. */
extern const double execution_search_share;
