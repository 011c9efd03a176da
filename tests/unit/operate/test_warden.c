/* The warden with a real database, a clock that the test moves and no machine: what it reports, to whom, and from when on. */
#include "operate/warden.h"

#include "base/error.h"
#include "library/roots.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "store/worker_state.h"

#include <math.h>
#include <string.h>

enum { WAIT_S = 20 };

typedef struct {
  TestDb *test;
  LiveSettings *settings;
  ManualClock clock;
} World;

/* 2026-11-20, a Friday, at noon. */
static const int64_t noon_ms = 1795176000000, hour_ms = 3600000;

static void world_init(World *world, TestDb *test)
{
  g_autoptr(GError) error = NULL;
  *world = (World){.test = test};
  manual_clock_init(&world->clock, noon_ms);
  Settings base;
  record_init(&settings_table, &base);
  world->settings = live_settings_new(test->db, &base, "/nonexistent/reeve" /* no secrets */, &world->clock.clock, &error);
  g_assert_no_error(error);
  record_clear(&settings_table, &base);
}

static void world_clear(World *world)
{
  live_settings_free(world->settings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static Warden *make_warden(World *world, const char *name)
{
  g_autoptr(GError) error = NULL;
  Warden *warden = warden_new(
      &(WardenParams){.db = world->test->db, .settings = world->settings, .clock = &world->clock.clock, .worker = name}, &error);
  g_assert_no_error(error);
  return warden;
}

static int64_t add_timetable(World *world, const char *name, const char *json, bool everywhere)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(world->test);
  g_autoptr(Timetable) timetable = record_new(&timetable_table);
  g_autofree char *text =
      g_strdup_printf("{\"name\":\"%s\",\"zone\":\"UTC\",\"everywhere\":%s,\"at_end\":\"freeze\",\"windows\":[%s]}", name,
                      everywhere ? "true" : "false", json);
  g_autoptr(json_t) object = json_parse(text, strlen(text), &error);
  g_assert_true(json_to_record(&timetable_table, object, JSON_CREATE, timetable, NULL, &error));
  g_assert_true(record_insert(conn, &timetable_table, timetable, &error));
  return timetable->id;
}

#define ALL_DAYS "\"days\":[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"]"
#define NIGHTS "{" ALL_DAYS ",\"start\":\"22:00\",\"end\":\"06:00\"}"
#define DAYS "{" ALL_DAYS ",\"start\":\"06:00\",\"end\":\"22:00\"}"

static bool others_may_start(Warden *warden)
{
  GovernorState state;
  warden_state(warden, &state);
  bool may = governor_may_start(&state.ruling, FIELD_NULL_INT, NULL);
  record_clear(&governor_state_table, &state);
  return may;
}

static void await_start(Warden *warden, bool may)
{
  gint64 end = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
  while (others_may_start(warden) != may) {
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    cancel_wait(NULL, 5);
  }
}

/* What other servers and commands see of it; NULL: nothing. */
static GovernorState *reported(World *world, const char *name)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(world->test);
  g_autoptr(GPtrArray) states = governor_states(conn, NULL, clock_now_ms(&world->clock.clock), &error);
  g_assert_no_error(error);
  for (guint i = 0; i < states->len; i++) {
    const GovernorState *state = states->pdata[i];
    if (strcmp(state->worker, name) == 0)
      return record_new_like(&governor_state_table, state);
  }
  return NULL;
}

/* The first ruling is there before anything is claimed; a change is taken up when somebody says so, an edge by itself. */
static void test_life(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  add_timetable(&world, "Nights", NIGHTS, true);
  Warden *warden = make_warden(&world, "one");
  GovernorRuling ruling;
  warden_ruling(warden, &ruling);
  g_assert_false(governor_may_start(&ruling, FIELD_NULL_INT, NULL));
  g_assert_cmpint(ruling.next_edge_ms, ==, noon_ms + 10 * hour_ms);
  record_clear(&governor_ruling_table, &ruling);
  warden_start(warden, NULL);
  manual_clock_advance(&world.clock, 10 * hour_ms);
  await_start(warden, true);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_autoptr(GError) error = NULL;
    GovernorOverride override;
    g_assert_true(override_put(conn, &(OverrideWish){.allow = false, .hours = 1, .running = WINDOW_END_FREEZE},
                               &world.clock.clock, &override, &error));
  }
  warden_poke(warden);
  await_start(warden, false);
  manual_clock_advance(&world.clock, hour_ms); /* it is over */
  await_start(warden, true);
  warden_free(warden);
}

static void await_report(World *world, const char *name, bool may)
{
  gint64 end = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
  for (;;) {
    GovernorState *state = reported(world, name);
    bool there = state && governor_may_start(&state->ruling, FIELD_NULL_INT, NULL) == may;
    if (state)
      record_free(&governor_state_table, state);
    if (there)
      return;
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    cancel_wait(NULL, 5);
  }
}

/* Each worker's report is kept, newest for each, and one that is silent is passed over after a while. */
static void test_reports(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  add_timetable(&world, "Nights", NIGHTS, true);
  Warden *one = make_warden(&world, "one"), *two = make_warden(&world, "two");
  warden_start(one, NULL);
  warden_start(two, NULL);
  await_report(&world, "one", false);
  await_report(&world, "two", false);
  manual_clock_advance(&world.clock, 10 * hour_ms);
  await_report(&world, "one", true);
  await_report(&world, "two", true);
  GovernorState *state = reported(&world, "one");
  g_assert_cmpstr(governor_ruling_of(&state->ruling, FIELD_NULL_INT)->sentence, ==,
                  "The schedule \"Nights\" lets work run until Sat 06:00: every day 22:00-06:00 (UTC).");
  record_free(&governor_state_table, state);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_autoptr(GPtrArray) states = governor_states(conn, one, clock_now_ms(&world.clock.clock), NULL);
    g_assert_cmpint(states->len, ==, 2); /* itself once */
    /* One of a version that nobody here knows. */
    g_assert_true(worker_state_put(conn, "three", "{\"ruling\":7}", clock_now_ms(&world.clock.clock), NULL));
    g_autoptr(GPtrArray) again = governor_states(conn, one, clock_now_ms(&world.clock.clock), NULL);
    g_assert_cmpint(again->len, ==, 2);
  }
  warden_free(one);
  warden_free(two);
  manual_clock_advance(&world.clock, 4 * 60 * 1000);
  g_assert_null(reported(&world, "one"));
}

/* A limit of the settings whose sensor is not there is said and holds nothing. */
static void test_limits(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  g_autoptr(json_t) changes = json_pack("{s:s, s:[s]}", "limits", "balanced", "limit_rules", "gpu=90/50");
  g_assert_true(live_settings_put(world.settings, changes, NULL, NULL, NULL));
  Warden *warden = make_warden(&world, "one");
  g_assert_true(others_may_start(warden));
  GovernorState state;
  warden_state(warden, &state);
  bool found = false;
  for (guint i = 0; i < state.ruling.limits->len; i++) {
    const LimitView *view = state.ruling.limits->pdata[i];
    g_assert_true(isnan(view->value));
    g_assert_nonnull(strstr(view->sentence, "is not known here"));
    found = found || (view->measure == MEASURE_GPU && view->enter == 90 && view->leave == 50);
  }
  g_assert_true(found);
  record_clear(&governor_state_table, &state);
  warden_free(warden);
  static const char *const bad[] = {"cpu=60/80", "hard=1/2", "cpu=80/60,cpu=70/60", NULL};
  for (const char *const *text = bad; *text; text++) {
    g_auto(GStrv) rules = g_strsplit(*text, ",", -1);
    g_autoptr(json_t) list = json_array();
    for (char **rule = rules; *rule; rule++)
      json_array_append_new(list, json_string(*rule));
    g_autoptr(json_t) put = json_pack("{s:O}", "limit_rules", list);
    g_autoptr(GPtrArray) errors = field_errors_new();
    g_autoptr(GError) why = NULL;
    g_assert_false(live_settings_put(world.settings, put, NULL, errors, &why));
    g_assert_cmpint(errors->len, ==, 1);
    g_assert_true(g_str_has_prefix(((const FieldError *)errors->pdata[0])->field, "limit_rules."));
  }
}

static void assert_refused(DbConn *conn, World *world, double hours)
{
  g_autoptr(GError) why = NULL;
  GovernorOverride override;
  g_assert_false(override_put(conn, &(OverrideWish){.hours = hours}, &world->clock.clock, &override, &why));
  g_assert_error(why, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void test_override(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  GovernorOverride override, read;
  bool found = true;
  g_assert_true(override_get(conn, &read, &found, &error));
  g_assert_false(found);
  static const double bad[] = {0, -1, 721, INFINITY};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
    assert_refused(conn, &world, bad[i]);
  assert_refused(conn, &world, NAN); /* there is no schedule, so no edge */
  add_timetable(&world, "Always", "{" ALL_DAYS ",\"start\":\"00:00\",\"end\":\"24:00\"}", true);
  assert_refused(conn, &world, NAN); /* one that has none */
  add_timetable(&world, "Nights", NIGHTS, false);
  add_timetable(&world, "Days", DAYS, false);
  g_assert_true(override_put(conn, &(OverrideWish){.allow = true, .hours = NAN}, &world.clock.clock, &override, &error));
  g_assert_true(override.by_edge && override.allow);
  g_assert_cmpint(override.until_ms, ==, noon_ms + 10 * hour_ms);
  g_assert_true(
      override_put(conn, &(OverrideWish){.hours = 0.5, .running = WINDOW_END_FREEZE}, &world.clock.clock, &override, &error));
  g_assert_true(override_get(conn, &read, &found, &error));
  g_assert_true(found && record_equal(&governor_override_table, &override, &read));
  g_assert_cmpint(read.until_ms, ==, noon_ms + hour_ms / 2);
  g_assert_true(override_clear(conn, &error) && override_clear(conn, &error));
  g_assert_true(override_get(conn, &read, &found, &error));
  g_assert_false(found);
}

/* A root that names a schedule holds to it, whatever holds everywhere; the schedule cannot go while it does. */
static void test_roots(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test);
  g_autoptr(GError) error = NULL;
  add_timetable(&world, "Nights", NIGHTS, true);
  int64_t days = add_timetable(&world, "Days", DAYS, false), root_id;
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_autoptr(Root) root = record_new(&root_table);
    root->path = (g_free(root->path), g_strdup("/films"));
    root->schedule_id = days;
    g_assert_true(record_insert(conn, &root_table, root, &error));
    root_id = root->id;
    g_autofree char *path = NULL;
    g_assert_true(root_of_schedule(conn, days, &path, &error));
    g_assert_cmpstr(path, ==, "/films");
    g_assert_false(record_delete(conn, &timetable_table, days, NULL));
  }
  Warden *warden = make_warden(&world, "one");
  GovernorRuling ruling;
  warden_ruling(warden, &ruling);
  g_assert_true(governor_may_start(&ruling, root_id, NULL));
  g_assert_false(governor_may_start(&ruling, root_id + 1, NULL));
  record_clear(&governor_ruling_table, &ruling);
  warden_free(warden);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/warden/life", test_life);
  test_db_each("/warden/reports", test_reports);
  test_db_each("/warden/limits", test_limits);
  test_db_each("/warden/override", test_override);
  test_db_each("/warden/roots", test_roots);
  return g_test_run();
}
