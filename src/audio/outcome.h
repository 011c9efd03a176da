/* What is done, or would be, to the default tracks of one file. */
#pragma once

#include "audio/choice.h"
#include "container/track.h"

typedef enum {
  AUDIO_KEEP,        /* nothing is to be done */
  AUDIO_EDIT,        /* to be edited in place */
  AUDIO_EDITED,      /* edited in place */
  AUDIO_REMUX,       /* needs a new file */
  AUDIO_REPLACED,    /* a new file took its place */
  AUDIO_LINKED,      /* has other names, and was left alone */
  AUDIO_WAITING,     /* cannot be done now: a job will try again */
  AUDIO_UNSUPPORTED, /* a format that has no such flags, or none that can be edited */
  AUDIO_FAILED,      /* the reason says why */
} AudioOutcome;
extern const EnumTable audio_outcome_table;

typedef struct {
  int outcome;   /* AudioOutcome */
  char *reason;  /* sentences */
  int64_t bytes; /* of the file that were written, or would be */
  int container; /* ContainerKind */
  AudioChoice choice;
} AudioResult;
extern const FieldTable audio_result_table;
