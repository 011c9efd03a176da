/* What the desk's steps share: the file, its root and profile, and the plan for them. For src/transcode only.
 * Each takes a database connection for as long as it reads or writes rows; none may be held by the caller, since the journal and
 * the scanner take their own. */
#pragma once

#include "encode/forecast.h"
#include "store/root.h"
#include "transcode/transcode.h"

/* One file with what decides about it. */
typedef struct {
  LibraryFile file;
  Root root;
  Profile profile;
  MediaInfo *media;
} DeskCase;

/* Loads it, probing the file again if it changed on disk since it was scanned. CONFLICT if the root is frozen. `profile_id`
 * FIELD_NULL_INT: the root's; DESK_NO_PROFILE: none is read, the case has the defaults. */
enum { DESK_NO_PROFILE = -1 };
bool desk_case_load(TranscodeDesk *desk, int64_t file_id, int64_t profile_id, DeskCase *ret_case, GError **error);
void desk_case_clear(DeskCase *it);

typedef struct {
  bool force;
  const char *exclude_family, *crop;
  const QualityFound *found; /* what a search came to; NULL: what is remembered of an earlier one, if there is any */
  bool forgets;              /* nothing is remembered: the plan is the one that would search */
  double flattery;           /* only a search that was held to a floor raised by this much counts as remembered */
  QualityFound *ret_found;   /* what was remembered, where it was; may be NULL */
} DeskPlanOptions;
EncodePlan *desk_case_plan(TranscodeDesk *desk, const DeskCase *it, const CapabilitySet *capabilities,
                           const DeskPlanOptions *options, GError **error);

/* The options of the plan that was carried out, as far as the runner's word decides about it; they borrow from the report. */
DeskPlanOptions desk_options_of(const TranscodeReport *report);

bool desk_payload(const Job *job, TranscodePayload *ret_payload, GError **error);

/* Stores a verdict for this content and profile version. */
bool desk_remember(TranscodeDesk *desk, const DeskCase *it, const char *code, const char *reason, GError **error);

bool desk_end_job(TranscodeDesk *desk, const LeaseRef *lease, JobState state, const char *result, const GError *cause,
                  GError **error);

/* What past encodes say that this plan comes to: asked before its result is one of them. */
bool desk_forecast(TranscodeDesk *desk, const DeskCase *it, const EncodePlan *plan, Forecast *ret_forecast, GError **error);
