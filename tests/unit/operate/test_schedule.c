/* When tasks run, and which server does what one does for all. */
#include "operate/schedule.h"

#include "base/error.h"
#include "operate/backup.h"
#include "store/db_fixture.h"

typedef struct {
  GMutex lock;
  GCond ran;
  int n_quick, n_single, n_clock;
  int64_t due_at_ms;
  bool fails;
} World;

static void count(World *world, int *counter)
{
  g_mutex_lock(&world->lock);
  ++*counter;
  g_cond_broadcast(&world->ran);
  g_mutex_unlock(&world->lock);
}

static void await(World *world, const int *counter, int at_least)
{
  gint64 until_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  g_mutex_lock(&world->lock);
  while (*counter < at_least)
    g_assert_true(g_cond_wait_until(&world->ran, &world->lock, until_us));
  g_mutex_unlock(&world->lock);
}

static bool run_quick(Cancel *cancel, void *user_data, GError **error)
{
  World *world = user_data;
  count(world, &world->n_quick);
  return !world->fails || fail(error, REEVE_ERROR_IO, "It does not work.");
}

static bool run_single(Cancel *cancel, void *user_data, GError **error)
{
  World *world = user_data;
  count(world, &world->n_single);
  return !world->fails || fail(error, REEVE_ERROR_IO, "It does not work.");
}

static bool run_clock(Cancel *cancel, void *user_data, GError **error)
{
  World *world = user_data;
  count(world, &world->n_clock);
  return true;
}

static int64_t clock_due(int64_t ran_at_ms, int64_t now_ms, void *user_data)
{
  World *world = user_data;
  return ran_at_ms >= world->due_at_ms ? now_ms + 3600 * 1000 : world->due_at_ms;
}

static void test_again_and_again(TestDb *test)
{
  static const Task tasks[] = {{.name = "quick", .every_ms = 20, .run = run_quick}};
  World world = {0};
  Schedule *schedule = schedule_start("test", test->db, clock_system(), tasks, G_N_ELEMENTS(tasks), &world);
  await(&world, &world.n_quick, 5);
  schedule_stop(schedule);
  int n = world.n_quick;
  schedule = schedule_start("test", test->db, clock_system(), tasks, G_N_ELEMENTS(tasks), &world);
  await(&world, &world.n_quick, n + 1); /* at once after a start */
  schedule_stop(schedule);
}

/* Two servers, one database: one run of the singleton, which is remembered over a restart, as its failure is. */
static void test_singleton(TestDb *test)
{
  static const Task tasks[] = {{.name = "quick", .every_ms = 20, .run = run_quick},
                               {.name = "single", .flags = TASK_SINGLETON, .every_ms = 3600 * 1000, .run = run_single}};
  World one = {0}, two = {0};
  g_autoptr(GError) error = NULL;
  one.fails = two.fails = true;
  Schedule *first = schedule_start("one", test->db, clock_system(), tasks, G_N_ELEMENTS(tasks), &one);
  Schedule *second = schedule_start("two", test->db, clock_system(), tasks, G_N_ELEMENTS(tasks), &two);
  await(&one, &one.n_quick, 5);
  await(&two, &two.n_quick, 5);
  schedule_stop(first);
  schedule_stop(second);
  if (test->kind == DB_POSTGRESQL)
    g_assert_cmpint(one.n_single + two.n_single, ==, 1);
  int64_t ran_at_ms = 0;
  g_autofree char *failure = NULL;
  g_assert_true(task_last_run(test->db, "single", &ran_at_ms, &failure, &error));
  g_assert_cmpint(ran_at_ms, >, 0);
  g_assert_cmpstr(failure, ==, "It does not work.");

  int n = one.n_single, quick = one.n_quick;
  first = schedule_start("one", test->db, clock_system(), tasks, G_N_ELEMENTS(tasks), &one);
  await(&one, &one.n_quick, quick + 3);
  schedule_stop(first);
  g_assert_cmpint(one.n_single, ==, n); /* an hour has not passed */
}

static void test_by_the_clock(TestDb *test)
{
  static const Task tasks[] = {
      {.name = "clock", .flags = TASK_SINGLETON, .every_ms = 3600 * 1000, .next_due = clock_due, .run = run_clock},
      {.name = "quick", .every_ms = 20, .run = run_quick}};
  World world = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(task_begin_counting(test->db, "clock", clock_system(), &error));
  world.due_at_ms = clock_now_ms(clock_system()) + 3600 * 1000;
  Schedule *schedule = schedule_start("test", test->db, clock_system(), tasks, G_N_ELEMENTS(tasks), &world);
  await(&world, &world.n_quick, 3);
  g_assert_cmpint(world.n_clock, ==, 0);
  world.due_at_ms = clock_now_ms(clock_system()) + 30; /* the setting was changed */
  schedule_poke(schedule);
  await(&world, &world.n_clock, 1);
  int quick = world.n_quick;
  await(&world, &world.n_quick, quick + 5);
  schedule_stop(schedule);
  g_assert_cmpint(world.n_clock, ==, 1);
  /* Counting begins once. */
  int64_t ran_at_ms = 0, again_ms = 0;
  g_assert_true(task_last_run(test->db, "clock", &ran_at_ms, NULL, &error));
  g_assert_true(task_begin_counting(test->db, "clock", clock_system(), &error));
  g_assert_true(task_last_run(test->db, "clock", &again_ms, NULL, &error));
  g_assert_cmpint(ran_at_ms, ==, again_ms);
}

static int64_t at(GTimeZone *zone, const char *text)
{
  g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(text, zone);
  g_assert_nonnull(when);
  return g_date_time_to_unix(when) * 1000;
}

static void test_daily(void)
{
  static const struct {
    int hour;
    const char *ran, *now, *due;
  } rows[] = {
      {3, "2026-01-10T03:00:05", "2026-01-10T12:00:00", "2026-01-11T03:00:00"},
      {3, "2026-01-09T03:00:05", "2026-01-10T12:00:00", "2026-01-10T03:00:00"}, /* missed: now */
      {3, "2026-01-10T02:00:00", "2026-01-10T02:30:00", "2026-01-11T03:00:00"},
      {3, "2026-01-09T22:00:00", "2026-01-10T02:30:00", "2026-01-10T03:00:00"},
      {3, "2026-01-08T23:00:00", "2026-01-10T02:30:00", "2026-01-09T03:00:00"},
      {0, "2026-01-10T00:00:00", "2026-01-10T00:00:00", "2026-01-11T00:00:00"},
      {23, "2025-12-31T23:00:01", "2026-01-01T10:00:00", "2026-01-01T23:00:00"},
      /* Clocks go forward at 2:00 on 29 March 2026 and back at 3:00 on 25 October. */
      {2, "2026-03-28T02:00:10", "2026-03-28T20:00:00", "2026-03-29T03:00:00"},
      {2, "2026-10-25T02:00:10+02:00", "2026-10-25T02:30:00+01:00", "2026-10-26T02:00:00"},
      {3, "2026-02-10T03:00:00", "2026-01-10T12:00:00", "2026-01-10T03:00:00"}, /* the clock was set back */
  };
  g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Europe/Berlin");
  if (!zone) {
    g_test_skip("There are no time zones on this machine.");
    return;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s %s", rows[i].ran, rows[i].now);
    g_assert_cmpint(backup_next_due(rows[i].hour, zone, at(zone, rows[i].ran), at(zone, rows[i].now)), ==, at(zone, rows[i].due));
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* failures that are meant are warned of */
  test_db_each("/schedule/again_and_again", test_again_and_again);
  test_db_each("/schedule/singleton", test_singleton);
  test_db_each("/schedule/by_the_clock", test_by_the_clock);
  g_test_add_func("/schedule/daily", test_daily);
  return g_test_run();
}
