/* Decides how much may be under way at once, and who waits for whom. The calling thread never waits for room, only for events, so
 * no two threads can wait for each other. Test: tests/unit/library/test_scan.c */
#include "library/scan_work.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
  FOUND_MAX = 1024,     /* files found and not yet looked up */
  PROBES_PER_THREAD = 4 /* files handed to the probing threads and not yet taken back */
};

typedef struct {
  const char *level;
  char *text;
} Message;

struct ScanWork {
  ScanWorkParams params;
  GPtrArray *threads;
  int event_fd; /* wakes the calling thread */
  GMutex lock;  /* guards all that follows */
  GCond room;   /* in `found` */
  GCond work;   /* in `to_probe` */
  GQueue found, to_probe, probed, messages;
  int n_probing; /* handed over and not yet taken back */
  bool walk_has_ended, is_stopped, is_waited_for;
};

void scan_item_free(ScanItem *item)
{
  if (!item)
    return;
  g_free(item->path);
  g_strfreev(item->sidecars);
  g_free(item->fingerprint);
  media_info_free(item->media);
  g_clear_error(&item->error);
  g_free(item);
}

/* With the lock held. */
static void wake_caller(ScanWork *work)
{
  if (work->is_waited_for)
    eventfd_write(work->event_fd, 1); /* cannot fail: the counter is read before it is waited for again */
  work->is_waited_for = false;
}

static void probe_item(const ScanWork *work, ScanItem *item)
{
  item->is_probed = true;
  if (work->params.wants_fingerprints) {
    item->fingerprint = fs_fingerprint(item->path, &item->error);
    if (!item->fingerprint)
      return;
  }
  item->media = probe_file(work->params.probes, item->path, work->params.cancel, &item->error);
}

static gpointer probe_thread(gpointer data)
{
  ScanWork *work = data;
  g_mutex_lock(&work->lock);
  for (;;) {
    while (!work->is_stopped && !work->to_probe.length)
      g_cond_wait(&work->work, &work->lock);
    if (work->is_stopped)
      break;
    ScanItem *item = g_queue_pop_head(&work->to_probe);
    g_mutex_unlock(&work->lock);
    probe_item(work, item);
    g_mutex_lock(&work->lock);
    g_queue_push_tail(&work->probed, item);
    wake_caller(work);
  }
  g_mutex_unlock(&work->lock);
  return NULL;
}

ScanWork *scan_work_new(const ScanWorkParams *params)
{
  ScanWork *work = g_new0(ScanWork, 1);
  work->params = *params;
  work->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (work->event_fd < 0) /* as for Cancel: there is no way to go on without */
    g_error("No event descriptor could be made: %s", g_strerror(errno));
  g_mutex_init(&work->lock);
  g_cond_init(&work->room);
  g_cond_init(&work->work);
  work->threads = g_ptr_array_new();
  for (int i = 0; i < params->threads; i++)
    g_ptr_array_add(work->threads, g_thread_new("scan-probe", probe_thread, work));
  return work;
}

static void free_message(gpointer data)
{
  Message *message = data;
  g_free(message->text);
  g_free(message);
}

void scan_work_free(ScanWork *work)
{
  if (!work)
    return;
  scan_work_stop(work);
  for (guint i = 0; i < work->threads->len; i++)
    g_thread_join(work->threads->pdata[i]);
  g_ptr_array_unref(work->threads);
  g_queue_clear_full(&work->found, (GDestroyNotify)scan_item_free);
  g_queue_clear_full(&work->to_probe, (GDestroyNotify)scan_item_free);
  g_queue_clear_full(&work->probed, (GDestroyNotify)scan_item_free);
  g_queue_clear_full(&work->messages, free_message);
  g_mutex_clear(&work->lock);
  g_cond_clear(&work->room);
  g_cond_clear(&work->work);
  close(work->event_fd);
  g_free(work);
}

/* With the lock held. */
static bool may_take_found(const ScanWork *work)
{
  return work->found.length && work->n_probing < work->params.threads * PROBES_PER_THREAD;
}

void scan_work_offer(ScanWork *work, ScanItem *item)
{
  g_mutex_lock(&work->lock);
  while (!work->is_stopped && work->found.length >= FOUND_MAX)
    g_cond_wait(&work->room, &work->lock);
  bool is_taken = !work->is_stopped;
  if (is_taken) {
    g_queue_push_tail(&work->found, item);
    if (may_take_found(work))
      wake_caller(work);
  }
  g_mutex_unlock(&work->lock);
  if (!is_taken)
    scan_item_free(item);
}

void scan_work_say(ScanWork *work, const char *level, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  Message *message = g_new(Message, 1);
  *message = (Message){level, g_strdup_vprintf(format, arguments)};
  va_end(arguments);
  g_mutex_lock(&work->lock);
  g_queue_push_tail(&work->messages, message);
  wake_caller(work);
  g_mutex_unlock(&work->lock);
}

void scan_work_walk_ended(ScanWork *work)
{
  g_mutex_lock(&work->lock);
  work->walk_has_ended = true;
  wake_caller(work);
  g_mutex_unlock(&work->lock);
}

void scan_work_stop(ScanWork *work)
{
  g_mutex_lock(&work->lock);
  work->is_stopped = true;
  g_cond_broadcast(&work->room);
  g_cond_broadcast(&work->work);
  g_mutex_unlock(&work->lock);
}

ScanItem *scan_work_take_found(ScanWork *work)
{
  g_mutex_lock(&work->lock);
  ScanItem *item = may_take_found(work) ? g_queue_pop_head(&work->found) : NULL;
  if (item)
    g_cond_signal(&work->room);
  g_mutex_unlock(&work->lock);
  return item;
}

void scan_work_probe(ScanWork *work, ScanItem *item)
{
  g_mutex_lock(&work->lock);
  work->n_probing++;
  g_queue_push_tail(&work->to_probe, item);
  g_cond_signal(&work->work);
  g_mutex_unlock(&work->lock);
}

ScanItem *scan_work_take_probed(ScanWork *work)
{
  g_mutex_lock(&work->lock);
  ScanItem *item = g_queue_pop_head(&work->probed);
  work->n_probing -= item != NULL;
  g_mutex_unlock(&work->lock);
  return item;
}

char *scan_work_take_message(ScanWork *work, const char **ret_level)
{
  g_mutex_lock(&work->lock);
  Message *message = g_queue_pop_head(&work->messages);
  g_mutex_unlock(&work->lock);
  if (!message)
    return NULL;
  char *text = g_steal_pointer(&message->text);
  *ret_level = message->level;
  free_message(message);
  return text;
}

/* With the lock held. */
static bool is_over(const ScanWork *work)
{
  return work->walk_has_ended && !work->found.length && !work->n_probing && !work->messages.length;
}

bool scan_work_walk_has_ended(ScanWork *work)
{
  g_mutex_lock(&work->lock);
  bool has_ended = work->walk_has_ended;
  g_mutex_unlock(&work->lock);
  return has_ended;
}

bool scan_work_is_over(ScanWork *work)
{
  g_mutex_lock(&work->lock);
  bool over = is_over(work);
  g_mutex_unlock(&work->lock);
  return over;
}

void scan_work_wait(ScanWork *work, int timeout_ms)
{
  g_mutex_lock(&work->lock);
  bool has_something = may_take_found(work) || work->probed.length || work->messages.length || is_over(work);
  work->is_waited_for = !has_something;
  g_mutex_unlock(&work->lock);
  if (has_something)
    return;
  struct pollfd items[] = {{.fd = work->event_fd, .events = POLLIN},
                           {.fd = cancel_peek_fd(work->params.cancel), .events = POLLIN}};
  poll(items, G_N_ELEMENTS(items), timeout_ms); /* an interruption is as good as an event: the caller looks again */
  g_mutex_lock(&work->lock);
  work->is_waited_for = false;
  eventfd_t count;
  eventfd_read(work->event_fd, &count);
  g_mutex_unlock(&work->lock);
}
