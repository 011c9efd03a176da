/* How many lines are kept, and which of them a reader gets. Test: tests/unit/base/test_log_ring.c */
#include "base/log_ring.h"

#include "base/number.h"

#include <string.h>

static const Field line_fields[] = {
    FIELD_INT(LogLine, id, .help = "Number of the line, for ?after=."),
    FIELD_INT(LogLine, at_ms, .help = "When it was written, in ms since 1970."),
    FIELD_ENUM(LogLine, level, log_level_table, .help = "How grave it is."),
    FIELD_TEXT(LogLine, module, .help = "The part of Reeve that says it."),
    FIELD_TEXT(LogLine, message, .help = "What it says."),
    FIELD_TEXT(LogLine, request, .flags = FIELD_NULLABLE, .help = "Request that it belongs to, also through a job that it made."),
    FIELD_INT(LogLine, job, .flags = FIELD_NULLABLE, .help = "Job that it belongs to."),
    FIELD_JSON(LogLine, context, .help = "Everything it belongs to: request, job, child process."),
};
const FieldTable log_line_table = FIELD_TABLE(LogLine, "LogLine", NULL, line_fields);

typedef struct {
  guint id;
  void (*wake)(void *user_data);
  void *user_data;
} Watcher;

struct LogRing {
  GMutex watch_lock; /* guards watchers; held while they are called */
  GArray *watchers;
  guint next_watcher;
  GThread *waker;
  GMutex lock; /* guards all below */
  GCond changed;
  bool is_new, ends; /* for the waker */
  LogLine *lines;
  size_t capacity;
  int64_t first_id, next_id;
};

static gpointer wake_watchers(gpointer data)
{
  LogRing *ring = data;
  for (;;) {
    g_mutex_lock(&ring->lock);
    while (!ring->is_new && !ring->ends)
      g_cond_wait(&ring->changed, &ring->lock);
    bool ends = ring->ends;
    ring->is_new = false;
    g_mutex_unlock(&ring->lock);
    if (ends)
      return NULL;
    g_mutex_lock(&ring->watch_lock);
    for (guint i = 0; i < ring->watchers->len; i++) {
      const Watcher *watcher = &g_array_index(ring->watchers, Watcher, i);
      watcher->wake(watcher->user_data);
    }
    g_mutex_unlock(&ring->watch_lock);
  }
}

LogRing *log_ring_new(size_t lines)
{
  LogRing *ring = g_new0(LogRing, 1);
  g_mutex_init(&ring->lock);
  g_mutex_init(&ring->watch_lock);
  g_cond_init(&ring->changed);
  ring->capacity = lines > 0 ? lines : LOG_RING_PRESET_LINES;
  ring->lines = g_new0(LogLine, ring->capacity);
  ring->first_id = ring->next_id = g_get_real_time();
  ring->watchers = g_array_new(FALSE, FALSE, sizeof(Watcher));
  ring->next_watcher = 1;
  ring->waker = g_thread_new("log-waker", wake_watchers, ring);
  return ring;
}

void log_ring_free(LogRing *ring)
{
  if (!ring)
    return;
  g_assert(ring->watchers->len == 0);
  g_mutex_lock(&ring->lock);
  ring->ends = true;
  g_cond_signal(&ring->changed);
  g_mutex_unlock(&ring->lock);
  g_thread_join(ring->waker);
  for (size_t i = 0; i < ring->capacity; i++)
    record_clear(&log_line_table, &ring->lines[i]);
  g_free(ring->lines);
  g_array_unref(ring->watchers);
  g_mutex_clear(&ring->lock);
  g_mutex_clear(&ring->watch_lock);
  g_cond_clear(&ring->changed);
  g_free(ring);
}

/* At most LOG_LINE_MAX_BYTES, cut between characters. */
static char *cut(const char *message)
{
  if (strlen(message) <= LOG_LINE_MAX_BYTES)
    return g_strdup(message);
  const char *end = g_utf8_find_prev_char(message, message + LOG_LINE_MAX_BYTES);
  return g_strdup_printf("%.*s…", (int)(end - message), message);
}

void log_ring_add(const LogMessage *message, void *user_data)
{
  LogRing *ring = user_data;
  g_autofree char *request = log_scope_value("request");
  g_autofree char *job = log_scope_value("job");
  int64_t job_id = FIELD_NULL_INT;
  if (job)
    parse_int(job, 1, INT64_MAX, &job_id);
  g_mutex_lock(&ring->lock);
  LogLine *line = &ring->lines[ring->next_id % (int64_t)ring->capacity];
  record_clear(&log_line_table, line);
  *line = (LogLine){.id = ring->next_id++,
                    .at_ms = message->at_ms,
                    .level = (int)message->level,
                    .module = g_strdup(message->module),
                    .message = cut(message->message),
                    .request = g_steal_pointer(&request),
                    .job = job_id,
                    .context = g_strdup(message->scopes)};
  ring->is_new = true;
  g_cond_signal(&ring->changed);
  g_mutex_unlock(&ring->lock);
}

static bool is_wanted(const LogLine *line, const LogQuery *query)
{
  return (query->level == FIELD_NULL_ENUM || line->level <= query->level) &&
         (!query->module || strcmp(line->module, query->module) == 0);
}

static void take(GPtrArray *page, const LogLine *line)
{
  LogLine *copy = record_new(&log_line_table);
  record_clear(&log_line_table, copy);
  record_copy(&log_line_table, line, copy);
  g_ptr_array_add(page, copy);
}

GPtrArray *log_ring_page(LogRing *ring, const LogQuery *query, bool *ret_more)
{
  GPtrArray *page = records_new(&log_line_table);
  bool more = false, newest = query->after_id < 0;
  g_mutex_lock(&ring->lock);
  int64_t oldest = MAX(ring->first_id, ring->next_id - (int64_t)ring->capacity);
  int64_t from = newest ? oldest : MAX(oldest, query->after_id + 1);
  if (newest) {
    /* Goes back until enough of them are counted, then forward as for any other page. */
    size_t n = 0;
    for (from = ring->next_id; from > oldest && n < query->limit; from--)
      n += is_wanted(&ring->lines[(from - 1) % (int64_t)ring->capacity], query);
  }
  for (int64_t id = from; id < ring->next_id && !more; id++) {
    const LogLine *line = &ring->lines[id % (int64_t)ring->capacity];
    if (!is_wanted(line, query))
      continue;
    more = page->len >= query->limit;
    if (!more)
      take(page, line);
  }
  g_mutex_unlock(&ring->lock);
  if (ret_more)
    *ret_more = more;
  return page;
}

int64_t log_ring_last_id(LogRing *ring)
{
  g_mutex_lock(&ring->lock);
  int64_t id = ring->next_id - 1;
  g_mutex_unlock(&ring->lock);
  return id;
}

guint log_ring_watch(LogRing *ring, void (*wake)(void *user_data), void *user_data)
{
  g_mutex_lock(&ring->watch_lock);
  Watcher watcher = {.id = ring->next_watcher++, .wake = wake, .user_data = user_data};
  g_array_append_val(ring->watchers, watcher);
  g_mutex_unlock(&ring->watch_lock);
  return watcher.id;
}

void log_ring_unwatch(LogRing *ring, guint id)
{
  g_mutex_lock(&ring->watch_lock);
  for (guint i = 0; i < ring->watchers->len; i++)
    if (g_array_index(ring->watchers, Watcher, i).id == id) {
      g_array_remove_index(ring->watchers, i);
      break;
    }
  g_mutex_unlock(&ring->watch_lock);
}
