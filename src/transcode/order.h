/* What travels between the desk (beside the database) and whoever runs a transcode: plain records, so that an in-process runner
 * and a remote worker are told and report the same.
 *
 * Thread-safety: plain data. */
#pragma once

#include "encode/chunk.h"
#include "encode/plan.h"
#include "media/media_info.h"

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
  char *crop;        /* the picture inside black bars, "w:h:x:y", where the profile asked for it */
  char *log_tail;    /* last lines the engine said, or NULL */
  GPtrArray *chunks; /* ChunkOrder: the film is to be encoded in these, and nothing was encoded yet; else empty */
} TranscodeReport;
extern const FieldTable transcode_report_table;

/* Everything that whoever encodes a chunk needs, and the payload of its job, of the kind "chunk". */
typedef struct {
  int64_t replacement_id; /* whose stage directory is written to: if it is given up, so is the chunk */
  int64_t count;          /* of chunks */
  ChunkRange range;
  char *source_path;
  int64_t source_size_bytes, source_mtime_ns; /* another file by now has other frames */
  int64_t film_ms, bound_bytes;               /* of the whole film: its length, and what promise_bound says of its size */
  char *write_directory;
  char **arguments; /* of ffmpeg, with the placeholders of EncodePlan.commands for the paths */
} ChunkOrder;
extern const FieldTable chunk_order_table;

/* What came of a chunk: the result of its job. The runner fills what it knows, the desk the rest. */
typedef struct {
  char *name; /* of its file in the write directory */
  int64_t bytes;
  char *fingerprint;
  int64_t frames;   /* counted in the file */
  int64_t start_us; /* when its first frame is shown, after the start of the source */
  double seconds, fps;
} ChunkResult;
extern const FieldTable chunk_result_table;

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
  QualityFound found;     /* what an earlier search came to; the plan is made with it */
  double flattery;        /* encode/flattery.h: of the samples of an encode that missed the target; 0: there was none */
  ChunkPlan chunks;       /* where to cut, if it is to be cut */
  GPtrArray *parts;       /* ChunkResult in order: they are to be joined; empty: nothing was encoded yet */
  TranscodeReport so_far; /* what was reported when it was cut, for the join */
} TranscodeOrder;
extern const FieldTable transcode_order_table;
