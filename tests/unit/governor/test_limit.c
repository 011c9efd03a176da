/* How far work stands back for readings as they come: steady, jumping, missing; and which rules are refused. */
#include "base/error.h"
#include "governor/limit.h"

#include <math.h>
#include <string.h>

enum { LOOK_MS = 2000, DWELL_S = 10 };

/* Readings and what follows: each word is a reading ("85", "-": not known) that lasts for so many looks ("85x6"), after which the
 * stand is as said ("85x6=start"). */
typedef struct {
  const char *name, *rule;
  int running;
  const char *readings;
} StepCase;

static const StepCase step_cases[] = {
    {"a burst shorter than the dwell changes nothing", "temperature=80/70", 2, "60x3=none 90x5=none 60x20=none"},
    {"steps in order, one each dwell, with two jobs", "temperature=80/70", 2,
     "90x5=none 90x1=start 90x4=start 90x1=lower 90x5=single 90x5=freeze 90x50=freeze"},
    {"and back in the same order", "temperature=80/70", 2,
     "90x21=freeze 60x5=freeze 60x1=single 60x5=lower 60x5=start 60x5=none 60x50=none"},
    {"with one job there is no single", "temperature=80/70", 1, "90x16=freeze 60x6=lower 60x5=start 60x5=none"},
    {"with no job neither", "temperature=80/70", 0, "90x16=freeze"},
    {"between the values all stays", "temperature=80/70", 2, "90x6=start 75x100=start 60x6=none"},
    {"between the values nothing begins", "temperature=80/70", 2, "75x100=none"},
    {"the values themselves", "temperature=80/70", 2, "80x100=none 81x6=start 71x100=start 70x6=none"},
    {"a sensor that jumps across both values", "temperature=80/70", 2,
     "90x1 60x1 90x1 60x1 90x1 60x1 90x1 60x1 90x1 60x1 90x1 60x1 90x1 60x1=none"},
    {"a sensor that jumps while work stands back", "temperature=80/70", 2,
     "90x6=start 60x1 90x1 60x1 90x1 60x1 90x1 60x1 90x1 60x1 90x1 60x1=start"},
    {"as far as the rule goes", "cpu=80/60/lower", 2, "90x100=lower 50x6=start"},
    {"low is bad", "memory=10/20", 2, "15x100=none 9x6=start 15x100=start 20x6=none"},
    {"a sensor that never was", "gpu=80/60", 2, "-x100=none"},
    {"a sensor that is gone lets go, step by step", "temperature=80/70", 1,
     "90x16=freeze -x5=freeze -x1=lower -x5=start -x5=none"},
    {"a sensor that is gone for a moment", "temperature=80/70", 1, "90x16=freeze -x3=freeze 90x100=freeze"},
};

static int stand_named(const char *name)
{
  int stand;
  g_assert_true(enum_value(&stand_table, name, &stand));
  return stand;
}

static void nothing_known(LimitSample *sample)
{
  for (int i = 0; i < MEASURES; i++)
    sample->values[i] = NAN;
}

static void run_case(const StepCase *it)
{
  char *const rules_text[] = {(char *)it->rule, NULL};
  LimitRules rules = limit_rules_make(LIMITS_OFF, rules_text, DWELL_S);
  Measure measure;
  LimitRule rule;
  g_assert_true(limit_rule_parse(it->rule, &measure, &rule, NULL));
  LimitStates states = {0};
  LimitSample sample;
  int64_t now_ms = 1000;
  g_auto(GStrv) words = g_strsplit(it->readings, " ", -1);
  for (char **word = words; *word; word++) {
    g_auto(GStrv) expected = g_strsplit(*word, "=", 2);
    g_auto(GStrv) parts = g_strsplit(expected[0], "x", 2);
    nothing_known(&sample);
    if (strcmp(parts[0], "-") != 0)
      sample.values[measure] = g_ascii_strtod(parts[0], NULL);
    for (int i = atoi(parts[1]); i > 0; i--, now_ms += LOOK_MS)
      limits_step(&rules, &sample, now_ms, it->running, &states);
    if (expected[1] && limits_stand(&states) != stand_named(expected[1]))
      g_error("%s: after %s work stands at %s", it->name, *word, enum_name(&stand_table, limits_stand(&states)));
  }
}

static void test_steps(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(step_cases); i++)
    run_case(&step_cases[i]);
}

/* What was measured before the machine slept says nothing about the time in which it slept. */
static void test_sleep_is_no_dwell(void)
{
  char *const text[] = {"temperature=80/70", NULL};
  LimitRules rules = limit_rules_make(LIMITS_OFF, text, DWELL_S);
  LimitStates states = {0};
  LimitSample sample;
  nothing_known(&sample);
  sample.values[MEASURE_TEMPERATURE] = 90;
  limits_step(&rules, &sample, 1000, 1, &states);
  limits_step(&rules, &sample, 1000 + 8 * 3600 * 1000LL, 1, &states);
  g_assert_cmpint(limits_stand(&states), ==, STAND_NONE);
  limits_step(&rules, &sample, 1000 + 8 * 3600 * 1000LL + DWELL_S * 1000, 1, &states);
  g_assert_cmpint(limits_stand(&states), ==, STAND_START);
}

static void test_furthest_counts(void)
{
  char *const text[] = {"temperature=80/70", "cpu=50/40/start", NULL};
  LimitRules rules = limit_rules_make(LIMITS_OFF, text, 0);
  LimitStates states = {0};
  LimitSample sample;
  nothing_known(&sample);
  sample.values[MEASURE_TEMPERATURE] = 90;
  sample.values[MEASURE_CPU] = 60;
  for (int i = 0; i < 10; i++)
    limits_step(&rules, &sample, 1000 + i, 1, &states);
  g_assert_cmpint(limits_stand(&states), ==, STAND_FREEZE);
  sample.values[MEASURE_TEMPERATURE] = 50;
  for (int i = 0; i < 10; i++)
    limits_step(&rules, &sample, 2000 + i, 1, &states);
  g_assert_cmpint(limits_stand(&states), ==, STAND_START);
  /* Switched off, it holds nothing. */
  rules = limit_rules_make(LIMITS_OFF, NULL, 0);
  limits_step(&rules, &sample, 3000, 1, &states);
  g_assert_cmpint(limits_stand(&states), ==, STAND_NONE);
}

typedef struct {
  const char *text;
  const char *complaint; /* part of it; NULL: good */
} RuleCase;

static const RuleCase rule_cases[] = {
    {"cpu=80/60", NULL},
    {"memory=10/20", NULL},
    {"load=1.5/0.5", NULL},
    {"temperature=85/75/lower", NULL},
    {"gpu=off", NULL},
    {"cpu=60/80", "second value below the first"},
    {"cpu=80/80", "second value below the first"},
    {"memory=20/10", "second value above the first"},
    {"disk=5/5", "second value above the first"},
    {"cpu=101/60", "must be from 1 to 100"},
    {"cpu=0/0", "must be from 1 to 100"},
    {"temperature=200/100", "must be from 20 to 120"},
    {"cpus=80/60", "no measure \"cpus\""},
    {"cpu", "must be a measure"},
    {"cpu=", "must be a measure"},
    {"cpu=80", "must be a measure"},
    {"cpu=80/", "must be a measure"},
    {"cpu=80/60/lower/start", "must be a measure"},
    {"cpu=nan/60", "must be a measure"},
    {"cpu=-80/-90", "must be a measure"},
    {"cpu=0x50/0x10", "must be a measure"},
    {"cpu=80/60/none", "how far work stands back"},
    {"cpu=80/60/kill", "how far work stands back"},
    {"", "must be a measure"},
};

static void test_rules(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rule_cases); i++) {
    const RuleCase *it = &rule_cases[i];
    Measure measure;
    LimitRule rule;
    g_autoptr(GError) why = NULL;
    bool good = limit_rule_parse(it->text, &measure, &rule, &why);
    if (good != !it->complaint || (it->complaint && !strstr(why->message, it->complaint)))
      g_error("\"%s\": %s", it->text, why ? why->message : "no complaint");
    g_assert_true(good || why->code == REEVE_ERROR_INVALID);
  }
}

/* Each preset keeps its own rules, and a stricter one is never later. */
static void test_presets(void)
{
  LimitRules before = {0};
  for (int preset = LIMITS_CONSERVATIVE; preset <= LIMITS_AGGRESSIVE; preset++) {
    LimitRules rules = limit_rules_make(preset, NULL, FIELD_NULL_INT);
    for (int i = 0; i < MEASURES; i++) {
      if (!rules.of[i].on)
        continue;
      g_autofree char *text = g_strdup_printf("%s=%g/%g", enum_name(&measure_table, i), rules.of[i].enter, rules.of[i].leave);
      Measure measure;
      LimitRule rule;
      g_assert_true(limit_rule_parse(text, &measure, &rule, NULL));
      bool low_is_bad = rule.enter < rule.leave;
      if (before.of[i].on)
        g_assert_true(low_is_bad ? rule.enter < before.of[i].enter : rule.enter > before.of[i].enter);
    }
    g_assert_cmpint(rules.dwell_ms, >, before.dwell_ms);
    before = rules;
  }
  LimitRules off = limit_rules_make(LIMITS_OFF, NULL, FIELD_NULL_INT);
  for (int i = 0; i < MEASURES; i++)
    g_assert_false(off.of[i].on);
}

static void test_sentences(void)
{
  char *const text[] = {"temperature=80/70", NULL};
  LimitRules rules = limit_rules_make(LIMITS_OFF, text, DWELL_S);
  LimitStates states = {0};
  LimitSample sample;
  nothing_known(&sample);
  LimitView *view = limit_view_new(MEASURE_TEMPERATURE, &rules, &sample, &states);
  g_assert_cmpstr(view->sentence, ==, "The temperature of the processors is not known here, so its limit holds nothing back.");
  record_free(&limit_view_table, view);
  sample.values[MEASURE_TEMPERATURE] = 91.4;
  for (int i = 0; i <= DWELL_S; i++)
    limits_step(&rules, &sample, 1000 + i * 1000, 1, &states);
  view = limit_view_new(MEASURE_TEMPERATURE, &rules, &sample, &states);
  g_assert_cmpstr(
      view->sentence, ==,
      "The temperature of the processors is 91 °C and was above 80 °C for more than 10 s: nothing is started until it is "
      "at 70 °C or below for 10 s.");
  record_free(&limit_view_table, view);
  sample.values[MEASURE_TEMPERATURE] = NAN;
  view = limit_view_new(MEASURE_TEMPERATURE, &rules, &sample, &states);
  g_assert_nonnull(strstr(view->sentence, "is not known any more (it was 91 °C last)"));
  record_free(&limit_view_table, view);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/limit/steps", test_steps);
  g_test_add_func("/limit/sleep", test_sleep_is_no_dwell);
  g_test_add_func("/limit/furthest", test_furthest_counts);
  g_test_add_func("/limit/rules", test_rules);
  g_test_add_func("/limit/presets", test_presets);
  g_test_add_func("/limit/sentences", test_sentences);
  return g_test_run();
}
