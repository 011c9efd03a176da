/* What travels between the desk (beside the database) and whoever runs a transcode: plain records, so that an in-process runner
 * and a remote worker are told and report the same.
 *
 * Thread-safety: plain data. */
#pragma once

#include "encode/plan.h"
#include "media/media_info.h"

/* Everything a runner needs; nothing in it has to be looked up in a database. */
typedef struct {
  int64_t job_id;
  int64_t replacement_id;
  char *source_path;
  char *output_path; /* to be written; its directory exists and is the only one the encoder may write to */
  char *write_directory;
  bool force;
  MediaInfo media; /* of the source */
  Profile profile;
  EncodePlan plan;
  QualityFound found; /* what an earlier search came to; the plan is made with it */
} TranscodeOrder;
extern const FieldTable transcode_order_table;

/* What the runner found out. The desk verifies the output itself and believes nothing here that it can check. */
typedef struct {
  int64_t output_bytes;
  double seconds;     /* of wall time, frozen time left out */
  double fps;         /* mean */
  double ssim;        /* NAN: not measured */
  double score;       /* of the whole output by the profile's target metric; NAN: not measured */
  QualityFound found; /* by a search, whether in this run or before */
  bool decoded_clean; /* the whole output was decoded without an error */
  int failed_family;  /* EncoderFamily that failed before a fallback, or FIELD_NULL_ENUM */
  char *failed_reason;
  char *crop;     /* the picture inside black bars, "w:h:x:y", where the profile asked for it */
  char *log_tail; /* last lines the engine said, or NULL */
} TranscodeReport;
extern const FieldTable transcode_report_table;
