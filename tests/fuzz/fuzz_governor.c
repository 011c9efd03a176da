/* What people write about when work may run: any bytes as a schedule's JSON, as a limit's rule, as a zone. What passes the check
 * can be looked at, and says the same again. */
#include "governor/limit.h"
#include "governor/local_time.h"
#include "governor/timetable_words.h"
#include "wire/json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(const char *field, const char *message, void *user_data)
{
  g_assert_true(g_str_has_prefix(message, field));
}

static void check_timetable(const char *text, size_t size)
{
  g_autoptr(json_t) json = json_parse(text, size, NULL);
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  if (!json || !json_to_record(&timetable_table, json, JSON_CREATE, timetable, NULL, NULL) ||
      !timetable_check(timetable, ignore, NULL))
    return;
  g_autoptr(GTimeZone) zone = zone_open(timetable->zone);
  g_assert_nonnull(zone);
  const int64_t now_ms = 1795176000000;
  TimetableState state = timetable_look(timetable, zone, now_ms);
  g_assert_true(state.edge_ms == FIELD_NULL_INT || state.edge_ms > now_ms);
  /* One that passed opens some time: a window of each week is more than one that the clocks leave out. */
  g_assert_true(state.open || state.edge_ms != FIELD_NULL_INT);
  g_autofree char *shown = timetable_text(timetable);
  g_assert_true(g_str_has_suffix(shown, ")"));
}

static void check_rule(const char *text)
{
  Measure measure;
  LimitRule rule;
  g_autoptr(GError) why = NULL;
  if (!limit_rule_parse(text, &measure, &rule, &why)) {
    g_assert_nonnull(why);
    return;
  }
  g_assert_true(!rule.on || (rule.enter != rule.leave && rule.most > STAND_NONE));
  char *const rules[] = {(char *)text, NULL};
  g_assert_cmpint(limit_rules_make(LIMITS_OFF, rules, 0).of[measure].on, ==, rule.on);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  int minute = -1;
  if (local_minute_parse(text, &minute))
    g_assert_true(minute >= 0 && minute <= MINUTES_OF_DAY);
  g_autoptr(GTimeZone) zone = zone_open(text);
  if (zone)
    g_assert_cmpint(local_instant(zone, local_day(zone, 0), 12 * 60), !=, G_MAXINT64);
  check_rule(text);
  check_timetable(text, strlen(text));
  return 0;
}
