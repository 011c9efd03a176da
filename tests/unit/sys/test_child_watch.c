#include "helper.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#define SHELL(script) ((const char *const[]){"sh", "-c", (script), NULL})

static Child *spawn(const char *script)
{
  GError *error = NULL;
  Child *child = child_spawn(&(ChildParams){.argv = SHELL(script), .output = CHILD_PIPE, .errors = CHILD_PIPE}, &error);
  g_assert_no_error(error);
  return child;
}

static int64_t now_ms(void)
{
  return g_get_monotonic_time() / 1000;
}

/* Collects lines as "[one][two]". */
static bool collect(const char *line, void *user_data)
{
  g_string_append_printf(user_data, "[%s]", line);
  return true;
}

static void test_lines(void)
{
  static const struct {
    const char *script, *expected;
  } rows[] = {
      {"true", ""},
      {"printf 'one\\ntwo\\n'", "[one][two]"},
      {"printf 'one\\ntwo'", "[one][two]"},
      {"printf 'a\\rb\\r'", "[a][b]"},
      {"printf 'a\\r\\nb\\n'", "[a][b]"},
      {"printf 'a\\r'; sleep 0.1; printf '\\nb\\n'", "[a][b]"}, /* \r\n in two reads */
      {"printf '\\n\\n'", "[][]"},
      {"printf '\\n\\r\\n'", "[][]"},
      {"printf 'a\\000b\\n'", "[a?b]"},
      {"printf 'par'; sleep 0.1; printf 'tial\\n'", "[partial]"},
      {"printf 'err\\n' >&2; exec >&-; exec 2>&-; sleep 0.1", "[err]"}, /* both pipes end before the child does */
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].script);
    g_autoptr(Child) child = spawn(rows[i].script);
    g_autoptr(GString) lines = g_string_new(NULL);
    ChildExit end;
    g_autoptr(GError) error = NULL;
    g_assert_true(child_watch(child, &(ChildWatch){.on_output = collect, .on_error = collect, .user_data = lines}, &end, &error));
    g_assert_cmpint(end.exit_code, ==, 0);
    g_assert_cmpstr(lines->str, ==, rows[i].expected);
  }
}

typedef struct {
  guint count;
  gsize lengths[8];
} Lengths;

static bool measure(const char *line, void *user_data)
{
  Lengths *lengths = user_data;
  g_assert_cmpuint(lengths->count, <, G_N_ELEMENTS(lengths->lengths));
  lengths->lengths[lengths->count++] = strlen(line);
  return true;
}

static void test_long_lines(void)
{
  g_autoptr(Child) child =
      spawn("head -c 65536 /dev/zero | tr '\\0' x; echo; head -c 1000000 /dev/zero | tr '\\0' y; echo; echo z");
  Lengths lengths = {0};
  ChildExit end;
  g_autoptr(GError) error = NULL;
  g_assert_true(child_watch(child, &(ChildWatch){.on_output = measure, .user_data = &lengths}, &end, &error));
  g_assert_cmpuint(lengths.count, ==, 3);
  g_assert_cmpuint(lengths.lengths[0], ==, 65536);
  g_assert_cmpuint(lengths.lengths[1], ==, 65536);
  g_assert_cmpuint(lengths.lengths[2], ==, 1);
}

/* More than a pipe holds on both pipes, without a reader for either. */
static void test_discards(void)
{
  g_autoptr(Child) child = spawn("head -c 500000 /dev/zero >&2; head -c 500000 /dev/zero; exit 4");
  ChildExit end;
  g_autoptr(GError) error = NULL;
  g_assert_true(child_watch(child, &(ChildWatch){0}, &end, &error));
  g_assert_cmpint(end.exit_code, ==, 4);
}

static void test_silence(void)
{
  GError *error = NULL;
  ChildExit end;
  g_autoptr(Child) quiet = spawn("echo one; sleep 1000");
  int64_t before = now_ms();
  g_assert_false(child_watch(quiet, &(ChildWatch){.silence_ms = 200}, &end, &error));
  g_assert_nonnull(strstr(error->message, "wrote nothing"));
  assert_code(error, REEVE_ERROR_TIMEOUT);
  g_assert_cmpint(now_ms() - before, >=, 200);

  /* Talks on one pipe or the other, longer than the limit in all. */
  g_autoptr(Child) talker = spawn("for i in 1 2 3 4; do sleep 0.1; echo x; sleep 0.1; echo y >&2; done");
  g_assert_true(child_watch(talker, &(ChildWatch){.silence_ms = 700}, &end, &error));
  g_assert_no_error(error);
}

static void test_limit(void)
{
  GError *error = NULL;
  ChildExit end;
  g_autoptr(Child) child = spawn("while :; do echo x; sleep 0.02; done");
  g_assert_false(child_watch(child, &(ChildWatch){.limit_ms = 200, .silence_ms = 10000}, &end, &error));
  g_assert_nonnull(strstr(error->message, "limit"));
  assert_code(error, REEVE_ERROR_TIMEOUT);
}

static bool cancel_at_line(const char *line, void *user_data)
{
  cancel_set(user_data);
  return true;
}

static void test_cancel(void)
{
  GError *error = NULL;
  ChildExit end;
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  g_autoptr(Child) child = spawn("echo ready; sleep 1000");
  g_assert_false(child_watch(
      child, &(ChildWatch){.on_output = cancel_at_line, .user_data = cancel, .cancel = cancel, .grace_ms = 60000}, &end, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_autoptr(Child) late = spawn("sleep 1000");
  g_assert_false(child_watch(late, &(ChildWatch){.cancel = cancel}, &end, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
}

/* What a child says after TERM is still heard. */
typedef struct {
  Cancel *cancel;
  GString *lines;
} Goodbye;

static bool take_goodbye(const char *line, void *user_data)
{
  Goodbye *goodbye = user_data;
  if (strcmp(line, "ready") == 0)
    cancel_set(goodbye->cancel);
  return collect(line, goodbye->lines);
}

static void test_term_is_gentle(void)
{
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  g_autoptr(GString) lines = g_string_new(NULL);
  Goodbye goodbye = {cancel, lines};
  g_autoptr(Child) child = spawn("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  GError *error = NULL;
  ChildExit end;
  g_assert_false(child_watch(
      child, &(ChildWatch){.on_output = take_goodbye, .user_data = &goodbye, .cancel = cancel, .grace_ms = 60000}, &end, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_assert_cmpstr(lines->str, ==, "[ready][bye]");
}

static void test_term_ignored(void)
{
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  g_autoptr(Child) child = spawn("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  GError *error = NULL;
  ChildExit end;
  int64_t before = now_ms();
  g_assert_false(child_watch(
      child, &(ChildWatch){.on_output = cancel_at_line, .user_data = cancel, .cancel = cancel, .grace_ms = 150}, &end, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_assert_cmpint(now_ms() - before, >=, 150);
  g_assert_cmpint(now_ms() - before, <, 20000);
}

/* Freezes for longer than both limits together once the child has started, then thaws. */
typedef struct {
  Child *child;
  Cancel *cancel;
  int frozen_ms;
} Freezer;

static void *freeze_a_while(void *user_data)
{
  Freezer *freezer = user_data;
  child_freeze(freezer->child);
  child_freeze(freezer->child); /* twice is once */
  cancel_wait(NULL, freezer->frozen_ms);
  if (freezer->cancel)
    cancel_set(freezer->cancel);
  else
    child_thaw(freezer->child);
  return NULL;
}

static void test_freeze_stops_the_clock(void)
{
  g_autoptr(Child) child = spawn("sleep 0.3; echo done");
  Freezer freezer = {child, NULL, 1500};
  GThread *thread = g_thread_new("freezer", freeze_a_while, &freezer);
  g_autoptr(GString) lines = g_string_new(NULL);
  GError *error = NULL;
  ChildExit end;
  int64_t before = now_ms();
  g_assert_true(child_watch(child, &(ChildWatch){.on_output = collect, .user_data = lines, .silence_ms = 1000, .limit_ms = 1200},
                            &end, &error));
  g_assert_no_error(error);
  g_thread_join(thread);
  g_assert_cmpint(now_ms() - before, >=, 1400); /* it really stood still */
  g_assert_cmpstr(lines->str, ==, "[done]");
}

/* After a thaw the clock goes on, and wakes the watcher that had slept without a deadline. */
static void test_limit_after_thaw(void)
{
  g_autoptr(Child) child = spawn("sleep 1000");
  Freezer freezer = {child, NULL, 400};
  GThread *thread = g_thread_new("freezer", freeze_a_while, &freezer);
  GError *error = NULL;
  ChildExit end;
  int64_t before = now_ms();
  g_assert_false(child_watch(child, &(ChildWatch){.silence_ms = 200}, &end, &error));
  assert_code(error, REEVE_ERROR_TIMEOUT);
  g_assert_cmpint(now_ms() - before, <, 20000);
  g_thread_join(thread);
}

/* A frozen child takes its TERM too, or cancelling a paused job would always cost the whole grace. */
static void test_cancel_while_frozen(void)
{
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  g_autoptr(Child) child = spawn("sleep 1000");
  Freezer freezer = {child, cancel, 50};
  GThread *thread = g_thread_new("freezer", freeze_a_while, &freezer);
  GError *error = NULL;
  ChildExit end;
  int64_t before = now_ms();
  g_assert_false(child_watch(child, &(ChildWatch){.cancel = cancel, .grace_ms = 60000}, &end, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_assert_cmpint(now_ms() - before, <, 20000);
  g_thread_join(thread);
}

static bool stop_at_two(const char *line, void *user_data)
{
  collect(line, user_data);
  return strcmp(line, "2") != 0;
}

static void test_reader_stops(void)
{
  g_autoptr(Child) child = spawn("printf '1\\n2\\n3\\n'; sleep 1000");
  g_autoptr(GString) lines = g_string_new(NULL);
  GError *error = NULL;
  ChildExit end;
  g_assert_false(child_watch(child, &(ChildWatch){.on_output = stop_at_two, .user_data = lines}, &end, &error));
  assert_code(error, REEVE_ERROR_CANCELLED);
  g_assert_cmpstr(lines->str, ==, "[1][2]");
}

/* One that left the group, and holds the pipe: the watch ends with the child all the same. */
static void test_escaped_grandchild(void)
{
  g_autofree char *setsid_program = g_find_program_in_path("setsid");
  if (!setsid_program) {
    g_test_skip("needs the program setsid");
    return;
  }
  g_autoptr(Child) child = spawn("setsid sleep 3 & sleep 0.3; echo end");
  g_autoptr(GString) lines = g_string_new(NULL);
  GError *error = NULL;
  ChildExit end;
  int64_t before = now_ms();
  g_assert_true(child_watch(child, &(ChildWatch){.on_output = collect, .user_data = lines}, &end, &error));
  g_assert_cmpstr(lines->str, ==, "[end]");
  g_assert_cmpint(now_ms() - before, <, 2500);
}

static void test_run(void)
{
  GError *error = NULL;
  ChildExit end;
  char *output = NULL, *errors = NULL;
  g_assert_true(child_run(&(ChildParams){.argv = SHELL("printf 12345; printf abc >&2; exit 2")}, 10000, NULL, 4, &output, &errors,
                          &end, &error));
  g_assert_cmpstr(output, ==, "1234");
  g_assert_cmpstr(errors, ==, "abc");
  g_assert_cmpint(end.exit_code, ==, 2);
  g_free(output);
  g_free(errors);

  output = errors = NULL;
  g_assert_true(child_run(&(ChildParams){.argv = SHELL("echo ignored")}, 0, NULL, 10, NULL, NULL, &end, &error));
  g_assert_false(
      child_run(&(ChildParams){.argv = SHELL("echo x; exec sleep 1000")}, 200, NULL, 10, &output, &errors, &end, &error));
  assert_code(error, REEVE_ERROR_TIMEOUT);
  g_assert_null(output);
  g_assert_null(errors);
  g_assert_false(
      child_run(&(ChildParams){.argv = (const char *const[]){"reeve-none", NULL}}, 200, NULL, 10, &output, NULL, &end, &error));
  assert_code(error, REEVE_ERROR_NOT_FOUND);
}

static void *harass(void *child)
{
  for (int i = 0; i < 200; i++) {
    child_freeze(child);
    child_thaw(child);
  }
  child_kill(child, SIGTERM);
  return NULL;
}

/* The three calls that any thread may make, during a watch and after the child was reaped. */
static void test_other_threads(void)
{
  g_autoptr(Child) child = spawn("while :; do echo x; done");
  GThread *a = g_thread_new("harasser", harass, child);
  GThread *b = g_thread_new("harasser", harass, child);
  GError *error = NULL;
  ChildExit end;
  g_assert_true(child_watch(child, &(ChildWatch){.limit_ms = 60000}, &end, &error));
  g_assert_cmpint(end.signal, ==, SIGTERM);
  g_thread_join(a);
  g_thread_join(b);
}

int main(int argc, char **argv)
{
  g_unsetenv("REEVE_BINARY");
  g_test_init(&argc, &argv, NULL);
  alarm(120); /* a wait that never ends must not hang the build */
  g_test_add_func("/child-watch/lines", test_lines);
  g_test_add_func("/child-watch/long-lines", test_long_lines);
  g_test_add_func("/child-watch/discards", test_discards);
  g_test_add_func("/child-watch/silence", test_silence);
  g_test_add_func("/child-watch/limit", test_limit);
  g_test_add_func("/child-watch/cancel", test_cancel);
  g_test_add_func("/child-watch/term-is-gentle", test_term_is_gentle);
  g_test_add_func("/child-watch/term-ignored", test_term_ignored);
  g_test_add_func("/child-watch/freeze-stops-the-clock", test_freeze_stops_the_clock);
  g_test_add_func("/child-watch/limit-after-thaw", test_limit_after_thaw);
  g_test_add_func("/child-watch/cancel-while-frozen", test_cancel_while_frozen);
  g_test_add_func("/child-watch/reader-stops", test_reader_stops);
  g_test_add_func("/child-watch/escaped-grandchild", test_escaped_grandchild);
  g_test_add_func("/child-watch/run", test_run);
  g_test_add_func("/child-watch/other-threads", test_other_threads);
  return g_test_run();
}
