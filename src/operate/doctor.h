/* Whether this machine has what Reeve needs: data directory, space, database, sandbox, programs, encoders.
 *
 * Thread-safety: any thread; the callbacks are called from it. */
#pragma once

#include "store/db.h"
#include "worker/abilities.h"

typedef enum {
  FINDING_GOOD,
  FINDING_NOTE,    /* something optional is missing */
  FINDING_WARNING, /* works, but less well or less safely */
  FINDING_FAILURE  /* something needed is missing */
} FindingLevel;
extern const EnumTable finding_level_table;

typedef struct {
  int level;
  char *subject, *message;
} Finding;
extern const FieldTable finding_table;

typedef struct {
  const char *data_directory;
  const char *database;       /* its address, for opening it; not looked at with `db` */
  const char *database_shown; /* the same without secrets */
  Db *db;                     /* open already, or NULL */
  const char *ffmpeg, *handbrake;
  Abilities *abilities; /* a trial of the encoders under way or done; NULL: they are tried now, which takes seconds */
  int64_t reserve_bytes;
  Cancel *cancel;
  void (*on_finding)(const Finding *finding, void *user_data); /* as soon as it is known; may be NULL */
  void (*on_trial)(void *user_data);                           /* before what takes long; may be NULL */
  void *user_data;
} DoctorParams;

/* All findings, array of Finding; NULL with CANCELLED. */
GPtrArray *doctor_run(const DoctorParams *params, GError **error);
