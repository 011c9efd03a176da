/* Fills a database with finished and pending jobs, for the page benchmark.
 * usage: fill_jobs DATABASE-URL COUNT */
#include "base/number.h"
#include "queue/queue.h"

#include <stdio.h>

enum { BATCH = 5000 };

static GPtrArray *batch(int64_t first, int64_t count)
{
  GPtrArray *jobs = records_new(&job_table);
  for (int64_t i = first; i < first + count; i++) {
    Job *job = record_new(&job_table);
    g_free(job->kind);
    g_free(job->title);
    job->kind = g_strdup("transcode");
    job->title = g_strdup_printf("/library/films/Film %" G_GINT64_FORMAT " (1999)/Film %" G_GINT64_FORMAT " (1999).mkv", i, i);
    job->state = i % 4 == 0 ? JOB_HELD : JOB_PENDING;
    g_ptr_array_add(jobs, job);
  }
  return jobs;
}

int main(int argc, char **argv)
{
  int64_t count = 0;
  if (argc != 3 || !parse_int(argv[2], 1, 10000000, &count)) {
    fprintf(stderr, "usage: fill_jobs DATABASE-URL COUNT\n");
    return 2;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(Db) db = db_open(&(DbParams){.url = argv[1], .share = true}, &error);
  g_autoptr(Queue) queue = db ? queue_new(&(QueueParams){.db = db, .clock = clock_system()}) : NULL;
  for (int64_t done = 0; queue && !error && done < count; done += BATCH) {
    g_autoptr(GPtrArray) jobs = batch(done, MIN(BATCH, count - done));
    queue_add_all(queue, jobs, &error);
  }
  if (error)
    fprintf(stderr, "fill_jobs: %s\n", error->message);
  return error ? 1 : 0;
}
