/* Decides how far work stands back when the machine is busy or hot, and how it comes forward again.
 * Test: tests/unit/governor/test_limit.c */
#include "governor/limit_internal.h"

#include <math.h>

enum { SLEPT_MS = 30 * 1000 };

static const Field view_fields[] = {
    FIELD_ENUM(LimitView, measure, measure_table, .help = "What is measured."),
    FIELD_REAL(LimitView, value, .flags = FIELD_NULLABLE, .help = "What it is now; null: not known."),
    FIELD_REAL(LimitView, enter, .help = "Beyond this work stands back."),
    FIELD_REAL(LimitView, leave, .help = "At this work comes forward again."),
    FIELD_TEXT(LimitView, unit, .help = "Of these values, as it stands after them."),
    FIELD_ENUM(LimitView, stand, stand_table, .help = "How far work stands back because of it now."),
    FIELD_ENUM(LimitView, most, stand_table, .help = "How far it may at most."),
    FIELD_TEXT(LimitView, sentence, .flags = FIELD_NULLABLE, .help = "What it does now and why, or why it does nothing."),
};
const FieldTable limit_view_table = FIELD_TABLE(LimitView, "Limit", NULL, view_fields);

static int step_up(int stand, int running)
{
  return stand == STAND_LOWER && running < 2 ? STAND_FREEZE : stand + 1;
}

static int step_down(int stand, int running)
{
  return stand == STAND_FREEZE && running < 2 ? STAND_LOWER : stand - 1;
}

static int direction(const MeasureRow *row, const LimitRule *rule, double value)
{
  if (isnan(value))
    return -1;
  if (row->low_is_bad)
    return value < rule->enter ? 1 : value >= rule->leave ? -1 : 0;
  return value > rule->enter ? 1 : value <= rule->leave ? -1 : 0;
}

static void step_one(const MeasureRow *row, const LimitRule *rule, double value, int64_t dwell_ms, int64_t now_ms, int running,
                     LimitState *state)
{
  if (!isnan(value)) {
    state->seen = true;
    state->last = value;
  }
  /* One that was switched off or made milder holds nothing longer than that. */
  if (!rule->on) {
    state->stand = STAND_NONE;
    state->toward = 0;
    return;
  }
  state->stand = MIN(state->stand, rule->most);
  int toward = direction(row, rule, value);
  if (toward != state->toward) {
    state->toward = toward;
    state->since_ms = now_ms;
  }
  if (toward == 0 || now_ms - state->since_ms < dwell_ms)
    return;
  int next = toward > 0 ? MIN(step_up(state->stand, running), rule->most) : MAX(step_down(state->stand, running), STAND_NONE);
  if (next != state->stand)
    state->since_ms = now_ms;
  state->stand = next;
}

void limits_step(const LimitRules *rules, const LimitSample *sample, int64_t monotonic_ms, int running, LimitStates *states)
{
  bool slept = states->looked_ms != 0 && monotonic_ms - states->looked_ms > SLEPT_MS;
  for (int i = 0; i < MEASURES; i++) {
    if (slept)
      states->of[i].since_ms = monotonic_ms;
    step_one(measure_row(i), &rules->of[i], sample->values[i], rules->dwell_ms, monotonic_ms, running, &states->of[i]);
  }
  states->looked_ms = monotonic_ms;
}

int limits_stand(const LimitStates *states)
{
  int stand = STAND_NONE;
  for (int i = 0; i < MEASURES; i++)
    stand = MAX(stand, states->of[i].stand);
  return stand;
}

/* --- for people --- */

static const char *deed(int stand)
{
  switch ((Stand)stand) {
  case STAND_START:
    return "nothing is started";
  case STAND_LOWER:
    return "nothing is started and what runs has less of the machine";
  case STAND_SINGLE:
    return "nothing is started and all jobs but one are frozen";
  case STAND_FREEZE:
    return "nothing is started and all jobs are frozen";
  case STAND_NONE:
    break;
  }
  return "nothing stands back";
}

static char *sentence_of(const MeasureRow *row, const LimitRule *rule, double value, int64_t dwell_ms, const LimitState *state)
{
  int digits = row->decimals;
  const char *unit = row->unit, *beyond = row->low_is_bad ? "below" : "above", *kept = row->low_is_bad ? "above" : "below";
  double seconds = (double)dwell_ms / 1000;
  if (isnan(value) && state->stand != STAND_NONE)
    return g_strdup_printf(
        "%s is not known any more (it was %.*f%s last): %s, and that ends step by step, since its limit cannot be "
        "judged.",
        row->what, digits, state->last, unit, deed(state->stand));
  if (isnan(value))
    return g_strdup_printf("%s is not known%s, so its limit holds nothing back.", row->what, state->seen ? " any more" : " here");
  if (state->stand != STAND_NONE)
    return g_strdup_printf("%s is %.*f%s and was %s %.*f%s for more than %.0f s: %s until it is at %.*f%s or %s for %.0f s.",
                           row->what, digits, value, unit, beyond, digits, rule->enter, unit, seconds, deed(state->stand), digits,
                           rule->leave, unit, kept, seconds);
  return NULL;
}

LimitView *limit_view_new(Measure measure, const LimitRules *rules, const LimitSample *sample, const LimitStates *states)
{
  const MeasureRow *row = measure_row((int)measure);
  const LimitRule *rule = &rules->of[measure];
  LimitView *view = record_new(&limit_view_table);
  view->measure = (int)measure;
  view->value = sample->values[measure];
  view->enter = rule->enter;
  view->leave = rule->leave;
  view->unit = (g_free(view->unit), g_strdup(row->unit));
  view->stand = states->of[measure].stand;
  view->most = rule->most;
  view->sentence = sentence_of(row, rule, view->value, rules->dwell_ms, &states->of[measure]);
  return view;
}
