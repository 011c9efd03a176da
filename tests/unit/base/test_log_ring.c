/* Which lines the ring keeps and hands out, and what an observer sees. */
#define G_LOG_DOMAIN "scan"

#include "base/log_ring.h"

#include <string.h>

static void say(LogRing *ring, LogLevel level, const char *module, const char *message)
{
  log_ring_add(&(LogMessage){.at_ms = 5, .level = level, .module = module, .message = message, .scopes = "{}"}, ring);
}

/* "level:module:message" of each line, joined by blanks. */
static char *shown(LogRing *ring, LogQuery query, bool *ret_more)
{
  g_autoptr(GPtrArray) page = log_ring_page(ring, &query, ret_more);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < page->len; i++) {
    const LogLine *line = page->pdata[i];
    g_string_append_printf(text, "%s%.1s:%s:%s", i ? " " : "", enum_name(&log_level_table, line->level), line->module,
                           line->message);
  }
  return g_string_free(text, FALSE);
}

static void test_pages(void)
{
  LogRing *ring = log_ring_new(4);
  int64_t first = log_ring_last_id(ring);
  say(ring, LOG_AT_INFO, "api", "a");
  say(ring, LOG_AT_WARNING, "scan", "b");
  say(ring, LOG_AT_DEBUG, "api", "c");
  const struct {
    LogQuery query;
    const char *expected;
    bool more;
  } rows[] = {
      {{-1, FIELD_NULL_ENUM, NULL, 10}, "i:api:a w:scan:b d:api:c", false},
      {{-1, FIELD_NULL_ENUM, NULL, 2}, "w:scan:b d:api:c", false},
      {{-1, LOG_AT_INFO, NULL, 1}, "w:scan:b", false},
      {{-1, LOG_AT_WARNING, NULL, 10}, "w:scan:b", false},
      {{-1, LOG_AT_ERROR, NULL, 10}, "", false},
      {{-1, FIELD_NULL_ENUM, "api", 10}, "i:api:a d:api:c", false},
      {{first, FIELD_NULL_ENUM, NULL, 2}, "i:api:a w:scan:b", true},
      {{first, FIELD_NULL_ENUM, "api", 1}, "i:api:a", true},
      {{first + 2, FIELD_NULL_ENUM, NULL, 2}, "d:api:c", false},
      {{first + 3, FIELD_NULL_ENUM, NULL, 2}, "", false},
      {{0, FIELD_NULL_ENUM, NULL, 9}, "i:api:a w:scan:b d:api:c", false}, /* an id of another life */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    bool more = !rows[i].more;
    g_autofree char *text = shown(ring, rows[i].query, &more);
    g_assert_cmpstr(text, ==, rows[i].expected);
    g_assert_cmpint(more, ==, rows[i].more);
  }
  say(ring, LOG_AT_ERROR, "x", "d");
  say(ring, LOG_AT_ERROR, "x", "e"); /* pushes a out */
  g_autofree char *text = shown(ring, (LogQuery){first, FIELD_NULL_ENUM, NULL, 10}, NULL);
  g_assert_cmpstr(text, ==, "w:scan:b d:api:c e:x:d e:x:e");
  g_assert_cmpint(log_ring_last_id(ring), ==, first + 5);
  log_ring_free(ring);
}

static void test_long_lines_are_cut(void)
{
  LogRing *ring = log_ring_new(1);
  GString *long_one = g_string_new(NULL);
  while (long_one->len < 3 * LOG_LINE_MAX_BYTES)
    g_string_append(long_one, "ü");
  say(ring, LOG_AT_INFO, "a", long_one->str);
  g_autoptr(GPtrArray) page = log_ring_page(ring, &(LogQuery){-1, FIELD_NULL_ENUM, NULL, 1}, NULL);
  const LogLine *line = page->pdata[0];
  g_assert_true(g_utf8_validate(line->message, -1, NULL));
  g_assert_cmpint(strlen(line->message), <=, LOG_LINE_MAX_BYTES + 3);
  g_assert_true(g_str_has_suffix(line->message, "ü…"));
  g_string_free(long_one, TRUE);
  log_ring_free(ring);
}

typedef struct {
  GMutex lock;
  GCond woken;
  bool is_woken;
} Wake;

static void note_wake(void *user_data)
{
  Wake *wake = user_data;
  g_mutex_lock(&wake->lock);
  wake->is_woken = true;
  g_cond_signal(&wake->woken);
  g_mutex_unlock(&wake->lock);
}

static void test_observed(void)
{
  LogRing *ring = log_ring_new(10);
  Wake wake = {0};
  guint watch = log_ring_watch(ring, note_wake, &wake);
  log_init(LOG_FORMAT_TEXT, G_LOG_LEVEL_INFO);
  log_observe(log_ring_add, ring);
  {
    LOG_SCOPE("request", "r\"1");
    LOG_SCOPE("job", "12");
    LOG_SCOPE("child", "ffmpeg");
    g_message("hello\n%s", "\xff");
    g_debug("not shown, not kept");
  }
  log_observe(NULL, NULL);
  g_message("nobody hears this");
  g_mutex_lock(&wake.lock);
  while (!wake.is_woken)
    g_cond_wait(&wake.woken, &wake.lock);
  g_mutex_unlock(&wake.lock);
  log_ring_unwatch(ring, watch);
  g_autoptr(GPtrArray) page = log_ring_page(ring, &(LogQuery){-1, FIELD_NULL_ENUM, NULL, 10}, NULL);
  g_assert_cmpint(page->len, ==, 1);
  const LogLine *line = page->pdata[0];
  g_assert_cmpstr(line->message, ==, "hello\n\xef\xbf\xbd");
  g_assert_cmpstr(line->module, ==, "scan");
  g_assert_cmpstr(line->request, ==, "r\"1");
  g_assert_cmpint(line->job, ==, 12);
  g_assert_cmpstr(line->context, ==, "{\"request\":\"r\\\"1\",\"job\":\"12\",\"child\":\"ffmpeg\"}");
  log_ring_free(ring);
}

static gpointer read_scopes(gpointer unused)
{
  g_autofree char *job = log_scope_value("job");
  g_autofree char *request = log_scope_value("request");
  return g_strjoin(",", job, request, NULL);
}

static void test_scopes_cross_threads(void)
{
  LOG_SCOPE("request", "r");
  LOG_SCOPE("job", "1");
  LOG_SCOPE("job", "2");
  g_autofree char *text = g_thread_join(log_thread_new("reader", read_scopes, NULL));
  g_assert_cmpstr(text, ==, "2,r");
  g_autofree char *none = g_thread_join(g_thread_new("reader", read_scopes, NULL));
  g_assert_cmpstr(none, ==, "");
}

static void test_rules(void)
{
  static const struct {
    const char *rule, *module;
    int level;
  } rows[] = {
      {"api=debug", "api", LOG_AT_DEBUG}, {"a=error", "a", LOG_AT_ERROR}, {"=debug"}, {"api"}, {"api=loud"}, {"api="}, {""}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *module = NULL;
    LogLevel level = LOG_AT_ERROR;
    g_assert_cmpint(log_rule_parse(rows[i].rule, &module, &level), ==, rows[i].module != NULL);
    g_assert_cmpstr(module, ==, rows[i].module);
    g_assert_cmpint((int)level, ==, rows[i].level);
  }
}

static void test_levels_as_a_whole(void)
{
  LogRing *ring = log_ring_new(10);
  char *rules[] = {(char *)"scan=debug", (char *)"nonsense", NULL};
  log_init(LOG_FORMAT_TEXT, G_LOG_LEVEL_INFO);
  log_observe(log_ring_add, ring);
  log_set_levels(LOG_AT_WARNING, rules);
  g_debug("kept");
  g_log("other", G_LOG_LEVEL_INFO, "hidden");
  log_set_levels(LOG_AT_ERROR, NULL);
  g_warning("hidden");
  log_set_levels(LOG_AT_INFO, NULL);
  log_observe(NULL, NULL);
  g_autofree char *text = shown(ring, (LogQuery){-1, FIELD_NULL_ENUM, NULL, 10}, NULL);
  g_assert_cmpstr(text, ==, "d:scan:kept");
  log_ring_free(ring);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add_func("/log_ring/pages", test_pages);
  g_test_add_func("/log_ring/long_lines_are_cut", test_long_lines_are_cut);
  g_test_add_func("/log_ring/observed", test_observed);
  g_test_add_func("/log_ring/scopes_cross_threads", test_scopes_cross_threads);
  g_test_add_func("/log_ring/rules", test_rules);
  g_test_add_func("/log_ring/levels_as_a_whole", test_levels_as_a_whole);
  return g_test_run();
}
