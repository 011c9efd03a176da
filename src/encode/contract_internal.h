/* The parts of the contract check. For this module only. */
#pragma once

#include "encode/contract.h"
#include "encode/plan_internal.h"

typedef struct {
  const ContractInput *input;
  const EncodePlan *plan;
  const MediaInfo *source, *output;
  ContainerRule container;
  GPtrArray *breaches;
} Contract;

void contract_breach(Contract *contract, const char *rule, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The source stream of an action, and the output stream that it promises; NULL if it is not there. */
const StreamInfo *contract_source(const Contract *contract, const StreamAction *action);
const StreamInfo *contract_output(const Contract *contract, const StreamAction *action);

/* True for output streams that no action promises because the container's writer makes them by itself. */
bool contract_made_by_muxer(const Contract *contract, const StreamInfo *stream);

/* Whether a duration of the output, of the file or a stream, is the source's. */
bool contract_duration_kept(const Contract *contract, int64_t source_ms, int64_t output_ms);

/* Per stream: codec, language, title, dispositions, channels, attachments, tags. */
void contract_check_streams(Contract *contract);

/* The main video: size, shape, depth, colour, HDR. */
void contract_check_video(Contract *contract);
