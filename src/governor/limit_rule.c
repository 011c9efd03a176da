/* Which measures there are, what the presets say of them, and how a rule of one's own is written.
 * Test: tests/unit/governor/test_limit.c */
#include "governor/limit_internal.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static const EnumRow measure_rows[] = {
    {MEASURE_CPU, "cpu", "Per cent of all processors that other programs use"},
    {MEASURE_LOAD, "load", "Load average of a minute for each processor, Reeve's own work included"},
    {MEASURE_PRESSURE_CPU, "pressure-cpu", "Per cent of the last ten seconds in which something waited for a processor"},
    {MEASURE_PRESSURE_IO, "pressure-io", "Per cent of the last ten seconds in which something waited for a disk"},
    {MEASURE_PRESSURE_MEMORY, "pressure-memory", "Per cent of the last ten seconds in which something waited for memory"},
    {MEASURE_MEMORY, "memory", "Per cent of the memory that can be had without swapping"},
    {MEASURE_DISK, "disk", "Free space of the fullest file system with a root, in GiB"},
    {MEASURE_TEMPERATURE, "temperature", "The hottest sensor of the processors, in degrees Celsius"},
    {MEASURE_GPU, "gpu", "Per cent of the busiest graphics processor that is used, by Reeve too"},
    {MEASURE_GPU_TEMPERATURE, "gpu-temperature", "The hottest graphics processor, in degrees Celsius"},
};
const EnumTable measure_table = ENUM_TABLE("Measure", measure_rows);

static const EnumRow stand_rows[] = {
    {STAND_NONE, "none", "Work goes on"},
    {STAND_START, "start", "Nothing is started"},
    {STAND_LOWER, "lower", "What runs gets less of the processors and the disks too"},
    {STAND_SINGLE, "single", "All but one job are frozen too"},
    {STAND_FREEZE, "freeze", "All jobs are frozen"},
};
const EnumTable stand_table = ENUM_TABLE("Stand", stand_rows);

static const EnumRow preset_rows[] = {
    {LIMITS_OFF, "off", "No limits but those in limit_rules"},
    {LIMITS_CONSERVATIVE, "conservative", "Stand back early: the machine is others'"},
    {LIMITS_BALANCED, "balanced", "Stand back when others are busy"},
    {LIMITS_AGGRESSIVE, "aggressive", "Stand back only where the machine would suffer"},
};
const EnumTable limit_preset_table = ENUM_TABLE("LimitPreset", preset_rows);

static const int64_t dwells_ms[] = {
    [LIMITS_OFF] = 30000, [LIMITS_CONSERVATIVE] = 15000, [LIMITS_BALANCED] = 30000, [LIMITS_AGGRESSIVE] = 60000};

/* Why they go as far as they do: what our own encoders cause must never freeze them, or they would freeze and thaw for ever; so
 * load and pressure on the processors, which count them, hold back new jobs only. Freezing frees no memory and no disk. Heat is
 * theirs too, and freezing is the cure. */
static const MeasureRow rows[] = {
    [MEASURE_CPU] = {"cpu",
                     "The use of the processors by other programs",
                     " %",
                     0,
                     false,
                     1,
                     100,
                     STAND_FREEZE,
                     {{30, 15}, {60, 40}, {90, 75}}},
    [MEASURE_LOAD] = {"load", "The load for each processor", "", 1, false, 0.1, 100, STAND_START, {{2, 1.5}, {4, 3}, {0, 0}}},
    [MEASURE_PRESSURE_CPU] =
        {"pressure-cpu", "The pressure on the processors", " %", 0, false, 1, 100, STAND_START, {{0, 0}, {0, 0}, {0, 0}}},
    [MEASURE_PRESSURE_IO] =
        {"pressure-io", "The pressure on the disks", " %", 0, false, 1, 100, STAND_LOWER, {{20, 10}, {40, 20}, {70, 50}}},
    [MEASURE_PRESSURE_MEMORY] =
        {"pressure-memory", "The pressure on the memory", " %", 0, false, 1, 100, STAND_FREEZE, {{5, 1}, {10, 3}, {25, 10}}},
    [MEASURE_MEMORY] =
        {"memory", "The memory that is available", " %", 0, true, 1, 99, STAND_START, {{25, 35}, {12, 18}, {5, 8}}},
    [MEASURE_DISK] = {"disk",
                      "The free space of the fullest file system with a root",
                      " GiB",
                      1,
                      true,
                      0.1,
                      1e6,
                      STAND_START,
                      {{20, 30}, {10, 15}, {3, 5}}},
    [MEASURE_TEMPERATURE] = {"temperature",
                             "The temperature of the processors",
                             " °C",
                             0,
                             false,
                             20,
                             120,
                             STAND_FREEZE,
                             {{75, 65}, {85, 75}, {95, 85}}},
    [MEASURE_GPU] = {"gpu", "The use of the graphics processor", " %", 0, false, 1, 100, STAND_START, {{0, 0}, {0, 0}, {0, 0}}},
    [MEASURE_GPU_TEMPERATURE] = {"gpu-temperature",
                                 "The temperature of the graphics processor",
                                 " °C",
                                 0,
                                 false,
                                 20,
                                 120,
                                 STAND_FREEZE,
                                 {{75, 65}, {82, 72}, {90, 80}}},
};
G_STATIC_ASSERT(G_N_ELEMENTS(rows) == MEASURES);

const MeasureRow *measure_row(int measure)
{
  return &rows[measure];
}

static bool fail_form(const char *text, GError **error)
{
  return fail(error, REEVE_ERROR_INVALID,
              "\"%.60s\" must be a measure with two values and, if you like, how far work stands back, such as cpu=80/60, "
              "cpu=80/60/lower or cpu=off.",
              text);
}

static bool parse_value(const char *text, double *ret_value)
{
  char *end;
  if (!g_ascii_isdigit(*text)) /* no sign, no "nan", no "0x" */
    return false;
  *ret_value = g_ascii_strtod(text, &end);
  return *end == '\0' && isfinite(*ret_value) && !strpbrk(text, "xXpP");
}

static bool check_values(const MeasureRow *row, const LimitRule *rule, GError **error)
{
  if (rule->enter < row->min || rule->enter > row->max || rule->leave < 0 || rule->leave > row->max)
    return fail(error, REEVE_ERROR_INVALID, "The values of %s must be from %g to %g.", row->name, row->min, row->max);
  if (!row->low_is_bad && rule->leave >= rule->enter)
    return fail(error, REEVE_ERROR_INVALID,
                "The limit of %s would be entered above %g and left only at %g: give a second value below the first.", row->name,
                rule->enter, rule->leave);
  if (row->low_is_bad && rule->leave <= rule->enter)
    return fail(error, REEVE_ERROR_INVALID,
                "The limit of %s would be entered below %g and left at %g already: give a second value above the first.",
                row->name, rule->enter, rule->leave);
  return true;
}

bool limit_rule_parse(const char *text, Measure *ret_measure, LimitRule *ret_rule, GError **error)
{
  const char *equals = strchr(text, '=');
  if (!equals)
    return fail_form(text, error);
  g_autofree char *name = g_strndup(text, (gsize)(equals - text));
  int measure;
  if (!enum_value(&measure_table, name, &measure)) {
    g_autofree char *choices = enum_choices(&measure_table);
    return fail(error, REEVE_ERROR_INVALID, "There is no measure \"%.40s\"; there are %s.", name, choices);
  }
  LimitRule rule = {.on = strcmp(equals + 1, "off") != 0, .most = rows[measure].most};
  g_auto(GStrv) parts = g_strsplit(equals + 1, "/", 4);
  guint n = g_strv_length(parts);
  if (rule.on && (n < 2 || n > 3 || !parse_value(parts[0], &rule.enter) || !parse_value(parts[1], &rule.leave)))
    return fail_form(text, error);
  if (rule.on && n == 3 && (!enum_value(&stand_table, parts[2], &rule.most) || rule.most == STAND_NONE))
    return fail(error, REEVE_ERROR_INVALID, "\"%.40s\" must be how far work stands back: start, lower, single or freeze.",
                parts[2]);
  if (rule.on && !check_values(&rows[measure], &rule, error))
    return false;
  *ret_measure = (Measure)measure;
  *ret_rule = rule;
  return true;
}

LimitRules limit_rules_make(int preset, char *const *others, int64_t dwell_s)
{
  LimitRules rules = {.dwell_ms = dwell_s == FIELD_NULL_INT ? dwells_ms[preset] : dwell_s * 1000};
  for (int i = 0; i < MEASURES && preset != LIMITS_OFF; i++) {
    double enter = rows[i].presets[preset - 1].enter, leave = rows[i].presets[preset - 1].leave;
    rules.of[i] = (LimitRule){.on = enter > 0, .enter = enter, .leave = leave, .most = rows[i].most};
  }
  for (; others && *others; others++) {
    Measure measure;
    LimitRule rule;
    if (limit_rule_parse(*others, &measure, &rule, NULL))
      rules.of[measure] = rule;
  }
  return rules;
}
