/* Limits (G2): how busy or hot the machine may be before work stands back, and how far it stands back.
 *
 * Each limit is entered beyond one value and left at another, both only after they have lasted for a while (the dwell), so that a
 * reading that jumps changes nothing. While a limit is exceeded work stands back by one step after each dwell, as far as the
 * limit goes; while it is kept again, work comes forward by one step after each.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "base/field.h"

typedef enum {
  MEASURE_CPU,
  MEASURE_LOAD,
  MEASURE_PRESSURE_CPU,
  MEASURE_PRESSURE_IO,
  MEASURE_PRESSURE_MEMORY,
  MEASURE_MEMORY,
  MEASURE_DISK,
  MEASURE_TEMPERATURE,
  MEASURE_GPU,
  MEASURE_GPU_TEMPERATURE,
  MEASURES
} Measure;
extern const EnumTable measure_table;

/* Values of all measures; NAN: not known. */
typedef struct {
  double values[MEASURES];
} LimitSample;

/* How far work stands back, in this order. */
typedef enum {
  STAND_NONE,
  STAND_START,  /* nothing is started */
  STAND_LOWER,  /* and what runs gets less: niceness, idle I/O, half of the processors */
  STAND_SINGLE, /* and only one job goes on, the others are frozen */
  STAND_FREEZE, /* all are frozen */
} Stand;
extern const EnumTable stand_table;

typedef enum { LIMITS_OFF, LIMITS_CONSERVATIVE, LIMITS_BALANCED, LIMITS_AGGRESSIVE } LimitPreset;
extern const EnumTable limit_preset_table;

typedef struct {
  bool on;
  double enter, leave;
  int most; /* Stand */
} LimitRule;

typedef struct {
  LimitRule of[MEASURES];
  int64_t dwell_ms;
} LimitRules;

/* "cpu=80/60", "cpu=80/60/lower" or "cpu=off": where a limit is entered, where it is left, and how far work stands back at most
 * (as in the presets unless it is said). INVALID with the rule that is broken, such as a leave that lies beyond the enter. */
bool limit_rule_parse(const char *text, Measure *ret_measure, LimitRule *ret_rule, GError **error);

/* The limits of a preset with others on top (NULL-terminated, or NULL; what does not parse is passed over, a later one wins).
 * dwell_s FIELD_NULL_INT: the preset's. */
LimitRules limit_rules_make(int preset, char *const *others, int64_t dwell_s);

/* What is remembered of one limit between two looks. Begins as {0}. */
typedef struct {
  int stand;        /* Stand */
  int toward;       /* 1: exceeded, -1: kept or not known, 0: between the two values */
  int64_t since_ms; /* since when, or since the last step; monotonic */
  bool seen;        /* the measure was known before */
  double last;      /* what it was then */
} LimitState;

typedef struct {
  LimitState of[MEASURES];
  int64_t looked_ms; /* monotonic; 0: never */
} LimitStates;

/* One look: `states` moves on. `running` jobs are under way: with fewer than two there is no STAND_SINGLE. A pause of more than
 * half a minute between two looks (the machine slept) begins all dwells anew. A measure that is not known any more counts as
 * kept: what cannot be seen must hold nothing for ever. */
void limits_step(const LimitRules *rules, const LimitSample *sample, int64_t monotonic_ms, int running, LimitStates *states);

/* How far work stands back for all of them: the furthest. */
int limits_stand(const LimitStates *states);

/* One limit as it is, for people. */
typedef struct {
  int measure;
  double value; /* NAN: not known */
  double enter, leave;
  char *unit;
  int stand, most;
  char *sentence; /* what it says and why, or NULL */
} LimitView;
extern const FieldTable limit_view_table;
LimitView *limit_view_new(Measure measure, const LimitRules *rules, const LimitSample *sample, const LimitStates *states);
