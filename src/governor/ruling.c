/* Decides what may run, and says why not. Test: tests/unit/governor/test_ruling.c */
#include "governor/ruling.h"

#include "governor/timetable_words.h"

#include "governor/local_time.h"

#include <math.h>

/* A clock that is a little apart on another server must not end an override that was just given. */
enum { CLOCK_SLACK_MS = 5 * 60 * 1000 };

static const EnumRow rule_rows[] = {
    {RULE_NONE, "none", "Nothing holds it back"},
    {RULE_SCHEDULE, "schedule", "A schedule whose windows are closed"},
    {RULE_OVERRIDE, "override", "Somebody's word"},
    {RULE_LIMIT, "limit", "A limit of the machine"},
};
const EnumTable governor_rule_table = ENUM_TABLE("GovernorRule", rule_rows);

static const Field override_fields[] = {
    FIELD_BOOL(GovernorOverride, allow, .help = "Whether work may run outside the windows; else it is held."),
    FIELD_BOOL(GovernorOverride, by_edge, .help = "Whether it ends at the next edge of each schedule."),
    FIELD_INT(GovernorOverride, since_ms, .help = "When it was given, in ms since 1970."),
    FIELD_INT(GovernorOverride, until_ms, .help = "When it ends at the latest, in ms since 1970."),
    FIELD_ENUM(GovernorOverride, running, window_end_table, .help = "What becomes of running work while it is held."),
};
const FieldTable governor_override_table = FIELD_TABLE(GovernorOverride, "GovernorOverride", NULL, override_fields);

static const Field root_fields[] = {
    FIELD_INT(RootRuling, root_id, .flags = FIELD_NULLABLE,
              .help = "The root; null: all that are not named, and jobs that belong to none."),
    FIELD_INT(RootRuling, schedule_id, .flags = FIELD_NULLABLE, .help = "The schedule that holds for it."),
    FIELD_BOOL(RootRuling, may_start, .help = "Whether its jobs may start."),
    FIELD_BOOL(RootRuling, frozen, .help = "Whether its running jobs are frozen."),
    FIELD_ENUM(RootRuling, rule, governor_rule_table, .help = "What holds them back."),
    FIELD_TEXT(RootRuling, sentence, .flags = FIELD_NULLABLE, .help = "What is in force, in words; null: nothing is."),
    FIELD_INT(RootRuling, edge_ms, .flags = FIELD_NULLABLE,
              .help = "When a schedule or the override changes that, in ms since 1970; null: neither does."),
};
const FieldTable root_ruling_table = FIELD_TABLE(RootRuling, "RootRuling", NULL, root_fields);

static const Field ruling_fields[] = {
    FIELD_INT(GovernorRuling, at_ms, .help = "When it was decided, in ms since 1970."),
    FIELD_BOOL(GovernorRuling, may_start, .preset = "true", .help = "Whether the limits let jobs start."),
    FIELD_INT(GovernorRuling, slots, .flags = FIELD_NULLABLE, .help = "Jobs that may go on at once; null: all."),
    FIELD_BOOL(GovernorRuling, lowered, .help = "Whether running jobs get less of the machine."),
    FIELD_TEXT(GovernorRuling, sentence, .flags = FIELD_NULLABLE, .help = "Which limit holds work back, and by which values."),
    FIELD_RECORDS(GovernorRuling, roots, root_ruling_table, .help = "What holds for the jobs of each root."),
    FIELD_RECORDS(GovernorRuling, limits, limit_view_table, .help = "The limits that are on."),
    FIELD_STRINGS(GovernorRuling, notices, .help = "What cannot be held to."),
    FIELD_INT(GovernorRuling, next_edge_ms, .flags = FIELD_NULLABLE,
              .help = "When a schedule or the override changes something next, in ms since 1970."),
};
const FieldTable governor_ruling_table = FIELD_TABLE(GovernorRuling, "GovernorRuling", NULL, ruling_fields);

void governor_ruling_init(GovernorRuling *ruling)
{
  record_init(&governor_ruling_table, ruling);
}

bool governor_override_holds(const GovernorOverride *override, int64_t now_ms)
{
  return override && now_ms < override->until_ms && now_ms >= override->since_ms - CLOCK_SLACK_MS;
}

/* --- one timetable --- */

typedef struct {
  const GovernorInput *input;
  GovernorRuling *ruling;
  GStrvBuilder *notices;
} Deciding;

static const Timetable *find_timetable(const GovernorInput *input, int64_t id)
{
  for (guint i = 0; input->timetables && i < input->timetables->len; i++) {
    const Timetable *timetable = input->timetables->pdata[i];
    if (timetable->enabled && (id == FIELD_NULL_INT ? timetable->everywhere : timetable->id == id))
      return timetable;
  }
  return NULL;
}

static void earlier(int64_t *edge_ms, int64_t other_ms)
{
  if (other_ms != FIELD_NULL_INT && (*edge_ms == FIELD_NULL_INT || other_ms < *edge_ms))
    *edge_ms = other_ms;
}

/* A zone that this machine does not know any more: when the windows are open cannot be said, so nothing new is started, and
 * nothing that runs is stopped. */
static void rule_without_zone(const Timetable *timetable, RootRuling *row)
{
  row->may_start = false;
  row->rule = RULE_SCHEDULE;
  row->sentence =
      g_strdup_printf("The schedule \"%s\" uses the time zone %s, which is not known on this machine: nothing is started. "
                      "Install the time zone data, or give the schedule another zone.",
                      timetable->name, timetable->zone);
}

static void rule_by_timetable(const Timetable *timetable, GTimeZone *zone, const TimetableState *state, int64_t now_ms,
                              RootRuling *row)
{
  g_autofree char *windows = timetable_text(timetable);
  g_autofree char *now = local_text(zone, now_ms);
  g_autofree char *edge = state->edge_ms == FIELD_NULL_INT ? NULL : local_text(zone, state->edge_ms);
  row->edge_ms = state->edge_ms;
  if (state->open) {
    row->sentence = edge ? g_strdup_printf("The schedule \"%s\" lets work run until %s: %s.", timetable->name, edge, windows)
                         : g_strdup_printf("The schedule \"%s\" lets work run at any time: %s.", timetable->name, windows);
    return;
  }
  row->may_start = false;
  row->frozen = timetable->at_end == WINDOW_END_FREEZE;
  row->rule = RULE_SCHEDULE;
  row->sentence = g_strdup_printf("The schedule \"%s\" lets work run %s; it is %s there, so %s until %s.", timetable->name,
                                  windows, now, row->frozen ? "nothing is started and what ran is frozen" : "nothing is started",
                                  edge ? edge : "it is changed");
}

static void rule_by_override(const GovernorOverride *override, int64_t until_ms, GTimeZone *zone, RootRuling *row)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
  g_autofree char *until = local_text(zone ? zone : utc, until_ms);
  const char *where = zone ? "" : " UTC";
  g_free(row->sentence);
  row->edge_ms = until_ms;
  row->may_start = override->allow;
  row->frozen = !override->allow && override->running == WINDOW_END_FREEZE;
  row->rule = override->allow ? RULE_NONE : RULE_OVERRIDE;
  if (override->allow)
    row->sentence = g_strdup_printf("Somebody lets work run until %s%s, whatever the schedule says.", until, where);
  else
    row->sentence = g_strdup_printf("Somebody holds all work until %s%s: nothing is started%s.", until, where,
                                    row->frozen ? " and what ran is frozen" : "; what runs is finished");
}

/* When the override ends for a timetable: at its first edge since, if it goes by edges. */
static int64_t override_end(const GovernorOverride *override, const Timetable *timetable, GTimeZone *zone)
{
  int64_t end_ms = override->until_ms;
  if (override->by_edge && timetable && zone) {
    int64_t edge_ms = timetable_look(timetable, zone, override->since_ms).edge_ms;
    if (edge_ms != FIELD_NULL_INT)
      end_ms = MIN(end_ms, edge_ms);
  }
  return end_ms;
}

/* --- one root --- */

static void rule_by_limits(const Deciding *deciding, RootRuling *row)
{
  const GovernorRuling *ruling = deciding->ruling;
  bool freezes = ruling->slots == 0;
  if (ruling->may_start || (!row->may_start && (row->frozen || !freezes)))
    return;
  row->may_start = false;
  row->frozen = row->frozen || freezes;
  row->rule = RULE_LIMIT;
  g_free(row->sentence);
  row->sentence = g_strdup(ruling->sentence);
}

static void rule_root(const Deciding *deciding, int64_t root_id, const Timetable *timetable)
{
  const GovernorInput *input = deciding->input;
  RootRuling *row = record_new(&root_ruling_table);
  row->root_id = root_id;
  row->schedule_id = timetable ? timetable->id : FIELD_NULL_INT;
  row->may_start = true;
  g_autoptr(GTimeZone) zone = timetable ? zone_open(timetable->zone) : NULL;
  if (timetable && !zone) {
    rule_without_zone(timetable, row);
    g_strv_builder_add(deciding->notices, row->sentence);
  } else if (timetable) {
    TimetableState state = timetable_look(timetable, zone, input->now_ms);
    rule_by_timetable(timetable, zone, &state, input->now_ms, row);
  }
  if (governor_override_holds(input->override, input->now_ms)) {
    int64_t end_ms = override_end(input->override, timetable, zone);
    if (input->now_ms < end_ms)
      rule_by_override(input->override, end_ms, zone, row);
  }
  earlier(&deciding->ruling->next_edge_ms, row->edge_ms);
  rule_by_limits(deciding, row);
  g_ptr_array_add(deciding->ruling->roots, row);
}

/* --- all --- */

static void rule_limits(const Deciding *deciding, const LimitStates *states)
{
  const GovernorInput *input = deciding->input;
  GovernorRuling *ruling = deciding->ruling;
  int stand = limits_stand(states);
  for (int i = 0; i < MEASURES; i++) {
    if (!input->limits->of[i].on)
      continue;
    LimitView *view = limit_view_new((Measure)i, input->limits, input->sample, states);
    g_ptr_array_add(ruling->limits, view);
    if (view->sentence && stand != STAND_NONE && view->stand == stand && !ruling->sentence)
      ruling->sentence = g_strdup(view->sentence);
    if (isnan(view->value) && states->of[i].seen)
      g_strv_builder_add(deciding->notices, view->sentence);
  }
  ruling->may_start = stand < STAND_START;
  ruling->lowered = stand >= STAND_LOWER;
  ruling->slots = stand == STAND_FREEZE ? 0 : stand == STAND_SINGLE ? 1 : FIELD_NULL_INT;
}

void governor_decide(const GovernorInput *input, LimitStates *states, GovernorRuling *ret_ruling)
{
  governor_ruling_init(ret_ruling);
  ret_ruling->at_ms = input->now_ms;
  ret_ruling->roots = records_new(&root_ruling_table);
  ret_ruling->limits = records_new(&limit_view_table);
  ret_ruling->next_edge_ms = FIELD_NULL_INT;
  GStrvBuilder *notices = g_strv_builder_new();
  const Deciding deciding = {.input = input, .ruling = ret_ruling, .notices = notices};
  limits_step(input->limits, input->sample, input->monotonic_ms, input->running, states);
  rule_limits(&deciding, states);
  rule_root(&deciding, FIELD_NULL_INT, find_timetable(input, FIELD_NULL_INT));
  for (size_t i = 0; i < input->n_roots; i++)
    if (input->roots[i].schedule_id != FIELD_NULL_INT)
      rule_root(&deciding, input->roots[i].id, find_timetable(input, input->roots[i].schedule_id));
  g_strfreev(ret_ruling->notices);
  ret_ruling->notices = g_strv_builder_end(notices);
  g_strv_builder_unref(notices);
}

const RootRuling *governor_ruling_of(const GovernorRuling *ruling, int64_t root_id)
{
  const RootRuling *others = NULL;
  for (guint i = 0; ruling->roots && i < ruling->roots->len; i++) {
    const RootRuling *row = ruling->roots->pdata[i];
    if (row->root_id == root_id)
      return row;
    if (row->root_id == FIELD_NULL_INT)
      others = row;
  }
  return others;
}

bool governor_may_start(const GovernorRuling *ruling, int64_t root_id, const char **ret_sentence)
{
  const RootRuling *row = governor_ruling_of(ruling, root_id);
  if (ret_sentence)
    *ret_sentence = row && !row->may_start ? row->sentence : NULL;
  return !row || row->may_start;
}

int64_t governor_last_edge(const GPtrArray *timetables, int64_t now_ms)
{
  int64_t last_ms = FIELD_NULL_INT;
  for (guint i = 0; timetables && i < timetables->len; i++) {
    const Timetable *timetable = timetables->pdata[i];
    g_autoptr(GTimeZone) zone = timetable->enabled ? zone_open(timetable->zone) : NULL;
    int64_t edge_ms = zone ? timetable_look(timetable, zone, now_ms).edge_ms : FIELD_NULL_INT;
    if (edge_ms != FIELD_NULL_INT)
      last_ms = MAX(last_ms, edge_ms);
  }
  return last_ms;
}
