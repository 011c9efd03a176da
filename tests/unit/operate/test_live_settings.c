/* Settings: the table, changes checked as a whole, in force at once here and soon on other servers. */
#include "operate/live_settings.h"

#include "base/error.h"
#include "store/db_fixture.h"
#include "store/setting.h"
#include "sys/fs.h"
#include "sys/secret_box.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  GMutex lock;
  GCond changed;
  int calls;
  Settings last;
  const char *directory; /* of the key; NULL: no secrets */
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
  LiveSettings *live =
      live_settings_new(test->db, &base, watch->directory ? watch->directory : "/nonexistent/reeve", clock_system(), &error);
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

/* --- secrets --- */

static const char tmdb_key[] = "0123456789abcdef0123456789abcdef";

static const SettingView *view_named(const GPtrArray *views, const char *name)
{
  for (guint i = 0; i < views->len; i++)
    if (strcmp(((const SettingView *)views->pdata[i])->name, name) == 0)
      return views->pdata[i];
  g_assert_not_reached();
}

static char *stored_row(TestDb *test, const char *name)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  bool found;
  return setting_get(conn, name, &found, NULL);
}

/* Whether the bytes of the database's files hold a text. */
static bool is_in_files(const TestDb *test, const char *text)
{
  g_autoptr(GDir) entries = g_dir_open(test->directory, 0, NULL);
  for (const char *name; (name = g_dir_read_name(entries));) {
    g_autofree char *path = g_build_filename(test->directory, name, NULL), *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    if (memmem(bytes, length, text, strlen(text)))
      return true;
  }
  return false;
}

/* It is in force, shown to nobody, and not in the database as it was given. */
static void assert_sealed(TestDb *test, LiveSettings *live)
{
  Settings settings;
  live_settings_get(live, &settings);
  g_assert_cmpstr(settings.tmdb_key, ==, tmdb_key);
  record_clear(&settings_table, &settings);
  g_autofree char *row = stored_row(test, "live.tmdb_key");
  g_assert_true(g_str_has_prefix(row, "{\"sealed\""));
  g_assert_null(strstr(row, tmdb_key));
  g_autoptr(GPtrArray) views = live_settings_view(live);
  const SettingView *view = view_named(views, "tmdb_key");
  g_assert_true(view->secret && view->is_set && !view->problem);
  g_assert_cmpstr(view->value, ==, "null");
}

static void test_secrets(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp("reeve-key-XXXXXX", NULL);
  Watch watch = {.directory = directory};
  LiveSettings *live = open_settings(test, &watch);
  g_assert_true(put(live, "{\"nice\":5}", NULL, NULL, &error));
  g_autofree char *file = g_build_filename(directory, SECRET_BOX_FILE, NULL);
  g_assert_false(fs_exists(file));
  g_autofree char *tag = live_settings_tag(live);
  g_assert_true(put(live, "{\"tmdb_key\":\"0123456789abcdef0123456789abcdef\"}", NULL, NULL, &error));
  g_assert_no_error(error);
  assert_sealed(test, live);
  g_autofree char *other = live_settings_tag(live);
  g_assert_cmpstr(tag, !=, other);
  live_settings_free(live);

  live = open_settings(test, &watch);
  assert_sealed(test, live);
  g_autofree char *same = live_settings_tag(live);
  g_assert_cmpstr(other, ==, same);
  g_assert_true(put(live, "{\"tmdb_key\":null}", NULL, NULL, &error));
  g_assert_null(stored_row(test, "live.tmdb_key"));
  live_settings_free(live);
  clear_watch(&watch);
  fs_remove_tree(directory, NULL);
}

/* What an older Reeve stored is sealed at the next start, and gone from the file. */
static void test_bare_secret(TestDb *test)
{
  g_autofree char *directory = g_dir_make_tmp("reeve-key-XXXXXX", NULL);
  g_autofree char *bare = g_strdup_printf("\"%s\"", tmdb_key);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_assert_true(setting_put(conn, "live.tmdb_key", bare, clock_system(), NULL));
  }
  test_db_reopen(test, 4);
  /* Where no key can be made it is used as it is. */
  Watch watch = {0};
  g_test_expect_message("operate", G_LOG_LEVEL_WARNING, "*still stored unsealed*");
  LiveSettings *live = open_settings(test, &watch);
  g_test_assert_expected_messages();
  g_assert_cmpstr(watch.last.tmdb_key, ==, tmdb_key);
  live_settings_free(live);
  clear_watch(&watch);

  watch = (Watch){.directory = directory};
  live = open_settings(test, &watch);
  assert_sealed(test, live);
  live_settings_free(live);
  clear_watch(&watch);
  test_db_reopen(test, 4);
  g_assert_true(test->kind != DB_SQLITE || !is_in_files(test, tmdb_key));
  fs_remove_tree(directory, NULL);
}

/* The key file is lost, or another one: that secret is not set, and all else is as it was. */
static void test_lost_key(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp("reeve-key-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(directory, SECRET_BOX_FILE, NULL), *kept = g_strconcat(file, ".kept", NULL);
  Watch watch = {.directory = directory};
  LiveSettings *live = open_settings(test, &watch);
  g_assert_true(put(live, "{\"nice\":5,\"tmdb_key\":\"0123456789abcdef0123456789abcdef\"}", NULL, NULL, &error));
  live_settings_free(live);
  g_assert_cmpint(g_rename(file, kept), ==, 0);

  g_test_expect_message("operate", G_LOG_LEVEL_WARNING, "The secret tmdb_key cannot be read and counts as not set.*is missing*");
  live = open_settings(test, &watch);
  g_test_assert_expected_messages();
  g_assert_null(watch.last.tmdb_key);
  g_assert_cmpint(watch.last.nice, ==, 5);
  g_autoptr(GPtrArray) views = live_settings_view(live);
  const SettingView *view = view_named(views, "tmdb_key");
  g_assert_false(view->is_set);
  g_assert_nonnull(strstr(view->problem, "is missing"));
  g_assert_null(view_named(views, "webhook_secret")->problem);
  /* Told once, not at each change; another secret is sealed with a new key. */
  g_assert_true(put(live, "{\"nice\":6}", NULL, NULL, &error));
  g_test_expect_message("operate", G_LOG_LEVEL_WARNING, "The secret tmdb_key cannot*another*");
  g_assert_true(put(live, "{\"webhook_secret\":\"sixteen bytes at least\"}", NULL, NULL, &error));
  g_test_assert_expected_messages();
  g_assert_cmpstr(watch.last.webhook_secret, ==, "sixteen bytes at least");
  /* Set again, all is well. */
  g_assert_true(put(live, "{\"tmdb_key\":\"0123456789abcdef0123456789abcdef\"}", NULL, NULL, &error));
  assert_sealed(test, live);
  live_settings_free(live);
  clear_watch(&watch);
  fs_remove_tree(directory, NULL);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/live_settings/change", test_change);
  test_db_each("/live_settings/refused_as_a_whole", test_refused_as_a_whole);
  test_db_each("/live_settings/other_servers_follow", test_other_servers_follow);
  test_db_each("/live_settings/strange_rows", test_strange_rows);
  test_db_each("/live_settings/view", test_view);
  test_db_each("/live_settings/secrets", test_secrets);
  test_db_each("/live_settings/bare-secret", test_bare_secret);
  test_db_each("/live_settings/lost-key", test_lost_key);
  return g_test_run();
}
