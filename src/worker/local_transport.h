/* The transport of the worker inside `reeve serve` (and of one-off commands): the desk is called directly. */
#pragma once

#include "convert/conversions.h"
#include "transcode/transcode.h"
#include "worker/abilities.h"
#include "worker/transport.h"

typedef struct {
  Queue *queue;
  TranscodeDesk *desk;
  Abilities *abilities;     /* asked only when a transcode is to be claimed */
  Conversions *conversions; /* may be NULL where no conversion is claimed */
  const char *name;         /* lease owner */
  Cancel *cancel;           /* ends waiting for the abilities */
} LocalTransportParams;

/* `params` is copied, what it points to is borrowed. */
Transport *local_transport_new(const LocalTransportParams *params);
