/* What makes a server degraded, and what makes it unable to serve. Test: tests/unit/operate/test_health.c */
#include "operate/health.h"

#include "base/error.h"
#include "operate/schedule.h"
#include "operate/watch_state.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "sys/fs.h"

#include <string.h>
#include <unistd.h>

enum { PRESET_EVERY_MS = 30 * 1000, LOOK_MAX_MS = 20 * 1000 /* a look that takes longer is stuck */ };

static const EnumRow status_rows[] = {
    {HEALTH_OK, "ok", "All is well"},
    {HEALTH_DEGRADED, "degraded", "It works, but something is wrong"},
    {HEALTH_DOWN, "down", "It does not work"},
};
const EnumTable health_status_table = ENUM_TABLE("HealthStatus", status_rows);

static const Field component_fields[] = {
    FIELD_TEXT(HealthComponent, name, .help = "What it is about."),
    FIELD_ENUM(HealthComponent, status, health_status_table, .help = "How it is."),
    FIELD_TEXT(HealthComponent, message, .help = "The same in words."),
};
const FieldTable health_component_table = FIELD_TABLE(HealthComponent, "HealthComponent", NULL, component_fields);

/* What the thread found out. */
typedef struct {
  bool looked; /* all below is known */
  int64_t roots, reachable, frozen;
  bool space_known;
  int64_t free_bytes;
  bool backup_known;
  bool backup_failed;
  bool roots_known;
  bool watches_known;
  int64_t watched, falling_short;
} Findings;

struct HealthMonitor {
  HealthParams params;
  char *data_directory;
  Cancel *stop;
  GMutex lock;          /* guards what follows */
  Findings findings;    /* of the last look that ended */
  int64_t look_from_ms; /* monotonic, of the one under way; 0: none */
  GThread *thread;
};

/* --- looking, on the monitor's thread --- */

static void look_at_roots(HealthMonitor *monitor, Findings *findings)
{
  g_autoptr(GPtrArray) roots = NULL;
  {
    g_autoptr(DbConn) conn = db_acquire(monitor->params.db, NULL);
    roots = conn ? record_all(conn, &root_table, NULL, NULL) : NULL;
  }
  findings->roots_known = roots != NULL;
  for (guint i = 0; roots && i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    if (!root->enabled)
      continue;
    findings->roots++;
    findings->frozen += root->state == ROOT_FROZEN;
    findings->reachable += access(root->path, R_OK | X_OK) == 0;
  }
}

static void look_at_watches(HealthMonitor *monitor, Findings *findings)
{
  g_autoptr(DbConn) conn = db_acquire(monitor->params.db, NULL);
  g_autoptr(GPtrArray) states =
      conn ? watch_states(conn, watch_is_on(monitor->params.settings), clock_now_ms(monitor->params.clock), NULL) : NULL;
  findings->watches_known = states != NULL;
  for (guint i = 0; states && i < states->len; i++) {
    const WatchState *state = states->pdata[i];
    findings->watched += state->mode == WATCHED_KERNEL || state->mode == WATCHED_POLLED;
    findings->falling_short += state->falls_short;
  }
}

static Findings look(HealthMonitor *monitor)
{
  Findings findings = {.looked = true};
  FsSpace space;
  look_at_roots(monitor, &findings);
  look_at_watches(monitor, &findings);
  findings.space_known = fs_space(monitor->data_directory, &space, NULL);
  findings.free_bytes = findings.space_known ? space.free_bytes : 0;
  g_autofree char *failure = NULL;
  int64_t at_ms;
  findings.backup_known = task_last_run(monitor->params.db, "backup", &at_ms, &failure, NULL);
  findings.backup_failed = failure != NULL;
  return findings;
}

static gpointer watch(gpointer data)
{
  HealthMonitor *monitor = data;
  do {
    g_mutex_lock(&monitor->lock);
    monitor->look_from_ms = clock_monotonic_ms(monitor->params.clock);
    g_mutex_unlock(&monitor->lock);
    Findings findings = look(monitor);
    g_mutex_lock(&monitor->lock);
    monitor->findings = findings;
    monitor->look_from_ms = 0;
    g_mutex_unlock(&monitor->lock);
  } while (!cancel_wait(monitor->stop, (int)monitor->params.every_ms));
  return NULL;
}

HealthMonitor *health_start(const HealthParams *params)
{
  HealthMonitor *monitor = g_new0(HealthMonitor, 1);
  monitor->params = *params;
  if (monitor->params.every_ms <= 0)
    monitor->params.every_ms = PRESET_EVERY_MS;
  monitor->data_directory = g_strdup(params->data_directory);
  monitor->stop = cancel_new(NULL);
  g_mutex_init(&monitor->lock);
  monitor->thread = g_thread_new("health", watch, monitor);
  return monitor;
}

void health_stop(HealthMonitor *monitor)
{
  if (!monitor)
    return;
  cancel_set(monitor->stop);
  g_thread_join(monitor->thread);
  cancel_unref(monitor->stop);
  g_mutex_clear(&monitor->lock);
  g_free(monitor->data_directory);
  g_free(monitor);
}

/* --- telling --- */

G_GNUC_PRINTF(4, 5)
static void add(GPtrArray *components, const char *name, HealthStatus status, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  HealthComponent *component = record_new(&health_component_table);
  record_clear(&health_component_table, component);
  *component = (HealthComponent){.name = g_strdup(name), .status = (int)status, .message = g_strdup_vprintf(format, args)};
  va_end(args);
  g_ptr_array_add(components, component);
}

static void add_database(GPtrArray *components, Db *db)
{
  const char *kind = db_kind(db) == DB_SQLITE ? "SQLite" : "PostgreSQL";
  g_autoptr(DbConn) conn = db_acquire(db, NULL);
  if (conn && db_ping(conn, NULL))
    add(components, "database", HEALTH_OK, "%s answers.", kind);
  else
    add(components, "database", HEALTH_DOWN, "%s does not answer.", kind);
}

static void add_library(GPtrArray *components, const Findings *it, bool stuck)
{
  if (stuck)
    add(components, "library", HEALTH_DEGRADED, "A disk of the library does not answer.");
  else if (!it->looked)
    add(components, "library", HEALTH_OK, "The library was not looked at yet.");
  else if (!it->roots_known)
    add(components, "library", HEALTH_DEGRADED, "The roots could not be read from the database.");
  else if (it->reachable < it->roots || it->frozen > 0)
    add(components, "library", HEALTH_DEGRADED,
        "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " roots can be read, %" G_GINT64_FORMAT " frozen.", it->reachable, it->roots,
        it->frozen);
  else
    add(components, "library", HEALTH_OK, "%" G_GINT64_FORMAT " root%s can be read.", it->roots, it->roots == 1 ? "" : "s");
}

static void add_encoders(GPtrArray *components, Abilities *abilities)
{
  g_autoptr(GError) why = NULL;
  const CapabilitySet *set = abilities_peek(abilities, &why);
  guint working = 0;
  for (guint i = 0; set && i < set->encoders->len; i++) {
    const Capability *it = set->encoders->pdata[i];
    working += it->works_8bit || it->works_10bit;
  }
  if (working > 0)
    add(components, "encoders", HEALTH_OK, "%u encoder%s.", working, working == 1 ? " works" : "s work");
  else if (!set && reeve_error_code(why) == REEVE_ERROR_UNAVAILABLE)
    add(components, "encoders", HEALTH_OK, "The encoders are being tried.");
  else
    add(components, "encoders", HEALTH_DEGRADED, "Nothing can be encoded on this machine.");
}

static int64_t read_slots(const Settings *settings)
{
  return settings->encode_slots;
}

static int64_t read_reserve(const Settings *settings)
{
  return settings->reserve_mib * 1024 * 1024;
}

static int64_t read_daily(const Settings *settings)
{
  return settings->backup_daily;
}

static void add_worker(GPtrArray *components, LiveSettings *settings)
{
  int64_t slots = live_settings_int(settings, read_slots);
  if (slots > 0)
    add(components, "worker", HEALTH_OK, "%" G_GINT64_FORMAT " encode%s at once.", slots, slots == 1 ? "" : "s");
  else
    add(components, "worker", HEALTH_OK, "Encodes are switched off on this server.");
}

static void add_space(GPtrArray *components, const Findings *it, LiveSettings *settings)
{
  if (!it->looked)
    add(components, "space", HEALTH_OK, "The space was not looked at yet.");
  else if (!it->space_known || it->free_bytes <= live_settings_int(settings, read_reserve))
    add(components, "space", HEALTH_DEGRADED, "Less than the reserve is free where Reeve keeps its data.");
  else
    add(components, "space", HEALTH_OK, "There is room where Reeve keeps its data.");
}

static void add_backup(GPtrArray *components, const Findings *it, LiveSettings *settings)
{
  if (!live_settings_int(settings, read_daily))
    add(components, "backup", HEALTH_OK, "Daily backups are switched off.");
  else if (it->backup_known && it->backup_failed)
    add(components, "backup", HEALTH_DEGRADED, "The last daily backup failed.");
  else
    add(components, "backup", HEALTH_OK, "A backup is made each day.");
}

static void add_watches(GPtrArray *components, const Findings *it)
{
  if (!it->looked)
    add(components, "watch", HEALTH_OK, "The watches were not looked at yet.");
  else if (!it->watches_known)
    add(components, "watch", HEALTH_DEGRADED, "How roots are watched could not be read from the database.");
  else if (it->falling_short > 0)
    add(components, "watch", HEALTH_DEGRADED,
        "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " watched roots %s looked through now and then only, as the kernel cannot "
        "tell of all changes.",
        it->falling_short, it->watched, it->falling_short == 1 ? "is" : "are");
  else if (it->watched == 0)
    add(components, "watch", HEALTH_OK, "No root is watched.");
  else
    add(components, "watch", HEALTH_OK, "%" G_GINT64_FORMAT " root%s watched.", it->watched, it->watched == 1 ? " is" : "s are");
}

static void add_films(GPtrArray *components, TmdbShared *films)
{
  if (!films)
    return;
  UpstreamFigures figures = {0};
  Tmdb *tmdb = tmdb_shared_borrow(films);
  bool is_set_up = tmdb_is_set_up(tmdb);
  tmdb_figures(tmdb, &figures);
  tmdb_shared_return(films, tmdb);
  if (!is_set_up)
    add(components, "tmdb", HEALTH_OK, "TMDB is not asked: there is no key for it.");
  else if (figures.breaker != BREAKER_CLOSED)
    add(components, "tmdb", HEALTH_DEGRADED, "TMDB does not answer and is left alone for a while.");
  else
    add(components, "tmdb", HEALTH_OK, figures.requests > 0 ? "TMDB answers." : "TMDB was not asked yet.");
  record_clear(&upstream_figures_table, &figures);
}

GPtrArray *health_components(HealthMonitor *monitor, HealthStatus *ret_status)
{
  GPtrArray *components = records_new(&health_component_table);
  g_mutex_lock(&monitor->lock);
  Findings findings = monitor->findings;
  bool stuck = monitor->look_from_ms > 0 && clock_monotonic_ms(monitor->params.clock) - monitor->look_from_ms > LOOK_MAX_MS;
  g_mutex_unlock(&monitor->lock);
  add_database(components, monitor->params.db);
  add_library(components, &findings, stuck);
  add_encoders(components, monitor->params.abilities);
  add_worker(components, monitor->params.settings);
  add_space(components, &findings, monitor->params.settings);
  add_backup(components, &findings, monitor->params.settings);
  add_watches(components, &findings);
  add_films(components, monitor->params.films);
  int status = HEALTH_OK;
  for (guint i = 0; i < components->len; i++)
    status = MAX(status, ((const HealthComponent *)components->pdata[i])->status);
  *ret_status = (HealthStatus)status;
  return components;
}
