/* Decides when the governor is asked, and what it is told. Test: tests/unit/operate/test_warden.c */
#include "operate/warden.h"

#include "base/error.h"
#include "store/record_sql.h"
#include "store/root.h"
#include "store/worker_state.h"

#include <math.h>
#include <string.h>

enum {
  ASK_EVERY_MS = 2000,         /* as often as the sampler looks */
  READ_EVERY_MS = 6000,        /* schedules that another server or a command changed */
  REPORT_EVERY_MS = 60 * 1000, /* without news */
  SILENT_MS = 3 * 60 * 1000,   /* a worker that is silent for longer is gone, or asleep */
  FORGET_MS = 24 * 60 * 60 * 1000,
  STALE_LOAD_MS = 20 * 1000, /* a sampler that hangs says nothing of now */
  STALE_DISK_MS = 2 * 60 * 1000,
};

static const double gib = 1024.0 * 1024 * 1024;

static const Field state_fields[] = {
    FIELD_TEXT(GovernorState, worker, .help = "Name of the worker."),
    FIELD_INT(GovernorState, at_ms, .help = "When it reported, in ms since 1970."),
    FIELD_RECORDS(GovernorState, slots, worker_slots_table, .help = "What it can do at once, and does."),
    FIELD_STRINGS(GovernorState, abilities, .help = "What its programs can do."),
    FIELD_BOOL(GovernorState, trying, .help = "Whether its encoders are still being tried."),
    FIELD_RECORD(GovernorState, ruling, governor_ruling_table, .help = "What holds work back there."),
};
const FieldTable governor_state_table = FIELD_TABLE(GovernorState, "GovernorState", NULL, state_fields);

/* What is read from the database. */
typedef struct {
  GPtrArray *timetables, *roots;
  GArray *governed; /* GovernedRoot */
  GovernorOverride override;
  bool has_override;
} Rules;

struct Warden {
  Db *db;
  LiveSettings *settings;
  SystemSampler *sampler;
  Abilities *abilities;
  const Clock *clock;
  char *worker;
  Agent *agent;
  GThread *thread;
  /* The thread's own; before it starts, the maker's. */
  Rules rules;
  LimitStates limits;
  int64_t read_ms, reported_ms; /* monotonic; 0: never */
  char *reported;               /* what was reported, but for figures and times */
  GMutex lock;                  /* guards what follows */
  GCond news;
  bool poked, ends;
  GovernorState state;
};

/* --- reading --- */

static void rules_clear(Rules *rules)
{
  g_clear_pointer(&rules->timetables, g_ptr_array_unref);
  g_clear_pointer(&rules->roots, g_ptr_array_unref);
  g_clear_pointer(&rules->governed, g_array_unref);
}

static bool read_rules(Warden *warden, GError **error)
{
  Rules rules = {0};
  g_autoptr(DbConn) conn = db_acquire(warden->db, error);
  bool ok = conn && (rules.timetables = record_all(conn, &timetable_table, NULL, error)) &&
            (rules.roots = record_all(conn, &root_table, NULL, error)) &&
            override_get(conn, &rules.override, &rules.has_override, error);
  if (!ok) {
    rules_clear(&rules);
    return false;
  }
  rules.governed = g_array_new(FALSE, FALSE, sizeof(GovernedRoot));
  for (guint i = 0; i < rules.roots->len; i++) {
    const Root *root = rules.roots->pdata[i];
    GovernedRoot governed = {root->id, root->schedule_id};
    g_array_append_val(rules.governed, governed);
  }
  rules_clear(&warden->rules);
  warden->rules = rules;
  return true;
}

static double fullest_disk_gib(const SystemUse *use, int64_t now_ms)
{
  double least = NAN;
  for (guint i = 0; use->disks && i < use->disks->len; i++) {
    const DiskUse *disk = use->disks->pdata[i];
    if (disk->free_bytes != FIELD_NULL_INT && ABS(now_ms - disk->sampled_at_ms) < STALE_DISK_MS)
      least = fmin(least, (double)disk->free_bytes / gib);
  }
  return least;
}

static void take_sample(const Warden *warden, int64_t now_ms, LimitSample *ret_sample)
{
  SystemUse use;
  for (int i = 0; i < MEASURES; i++)
    ret_sample->values[i] = NAN;
  if (!warden->sampler)
    return;
  record_init(&system_use_table, &use);
  system_sampler_read(warden->sampler, &use);
  double *values = ret_sample->values;
  values[MEASURE_DISK] = fullest_disk_gib(&use, now_ms);
  if (ABS(now_ms - use.sampled_at_ms) < STALE_LOAD_MS) {
    values[MEASURE_CPU] = use.others_percent;
    values[MEASURE_LOAD] = use.load_1 / (double)MAX(use.processors, 1);
    values[MEASURE_PRESSURE_CPU] = use.pressure_cpu_percent;
    values[MEASURE_PRESSURE_IO] = use.pressure_io_percent;
    values[MEASURE_PRESSURE_MEMORY] = use.pressure_memory_percent;
    if (use.memory_total_bytes != FIELD_NULL_INT && use.memory_total_bytes > 0)
      values[MEASURE_MEMORY] = 100.0 * (double)use.memory_available_bytes / (double)use.memory_total_bytes;
    values[MEASURE_TEMPERATURE] = use.celsius;
    values[MEASURE_GPU] = use.gpu_percent;
    values[MEASURE_GPU_TEMPERATURE] = use.gpu_celsius;
  }
  record_clear(&system_use_table, &use);
}

/* --- asking --- */

static void decide(Warden *warden, GovernorRuling *ret_ruling)
{
  Settings settings;
  LimitSample sample;
  live_settings_get(warden->settings, &settings);
  LimitRules limits = limit_rules_make(settings.limits, settings.limit_rules, settings.limit_dwell_s);
  record_clear(&settings_table, &settings);
  int64_t now_ms = clock_now_ms(warden->clock);
  take_sample(warden, now_ms, &sample);
  const Rules *rules = &warden->rules;
  governor_decide(&(GovernorInput){.now_ms = now_ms,
                                   .monotonic_ms = clock_monotonic_ms(warden->clock),
                                   .timetables = rules->timetables,
                                   .roots = (const GovernedRoot *)(void *)rules->governed->data,
                                   .n_roots = rules->governed->len,
                                   .override = rules->has_override ? &rules->override : NULL,
                                   .limits = &limits,
                                   .sample = &sample,
                                   .running = warden->agent ? agent_governed(warden->agent) : 0},
                  &warden->limits, ret_ruling);
}

static void fill_state(Warden *warden, GovernorState *state)
{
  state->worker = (g_free(state->worker), g_strdup(warden->worker));
  state->at_ms = clock_now_ms(warden->clock);
  if (warden->agent) {
    WorkerStatus *status = record_new(&worker_status_table);
    agent_status(warden->agent, status);
    g_clear_pointer(&state->slots, g_ptr_array_unref);
    state->slots = g_steal_pointer(&status->slots);
    record_free(&worker_status_table, status);
  }
  g_autoptr(GError) why = NULL;
  const CapabilitySet *set = warden->abilities ? abilities_peek(warden->abilities, &why) : NULL;
  state->trying = !set && why && reeve_error_code(why) == REEVE_ERROR_UNAVAILABLE;
  g_strfreev(state->abilities);
  state->abilities = set ? capability_words(set) : NULL;
}

static void ask(Warden *warden)
{
  GovernorState state;
  record_init(&governor_state_table, &state);
  record_clear(&governor_ruling_table, &state.ruling);
  decide(warden, &state.ruling);
  if (warden->agent)
    agent_govern(warden->agent, &state.ruling);
  fill_state(warden, &state);
  g_mutex_lock(&warden->lock);
  GovernorState before = warden->state;
  warden->state = state;
  g_mutex_unlock(&warden->lock);
  record_clear(&governor_state_table, &before);
}

/* --- reporting --- */

/* What is news: not each reading, and not the time of day in a sentence. */
static char *essence(const GovernorState *state)
{
  const GovernorRuling *ruling = &state->ruling;
  GString *text = g_string_new(NULL);
  g_string_printf(text, "%d %" G_GINT64_FORMAT " %d %d;", ruling->may_start, ruling->slots, ruling->lowered, state->trying);
  for (guint i = 0; ruling->roots && i < ruling->roots->len; i++) {
    const RootRuling *row = ruling->roots->pdata[i];
    g_string_append_printf(text, "%" G_GINT64_FORMAT " %d %d %d %" G_GINT64_FORMAT ";", row->root_id, row->may_start, row->frozen,
                           row->rule, row->edge_ms);
  }
  for (guint i = 0; ruling->limits && i < ruling->limits->len; i++) {
    const LimitView *view = ruling->limits->pdata[i];
    g_string_append_printf(text, "%d %d;", view->measure, view->stand);
  }
  for (guint i = 0; state->slots && i < state->slots->len; i++) {
    const WorkerSlots *slots = state->slots->pdata[i];
    g_string_append_printf(text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT ";", slots->slots, slots->busy);
  }
  return g_string_free(text, FALSE);
}

static void report(Warden *warden)
{
  GovernorState state;
  warden_state(warden, &state);
  g_autofree char *news = essence(&state);
  int64_t now_ms = clock_monotonic_ms(warden->clock);
  bool due =
      g_strcmp0(news, warden->reported) != 0 || warden->reported_ms == 0 || now_ms - warden->reported_ms >= REPORT_EVERY_MS;
  g_autoptr(json_t) json = due ? json_from_record(&governor_state_table, &state, JSON_FULL) : NULL;
  record_clear(&governor_state_table, &state);
  if (!due)
    return;
  g_autofree char *text = json_text(json);
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(warden->db, &why);
  int64_t at_ms = clock_now_ms(warden->clock);
  if (!conn || !worker_state_put(conn, warden->worker, text, at_ms, &why) || !worker_state_purge(conn, at_ms - FORGET_MS, &why)) {
    g_debug("What holds work back was not kept, and will be again: %s", why->message);
    return;
  }
  warden->reported_ms = now_ms;
  g_free(warden->reported);
  warden->reported = g_steal_pointer(&news);
}

/* --- its life --- */

/* Until the next look, or the next edge if that comes first. With the lock held. */
static int64_t wait_ms(const Warden *warden)
{
  int64_t edge_ms = warden->state.ruling.next_edge_ms;
  if (edge_ms == FIELD_NULL_INT)
    return ASK_EVERY_MS;
  return CLAMP(edge_ms - clock_now_ms(warden->clock), 1, ASK_EVERY_MS);
}

/* False at the end. *ret_poked: somebody changed something. */
static bool wait_for_next(Warden *warden, bool *ret_poked)
{
  g_mutex_lock(&warden->lock);
  gint64 until_us = g_get_monotonic_time() + wait_ms(warden) * G_TIME_SPAN_MILLISECOND;
  while (!warden->ends && !warden->poked && g_cond_wait_until(&warden->news, &warden->lock, until_us))
    ;
  bool goes_on = !warden->ends;
  *ret_poked = warden->poked;
  warden->poked = false;
  g_mutex_unlock(&warden->lock);
  return goes_on;
}

static gpointer watch(gpointer data)
{
  Warden *warden = data;
  bool poked = true;
  do {
    int64_t now_ms = clock_monotonic_ms(warden->clock);
    g_autoptr(GError) why = NULL;
    if (poked || now_ms - warden->read_ms >= READ_EVERY_MS) {
      if (read_rules(warden, &why))
        warden->read_ms = now_ms;
      else
        g_warning("The schedules could not be read; what is in force stays so: %s", why->message);
    }
    ask(warden);
    report(warden);
  } while (wait_for_next(warden, &poked));
  return NULL;
}

Warden *warden_new(const WardenParams *params, GError **error)
{
  Warden *warden = g_new0(Warden, 1);
  warden->db = params->db;
  warden->settings = params->settings;
  warden->sampler = params->sampler;
  warden->abilities = params->abilities;
  warden->clock = params->clock;
  warden->worker = g_strdup(params->worker);
  g_mutex_init(&warden->lock);
  g_cond_init(&warden->news);
  record_init(&governor_state_table, &warden->state);
  if (!read_rules(warden, error)) {
    warden_free(warden);
    return NULL;
  }
  ask(warden);
  return warden;
}

void warden_ruling(Warden *warden, GovernorRuling *ret_ruling)
{
  g_mutex_lock(&warden->lock);
  record_copy(&governor_ruling_table, &warden->state.ruling, ret_ruling);
  g_mutex_unlock(&warden->lock);
}

void warden_start(Warden *warden, Agent *agent)
{
  warden->agent = agent;
  warden->thread = g_thread_new("warden", watch, warden);
}

void warden_poke(Warden *warden)
{
  if (!warden)
    return;
  g_mutex_lock(&warden->lock);
  warden->poked = true;
  g_cond_signal(&warden->news);
  g_mutex_unlock(&warden->lock);
}

void warden_free(Warden *warden)
{
  if (!warden)
    return;
  if (warden->thread) {
    g_mutex_lock(&warden->lock);
    warden->ends = true;
    g_cond_signal(&warden->news);
    g_mutex_unlock(&warden->lock);
    g_thread_join(warden->thread);
  }
  rules_clear(&warden->rules);
  record_clear(&governor_state_table, &warden->state);
  g_cond_clear(&warden->news);
  g_mutex_clear(&warden->lock);
  g_free(warden->reported);
  g_free(warden->worker);
  g_free(warden);
}

void warden_state(Warden *warden, GovernorState *ret_state)
{
  g_mutex_lock(&warden->lock);
  record_copy(&governor_state_table, &warden->state, ret_state);
  g_mutex_unlock(&warden->lock);
}

/* --- all workers --- */

typedef struct {
  GPtrArray *states;
  const char *own;
} Collecting;

/* One that another version wrote in words that this one does not know is passed over. */
static void collect(const char *worker, const char *text, void *user_data)
{
  Collecting *collecting = user_data;
  if (g_strcmp0(worker, collecting->own) == 0)
    return;
  GovernorState *state = record_new(&governor_state_table);
  g_autoptr(json_t) json = json_parse(text, strlen(text), NULL);
  if (json && json_to_record(&governor_state_table, json, JSON_TRUSTED, state, NULL, NULL))
    g_ptr_array_add(collecting->states, state);
  else
    record_free(&governor_state_table, state);
}

GPtrArray *governor_states(DbConn *conn, Warden *own, int64_t now_ms, GError **error)
{
  Collecting collecting = {.states = records_new(&governor_state_table), .own = own ? own->worker : NULL};
  if (own) {
    GovernorState *state = record_new(&governor_state_table);
    record_clear(&governor_state_table, state);
    warden_state(own, state);
    g_ptr_array_add(collecting.states, state);
  }
  if (worker_state_each(conn, now_ms - SILENT_MS, collect, &collecting, error))
    return collecting.states;
  g_ptr_array_unref(collecting.states);
  return NULL;
}
