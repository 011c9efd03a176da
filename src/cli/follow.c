/* How a command waits for its jobs: events of its own process wake it; what other processes do it sees by looking twice a second.
 * Test: the system tests. */
#include "cli/follow.h"

#include "base/error.h"
#include "base/number.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "store/record_sql.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 500 };

typedef struct {
  const FollowParams *params;
  GArray *waiting; /* int64_t ids of jobs that have not ended */
  guint n_jobs;
  GHashTable *told; /* id -> the `waiting` sentence that was shown last */
  ProgressBar *bar;
  int wake_fd;
  bool cancelling;
  guint n_failed, n_cancelled;
  ReeveErrorCode first_code;
  char *first_message;
} Follow;

static void wake(void *user_data)
{
  const uint64_t one = 1;
  if (write(((Follow *)user_data)->wake_fd, &one, sizeof one) < 0)
    return; /* full: it is awake */
}

/* The code whose name the job has stored. */
static ReeveErrorCode code_of(const Job *job)
{
  for (int code = 0; job->error_code && code <= REEVE_ERROR_INTERNAL; code++)
    if (strcmp(reeve_error_row(code)->name, job->error_code) == 0)
      return (ReeveErrorCode)code;
  return REEVE_ERROR_INTERNAL;
}

static json_t *parse_object(const char *text)
{
  json_t *value = text ? json_parse(text, strlen(text), NULL) : NULL;
  if (value && json_is_object(value))
    return value;
  json_decref(value);
  return json_object();
}

/* "1.2 GiB → 600 MiB (−50 %) in 1:20, 24 fps" for a transcode that was done; else "". The caller frees it. */
static char *outcome_text(const Job *job)
{
  g_autoptr(json_t) result = parse_object(job->result);
  int64_t before = json_integer_value(json_object_get(result, "size_before_bytes"));
  int64_t after = json_integer_value(json_object_get(result, "size_after_bytes"));
  if (before <= 0 || after <= 0)
    return g_strdup("");
  g_autofree char *from = format_size(before);
  g_autofree char *to = format_size(after);
  g_autofree char *change = text_change(before, after);
  g_autofree char *took = format_duration((int64_t)(json_number_value(json_object_get(result, "seconds")) * 1000));
  return g_strdup_printf(" %s → %s (%s) in %s, %.0f fps", from, to, change, took,
                         json_number_value(json_object_get(result, "fps")));
}

static void print_end(const FollowParams *params, const Job *job)
{
  static const Colour colours[] = {
      [JOB_DONE] = COLOUR_GREEN, [JOB_FAILED] = COLOUR_RED, [JOB_CANCELLED] = COLOUR_YELLOW, [JOB_SKIPPED] = COLOUR_NONE};
  if (params->context->json) {
    output_record(&job_table, job);
    return;
  }
  g_autofree char *outcome = job->state == JOB_DONE ? outcome_text(job) : g_strdup("");
  bool has_reason = job->state != JOB_DONE && job->error && *job->error;
  output_coloured(colours[job->state], "%s  %s%s%s%s%s", enum_name(&job_state_table, job->state), job->title,
                  *outcome || has_reason ? ":" : "", outcome, has_reason ? " " : "", has_reason ? job->error : "");
  fflush(stdout);
}

static void note_end(Follow *follow, const Job *job)
{
  progress_bar_wipe(follow->bar);
  if (follow->params->on_end)
    follow->params->on_end(job, follow->params->user_data);
  else
    print_end(follow->params, job);
  follow->n_failed += job->state == JOB_FAILED;
  follow->n_cancelled += job->state == JOB_CANCELLED;
  if (job->state == JOB_FAILED && !follow->first_message) {
    follow->first_code = code_of(job);
    follow->first_message = g_strdup(job->error ? job->error : "No reason was given.");
  }
}

/* "120 fps, 5.0×, 1:20 left, about 600 MiB" while it encodes; what the job waits for; or its state. The caller frees it. */
static char *doing_text(const Job *job)
{
  if (job->state != JOB_RUNNING)
    return g_strdup_printf("%s%s%s", enum_name(&job_state_table, job->state), job->waiting ? ": " : "",
                           job->waiting ? job->waiting : "");
  g_autoptr(json_t) detail = parse_object(job->progress_detail);
  const char *phase = json_string_value(json_object_get(detail, "phase"));
  double fps = json_number_value(json_object_get(detail, "fps")), speed = json_number_value(json_object_get(detail, "speed"));
  const json_t *eta = json_object_get(detail, "eta_ms"), *predicted = json_object_get(detail, "predicted_bytes");
  GString *text = g_string_new(phase && strcmp(phase, "encoding") != 0 ? phase : "");
  if (fps > 0 && text->len == 0)
    g_string_append_printf(text, "%.0f fps, %.1f×", fps, speed);
  if (json_is_integer(eta) && fps > 0) {
    g_autofree char *left = format_duration(json_integer_value(eta));
    g_string_append_printf(text, "%s%s left", text->len ? ", " : "", left);
  }
  if (json_is_integer(predicted) && fps > 0) {
    g_autofree char *size = format_size(json_integer_value(predicted));
    g_string_append_printf(text, ", about %s", size);
  }
  return g_string_free(text, FALSE);
}

/* Without a terminal there is no bar: what holds a job up is said once instead. */
static void tell_waiting(Follow *follow, const Job *job)
{
  const char *told = g_hash_table_lookup(follow->told, &job->id);
  const char *reason = job->waiting ? job->waiting : job->state == JOB_PENDING ? job->error : NULL;
  if (!reason || g_strcmp0(told, reason) == 0)
    return;
  progress_bar_wipe(follow->bar);
  output_remark(follow->params->context, "%s waits: %s", job->title, reason);
  g_hash_table_insert(follow->told, g_memdup2(&job->id, sizeof job->id), g_strdup(reason));
}

/* Looks at every job that has not ended, and shows how far all are. */
static bool look(Follow *follow, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(service_db(follow->params->service), error);
  if (!conn)
    return false;
  double done = follow->n_jobs - follow->waiting->len;
  guint n_running = 0;
  g_autofree char *doing = NULL, *name = NULL;
  for (guint i = 0; i < follow->waiting->len;) {
    g_autoptr(Job) job = record_new(&job_table);
    if (!record_get(conn, &job_table, g_array_index(follow->waiting, int64_t, i), job, error))
      return false;
    done += job_state_is_final(job->state) ? 1 : job->progress;
    if (job_state_is_final(job->state)) {
      note_end(follow, job);
      g_array_remove_index(follow->waiting, i);
      continue;
    }
    tell_waiting(follow, job);
    bool runs = job->state == JOB_RUNNING;
    if (!doing || (runs && n_running == 0)) {
      g_free(doing);
      g_free(name);
      doing = doing_text(job);
      name = g_path_get_basename(job->title);
    }
    n_running += runs;
    i++;
  }
  if (follow->waiting->len == 0)
    return true;
  g_autofree char *place = follow->n_jobs > 1
                               ? g_strdup_printf("%u of %u, ", follow->n_jobs - follow->waiting->len + 1, follow->n_jobs)
                               : g_strdup("");
  g_autofree char *more = n_running > 1 ? g_strdup_printf(" (and %u more)", n_running - 1) : g_strdup("");
  progress_bar_show(follow->bar, done / follow->n_jobs, "%s%s%s%s%s%s", follow->cancelling ? "cancelling, " : "", place, doing,
                    *doing ? "  " : "", name, more);
  return true;
}

/* Jobs that have ended meanwhile cannot be cancelled, which is fine. */
static void cancel_all(Follow *follow)
{
  follow->cancelling = true;
  progress_bar_wipe(follow->bar);
  output_remark(follow->params->context, "Cancelling; interrupt again to leave at once.");
  for (guint i = 0; i < follow->waiting->len; i++) {
    g_autoptr(GError) why = NULL;
    if (!queue_cancel(service_queue(follow->params->service), g_array_index(follow->waiting, int64_t, i), &why) &&
        reeve_error_code(why) != REEVE_ERROR_CONFLICT)
      g_warning("A job could not be cancelled: %s", why->message);
  }
}

static void wait_for_news(Follow *follow)
{
  struct pollfd fds[] = {{.fd = follow->wake_fd, .events = POLLIN},
                         {.fd = follow->cancelling ? -1 : cancel_peek_fd(follow->params->interrupt), .events = POLLIN}};
  poll(fds, G_N_ELEMENTS(fds), LOOK_EVERY_MS);
  uint64_t news;
  if ((fds[0].revents & POLLIN) && read(follow->wake_fd, &news, sizeof news) < 0)
    g_debug("The wake-up was taken by someone else.");
}

static bool verdict(const Follow *follow, GError **error)
{
  if (follow->n_failed > 0 && follow->n_jobs == 1)
    return fail(error, follow->first_code, "%s", follow->first_message);
  if (follow->n_failed > 0)
    return fail(error, follow->first_code, "%u of %u jobs failed.", follow->n_failed, follow->n_jobs);
  if (follow->n_cancelled > 0)
    return fail(error, REEVE_ERROR_CANCELLED, follow->n_jobs == 1 ? "The job was cancelled." : "Jobs were cancelled.");
  return true;
}

bool follow_jobs(const FollowParams *params, const GArray *ids, GError **error)
{
  Follow follow = {
      .params = params,
      .waiting = g_array_copy((GArray *)ids),
      .n_jobs = ids->len,
      .told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free),
      .bar = progress_bar_new(stderr, params->context->terminal),
      .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
  };
  EventSubscription *subscription = event_subscribe(service_events(params->service), -1, wake, &follow);
  bool ok = true;
  while ((ok = look(&follow, error)) && follow.waiting->len > 0) {
    if (!follow.cancelling && cancel_is_set(params->interrupt))
      cancel_all(&follow);
    wait_for_news(&follow);
  }
  event_unsubscribe(subscription);
  progress_bar_free(follow.bar);
  ok = ok && verdict(&follow, error);
  close(follow.wake_fd);
  g_array_unref(follow.waiting);
  g_hash_table_unref(follow.told);
  g_free(follow.first_message);
  return ok;
}
