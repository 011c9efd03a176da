/* Settings: the table, changes checked as a whole, in force at once here and soon on other servers. */
#include "operate/live_settings.h"

#include "base/error.h"
#include "store/db_fixture.h"
#include "store/setting.h"

#include <string.h>

typedef struct {
  GMutex lock;
  GCond changed;
  int calls;
  Settings last;
} Watch;

static void note(const Settings *settings, void *user_data)
{
  Watch *watch = user_data;
  g_mutex_lock(&watch->lock);
  watch->calls++;
  record_clear(&settings_table, &watch->last);
  record_copy(&settings_table, settings, &watch->last);
  g_cond_broadcast(&watch->changed);
  g_mutex_unlock(&watch->lock);
}

/* Waits for the notice of another server. */
static void await_slots(Watch *watch, int64_t slots)
{
  gint64 until_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  g_mutex_lock(&watch->lock);
  while (watch->last.encode_slots != slots)
    g_assert_true(g_cond_wait_until(&watch->changed, &watch->lock, until_us));
  g_mutex_unlock(&watch->lock);
}

static LiveSettings *open_settings(TestDb *test, Watch *watch)
{
  g_autoptr(GError) error = NULL;
  Settings base;
  record_init(&settings_table, &base);
  base.nice = 3;
  LiveSettings *live = live_settings_new(test->db, &base, clock_system(), &error);
  g_assert_no_error(error);
  record_clear(&settings_table, &base);
  live_settings_watch(live, note, watch);
  return live;
}

static void clear_watch(Watch *watch)
{
  record_clear(&settings_table, &watch->last);
}

static bool put(LiveSettings *live, const char *text, const char *tag, GPtrArray *errors, GError **error)
{
  g_autoptr(json_t) changes = json_loads(text, 0, NULL);
  g_assert_nonnull(changes);
  bool ok = live_settings_put(live, changes, tag, errors, error);
  if (!ok)
    g_test_message("%s: %s", text, (*error)->message);
  return ok;
}

static void test_change(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  Watch watch = {0};
  LiveSettings *live = open_settings(test, &watch);
  g_assert_cmpint(watch.calls, ==, 1);
  g_assert_cmpint(watch.last.nice, ==, 3);
  g_assert_cmpint(watch.last.log_level, ==, LOG_AT_INFO);

  g_autofree char *tag = live_settings_tag(live);
  g_assert_true(put(live, "{\"encode_slots\":2,\"log_levels\":[\"library=debug\"],\"nice\":5}", tag, NULL, &error));
  g_assert_no_error(error);
  g_assert_cmpint(watch.calls, ==, 2);
  g_assert_cmpint(watch.last.encode_slots, ==, 2);
  g_assert_cmpstr(watch.last.log_levels[0], ==, "library=debug");

  /* The same edit shown with the old tag is stale, and nothing is changed. */
  g_assert_false(put(live, "{\"encode_slots\":3}", tag, NULL, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  g_assert_cmpint(watch.last.encode_slots, ==, 2);

  /* Back to the configuration's. */
  g_assert_true(put(live, "{\"nice\":null,\"log_level\":\"debug\"}", NULL, NULL, &error));
  g_assert_cmpint(watch.last.nice, ==, 3);
  g_assert_cmpint(watch.last.log_level, ==, LOG_AT_DEBUG);
  g_autoptr(json_t) changed = live_settings_changed(live);
  g_assert_cmpint(json_object_size(changed), ==, 3);

  /* Nothing different: nobody is told. */
  int calls = watch.calls;
  g_assert_true(put(live, "{\"encode_slots\":2}", NULL, NULL, &error));
  g_assert_cmpint(watch.calls, ==, calls);
  live_settings_free(live);

  /* It holds in the next life. */
  live = open_settings(test, &watch);
  g_assert_cmpint(watch.last.encode_slots, ==, 2);
  live_settings_free(live);
  clear_watch(&watch);
}

static void test_refused_as_a_whole(TestDb *test)
{
  static const struct {
    const char *changes, *field, *says;
  } rows[] = {
      {"{\"encode_slots\":65,\"nice\":1}", "encode_slots", "encode_slots must be from 0 to 64"},
      {"{\"nice\":1,\"encode_slots\":\"two\"}", "encode_slots", "encode_slots must be"},
      {"{\"nice\":1,\"speed\":1}", "speed", "speed is no setting"},
      {"{\"nice\":1,\"log_levels\":[\"scan\"]}", "log_levels.0", "such as library=debug"},
      {"{\"nice\":1,\"log_levels\":[\"library=debug\",\"nobody=debug\"]}", "log_levels.1", "there is no module nobody"},
      {"{\"nice\":1,\"backup_hour\":24}", "backup_hour", "from 0 to 23"},
      {"{\"nice\":1,\"backup_daily\":1}", "backup_daily", "true or false"},
      {"{\"nice\":1,\"encode_slots\":9223372036854775807}", "encode_slots", "from 0 to 64"},
  };
  Watch watch = {0};
  LiveSettings *live = open_settings(test, &watch);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) errors = field_errors_new();
    g_test_message("%s", rows[i].changes);
    g_assert_false(put(live, rows[i].changes, NULL, errors, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_cmpint(errors->len, ==, 1);
    const FieldError *it = errors->pdata[0];
    g_assert_cmpstr(it->field, ==, rows[i].field);
    g_assert_nonnull(strstr(it->message, rows[i].says));
    g_assert_cmpint(watch.last.nice, ==, 3);
  }
  g_autoptr(json_t) changed = live_settings_changed(live);
  g_assert_cmpint(json_object_size(changed), ==, 0);
  live_settings_free(live);
  clear_watch(&watch);
}

/* Two servers on one database; on SQLite the second stands for what a command sees, and is not told by itself. */
static void test_other_servers_follow(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  Watch here = {0}, there = {0};
  LiveSettings *ours = open_settings(test, &here), *theirs = open_settings(test, &there);
  g_assert_true(put(ours, "{\"encode_slots\":7}", NULL, NULL, &error));
  await_slots(&there, 7);
  live_settings_free(ours);
  live_settings_free(theirs);
  clear_watch(&here);
  clear_watch(&there);
}

/* What another Reeve stored and this one does not understand is passed over, and does no harm. */
static void test_strange_rows(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_assert_true(setting_put(conn, "live.encode_slots", "\"many\"", clock_system(), &error));
    g_assert_true(setting_put(conn, "live.of_the_future", "1", clock_system(), &error));
    g_assert_true(setting_put(conn, "live.nice", "{", clock_system(), &error));
    g_assert_true(setting_put(conn, "live.job_days", "9", clock_system(), &error));
  }
  Watch watch = {0};
  g_test_expect_message("operate", G_LOG_LEVEL_WARNING, "*encode_slots is passed over*");
  LiveSettings *live = open_settings(test, &watch);
  g_test_assert_expected_messages();
  g_assert_cmpint(watch.last.encode_slots, ==, 1);
  g_assert_cmpint(watch.last.nice, ==, 3);
  g_assert_cmpint(watch.last.job_days, ==, 9);
  live_settings_free(live);
  clear_watch(&watch);
}

static void test_view(TestDb *test)
{
  Watch watch = {0};
  g_autoptr(GError) error = NULL;
  LiveSettings *live = open_settings(test, &watch);
  g_assert_true(put(live, "{\"nice\":9}", NULL, NULL, &error));
  g_autoptr(GPtrArray) views = live_settings_view(live);
  g_assert_cmpint(views->len, ==, settings_table.n_fields);
  bool seen = false;
  for (guint i = 0; i < views->len; i++) {
    const SettingView *view = views->pdata[i];
    g_assert_true(*view->section && *view->help);
    if (strcmp(view->name, "nice") != 0)
      continue;
    seen = true;
    g_assert_cmpstr(view->value, ==, "9");
    g_assert_cmpstr(view->preset, ==, "3");
    g_assert_cmpfloat(view->max, ==, 19);
  }
  g_assert_true(seen);
  live_settings_free(live);
  clear_watch(&watch);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/live_settings/change", test_change);
  test_db_each("/live_settings/refused_as_a_whole", test_refused_as_a_whole);
  test_db_each("/live_settings/other_servers_follow", test_other_servers_follow);
  test_db_each("/live_settings/strange_rows", test_strange_rows);
  test_db_each("/live_settings/view", test_view);
  return g_test_run();
}
