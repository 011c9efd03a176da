/* What timetables, overrides and limits come to together, root by root. */
#include "governor/ruling.h"
#include "timetables.h"

#include <math.h>

typedef struct {
  const char *name;
  const char *now;
  int override; /* 0 none, 1 allow, -1 hold */
  bool by_edge;
  const char *since, *until;
  int running; /* WindowEnd of the override */
  bool hot;    /* the limit on the temperature is exceeded since long */
  /* "start" or "-", "frozen" or "-", the rule, the edge: of root 1 (nights, frozen at the end), root 2 (no schedule of its own:
   * days, drained at the end). */
  const char *nights, *days;
} RulingCase;

/* Nights 22:00-06:00 in Berlin (UTC+1 here), days 06:00-22:00 UTC, both each day. */
static const RulingCase cases[] = {
    {"at night", "2026-11-20T23:00:00Z", 0, false, NULL, NULL, 0, false, "start - none 2026-11-21T05:00:00Z",
     "- - schedule 2026-11-21T06:00:00Z"},
    {"by day", "2026-11-20T12:00:00Z", 0, false, NULL, NULL, 0, false, "- frozen schedule 2026-11-20T21:00:00Z",
     "start - none 2026-11-20T22:00:00Z"},
    {"let run for hours", "2026-11-20T12:00:00Z", 1, false, "2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", 0, false,
     "start - none 2026-11-20T13:00:00Z", "start - none 2026-11-20T13:00:00Z"},
    {"that is over", "2026-11-20T13:00:00Z", 1, false, "2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", 0, false,
     "- frozen schedule 2026-11-20T21:00:00Z", "start - none 2026-11-20T22:00:00Z"},
    {"let run until the edge, each its own", "2026-11-20T12:00:00Z", 1, true, "2026-11-20T11:00:00Z", "2026-11-20T22:00:00Z", 0,
     false, "start - none 2026-11-20T21:00:00Z", "start - none 2026-11-20T22:00:00Z"},
    {"after the edge of one of them", "2026-11-20T21:30:00Z", -1, true, "2026-11-20T11:00:00Z", "2026-11-20T22:00:00Z",
     WINDOW_END_FREEZE, false, "start - none 2026-11-21T05:00:00Z", "- frozen override 2026-11-20T22:00:00Z"},
    {"held, frozen", "2026-11-20T23:00:00Z", -1, false, "2026-11-20T22:30:00Z", "2026-11-21T00:00:00Z", WINDOW_END_FREEZE, false,
     "- frozen override 2026-11-21T00:00:00Z", "- frozen override 2026-11-21T00:00:00Z"},
    {"held, drained", "2026-11-20T23:00:00Z", -1, false, "2026-11-20T22:30:00Z", "2026-11-21T00:00:00Z", WINDOW_END_DRAIN, false,
     "- - override 2026-11-21T00:00:00Z", "- - override 2026-11-21T00:00:00Z"},
    {"the clock was set back before it was given", "2026-11-19T23:00:00Z", -1, false, "2026-11-20T22:30:00Z",
     "2026-11-21T00:00:00Z", 0, false, "start - none 2026-11-20T05:00:00Z", "- - schedule 2026-11-20T06:00:00Z"},
    {"another server's clock is a little behind", "2026-11-20T22:29:00Z", -1, false, "2026-11-20T22:30:00Z",
     "2026-11-21T00:00:00Z", 0, false, "- - override 2026-11-21T00:00:00Z", "- - override 2026-11-21T00:00:00Z"},
    {"hot at night", "2026-11-20T23:00:00Z", 0, false, NULL, NULL, 0, true, "- frozen limit 2026-11-21T05:00:00Z",
     "- frozen limit 2026-11-21T06:00:00Z"},
    {"an override does not cool", "2026-11-20T12:00:00Z", 1, false, "2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", 0, true,
     "- frozen limit 2026-11-20T13:00:00Z", "- frozen limit 2026-11-20T13:00:00Z"},
};

static char *text_of(const RootRuling *row)
{
  g_autofree char *edge = instant_text(row->edge_ms);
  return g_strdup_printf("%s %s %s %s", row->may_start ? "start" : "-", row->frozen ? "frozen" : "-",
                         enum_name(&governor_rule_table, row->rule), edge);
}

static void assert_row(const RulingCase *it, const GovernorRuling *ruling, int64_t root, const char *expected)
{
  const RootRuling *row = governor_ruling_of(ruling, root);
  g_autofree char *text = text_of(row);
  if (strcmp(text, expected) != 0)
    g_error("%s, root %d: \"%s\" instead of \"%s\": %s", it->name, (int)root, text, expected, row->sentence);
  const char *sentence;
  g_assert_cmpint(governor_may_start(ruling, root, &sentence), ==, row->may_start);
  g_assert_true(row->may_start ? sentence == NULL : sentence && g_str_has_suffix(sentence, "."));
}

static void test_rulings(void)
{
  g_autoptr(GPtrArray) timetables = records_new(&timetable_table);
  g_ptr_array_add(timetables, make_timetable(1, "Europe/Berlin", "mon,tue,wed,thu,fri,sat,sun 22:00-06:00"));
  g_ptr_array_add(timetables, make_timetable(2, "UTC", "mon,tue,wed,thu,fri,sat,sun 06:00-22:00"));
  ((Timetable *)timetables->pdata[0])->at_end = WINDOW_END_FREEZE;
  ((Timetable *)timetables->pdata[1])->everywhere = true;
  const GovernedRoot roots[] = {{1, 1}, {2, FIELD_NULL_INT}};
  char *const rule[] = {"temperature=80/70", NULL};
  LimitRules limits = limit_rules_make(LIMITS_OFF, rule, 1);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const RulingCase *it = &cases[i];
    GovernorOverride override = {.allow = it->override > 0, .by_edge = it->by_edge, .running = it->running};
    if (it->override) {
      override.since_ms = at(it->since);
      override.until_ms = at(it->until);
    }
    LimitSample sample;
    for (int m = 0; m < MEASURES; m++)
      sample.values[m] = NAN;
    sample.values[MEASURE_TEMPERATURE] = it->hot ? 95 : 50;
    GovernorInput input = {.now_ms = at(it->now),
                           .monotonic_ms = 1000,
                           .timetables = timetables,
                           .roots = roots,
                           .n_roots = G_N_ELEMENTS(roots),
                           .override = it->override ? &override : NULL,
                           .limits = &limits,
                           .sample = &sample,
                           .running = 1};
    LimitStates states = {0};
    GovernorRuling ruling = {0};
    for (int look = 0; look < 10; look++, input.monotonic_ms += 1000) {
      record_clear(&governor_ruling_table, &ruling);
      governor_decide(&input, &states, &ruling);
    }
    assert_row(it, &ruling, 1, it->nights);
    assert_row(it, &ruling, 2, it->days);
    g_assert_cmpint(ruling.slots, ==, it->hot ? 0 : FIELD_NULL_INT);
    g_assert_cmpint(ruling.may_start, ==, !it->hot);
    record_clear(&governor_ruling_table, &ruling);
  }
}

static void decide(const GPtrArray *timetables, const GovernedRoot *root, GovernorRuling *ret_ruling)
{
  LimitRules limits = limit_rules_make(LIMITS_OFF, NULL, 1);
  LimitSample sample = {0};
  LimitStates states = {0};
  governor_decide(&(GovernorInput){.now_ms = at("2026-11-20T12:00:00Z"),
                                   .monotonic_ms = 1000,
                                   .timetables = timetables,
                                   .roots = root,
                                   .n_roots = root ? 1 : 0,
                                   .limits = &limits,
                                   .sample = &sample},
                  &states, ret_ruling);
}

static void test_nothing_configured(void)
{
  GovernorRuling ruling;
  decide(NULL, NULL, &ruling);
  g_assert_true(governor_may_start(&ruling, 7, NULL));
  g_assert_true(governor_may_start(&ruling, FIELD_NULL_INT, NULL));
  g_assert_cmpint(ruling.next_edge_ms, ==, FIELD_NULL_INT);
  g_assert_null(ruling.sentence);
  record_clear(&governor_ruling_table, &ruling);
}

/* A schedule that a root names and that is switched off lets it run, also where another one holds everywhere. */
static void test_disabled(void)
{
  g_autoptr(GPtrArray) timetables = records_new(&timetable_table);
  g_ptr_array_add(timetables, make_timetable(1, "UTC", "sun 01:00-02:00"));
  g_ptr_array_add(timetables, make_timetable(2, "UTC", "sun 01:00-02:00"));
  ((Timetable *)timetables->pdata[0])->enabled = false;
  ((Timetable *)timetables->pdata[1])->everywhere = true;
  GovernorRuling ruling;
  decide(timetables, &(GovernedRoot){1, 1}, &ruling);
  g_assert_true(governor_may_start(&ruling, 1, NULL));
  g_assert_false(governor_may_start(&ruling, 2, NULL));
  record_clear(&governor_ruling_table, &ruling);
}

/* The data of a zone may go with an update of the system: nothing starts, nothing is stopped, and it is said. */
static void test_zone_gone(void)
{
  g_autoptr(GPtrArray) timetables = records_new(&timetable_table);
  g_ptr_array_add(timetables, make_timetable(1, "Europe/Atlantis", "mon,tue,wed,thu,fri,sat,sun 00:00-24:00"));
  ((Timetable *)timetables->pdata[0])->at_end = WINDOW_END_FREEZE;
  GovernorRuling ruling;
  decide(timetables, &(GovernedRoot){1, 1}, &ruling);
  const RootRuling *row = governor_ruling_of(&ruling, 1);
  g_assert_false(row->may_start);
  g_assert_false(row->frozen);
  g_assert_nonnull(strstr(row->sentence, "Europe/Atlantis"));
  g_assert_cmpstr(ruling.notices[0], ==, row->sentence);
  record_clear(&governor_ruling_table, &ruling);
}

static void test_sentence(void)
{
  g_autoptr(GPtrArray) timetables = records_new(&timetable_table);
  g_ptr_array_add(timetables, make_timetable(1, "Europe/Berlin", "fri,sat 22:00-06:00"));
  GovernorRuling ruling;
  decide(timetables, &(GovernedRoot){1, 1}, &ruling);
  g_assert_cmpstr(governor_ruling_of(&ruling, 1)->sentence, ==,
                  "The schedule \"Nights\" lets work run Friday and Saturday 22:00-06:00 (Europe/Berlin); it is Fri 13:00 there, "
                  "so nothing is "
                  "started until Fri 22:00.");
  record_clear(&governor_ruling_table, &ruling);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ruling/cases", test_rulings);
  g_test_add_func("/ruling/nothing", test_nothing_configured);
  g_test_add_func("/ruling/disabled", test_disabled);
  g_test_add_func("/ruling/zone-gone", test_zone_gone);
  g_test_add_func("/ruling/sentence", test_sentence);
  return g_test_run();
}
