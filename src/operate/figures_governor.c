/* Which figures there are of what holds work back and of the watches. Test: tests/system/metrics.test.ts */
#include "operate/figures.h"
#include "operate/watch_state.h"
#include "worker/status.h"

#include <math.h>
#include <string.h>

#define GAUGE(symbol, metric, text) static const MetricFamily symbol = {.name = metric, .help = text, .kind = METRIC_GAUGE}

GAUGE(may_start, "reeve_governor_may_start",
      "1 if jobs of a root may start now on this server; root \"other\" is all that have no row of their own.");
GAUGE(frozen_roots, "reeve_governor_frozen", "1 if running jobs of a root are frozen by a schedule or somebody's word.");
GAUGE(limit_value, "reeve_governor_limit_value", "The reading that a limit goes by, in the limit's own unit.");
GAUGE(limit_stand, "reeve_governor_limit_stand", "How far work stands back for a limit: 0 not at all.");
GAUGE(slots, "reeve_governor_slots", "Governed jobs that may go on at once as far as the limits go; -1: all.");
GAUGE(frozen_jobs, "reeve_jobs_frozen", "Running jobs that stand still here.");
GAUGE(watched, "reeve_watch_directories", "Directories of a root that the kernel watches.");
GAUGE(waiting, "reeve_watch_waiting_files", "Files of a root that were noticed and are not taken yet.");
GAUGE(watch_mode, "reeve_watch_mode", "1 for the way in which changes of a root are noticed.");

/* Roots are few and made by people: they may be labels. The caller frees it. */
static char *root_label(int64_t root_id)
{
  return root_id == FIELD_NULL_INT ? g_strdup("other") : g_strdup_printf("%" G_GINT64_FORMAT, root_id);
}

static void write_roots(const GovernorRuling *ruling, MetricsText *out)
{
  metrics_text_family(out, &may_start);
  for (guint i = 0; ruling->roots && i < ruling->roots->len; i++) {
    const RootRuling *row = ruling->roots->pdata[i];
    g_autofree char *root = root_label(row->root_id);
    metrics_text_sample(out, &may_start, METRIC_LABELS({"root", root}), ruling->may_start && row->may_start);
  }
  metrics_text_family(out, &frozen_roots);
  for (guint i = 0; ruling->roots && i < ruling->roots->len; i++) {
    const RootRuling *row = ruling->roots->pdata[i];
    g_autofree char *root = root_label(row->root_id);
    metrics_text_sample(out, &frozen_roots, METRIC_LABELS({"root", root}), row->frozen);
  }
}

static void write_limits(const GovernorRuling *ruling, MetricsText *out)
{
  metrics_text_family(out, &limit_value);
  for (guint i = 0; ruling->limits && i < ruling->limits->len; i++) {
    const LimitView *view = ruling->limits->pdata[i];
    if (!isnan(view->value))
      metrics_text_sample(out, &limit_value, METRIC_LABELS({"measure", enum_name(&measure_table, view->measure)}), view->value);
  }
  metrics_text_family(out, &limit_stand);
  for (guint i = 0; ruling->limits && i < ruling->limits->len; i++) {
    const LimitView *view = ruling->limits->pdata[i];
    metrics_text_sample(out, &limit_stand, METRIC_LABELS({"measure", enum_name(&measure_table, view->measure)}), view->stand);
  }
  metrics_text_one(out, &slots, ruling->slots == FIELD_NULL_INT ? -1 : (double)ruling->slots);
}

static void write_frozen_jobs(Agent *agent, MetricsText *out)
{
  WorkerStatus *status = record_new(&worker_status_table);
  int frozen = 0;
  agent_status(agent, status);
  for (guint i = 0; status->running && i < status->running->len; i++)
    frozen += ((const WorkerRun *)status->running->pdata[i])->frozen;
  record_free(&worker_status_table, status);
  metrics_text_one(out, &frozen_jobs, frozen);
}

static void write_watches(const GPtrArray *states, MetricsText *out)
{
  const struct {
    const MetricFamily *family;
    size_t offset;
  } rows[] = {{&watched, offsetof(WatchState, directories)}, {&waiting, offsetof(WatchState, waiting)}};
  for (size_t n = 0; n < G_N_ELEMENTS(rows); n++) {
    metrics_text_family(out, rows[n].family);
    for (guint i = 0; i < states->len; i++) {
      const WatchState *state = states->pdata[i];
      g_autofree char *root = root_label(state->root_id);
      metrics_text_sample(out, rows[n].family, METRIC_LABELS({"root", root}),
                          (double)*(const int64_t *)(const void *)((const char *)state + rows[n].offset));
    }
  }
  metrics_text_family(out, &watch_mode);
  for (guint i = 0; i < states->len; i++) {
    const WatchState *state = states->pdata[i];
    g_autofree char *root = root_label(state->root_id);
    metrics_text_sample(out, &watch_mode, METRIC_LABELS({"root", root}, {"mode", enum_name(&watch_mode_table, state->mode)}), 1);
  }
}

void figures_write_governor(Db *db, const GovernorState *state, Agent *agent, bool watching, MetricsText *out)
{
  write_roots(&state->ruling, out);
  write_limits(&state->ruling, out);
  if (agent)
    write_frozen_jobs(agent, out);
  g_autoptr(DbConn) conn = db_acquire(db, NULL);
  g_autoptr(GPtrArray) states = conn ? watch_states(conn, watching, clock_now_ms(clock_system()), NULL) : NULL;
  if (states)
    write_watches(states, out);
}
