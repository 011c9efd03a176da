/* The filter chain of a plan. For this module only. */
#pragma once

#include "encode/plan_internal.h"

/* Fills work->filters and the plan's size, frame rate, range and tone mapping. */
bool plan_filters(PlanWork *work);

bool video_is_interlaced(const StreamInfo *video);
