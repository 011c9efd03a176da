/* Figures of the moment for /metrics: the queue, the library's savings, the pools, the process. What happens over time (requests,
 * jobs that ended) is counted where it happens (base/metrics.h).
 *
 * Thread-safety: any thread. */
#pragma once

#include "base/metrics.h"
#include "media/probe.h"
#include "net/upstream.h"
#include "operate/warden.h"
#include "store/db.h"

typedef struct Figures Figures;

/* Keeps the figures that cost a look through tables for FIGURES_KEEP_MS. */
enum { FIGURES_KEEP_MS = 10 * 1000 };
Figures *figures_new(Db *db, const Clock *clock);
void figures_free(Figures *figures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Figures, figures_free)

/* Jobs by state, queue, library, savings, database pool. If the database does not answer, only reeve_database_up says so. */
void figures_write(Figures *figures, MetricsText *out);

/* The probing processes. */
void figures_write_probes(ProbePool *probes, MetricsText *out);

/* How it goes with a service that is asked over HTTP; NULL: nobody is. */
void figures_write_upstream(const UpstreamFigures *upstream, MetricsText *out);

/* What holds work back on this server: the ruling for each root, the readings of the limits, jobs that are frozen; and how roots
 * are watched, by any server. Nothing of what cannot be read now. */
void figures_write_governor(Db *db, const GovernorState *state, Agent *agent, bool watching, MetricsText *out);

/* CPU, memory, descriptors, start, by the names that Prometheus' own clients use; and the version. */
void figures_write_process(MetricsText *out);
