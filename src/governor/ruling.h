/* The ruling: what may start and go on now, of which roots, and why not, from timetables, a person's override and limits. A pure
 * function; who asks it keeps the little that is remembered (LimitStates).
 *
 * An override takes the place of the timetables, never of the limits.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "governor/limit.h"
#include "governor/timetable.h"

/* A person's word against the timetables. */
typedef struct {
  bool allow;   /* else hold */
  bool by_edge; /* until the next edge of each timetable after since_ms, at until_ms at the latest */
  int64_t since_ms, until_ms;
  int running; /* WindowEnd: what becomes of running work while it holds */
} GovernorOverride;
extern const FieldTable governor_override_table;

/* Whether it still holds. One that begins in the future does not: the clock was set back since it was given, and nobody knows by
 * how much it would last too long. */
bool governor_override_holds(const GovernorOverride *override, int64_t now_ms);

/* A root as far as it matters here. */
typedef struct {
  int64_t id, schedule_id; /* FIELD_NULL_INT: none */
} GovernedRoot;

typedef enum { RULE_NONE, RULE_SCHEDULE, RULE_OVERRIDE, RULE_LIMIT } GovernorRule;
extern const EnumTable governor_rule_table;

/* What holds for the jobs of one root. */
typedef struct {
  int64_t root_id;     /* FIELD_NULL_INT: jobs of all roots that have no row of their own, and those of no root */
  int64_t schedule_id; /* FIELD_NULL_INT: none */
  bool may_start, frozen;
  int rule;        /* GovernorRule that holds it back, else RULE_NONE */
  char *sentence;  /* what is in force; NULL: nothing is */
  int64_t edge_ms; /* when its schedule or the override changes that; FIELD_NULL_INT: never */
} RootRuling;
extern const FieldTable root_ruling_table;

typedef struct {
  int64_t at_ms;
  bool may_start;       /* as far as the limits go */
  int64_t slots;        /* so many jobs may go on at once; FIELD_NULL_INT: all */
  bool lowered;         /* what runs gets less of the machine */
  char *sentence;       /* of the limit that holds back the furthest, or NULL */
  GPtrArray *roots;     /* RootRuling, the one without a number first */
  GPtrArray *limits;    /* LimitView, those that are on */
  char **notices;       /* what cannot be held to, such as a limit whose sensor is gone */
  int64_t next_edge_ms; /* the next at which a schedule or the override changes something; FIELD_NULL_INT: none */
} GovernorRuling;
extern const FieldTable governor_ruling_table;

/* A ruling under which everything runs. For those who are not governed; a record as record_init makes it. */
void governor_ruling_init(GovernorRuling *ruling);

typedef struct {
  int64_t now_ms, monotonic_ms;
  const GPtrArray *timetables; /* Timetable, checked */
  const GovernedRoot *roots;
  size_t n_roots;
  const GovernorOverride *override; /* NULL: none */
  const LimitRules *limits;
  const LimitSample *sample;
  int running; /* governed jobs under way, frozen ones too */
} GovernorInput;

/* Fills a struct that holds nothing yet; record_clear it by governor_ruling_table. */
void governor_decide(const GovernorInput *input, LimitStates *states, GovernorRuling *ret_ruling);

/* The row that holds for a root (FIELD_NULL_INT: for jobs of none). Borrowed; NULL if the ruling has no rows: nothing holds it
 * back. */
const RootRuling *governor_ruling_of(const GovernorRuling *ruling, int64_t root_id);

/* Whether a job of this root may start, and the sentence that says why not (borrowed, in *ret_sentence, which may be NULL). */
bool governor_may_start(const GovernorRuling *ruling, int64_t root_id, const char **ret_sentence);

/* The last instant at which any of the enabled timetables has its next edge, for an override "until the next edge";
 * FIELD_NULL_INT if none of them ever changes. */
int64_t governor_last_edge(const GPtrArray *timetables, int64_t now_ms);
