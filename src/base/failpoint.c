/* Reads the rules of REEVE_FAIL and decides at each named point whether it fails. Test: tests/unit/base/test_failpoint.c */
#include "base/failpoint.h"

#ifdef REEVE_FAILPOINTS

#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *name;
  bool prefix;    /* the name ended in '*' */
  int64_t at;     /* the passing that fails, from 1; 0: each */
  int error;      /* errno to fail with; 0: die */
  int64_t passed; /* points that this rule fitted so far */
} Rule;

static GMutex lock;
static GArray *rules; /* of Rule; NULL until first read */
static int trace_fd = -1;
static bool trace_opened;
static struct {
  const char *name;
  FailpointFunction function; /* NULL: none */
  void *data;
} call;

static bool parse_errno(const char *name, int *ret_error)
{
  static const struct {
    const char *name;
    int error;
  } rows[] = {
      {"ENOSPC", ENOSPC},         {"EIO", EIO},       {"EACCES", EACCES}, {"EXDEV", EXDEV}, {"EMFILE", EMFILE},
      {"EOPNOTSUPP", EOPNOTSUPP}, {"ENOENT", ENOENT}, {"EROFS", EROFS},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strcmp(rows[i].name, name) == 0) {
      *ret_error = rows[i].error;
      return true;
    }
  return false;
}

/* `text` is "name:N", "name:*" or either with "=ERRNO". */
static bool parse_rule(const char *text, Rule *ret_rule)
{
  const char *colon = strrchr(text, ':');
  if (!colon || colon == text)
    return false;
  Rule rule = {0};
  g_autofree char *count = g_strdup(colon + 1);
  char *equals = strchr(count, '=');
  if (equals) {
    *equals = '\0';
    if (!parse_errno(equals + 1, &rule.error))
      return false;
  }
  if (strcmp(count, "*") != 0 && !parse_int(count, 1, INT64_MAX, &rule.at))
    return false;
  rule.prefix = colon[-1] == '*';
  rule.name = g_strndup(text, (gsize)(colon - text) - rule.prefix);
  *ret_rule = rule;
  return true;
}

static void clear_rule(void *rule)
{
  g_free(((Rule *)rule)->name);
}

static GArray *parse_rules(const char *text)
{
  GArray *parsed = g_array_new(FALSE, FALSE, sizeof(Rule));
  g_array_set_clear_func(parsed, clear_rule);
  if (!text || text[0] == '\0')
    return parsed;
  g_auto(GStrv) parts = g_strsplit(text, ",", -1);
  for (char **part = parts; *part; part++) {
    Rule rule;
    if (!parse_rule(g_strstrip(*part), &rule))
      g_error("The failpoint rule \"%s\" is not NAME:N, NAME:*, NAME:N=ERRNO or NAME:*=ERRNO", *part);
    g_array_append_val(parsed, rule);
  }
  return parsed;
}

static void trace(const char *name)
{
  if (!trace_opened) {
    const char *path = g_getenv("REEVE_FAIL_TRACE");
    trace_opened = true;
    if (path && path[0] != '\0' && (trace_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) < 0)
      g_error("REEVE_FAIL_TRACE cannot be opened: %s", g_strerror(errno));
  }
  if (trace_fd < 0)
    return;
  /* One write, so that lines of several processes do not mix. */
  g_autofree char *line = g_strconcat(name, "\n", NULL);
  size_t length = strlen(line);
  if (write(trace_fd, line, length) != (ssize_t)length)
    g_error("REEVE_FAIL_TRACE cannot be written: %s", g_strerror(errno));
}

static bool rule_fits(const Rule *rule, const char *name)
{
  return rule->prefix ? g_str_has_prefix(name, rule->name) : strcmp(name, rule->name) == 0;
}

/* Not under the lock, since the function may pass points. */
static void make_call(const char *name)
{
  g_mutex_lock(&lock);
  bool fits = call.function && strcmp(call.name, name) == 0;
  FailpointFunction function = fits ? g_steal_pointer(&call.function) : NULL;
  void *data = call.data;
  g_mutex_unlock(&lock);
  if (function)
    function(data);
}

bool failpoint_call(const char *name, FailpointFunction function, void *data)
{
  g_mutex_lock(&lock);
  bool was_to_come = call.function != NULL;
  call.name = name;
  call.function = function;
  call.data = data;
  g_mutex_unlock(&lock);
  return was_to_come;
}

int failpoint(const char *name)
{
  int result = 0;
  make_call(name);
  g_mutex_lock(&lock);
  if (!rules)
    rules = parse_rules(g_getenv("REEVE_FAIL"));
  trace(name);
  /* Each rule counts, also those behind one that fails here. */
  for (guint i = 0; i < rules->len; i++) {
    Rule *rule = &g_array_index(rules, Rule, i);
    if (!rule_fits(rule, name))
      continue;
    rule->passed++;
    if (rule->at != 0 && rule->at != rule->passed)
      continue;
    if (rule->error == 0) {
      kill(getpid(), SIGKILL);
      _exit(128 + SIGKILL); /* not reached, unless the kernel delays the signal */
    }
    if (result == 0)
      result = rule->error;
  }
  g_mutex_unlock(&lock);
  return result;
}

void failpoint_arm(const char *text)
{
  GArray *parsed = parse_rules(text);
  g_mutex_lock(&lock);
  g_clear_pointer(&rules, g_array_unref);
  rules = parsed;
  if (trace_fd >= 0)
    close(trace_fd);
  trace_fd = -1;
  trace_opened = false;
  g_mutex_unlock(&lock);
}

#endif
