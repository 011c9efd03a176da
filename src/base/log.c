/* Decides which messages are shown and how a line looks. Names in messages come from other people's disks, so whatever could
 * start a new line, move a terminal's cursor or reorder text is escaped. Test: tests/unit/base/test_log.c */
#define G_LOG_DOMAIN "log"

#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DOMAINS = 64 };

static const EnumRow format_rows[] = {
    {LOG_FORMAT_TEXT, "text", "Lines for people"},
    {LOG_FORMAT_JSON, "json", "One JSON object a line"},
};
const EnumTable log_format_table = ENUM_TABLE("LogFormat", format_rows);

static const EnumRow level_names[] = {
    {LOG_AT_ERROR, "error", "Defects only"},
    {LOG_AT_WARNING, "warning", "What someone should look at"},
    {LOG_AT_INFO, "info", "What happens"},
    {LOG_AT_DEBUG, "debug", "Everything"},
};
const EnumTable log_level_table = ENUM_TABLE("LogLevel", level_names);

struct LogScope {
  char *key;
  char *value;
  LogScope *outer;
};

typedef struct {
  const char *domain; /* interned; set before n_domains counts it */
  _Atomic int level;
} DomainLevel;

/* The log is one of the two places that may keep state of their own: GLib has one writer in a process. */
static GPrivate innermost_scope;
static GMutex output_lock; /* held while a line is written, and while a level is set */
static DomainLevel domains[MAX_DOMAINS];
static _Atomic unsigned n_domains;
static _Atomic int default_level = G_LOG_LEVEL_INFO;
static _Atomic int line_format; /* LogFormat */
static bool coloured;           /* whether standard error wants colours in text */
static GMutex observer_lock;    /* held while the observer runs: it guards the next two */
static LogObserver observer;
static void *observer_data;

typedef struct {
  GLogLevelFlags level;
  const char *text;   /* five columns */
  const char *colour; /* SGR parameters */
} LevelRow;

static const LevelRow level_rows[] = {
    [LOG_AT_ERROR] = {G_LOG_LEVEL_CRITICAL, "error", "1;31"},
    [LOG_AT_WARNING] = {G_LOG_LEVEL_WARNING, "warn ", "33"},
    [LOG_AT_INFO] = {G_LOG_LEVEL_INFO, "info ", "32"},
    [LOG_AT_DEBUG] = {G_LOG_LEVEL_DEBUG, "debug", "2"},
};

/* GLib has more levels than we name: a message counts as info, its own errors as error. */
static LogLevel level_of(GLogLevelFlags flags)
{
  LogLevel level = LOG_AT_ERROR;
  while (level < LOG_AT_DEBUG && (flags & G_LOG_LEVEL_MASK) > level_rows[level].level)
    level++;
  return level;
}

GLogLevelFlags log_level_flags(LogLevel level)
{
  return level_rows[level].level;
}

bool log_level_parse(const char *name, GLogLevelFlags *ret_level)
{
  int level;
  if (!enum_value(&log_level_table, name, &level))
    return false;
  *ret_level = log_level_flags((LogLevel)level);
  return true;
}

bool log_rule_parse(const char *rule, char **ret_module, LogLevel *ret_level)
{
  const char *equals = strchr(rule, '=');
  int level;
  if (!equals || equals == rule || !enum_value(&log_level_table, equals + 1, &level))
    return false;
  *ret_module = g_strndup(rule, (gsize)(equals - rule));
  *ret_level = (LogLevel)level;
  return true;
}

static DomainLevel *find_domain(const char *domain)
{
  unsigned n = atomic_load_explicit(&n_domains, memory_order_acquire);
  for (unsigned i = 0; i < n; i++)
    if (strcmp(domains[i].domain, domain) == 0)
      return &domains[i];
  return NULL;
}

void log_set_level(const char *domain, GLogLevelFlags level)
{
  g_mutex_lock(&output_lock);
  DomainLevel *row = domain ? find_domain(domain) : NULL;
  unsigned n = atomic_load(&n_domains);
  if (!domain) {
    atomic_store(&default_level, (int)level);
    for (unsigned i = 0; i < n; i++)
      atomic_store(&domains[i].level, (int)level);
  } else if (row) {
    atomic_store(&row->level, (int)level);
  } else if (n < MAX_DOMAINS) {
    domains[n].domain = g_intern_string(domain);
    atomic_store(&domains[n].level, (int)level);
    atomic_store_explicit(&n_domains, n + 1, memory_order_release);
  }
  g_mutex_unlock(&output_lock);
}

void log_set_levels(LogLevel level, char *const *rules)
{
  log_set_level(NULL, log_level_flags(level));
  for (; rules && *rules; rules++) {
    g_autofree char *module = NULL;
    LogLevel own;
    if (log_rule_parse(*rules, &module, &own))
      log_set_level(module, log_level_flags(own));
  }
}

void log_set_format(LogFormat format)
{
  atomic_store(&line_format, (int)format);
}

bool log_shows(const char *domain, GLogLevelFlags level)
{
  DomainLevel *row = find_domain(domain);
  return (int)(level & G_LOG_LEVEL_MASK) <= atomic_load(row ? &row->level : &default_level);
}

static bool is_unsafe(gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 /* line ends */ || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) /* direction overrides */;
}

static void append_escaped(GString *line, const char *text, LogFormat format)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (format == LOG_FORMAT_JSON && (c == '"' || c == '\\'))
      g_string_append_printf(line, "\\%c", (char)c);
    else if (c == '\n')
      g_string_append(line, "\\n");
    else if (c == '\t')
      g_string_append(line, "\\t");
    else if (is_unsafe(c))
      g_string_append_printf(line, "\\u%04x", c);
    else
      g_string_append_unichar(line, c);
  }
}

static bool is_hidden(const LogScope *scope, const LogScope *innermost)
{
  for (const LogScope *inner = innermost; inner != scope; inner = inner->outer)
    if (strcmp(inner->key, scope->key) == 0)
      return true;
  return false;
}

static void append_scope(GString *line, const LogScope *scope, LogFormat format)
{
  if (format == LOG_FORMAT_JSON) {
    g_string_append_printf(line, ",\"%s\":\"", scope->key);
    append_escaped(line, scope->value, LOG_FORMAT_JSON);
    g_string_append_c(line, '"');
    return;
  }
  bool quoted = scope->value[0] == '\0' || strpbrk(scope->value, " \"=");
  g_string_append_printf(line, " %s=%s", scope->key, quoted ? "\"" : "");
  append_escaped(line, scope->value, quoted ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT);
  if (quoted)
    g_string_append_c(line, '"');
}

/* Outermost first, as the reader thinks: request, job, file. */
static void append_scopes(GString *line, const LogScope *scope, const LogScope *innermost, LogFormat format)
{
  if (!scope)
    return;
  append_scopes(line, scope->outer, innermost, format);
  if (!is_hidden(scope, innermost))
    append_scope(line, scope, format);
}

static char *time_text(gint64 now_us)
{
  g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_us / G_USEC_PER_SEC);
  g_autofree char *seconds = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf("%s.%03dZ", seconds, (int)(now_us % G_USEC_PER_SEC / 1000));
}

static GString *format_line(const char *domain, LogLevel level, const char *message, gint64 now_us)
{
  GString *line = g_string_sized_new(256);
  const LevelRow *row = &level_rows[level];
  const LogScope *scope = g_private_get(&innermost_scope);
  LogFormat format = (LogFormat)atomic_load(&line_format);
  g_autofree char *time = time_text(now_us);
  if (format == LOG_FORMAT_JSON) {
    g_string_append_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"module\":\"", time,
                           enum_name(&log_level_table, (int)level));
    append_escaped(line, domain, LOG_FORMAT_JSON);
    g_string_append(line, "\",\"message\":\"");
    append_escaped(line, message, LOG_FORMAT_JSON);
    g_string_append_c(line, '"');
    append_scopes(line, scope, scope, format);
    g_string_append_c(line, '}');
  } else {
    if (coloured)
      g_string_append_printf(line, "%s \033[%sm%s\033[0m ", time, row->colour, row->text);
    else
      g_string_append_printf(line, "%s %s ", time, row->text);
    append_escaped(line, domain, LOG_FORMAT_TEXT);
    g_string_append(line, ": ");
    append_escaped(line, message, LOG_FORMAT_TEXT);
    append_scopes(line, scope, scope, format);
  }
  return g_string_append_c(line, '\n');
}

/* A log that cannot be written has nowhere to complain; the program goes on. */
static void write_line(const GString *line)
{
  g_mutex_lock(&output_lock);
  for (size_t done = 0; done < line->len;) {
    ssize_t n = write(STDERR_FILENO, line->str + done, line->len - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      break;
    done += (size_t)n;
  }
  g_mutex_unlock(&output_lock);
}

/* The scopes as a JSON object. */
static GString *scopes_object(void)
{
  const LogScope *scope = g_private_get(&innermost_scope);
  GString *text = g_string_new("{");
  append_scopes(text, scope, scope, LOG_FORMAT_JSON);
  if (text->len > 1)
    g_string_erase(text, 1, 1); /* the comma before the first */
  return g_string_append_c(text, '}');
}

static void tell_observer(const char *module, LogLevel level, const char *message, gint64 now_us)
{
  g_mutex_lock(&observer_lock);
  if (observer) {
    GString *scopes = scopes_object();
    g_autofree char *valid = g_utf8_make_valid(message, -1);
    observer(&(LogMessage){.at_ms = now_us / 1000, .level = level, .module = module, .message = valid, .scopes = scopes->str},
             observer_data);
    g_string_free(scopes, TRUE);
  }
  g_mutex_unlock(&observer_lock);
}

void log_observe(LogObserver new_observer, void *user_data)
{
  g_mutex_lock(&observer_lock);
  observer = new_observer;
  observer_data = user_data;
  g_mutex_unlock(&observer_lock);
}

static char *field_text(const GLogField *field)
{
  return field->length < 0 ? g_strdup(field->value) : g_strndup(field->value, (gsize)field->length);
}

static GLogWriterOutput write_message(GLogLevelFlags level, const GLogField *fields, gsize n_fields, void *unused)
{
  g_autofree char *domain = NULL, *message = NULL;
  for (gsize i = 0; i < n_fields; i++)
    if (!domain && strcmp(fields[i].key, "GLIB_DOMAIN") == 0)
      domain = field_text(&fields[i]);
    else if (!message && strcmp(fields[i].key, "MESSAGE") == 0)
      message = field_text(&fields[i]);
  const char *shown_domain = domain ? domain : "reeve";
  if (!log_shows(shown_domain, level))
    return G_LOG_WRITER_HANDLED;
  gint64 now_us = g_get_real_time();
  GString *line = format_line(shown_domain, level_of(level), message ? message : "", now_us);
  write_line(line);
  g_string_free(line, TRUE);
  tell_observer(shown_domain, level_of(level), message ? message : "", now_us);
  return G_LOG_WRITER_HANDLED;
}

static bool wants_colour(void)
{
  const char *no_colour = g_getenv("NO_COLOR"), *term = g_getenv("TERM");
  return isatty(STDERR_FILENO) && !(no_colour && no_colour[0]) && term && strcmp(term, "dumb") != 0;
}

void log_init(LogFormat format, GLogLevelFlags level)
{
  static bool installed; /* GLib takes a writer once only */
  log_set_format(format);
  coloured = wants_colour();
  log_set_level(NULL, level);
  if (!installed)
    g_log_set_writer_func(write_message, NULL, NULL);
  g_log_set_default_handler(g_log_default_handler, NULL); /* GLib's test framework may have set one that keeps lines to itself */
  installed = true;
}

/* Keys stand bare in both formats, and must not be taken for the line's own. */
static bool is_usable_key(const char *key)
{
  static const char *const own[] = {"time", "level", "module", "message", NULL};
  return key[0] != '\0' && key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' && !g_strv_contains(own, key);
}

LogScope *log_scope_begin(const char *key, const char *value)
{
  g_assert(is_usable_key(key));
  LogScope *scope = g_new(LogScope, 1);
  *scope = (LogScope){.key = g_strdup(key), .value = g_strdup(value ? value : ""), .outer = g_private_get(&innermost_scope)};
  g_private_set(&innermost_scope, scope);
  return scope;
}

void log_scope_end(LogScope *scope)
{
  if (!scope)
    return;
  /* Scopes should end innermost first; one that does not is taken out of the middle. */
  LogScope *inner = g_private_get(&innermost_scope);
  if (inner == scope) {
    g_private_set(&innermost_scope, scope->outer);
  } else {
    while (inner && inner->outer != scope)
      inner = inner->outer;
    g_assert(inner); /* else it was begun on another thread */
    inner->outer = scope->outer;
  }
  g_free(scope->key);
  g_free(scope->value);
  g_free(scope);
}

char *log_scope_value(const char *key)
{
  for (const LogScope *scope = g_private_get(&innermost_scope); scope; scope = scope->outer)
    if (strcmp(scope->key, key) == 0)
      return g_strdup(scope->value);
  return NULL;
}

/* What a thread is to do, and the scopes that it begins with. */
typedef struct {
  GThreadFunc run;
  void *data;
  GPtrArray *scopes; /* keys and values in turn, outermost first */
} ThreadStart;

static void add_outermost_first(GPtrArray *texts, const LogScope *scope)
{
  if (!scope)
    return;
  add_outermost_first(texts, scope->outer);
  g_ptr_array_add(texts, g_strdup(scope->key));
  g_ptr_array_add(texts, g_strdup(scope->value));
}

static gpointer run_in_scopes(gpointer data)
{
  ThreadStart *start = data;
  for (guint i = 0; i < start->scopes->len; i += 2)
    log_scope_begin(start->scopes->pdata[i], start->scopes->pdata[i + 1]);
  gpointer result = start->run(start->data);
  for (LogScope *scope; (scope = g_private_get(&innermost_scope));)
    log_scope_end(scope);
  g_ptr_array_unref(start->scopes);
  g_free(start);
  return result;
}

GThread *log_thread_new(const char *name, GThreadFunc run, void *data)
{
  ThreadStart *start = g_new(ThreadStart, 1);
  *start = (ThreadStart){.run = run, .data = data, .scopes = g_ptr_array_new_with_free_func(g_free)};
  add_outermost_first(start->scopes, g_private_get(&innermost_scope));
  return g_thread_new(name, run_in_scopes, start);
}
