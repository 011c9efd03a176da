/* When windows are open: overnight, on the nights in which clocks are set, in zones that are not the host's; and which timetables
 * are refused. */
#include "timetables.h"

typedef struct {
  const char *zone, *windows, *now;
  bool open;
  const char *edge;
} LookCase;

#define ALL "mon,tue,wed,thu,fri,sat,sun"

static const LookCase look_cases[] = {
    /* Overnight windows belong to the day they start on: Friday's ends on Saturday morning. 2026-11-20 is a Friday. */
    {"UTC", "fri 22:00-06:00", "2026-11-20T21:59:59Z", false, "2026-11-20T22:00:00Z"},
    {"UTC", "fri 22:00-06:00", "2026-11-20T22:00:00Z", true, "2026-11-21T06:00:00Z"},
    {"UTC", "fri 22:00-06:00", "2026-11-21T05:59:59Z", true, "2026-11-21T06:00:00Z"},
    {"UTC", "fri 22:00-06:00", "2026-11-21T06:00:00Z", false, "2026-11-27T22:00:00Z"},
    {"UTC", "fri 22:00-06:00", "2026-11-20T05:00:00Z", false, "2026-11-20T22:00:00Z"}, /* that would be Thursday's */
    {"UTC", "sun 22:00-06:00", "2026-11-23T03:00:00Z", true, "2026-11-23T06:00:00Z"},
    /* Windows that touch or overlap are one. */
    {"UTC", "fri 22:00-24:00; sat 00:00-08:00", "2026-11-20T23:00:00Z", true, "2026-11-21T08:00:00Z"},
    {"UTC", "sat 09:00-12:00; sat 10:00-11:00; sat 11:30-14:00", "2026-11-21T09:30:00Z", true, "2026-11-21T14:00:00Z"},
    {"UTC", "sat 09:00-10:00; sat 10:01-11:00", "2026-11-21T09:30:00Z", true, "2026-11-21T10:00:00Z"},
    {"UTC", "sat 09:00-10:00; sat 10:01-11:00", "2026-11-21T10:00:30Z", false, "2026-11-21T10:01:00Z"},
    /* All of the week has no edge, however it is written. */
    {"UTC", ALL " 00:00-24:00", "2026-11-21T12:00:00Z", true, "never"},
    {"Europe/Berlin", ALL " 12:00-18:00; " ALL " 18:00-12:00", "2026-03-28T12:00:00Z", true, "never"},
    {"UTC", "mon,tue,wed,thu,fri,sat 00:00-24:00", "2026-11-16T00:00:00Z", true, "2026-11-22T00:00:00Z"},
    /* The zone's day counts, not UTC's: in Auckland (UTC+13) it is Saturday already. */
    {"Pacific/Auckland", "sat 00:00-06:00", "2026-11-20T12:00:00Z", true, "2026-11-20T17:00:00Z"},
    {"Pacific/Auckland", "fri 00:00-06:00", "2026-11-20T12:00:00Z", false, "2026-11-26T11:00:00Z"},
    {"America/Los_Angeles", "fri 18:00-23:00", "2026-11-21T03:00:00Z", true, "2026-11-21T07:00:00Z"},
    {"Asia/Kathmandu", "sat 00:00-01:00", "2026-11-20T18:14:59Z", false, "2026-11-20T18:15:00Z"}, /* UTC+5:45 */
    /* Berlin, 2026-03-29: at 02:00 (01:00 UTC) clocks go to 03:00. The night is an hour shorter. */
    {"Europe/Berlin", "sat 22:00-06:00", "2026-03-28T21:00:00Z", true, "2026-03-29T04:00:00Z"},
    {"Europe/Berlin", "sun 02:30-04:00", "2026-03-29T00:59:59Z", false, "2026-03-29T01:00:00Z"}, /* 02:30 is left out */
    {"Europe/Berlin", "sun 02:30-04:00", "2026-03-29T01:00:00Z", true, "2026-03-29T02:00:00Z"},
    {"Europe/Berlin", "sun 01:00-02:30", "2026-03-29T00:30:00Z", true, "2026-03-29T01:00:00Z"},
    {"Europe/Berlin", "sun 02:15-02:45", "2026-03-29T00:00:00Z", false, "2026-04-05T00:15:00Z"}, /* does not open that night */
    {"Europe/Berlin", "sun 02:15-02:45", "2026-03-23T12:00:00Z", false, "2026-04-05T00:15:00Z"}, /* nor is it forgotten before */
    {"Europe/Berlin", "mon,tue,wed,thu,fri,sat 00:00-24:00; sun 00:00-02:00; sun 03:00-24:00", "2026-03-23T12:00:00Z", true,
     "2026-04-05T00:00:00Z"}, /* nor what is shut then only */
    {"Europe/Berlin", "sun 02:00-03:00", "2026-03-29T00:00:00Z", false, "2026-04-05T00:00:00Z"},
    /* Berlin, 2026-10-25: at 03:00 (01:00 UTC) clocks go back to 02:00. What comes twice counts the first time. */
    {"Europe/Berlin", "sat 22:00-06:00", "2026-10-24T20:00:00Z", true, "2026-10-25T05:00:00Z"},
    {"Europe/Berlin", "sun 02:30-04:00", "2026-10-25T00:29:59Z", false, "2026-10-25T00:30:00Z"},
    {"Europe/Berlin", "sun 02:30-04:00", "2026-10-25T00:30:00Z", true, "2026-10-25T03:00:00Z"},
    {"Europe/Berlin", "sun 01:00-02:30", "2026-10-24T23:30:00Z", true, "2026-10-25T00:30:00Z"},
    {"Europe/Berlin", "sun 01:00-02:30", "2026-10-25T01:15:00Z", false, "2026-11-01T00:00:00Z"}, /* 02:15, the second time */
    {"Europe/Berlin", "sun 02:15-02:45", "2026-10-25T00:15:00Z", true, "2026-10-25T00:45:00Z"},
    /* New York, 2026-11-01 at 02:00 (06:00 UTC), with a window that meets the change at both of its ends. */
    {"America/New_York", "sat 23:00-01:30; sun 01:30-05:00", "2026-11-01T03:00:00Z", true, "2026-11-01T10:00:00Z"},
    /* Dublin counts its winter as the odd time, Lord Howe sets its clocks by half an hour. */
    {"Europe/Dublin", "sun 01:30-03:00", "2026-10-25T00:29:59Z", false, "2026-10-25T00:30:00Z"},
    {"Australia/Lord_Howe", "sun 01:45-03:00", "2026-04-04T14:44:59Z", false, "2026-04-04T14:45:00Z"},
    {"Australia/Lord_Howe", "sun 02:15-03:00", "2026-10-03T15:29:59Z", false, "2026-10-03T15:30:00Z"},
    /* Samoa left out Friday, 2011-12-30. */
    {"Pacific/Apia", "fri 08:00-09:00", "2011-12-30T09:00:00Z", false, "2012-01-05T18:00:00Z"},
    {"Pacific/Apia", "thu 22:00-06:00", "2011-12-30T09:30:00Z", true, "2011-12-30T10:00:00Z"},
    /* Before 1970. */
    {"UTC", "wed 22:00-06:00", "1969-12-31T23:00:00Z", true, "1970-01-01T06:00:00Z"},
};

static void test_look(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(look_cases); i++) {
    const LookCase *it = &look_cases[i];
    g_autoptr(Timetable) timetable = make_timetable(1, it->zone, it->windows);
    g_autoptr(GTimeZone) zone = zone_open(it->zone);
    g_assert_nonnull(zone);
    TimetableState state = timetable_look(timetable, zone, at(it->now));
    g_autofree char *edge = instant_text(state.edge_ms);
    if (state.open != it->open || strcmp(edge, it->edge) != 0)
      g_error("%s %s at %s: %s until %s instead of %s", it->zone, it->windows, it->now, state.open ? "open" : "closed", edge,
              it->edge);
  }
}

/* Whatever the time, the state holds until the edge and is another one there. */
static void test_edges_are_edges(void)
{
  static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"};
  for (size_t z = 0; z < G_N_ELEMENTS(zones); z++) {
    g_autoptr(Timetable) timetable = make_timetable(1, zones[z], "mon,sat 22:00-02:30; sun 01:15-03:00; wed 00:00-24:00");
    g_autoptr(GTimeZone) zone = zone_open(zones[z]);
    int64_t end_ms = at("2027-01-01T00:00:00Z");
    for (int64_t now_ms = at("2026-01-01T00:00:00Z"); now_ms < end_ms;) {
      TimetableState state = timetable_look(timetable, zone, now_ms);
      g_assert_cmpint(state.edge_ms, >, now_ms);
      g_assert_cmpint(timetable_look(timetable, zone, state.edge_ms - 1).open, ==, state.open);
      g_assert_cmpint(timetable_look(timetable, zone, state.edge_ms).open, !=, state.open);
      now_ms = state.edge_ms;
    }
  }
}

/* The host's own zone has no say. */
static void test_host_zone(void)
{
  static const char *const hosts[] = {"Asia/Tokyo", "America/Los_Angeles", "UTC"};
  g_autofree char *before = g_strdup(g_getenv("TZ"));
  for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
    g_setenv("TZ", hosts[i], TRUE);
    test_look();
  }
  if (before)
    g_setenv("TZ", before, TRUE);
  else
    g_unsetenv("TZ");
}

typedef struct {
  const char *zone, *windows, *field;
} CheckCase;

static const CheckCase check_cases[] = {
    {"Europe/Berlin", "mon 22:00-06:00", NULL},
    {"UTC", "mon 00:00-24:00", NULL},
    {"Europe/Atlantis", "mon 22:00-06:00", "zone"},
    {"", "mon 22:00-06:00", "zone"},
    {"../../etc/passwd", "mon 22:00-06:00", "zone"},
    {"/etc/localtime", "mon 22:00-06:00", "zone"},
    {"+02:00", "mon 22:00-06:00", "zone"},
    {"ABC5", "mon 22:00-06:00", "zone"},
    {"Europe", "mon 22:00-06:00", "zone"}, /* a directory */
    {"UTC", "", "windows"},
    {"UTC", "mon 22:00-22:00", "windows.0.end"},
    {"UTC", "mon 24:00-06:00", "windows.0.start"},
    {"UTC", "mon 25:00-06:00", "windows.0.start"},
    {"UTC", "mon 2200x-06:00", "windows.0.start"},
    {"UTC", "mon 22:60-06:00", "windows.0.start"},
    {"UTC", "mon 22:00-24:01", "windows.0.end"},
    {"UTC", "mon 22:00-06:00; monday 22:00-06:00", "windows.1.days"},
    {"UTC", "mon,mon 22:00-06:00", "windows.0.days"},
    {"UTC", "Mon 22:00-06:00", "windows.0.days"},
};

static void remember(const char *field, const char *message, void *user_data)
{
  g_assert_true(g_str_has_prefix(message, field));
  g_ptr_array_add(user_data, g_strdup(field));
}

static void test_check(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(check_cases); i++) {
    const CheckCase *it = &check_cases[i];
    g_autoptr(Timetable) timetable = make_timetable(1, it->zone, it->windows);
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
    bool good = timetable_check(timetable, remember, fields);
    if (good != !it->field || fields->len != (it->field ? 1u : 0u) || (it->field && strcmp(fields->pdata[0], it->field) != 0))
      g_error("\"%s\" in \"%s\": %s", it->windows, it->zone, fields->len ? (const char *)fields->pdata[0] : "no complaint");
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/timetable/look", test_look);
  g_test_add_func("/timetable/edges", test_edges_are_edges);
  g_test_add_func("/timetable/host-zone", test_host_zone);
  g_test_add_func("/timetable/check", test_check);
  return g_test_run();
}
