/* What conversions.c and conversion_run.c share and nobody else includes. */
#pragma once

#include "convert/conversions.h"

struct Conversions {
  Db *db;
  Queue *queue;
  Uploads *uploads;
  const Clock *clock;
  char *place;
  GMutex lock; /* guards the rules */
  ConversionRules rules;
};

int64_t conversions_keep_ms(Conversions *conversions);
