/* How the parts of a server are, and the figures of the same world. */
#include "operate/health.h"

#include "base/error.h"
#include "library/roots.h"
#include "operate/doctor.h"
#include "operate/figures.h"
#include "operate/watch_state.h"
#include "store/db_fixture.h"
#include "store/record_sql.h"
#include "store/root_watch.h"
#include "sys/child.h"
#include "sys/fs.h"

#include <string.h>

typedef struct {
  TestDb *test;
  LiveSettings *live;
  Abilities *abilities;
  HealthMonitor *monitor;
  char *directory;
} World;

static void world_init(World *world, TestDb *test, const char *sql)
{
  g_autoptr(GError) error = NULL;
  Settings base;
  record_init(&settings_table, &base);
  base.reserve_mib = 0;
  *world = (World){.test = test, .directory = g_dir_make_tmp("reeve-health-XXXXXX", NULL)};
  world->live = live_settings_new(test->db, &base, world->directory, clock_system(), &error);
  g_assert_no_error(error);
  world->abilities = abilities_start("/nonexistent/ffmpeg", "/nonexistent/handbrake", NULL);
  abilities_wait(world->abilities, NULL, NULL);
  {
    g_autoptr(DbConn) conn = test_db_acquire(test);
    g_autoptr(Root) root = record_new(&root_table);
    g_free(root->path);
    root->path = g_strdup(world->directory);
    g_assert_true(root_add(conn, root, NULL, clock_system(), &error));
    if (sql)
      g_assert_true(db_exec(conn, sql, DB_NO_ARGS, NULL, &error));
  }
  world->monitor = health_start(&(HealthParams){.db = test->db,
                                                .settings = world->live,
                                                .abilities = world->abilities,
                                                .data_directory = world->directory,
                                                .clock = clock_system(),
                                                .every_ms = 20});
}

static void world_clear(World *world)
{
  health_stop(world->monitor);
  abilities_free(world->abilities);
  live_settings_free(world->live);
  fs_remove_tree(world->directory, NULL);
  g_free(world->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

/* Waits until a component says so; the monitor looks every 20 ms. */
static void await(World *world, const char *name, HealthStatus status, const char *says)
{
  gint64 until_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  for (;;) {
    HealthStatus worst;
    g_autoptr(GPtrArray) components = health_components(world->monitor, &worst);
    for (guint i = 0; i < components->len; i++) {
      const HealthComponent *it = components->pdata[i];
      g_assert_null(strstr(it->message, world->directory)); /* anybody may read it */
      if (strcmp(it->name, name) == 0 && it->status == (int)status && strstr(it->message, says)) {
        g_assert_cmpint(worst, >=, status);
        return;
      }
    }
    g_assert_cmpint(g_get_monotonic_time(), <, until_us);
    g_thread_yield();
  }
}

static void test_components(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test, NULL);
  await(&world, "database", HEALTH_OK, test->kind == DB_SQLITE ? "SQLite answers" : "PostgreSQL answers");
  await(&world, "library", HEALTH_OK, "1 root can be read");
  await(&world, "encoders", HEALTH_DEGRADED, "Nothing can be encoded");
  await(&world, "worker", HEALTH_OK, "1 encode at once");
  await(&world, "space", HEALTH_OK, "room");
  await(&world, "backup", HEALTH_OK, "each day");
  g_autoptr(json_t) changes = json_pack("{s:i, s:b, s:i}", "encode_slots", 0, "backup_daily", 0, "reserve_mib", 900000000);
  g_assert_true(live_settings_put(world.live, changes, NULL, NULL, NULL));
  await(&world, "worker", HEALTH_OK, "switched off");
  await(&world, "backup", HEALTH_OK, "switched off");
  await(&world, "space", HEALTH_DEGRADED, "reserve");
  g_assert_true(fs_remove_tree(world.directory, NULL));
  await(&world, "library", HEALTH_DEGRADED, "0 of 1 roots can be read");
}

static void test_failed_backup(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test, "INSERT INTO tasks (name, ran_at_ms, error) VALUES ('backup', 5, 'The disk is full.')");
  await(&world, "backup", HEALTH_DEGRADED, "failed");
}

static void test_frozen_root(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test, "UPDATE roots SET state = 'frozen'");
  await(&world, "library", HEALTH_DEGRADED, "1 frozen");
}

/* What a server that watches the one root says of it. */
static void say_watch(TestDb *test, WatchMode mode, bool falls_short)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  WatchState state;
  record_init(&watch_state_table, &state);
  state.root_id = 1;
  state.mode = (int)mode;
  state.falls_short = falls_short;
  g_free(state.sentence);
  state.sentence = g_strdup("The kernel lets this user watch no more directories.");
  g_autoptr(json_t) json = json_from_record(&watch_state_table, &state, JSON_FULL);
  g_autofree char *text = json_text(json);
  record_clear(&watch_state_table, &state);
  int64_t now_ms = clock_now_ms(clock_system());
  bool taken = false;
  g_assert_true(root_watch_take(conn, 1, "one", now_ms, now_ms + 60000, &taken, &error));
  g_assert_true(root_watch_say(conn, 1, "one", text, now_ms, &error));
  g_assert_no_error(error);
}

/* The finding about watches, as "level: message"; NULL: there is none. The caller frees it. */
static char *doctor_on_watches(World *world)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) findings = doctor_run(
      &(DoctorParams){
          .data_directory = world->directory, .database_shown = "here", .db = world->test->db, .abilities = world->abilities},
      &error);
  g_assert_no_error(error);
  for (guint i = 0; i < findings->len; i++) {
    const Finding *it = findings->pdata[i];
    if (strcmp(it->subject, "watch") == 0)
      return g_strdup_printf("%s: %s", enum_name(&finding_level_table, it->level), it->message);
  }
  return NULL;
}

/* A root that is polled because the kernel cannot tell is a warning wherever one looks; one that is polled by choice is none. */
static void test_watches(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test, "UPDATE roots SET device = 1, state = 'active'");
  await(&world, "watch", HEALTH_OK, "No root is watched");
  say_watch(test, WATCHED_KERNEL, false);
  await(&world, "watch", HEALTH_OK, "1 root is watched");
  g_autofree char *fine = doctor_on_watches(&world);
  g_assert_true(g_str_has_prefix(fine, "ok: 1 root is watched; the kernel lets this user watch "));
  say_watch(test, WATCHED_POLLED, false);
  await(&world, "watch", HEALTH_OK, "1 root is watched");
  say_watch(test, WATCHED_POLLED, true);
  await(&world, "watch", HEALTH_DEGRADED, "1 of 1 watched roots is looked through now and then only");
  g_autofree char *bad = doctor_on_watches(&world);
  g_assert_true(g_str_has_prefix(bad, "warning: \""));
  g_assert_nonnull(strstr(bad, world.directory));
  g_assert_nonnull(strstr(bad, "The kernel lets this user watch no more directories."));
}

/* Every family once, with what the database holds. */
static void test_figures(TestDb *test)
{
  g_auto(World) world;
  world_init(&world, test,
             "INSERT INTO jobs (kind, state, priority, title, payload, needs, attempts, max_attempts, run_after_ms, "
             "position, lease_epoch, directive, progress, created_at_ms, updated_at_ms) VALUES ('scan', 'held', "
             "'normal', '', '{}', '[]', 0, 3, 0, 1, 0, 'continue', 0, 1, 1)");
  g_autoptr(Figures) figures = figures_new(test->db, clock_system());
  g_autoptr(ProbePool) probes = probe_pool_new(&(ProbeParams){.children = 3});
  MetricsText out = {g_string_new(NULL)};
  figures_write(figures, &out);
  probe_pool_set_children(probes, 5);
  figures_write_probes(probes, &out);
  figures_write_process(&out);
  static const char *const lines[] = {
      "reeve_database_up 1\n",          "reeve_jobs{state=\"held\"} 1\n", "reeve_jobs{state=\"failed\"} 0\n",
      "reeve_queue_size 0\n",           "reeve_probe_processes_max 5\n",  "reeve_build_info{version=\"" REEVE_VERSION "\"} 1\n",
      "process_resident_memory_bytes ", "process_start_time_seconds 1"};
  for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
    if (!strstr(out.text->str, lines[i]))
      g_error("%s is missing in:\n%s", lines[i], out.text->str);
  g_string_free(out.text, TRUE);
}

static void test_doctor(TestDb *test)
{
  g_auto(World) world;
  g_autoptr(GError) error = NULL;
  world_init(&world, test, NULL);
  g_autoptr(GPtrArray) findings = doctor_run(
      &(DoctorParams){.data_directory = world.directory, .database_shown = "here", .db = test->db, .abilities = world.abilities},
      &error);
  g_assert_no_error(error);
  bool database = false, ffmpeg = false;
  for (guint i = 0; i < findings->len; i++) {
    const Finding *it = findings->pdata[i];
    database |= strcmp(it->subject, "database") == 0 && it->level == FINDING_GOOD && strstr(it->message, "here, version");
    ffmpeg |= strcmp(it->subject, "ffmpeg") == 0 && it->level == FINDING_FAILURE;
  }
  g_assert_true(database);
  g_assert_true(ffmpeg);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  test_db_each("/health/components", test_components);
  test_db_each("/health/failed_backup", test_failed_backup);
  test_db_each("/health/frozen_root", test_frozen_root);
  test_db_each("/health/watches", test_watches);
  test_db_each("/health/figures", test_figures);
  test_db_each("/health/doctor", test_doctor);
  return g_test_run();
}
