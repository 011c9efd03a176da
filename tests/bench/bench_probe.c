/* How many files a second the probe pool reads, against one spawned ffprobe a file with the same parallelism.
 *
 *   bench_probe DIR [N]    N: how many files ffprobe is given (spread over the list); default 40
 *
 * Prints wall-clock rates, so run it on a machine that does nothing else; the files should be in the page cache (a first, untimed
 * pass puts them there and starts the children). */
#include "base/number.h"
#include "media/probe.h"
#include "sys/child.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  GPtrArray *files;
  guint step;      /* every step-th file */
  gint next;       /* atomic */
  gint failures;   /* atomic */
  ProbePool *pool; /* NULL: spawn ffprobe */
} Run;

static void collect(const char *path, GPtrArray *files)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  if (!dir) {
    g_ptr_array_add(files, g_strdup(path));
    return;
  }
  const char *name;
  while ((name = g_dir_read_name(dir))) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    collect(child, files);
  }
}

static bool spawn_ffprobe(const char *path)
{
  const char *argv[] = {"ffprobe", "-v", "quiet", "-show_format", "-show_streams", "-show_chapters", "-of", "json", path, NULL};
  int status = -1;
  return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, &status, NULL) &&
         status == 0;
}

static gpointer run_thread(gpointer data)
{
  Run *run = data;
  for (;;) {
    guint index = (guint)g_atomic_int_add(&run->next, 1) * run->step;
    if (index >= run->files->len)
      return NULL;
    const char *path = run->files->pdata[index];
    g_autoptr(MediaInfo) info = run->pool ? probe_file(run->pool, path, NULL, NULL) : NULL;
    if (run->pool ? !info : !spawn_ffprobe(path))
      g_atomic_int_inc(&run->failures);
  }
}

/* Seconds that all files took. */
static double timed(Run *run, guint n_threads)
{
  gint64 start_us = g_get_monotonic_time();
  g_autofree GThread **threads = g_new0(GThread *, n_threads);
  for (guint i = 0; i < n_threads; i++)
    threads[i] = g_thread_new("bench", run_thread, run);
  for (guint i = 0; i < n_threads; i++)
    g_thread_join(threads[i]);
  return (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
}

static double report(const char *who, Run *run, guint n_threads)
{
  double seconds = timed(run, n_threads);
  guint files = (run->files->len + run->step - 1) / run->step;
  double rate = files / seconds;
  g_print("%-8s %5u files %8.2f s %9.1f files/s  %d failed\n", who, files, seconds, rate, run->failures);
  return rate;
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__probe") == 0)
    return probe_child_main();
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  int64_t sample = 40;
  if (argc < 2 || (argc > 2 && !parse_int(argv[2], 1, G_MAXINT, &sample))) {
    g_printerr("Usage: %s DIR [N]\n", argv[0]);
    return EXIT_FAILURE;
  }
  g_unsetenv("REEVE_BINARY"); /* children are this program */
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
  collect(argv[1], files);
  guint n_threads = g_get_num_processors();
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = (int)n_threads});
  timed(&(Run){.files = files, .step = 1, .pool = pool}, n_threads);
  double ours = report("reeve", &(Run){.files = files, .step = 1, .pool = pool}, n_threads);
  guint step = MAX(1, files->len / (guint)sample);
  double theirs = report("ffprobe", &(Run){.files = files, .step = step}, n_threads);
  g_print("%u at a time; ffprobe was given every %u. file; ratio %.1f\n", n_threads, step, ours / theirs);
  return EXIT_SUCCESS;
}
