/* The stream contract (T4, T9): is the output what the plan promised? Pure comparison of two probes. */
#pragma once

#include "encode/plan.h"

typedef struct {
  char *rule;    /* "duration", "streams", "disposition", "chapters", "hdr", "size", … */
  char *message; /* a finished sentence with both values */
} ContractBreach;
extern const FieldTable contract_breach_table;

typedef struct {
  const EncodePlan *plan;
  const MediaInfo *source, *output;
  double min_saving_percent; /* negative: size is not checked */
} ContractInput;

/* Every unexplained difference, empty if the output may replace the source. An output that is merely not smaller enough is the
 * single rule "size". The caller frees it. */
GPtrArray *contract_check(const ContractInput *input);
