/* Transcode jobs: a library file and a profile become a verified replacement.
 *
 * Three steps with data between them: the desk prepares an order (plan, stage directory), a runner executes it (the encoder as a
 * child process, progress, decode check), the desk concludes (probe, stream contract, replacement journal, job done - in that
 * order, the last two in one transaction). A film that is encoded in chunks goes through them twice: the first time the order
 * says where to cut, the runner reports the chunks' orders and the desk makes them jobs below this one (queue/parts.h), each of
 * which is prepared, executed and concluded by itself; the second time the order is to join them.
 *
 * Thread-safety: a TranscodeDesk may be used from any thread. */
#pragma once

#include "encode/chunk_plan.h"
#include "library/replace.h"
#include "library/scan.h"
#include "sys/child.h"
#include "transcode/order.h"

typedef struct {
  /* What could work on chunks now; NULL: one runner. */
  void (*capacity)(ChunkCapacity *ret_capacity, void *user_data);
  void *capacity_data;
  ReplaceContext replace; /* holds db, queue and clock */
  ScanContext *scan;      /* probes the output, and a source that changed since it was scanned */
} TranscodeDesk;

/* The payload of a "transcode" job. */
typedef struct {
  int64_t file_id;
  int64_t profile_id;
  bool force;
  bool whole;      /* not in chunks: what was joined was not good */
  double flattery; /* encode/flattery.h: the joined film missed its target by samples that flattered it; 0: it did not */
} TranscodePayload;
extern const FieldTable transcode_payload_table;

/* Makes the jobs for files: one each, unless the file already has an unfinished transcode job, whose id is then given instead.
 * Files that are missing or failed are refused with CONFLICT when named one by one and left out when a root is meant. With a
 * root, files that have a verdict for this profile version are left out too unless `force`. */
typedef struct {
  const int64_t *file_ids; /* n_files of them, or */
  size_t n_files;
  int64_t root_id;    /* all of a root's ready files; FIELD_NULL_INT: not */
  int64_t profile_id; /* FIELD_NULL_INT: the root's profile */
  int priority;
  bool force;
} TranscodeRequest;
/* Array of int64_t job ids. NULL on error: NOT_FOUND for an unknown file, root or profile; INVALID if no profile is named and the
 * root has none. */
GArray *transcode_enqueue(TranscodeDesk *desk, const TranscodeRequest *request, GError **error);

/* The plan for one file as things stand (GET /files/{id}/plan, dry runs). NULL on error. */
EncodePlan *transcode_plan_file(TranscodeDesk *desk, int64_t file_id, int64_t profile_id, const CapabilitySet *capabilities,
                                bool force, GError **error);

/* The same with a profile that need not be stored. */
EncodePlan *transcode_preview(TranscodeDesk *desk, int64_t file_id, const Profile *profile, const CapabilitySet *capabilities,
                              GError **error);

/* Gives a transcode job that is not being worked on another profile; INVALID for jobs of other kinds. */
bool transcode_set_profile(Job *job, int64_t profile_id, GError **error);

typedef enum {
  PREPARE_RUN,  /* *ret_order is filled */
  PREPARE_ENDED /* the job has been finished (skipped, failed) or put back (no space): nothing to run */
} PrepareResult;

/* The desk's first step for a claimed job. Errors are the desk's own trouble (database away): the job keeps its lease and the
 * caller gives it back. */
bool transcode_prepare(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const CapabilitySet *capabilities,
                       TranscodeOrder *ret_order, PrepareResult *ret_result, GError **error);

/* Ends the desk's part of a job that goes back to the queue unfinished: removes the stage directory, releases the lease. */
bool transcode_return(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const char *waiting, GError **error);

/* How a runner executes. */
typedef struct {
  const char *ffmpeg, *handbrake; /* programs */
  const CapabilitySet *capabilities;
  int nice_increment;
  bool idle_io;
  Cancel *cancel;
  int64_t silence_ms;                              /* stall: no output from the encoder for so long; 0: 5 min */
  void (*on_child)(Child *child, void *user_data); /* a child to freeze or kill has started; NULL: it has ended */
  void (*on_progress)(double fraction, const char *detail_json, void *user_data);
  void (*on_log)(const char *level, const char *message, void *user_data);
  /* A search has ended: what is known by now, for transcode_keep_found; NULL: nobody keeps it. */
  void (*on_found)(const TranscodeReport *report, void *user_data);
  void *user_data;
} TranscodeRunner;

/* Runs the order's commands and checks that the output decodes. Touches nothing but the write directory. False: CANCELLED,
 * TIMEOUT (stalled), NO_SPACE, UPSTREAM (the encoder failed: its own words), CORRUPT (the output does not decode), LIMIT (it is
 * not worth it: no quality holds the target score within the profile's saving, or the output gets too large). */
bool transcode_execute(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *ret_report, GError **error);

/* Keeps what a search came to, so that another attempt at this content need not search again, whatever becomes of this one. */
bool transcode_keep_found(TranscodeDesk *desk, const Job *job, const CapabilitySet *capabilities, const TranscodeReport *report,
                          GError **error);

/* The desk's last step: verifies, replaces, finishes the job; or, where the output must not replace the source, remembers the
 * verdict, aborts the replacement and finishes the job as skipped (not worth it) or failed (contract broken). `execution` is the
 * runner's error, or NULL: then `report` is used. After it returns true the job has been ended or put back; false: database
 * trouble, the journal will sort it out. */
bool transcode_conclude(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const CapabilitySet *capabilities,
                        const TranscodeReport *report, const GError *execution, GError **error);

/* The same three steps for a job of the kind "chunk". Prepare ends one whose film is not being replaced any more. */
bool transcode_prepare_chunk(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, PrepareResult *ret_result,
                             GError **error);
/* `lease_epoch` makes the file's name its own. Errors as transcode_execute. */
bool transcode_execute_chunk(const ChunkOrder *order, int64_t lease_epoch, const TranscodeRunner *runner, ChunkResult *ret_result,
                             GError **error);
/* A chunk that failed for good takes the others along: the film is then encoded in one run. */
bool transcode_conclude_chunk(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const ChunkResult *result,
                              const GError *execution, GError **error);
