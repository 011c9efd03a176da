/* How a command has one thing done through the queue. Test: the system tests. */
#include "cli/one_job.h"

#include "base/error.h"
#include "cli/follow.h"
#include "cli/interrupt.h"
#include "cli/session.h"

bool one_job_run(CommandContext *context, OneJobFill fill, void (*on_end)(const Job *job, void *user_data), void *user_data,
                 GError **error)
{
  session_ignore_broken_pipes();
  g_autoptr(Interrupt) interrupt = interrupt_new();
  bool is_server = false;
  g_autoptr(Service) service = session_open_for_work(&context->config, 0, &is_server, error);
  g_autoptr(Job) job = record_new(&job_table);
  if (!service || !fill(service, job, user_data, error))
    return false;
  job->state = JOB_PENDING;
  job->priority = PRIORITY_HIGH;
  if (!queue_add(service_queue(service), NULL, job, error) || (is_server && !service_start_work(service, error)))
    return false;
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_array_append_val(ids, job->id);
  FollowParams follow = {.context = context,
                         .service = service,
                         .interrupt = interrupt_cancel(interrupt),
                         .on_end = context->json ? NULL : on_end,
                         .user_data = user_data};
  return follow_jobs(&follow, ids, error);
}
