/* Why a job does not run now (G4): every reason as a sentence with the rule and its values.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "operate/warden.h"
#include "store/job.h"
#include "store/root.h"

typedef enum {
  WHY_ENDED,
  WHY_HELD,
  WHY_PAUSED,
  WHY_RUNNING,
  WHY_LATER,
  WHY_PARTS,
  WHY_ROOT,
  WHY_NO_WORKER,
  WHY_ABILITY,
  WHY_NO_SLOTS,
  WHY_NO_SLOT_FREE,
  WHY_SCHEDULE,
  WHY_OVERRIDE,
  WHY_LIMIT,
  WHY_NEXT
} WhyCode;
extern const EnumTable why_code_table;

typedef struct {
  int code; /* WhyCode */
  char *sentence;
  char *worker;     /* of which it is true; NULL: of all */
  int64_t until_ms; /* when it may be over; FIELD_NULL_INT: not known */
} WhyReason;

typedef struct {
  int64_t job;
  int state;          /* JobState */
  bool runs;          /* it is worked on right now */
  GPtrArray *reasons; /* WhyReason; the one that a person wants to know of first stands first */
} JobWhy;
extern const FieldTable job_why_table;

/* A pure function. `root` is the job's, NULL if it has none; `states` are those of the workers that reported of late. Into a
 * struct that holds nothing. */
void job_why(const Job *job, const Root *root, const GPtrArray *states, int64_t now_ms, JobWhy *ret_why);

/* The same with what is needed read from the database; `own` as for governor_states. NOT_FOUND if there is no such job. */
bool job_why_read(DbConn *conn, int64_t job_id, Warden *own, int64_t now_ms, JobWhy *ret_why, GError **error);
