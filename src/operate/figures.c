/* Which figures there are. Test: tests/unit/operate/test_health.c */
#include "operate/figures.h"

#include "store/job.h"
#include "store/replacement.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct Figures {
  Db *db;
  const Clock *clock;
  GMutex lock; /* guards what follows; held while the database is asked, so that one asks */
  int64_t read_at_ms;
  bool up;
  int64_t counts[JOB_SKIPPED + 1];
  LibraryStats stats;
};

#define GAUGE(symbol, metric, text) static const MetricFamily symbol = {.name = metric, .help = text, .kind = METRIC_GAUGE}
#define COUNTER(symbol, metric, text) static const MetricFamily symbol = {.name = metric, .help = text, .kind = METRIC_COUNTER}

GAUGE(database_up, "reeve_database_up", "Whether the database answered.");
GAUGE(jobs, "reeve_jobs", "Jobs by state.");
GAUGE(queue_size, "reeve_queue_size", "Jobs that wait or run.");
GAUGE(files, "reeve_library_files", "Files of the library by state.");
GAUGE(library_bytes, "reeve_library_bytes", "Size of all files of the library.");
GAUGE(saved, "reeve_saved_bytes", "Bytes saved by replacements that still stand; negative if files grew.");
GAUGE(replaced, "reeve_replaced_files", "Files replaced and not undone.");
GAUGE(trash, "reeve_trash_bytes", "Size of the originals in the trash.");
GAUGE(pool, "reeve_database_connections", "Connections to the database by state.");
GAUGE(pool_limit, "reeve_database_connections_max", "Connections to the database there may be.");
GAUGE(pool_waiting, "reeve_database_waiting_threads", "Threads that wait for a connection.");
GAUGE(probes, "reeve_probe_processes", "Probing processes by state.");
GAUGE(probes_limit, "reeve_probe_processes_max", "Probing processes there may be.");
COUNTER(probed, "reeve_probes_total", "Files probed, by outcome.");
COUNTER(upstream_requests, "reeve_upstream_requests_total", "Requests sent to other services, repeated ones included.");
COUNTER(upstream_failures, "reeve_upstream_failures_total", "Requests without an answer, or with one of 5xx.");
COUNTER(upstream_repeats, "reeve_upstream_repeats_total", "Second and later attempts.");
COUNTER(upstream_throttled, "reeve_upstream_throttled_total", "Answers 429.");
COUNTER(upstream_refused, "reeve_upstream_refused_total", "Calls that the circuit breaker kept back.");
COUNTER(upstream_waited, "reeve_upstream_wait_seconds_total", "Time that calls waited for the rate limit.");
COUNTER(breaker_opened, "reeve_upstream_breaker_opened_total", "Times the circuit breaker opened.");
GAUGE(breaker_state, "reeve_upstream_breaker_state", "1 for the state that the circuit breaker is in.");
GAUGE(build, "reeve_build_info", "1, labelled with the version.");
COUNTER(cpu, "process_cpu_seconds_total", "User and system CPU time spent.");
GAUGE(resident, "process_resident_memory_bytes", "Resident memory.");
GAUGE(virtual_memory, "process_virtual_memory_bytes", "Virtual memory.");
GAUGE(open_fds, "process_open_fds", "Open file descriptors.");
GAUGE(max_fds, "process_max_fds", "Open file descriptors there may be.");
GAUGE(threads, "process_threads", "Threads.");
GAUGE(started, "process_start_time_seconds", "Start of the process, in seconds since 1970.");

Figures *figures_new(Db *db, const Clock *clock)
{
  Figures *figures = g_new0(Figures, 1);
  figures->db = db;
  figures->clock = clock;
  figures->read_at_ms = INT64_MIN;
  g_mutex_init(&figures->lock);
  return figures;
}

void figures_free(Figures *figures)
{
  if (!figures)
    return;
  record_clear(&library_stats_table, &figures->stats);
  g_mutex_clear(&figures->lock);
  g_free(figures);
}

/* With the lock held. */
static void read_tables(Figures *figures)
{
  int64_t now_ms = clock_monotonic_ms(figures->clock);
  if (figures->read_at_ms != INT64_MIN && now_ms - figures->read_at_ms < FIGURES_KEEP_MS)
    return;
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(figures->db, &why);
  figures->up = conn && job_counts(conn, figures->counts, &why) && library_stats(conn, 1, &figures->stats, &why);
  if (figures->up)
    figures->read_at_ms = now_ms;
  else
    g_debug("The figures could not be read: %s", why->message);
}

static void write_jobs(const Figures *figures, MetricsText *out)
{
  metrics_text_family(out, &jobs);
  for (int state = 0; state <= JOB_SKIPPED; state++)
    metrics_text_sample(out, &jobs, METRIC_LABELS({"state", enum_name(&job_state_table, state)}), (double)figures->counts[state]);
  metrics_text_one(out, &queue_size, (double)(figures->counts[JOB_PENDING] + figures->counts[JOB_RUNNING]));
}

static void write_library(const LibraryStats *stats, MetricsText *out)
{
  const struct {
    const char *state;
    int64_t n;
  } rows[] = {{"known", stats->files}, {"failed", stats->files_failed}, {"missing", stats->files_missing}};
  metrics_text_family(out, &files);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    metrics_text_sample(out, &files, METRIC_LABELS({"state", rows[i].state}), (double)rows[i].n);
  metrics_text_one(out, &library_bytes, (double)stats->library_bytes);
  metrics_text_one(out, &replaced, (double)stats->replaced);
  metrics_text_one(out, &saved, (double)stats->bytes_saved);
  metrics_text_one(out, &trash, (double)stats->trash_bytes);
}

static void write_pool(Db *db, MetricsText *out)
{
  DbPoolStats stats = db_pool_stats(db);
  metrics_text_family(out, &pool);
  metrics_text_sample(out, &pool, METRIC_LABELS({"state", "idle"}), stats.idle);
  metrics_text_sample(out, &pool, METRIC_LABELS({"state", "used"}), stats.open - stats.idle);
  metrics_text_one(out, &pool_limit, stats.limit);
  metrics_text_one(out, &pool_waiting, stats.waiting);
}

void figures_write(Figures *figures, MetricsText *out)
{
  g_mutex_lock(&figures->lock);
  read_tables(figures);
  metrics_text_one(out, &database_up, figures->up);
  if (figures->up) {
    write_jobs(figures, out);
    write_library(&figures->stats, out);
  }
  g_mutex_unlock(&figures->lock);
  write_pool(figures->db, out);
}

void figures_write_probes(ProbePool *pool_of_probes, MetricsText *out)
{
  ProbePoolStats stats = probe_pool_stats(pool_of_probes);
  metrics_text_family(out, &probes);
  metrics_text_sample(out, &probes, METRIC_LABELS({"state", "idle"}), stats.idle);
  metrics_text_sample(out, &probes, METRIC_LABELS({"state", "busy"}), stats.busy);
  metrics_text_one(out, &probes_limit, stats.limit);
  metrics_text_family(out, &probed);
  metrics_text_sample(out, &probed, METRIC_LABELS({"outcome", "good"}), (double)stats.good);
  metrics_text_sample(out, &probed, METRIC_LABELS({"outcome", "failed"}), (double)stats.failed);
}

void figures_write_upstream(const UpstreamFigures *it, MetricsText *out)
{
  const struct {
    const MetricFamily *family;
    double value;
  } rows[] = {
      {&upstream_requests, (double)it->requests},    {&upstream_failures, (double)it->failures},
      {&upstream_repeats, (double)it->repeats},      {&upstream_throttled, (double)it->throttled},
      {&upstream_refused, (double)it->refused},      {&upstream_waited, (double)it->waited_ms / 1000},
      {&breaker_opened, (double)it->breaker_opened},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    metrics_text_family(out, rows[i].family);
    metrics_text_sample(out, rows[i].family, METRIC_LABELS({"service", it->name}), rows[i].value);
  }
  metrics_text_family(out, &breaker_state);
  for (size_t i = 0; i < breaker_state_table.n_rows; i++)
    metrics_text_sample(out, &breaker_state, METRIC_LABELS({"service", it->name}, {"state", breaker_state_table.rows[i].name}),
                        breaker_state_table.rows[i].value == it->breaker);
}

/* --- the process: proc(5) --- */

static int count_descriptors(void)
{
  int n = -3; /* ".", ".." and the directory itself */
  DIR *directory = opendir("/proc/self/fd");
  if (!directory)
    return 0;
  while (readdir(directory))
    n++;
  closedir(directory);
  return n;
}

/* The fields of /proc/self/stat behind the program's name, which may hold blanks; field 3 comes first. The caller frees it. */
static char **stat_fields(void)
{
  g_autofree char *text = NULL;
  const char *end = g_file_get_contents("/proc/self/stat", &text, NULL, NULL) ? strrchr(text, ')') : NULL;
  return end && end[1] ? g_strsplit(end + 2, " ", -1) : g_new0(char *, 1);
}

static double stat_number(char *const *fields, guint number)
{
  return g_strv_length((char **)fields) > number - 3 ? g_ascii_strtod(fields[number - 3], NULL) : 0;
}

static double boot_seconds(void)
{
  g_autofree char *text = NULL;
  const char *at = g_file_get_contents("/proc/stat", &text, NULL, NULL) ? strstr(text, "\nbtime ") : NULL;
  return at ? g_ascii_strtod(at + strlen("\nbtime "), NULL) : 0;
}

void figures_write_process(MetricsText *out)
{
  g_auto(GStrv) fields = stat_fields();
  double tick = (double)sysconf(_SC_CLK_TCK);
  struct rlimit limit = {0};
  metrics_text_family(out, &build);
  metrics_text_sample(out, &build, METRIC_LABELS({"version", REEVE_VERSION}), 1);
  metrics_text_one(out, &cpu, (stat_number(fields, 14) + stat_number(fields, 15)) / tick);
  metrics_text_one(out, &threads, stat_number(fields, 20));
  metrics_text_one(out, &started, boot_seconds() + stat_number(fields, 22) / tick);
  metrics_text_one(out, &virtual_memory, stat_number(fields, 23));
  metrics_text_one(out, &resident, stat_number(fields, 24) * (double)sysconf(_SC_PAGESIZE));
  metrics_text_one(out, &open_fds, count_descriptors());
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    metrics_text_one(out, &max_fds, (double)limit.rlim_cur);
}
