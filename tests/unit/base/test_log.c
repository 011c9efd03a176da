#define G_LOG_DOMAIN "scan"
#define G_LOG_USE_STRUCTURED 1 /* straight to our writer: some versions of GLib's test framework keep messages for themselves */

#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What `say` writes to standard error, without the time at the start of each text line. */
static char *capture(void (*say)(void))
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  int file = g_file_open_tmp("reeve-log-XXXXXX", &name, &error);
  g_assert_no_error(error);
  int saved = dup(STDERR_FILENO);
  dup2(file, STDERR_FILENO);
  say();
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(file);
  char *text = NULL;
  g_assert_true(g_file_get_contents(name, &text, NULL, NULL));
  unlink(name);
  return text;
}

static char *without_times(const char *text)
{
  g_autoptr(GRegex) time = g_regex_new("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z", 0, 0, NULL);
  return g_regex_replace_literal(time, text, -1, 0, "TIME", 0, NULL);
}

static void assert_says(void (*say)(void), const char *expected)
{
  g_autofree char *raw = capture(say);
  g_autofree char *text = without_times(raw);
  g_assert_cmpstr(text, ==, expected);
}

static void say_levels(void)
{
  log_init(LOG_FORMAT_TEXT, G_LOG_LEVEL_DEBUG);
  g_critical("c");
  g_warning("w");
  g_message("m");
  g_info("i");
  g_debug("d");
}

static void say_above(void)
{
  log_init(LOG_FORMAT_TEXT, G_LOG_LEVEL_WARNING);
  g_warning("shown");
  g_info("hidden");
  log_set_level("scan", G_LOG_LEVEL_DEBUG);
  g_debug("shown too");
  g_log_structured("other", G_LOG_LEVEL_INFO, "MESSAGE", "hidden");
  log_set_level("scan", G_LOG_LEVEL_CRITICAL);
  g_warning("hidden");
  log_set_level(NULL, G_LOG_LEVEL_INFO); /* of all, also those that had their own */
  g_info("shown again");
  g_log_structured("other", G_LOG_LEVEL_INFO, "MESSAGE", "and other");
}

static void test_levels(void)
{
  if (!g_test_subprocess()) { /* g_critical would end this process under G_DEBUG */
    g_autofree char *old = g_strdup(g_getenv("G_DEBUG"));
    g_unsetenv("G_DEBUG");
    g_test_trap_subprocess(NULL, 0, 0);
    if (old)
      g_setenv("G_DEBUG", old, TRUE);
    g_test_trap_assert_passed();
    return;
  }
  g_log_set_always_fatal(G_LOG_FATAL_MASK);
  assert_says(say_levels, "TIME error scan: c\nTIME warn  scan: w\nTIME info  scan: m\nTIME info  scan: i\nTIME debug scan: d\n");
  assert_says(say_above, "TIME warn  scan: shown\nTIME debug scan: shown too\nTIME info  scan: shown again\n"
                         "TIME info  other: and other\n");
}

static void say(const char *message)
{
  g_log_structured(G_LOG_DOMAIN, G_LOG_LEVEL_INFO, "MESSAGE", "%s", message);
}

static void say_nasty_text(void)
{
  log_init(LOG_FORMAT_TEXT, G_LOG_LEVEL_INFO);
  say("a\nb\r\tc\033[31m\x7f \xff \xc2\x9b \xe2\x80\xae \xe2\x80\xa8 \"\\ ü🎬");
}

static void say_nasty_json(void)
{
  log_init(LOG_FORMAT_JSON, G_LOG_LEVEL_INFO);
  LOG_SCOPE("file", "a\"b\n");
  say("a\nb \"\\ \xff \033 ü");
}

static void test_escapes(void)
{
  assert_says(say_nasty_text,
              "TIME info  scan: a\\nb\\u000d\\tc\\u001b[31m\\u007f \xef\xbf\xbd \\u009b \\u202e \\u2028 \"\\ ü🎬\n");
  assert_says(say_nasty_json,
              "{\"time\":\"TIME\",\"level\":\"info\",\"module\":\"scan\",\"message\":\"a\\nb \\\"\\\\ \xef\xbf\xbd "
              "\\u001b ü\",\"file\":\"a\\\"b\\n\"}\n");
}

static void say_scopes(void)
{
  log_init(LOG_FORMAT_TEXT, G_LOG_LEVEL_INFO);
  LogScope *request = log_scope_begin("request", "r1");
  {
    LOG_SCOPE("job", "7");
    LOG_SCOPE("file", "a b=c");
    LOG_SCOPE("job", "8");
    g_info("all");
  }
  g_info("one");
  log_scope_end(request);
  g_info("none");
  log_scope_end(NULL);
}

static void say_crossed(void)
{
  LogScope *a = log_scope_begin("a", "1"), *b = log_scope_begin("b", "");
  log_scope_end(a);
  g_info("b only");
  log_scope_end(b);
  g_info("none");
}

static void *say_on_thread(void *unused)
{
  g_info("no scope here");
  return NULL;
}

static void say_threads(void)
{
  LOG_SCOPE("job", "7");
  g_thread_join(g_thread_new("other", say_on_thread, NULL));
}

static void test_scopes(void)
{
  assert_says(say_scopes, "TIME info  scan: all request=r1 file=\"a b=c\" job=8\nTIME info  scan: one request=r1\n"
                          "TIME info  scan: none\n");
  assert_says(say_crossed, "TIME info  scan: b only b=\"\"\nTIME info  scan: none\n");
  assert_says(say_threads, "TIME info  scan: no scope here\n");
}

static void test_bad_key(void)
{
  if (g_test_subprocess()) {
    log_scope_begin("message", "x");
    return;
  }
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_failed();
}

static void *say_many(void *unused)
{
  for (int i = 0; i < 200; i++) {
    g_info("%s", "a line that must stay whole");
    log_set_level(i % 2 ? "scan" : "other", G_LOG_LEVEL_INFO);
  }
  return NULL;
}

static void say_from_many(void)
{
  log_init(LOG_FORMAT_TEXT, G_LOG_LEVEL_INFO);
  GThread *threads[4];
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("say", say_many, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
}

static void test_threads(void)
{
  g_autofree char *raw = capture(say_from_many);
  g_autofree char *text = without_times(raw);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 801);
  for (int i = 0; i < 800; i++)
    g_assert_cmpstr(lines[i], ==, "TIME info  scan: a line that must stay whole");
}

static void test_many_domains(void)
{
  for (int i = 0; i < 200; i++) {
    g_autofree char *domain = g_strdup_printf("domain-%d", i);
    log_set_level(domain, G_LOG_LEVEL_DEBUG);
  }
}

static void test_level_names(void)
{
  GLogLevelFlags level = 0;
  g_assert_true(log_level_parse("error", &level) && level == G_LOG_LEVEL_CRITICAL);
  g_assert_true(log_level_parse("warning", &level) && level == G_LOG_LEVEL_WARNING);
  g_assert_true(log_level_parse("info", &level) && level == G_LOG_LEVEL_INFO);
  g_assert_true(log_level_parse("debug", &level) && level == G_LOG_LEVEL_DEBUG);
  g_assert_false(log_level_parse("Debug", &level));
  g_assert_false(log_level_parse("", &level));
  g_assert_true(level == G_LOG_LEVEL_DEBUG);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/log/levels", test_levels);
  g_test_add_func("/log/escapes", test_escapes);
  g_test_add_func("/log/scopes", test_scopes);
  g_test_add_func("/log/bad-key", test_bad_key);
  g_test_add_func("/log/threads", test_threads);
  g_test_add_func("/log/level-names", test_level_names);
  g_test_add_func("/log/many-domains", test_many_domains);
  return g_test_run();
}
