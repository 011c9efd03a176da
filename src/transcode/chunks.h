/* The desk's part in encoding a film in chunks. For src/transcode only; each takes its own database connections. */
#pragma once

#include "transcode/desk.h"

/* Decides whether the order's film is cut and puts that into the order; why goes to the job's log. */
void chunks_cut(TranscodeDesk *desk, const DeskCase *it, bool whole, TranscodeOrder *order);

/* Makes the report's chunks jobs below this one, which waits for them. */
bool chunks_split(TranscodeDesk *desk, const LeaseRef *lease, const DeskCase *it, const EncodePlan *plan,
                  const TranscodeReport *report, GError **error);

/* A job with chunks was claimed again: the order to join them; or those that are missing are done again; or, where the film or
 * the profile is another by now, everything begins anew; or, where a chunk failed for good, the film is encoded in one run. */
bool chunks_resume(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const DeskCase *it,
                   const CapabilitySet *capabilities, const GPtrArray *parts, TranscodeOrder *ret_order,
                   PrepareResult *ret_result, GError **error);

/* What is wrong with a joined film: frames that are missing, or shown at other times. NULL: nothing. The caller frees it. */
char *chunks_fault(TranscodeDesk *desk, const GPtrArray *parts, const char *source, const char *output);

/* Gives up the chunks: the film is planned anew by this payload. Ends the lease. */
bool chunks_again(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, Replacement *replacement,
                  const TranscodePayload *payload, const char *reason, GError **error);
/* The same, and it is encoded in one run. */
bool chunks_give_up(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, Replacement *replacement, const char *reason,
                    GError **error);
